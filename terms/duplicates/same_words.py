"""Names of the same words: plurals, joints, spellings, another order, other endings, a general word more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from django.conf import settings

from .. import text
from .evidence import Evidence, both, evidence, near, same_signs
from .labels import Label, Names, grouped, pairs_among


def small_differences(names: Names) -> Iterator[Evidence]:
    for labels in grouped((label.joined, label) for label in names.labels):
        for one, other in pairs_among(labels):
            if one.key == other.key or one.numbers != other.numbers:
                continue
            if one.signs != other.signs:
                yield near(one, other, "sign", 0.4, f"{both(one, other)} differ only in a sign.")
            elif capital_more(one.text, other.text):
                reason = f"{both(one, other)} differ in a letter of a short name."
                yield near(one, other, "letter", 0.4, reason)
            else:
                strength = 0.93 if len(one.joined) > _SHORT else 0.7
                reason = f"{both(one, other)} differ only in {_difference(one, other)}."
                yield evidence(one, other, "spelling", strength, reason)


_SHORT = 3


def capital_more(one: str, other: str) -> bool:
    """Say whether an S more is a word of an acronym, and no plural: HTTPS and HTTP, not LLMs and LLM."""
    long = max(one, other, key=len)
    return len(one) != len(other) and long.endswith("S") and long.isupper()


def _difference(one: Label, other: Label) -> str:
    if text.fold(one.text) == text.fold(other.text):
        return "an accent"
    if one.compared.joined != other.compared.joined:
        return "a plural or a spelling"
    if "".join(one.words) == "".join(other.words):
        return "punctuation" if _POINTS.search(one.text + other.text) else "a hyphen or a blank"
    return "a plural" if len(one.words) == len(other.words) else "a plural or a hyphen"


_POINTS = re.compile(r"[./]")


def other_order(names: Names) -> Iterator[Evidence]:
    keyed = ((" ".join(sorted(some)), label) for label in names.labels if len(some := label.content) > 1)
    for labels in grouped(keyed):
        for one, other in pairs_among(labels):
            if one.joined == other.joined or not same_signs(one, other):
                continue
            if one.content == other.content:
                reason = f"{both(one, other)} differ only in small words."
                yield evidence(one, other, "small_words", 0.8, reason)
            else:
                reason = f"{both(one, other)} have the same words in another order."
                yield evidence(one, other, "order", _order_strength(one, other), reason)


def _order_strength(one: Label, other: Label) -> float:
    """A comma or an “of” says that the words are turned round. Otherwise a tree search is no search tree."""
    if "," in one.key + other.key or len(one.words) != len(other.words):
        return 0.84
    return 0.7 if len(one.words) > 2 else 0.48


def other_ending(names: Names) -> Iterator[Evidence]:
    language = settings.LANGUAGE_CODE
    keyed = ((" ".join(text.stem(word, language) for word in label.words), label) for label in names.labels)
    for labels in grouped(keyed):
        for one, other in pairs_among(labels):
            if one.joined == other.joined or not same_signs(one, other):
                continue
            reason = f"{both(one, other)} differ only in the ending of a word."
            if _without_inflection(one.words) == _without_inflection(other.words):
                yield evidence(one, other, "ending", 0.6, reason)
            else:
                yield near(one, other, "other_ending", 0.4, reason)


_INFLECTION = re.compile("(?<=[^aeiou])(?:ings?|ed|es|e|s)$")


def _without_inflection(words: Iterable[str]) -> list[str]:
    """Return the words without what makes no other word of them: caching is cache, a tokenizer no token."""
    return [_INFLECTION.sub("", word) for word in words]


# Words for what a thing is in general: what they are put behind stays the same thing.
_WAYS = frozenset(
    (
        *("algorithm", "approach", "concept", "mechanism", "method", "procedure", "scheme", "strategy"),
        *("system", "technique"),
    )
)
_FIELDS = frozenset(["learning", "optimization", "training"])
_THINGS = frozenset(["architecture", "layer", "model", "network"])
_GENERAL = _WAYS | _FIELDS | _THINGS


def general_words(names: Names) -> Iterator[Evidence]:
    """Names with another general word behind them, or with one that the other does without."""
    keyed = ((" ".join(label.spelt[: -_ends_generally(label) or None]), label) for label in names.labels)
    for labels in grouped(keyed):
        for one, other in pairs_among(labels):
            strength = general_strength(one.compared.singulars, other.compared.singulars)
            if strength and same_signs(one, other):
                reason = f"{both(one, other)} differ only in a general word."
                yield evidence(one, other, "general_word", strength, reason)


def _ends_generally(label: Label) -> int:
    return int(len(label.spelt) > 1 and bool(_GENERAL & {label.words[-1], label.words[-1].removesuffix("s")}))


def general_strength(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how surely two names mean one thing that differ in a general word at their end, or by one."""
    if len(one) == len(other):
        if one == other or one[:-1] != other[:-1] or len(one) < 2:
            return 0.0
        last = {one[-1], other[-1]}
        if last <= _WAYS | _FIELDS:
            return 0.66 if len(one) > 2 else 0.58
        return (0.66 if len(one) > 2 else 0.46) if last <= _THINGS else 0.0
    short, long = sorted((one, other), key=len)
    return 0.68 if short and long[:-1] == short and long[-1] in _WAYS else 0.0
