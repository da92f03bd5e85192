"""Other names that a text gives: “also known as”, “short for”, “see”."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from .. import text
from .evidence import Evidence
from .facts import Facts
from .labels import Names

_CALLED = re.compile(
    r"\b(?:(?:also|otherwise|sometimes|often|commonly) (?:known|called|named|termed|referred to)(?: as)?|"
    r"a\.?k\.?a\.?|short for|stands for|abbreviation (?:of|for)|another (?:name|word|term) for|"
    r"synonyms? (?:of|for)|^see(?: also)?:?) +(?:the |an? )?(?P<name>[^.,;:()\n]{2,80})",
    re.IGNORECASE,
)
# Looking for these is much quicker than looking for the whole, and most texts have none of them.
_HINTS = (
    *("known", "called", "named", "termed", "referred", "aka", "a.k.a", "short for", "stands for"),
    *("abbreviation ", "another name", "another word", "another term", "synonym"),
)
_MARKS = re.compile(r"[*_`“”\"\[\]]")
_BEGINNING = 600
_MOST_WORDS = 8
_MOST_MEANT = 8


class Mentions:
    """Gathers what texts give as other names of their terms, to find whose names these are."""

    def __init__(self) -> None:
        self._said: list[tuple[int, str, list[str]]] = []

    def add(self, facts: Facts) -> None:
        for passage in (facts.short_definition, facts.definition[:_BEGINNING]):
            lower = passage.lower()
            if lower.startswith("see ") or any(hint in lower for hint in _HINTS):
                for match in _CALLED.finditer(_MARKS.sub("", passage)):
                    name = text.name_key(match["name"]).split(" ")[:_MOST_WORDS]
                    keys = [" ".join(name[:count]) for count in range(len(name), 0, -1)]
                    reason = f"The text of “{facts.name}” says “{' '.join(match[0].split())}”."
                    self._said.append((facts.term, reason, keys))

    def of(self, names: Names) -> Iterator[Evidence]:
        """Yield the terms that are meant: those with the longest name that the words begin with."""
        wanted = {key for _, _, keys in self._said for key in keys}
        holders: dict[str, list[int]] = defaultdict(list)
        for label in names.labels if wanted else ():
            if (key := label.key) in wanted:
                holders[key].append(label.term)
        for term, reason, keys in self._said:
            meant = next((holders[key] for key in keys if key in holders), [])
            for other in meant[:_MOST_MEANT]:
                if other != term:
                    yield Evidence(min(term, other), max(term, other), "called", 0.74, reason)
