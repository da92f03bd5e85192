"""Bytes of a file to records and back, one module per family of formats, and which of them a file is.

`read` is the way in for one file, a zip file or the files of a folder. A module that reads has
`read(data)`, which yields records and problems in the order of the file, and `looks_like(head)`, from
0 to 1. What there is and what it is called stands in `offered`. How to add one is told in
`docs/formats.md`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ..errors import UnreadableFile
from . import packed
from .decoding import decode
from .offered import FORMATS, TOGETHER, WRITERS
from .packed import GivenFile
from .record import RowProblem, TermRecord

__all__ = ["FORMATS", "WRITERS", "GivenFile", "Reading", "decode", "read", "recognise"]

SAMPLE_SIZE = 100_000
_BLANK = codecs.BOM_UTF8 + b" \t\r\n\f\v"
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENDING_COUNTS_FOR = 0.3
_LEAST_LIKENESS = 0.3


@dataclass(frozen=True)
class Reading:
    """What was read of an upload: the names of the formats found in it, and all records and problems.

    In a pack or folder each item tells its `path`, and no two records have the same `ref`.
    """

    format: str
    items: tuple[TermRecord | RowProblem, ...]


def read(files: Sequence[GivenFile], *, format_name: str = "", language: str = "en") -> Reading:
    """Read one file, one zip file, or the files of a folder (their names are paths then).

    Each file is read in the format named, else in the one that it is recognised as. A file of a
    pack that is in none is left out with a problem that says so, and so is one that cannot be read.

    Raises UnreadableFile when nothing at all can be read, or a limit of `packed` is passed.
    """
    if format_name and format_name not in FORMATS:
        raise UnreadableFile(f"“{format_name}” is not a format. Use one of: {', '.join(FORMATS)}.")
    if len(files) == 1 and not _is_pack(files[0].data):
        [file] = files
        packed.refuse_too_large(file)
        name = format_name or recognise(file.data, file.name)
        items = FORMATS[name].read(file.data, file_name=file.name, language=language)
        return Reading(name, tuple(replace(item, path="") for item in items))
    return _PackReader(format_name, language).read(files)


def _is_pack(data: bytes) -> bool:
    return packed.is_zip(data) and _best(data, "").likeness < _LEAST_LIKENESS


_ABOUT_THE_PACK = re.compile(
    r"(?:readme|contributing|licen[cs]e|copying|notice|change(?:log|s)|history|news|authors|maintainers|"
    r"security|support|code[-_]of[-_]conduct|style[-_]guide|todo)(?:[-_.]\w{2,10})?(?:\.\w+)?",
    re.IGNORECASE,
)


class _PackReader:
    """Reads the files of a pack, those of one format together where the format has them so."""

    def __init__(self, format_name: str, language: str) -> None:
        self.format_name = format_name
        self.language = language
        self.items: list[TermRecord | RowProblem] = []
        self.found: dict[str, list[GivenFile]] = {}

    def read(self, files: Sequence[GivenFile]) -> Reading:
        members = list(packed.members(files))
        self.items += [item for item in members if isinstance(item, RowProblem)]
        given = [member for member in members if isinstance(member, GivenFile)]
        about = [file for file in given if _ABOUT_THE_PACK.fullmatch(PurePosixPath(file.name).name)]
        self._read_all([file for file in given if file not in about])
        if about and self._has_records():
            why = "A file about the collection was left out."
            self.items += [packed.left_out(file.name, why) for file in about]
        else:
            self._read_all(about)
        if not self._has_records():
            raise UnreadableFile(
                f"No terms were found in these {len(files):,} files. {self._first_problem()}"
            )
        places = {file.name: place for place, file in enumerate(given)}
        items = sorted(self.items, key=lambda item: places.get(item.path, -1))
        return Reading(", ".join(self.found), tuple(packed.together(items)))

    def _has_records(self) -> bool:
        return any(isinstance(item, TermRecord) for item in self.items)

    def _first_problem(self) -> str:
        problems = [item for item in self.items if isinstance(item, RowProblem)]
        problems.sort(key=lambda problem: not problem.fatal)
        return f"{problems[0].path}: {problems[0].message}" if problems else ""

    def _read_all(self, files: Sequence[GivenFile]) -> None:
        by_format: dict[str, list[GivenFile]] = {}
        for file in files:
            name = self.format_name or self._format_of(file)
            if name:
                by_format.setdefault(name, []).append(file)
        for name, some in by_format.items():
            self.found[name] = some
            together = TOGETHER.get(name)
            if together:
                self.items += together(some, language=self.language)
            else:
                for file in some:
                    self._read_one(name, file)

    def _format_of(self, file: GivenFile) -> str:
        best = _best(file.data, file.name)
        if best.likeness < _LEAST_LIKENESS:
            why = "The file is in no format that is known here, and was left out."
            self.items.append(packed.left_out(file.name, why))
            return ""
        return best.name

    def _read_one(self, name: str, file: GivenFile) -> None:
        try:
            items = list(FORMATS[name].read(file.data, file_name=file.name, language=self.language))
        except UnreadableFile as error:
            self.items.append(packed.left_out(file.name, error.message, fatal=True))
            return
        self.items += [replace(item, path=file.name) for item in items]


# --- Recognising ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Guess:
    """The format that a file is most likely in, and how much what is in it speaks for that."""

    name: str
    likeness: float
    with_ending: float


def recognise(data: bytes, filename: str) -> str:
    """Return the name in FORMATS of the format that a file is most likely in.

    What is in the file counts more than how it is called. A file that is only called so is still
    given to that format, whose reader says best what is wrong with it.

    Raises UnreadableFile, with the list of known formats, when it is like none of them.
    """
    if not data.strip(_BLANK):
        raise UnreadableFile("The file is empty.")
    best = _best(data, filename)
    if best.with_ending >= _LEAST_LIKENESS:
        return best.name
    decode(_head(data))  # what is no text at all is told better there
    titles = "; ".join(f"{name} ({one.title})" for name, one in FORMATS.items())
    raise UnreadableFile(f"The file is in no format that is known here. Known are: {titles}.")


def _best(data: bytes, filename: str) -> _Guess:
    head = data if packed.is_zip(data) else _head(data)
    called_so = [name for name, one in FORMATS.items() if filename.lower().endswith(one.file_endings)]
    guesses = [_guess(name, head, _ENDING_COUNTS_FOR) for name in called_so]
    # No other format can reach more than 1: in a pack of thousands of files the rest need not look.
    if not any(guess.with_ending >= 1 for guess in guesses):
        guesses += [_guess(name, head, 0.0) for name in FORMATS if name not in called_so]
    return max(guesses, key=lambda guess: guess.with_ending)


def _guess(name: str, head: bytes, bonus: float) -> _Guess:
    likeness = FORMATS[name].looks_like(head)
    return _Guess(name, likeness, likeness + bonus)


def _head(data: bytes) -> bytes:
    """Return the beginning of a text, cut after a line if one ends there, else between two signs."""
    if len(data) <= SAMPLE_SIZE:
        return data
    end = data.rfind(b"\n", SAMPLE_SIZE // 2, SAMPLE_SIZE) + 1
    if not end or data.startswith(_UTF_16_MARKS):
        end = SAMPLE_SIZE
        while end > SAMPLE_SIZE - 4 and data[end] & 0xC0 == 0x80 and not data.startswith(_UTF_16_MARKS):
            end -= 1
    return data[:end]
