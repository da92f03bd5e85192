"""Entries of a file that name each other: from drafts to records with relations.

They name each other by id, slug, name, alias or path; so all of them are read before the first record
is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..text import name_key, slug_for
from .described import LONGEST_QUALIFIER, Draft, Link
from .markdown_text import term_link
from .record import (
    LONGEST_NAME,
    RELATION_KINDS,
    AliasRecord,
    Flag,
    Refs,
    RelationRecord,
    RowProblem,
    TermRecord,
)
from .term_lists import POINTS_ELSEWHERE

# Code is passed over, unless it stands in the text of a link.
_LINK_TO_ENTRY = re.compile(
    r"(?P<ticks>`{1,3})[^`]+(?P=ticks)"
    r"|(?<!!)\[(?P<shown>(?:[^\[\]`]|`[^`]{1,100}`){1,300})\]\(#(?P<target>[\w.:-]{1,100})\)"
)


def linked(drafts: Iterable[Draft | TermRecord | RowProblem]) -> Iterator[TermRecord | RowProblem]:
    """Yield the records of drafts with their relations, in order, and what is to be said of each.

    An entry that only points to another one becomes its alias. A term that is said to be narrower says
    itself that the other is broader. Records that are complete are passed on.
    """
    items = list(drafts)
    book = _Book([item for item in items if isinstance(item, Draft)])
    refs = Refs()
    yield from _notes_on_unused(item for item in items if isinstance(item, Draft))
    for item in items:
        if isinstance(item, RowProblem):
            yield item
        elif isinstance(item, TermRecord):
            yield _with_own_ref(item, refs)
        elif book.is_merged(item):
            message = f"The entry only points to “{item.pointer[:80]}” and was made another name of it."
            yield RowProblem(item.record.line, "term", item.record.name, message, fatal=False)
        else:
            yield from item.problems
            yield _with_own_ref(book.completed(item), refs)


def _with_own_ref(record: TermRecord, refs: Refs) -> TermRecord:
    ref = refs.take(record.ref)
    return record if ref == record.ref else replace(record, ref=ref)


def _notes_on_unused(drafts: Iterable[Draft]) -> Iterator[RowProblem]:
    lines: dict[str, int] = {}
    for draft in drafts:
        for name in draft.unused:
            lines.setdefault(name, draft.record.line)
    for name, line in lines.items():
        message = "Members of this name have no place here; what they say is kept as further data."
        yield RowProblem(line, name[:80], "", message, fatal=False)


@dataclass
class _Book:
    """The drafts of a file by what they are called."""

    drafts: list[Draft]
    by_key: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    by_alias: dict[str, list[int]] = field(default_factory=dict)
    by_slug: dict[str, list[int]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    pointing: dict[int, list[str]] = field(default_factory=dict)
    broader: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {id(draft): place for place, draft in enumerate(self.drafts)}
        for place, draft in enumerate(self.drafts):
            self._enter(place, draft)
        for place, draft in enumerate(self.drafts):
            if draft.pointer:
                self._follow(place)
        for place, draft in enumerate(self.drafts):
            for link in draft.links:
                other = self._find(link.called) if link.kind == "narrower" else None
                if other is not None:
                    self.broader.setdefault(other, []).append(place)

    def _enter(self, place: int, draft: Draft) -> None:
        record = draft.record
        for key in draft.keys:
            self.by_key.setdefault(name_key(key), []).append(place)
        self.by_name.setdefault(name_key(record.name), []).append(place)
        self.by_slug.setdefault(slug_for(record.name), []).append(place)
        if record.qualifier:
            self.by_name.setdefault(name_key(_full_name(record)), []).append(place)
        for alias in record.aliases or ():
            self.by_alias.setdefault(name_key(alias.text), []).append(place)

    def _find(self, called: Iterable[str]) -> int | None:
        """Return the one draft that is called so: by its id, name or alias, or by the address of its name."""
        for text in called:
            places = (
                self.by_key.get(name_key(text))
                or self.by_name.get(name_key(text))
                or self.by_alias.get(name_key(text))
                or self.by_slug.get(slug_for(text), [])
            )
            different = {self.ends.get(place, place) for place in places}
            if len(different) == 1:
                return different.pop()
        return None

    def _follow(self, place: int) -> None:
        """Find the entry at the end of a row of pointers; one that leads nowhere stays a term."""
        passed = [place]
        while True:
            found = self._find([self.drafts[passed[-1]].pointer])
            if found is None or found in passed:
                return
            if not self.drafts[found].pointer:
                break
            passed.append(found)
        self.ends[place] = found
        self.pointing.setdefault(found, []).append(self.drafts[place].record.name)

    def is_merged(self, draft: Draft) -> bool:
        return self.places[id(draft)] in self.ends

    def completed(self, draft: Draft) -> TermRecord:
        """Return the record of a draft with all that the others add to it."""
        place = self.places[id(draft)]
        record = self._with_names(draft.record, self.pointing.get(place, []))
        if draft.pointer:
            record = replace(record, flags=(*record.flags, POINTS_ELSEWHERE), confidence=0.8)
        record, linked = self._with_links_in_text(record, place)
        return self._with_relations(record, (*draft.links, *linked), place)

    def _with_names(self, record: TermRecord, names: list[str]) -> TermRecord:
        known = {name_key(record.name), *(name_key(alias.text) for alias in record.aliases or ())}
        added = tuple(AliasRecord(name) for name in dict.fromkeys(names) if name_key(name) not in known)
        return replace(record, aliases=(*(record.aliases or ()), *added)) if added else record

    def _with_links_in_text(self, record: TermRecord, place: int) -> tuple[TermRecord, list[Link]]:
        """Turn links to other entries of the same page (`[packages](#package)`) into links to terms.

        They are relations as well.
        """
        if not record.definition or "](#" not in record.definition:
            return record, []
        linked: list[Link] = []

        def as_term(match: re.Match[str]) -> str:
            if match["ticks"]:
                return match[0]
            found = self._find([match["target"]])
            if found is None or found == place:
                return match["shown"]
            linked.append(Link("related", (match["target"],), match["shown"]))
            return term_link(_full_name(self.drafts[found].record), match["shown"])

        return replace(record, definition=_LINK_TO_ENTRY.sub(as_term, record.definition)), linked

    def _with_relations(self, record: TermRecord, links: Iterable[Link], place: int) -> TermRecord:
        relations = [
            RelationRecord("broader", _full_name(self.drafts[other].record))
            for other in self.broader.get(place, [])
        ]
        missing = []
        for link in links:
            found = self._find(link.called)
            target = link.shown if found is None else _full_name(self.drafts[found].record)
            if found == place or len(target) > LONGEST_NAME + LONGEST_QUALIFIER + 3:
                continue
            if link.kind != "narrower":
                relations.append(RelationRecord(link.kind, target))
            elif found is None:
                missing.append(target)
        if missing:
            said = f"Narrower terms that are not in the file were put aside: {', '.join(missing)[:200]}."
            flags = (*record.flags, Flag("further_data", said))
            further = {**record.further, "narrower": missing}
            record = replace(record, further=further, flags=flags, confidence=0.8)
        # What is broader is related anyway, and SKOS allows only one of the two.
        over = {relation.target for relation in relations if relation.kind == "broader"}
        relations = [item for item in relations if item.kind != "related" or item.target not in over]
        if not relations and not record.relation_kinds:
            return record
        kinds = {*record.relation_kinds, *(relation.kind for relation in relations)}
        ordered = tuple(kind for kind in RELATION_KINDS if kind in kinds)
        return replace(record, relations=tuple(dict.fromkeys(relations)), relation_kinds=ordered)


def _full_name(record: TermRecord) -> str:
    return f"{record.name} ({record.qualifier})" if record.qualifier else record.name
