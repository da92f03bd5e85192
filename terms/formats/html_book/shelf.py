"""The records of an export, in the order of a book.

A link can lead to a term that comes much later, and the title page says how many there are: so all
records are read before the first is written. They wait in a file; in memory are their names only.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from ... import collation
from ...text import full_name, name_key
from ..record import TermRecord

# Smaller glossaries need no file.
_IN_MEMORY = 8_000_000
_NONE = -1


class Line(NamedTuple):
    """What stands in one place of the alphabet: a term, by its `number`, or another name of one."""

    order: tuple[int, str]
    key: str
    letter: str
    text: str
    language: str
    id: str
    number: int = _NONE

    @property
    def is_see(self) -> bool:
        return self.number == _NONE


class Shelf:
    """All records, put down one by one and taken out in the order of names."""

    def __init__(self, language: str) -> None:
        self.names: dict[str, str] = {}
        self.slugs: dict[str, str] = {}
        self.lines: list[Line] = []
        self._language = language
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `close` does it
        self._places: list[int] = []

    def close(self) -> None:
        self._file.close()

    def put(self, records: Iterable[TermRecord]) -> None:
        """Put all records down; `lines` then has them in order."""
        for record in records:
            self._put(record)
        self.lines.sort()
        self.lines = list(_without_needless(self.lines))

    def _put(self, record: TermRecord) -> None:
        id = id_of(record)
        name = full_name(record.name, record.qualifier or "")
        self.names[id] = name
        if record.slug:
            self.slugs[record.slug] = id
        self.lines.append(self._line(name, "", id, number=len(self._places)))
        self.lines += self._see(record, id)
        self._places.append(self._file.tell())
        pickle.dump(record, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def _see(self, record: TermRecord, id: str) -> Iterator[Line]:
        """Yield a line for each other name that a reader may look for."""
        told = {name_key(record.name)}
        for alias in record.aliases or ():
            key = name_key(alias.text)
            if alias.kind != "hidden" and key and key not in told:
                told.add(key)
                yield self._line(alias.text, alias.language, id)

    def _line(self, name: str, language: str, id: str, number: int = _NONE) -> Line:
        letter = collation.letter_of(name, self._language)
        order = collation.letter_order(letter, self._language)
        return Line(order, collation.sort_key(name, self._language), letter, name, language, id, number)

    def record_of(self, line: Line) -> TermRecord:
        self._file.seek(self._places[line.number])
        record: TermRecord = pickle.load(self._file)  # noqa: S301 - what was put down here a moment ago
        return record


def _without_needless(lines: Sequence[Line]) -> Iterator[Line]:
    """Leave out other names that would stand right above or below their term."""

    def last_term(known: tuple[str, str], line: Line) -> tuple[str, str]:
        return known if line.is_see else (line.letter, line.id)

    above = accumulate(lines, last_term, initial=("", ""))
    below = reversed(list(accumulate(reversed(lines), last_term, initial=("", "")))[:-1])
    for line, *beside in zip(lines, above, below, strict=False):
        if not line.is_see or (line.letter, line.id) not in beside:
            yield line


def id_of(record: TermRecord) -> str:
    return record.id or record.ref
