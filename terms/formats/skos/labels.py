"""Which alias a label is, and which label an alias: one place, since the two must fit."""

from __future__ import annotations

from collections.abc import Sequence

from ..languages import primary
from ..record import AliasRecord
from .graph import Literal
from .vocabulary import ALT_LABEL, HIDDEN_LABEL, PREF_LABEL

_NEVER_SHOWN = ("hidden", "misspelling")
_NOT_TO_BE_USED = ("deprecated", "forbidden")


def choose(labels: Sequence[Literal], language: str) -> Literal | None:
    """Return the label in a language: the very tag, else another tag of it, none, the first by tag."""

    def rank(label: Literal) -> tuple[int, str]:
        if label.language.lower() == language.lower():
            return 0, ""
        if primary(label.language) == primary(language):
            return 1, label.language
        return (3, label.language) if label.language else (2, "")

    return min(labels, key=rank) if labels else None


def alias_of(label: Literal, predicate: str, language: str) -> AliasRecord:
    """Return the alias that a plain label stands for in a glossary of this language."""
    own = "" if label.language.lower() == language.lower() else label.language
    if predicate == HIDDEN_LABEL:
        return AliasRecord(label.text, "hidden", language=own)
    if own and primary(own) != primary(language):
        status = "preferred" if predicate == PREF_LABEL else "admitted"
        return AliasRecord(label.text, "translation", status, own)
    return AliasRecord(label.text, language=own)


def predicates_of(aliases: Sequence[AliasRecord], tags: Sequence[str], language: str) -> list[str]:
    """Return by which label each alias is written whose language has this tag.

    What nobody should use or see is hidden; the first translation into a language, one that is
    preferred before others, is its preferred label (S14: one for each language).
    """
    first: dict[str, int] = {}
    for number in sorted(range(len(aliases)), key=lambda number: aliases[number].status != "preferred"):
        if aliases[number].kind == "translation" and not _is_hidden(aliases[number]):
            first.setdefault(tags[number].lower(), number)
    first.pop(language.lower(), None)
    return [
        HIDDEN_LABEL
        if _is_hidden(alias)
        else PREF_LABEL
        if first.get(tags[number].lower()) == number
        else ALT_LABEL
        for number, alias in enumerate(aliases)
    ]


def _is_hidden(alias: AliasRecord) -> bool:
    return alias.kind in _NEVER_SHOWN or alias.status in _NOT_TO_BE_USED
