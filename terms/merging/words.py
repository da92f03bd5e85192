"""How terms are told of in sentences and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..models import REMARK_LENGTH, Term


def names(terms: Iterable[Term]) -> list[str]:
    """Return the names of terms in quotation marks, each once with how many are called so."""
    counts = Counter(term.full_name for term in terms)
    return [f"“{name}”" if count == 1 else f"{count} terms “{name}”" for name, count in counts.items()]


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence lists them: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def shortened(note: str) -> str:
    """Return a note as far as the log takes it."""
    return note if len(note) <= REMARK_LENGTH else f"{note[: REMARK_LENGTH - 1]}…"
