"""Whether a heading or a text speaks of the thing that another heading names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...text import stem, words

_PARENTHESIS = re.compile(r"\s*\(([^()]*)\)\s*$")
_ACRONYM = re.compile(r"((?:[^\W_]+[ -]){1,10})\(([A-Z][A-Za-z]{1,9})\)")
_DASH = re.compile(r"\s[-–—]\s")
_PLURAL_ACRONYM = re.compile(r"\b([A-Z][A-Z0-9]+)s\b")
_DEFINES = re.compile(
    r"\W*(?:(?:an?|the)\s)?(?P<name>[^.!?:;]{1,160}?)\s+(?:is|are|refers? to|means?|denotes?|describes?)\s+"
    r"(?P<rest>\w+)",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(r"\w+(?:ed|ing)|built|known|made|often|not|also", re.IGNORECASE)
_MOST_ACRONYMS = 60


@dataclass(frozen=True)
class Name:
    """The forms in which a thing is mentioned: in full, or hinted at by an acronym in its name."""

    forms: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def is_in(self, stems: str) -> bool:
        return any(form in stems for form in self.forms)

    def is_hinted_at(self, stems: str) -> bool:
        return self.is_in(stems) or any(hint in stems for hint in self.hints)


class Mentions:
    """Makes the texts of a document comparable: stems, and acronyms for the words they stand for."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._acronyms: dict[str, str] = {}
        for text in texts:
            for found in _ACRONYM.finditer(text):
                self._learn(found[1], _stems(found[2]))

    def _learn(self, before: str, acronym: str) -> None:
        letters = acronym.strip()
        long = words(before)[-len(letters) :]
        if "".join(word[0] for word in long) == letters and len(self._acronyms) < _MOST_ACRONYMS:
            self._acronyms[_stems(" ".join(long))] = acronym

    def stems(self, text: str) -> str:
        """Return the stems of a text, a blank around each, so that names can be looked for in it."""
        stems = _stems(text)
        for long, acronym in self._acronyms.items():
            stems = stems.replace(long, acronym)
        return stems

    def name_of(self, heading: str) -> Name:
        """Return the forms in which what a heading names is mentioned elsewhere."""
        found = _PARENTHESIS.search(heading)
        inside = found[1] if found and "," not in found[1] and len(found[1].split()) < 6 else ""
        acronyms = [word for word in heading.split() if word[1:] != word[1:].lower()]
        called = (bare(heading), *_DASH.split(heading)[:-1], inside)
        forms, hints = (map(self.stems, texts) for texts in (called, acronyms))
        return Name(tuple(filter(str.strip, forms)), tuple(filter(str.strip, hints)))

    def defines(self, text: str, heading: str) -> bool:
        """Say whether a text begins with “X is a …” where X is what its heading says.

        It may say a word more (“An IP address is a …” below “IP”).
        """
        found = _DEFINES.match(text)
        if not found or _PARTICIPLE.fullmatch(found["rest"]):
            return False
        defined = set(self.stems(bare(found["name"])).split())
        named = set(self.stems(bare(heading)).split())
        more = defined - set(self.stems(heading).split())
        if more and not (len(more) == 1 and named <= defined):
            return False
        return bool(named) and 2 * len(defined & named) >= len(named)


def bare(heading: str) -> str:
    """Return a heading without the parenthesis at its end."""
    return _PARENTHESIS.sub("", heading) or heading


def acronym_in(heading: str) -> str:
    """Return the acronym in parentheses at the end of a heading, or nothing."""
    found = _PARENTHESIS.search(heading)
    inside = found[1] if found else ""
    is_acronym = re.fullmatch(r"[A-Z][\w-]{1,8}", inside) and inside[1:] != inside[1:].lower()
    return inside if is_acronym else ""


def _stems(text: str) -> str:
    singular = _PLURAL_ACRONYM.sub(r"\1", text)
    return f" {' '.join(stem(word) for word in words(singular))} "
