"""What differs between two contents: word by word in a text, item by item in a list."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..models import Term
from .content import FIELDS, LABELS, Content

Piece = tuple[str, str]


@dataclass(frozen=True)
class FieldChange:
    """One field that differs: both values, and the text in `pieces` of (equal, insert or delete; text)."""

    field: str
    label: str
    before: Any
    after: Any
    pieces: tuple[Piece, ...]


def difference(before: Content, after: Content) -> list[FieldChange]:
    """Return the fields in which two contents differ, compared word by word, lists item by item."""
    return [
        field_change(field, before[field], after[field]) for field in FIELDS if before[field] != after[field]
    ]


def field_change(field: str, before: Any, after: Any) -> FieldChange:
    """Return how a field differs between two contents, compared word by word, lists item by item."""
    names = _target_names(*before, *after) if field == "relations" else {}
    return FieldChange(field, LABELS[field], before, after, _pieces(before, after, names))


def item_line(item: Any, names: Mapping[str, str]) -> str:
    """Return an item of a list on one line: the main part first, the rest in brackets."""
    if not isinstance(item, dict):
        return str(item)
    main = item.get("text") or item.get("title") or item.get("target") or item.get("value") or ""
    parts = {**item, "kind": item.get("kind", "").replace("_", " ")}
    rest = [str(v) for v in parts.values() if v and v != main and v not in {"admitted", "exact"}]
    shown = names.get(main, main)
    return f"{shown} ({', '.join(rest)})" if rest else shown


def _target_names(*relations: Mapping[str, str]) -> dict[str, str]:
    targets = [relation["target"] for relation in relations]
    return {term.public_id: term.full_name for term in Term.objects.filter(public_id__in=targets)}


def _pieces(before: Any, after: Any, names: Mapping[str, str]) -> tuple[Piece, ...]:
    if isinstance(before, str) and isinstance(after, str):
        return tuple(_compare(_split_words(before), _split_words(after), ""))
    if isinstance(before, list) and isinstance(after, list):
        lines = [[item_line(item, names) for item in items] for items in (before, after)]
        return tuple(_compare(lines[0], lines[1], "\n"))
    return (("delete", str(before)), ("insert", str(after)))


def _split_words(value: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", value)


def _compare(before: list[str], after: list[str], joiner: str) -> Iterable[Piece]:
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    if len(before) * len(after) > 25_000_000:  # two whole books: word by word would take minutes
        matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=True)
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op in {"delete", "replace"}:
            yield "delete", joiner.join(before[i1:i2])
        if op in {"insert", "replace"}:
            yield "insert", joiner.join(after[j1:j2])
        if op == "equal":
            yield "equal", joiner.join(before[i1:i2])
