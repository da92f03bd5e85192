"""What speaks for two terms being one, or near to each other."""

from __future__ import annotations

from typing import NamedTuple

from .labels import ALIAS, NAME, PART, Label


class Evidence(NamedTuple):
    """One reason to take two terms for one concept, or (not `same`) for concepts near to each other.

    `a` is the smaller number, `method` a key of `METHODS`; `strength` goes from 0 to 1.
    """

    a: int
    b: int
    method: str
    strength: float
    reason: str
    same: bool = True


def evidence(one: Label, other: Label, method: str, strength: float, reason: str) -> Evidence:
    """Return evidence for two terms by these of their names."""
    a, b = sorted((one.term, other.term))
    return Evidence(a, b, method, strength * _worth(one, other), reason)


# What other names and parts of names are worth beside the names by which terms are called.
_WORTH = {
    (NAME, NAME): 1.0,
    (NAME, ALIAS): 0.92,
    (NAME, PART): 0.88,
    (ALIAS, ALIAS): 0.78,
    (ALIAS, PART): 0.7,
    (PART, PART): 0.7,
}


def _worth(one: Label, other: Label) -> float:
    return _WORTH[min(one.rank, other.rank), max(one.rank, other.rank)]


def near(one: Label, other: Label, method: str, strength: float, reason: str) -> Evidence:
    """Return evidence that two terms are near to each other, but not one."""
    a, b = sorted((one.term, other.term))
    return Evidence(a, b, method, strength, reason, same=False)


def both(one: Label, other: Label) -> str:
    """Name two names in a sentence."""
    return f"{one.quoted} and {other.quoted}"


def same_signs(one: Label, other: Label) -> bool:
    """Say whether numbers and signs are the same; “&” is a word."""
    return one.numbers == other.numbers and one.signs.replace("&", "") == other.signs.replace("&", "")
