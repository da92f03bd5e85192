"""Links to terms: which names a text links by force, and links made in HTML from the gate."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from itertools import accumulate
from typing import Protocol

from django.utils.safestring import SafeString, mark_safe

from .parsing import all_tokens, markdown_parser
from .signs import set_of, without_foreign_signs


@dataclass(frozen=True)
class Target:
    """Where the name of another term leads to.

    `name` is what the term is called, `title` its short definition. Where `spelling` is given, running
    text is linked only when it is spelt just so: the acronym *IT* is not the word *it*. A name
    `only_by_force` is linked where it stands in double brackets, never in running text.
    """

    url: str
    title: str
    public_id: str
    spelling: str = ""
    only_by_force: bool = False
    name: str = ""


class Lookup(Protocol):
    """The names that can be linked, by key."""

    def get(self, key: str, /) -> Target | None:
        """Return where the name with this key leads, or None."""

    def reach(self, sign: str, /) -> int:
        """Return how many signs the longest name has whose key begins with this one; 0 if none does.

        Signs are those of `signs_of`. It may say more.
        """


def linked_names(markdown: str) -> list[str]:
    """Return the names that the text links by force (`[[Name]]`), each once, in order."""
    tokens = markdown_parser().parse(without_foreign_signs(markdown), {})
    return list(dict.fromkeys(token.meta["name"] for token in all_tokens(tokens) if token.type == "term_ref"))


def signs_of(key: str) -> list[str]:
    """Return what a key consists of: its words, and each other sign for itself."""
    return _SIGN.findall(key)


def link_terms(
    html: SafeString,
    lookup: Lookup,
    *,
    key: Callable[[str], str],
    skip: Collection[str] = (),
    automatic: bool = True,
    mark_unknown: bool = False,
) -> SafeString:
    """Make links of the names of other terms in HTML that `to_html` made.

    Forced names are linked wherever they stand, if they can be resolved. With `automatic` the first
    occurrence of each other name is linked too: longest match, whole words, never inside links,
    code, headings or formulas. Targets whose public id is in `skip` (the term itself) stay text.
    With `mark_unknown` a forced name that leads nowhere says so, to those who can put it right.

    `key` makes the key of a name; it must work piecewise, as `text.name_key` does: the key of
    several words is their keys with what stands between them, white space as one blank. A name of
    more than 40 signs is linked only by force, and so are scripts without blanks between words.
    Linking what is linked already changes nothing.
    """
    linked = _Linker(lookup, key, skip, automatic, mark_unknown).run(html)
    return mark_safe(linked)  # noqa: S308 - safe HTML, and links whose every part is escaped


_PIECE = re.compile(
    r'<span class="term-ref" data-name="(?P<name>[^"]*)">(?P<shown>[^<]*)</span>'
    r'|<(?P<close>/?)(?P<tag>[a-z][a-z0-9]*)(?:[^>"]++|"[^"]*+")*+>'
    r"|(?P<text>[^<]+)|<"
)
_LINKED_ALREADY = re.compile(r'<a class="term-link" [^<]*?data-term="([^"]*)"')
_NOT_RUNNING_TEXT = set_of("a code h1 h2 h3 h4 h5 h6 kbd math pre")
# A word may carry combining marks; every other sign stands for itself.
_SIGN = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*|\S")
_SIGN_AFTER_BLANK = re.compile(rf"(\s*)({_SIGN.pattern})")
# A line of dashes is no name; looking for long ones at each of its dashes would take forever.
_MOST_SIGNS = 40


class _Linker:
    """Walks through the pieces of one HTML text and remembers what is linked already."""

    def __init__(
        self,
        lookup: Lookup,
        key: Callable[[str], str],
        skip: Collection[str],
        automatic: bool,
        mark_unknown: bool,
    ) -> None:
        self.lookup = lookup
        self.key = lru_cache(maxsize=None)(key)
        self.skip = frozenset(skip)
        self.automatic = automatic
        self.mark_unknown = mark_unknown
        self.linked: set[str] = set()

    def run(self, html: str) -> str:
        self.linked.update(unescape(public_id) for public_id in _LINKED_ALREADY.findall(html))
        pieces = list(_PIECE.finditer(html))
        for piece in pieces:
            if piece["name"] is not None and (target := self._forced(piece["name"])):
                self.linked.add(target.public_id)
        return "".join(self._pieces(pieces))

    def _pieces(self, pieces: Sequence[re.Match[str]]) -> Iterator[str]:
        closed_to_links = 0
        for piece in pieces:
            if piece["tag"] in _NOT_RUNNING_TEXT:
                closed_to_links += -1 if piece["close"] else 1
            if piece["name"] is not None:
                target = self._forced(piece["name"])
                yield _link(target, piece["shown"]) if target else self._unlinked(piece)
            elif piece["text"] and self.automatic and not closed_to_links:
                yield self._running_text(piece["text"])
            else:
                yield piece[0]

    def _forced(self, name: str) -> Target | None:
        target = self.lookup.get(self.key(unescape(name)))
        return None if target is None or target.public_id in self.skip else target

    def _unlinked(self, piece: re.Match[str]) -> str:
        is_unknown = self.lookup.get(self.key(unescape(piece["name"]))) is None
        return _unknown(piece["shown"]) if self.mark_unknown and is_unknown else piece["shown"]

    def _running_text(self, raw: str) -> str:
        text = unescape(raw)
        parts: list[str] = []
        done = 0
        for start, end, target in self._names_in(text):
            if target.public_id in self.linked or target.public_id in self.skip:
                continue
            self.linked.add(target.public_id)
            parts += [
                escape(text[done:start], quote=False),
                _link(target, escape(text[start:end], quote=False)),
            ]
            done = end
        return "".join(parts) + escape(text[done:], quote=False) if parts else raw

    def _names_in(self, text: str) -> Iterator[tuple[int, int, Target]]:
        """Yield the names in the text, longest first, none inside another."""
        tokens = _SIGN_AFTER_BLANK.findall(text)
        keys = [self.key(sign) for _, sign in tokens]
        begun = [key if key.isascii() else next(iter(signs_of(key)), "") for key in keys]
        ends = list(accumulate(len(blank) + len(sign) for blank, sign in tokens))
        done = 0
        for at, reach in enumerate(map(self.lookup.reach, begun)):
            if not reach or at < done:
                continue
            start = ends[at] - len(tokens[at][1])
            found = None
            for last, run in self._runs(tokens, keys, at, min(reach, _MOST_SIGNS)):
                target = self.lookup.get(run)
                if target and _may_be_linked(target, text, start, ends[last]):
                    found = (last, target)
            if found:
                last, target = found
                yield start, ends[last], target
                done = last + 1

    def _runs(
        self, tokens: Sequence[tuple[str, str]], keys: Sequence[str], at: int, reach: int
    ) -> Iterator[tuple[int, str]]:
        """Yield the runs of so many signs that begin at this one: where each ends, and its key."""
        run = ""
        for last in range(at, len(tokens)):
            run += f" {keys[last]}" if tokens[last][0] and last > at else keys[last]
            # What cannot be seen has no key, and is not counted.
            reach -= bool(keys[last])
            if reach < 0:
                return
            yield last, run


def _may_be_linked(target: Target, text: str, start: int, end: int) -> bool:
    if target.only_by_force or target.spelling not in ("", text[start:end]):
        return False
    return _may_begin(text, start, end) and _may_end(text, end)


def _follows_apostrophe(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] in "'’" and _is_part_of_word(text[start - 2])


def _may_begin(text: str, start: int, end: int) -> bool:
    """A name does not begin inside a word, nor after its hyphen: *training* is not in *pre-training*."""
    if start == 0:
        return True
    before = text[start - 1]
    if before in "-‐‑":
        return start == 1 or not _is_part_of_word(text[start - 2])
    # What is left of “it's” and “don't” is no name, the noun of “l'attention” may be one.
    if _follows_apostrophe(text, start):
        return end - start > 2
    return not _is_part_of_word(before)


def _may_end(text: str, end: int) -> bool:
    """A name does not end inside a word, nor before a sign that makes it another name: C, C++, C#."""
    after = text[end : end + 1]
    if not after:
        return True
    if after in ".,":
        return not (text[end - 1].isdigit() and text[end + 1 : end + 2].isdigit())
    return after not in "+#" and not _is_part_of_word(after)


def _is_part_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_" or unicodedata.category(sign)[0] == "M"


def _unknown(shown: str) -> str:
    return f'<span class="unknown-term" title="No link: no single public term has this name.">{shown}</span>'


def _link(target: Target, shown: str) -> str:
    title = f' title="{escape(target.title)}"' if target.title else ""
    name = escape(target.name)
    # Where the text says the name anyway, it is not sent again.
    called = f' data-name="{name}"' if title and name not in ("", shown) else ""
    return (
        f'<a class="term-link" href="{escape(target.url)}"{title}{called} '
        f'data-term="{escape(target.public_id)}">{shown}</a>'
    )
