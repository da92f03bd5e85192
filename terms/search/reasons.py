"""What is shown of a term that was found: why it was, and the passage that shows it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from django.conf import settings

from .. import markup
from .. import text as wording
from .engines import current_statements, rows_among
from .found import FoundTerm
from .query import Query, Word
from .words import row_of_tokens, stems_of


@dataclass(frozen=True, slots=True)
class MatchedOn:
    """Why a term was found: where, and how well.

    `text` is the name, alias or tag that matched. It is empty for the definition, and for a
    hidden alias, which counts as the name and is never shown. `language` is that of an alias in
    another language than the site's.
    """

    field: Literal["name", "alias", "tag", "definition"]
    text: str
    how: Literal["exact", "prefix", "words"]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A term that was found; `excerpt` is its text in pieces, each with whether it is a match.

    `tags` are the slugs of its tags, in order.
    """

    term: FoundTerm
    matched_on: MatchedOn
    excerpt: list[tuple[str, bool]]
    tags: tuple[str, ...] = ()


class _Label(NamedTuple):
    """A name of a term as it is compared, and as what it is reported."""

    text: str
    key: str
    field: Literal["name", "alias", "tag"]
    shown: str
    language: str = ""

    def matched(self, how: Literal["exact", "prefix", "words"]) -> MatchedOn:
        return MatchedOn(self.field, self.shown, how, self.language)


def hits_of(ids: Sequence[int], query: Query) -> list[Hit]:
    """Return the terms with these ids, in this order, as hits of a query; what is not public is left out."""
    if not ids:
        return []
    statements = current_statements()
    terms = {row[0]: FoundTerm(*row) for row in rows_among(statements.terms, ids)}
    labels, tags = _labels(ids, terms), _tags(ids)
    reasons = {pk: _reason(labels[pk], tags[pk], query) for pk in terms}
    is_asked = Recogniser(query)
    definitions = _definitions(terms, reasons, is_asked)
    hits = []
    for pk in ids:
        if term := terms.get(pk):
            passage = _passage(term, definitions.get(pk, ""), is_asked)
            excerpt = markup.excerpt(passage, is_asked if is_asked.is_in(passage) else None)
            slugs = tuple(sorted(slug for _, slug in tags[pk]))
            hits.append(Hit(term, reasons[pk], excerpt, slugs))
    return hits


def _labels(ids: Sequence[int], terms: Mapping[int, FoundTerm]) -> Mapping[int, list[_Label]]:
    """The names of each term in the order in which they count; hidden aliases last and not shown."""
    shown: dict[int, list[_Label]] = defaultdict(list)
    hidden: dict[int, list[_Label]] = defaultdict(list)
    for pk, key, text, language, is_alias, is_hidden in rows_among(current_statements().lines, ids):
        if pk not in terms:
            continue
        if not is_alias:
            shown[pk].append(_Label(text, key, "name", terms[pk].name))
        elif is_hidden:
            hidden[pk].append(_Label(text, key, "name", ""))
        else:
            shown[pk].append(_Label(text, key, "alias", text, language))
    return defaultdict(list, {pk: shown[pk] + hidden.get(pk, []) for pk in terms})


def _tags(ids: Sequence[int]) -> Mapping[int, list[tuple[str, str]]]:
    tags: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for pk, name, slug in rows_among(current_statements().tags, ids):
        tags[pk].append((name, slug))
    return tags


def _reason(labels: Sequence[_Label], tags: Sequence[tuple[str, str]], query: Query) -> MatchedOn:
    """The label of a term that was found which matched best; if none did, its definition."""
    if query.key:
        for label in labels:
            if label.key == query.key:
                return label.matched("exact")
        for label in labels:
            if label.key.startswith(query.key):
                return label.matched("prefix")
    of_tags = [_Label(name, "", "tag", name) for name, _ in tags]
    return _matched_on_words([*labels, *of_tags], query)


def _matched_on_words(labels: Sequence[_Label], query: Query) -> MatchedOn:
    """The first label with all the words; otherwise the first with one that the name has not."""
    words, language = _positive_words(query), settings.LANGUAGE_CODE
    found = [(label, row_of_tokens(label.text, language)) for label in labels]
    for label, tokens in found:
        if all(word.is_in_name(tokens) for word in words):
            return label.matched("words")
    missed = [word for word in words if not (found and word.is_in_name(found[0][1]))]
    for label, tokens in found[1:]:
        if any(word.is_in_name(tokens) for word in missed):
            return label.matched("words")
    return MatchedOn("definition", "", "words")


def _positive_words(query: Query) -> list[Word]:
    """The words of the query, those of its phrases in no other form than as they were typed."""
    of_phrases = dict.fromkeys(token for phrase in query.phrases for token in phrase)
    return [*query.words, *(Word("", token, (), False, False) for token in of_phrases)]


class Recogniser:
    """Says of a word of a text whether it was asked for; it remembers its answers."""

    def __init__(self, query: Query) -> None:
        self._words = _positive_words(query)
        self._language = settings.LANGUAGE_CODE
        self._answers: dict[str, bool] = {}
        self._beginnings = _beginnings(query)
        self._candidates = _words_that_begin("".join(sorted(self._beginnings)))

    def __call__(self, word: str) -> bool:
        answer = self._answers.get(word)
        if answer is None:
            answer = self._answers[word] = self._is_asked(word)
        return answer

    def _is_asked(self, word: str) -> bool:
        if word.isascii() and word.isalnum() and word[0].lower() not in self._beginnings:
            return False
        tokens = row_of_tokens(word, self._language)
        return any(asked.is_in_text(tokens) for asked in self._words)

    def is_in(self, text: str) -> bool:
        """Whether a text has a word that was asked for."""
        # An inflected form begins like the word: most words of a text need no closer look.
        words = self._candidates.findall(text) if text.isascii() else wording.words(text)
        return any(map(self, words))


@lru_cache(maxsize=2_000)
def _words_that_begin(letters: str) -> re.Pattern[str]:
    """What finds the words of an ASCII text that begin with one of these letters, or after an apostrophe."""
    return re.compile(rf"(?<![A-Za-z0-9])(?:[{re.escape(letters)}]|[A-Za-z]+')[A-Za-z0-9'+#]*", re.IGNORECASE)


def _beginnings(query: Query) -> frozenset[str]:
    """The first letters of the words that a text may have, and of their stems."""
    of_phrases = [word for part in query.parts if part.kind == "phrase" for word in part.words]
    texts = [*(word.text for word in query.words), *of_phrases]
    stems = (stem for text in texts for stem in stems_of(text, settings.LANGUAGE_CODE))
    return frozenset(text[0] for text in (*texts, *stems) if text)


_BLANK_LINES = re.compile(r"\n\s*\n")


def _definitions(
    terms: Mapping[int, FoundTerm], reasons: Mapping[int, MatchedOn], is_asked: Recogniser
) -> Mapping[int, str]:
    """The long texts of those whose short definition does not show why they were found."""
    needed = [
        pk
        for pk, term in terms.items()
        if not term.short_definition
        or (reasons[pk].field == "definition" and not is_asked.is_in(term.short_definition))
    ]
    return dict(rows_among(current_statements().definitions, needed)) if needed else {}


def _passage(term: FoundTerm, definition: str, is_asked: Recogniser) -> str:
    """The text from which the excerpt is cut: the short definition, unless the words are elsewhere.

    Of a long definition only the first block with a word is made plain: making all of it plain,
    for each hit, would take longer than the search.
    """
    short = term.short_definition
    if not definition:
        return short
    blocks = _BLANK_LINES.split(definition)
    return next(_with_word(blocks, is_asked), "" if short else markup.to_plain_text(blocks[0])) or short


_MAY_HOLD_FORMULA = re.compile(r"[$\\]")
# One line of words and their usual signs: no Markdown, so that nothing has to be made plain.
_IS_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 .,;:()'\"?%/–—-]*")


def _with_word(blocks: Sequence[str], is_asked: Recogniser) -> Iterator[str]:
    """Those of the blocks that have a word, as plain text; the words of a formula are seen only there."""
    for block in blocks:
        has_formula = bool(_MAY_HOLD_FORMULA.search(block))
        if has_formula or is_asked.is_in(block):
            plain = block if _IS_PLAIN.fullmatch(block) else markup.to_plain_text(block)
            if not has_formula or is_asked.is_in(plain):
                yield plain
