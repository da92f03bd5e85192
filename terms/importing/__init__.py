"""Texts from files: planned, shown row by row, corrected, carried out as shown, undone as one.

What a file says is never made live here: a new record becomes a draft, a changed one a proposal, and
both wait for a reviewer; but for who may publish an import, and says so. What was imported before is
remembered (`ImportedRecord.given`), so that the same file twice changes nothing and an editor's
correction is not taken back.
"""

from ..formats import GivenFile
from .accounts import IMPORTER, importer
from .background import go_on_later, start
from .batches import (
    ImportPlan,
    correct,
    differences,
    forget,
    item_of,
    leave_out,
    options_of,
    plan,
    plan_again,
    prepare,
    rows,
    take_in,
    tidy,
    token,
)
from .carrying_out import cancel, carry_out, go_on, has_work, is_silent
from .planning import (
    ACTIONS,
    CONFLICT,
    CREATE,
    INVALID,
    UNCHANGED,
    UPDATE,
    Change,
    LookAlike,
    Options,
    PlannedRow,
)
from .records import AS_NEW, CORRECTABLE
from .running import CHANGED, outcome_as_json, outcome_in_words
from .undoing import UndoPreview, UndoRow, may_undo, undo, undo_preview

__all__ = [
    "ACTIONS",
    "AS_NEW",
    "CHANGED",
    "CONFLICT",
    "CORRECTABLE",
    "CREATE",
    "IMPORTER",
    "INVALID",
    "UNCHANGED",
    "UPDATE",
    "Change",
    "GivenFile",
    "ImportPlan",
    "LookAlike",
    "Options",
    "PlannedRow",
    "UndoPreview",
    "UndoRow",
    "cancel",
    "carry_out",
    "correct",
    "differences",
    "forget",
    "go_on",
    "go_on_later",
    "has_work",
    "importer",
    "is_silent",
    "item_of",
    "leave_out",
    "may_undo",
    "options_of",
    "outcome_as_json",
    "outcome_in_words",
    "plan",
    "plan_again",
    "prepare",
    "rows",
    "start",
    "take_in",
    "tidy",
    "token",
    "undo",
    "undo_preview",
]
