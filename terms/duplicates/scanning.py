"""The glossary is looked through for look-alikes; what is found is kept as pairs for people to judge.

What they said stands: a look adds pairs, takes out open ones that are alike no more, and opens a judged
one only when a name changed. It waits for nobody's lock: pairs that somebody judges just now are left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from ..models import DuplicatePair, Event, ScanState
from .facts import Found
from .finding import find_pairs
from .reading import comparable, facts_of_all, name_keys


@dataclass(frozen=True)
class ScanReport:
    """What a look over the glossary brought: `terms` were looked at, `found` pairs have one of them.

    Of the pairs `new` were not there before, `changed` have another score or reason, `gone` are alike no
    more, `reopened` were judged before a name changed.
    """

    terms: int
    found: int
    new: int
    changed: int
    gone: int
    reopened: int
    is_full: bool
    seconds: float


@dataclass(frozen=True)
class State:
    """How far the glossary was looked through: when last, and how many terms changed since.

    `is_waiting` says that the worker is to look again, `is_silent` that it should have begun by now.
    """

    looked_at: datetime | None
    full_at: datetime | None
    changed: int
    terms: int
    is_waiting: bool
    is_running: bool
    is_silent: bool


def scan(*, term_ids: Collection[int] | None = None) -> ScanReport:
    """Look for pairs among all terms, or for those that have one of `term_ids`, and keep them.

    These pairs are then as a look at all terms leaves them; the others stay as they were, though every
    text that changes makes its words a little rarer or less rare for all. The comparing is done before
    anything is locked; what is changed meanwhile is left for the next look.
    """
    return _look(None if term_ids is None else set(term_ids))


def scan_changed() -> ScanReport:
    """Look at the terms that changed since the last look; at all of them if there was none."""
    row = _row()
    upto = _newest_event()
    return _look(None if row.looked_at is None else _changed_since(row), upto=upto)


def state() -> State:
    """Return how things stand. Nothing is written."""
    row, now = _row(), timezone.now()
    is_running = row.running_since is not None and row.running_since > now - _longest_run(row)
    return State(
        looked_at=row.looked_at,
        full_at=row.full_at,
        changed=_touched(Q(pk__gt=row.seen_event)).distinct().count(),
        terms=comparable().count(),
        is_waiting=row.due_at is not None,
        is_running=is_running,
        is_silent=row.due_at is not None and row.due_at < now - _WORKER_COMES_WITHIN and not is_running,
    )


_WORKER_COMES_WITHIN = timedelta(minutes=1)


def _longest_run(row: ScanState) -> timedelta:
    """After so long, a look that did not end was killed."""
    return max(timedelta(minutes=10), timedelta(seconds=5 * row.seconds))


# --- What changed --------------------------------------------------------------------------------

_Kind = Event.Kind
# What may change the facts of a term, and what does only while the term is a draft.
_CHANGES = (
    *(_Kind.CREATED, _Kind.PUBLISHED, _Kind.CHANGED, _Kind.DEPRECATED, _Kind.REINSTATED),
    *(_Kind.REMOVED, _Kind.RESTORED, _Kind.DISCARDED, _Kind.REPOINTED),
    *(_Kind.MERGED, _Kind.MERGE_UNDONE, _Kind.SPLIT, _Kind.SPLIT_UNDONE),
)
_CHANGES_OF_DRAFTS = (
    *(_Kind.SAVED, _Kind.PROPOSED, _Kind.SUGGESTED, _Kind.RESUBMITTED, _Kind.BROUGHT_UP_TO_DATE),
    *(_Kind.REJECTED, _Kind.WITHDRAWN, _Kind.CLOSED, _Kind.REVIVED),
)
# Where several write at once, a line of the log can be seen later than one with a higher number.
_LATE = timedelta(minutes=2)


def _changed_since(row: ScanState) -> set[int]:
    """Return the terms that changed since the last look, and those that it may just have missed."""
    after = Q(pk__gt=row.seen_event)
    if row.looked_at is not None and connection.features.has_select_for_update:
        after |= Q(at__gte=row.looked_at - _LATE)
    return set(_touched(after))


def _touched(after: Q) -> QuerySet[Event, int]:
    events = Event.objects.filter(after, term__isnull=False).order_by()
    kinds = Q(kind__in=_CHANGES) | Q(kind__in=_CHANGES_OF_DRAFTS, term__version=0)
    return events.filter(kinds).values_list("term", flat=True)


def _newest_event() -> int:
    return Event.objects.aggregate(newest=Max("pk"))["newest"] or 0


# --- Looking -------------------------------------------------------------------------------------


class _Look(NamedTuple):
    """One look: since when, after which line of the log, at which terms (all, if None)."""

    began: datetime
    seen: int
    among: set[int] | None
    # The line of the log up to which everything that changed is looked at, if it is.
    upto: int | None


def _look(among: set[int] | None, *, upto: int | None = None) -> ScanReport:
    seen = _newest_event()
    look = _Look(timezone.now(), seen, among, seen if among is None else upto)
    start = monotonic()
    _make_row()
    ScanState.objects.filter(pk=1).update(running_since=look.began)
    try:
        return _keep(look, _found(among), start)
    finally:
        ScanState.objects.filter(pk=1, running_since=look.began).update(running_since=None)


def _found(among: set[int] | None) -> list[Found]:
    if among is not None and not among:
        return []
    with facts_of_all() as read:
        return find_pairs(read, among=among)


@transaction.atomic
def _keep(look: _Look, found: Sequence[Found], start: float) -> ScanReport:
    """Bring the pairs up to date with what was found."""
    # A look that began earlier than the one before it knows less, and leaves what changed since.
    row = hold()
    moved = set(_touched(Q(pk__gt=look.seen)))
    fresh = {(one.a, one.b): one for one in found if one.a not in moved and one.b not in moved}
    kept = {(pair.first_id, pair.second_id): pair for pair in _pairs_to_look_at(look.among, moved)}
    gone = [
        pair.pk
        for ids, pair in kept.items()
        if ids not in fresh and pair.verdict == DuplicatePair.Verdict.OPEN
    ]
    _take_out(gone)
    new = _add([one for ids, one in fresh.items() if ids not in kept], look.began)
    changed, reopened = _update([(kept[ids], one) for ids, one in fresh.items() if ids in kept])
    seconds = monotonic() - start
    _note(row, look, seconds)
    return ScanReport(
        terms=comparable().count() if look.among is None else len(look.among),
        found=len(found),
        new=new,
        changed=changed,
        gone=len(gone),
        reopened=reopened,
        is_full=look.among is None,
        seconds=round(seconds, 3),
    )


def _pairs_to_look_at(among: set[int] | None, moved: set[int]) -> list[DuplicatePair]:
    """Lock the pairs that this look is about, but for those that somebody else holds; they stay."""
    pairs = DuplicatePair.objects.order_by("pk")
    if among is not None and len(among) <= _FEW:
        pairs = pairs.filter(Q(first__in=among) | Q(second__in=among))
    return [
        pair
        for pair in pairs.select_for_update(skip_locked=True)
        if among is None or pair.first_id in among or pair.second_id in among
        if pair.first_id not in moved and pair.second_id not in moved
    ]


# So many terms are named in a statement; of more, all pairs are read.
_FEW = 500


def _take_out(pair_ids: Sequence[int]) -> None:
    for start in range(0, len(pair_ids), _FEW):
        DuplicatePair.objects.filter(pk__in=pair_ids[start : start + _FEW]).delete()


def _add(found: Iterable[Found], now: datetime) -> int:
    """Add pairs; return how many. One that somebody else just added is left as it is."""
    rows = [
        DuplicatePair(first_id=one.a, second_id=one.b, found_at=now, **_findings(one))
        for one in sorted(found, key=lambda one: (one.a, one.b))
    ]
    DuplicatePair.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


# As many as surely fit into the column.
_MOST_METHODS = 12


def _findings(one: Found) -> dict[str, object]:
    methods = list(dict.fromkeys(one.methods))[:_MOST_METHODS]
    return {
        "score": round(min(max(one.score, 0.0), 1.0), 4),
        "reasons": list(one.reasons),
        "methods": f" {' '.join(methods)} " if methods else "",
        "suggestion": one.suggestion,
    }


_STANDING = (DuplicatePair.Verdict.DIFFERENT, DuplicatePair.Verdict.RELATED)
_WRITTEN = ["score", "reasons", "methods", "suggestion", "verdict", "judged_by", "judged_at", "because"]


def _update(found: Sequence[tuple[DuplicatePair, Found]]) -> tuple[int, int]:
    """Write what changed of pairs that are there; return how many did, and how many are open again."""
    judged = [pair for pair, _ in found if pair.verdict in _STANDING]
    names = name_keys({pk for pair in judged for pk in (pair.first_id, pair.second_id)})
    changed, reopened = [], 0
    for pair, one in found:
        if pair.verdict == DuplicatePair.Verdict.MERGED:
            continue
        before = [getattr(pair, name) for name in _WRITTEN]
        if pair.verdict in _STANDING:
            now = [names[pair.first_id], names[pair.second_id]]
            if now != pair.names_then:
                _reopen(pair, now)
                reopened += 1
        for name, value in _findings(one).items():
            setattr(pair, name, value)
        if pair.reopened:
            pair.reasons = [*pair.reasons, pair.reopened]
        if before != [getattr(pair, name) for name in _WRITTEN]:
            changed.append(pair)
    DuplicatePair.objects.bulk_update(changed, [*_WRITTEN, "names_then", "reopened"], batch_size=200)
    return len(changed) - reopened, reopened


def _reopen(pair: DuplicatePair, names: list[list[str]]) -> None:
    """Open a pair again of which a name changed, and keep what was said of it."""
    pair.reopened = _why_open_again(pair, names)
    pair.verdict = DuplicatePair.Verdict.OPEN
    pair.judged_by, pair.judged_at, pair.because, pair.names_then = None, None, "", []


def _why_open_again(pair: DuplicatePair, names: list[list[str]]) -> str:
    day = f" on {timezone.localdate(pair.judged_at):%Y-%m-%d}" if pair.judged_at else ""
    because = f" (“{pair.because}”)" if pair.because else ""
    then = {key for keys in pair.names_then for key in keys}
    now = {key for keys in names for key in keys}
    added, lost = _listed(now - then), _listed(then - now)
    news = [f"{added} came" if added else "", f"{lost} went" if lost else ""]
    since = " and ".join(filter(None, news)) or "a name moved from one to the other"
    said = f"Was judged {pair.get_verdict_display().lower()} by {pair.judged_by}{day}{because}"
    return f"{said}; since then the names changed: {since}."


_MOST_NAMES = 3


def _listed(keys: set[str]) -> str:
    shown = [f"“{key}”" for key in sorted(keys)[:_MOST_NAMES]]
    more = [f"{len(keys) - _MOST_NAMES} more"] if len(keys) > _MOST_NAMES else []
    return ", ".join([*shown, *more])


# --- How far it got ------------------------------------------------------------------------------


def _row() -> ScanState:
    return ScanState.objects.filter(pk=1).first() or ScanState(pk=1)


def hold() -> ScanState:
    """Lock how far it got, until the transaction ends: one after the other adds pairs."""
    _make_row()
    return ScanState.objects.select_for_update().get(pk=1)


def _make_row() -> None:
    if not ScanState.objects.filter(pk=1).exists():
        ScanState.objects.bulk_create([ScanState(pk=1)], ignore_conflicts=True)


def _note(row: ScanState, look: _Look, seconds: float) -> None:
    if look.upto is not None:
        row.seen_event = max(row.seen_event, look.upto)
        row.looked_at = max(filter(None, (row.looked_at, look.began)))
        if look.among is None or look.among:
            row.seconds = seconds
    if look.among is None:
        row.full_at = max(filter(None, (row.full_at, look.began)))
    row.save(update_fields=["seen_event", "looked_at", "full_at", "seconds"])
