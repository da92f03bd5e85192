"""Several terms become one, and come apart again.

First looked at, then carried out exactly as it was shown; every merge can be undone, however old, as far
as nobody changed the same places since. Absorbed terms keep their rows, their history and their addresses.
"""

from .carrying_out import merge
from .previewing import MOST_TERMS, Impact, Moved, Preview, preview
from .undoing import Rewritten, UndoPreview, may_undo, undo, undo_preview

__all__ = [
    "MOST_TERMS",
    "Impact",
    "Moved",
    "Preview",
    "Rewritten",
    "UndoPreview",
    "may_undo",
    "merge",
    "preview",
    "undo",
    "undo_preview",
]
