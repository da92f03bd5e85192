"""RDF/XML (W3C, RDF 1.1): read by lxml, which refuses what is made to explode, then by rdflib's grammar.

rdflib's own way in is slow beyond use for long texts and for entities that hold entities; handed a
tree, it never sees either. Entities may stand for namespaces, as some editors write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import escape, quoteattr
from xml.sax.xmlreader import AttributesNSImpl

from lxml import etree
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.rdfxml import RDFXMLHandler
from rdflib.term import BNode, URIRef
from rdflib.term import Literal as RdflibLiteral

from ...errors import UnreadableFile
from ..decoding import decode
from ..record import RowProblem
from .graph import Blank, Graph, Iri, Literal, Nested, Parsed, Statement, Value, literal
from .turtle import NOWHERE
from .vocabulary import PREFIXES, RDF, XML_LITERAL, is_iri, split

_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PARSE_TYPE, _DATATYPE = f"{{{RDF}}}parseType", f"{{{RDF}}}datatype"
_ABOUT = {"about", *(f"{{{RDF}}}{name}" for name in ("about", "ID", "nodeID"))}
_HIDDEN = "urn:x-as-it-is:"
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
MOST_ATTRIBUTES = 2_000
_LONG_TAG = re.compile(r"<[^<>!?][^<>]{5000,}")
_FIRST_TAG = re.compile(r"<(?![?!])[^\s>/]*")


def looks_like(head: str) -> float:
    """Return how likely (0 to 1) a text that begins like this is RDF/XML with SKOS in it."""
    first = _FIRST_TAG.search(head) if head.lstrip().startswith("<") else None
    if first is None or first[0].lower() in ("<html", "<svg") or RDF not in head:
        return 0.0
    return 0.95 if "skos/core#" in head else 0.4


def parse(data: bytes) -> Parsed:
    """Return the statements of a file.

    Raises UnreadableFile when it is not RDF/XML, or declares entities that a namespace has no need of.
    """
    _refuse_many_attributes(decode(data))
    tree = _tree(data)
    _refuse_entities(tree)
    root = tree.getroot()
    if not str(root.tag).startswith(f"{{{RDF}}}") and f"{{{RDF}}}about" not in root.attrib:
        raise UnreadableFile(
            f"This XML is no RDF: it begins with <{etree.QName(root).localname}>, not <rdf:RDF>."
        )
    parsed = Parsed(Graph(), list(_with_languages_mended(root)))
    _set_literals_apart(root)
    _walk(root, _Handler(parsed.graph))
    return parsed


def _refuse_many_attributes(text: str) -> None:
    """Refuse what libxml2 would need minutes for: each attribute is compared with all before it."""
    for tag in _LONG_TAG.finditer(text):
        if tag[0].count("=") > MOST_ATTRIBUTES:
            line = 1 + text.count("\n", 0, tag.start())
            raise UnreadableFile(f"Line {line}: an element has more than {MOST_ATTRIBUTES:,} attributes.")


def _tree(data: bytes) -> etree._ElementTree:
    parser = etree.XMLParser(resolve_entities="internal", load_dtd=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(data, parser).getroottree()
    except etree.XMLSyntaxError as error:
        why = str(error.msg).partition(", line ")[0].strip()
        if b"<!ENTITY" in data or b"<!DOCTYPE" in data:
            raise UnreadableFile(
                f"Line {error.lineno}: this XML cannot be read ({why}). Entities may stand for "
                "addresses of vocabularies only; export the file without any others."
            ) from error
        raise UnreadableFile(f"Line {error.lineno}: this XML is broken ({why}).") from error


def _refuse_entities(tree: etree._ElementTree) -> None:
    declared = tree.docinfo.internalDTD
    if declared is None:
        return
    for entity in declared.iterentities():
        if entity.system_url is not None or entity.content is None or "&" in (entity.orig or ""):
            raise UnreadableFile(
                f"The XML declares an entity, “{entity.name}”, that stands for another file or for other "
                "entities. Such files are not read; export it without them."
            )


def _with_languages_mended(root: etree._Element) -> Iterator[RowProblem]:
    """Write languages as XML must have them: `de_AT` becomes `de-AT`; yield a problem for what is none."""
    for element in root.iter(etree.Element):
        language = element.get(_XML_LANGUAGE)
        if language is None or language == "" or _LANGUAGE.fullmatch(language):
            continue
        mended = language.strip().replace("_", "-")
        element.set(_XML_LANGUAGE, mended if _LANGUAGE.fullmatch(mended) else "")
        if not _LANGUAGE.fullmatch(mended):
            message = (
                f"“{language[:40]}” is no language; the text was read without one. Write “de” or “pt-BR”."
            )
            yield RowProblem(element.sourceline or 0, "xml:lang", language[:80], message, fatal=False)


def _set_literals_apart(root: etree._Element) -> None:
    """Make texts of what is markup to RDF, and hide the types of literals, which rdflib would evaluate."""
    for element in list(root.iter(etree.Element)):
        if element.getroottree().getroot() is not root:
            continue  # inside of what has become a text
        if element.get(_PARSE_TYPE, "Resource") not in ("Resource", "Collection"):
            inside = "".join(etree.tostring(child, encoding="unicode") for child in element)
            text = escape(element.text or "") + inside
            for child in list(element):
                element.remove(child)
            del element.attrib[_PARSE_TYPE]
            element.text = text
            element.set(_DATATYPE, XML_LITERAL)
        if _DATATYPE in element.attrib:
            element.set(_DATATYPE, _HIDDEN + element.attrib[_DATATYPE])


def _walk(root: etree._Element, handler: _Handler) -> None:
    """Hand the tree to the grammar, each text in one piece."""
    try:
        for event, item in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                handler.line = item.sourceline or handler.line
                handler.place = handler.place if _ABOUT.isdisjoint(item.attrib) else handler.line
                handler.startElementNS(_pair(item.tag), None, _attributes(item))
                handler.characters(item.text or "")
            else:
                if event == "end":
                    handler.endElementNS(_pair(item.tag), None)
                if item is not root and item.tail:
                    handler.characters(item.tail)
    except (ParserError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableFile(
            f"Line {handler.line}: this is not RDF/XML ({str(error).rpartition(': ')[2][:120]}). "
            "Export the file again, or as Turtle."
        ) from error


def _pair(tag: Any) -> tuple[str | None, str]:
    name = etree.QName(tag)
    return name.namespace, name.localname


def _attributes(element: etree._Element) -> Any:
    return AttributesNSImpl({_pair(name): value for name, value in element.attrib.items()}, {})


class _Handler(RDFXMLHandler):
    """rdflib's grammar, which takes what it finds into our graph, with lines, and leaves addresses alone."""

    line = place = 0

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._blanks: dict[str, Blank] = {}
        super().__init__(self)  # type: ignore[arg-type]
        self.setDocumentLocator(self)  # type: ignore[arg-type]

    def absolutize(self, uri: str) -> URIRef:
        if is_iri(uri):
            return URIRef(uri)
        base = self.current.base or NOWHERE
        joined = urljoin(base, uri)
        return URIRef(f"{joined}#" if uri.endswith("#") and not joined.endswith("#") else joined)

    # What the grammar expects of a store

    def add(self, statement: Any) -> None:
        subject, predicate, value = map(self._as_value, statement)
        if not isinstance(subject, Literal):
            self._graph.add(subject, str(predicate), value, self.place or self.line)

    def _as_value(self, node: Any) -> Value:
        if isinstance(node, RdflibLiteral):
            return literal(str(node), node.language or "", str(node.datatype or "").removeprefix(_HIDDEN))
        if isinstance(node, BNode):
            return self._blanks.setdefault(str(node), Blank(f"_:{len(self._blanks)}"))
        return Iri(node)

    # And of a locator

    def getPublicId(self) -> str:
        return NOWHERE

    def getSystemId(self) -> str:
        return NOWHERE

    def getLineNumber(self) -> int:
        return self.line

    def getColumnNumber(self) -> int:
        return 0


# --- Writing -------------------------------------------------------------------------------------


def lines(things: Iterable[tuple[str, Sequence[Statement]]]) -> Iterator[str]:
    """Yield a file in which these statements are made of these things, piece by piece.

    Predicates must end with an XML name, texts must hold no signs that XML forbids.
    """
    spaces = "".join(f"\n    xmlns:{prefix}={quoteattr(namespace)}" for prefix, namespace in PREFIXES.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n'
    for subject, statements in things:
        yield f"  <rdf:Description rdf:about={quoteattr(subject)}>\n"
        yield _said(statements, "    ")
        yield "  </rdf:Description>\n"
    yield "</rdf:RDF>\n"


def _said(statements: Iterable[Statement], indent: str) -> str:
    return "".join(f"{indent}{_element(name, value, indent)}\n" for name, value in statements)


def _element(predicate: str, value: Iri | Literal | Nested, indent: str) -> str:
    opening, closing = _tags(predicate)
    if isinstance(value, Iri):
        return f"<{opening} rdf:resource={quoteattr(value)}/>"
    if isinstance(value, Nested):
        said = _said(value.statements, indent + "  ")
        return f'<{opening} rdf:parseType="Resource">\n{said}{indent}</{closing}>'
    if value.language:
        opening += f" xml:lang={quoteattr(value.language)}"
    elif value.datatype:
        opening += f" rdf:datatype={quoteattr(value.datatype)}"
    return f"<{opening}>{escape(value.text)}</{closing}>"


def _tags(iri: str) -> tuple[str, str]:
    """Return what stands in the opening and in the closing tag of a predicate."""
    namespace, name = split(iri) or ("", iri)
    prefix = _PREFIX_BY_NAMESPACE.get(namespace)
    if prefix:
        return f"{prefix}:{name}", f"{prefix}:{name}"
    return f"x:{name} xmlns:x={quoteattr(namespace)}", f"x:{name}"


_PREFIX_BY_NAMESPACE = {namespace: prefix for prefix, namespace in PREFIXES.items()}
