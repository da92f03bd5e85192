"""What the records of one import are to one another: those of one name, and those that others name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from .. import revisions, text
from ..models import new_public_id
from ..revisions import BY_ADDRESS, BY_ALIAS, BY_ID, Known
from .records import Item

NameKey = tuple[str, str]
_AT_ONCE = 500


class Neighbours:
    """Reads through all records when it is asked, and keeps of them only their names and who is named.

    `ids` are the identifiers that the terms of records have or are going to have, by the places of the
    records. Without it, those of records that others name are asked of `settle`, some hundreds at a time;
    a record that will not come in has none.
    """

    def __init__(self, read: Callable[[], Iterable[Item]], ids: Mapping[int, str] | None = None) -> None:
        self._read = read
        self._given_ids = ids
        self._new_ids: dict[int, str] = {}
        self.settle: Callable[[Sequence[Item]], Mapping[int, str]] = lambda items: {}

    @cached_property
    def names(self) -> Counter[NameKey]:
        """How many records have each name."""
        return Counter(name_key(item) for item in self._read())

    @cached_property
    def _places(self) -> dict[tuple[int, str], list[int]]:
        """Where the records stand that others name, by the ways in which they do."""
        wanted = {
            way
            for item in self._read()
            for relation in item.record.relations or ()
            for way in _ways_to(relation.target) | _ways_to(relation.name)
        }
        places: dict[tuple[int, str], list[int]] = defaultdict(list)
        named = []
        for item in self._read() if wanted else ():
            ways = wanted & _ways_of(item)
            for way in ways:
                places[way].append(item.position)
            if ways:
                named.append(item)
            if len(named) == _AT_ONCE:
                self._settle(named)
                named = []
        self._settle(named)
        return places

    def _settle(self, named: list[Item]) -> None:
        if named and self._given_ids is None:
            self._new_ids.update(self.settle(named))

    def id_of(self, item: Item) -> str:
        """Return the identifier that the term of a record has or is going to have."""
        return self._id_at(item.position) or item.record.id or new_public_id()

    def find(self, wanted: str, known: Known) -> str:
        """Return the public id that a record means by the name of another; empty if it is not just one.

        The surest way of naming counts. A record that is new to the glossary is `coming` then.
        """
        outside = known.target(wanted)
        for way, key in sorted(_ways_to(wanted)):
            if outside.way == way and len(outside.ids) == 1:
                return outside.ids[0]
            inside = {self._id_at(place) for place in self._places.get((way, key), ())} - {""}
            if len(inside) == 1:
                known.coming |= inside
                return inside.pop()
            if inside or (outside.way == way and outside.ids):
                return ""
        return ""

    def _id_at(self, place: int) -> str:
        if self._given_ids is not None:
            return self._given_ids.get(place, "")
        return self._new_ids.get(place, "") if self._places else ""


def name_key(item: Item) -> NameKey:
    """Return what a name is compared by."""
    return text.name_key(item.record.name), text.name_key(item.record.qualifier or "")


def _ways_to(wanted: str) -> set[tuple[int, str]]:
    """Return all ways in which a text can name a term."""
    if not wanted:
        return set()
    key = text.name_key(wanted)
    return {(way, wanted if way <= BY_ADDRESS else key) for way in range(BY_ALIAS + 1)}


def _ways_of(item: Item) -> set[tuple[int, str]]:
    record = item.record
    ways = set(revisions.ways_of(record.id or "", record.slug or "", record.name, record.qualifier or ""))
    ways |= {(BY_ALIAS, text.name_key(alias.text)) for alias in record.aliases or ()}
    return ways - {(BY_ID, ""), (BY_ADDRESS, "")}
