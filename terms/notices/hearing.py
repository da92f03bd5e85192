"""Who hears of what: one table, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from ..models import Comment, Event, MergeProposal, Notification, Revision, Suggestion
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
    tell_all([event])


def tell_all(events: Sequence[Event]) -> None:
    """Notify of many events as of one; of those that nobody hears of, without any query."""
    rights = _Rights()
    concerned = {event.pk: _concerned(event, rights) for event in events}
    rows = [*_rows_for_accounts(events, concerned), *_rows_for_senders(events)]
    if not rows:
        return
    made = Notification.objects.bulk_create(rows)
    at_once = [row.pk for row in made if row.mail == _Mail.NOW]
    if at_once:
        transaction.on_commit(partial(mailing.send_now, at_once), robust=True)


class _Rights:
    """Who holds which right, asked once while some events are told."""

    def __init__(self) -> None:
        self._holders: dict[str, set[int]] = {}

    def holders(self, right: str) -> set[int]:
        if right not in self._holders:
            self._holders[right] = holders(right)
        return self._holders[right]


def _concerned(event: Event, rights: _Rights) -> dict[int, str]:
    """Return whom this event concerns, and under which topic."""
    concerned: dict[int, str] = {}
    if event.revision is not None and event.kind in _HEARD:
        topic, whom = _HEARD[event.kind]
        concerned = dict.fromkeys(whom(event.revision, rights), topic)
    elif event.term is not None and event.kind in _HEARD_OF_TERMS:
        topic, of_event = _HEARD_OF_TERMS[event.kind]
        concerned = dict.fromkeys(of_event(event, rights), topic)
    if event.by_id is not None:
        concerned.pop(event.by_id, None)
        if _was_planned(event):
            # It happens in the name of whoever planned it, who was not there.
            concerned[event.by_id] = _Topic.PLAN
    return concerned


def _was_planned(event: Event) -> bool:
    carried_out = event.door == Event.Door.SCHEDULE and event.kind in _DECISIONS
    return carried_out or event.kind == _Kind.PLAN_FAILED


def _reviewers(revision: Revision, rights: _Rights) -> set[int]:
    return rights.holders("review_term") - _writers(revision, rights)


def _writers(revision: Revision, rights: _Rights) -> set[int]:
    return {one.author_id for one in revision.line}


def _in_the_discussion(revision: Revision, rights: _Rights) -> set[int]:
    """Return who wrote, who spoke and who takes care of it, as far as they may read it."""
    writers = _writers(revision, rights)
    said = Comment.objects.filter(revision__in=[one.pk for one in revision.line], author__isnull=False)
    others = {*said.values_list("author_id", flat=True), *_assignee(revision, rights)} - writers
    return writers | (holders("view_drafts", among=others) if others else set())


def _assignee(revision: Revision, rights: _Rights) -> set[int]:
    return {revision.assignee_id} if revision.assignee_id is not None else set()


def _author(revision: Revision, rights: _Rights) -> set[int]:
    """Return who put the words together; it is whoever did it, but for what was proposed before."""
    return {revision.author_id}


_HEARD: dict[str, tuple[str, Callable[[Revision, _Rights], set[int]]]] = {
    _Kind.PROPOSED: (_Topic.WAITING, _reviewers),
    _Kind.SUGGESTED: (_Topic.WAITING, _reviewers),
    _Kind.RESUBMITTED: (_Topic.WAITING, _reviewers),
    **dict.fromkeys(_DECISIONS, (_Topic.OWN_DECIDED, _writers)),
    _Kind.CHANGES_REQUESTED: (_Topic.OWN_CHANGES, _writers),
    _Kind.COMMENTED: (_Topic.DISCUSSION, _in_the_discussion),
    _Kind.ADVISED: (_Topic.DISCUSSION, _in_the_discussion),
    _Kind.ASSIGNED: (_Topic.ASSIGNED, _assignee),
    **dict.fromkeys((_Kind.MERGED, _Kind.SPLIT), (_Topic.OWN_DECIDED, _author)),
    **dict.fromkeys((_Kind.CLOSED, _Kind.REVIVED), (_Topic.OWN_DECIDED, _writers)),
}


def _those_who_decide(event: Event, rights: _Rights) -> set[int]:
    return rights.holders("review_term")


def _who_proposed(event: Event, rights: _Rights) -> set[int]:
    """Return whose proposed merge or split it was that was just rejected."""
    decided = MergeProposal.objects.filter(terms=event.term_id, state=MergeProposal.State.REJECTED)
    return set(decided.order_by("-decided_at", "-pk").values_list("by", flat=True)[:1])


# What is heard of without a text that it was about.
_HEARD_OF_TERMS: dict[str, tuple[str, Callable[[Event, _Rights], set[int]]]] = {
    _Kind.MERGE_PROPOSED: (_Topic.WAITING, _those_who_decide),
    _Kind.MERGE_REJECTED: (_Topic.OWN_DECIDED, _who_proposed),
}


def _rows_for_accounts(
    events: Sequence[Event], concerned: Mapping[int, dict[int, str]]
) -> list[Notification]:
    all_concerned = {pk for some in concerned.values() for pk in some}
    if not all_concerned:
        return []
    now = timezone.now()
    people = get_user_model().objects.filter(pk__in=all_concerned, is_active=True).order_by("pk")
    addresses = dict(people.values_list("pk", "email"))
    chosen = chosen_by(all_concerned)
    told = _Told()
    rows = []
    for event in events:
        for pk in sorted(concerned[event.pk].keys() & addresses.keys()):
            topic = concerned[event.pk][pk]
            if topic == _Topic.WAITING and told.knows(pk, event):
                continue
            on_site, mail = chosen.get((pk, topic), DEFAULTS[topic])
            mail = _possible(mail, addresses[pk], event)
            if not on_site and mail == _Mail.NONE:
                continue
            if on_site and topic == _Topic.WAITING:
                told.add(pk, event)
            rows.append(
                Notification(
                    recipient_id=pk,
                    event=event,
                    topic=topic,
                    mail=mail,
                    created_at=now,
                    read_at=None if on_site else now,
                )
            )
    return rows


class _Told:
    """Who has an unread notice of what a person sent in through a door for many just now."""

    def __init__(self) -> None:
        self._told: dict[tuple[int | None, str], set[int]] = {}

    def knows(self, recipient: int, event: Event) -> bool:
        return event.door in DOORS_FOR_MANY and recipient in self._of(event)

    def add(self, recipient: int, event: Event) -> None:
        if event.door in DOORS_FOR_MANY:
            self._of(event).add(recipient)

    def _of(self, event: Event) -> set[int]:
        sitting = (event.by_id, event.door)
        if sitting not in self._told:
            told = Notification.objects.filter(
                topic=_Topic.WAITING,
                read_at=None,
                event__by=event.by_id,
                event__door=event.door,
                event__at__gt=event.at - ONE_SITTING,
            )
            self._told[sitting] = set(told.values_list("recipient_id", flat=True))
        return self._told[sitting]


def _possible(mail: str, email: str, event: Event) -> str:
    if not email:
        return _Mail.NONE
    is_gathered = mail == _Mail.NOW and event.door in DOORS_FOR_MANY
    return _Mail.DIGEST if is_gathered else mail


def _rows_for_senders(events: Sequence[Event]) -> list[Notification]:
    """Return the rows for the senders of suggestions that are decided, or that changes are asked for in.

    They are addressed to the account of readers, which nobody can enter; the mail goes to the sender.
    """
    wishes = {event.pk: wish for event in events if (wish := _decided_wish(event)) is not None}
    if not wishes:
        return []
    ids = {wish.pk for wish in wishes.values()}
    sent = Suggestion.objects.filter(revision__in=ids).exclude(email="")
    suggested = set(sent.values_list("revision_id", flat=True))
    now = timezone.now()
    return [
        Notification(
            recipient_id=wishes[event.pk].author_id,
            event=event,
            topic=_Topic.OWN_CHANGES if event.kind == _Kind.CHANGES_REQUESTED else _Topic.OWN_DECIDED,
            mail=_Mail.NOW,
            created_at=now,
            read_at=now,
        )
        for event in events
        if event.pk in wishes and wishes[event.pk].pk in suggested
    ]


def _decided_wish(event: Event) -> Revision | None:
    """Return the text with which a line began that this event decides on or asks for changes in."""
    if event.revision is None or event.kind not in {*_DECISIONS, _Kind.CHANGES_REQUESTED}:
        return None
    wish = event.revision.line[-1]
    if event.kind == _Kind.CHANGES_REQUESTED and wish.pk != event.revision_id:
        return None  # it is a correction that is talked about, and with those who wrote that
    return wish
