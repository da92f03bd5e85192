"""Remarks on a text: threads that are answered and resolved. They stay with their revision for ever."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import log
from .errors import InvalidContent, NotAllowed, WrongState
from .models import REMARK_LENGTH, Comment, Event, ReviewLink, Revision, RevisionLines, Suggestion
from .revisions import FIELDS, has_control_signs


@dataclass(frozen=True)
class Thread:
    """A remark with its answers, oldest first, and the ids of those who wrote the text that it is about."""

    head: Comment
    answers: tuple[Comment, ...]
    writers: frozenset[int]

    @property
    def is_open(self) -> bool:
        return self.head.resolved_at is None


def writers(revision: Revision) -> set[int]:
    """Return the ids of everybody who wrote on this text: its author and those whose text it corrects."""
    return {one.author_id for one in revision.line}


def threads(revisions: Iterable[Revision]) -> list[Thread]:
    """Return what was said about these revisions: open threads first, each oldest first."""
    return _threads(Q(revision__in=[revision.pk for revision in revisions]))


def last_request(revisions: Iterable[Revision]) -> Comment | None:
    """Return the thread in which changes of these texts were asked for last."""
    ids = [revision.pk for revision in revisions]
    return (
        Comment.objects.filter(revision__in=ids, asks_for_changes=True, thread=None).order_by("-pk").first()
    )


def said_through(link: ReviewLink) -> list[Thread]:
    """Return what an expert said through a link, and what was answered on whatever text of the line."""
    return _threads(Q(review_link=link, thread=None) | Q(thread__review_link=link))


def _threads(said: Q) -> list[Thread]:
    rows = Comment.objects.filter(said)
    rows = rows.select_related("author", "resolved_by", "revision__suggestion", "review_link")
    comments = list(rows.defer("revision__content").order_by("created_at", "pk"))
    answers: dict[int, list[Comment]] = {}
    for comment in comments:
        if comment.thread_id is not None:
            answers.setdefault(comment.thread_id, []).append(comment)
    heads = [comment for comment in comments if comment.thread_id is None]
    lines = RevisionLines({head.revision.term_id for head in heads})
    found = [Thread(head, tuple(answers.get(head.pk, ())), lines.writers(head.revision_id)) for head in heads]
    return sorted(found, key=lambda thread: not thread.is_open)


@transaction.atomic
def comment(
    *, revision_id: int, by: Any, text: str, field: str = "", thread_id: int | None = None
) -> Comment:
    """Say something about a text, or answer to what was said.

    Raises NotAllowed for those who may not read the text.
    """
    revision = _readable(revision_id, by)
    said = say(revision, text, by=by, field=field, thread=_thread_of(revision, thread_id))
    log.record(Event.Kind.COMMENTED, by=by, term=revision.term, revision=revision, note=_beginning(said.text))
    return said


def say(
    revision: Revision,
    text: str,
    *,
    by: Any = None,
    link: ReviewLink | None = None,
    suggestion: Suggestion | None = None,
    thread: Comment | None = None,
    field: str = "",
    advice: str = "",
    asks_for_changes: bool = False,
) -> Comment:
    """Add a remark of exactly one speaker: an account, an expert with a link, the sender of a suggestion.

    The caller has checked the right and enters it in the log.
    """
    if field and field not in FIELDS:
        raise InvalidContent({"field": [f"Field: there is no field “{field:.40}”."]})
    if advice not in Comment.Advice.values:
        raise InvalidContent({"advice": ["Advice: choose approve or refuse."]})
    return Comment.objects.create(
        revision=revision,
        thread=thread,
        author=by,
        review_link=link,
        suggestion=suggestion,
        author_name=_speaker(by, link, suggestion),
        field=field,
        advice=advice,
        asks_for_changes=asks_for_changes,
        text=clean_text(text, label="Remark" if link else "Comment", may_be_empty=bool(advice)),
    )


def clean_text(text: str, *, label: str = "Comment", may_be_empty: bool = False) -> str:
    """Return a remark as it is kept. Raises InvalidContent for an empty one and what no database takes."""
    if not isinstance(text, str) or has_control_signs(text):
        raise InvalidContent({"text": [f"{label}: give a text without control characters."]})
    cleaned = text.replace("\r\n", "\n").strip()
    if not cleaned and not may_be_empty:
        raise InvalidContent({"text": [f"{label}: write something first."]})
    if len(cleaned) > REMARK_LENGTH:
        raise InvalidContent(
            {"text": [f"{label}: {len(cleaned):,} characters are too many; {REMARK_LENGTH:,} are allowed."]}
        )
    return cleaned


@transaction.atomic
def resolve(*, thread_id: int, by: Any) -> Comment:
    """Close a thread; what was said stays readable.

    For those who began it, who wrote the text, and reviewers.
    """
    head = _locked_thread(thread_id, by)
    if head.resolved_at is not None:
        raise WrongState("This discussion is resolved already.")
    return _settle(head, by, Event.Kind.RESOLVED)


@transaction.atomic
def reopen(*, thread_id: int, by: Any) -> Comment:
    """Open a resolved thread again."""
    head = _locked_thread(thread_id, by)
    if head.resolved_at is None:
        raise WrongState("This discussion is open.")
    return _settle(head, by, Event.Kind.REOPENED)


def may_settle(thread: Thread, by: Any) -> bool:
    """Say whether this person may resolve a thread, or open it again."""
    return _may_settle(thread.head, thread.writers, by)


def _may_settle(head: Comment, wrote: Collection[int], by: Any) -> bool:
    is_concerned = by.pk == head.author_id or by.pk in wrote
    return (is_concerned or by.has_perm("terms.review_term")) and _may_read(head.revision, by)


def _settle(head: Comment, by: Any, kind: str) -> Comment:
    resolves = kind == Event.Kind.RESOLVED
    head.resolved_at, head.resolved_by = (timezone.now(), by) if resolves else (None, None)
    head.save(update_fields=["resolved_at", "resolved_by"])
    log.record(kind, by=by, term=head.revision.term, revision=head.revision, note=_beginning(head.text))
    return head


def _locked_thread(thread_id: int, by: Any) -> Comment:
    head = (
        Comment.objects.filter(pk=thread_id, thread=None).select_for_update(of=("self",), no_key=True).first()
    )
    if head is None:
        raise WrongState("There is no such discussion.")
    if not _may_settle(head, writers(head.revision), by):
        raise NotAllowed("Only who began a discussion, who wrote the text, and reviewers resolve it.")
    return head


def _readable(revision_id: int, by: Any) -> Revision:
    revision = Revision.objects.select_related("term", "supersedes").filter(pk=revision_id).first()
    if revision is None:
        raise WrongState("There is no such revision.")
    if not _may_read(revision, by):
        raise NotAllowed("Comment: your account may not read this text.")
    return revision


def _may_read(revision: Revision, by: Any) -> bool:
    return by.is_active and (by.has_perm("terms.view_drafts") or by.pk == revision.author_id)


def _thread_of(revision: Revision, thread_id: int | None) -> Comment | None:
    """Return the thread that is answered; it may hang on an older text of the same line."""
    if thread_id is None:
        return None
    line = [one.pk for one in revision.line]
    head = Comment.objects.filter(pk=thread_id, thread=None, revision__in=line).first()
    if head is None:
        raise WrongState("There is no such discussion on this text.")
    return head


def _speaker(by: Any, link: ReviewLink | None, suggestion: Suggestion | None) -> str:
    if link is not None:
        return link.expert
    if suggestion is not None:
        return suggestion.sender_name or "The sender"
    return by.get_full_name() or by.get_username()


def _beginning(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:199]}…"
