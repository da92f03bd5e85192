"""Names that sound alike and mean two things: numbers, another word, a word more, another letter.

What differs so is no duplicate as a rule, but often related: its own list, its own reasons.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .. import text
from .labels import NAME, Label, Names, grouped, pairs_among
from .naming import one_letter_differs
from .same_words import capital_more, general_strength


class Contrast(NamedTuple):
    """How two names differ in kind: a key of `METHODS` and a sentence.

    `behind` is the last word of those that stand behind the other name, if that is the difference.
    """

    method: str
    reason: str
    behind: str = ""


def contrast(one: Label, other: Label) -> Contrast | None:
    """Return how two names differ in kind, or None if they do not, or have little in common."""
    if not one.spelt or not other.spelt or one.key == other.key:
        return None
    both = f"{one.quoted} and {other.quoted}"
    if _NUMBERS.findall(one.key) != _NUMBERS.findall(other.key) and _numberless(one) == _numberless(other):
        return Contrast("number", f"{both} differ in a number.")
    if one.joined == other.joined:
        return _another_sign(one, other, both)
    if general_strength(one.compared.singulars, other.compared.singulars):
        return None
    if len(one.spelt) == len(other.spelt):
        return _another_word(one, other, both)
    return _more_words(*sorted((one, other), key=lambda label: len(label.spelt)))


_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def _numberless(label: Label) -> str:
    return _NUMBERS.sub("0", label.key)


def _another_sign(one: Label, other: Label, both: str) -> Contrast | None:
    if one.signs != other.signs:
        return Contrast("sign", f"{both} differ only in a sign.")
    if capital_more(one.text, other.text):
        return Contrast("letter", f"{both} differ in a letter of a short name.")
    return None


def _another_word(one: Label, other: Label, both: str) -> Contrast | None:
    ours, theirs = Counter(one.spelt), Counter(other.spelt)
    mine, yours = list((ours - theirs).elements()), list((theirs - ours).elements())
    if len(mine) != 1:
        return None
    if len(one.words) == 1:
        return _another_letter(one.words[0], other.words[0], both)
    if one_letter_differs(one.compared, other.compared):
        return None
    first = one.words[one.spelt.index(mine[0])]
    second = other.words[other.spelt.index(yours[0])]
    if _is_inflected(first, second):
        return None
    return Contrast("other_word", f"{both} differ in one word: “{first}” and “{second}”.")


def _is_inflected(one: str, other: str) -> bool:
    """Whether two words are the same but for their endings, as far as that can be told: tax, taxation."""
    short, long = sorted((one, other), key=len)
    return text.stem(one) == text.stem(other) or (len(short) > 2 and long.startswith(short))


def _another_letter(one: str, other: str, both: str) -> Contrast | None:
    if _SIGNS.sub("", one) == _SIGNS.sub("", other):
        return Contrast("sign", f"{both} differ only in a sign.")
    if _bare(one) == _bare(other):
        return Contrast("other_word", f"{both} differ in what stands before the same word.")
    short, long = sorted((one, other), key=len)
    more = len(long) - len(short)
    held = more in (1, 2) and len(long) <= _SHORT_NAME and (long.startswith(short) or long.endswith(short))
    if held or (more == 0 and len(long) < _SHORTEST_WORD and sum(map(str.__ne__, one, other)) == 1):
        return Contrast("letter", f"{both} differ in a letter of a short name.")
    return None


_SIGNS = re.compile(r"\W")
_PREFIXES = re.compile(
    "^(?:under|over|super|multi|hyper|micro|macro|intra|inter|hypo|semi|self|anti|post|auto|"
    "non|dis|sub|uni|pre|un|in|im|ir|de|bi|en|ex)(?=[a-z]{4})"
)
# GPT and GPTQ, Adam and AdamW: what is longer is seldom told from its neighbour by a letter.
_SHORT_NAME = 7
_SHORTEST_WORD = 5


def _bare(word: str) -> str:
    return _PREFIXES.sub("", word)


def _more_words(short: Label, long: Label) -> Contrast | None:
    more = len(long.spelt) - len(short.spelt)
    if long.spelt[:-more] == short.spelt:
        added = " ".join(long.words[-more:])
        reason = f"{long.quoted} is {short.quoted} with “{added}” behind it."
        return Contrast("more_words", reason, long.compared.singulars[-1])
    if long.spelt[more:] == short.spelt:
        added = " ".join(long.words[:more])
        return Contrast("more_words", f"{long.quoted} is {short.quoted} with “{added}” before it.")
    return None


def contrasting(names: Names) -> Iterator[tuple[int, int]]:
    """Yield the terms whose names differ in kind, but for those of which there are many."""
    called = [label for label in names.labels if label.rank == NAME]
    for keyed in _blocks(called):
        for labels in grouped(keyed):
            yield from _contrasting(labels, names)


def _blocks(called: list[Label]) -> Iterator[Iterator[tuple[str, Label]]]:
    for count in range(2, _MOST_WORDS + 1):
        yield _without_a_word([label for label in called if len(label.spelt) == count])
    yield ((_numberless(label), label) for label in called if _NUMBERS.search(label.text))
    yield _shortened(called)
    yield _bared(called)


_MOST_WORDS = 5
_MOST_ALIKE = 8
# Without texts nothing else tells which of them belong together.
_MOST_WITHOUT_TEXTS = 2


def _contrasting(labels: list[Label], names: Names) -> Iterator[tuple[int, int]]:
    alike = len({label.spelt for label in labels})
    for one, other in pairs_among(labels) if alike <= _MOST_ALIKE else ():
        have_texts = {one.term, other.term} <= names.with_texts
        if (have_texts or alike <= _MOST_WITHOUT_TEXTS) and contrast(one, other):
            yield one.term, other.term


def _without_a_word(called: Iterable[Label]) -> Iterator[tuple[str, Label]]:
    """Yield the names without each of their words, in any order; of two words the place counts."""
    for label in called:
        some = label.spelt
        for at in range(len(some)):
            rest = sorted((*some[:at], *some[at + 1 :]))
            yield f"{at} {rest[0]}" if len(rest) == 1 else " ".join(rest), label


def _shortened(called: Iterable[Label]) -> Iterator[tuple[str, Label]]:
    """Yield each name whole, and without one or two words before or behind where that is a name too."""
    called = list(called)
    whole = {" ".join(label.spelt) for label in called}
    for label in called:
        some = label.spelt
        yield " ".join(some), label
        shorter = {" ".join(part) for more in (1, 2) for part in (some[more:], some[:-more])}
        yield from ((key, label) for key in sorted(shorter & whole) if key)


def _bared(called: Iterable[Label]) -> Iterator[tuple[str, Label]]:
    """Yield the names of one word without a prefix, and short ones without letters before or behind."""
    for label in called:
        if len(label.words) == 1:
            word = label.words[0]
            yield _bare(_SIGNS.sub("", word)), label
            if len(word) <= _SHORT_NAME:
                ends = {word, word[1:], word[:-1], word[2:], word[:-2]}
                yield from ((f"-{end}", label) for end in sorted(ends) if len(end) > 1)


def qualifiers_differ(one: str, other: str) -> bool:
    """Say whether two homographs are told apart by what stands in their brackets."""
    if not one or not other:
        return False
    return not set(text.loose_key(one).split()) & set(text.loose_key(other).split())
