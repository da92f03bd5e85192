"""Names of one short word, and names with its letters as initials."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from .. import text
from .evidence import Evidence, evidence
from .labels import Label, Names


def initials(names: Names) -> Iterator[Evidence]:
    """Names of one short word, and names with these initials."""
    short: dict[str, list[Label]] = defaultdict(list)
    for label in names.labels:
        if key := _as_an_acronym(label.text):
            short[key].append(label)
    long: dict[str, list[Label]] = defaultdict(list)
    for label in names.labels:
        for key in label.initials:
            if key in short and not _as_an_acronym(label.text):
                long[key].append(label)
    for key in sorted(long):
        yield from _with_initials(key, short[key], long[key])


_LONGEST_ACRONYM = 8


def _as_an_acronym(name: str) -> str:
    """Return the key of a name that is mostly capitals, without the points and hyphens in it."""
    if sum(map(str.isupper, name)) < 2:
        return ""
    key = text.name_key(name).replace(".", "").replace("-", "")
    fits = 1 < len(key) <= _LONGEST_ACRONYM and key.isalnum()
    return key if fits and sum(map(str.isupper, name)) > len(key) / 2 else ""


def _with_initials(key: str, short: list[Label], long: list[Label]) -> Iterator[Evidence]:
    """Yield the pairs; the more meanings an acronym has, the less does it say.

    ML of “Machine learning” is no sign that “Main loop” is meant: what is explained is left out.
    """
    meanings = {label.joined for label in long}
    explained = {label.term for label in long}
    strength = (0.8 if len(key) > 2 else 0.5) / len(meanings) ** 0.5
    for one in short:
        if one.term not in explained:
            for other in long[:_MOST_MEANINGS]:
                reason = f"{one.quoted} has the initials of {other.quoted}."
                yield evidence(one, other, "initials", strength, reason)


_MOST_MEANINGS = 20


def repeated_words(names: Names) -> Iterator[Evidence]:
    """Names of an acronym and the word that its last letter stands for already: BGP routing protocol."""
    begun: dict[str, list[Label]] = defaultdict(list)
    for label in names.labels:
        first = _CAPITALS.match(label.text)
        if first and 1 < len(label.words) < 4:
            begun[label.words[0]].append(label)
    for label in names.labels:
        called = names.called[label.term]
        for key in sorted((label.initials | {label.key}) & begun.keys()):
            for one in begun[key]:
                if one.term != label.term and len(called.words) > 1 and one.spelt[-1] == called.spelt[-1]:
                    reason = f"{one.quoted} repeats the last word of {called.quoted}."
                    yield evidence(one, called, "repeated_word", 0.74, reason)


_CAPITALS = re.compile(r"[A-Z][A-Z0-9]{2,}\b")
