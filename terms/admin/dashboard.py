"""The home of the desk: what waits for the person who looks, what lies open, and how the stock stands.

It reads only, with the same number of queries whatever there is; every list is short and says how
much more there is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Case, Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT, KeyTextTransform
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .. import charts, duplicates, merging, notices, sheets, wanted
from ..models import Comment, Event, PlannedChange, Revision, RevisionLines, Term
from .filters import IN_USE, LOOKS, namesake_groups

SHOWN = 8
WEEKS = 12
# What is counted one by one; beyond it the exact number helps nobody.
COUNTED = 1_000

_LATELY = timedelta(weeks=4)
_LONG = ("definition", "definition_html", "document")
_R = Revision.State
# What a decision of a reviewer is called in the log, and in the chart.
_DECISIONS = {
    Event.Kind.PUBLISHED: "approved",
    Event.Kind.CHANGED: "approved",
    Event.Kind.CHANGES_REQUESTED: "asked",
    Event.Kind.REJECTED: "rejected",
}


@dataclass(frozen=True)
class Tally:
    """How many there are, or more than anybody counts."""

    number: int

    @property
    def is_over(self) -> bool:
        return self.number > COUNTED

    def __bool__(self) -> bool:
        return self.number > 0

    def __str__(self) -> str:
        return f"over {COUNTED:,}" if self.is_over else f"{self.number:,}"


@dataclass(frozen=True)
class Lines:
    """Texts that took the place of others: the newest ones that correct words of this person, and the
    older ones whose newest is this person's own."""

    corrected: frozenset[int]
    older: frozenset[int]


@dataclass(frozen=True)
class Waiting:
    """A text that waits for the person who looks."""

    text: Revision
    is_mine: bool
    is_overdue: bool


@dataclass(frozen=True)
class SentBack:
    """An own text that came back, with what was said of it."""

    text: Revision
    is_rejected: bool
    by: str
    at: datetime | None
    words: str


@dataclass(frozen=True)
class Week:
    """What was decided in a week, by kind of decision; `is_open` for the one that still goes on."""

    begins: date
    decided: dict[str, int]
    is_open: bool

    @property
    def total(self) -> int:
        return sum(self.decided.values())


def home(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Show the home of the desk; who may not see drafts sees none of it."""
    return _django_index(request, overview(request.user) | (extra_context or {}))


_django_index = admin.site.index
admin.site.index = home  # type: ignore[method-assign]


def overview(user: Any) -> dict[str, Any]:
    """Gather what the home of the desk shows to this person."""
    if not user.has_perm("terms.view_drafts"):
        return {"may_see": False}
    now = timezone.now()
    return {
        "may_see": True,
        "may_write": user.has_perm("terms.propose_term"),
        "may_decide": user.has_perm("terms.review_term"),
        "unread": notices.unread_count(user),
        "unsent": sheets.lying(user)[:SHOWN],
        **_texts_of(user, timezone.localdate(now)),
        **_plans(now),
        **_stock(timezone.localdate(now)),
        **_namesakes(),
        "alike": duplicates.counts(user),
        "merges_waiting": merging.open_proposals(user).count(),
        "wanted_count": wanted.wanted().count() if user.has_perm("terms.edit_term") else 0,
        **_reviews(now),
        "events": _last_events(),
    }


# --- Texts that somebody is to do something about ------------------------------------------------


def _texts_of(user: Any, today: date) -> dict[str, Any]:
    """Return what waits for this person, what came back to them, what they are asked, and their own."""
    lines = _lines(user)
    assigned, decidable = _assigned_to(user, lines), _decidable_by(user, lines)
    returned, own = _returned_to(user), _own_of(user)
    waiting_ids = [*_first(assigned), *_first(decidable)][:SHOWN]
    returned_ids = [pk for rows in returned for pk in _first(rows)][:SHOWN]
    own_ids = [pk for rows in own for pk in _first(rows)][:SHOWN]
    texts = _texts([*waiting_ids, *returned_ids, *own_ids])
    proposed = Revision.objects.filter(state=_R.PROPOSED)
    queue = proposed.aggregate(count=Count("pk"), oldest=Min("created_at"))
    decidable_count, assigned_count = _count(decidable), _count(assigned)
    return {
        "waiting": [_waiting(texts[pk], user, today) for pk in waiting_ids],
        "waiting_since": min((texts[pk].created_at for pk in waiting_ids), default=None),
        "waiting_count": Tally(assigned_count.number + decidable_count.number),
        "decidable_count": decidable_count,
        "assigned_count": assigned_count,
        "queue_count": queue["count"],
        "queue_since": queue["oldest"],
        "for_others_count": _count(proposed.filter(_written_by(user, lines))),
        "sent_back": _sent_back([texts[pk] for pk in returned_ids]),
        "asked_count": _count(returned[0]),
        "rejected_count": _count(returned[1]),
        "questions": _questions(user, lines),
        "own": [texts[pk] for pk in own_ids],
        "own_count": _count(Revision.objects.filter(author=user, state__in=(_R.PROPOSED, _R.DRAFT))),
    }


def _lines(user: Any) -> Lines:
    """Follow the texts that others took the place of, in the lines in which this person wrote."""
    is_open = Revision.objects.filter(state__in=Revision.OPEN_STATES)
    replaced = Revision.objects.filter(superseded_by__isnull=False).order_by()
    mine = replaced.filter(author=user, term__in=is_open.order_by().values("term"))
    steps = replaced.filter(term__in=mine.values("term")).values_list(
        "pk", "author_id", "superseded_by", "superseded_by__author"
    )
    next_of = {pk: (author, newer, newer_author) for pk, author, newer, newer_author in steps}
    corrected, older = set(), set()
    for pk, (author, newer, newest_author) in next_of.items():
        while newer in next_of:
            _, newer, newest_author = next_of[newer]
        if author == user.pk:
            corrected.add(newer)
        if newest_author == user.pk:
            older.add(pk)
    return Lines(frozenset(corrected), frozenset(older))


def _written_by(user: Any, lines: Lines) -> Q:
    return Q(author=user) | Q(pk__in=lines.corrected)


def _assigned_to(user: Any, lines: Lines) -> QuerySet[Revision]:
    """Return what somebody asked this person to take care of; of proposals only those of others."""
    rows = Revision.objects.filter(assignee=user, state__in=Revision.OPEN_STATES)
    if not settings.SELF_REVIEW:
        rows = rows.exclude(Q(state=_R.PROPOSED) & _written_by(user, lines))
    return rows.order_by(F("due_on").asc(nulls_last=True), "created_at", "pk")


def _decidable_by(user: Any, lines: Lines) -> QuerySet[Revision]:
    """Return the proposals that this person may decide, and that nobody assigned to them."""
    if not user.has_perm("terms.review_term"):
        return Revision.objects.none()
    rows = Revision.objects.filter(state=_R.PROPOSED).exclude(assignee_id=user.pk)
    if not settings.SELF_REVIEW:
        rows = rows.exclude(_written_by(user, lines))
    return rows.order_by("created_at", "pk")


def _returned_to(user: Any) -> tuple[QuerySet[Revision], QuerySet[Revision]]:
    """Return the own texts in which changes are asked for, and the rejected ones nobody reworked."""
    own = Revision.objects.filter(author=user)
    rejected = own.filter(state=_R.REJECTED, superseded_by=None).exclude(term__status__in=Term.GONE_STATUSES)
    return own.filter(state=_R.CHANGES_REQUESTED).order_by("pk"), rejected.order_by("-pk")


def _own_of(user: Any) -> tuple[QuerySet[Revision], QuerySet[Revision]]:
    """Return the own texts that wait for others, oldest first, and the drafts, the last one first."""
    own = Revision.objects.filter(author=user)
    # In the order of their making, in which the index of authors has them: by the time itself,
    # a database walks through everybody's drafts.
    return own.filter(state=_R.PROPOSED).order_by("pk"), own.filter(state=_R.DRAFT).order_by("-pk")


def _first(rows: QuerySet[Revision]) -> list[int]:
    # Ids alone: a database would otherwise look into every content before it has sorted.
    return list(rows.values_list("pk", flat=True)[:SHOWN])


def _count(rows: QuerySet[Any]) -> Tally:
    return Tally(rows.order_by().values("pk")[: COUNTED + 1].count())


def _texts(ids: Iterable[int]) -> dict[int, Revision]:
    rows = Revision.objects.select_related("term", "author", "reviewer", "assignee", "suggestion")
    rows = rows.annotate(name=KT("content__name")).defer("content", *(f"term__{field}" for field in _LONG))
    return rows.in_bulk(set(ids))


def _waiting(text: Revision, user: Any, today: date) -> Waiting:
    is_overdue = text.due_on is not None and text.due_on < today
    return Waiting(text, text.assignee_id == user.pk, is_overdue)


def _sent_back(texts: list[Revision]) -> list[SentBack]:
    # What was asked for before a text was brought up to date is asked for still.
    lines = RevisionLines({text.term_id for text in texts})
    own = {text.pk: lines.own_part(text.pk) for text in texts}
    of_line = {older: pk for pk, line in own.items() for older in line}
    asked = Comment.objects.filter(revision__in=of_line, asks_for_changes=True, thread=None).order_by("pk")
    last_request = {of_line[request.revision_id]: request for request in asked}
    return [_returned(text, last_request.get(text.pk)) for text in texts]


def _returned(text: Revision, request: Comment | None) -> SentBack:
    if text.state == _R.REJECTED:
        return SentBack(text, True, str(text.reviewer), text.decided_at, text.decision_reason)
    if request is None:
        return SentBack(text, False, "", None, "")
    return SentBack(text, False, request.author_name, request.created_at, request.text)


def _questions(user: Any, lines: Lines) -> list[Comment]:
    """Return the last words of the open discussions of one's open texts, where others said them.

    What changes are asked for is not among them: that text came back.
    """
    on_own = Q(revision__author=user, revision__state__in=Revision.OPEN_STATES)
    heads = Comment.objects.filter(
        on_own | Q(revision__in=lines.older), thread=None, resolved_at=None
    ).exclude(asks_for_changes=True, revision__state=_R.CHANGES_REQUESTED)
    said = Comment.objects.filter(Q(pk=OuterRef("pk")) | Q(thread=OuterRef("pk")))
    said = said.order_by("-created_at", "-pk")
    by_others = heads.annotate(
        last=Subquery(said.values("pk")[:1]),
        # Experts and senders have no account.
        last_speaker=Coalesce(Subquery(said.values("author")[:1]), 0, output_field=IntegerField()),
    ).exclude(last_speaker=user.pk)
    last = by_others.order_by("created_at", "pk").values_list("last", flat=True)[:SHOWN]
    rows = Comment.objects.filter(pk__in=list(last)).select_related("revision")
    rows = rows.annotate(name=KeyTextTransform("name", "revision__content")).defer("revision__content")
    return list(rows.order_by("created_at", "pk"))


def _plans(now: datetime) -> dict[str, Any]:
    """Return what is decided and takes effect later, the next first."""
    pending = PlannedChange.objects.filter(state=PlannedChange.State.PENDING).order_by("due_at", "pk")
    rows = pending.select_related("term", "by").defer(*(f"term__{field}" for field in _LONG))
    return {"plans": list(rows[:SHOWN]), "plans_count": _count(pending), "now": now}


def _last_events() -> list[Event]:
    rows = Event.objects.filter(term__isnull=False)
    rows = rows.select_related("term", "revision__author", "revision__suggestion")
    return list(rows.defer("revision__content", *(f"term__{field}" for field in _LONG))[:SHOWN])


# --- The stock -----------------------------------------------------------------------------------


def _stock(today: date) -> dict[str, Any]:
    """Count the terms by status, and those in use that give a reason to look at them."""
    # In one pass over the terms: each count by itself would read all of them again.
    counted = Term.objects.aggregate(
        **{status.value: Count("pk", filter=Q(status=status)) for status in Term.Status},
        **{look.value: Count("pk", filter=Q(status__in=IN_USE) & look.condition) for look in LOOKS},
        due=Count("pk", filter=Q(status__in=Term.PUBLIC_STATUSES, review_by__lt=today)),
    )
    stock = [(status.value, status.label, counted[status.value]) for status in Term.Status]
    return {
        "is_empty": not any(amount for _, _, amount in stock),
        "stock": stock,
        "stock_chart": charts.bars([(label, amount) for _, label, amount in stock if amount]),
        "public_count": sum(counted[status] for status in Term.PUBLIC_STATUSES),
        "draft_count": counted[Term.Status.DRAFT],
        "looks": [(address, label, counted[key]) for key, address, label in _reasons() if counted[key]],
    }


def _reasons() -> list[tuple[str, str, str]]:
    """Return what is counted, how the list of terms is filtered for it, and what it is called."""
    by_look = [(look.value, f"look={look.value}", look.label) for look in LOOKS]
    return [("due", "review=overdue", "Due to be looked at again"), *by_look]


def _namesakes() -> dict[str, Any]:
    """Return the names that several terms in use have, those with most terms first."""
    groups = list(namesake_groups().annotate(name=Min("name"), qualifier=Min("qualifier"))[: COUNTED + 1])
    return {"namesakes": groups[:SHOWN], "namesakes_count": Tally(len(groups))}


# --- Reviews a week ------------------------------------------------------------------------------


def _reviews(now: datetime) -> dict[str, Any]:
    """Return what was decided in each of the last weeks, and how long it had waited lately."""
    begins = _mondays(timezone.localdate(now))
    counted = _decided_since(begins)
    weeks = [
        Week(begin, {kind: counted.get((place, kind), 0) for kind in _KINDS}, place == WEEKS - 1)
        for place, begin in enumerate(begins)
    ]
    stacks = [(_day(week.begins), week.decided) for week in weeks]
    waits = _waits(now)
    return {
        "weeks": weeks,
        "weeks_chart": charts.columns(stacks),
        "decided": {kind: sum(week.decided[kind] for week in weeks) for kind in _KINDS},
        "decided_ever": any(week.total for week in weeks),
        "decided_lately": Tally(len(waits)),
        "median_since": now - median(waits) if waits else None,
    }


_KINDS = ("approved", "asked", "rejected")


def _mondays(today: date) -> list[date]:
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]


def _decided_since(begins: list[date]) -> dict[tuple[int, str], int]:
    """Count the decisions by the place of their week and by kind."""
    starts = [timezone.make_aware(datetime.combine(begin, time.min)) for begin in begins]
    # The last week that began before it; the first condition that holds decides.
    places = [When(at__gte=start, then=Value(place)) for place, start in reversed(list(enumerate(starts)))]
    rows = _decisions().filter(at__gte=starts[0], kind__in=_DECISIONS).order_by()
    rows = rows.annotate(week=Case(*places)).values_list("week", "kind").annotate(Count("pk"))
    counted: dict[tuple[int, str], int] = {}
    for week, kind, count in rows:
        key = (week, _DECISIONS[kind])
        counted[key] = counted.get(key, 0) + count
    return counted


def _waits(now: datetime) -> list[timedelta]:
    """Return how long the texts that were reviewed lately had waited, of the latest that many."""
    rows = _decisions().filter(at__gte=now - _LATELY, kind__in=_DECISIONS, revision__isnull=False)
    pairs = rows.order_by("-at", "-pk").values_list("at", "revision__created_at")[: COUNTED + 1]
    return [max(at - since, timedelta()) for at, since in pairs]


def _decisions() -> QuerySet[Event]:
    # What a fixture brought was decided elsewhere; it came through no door.
    return Event.objects.exclude(door="")


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
