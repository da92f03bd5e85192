"""Relations of other terms, and of texts that wait, are written anew because a term became another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import workflow
from ..models import Event, Revision, Term
from ..revisions import Content
from ..workflow import Change

Moving = Callable[[Content, Term], Content]
# What an undo has to know of each: the term, and the numbers of the text before and after.
Entries = list[dict[str, int]]


def rewrite(
    sources: Sequence[Term], texts: Iterable[Revision], moving: Moving, *, by: Any, said: str, note: str
) -> tuple[Entries, Entries]:
    """Write the live texts of these public terms, and texts that wait, as `moving` returns them.

    Texts whose base is written anew here follow it. `said` is what the history tells readers, `note`
    what it tells the staff. The rows of the relations were moved before, and all terms are locked.
    Returns what was written, for the terms and for the texts.
    """
    live_before = {term.pk: term.live_revision for term in sources}
    changes = [
        Change(term, moving(live.content, term), workflow.rendered_already(term))
        for term in sources
        if (live := term.live_revision) is not None
    ]
    written = workflow.publish_all(changes, kind=Event.Kind.REPOINTED, by=by, comment=said)
    live_after = {one.term_id: one for one in written}
    moved = []
    for text in _with_those_based_on(texts, [live for live in live_before.values() if live]):
        old, new = live_before.get(text.term_id), live_after.get(text.term_id)
        is_current = old is not None and text.based_on_id == old.pk
        base = new if is_current and new is not None else text.based_on
        after = workflow.follow_up(text, moving(text.content, text.term), based_on=base, by=by, note=note)
        moved.append(_entry(text, after))
    pairs = [(old, new) for new in written if (old := live_before[new.term_id]) is not None]
    return [_entry(old, new) for old, new in pairs], moved


def _with_those_based_on(texts: Iterable[Revision], bases: Sequence[Revision]) -> list[Revision]:
    based = Revision.objects.filter(state__in=Revision.OPEN_STATES, based_on__in=bases)
    found = {text.pk: text for text in (*texts, *based.select_related("term", "based_on"))}
    return sorted(found.values(), key=lambda text: (text.term_id, text.number))


def _entry(before: Revision, after: Revision) -> dict[str, int]:
    return {"term": after.term_id, "before": before.number, "after": after.number}
