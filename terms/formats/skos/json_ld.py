"""JSON-LD 1.1 (W3C): expanded by PyLD with contexts from this module only; nothing is ever fetched."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyld import jsonld  # type: ignore[import-untyped]
from pyld.context_resolver import ContextResolver  # type: ignore[import-untyped]

from ...errors import UnreadableFile
from ..decoding import decode
from ..record import RowProblem
from . import vocabulary as rdf
from .graph import Blank, Graph, Iri, Literal, Nested, Parsed, Statement, Subject, Value, literal
from .turtle import NOWHERE

LONGEST_CONTEXT_TEXT = 500
MOST_CONTEXT_WORK = 5_000_000
MOST_BRACKETS = 1_000_000
_MOST_VALUES = 2_000_000
_MOST_DIGITS = 300
_MOST_REPEATED = 100

_TEXTS = (*rdf.XL_OF, rdf.DEFINITION, *rdf.NOTE_PROPERTIES.values(), rdf.HISTORY_NOTE)
_LINKS = (
    *(rdf.BROADER, rdf.NARROWER, rdf.RELATED, rdf.MEMBER),
    *(rdf.IN_SCHEME, rdf.TOP_CONCEPT_OF, rdf.HAS_TOP_CONCEPT),
    *rdf.MAPPING_PROPERTIES.values(),
)

# What those systems publish as context, as far as it is SKOS: for files that only name its address.
_SKOS_CONTEXT = {
    "@vocab": rdf.SKOS,
    "id": "@id",
    "uri": "@id",
    "type": "@type",
    "concept": {"@reverse": rdf.IN_SCHEME, "@type": "@id"},
    "concepts": {"@reverse": rdf.IN_SCHEME, "@type": "@id"},
    "topConcepts": {"@id": rdf.HAS_TOP_CONCEPT, "@type": "@id"},
    "identifier": {"@id": rdf.IDENTIFIER},
    "created": {"@id": rdf.CREATED},
    "modified": {"@id": rdf.MODIFIED},
    "issued": {"@id": rdf.ISSUED},
    "source": {"@id": rdf.SOURCE},
    "replacedBy": {"@id": rdf.IS_REPLACED_BY, "@type": "@id"},
    "deprecated": {"@id": rdf.DEPRECATED},
    **{name.removeprefix(rdf.SKOS): {"@id": name, "@container": "@language"} for name in _TEXTS},
    **{name.removeprefix(rdf.SKOS): {"@id": name, "@type": "@id"} for name in _LINKS},
}
_KNOWN_CONTEXT = re.compile(
    r"https?://(?:gbv\.github\.io/jskos/(?:[\w.-]+/)?context\.json|(?:www\.)?openactive\.io/?"
    r"|www\.w3\.org/2004/02/skos/core(?:#|\.jsonld)?)"
)
_BEGINS_AN_OBJECT = re.compile(r"\ufeff?\s*[\[{]")
_LANGUAGE = re.compile(r"@none|[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_NODE_ID = re.compile(r'"(?:@id|id|uri)"\s*:\s*"([^"\\]{1,2000})"\s*(\})?')


def looks_like(head: str) -> float:
    """Return how likely (0 to 1) a text that begins like this is JSON-LD with SKOS in it."""
    if not _BEGINS_AN_OBJECT.match(head) or not re.search(r'"(?:@context|@graph|@id)"', head):
        return 0.0
    if "skos/core#" in head or '"skos:' in head or _KNOWN_CONTEXT.search(head):
        return 0.95
    return 0.7 if "prefLabel" in head else 0.0


def parse(data: bytes) -> Parsed:
    """Return the statements of a file.

    A key that stands twice in an object is a problem, and counts with both its values. Raises
    UnreadableFile when it is no JSON-LD, or names a context that is not known here.
    """
    text = decode(data)
    if text.count("{") + text.count("[") > MOST_BRACKETS:
        raise UnreadableFile(
            f"The file holds more than {MOST_BRACKETS:,} objects and lists. Import it in parts."
        )
    lines = _lines_of_ids(text)
    repeated = _Repeated()
    try:
        document = json.loads(text, object_pairs_hook=repeated.merged, parse_int=_whole_number)
        _refuse_costly(document)
        expanded = _expanded(document)
        reader = _Reader(lines)
        reader.read(expanded)
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"Line {error.lineno}: this JSON is broken ({error.msg}).") from error
    except RecursionError as error:
        raise UnreadableFile("Objects are nested too deep in this file. Write it flat.") from error
    except ValueError as error:
        raise UnreadableFile(f"This JSON cannot be read ({error}).") from error
    return Parsed(reader.graph, [*repeated.problems(lines), *reader.problems()])


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise UnreadableFile(f"“{digits[:20]}…” has {len(digits):,} digits; no number is that long.")
    return int(digits)


def _lines_of_ids(text: str) -> dict[str, int]:
    """Return the line of each object with an `@id` that says more than that; by the last part of the id."""
    lines: dict[str, int] = {}
    line, counted = 1, 0
    for found in _NODE_ID.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        if not found[2]:
            lines.setdefault(_last_part(found[1]), line)
    return lines


def _last_part(iri: str) -> str:
    return re.split(r"[/#:]", iri.rstrip("/#"))[-1]


class _Repeated:
    """Remembers the keys that stand more than once in an object."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def merged(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return an object with all values of its keys; of keywords, which have one value, the first."""
        merged = dict(pairs)
        if len(merged) == len(pairs):
            return merged
        values: dict[str, list[Any]] = {}
        for key, value in pairs:
            values.setdefault(key, []).append(value)
        for key, several in values.items():
            merged[key] = several[0] if key.startswith("@") else _together(several)
        owner = str(merged.get("@id") or merged.get("id") or "")
        for key, several in values.items():
            if any(value != several[0] for value in several) and len(self.found) < _MOST_REPEATED:
                self.found.append((key, owner))
        return merged

    def problems(self, lines: Mapping[str, int]) -> Iterator[RowProblem]:
        for key, owner in self.found:
            which = "only the first was read" if key.startswith("@") else "all its values were read"
            message = (
                f"“{key[:60]}” stands more than once in one object; {which}. Write it once, with a list."
            )
            yield RowProblem(lines.get(_last_part(owner), 0), key[:60], owner[:80], message, fatal=False)


def _together(values: list[Any]) -> Any:
    """Return the values of a key as one: texts by language together, different others as a list."""
    if all(isinstance(value, dict) and all(map(_LANGUAGE.fullmatch, value)) for value in values):
        texts: dict[str, list[Any]] = {}
        for value in values:
            for language, said in value.items():
                texts.setdefault(language, []).extend(_as_list(said))
        return texts
    if all(value == values[0] for value in values):
        return values[0]
    return [part for value in values for part in _as_list(value)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _refuse_costly(document: Any) -> None:
    """Refuse what would cost time or memory out of proportion: many contexts, long ones, many values."""
    if not isinstance(document, (dict, list)):
        raise UnreadableFile("This JSON is no JSON-LD: it is a single value.")
    contexts = scoped = terms = values = 0
    todo: list[tuple[Any, bool]] = [(document, False)]
    while todo:
        item, is_context = todo.pop()
        values += 1
        if isinstance(item, str) and is_context and len(item) > LONGEST_CONTEXT_TEXT:
            raise UnreadableFile(
                f"The context holds a name of {len(item):,} signs, “{item[:40]}…”. Shorten it."
            )
        if isinstance(item, list):
            todo += [(part, is_context) for part in item]
        elif isinstance(item, dict):
            terms += len(item) if is_context else 0
            contexts += "@context" in item
            scoped += is_context and "@context" in item
            todo += [(part, is_context or key == "@context") for key, part in item.items()]
    # Each context is laid over a copy of all terms before it; one inside a context, at each use of its term.
    work = contexts * terms + (10 * values * terms if scoped else 0)
    if work > MOST_CONTEXT_WORK or values > _MOST_VALUES:
        raise UnreadableFile(
            "The file has too many contexts or values. Give it one context, or import it in parts."
        )


def _expanded(document: Any) -> list[Any]:
    refused: list[str] = []

    def load(url: str, _options: Any) -> dict[str, Any]:
        if not _KNOWN_CONTEXT.fullmatch(url):
            refused.append(url)
            raise jsonld.JsonLdError(
                "not fetched", "jsonld.LoadDocumentError", code="loading document failed"
            )
        return {"contextUrl": None, "documentUrl": url, "document": {"@context": _SKOS_CONTEXT}}

    options = {"base": NOWHERE, "documentLoader": load, "contextResolver": ContextResolver({}, load)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return jsonld.expand(document, options)
    except jsonld.JsonLdError as error:
        if refused:
            raise UnreadableFile(
                f"The @context of the file is at “{refused[0][:200]}”, and nothing is fetched from there. "
                "Put the text of that context in place of its address, or export the file as Turtle."
            ) from error
        raise UnreadableFile(f"This is not JSON-LD ({_innermost(error)}). Mend the @context.") from error
    except (TypeError, AttributeError, LookupError) as error:
        raise UnreadableFile(f"This is not JSON-LD ({error}).") from error


def _innermost(error: Any) -> str:
    while getattr(error, "cause", None) is not None:
        error = error.cause
    return " ".join(str(getattr(error, "args", [error])[0]).split())[:160]


class _Reader:
    """Takes an expanded document into a graph."""

    def __init__(self, lines: Mapping[str, int]) -> None:
        self.graph = Graph()
        self._lines = lines
        self._blanks: dict[str, Blank] = {}
        self._objects_with_names: dict[Subject, int] = {}

    def read(self, expanded: list[Any]) -> None:
        for item in expanded:
            self._node(item)

    def problems(self) -> Iterator[RowProblem]:
        """Yield each name that several objects share which each have labels of their own."""
        for subject, count in self._objects_with_names.items():
            if count > 1:
                message = f"{count} objects of the file have this @id and became one. Give each its own."
                line = self.graph.line_of(subject)
                yield RowProblem(line, "@id", str(subject)[:80], message, fatal=False)

    def _node(self, node: Mapping[str, Any]) -> Subject:
        subject = self._subject(node.get("@id"))
        line = self._lines.get(_last_part(subject), 0)
        if rdf.PREF_LABEL in node:
            self._objects_with_names[subject] = self._objects_with_names.get(subject, 0) + 1
        for name in node.get("@type", ()):
            self.graph.add(subject, rdf.TYPE, self._subject(name), line)
        for nested in (*_as_list(node.get("@graph", [])), *_as_list(node.get("@included", []))):
            self._node(nested)
        for predicate, others in node.get("@reverse", {}).items():
            for other in others:
                self.graph.add(self._node(other), predicate, subject, line)
        for predicate, values in node.items():
            if not predicate.startswith("@"):
                for value in values:
                    self.graph.add(subject, predicate, self._value(value), line)
        return subject

    def _subject(self, name: Any) -> Subject:
        if isinstance(name, str) and not name.startswith("_:"):
            return Iri(name)
        key = name if isinstance(name, str) else f"\0{len(self._blanks)}"
        return self._blanks.setdefault(key, Blank(f"_:{len(self._blanks)}"))

    def _value(self, value: Any) -> Value:
        if "@list" in value:
            return self._list([self._value(item) for item in value["@list"]])
        if "@value" not in value:
            return self._node(value)
        said = value["@value"]
        if isinstance(said, str):
            return literal(said, value.get("@language", ""), value.get("@type", ""))
        if isinstance(said, bool):
            return literal(str(said).lower(), "", value.get("@type", rdf.BOOLEAN))
        number_type = rdf.XSD + ("integer" if isinstance(said, int) else "double")
        return literal(json.dumps(said), "", value.get("@type", number_type))

    def _list(self, items: list[Value]) -> Subject:
        rest: Subject = Iri(rdf.NIL)
        for item in reversed(items):
            node = self._subject(None)
            self.graph.add(node, rdf.FIRST, item)
            self.graph.add(node, rdf.REST, rest)
            rest = node
        return rest


# --- Writing -------------------------------------------------------------------------------------

_CLASSES = {
    name.rpartition("#")[2]: name for name in (rdf.CONCEPT, rdf.SCHEME, rdf.COLLECTIONS[0], rdf.XL_LABEL)
}
_CONTAINERS = dict.fromkeys(
    (*_TEXTS, rdf.LITERAL_FORM, rdf.VALUE, rdf.CITATION, rdf.TITLE, rdf.DESCRIPTION),
    "@language",
)
_COERCIONS = {
    **dict.fromkeys(
        (*_LINKS, rdf.SEE_ALSO, rdf.IS_REPLACED_BY, rdf.REPLACES, rdf.PAGE, *rdf.XL_OF.values()), "@id"
    ),
    **dict.fromkeys((rdf.ALSO_RELATED, rdf.STATED_BY), "@id"),
    **dict.fromkeys((rdf.CREATED, rdf.MODIFIED, rdf.ISSUED), rdf.DATE_TIME),
    **dict.fromkeys((rdf.DEPRECATED, rdf.LINKS_ITSELF, rdf.IS_LEAD), rdf.BOOLEAN),
    rdf.REVIEW_BY: rdf.DATE,
    rdf.ARTICLE: rdf.MARKDOWN,
}
_PLAIN = (
    *(
        rdf.NOTATION,
        rdf.IDENTIFIER,
        rdf.SOURCE,
        rdf.VERSION,
        rdf.ISO_STATUS,
        rdf.LICENCE,
        rdf.LANGUAGE,
    ),
    *(rdf.QUALIFIER, rdf.LOCATOR, rdf.RELATION_ORDER, rdf.ALIAS_KIND, rdf.ALIAS_STATUS, rdf.ALIAS_NOTE),
)


def _term_of(predicate: str) -> str:
    """Return how a predicate is called in our context: its last name, with its prefix where that is rare."""
    prefix, _, name = rdf.short(predicate).partition(":")
    return name if prefix in ("skos", "dct", "owl", "rdfs", "foaf") else f"{prefix}_{name}"


_CLASS_NAMES = {name: term for term, name in _CLASSES.items()}
_TERM_BY_PREDICATE = {name: _term_of(name) for name in (*_CONTAINERS, *_COERCIONS, *_PLAIN)}
CONTEXT: dict[str, Any] = {
    "id": "@id",
    "type": "@type",
    **_CLASSES,
    **{
        term: {
            "@id": name,
            **({"@container": _CONTAINERS[name]} if name in _CONTAINERS else {}),
            **({"@type": _COERCIONS[name]} if name in _COERCIONS else {}),
        }
        for name, term in _TERM_BY_PREDICATE.items()
    },
}


def lines(things: Iterable[tuple[str, Sequence[Statement]]]) -> Iterator[str]:
    """Yield a file in which these statements are made of these things, piece by piece."""
    terms = ",\n".join(f"{json.dumps(term)}: {json.dumps(meaning)}" for term, meaning in CONTEXT.items())
    yield f'{{"@context": {{\n{terms}\n}},\n"@graph": ['
    between = "\n"
    for subject, statements in things:
        yield between + json.dumps({"id": subject, **_said(statements)}, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def _said(statements: Iterable[Statement]) -> dict[str, Any]:
    values: dict[str, list[Iri | Literal | Nested]] = {}
    for predicate, value in statements:
        values.setdefault(predicate, []).append(value)
    return {
        "type" if name == rdf.TYPE else _TERM_BY_PREDICATE.get(name, name): _written(name, some)
        for name, some in values.items()
    }


def _written(predicate: str, values: Sequence[Iri | Literal | Nested]) -> Any:
    if predicate in _CONTAINERS and _keeps_its_order_by_language(predicate, values):
        by_language: dict[str, list[str]] = {}
        for value in values:
            assert isinstance(value, Literal)  # noqa: S101
            by_language.setdefault(value.language, []).append(value.text)
        return {language: texts[0] if len(texts) == 1 else texts for language, texts in by_language.items()}
    written = [_object(predicate, value) for value in values]
    return written[0] if len(written) == 1 and isinstance(written[0], str) else written


def _keeps_its_order_by_language(predicate: str, values: Sequence[Iri | Literal | Nested]) -> bool:
    """Say whether an object by language keeps the order of these texts: it is read sorted by its keys.

    Of preferred labels the first is the name, which is found by its language wherever it stands.
    """
    languages = [value.language if isinstance(value, Literal) else "" for value in values]
    ordered = languages[1:] if predicate == rdf.PREF_LABEL else languages
    return all(languages) and ordered == sorted(ordered)


def _object(predicate: str, value: Iri | Literal | Nested) -> Any:
    if isinstance(value, Nested):
        return _said(value.statements)
    coercion = _COERCIONS.get(predicate)
    if isinstance(value, Iri) and predicate == rdf.TYPE:
        return _CLASS_NAMES.get(value, value)
    if isinstance(value, Iri):
        return value if coercion == "@id" else {"id": value}
    if value.language:
        return {"@value": value.text, "@language": value.language}
    if value.datatype == (coercion or ""):
        return value.text
    return {"@value": value.text, **({"@type": value.datatype} if value.datatype else {})}
