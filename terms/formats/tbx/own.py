"""Our own TBX exports read back: ids are public ids, and labelled notes go where they came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from ...text import name_key
from ..prose import escaped
from ..record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    LONGEST_SHORT_DEFINITION,
    RELATION_KINDS,
    AliasRecord,
    NoteRecord,
    RelationRecord,
    SourceRecord,
    TermRecord,
)
from . import names
from .document import Document, Entry, Item, Label, Section
from .names import split_label, status_of

EXPORTED_BY = "Exported by Termbook from "
ID_PREFIX = "c-"
_OWN_ID = re.compile(r"c-([A-Za-z0-9_-]{1,20})")
_POINTER = re.compile(r"(?:(?P<name>.*) )?\(c-(?P<id>[A-Za-z0-9_-]{1,20})\)", re.DOTALL)


def is_ours(entry: Entry, document: Document, language: str) -> bool:
    """Say whether an entry stands in the file as we wrote it, for a glossary in this language."""
    return (
        document.description.startswith(EXPORTED_BY)
        and document.language.casefold() == language.casefold()
        and bool(_OWN_ID.fullmatch(entry.id))
        and bool(entry.sections and entry.sections[0].labels)
    )


def record_of(entry: Entry, document: Document) -> TermRecord:
    """Return the record that an entry of ours was made of, as far as its dialect can hold it."""
    return _Reader(entry, has_definitions=not document.dialect.endswith("Min")).record()


@dataclass
class _Reader:
    entry: Entry
    has_definitions: bool
    short: str = ""
    definition: str = ""
    qualifier: str = ""
    reason: str = ""
    tags: list[str] = field(default_factory=list)
    sources: list[SourceRecord] = field(default_factory=list)
    relations: list[RelationRecord] = field(default_factory=list)
    notes: list[NoteRecord] = field(default_factory=list)
    aside: dict[str, list[Any]] = field(default_factory=dict)

    def record(self) -> TermRecord:
        own, *others = self.entry.sections
        name = own.labels[0]
        for item in self.entry.items:
            self._read_about_concept(item)
        for item in own.items:
            self._read_text(item)
        for item in name.items:
            self._read_about_name(item, name, own)
        aliases = self._aliases(own)
        for section in others:
            self._read_foreign(section)
        is_deprecated = any(
            status_of(item.line) in ("deprecated", "superseded")
            for item in name.items
            if item.key == "administrativestatus"
        )
        public_id = self.entry.id.removeprefix(ID_PREFIX)
        return TermRecord(
            line=self.entry.line,
            name=name.text,
            ref=public_id,
            id=public_id,
            qualifier=self.qualifier,
            status="deprecated" if is_deprecated else None,
            deprecation_reason=self.reason if is_deprecated else None,
            short_definition=self.short if self.has_definitions else None,
            definition=self.definition if self.has_definitions else None,
            aliases=aliases,
            tags=tuple(self.tags),
            relations=tuple(self.relations) if self.has_definitions else None,
            relation_kinds=RELATION_KINDS if self.has_definitions else (),
            sources=tuple(self.sources),
            notes=tuple(self.notes),
            further={"tbx": self.aside} if self.aside else {},
        )

    def _read_about_concept(self, item: Item) -> None:
        if item.key == "subjectfield":
            self.tags.append(item.line)
        elif item.element == "xref" or item.key == "externalcrossreference":
            self.sources.append(SourceRecord(item.line, item.target))
        elif item.key == "source":
            self.sources.append(SourceRecord(item.line))
        elif item.key == "crossreference":
            label, name = split_label(item.line)
            kind = names.RELATION_BY_LABEL.get(label, "related")
            self.relations.append(RelationRecord(kind, item.target.removeprefix(ID_PREFIX), name))
        elif item.key == "note":
            self._read_note(item)

    def _read_note(self, item: Item) -> None:
        label, text = split_label(_prose(item))
        if label == names.SOURCE:
            self.sources.append(SourceRecord(text))
        elif label == names.LOCATOR and self.sources:
            self.sources[-1] = replace(self.sources[-1], locator=text)
        elif label == names.ADDRESS and self.sources:
            self.sources[-1] = replace(self.sources[-1], url=text)
        elif label == names.REASON:
            self.reason = text
        elif label == names.ARTICLE:
            self.definition = text
        elif label == names.IN_MARKDOWN:
            self.short, self.definition = "", text
        elif label == names.QUALIFIER:
            self.qualifier = text
        elif label in names.RELATION_BY_LABEL:
            self.relations.append(_pointed_to(names.RELATION_BY_LABEL[label], text))
        else:
            kind = names.NOTE_BY_LABEL.get(label, "usage")
            self.notes.append(NoteRecord(kind, text if label in names.NOTE_BY_LABEL else _prose(item)))

    def _read_text(self, item: Item) -> None:
        if item.key == "definition" and len(item.line) > LONGEST_SHORT_DEFINITION:
            self.definition = escaped(item.line)
        elif item.key == "definition":
            self.short = item.line
        elif item.key == "note":
            self._read_note(item)

    def _read_about_name(self, item: Item, name: Label, section: Section) -> None:
        if item.key == "context":
            self.notes.append(NoteRecord("example", _prose(item)))
        elif item.key == "note":
            self._read_note(item)
        else:
            self._put_aside(item, name, section)

    def _put_aside(self, item: Item, label: Label, section: Section) -> None:
        if item.key not in ("administrativestatus", "termtype"):
            said = {"term": label.text, "language": section.language, "text": item.line}
            self.aside.setdefault(item.category, []).append(said)

    def _read_foreign(self, section: Section) -> None:
        for item in section.items:
            said = {"language": section.language, "text": item.line}
            self.aside.setdefault(item.category, []).append(said)

    def _aliases(self, own: Section) -> tuple[AliasRecord, ...]:
        taken = {name_key(own.labels[0].text)}
        found: list[tuple[int, AliasRecord]] = []
        for section in self.entry.sections:
            for label in section.labels[1:] if section is own else section.labels:
                key = name_key(label.text)
                if key in taken:
                    said = {"text": label.text, "language": section.language}
                    self.aside.setdefault("term", []).append(said)
                    continue
                taken.add(key)
                found.append(self._alias(label, section, own, len(found)))
        return tuple(alias for _, alias in sorted(found, key=lambda pair: pair[0]))

    def _alias(self, label: Label, section: Section, own: Section, place: int) -> tuple[int, AliasRecord]:
        said: dict[str, str] = {}
        for item in label.items:
            if item.key == "note":
                name, text = split_label(_prose(item))
                is_ours = name in (names.KIND, names.STATUS, names.POSITION, names.REMARK)
                said[name if is_ours else names.REMARK] = text if is_ours else _prose(item)
            elif item.key in ("administrativestatus", "termtype"):
                said[item.key] = item.line
            else:
                self._put_aside(item, label, section)
        status = status_of(said.get("administrativestatus", ""))
        alias = AliasRecord(
            text=label.text,
            kind=_kind(said, usual_kind(section.language, own.language), status),
            status=_known(said.get(names.STATUS, ""), ALIAS_STATUSES)
            or {"superseded": "deprecated"}.get(status, status)
            or "admitted",
            language="" if section is own else section.language,
            note=" ".join(said.get(names.REMARK, "").split()),
        )
        position = said.get(names.POSITION, "")
        return int(position) if position.isdecimal() and len(position) < 6 else place, alias


def is_same_language(one: str, other: str) -> bool:
    """Say whether two codes differ at most in region and script."""
    return one.split("-")[0].casefold() == other.split("-")[0].casefold()


def usual_kind(language: str, own_language: str) -> str:
    """Return what a name is that nothing more is said of."""
    return "synonym" if is_same_language(language, own_language) else "translation"


def _kind(said: dict[str, str], usual: str, status: str) -> str:
    told = _known(said.get(names.KIND, "").replace(" ", "_"), ALIAS_KINDS)
    by_type = names.KIND_BY_TERM_TYPE.get(said.get("termtype", "").casefold(), "")
    return told or by_type or ("former_name" if status == "superseded" else usual)


def _known(word: str, words: tuple[str, ...]) -> str:
    return word if word in words else ""


def _prose(item: Item) -> str:
    return item.text.strip("\n").rstrip()


def _pointed_to(kind: str, text: str) -> RelationRecord:
    match = _POINTER.fullmatch(text)
    return RelationRecord(kind, match["id"], match["name"] or "") if match else RelationRecord(kind, text)
