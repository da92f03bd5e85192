"""schema.org's DefinedTerm and DefinedTermSet in JSON-LD, as a file or within a page of HTML.

Contexts are never fetched: properties are known by their names, with or without a prefix. A term of our
own export (its `@id` ends with `/t/<id>/` and its code is that id) is read as what it was: its id and its
texts come back as they are. (schema.org, DefinedTerm and DefinedTermSet; JSON-LD 1.1.)
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import unquote

from ..errors import UnreadableFile
from ..text import name_key
from . import prose
from .decoding import decode
from .described import Draft, drafted
from .entries import Entry, shown
from .entry_links import linked
from .languages import best_match, language_of
from .markdown_text import plain_inline
from .record import (
    LONGEST_SHORT_DEFINITION,
    AliasRecord,
    ExternalIdRecord,
    Glossary,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from .safe_json import Document, load
from .skos.whole import OWN_ADDRESS

SCHEME = "schema-org"

Value = Any

_TERM_TYPES = frozenset(["DefinedTerm", "CategoryCode"])
_SET_TYPES = frozenset(["DefinedTermSet", "CategoryCodeSet"])
_MEMBERS_OF_A_SET = frozenset(["hasDefinedTerm", "hasCategoryCode"])
_IN_A_SET = frozenset(["inDefinedTermSet", "inCodeSet"])
_ADDRESSES = ("https://schema.org/", "http://schema.org/")
_PREFIXES = ("schema:", "sdo:", "schemaorg:", *_ADDRESSES)

_TYPED = re.compile(r'["/:](?:DefinedTerm|CategoryCode)(?:Set)?["\']')
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script", re.IGNORECASE)
_LONGEST_TAG = 1_000
_URI = re.compile(r"(?:https?://|urn:)[^\s<>\"]+", re.IGNORECASE)
_MOST_SCRIPTS = 1_000


# --- Reading -------------------------------------------------------------------------------------


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are terms of schema.org, or a page with them in a script."""
    try:
        text = decode(data)
    except UnreadableFile:
        return 0.0
    if "@type" not in text or not _TYPED.search(text):
        return 0.0
    if text.lstrip().startswith(("{", "[")):
        return 0.98
    if "application/ld+json" not in text:
        return 0.0
    # What a page shows as a list of definitions says more than its script.
    return 0.4 if "<dl" in text.lower() else 0.95


def scripts_in(text: str) -> list[tuple[int, str]]:
    """Return the JSON-LD that stands in a page, with the lines where it begins."""
    found: list[tuple[int, str]] = []
    place = line_at = 0
    line = 1
    while len(found) < _MOST_SCRIPTS and (opening := _SCRIPT.search(text, place)):
        begin = text.find(">", opening.end(), opening.end() + _LONGEST_TAG) + 1
        place = begin or opening.end()
        if begin and "application/ld+json" in text[opening.end() : begin].lower():
            closing = _SCRIPT_END.search(text, begin)
            if closing is None:
                break
            line += text.count("\n", line_at, begin)
            line_at = begin
            found.append((line, text[begin : closing.start()]))
            place = closing.end()
    return found


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each DefinedTerm and a problem for each that cannot be used.

    Nothing is fetched, whatever contexts are named.

    Raises UnreadableFile for what is no JSON, and when it holds no DefinedTerm.
    """
    items: list[Entry | RowProblem] = []
    book = _Book(language)
    for document in _documents(decode(data), items):
        for line, name in document.repeated:
            message = (
                "This name stands twice in one mapping; what it says last was taken. Write a list instead."
            )
            items.append(RowProblem(line, shown(name), "", message, fatal=False))
        book.enter(document)
    if not book.terms:
        raise UnreadableFile("The file holds no DefinedTerm of schema.org, or none that has a name.")
    items += book.entries()
    yield from linked(
        item if isinstance(item, RowProblem) else _drafted(item, book.own.get(item.ref), language)
        for item in items
    )


def _drafted(entry: Entry, own: Mapping[str, str] | None, language: str) -> Draft | RowProblem:
    """Return the draft of an entry; what our own writer wrote stands in it as it was."""
    draft = drafted(entry, language=language)
    if own is None or isinstance(draft, RowProblem):
        return draft
    texts: dict[str, Any] = dict(own)
    return replace(draft, record=replace(draft.record, **texts))


def _documents(text: str, problems: list[Entry | RowProblem]) -> Iterator[Document]:
    if text.lstrip().startswith(("{", "[")):
        yield load(text)
        return
    for line, script in scripts_in(text):
        try:
            yield load(script, first_line=line)
        except UnreadableFile as error:
            problems.append(RowProblem(line, "", "", f"A script was left out. {error.message}"))


@dataclass
class _Set:
    """The set that terms stand in: its identity and what it is called."""

    key: str = ""
    name: str = ""
    language: str = ""


@dataclass
class _Term:
    """One DefinedTerm: its properties by their bare names, with the set it stands in."""

    said: dict[str, Value]
    words: _Words
    line: int
    own_set: _Set
    sets: list[_Set] = field(default_factory=list)


class _Book:
    """The terms of all documents of a file."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.terms: list[_Term] = []
        self.by_id: dict[str, _Term] = {}
        self.names_of_sets: dict[str, str] = {}
        self.own: dict[str, Mapping[str, str]] = {}

    def enter(self, document: Document) -> None:
        """Walk through a document and keep the terms; the same term again adds what is new."""
        words = _Words.of(document.value)
        waiting: list[tuple[Value, _Set, bool, int]] = [
            (document.value, _Set(language=words.language), False, 1)
        ]
        while waiting:
            value, in_set, is_member, line = waiting.pop()
            if isinstance(value, list):
                waiting += [(item, in_set, is_member, line) for item in reversed(value)]
            elif isinstance(value, dict):
                line = document.lines.get(id(value), line)
                said = words.renamed(value)
                types = words.types(said)
                if types & _SET_TYPES:
                    in_set = self._set(said, in_set)
                elif types & _TERM_TYPES or (is_member and not types):
                    self._add(
                        _Term(
                            said, words, line, in_set, [self._set_of(item, words) for item in _sets_in(said)]
                        )
                    )
                waiting += [
                    (inner, in_set, name in _MEMBERS_OF_A_SET, line)
                    for name, inner in reversed(said.items())
                    if isinstance(inner, list | dict) and name != "@context"
                ]

    def _set(self, said: Mapping[str, Value], outer: _Set) -> _Set:
        name = _first(said.get("name"))
        key = _first(said.get("@id")) or _first(said.get("url")) or name
        if name:
            self.names_of_sets.setdefault(key, name)
        return _Set(
            key,
            name,
            _first(said.get("inLanguage")) if isinstance(said.get("inLanguage"), str) else outer.language,
        )

    def _set_of(self, value: Value, words: _Words) -> _Set:
        """Return the set that a term names: by its name, its address or as a mapping."""
        if isinstance(value, dict):
            return self._set(words.renamed(value), _Set())
        text = _first(value)
        return _Set(text, "" if _URI.fullmatch(text) else text)

    def _add(self, term: _Term) -> None:
        if not term.said.get("name"):
            return
        key = _first(term.said.get("@id"))
        known = self.by_id.get(key) if key else None
        if known is not None and name_key(_first(known.said["name"])) == name_key(_first(term.said["name"])):
            known.said = {**term.said, **known.said}
            known.sets += term.sets
            return
        self.by_id.setdefault(key, term)
        self.terms.append(term)

    def entries(self) -> Iterator[Entry]:
        """Yield an entry for each term."""
        ids = Counter(_first(term.said.get("@id")) for term in self.terms)
        codes = Counter(code for term in self.terms for code in _texts(term.said.get("termCode")))
        sets = {one.key for term in self.terms for one in _all_sets(term) if one.key}
        shared = frozenset(key for key in (*ids, *codes) if ids[key] > 1 or codes[key] > 1)
        for term in self.terms:
            reader = _TermReader(term, self.language, shared)
            entry = reader.entry(self._tags(term) if len(sets) > 1 else ())
            if reader.own:
                self.own[entry.ref] = reader.own
            yield entry

    def _tags(self, term: _Term) -> tuple[str, ...]:
        names = [one.name or self.names_of_sets.get(one.key, "") for one in _all_sets(term)]
        return tuple(dict.fromkeys(name for name in names if name and len(name) <= 100))


def _all_sets(term: _Term) -> list[_Set]:
    return term.sets or [term.own_set]


def _sets_in(said: Mapping[str, Value]) -> list[Value]:
    values = [said[name] for name in _IN_A_SET if name in said]
    return [item for value in values for item in _listed(value)]


# --- One term ------------------------------------------------------------------------------------

_READ = frozenset(
    ["@id", "@type", "@context", "name", "alternateName", "description", "disambiguatingDescription"]
) | {"identifier", "termCode", "codeValue", "sameAs", "url", "inLanguage", "subjectOf"}  # fmt: skip


class _TermReader:
    """Turns one term into an entry in the words that `described` reads."""

    def __init__(self, term: _Term, language: str, shared: frozenset[str]) -> None:
        self.said = term.said
        self.words = term.words
        self.line = term.line
        self.shared = shared
        stated = _first(term.said.get("inLanguage")) if isinstance(term.said.get("inLanguage"), str) else ""
        tag = language_of(stated or term.own_set.language)
        self.foreign = tag if tag and best_match(language, [tag]) is None else ""
        self.own = self._own()

    def _own(self) -> dict[str, str]:
        """Return the id, address and texts of a term that our own writer wrote, else nothing."""
        address = _first(self.said.get("@id"))
        own = OWN_ADDRESS.fullmatch(address)
        is_ours = own and own["id"] in _texts(self.said.get("termCode")) and address not in self.shared
        name, description = self.said.get("name"), self.said.get("description", "")
        if not own or not is_ours or self.foreign or not isinstance(name, str):
            return {}
        definition = next(filter(None, map(_markdown_in, self._works())), "")
        is_short = isinstance(description, str) and 0 < len(description) <= LONGEST_SHORT_DEFINITION
        if not is_short and description not in ("", _lead(definition)):
            return {}
        terms = f"{own['site']}terms/"
        page = _first(self.said.get("url"))
        return {
            "id": own["id"],
            "name": name,
            "slug": unquote(page.removeprefix(terms).strip("/")) if page.startswith(terms) else "",
            "short_definition": description if is_short and description != _lead(definition) else "",
            "definition": definition,
        }

    def _works(self) -> list[dict[str, Value]]:
        works = _listed(self.said.get("subjectOf"))
        return [self.words.renamed(item) for item in works if isinstance(item, dict)]

    def entry(self, tags: tuple[str, ...]) -> Entry:
        codes = [code for name in ("termCode", "codeValue") for code in _texts(self.said.get(name))]
        own_id = _first(self.said.get("@id"))
        works = self._works()
        own_addresses = {own_id, _first(self.said.get("url"))} if self.own else {own_id}
        members = {
            "term": self._by_language(self.said.get("name")),
            "aliases": [
                {"text": text, "language": tag} if tag else text
                for text, tag in self._tagged(self.said.get("alternateName"))
            ],
            "short_definition": "" if self.own else self._descriptions(),
            "definition": next(filter(None, map(_markdown_in, works)), ""),
            "sources": [cited for work in works for cited in self._citations(work)],
            "qualifier": _first(self.said.get("disambiguatingDescription")),
            "tags": [code for code in codes if code in self.shared],
            "link": [url for url in _texts(self.said.get("url")) if url not in own_addresses],
            "external_ids": [*self._uris(own_id), *self._identifiers(), *self._codes(codes)],
            "further": {name: value for name, value in self.said.items() if name not in _READ | _IN_A_SET},
        }
        spoken_of = {name: value for name, value in members.items() if value}
        if "definition" not in spoken_of and spoken_of.get("short_definition"):
            spoken_of["definition"] = spoken_of.pop("short_definition")
        return Entry(spoken_of, self.line, tags=tags, ref=self._ref(own_id))

    def _tagged(self, value: Value) -> list[tuple[str, str]]:
        return [(text, language_of(tag) or self.foreign) for text, tag in _said(value)]

    def _by_language(self, value: Value) -> Value:
        tagged = self._tagged(value)
        plain = [text for text, tag in tagged if not tag]
        return {tag: text for text, tag in reversed(tagged) if tag} if not plain else plain[0]

    def _descriptions(self) -> Value:
        tagged = [(_as_markdown(text), tag) for text, tag in self._tagged(self.said.get("description"))]
        plain = [text for text, tag in tagged if not tag]
        if self.foreign or not plain:
            return {tag: text for text, tag in tagged if tag}
        return "\n\n".join(plain)

    def _uris(self, own_id: str) -> list[Value]:
        is_theirs = _URI.fullmatch(own_id) and own_id not in self.shared and not self.own
        own = [own_id] if is_theirs else []
        uris = [*own, *(uri for uri in _texts(self.said.get("sameAs")) if _URI.fullmatch(uri))]
        return [{"scheme": "uri", "value": uri} for uri in dict.fromkeys(uris)]

    def _identifiers(self) -> list[Value]:
        found: list[Value] = []
        for item in _listed(self.said.get("identifier")):
            if isinstance(item, dict):
                said = self.words.renamed(item)
                text = _first(said.get("value")) or _first(said.get("url")) or _first(said.get("@id"))
                scheme = _first(said.get("propertyID")) or "identifier"
                found.append({"scheme": scheme[:100], "value": text})
            elif text := _first(item):
                found.append({"scheme": "uri" if _URI.fullmatch(text) else "identifier", "value": text})
        return found

    def _citations(self, work: Mapping[str, Value]) -> Iterator[Value]:
        for item in _listed(work.get("citation")):
            said = self.words.renamed(item) if isinstance(item, dict) else {"name": item}
            title, address = _first(said.get("name")), _first(said.get("url"))
            yield {"title": title or address, "url": address, "locator": _first(said.get("pagination"))}

    def _codes(self, codes: Iterable[str]) -> list[Value]:
        theirs = [code for code in codes if code not in self.shared and code != self.own.get("id")]
        return [{"scheme": "termCode", "value": code} for code in theirs]

    def _ref(self, own_id: str) -> str:
        if own_id and own_id not in self.shared and not own_id.startswith("_:"):
            return own_id if _URI.fullmatch(own_id) else f"{SCHEME}:{own_id}"
        for item in [*self._identifiers(), *self._codes(_texts(self.said.get("termCode")))]:
            return item["value"] if item["scheme"] == "uri" else f"{SCHEME}:{item['value']}"
        return ""


def _as_markdown(text: str) -> str:
    """Return a description, which is plain text or HTML, often with its signs escaped."""
    if prose.is_html(text):
        return prose.from_html(text)
    return text if prose.placed(text)[0] else prose.escaped(text)


def _markdown_in(work: Mapping[str, Value]) -> str:
    """Return the Markdown that we write beside the description of a term."""
    text = work.get("text")
    return text if _first(work.get("encodingFormat")) == _MARKDOWN and isinstance(text, str) else ""


# --- Values --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Words:
    """What the contexts of a file call the properties of schema.org, and its usual language."""

    names: Mapping[str, str] = field(default_factory=dict)
    prefixes: tuple[str, ...] = _PREFIXES
    language: str = ""

    @classmethod
    def of(cls, value: Value) -> _Words:
        """Gather the contexts at the top of a file; those elsewhere are rare and only add names."""
        names: dict[str, str] = {}
        prefixes = list(_PREFIXES)
        language = ""
        for context in _contexts(value):
            for name, meaning in context.items():
                meant = meaning.get("@id") if isinstance(meaning, dict) else meaning
                if not isinstance(meant, str):
                    continue
                if name == "@language":
                    language = meant
                elif meant in _ADDRESSES and not name.startswith("@"):
                    prefixes.append(f"{name}:")
                else:
                    names[name] = meant
        return cls(names, tuple(prefixes), language)

    def renamed(self, mapping: Mapping[str, Value]) -> dict[str, Value]:
        """Return a mapping with the bare names of its properties."""
        return {self._bare(self.names.get(name, name)): value for name, value in mapping.items()}

    def _bare(self, name: str) -> str:
        for prefix in self.prefixes:
            if name.startswith(prefix):
                return name.removeprefix(prefix)
        return name

    def types(self, said: Mapping[str, Value]) -> set[str]:
        return {self._bare(self.names.get(text, text)) for text in _texts(said.get("@type"))}


def _contexts(value: Value) -> Iterator[Mapping[str, Value]]:
    for top in _listed(value):
        context = top.get("@context") if isinstance(top, dict) else None
        for item in _listed(context):
            if isinstance(item, dict):
                yield item


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]


def _said(value: Value) -> list[tuple[str, str]]:
    """Return the texts of a value with their languages; escaped signs are written out."""
    if isinstance(value, list):
        return [pair for item in value for pair in _said(item)]
    if isinstance(value, dict):
        if "@value" in value:
            tag = value.get("@language")
            return [(text, tag if isinstance(tag, str) else "") for text, _ in _said(value["@value"])]
        if value and all(map(language_of, value)):
            return [(text, tag) for tag, inner in value.items() for text, _ in _said(inner)]
        return []
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    text = unescape(str(value)).strip()
    return [(text, "")] if text else []


def _texts(value: Value) -> list[str]:
    """Return the texts of a value, or the identifiers of what it refers to."""
    found = []
    for item in _listed(value):
        if isinstance(item, dict) and isinstance(item.get("@id"), str):
            found.append(item["@id"])
        else:
            found += [text for text, _ in _said(item)]
    return found


def _first(value: Value) -> str:
    return next(iter(_texts(value)), "")


# --- Writing -------------------------------------------------------------------------------------

_MARKDOWN = "text/markdown"
_NOT_SHOWN = ("hidden", "misspelling")


def write(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield a DefinedTermSet with all terms, a term on each line; it may stand in a script of a page."""
    about = {
        "@context": "https://schema.org",
        "@type": "DefinedTermSet",
        "@id": _set_uri(glossary),
        "name": glossary.name,
        "url": glossary.url,
        "description": glossary.description,
        "inLanguage": glossary.language,
        "license": glossary.licence,
        "dateModified": glossary.modified,
    }
    opening = _json({name: value for name, value in about.items() if value})
    yield f'{opening[:-1]}, "hasDefinedTerm": ['.encode()
    before = "\n"
    for record in records:
        yield f"{before}{_json(term_of(record, glossary))}".encode()
        before = ",\n"
    yield b"\n]}\n"


def term_of(record: TermRecord, glossary: Glossary) -> dict[str, Value]:
    """Return the DefinedTerm of a record, without its context.

    The Markdown of the definition goes along as a work on the term; the description is plain text.
    """
    ids = [item for item in record.external_ids or () if item.mapping == "exact"]
    term = {
        "@type": "DefinedTerm",
        "@id": glossary.uri(record.id or ""),
        "name": record.name,
        "disambiguatingDescription": record.qualifier,
        "termCode": record.id,
        "alternateName": [
            _name(alias, glossary) for alias in record.aliases or () if alias.kind not in _NOT_SHOWN
        ],
        "description": record.short_definition or _lead(record.definition or ""),
        "url": glossary.address(record.slug) if record.slug else "",
        "sameAs": [item.value for item in ids if _URI.fullmatch(item.value)],
        "identifier": [_identifier(item) for item in ids if not _URI.fullmatch(item.value)],
        "subjectOf": _work(record),
        "inDefinedTermSet": {"@id": _set_uri(glossary)},
    }
    return {name: value for name, value in term.items() if value}


def _set_uri(glossary: Glossary) -> str:
    return f"{glossary.url}#set"


def _lead(definition: str) -> str:
    """Return the first paragraph of a definition as plain text."""
    return plain_inline(definition.split("\n\n")[0])


def _name(alias: AliasRecord, glossary: Glossary) -> Value:
    if alias.language and alias.language != glossary.language:
        return {"@value": alias.text, "@language": alias.language}
    return alias.text


def _identifier(item: ExternalIdRecord) -> dict[str, str]:
    return {"@type": "PropertyValue", "propertyID": item.scheme, "value": item.value}


def _work(record: TermRecord) -> dict[str, Value]:
    work = {
        "text": record.definition,
        "encodingFormat": _MARKDOWN if record.definition else "",
        "citation": [_citation(source) for source in record.sources or ()],
    }
    said = {name: value for name, value in work.items() if value}
    return {"@type": "CreativeWork", **said} if said else {}


def _citation(source: SourceRecord) -> dict[str, str]:
    cited = {"@type": "CreativeWork", "name": source.title, "url": source.url, "pagination": source.locator}
    return {name: value for name, value in cited.items() if value}


def _json(value: Value) -> str:
    """Return JSON in which no tag begins: it can neither end the script around it nor open another."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
