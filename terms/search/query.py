"""What a reader asks: the words of a query, prepared, and how many there may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.conf import settings

from .. import text as wording
from .words import RUNS, is_unspaced, pairs, stem_token, stems_of, typed_token, words_of_name

QUERY_LENGTH = 400  # the longest name with its qualifier fits; what follows is not read
QUERY_WORDS = 32
PAGE_LENGTH = 100

# A shorter beginning is in nearly every text: it is looked for among names and aliases only.
_BEGINNING_LENGTH = 3


@dataclass(frozen=True)
class Word:
    """One word of a query, prepared: as typed, its stems, and whether a longer word may begin with it.

    A beginning may be too short for running text (`may_go_on_in_text`): it begins every other word.
    """

    token: str
    stems: tuple[str, ...]
    may_go_on: bool
    may_go_on_in_text: bool
    is_part: bool = False

    def is_in_name(self, tokens: Collection[str]) -> bool:
        """Whether a name with these prepared words has this word in some form."""
        return self._is_in(tokens, self.may_go_on)

    def is_in_text(self, tokens: Collection[str]) -> bool:
        """Whether a running text with these prepared words has this word in some form."""
        return self._is_in(tokens, self.may_go_on_in_text)

    def _is_in(self, tokens: Collection[str], may_go_on: bool) -> bool:
        return (
            self.token in tokens
            or (bool(self.stems) and all(stem in tokens for stem in self.stems))
            or (may_go_on and any(token.startswith(self.token) for token in tokens))
        )


@dataclass(frozen=True)
class Query:
    """What a reader asks: the whole as a name, and the words, all of which must be found."""

    name_key: str
    key: str
    words: tuple[Word, ...]


def parse(text: str) -> Query:
    """Read what somebody typed into a search box. Nothing is an error; there may be nothing to ask.

    The last word may be the beginning of a longer one: it may still be being typed.
    """
    text = storable(text)[:QUERY_LENGTH]
    spelt = words_of_name(text)[:QUERY_WORDS]
    words = [word for one in spelt[:-1] for word in _asked(one, is_last=False)]
    words += [word for one in spelt[-1:] for word in _asked(one, is_last=True)]
    return Query(wording.name_key(text), wording.sort_key(text), tuple(words[:QUERY_WORDS]))


def storable(text: str) -> str:
    """Drop what no database stores: NUL and halves of surrogate pairs."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")


def _asked(spelt: str, *, is_last: bool) -> Iterator[Word]:
    for run in RUNS.findall(spelt):
        if is_unspaced(run):
            yield from map(_asked_part, pairs(run)[: max(len(run) - 1, 1)])
        else:
            stems = tuple(map(stem_token, stems_of(run, settings.LANGUAGE_CODE)))
            yield Word(typed_token(run), stems, is_last, is_last and len(run) >= _BEGINNING_LENGTH)


def _asked_part(pair: str) -> Word:
    """A piece of a run without blanks; a single sign is found wherever a pair begins with it."""
    is_single = len(pair) == 1
    return Word(typed_token(pair), (), may_go_on=is_single, may_go_on_in_text=is_single, is_part=True)


def end_of_range(key: str) -> str:
    """What stands after every key that begins with this one, in the order of code points."""
    return key + "\U0010ffff"
