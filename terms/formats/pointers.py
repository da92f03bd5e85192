"""Entries that only say “see another term”: names of that term, if it stands in the same document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..text import name_key
from .markdown_text import is_acronym, plain_inline
from .record import AliasRecord, Flag, RowProblem, TermRecord

_POINTER = re.compile(r"(?:see(?: also)?|siehe|voir|véase|vedi|zie):?\s+(?P<name>[^.!?\n]{1,200})\.?", re.I)
_MAY_POINT = re.compile(r"\W*(?:see|siehe|voir|véase|vedi|zie)\b", re.I)
_FORCED_LINK = re.compile(r"\[\[([^\[\]|]{1,300})(?:\|[^\[\]]{1,300})?\]\]")
_LONGEST = 300


def without_pointers(
    items: Iterable[TermRecord | RowProblem],
) -> Iterator[TermRecord | RowProblem]:
    """Yield the items with each entry that only points to another one of them as an alias of that one.

    What points to a term that is not there keeps its record, with a flag.
    """
    items = list(items)
    records = [item for item in items if isinstance(item, TermRecord)]
    targets = {record.ref: _target_of(record) for record in records}
    by_name = {name_key(record.name): record.ref for record in reversed(records) if not targets[record.ref]}
    for record in records:
        if not targets[record.ref]:
            for alias in record.aliases or ():
                by_name.setdefault(name_key(alias.text), record.ref)
    names: dict[str, list[AliasRecord]] = {}
    for record in records:
        found = by_name.get(targets[record.ref])
        if found:
            names.setdefault(found, []).extend(_names_of(record))
    for item in items:
        if isinstance(item, RowProblem):
            yield item
        elif by_name.get(targets[item.ref]):
            yield _told(item)
        elif targets[item.ref]:
            yield replace(item, flags=(*item.flags, _POINTS_ELSEWHERE))
        else:
            yield _with_names(item, names.get(item.ref, []))


_POINTS_ELSEWHERE = Flag(
    "see_reference", "The definition only points to another term; make this name its alias."
)


def _target_of(record: TermRecord) -> str:
    """Return the key of the name that the whole text points to, or nothing."""
    text = record.definition or record.short_definition or ""
    if len(text) > _LONGEST or (record.definition and record.short_definition) or not _MAY_POINT.match(text):
        return ""
    pointer = _POINTER.fullmatch(plain_inline(_FORCED_LINK.sub(r"\1", text)))
    return name_key(pointer["name"]) if pointer else ""


def _names_of(record: TermRecord) -> Iterator[AliasRecord]:
    yield AliasRecord(record.name)
    yield from record.aliases or ()


def _told(record: TermRecord) -> RowProblem:
    message = f"“{record.name:.80}” only points to another term, and became a name of that one."
    return RowProblem(record.line, "", record.name[:80], message, fatal=False)


def _with_names(record: TermRecord, names: Iterable[AliasRecord]) -> TermRecord:
    added = [
        replace(alias, kind="acronym")
        if alias.kind == "synonym" and is_acronym(alias.text, record.name)
        else alias
        for alias in names
    ]
    taken = {name_key(record.name), *(name_key(alias.text) for alias in record.aliases or ())}
    new = tuple(alias for alias in added if name_key(alias.text) not in taken)
    return replace(record, aliases=(*(record.aliases or ()), *new)) if new else record
