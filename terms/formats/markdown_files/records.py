"""The page of a term to its record: our own as they were written, those of others translated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...text import initials, slug_for, words
from ..markdown_text import AddressBook, is_acronym, names_in, plain_inline
from ..prose import placed
from ..record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    LONGEST_DEFINITION,
    LONGEST_NAME,
    LONGEST_SHORT_DEFINITION,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    STATUSES,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
)
from . import site_markup
from .pages import KEYS, Page, address_of, id_of, is_true, items_of, key, names_of, qualifier_of, text_of

_STATUSES = {
    "completed": "published",
    "complete": "published",
    "feedback appreciated": "published",
    "approved": "published",
    "final": "published",
    "live": "published",
    "obsolete": "deprecated",
    "wip": "draft",
    "in progress": "draft",
    "in review": "draft",
} | {status: status for status in STATUSES}

# What concerns the page or its file and not the term: kept, but nobody needs to be told.
_OF_THE_PAGE = re.compile(
    r"date|lastmod|weight|layout|menu|toc_hide|linktitle|approvers|reviewers|authors?|card|noedit|page_type|"
    r"browser_compat|draft|type|url|permalink|images?|sidebar\w*|hide_\w+|aliases"
)
_LINK_TEXT = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]]*)\]\]")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")


@dataclass
class PageReader:
    """Turns one page into the values of a record and collects what is wrong with them."""

    page: Page
    book: AddressBook
    translations: Sequence[tuple[str, Page]]
    problems: list[RowProblem] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)

    def record(self) -> dict[str, Any] | None:
        """Return the values of the record, None if a fatal problem was found."""
        values = self._ours() if self.page.is_ours else self._foreign()
        self._check(values)
        if any(problem.fatal for problem in self.problems):
            return None
        return {"line": self.page.line, **values, "flags": tuple(self.flags)}

    def _check(self, values: Mapping[str, Any]) -> None:
        if not values["name"]:
            self._refuse("title", "", "The file has no title. Add a line “title: …” to its front matter.")
        if len(values["name"]) > LONGEST_NAME:
            self._refuse(
                "title", values["name"], f"The title has more than {LONGEST_NAME} signs. Shorten it."
            )
        if len(values["definition"] or "") > LONGEST_DEFINITION:
            message = f"The text has more than {LONGEST_DEFINITION:,} signs. Cut it."
            self._refuse("definition", values["definition"], message)

    def _refuse(self, key: str, value: Any, message: str, *, fatal: bool = True) -> None:
        self.problems.append(
            RowProblem(self.page.line, key, str(value)[:80], message, fatal=fatal, path=self.page.path)
        )

    # Our own files

    def _ours(self) -> dict[str, Any]:
        return {
            "name": self._line("title"),
            "id": self._line("id") or None,
            "slug": self._line("slug") or None,
            "qualifier": self._line("qualifier"),
            "status": self._choice("status", self._line("status"), ("", *STATUSES)) or None,
            "deprecation_reason": self._said("deprecation_reason"),
            "short_definition": self._short("summary"),
            "definition": _written_body(self.page),
            "aliases": self._aliases(),
            "tags": tuple(self._strings("tags")),
            "relations": self._relations(),
            "relation_kinds": RELATION_KINDS,
            "sources": self._sources(),
            "notes": self._notes(),
            "external_ids": self._external_ids(),
            "review_by": self._date("review_by"),
            "updated_at": self._line("updated") or None,
            "links_itself": self._is_on("links_itself"),
            "further": self._further_of_ours(),
        }

    def _said(self, key: str) -> str:
        value = self.page.keys.get(key, "")
        if not isinstance(value, str):
            self._refuse(key, value, "This is a list or a mapping. Write a text.")
            return ""
        return value

    def _line(self, key: str) -> str:
        return self._said(key).strip()

    def _short(self, key: str) -> str:
        text = self._said(key)
        if len(text) > LONGEST_SHORT_DEFINITION:
            message = f"The text has {len(text):,} signs, {LONGEST_SHORT_DEFINITION} are allowed. Cut it."
            self._refuse(key, text, message)
        return text

    def _choice(self, key: str, value: str, choices: Sequence[str]) -> str:
        if value not in choices:
            known = ", ".join(choice for choice in choices if choice)
            self._refuse(key, value, f"“{value[:80]}” is not known here. Use one of: {known}.")
        return value

    def _date(self, key: str) -> str:
        word = self._line(key)
        try:
            return date.fromisoformat(word).isoformat() if word else ""
        except ValueError:
            self._refuse(key, word, "This is not a date. Write year, month and day: 2031-05-28.")
            return ""

    def _is_on(self, key: str) -> bool:
        return self._choice(key, self._line(key) or "false", ("true", "false")) == "true"

    def _strings(self, key: str) -> list[str]:
        found = []
        for item in items_of(self.page.keys.get(key, "")):
            if isinstance(item, str):
                found.append(item)
            else:
                self._refuse(key, item, "An item of this list is a list or a mapping. Write texts.")
        return found

    def _parts(self, key: str, first: str, others: Sequence[str]) -> list[dict[str, str]]:
        """Return the items of a list with their parts; an item that is a text has only the first."""
        found = []
        for item in items_of(self.page.keys.get(key, "")):
            parts = {first: item} if isinstance(item, str) else item
            if not isinstance(parts, dict) or not all(isinstance(part, str) for part in parts.values()):
                self._refuse(key, item, "An item of this list is no text and no mapping of texts.")
                continue
            for name in set(parts) - {first, *others}:
                self._refuse(key, name, f"Use these names: {', '.join((first, *others))}.")
            found.append({name: parts.get(name, "") for name in (first, *others)})
        return found

    def _aliases(self) -> tuple[AliasRecord, ...]:
        found = []
        for parts in self._parts("aliases", "text", ("kind", "status", "language", "note")):
            kind = self._choice("aliases", parts["kind"] or "synonym", ALIAS_KINDS)
            status = self._choice("aliases", parts["status"] or "admitted", ALIAS_STATUSES)
            if not 0 < len(parts["text"]) <= LONGEST_NAME:
                message = f"An alias has between 1 and {LONGEST_NAME} signs."
                self._refuse("aliases", parts["text"], message)
            found.append(AliasRecord(parts["text"], kind, status, parts["language"], parts["note"]))
        return tuple(found)

    def _relations(self) -> tuple[RelationRecord, ...]:
        return tuple(
            RelationRecord(kind, parts["target"], parts["name"])
            for kind in RELATION_KINDS
            for parts in self._parts(kind, "target", ("name",))
        )

    def _sources(self) -> tuple[SourceRecord, ...]:
        parts = self._parts("sources", "title", ("url", "locator"))
        return tuple(SourceRecord(part["title"], part["url"], part["locator"]) for part in parts)

    def _notes(self) -> tuple[NoteRecord, ...]:
        parts = self._parts("notes", "text", ("kind",))
        # A text without a kind may be meant for nobody else: it becomes the private kind.
        return tuple(
            NoteRecord(self._choice("notes", part["kind"] or "editorial", NOTE_KINDS), part["text"])
            for part in parts
        )

    def _external_ids(self) -> tuple[ExternalIdRecord, ...]:
        found = []
        for part in self._parts("external_ids", "value", ("scheme", "mapping")):
            mapping = self._choice("external_ids", part["mapping"] or "exact", MAPPINGS)
            if not part["scheme"] or not part["value"]:
                message = "Write both: “scheme” for the other system, “value” for what the term is there."
                self._refuse("external_ids", part["value"], message)
            found.append(ExternalIdRecord(part["scheme"], part["value"], mapping))
        return tuple(found)

    def _further_of_ours(self) -> dict[str, Any]:
        written = self._said("further")
        try:
            further = json.loads(written) if written else {}
        except (ValueError, RecursionError):
            further = None
        if not isinstance(further, dict):
            self._refuse("further", written, "This is no JSON object. Take it out, or write one.")
            return {}
        return further

    # Files of others

    def _foreign(self) -> dict[str, Any]:
        names = names_of(self.page) if self.page.title else names_in(self._title_in_the_body())
        name = names.name or self._name_of_the_file()
        body = self._body(name)
        short, definition = self._texts(body.markdown)
        relations = dict.fromkeys((*self._relations_of_others(), *body.relations))
        aliases = tuple(dict.fromkeys((*names.aliases, *self._aliases_of_others(name), *self._translated())))
        self.flags += body.flags
        return {
            "name": name,
            "qualifier": qualifier_of(self.page) or None,
            "slug": self._slug(name),
            "status": self._status(),
            "short_definition": short,
            "definition": definition,
            "aliases": aliases or None,
            "tags": self._tags(),
            "relations": tuple(relations) or None,
            "relation_kinds": tuple(kind for kind in RELATION_KINDS if kind in self.page.keys),
            "sources": tuple(dict.fromkeys((*self._sources_of_others(), *body.sources))) or None,
            "external_ids": self._ids() or None,
            "further": self._further(),
        }

    def _title_in_the_body(self) -> str:
        return site_markup.title_of(self.page.body)

    def _name_of_the_file(self) -> str:
        name = re.sub(r"[-_]+", " ", self.page.stem).strip()
        if name and "id" in self.page.keys:
            message = "The file gives no title; its name was taken."
            self.flags.append(Flag("name_from_file", message))
            return name
        return ""

    def _body(self, name: str) -> site_markup.Body:
        written = self.page.body if self.page.body.strip() else self._said("definition")
        if len(written) > 2 * LONGEST_DEFINITION:
            # Too long whatever becomes of it: `_check` says so.
            return site_markup.Body(written)
        title = self.page.title or name
        return site_markup.translated(written, title=title, book=self.book, is_mdn=self.page.is_mdn)

    def _texts(self, body: str) -> tuple[str | None, str | None]:
        """Return short definition and definition; a summary that the text begins with stands only once."""
        summary = site_markup.translated(self._said("summary"), title="", book=self.book).markdown
        if not summary:
            if not body:
                self.flags.append(Flag("definition_missing", "The file has no text."))
            short, definition = placed(body)
            return short, definition or None
        short = _LINK_TEXT.sub(r"\1", plain_inline(summary))
        first = _PARAGRAPH_END.split(body, maxsplit=1)[0]
        is_repeated = words(_LINK_TEXT.sub(r"\1", plain_inline(first))) == words(short)
        if len(short) <= LONGEST_SHORT_DEFINITION:
            rest = body[len(first) :] if is_repeated else body
            return short, rest.strip("\n") or None
        self.flags.append(
            Flag(
                "short_definition_too_long",
                f"The summary has {len(short)} signs, {LONGEST_SHORT_DEFINITION} are allowed; it stands in "
                "the definition now. Write a shorter one.",
            )
        )
        return None, body if is_repeated else f"{summary}\n\n{body}".strip()

    def _slug(self, name: str) -> str | None:
        """Return the address that the file gives; a name of a file counts if it speaks of the term."""
        wanted = address_of(self.page) or id_of(self.page)
        if not wanted and _share_a_word(self.page.stem, name):
            wanted = self.page.stem
        return slug_for(wanted) if wanted else None

    def _status(self) -> str | None:
        is_draft = is_true(self.page.keys.get("draft"))
        stated = [word for word in self._strings("status") if _STATUSES.get(word.strip().lower())]
        for word in self._strings("status"):
            if word not in stated:
                known = ", ".join(STATUSES)
                message = f"“{word:.40}” is not a status here and was left aside. Use one of: {known}."
                self._refuse("status", word, message, fatal=False)
        found = {_STATUSES[word.strip().lower()] for word in stated}
        if "deprecated" in found:
            if is_draft:
                message = "The file is deprecated and a draft at once; it was taken as deprecated."
                self.flags.append(Flag("status_unsure", message))
            return "deprecated"
        return "draft" if is_draft or "draft" in found else next(iter(found), None)

    def _aliases_of_others(self, name: str) -> Iterator[AliasRecord]:
        for text in [*self._strings("aliases"), *self._strings("acronyms")]:
            said = " ".join(text.split())
            if said.startswith("/") or said.casefold() == name.casefold():
                continue
            if len(said) > LONGEST_NAME:
                self._refuse("aliases", said, f"An alias has at most {LONGEST_NAME} signs.", fatal=False)
                continue
            in_acronyms = text in items_of(self.page.keys.get("acronyms", ""))
            yield AliasRecord(said, "acronym" if in_acronyms or is_acronym(said, name) else "synonym")

    def _tags(self) -> tuple[str, ...] | None:
        if "tags" not in self.page.keys:
            return None
        said = self.page.keys["tags"]
        tags = said.split(",") if isinstance(said, str) else self._strings("tags")
        by_key = {tag.strip().casefold(): tag.strip() for tag in reversed(tags) if tag.strip()}
        return tuple(reversed(by_key.values()))

    def _relations_of_others(self) -> Iterator[RelationRecord]:
        for kind in RELATION_KINDS:
            for target in self._strings(kind):
                yield RelationRecord(kind, self.book.name_for(target.split("/")[-1].strip()))
        above = text_of(self.page.keys.get("slug")).split("/")[1:-1]
        if self.page.is_mdn and above:
            yield RelationRecord("broader", self.book.name_for(above[-1]))

    def _sources_of_others(self) -> Iterator[SourceRecord]:
        for link in self._strings("sources"):
            if link.startswith(("https://", "http://")):
                yield SourceRecord(link, link)
            else:
                yield SourceRecord(link)

    def _ids(self) -> tuple[ExternalIdRecord, ...]:
        slug = text_of(self.page.keys.get("slug"))
        if self.page.is_mdn and slug:
            return (ExternalIdRecord("mdn", slug),)
        return (ExternalIdRecord("markdown", id_of(self.page)),) if id_of(self.page) else ()

    def _translated(self) -> Iterator[AliasRecord]:
        for tag, page in self.translations:
            if page.title:
                yield AliasRecord(names_in(page.title).name, "translation", language=tag)

    def _further(self) -> dict[str, Any]:
        """Return what has no place with us: other keys of the front matter, texts in other languages."""
        further = {name: value for name, value in self.page.said.items() if KEYS.get(key(name)) in _ASIDE}
        told = [name for name in further if not _OF_THE_PAGE.fullmatch(key(name))]
        texts = {tag: page.body.strip() for tag, page in self.translations if page.body.strip()}
        if texts:
            further["translations"] = texts
            told += [f"the text in {tag}" for tag in texts]
        if told:
            message = f"These have no place here and were put aside: {', '.join(told):.200}."
            self.flags.append(Flag("further_data", message))
        return further


_ASIDE = frozenset({None, "draft", "layout", "toc_hide", "menu", "page_type"})


def _share_a_word(stem: str, name: str) -> bool:
    of_stem, of_name = set(words(stem.replace("_", " "))), words(name)
    return bool(of_stem & {*of_name, initials(name)}) or slug_for(stem) == slug_for(name)


def _written_body(page: Page) -> str:
    """Return the definition of a file of ours: it stands between two line ends of the file’s own kind."""
    return page.body.removeprefix(page.line_end).removesuffix(page.line_end)


def key_of(record: Mapping[str, Any], page: Page) -> str:
    if page.is_ours:
        qualifier = record["qualifier"]
        full_name = f"{record['name']} ({qualifier})" if qualifier else record["name"]
        return record["id"] or record["slug"] or full_name
    ids = record["external_ids"] or ()
    return f"markdown:{ids[0].value if ids else record['slug'] or record['name']}"
