"""What is answered on imports and exports; the shapes are described in `import_shapes`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.urls import reverse
from rest_framework.request import Request

from .. import exporting, importing
from ..models import ImportBatch, ImportRow
from ..publishing import iso
from .bodies import Body, absolute


def import_summary(request: Request, batch: ImportBatch) -> Body:
    """Return an import without what is wrong with single cells; it comes with its people."""
    options, undone = importing.options_of(batch), batch.operation
    return {
        "id": batch.pk,
        "file_name": batch.file_name,
        "source": batch.source,
        "format": batch.format,
        "options": {
            "clear_empty": options.clear_empty,
            "all_or_nothing": options.all_or_nothing,
            "publish": options.publish,
            "language": options.language,
        },
        "state": batch.state,
        "message": batch.message,
        "counts": _counted(batch.counts, [*importing.ACTIONS, "left_out"]),
        "outcomes": _counted(batch.outcomes, filter(None, ImportRow.Outcome.values)),
        "done": batch.done,
        "total": batch.total,
        "is_silent": importing.is_silent(batch),
        "by": batch.by.get_username(),
        "created_at": iso(batch.at),
        "started_at": iso(batch.started_at),
        "finished_at": iso(batch.finished_at),
        "undone_at": iso(undone.undone_at) if undone else None,
        "undone_by": undone.undone_by.get_username() if undone and undone.undone_by else None,
        "url": absolute(request, reverse("admin:terms_importbatch_change", args=[batch.pk])),
        "api_url": import_url(request, batch),
        "rows": absolute(request, reverse("api:import-row-list", args=[batch.pk])),
        "undo": _undo_url(request, batch),
    }


def import_body(request: Request, batch: ImportBatch) -> Body:
    """Return an import with the token of what this person is shown, while it waits."""
    waits = batch.state == ImportBatch.State.PREPARED and request.user.has_perm("terms.edit_term")
    return {
        **import_summary(request, batch),
        "token": importing.token(batch, request.user) if waits else None,
        "problems": batch.problems,
    }


def import_url(request: Request, batch: ImportBatch) -> str:
    return absolute(request, reverse("api:import-detail", args=[batch.pk])) or ""


def _counted(found: dict[str, int], names: Iterable[str]) -> dict[str, int]:
    return {name: found.get(name, 0) for name in names}


def _undo_url(request: Request, batch: ImportBatch) -> str | None:
    if not importing.may_undo(batch, request.user):
        return None
    return absolute(request, reverse("api:import-undo", args=[batch.pk]))


def row_bodies(request: Request, rows: Sequence[ImportRow]) -> list[Body]:
    """Return rows of one import, with their differences from the glossary of now."""
    changes = importing.differences(rows, by=request.user)
    return [_row_body(request, row, changes.get(row.pk, ())) for row in rows]


def _row_body(request: Request, row: ImportRow, changes: Iterable[importing.Change]) -> Body:
    record = importing.item_of(row).record
    return {
        "position": row.position,
        "line": row.line,
        "path": row.path,
        "heading": record.heading,
        "title": record.name,
        "qualifier": record.qualifier or "",
        "aliases": [asdict(alias) for alias in record.aliases or ()],
        "tags": list(record.tags or ()),
        "keywords": list(record.keywords),
        "short_definition": record.short_definition or "",
        "definition": record.definition or "",
        "confidence": record.confidence,
        "action": row.action,
        "because": row.because,
        "flags": row.flags,
        "look_alikes": row.look_alikes,
        "changes": [asdict(change) for change in changes],
        "term": row.term.public_id if row.term else None,
        "is_left_out": row.is_left_out,
        "is_corrected": row.is_corrected,
        "outcome": row.outcome,
        "message": row.message,
        "api_url": row_url(request, row),
    }


def row_url(request: Request, row: ImportRow) -> str:
    return absolute(request, reverse("api:import-row-detail", args=[row.batch_id, row.position])) or ""


def undo_body(preview: importing.UndoPreview) -> Body:
    return {
        "token": preview.token,
        "count": preview.count,
        "rows": [_undo_row(told) for told in preview.rows],
    }


def _undo_row(told: importing.UndoRow) -> Body:
    row = told.row
    return {
        "position": row.position,
        "line": row.line,
        "path": row.path,
        "title": importing.item_of(row).record.name,
        "term": row.term.public_id if row.term else None,
        "outcome": told.outcome.replace(" ", "_"),
        "message": told.sentence,
    }


def form_body(request: Request, form: exporting.Form) -> Body:
    return {
        "name": form.name,
        "title": form.title,
        "media_type": form.media_type,
        "ending": form.ending,
        "loses": form.loses,
        "url": absolute(request, reverse("api:export", args=[form.name])),
    }
