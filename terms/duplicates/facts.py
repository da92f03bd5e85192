"""What of two terms is compared, and what is said of a pair that may be one concept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Suggestion = Literal["merge", "relate"]


class OtherName(NamedTuple):
    """Another name of a term: its text and its kind, as an alias has it."""

    text: str
    kind: str = "synonym"


@dataclass(frozen=True)
class Facts:
    """What of a term is compared.

    `definition` is Markdown; `sources` are addresses or titles. `related` are the terms with which a
    relation is recorded already, whoever states it.
    """

    term: int
    name: str
    qualifier: str = ""
    aliases: tuple[OtherName, ...] = ()
    short_definition: str = ""
    definition: str = ""
    sources: tuple[str, ...] = ()
    related: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Found:
    """Two terms that may be the same concept, or only near to each other.

    `a` is the smaller number. `score` goes from 0 to 1; `reasons` are sentences for an editor, the
    surest first, each with a short code in `methods`; `suggestion` is what to do with them.
    """

    a: int
    b: int
    score: float
    reasons: tuple[str, ...]
    suggestion: Suggestion
    methods: tuple[str, ...] = ()


# What speaks for a pair: the codes of `Found.methods`, in words for the choice of an editor.
METHODS = {
    "same_name": "Same name",
    "shared_alias": "Same other name",
    "shared_acronym": "Same abbreviation",
    "namesake": "Other name of a namesake",
    "called": "Named in the text",
    "spelling": "Plural, hyphen or spelling",
    "order": "Words in another order",
    "small_words": "Small words",
    "ending": "Ending of a word",
    "general_word": "General word added",
    "class": "Class of thing added",
    "repeated_word": "Acronym with its last word",
    "initials": "Initials",
    "typo": "Slip of the pen",
    "one_letter": "One letter",
    "same_text": "Same definition",
    "near_text": "Nearly the same definition",
    "same_words": "Same words in the definition",
    "like_texts": "Definitions alike",
    "unlike_texts": "Definitions unlike",
    "sources": "Same sources",
    "number": "Another number",
    "other_word": "Another word",
    "more_words": "More words",
    "other_ending": "Word of the same stem",
    "letter": "Another letter in a short name",
    "sign": "Another sign",
}
