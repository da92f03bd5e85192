"""Who hears of what: one table, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from ..models import Comment, Event, Notification, Revision, Suggestion
from . import mailing
from .choosing import DEFAULTS, DOORS_FOR_MANY, ONE_SITTING, chosen_by
from .wording import holders

_Kind, _Topic, _Mail = Event.Kind, Notification.Topic, Notification.Mail

_DECISIONS = frozenset({_Kind.PUBLISHED, _Kind.CHANGED, _Kind.DEPRECATED, _Kind.REINSTATED, _Kind.REJECTED})


def tell(event: Event) -> None:
    """Notify those who should hear of this event; mails that are to go at once leave after the commit.

    Nobody hears of what they did themselves, nobody twice of one event, and no closed account. The
    number of queries does not depend on how many hear of it.
    """
    concerned = _concerned(event)
    rows = [*_rows_for_accounts(event, concerned), *_rows_for_senders(event)]
    if not rows:
        return
    made = Notification.objects.bulk_create(rows)
    at_once = [row.pk for row in made if row.mail == _Mail.NOW]
    if at_once:
        transaction.on_commit(partial(mailing.send_now, at_once), robust=True)


def _concerned(event: Event) -> dict[int, str]:
    """Return whom this event concerns, and under which topic."""
    concerned: dict[int, str] = {}
    if event.revision is not None and event.kind in _HEARD:
        topic, whom = _HEARD[event.kind]
        concerned = dict.fromkeys(whom(event.revision), topic)
    if event.by_id is not None:
        concerned.pop(event.by_id, None)
        if _was_planned(event):
            # It happens in the name of whoever planned it, who was not there.
            concerned[event.by_id] = _Topic.PLAN
    return concerned


def _was_planned(event: Event) -> bool:
    carried_out = event.door == Event.Door.SCHEDULE and event.kind in _DECISIONS
    return carried_out or event.kind == _Kind.PLAN_FAILED


def _reviewers(revision: Revision) -> set[int]:
    return holders("review_term") - _writers(revision)


def _writers(revision: Revision) -> set[int]:
    return {one.author_id for one in revision.line}


def _in_the_discussion(revision: Revision) -> set[int]:
    """Return who wrote, who spoke and who takes care of it, as far as they may read it."""
    writers = _writers(revision)
    said = Comment.objects.filter(revision__in=[one.pk for one in revision.line], author__isnull=False)
    others = {*said.values_list("author_id", flat=True), *_assignee(revision)} - writers
    return writers | (holders("view_drafts", among=others) if others else set())


def _assignee(revision: Revision) -> set[int]:
    return {revision.assignee_id} if revision.assignee_id is not None else set()


_HEARD: dict[str, tuple[str, Callable[[Revision], set[int]]]] = {
    _Kind.PROPOSED: (_Topic.WAITING, _reviewers),
    _Kind.SUGGESTED: (_Topic.WAITING, _reviewers),
    _Kind.RESUBMITTED: (_Topic.WAITING, _reviewers),
    **dict.fromkeys(_DECISIONS, (_Topic.OWN_DECIDED, _writers)),
    _Kind.CHANGES_REQUESTED: (_Topic.OWN_CHANGES, _writers),
    _Kind.COMMENTED: (_Topic.DISCUSSION, _in_the_discussion),
    _Kind.ADVISED: (_Topic.DISCUSSION, _in_the_discussion),
    _Kind.ASSIGNED: (_Topic.ASSIGNED, _assignee),
}


def _rows_for_accounts(event: Event, concerned: dict[int, str]) -> list[Notification]:
    if not concerned:
        return []
    now = timezone.now()
    if event.door in DOORS_FOR_MANY:
        concerned = _without_the_told(event, concerned)
    people = get_user_model().objects.filter(pk__in=concerned, is_active=True).order_by("pk")
    chosen = chosen_by(concerned.keys())
    rows = []
    for pk, email in people.values_list("pk", "email"):
        topic = concerned[pk]
        on_site, mail = chosen.get((pk, topic), DEFAULTS[topic])
        mail = _possible(mail, email, event)
        if on_site or mail != _Mail.NONE:
            read_at = None if on_site else now
            rows.append(
                Notification(
                    recipient_id=pk, event=event, topic=topic, mail=mail, created_at=now, read_at=read_at
                )
            )
    return rows


def _without_the_told(event: Event, concerned: dict[int, str]) -> dict[int, str]:
    """Leave out who has an unread notice of what this person sent in through this door just now."""
    told = Notification.objects.filter(
        recipient__in=concerned,
        topic=_Topic.WAITING,
        read_at=None,
        event__by=event.by_id,
        event__door=event.door,
        event__at__gt=event.at - ONE_SITTING,
    )
    known = set(told.values_list("recipient_id", flat=True))
    return {pk: topic for pk, topic in concerned.items() if pk not in known or topic != _Topic.WAITING}


def _possible(mail: str, email: str, event: Event) -> str:
    if not email:
        return _Mail.NONE
    is_gathered = mail == _Mail.NOW and event.door in DOORS_FOR_MANY
    return _Mail.DIGEST if is_gathered else mail


def _rows_for_senders(event: Event) -> list[Notification]:
    """Return the row for the sender of a suggestion that is decided, or that changes are asked for in.

    It is addressed to the account of readers, which nobody can enter; the mail goes to the sender.
    """
    if event.revision is None or event.kind not in {*_DECISIONS, _Kind.CHANGES_REQUESTED}:
        return []
    wish = event.revision.line[-1]
    if event.kind == _Kind.CHANGES_REQUESTED and wish.pk != event.revision_id:
        return []  # it is a correction that is talked about, and with those who wrote that
    if not Suggestion.objects.filter(revision=wish).exclude(email="").exists():
        return []
    now = timezone.now()
    return [
        Notification(
            recipient_id=wish.author_id,
            event=event,
            topic=_Topic.OWN_CHANGES if event.kind == _Kind.CHANGES_REQUESTED else _Topic.OWN_DECIDED,
            mail=_Mail.NOW,
            created_at=now,
            read_at=now,
        )
    ]
