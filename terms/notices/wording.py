"""What a notice says to its recipient: no more of a text than they may read now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.text import capfirst

from ..models import Event, Notification, Revision, RevisionLines
from .addresses import origin
from .choosing import DOORS_FOR_MANY, NEEDED_RIGHT, ONE_SITTING

_Kind, _Topic = Event.Kind, Notification.Topic

_OWN = "your proposal for"
_CORRECTED = "a corrected version of your proposal for"
_WORDS: dict[str, str] = {
    _Kind.PROPOSED: "proposes",
    _Kind.SUGGESTED: "suggests",
    _Kind.RESUBMITTED: "answers and proposes again",
    _Kind.REJECTED: "rejected",
    _Kind.CHANGES_REQUESTED: "asks for changes in",
    _Kind.COMMENTED: "commented on",
    _Kind.ADVISED: "gave advice on",
    _Kind.ASSIGNED: "asks you to take care of",
    _Kind.CLOSED: "closed",
    _Kind.REVIVED: "opened again",
    _Kind.MERGE_PROPOSED: "proposes to merge or split",
    _Kind.MERGE_REJECTED: "rejected the merge or split that you proposed of",
    _Kind.MERGED: "carried out the merge that you proposed into",
    _Kind.SPLIT: "carried out the split that you proposed of",
}
# Of merges and splits as a whole: proposed, decided on. There is no text that is somebody’s own.
_ABOUT_MERGES = frozenset({_Kind.MERGE_PROPOSED, _Kind.MERGE_REJECTED, _Kind.MERGED, _Kind.SPLIT})
# What is said in these was said to whoever may read the text it is about.
_ABOUT_THE_WORDS = frozenset({_Kind.CHANGES_REQUESTED, _Kind.COMMENTED, _Kind.ADVISED})


_Rights = dict[str, set[int]]


class _Text(NamedTuple):
    """A text by which a recipient sees what happened."""

    pk: int
    author_id: int
    name: str


@dataclass(frozen=True)
class Notice:
    """A notification in words: `who` did `what` to the text called `name`, and said `remark`.

    `path` leads to the text where the recipient may read it. Without a name, it is about something
    that they may not see any more. `is_settled`: it asked for a decision that was taken meanwhile;
    `has_more`: it stands for what the same person sent in with it.
    """

    row: Notification
    who: str = ""
    what: str = ""
    name: str = ""
    remark: str = ""
    path: str = ""
    is_settled: bool = False
    has_more: bool = False

    @property
    def is_new(self) -> bool:
        return self.row.read_at is None and not self.is_settled

    @property
    def is_readable(self) -> bool:
        return bool(self.name)

    @property
    def sentence(self) -> str:
        return f"{self.who} {self.what} “{self.name}”{' and more' if self.has_more else ''}".strip()

    @property
    def remark_lines(self) -> list[str]:
        return self.remark.splitlines()

    @property
    def link(self) -> str:
        """The whole address for mails; the path alone where the site has not been told its address."""
        return f"{origin()}{self.path}" if self.path else ""


def in_words(rows: Sequence[Notification]) -> list[Notice]:
    """Put notifications, which come with their recipients, into words; rights are those of this moment.

    The number of queries does not depend on how many there are.
    """
    events = _events({row.event_id for row in rows})
    recipients = {row.recipient_id for row in rows}
    rights = {right: holders(right, among=recipients) for right in ("view_drafts", "review_term")}
    lines = RevisionLines({event.term_id for event in events.values() if event.term_id is not None})
    seen = {row.pk: _text_seen(row, events[row.event_id], rights, lines) for row in rows}
    texts = _texts({pk for pk in seen.values() if pk is not None})
    begun = _begun_by(events.keys())
    return [_notice(row, events[row.event_id], texts.get(seen[row.pk] or 0), rights, begun) for row in rows]


def holders(right: str, *, among: Collection[int] | None = None) -> set[int]:
    """Return the ids of the active accounts that have a right on terms, of these or of all."""
    people = get_user_model().objects.with_perm(
        f"terms.{right}", backend="django.contrib.auth.backends.ModelBackend"
    )
    people = people if among is None else people.filter(pk__in=among)
    return set(people.values_list("pk", flat=True))


def plain(text: str) -> str:
    """Return a text as one line: a name with a line break in it could otherwise write headers."""
    return " ".join(text.split())


def _events(ids: Collection[int]) -> dict[int, Event]:
    heavy = ("revision__content", "term__definition", "term__definition_html", "term__document")
    return Event.objects.select_related("term", "revision").defer(*heavy).in_bulk(ids)


def _begun_by(ids: Collection[int]) -> set[int]:
    """Return those of these events after which the same person sent in more of the kind."""
    alike = Event.objects.filter(by=OuterRef("by"), door=OuterRef("door"), kind=OuterRef("kind"))
    in_one_sitting = alike.filter(at__gt=OuterRef("at"), at__lt=OuterRef("at") + ONE_SITTING)
    rows = Event.objects.filter(Exists(in_one_sitting), pk__in=ids, door__in=DOORS_FOR_MANY)
    return set(rows.values_list("pk", flat=True))


def _text_seen(row: Notification, event: Event, rights: _Rights, lines: RevisionLines) -> int | None:
    """Return the text through which the recipient sees what happened: it, or their own in its line."""
    if not _has_right(row, rights):
        return None
    if row.recipient_id in rights["view_drafts"]:
        return event.revision_id
    return lines.newest_of(row.recipient_id, event.revision_id)


def _has_right(row: Notification, rights: _Rights) -> bool:
    needed = NEEDED_RIGHT.get(row.topic)
    return needed is None or row.recipient_id in rights[needed]


def _texts(revision_ids: Collection[int]) -> dict[int, _Text]:
    rows = Revision.objects.filter(pk__in=revision_ids).order_by()
    found = rows.values_list("pk", "author_id", "content__name", "content__qualifier")
    return {
        pk: _Text(pk, author, plain(f"{name} ({qualifier})" if qualifier else name))
        for pk, author, name, qualifier in found
    }


def _notice(
    row: Notification, event: Event, text: _Text | None, rights: _Rights, begun: Collection[int]
) -> Notice:
    reads_drafts = row.recipient_id in rights["view_drafts"]
    if text is not None:
        name, path = text.name, _path_to_text(row, text, reads_drafts)
    elif event.revision is None and event.term is not None and reads_drafts and _has_right(row, rights):
        name, path = plain(event.term.full_name), _path_to_term(row, event)
    else:
        return Notice(row)
    who = "" if row.topic == _Topic.PLAN else _who(event)
    remark, is_settled = _remark(row, event, reads_drafts), _is_settled(row, event)
    has_more = row.topic == _Topic.WAITING and event.pk in begun
    return Notice(row, who, _what(row, event), name, remark, path, is_settled, has_more)


def _is_settled(row: Notification, event: Event) -> bool:
    # One that stands for many says nothing of the others.
    if row.topic != _Topic.WAITING or event.revision is None or event.door in DOORS_FOR_MANY:
        return False
    return event.revision.state != Revision.State.PROPOSED


def _path_to_text(row: Notification, text: _Text, reads_drafts: bool) -> str:
    if reads_drafts and row.recipient.is_staff:
        return reverse("admin:terms_revision_change", args=[text.pk])
    return reverse("own_proposal", args=[text.pk]) if text.author_id == row.recipient_id else ""


def _path_to_term(row: Notification, event: Event) -> str:
    if not row.recipient.is_staff:
        return ""
    if event.kind in _ABOUT_MERGES:
        return reverse("admin:terms_mergeproposal_changelist")
    return reverse("admin:terms_term_change", args=[event.term_id])


def _who(event: Event) -> str:
    """Return who did it; readers without an account may call themselves anything."""
    return plain(event.by_name) if event.by_id is not None else capfirst(plain(event.by_name))


def _what(row: Notification, event: Event) -> str:
    if row.topic == _Topic.PLAN:
        failed = event.kind == _Kind.PLAN_FAILED
        return "Your plan could not be carried out:" if failed else "Your plan was carried out:"
    words = _WORDS.get(event.kind, "approved")
    if row.topic not in {_Topic.OWN_DECIDED, _Topic.OWN_CHANGES} or event.kind in _ABOUT_MERGES:
        return words
    is_own = event.revision is not None and event.revision.author_id == row.recipient_id
    return f"{words} {_OWN if is_own else _CORRECTED}"


def _remark(row: Notification, event: Event, reads_drafts: bool) -> str:
    if event.revision is None or row.topic == _Topic.PLAN:
        return event.note if event.kind in {_Kind.PLAN_FAILED, *_ABOUT_MERGES} else ""
    if row.topic == _Topic.ASSIGNED:
        return f"Until {event.revision.due_on:%Y-%m-%d}." if event.revision.due_on else ""
    may_read = reads_drafts or event.revision.author_id == row.recipient_id
    if row.topic == _Topic.OWN_DECIDED:
        return event.revision.decision_reason if may_read else ""
    return event.note if may_read or event.kind not in _ABOUT_THE_WORDS else ""
