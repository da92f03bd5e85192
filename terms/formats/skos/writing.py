"""Records to the statements of a SKOS vocabulary, one concept at a time.

Only what needs the whole vocabulary waits for the end: relations and groups, which are kept as pairs of
addresses. The statements satisfy the integrity conditions of the SKOS Reference (S9, S13, S14, S27, S37).
What SKOS has no name for stands under names of our own; see `vocabulary`. The short definition is
`skos:definition`; without one that is the first paragraph of the article, as plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from ...text import slug_for
from ..record import NOTE_KINDS, AliasRecord, ExternalIdRecord, Glossary, SourceRecord, TermRecord
from . import vocabulary as rdf
from .further import from_json, is_repeated
from .graph import Iri, Literal, Nested, Statement, usable_language
from .labels import alias_of, predicates_of
from .relations import Relations
from .texts import is_web_address, lead, one_line, plain, tidy, unmarked

Thing = tuple[str, Sequence[Statement]]

_NOT_IN_AN_IRI = re.compile('[\x00-\x20<>"{}|\\\\^`\x7f]')
_DATE = re.compile(r"-?\d{4,}-\d\d-\d\d")
_DATE_TIME = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_TYPES_OF_OTHERS = (rdf.XSD, rdf.RDF, rdf.TERMBOOK)
_LABELS = {rdf.PREF_LABEL, rdf.ALT_LABEL, rdf.HIDDEN_LABEL}


def writer_in(lines: Callable[[Iterable[Thing]], Iterator[str]]) -> Callable[..., Iterator[bytes]]:
    """Return the `write` of a syntax: records and glossary to the bytes of a file, piece by piece."""

    def write(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
        return (line.encode() for line in lines(_Vocabulary(glossary).things(records)))

    return write


class _Vocabulary:
    """Makes the statements; knows of all terms only which there are and how they relate."""

    def __init__(self, glossary: Glossary) -> None:
        self.glossary = glossary
        self.language = usable_language(glossary.language)
        self.scheme = _iri(f"{glossary.url}#set")
        self.relations = Relations()
        self.groups: dict[str, tuple[str, dict[Iri, None]]] = {}

    def things(self, records: Iterable[TermRecord]) -> Iterator[Thing]:
        """Yield each thing with what is said of it: scheme, concepts, then relations and groups."""
        yield self.scheme, list(self._said_of_scheme())
        for record in records:
            concept = self._address(record.id or record.ref)
            self._remember(record, concept)
            yield from _Concept(record, concept, self).things()
        self.relations.complete()
        for concept in self.relations.concepts:
            statements = list(self.relations.said_of(concept))
            if self.relations.is_top(concept):
                statements.append((rdf.TOP_CONCEPT_OF, self.scheme))
            if statements:
                yield concept, statements
        for group, (name, members) in self.groups.items():
            label = Literal(name, self.language)
            statements = [(rdf.TYPE, Iri(rdf.COLLECTIONS[0])), (rdf.PREF_LABEL, label)]
            yield group, [*statements, *((rdf.MEMBER, member) for member in members)]
        tops = [concept for concept in self.relations.concepts if self.relations.is_top(concept)]
        if tops:
            yield self.scheme, [(rdf.HAS_TOP_CONCEPT, concept) for concept in tops]

    def _said_of_scheme(self) -> Iterator[Statement]:
        glossary = self.glossary
        yield rdf.TYPE, Iri(rdf.SCHEME)
        yield rdf.TITLE, self.text(glossary.name)
        yield rdf.LANGUAGE, Literal(self.language)
        if glossary.description:
            yield rdf.DESCRIPTION, self.text(glossary.description)
        if glossary.licence:
            address = glossary.licence.strip()
            yield rdf.LICENCE, Iri(address) if is_web_address(address) else Literal(tidy(address))
        if glossary.modified:
            yield rdf.MODIFIED, _moment(glossary.modified)

    def text(self, text: str) -> Literal:
        return Literal(tidy(text).strip(), self.language)

    def _address(self, id: str) -> Iri:
        if is_web_address(id) and rdf.is_iri(id):
            return Iri(id)
        return _iri(self.glossary.uri(quote(tidy(id), safe="")))

    def _remember(self, record: TermRecord, concept: Iri) -> None:
        self.relations.add(concept, is_deprecated=record.status == "deprecated")
        for relation in record.relations or ():
            self.relations.relate(relation.kind, concept, self._address(relation.target))
        for relation in record.inverse:
            self.relations.receive(relation.kind, concept, self._address(relation.target))
        self.relations.know(
            deprecated=map(self._address, record.around.deprecated),
            broader=((self._address(one), self._address(above)) for one, above in record.around.broader),
        )
        for tag in map(one_line, record.tags or ()):
            group = str(_iri(f"{self.glossary.url}tags/{quote(slug_for(tag)[:100])}/"))
            self.groups.setdefault(group, (tag, {}))[1][concept] = None


# --- One concept ---------------------------------------------------------------------------------


class _Concept:
    """Makes the statements on one term, but for its relations and groups."""

    def __init__(self, record: TermRecord, address: Iri, vocabulary: _Vocabulary) -> None:
        self.record, self.address, self.vocabulary = record, address, vocabulary
        self.language, self.text = vocabulary.language, vocabulary.text
        self.absorbed = [Literal(tidy(id)) for id in record.absorbed]
        self.parts: list[Thing] = []
        self.labels: set[tuple[str, str]] = set()
        self.languages_named: set[str] = set()

    def things(self) -> Iterator[Thing]:
        """Yield the concept, then its parts that have addresses of their own, which end with a number."""
        yield self.address, [*self._said(), *self._further()]
        yield from self.parts

    def _said(self) -> Iterator[Statement]:
        record = self.record
        yield rdf.TYPE, Iri(rdf.CONCEPT)
        yield rdf.IN_SCHEME, self.vocabulary.scheme
        if record.id:
            yield rdf.NOTATION, Literal(tidy(record.id))
        name = f"{record.name} ({record.qualifier})" if record.qualifier else record.name
        yield from self._label(rdf.PREF_LABEL, Literal(one_line(name), self.language))
        if record.qualifier:
            yield rdf.QUALIFIER, Literal(one_line(record.qualifier))
        yield from self._aliases()
        yield from self._texts()
        yield from self._sources()
        for item in record.external_ids or ():
            yield self._identifier(item)
        yield from ((rdf.ALTERNATIVE_ID, absorbed) for absorbed in self.absorbed)
        yield from self._state()

    def _label(self, predicate: str, label: Literal) -> list[Statement]:
        """Return the label, unless the concept has it already, or a preferred one in its language."""
        language = label.language.lower()
        is_second = predicate == rdf.PREF_LABEL and language in self.languages_named
        if not label.text or is_second or (label.text, language) in self.labels:
            return []
        self.labels.add((label.text, language))
        self.languages_named |= {language} if predicate == rdf.PREF_LABEL else set()
        return [(predicate, label)]

    def _aliases(self) -> Iterator[Statement]:
        aliases = [self._tidied(alias) for alias in self.record.aliases or ()]
        tags = [alias.language or self.language for alias in aliases]
        predicates = predicates_of(aliases, tags, self.language)
        kept = [
            (alias, Literal(alias.text, tag), predicate)
            for alias, tag, predicate in zip(aliases, tags, predicates, strict=True)
            if self._label(predicate, Literal(alias.text, tag))
        ]
        yield from ((predicate, label) for _, label, predicate in kept)
        if not self._is_plain(kept):
            for number, (alias, label, predicate) in enumerate(kept, 1):
                yield rdf.XL_OF[predicate], self._part("alias", number, self._details(alias, label))

    def _tidied(self, alias: AliasRecord) -> AliasRecord:
        tag = usable_language(alias.language) if alias.language else ""
        tag = "" if tag.lower() == self.language.lower() else tag
        return replace(alias, text=one_line(alias.text), language=tag, note=one_line(alias.note))

    def _is_plain(self, kept: Sequence[tuple[AliasRecord, Literal, str]]) -> bool:
        """Say whether the labels alone tell what the aliases are, in their order."""
        told = [
            alias_of(label, predicate, self.language)
            for wanted in (rdf.PREF_LABEL, rdf.ALT_LABEL, rdf.HIDDEN_LABEL)
            for _, label, predicate in kept
            if predicate == wanted
        ]
        return told == [alias for alias, _, _ in kept]

    def _details(self, alias: AliasRecord, label: Literal) -> Iterator[Statement]:
        yield rdf.TYPE, Iri(rdf.XL_LABEL)
        yield rdf.LITERAL_FORM, label
        yield rdf.ALIAS_KIND, Literal(alias.kind)
        yield rdf.ALIAS_STATUS, Literal(alias.status)
        if alias.note:
            yield rdf.ALIAS_NOTE, Literal(alias.note)

    def _part(self, what: str, number: int, statements: Iterable[Statement]) -> Iri:
        address = Iri(f"{self.address}#{what}-{number}")
        self.parts.append((address, list(statements)))
        return address

    def _texts(self) -> Iterator[Statement]:
        short, article = tidy(self.record.short_definition or ""), tidy(self.record.definition or "")
        first = "" if short.strip() else lead(article)
        if short.strip() or first:
            yield rdf.DEFINITION, self.text(first or short)
        if first:
            yield rdf.IS_LEAD, Literal("true", "", rdf.BOOLEAN)
        if article:
            yield rdf.ARTICLE, Literal(article, "", rdf.MARKDOWN)
        yield from self._notes()

    def _notes(self) -> Iterator[Statement]:
        """Yield plain notes as texts; where one has marks or its own place, all as parts with a number."""
        notes = list(dict.fromkeys(self.record.notes or ()))
        texts = [unmarked(tidy(note.text)) for note in notes]
        kinds = [NOTE_KINDS.index(note.kind) for note in notes]
        all_plain = all(text is not None and text == text.strip() for text in texts)
        all_plain = all_plain and kinds == sorted(kinds)
        for number, (note, text) in enumerate(zip(notes, texts, strict=True), 1):
            if all_plain and text is not None:
                yield rdf.NOTE_PROPERTIES[note.kind], self.text(text)
            else:
                yield rdf.NOTE_PROPERTIES[note.kind], self._part("note", number, self._marked(note.text))

    def _marked(self, markdown: str) -> Iterator[Statement]:
        """Yield a text with marks twice: what it says, and as it is written."""
        yield rdf.VALUE, self.text(plain(tidy(markdown)))
        yield rdf.ARTICLE, Literal(tidy(markdown), "", rdf.MARKDOWN)

    def _sources(self) -> Iterator[Statement]:
        for number, source in enumerate(dict.fromkeys(self.record.sources or ()), 1):
            is_address = rdf.is_iri(source.url) and is_web_address(source.url)
            if is_address and source.title == source.url and not source.locator:
                yield rdf.SOURCE, Iri(source.url)
            else:
                yield rdf.SOURCE, self._part("source", number, self._cited(source))

    def _cited(self, source: SourceRecord) -> Iterator[Statement]:
        yield rdf.TYPE, Iri(rdf.DCT + "BibliographicResource")
        yield rdf.CITATION, self.text(one_line(source.title))
        if source.url:
            yield rdf.PAGE, _iri(source.url)
        if locator := one_line(source.locator):
            yield rdf.LOCATOR, Literal(locator)

    def _identifier(self, item: ExternalIdRecord) -> Statement:
        value = one_line(item.value)
        if item.scheme == "uri" and rdf.is_iri(value):
            return rdf.MAPPING_PROPERTIES[item.mapping], Iri(value)
        if item.mapping == "exact":
            if item.scheme == "identifier":
                return rdf.IDENTIFIER, Literal(value)
            if item.scheme == "notation" and value != self.record.id:
                return rdf.NOTATION, Literal(value)
            if rdf.is_iri(item.scheme) and not item.scheme.startswith(_TYPES_OF_OTHERS):
                return rdf.NOTATION, Literal(value, "", item.scheme)
        scheme = quote(one_line(item.scheme), safe="")
        return rdf.NOTATION, Literal(value, "", f"{rdf.ID_TYPE}{item.mapping}:{scheme}")

    def _state(self) -> Iterator[Statement]:
        record = self.record
        if record.status == "deprecated":
            yield rdf.DEPRECATED, Literal("true", "", rdf.BOOLEAN)
            if tidy(record.deprecation_reason or "").strip():
                yield rdf.HISTORY_NOTE, self.text(record.deprecation_reason or "")
        if record.status == "draft":
            yield rdf.ISO_STATUS, Literal("draft")
        if record.slug:
            yield rdf.PAGE, _iri(self.vocabulary.glossary.address(quote(record.slug)))
        if record.review_by:
            yield rdf.REVIEW_BY, _moment(record.review_by)
        if record.links_itself is False:
            yield rdf.LINKS_ITSELF, Literal("false", "", rdf.BOOLEAN)
        if record.version:
            yield rdf.VERSION, Literal(str(record.version))
        if record.created_at:
            yield rdf.CREATED, _moment(record.created_at)
        if record.published_at:
            yield rdf.ISSUED, _moment(record.published_at)
        if record.updated_at:
            yield rdf.MODIFIED, _moment(record.updated_at)

    # What an import brought along

    def _further(self) -> Iterator[Statement]:
        """Yield again what a SKOS file said besides; further data of other formats has other names."""
        for name, values in self.record.further.items():
            predicate = rdf.full(name)
            if not is_repeated(predicate) or not isinstance(values, list):
                continue
            written: Sequence[object] = self.absorbed if predicate == rdf.ALTERNATIVE_ID else []
            for value in (value for value in map(from_json, values) if value not in written):
                if predicate in _LABELS:
                    yield from self._label(predicate, value) if isinstance(value, Literal) else ()
                elif value is not None and (predicate != rdf.TYPE or _is_other_type(value)):
                    yield predicate, value


def _is_other_type(value: Iri | Literal | Nested) -> bool:
    """Say whether a concept may have this type besides (S9, S37)."""
    return isinstance(value, Iri) and not value.startswith((rdf.SKOS, rdf.XL, rdf.ISOTHES))


# --- Values --------------------------------------------------------------------------------------


def _iri(text: str) -> Iri:
    """Return an address with the signs percent-encoded that none may have."""
    return Iri(_NOT_IN_AN_IRI.sub(lambda sign: quote(sign[0]), tidy(text).replace("\n", "")))


def _moment(text: str) -> Literal:
    kind = rdf.DATE_TIME if _DATE_TIME.fullmatch(text) else rdf.DATE if _DATE.fullmatch(text) else ""
    return Literal(tidy(text), "", kind)
