"""Records of a file -> a plan that can be shown -> drafts and proposals.

What a file says is never made live here: a new record becomes a draft, a changed one a proposal,
and both wait for a reviewer. What was imported before is remembered (`ImportedRecord.given`), so
that the same file twice changes nothing and an editor's correction is not taken back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import transaction

from . import formats, log, revisions, text, workflow
from .errors import InvalidContent, NotAllowed, TermbookError, UnreadableFile, WrongState
from .formats.record import Flag, RowProblem, TermRecord
from .models import REMARK_LENGTH, Event, ImportBatch, ImportedRecord, Revision, Term

CREATE, UPDATE, UNCHANGED, CONFLICT, INVALID = "create", "update", "unchanged", "conflict", "invalid"
ACTIONS = (CREATE, UPDATE, UNCHANGED, CONFLICT, INVALID)
IMPORTER = "importer"
T = TypeVar("T")
BATCH_SIZE = 500

_TEXT_FIELDS = ("qualifier", "slug", "short_definition", "definition", "review_by")
_LIST_FIELDS = ("aliases", "sources", "notes", "external_ids")


@dataclass(frozen=True)
class PlannedRow:
    """What will become of one record.

    `given` is the content that the record states, `changed` the fields of it that will be written,
    `relation_kinds` the kinds of relations that it replaces, `because` why it is a conflict or
    invalid.
    """

    line: int
    action: str
    record: TermRecord
    term_id: int | None = None
    given: dict[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    relation_kinds: frozenset[str] = frozenset()
    because: str = ""
    flags: tuple[Flag, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the row as `import_terms --dry-run --json` prints it."""
        record = self.record
        flags = [*self.flags, *([Flag(self.action, self.because)] if self.because else [])]
        return {
            "line": self.line,
            "heading": record.heading,
            "title": record.name,
            "qualifier": record.qualifier or "",
            "aliases": [alias.text for alias in record.aliases or ()],
            "keywords": list(record.keywords),
            "tags": list(record.tags or ()),
            "short_definition": record.short_definition or "",
            "definition": record.definition or "",
            "action": self.action,
            "confidence": record.confidence,
            "flags": [asdict(flag) for flag in flags],
        }


@dataclass(frozen=True)
class ImportPlan:
    """All rows of a file in its order, and what is wrong with single cells of it."""

    file_name: str
    format: str
    digest: str
    rows: tuple[PlannedRow, ...]
    problems: tuple[RowProblem, ...]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.action for row in self.rows)
        return {action: found[action] for action in ACTIONS}


def plan(
    data: bytes, *, file_name: str, by: Any, format_name: str = "", clear_empty: bool = False
) -> ImportPlan:
    """Read a file and say what an import of it would do, without writing anything.

    An absent column changes nothing; an empty cell clears a field only with `clear_empty`.

    Raises UnreadableFile when the file as a whole cannot be read, NotAllowed without the right.
    """
    if not by.has_perm("terms.edit_term"):
        raise NotAllowed("Import: your account has no right to do this. Ask a chief editor.")
    if format_name and format_name not in formats.FORMATS:
        raise UnreadableFile(f"“{format_name}” is not a format. Use one of: {', '.join(formats.FORMATS)}.")
    name = format_name or formats.recognise(data, file_name)
    found = list(formats.FORMATS[name].read(data))
    problems = tuple(item for item in found if isinstance(item, RowProblem))
    records = [item for item in found if isinstance(item, TermRecord)]
    planner = _Planner(by, records, clear_empty=clear_empty)
    rows = [planner.plan_row(record) for record in records]
    rows += [_invalid(problem) for problem in problems if problem.fatal]
    return ImportPlan(
        file_name=file_name,
        format=name,
        digest=hashlib.sha256(data).hexdigest(),
        rows=tuple(sorted(rows, key=lambda row: row.line)),
        problems=problems,
    )


def _invalid(problem: RowProblem) -> PlannedRow:
    where = f"column “{problem.column}”: " if problem.column else ""
    value = f"“{problem.value:.60}”: " if problem.value else ""
    nothing = TermRecord(line=problem.line, name="", ref="", confidence=0.0)
    return PlannedRow(
        line=problem.line, action=INVALID, record=nothing, because=f"{where}{value}{problem.message}"
    )


class _Planner:
    """Compares records with what the glossary has."""

    def __init__(self, by: Any, records: list[TermRecord], *, clear_empty: bool) -> None:
        self.by = by
        self.clear_empty = clear_empty
        self.claimed: set[str] = set()
        refs = _chunks([record.ref for record in records])
        self.earlier = {
            known.ref: known
            for some in refs
            for known in ImportedRecord.objects.filter(ref__in=some).select_related("term").order_by("pk")
        }
        self.by_id = self._terms("public_id", [record.id for record in records if record.id])
        self.by_slug = self._terms("slug", [record.slug for record in records if record.slug])
        self.by_name: dict[tuple[str, str], list[Term]] = {}
        for some in _chunks([text.name_key(record.name) for record in records]):
            for term in Term.objects.filter(name_key__in=some, version__gt=0).order_by("pk"):
                self.by_name.setdefault((term.name_key, term.qualifier_key), []).append(term)

    @staticmethod
    def _terms(field_name: str, values: list[str]) -> dict[str, Term]:
        return {
            getattr(term, field_name): term
            for some in _chunks(values)
            for term in Term.objects.filter(**{f"{field_name}__in": some})
        }

    def plan_row(self, record: TermRecord) -> PlannedRow:
        """Say what becomes of one record."""
        kinds = {relation.kind for relation in record.relations or ()}
        row = PlannedRow(
            line=record.line,
            action=UNCHANGED,
            record=record,
            given=_given(record, clear_empty=self.clear_empty),
            relation_kinds=frozenset(kinds | set(record.relation_kinds if self.clear_empty else ())),
            flags=record.flags,
        )
        earlier = self.earlier.get(record.ref)
        if earlier is not None:
            fields = {name for name, value in row.given.items() if earlier.given.get(name) != value}
            return self._against(earlier.term, fields, row)
        known = self._term_named_by(record)
        if known is not None:
            return self._against(known, set(row.given), row)
        return self._as_new(row)

    def _term_named_by(self, record: TermRecord) -> Term | None:
        """Return the term that a row of a glossary's own names: by id, by address or by name.

        An article from a page of text names nothing: one that shares its name with a term becomes
        a draft beside it, for a person to compare.
        """
        known = self.by_id.get(record.id or "") or self.by_slug.get(record.slug or "")
        same_name = self._with_the_name_of(record)
        return known or (same_name[0] if same_name and not record.heading else None)

    def _with_the_name_of(self, record: TermRecord) -> list[Term]:
        return self.by_name.get((text.name_key(record.name), text.name_key(record.qualifier or "")), [])

    def _as_new(self, row: PlannedRow) -> PlannedRow:
        taken = tuple(
            Flag("name_is_taken", f"There is “{term.full_name}” already ({term.status}); compare the two.")
            for term in self._with_the_name_of(row.record)
        )
        try:
            self._claim(row.record.id)
            self._trial(row, row.given, revisions.EMPTY)
        except InvalidContent as error:
            return replace(row, action=INVALID, because=error.message)
        return replace(row, action=CREATE, changed=tuple(row.given), flags=row.flags + taken)

    def _claim(self, public_id: str | None) -> None:
        """Refuse an identifier that a new term cannot have, or that a row above has taken."""
        if public_id:
            revisions.check_public_id(public_id)
            if public_id in self.claimed:
                raise InvalidContent({"id": [f"Identifier: “{public_id}” stands in a row above already."]})
            self.claimed.add(public_id)

    def _against(self, term: Term, fields: set[str], row: PlannedRow) -> PlannedRow:
        """Plan a change of a known term in these fields, as far as they really differ."""
        row = replace(row, term_id=term.pk)
        if not fields:
            return row
        base = _newest(term)
        if base is None:
            because = f"“{term.full_name}” was put away ({term.status}). Restore it, or leave this row out."
            return replace(row, action=CONFLICT, because=because)
        change = {name: row.given[name] for name in fields}
        if "slug" in change and change["slug"] == term.slug:
            del change["slug"]
        try:
            content = self._trial(row, change, base.content)
        except InvalidContent as error:
            return replace(row, action=INVALID, because=error.message)
        changed = tuple(name for name in revisions.FIELDS if content[name] != base.content[name])
        return replace(row, action=UPDATE if changed else UNCHANGED, changed=changed)

    def _trial(self, row: PlannedRow, change: dict[str, Any], base: revisions.Content) -> revisions.Content:
        """Return the content that a change would make; relations only as far as their targets exist."""
        tried = {**change, "relations": base["relations"]}
        if "relations" in change:
            tried["relations"] = _related(row, base, by=self.by).found
        return revisions.clean(tried, by=self.by, base=base, make_tags=False)


def _given(record: TermRecord, *, clear_empty: bool) -> dict[str, Any]:
    """Return the content that a record states. An empty cell says nothing, unless it is to clear."""
    said: dict[str, Any] = {name: getattr(record, name) for name in _TEXT_FIELDS}
    said["tags"] = None if record.tags is None else list(record.tags)
    for name in (*_LIST_FIELDS, "relations"):
        items = getattr(record, name)
        said[name] = None if items is None else [asdict(item) for item in items]
    given = {name: value for name, value in said.items() if value or (clear_empty and value is not None)}
    if record.status == "deprecated":
        given |= {"status": "deprecated", "deprecation_reason": "Deprecated in the imported file."}
    return {"name": record.name, **given}


@dataclass(frozen=True)
class _Related:
    """The relations of a content after a change, and the targets that nobody knows (yet)."""

    found: list[dict[str, str]]
    missing: list[str]


def _related(row: PlannedRow, base: revisions.Content, *, by: Any) -> _Related:
    """Replace the relations of the kinds that a row speaks of, keep the others."""
    found = [relation for relation in base["relations"] if relation["kind"] not in row.relation_kinds]
    missing = []
    for relation in row.given.get("relations", []):
        targets = revisions.find_targets(relation["target"], by=by)
        if len(targets) == 1:
            found.append({"kind": relation["kind"], "target": targets[0]})
        else:
            missing.append(relation["target"])
    return _Related(found, missing)


def _newest(term: Term) -> Revision | None:
    """Return the revision that a change of a term starts from, None for one that was put away."""
    if term.is_public:
        return term.live_revision
    if term.status != Term.Status.DRAFT:
        return None
    return term.revisions.filter(state__in=Revision.OPEN_STATES).order_by("-number").first()


# --- Carrying it out -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ImportResult:
    """What came of a plan: the batch, and for each row that failed after all, why."""

    batch: ImportBatch
    failures: tuple[tuple[int, str], ...]


@log.through(Event.Door.IMPORT)
def carry_out(
    plan: ImportPlan, *, by: Any, progress: Callable[[int, int], None] | None = None
) -> ImportResult:
    """Do what the plan says, 500 rows a transaction; a row that fails leaves the others alone.

    Stopped in the middle, the same file goes on where it was: what is done is unchanged then.
    New terms come first, changes and relations after them, because relations may name new terms.
    """
    creations = [row for row in plan.rows if row.action == CREATE]
    changes = [row for row in plan.rows if row.action == UPDATE]
    batch = _new_batch(plan, by)
    run = _Run(batch=batch, by=by, progress=progress, total=len(creations) + len(changes))
    run.through(creations, run.create)
    run.through(changes, run.change)
    run.through([row for row in creations if row.given.get("relations")], run.relate)
    if creations or changes:
        log.record(Event.Kind.IMPORTED, by=by, note=_outcome(plan))
    return ImportResult(batch, tuple(run.failures))


def _outcome(plan: ImportPlan) -> str:
    counted = [f"{count} {action}" for action, count in plan.counts.items() if count]
    return f"{plan.file_name[:300]}: {', '.join(counted) or 'nothing'}."


def _new_batch(plan: ImportPlan, by: Any) -> ImportBatch:
    return ImportBatch.objects.create(
        file_name=plan.file_name[:300], digest=plan.digest, format=plan.format, counts=plan.counts, by=by
    )


class _Run:
    """One run over the rows of a plan."""

    def __init__(
        self, *, batch: ImportBatch, by: Any, progress: Callable[[int, int], None] | None, total: int
    ) -> None:
        self.batch, self.by, self.progress, self.total = batch, by, progress, total
        self.done = 0
        self.failures: list[tuple[int, str]] = []
        self.term_ids: dict[str, int] = {}

    def through(self, rows: list[PlannedRow], step: Callable[[PlannedRow], None]) -> None:
        for some in _chunks(rows):
            with transaction.atomic():
                for row in some:
                    self._try(row, step)
            if self.progress is not None:
                self.progress(min(self.done, self.total), self.total)

    def _try(self, row: PlannedRow, step: Callable[[PlannedRow], None]) -> None:
        self.done += 1
        try:
            with transaction.atomic():
                step(row)
        except TermbookError as error:
            self.failures.append((row.line, error.message))

    def create(self, row: PlannedRow) -> None:
        given = {name: value for name, value in row.given.items() if name != "relations"}
        revision = workflow.create_draft(
            content=given, by=self.by, comment=self._comment(row), public_id=row.record.id or ""
        )
        self.term_ids[row.record.ref] = revision.term_id
        self._remember(row, revision.term_id, given, row.flags)

    def change(self, row: PlannedRow) -> None:
        self._write(_term(row.term_id), row)

    def relate(self, row: PlannedRow) -> None:
        term_id = self.term_ids.get(row.record.ref)
        if term_id is not None:
            self._write(_term(term_id), replace(row, changed=("relations",)))

    def _write(self, term: Term, row: PlannedRow) -> None:
        """Save the changed fields of a draft; propose those of what is public or proposed."""
        base = _newest(term)
        if base is None:
            raise WrongState(f"“{term.full_name}” was put away in the meantime.")
        related = _related(row, base.content, by=self.by)
        change = {name: row.given[name] for name in row.changed if name in row.given and name != "relations"}
        if "relations" in row.given and related.found != base.content["relations"]:
            change["relations"] = related.found
        if change:
            # What waits in the queue stays in it.
            write = workflow.save_draft if base.state == Revision.State.DRAFT else workflow.propose
            write(
                term_id=term.pk, based_on=base.number, content=change, by=self.by, comment=self._comment(row)
            )
        unknown = tuple(
            Flag("relation_unresolved", f"There is no single term “{name}” to relate to.")
            for name in related.missing
        )
        given = {k: v for k, v in row.given.items() if k != "relations" or not related.missing}
        self._remember(row, term.pk, given, row.flags + unknown)

    def _remember(
        self, row: PlannedRow, term_id: int, given: dict[str, Any], flags: tuple[Flag, ...]
    ) -> None:
        ImportedRecord.objects.update_or_create(
            batch=self.batch,
            ref=row.record.ref,
            defaults={
                "term_id": term_id,
                "given": given,
                "line": row.line,
                "heading": row.record.heading,
                "keywords": list(row.record.keywords),
                "confidence": row.record.confidence,
                "flags": [asdict(flag) for flag in flags],
            },
        )

    def _comment(self, row: PlannedRow) -> str:
        return f"Import of {self.batch.file_name}, line {row.line}."[:REMARK_LENGTH]


def importer() -> Any:
    """Return the account for imports that nobody signs: an editor who cannot log in.

    A reviewer approves what it brought; four eyes then are those who proposed and the reviewer's.
    """
    user, is_new = get_user_model().objects.get_or_create(username=IMPORTER)
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        rights = ["propose_term", "edit_term", "view_drafts"]
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="terms", codename__in=rights)
        )
    return user


def _term(term_id: int | None) -> Term:
    return Term.objects.select_related("live_revision").get(pk=term_id or 0)


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + BATCH_SIZE] for start in range(0, len(items), BATCH_SIZE))
