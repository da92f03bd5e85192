"""How one person wants to hear of things, and which notices they have read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ..errors import InvalidContent
from ..models import Event, Notification, NotificationChoice, Revision

_Topic, _Mail = Notification.Topic, Notification.Mail

# A file or a bulk change can bring a thousand proposals in a minute; nobody wants as many letters.
DOORS_FOR_MANY = frozenset({Event.Door.IMPORT, Event.Door.BULK})
ONE_SITTING = timedelta(hours=1)


class Choice(NamedTuple):
    """How to hear of a topic."""

    on_site: bool
    mail: str


# What one person waits for goes at once; what happens all day is gathered.
DEFAULTS: dict[str, Choice] = {
    _Topic.OWN_DECIDED: Choice(True, _Mail.NOW),
    _Topic.OWN_CHANGES: Choice(True, _Mail.NOW),
    _Topic.DISCUSSION: Choice(True, _Mail.DIGEST),
    _Topic.ASSIGNED: Choice(True, _Mail.NOW),
    _Topic.WAITING: Choice(True, _Mail.DIGEST),
    _Topic.PLAN: Choice(True, _Mail.NOW),
}
# Topics that only those with a right ever hear of.
NEEDED_RIGHT: dict[str, str] = {
    _Topic.ASSIGNED: "view_drafts",
    _Topic.WAITING: "review_term",
    _Topic.PLAN: "view_drafts",
}


def choices_of(user: Any) -> dict[str, Choice]:
    """Return how this person hears of each topic that concerns them."""
    chosen = chosen_by([user.pk])
    return {
        topic: chosen.get((user.pk, topic), usual)
        for topic, usual in DEFAULTS.items()
        if topic not in NEEDED_RIGHT or user.has_perm(f"terms.{NEEDED_RIGHT[topic]}")
    }


def chosen_by(user_ids: Collection[int]) -> dict[tuple[int, str], Choice]:
    """Return what these people chose, by person and topic; what is missing is as usual."""
    rows = NotificationChoice.objects.filter(user__in=user_ids)
    return {(row.user_id, row.topic): Choice(row.on_site, row.mail) for row in rows}


@transaction.atomic
def choose(*, by: Any, choices: Mapping[str, Choice]) -> None:
    """Keep how this person wants to hear of these topics; the other topics stay as they are."""
    for topic, choice in choices.items():
        if topic not in DEFAULTS:
            raise InvalidContent({"topic": [f"There is nothing to hear of under “{topic:.40}”."]})
        if choice.mail not in _Mail.values:
            raise InvalidContent(
                {topic: [f"“{choice.mail:.40}” is no way to send mail. Choose one of the list."]}
            )
        if choice == DEFAULTS[topic]:
            NotificationChoice.objects.filter(user=by, topic=topic).delete()
        else:
            NotificationChoice.objects.update_or_create(user=by, topic=topic, defaults=choice._asdict())


def shown_to(user: Any) -> QuerySet[Notification]:
    """Return the notices of this person on the site, newest first.

    What comes by mail only was read in the moment in which it was made.
    """
    is_for_the_site = Q(read_at=None) | Q(read_at__gt=F("created_at"))
    rows = Notification.objects.filter(is_for_the_site, recipient=user)
    return rows.select_related("recipient").order_by("-created_at", "-pk")


def unread_count(user: Any) -> int:
    """Return how many notices wait to be read; a proposal that is decided by now waits for nobody."""
    is_settled = Q(topic=_Topic.WAITING) & ~Q(event__revision__state=Revision.State.PROPOSED)
    is_settled &= ~Q(event__door__in=DOORS_FOR_MANY)
    return Notification.objects.filter(recipient=user, read_at=None).exclude(is_settled).count()


def mark_read(*, by: Any, only: int | None = None, up_to: int | None = None) -> int:
    """Mark one notice of this person as read, or all up to one; return how many there were.

    `up_to` is the newest that they saw: what came meanwhile stays unread.
    """
    unread = Notification.objects.filter(recipient=by, read_at=None)
    unread = unread.filter(pk=only) if only is not None else unread.filter(pk__lte=up_to or 0)
    return unread.update(read_at=timezone.now())
