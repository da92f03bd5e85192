"""YAML as text only: every scalar stays as it is written, whatever the file would like it to be.

Built from the events of the parser, without recursion, so that neither tags nor depth nor a bomb of
aliases can do harm. For whoever reads YAML here: front matter, lists of terms, catalogues.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from ..errors import UnreadableFile

# A mapping or list may hold itself again, which the checker of types cannot say in one line.
Value = Any

DEEPEST = 50
MOST_NODES = 1_000_000
_LINED_LEVELS = 2
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True)
class Document:
    """What a YAML text says: texts, lists and mappings of text to these.

    `lines` tells where a mapping begins, by its `id()`, and on the upper levels where a member of it does,
    by that `id()` and its key; `repeated` are the keys that stand twice in a
    mapping (the last one counts), with their lines.
    """

    value: Value
    lines: dict[int | tuple[int, str], int]
    repeated: tuple[tuple[int, str], ...]


def load(text: str, *, first_line: int = 1) -> Document:
    """Read the first document of a YAML text; `first_line` is where it stands in its file.

    A scalar without quotes that says “nothing” (`key:`, `~`, `null`) is the empty text; all others are
    what they look like: `no`, `1.10` and `2018-04-12` are texts.

    Raises UnreadableFile, with the line, for broken YAML, for mappings as keys, and for what is too
    deep or grows too large.
    """
    return next(_documents(text, first_line), Document("", {}, ()))


def load_all(text: str) -> Iterator[Document]:
    """Yield the documents of a YAML text, which `---` parts, read as by `load`."""
    yield from _documents(text, 1)


def _documents(text: str, first_line: int) -> Iterator[Document]:
    builder = _Builder(first_line)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            if isinstance(event, yaml.DocumentEndEvent):
                yield Document(builder.value, builder.lines, tuple(builder.repeated))
                builder = _Builder(first_line)
            else:
                builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise UnreadableFile(_explained(error, text, first_line)) from error
    except yaml.YAMLError as error:
        raise UnreadableFile(
            "The YAML holds a control character or another sign that is not allowed in it. Take it out."
        ) from error


def _explained(error: yaml.MarkedYAMLError, text: str, first_line: int) -> str:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    at = text.split("\n")[line : line + 1]
    if at and "\t" in at[0][: len(at[0]) - len(at[0].lstrip())]:
        return f"Line {first_line + line}: a tab is used to indent, which YAML does not allow. Use blanks."
    return f"Line {first_line + line}: the YAML cannot be read ({error.problem or error.context}). Mend it."


def _take_over_defaults(mapping: dict[str, Value]) -> None:
    """Add what the key `<<` stands for, as far as the mapping does not say it itself (YAML 1.1, merge)."""
    given = mapping.get("<<")
    for defaults in given if isinstance(given, list) else [given]:
        if isinstance(defaults, dict):
            mapping.pop("<<", None)
            for name, value in defaults.items():
                mapping.setdefault(name, value)


def _refuse_program_object(tag: str | None, line: int) -> None:
    if tag and tag.startswith("tag:yaml.org,2002:") and "/" in tag:
        name = tag.removeprefix("tag:yaml.org,2002:")[:60]
        raise UnreadableFile(f"Line {line}: “!!{name}” asks for an object of a program. Take it out.")


@dataclass
class _Open:
    """A list or mapping that is being built, and how much has gone into it."""

    value: list[Value] | dict[str, Value]
    anchor: str | None
    line: int
    key: str | None = None
    size: int = 1


@dataclass
class _Builder:
    first_line: int
    value: Value = ""
    lines: dict[int | tuple[int, str], int] = field(default_factory=dict)
    repeated: list[tuple[int, str]] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Value, int]] = field(default_factory=dict)

    def take(self, event: yaml.Event) -> None:
        line = self.first_line + (event.start_mark.line if event.start_mark else 0)
        _refuse_program_object(getattr(event, "tag", None), line)
        if isinstance(event, yaml.ScalarEvent):
            says_nothing = not event.style and event.value in _NOTHING
            self._add("" if says_nothing else event.value, 1, event.anchor, line)
        elif isinstance(event, yaml.AliasEvent):
            self._add_known(event.anchor or "", line)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._begin(event, line)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self.open.pop()
            if isinstance(done.value, dict):
                _take_over_defaults(done.value)
            self._add(done.value, done.size, done.anchor, done.line)

    def _begin(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent, line: int) -> None:
        if len(self.open) == DEEPEST:
            raise UnreadableFile(f"Line {line}: lists and mappings are nested more than {DEEPEST} deep.")
        value: list[Value] | dict[str, Value] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        if isinstance(value, dict):
            self.lines[id(value)] = line
        self.open.append(_Open(value, event.anchor, line))

    def _add_known(self, anchor: str, line: int) -> None:
        if anchor not in self.anchors:
            raise UnreadableFile(f"Line {line}: “*{anchor}” stands for nothing that is written above it.")
        value, size = self.anchors[anchor]
        self._add(value, size, None, line)

    def _add(self, value: Value, size: int, anchor: str | None, line: int) -> None:
        if anchor:
            self.anchors[anchor] = (value, size)
        if not self.open:
            self.value = value
            return
        holder = self.open[-1]
        holder.size += size
        if holder.size > MOST_NODES:
            raise UnreadableFile(f"Line {line}: what this file stands for is too large. Import it in parts.")
        self._put(holder, value, line)

    def _put(self, holder: _Open, value: Value, line: int) -> None:
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif holder.key is None:
            if not isinstance(value, str):
                raise UnreadableFile(f"Line {line}: a list or mapping stands as a key. Use a text.")
            if value in holder.value:
                self.repeated.append((line, value))
            if len(self.open) <= _LINED_LEVELS:
                self.lines.setdefault((id(holder.value), value), line)
            holder.key = value
        else:
            holder.value[holder.key] = value
            holder.key = None
