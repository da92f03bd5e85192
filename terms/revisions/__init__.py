"""What of a term is content: read it, clean it, compare it, bring it up to date, write it.

Content is a plain dictionary with every key of `FIELDS`, as it is kept in `Revision.content`.
Relations name their targets by public id, tags by slug, so that a content means the same for ever.
"""

from .carrying import Collision, carry_over, collisions
from .cleaning import check_public_id, clean, find_targets, has_control_signs
from .comparing import FieldChange, Piece, difference
from .content import EMPTY, FIELDS, LABELS, Content, full_name, snapshot, write_content

__all__ = [
    "EMPTY",
    "FIELDS",
    "LABELS",
    "Collision",
    "Content",
    "FieldChange",
    "Piece",
    "carry_over",
    "check_public_id",
    "clean",
    "collisions",
    "difference",
    "find_targets",
    "full_name",
    "has_control_signs",
    "snapshot",
    "write_content",
]
