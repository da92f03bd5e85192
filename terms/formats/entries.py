"""Where in a list or mapping the entries stand, whatever somebody has built around them.

A list of entries; a mapping with such a list under `terms`, `data` or the like; a mapping by slug or by
name; lists by category. Nothing here knows whether it was JSON or YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UnreadableFile
from .languages import language_of
from .member_names import SAYS_SOMETHING, field_of, holds_groups, holds_terms
from .record import RowProblem

Value = Any
Lines = Mapping[Any, int]

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 6
_DEEPEST_LISTS = 2
_DEEPEST_TEXTS = 2
_MOST_GROUPS = 2_000
_LETTER = re.compile(r"\w|0-9|#|[A-Z]-[A-Z]")


@dataclass(frozen=True)
class Entry:
    """A mapping that describes a term, and what its place in the file says about it.

    `key` is its key in a mapping of entries, `tags` what the lists are called that it stands in. `ref`
    and `keys` are what its system calls it, where that is known: others name it so.
    """

    members: Mapping[str, Value]
    line: int
    key: str = ""
    tags: tuple[str, ...] = ()
    ref: str = ""
    keys: tuple[str, ...] = field(default=())


def shown(value: Value, longest: int = 80) -> str:
    """Return the beginning of a value as it may stand in a message, whatever signs it holds."""
    return _UNFIT.sub("\ufffd", str(value)[:longest])


def entries_in(value: Value, lines: Lines) -> list[Entry | RowProblem]:
    """Return the entries of a file in its order, and what among them is none.

    `lines` tells where a mapping begins by its `id()`, and a member of it by that and its key.

    Raises UnreadableFile, with what the file seems to be instead, when there are none.
    """
    found = list(_Finder(lines).find(value, 1, 0))
    if not any(isinstance(item, Entry) for item in found):
        raise UnreadableFile(_what_it_is(value))
    return found


def refuse_other_data(value: Value) -> None:
    """Raise UnreadableFile for JSON of a known kind that holds terms, if any, in another way."""
    why = _why_refused(value)
    if why:
        raise UnreadableFile(why)


@dataclass(frozen=True)
class _Finder:
    lines: Lines

    def find(self, value: Value, line: int, depth: int) -> Iterator[Entry | RowProblem]:
        if depth > _DEEPEST:
            return
        if isinstance(value, list):
            yield from self._in_list(value, line, depth)
        elif isinstance(value, dict):
            yield from self._in_mapping(value, self.lines.get(id(value), line), depth)

    def _in_list(self, items: list[Value], line: int, depth: int) -> Iterator[Entry | RowProblem]:
        mappings = [item for item in items if isinstance(item, dict)]
        sample = mappings[:_MOST_GROUPS]
        if any(map(_is_group, sample)) or not _are_entries(sample):
            for item in sample:
                at = self.lines.get(id(item), line)
                yield from _tagged(self.find(item, at, depth + 1), _name_of(item) if _is_group(item) else "")
            return
        for item in items:
            yield self._entry(item, line)

    def _entry(self, item: Value, line: int) -> Entry | RowProblem:
        if isinstance(item, dict):
            return Entry(item, self.lines.get(id(item), line))
        message = "This is no entry: in a list of terms, each is a mapping with its name and its definition."
        return RowProblem(line, "", shown(item), message)

    def _in_mapping(self, mapping: dict[str, Value], line: int, depth: int) -> Iterator[Entry | RowProblem]:
        listed = list(self._in_lists_of_terms(mapping, line, depth)) or list(
            self._in_lists_of_groups(mapping, line, depth)
        )
        if listed:
            yield from listed
        elif _describes(mapping):
            yield Entry(mapping, line)
        else:
            yield from self._in_members(mapping, line, depth)

    def _in_lists_of_terms(
        self, mapping: dict[str, Value], line: int, depth: int
    ) -> Iterator[Entry | RowProblem]:
        for name, value in mapping.items():
            at = self._line_of(mapping, name, line)
            if holds_terms(name) and isinstance(value, list):
                yield from self.find(value, at, depth + 1)
            elif not isinstance(value, dict) or _describes(value, needs_name=False):
                continue
            elif holds_terms(name):
                yield from self.find(value, at, depth + 1)
            elif depth < _DEEPEST_LISTS and _may_be_called(name):
                yield from self._in_lists_of_terms(value, at, depth + 1)

    def _in_lists_of_groups(
        self, mapping: dict[str, Value], line: int, depth: int
    ) -> Iterator[Entry | RowProblem]:
        for name, value in mapping.items():
            if holds_groups(name) and isinstance(value, list | dict):
                yield from self.find(value, self._line_of(mapping, name, line), depth + 1)

    def _in_members(self, mapping: dict[str, Value], line: int, depth: int) -> Iterator[Entry | RowProblem]:
        """Yield the entries of a mapping by slug, by name or by category."""
        texts = {name: value for name, value in mapping.items() if isinstance(value, str)}
        # Texts by names deep in a file may be anything.
        if depth <= _DEEPEST_TEXTS and _are_definitions(mapping, texts):
            for name, text in texts.items():
                yield Entry({"definition": text}, self._line_of(mapping, name, line), key=name)
            return
        below = [value for value in mapping.values() if isinstance(value, list | dict)]
        are_entries = 2 * sum(
            isinstance(value, dict) and _describes(value, needs_name=False) for value in below
        )
        for name, value in mapping.items():
            at = self._line_of(mapping, name, line)
            if are_entries >= len(below) and isinstance(value, dict) and _describes(value, needs_name=False):
                yield Entry(value, at, key=name)
            elif isinstance(value, list) and _may_be_called(name):
                yield from _tagged(self.find(value, at, depth + 1), "" if _LETTER.fullmatch(name) else name)
            elif isinstance(value, dict) and _may_be_called(name):
                yield from self.find(value, at, max(depth + 1, _DEEPEST_TEXTS + 1))

    def _line_of(self, mapping: dict[str, Value], name: str, line: int) -> int:
        inner = mapping[name]
        below = self.lines.get(id(inner), line) if isinstance(inner, dict) else line
        return self.lines.get((id(mapping), name), below)


def _tagged(found: Iterable[Entry | RowProblem], tag: str) -> Iterator[Entry | RowProblem]:
    for item in found:
        yield replace(item, tags=(tag, *item.tags)) if tag and isinstance(item, Entry) else item


def _is_group(mapping: Mapping[str, Value]) -> bool:
    """Say whether a mapping gathers entries under a name: `{name: …, terms: […]}`."""
    return any(
        (holds_terms(name) or holds_groups(name))
        and isinstance(value, list)
        and _are_entries([m for m in value if isinstance(m, dict)])
        for name, value in mapping.items()
    )


def _may_be_called(name: str) -> bool:
    """Say whether a group of entries may be called so; the lists within an entry have names of their own."""
    return (field_of(name) or ("name", ""))[0] == "name"


def _name_of(mapping: Mapping[str, Value]) -> str:
    """Return what a group of entries is called."""
    for name, value in mapping.items():
        if field_of(name) == ("name", "") and isinstance(value, str):
            return value
    return ""


# --- What is an entry ----------------------------------------------------------------------------


def _are_entries(mappings: list[dict[str, Value]]) -> bool:
    named = [mapping for mapping in mappings if _has_name(mapping)]
    return 2 * len(named) > len(mappings) and any(_says_something(mapping) for mapping in named)


def _describes(mapping: Mapping[str, Value], *, needs_name: bool = True) -> bool:
    return _says_something(mapping) and (_has_name(mapping) or not needs_name)


def _has_name(mapping: Mapping[str, Value]) -> bool:
    return any(_is_name(name, value) or _is_block(name, value) for name, value in mapping.items())


def _is_name(name: str, value: Value) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    said = isinstance(first, str | int | float) or _is_in_languages(value)
    return said and (field_of(name) or ("",))[0] == "name"


def _says_something(mapping: Mapping[str, Value]) -> bool:
    in_languages = 0
    for name, value in mapping.items():
        field_, language = field_of(name) or ("", "")
        in_languages += bool(language and value and field_ == "name")
        if in_languages > 1 or _is_block(name, value) or (field_ in SAYS_SOMETHING and _is_said(value)):
            return True
    return False


def _is_said(value: Value) -> bool:
    return bool(value) and (not isinstance(value, dict) or _is_in_languages(value))


def _is_block(name: str, value: Value) -> bool:
    """Say whether a member holds name and definition in one language: `en: {term: …, def: …}`."""
    return bool(language_of(name)) and isinstance(value, dict) and _has_name_in_block(value)


def _has_name_in_block(block: Mapping[str, Value]) -> bool:
    return any(field_of(name) == ("name", "") for name in block)


def _is_in_languages(value: Value) -> bool:
    return isinstance(value, dict) and bool(value) and all(language_of(name) for name in value)


def _are_definitions(mapping: Mapping[str, Value], texts: Mapping[str, str]) -> bool:
    """Say whether the members are names with their definitions: nearly all of them texts of several words."""
    sentences = sum(len(text.split()) > 2 for text in texts.values())
    return bool(texts) and sentences * 5 >= len(mapping) * 4


# --- What a file is instead ----------------------------------------------------------------------


def _why_refused(value: Value) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        if {"model", "fields"} <= value[0].keys():
            return "This is a fixture for “manage.py loaddata”; load it with that command."
        if any(name.startswith("@") for name in value[0]):
            return _LINKED_DATA
    if not isinstance(value, dict):
        return ""
    if "$schema" in value and any(name in value for name in ("properties", "$defs", "definitions", "items")):
        return (
            "This is a JSON Schema: it describes how files of terms are made and holds no terms itself. "
            "Import one of the files that it describes."
        )
    if "@context" in value or "@graph" in value:
        return _LINKED_DATA
    if _is_rdf_json(value):
        return (
            "This is RDF/JSON, which is not read here. Save the vocabulary as Turtle, RDF/XML or JSON-LD "
            "and import that."
        )
    return ""


_LINKED_DATA = (
    "This is JSON-LD, but it holds no terms that are known here: neither DefinedTerm of schema.org nor "
    "Concept of SKOS."
)


def _is_rdf_json(value: Mapping[str, Value]) -> bool:
    """RDF/JSON is subject, predicate, then a list of objects with `type` and `value` (W3C Note, 2013)."""
    return any(
        isinstance(objects, list)
        and bool(objects)
        and all(isinstance(item, dict) and {"type", "value"} <= item.keys() for item in objects)
        and ":" in predicate
        for predicates in list(value.values())[:20]
        if isinstance(predicates, dict)
        for predicate, objects in predicates.items()
    )


def _what_it_is(value: Value) -> str:
    why = _why_refused(value)
    if why:
        return why
    example = value[0] if isinstance(value, list) and value else value
    names = (
        f" Its members are: {', '.join(list(example)[:8])}." if isinstance(example, dict) and example else ""
    )
    return (
        "No terms were found in the file. A list of terms is a list of mappings, each with a “term” and a "
        f"“definition”.{shown(names, 300)}"
    )
