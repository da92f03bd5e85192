"""What a bulk change and its undo share: rows as they are told, and one step for one term."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from .. import revisions, workflow
from ..errors import NotAllowed, StaleEdit, TermbookError, WrongState
from ..models import REMARK_LENGTH, Operation, Revision, Term
from ..revisions import Content, FieldChange

# What becomes of a term.
PROPOSAL, DRAFT, NOW, TAKEN_BACK = "proposal", "draft", "decided now", "taken back"
UNCHANGED, REFUSED = "unchanged", "refused"

CHANGED = "Changed since the preview; look again."


@dataclass(frozen=True)
class Row:
    """What becomes, or became, of one term, with the number of the text that it began with.

    `after` is the number of the text that was written or decided on.
    """

    term: Term
    base: int
    outcome: str
    sentence: str
    difference: tuple[FieldChange, ...] = ()
    after: int | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome not in {UNCHANGED, REFUSED}


@dataclass(frozen=True)
class Outcome:
    """What a change did; without an operation it did nothing."""

    operation: Operation | None
    rows: tuple[Row, ...]

    @property
    def count(self) -> int:
        return sum(row.is_done for row in self.rows)


@dataclass(frozen=True)
class Subject:
    """A term with its texts that are open, newest first."""

    term: Term
    open_texts: tuple[Revision, ...]

    @property
    def text(self) -> Revision | None:
        """The text that a change of its tags begins with."""
        if self.term.is_public:
            return self.term.live_revision
        return self.open_texts[0] if self.term.status == Term.Status.DRAFT and self.open_texts else None


# A row as it is planned, and what carries it out; nothing does where there is nothing to do.
Step = tuple[Row, Callable[[], Revision] | None]


def subjects(term_ids: Iterable[int], by: Any) -> list[Subject]:
    terms = Term.objects.visible_to(by).filter(pk__in=term_ids).select_related("live_revision")
    texts: dict[int, list[Revision]] = {}
    is_open = Revision.objects.filter(term__in=term_ids, state__in=Revision.OPEN_STATES)
    for revision in is_open.order_by("-number"):
        texts.setdefault(revision.term_id, []).append(revision)
    rows = terms.defer("definition", "definition_html", "document").order_by("pk")
    return [Subject(term, tuple(texts.get(term.pk, ()))) for term in rows]


def by_name(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.term.sort_key, row.term.qualifier_key, row.term.pk)))


def carry_out_row(row: Row, write: Callable[[], Revision] | None) -> Row:
    """Carry out one row in a savepoint of its own."""
    if write is None:
        return row
    try:
        with transaction.atomic():
            return _told(row, write())
    except StaleEdit:
        return replace(row, outcome=REFUSED, sentence=CHANGED)
    except TermbookError as refusal:
        return replace(row, outcome=REFUSED, sentence=refusal.message)


def _told(row: Row, written: Revision) -> Row:
    sentence = {
        PROPOSAL: f"Proposed as revision {written.number}; a reviewer decides.",
        DRAFT: f"Saved as revision {written.number}.",
        NOW: f"Is version {written.version} now.",
        TAKEN_BACK: f"Revision {written.number} is {written.get_state_display().lower()}.",
    }[row.outcome]
    return replace(row, sentence=sentence, after=written.number)


def kept(row: Row) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in ("base", "outcome", "sentence", "after")}
    return {"term": row.term.pk, **kept}


def terms_in_words(count: int) -> str:
    return "1 term" if count == 1 else f"{count:,} terms"


def shortened(note: str) -> str:
    return note if len(note) <= REMARK_LENGTH else f"{note[: REMARK_LENGTH - 1]}…"


def check_right(action: str, by: Any) -> None:
    permission = "review_term" if action else "edit_term"
    if not by.is_active or not by.has_perm(f"terms.{permission}"):
        raise NotAllowed("Bulk change: your account has no right to do this. Ask a chief editor.")


def live_revision(term: Term) -> Revision:
    if term.live_revision is None:
        raise WrongState(f"“{term.full_name}” was never published.")
    return term.live_revision


def row_of(
    subject: Subject, text: Revision, outcome: str, sentence: str, wanted: Content | None = None
) -> Row:
    difference = revisions.difference(text.content, wanted) if wanted else []
    return Row(subject.term, text.number, outcome, sentence, tuple(difference))


def refused(subject: Subject, sentence: str) -> Step:
    text = subject.text
    return Row(subject.term, text.number if text else 0, REFUSED, sentence), None


def why_without_text(term: Term) -> str:
    if term.status == Term.Status.DRAFT:
        return "No text of this draft is open; write one first."
    return f"Is {term.get_status_display().lower()}; restore it first."


def step_to_tags(
    subject: Subject, text: Revision, tags: list[str], names: Mapping[str, str], comment: str, by: Any
) -> Step:
    """Plan that a text gets these tags (slugs); `names` says how those are called that may be new."""
    if tags == text.content["tags"]:
        return row_of(subject, text, UNCHANGED, "Its tags are like this already."), None
    wanted = {**text.content, "tags": tags}
    if text.state == Revision.State.CHANGES_REQUESTED:
        sentence = f"Revision {text.number} was sent back to its author; change its tags there."
        return refused(subject, sentence)
    same = [other for other in subject.open_texts if other.based_on_id == text.pk and other.content == wanted]
    if same:
        return refused(subject, f"Revision {same[0].number} wants exactly this already.")
    action = "save_draft" if text.state == Revision.State.DRAFT else "propose"
    if not workflow.may(by, action, revision=text):
        return refused(subject, "Your account may not change this text.")
    outcome, sentence = _announced(text)
    content = {"tags": [names.get(slug, slug) for slug in tags]}
    return row_of(subject, text, outcome, sentence, wanted), lambda: _WRITERS[action](
        term_id=subject.term.pk, based_on=text.number, content=content, by=by, comment=comment
    )


_WRITERS: dict[str, Callable[..., Revision]] = {
    "save_draft": workflow.save_draft,
    "propose": workflow.propose,
}


def _announced(text: Revision) -> tuple[str, str]:
    if text.state == Revision.State.DRAFT:
        return DRAFT, f"The draft is saved with these tags, as a correction of revision {text.number}."
    if text.state == Revision.State.PROPOSED:
        return PROPOSAL, f"Revision {text.number}, which is proposed, is corrected."
    return PROPOSAL, "Will be proposed; a reviewer decides."
