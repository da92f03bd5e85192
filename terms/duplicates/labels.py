"""The names of all terms of a glossary, as they are compared with each other in a scan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from sys import intern
from typing import NamedTuple

from .. import text
from .facts import Facts
from .naming import SMALL_WORDS, ComparedName, initials_of, respelt, without_plural, words_of
from .wording import class_of

NAME, ALIAS, PART = 0, 1, 2


class Label(NamedTuple):
    """One name of one term: by which it is called, another one, or a part of a name.

    `words` are as they are written; `spelt` are the same in a form that plurals and spellings share.
    """

    term: int
    text: str
    rank: int
    kind: str
    words: tuple[str, ...]
    spelt: tuple[str, ...]

    @property
    def key(self) -> str:
        return text.name_key(self.text)

    @property
    def joined(self) -> str:
        """The name without plurals, joints, accents and the difference between two spellings."""
        return "".join(self.spelt)

    @property
    def content(self) -> tuple[str, ...]:
        """The words that say something, or all if none does."""
        return tuple(word for word in self.spelt if word not in SMALL_WORDS) or self.spelt

    @property
    def numbers(self) -> list[str]:
        return _NUMBERS.findall(" ".join(self.spelt))

    @property
    def signs(self) -> str:
        """What stands beside the words, but for points and strokes that only join or shorten them."""
        return ComparedName(_JOINTS.sub("", self.text)).signs

    @property
    def initials(self) -> frozenset[str]:
        return initials_of(self.words)

    @property
    def compared(self) -> ComparedName:
        return ComparedName(self.text)

    @property
    def quoted(self) -> str:
        return f"“{self.text}”"


_NUMBERS = re.compile(r"\d+")
_JOINTS = re.compile(r"(?<=\w)[./]")


def label(term: int, name: str, rank: int = NAME, kind: str = "") -> Label:
    """Return a name of a term with its words. Equal words are one object: there are very many names."""
    words = tuple(map(intern, words_of(text.name_key(name))))
    spelt = tuple(map(intern, (respelt(without_plural(word)) for word in words)))
    return Label(term, name, rank, kind, words, words if spelt == words else spelt)


class Names:
    """All names of a glossary, and what is known of the terms beside."""

    def __init__(self) -> None:
        self.labels: list[Label] = []
        self.called: dict[int, Label] = {}
        self.qualifiers: dict[int, str] = {}
        self.with_texts: set[int] = set()
        self.classes: dict[int, str] = {}
        self.related: dict[int, frozenset[int]] = {}

    def add(self, facts: Facts) -> None:
        name = label(facts.term, facts.name)
        aliases = [label(facts.term, alias.text, ALIAS, alias.kind) for alias in facts.aliases]
        self.called[facts.term] = name
        parts = list(_parts((name, *aliases)))
        if qualifier := facts.qualifier or _qualifier_in(facts.name):
            self.qualifiers[facts.term] = qualifier
            bare = _BRACKETS.sub(" ", facts.name).strip()
            parts.append(label(facts.term, f"{qualifier} {bare[:1].lower()}{bare[1:]}", PART))
        if facts.definition or facts.short_definition:
            self.with_texts.add(facts.term)
        seen = set()
        for one in (name, *aliases, *parts):
            key = one.key
            if key and key not in seen:
                seen.add(key)
                self.labels.append(one)
        if said_to_be := class_of(facts):
            self.classes[facts.term] = intern(said_to_be)
        if facts.related:
            self.related[facts.term] = facts.related

    def sort(self) -> None:
        """Bring the names into an order that does not hang on how they were given."""
        self.labels.sort(key=lambda label: (label.term, label.rank, label.text))

    def says(self, term: int, qualifier: str) -> bool:
        """Say whether the name of the term has the words of this qualifier: a head (attention) is one."""
        return set(label(term, qualifier).spelt) <= set(self.called[term].spelt)

    def are_related(self, a: int, b: int) -> bool:
        """Say whether a relation between the two is recorded."""
        return b in self.related.get(a, ()) or a in self.related.get(b, ())


_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{2,})[)\]]\s*")
# What headings have around a name: a number, an article, a question.
_AROUND_A_NAME = re.compile(
    r"^\s*\d{1,3}(?:\.\d{1,3})*[.)]\s+|^(?:what (?:is|are) )?(?:an? |the )(?=\w{3})|"
    r"^what (?:is|are) |\s*[?:]+\s*$",
    re.IGNORECASE,
)


def _parts(labels: Iterable[Label]) -> Iterator[Label]:
    """Yield names without what a heading adds, without their brackets, and acronyms that stand in these."""
    for one in labels:
        bare = _AROUND_A_NAME.sub("", one.text)
        if bare != one.text:
            yield label(one.term, bare, PART)
        if inside := _BRACKETS.search(one.text):
            outside = _BRACKETS.sub(" ", one.text).strip()
            yield label(one.term, outside, PART)
            if _abbreviate_each_other(outside, inside[1]):
                yield label(one.term, inside[1], PART)


def _qualifier_in(name: str) -> str:
    inside = _BRACKETS.search(name)
    if inside is None or _abbreviate_each_other(_BRACKETS.sub(" ", name).strip(), inside[1]):
        return ""
    return inside[1]


def _abbreviate_each_other(one: str, other: str) -> bool:
    return _abbreviates(label(0, one), label(0, other)) or _abbreviates(label(0, other), label(0, one))


def _abbreviates(short: Label, long: Label) -> bool:
    """Whether a name is the initials of another, or of the words that it begins with: KV, key-value cache."""
    return len(short.words) == 1 and any(letters.startswith(short.key) for letters in long.initials)


_MOST_TOGETHER = 64


def pairs_among(labels: Iterable[Label]) -> Iterator[tuple[Label, Label]]:
    """Yield every two names of different terms, the best name of each term; the smaller number first.

    Of very many terms with one name only the first is paired with all others.
    """
    best: dict[int, Label] = {}
    for one in labels:
        if one.term not in best or one.rank < best[one.term].rank:
            best[one.term] = one
    of_terms = [best[term] for term in sorted(best)]
    if len(of_terms) <= _MOST_TOGETHER:
        yield from combinations(of_terms, 2)
    else:
        yield from ((of_terms[0], other) for other in of_terms[1:])


def grouped(keyed: Iterable[tuple[str, Label]]) -> Iterator[list[Label]]:
    """Yield the names of several terms that stand under one key, in the order of the keys."""
    first: dict[str, Label] = {}
    groups: dict[str, list[Label]] = {}
    for key, one in keyed:
        if not key:
            continue
        if key not in first:
            first[key] = one
        elif first[key].term != one.term or key in groups:
            groups.setdefault(key, [first[key]]).append(one)
    for key in sorted(groups):
        yield groups[key]
