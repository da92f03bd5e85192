"""What a reader asks: the words of a query, prepared, and by what it is narrowed.

The syntax: words, all of which must be found, the last one also as a beginning; `"a phrase"`;
`beginning*`; `tag:`, `letter:`, `language:` and `status:` with a value; each with `-` before it for
what is not wanted. What cannot be read as syntax is plain words: nothing is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.conf import settings

from .. import text as wording
from .words import (
    DEPRECATED,
    NEVER,
    PUBLISHED,
    RUNS,
    as_typed,
    fact_token,
    is_unspaced,
    joined,
    little_words,
    pairs,
    stem_token,
    stems_of,
    typed_token,
    whole_tokens,
    words_of_name,
)

QUERY_LENGTH = 400  # the longest name with its qualifier fits; what follows is not read
QUERY_WORDS = 32
PAGE_LENGTH = 100

# A shorter beginning is in nearly every text: it is looked for among names and aliases only.
_BEGINNING_LENGTH = 3

# In so many words at the beginning of a query, names of so many words are looked for.
_CONTAINING = 12
_CONTAINED = 4

_STATUS_TOKENS = {"published": PUBLISHED, "deprecated": DEPRECATED}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query, prepared: as typed, its stems, and whether a longer word may begin with it.

    A beginning may be too short for running text (`may_go_on_in_text`): it begins every other word.
    `together` are the tokens of this word and its neighbours written as one, each with whether a
    longer word may begin with it: who asks for `drop out` finds `dropout`.
    """

    text: str
    token: str
    stems: tuple[str, ...]
    may_go_on: bool
    may_go_on_in_text: bool
    is_part: bool = False
    together: tuple[tuple[str, bool], ...] = ()

    def is_in_name(self, tokens: str) -> bool:
        """Whether a name with these prepared words (see `row_of_tokens`) has this word in some form."""
        return self._is_in(tokens, self.may_go_on)

    def is_in_text(self, tokens: str) -> bool:
        """Whether a running text with these prepared words has this word in some form."""
        return self._is_in(tokens, self.may_go_on_in_text)

    def _is_in(self, tokens: str, may_go_on: bool) -> bool:
        if f" {self.token}" in tokens and (may_go_on or f" {self.token} " in tokens):
            return True
        if self.stems and all(f" {stem} " in tokens for stem in self.stems):
            return True
        for token, goes_on in self.together:
            if f" {token}" in tokens and (goes_on or f" {token} " in tokens):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a query as it was typed, and the folded words in it."""

    typed: str
    kind: Literal["words", "beginning", "phrase", "fact"] = "words"
    words: tuple[str, ...] = ()
    is_unwanted: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asks: the whole as a name, the words and phrases, all of which must be found,
    and by what it is narrowed.

    `whole` are the tokens of its words as a whole name, `contained` those of the whole names that may
    stand in it. `facts` are tokens: one of each group is wanted. `unwanted` are words, phrases and facts, of
    which there must be none.
    """

    name_key: str
    key: str
    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    unwanted: tuple[Word, ...] = ()
    unwanted_phrases: tuple[tuple[str, ...], ...] = ()
    unwanted_facts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    contained: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it consists of words and nothing else."""
        return bool(self.words) and not (
            self.phrases or self.facts or self.unwanted or self.unwanted_phrases or self.unwanted_facts
        )

    @property
    def has_unwanted_words(self) -> bool:
        """Whether there are words or phrases that must not be found."""
        return bool(self.unwanted or self.unwanted_phrases)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be found by."""
        return not (self.words or self.phrases or self.facts)

    @property
    def asks_for_deprecated(self) -> bool:
        """Whether deprecated terms are asked for by their status."""
        return any(DEPRECATED in group for group in self.facts)


NO_QUERY = Query("", "")


def parse(text: str) -> Query:
    """Read what somebody typed into a search box. Nothing is an error; there may be nothing to ask.

    The last word may be the beginning of a longer one: it may still be being typed.
    """
    text = storable(text)[:QUERY_LENGTH]
    if not _HAS_SYNTAX.search(text):
        return parse_as_words(text)
    parts = list(_parts(text))
    if all(part.is_unwanted or not (part.words or part.kind == "fact") for part in parts):
        # With nothing that is wanted, a minus is no syntax.
        return parse_as_words(text)
    return _query(parts)


def parse_as_words(text: str) -> Query:
    """Read a text as words only, whatever signs it has: it is a name, perhaps."""
    text = storable(text)[:QUERY_LENGTH]
    return _query([Part(text, "words", tuple(words_of_name(text)))])


def narrowed(query: Query, *, tags: Sequence[str], letter: str, language: str, status: str) -> Query:
    """Return the query with what was chosen beside it."""
    facts = [(fact_token("tag", storable(tag)),) for tag in tags if tag]
    facts += [(fact_token("letter", storable(letter)),)] if letter else []
    facts += [(fact_token("language", storable(language)),)] if language else []
    facts += [(_STATUS_TOKENS.get(status, NEVER),)] if status else []
    return replace(query, facts=(*query.facts, *facts)) if facts else query


def text_with(query: Query, change: Callable[[str], str]) -> str:
    """Return the query as it would be typed with its plain words changed; who becomes nothing goes away."""
    return " ".join(filter(None, (_typed_with(part, change) for part in query.parts)))


def without_little_words(query: Query) -> Query:
    """Return the query without words such as "the", which are in every text; itself if it has no others."""
    little = little_words(settings.LANGUAGE_CODE)
    if not any(word.text in little for word in query.words):
        return query
    shorter = parse(text_with(query, lambda word: "" if word in little else word))
    return replace(shorter, facts=query.facts) if shorter.words or shorter.phrases else query


def _typed_with(part: Part, change: Callable[[str], str]) -> str:
    if part.kind != "words" or part.is_unwanted:
        return part.typed
    changed = [change(word) for word in part.words]
    return part.typed if changed == list(part.words) else " ".join(filter(None, changed))


def storable(text: str) -> str:
    """Drop what no database stores: NUL and halves of surrogate pairs."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")


def end_of_range(key: str) -> str:
    """What stands after every key that begins with this one, in the order of code points."""
    return key + "\U0010ffff"


# --- Parts -------------------------------------------------------------------------------------

_QUOTES = '"“”„‟«»＂'
_HAS_SYNTAX = re.compile(rf"[{_QUOTES}*]|(?<!\S)-\S|(?i:tag|letter|language|status):\S")
_PART = re.compile(
    rf"""
    (?P<minus>(?<!\S)-(?=\S))?
    (?: (?i:(?P<key>tag|letter|language|status)):
        (?: [{_QUOTES}](?P<quoted>[^{_QUOTES}]+)[{_QUOTES}] | (?P<value>[^\s{_QUOTES}]+) )
      | [{_QUOTES}](?P<phrase>[^{_QUOTES}]+)[{_QUOTES}]
      | (?P<plain>[^\s{_QUOTES}]+|[{_QUOTES}])
    )""",
    re.VERBOSE,
)


def _parts(text: str) -> Iterator[Part]:
    for found in _PART.finditer(text):
        is_unwanted = bool(found["minus"])
        value = found["quoted"] or found["value"]
        if value and _fact(found["key"], value):
            yield Part(found[0], "fact", is_unwanted=is_unwanted)
        elif found["phrase"]:
            yield Part(found[0], "phrase", tuple(wording.words(found["phrase"])), is_unwanted)
        else:
            plain = found[0].removeprefix("-") if is_unwanted else found[0]
            kind: Literal["words", "beginning"] = "beginning" if _BEGINNING.search(plain) else "words"
            yield Part(found[0], kind, tuple(wording.words(plain)), is_unwanted)


_BEGINNING = re.compile(r"\w\*$")


def _fact(key: str, value: str) -> tuple[str, ...]:
    """The tokens that one `key:value` stands for; none if it is not one."""
    key = key.lower()
    if key == "status":
        return tuple(token for token in [_STATUS_TOKENS.get(value.lower())] if token)
    return (fact_token(key, wording.slug_for(value) if key == "tag" else value),)


def _query(parts: Sequence[Part]) -> Query:
    wanted = [part for part in parts if not part.is_unwanted]
    name = " ".join(part.typed for part in wanted if part.kind != "fact")
    unwanted = [part for part in parts if part.is_unwanted]
    words = [word for part in wanted for word in part.words][:QUERY_WORDS]
    is_of_words = bool(words) and all(part.kind in {"words", "fact"} for part in wanted)
    return Query(
        wording.name_key(name.strip(_QUOTES + "* ")),
        wording.sort_key(name) if name else "",
        words=tuple(_words(wanted, may_go_on=parts[-1:] == wanted[-1:])),
        phrases=tuple(_phrases(wanted)),
        facts=tuple(_facts(wanted)),
        unwanted=tuple(_words(unwanted, may_go_on=False)),
        unwanted_phrases=tuple(_phrases(unwanted)),
        unwanted_facts=tuple(token for group in _facts(unwanted) for token in group),
        whole=tuple(whole_tokens(words, settings.LANGUAGE_CODE)) if is_of_words else (),
        contained=tuple(dict.fromkeys(_contained(words[:_CONTAINING]))),
        parts=tuple(parts),
    )


def _contained(words: Sequence[str]) -> Iterator[str]:
    """The tokens of the names that may stand among these words, of each run of a few of them."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + _CONTAINED, len(words)) + 1):
            yield from whole_tokens(words[start:end], settings.LANGUAGE_CODE)[:1]


def _facts(parts: Iterable[Part]) -> Iterator[tuple[str, ...]]:
    """The groups of tokens: every tag counts, of the other facts a term has one or some."""
    groups: dict[str, tuple[str, ...]] = {}
    for part in parts:
        found = _PART.match(part.typed) if part.kind == "fact" else None
        if found:
            tokens = _fact(found["key"], found["quoted"] or found["value"])
            key = tokens[0] if found["key"].lower() == "tag" else found["key"].lower()
            groups[key] = groups.get(key, ()) + tokens
    yield from groups.values()


def _phrases(parts: Iterable[Part]) -> Iterator[tuple[str, ...]]:
    for part in parts:
        if part.kind == "phrase" and (tokens := tuple(as_typed(part.words))):
            yield tokens[:QUERY_WORDS]


# --- Words -------------------------------------------------------------------------------------


def _words(parts: Sequence[Part], *, may_go_on: bool) -> list[Word]:
    """The words of the parts that are no phrases; the last of all may be a beginning."""
    spelt = [(word, part) for part in parts if part.kind in {"words", "beginning"} for word in part.words]
    spelt = spelt[:QUERY_WORDS]
    together = _together([word for word, _ in spelt], may_go_on)
    words: list[Word] = []
    for number, (word, part) in enumerate(spelt):
        is_last = may_go_on and number == len(spelt) - 1 and part is parts[-1]
        is_beginning = part.kind == "beginning" and word == part.words[-1]
        words += _asked(word, goes_on=is_last or is_beginning, together=together[number])
    return words[:QUERY_WORDS]


def _together(words: Sequence[str], may_go_on: bool) -> list[tuple[tuple[str, bool], ...]]:
    """For each word the tokens of what it may be a piece of."""
    found: list[list[tuple[str, bool]]] = [[] for _ in words]
    for start, end, word in joined(words):
        goes_on = may_go_on and end == len(words)
        tokens = [(typed_token(word), goes_on)]
        tokens += [(stem_token(stem), False) for stem in stems_of(word, settings.LANGUAGE_CODE)]
        for number in range(start, end):
            found[number] += tokens
    return [tuple(tokens) for tokens in found]


def _asked(spelt: str, *, goes_on: bool, together: tuple[tuple[str, bool], ...]) -> Iterator[Word]:
    for run in RUNS.findall(spelt):
        if is_unspaced(run):
            yield from map(_asked_part, pairs(run)[: max(len(run) - 1, 1)])
        else:
            stems = tuple(map(stem_token, stems_of(run, settings.LANGUAGE_CODE)))
            in_text = goes_on and len(run) >= _BEGINNING_LENGTH
            yield Word(run, typed_token(run), stems, goes_on, in_text, together=together)


def _asked_part(pair: str) -> Word:
    """A piece of a run without blanks; a single sign is found wherever a pair begins with it."""
    is_single = len(pair) == 1
    return Word(pair, typed_token(pair), (), may_go_on=is_single, may_go_on_in_text=is_single, is_part=True)
