"""A query in the language of the full-text index that is connected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .engines import Place, current_engine
from .query import Query, Word
from .words import DEPRECATED, NEVER


def expression(query: Query, place: Place, *, with_deprecated: bool) -> str:
    """Return what finds the terms with all that the query asks for, its words being in this place."""
    return _all_of(query, place, lambda word: forms(word, place), with_deprecated)


def typed_expression(query: Query, *, with_deprecated: bool) -> str:
    """Return what finds the terms whose names have the words as they are typed."""
    return _all_of(query, "names", _form_as_typed, with_deprecated)


def whole_expression(query: Query, *, with_deprecated: bool) -> str:
    """Return what finds the terms of which a whole name has these words and no others, in any order."""
    return narrowed_to(_any_of(query.whole or [NEVER]), query, with_deprecated=with_deprecated)


def contained_expression(query: Query) -> str:
    """Return what finds the terms of which a whole name stands in the query."""
    return _any_of(query.contained or [NEVER])


def _any_of(tokens: Iterable[str]) -> str:
    engine = current_engine()
    return f"({engine.either.join(engine.token(token, False, 'names') for token in tokens)})"


def narrowed_to(wanted: str, query: Query, *, with_deprecated: bool) -> str:
    """Return an expression narrowed as the query is, without its words and phrases."""
    return _joined([wanted, *_facts(query.facts)], _unwanted(query, with_deprecated))


def whole_words(query: Query) -> str:
    """Return what the rank hangs on: the words and their stems, of which a text has some."""
    engine = current_engine()
    tokens = [token for word in query.words for token in (word.token, *word.stems)]
    tokens += [token for phrase in query.phrases for token in phrase]
    tokens = tokens or [token for group in query.facts for token in group]
    return engine.either.join(engine.token(token, False, "texts") for token in tokens)


def forms(word: Word, place: Place) -> str:
    """Return the forms in which a word may stand in a place."""
    engine = current_engine()
    # Asked for by itself too, where it is asked for as a beginning: the very word ranks higher.
    found = [engine.token(word.token, False, place)]
    if word.may_go_on:
        found.append(engine.token(word.token, True, place if word.may_go_on_in_text else "names"))
    if word.stems:
        stems = (engine.token(stem, False, place) for stem in word.stems)
        found.append(f"({engine.both.join(stems)})")
    found += [engine.token(token, goes_on, place) for token, goes_on in word.together]
    return engine.either.join(found)


def _form_as_typed(word: Word) -> str:
    return current_engine().token(word.token, word.is_part and word.may_go_on, "names")


def _all_of(query: Query, place: Place, form: Callable[[Word], str], with_deprecated: bool) -> str:
    engine = current_engine()
    wanted = [f"({form(word)})" for word in query.words]
    if query.whole:
        wanted = [f"(({engine.both.join(wanted)}){engine.either}{_any_of(query.whole)})"]
    wanted += [engine.phrase(phrase, place) for phrase in query.phrases]
    return _joined([*wanted, *_facts(query.facts)], _unwanted(query, with_deprecated))


def _facts(groups: Iterable[Sequence[str]]) -> list[str]:
    engine = current_engine()
    return [
        f"({engine.either.join(engine.token(token, False, 'texts') for token in group)})" for group in groups
    ]


def _unwanted(query: Query, with_deprecated: bool) -> list[str]:
    engine = current_engine()
    found = [f"({forms(word, 'texts')})" for word in query.unwanted]
    found += [engine.phrase(phrase, "texts") for phrase in query.unwanted_phrases]
    facts = query.unwanted_facts if with_deprecated else (*query.unwanted_facts, DEPRECATED)
    return found + [engine.token(fact, False, "texts") for fact in facts]


def _joined(wanted: Sequence[str], unwanted: Sequence[str]) -> str:
    engine = current_engine()
    return engine.without.join([f"({engine.both.join(wanted)})", *unwanted])
