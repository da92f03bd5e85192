"""What was found to records: names told apart, links within the page, the notes that a text uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...text import name_key
from ..markdown_text import (
    LINK,
    AddressBook,
    code_ranges,
    is_acronym,
    is_within,
    names_in,
    other_names,
    plain_inline,
    relative_links,
    substituted,
    term_link,
)
from ..prose import placed
from ..record import (
    LONGEST_DEFINITION,
    LONGEST_NAME,
    AliasRecord,
    Flag,
    Refs,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from .page import FOOTNOTE, REFERENCE, Page
from .patterns import ABBREVIATIONS, ONE_TERM, Entry, Found

_LABEL = re.compile(r"\[([^\[\]\n]{1,200})\]")
_ROLE = re.compile(r"\{(?P<role>[\w:+.-]{1,40})\}`(?P<text>[^`\n]{1,300})`")
_WITH_TARGET = re.compile(r"(?P<shown>.*\S)\s*<(?P<target>[^<>]+)>", re.DOTALL)
_NOT_IN_AN_ANCHOR = re.compile(r"[^\w\- ]")


class RecordWriter:
    """Makes records of the entries that one pattern found."""

    def __init__(self, page: Page, found: Found) -> None:
        self.page = page
        self.found = found
        self.refs = Refs()
        self.full_forms = {name_key(short): full for short, full in page.abbreviations.items()}
        self.abbreviations = {name_key(full): short for short, full in page.abbreviations.items()}
        self.book = AddressBook()
        for entry in found.entries:
            name = names_in(plain_inline(entry.titles[0]), entry.body[:2_000]).name
            for title in entry.titles:
                plain = plain_inline(title)
                self.book.enter(_NOT_IN_AN_ANCHOR.sub("", plain), name)
                self.book.enter(plain, name)
            self.book.enter(name, name)

    def item_of(self, entry: Entry) -> TermRecord | RowProblem:
        """Return the record of an entry, or what is wrong with it."""
        first, *others = (plain_inline(title) for title in entry.titles)
        names = names_in(first, entry.body[:2_000])
        body = self._body(entry.body)
        if not names.name or len(names.name) > LONGEST_NAME or len(body) > LONGEST_DEFINITION:
            return _too_long(entry, names.name)
        short, definition = placed(body)
        if entry.record and entry.record.short_definition:
            short = entry.record.short_definition
        stated = other_names(names.name, others, short or "")
        aliases = (*names.aliases, *self._spelt_out(names.name), *stated)
        record = entry.record or TermRecord(line=entry.line, name=names.name, ref="")
        own = record.aliases or ()
        return replace(
            record,
            line=entry.line,
            name=names.name,
            ref=self.refs.take(names.name),
            short_definition=short,
            definition=definition or None,
            aliases=tuple(dict.fromkeys((*own, *aliases))) or None,
            tags=record.tags or ((entry.group,) if entry.group else None),
            sources=tuple(dict.fromkeys((*(record.sources or ()), *_sources(entry.titles)))) or None,
            confidence=self.found.pattern.confidence,
            flags=(
                *(flag for flag in record.flags if flag.code != "see_reference"),
                *self._flags(entry, body),
            ),
        )

    def _body(self, markdown: str) -> str:
        """Return the text with its links to terms of this page, and the link definitions that it uses."""
        body = substituted(markdown, LINK, self._anchor)
        body = _roles_replaced(body, self.book)
        if not self.page.notes:
            return body
        body = _without_notes(body).strip("\n").rstrip()
        used = dict.fromkeys(label.casefold().removeprefix("^") for label in _LABEL.findall(body))
        notes = [self.page.notes[label] for label in used if label in self.page.notes]
        return "\n\n".join([body, "\n".join(notes)]) if notes else body

    def _anchor(self, found: re.Match[str]) -> str:
        target = found["target"].strip("<>")
        name = self.book.find(target[1:]) if target.startswith("#") else None
        return term_link(name, plain_inline(found["text"])) if name else found[0]

    def _spelt_out(self, name: str) -> Iterator[AliasRecord]:
        """Yield what the abbreviations of the page say of a name."""
        key = name_key(name)
        if key in self.full_forms:
            yield AliasRecord(self.full_forms[key], "full_form")
        if key in self.abbreviations:
            short = self.abbreviations[key]
            yield AliasRecord(short, "acronym" if is_acronym(short, name) else "abbreviation")

    def _flags(self, entry: Entry, body: str) -> Iterator[Flag]:
        if not body and not entry.record and self.found.pattern is not ABBREVIATIONS:
            yield Flag("definition_missing", "There is no text for this term.")
        yield from relative_links(body)
        if self.found.pattern is ONE_TERM:
            yield Flag("term_unsure", "The document has one heading only; its text was taken as one term.")


def _without_notes(markdown: str) -> str:
    """Return the text without link definitions and footnotes, except in code."""
    for pattern in (REFERENCE, FOOTNOTE):
        code = code_ranges(markdown)
        kept, at = [], 0
        for note in pattern.finditer(markdown):
            if not is_within(code, note.start()):
                kept.append(markdown[at : note.start()])
                at = note.end()
        markdown = "".join(kept) + markdown[at:]
    return markdown


def _roles_replaced(markdown: str, book: AddressBook) -> str:
    """Return the text with MyST’s roles as links to terms, or as the text that they show."""
    if "}`" not in markdown:
        return markdown
    return _ROLE.sub(lambda found: _role(found, book), markdown)


def _role(found: re.Match[str], book: AddressBook) -> str:
    aimed = _WITH_TARGET.fullmatch(found["text"])
    shown, target = (aimed["shown"], aimed["target"]) if aimed else (found["text"], found["text"])
    if found["role"] == "term":
        return term_link(book.find(target) or target, shown)
    if found["role"] in ("doc", "ref", "numref", "any", "abbr", "sub", "sup"):
        return shown
    return found[0] if found["role"] == "math" else f"`{shown}`"


def _sources(titles: Iterable[str]) -> Iterator[SourceRecord]:
    """Yield the addresses outside that the titles themselves link."""
    for title in titles:
        for link in LINK.finditer(title):
            if link["target"].startswith(("https://", "http://")):
                yield SourceRecord(plain_inline(link["text"]), link["target"])


def _too_long(entry: Entry, name: str) -> RowProblem:
    if not name or len(name) > LONGEST_NAME:
        message = f"A name has between 1 and {LONGEST_NAME} signs. Shorten it."
        return RowProblem(entry.line, "name", name[:80], message)
    message = f"The text is longer than {LONGEST_DEFINITION:,} signs. Split it."
    return RowProblem(entry.line, "definition", name[:80], message)
