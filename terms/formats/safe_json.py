"""JSON to lists and mappings, with lines, and without what a parser would pass over in silence.

Keys that stand twice are told, and what only looks like JSON (NaN, numbers of a thousand digits,
brackets by the million) is refused. For whoever reads JSON here: lists of terms, linked data.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import UnreadableFile

# A mapping or list may hold itself again, which the checker of types cannot say in one line.
Value = Any

LARGEST = 50 * 1024 * 1024
MOST_BRACKETS = 400_000
MOST_COMMAS = 2_000_000
DEEPEST = 50
_MOST_DIGITS = 300
_LINED_LEVELS = 3
_MOST_REPEATED = 100

_BLANKS = re.compile(r"[ \t\r\n]*")


@dataclass
class Document:
    """What a JSON text says.

    `lines` tells where a mapping begins, by its `id()`, and where a member of a mapping does, by that
    `id()` and its key; only the upper levels of a text have them. `repeated` are the keys that stand
    twice in a mapping (the last one counts), with the line of what they stand in.
    """

    value: Value = None
    lines: dict[int | tuple[int, str], int] = field(default_factory=dict)
    repeated: list[tuple[int, str]] = field(default_factory=list)


def load(text: str, *, first_line: int = 1) -> Document:
    """Read a JSON text; `first_line` is where it stands in its file.

    Raises UnreadableFile, with line and column, for what is no JSON, too large or too deep.
    """
    reader = _Reader(text, first_line)
    reader.document.value = reader.read()
    return reader.document


def load_lines(text: str) -> Iterator[tuple[int, Document | UnreadableFile]]:
    """Yield the number of each line of JSON Lines that is not blank, and what it says or what is wrong."""
    _refuse_too_large(text)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, load(line, first_line=number)
            except UnreadableFile as error:
                yield number, error


def first_value(text: str) -> Value:
    """Return the first value of a text that may be cut off, or its first item where it is a list.

    None if there is none.
    """
    begin = _BLANKS.match(text, 1).end() if text.startswith("[") else 0  # type: ignore[union-attr]
    try:
        return json.JSONDecoder().raw_decode(text, begin)[0]
    except (ValueError, RecursionError):
        return None


def _refuse_too_large(text: str) -> None:
    if len(text) > LARGEST:
        raise UnreadableFile(
            f"The file has {len(text) // 2**20} MB; {LARGEST // 2**20} MB are allowed. Import it in parts."
        )
    # Each of them takes a hundred times its own size in memory.
    if text.count("{") + text.count("[") > MOST_BRACKETS or text.count(",") > MOST_COMMAS:
        raise UnreadableFile(
            f"The file holds more than {MOST_BRACKETS:,} lists and mappings, or {MOST_COMMAS:,} values. "
            "Import it in parts."
        )


class _Reader:
    """Reads the upper levels of a text itself, to know the lines, and leaves the rest to the json module."""

    def __init__(self, text: str, first_line: int) -> None:
        _refuse_too_large(text)
        self.text = text
        self.place = 0
        self.line = first_line
        self.counted_to = 0
        self.first_line = first_line
        self.document = Document()
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._mapping,
            parse_int=self._whole_number,
            parse_float=self._number,
            parse_constant=self._refuse_constant,
        )

    def read(self) -> Value:
        self._skip_blanks()
        value = self._value(_LINED_LEVELS)
        self._skip_blanks()
        if self.place < len(self.text):
            self._refuse("there is more after its end. Put what belongs together into one list")
        self._refuse_too_deep(value)
        return value

    def _refuse_too_deep(self, value: Value) -> None:
        level = [value] if isinstance(value, list | dict) else []
        for _ in range(DEEPEST):
            level = [
                inner
                for outer in level
                for inner in (outer.values() if isinstance(outer, dict) else outer)
                if isinstance(inner, list | dict)
            ]
            if not level:
                return
        raise self._too_deep()

    def _value(self, levels: int) -> Value:
        sign = self.text[self.place : self.place + 1]
        if levels and sign == "{":
            return self._members(levels)
        if levels and sign == "[":
            return self._items()
        return self._decoded()

    def _items(self) -> list[Value]:
        items: list[Value] = []
        start = self.place
        self._step_over("[")
        if not self.text.startswith("{", self.place):
            self.place = start
            return self._decoded()
        while not self._ends_with("]", after_first=bool(items)):
            line = self._line_here()
            item = self._decoded()
            if isinstance(item, dict):
                self.document.lines[id(item)] = line
            items.append(item)
        return items

    def _members(self, levels: int) -> dict[str, Value]:
        line = self._line_here()
        pairs: list[tuple[str, Value]] = []
        lines: list[int] = []
        self._step_over("{")
        while not self._ends_with("}", after_first=bool(pairs)):
            lines.append(self._line_here())
            if not self.text.startswith('"', self.place):
                self._refuse("a name in double quotes should stand here")
            name = self._decoded()
            self._skip_blanks()
            self._step_over(":")
            pairs.append((name, self._value(levels - 1)))
        mapping = self._mapping(pairs)
        self.document.lines[id(mapping)] = line
        for (name, _), at in zip(pairs, lines, strict=True):
            self.document.lines.setdefault((id(mapping), name), at)
        return mapping

    def _ends_with(self, bracket: str, *, after_first: bool) -> bool:
        self._skip_blanks()
        if self.text.startswith(bracket, self.place):
            self.place += 1
            return True
        if after_first:
            self._step_over(",")
        return False

    def _step_over(self, sign: str) -> None:
        if not self.text.startswith(sign, self.place):
            self._refuse(_IN_OUR_WORDS.get(f"Expecting '{sign}' delimiter", f"“{sign}” should stand here"))
        self.place += 1
        self._skip_blanks()

    def _skip_blanks(self) -> None:
        self.place = _BLANKS.match(self.text, self.place).end()  # type: ignore[union-attr]

    def _decoded(self) -> Value:
        try:
            value, self.place = self.decoder.raw_decode(self.text, self.place)
        except json.JSONDecodeError as error:
            self.place = error.pos
            self._refuse(_IN_OUR_WORDS.get(error.msg, error.msg))
        except RecursionError as error:
            raise self._too_deep() from error
        return value

    # What the decoder makes

    def _mapping(self, pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen and len(self.document.repeated) < _MOST_REPEATED:
                    self.document.repeated.append((self._line_here(), name))
                seen.add(name)
        return mapping

    def _whole_number(self, digits: str) -> int:
        if len(digits) > _MOST_DIGITS:
            raise self._no_number(digits)
        return int(digits)

    def _number(self, digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            raise self._no_number(digits)
        return number

    def _refuse_constant(self, name: str) -> Value:
        raise self._no_number(name)

    # What is wrong

    def _no_number(self, digits: str) -> UnreadableFile:
        return UnreadableFile(
            f"Line {self._line_here()}: “{digits[:40]}” is no number that JSON can hold. "
            "Write null, or a text in quotes."
        )

    def _too_deep(self) -> UnreadableFile:
        return UnreadableFile(
            f"Lists and mappings are nested more than {DEEPEST} deep. Make the file flatter."
        )

    def _refuse(self, why: str) -> None:
        column = self.place - self.text.rfind("\n", 0, self.place)
        raise UnreadableFile(f"Line {self._line_here()}, column {column}: this is no JSON; {why}.")

    def _line_here(self) -> int:
        self.line += self.text.count("\n", self.counted_to, self.place)
        self.counted_to = max(self.place, self.counted_to)
        return self.line


_IN_OUR_WORDS = {
    "Expecting value": "a value is missing, or a text without double quotes stands here",
    "Expecting ',' delimiter": "a comma is missing, or a text is not closed, before this place",
    "Expecting ':' delimiter": "a colon is missing before this place",
    "Expecting property name enclosed in double quotes": "a name in double quotes should stand here",
    "Illegal trailing comma before end of object": "take out the comma before the closing bracket",
    "Illegal trailing comma before end of array": "take out the comma before the closing bracket",
    "Unterminated string starting at": "the text that begins here is not closed",
    "Invalid control character at": "a line break or another control character stands in a text; write \\n",
    "Invalid \\escape": "a backslash stands before a sign that needs none; write two of them",
    "Invalid \\uXXXX escape": "four hexadecimal digits should stand after “\\u”",
}
