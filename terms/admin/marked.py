"""What differs between two long texts, marked in the time that a page has: first paragraph by paragraph,
then sentence by sentence, and word by word only where two of them say nearly the same."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from .. import revisions
from ..revisions import LABELS, Content, FieldChange, Piece

_PARAGRAPH = re.compile(r".+?(?:\n[ \t]*\n\s*|\Z)", re.DOTALL)
_SENTENCE = re.compile(r".+?(?:[.!?:;|]\s+|\n|\Z)", re.DOTALL)
_WORDS = re.compile(r"\w+")
_ALIKE = 0.35


def difference(before: Content, after: Content) -> list[FieldChange]:
    """Return the fields in which two contents differ, as `revisions.difference`, the definition in large."""
    return [
        definition_change(before[field], after[field])
        if field == "definition"
        else revisions.field_change(field, before[field], after[field])
        for field in revisions.FIELDS
        if before[field] != after[field]
    ]


def definition_change(before: str, after: str) -> FieldChange:
    """Return how a definition differs from another; one that says something else stands for itself."""
    if are_alike(before, after):
        pieces = tuple(_pieces(before, after))
    else:
        pieces = tuple((kind, text) for kind, text in (("delete", before), ("insert", after)) if text)
    return FieldChange("definition", LABELS["definition"], before, after, pieces)


def likeness(one: str, other: str) -> float:
    """Return how many of the words of two texts they share, from 0 to 1."""
    words, others = set(_WORDS.findall(one.lower())), set(_WORDS.findall(other.lower()))
    return len(words & others) / max(1, len(words | others))


def are_alike(one: str, other: str) -> bool:
    """Say whether two texts say nearly the same."""
    return likeness(one, other) >= _ALIKE


def _pieces(before: str, after: str) -> Iterator[Piece]:
    pieces: list[Piece] = []
    for operation, piece in _by_parts(before, after, [_PARAGRAPH, _SENTENCE]):
        if pieces and pieces[-1][0] == operation:
            pieces[-1] = (operation, pieces[-1][1] + piece)
        else:
            pieces.append((operation, piece))
    yield from pieces


def _by_parts(before: str, after: str, levels: Sequence[re.Pattern[str]]) -> Iterator[Piece]:
    if not levels:
        yield from revisions.field_change("definition", before, after).pieces
        return
    level, *finer = levels
    old, new = level.findall(before), level.findall(after)
    keys = [part.strip() for part in old], [part.strip() for part in new]
    matcher = difflib.SequenceMatcher(None, *keys, autojunk=False)
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            yield "equal", "".join(new[j1:j2])
        else:
            yield from _rewritten(old[i1:i2], new[j1:j2], finer)


def _rewritten(old: Sequence[str], new: Sequence[str], finer: Sequence[re.Pattern[str]]) -> Iterator[Piece]:
    """Compare parts that stand in the same place, as far as they are alike."""
    shared = min(len(old), len(new))
    for one, other in zip(old[:shared], new[:shared], strict=True):
        if are_alike(one, other):
            yield from _by_parts(one, other, finer)
        else:
            yield "delete", one
            yield "insert", other
    if old[shared:]:
        yield "delete", "".join(old[shared:])
    if new[shared:]:
        yield "insert", "".join(new[shared:])
