"""Two changes of one content brought together: field by field, item by item, word by word."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from .. import text
from . import wording
from .cleaning import LIST_LENGTH, PROSE_LENGTHS
from .comparing import item_line
from .content import FIELDS, LABELS, Content
from .wording import Place


@dataclass(frozen=True)
class Collision:
    """One place of a field that both sides changed, each in another way.

    Three texts, as the place reads on each side; empty where it was taken out.
    """

    field: str
    label: str
    base: str
    current: str
    local: str


def carry_over(base: Content, current: Content, local: Content) -> tuple[Content, list[str]]:
    """Bring `local` up to date: it keeps what its author changed, and takes what others changed since.

    Returns the content and the fields with a collision. There the author's text stands, in that
    place only, and a person has to compare. The one exception: a reason for deprecation goes when
    the term has been reinstated meanwhile.
    """
    carried = _carry(base, current, local)
    content = {field: value for field, (value, _) in carried.items()}
    return content, [field for field, (_, places) in carried.items() if places]


def collisions(base: Content, current: Content, local: Content) -> list[Collision]:
    """Return the places in which `carry_over` let the author's text stand, in the order of the text."""
    carried = _carry(base, current, local)
    return [
        Collision(field, LABELS[field], *place) for field, (_, places) in carried.items() for place in places
    ]


def _carry(base: Content, current: Content, local: Content) -> dict[str, tuple[Any, list[Place]]]:
    carried = {field: _carry_field(field, base, current, local) for field in FIELDS}
    return {**carried, "deprecation_reason": _carry_reason(base, current, local)}


def _carry_field(field: str, base: Content, current: Content, local: Content) -> tuple[Any, list[Place]]:
    sides = base[field], current[field], local[field]
    value, collides = _carry_value(*sides)
    if not collides:
        return value, []
    if field in PROSE_LENGTHS:
        merged, places = wording.merge(*sides)
        # Two additions that fit one by one can be too long together.
        return (merged, places) if len(merged) <= PROSE_LENGTHS[field] else (value, [Place(*sides)])
    if field in _KEYS:
        return _carry_items(field, *sides)
    return value, [Place(*map(str, sides))]


def _carry_value(base: Any, current: Any, local: Any) -> tuple[Any, bool]:
    """Return what becomes of a value, and whether both sides changed it, each in another way."""
    if local == base:
        return current, False
    return local, current not in (base, local)


def _carry_reason(base: Content, current: Content, local: Content) -> tuple[str, list[Place]]:
    """A reason belongs to the status that it explains, and comes from the side whose status stands."""
    field = "deprecation_reason"
    if current["status"] == local["status"]:
        return _carry_field(field, base, current, local)
    is_ours = local["status"] != base["status"]
    stands, yields = (local, current) if is_ours else (current, local)
    if yields[field] in (base[field], stands[field]):
        return stands[field], []
    return stands[field], [Place(base[field], current[field], local[field])]


# --- Lists ---------------------------------------------------------------------------------------

_Items = dict[Hashable, Any]

# What an item is known by, whatever else of it changes.
_KEYS: dict[str, Callable[[Any], Hashable]] = {
    "aliases": lambda item: text.name_key(item["text"]),
    "tags": lambda item: item,
    "relations": lambda item: (item["kind"], item["target"]),
    "sources": lambda item: item["url"] or item["title"],
    "notes": lambda item: (item["kind"], item["text"]),
    "external_ids": lambda item: (item["scheme"], item["value"]),
}


def _carry_items(
    field: str, base: list[Any], current: list[Any], local: list[Any]
) -> tuple[list[Any], list[Place]]:
    before, theirs, ours = (_by_key(field, items) for items in (base, current, local))
    if field == "notes":
        theirs, ours = _with_rewritten(before, theirs), _with_rewritten(before, ours)
    carried, places = [], []
    for key in [*theirs, *(key for key in ours if key not in theirs)]:
        sides = before.get(key), theirs.get(key), ours.get(key)
        item, collides = _carry_value(*sides)
        if item is not None:
            carried.append(item)
        if collides:
            places.append(Place(*(item_line(side, {}) if side else "" for side in sides)))
    if len(carried) > LIST_LENGTH:
        return local, [Place(*(", ".join(item_line(item, {}) for item in s) for s in (base, current, local)))]
    return carried, places


def _by_key(field: str, items: list[Any]) -> _Items:
    """Return the items by what they are known by; those that share it are told apart by their order."""
    seen: Counter[Hashable] = Counter()
    by_key: _Items = {}
    for item in items:
        key = _KEYS[field](item)
        by_key[key, seen[key]] = item
        seen[key] += 1
    return by_key


def _with_rewritten(before: _Items, after: _Items) -> _Items:
    """Return `after` with each note that took the place of another under the key of that one.

    A note is nothing but its text: rewritten on both sides it would otherwise stand there twice.
    """
    old, new = list(before), list(after)
    former: dict[Hashable, Hashable] = {}
    for op, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "replace":
            pairs = zip(old[i1:i2], new[j1:j2], strict=False)
            former |= {key: was for was, key in pairs if was not in after and key not in before}
    return {former.get(key, key): item for key, item in after.items()}
