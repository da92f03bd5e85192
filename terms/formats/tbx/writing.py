"""Records to TBX: the dialects TBX-Basic (both styles) and TBX-Min of ISO 30042:2019.

What these have no category for leaves in notes with a label (`names`), so that people can read it and
our own import can put it back. References to concepts outside of the file are such notes too: TBX
allows none to anything that is not in it, and what is in it is known only at the end. So the entries
wait in a temporary file.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from html import escape
from itertools import chain
from typing import IO, Any
from urllib.parse import quote, urlsplit

from ...markup import to_plain_text
from ...text import name_key
from ..prose import escaped
from ..record import (
    LONGEST_SHORT_DEFINITION,
    AliasRecord,
    Glossary,
    RelationRecord,
    SourceRecord,
    TermRecord,
)
from . import names, own
from .names import labelled

_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTRY_END = b"</conceptEntry>\n"


@dataclass(frozen=True)
class _Dialect:
    """One of the three forms; `is_full` tells TBX-Basic from TBX-Min."""

    style: str
    is_full: bool = True

    @property
    def root(self) -> str:
        name = "TBX-Basic" if self.is_full else "TBX-Min"
        modules = "".join(f' xmlns:{key}="{uri}"' for key, uri in names.MODULE_NAMESPACES.items())
        used = modules if self.style == "dct" else ""
        return f'<tbx type="{name}" style="{self.style}" xmlns="{names.CORE_NAMESPACE}"{used}'

    def category(self, element: str, name: str, text: str, target: str = "") -> str:
        """Return an element of this data category: by `type` in style DCA, by its own name in DCT."""
        pointed = f' target="{escape(target)}"' if target else ""
        if self.style == "dca":
            return f'<{element} type="{name}"{pointed}>{_xml(text)}</{element}>'
        tag = f"{'min' if name in names.MIN_CATEGORIES else 'basic'}:{name}"
        return f"<{tag}{pointed}>{_xml(text)}</{tag}>"


def _write(dialect: _Dialect, records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield the header, then, when all records have been seen, entry by entry."""
    language = _language(glossary.language)
    yield _head(dialect, glossary, language).encode()
    with tempfile.TemporaryFile() as waiting:
        written = _put_down(waiting, dialect, records, language)
        waiting.seek(0)
        if written:
            yield b"<text>\n<body>\n"
            yield from _entries(waiting, written)
            yield b"</body>\n</text>\n</tbx>\n"
        else:
            yield b"<text/>\n</tbx>\n"


def _head(dialect: _Dialect, glossary: Glossary, language: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'{dialect.root} xml:lang="{language}">\n'
        "<tbxHeader>\n<fileDesc>\n"
        f"<titleStmt><title>{_xml(_line(glossary.name))}</title></titleStmt>\n"
        f"<sourceDesc><p>{_xml(_line(own.EXPORTED_BY + glossary.url))}</p></sourceDesc>\n"
        "</fileDesc>\n</tbxHeader>\n"
    )


def _put_down(
    waiting: IO[bytes], dialect: _Dialect, records: Iterable[TermRecord], language: str
) -> set[bytes]:
    """Write the entries to the temporary file and return their identifiers."""
    written: set[bytes] = set()
    for number, record in enumerate(records, start=1):
        identifier = f"{own.ID_PREFIX}{record.id}"
        if not _PUBLIC_ID.fullmatch(record.id or "") or identifier.encode() in written:
            identifier = f"n-{number}"
        written.add(identifier.encode())
        lines = _Entry(record, dialect, language).lines(identifier)
        waiting.write("".join(f"{line}\n" for line in lines).encode())
    return written


# Text never holds a bare “<”, so that a line that begins with a tag is one of ours.
_REFERENCE = re.compile(
    rb'<(?P<tag>ref|basic:crossReference)(?: type="crossReference")? target="(?P<id>[^"]+)">'
    rb"(?P<text>.*)</(?P=tag)>\n"
)
_LABELLED = re.compile(rb"(?:" + b"|".join(label.encode() for label in names.RELATION_BY_LABEL) + rb"): ")


def _entries(waiting: IO[bytes], written: set[bytes]) -> Iterator[bytes]:
    """Yield the entries one by one, with notes instead of references that would lead nowhere."""
    lines: list[bytes] = []
    for line in waiting:
        reference = _REFERENCE.fullmatch(line)
        if reference and reference["id"] not in written:
            label = b"" if _LABELLED.match(reference["text"]) else b"Related term: "
            line = b"<note>%s%s (%s)</note>\n" % (label, reference["text"], reference["id"])
        lines.append(line)
        if line == _ENTRY_END:
            yield b"".join(lines)
            lines = []


# --- One entry -----------------------------------------------------------------------------------


@dataclass
class _Entry:
    """The lines of one concept, in the order that the schema asks for."""

    record: TermRecord
    dialect: _Dialect
    language: str
    sections: dict[str, list[AliasRecord]] = field(default_factory=dict, init=False)
    aside: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        given = self.record.further.get("tbx", {})
        self.aside = given if isinstance(given, Mapping) else {}
        self.aliases = [alias for alias in self.record.aliases or () if _line(alias.text)]
        self.sections[self.language] = []
        for alias in self.aliases:
            self.sections.setdefault(self._section_of(alias.language), []).append(alias)
        self.is_in_order = self.aliases == [alias for some in self.sections.values() for alias in some]

    def _section_of(self, language: str) -> str:
        """Return the language of the section that something said in this language belongs to."""
        code = _language(language or self.language)
        return next((known for known in self.sections if known.casefold() == code.casefold()), code)

    def lines(self, identifier: str) -> Iterator[str]:
        yield f'<conceptEntry id="{identifier}">'
        yield from self._about_concept()
        for language, aliases in self.sections.items():
            yield f'<langSec xml:lang="{language}">'
            if language == self.language:
                yield from self._definition()
                yield from self._term_section(self.record.name, language, self._about_name())
            else:
                yield from self._given_back_of(language)
            for alias in aliases:
                yield from self._term_section(alias.text, language, self._about_alias(alias, language))
            yield from self._same_names(language)
            yield "</langSec>"
        yield "</conceptEntry>"

    def _note(self, label: str, text: str, *, usual: str = "") -> str:
        return f"<note>{_xml(labelled(label, text, usual=usual))}</note>"

    def _about_concept(self) -> Iterator[str]:
        if self.dialect.is_full:
            yield from self._transactions()
        for tag in self.record.tags or ():
            if _line(tag):
                yield self.dialect.category("descrip", "subjectField", _line(tag))
        if self.dialect.is_full:
            for relation in self.record.relations or ():
                yield self._relation(relation)
        for source in self.record.sources or ():
            yield from self._source(source)
        if self.record.status == "deprecated" and self.record.deprecation_reason:
            yield self._note(names.REASON, self.record.deprecation_reason)

    def _transactions(self) -> Iterator[str]:
        for kind, moment in (
            ("origination", self.record.created_at),
            ("modification", self.record.updated_at),
        ):
            if moment and _is_time(moment):
                transaction = self.dialect.category("transac", "transactionType", kind)
                yield f"<transacGrp>{transaction}<date>{moment}</date></transacGrp>"

    def _relation(self, relation: RelationRecord) -> str:
        label, name = names.LABEL_BY_RELATION[relation.kind], _line(relation.name)
        usual = names.LABEL_BY_RELATION["related"]
        if not _PUBLIC_ID.fullmatch(relation.target):
            return self._note(label, name or _line(relation.target))
        text = labelled(label, name or relation.target, usual=usual)
        return self.dialect.category("ref", "crossReference", text, f"{own.ID_PREFIX}{relation.target}")

    def _source(self, source: SourceRecord) -> Iterator[str]:
        title, target = _line(source.title) or _line(source.url), _address(source.url)
        if not title:
            return
        if target:
            yield self.dialect.category("xref", "externalCrossReference", title, target)
        elif self.dialect.is_full:
            yield self.dialect.category("admin", "source", title)
        else:
            yield self._note(names.SOURCE, title)
        if source.url and target != source.url:
            yield self._note(names.ADDRESS, _line(source.url))
        if _line(source.locator):
            yield self._note(names.LOCATOR, _line(source.locator))

    def _definition(self) -> Iterator[str]:
        if not self.dialect.is_full:
            return
        short = _line(self.record.short_definition or "")
        article = _prose(self.record.definition or "")
        if short:
            yield self.dialect.category("descrip", "definition", short)
            if article:
                yield self._note(names.ARTICLE, article)
            return
        plain = _line(to_plain_text(article))
        if plain:
            yield self.dialect.category("descrip", "definition", plain)
        # Too long for a short definition, and without marks: read back, it can only be the article.
        if article and (len(plain) <= LONGEST_SHORT_DEFINITION or escaped(plain) != article):
            yield self._note(names.IN_MARKDOWN, article)

    # Names

    def _term_section(self, text: str, language: str, about: Iterable[str]) -> Iterator[str]:
        yield "<termSec>"
        yield f"<term>{_xml(_line(text))}</term>"
        lines = list(about)
        # The schema wants all term notes first.
        given_back = list(self._given_back_of(language, _line(text)))
        for wanted in (True, False):
            yield from (line for line in [*lines, *given_back] if _is_term_note(line) is wanted)
        yield "</termSec>"

    def _about_name(self) -> Iterator[str]:
        is_deprecated = self.record.status == "deprecated"
        yield self._status("supersededTerm" if is_deprecated else "preferredTerm")
        if _line(self.record.qualifier or ""):
            yield self._note(names.QUALIFIER, _line(self.record.qualifier or ""))
        usual = names.LABEL_BY_NOTE["usage"]
        for note in self.record.notes or ():
            text = _prose(note.text)
            if not text.strip():
                continue
            if note.kind == "example" and self.dialect.is_full:
                yield self.dialect.category("descrip", "context", text)
            else:
                yield self._note(names.LABEL_BY_NOTE[note.kind], text, usual=usual)

    def _status(self, name: str) -> str:
        return self.dialect.category("termNote", "administrativeStatus", f"{name}-admn-sts")

    def _about_alias(self, alias: AliasRecord, language: str) -> Iterator[str]:
        status = self._status_word(alias)
        term_type = names.TERM_TYPE_BY_KIND.get(alias.kind, "") if self.dialect.is_full else ""
        if term_type:
            yield self.dialect.category("termNote", "termType", term_type)
        yield self._status(f"{status}Term")
        usual = own.usual_kind(language, self.language)
        if not term_type and alias.kind != ("former_name" if status == "superseded" else usual):
            yield self._note(names.KIND, alias.kind.replace("_", " "))
        if alias.status != {"superseded": "deprecated"}.get(status, status):
            yield self._note(names.STATUS, alias.status)
        if not self.is_in_order:
            yield self._note(names.POSITION, str(self.aliases.index(alias)))
        if _line(alias.note):
            yield self._note(names.REMARK, _line(alias.note), usual=names.REMARK)

    def _status_word(self, alias: AliasRecord) -> str:
        is_shown = self.record.status != "deprecated" and alias.kind not in ("hidden", "misspelling")
        if is_shown and alias.status in ("preferred", "admitted"):
            return alias.status
        return "superseded" if alias.kind == "former_name" else "deprecated"

    # What an earlier TBX file said besides

    def _given_back_of(self, language: str, term: str = "") -> Iterator[str]:
        """Yield what an import put aside of this term, or of this language, and the dialect allows."""
        categories = names.GIVEN_BACK_WITH_TERMS if term else names.GIVEN_BACK_WITH_LANGUAGES
        for category, element in categories.items():
            if not self.dialect.is_full and category not in names.MIN_CATEGORIES:
                continue
            others = names.ALSO_CALLED.get(category, ())
            for text in chain(*(self._said(name, language, term) for name in (category, *others))):
                if text in names.PICK_LISTS.get(category, {text}):
                    yield self.dialect.category(element, category, text)
        if not term:
            yield from (f"<note>{_xml(text)}</note>" for text in self._said("note", language, ""))

    def _said(self, category: str, language: str, term: str) -> Iterator[str]:
        given = self.aside.get(category, ())
        for said in given if isinstance(given, (list, tuple)) else ():
            if isinstance(said, Mapping) and (said.get("term") or "") == term:
                text = _line(str(said.get("text") or ""))
                section = self._section_of(str(said.get("language") or ""))
                if section not in self.sections and own.is_same_language(section, self.language):
                    section = self.language
                if text and section == language:
                    yield text

    def _same_names(self, language: str) -> Iterator[str]:
        """Yield the terms that are spelt as a name in another language."""
        known = {name_key(self.record.name), *(name_key(alias.text) for alias in self.record.aliases or ())}
        for text in self._said("term", language, ""):
            if name_key(text) in known:
                yield f"<termSec><term>{_xml(text)}</term></termSec>"


def _is_term_note(line: str) -> bool:
    return bool(re.match(r"<(?:termNote|basic:(?:termType|gram|geo)|min:(?:admin|part))", line))


# --- Texts ---------------------------------------------------------------------------------------


def _xml(text: str) -> str:
    """Return a text as XML; characters that XML 1.0 forbids (section 2.2) are left out."""
    return escape(_NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")), quote=False)


def _line(text: str) -> str:
    return " ".join(_NOT_IN_XML.sub("", text.replace("\r", "\n")).split())


def _prose(text: str) -> str:
    return _NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").rstrip()


def _language(code: str) -> str:
    """Return a code that the schema accepts (xs:language), `und` (ISO 639-2) for what is none."""
    code = code.replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else "und"


def _is_time(moment: str) -> bool:
    try:
        return bool(datetime.fromisoformat(moment)) and bool(_TIME.fullmatch(moment))
    except ValueError:
        return False


_IN_A_PATH = "/%:@!$&'()*+,;=~-._"


def _address(url: str) -> str:
    """Return a web address as xs:anyURI has it, or "" for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[A-Za-z0-9.-]+(?::\d+)?", parts.netloc):
        return ""
    path, query, fragment = (
        quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", part), safe=safe)
        for part, safe in (
            (parts.path, _IN_A_PATH),
            (parts.query, _IN_A_PATH + "?"),
            (parts.fragment, _IN_A_PATH + "?"),
        )
    )
    rest = f"{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"
    return f"{parts.scheme}://{parts.netloc}{path}{rest}"


write_dca = partial(_write, _Dialect("dca"))
write_dct = partial(_write, _Dialect("dct"))
write_min = partial(_write, _Dialect("dca", is_full=False))
