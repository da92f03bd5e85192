"""An import before it is carried out: shown row by row, corrected, left out in parts, planned again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django_tasks_db.models import DBTaskResult

from .. import revisions, text
from ..errors import InvalidContent, WrongState
from ..formats import GivenFile
from ..formats.record import RowProblem
from ..models import Event, ImportBatch, ImportRow, Term
from . import reading
from .accounts import check_right
from .glossary import chunks
from .neighbours import Neighbours
from .planning import (
    ACTIONS,
    INVALID,
    Change,
    Options,
    PlannedRow,
    Planner,
)
from .records import AS_NEW, Item, as_json, corrected, from_json, parts_of

PREPARED_LIES_FOR = timedelta(days=30)
_MOST_PROBLEMS = 1_000
_NOT_READ = "The files were not read to their end. Import them again."
_State = ImportBatch.State
_signer = signing.Signer(salt="terms.importing")


@dataclass(frozen=True)
class ImportPlan:
    """What an import of some files would do: all records in order, and what is wrong with single cells."""

    file_name: str
    source: str
    format: str
    digest: str
    rows: tuple[PlannedRow, ...]
    problems: tuple[RowProblem, ...]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.action for row in self.rows)
        return {action: found[action] for action in ACTIONS}


def plan(files: Sequence[GivenFile], *, by: Any, options: Options | None = None) -> ImportPlan:
    """Read files and say what an import of them would do, without writing anything.

    An absent column changes nothing; an empty cell clears a field only with `clear_empty`.

    Raises UnreadableFile when the files as a whole cannot be read, NotAllowed without the right.
    """
    options = options or Options()
    check_right(by, publish=options.publish)
    given = reading.read(files, options)
    planner = _planner_of(given, by, options)
    rows = [row for some in chunks(given.items) for row in planner.plan(some)]
    return ImportPlan(given.file_name, given.source, given.format, given.digest, tuple(rows), given.problems)


def _planner_of(given: reading.Given, by: Any, options: Options) -> Planner:
    return Planner(by=by, options=options, source=given.source, neighbours=Neighbours(lambda: given.items))


# --- Kept until it is carried out ----------------------------------------------------------------


def prepare(files: Sequence[GivenFile], *, by: Any, options: Options | None = None) -> ImportBatch:
    """Plan an import and keep the plan, row by row, to be carried out later. Raises as `plan`."""
    options = options or Options()
    check_right(by, publish=options.publish)
    given = reading.read(files, options)
    batch = ImportBatch.objects.create(
        file_name=given.file_name,
        source=given.source,
        digest=given.digest,
        format=given.format,
        options=asdict(options),
        problems=[_problem_as_json(problem) for problem in given.problems[:_MOST_PROBLEMS]],
        by=by,
        # Until all rows are there. Whoever is stopped before leaves nothing that could be carried out.
        state=_State.FAILED,
        message=_NOT_READ,
        planned_at_event=_last_event(),
    )
    planner = _planner_of(given, by, options)
    for items in chunks(given.items):
        rows = zip(items, planner.plan(items), strict=True)
        ImportRow.objects.bulk_create([_row(batch, item, planned) for item, planned in rows])
    batch.state, batch.message, batch.counts = _State.PREPARED, "", _counts(batch)
    batch.save(update_fields=["state", "message", "counts"])
    return batch


def _problem_as_json(problem: RowProblem) -> dict[str, Any]:
    told = {name: getattr(problem, name) for name in ("line", "path", "column", "value", "message")}
    return {
        name: value.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")[:2_000]
        if isinstance(value, str)
        else value
        for name, value in told.items()
    }


def _last_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _row(batch: ImportBatch, item: Item, planned: PlannedRow) -> ImportRow:
    record = as_json(item.as_read)
    if item.problem:
        record["problem"] = item.problem
    row = ImportRow(
        batch=batch, position=item.position, line=item.record.line, path=item.record.path, record=record
    )
    return _as_planned(row, planned)


def _as_planned(row: ImportRow, planned: PlannedRow) -> ImportRow:
    row.action, row.because = planned.action, planned.because
    row.flags = [parts_of(flag) for flag in planned.flags]
    row.changed = list(planned.changed)
    row.look_alikes = [vars(one) for one in planned.look_alikes]
    row.term_id, row.base, row.public_id = planned.term_id, planned.base, planned.public_id
    if planned.action == INVALID:
        row.public_id = ""
    return row


_PLANNED = ["action", "because", "flags", "changed", "look_alikes", "term", "base", "public_id"]


def _plan_of(row: ImportRow) -> list[Any]:
    return [getattr(row, "term_id" if name == "term" else name) for name in _PLANNED]


def _counts(batch: ImportBatch) -> dict[str, int]:
    rows = batch.rows.order_by().values_list("action", "is_left_out")
    found = Counter("left_out" if left_out else action for action, left_out in rows)
    left_out = {"left_out": found["left_out"]} if found["left_out"] else {}
    return {**{action: found[action] for action in ACTIONS}, **left_out}


def options_of(batch: ImportBatch) -> Options:
    """Return how a batch is to be brought in."""
    known = {name: value for name, value in batch.options.items() if name in Options.__dataclass_fields__}
    return Options(**known)


def rows(batch: ImportBatch, *, action: str = "", only_flagged: bool = False) -> QuerySet[ImportRow]:
    """Return the rows of a batch in the order of the file: all, of one action, or those to be looked at."""
    found = ImportRow.objects.filter(batch=batch).select_related("term", "revision").order_by("position")
    heavy = ("definition", "definition_html", "document", "problems")
    found = found.defer(*(f"term__{name}" for name in heavy), "revision__content")
    found = found.filter(action=action) if action else found
    return found.exclude(flags=[], look_alikes=[]) if only_flagged else found


def item_of(row: ImportRow) -> Item:
    """Return the record of a row with its corrections, as the readers of files make them."""
    return from_json(
        row.record, position=row.position, line=row.line, path=row.path, corrections=row.corrections
    )


def differences(some: Iterable[ImportRow], *, by: Any) -> dict[int, tuple[Change, ...]]:
    """Return by the id of each row which fields of its term will read otherwise, as the glossary is now."""
    found = [row for row in some if row.action == ImportRow.Action.UPDATE]
    if not found:
        return {}
    planner = _planner_again(found[0].batch, by)
    planned = planner.plan([item_of(row) for row in found])
    return {row.pk: one.changes for row, one in zip(found, planned, strict=True)}


# --- Corrected -----------------------------------------------------------------------------------


@transaction.atomic
def correct(row: ImportRow, changes: Mapping[str, Any], *, by: Any) -> ImportRow:
    """Let a row say something else than the file, and plan it at once.

    `changes` may hold name, qualifier, aliases, tags, short_definition and definition; and `term`: the
    public id, address or name of the term that is meant, AS_NEW (“+”) for a new one, or nothing to leave
    it to the rules. A value as in the file takes a correction back.

    Raises InvalidContent for what is no correction, WrongState for a batch that is carried out already.
    """
    batch = _lock(row.batch_id, by)
    row = ImportRow.objects.select_related("batch").get(pk=row.pk)
    changes = dict(changes)
    if changes.get("term") and changes["term"] != AS_NEW:
        changes["term"] = _term_meant(changes["term"], by)
    kept = {name: value for name, value in row.corrections.items() if name not in changes}
    uncorrected = replace(item_of(row), term="").as_read
    row.corrections = {**kept, **corrected(uncorrected, changes)}
    if not row.corrections.get("term", "x"):
        del row.corrections["term"]
    row.save(update_fields=["corrections"])
    [planned] = _planner_again(batch, by, without=row.position).plan([item_of(row)])
    _as_planned(row, planned).save(update_fields=_PLANNED)
    _show_again(batch)
    return row


def _term_meant(wanted: Any, by: Any) -> str:
    # Neither NUL nor half a surrogate pair is anything that a database can be asked for.
    text_meant = str(wanted).replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
    found = revisions.find_targets(text_meant, by=by)
    if len(found) == 1:
        return found[0]
    what = "There is no term" if not found else "Several terms are called"
    raise InvalidContent({"term": [f"{what} “{wanted!s:.60}”. Give the name, address or id of one."]})


@transaction.atomic
def leave_out(some: Iterable[ImportRow], *, by: Any) -> int:
    """Leave these rows out of their import; return how many there were."""
    return _set_left_out(some, by, is_left_out=True)


@transaction.atomic
def take_in(some: Iterable[ImportRow], *, by: Any) -> int:
    """Take rows in again that were left out; return how many there were."""
    return _set_left_out(some, by, is_left_out=False)


def _set_left_out(some: Iterable[ImportRow], by: Any, *, is_left_out: bool) -> int:
    ids: dict[int, list[int]] = {}
    for row in some:
        ids.setdefault(row.batch_id, []).append(row.pk)
    count = 0
    for batch_id in sorted(ids):
        batch = _lock(batch_id, by)
        for few in chunks(ids[batch_id]):
            found = ImportRow.objects.filter(pk__in=few).exclude(is_left_out=is_left_out)
            count += found.update(is_left_out=is_left_out)
        _show_again(batch)
    return count


@transaction.atomic
def plan_again(batch: ImportBatch, *, by: Any, options: Options | None = None) -> ImportBatch:
    """Compare all rows with the glossary as it is now; corrections and what is left out stay.

    With `options` it is planned as if it had been read with those.
    """
    batch = _lock(batch.pk, by)
    if options is not None:
        check_right(by, publish=options.publish)
        batch.options = asdict(options)
        batch.source = options.source or batch.source
    batch.planned_at_event = _last_event()
    planner = _planner_again(batch, by, afresh=True)
    for some in _rows_at_a_time(batch):
        before = [_plan_of(row) for row in some]
        for row, planned in zip(some, planner.plan([item_of(row) for row in some]), strict=True):
            _as_planned(row, planned)
        moved = [row for row, was in zip(some, before, strict=True) if _plan_of(row) != was]
        ImportRow.objects.bulk_update(moved, _PLANNED, batch_size=100)
    batch.save(update_fields=["options", "source", "planned_at_event"])
    return _show_again(batch)


def _lock(batch_id: int, by: Any) -> ImportBatch:
    """Lock a batch that waits to be carried out."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    check_right(by, publish=options_of(batch).publish)
    if batch.state not in {_State.PREPARED, _State.FAILED} or batch.message == _NOT_READ:
        raise WrongState(f"{batch}: {batch.message or f'is {batch.get_state_display().lower()} already.'}")
    return batch


def _show_again(batch: ImportBatch) -> ImportBatch:
    """Let a batch wait as it is now; one that was refused as a whole can be tried again."""
    batch.edition += 1
    batch.counts = _counts(batch)
    batch.state, batch.message = _State.PREPARED, ""
    batch.save(update_fields=["edition", "counts", "state", "message"])
    return batch


def _planner_again(
    batch: ImportBatch, by: Any, *, afresh: bool = False, without: int | None = None
) -> Planner:
    """Return what plans the rows of a batch: all of them afresh, or some as the others are planned."""
    others = batch.rows.exclude(position=without) if without is not None else batch.rows.all()
    return Planner(
        by=by,
        options=options_of(batch),
        source=batch.source,
        neighbours=Neighbours(lambda: items_of(batch), None if afresh else ids_of(batch)),
        taken={} if afresh else taken_by(others.filter(is_left_out=False)),
    )


def ids_of(batch: ImportBatch) -> dict[int, str]:
    """Return by the places of records which identifiers their terms have or are going to have."""
    there = Q(is_left_out=False) | Q(term__isnull=False)
    return dict(batch.rows.filter(there).exclude(public_id="").values_list("position", "public_id"))


def taken_by(rows: QuerySet[ImportRow]) -> dict[int, int]:
    """Return which terms these rows are about, with the places of their records."""
    # The first of two comes last, and stays.
    return dict(rows.filter(term__isnull=False).order_by("-position").values_list("term", "position"))


def items_of(batch: ImportBatch) -> Iterator[Item]:
    """Yield the records of a batch that are not left out."""
    some = ImportRow.objects.filter(batch=batch.pk, is_left_out=False).order_by("position")
    for row in some.only("position", "line", "path", "record", "corrections").iterator(chunk_size=1_000):
        yield item_of(row)


def _rows_at_a_time(batch: ImportBatch) -> Iterator[list[ImportRow]]:
    last = -1
    while some := list(batch.rows.filter(position__gt=last).order_by("position")[:500]):
        yield some
        last = some[-1].position


# --- As shown ------------------------------------------------------------------------------------


def token(batch: ImportBatch, by: Any) -> str:
    """Return the token of what this person is shown of a batch; any correction makes it stale."""
    return _signer.sign_object([by.pk, batch.pk, batch.edition])


def check_token(batch: ImportBatch, token: str, by: Any) -> None:
    """Raise WrongState unless this is the token of what is shown of the batch now."""
    try:
        shown = _signer.unsign_object(token)
    except signing.BadSignature:
        shown = None
    if shown != [by.pk, batch.pk, batch.edition]:
        raise WrongState("This is not what the preview showed. Look at the preview again.")


# What changes neither a text nor a status.
_HARMLESS = (
    Event.Kind.ASSIGNED,
    Event.Kind.COMMENTED,
    Event.Kind.ADVISED,
    Event.Kind.RESOLVED,
    Event.Kind.REOPENED,
    Event.Kind.LINK_ISSUED,
    Event.Kind.LINK_REVOKED,
    Event.Kind.PLANNED,
    Event.Kind.PLAN_CANCELLED,
    Event.Kind.PLAN_FAILED,
    Event.Kind.CHANGES_REQUESTED,
)


def check_not_moved(batch: ImportBatch) -> None:
    """Raise WrongState when terms of a batch, or with its names, were changed since it was planned."""
    since = Event.objects.filter(pk__gt=batch.planned_at_event, term__isnull=False).exclude(
        kind__in=_HARMLESS
    )
    moved = dict(Term.objects.filter(pk__in=since.order_by().values("term")).values_list("pk", "name_key"))
    if not moved:
        return
    to_do = batch.rows.filter(action__in=ImportRow.WORK, is_left_out=False)
    touched = set(to_do.filter(term__in=moved).values_list("term__name", flat=True)[:10])
    if not touched:
        keys = set(moved.values())
        new = to_do.filter(action=ImportRow.Action.CREATE).values_list("record__name", flat=True)
        touched = {name for name in new.iterator() if name and text.name_key(name) in keys}
    if touched:
        names = ", ".join(f"“{name}”" for name in sorted(touched)[:3])
        raise WrongState(
            f"The glossary has changed since this was planned: {names}. Look at the preview again."
        )


# --- Forgotten -----------------------------------------------------------------------------------


@transaction.atomic
def forget(batch: ImportBatch, *, by: Any) -> None:
    """Throw away a batch that was not carried out."""
    _forget(ImportBatch.objects.select_for_update().filter(pk=batch.pk), by)


def _forget(found: QuerySet[ImportBatch], by: Any) -> None:
    batch = found.get()
    check_right(by)
    if batch.state not in {_State.PREPARED, _State.FAILED} or batch.records.exists():
        raise WrongState(f"{batch}: is {batch.get_state_display().lower()}; it stays, as what happened.")
    batch.delete()


@transaction.atomic
def tidy(now: datetime) -> int:
    """Forget what was prepared or refused thirty days ago; return how many imports that were."""
    long_ago = now - PREPARED_LIES_FOR
    old = ImportBatch.objects.filter(state__in=[_State.PREPARED, _State.FAILED], at__lt=long_ago)
    ids = list(old.filter(records__isnull=True).values_list("pk", flat=True))
    ImportBatch.objects.filter(pk__in=ids).delete()
    DBTaskResult.objects.finished().filter(finished_at__lt=long_ago).delete()
    return len(ids)
