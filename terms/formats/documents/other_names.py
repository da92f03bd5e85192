"""What two names are to each other: one short for the other, another spelling, or the same but for a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...text import initials, name_key, stem, words
from .parentheses import abbreviates

_JOINT_OR_SPACE = re.compile(r"[- ]")
_SMALL_WORD = re.compile(r"an?|and|as|at|by|for|from|in|of|on|or|the|to|with")
_REPEATED = re.compile(r"([A-Za-z])([234])")
_NUMERONYM = re.compile(r"([a-z])(\d+)([a-z])")


def abbreviation_of(name: str, other: str) -> str:
    """Return what `other` is to `name`: acronym, longer abbreviation, full form, or nothing ("")."""
    if _abbreviates(other, name):
        return "acronym" if len(other) <= 2 * len(words(name)) + 1 else "abbreviation"
    return "full_form" if _abbreviates(name, other) else ""


def _abbreviates(short: str, long: str) -> bool:
    """Say whether one is short for the other; words joined by a hyphen may count as one."""
    if len(short) > len(long) // 2:
        return False
    spelt_out = _REPEATED.sub(lambda found: found[1] * int(found[2]), short)
    return any(
        abbreviates(letters, form) for letters in {short, spelt_out} for form in (long, long.replace("-", ""))
    )


def abbreviation_within(name: str, phrase: str) -> str:
    """Return “abbreviation” if a phrase is a name with its first words in short (CoT prompting)."""
    long, short = name_key(name).split(), name_key(phrase).split()
    while long and short and long[-1] == short[-1]:
        long, short = long[:-1], short[:-1]
    is_short = len(short) == 1 and len(long) > 1 and len(short) < len(phrase.split())
    return "abbreviation" if is_short and _abbreviates(short[0], " ".join(long)) else ""


def is_contraction(short: str, long: str) -> bool:
    """Say whether a word is made of the first letter of another and some that follow (cv of cultivar)."""
    few, many = name_key(short), name_key(long)
    remaining = iter(many)
    return 2 * len(few) <= len(many) and few[:1] == many[:1] and all(sign in remaining for sign in few)


def initials_with_small_words(text: str) -> Iterator[str]:
    """Yield the initials of names in which small words count as well (mixture of experts)."""
    for name in re.split(r"[(),]", text):
        if any(map(_SMALL_WORD.fullmatch, words(name))):
            yield initials(name)


def are_same_letters(one: str, other: str) -> bool:
    """Say whether two names differ in spaces, hyphens and capitals only."""
    return _JOINT_OR_SPACE.sub("", name_key(one)) == _JOINT_OR_SPACE.sub("", name_key(other))


def are_same_words(name: list[str], phrase: list[str]) -> bool:
    """Say whether two names have the same words, inflection and counted letters (i18n) apart."""
    return len(name) == len(phrase) and all(map(_same_word, name, phrase))


def _same_word(one: str, other: str) -> bool:
    return stem(one) == stem(other) or _is_numeronym(one, other) or _is_numeronym(other, one)


def _is_numeronym(short: str, long: str) -> bool:
    """Say whether the digits in one word count the letters left out of the other (i18n)."""
    found = _NUMERONYM.fullmatch(short)
    if found is None:
        return False
    return (long[0], str(len(long) - 2), long[-1]) == found.groups()


def names_its_class(name: list[str], phrase: list[str], definition: set[str]) -> bool:
    """Say whether the phrase adds to the name only what its definition says it is (Adam optimizer)."""
    return len(phrase) == len(name) + 1 and phrase[:-1] == name and stem(phrase[-1]) in definition


def swaps_one_word(name: list[str], phrase: list[str], definition: set[str]) -> bool:
    """Say whether the phrase is the name but for one word before its noun, taken from the definition."""
    if len(name) != len(phrase) or len(name) < 2 or not _same_word(name[-1], phrase[-1]):
        return False
    other = [theirs for mine, theirs in zip(name, phrase, strict=True) if not _same_word(mine, theirs)]
    return len(other) == 1 and stem(other[0]) in definition
