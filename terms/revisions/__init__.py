"""What of a term is content: read it, clean it, compare it, bring it up to date, write it.

Content is a plain dictionary with every key of `FIELDS`, as it is kept in `Revision.content`.
Relations name their targets by public id, tags by slug, so that a content means the same for ever.
"""

from .carrying import Collision, carry_over, collisions
from .cleaning import clean, has_control_signs, is_public_id, refusal_of_id
from .comparing import FieldChange, Piece, difference, field_change
from .content import (
    EMPTY,
    FIELDS,
    LABELS,
    Content,
    full_name,
    snapshot,
    snapshots,
    write_content,
    write_contents,
    write_new,
    write_relations,
)
from .known import BY_ADDRESS, BY_ALIAS, BY_ID, Found, Known, find_many, find_targets, ways_of
from .redirecting import redirected, survivors

__all__ = [
    "BY_ADDRESS",
    "BY_ALIAS",
    "BY_ID",
    "EMPTY",
    "FIELDS",
    "LABELS",
    "Collision",
    "Content",
    "FieldChange",
    "Found",
    "Known",
    "Piece",
    "carry_over",
    "clean",
    "collisions",
    "difference",
    "field_change",
    "find_many",
    "find_targets",
    "full_name",
    "has_control_signs",
    "is_public_id",
    "redirected",
    "refusal_of_id",
    "snapshot",
    "snapshots",
    "survivors",
    "ways_of",
    "write_content",
    "write_contents",
    "write_new",
    "write_relations",
]
