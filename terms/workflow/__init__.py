"""States, permissions and transitions. Everything readers can see changes here and nowhere else.

Each public function is one transaction: lock, look, refuse or write, record. What a face passes in
is an id and the number of the revision the person had in front of them; the rows are read fresh
under the lock.
"""

from .publication import (
    Publication,
    adopt,
    approve,
    check_approval,
    make_live,
    publish_import,
    render_again,
    render_texts,
)
from .status import (
    DECIDED_ALONE,
    check_deprecation,
    deprecate,
    discard_draft,
    reinstate,
    remove,
    restore,
    set_back,
)
from .suggesting import (
    READER,
    SUGGESTIBLE,
    Sender,
    Standing,
    answer,
    forget_places,
    is_suggested,
    standing,
    suggest,
    withdraw_suggestion,
)
from .table import TRANSITIONS, Transition, check, may
from .wishes import assign, bring_up_to_date, reject, request_changes, resubmit, withdraw
from .writing import (
    NewTerm,
    Wish,
    create_draft,
    create_drafts,
    propose,
    propose_all,
    save_draft,
    save_drafts,
)

__all__ = [
    "DECIDED_ALONE",
    "READER",
    "SUGGESTIBLE",
    "TRANSITIONS",
    "NewTerm",
    "Publication",
    "Sender",
    "Standing",
    "Transition",
    "Wish",
    "adopt",
    "answer",
    "approve",
    "assign",
    "bring_up_to_date",
    "check",
    "check_approval",
    "check_deprecation",
    "create_draft",
    "create_drafts",
    "deprecate",
    "discard_draft",
    "forget_places",
    "is_suggested",
    "make_live",
    "may",
    "propose",
    "propose_all",
    "publish_import",
    "reinstate",
    "reject",
    "remove",
    "render_again",
    "render_texts",
    "request_changes",
    "restore",
    "resubmit",
    "save_draft",
    "save_drafts",
    "set_back",
    "standing",
    "suggest",
    "withdraw",
    "withdraw_suggestion",
]
