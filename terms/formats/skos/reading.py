"""The statements of a SKOS file to records.

A concept of our own export (its address ends with `/t/<id>/` and its notation is that id) is read as
what it was: its id comes back, and the order of the file is the order of the lists. In any other file
order means nothing, so values are sorted: two exports of one store give the same records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from ...text import name_key, words
from ..languages import primary
from ..record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    LONGEST_DEFINITION,
    LONGEST_NAME,
    MAPPINGS,
    RELATION_KINDS,
    STATUSES,
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
from . import vocabulary as rdf
from .further import Budget, as_json
from .graph import Blank, Graph, Iri, Literal, Subject, Value
from .labels import alias_of
from .texts import Text, as_line, is_web_address, one_line, read, tidy
from .turtle import NOWHERE
from .whole import DOWNWARDS, REPLACED, UPWARDS, Vocabulary, last_part, literals

_TRANSITIVE = (rdf.SKOS + "broaderTransitive", rdf.SKOS + "narrowerTransitive", rdf.SKOS + "semanticRelation")
_NUMBER_AT_THE_END = re.compile(r"-(\d+)$")
_ACRONYM = re.compile(r"(?=.*[^\W\d_])[^\W_a-z]{2,6}")
_OPAQUE = re.compile(r"\d")

_LONGEST_NOTE = 20_000
_MOST_ASIDE = 200
_AFTER_ALL = 10_000
_LONGEST_IDENTIFIER = 300
_LONGEST_SCHEME = 100
_LONGEST_TAG = 100


def records_of(graph: Graph, language: str) -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each concept, in the order of the file, and what is wrong with single values."""
    vocabulary = Vocabulary(graph, language)
    refs = Refs()
    for concept in vocabulary.concepts:
        entry = _Entry(vocabulary, concept)
        record = entry.record()
        yield from entry.problems
        if not any(problem.fatal for problem in entry.problems):
            yield replace(record, ref=refs.take(record.ref))


@dataclass
class _Entry:
    """Reads one concept; what is taken is gone, and what is left in the end is further data."""

    vocabulary: Vocabulary
    concept: Subject
    problems: list[RowProblem] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    further: dict[str, list[Any]] = field(default_factory=dict)
    aside: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.graph, self.language = self.vocabulary.graph, self.vocabulary.language
        self.name = self.vocabulary.names[self.concept]
        self.line = self.graph.line_of(self.concept)
        self.left = self.graph.said_of(self.concept)
        self.sources: dict[SourceRecord, None] = {}

    def record(self) -> TermRecord:
        """Return the record; only to be used when no problem is fatal."""
        self._refuse_long("skos:prefLabel", self.name.text, LONGEST_NAME)
        record = self._own() if self.name.id else self._foreign()
        self._put_aside_what_is_left()
        if self.aside:
            kept = ", ".join(self.aside)
            self.flags.append(Flag("further_data", f"Kept aside, as Termbook has no place for it: {kept}."))
        return replace(record, further=self.further, flags=tuple(self.flags))

    def _foreign(self) -> TermRecord:
        self._flag_the_name()
        aliases = self._aliases()
        short_definition, definition = self._definition(self._texts(rdf.DEFINITION))
        is_deprecated = self._is_true(rdf.DEPRECATED)
        reason = self._reason() if is_deprecated else ""
        return TermRecord(
            line=self.line,
            name=self.name.text,
            ref=self._ref(),
            status="deprecated" if is_deprecated else None,
            deprecation_reason=reason or None,
            short_definition=short_definition,
            definition=definition,
            aliases=aliases or None,
            notes=self._notes() or None,
            tags=self._tags() or None,
            relations=self._relations() or None,
            relation_kinds=self.vocabulary.relation_kinds,
            external_ids=self._external_ids() or None,
            sources=self._sources() or None,
            confidence=1.0 if self.name.is_label else 0.5,
        )

    def _own(self) -> TermRecord:
        """Return what our own writer wrote; all that it writes of a term is said, also by its absence."""
        qualifier = self._word(rdf.QUALIFIER)
        suffix = f" ({qualifier})"
        name = self.name.text
        article = tidy(self._word(rdf.ARTICLE))
        short_definition = self._first_definition()
        is_lead = self._is_true(rdf.IS_LEAD)
        status = self._word(rdf.ISO_STATUS)
        is_deprecated = self._is_true(rdf.DEPRECATED)
        reason = self._reason() if is_deprecated else ""
        self._drop_own_scheme()
        return TermRecord(
            line=self.line,
            name=name.removesuffix(suffix) if qualifier else name,
            ref=str(self.concept),
            id=self.name.id,
            slug=self._slug(),
            qualifier=qualifier,
            status="deprecated" if is_deprecated else status if status in STATUSES else "published",
            deprecation_reason=reason,
            short_definition="" if is_lead else short_definition,
            definition=article,
            aliases=self._aliases(),
            notes=self._notes(),
            tags=self._tags(),
            relations=self._relations(),
            relation_kinds=RELATION_KINDS,
            inverse=self._inverse(),
            external_ids=self._external_ids(),
            sources=self._sources(),
            review_by=self._word(rdf.REVIEW_BY),
            links_itself=self._word(rdf.LINKS_ITSELF) != "false",
            version=self._version(),
            updated_at=self._word(rdf.MODIFIED) or None,
            created_at=self._word(rdf.CREATED),
            published_at=self._word(rdf.ISSUED),
        )

    # What is taken

    def _take(self, predicate: str) -> list[Value]:
        """Return the values of a predicate and count them as read."""
        values = self.left.pop(predicate, [])
        return values if self.name.id else sorted(values, key=_sorted_by)

    def _word(self, predicate: str) -> str:
        return next((value.text for value in self._take(predicate) if isinstance(value, Literal)), "")

    def _is_true(self, predicate: str) -> bool:
        return self._word(predicate).strip().lower() in ("true", "1")

    def _put_aside(self, predicate: str, values: Iterable[Value], *, because: str = "") -> None:
        """Keep values as further data; with a reason, the record is flagged with it."""
        wanted = list(values)
        usable = [value for value in wanted if not _is_long(value)][:_MOST_ASIDE]
        if len(usable) < len(wanted):
            self._tell_of_loss(predicate)
        budget = Budget()
        kept = [as_json(self.graph, value, budget) for value in usable]
        if kept:
            self.further.setdefault(rdf.short(predicate), []).extend(kept)
            if because:
                self.aside[f"{rdf.short(predicate)} ({because})"] = None

    def _put_aside_what_is_left(self) -> None:
        for predicate in (*UPWARDS, rdf.RELATED, rdf.ALSO_RELATED, *REPLACED, rdf.REPLACES, rdf.STATED_BY):
            self.left.pop(predicate, None)
        hierarchy = self.vocabulary.stated["broader"].get(self.concept)
        for predicate in _TRANSITIVE:
            if hierarchy:
                self.left.pop(predicate, None)
        for predicate in rdf.XL_OF.values():
            self.left.pop(predicate, None)
        for predicate in DOWNWARDS:
            # A narrower concept that is elsewhere cannot be told that this one is broader.
            narrower = [] if self.name.id else self.left.get(predicate, [])
            self.left[predicate] = [other for other in narrower if other not in self.vocabulary.names]
        types = [value for value in self._take(rdf.TYPE) if value != rdf.CONCEPT]
        self._put_aside(rdf.TYPE, types)
        tops = {**dict.fromkeys(self._take(rdf.TOP_CONCEPT_OF)), **self.vocabulary.tops.get(self.concept, {})}
        self._put_aside(rdf.TOP_CONCEPT_OF, [] if self.name.id else tops)
        for predicate in sorted(self.left):
            self._put_aside(predicate, self._take(predicate))

    def _tell_of_loss(self, predicate: str) -> None:
        message = (
            f"Values were left out: at most {_MOST_ASIDE} of one kind, of {_LONGEST_NOTE:,} signs each, "
            "are kept as further data."
        )
        self.problems.append(RowProblem(self.line, rdf.short(predicate), "", message, fatal=False))

    def _refuse_long(self, column: str, text: str, longest: int, *, fatal: bool = True) -> bool:
        if len(text) <= longest:
            return False
        message = f"The text has {len(text):,} signs, {longest:,} are allowed. Shorten it."
        self.problems.append(RowProblem(self.line, column, text[:80], message, fatal))
        return True

    # Names

    def _ref(self) -> str:
        if isinstance(self.concept, Blank):
            return f"skos:{self.name.text}"
        if self.concept.startswith(NOWHERE):
            return f"skos:{self.concept.removeprefix(NOWHERE)}"
        return str(self.concept)

    def _flag_the_name(self) -> None:
        language = self.name.language
        if not self.name.is_label:
            message = "The concept has no name; the end of its address stands for it."
            self.flags.append(Flag("name_missing", message))
        elif language and primary(language) != primary(self.language):
            message = f"There is no name in “{self.language}”; this one is in “{language}”."
            self.flags.append(Flag("other_language", message))

    def _aliases(self) -> tuple[AliasRecord, ...]:
        """Return the other labels, each name once; those that are no other name are further data."""
        details = self._alias_details()
        found: dict[str, tuple[int, AliasRecord]] = {}
        own_key = name_key(self.name.text)
        for predicate, label in self._other_labels():
            key = name_key(label.text)
            is_long = self._refuse_long(rdf.short(predicate), label.text, LONGEST_NAME, fatal=False)
            if is_long or key in ("", own_key) or key in found:
                self._put_aside(predicate, [label])
                continue
            alias = alias_of(label, predicate, self.language)
            found[key] = details.get((label.text, label.language), (_AFTER_ALL + len(found), alias))
            self._suggest_acronym(found[key][1])
        names = [*self.left.pop(rdf.LABEL, [])]
        self.left[rdf.LABEL] = [name for name in names if _key_of(name) not in {own_key, *found}]
        return tuple(alias for _, alias in sorted(found.values(), key=lambda placed: placed[0]))

    def _other_labels(self) -> Iterator[tuple[str, Literal]]:
        """Yield all labels but the one that the name is, each on one line, with their predicates."""
        chosen = False
        for predicate in (rdf.PREF_LABEL, rdf.ALT_LABEL, rdf.HIDDEN_LABEL):
            labels = self.vocabulary.labels(self.concept, predicate)
            self.left.pop(predicate, None)
            for label in labels if self.name.id else sorted(labels):
                label = label._replace(text=one_line(label.text))
                if predicate == rdf.PREF_LABEL and label.language == self.name.language:
                    if label.text == self.name.text and not chosen:
                        chosen = True
                        continue
                    self._flag_second_name(label.text)
                yield predicate, label

    def _flag_second_name(self, text: str) -> None:
        message = f"There are several names in one language; “{text[:60]}” was read as an alias."
        self.flags.append(Flag("several_names", message))

    def _suggest_acronym(self, alias: AliasRecord) -> None:
        is_shouted = self.name.text.isupper()
        if alias.kind == "synonym" and not self.name.id and not is_shouted and _is_acronym(alias.text):
            self.flags.append(Flag("maybe_acronym", f"“{alias.text}” may be an acronym."))

    def _alias_details(self) -> dict[tuple[str, str], tuple[int, AliasRecord]]:
        """Return what our own writer says of aliases besides their labels, with their places."""
        if not self.name.id:
            return {}
        details = {}
        for node in (node for name in rdf.XL_OF.values() for node in self.left.get(name, [])):
            forms = [] if isinstance(node, Literal) else literals(self.graph.values(node, rdf.LITERAL_FORM))
            place = _NUMBER_AT_THE_END.search(str(node))
            if place is None or not forms:
                continue
            text, language = one_line(forms[0].text), forms[0].language
            kind, status = self._said(node, rdf.ALIAS_KIND), self._said(node, rdf.ALIAS_STATUS)
            alias = AliasRecord(
                text=text,
                kind=kind if kind in ALIAS_KINDS else "synonym",
                status=status if status in ALIAS_STATUSES else "admitted",
                language="" if language.lower() == self.language.lower() else language,
                note=self._said(node, rdf.ALIAS_NOTE),
            )
            details[text, language] = int(place[1]), alias
        return details

    def _said(self, node: Any, predicate: str) -> str:
        return next(iter(literals(self.graph.values(node, predicate))), Literal("")).text

    # Texts

    def _texts(self, predicate: str) -> list[Text]:
        """Return the texts in the glossary's language, else in that of the name; others are set aside."""
        found = [text for value in self._take(predicate) for text in self._texts_of(predicate, value)]
        ours = self._in(found, "", self.language) or self._in(found, self.name.language)
        for text in found:
            if text not in ours:
                kept = Literal(_plainly(text), text.language)
                self._put_aside(predicate, [kept], because=text.language)
        return list(ours)

    @staticmethod
    def _in(texts: Iterable[Text], *languages: str) -> dict[Text, None]:
        wanted = {primary(language) for language in languages}
        return {text: None for text in texts if primary(text.language) in wanted}

    def _texts_of(self, predicate: str, value: Value) -> list[Text]:
        """Return the texts of a value, which may be a thing that has them, with its own sources."""
        if isinstance(value, Literal):
            texts = [read(value, guess=not self.name.id)]
        else:
            marked = [read(text) for text in literals(self.graph.values(value, rdf.ARTICLE))]
            texts = marked or [read(text) for text in literals(self.graph.values(value, rdf.VALUE))]
            place = _NUMBER_AT_THE_END.search(value) if self.name.id else None
            texts = [text._replace(place=int(place[1]) if place else 0) for text in texts]
            if not texts:
                self._put_aside(predicate, [value])
            for name in (rdf.SOURCE, rdf.DC + "source") if texts else ():
                self._add_sources(self.graph.values(value, name))
        return [text for text in texts if text.markdown]

    def _reason(self) -> str:
        """Return why a concept is deprecated: what is told of its history."""
        return "\n".join(_plainly(text) for text in self._texts(rdf.HISTORY_NOTE))

    def _first_definition(self) -> str:
        """Return the definition that our own writer wrote; another program may have added others."""
        texts = [Literal(_plainly(text), text.language) for text in self._texts(rdf.DEFINITION)]
        self._put_aside(rdf.DEFINITION, texts[1:], because="a second one")
        return texts[0].text if texts else ""

    def _definition(self, texts: Sequence[Text]) -> tuple[str | None, str | None]:
        """Return short definition and definition: the first sentence that fits is short, the rest long."""
        first = next((text for text in texts if text.sentence), None)
        rest = "\n\n".join(text.markdown for text in texts if text is not first)
        self._refuse_long("skos:definition", rest, LONGEST_DEFINITION)
        return (first.sentence if first else None), (rest or None)

    def _notes(self) -> tuple[NoteRecord, ...]:
        found = [
            (text, kind, predicate)
            for kind, predicates in _NOTES.items()
            for predicate in predicates
            for text in self._texts(predicate)
        ]
        notes = []
        for text, kind, predicate in sorted(found, key=lambda item: item[0].place):
            if len(text.markdown) > _LONGEST_NOTE:
                because = f"more than {_LONGEST_NOTE:,} signs"
                self._put_aside(predicate, [Literal(text.markdown, text.language)], because=because)
            else:
                notes.append(NoteRecord(kind, text.markdown))
        return tuple(dict.fromkeys(notes))

    # Everything else

    def _tags(self) -> tuple[str, ...]:
        groups = self.vocabulary.tags.get(self.concept, ())
        tags = []
        for tag in groups if self.name.id else sorted(groups):
            if rdf.is_iri(tag):
                # A group without a name: the end of its address, if it is a word and no number.
                word = last_part(tag)
                if _OPAQUE.search(word):
                    self.further.setdefault("skos:member of", []).append({"@id": tag})
                    continue
                tag = word
            if words(tag) and not self._refuse_long("skos:member", tag, _LONGEST_TAG, fatal=False):
                tags.append(tag)
        return tuple(dict.fromkeys(tags))

    def _relations(self) -> tuple[RelationRecord, ...]:
        pages = self.left.get(rdf.SEE_ALSO, [])
        self.left[rdf.SEE_ALSO] = [page for page in pages if not self.vocabulary.is_term(page)]
        found = [
            (kind, other, self.vocabulary.relation(kind, other))
            for kind in RELATION_KINDS
            for other in self.vocabulary.stated[kind].get(self.concept, ())
            if not self._is_stated_there(kind, other)
        ]
        if not self.name.id:
            found.sort(key=lambda link: (RELATION_KINDS.index(link[0]), link[2].target))
        order = self._word(rdf.RELATION_ORDER).split()
        places = {link: place for place, link in enumerate(zip(order[::2], order[1::2], strict=False))}
        found.sort(key=lambda link: places.get((link[0], str(link[1])), len(places)))
        return tuple(dict.fromkeys(relation for _, _, relation in found))

    @cached_property
    def _stated_there(self) -> dict[Value, None]:
        return dict.fromkeys(self.graph.values(self.concept, rdf.STATED_BY)) if self.name.id else {}

    def _is_stated_there(self, kind: str, other: Value) -> bool:
        return kind == "related" and other in self._stated_there

    def _inverse(self) -> tuple[RelationRecord, ...]:
        """Return what other terms of our own state to this one, as far as it does not follow from theirs."""
        others = [("broader", other) for other in self.graph.values(self.concept, rdf.NARROWER)]
        others += [("related", other) for other in self._stated_there]
        others += [("replaced_by", other) for other in self.graph.values(self.concept, rdf.REPLACES)]
        absent = [(kind, other) for kind, other in others if other not in self.vocabulary.names]
        return tuple(self.vocabulary.relation(kind, other) for kind, other in absent)

    def _external_ids(self) -> tuple[ExternalIdRecord, ...]:
        found: dict[tuple[str, str], ExternalIdRecord] = {}
        for predicate, value, item in self._all_identifiers():
            fits = item and len(item.value) <= _LONGEST_IDENTIFIER and len(item.scheme) <= _LONGEST_SCHEME
            if item and fits and item.value:
                known = found.setdefault((item.scheme, item.value), item)
                if known.mapping != item.mapping:
                    self._put_aside(predicate, [value])
            elif predicate:
                self._put_aside(predicate, [value], because="" if not item else "too long")
        return tuple(found.values())

    def _all_identifiers(self) -> Iterator[tuple[str, Value, ExternalIdRecord | None]]:
        if isinstance(self.concept, Iri) and not self.name.id and not self.concept.startswith(NOWHERE):
            yield "", self.concept, ExternalIdRecord("uri", str(self.concept))
        for mapping, predicate in rdf.MAPPING_PROPERTIES.items():
            for value in self._take(predicate):
                address = one_line(value.text) if isinstance(value, Literal) else str(value)
                is_usable = rdf.is_iri(address) and not isinstance(value, Blank)
                yield predicate, value, ExternalIdRecord("uri", address, mapping) if is_usable else None
        for value in self._take(rdf.NOTATION):
            if value != Literal(self.name.id):
                yield rdf.NOTATION, value, _notation(value)
        for predicate in (rdf.IDENTIFIER, rdf.DC + "identifier"):
            for value in self._take(predicate):
                text = value.text if isinstance(value, Literal) else str(value)
                yield predicate, value, None if isinstance(value, Blank) else _identifier(text)

    def _sources(self) -> tuple[SourceRecord, ...]:
        for predicate in (rdf.SOURCE, rdf.DC + "source"):
            self._add_sources(self._take(predicate))
        for value in self._take(rdf.SEE_ALSO):
            if isinstance(value, Iri) and is_web_address(value):
                self._add_sources([value])
            else:
                self._put_aside(rdf.SEE_ALSO, [value])
        return tuple(self.sources)

    def _add_sources(self, values: Iterable[Value]) -> None:
        for value in values:
            source = self._source(value)
            if source:
                self.sources[source] = None

    def _source(self, value: Value) -> SourceRecord | None:
        if isinstance(value, Literal):
            text = as_line(value)
            return _source_called(text, text) if text else None
        names = (rdf.CITATION, rdf.TITLE, rdf.LABEL, rdf.VALUE)
        titles = (as_line(title) for name in names for title in literals(self.graph.values(value, name)))
        pages = [page for name in (rdf.PAGE, rdf.SEE_ALSO) for page in self.graph.values(value, name)]
        is_nameless = isinstance(value, Blank) or value.startswith(f"{self.concept}#")
        address = next((page for page in pages if isinstance(page, Iri)), "" if is_nameless else value)
        return _source_called(next(filter(None, titles), ""), str(address), self._said(value, rdf.LOCATOR))

    def _slug(self) -> str:
        terms = f"{self.name.site}terms/"
        pages = self.left.get(rdf.PAGE, [])
        own = [page for page in pages if isinstance(page, Iri) and page.startswith(terms)]
        self.left[rdf.PAGE] = [page for page in pages if page not in own]
        return unquote(own[0].removeprefix(terms).strip("/")) if own else ""

    def _version(self) -> int:
        word = self._word(rdf.VERSION)
        return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0

    def _drop_own_scheme(self) -> None:
        own = f"{self.name.site}#set"
        for predicate in (rdf.IN_SCHEME, rdf.TOP_CONCEPT_OF):
            self.left[predicate] = [value for value in self.left.get(predicate, []) if value != own]


_NOTES: dict[str, tuple[str, ...]] = {kind: (predicate,) for kind, predicate in rdf.NOTE_PROPERTIES.items()}
_NOTES["change"] += (rdf.HISTORY_NOTE,)


def _sorted_by(value: Value) -> tuple[bool, str, str, str]:
    if isinstance(value, Literal):
        return False, value.language, value.text, value.datatype
    # What has no name has no place either; it keeps that of the file.
    return True, "", "" if isinstance(value, Blank) else str(value), ""


def _is_long(value: Value) -> bool:
    return isinstance(value, Literal) and len(value.text) > _LONGEST_NOTE


def _key_of(value: Value) -> str:
    return name_key(value.text) if isinstance(value, Literal) else ""


def _plainly(text: Text) -> str:
    return text.markdown if text.plain is None else text.plain


def _is_acronym(text: str) -> bool:
    return bool(_ACRONYM.fullmatch(text)) and text.isupper()


def _source_called(title: str, address: str, locator: str = "") -> SourceRecord | None:
    url = address if is_web_address(address) else ""
    title = title or url or address
    return SourceRecord(title[:400], url, locator[:200]) if title else None


def _identifier(text: str) -> ExternalIdRecord:
    return ExternalIdRecord("identifier", one_line(text))


def _notation(value: Value) -> ExternalIdRecord | None:
    if not isinstance(value, Literal):
        return None
    text = one_line(value.text)
    if value.datatype.startswith(rdf.ID_TYPE):
        mapping, _, scheme = value.datatype.removeprefix(rdf.ID_TYPE).partition(":")
        return ExternalIdRecord(unquote(scheme), text, mapping if mapping in MAPPINGS else "exact")
    kind = value.datatype
    is_scheme = rdf.is_iri(kind) and not kind.startswith(rdf.XSD) and len(kind) <= _LONGEST_SCHEME
    return ExternalIdRecord(kind if is_scheme else "notation", text)
