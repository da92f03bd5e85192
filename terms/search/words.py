"""How words are prepared for the index, once, so that both databases find the same.

A word gives two tokens: "w" and the word as typed, "s" and its stem. A word asked for is found
by either, so "networks" finds "network"; and a text that has the very word matches twice and
ranks higher. Tokens are ASCII letters and digits beginning with a letter, which the tokenizers
of both databases leave alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from string import ascii_lowercase, digits

from django.conf import settings

from .. import text as wording

# The number is raised when prepared words change; stems change with the language. The next migrate
# then makes the index anew.
FORM = "2 " + "".join(sign for sign in settings.LANGUAGE_CODE if sign.isalnum() or sign == "-")

_WORD_LENGTH = 64
# PostgreSQL refuses a vector over 1 MB. Together these stay below, with the positions of words.
PREPARED_LENGTH = {"name": 20_000, "aliases": 80_000, "tags": 20_000, "body": 400_000}

# Chinese and Japanese are written without blanks: each pair of neighbours is a word.
_CJK = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{_CJK}]")
RUNS = re.compile(f"[{_CJK}]+|[^{_CJK}]+")


class _Codes(dict[int, str]):
    """Signs as ASCII letters and digits, for `str.translate`: "+" is x2bz, and x itself is xx.

    No code is the beginning of another. So different words have different tokens, and a token
    begins another exactly when the word does.
    """

    def __missing__(self, point: int) -> str:
        return f"x{point:x}z"


_CODES = _Codes({ord(sign): sign for sign in ascii_lowercase + digits} | {ord("x"): "xx"})


def is_unspaced(run: str) -> bool:
    """Whether this run (of `RUNS`) is of a script without blanks."""
    return bool(_UNSPACED.match(run))


def typed_token(word: str) -> str:
    """Return the token of a folded word as it was typed."""
    return "w" + word[:_WORD_LENGTH].translate(_CODES)


def stem_token(stem: str) -> str:
    """Return the token of a stem."""
    return "s" + stem[:_WORD_LENGTH].translate(_CODES)


def words_of_name(name: str) -> list[str]:
    """The words of a name; a name of signs only is one word, so that it is found too."""
    return wording.words(name) or [name for name in [wording.fold(name)] if name]


def stems_of(word: str, language: str) -> tuple[str, ...]:
    """The stems of a folded word, without what an apostrophe joins to it: `markov's`, `l'attention`."""
    parts = [part for part in word.split("'") if len(part) > 1] or [word]
    return tuple(wording.stem(part, language) for part in parts)


def pairs(run: str) -> list[str]:
    """Each sign with the one after it; the last alone, so that a single sign finds it too."""
    return [run[start : start + 2] for start in range(len(run))]


def _in_pieces(words: Iterable[str]) -> Iterator[str]:
    """The words, long runs without blanks cut into overlapping pieces."""
    for word in words:
        if len(word) > _WORD_LENGTH and _UNSPACED.search(word):
            yield from (word[start : start + _WORD_LENGTH + 1] for start in range(0, len(word), _WORD_LENGTH))
        else:
            yield word[:_WORD_LENGTH]


@lru_cache(maxsize=100_000)
def _tokens_of_word(word: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of a folded word of a text: as typed, and stems."""
    typed: list[str] = []
    stems: list[str] = []
    for run in RUNS.findall(word):
        if is_unspaced(run):
            typed += map(typed_token, pairs(run))
        else:
            typed.append(typed_token(run))
            stems += map(stem_token, stems_of(run, language))
    return tuple(typed), tuple(stems)


@lru_cache(maxsize=20_000)
def tokens_of(text: str, language: str) -> frozenset[str]:
    """All tokens of a name, or of one word of a text as it stands there."""
    of_words = (_tokens_of_word(word, language) for word in words_of_name(text))
    return frozenset(token for of_word in of_words for tokens in of_word for token in tokens)


def as_typed(words: Iterable[str]) -> list[str]:
    """The words without their stems, as they stand beside each other in what `prepared` returns."""
    language = settings.LANGUAGE_CODE
    return [token for word in _in_pieces(words) for token in _tokens_of_word(word, language)[0]]


def prepared(column: str, words: Iterable[str]) -> str:
    """What the index takes: the words as typed, so that neighbours stay neighbours, then the stems."""
    language, room = settings.LANGUAGE_CODE, PREPARED_LENGTH[column]
    typed: list[str] = []
    stems: list[str] = []
    for word in _in_pieces(words):
        of_word = _tokens_of_word(word, language)
        room -= sum(len(token) + 1 for tokens in of_word for token in tokens)
        if room < 0:
            break
        typed += of_word[0]
        stems += of_word[1]
    return " ".join(typed + stems)
