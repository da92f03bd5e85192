"""A mapping that describes a term, in whatever words, to a draft of its record: from JSON and YAML.

What has no place here is kept as further data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ..text import name_key, slug_for, words
from . import prose
from .entries import Entry, shown
from .languages import best_match, language_of
from .markdown_text import Names, is_acronym, names_in
from .member_names import field_of, precedence
from .record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    LONGEST_DEFINITION,
    LONGEST_NAME,
    LONGEST_SHORT_DEFINITION,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    NoteRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from .term_lists import as_kind, pointed_at

Value = Any

LONGEST_QUALIFIER = 100
_LONGEST_TAG = 100
_LONGEST_TITLE = 400
_LONGEST_ADDRESS = 1_000
_LONGEST_ID = 300
_LONGEST_NOTE = 20_000
_DEEPEST = 30

_KIND_BY_FIELD = {
    "aliases": "synonym",
    "acronyms": "acronym",
    "full_forms": "full_form",
    "former_names": "former_name",
    "spelling_variants": "spelling_variant",
    "misspellings": "misspelling",
    "hidden_labels": "hidden",
}
_NOTE_KIND_BY_FIELD = {
    "notes": "editorial",
    "examples": "example",
    "usage_notes": "usage",
    "scope_notes": "scope",
    "change_notes": "change",
}
_STATUS_BY_WORD = {
    word: status
    for status, words_for_it in {
        "draft": "draft new proposed proposal in_review review pending candidate unprocessed",
        "published": "published approved accepted agreed final active live current valid completed complete",
        "deprecated": "deprecated obsolete retired superseded withdrawn",
    }.items()
    for word in words_for_it.split()
}
_LINK_FIELDS = ("broader", "narrower", "related", "see_also", "replaced_by")
_KIND_BY_RELATION = {kind: kind for kind in _LINK_FIELDS} | {
    "seealso": "see_also",
    "relatedto": "related",
    "parent": "broader",
    "child": "narrower",
    "partof": "broader",
    "haspart": "narrower",
}
_BETWEEN_ITEMS = re.compile(r"\s*[;|\n]\s*")
_BETWEEN_WORDS = re.compile(r"\s*[,;|\n]\s*")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>|\"]+", re.IGNORECASE)
_URI = re.compile(r"(?:https?://|urn:)\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """What an entry says of another one: what it is called, the surest first, and how to show it."""

    kind: str
    called: tuple[str, ...]
    shown: str


@dataclass(frozen=True)
class Draft:
    """A record without its relations: `links` still have to be looked up, `keys` are what others call it.

    `pointer` is what an entry points to that has nothing else to say, `unused` the members of the
    entry that have no place here.
    """

    record: TermRecord
    links: tuple[Link, ...] = ()
    keys: tuple[str, ...] = ()
    pointer: str = ""
    unused: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()


def drafted(entry: Entry, *, language: str) -> Draft | RowProblem:
    """Return what an entry says, or why it cannot be used."""
    unfit = unfit_sign([entry.key, *entry.tags, entry.members])
    if unfit:
        return RowProblem(entry.line, "", shown(entry.key), unfit)
    return _Describer(entry, language).draft()


def unfit_sign(value: Value, depth: int = 0) -> str:
    """Return why no database can keep this, or nothing ("")."""
    if depth > _DEEPEST:
        return f"The entry is nested more than {_DEEPEST} deep. Make it flatter."
    if isinstance(value, str):
        if "\x00" in value:
            return "The entry holds a NUL sign (\\u0000). Take it out."
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            return "The entry holds half a sign (\\ud800 to \\udfff alone). Write the whole sign or none."
        return ""
    if isinstance(value, dict):
        return unfit_sign(list(value), depth) or unfit_sign(list(value.values()), depth)
    if isinstance(value, list):
        return next(filter(None, (unfit_sign(item, depth + 1) for item in value)), "")
    return ""


@dataclass(frozen=True)
class _Member:
    """One thing that an entry says: the name of the member, its field and language ("": the glossary's)."""

    name: str
    field: str
    language: str
    value: Value


class _Describer:
    """Turns one entry into a draft, and keeps aside what has no place or does not fit."""

    def __init__(self, entry: Entry, language: str) -> None:
        self.entry = entry
        self.language = language
        self.flags: list[Flag] = []
        self.problems: list[RowProblem] = []
        self.further: dict[str, Value] = {}
        self.unused: list[str] = []
        self.members = self._in_one_language(list(self._members()))
        self.own: dict[str, list[_Member]] = {}
        for member in self.members:
            if not member.language:
                self.own.setdefault(member.field, []).append(member)
        for field_ in ("name", "short_definition", "definition"):
            self.own.get(field_, []).sort(key=lambda member: precedence(member.name))
        self.fields = {member.field for member in self.members}

    def draft(self) -> Draft | RowProblem:
        split = names_in(self._title())
        short, definition = self._texts()
        refusal = self._refusal(split.name, definition or "")
        if refusal:
            return refusal
        links, slug = self._links(), self._slug()
        external_ids, keys = self._ids()
        called = filter(None, [*self.entry.keys, self.entry.key, slug, *keys])
        return Draft(
            record=self._record(split, short, definition, slug, external_ids),
            links=links,
            keys=tuple(called),
            pointer=self._pointer(short or definition, links),
            unused=tuple(self.unused),
            problems=tuple(self.problems),
        )

    def _record(
        self,
        split: Names,
        short: str | None,
        definition: str | None,
        slug: str | None,
        external_ids: tuple[ExternalIdRecord, ...] | None,
    ) -> TermRecord:
        qualifier = self._word("qualifier", LONGEST_QUALIFIER)
        values: dict[str, Value] = {
            "status": self._status(),
            "aliases": self._aliases(split.name, split.aliases),
            "tags": self._tags(),
            "sources": self._sources(),
            "notes": self._notes(),
            "review_by": self._review_by(),
            "deprecation_reason": self._word("deprecation_reason", 2_000),
        }
        self._keep_the_rest()
        return TermRecord(
            line=self.entry.line,
            name=split.name,
            ref=self.entry.ref or _ref(split.name, qualifier, slug, external_ids),
            slug=slug,
            qualifier=qualifier,
            short_definition=short,
            definition=definition,
            relation_kinds=tuple(kind for kind in RELATION_KINDS if self._has(kind)),
            external_ids=external_ids,
            further=self.further,
            flags=tuple(self.flags),
            confidence=0.8 if self.flags else 1.0,
            **values,
        )

    def _refusal(self, name: str, definition: str) -> RowProblem | None:
        """Return why an entry cannot become a term, if it cannot."""
        if not name_key(name):
            message = "The entry has no name. Give it a “term” (a word like null: in quotes), or remove it."
        elif len(name) > LONGEST_NAME:
            message = f"The text has {len(name):,} signs, {LONGEST_NAME:,} are allowed. Cut it."
        elif len(definition) > LONGEST_DEFINITION:
            message = f"The text has {len(definition):,} signs, {LONGEST_DEFINITION:,} are allowed. Cut it."
            return RowProblem(self.entry.line, "definition", name[:80], message)
        else:
            return None
        return RowProblem(self.entry.line, "term", name[:80], message)

    # Members

    def _members(self) -> Iterator[_Member]:
        for name, value in self.entry.members.items():
            tag = language_of(name)
            if isinstance(value, dict) and tag:
                yield from self._block(name, value, self._foreign(tag))
            else:
                yield from self._member(name, value)

    def _in_one_language(self, members: list[_Member]) -> list[_Member]:
        """Take an entry without a name in the glossary's language by what it says in another one."""
        tags = sorted({member.language for member in members if member.field == "name" and member.language})
        is_named = any(member.field == "name" and not member.language for member in members)
        if is_named or self.entry.key or not tags:
            return members
        taken = tags[best_match("en", tags) or 0]
        said = f"The entry has no name in “{self.language}”; that in “{taken}” was taken."
        self.flags.append(Flag("name_in_other_language", said))
        return [replace(member, language="") if member.language == taken else member for member in members]

    def _block(self, name: str, block: dict[str, Value], language: str) -> Iterator[_Member]:
        for inner, value in block.items():
            known = field_of(inner)
            if known and not known[1]:
                path = inner if not language else f"{name}.{inner}"
                yield _Member(path, known[0], language, value)
            else:
                self.further.setdefault(name, {})[inner] = value

    def _member(self, name: str, value: Value) -> Iterator[_Member]:
        known = field_of(name)
        if known is None:
            yield _Member(name, "", "", value)
            return
        field_, language = known
        if isinstance(value, dict) and value and all(map(language_of, value)):
            for inner, said in value.items():
                yield _Member(f"{name}.{inner}", field_, self._foreign(language_of(inner)), said)
        elif field_ == "translations" and isinstance(value, list):
            yield from self._translations(name, value)
        else:
            yield _Member(name, field_, self._foreign(language), value)

    def _translations(self, name: str, items: list[Value]) -> Iterator[_Member]:
        """Yield names from a list of mappings, each with a language and a text in it."""
        for item in items:
            tag = language_of(_text_at(item, "language")) if isinstance(item, dict) else ""
            text = _text_at(item, "name") or _text_at(item, "definition")
            yield _Member(name, "translations" if tag and text else "", tag, text or item)

    def _foreign(self, tag: str) -> str:
        return "" if not tag or best_match(self.language, [tag]) == 0 else tag

    def _own(self, field_: str) -> list[_Member]:
        return self.own.get(field_, [])

    def _has(self, *fields: str) -> bool:
        return not self.fields.isdisjoint(fields)

    # Names

    def _title(self) -> str:
        """Return the name: what is called so first, or the key of the entry."""
        titles = [text for member in self._own("name") for text in _texts_in(member.value)]
        for member in self._own("name")[1:]:
            others = [text for text in _texts_in(member.value) if slug_for(text) != slug_for(titles[0])]
            if others:
                self.further[member.name] = member.value
        return " ".join((titles or [self.entry.key])[0].split())

    def _aliases(self, name: str, split: Iterable[AliasRecord]) -> tuple[AliasRecord, ...] | None:
        found = [
            *split,
            *(AliasRecord(text) for member in self._own("name")[:1] for text in _texts_in(member.value)[1:]),
        ]
        for member in self.members:
            if member.field in _KIND_BY_FIELD:
                found += self._aliases_in(member, name)
            elif member.field in ("name", "translations") and member.language:
                found += [
                    AliasRecord(text, "translation", language=member.language)
                    for text in _texts_in(member.value)
                ]
        if not found and not self._has(*_KIND_BY_FIELD, "translations"):
            return None
        return tuple(self._distinct(found, name))

    def _aliases_in(self, member: _Member, name: str) -> Iterator[AliasRecord]:
        items = _items(member.value, commas=True)
        if isinstance(member.value, str) and len(items) > len(_items(member.value, commas=False)):
            said = f"“{_text(member.value)[:80]}” was split at its commas; check the names."
            self.flags.append(Flag("names_split", said))
        for item in items:
            if isinstance(item, dict):
                yield from self._stated_alias(item, member)
            elif text := _text(item):
                yield AliasRecord(text, _kind_of(text, member, name), language=member.language)

    def _stated_alias(self, item: dict[str, Value], member: _Member) -> Iterator[AliasRecord]:
        text = _text_at(item, "name") or _text(item.get("text") or item.get("value"))
        kind = as_kind(_text(item.get("kind") or item.get("type")))
        status = _text(item.get("status")).lower()
        tag = language_of(_text_at(item, "language")) or member.language
        usual = "translation" if self._foreign(tag) else _KIND_BY_FIELD[member.field]
        if text:
            yield AliasRecord(
                text,
                kind if kind in ALIAS_KINDS else usual,
                status if status in ALIAS_STATUSES else "admitted",
                self._foreign(tag),
                _text(item.get("note"))[:300],
            )

    def _distinct(self, found: Iterable[AliasRecord], name: str) -> Iterator[AliasRecord]:
        """Yield each alias once; a term has no two that read alike, in whatever languages."""
        seen = {name_key(name), ""}
        for alias in found:
            alias = replace(alias, text=" ".join(alias.text.split()))
            if len(alias.text) > LONGEST_NAME:
                self._put_aside("aliases", alias.text, f"A name has up to {LONGEST_NAME} signs.")
            elif name_key(alias.text) not in seen:
                seen.add(name_key(alias.text))
                yield alias

    # Texts

    def _texts(self) -> tuple[str | None, str | None]:
        """Return short and long definition; one that is too long to be short comes before the long one."""
        shorts = [_markdown(member.value) for member in self._own("short_definition")]
        longs = [_markdown(member.value) for member in self._own("definition")]
        self._keep_other_texts()
        if not shorts and not longs:
            return None, None
        first, *rest = [*shorts, *longs]
        short, definition = prose.placed(first)
        if shorts and short is None and first:
            said = (
                f"The short text is no sentence of {LONGEST_SHORT_DEFINITION} signs; it is in the long one."
            )
            self.flags.append(Flag("short_definition_too_long", said))
        further = [text for text in dict.fromkeys(rest) if text and text != first]
        definition = "\n\n".join(filter(None, [definition, *further])) or (
            "" if longs and not short else None
        )
        return short, definition

    def _keep_other_texts(self) -> None:
        """Keep definitions in other languages, for which there is no place."""
        kept = [
            m
            for m in self.members
            if m.field in ("definition", "short_definition") and m.language and m.value
        ]
        for member in kept:
            self.further[member.name] = member.value
        if kept:
            tags = ", ".join(dict.fromkeys(member.language for member in kept))
            self.flags.append(Flag("further_data", f"Definitions in other languages were put aside: {tags}."))

    def _pointer(self, text: str | None, links: tuple[Link, ...]) -> str:
        """Return what an entry points to that only says “See …”, or has one link and no text."""
        pointer = pointed_at(text)
        if pointer:
            return pointer
        [only, *others] = links or [None]
        if (
            text
            or others
            or only is None
            or only.kind != "see_also"
            or self._has("definition", *_KIND_BY_FIELD)
        ):
            return ""
        return only.shown

    # What it belongs to

    def _tags(self) -> tuple[str, ...] | None:
        found: dict[str, str] = {}
        for tag in self.entry.tags:
            found.setdefault(name_key(tag), tag)
        for member in self._own("tags"):
            for item in _items(member.value, commas=member.name.lower().endswith("s")):
                tag = _text_at(item, "name") or _called(item)[0]
                if len(tag) > _LONGEST_TAG:
                    self._put_aside(member.name, tag, f"A tag has up to {_LONGEST_TAG} signs.")
                elif words(tag):
                    found.setdefault(name_key(tag), tag)
        return tuple(found.values()) if found or self._has("tags") else None

    def _links(self) -> tuple[Link, ...]:
        return tuple(
            link
            for field_ in _LINK_FIELDS
            for member in self._own(field_)
            for item in _items(member.value, commas=False)
            for link in [_link(item, field_)]
            if link and not _WEB_ADDRESS.fullmatch(link.called[0])
        )

    # Sources, notes, identifiers

    def _sources(self) -> tuple[SourceRecord, ...] | None:
        titles, addresses = self._own("sources"), self._own("link")
        links = [m for field_ in _LINK_FIELDS for m in self._own(field_)]
        if len(titles) == len(addresses) == 1:
            title, address = _text(titles[0].value), _text(addresses[0].value)
            if title and _WEB_ADDRESS.fullmatch(address) and not _WEB_ADDRESS.search(title):
                return tuple(self._fitting([SourceRecord(title, address)]))
        found = [
            source for member in titles + addresses for item in _items(member.value, commas=False)
            for source in _source(item)
        ]  # fmt: skip
        found += [
            SourceRecord(address, address)
            for member in links
            for item in _items(member.value, commas=False)
            if _WEB_ADDRESS.fullmatch(address := _called(item)[0])
        ]
        return tuple(self._fitting(dict.fromkeys(found))) if found or titles or addresses else None

    def _fitting(self, sources: Iterable[SourceRecord]) -> Iterator[SourceRecord]:
        for source in sources:
            if len(source.title) > _LONGEST_TITLE or len(source.url) > _LONGEST_ADDRESS:
                self._put_aside("sources", source.title or source.url, "The source is too long.")
            else:
                yield source

    def _notes(self) -> tuple[NoteRecord, ...] | None:
        notes = []
        for field_, usual in _NOTE_KIND_BY_FIELD.items():
            for member in self._own(field_):
                for item in member.value if isinstance(member.value, list) else [member.value]:
                    kind = as_kind(_text(item.get("kind"))) if isinstance(item, dict) else ""
                    text = _markdown(item.get("text") or item.get("note") if isinstance(item, dict) else item)
                    if len(text) > _LONGEST_NOTE:
                        self._put_aside(member.name, text, "The note is too long.")
                    elif text.strip():
                        notes.append(NoteRecord(kind if kind in NOTE_KINDS else usual, text))
        return tuple(notes) if notes or self._has(*_NOTE_KIND_BY_FIELD) else None

    def _ids(self) -> tuple[tuple[ExternalIdRecord, ...] | None, list[str]]:
        """Return what its system calls the term, and the same as others may call it."""
        found: list[ExternalIdRecord] = []
        for member in self._own("uri") + self._own("id") + self._own("slug"):
            for text in _texts_in(member.value):
                # A slug that may be an address here is one.
                if member.field != "slug" or text != slug_for(text):
                    found.append(ExternalIdRecord("uri" if _URI.fullmatch(text) else "id", text))
        for member in self._own("external_ids"):
            for item in member.value if isinstance(member.value, list) else [member.value]:
                found += _stated_ids(item)
        kept = tuple(item for item in dict.fromkeys(found) if len(item.value) <= _LONGEST_ID)
        has_any = kept or self._has("uri", "id", "external_ids")
        return (kept if has_any else None), [item.value for item in kept if item.mapping == "exact"]

    # Single words

    def _word(self, field_: str, longest: int) -> str | None:
        for member in self._own(field_):
            text = _text(member.value)
            if len(text) <= longest:
                return text
            self._put_aside(member.name, text, f"The text has up to {longest} signs.")
        return None

    def _slug(self) -> str | None:
        """Return the slug if it may be an address here; one that is written otherwise is an identifier.

        Where a member gives the name, the key of the entry is its slug.
        """
        slugs = [_text(member.value) for member in self._own("slug")]
        if self._own("name"):
            slugs.append(self.entry.key)
        return next((slug for slug in slugs if slug and slug == slug_for(slug)), None)

    def _status(self) -> str | None:
        for member in self._own("status"):
            word = _text(member.value)
            if not word:
                return ""
            status = _STATUS_BY_WORD.get(as_kind(word))
            if status:
                return status
            why = "This status is not known here: draft, published and deprecated are."
            self._put_aside(member.name, word, why)
        return None

    def _review_by(self) -> str | None:
        for member in self._own("review_by"):
            day = _text(member.value)
            try:
                return date.fromisoformat(day).isoformat() if day else ""
            except ValueError:
                self._put_aside(
                    member.name, day, "This is not a date. Write year, month and day: 2031-05-28."
                )
        return None

    # What has no place

    def _put_aside(self, name: str, value: Value, why: str) -> None:
        """Keep a value as further data and say why."""
        kept = self.further.get(name)
        self.further[name] = value if kept is None else [*(kept if isinstance(kept, list) else [kept]), value]
        message = f"{why} It was kept as further data."
        self.problems.append(RowProblem(self.entry.line, name, str(value)[:80], message, fatal=False))

    def _keep_the_rest(self) -> None:
        for member in self.members:
            if member.field in ("", "part_of_speech", "updated_at") and member.value not in (
                None,
                "",
                [],
                {},
            ):
                self.further[member.name] = member.value
                self.unused.append(member.name)
            elif member.field == "language" and self._foreign(language_of(_text(member.value))):
                said = f"The entry is written in “{_text(member.value)[:40]}”, not in “{self.language}”."
                self.flags.append(Flag("other_language", said))
            elif member.field == "further" and isinstance(member.value, dict):
                self.further.update(member.value)


def _kind_of(text: str, member: _Member, name: str) -> str:
    kind = _KIND_BY_FIELD[member.field]
    if kind != "synonym":
        return kind
    if member.language:
        return "translation"
    if is_acronym(text, name):
        return "acronym"
    is_longer = is_acronym(name, text) and name_key(name) not in words(text)
    return "full_form" if is_longer else kind


def _ref(
    name: str, qualifier: str | None, slug: str | None, external_ids: tuple[ExternalIdRecord, ...] | None
) -> str:
    """Return what the next import of the entry is found by, as for tables of terms."""
    for item in external_ids or ():
        if item.scheme == "uri":
            return item.value
        if item.scheme == "id":
            return f"id:{item.value}"
    return slug or (f"{name} ({qualifier})" if qualifier else name)


# --- Values --------------------------------------------------------------------------------------


def _text(value: Value) -> str:
    """Return a scalar as a text on one line; lists and mappings are none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _texts_in(value: Value) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := _text(item))]


def _text_at(mapping: Value, field_: str) -> str:
    """Return the text of the member of a mapping that stands for a field."""
    if not isinstance(mapping, dict):
        return ""
    names = [name for name in mapping if (field_of(name) or ("",))[0] == field_]
    return next((text for name in sorted(names, key=precedence) if (text := _text(mapping[name]))), "")


def _markdown(value: Value) -> str:
    """Return a text as Markdown; several become paragraphs."""
    if isinstance(value, list | dict):
        items = value if isinstance(value, list) else list(value.values())
        return "\n\n".join(
            filter(None, (_markdown(item) for item in items if not isinstance(item, list | dict)))
        )
    text = value if isinstance(value, str) else _text(value)
    return prose.from_html(text) if prose.is_html(text) else text.strip("\n").rstrip()


def _items(value: Value, *, commas: bool) -> list[Value]:
    """Return the items of a list, or of a text that lists them."""
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        return [] if value is None else [value]
    pieces = _BETWEEN_ITEMS.split(value.strip())
    if len(pieces) == 1 and commas:
        pieces = _BETWEEN_WORDS.split(value.strip())
    return [piece for piece in pieces if piece]


def _called(item: Value) -> tuple[str, ...]:
    """Return what an item is called, the surest first; at least an empty text."""
    if not isinstance(item, dict):
        return (_text(item),)
    found = [_text_at(item, field_) for field_ in ("uri", "id", "slug", "name")]
    return tuple(dict.fromkeys(text for text in found if text)) or ("",)


def _link(item: Value, field_: str) -> Link | None:
    """Return the link that an item of a list stands for; a mapping may say of what kind it is."""
    called = _called(item)
    stated = ""
    if isinstance(item, dict):
        stated = as_kind(_text(item.get("relation") or item.get("kind") or item.get("type"))).replace("_", "")
    kinds = {name.replace("_", ""): kind for name, kind in _KIND_BY_RELATION.items()}
    return Link(kinds.get(stated, field_), called, _text_at(item, "name") or called[0]) if called[0] else None


def _source(item: Value) -> Iterator[SourceRecord]:
    if isinstance(item, dict):
        address = _text_at(item, "link") or _text(item.get("endpoint") or item.get("href") or item.get("uri"))
        title = _text_at(item, "name") or _text(item.get("text")) or address
        url = address if _WEB_ADDRESS.fullmatch(address) else ""
        if title:
            yield SourceRecord(title, url, _text(item.get("locator") or item.get("page"))[:200])
        return
    text = _text(item)
    addresses = _WEB_ADDRESS.findall(text)
    rest = _WEB_ADDRESS.sub("", text).strip(" ,<>()-–—:")
    if len(addresses) == 1 and rest:
        yield SourceRecord(rest, addresses[0])
    elif addresses and not rest:
        yield from (SourceRecord(address, address) for address in addresses)
    elif text:
        yield SourceRecord(text)


def _stated_ids(item: Value) -> Iterator[ExternalIdRecord]:
    if isinstance(item, dict):
        scheme, value = _text(item.get("scheme")), _text(item.get("value"))
        mapping = _text(item.get("mapping")).lower()
        if scheme and value:
            yield ExternalIdRecord(scheme[:_LONGEST_TAG], value, mapping if mapping in MAPPINGS else "exact")
    elif text := _text(item):
        yield ExternalIdRecord("uri" if _URI.fullmatch(text) else "id", text)
