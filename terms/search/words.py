"""How words are prepared for the index, once, so that both databases find the same.

A word gives two tokens: "w" and the word as typed, "s" and its stem. A word asked for is found
by either, so "networks" finds "network"; and a text that has the very word matches twice and
ranks higher. Neighbours in a name are words together, too: "knn" finds "k-NN". What is no word of a
text but a fact about a term has tokens of its own: see `FACTS`. Tokens are ASCII letters and digits
beginning with a letter, which the tokenizers of both databases leave alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from string import ascii_lowercase, digits

from django.conf import settings

from .. import text as wording

# The number is raised when prepared words or lines of the index change; stems and the order of names
# change with the language. The next migrate then makes the index anew.
FORM = "5 " + "".join(sign for sign in settings.LANGUAGE_CODE if sign.isalnum() or sign == "-")

_WORD_LENGTH = 64
# PostgreSQL refuses a vector over 1 MB. Together these stay below, with the positions of words.
PREPARED_LENGTH = {"name": 20_000, "aliases": 80_000, "tags": 20_000, "short": 20_000, "body": 400_000}

# What tokens of facts begin with. A published term has one, a deprecated one has another: what is not
# wanted is left out by the rare of the two.
PUBLISHED, DEPRECATED = "p", "d"
# A token that nothing has.
NEVER = "n"
FACTS = {"letter": "l", "language": "g", "tag": "t"}
_FACT_LENGTH = 200  # in code at most 1,600 signs; PostgreSQL takes words of 2,046
_FACTS_LENGTH = 40_000

# What the token of a whole name begins with: its stems, in whatever order, are all of it.
_WHOLE = "e"
_WHOLE_LENGTH = 200

# Stands between names, so that the end of one and the beginning of the next are no phrase.
_GAP = "b"
_JOINED_AT_MOST = 3

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


_LITTLE_WORDS = {
    "de": "am an auf aus bei das dem den der des die ein eine einem einen einer es für ist im in man mit nach"
    " oder sich sind und von was welche welcher welches wenn wie wird zu zum zur",
    "en": "a about an and are as at be between by called can choose define definition difference do does"
    " explain for from get give how i in into is it its mean meaning means me of on or purpose s should"
    " stand stands than that the their then there these this those to use used using was we were what when"
    " where which who why will with work works you",
    "es": "al como con cuando de del donde el en es la las lo los o para por que se son su un una y",
    "fr": "a au aux avec ce ces comment d dans de des du en est et il l la le les on ou par pour quand que"
    " quel quelle qui s sont sur un une",
    "it": "a al come con da dei del della di e gli i il in la le lo o per quando che si sono su un una",
    "nl": "bij dat de die een en het hoe in is met naar of om op te van voor waar wat wie wordt zijn",
    "pt": "a ao as com como da das de do dos e em no na o os ou para por quando que se um uma",
}


@lru_cache(maxsize=8)
def little_words(language: str) -> frozenset[str]:
    """The folded words of a language that are in every text, without which a question can be put too."""
    return frozenset(map(wording.fold, _LITTLE_WORDS.get(language.split("-")[0].lower(), "").split()))


def is_unspaced(run: str) -> bool:
    """Whether this run (of `RUNS`) is of a script without blanks."""
    return bool(_UNSPACED.match(run))


def typed_token(word: str) -> str:
    """Return the token of a folded word as it was typed."""
    return "w" + word[:_WORD_LENGTH].translate(_CODES)


def stem_token(stem: str) -> str:
    """Return the token of a stem."""
    return "s" + stem[:_WORD_LENGTH].translate(_CODES)


def fact_token(kind: str, value: str) -> str:
    """Return the token of a fact, of a kind in `FACTS`: the slug of a tag, a letter, a language."""
    return FACTS[kind] + value.lower()[:_FACT_LENGTH].translate(_CODES)


def words_of_name(name: str) -> list[str]:
    """The words of a name; a name of signs only is one word, so that it is found too."""
    return wording.words(name) or [name for name in [wording.fold(name)] if name]


def stems_of(word: str, language: str) -> tuple[str, ...]:
    """The stems of a folded word, without what an apostrophe joins to it: `markov's`, `l'attention`."""
    parts = [part for part in word.split("'") if len(part) > 1] or [word]
    return tuple(_singular(wording.stem(part, language)) for part in parts)


# Snowball leaves `llms`, `bpes` and `gpus` as they are: words of a few letters are abbreviations.
_PLURAL_OF_ABBREVIATION = re.compile(r"(?!.*ss$)[a-z0-9]{2,4}s")


def _singular(stem: str) -> str:
    return stem[:-1] if _PLURAL_OF_ABBREVIATION.fullmatch(stem) else stem


def whole_tokens(words: Sequence[str], language: str) -> list[str]:
    """The tokens of these words as a whole name: in any order, without little words; or written as one."""
    little = little_words(language)
    weighty = [word for word in words if word not in little] or words
    tokens = [" ".join(sorted(stem for word in weighty for stem in stems_of(word, language)))]
    if 1 < len(words) <= _JOINED_AT_MOST:
        tokens += stems_of("".join(words), language)
    return [_WHOLE + token.translate(_CODES)[:_WHOLE_LENGTH] for token in tokens if token]


def joined(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The neighbours among the words of a name written as one word, each with where it begins and ends."""
    for length in range(2, _JOINED_AT_MOST + 1):
        for start in range(len(words) - length + 1):
            window = words[start : start + length]
            if not any(map(_UNSPACED.search, window)):
                yield start, start + length, "".join(window)


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
    words = words_of_name(text)
    of_words = [_tokens_of_word(word, language) for word in words]
    if len(words) > 1:
        of_words += [_tokens_of_word(word, language) for _, _, word in joined(words)]
    return frozenset(token for of_word in of_words for tokens in of_word for token in tokens)


@lru_cache(maxsize=20_000)
def row_of_tokens(text: str, language: str) -> str:
    """All tokens of a name or of one word, each between blanks: to be searched for one, or its beginning."""
    return f" {' '.join(tokens_of(text, language))} "


def as_typed(words: Iterable[str]) -> list[str]:
    """The words without their stems, as they stand beside each other in what `prepared` returns."""
    language = settings.LANGUAGE_CODE
    return [token for word in _in_pieces(words) for token in _tokens_of_word(word, language)[0]]


def prepared(column: str, words: Iterable[str]) -> str:
    """What the index takes of a text: words as typed, so that neighbours stay neighbours, then stems."""
    return _within(PREPARED_LENGTH[column], _in_pieces(words))


def prepared_names(column: str, names: Iterable[str], also: Iterable[str] = ()) -> str:
    """What the index takes of names, or of tags: as of a text, neighbours written as one word, and
    each name as a whole. `also` are names that have no other words than these."""
    language = settings.LANGUAGE_CODE
    of_names = [words_of_name(name) for name in names]
    together = [token for words in of_names for token in _tokens_of_joined(words, language)]
    for words in (*of_names, *map(words_of_name, also)):
        together += whole_tokens(words, language)
    room = PREPARED_LENGTH[column]
    apart = _within(room, (piece for words in of_names for piece in [*_in_pieces(words), ""]))
    return _cut(" ".join([apart, *together]), room)


def _tokens_of_joined(words: Sequence[str], language: str) -> Iterator[str]:
    for _, _, word in joined(words):
        typed, stems = _tokens_of_word(word[:_WORD_LENGTH], language)
        yield from (*typed, *stems)


def prepared_facts(status: str, letter: str, tags: Iterable[str], languages: Iterable[str]) -> str:
    """What the index takes of the facts about a term; tags are slugs."""
    tokens = [status, fact_token("letter", letter)]
    tokens += [fact_token("tag", slug) for slug in tags]
    tokens += [fact_token("language", language) for language in languages]
    return _cut(" ".join(tokens), _FACTS_LENGTH)


def _cut(tokens: str, room: int) -> str:
    return tokens if len(tokens) <= room else tokens[:room].rpartition(" ")[0]


def _within(room: int, words: Iterable[str]) -> str:
    language = settings.LANGUAGE_CODE
    typed: list[str] = []
    stems: list[str] = []
    for word in words:
        of_word = _tokens_of_word(word, language) if word else _NO_WORD
        room -= sum(len(token) + 1 for tokens in of_word for token in tokens)
        if room < 0:
            break
        typed += of_word[0]
        stems += of_word[1]
    return " ".join(typed + stems)


# An empty word is the end of a name.
_NO_WORD: tuple[tuple[str, ...], tuple[str, ...]] = ((_GAP,), ())
