"""Bytes of a file to records and back, one module per family of formats, and which of them a file is.

`read` is the way in for one file, a zip file or the files of a folder. A module that reads has
`read(data)`, which yields records and problems in the order of the file, and `looks_like(head)`, from
0 to 1. One that writes has `WRITERS`: for each form the name by which it is asked for. How to add one
is told in `docs/formats.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ..errors import UnreadableFile
from . import csv_table, documents, packed
from .decoding import decode
from .packed import GivenFile
from .record import Refs, RowProblem, TermRecord, Writer

__all__ = ["FORMATS", "WRITERS", "Format", "GivenFile", "Reading", "decode", "read", "recognise"]


class Format(Protocol):
    """What each module of a format that can be read offers.

    `looks_like` gets the beginning of a large text only, cut after a line where it can be: it must not
    count on the end. A file that begins like a zip file (a workbook) is given to it whole.
    """

    TITLE: str
    FILE_ENDINGS: tuple[str, ...]

    def looks_like(self, data: bytes) -> float: ...

    def read(
        self, data: bytes, *, file_name: str = "", language: str = "en"
    ) -> Iterator[TermRecord | RowProblem]: ...


FORMATS: dict[str, Format] = {
    "csv": csv_table,
    "document": documents,
}

WRITERS: dict[str, Writer] = {
    **csv_table.WRITERS,
}

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
        return Reading(name, tuple(FORMATS[name].read(file.data, file_name=file.name, language=language)))
    return _read_pack(files, format_name, language)


def _is_pack(data: bytes) -> bool:
    if not packed.is_zip(data):
        return False
    return not any(module.looks_like(data) >= _LEAST_LIKENESS for module in FORMATS.values())


def _read_pack(files: Sequence[GivenFile], format_name: str, language: str) -> Reading:
    found: dict[str, None] = {}
    items: list[TermRecord | RowProblem] = []
    refs = Refs()
    for member in packed.members(files):
        if isinstance(member, RowProblem):
            items.append(member)
            continue
        try:
            name = format_name or recognise(member.data, member.name)
            some = list(FORMATS[name].read(member.data, file_name=member.name, language=language))
        except UnreadableFile as error:
            items.append(packed.left_out(member.name, error.message))
            continue
        found[name] = None
        items += [_of_pack(item, member.name, refs) for item in some]
    if not any(isinstance(item, TermRecord) for item in items):
        raise UnreadableFile("No terms were found in these files.")
    return Reading(", ".join(found), tuple(items))


def _of_pack(item: TermRecord | RowProblem, path: str, refs: Refs) -> TermRecord | RowProblem:
    if isinstance(item, RowProblem):
        return replace(item, path=path)
    return replace(item, path=path, ref=refs.take(item.ref))


def recognise(data: bytes, filename: str) -> str:
    """Return the name in FORMATS of the format that a file is most likely in.

    What is in the file counts more than how it is called. A file that is only called so is still
    given to that format, whose reader says best what is wrong with it.

    Raises UnreadableFile, with the list of known formats, when it is like none of them.
    """
    if not decode(data).strip():
        raise UnreadableFile("The file is empty.")
    likeness = {name: module.looks_like(data) for name, module in FORMATS.items()}
    by_ending = [name for name, module in FORMATS.items() if filename.lower().endswith(module.FILE_ENDINGS)]
    for name in by_ending:
        likeness[name] += _ENDING_COUNTS_FOR
    best = max(likeness, key=lambda name: likeness[name])
    if likeness[best] < _LEAST_LIKENESS:
        known = "; ".join(f"{name} ({module.TITLE})" for name, module in FORMATS.items())
        raise UnreadableFile(f"The file is in no format that is known here. Known are: {known}.")
    return best
