"""Merges and splits are taken back through one door, by the number of the operation."""

from __future__ import annotations

from typing import Any

from ..models import Operation
from . import undoing, unsplitting
from .undoing import UndoPreview


def undo_preview(operation_id: int, *, by: Any) -> UndoPreview:
    """Say what undoing this merge or split would do now.

    Raises NotAllowed, and WrongState when it was undone already.
    """
    if _is_split(operation_id):
        return unsplitting.undo_preview(operation_id, by=by)
    return undoing.undo_preview(operation_id, by=by)


def undo(operation_id: int, *, token: str, by: Any, comment: str = "") -> Operation:
    """Take a merge or a split back as the preview with this token showed it, however old it is.

    Raises NotAllowed, WrongState for what was undone already or where another operation has to be
    undone first, StalePreview, and InvalidContent when a term may not be public any more. Nothing is
    changed then.
    """
    if _is_split(operation_id):
        return unsplitting.undo(operation_id, token=token, by=by, comment=comment)
    return undoing.undo(operation_id, token=token, by=by, comment=comment)


def _is_split(operation_id: int) -> bool:
    return Operation.objects.filter(pk=operation_id, kind=Operation.Kind.SPLIT).exists()
