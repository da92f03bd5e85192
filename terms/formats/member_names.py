"""What the members of a mapping mean that describes a term, in the words that people give them."""

from __future__ import annotations

import re
from functools import lru_cache

from .columns import header_key, meaning_of

# Where a mapping has several of a group, the one named first here counts first.
_CALLED = {
    "name": "term title preferred_term preferred_label preflabel pref_label display_name term_name name "
    "label headword word phrase lemma",
    "short_definition": "short_definition short_description short_desc summary short brief tldr one_liner",
    "definition": "definition def defn definitions definition_text meaning description desc explanation "
    "long_definition full_definition long_description full_description details detail body content text",
    "former_names": "former_name former_names previous_term previous_name previously formerly old_name",
    "spelling_variants": "spelling_variant spelling_variants variant_spelling variant_spellings",
    "misspellings": "misspelling misspellings",
    "hidden_labels": "hidden_label hidden_labels hiddenlabel",
    "acronyms": "acronyms short_form",
    "aliases": "alt alts alternate_name alternate_names alternates alternative alternatives other_names",
    "tags": "keywords keyword labels groups",
    "broader": "broader_terms parents parent_term parent_terms is_a isa hypernym hypernyms",
    "narrower": "narrower narrower_term narrower_terms children child_terms subterms sub_terms hyponyms",
    "related": "related_concepts related_to cross_reference cross_references crossrefs ref refs relations",
    "replaced_by": "superseded_by use_instead is_replaced_by",
    "change_notes": "change_note change_notes history_note history_notes",
    "scope_notes": "scope",
    "id": "uuid guid key code notation",
    "uri": "@id",
    "link": "learn_more learn_more_url more_info more_info_url homepage full_link external_link",
    "slug": "permalink",
    "status": "workflow_status entity_status glossary_status",
    "language": "language lang locale in_language",
    "review_by": "review_by",
    "further": "further",
}
_FIELD = {name: field for field, names in _CALLED.items() for name in names.split()}
_PRECEDENCE = {name: place for names in _CALLED.values() for place, name in enumerate(names.split())}
_LAST = 100

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST = 60


@lru_cache(maxsize=5_000)
def field_of(name: str) -> tuple[str, str] | None:
    """Return the field and the language that the name of a member stands for, None if it is not known.

    A bare language (`de`) is the name in it. `seeAlso`, `see_also` and `See also` are one.
    """
    if len(name) > _LONGEST:
        return None
    snake = _HUMP.sub("_", name)
    known = _FIELD.get(header_key(snake))
    return (known, "") if known else meaning_of(snake)


@lru_cache(maxsize=5_000)
def precedence(name: str) -> int:
    """Return which of several members for one field counts first: the lower number."""
    return _PRECEDENCE.get(header_key(_HUMP.sub("_", name)), _LAST)


# What an entry of a list needs besides a name, so that the list is one of terms.
SAYS_SOMETHING = frozenset(
    ["short_definition", "definition", "aliases", "acronyms", "full_forms", "translations", "see_also"]
)
_LISTS_OF_TERMS = {
    *("terms", "glossary", "entries", "data", "results", "items", "concepts", "words", "definitions", "defs"),
    *("glossary_terms", "glossaryterms", "records", "vocabulary", "dictionary"),
}
_LISTS_OF_GROUPS = {"nodes", "categories", "sections", "groups", "topics"}


def holds_terms(name: str) -> bool:
    """Say whether a member of this name may hold the terms of a file."""
    return header_key(_HUMP.sub("_", name)) in _LISTS_OF_TERMS


def holds_groups(name: str) -> bool:
    """Say whether a member of this name may hold groups of terms, which have names themselves."""
    return header_key(_HUMP.sub("_", name)) in _LISTS_OF_GROUPS
