"""Rows of an import: in parts, as the pages show them, and what somebody makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from .. import importing, markup, revisions
from ..formats.record import AliasRecord, TermRecord
from ..models import Alias, ImportBatch, ImportRow, Term

LESS_THAN_SURE = 0.8
_EXCERPT_LENGTH = 240
# A shorter text that becomes shorter still is no loss to warn of.
_SHORT = 10
_State, _Action, _Outcome = ImportBatch.State, ImportRow.Action, ImportRow.Outcome

# --- Parts of a batch ----------------------------------------------------------------------------

TO_LOOK_AT, LEFT_OUT = "look", "left_out"
_IS_WORK = Q(action__in=ImportRow.WORK, is_left_out=False)
# Whoever corrected a row, or said that it is right, has looked at it.
_IS_OPEN = _IS_WORK & Q(corrections={})
_CANNOT = Q(action__in=[_Action.CONFLICT, _Action.INVALID], is_left_out=False)
_DOUBTS: dict[str, tuple[str, Q]] = {
    TO_LOOK_AT: ("To look at", _CANNOT | _IS_OPEN & (~Q(flags=[]) | ~Q(look_alikes=[]))),
    "alike": ("Like a term", _IS_OPEN & ~Q(look_alikes=[])),
    "doubt": ("Read with doubt", _IS_OPEN & Q(record__confidence__lt=LESS_THAN_SURE)),
}
_PLANS = {action.value: (action.label, Q(action=action, is_left_out=False)) for action in _Action}
_OUTCOMES = {outcome.value: (outcome.label, Q(outcome=outcome)) for outcome in _Outcome if outcome}


@dataclass(frozen=True)
class View:
    """Some of the rows of a batch, under a name."""

    key: str
    label: str
    rows: QuerySet[ImportRow]
    count: int

    def after(self, row: ImportRow) -> ImportRow | None:
        """Return the next row in the order of the file."""
        return self.rows.filter(position__gt=row.position).first()

    def before(self, row: ImportRow) -> ImportRow | None:
        """Return the row before in the order of the file."""
        return self.rows.filter(position__lt=row.position).last()


def views(batch: ImportBatch) -> list[View]:
    """Return all rows, then the parts of them that there are."""
    every = importing.rows(batch)
    parts = {"": ("All", Q()), **_parts(batch)}
    counts = every.order_by().aggregate(
        **{f"count_{key}": Count("pk", filter=condition) for key, (_, condition) in parts.items()}
    )
    return [
        View(key, label, every.filter(condition), counts[f"count_{key}"])
        for key, (label, condition) in parts.items()
        if counts[f"count_{key}"] or not key
    ]


def _parts(batch: ImportBatch) -> dict[str, tuple[str, Q]]:
    left_out = {LEFT_OUT: ("Left out", Q(is_left_out=True))}
    if batch.state in {_State.PREPARED, _State.FAILED}:
        return {**_DOUBTS, **_PLANS, **left_out}
    not_done = {action: _PLANS[action] for action in (_Action.UNCHANGED, _Action.CONFLICT, _Action.INVALID)}
    waiting = {"waiting": ("Not done yet", _IS_WORK & Q(outcome=_Outcome.NONE))}
    return {TO_LOOK_AT: _DOUBTS[TO_LOOK_AT], **_OUTCOMES, **waiting, **not_done, **left_out}


def view_of(some: Sequence[View], key: str) -> View:
    """Return the view of this name, else that of all rows."""
    return next((view for view in some if view.key == key), some[0])


# --- As they are shown ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A row as the pages show it."""

    row: ImportRow
    record: TermRecord
    aliases: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    look_alikes: tuple[Mapping[str, Any], ...]
    changes: Sequence[Any]
    losses: tuple[str, ...]

    @property
    def number(self) -> int:
        return self.row.position + 1

    @property
    def percent(self) -> int:
        return round(100 * self.record.confidence)

    @property
    def is_unsure(self) -> bool:
        return self.row.action != _Action.INVALID and self.record.confidence < LESS_THAN_SURE

    @property
    def may_be_right(self) -> bool:
        """Whether there is a doubt that a person can settle by saying that the row is right."""
        has_doubt = bool(self.flags or self.look_alikes or self.losses)
        return has_doubt and self.row.action in ImportRow.WORK and not self.row.corrections

    @property
    def is_new(self) -> bool:
        return self.row.action == _Action.CREATE

    @property
    def may_be_alike(self) -> bool:
        """Whether it may be the term that it is like, which nobody has said yet."""
        has_one = bool(self.look_alikes) and self.row.action in {_Action.CREATE, _Action.CONFLICT}
        return has_one and "term" not in self.row.corrections

    @property
    def excerpt(self) -> str:
        """The beginning of what the text says."""
        text = self.record.short_definition or self.record.definition or ""
        pieces = markup.excerpt(markup.to_plain_text(text[:800]), None, _EXCERPT_LENGTH)
        return "".join(piece for piece, _ in pieces)

    @property
    def further_words(self) -> int:
        """How many words the definition has besides what is shown of it."""
        return len((self.record.definition or "").split()) if self.record.short_definition else 0


def shown(some: Iterable[ImportRow], *, by: Any) -> list[Shown]:
    """Return rows as they are shown, with what they change as the glossary is now."""
    rows = list(some)
    changes = importing.differences(rows, by=by)
    named = {one["id"] for row in rows for one in row.look_alikes}
    ids = dict(Term.objects.filter(public_id__in=named).values_list("public_id", "pk"))
    return [_shown(row, changes.get(row.pk, ()), ids) for row in rows]


# What the look-alikes of a row say as well.
_ALSO_SAID = {"name_is_taken", "is_another_name"}


def _shown(row: ImportRow, changes: Sequence[Any], ids: Mapping[str, int]) -> Shown:
    record = importing.item_of(row).record
    told = [flag for flag in row.flags if not (row.look_alikes and flag["code"] in _ALSO_SAID)]
    return Shown(
        row=row,
        record=record,
        aliases=tuple((alias.text, _kind_of(alias)) for alias in record.aliases or ()),
        flags=tuple(flag["message"] for flag in told),
        look_alikes=tuple({**one, "pk": ids.get(one["id"])} for one in row.look_alikes),
        changes=[revisions.field_change(one.field, one.before, one.after) for one in changes],
        losses=tuple(_losses(changes)),
    )


def _kind_of(alias: AliasRecord) -> str:
    kind = "" if alias.kind == Alias.Kind.SYNONYM else alias.kind.replace("_", " ")
    return ", ".join(filter(None, (kind, alias.language)))


def _losses(changes: Iterable[Any]) -> Iterator[str]:
    """Yield which texts become less than half of what they are."""
    for change in changes:
        if isinstance(change.before, str) and isinstance(change.after, str):
            before, after = len(change.before.split()), len(change.after.split())
            if before >= _SHORT and 2 * after < before:
                yield f"{change.label}: {after:,} words instead of {before:,}."


def look_alikes(row: ImportRow) -> list[Term]:
    """Return the terms that a new one may mean, to be compared with it."""
    wanted = [one["id"] for one in row.look_alikes]
    found = Term.objects.filter(public_id__in=wanted).defer("definition_html", "document", "problems")
    return sorted(found, key=lambda term: wanted.index(term.public_id))


# --- What is decided on them ---------------------------------------------------------------------


def decide(deed: str, some: Sequence[ImportRow], *, by: Any) -> str:
    """Do one of DEEDS to rows; return what was done as a sentence. Raises as `importing.correct`."""
    act, done = DEEDS[deed]
    count = act(some, by=by)
    return f"{count:,} row{'' if count == 1 else 's'} {done}." if count else ""


def settle(row: ImportRow, *, by: Any) -> ImportRow:
    """Say of a row that it is right as it is planned."""
    return importing.correct(row, {"term": row.term.public_id if row.term else importing.AS_NEW}, by=by)


def _settle(some: Iterable[ImportRow], *, by: Any) -> int:
    return sum(bool(settle(row, by=by)) for row in some if row.action in ImportRow.WORK)


def _take_for_new(some: Iterable[ImportRow], *, by: Any) -> int:
    return sum(bool(importing.correct(row, {"term": importing.AS_NEW}, by=by)) for row in some)


def _take_for_alike(some: Iterable[ImportRow], *, by: Any) -> int:
    return sum(
        bool(importing.correct(row, {"term": row.look_alikes[0]["id"]}, by=by))
        for row in some
        if row.look_alikes
    )


TAKES_FOR_ALIKE = "_alike"
DEEDS: dict[str, tuple[Callable[..., int], str]] = {
    "_leave_out": (importing.leave_out, "left out"),
    "_take_in": (importing.take_in, "taken in again"),
    "_right": (_settle, "right as planned"),
    "_new": (_take_for_new, "now about a term of its own"),
    TAKES_FOR_ALIKE: (_take_for_alike, "now about a term that is there"),
}


# --- What is corrected ---------------------------------------------------------------------------

_TEXTS = ("name", "qualifier", "short_definition", "definition")


def as_typed(row: ImportRow, record: TermRecord) -> dict[str, str]:
    """Return the fields of the form for what a row says."""
    said = {name: getattr(record, name) or "" for name in _TEXTS}
    meant = importing.item_of(row).term
    is_listed = meant in {one["id"] for one in row.look_alikes}
    return {
        **said,
        "aliases": "\n".join(_alias_line(alias) for alias in record.aliases or ()),
        "tags": ", ".join(record.tags or ()),
        "meant": f"id:{meant}" if is_listed else {"": "", importing.AS_NEW: "new"}.get(meant, "this"),
        "term": "" if is_listed or meant == importing.AS_NEW else meant,
    }


def _alias_line(alias: AliasRecord) -> str:
    """Return another name as one line: `KD | acronym`, `Kiel | translation | de`."""
    is_plain = alias.kind == Alias.Kind.SYNONYM and not alias.language
    parts = [alias.text, "" if is_plain else alias.kind.replace("_", " "), alias.language]
    while not parts[-1]:
        parts.pop()
    return " | ".join(parts)


def typed(data: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of the form as somebody sent them."""
    return {name: data.get(name, "") for name in (*_TEXTS, "aliases", "tags", "meant", "term")}


def corrections(data: Mapping[str, str], row: ImportRow) -> dict[str, Any]:
    """Return what somebody typed as `importing.correct` takes it."""
    aliases = importing.item_of(row).record.aliases or ()
    known = {_alias_line(alias): asdict(alias) for alias in aliases}
    meant = data.get("meant", "")
    chosen = meant.removeprefix("id:") if meant.startswith("id:") else data.get("term", "").strip()
    return {
        **{name: data.get(name, "") for name in _TEXTS},
        "aliases": [
            known.get(line.strip()) or _alias(line)
            for line in data.get("aliases", "").splitlines()
            if line.strip()
        ],
        "tags": [tag.strip() for tag in data.get("tags", "").split(",") if tag.strip()],
        "term": {"": "", "new": importing.AS_NEW}.get(meant, chosen),
    }


def _alias(line: str) -> dict[str, str]:
    text, kind, language, *_ = [*(part.strip() for part in line.split("|")), "", "", ""]
    return {
        "text": text,
        "kind": kind.lower().replace(" ", "_") or ("translation" if language else "synonym"),
        "language": language,
    }
