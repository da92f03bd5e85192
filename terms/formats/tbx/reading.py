"""TBX entries to records: one record for each concept, whatever system wrote the file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ...errors import UnreadableFile
from ...text import name_key, words
from ..prose import escaped, placed
from ..record import (
    LONGEST_DEFINITION,
    LONGEST_NAME,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    NoteRecord,
    Refs,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from . import own
from .document import Document, Entry, Item, Label, Run, key_of
from .names import KIND_BY_TERM_TYPE, STATUS_CATEGORIES, status_of

_LONGEST_TAG, _LONGEST_REMARK, _LONGEST_NOTE = 100, 300, 20_000
_LONGEST_TITLE, _LONGEST_URL, _LONGEST_LOCATOR = 400, 1000, 200
_MOST_USELESS_ENTRIES = 1000

_PLACEHOLDERS = frozenset({"", "not selected", "not specified", "not set", "n/a", "-", "--", "?"})
_EXAMPLES = frozenset({"context", "example", "samplesentence"})
_NOTES = frozenset({"note", "usagenote", "explanation", "descrip", "comment"})
_SUBJECTS = frozenset({"subjectfield", "subject", "domain"})
_SOURCES = frozenset({"source", "entrysource", "sourceidentifier"})
_LINKS = frozenset({"externalcrossreference", "xgraphic"})
_RELATED = frozenset(
    {"crossreference", "seealso", "relatedconcept", "associatedconcept", "antonymconcept", "related"}
)
_BROADER = re.compile(
    r"(?:superordinate|broader|comprehensive|generic)concept.*|relatedconceptbroader|broader"
)
_NARROWER = re.compile(
    r"(?:subordinate|narrower|partitive|specific)concept.*|relatedconceptnarrower|narrower"
)
_COORDINATE = re.compile(r"(?:coordinate|temporal|spatial)concept.*")

# What is put aside without a word to a person: it says how words are used and who typed them in.
_BOOKKEEPING = re.compile(
    r"partofspeech|grammatical\w+|termlocation|geographicalusage|transac\w*|reliabilitycode|processstatus|"
    r"customersubset|projectsubset|customer|elementworkingstatus|termtype|date|responsibility"
)

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each concept that has a term, and a problem for each that has none.

    The preferred term in the glossary's language is the name, else the full form, else the first; all
    others are aliases. Cross-references become relations to the names of the concepts they point to.
    Our own exports give back what was written.

    Raises UnreadableFile when the file as a whole is broken, no TBX, or tries to fetch or blow up.
    """
    language = language.replace("_", "-")
    document = Document(data)
    languages = _Languages(language)
    found: list[_Concept | RowProblem] = []
    useless = 0
    for entry in document.entries():
        entry = languages.evened(entry)
        concept = _concept(entry, document, language)
        useless += isinstance(concept, RowProblem)
        if useless > _MOST_USELESS_ENTRIES:
            raise UnreadableFile(
                f"More than {_MOST_USELESS_ENTRIES:,} entries cannot be used; the first of them: "
                f"{next(item.message for item in found if isinstance(item, RowProblem))}"
            )
        found.append(concept)
    yield from languages.problems
    yield from _with_relations(found)


@dataclass(frozen=True)
class _Concept:
    """A record, and what it points to by the identifiers of the file.

    `points` are triples of the kind of relation (“narrower” too), the identifier and the text.
    """

    record: TermRecord
    ids: tuple[str, ...] = ()
    points: tuple[tuple[str, str, str], ...] = ()


def _concept(entry: Entry, document: Document, language: str) -> _Concept | RowProblem:
    if own.is_ours(entry, document, language):
        return _Concept(own.record_of(entry, document))
    return _Reader(entry, language).concept()


class _Languages:
    """Evens language codes out (`de_AT`) and remembers which ones were not right.

    What has no language at all is in the glossary's.
    """

    def __init__(self, usual: str) -> None:
        self.problems: list[RowProblem] = []
        self._known: dict[str, str] = {"": usual}

    def evened(self, entry: Entry) -> Entry:
        items = tuple(self._item(item, entry.line) for item in entry.items)
        codes = [self._code(section.language, entry.line) for section in entry.sections]
        if items == entry.items and codes == [section.language for section in entry.sections]:
            return entry
        sections = (
            replace(section, language=code) for section, code in zip(entry.sections, codes, strict=True)
        )
        return replace(entry, items=items, sections=tuple(sections))

    def _item(self, item: Item, line: int) -> Item:
        code = self._code(item.language, line) if item.language else ""
        return item if code == item.language else replace(item, language=code)

    def _code(self, code: str, line: int) -> str:
        if code not in self._known:
            self._known[code] = code.replace("_", "-")
            if self._known[code] != code:
                self._complain(line, code, f"The language code was read as “{self._known[code][:40]}”.")
            elif not (_LANGUAGE.fullmatch(code) and len(code) <= 35):
                self._known[code] = code[:35]
                self._complain(line, code, "This is no language code as in BCP 47, such as “de-AT”.")
        return self._known[code]

    def _complain(self, line: int, code: str, message: str) -> None:
        self.problems.append(RowProblem(line, "xml:lang", code[:80], message, fatal=False))


# --- One concept ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Name:
    """A term of the entry with what decides on its place among the names."""

    label: Label
    language: str
    status: str
    kind: str
    is_main_entry: bool

    @property
    def is_in_use(self) -> bool:
        return self.status in ("", "preferred", "admitted")


def _name(label: Label, language: str) -> _Name:
    statuses = [
        status_of(item.line)
        for item in label.items
        if item.key in STATUS_CATEGORIES or item.key == "termtype"
    ]
    types = [key_of(item.line) for item in label.items if item.key == "termtype"]
    kinds = [KIND_BY_TERM_TYPE[each] for each in types if each in KIND_BY_TERM_TYPE]
    return _Name(
        label=label,
        language=language,
        status=next(filter(None, statuses), ""),
        kind=next(iter(kinds), ""),
        is_main_entry="entryterm" in types,
    )


def _primary(language: str) -> str:
    return language.split("-")[0].casefold()


@dataclass
class _Reader:
    """Collects what one entry says, by the fields of a record."""

    entry: Entry
    wanted: str
    main: str = ""
    tags: list[str] = field(default_factory=list)
    sources: list[SourceRecord] = field(default_factory=list)
    notes: list[NoteRecord] = field(default_factory=list)
    definitions: list[Item] = field(default_factory=list)
    points: list[tuple[str, str, str]] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    aside: dict[str, list[Any]] = field(default_factory=dict)
    put_aside: dict[str, None] = field(default_factory=dict)

    def concept(self) -> _Concept | RowProblem:
        names = [
            _name(label, section.language)
            for section in self.entry.sections
            for label in section.labels
            if name_key(label.text)
        ]
        if not names:
            return self._refused("", "The entry has no term. Add one or remove the entry.")
        self.main = self._main_language([name.language for name in names])
        own_names = [name for name in names if name.language == self.main]
        chosen = _chosen(own_names)
        if len(chosen.label.text) > LONGEST_NAME:
            return self._refused(
                chosen.label.text, f"The name is longer than {LONGEST_NAME} signs. Shorten it."
            )
        self._read_levels(names, chosen)
        is_too_long = sum(len(item.text) for item in self.definitions) > LONGEST_DEFINITION
        short, definition = (None, None) if is_too_long else self._texts()
        if is_too_long or len(definition or "") > LONGEST_DEFINITION:
            message = f"The definition is longer than {LONGEST_DEFINITION:,} signs. Split it."
            return self._refused(chosen.label.text, message)
        names.sort(key=lambda name: name.language != self.main)
        aliases = self._aliases(names, chosen)
        status = self._status(own_names)
        self._flag_what_was_put_aside()
        record = TermRecord(
            line=self.entry.line,
            name=chosen.label.text,
            ref=self._ref(chosen.label.text),
            status=status,
            short_definition=short,
            definition=definition,
            aliases=tuple(aliases) or None,
            tags=tuple(dict.fromkeys(self.tags)) or None,
            sources=tuple(dict.fromkeys(self.sources)) or None,
            notes=tuple(dict.fromkeys(self.notes)) or None,
            external_ids=(ExternalIdRecord("tbx", self.entry.id),) if 0 < len(self.entry.id) <= 300 else None,
            further={"tbx": self.aside} if self.aside else {},
            confidence=1.0 if own.is_same_language(self.main, self.wanted) else 0.5,
            flags=tuple(self.flags),
        )
        return _Concept(record, self.entry.ids, tuple(dict.fromkeys(self.points)))

    def _refused(self, value: str, message: str) -> RowProblem:
        return RowProblem(self.entry.line, "term", (value or self.entry.id)[:80], message)

    def _ref(self, name: str) -> str:
        # Entries without an identifier are known again by their name, long identifiers by their digest.
        if 0 < len(self.entry.id) <= 300:
            return f"tbx:{self.entry.id}"
        digest = hashlib.sha256((self.entry.id or name_key(name)).encode()).hexdigest()
        return f"tbx:~{digest[:32]}"

    def _main_language(self, languages: list[str]) -> str:
        """Return the language of the name: the glossary's, else one close to it, else the first."""
        wanted = self.wanted.casefold()
        for fits in (
            lambda code: code.casefold() == wanted,
            lambda code: code.casefold() == _primary(wanted),
            lambda code: _primary(code) == _primary(wanted),
        ):
            if found := next(filter(fits, languages), ""):
                return found
        first = languages[0]
        message = f"The entry has no term in “{self.wanted}”; its name is in “{first}”."
        self.flags.append(Flag("other_language", message))
        return first

    def _status(self, names: list[_Name]) -> str | None:
        if any(name.is_in_use for name in names):
            return None
        message = "The file says of every name of this concept not to use it: it comes in as deprecated."
        self.flags.append(Flag("all_names_deprecated", message))
        return "deprecated"

    # What is said at each level

    def _read_levels(self, names: list[_Name], chosen: _Name) -> None:
        for item in self.entry.items:
            language = item.language or self.main
            self._read(item, self._is_main(language), {"language": language} if item.language else {})
        for section in self.entry.sections:
            for item in section.items:
                self._read(item, self._is_main(section.language), {"language": section.language})
        for name in names:
            for item in name.label.items:
                if not (item.key == "note" and name is not chosen) and not _is_read_with_the_name(item):
                    about = {"term": name.label.text, "language": name.language}
                    self._read(item, self._is_main(name.language), about)

    def _is_main(self, language: str) -> bool:
        return own.is_same_language(language, self.main)

    def _read(self, item: Item, is_main: bool, about: dict[str, str]) -> None:
        """Take one item for what it is; of other languages only what is the same in all."""
        if item.line.casefold() in _PLACEHOLDERS and not item.target:
            return
        kind = _relation_of(item)
        for target, text in item.links:
            self.points.append(("related", target, text))
        if kind:
            self._point(kind, item)
        elif item.element == "xref" or item.key in _LINKS:
            self._add_source(item, item.line, item.target, about)
        elif not is_main:
            self._put_aside(item, about)
        elif item.key in _SUBJECTS:
            self._add_tags(item, about)
        elif item.key == "definition":
            self.definitions.append(item)
            for source in item.sources:
                self._add_source(item, source, "", about)
        elif item.key in _EXAMPLES or item.key in _NOTES:
            self._add_note(item, about)
        elif item.key in _SOURCES:
            self._add_source(item, item.line, "", about)
        else:
            self._put_aside(item, about)

    def _put_aside(self, item: Item, about: dict[str, str]) -> None:
        said: dict[str, Any] = {**about, "text": _tidy(item.text)}
        if item.target:
            said["target"] = item.target
        if item.sources:
            said["sources"] = list(item.sources)
        self.aside.setdefault(item.category, []).append(said)
        if not _BOOKKEEPING.fullmatch(item.key):
            self.put_aside[item.category] = None

    def _flag_what_was_put_aside(self) -> None:
        if self.put_aside:
            listed = ", ".join(category[:40] for category in list(self.put_aside)[:8])
            self.flags.append(
                Flag("further_data", f"Kept beside the term, because it has no place in it: {listed}.")
            )

    def _point(self, kind: str, item: Item) -> None:
        if _WEB.fullmatch(item.target):
            self._add_source(item, item.line, item.target, {})
        else:
            self.points.append((kind, item.target, item.line))

    def _add_source(self, item: Item, title: str, target: str, about: dict[str, str]) -> None:
        url = target if _WEB.fullmatch(target) else title if _WEB.fullmatch(title) else ""
        locator = "" if target in (url, title) or not title else target
        title = title or target
        fits = len(title) <= _LONGEST_TITLE and len(url) <= _LONGEST_URL and len(locator) <= _LONGEST_LOCATOR
        if title and fits:
            self.sources.append(SourceRecord(title, url, locator))
        elif title:
            self._put_aside(item, about)

    def _add_tags(self, item: Item, about: dict[str, str]) -> None:
        for tag in _subjects(item.line):
            if len(tag) > _LONGEST_TAG:
                self._put_aside(item, about)
            elif words(tag):
                self.tags.append(tag)

    def _add_note(self, item: Item, about: dict[str, str]) -> None:
        text = _markdown(item)
        kind = "example" if item.key in _EXAMPLES else "usage"
        if item.sources:
            text += f" ({'; '.join(escaped(source) for source in item.sources)})"
        if len(text) <= _LONGEST_NOTE:
            self.notes.append(NoteRecord(kind, text))
        else:
            self._put_aside(item, about)

    # Definitions and names

    def _texts(self) -> tuple[str | None, str | None]:
        definitions = list({_markdown(item): item for item in self.definitions}.items())
        if not definitions:
            return None, None
        (markdown, first), rest = definitions[0], [other for other, _ in definitions[1:]]
        short = None if _is_styled(first) else placed(_tidy(first.text))[0]
        if rest:
            message = "The file defines this concept several times; the definitions stand below one another."
            self.flags.append(Flag("several_definitions", message))
        long = "\n\n".join(rest if short else [markdown, *rest])
        return short, long or None

    def _aliases(self, names: list[_Name], chosen: _Name) -> list[AliasRecord]:
        taken = {name_key(chosen.label.text)}
        aliases = []
        for name in names:
            key = name_key(name.label.text)
            if name is chosen:
                continue
            if key in taken or len(name.label.text) > LONGEST_NAME:
                self._put_name_aside(name)
            else:
                taken.add(key)
                aliases.append(self._alias(name))
        return aliases

    def _put_name_aside(self, name: _Name) -> None:
        """Keep a name that cannot be an alias: too long, or the same as one in another language."""
        about = {"term": name.label.text, "language": name.language}
        if name.language != self.main or len(name.label.text) > LONGEST_NAME:
            self.aside.setdefault("term", []).append({"text": name.label.text, "language": name.language})
        if len(name.label.text) > LONGEST_NAME:
            self.put_aside["term"] = None
        for item in name.label.items:
            if item.key == "note":
                self._put_aside(item, about)

    def _alias(self, name: _Name) -> AliasRecord:
        is_own = own.is_same_language(name.language, self.wanted)
        kind = name.kind or ("former_name" if name.status == "superseded" else "synonym")
        remarks = [item for item in name.label.items if item.key == "note"]
        note = " ".join(item.line for item in remarks if item.line.casefold() not in _PLACEHOLDERS)
        if len(note) > _LONGEST_REMARK:
            for item in remarks:
                self._put_aside(item, {"term": name.label.text, "language": name.language})
        return AliasRecord(
            text=name.label.text,
            kind=kind if is_own else "translation",
            status={"superseded": "deprecated"}.get(name.status, name.status) or "admitted",
            language="" if is_own and name.language == self.main else name.language,
            note=note if len(note) <= _LONGEST_REMARK else "",
        )


def _chosen(names: list[_Name]) -> _Name:
    """Return the name: preferred, else the main entry or full form in use, else the first in use, else
    the one that was preferred once, else the first."""
    for fits in (
        lambda name: name.status == "preferred",
        lambda name: name.is_in_use and name.is_main_entry,
        lambda name: name.is_in_use and name.kind == "full_form",
        lambda name: name.is_in_use,
        lambda name: name.status == "superseded",
    ):
        if found := next(filter(fits, names), None):
            return found
    return names[0]


def _is_read_with_the_name(item: Item) -> bool:
    if item.key == "termtype":
        word = key_of(item.line)
        return bool(word in KIND_BY_TERM_TYPE or word in ("entryterm", "synonym") or status_of(word))
    return item.key in STATUS_CATEGORIES and bool(status_of(item.line))


def _relation_of(item: Item) -> str:
    if _BROADER.fullmatch(item.key):
        return "broader"
    if _NARROWER.fullmatch(item.key):
        return "narrower"
    if item.key in _RELATED or _COORDINATE.fullmatch(item.key) or item.element == "ref":
        return "related"
    return ""


_SUBJECT_LIST = re.compile(r"\s*;\s*|\s+[/>|]\s+")
_BARE_SLASH = re.compile(r"(?<=[^\W\d_]{3})/(?=[^\W\d_]{3})")


def _subjects(text: str) -> Iterator[str]:
    """Yield the subjects of a list; the slash in “I/O” or “TCP/IP” separates nothing."""
    for part in _SUBJECT_LIST.split(text):
        yield from (piece.strip() for piece in _BARE_SLASH.split(part))


# --- Texts ---------------------------------------------------------------------------------------

_SPACE_ON_A_LINE = re.compile(r"[^\S\n]+")
_SPACE_AT_A_LINE_END = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")
_MARKS = {
    "bold": ("**", "**"),
    "italics": ("*", "*"),
    "superscript": ("<sup>", "</sup>"),
    "subscript": ("<sub>", "</sub>"),
}


def _tidy(text: str) -> str:
    """Return a text without the indentation that pretty-printed XML brings into it."""
    text = _SPACE_AT_A_LINE_END.sub("\n", _SPACE_ON_A_LINE.sub(" ", text.replace("\r\n", "\n")))
    return _BLANK_LINES.sub("\n\n", text).strip()


def _markdown(item: Item) -> str:
    """Return the text of an item as Markdown, with its bold, italic, raised and lowered parts."""
    if not _is_styled(item):
        return escaped(_tidy(item.text))
    return _tidy("".join(map(_marked, item.runs)))


def _is_styled(item: Item) -> bool:
    return any(run.style in _MARKS for run in item.runs)


def _marked(run: Run) -> str:
    bare = run.text.strip()
    if run.style not in _MARKS or not bare:
        return escaped(_SPACE_AT_A_LINE_END.sub("\n", _SPACE_ON_A_LINE.sub(" ", run.text)))
    before, after = _MARKS[run.style]
    start = run.text.index(bare)
    return (
        f"{run.text[:start]}{before}{escaped(' '.join(bare.split()))}{after}{run.text[start + len(bare) :]}"
    )


# --- Relations -----------------------------------------------------------------------------------


def _with_relations(found: Iterable[_Concept | RowProblem]) -> Iterator[TermRecord | RowProblem]:
    """Yield the records with their relations, now that all names are known; each `ref` only once."""
    found = list(found)
    concepts = [concept for concept in found if isinstance(concept, _Concept)]
    by_id: dict[str, _Concept] = {}
    for concept in concepts:
        for identifier in concept.ids:
            by_id.setdefault(identifier, concept)
    stated = {id(concept): list(_stated(concept, by_id)) for concept in concepts}
    for concept in concepts:
        for kind, target, _ in concept.points:
            below = by_id.get(target)
            if kind == "narrower" and below is not None and below is not concept:
                stated[id(below)].append(RelationRecord("broader", _full_name(concept.record)))
    refs = Refs()
    for item in found:
        if isinstance(item, RowProblem):
            yield item
            continue
        record = replace(item.record, ref=refs.take(item.record.ref), flags=_flags(item, by_id))
        relations = tuple(dict.fromkeys(stated[id(item)]))
        if relations:
            kinds = tuple(dict.fromkeys(relation.kind for relation in relations))
            record = replace(record, relations=relations, relation_kinds=kinds)
        yield record


def _stated(concept: _Concept, by_id: dict[str, _Concept]) -> Iterator[RelationRecord]:
    for kind, target, text in concept.points:
        other = by_id.get(target)
        name = _full_name(other.record) if other else text or target
        if kind != "narrower" and other is not concept and 0 < len(name) <= LONGEST_NAME:
            yield RelationRecord(kind, name)


def _flags(concept: _Concept, by_id: dict[str, _Concept]) -> tuple[Flag, ...]:
    """Return the flags of a record, and one for narrower concepts that could only be told from below."""
    unknown = [
        text or target for kind, target, text in concept.points if kind == "narrower" and target not in by_id
    ]
    if not unknown:
        return concept.record.flags
    listed = ", ".join(f"“{name[:60]}”" for name in unknown[:5])
    message = f"Narrower concepts that are not in the file: {listed}. Relate them to this one by hand."
    return (*concept.record.flags, Flag("narrower_unknown", message))


def _full_name(record: TermRecord) -> str:
    return f"{record.name} ({record.qualifier})" if record.qualifier else record.name
