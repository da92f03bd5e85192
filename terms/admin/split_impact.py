"""What a split moves and leaves behind, told in words before it is done."""

from __future__ import annotations

from collections.abc import Iterable

from ..merging import ADDRESSES, Moved, SplitPreview
from ..revisions import full_name
from .merge_impact import Group, Line, plan_line, term_line, text_line


def groups(preview: SplitPreview) -> list[Group]:
    """Return everything around the term that the split moves, gives up or leaves."""
    return [
        Group(key, title, tuple(lines), explanation, len(lines))
        for key, title, explanation, lines in _told(preview)
        if lines
    ]


def _told(preview: SplitPreview) -> Iterable[tuple[str, str, str, list[Line]]]:
    part = full_name(preview.part)
    staying = [one for one in preview.relations if one not in preview.moved]
    lost = [Line(f"“{name}”") for name in preview.lost_names]
    yield "lost_names", "Names that are given up", "Nothing is found under them any more.", lost
    addresses = [Line(f"/terms/{slug}/", ADDRESSES[leads]) for slug, leads in preview.addresses]
    yield "addresses", "Addresses of today", "", addresses
    moved = [_relation_line(one) for one in preview.moved]
    explanation = "Each is a new version of the other term."
    yield "relations", f"Relations that lead to “{part}” from now on", explanation, moved
    yield "staying", "Relations that lead where they led", "", [_relation_line(one) for one in staying]
    texts = [text_line(one) for one in preview.moved_texts]
    explanation = "The relation is moved; the text stays its author’s."
    yield "moved_texts", "Texts that wait and have such a relation", explanation, texts
    texts = [text_line(one) for one in preview.outdated_texts]
    explanation = "They have to be brought up to date before they are approved."
    yield "outdated_texts", "Texts that wait for this term", explanation, texts
    plans = [plan_line(one) for one in preview.plans]
    yield "plans", "What is planned for this term", "It stays with what stays.", plans


def _relation_line(one: Moved) -> Line:
    return term_line(one.source, one.kind_in_words.lower())
