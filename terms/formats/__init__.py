"""Bytes of a file to records and back, one module per family of formats, and which of them a file is.

A module that reads has `read(data)`, which yields records and problems in the order of the file, and
`looks_like(data)`, from 0 to 1. One that writes has `WRITERS`: for each form the name by which it is
asked for. How to add one is told in `docs/formats.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ..errors import UnreadableFile
from . import csv_table, documents
from .decoding import decode
from .record import RowProblem, TermRecord, Writer

__all__ = ["FORMATS", "WRITERS", "Format", "decode", "recognise"]


class Format(Protocol):
    """What each module of a format that can be read offers."""

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
