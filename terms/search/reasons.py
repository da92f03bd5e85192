"""Why a term was found: what matched, and the passage that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, NamedTuple

from django.conf import settings

from .. import markup
from .. import text as wording
from ..models import Alias, Term
from .query import Query
from .words import tokens_of


@dataclass(frozen=True)
class MatchedOn:
    """Why a term was found: where, and how well.

    `text` is the name, alias or tag that matched. It is empty for the definition, and for a
    hidden alias, which counts as the name and is never shown.
    """

    field: Literal["name", "alias", "tag", "definition"]
    text: str
    how: Literal["exact", "prefix", "words"]


class _Label(NamedTuple):
    """A name of a term as it is compared, and as what it is reported."""

    text: str
    field: Literal["name", "alias", "tag"]
    shown: str


def reason_for(term: Term, query: Query) -> MatchedOn:
    """Say which label of a term that was found matched best; if none did, its definition."""
    labels = _labels(term)
    keys = [(label, wording.sort_key(label.text)) for label in labels]
    for label, key in keys:
        if key == query.key:
            return MatchedOn(label.field, label.shown, "exact")
    for label, key in keys:
        if key.startswith(query.key):
            return MatchedOn(label.field, label.shown, "prefix")
    return _matched_on_words([*labels, *_tag_labels(term)], query)


def _matched_on_words(labels: Sequence[_Label], query: Query) -> MatchedOn:
    """The first label with all the words; otherwise the first with one that the name has not."""
    found = [(label, tokens_of(label.text, settings.LANGUAGE_CODE)) for label in labels]
    for label, tokens in found:
        if all(word.is_in_name(tokens) for word in query.words):
            return MatchedOn(label.field, label.shown, "words")
    missed = [word for word in query.words if not word.is_in_name(found[0][1])]
    for label, tokens in found[1:]:
        if any(word.is_in_name(tokens) for word in missed):
            return MatchedOn(label.field, label.shown, "words")
    return MatchedOn("definition", "", "words")


def _labels(term: Term) -> list[_Label]:
    """The names of a term in the order in which they count; hidden aliases last and not shown."""
    shown = [alias.text for alias in term.aliases.all() if alias.kind != Alias.Kind.HIDDEN]
    hidden = [alias.text for alias in term.aliases.all() if alias.kind == Alias.Kind.HIDDEN]
    names = dict.fromkeys((term.full_name, term.name))
    return (
        [_Label(name, "name", term.name) for name in names]
        + [_Label(alias, "alias", alias) for alias in shown]
        + [_Label(alias, "name", "") for alias in hidden]
    )


def _tag_labels(term: Term) -> list[_Label]:
    return [_Label(tag.name, "tag", tag.name) for tag in sorted(term.tags.all(), key=attrgetter("name"))]


def recogniser(query: Query) -> Callable[[str], bool]:
    """A function that says of a word of a text whether it was asked for; it remembers its answers."""
    answers: dict[str, bool] = {}
    language = settings.LANGUAGE_CODE

    def is_asked(word: str) -> bool:
        if word not in answers:
            tokens = tokens_of(word, language)
            answers[word] = any(asked.is_in_text(tokens) for asked in query.words)
        return answers[word]

    return is_asked


_BLANK_LINES = re.compile(r"\n\s*\n")


def passage_for(term: Term, matched_on: MatchedOn, is_asked: Callable[[str], bool]) -> str:
    """The text from which the excerpt is cut: the short definition, unless the words are elsewhere.

    Of a long definition only the first block with a word is made plain: making all of it plain,
    for each hit, would take longer than the search.
    """
    short = term.short_definition
    if short and (matched_on.field != "definition" or any(map(is_asked, wording.words(short)))):
        return short
    blocks = _BLANK_LINES.split(term.definition)
    return next(_with_word(blocks, is_asked), "" if short else markup.to_plain_text(blocks[0])) or short


_MAY_HOLD_FORMULA = re.compile(r"[$\\]")


def _with_word(blocks: Sequence[str], is_asked: Callable[[str], bool]) -> Iterator[str]:
    """Those of the blocks that have a word, as plain text; the words of a formula are seen only there."""
    for block in blocks:
        has_formula = bool(_MAY_HOLD_FORMULA.search(block))
        if has_formula or any(map(is_asked, wording.words(block))):
            plain = markup.to_plain_text(block)
            if not has_formula or any(map(is_asked, wording.words(plain))):
                yield plain
