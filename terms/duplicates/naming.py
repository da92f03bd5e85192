"""One name against another: the forms of a name that are compared, and the small differences.

The same rules hold while a name is typed and in a scan over the whole glossary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from django.conf import settings
from rapidfuzz.distance import OSA

from .. import text


class ComparedName:
    """A name, and the forms of it that are compared."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = text.name_key(name)

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.key)

    @cached_property
    def singulars(self) -> list[str]:
        return [without_plural(word) for word in self.words]

    @cached_property
    def joined(self) -> str:
        """The name without plurals, blanks, hyphens and accents."""
        return "".join(self.singulars)

    @cached_property
    def signs(self) -> str:
        """What stands beside the words, except what only joins them: A* is not A."""
        return "".join(sign for sign in self.key if not (sign.isalnum() or sign in " -',"))

    @cached_property
    def numbers(self) -> list[str]:
        return _NUMBERS.findall(self.key)

    @cached_property
    def initials(self) -> frozenset[str]:
        """The initials of all words, and of all but the small ones: RLHF leaves out its “from”."""
        return initials_of(self.words)

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """The words that are written with more than one capital letter."""
        parts = _BETWEEN_WORDS.split(self.name)
        return frozenset(text.fold(part) for part in parts if sum(map(str.isupper, part)) > 1)


_NUMBERS = re.compile(r"\d+")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
SMALL_WORDS = frozenset(
    ["a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"]
)


def words_of(key: str) -> list[str]:
    """Return the words of a name key, without accents and apostrophes."""
    return [word.replace("'", "") for word in text.words(key)]


def initials_of(words: Sequence[str]) -> frozenset[str]:
    lists = words, [word for word in words if word not in SMALL_WORDS]
    return frozenset("".join(word[0] for word in some) for some in lists if len(some) > 1)


@lru_cache(maxsize=20_000)
def without_plural(word: str) -> str:
    """Return a form that an English singular and its plural share; it need not be a word.

    Stems would be the same for normal and normalization.
    """
    if len(word) < 4 or not word.isalpha() or word.endswith(("ss", "us", "is", "ias")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    word = word.removesuffix("s")
    return word[:-1] if word.endswith(("se", "xe", "ze", "che", "she")) else word


def small_difference(one: ComparedName, other: ComparedName) -> tuple[float, str] | None:
    """Compare names that are not the same, and return how surely they mean one thing, and why.

    Other numbers make other things: L1 and L2, GPT-2 and GPT-3.
    """
    if not one.words or one.numbers != other.numbers:
        return None
    if one.joined == other.joined:
        if one.signs != other.signs:
            return 0.6, "differs only in a sign"
        if one.key != other.key and text.fold(one.key) == text.fold(other.key):
            return 0.85, "differs only in an accent"
        return 0.85, "differs only in a plural or a hyphen"
    if one.signs != other.signs:
        return None
    if sorted(one.singulars) == sorted(other.singulars):
        return 0.8, "has the same words in another order"
    if one_letter_differs(one, other):
        return 0.6, "one letter differs"
    language = settings.LANGUAGE_CODE
    if text.loose_key(one.key, language) == text.loose_key(other.key, language):
        return 0.5, "differs only in the ending of a word"
    return None


_SHORTEST_WORD = 5
# A sign of these scripts is a syllable or a word; another one is another name.
_SIGNS_FOR_MORE_THAN_A_LETTER = re.compile("[\u2e80-\ud7ff]")


def one_letter_differs(one: ComparedName, other: ComparedName) -> bool:
    """Whether one long word has one letter more, less, changed or swapped with the next.

    Short words (top-k and top-p, Adam and AdamW), acronyms (MOSFET and MISFET) and other first
    letters (encoder and decoder) are different things as a rule, not slips of the hand.
    """
    if len(one.words) != len(other.words):
        return False
    different = [pair for pair in zip(one.words, other.words, strict=True) if pair[0] != pair[1]]
    if len(different) != 1:
        return False
    ours, theirs = different[0]
    return (
        min(len(ours), len(theirs)) >= _SHORTEST_WORD
        and ours[0] == theirs[0]
        and OSA.distance(ours, theirs, score_cutoff=1) == 1
        and not {ours, theirs} & (one.acronyms | other.acronyms)
        and not _SIGNS_FOR_MORE_THAN_A_LETTER.search(ours + theirs)
    )


_RESPELT = [
    (re.compile(pattern), instead)
    for pattern, instead in [
        ("(?:us|i|ora|era)$", "U"),
        ("(?:um|on|ae|a)$", "A"),
        ("(?:ex|ix|ice)$", "X"),
        ("(?<=[^aeiou]s)is$", ""),
        ("(?<=[a-z]{2})ve$|(?<=[a-z]{2})fe$", "f"),
        ("ae|oe", "e"),
        ("(?<=[a-z]{2})our(?!s?e)", "or"),
        ("(?<=[a-z]{2})is(?=(?:e|ed|er|ing|ation|able)?$)", "iz"),
        ("(?<=[a-z]{2})ys(?=(?:e|ed|er|ing)?$)", "yz"),
        ("ogue$", "og"),
        ("ogu(?=(?:ed|er|ing)$)", "og"),
        ("(?<=[bt])re$", "er"),
        ("(?<=[a-z]{2})en(?:se?|ce)$", "enc"),
        ("(?<=[aeiou])ll(?=(?:ed|er|ing|ation)$)", "l"),
        ("amme$", "am"),
        ("^sulph", "sulf"),
    ]
]
_SHORTEST_RESPELT = 5
_IRREGULAR = {
    "men": "man", "women": "woman", "mice": "mous", "children": "child", "feet": "foot", "teeth": "tooth",
    "people": "person", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
# The letters' names are no Latin plurals.
_IRREGULAR |= {name: name for letter, name in _IRREGULAR.items() if not letter.isascii()}


@lru_cache(maxsize=20_000)
def respelt(word: str) -> str:
    """Return a form of a singular that both spellings of English share, and its Latin plural.

    It need not be a word: thrombus and thrombi, defence and defense, leaf and leave(s) are each one, and
    so are two and 2, alpha and α.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < _SHORTEST_RESPELT or not word.isascii() or not word.isalpha():
        return word
    for pattern, instead in _RESPELT:
        word = pattern.sub(instead, word)
    return word
