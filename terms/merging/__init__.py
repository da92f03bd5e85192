"""Several terms become one, and come apart again.

First looked at, then carried out exactly as it was shown; every merge can be undone, however old, as far
as nobody changed the same places since. Absorbed terms keep their rows, their history and their addresses.
"""

from .carrying_out import merge
from .parting import split
from .previewing import MOST_TERMS, Impact, Moved, Preview, preview
from .proposals import (
    approve_proposal,
    first_term,
    is_stale,
    may_approve,
    may_refresh,
    may_reject,
    may_withdraw,
    open_proposals,
    preview_of,
    propose,
    refresh_proposal,
    reject_proposal,
    terms_of,
    visible_proposals,
    withdraw_proposal,
)
from .splitting import ADDRESSES, STAYS, SplitPreview, SplitWish, split_preview
from .taking_back import undo, undo_preview
from .undoing import Rewritten, UndoPreview, may_undo

__all__ = [
    "ADDRESSES",
    "MOST_TERMS",
    "STAYS",
    "Impact",
    "Moved",
    "Preview",
    "Rewritten",
    "SplitPreview",
    "SplitWish",
    "UndoPreview",
    "approve_proposal",
    "first_term",
    "is_stale",
    "may_approve",
    "may_refresh",
    "may_reject",
    "may_undo",
    "may_withdraw",
    "merge",
    "open_proposals",
    "preview",
    "preview_of",
    "proposals",
    "propose",
    "refresh_proposal",
    "reject_proposal",
    "split",
    "split_preview",
    "terms_of",
    "undo",
    "undo_preview",
    "visible_proposals",
    "withdraw_proposal",
]
