"""One change of tags or of the status of many terms: shown first, carried out as shown, undone as one.

Nothing here writes a term or a revision: each row goes through `workflow`, with its rights and its
four eyes. Tags of what is public are proposed; only the status is decided at once.
"""

from .changing import ACTIONS, MOST_DECISIONS, MOST_TAGS, MOST_TERMS, BulkChange, Preview, carry_out, preview
from .parts import DRAFT, NOW, PROPOSAL, REFUSED, TAKEN_BACK, UNCHANGED, Outcome, Row
from .undoing import may_undo, rows_of, undo, undo_preview

__all__ = [
    "ACTIONS",
    "DRAFT",
    "MOST_DECISIONS",
    "MOST_TAGS",
    "MOST_TERMS",
    "NOW",
    "PROPOSAL",
    "REFUSED",
    "TAKEN_BACK",
    "UNCHANGED",
    "BulkChange",
    "Outcome",
    "Preview",
    "Row",
    "carry_out",
    "may_undo",
    "preview",
    "rows_of",
    "undo",
    "undo_preview",
]
