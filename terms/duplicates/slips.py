"""Names of which one seems to be mistyped."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from .blocking import one_edit_apart
from .evidence import Evidence, both, evidence, near
from .labels import Label, Names, pairs_among
from .naming import ComparedName, one_letter_differs


def slips(names: Names) -> Iterator[Evidence]:
    holders: dict[str, int | list[int]] = {}
    for place, label in enumerate(names.labels):
        key = label.joined
        if len(key) >= _SHORTEST_WITH_A_SLIP:
            held = holders.setdefault(key, place)
            if held != place:
                holders[key] = [*(held if isinstance(held, list) else [held]), place]
    by_numbers: dict[str, list[str]] = defaultdict(list)
    for key in holders:
        by_numbers[_NO_NUMBER.sub(" ", key)].append(key)

    def held_by(key: str) -> list[Label]:
        held = holders[key]
        return [names.labels[place] for place in (held if isinstance(held, list) else [held])]

    for some in by_numbers.values():
        for first, second in one_edit_apart(some) if len(some) > 1 else ():
            yield from _with_a_slip(*sorted((held_by(some[first]), held_by(some[second]))))


_SHORTEST_WITH_A_SLIP = 5
_NO_NUMBER = re.compile(r"\D+")


def _with_a_slip(ours: list[Label], theirs: list[Label]) -> Iterator[Evidence]:
    first, second = ours[0].compared, theirs[0].compared
    if ours[0].signs != theirs[0].signs or not one_letter_differs(first, second):
        return
    method, strength = _slip(first, second)
    keys = {label.joined for label in ours}
    for one, other in pairs_among([*ours, *theirs]):
        if (one.joined in keys) == (other.joined in keys):
            continue
        reason = f"{both(one, other)} differ in one letter."
        if "misspelling" in (one.kind, other.kind):
            yield evidence(one, other, "typo", 0.9, reason)
        elif method == "other_ending":
            yield near(one, other, method, strength, reason)
        else:
            yield evidence(one, other, method, strength, reason)


def _slip(one: ComparedName, other: ComparedName) -> tuple[str, float]:
    """Return how surely a letter was mistyped. Another letter makes another word as often: statue, statute.

    Swapped letters, doubled ones, silent ones and those that sound alike are slips, in long names above
    all; an ending is not (nitrate, nitrite).
    """
    ours, theirs = next(pair for pair in zip(one.words, other.words, strict=True) if pair[0] != pair[1])
    long = len(one.joined)
    sure = 0.76 if long >= 12 else 0.68 if long >= 8 else 0.5
    if len(ours) != len(theirs):
        if _is_doubled_or_silent(*sorted((ours, theirs), key=len)):
            return "typo", sure
        return "one_letter", 0.56 if min(len(ours), len(theirs)) >= _LONG_WORD else 0.44
    changed = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    if len(changed) == 2 or set(changed[0]) in _SOUND_ALIKE or not "".join(changed[0]).isascii():
        return "typo", sure
    if set(changed[0]) <= _VOWELS:
        return ("typo", sure * 0.85) if ours[-3:] == theirs[-3:] else ("other_ending", 0.4)
    return "one_letter", 0.52 if len(ours) > 12 else 0.44


_VOWELS = frozenset("aeiouy")
_SOUND_ALIKE = ({"s", "z"}, {"s", "c"}, {"c", "k"}, {"f", "v"}, {"g", "j"})
_LONG_WORD = 10


def _is_doubled_or_silent(short: str, long: str) -> bool:
    """Whether the letter more stands beside its like or is an h; at the end it makes another word."""
    at = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    return at < len(short) and (long[at] == "h" or long[at] in (long[at - 1], long[at + 1]))
