"""Two changes of one text brought together, word by word.

Only words that both sides left alone keep their changes apart. Commas and spaces do not: two changes
side by side could make a sentence that nobody wrote. A blank line and the mark of a list item do.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import merge3

from ..markup.formulas import formula_at


class Place(NamedTuple):
    """A stretch of text that both sides changed, each in another way."""

    base: str
    current: str
    local: str


def merge(base: str, current: str, local: str) -> tuple[str, list[Place]]:
    """Return `local` with the changes that led from `base` to `current`, and where that was not possible.

    In these places stands what `local` says. Formulas, code, links and rows of tables are never cut.
    """
    sides = merge3.Merge3(
        list(_tokens(base)), list(_tokens(current)), list(_tokens(local)), sequence_matcher=_WordMatcher
    )
    merged: list[str] = []
    collisions = []
    for kind, *groups in sides.merge_groups():
        merged += groups[-1]
        if kind == "conflict":
            collisions.append(Place(*("".join(tokens).strip() for tokens in groups)))
    return "".join(merged), collisions


# --- What is never cut ---------------------------------------------------------------------------

_SIGNS = (
    r"!-/:-@\[-^`{-~\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb-\u00bf\u2010-\u2027\u2030-\u205e"
    r"\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff3e\uff40\uff5b-\uff65"
)
_IN_BRACKETS = r"(?:[^\[\]\n]++|\n(?![^\S\n]*+\n)|\[[^\[\]\n]*+\])*+"

# Every pattern stops at the next sign of its own kind and never goes back: a text of nothing but
# opened brackets is read once. A fence that is not closed goes to the end, as it does on the page.
_TOKEN = re.compile(
    rf"""
      (?P<fence>^[ \t>]*+(?P<fence_sign>`{{3,}}|~{{3,}})[^`\n]*+
        (?:\n(?![ \t>]*+(?P=fence_sign)[`~]*+[ \t]*+$)[^\n]*+)*+(?:\n[^\n]*+)?)
    | (?P<table>^(?=[^\n|]*+\|)[^\n]++\n
        [ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$
        (?:\n[^\S\n]*+[^\s][^\n]*+)*+)
    | (?<!`)(?P<ticks>`++)(?:[^`\n]++|\n(?![^\S\n]*+\n)|(?!(?P=ticks)(?!`))`++)*+(?P=ticks)(?!`)
    | \[\[[^\[\]\n]++\]\]
    | !?\[{_IN_BRACKETS}\](?:\([^()\n]*+(?:\([^()\n]*+\)[^()\n]*+)*+\)|\[[^\[\]\n]*+\])
    | \[\^[^\[\]\s]++\]
    | <[^<>\s]++>
    | https?://[^\s<>]++
    | [^\s{_SIGNS}]++(?:['’.,/:@-][^\s{_SIGNS}]++)*+[+\#]*+
    | [^\S\n]*+\n(?:[^\S\n]*+\n)++
    | [^\S\n]*+\n[^\S\n]*+(?:[-*+>]|\#{{1,6}}|\d{{1,9}}[.)])[^\S\n]++
    | [^\S\n]*+\n | [^\S\n]++ | \\[{_SIGNS}]
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_LOOSE = re.compile(rf"[^\S\n]*\n?|\\?[{_SIGNS}]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*+\n")
_ROW = re.compile(r"[^\n]+|\n")


def _tokens(text: str) -> Iterator[str]:
    at = paragraph_end = 0
    while at < len(text):
        if at >= paragraph_end:
            blank = _BLANK_LINE.search(text, at + 1)
            paragraph_end = blank.start() + 1 if blank else len(text)
        formula = formula_at(text, at, paragraph_end) if text[at] in "$\\" else None
        token = None if formula else _TOKEN.match(text, at)
        end = formula.end if formula else token.end() if token else at + 1
        if token and token["table"]:
            yield from _ROW.findall(token[0])
        else:
            yield text[at:end]
        at = end


def _is_word(token: str) -> bool:
    return not _LOOSE.fullmatch(token)


# --- Which words are the same --------------------------------------------------------------------

# How many pairs of equal words are looked at. Beyond this, two books of a hundred and fifty words
# each, repeated for ever, would take half a minute where real texts of the longest kind take two
# seconds; then all that lies between the first and the last difference counts as changed.
_COMPARABLE = 5_000_000


class _WordMatcher:
    """Finds the words that two texts share, in the way in which `merge3` asks for it.

    A comma or a space matches nothing: it is carried along with what stands between two words.
    """

    def __init__(
        self,
        isjunk: Callable[[str], bool] | None = None,
        a: Sequence[str] = "",
        b: Sequence[str] = "",
        autojunk: bool = True,
    ) -> None:
        self._places = [[at for at, token in enumerate(side) if _is_word(token)] for side in (a, b)]
        self._words = [[side[at] for at in places] for side, places in zip((a, b), self._places, strict=True)]
        self._isjunk, self._autojunk = isjunk, autojunk

    def get_matching_blocks(self) -> list[tuple[int, int, int]]:
        """Return the places of each shared word in both texts; an empty block ends the list."""
        a, b = self._places
        return [(a[i], b[j], 1) for i, j in self._pairs()] + [
            (a[-1] + 1 if a else 0, b[-1] + 1 if b else 0, 0)
        ]

    def _pairs(self) -> Iterator[tuple[int, int]]:
        a, b = self._words
        shorter = min(len(a), len(b))
        head = next((at for at in range(shorter) if a[at] != b[at]), shorter)
        shorter -= head
        tail = next((at for at in range(shorter) if a[-1 - at] != b[-1 - at]), shorter)
        yield from ((at, at) for at in range(head))
        yield from (
            (head + i + step, head + j + step)
            for i, j, length in self._between(a[head : len(a) - tail], b[head : len(b) - tail])
            for step in range(length)
        )
        yield from ((len(a) - at, len(b) - at) for at in range(tail, 0, -1))

    def _between(self, a: list[str], b: list[str]) -> Sequence[tuple[int, int, int]]:
        in_a, in_b = Counter(a), Counter(b)
        # The most frequent words are no beginning of a match for difflib either.
        rare = len(b) // 100 + 1
        if sum(in_a[word] * count for word, count in in_b.items() if count <= rare) > _COMPARABLE:
            return []
        return difflib.SequenceMatcher(self._isjunk, a, b, self._autojunk).get_matching_blocks()
