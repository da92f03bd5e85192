"""The names of RDF that SKOS files use, and our own for what SKOS has no name for.

Ours begin with `urn:x-termbook:`, so that nobody looks for a page behind them:
`article` is the definition as Markdown (datatype `markdown`), `isLead` says that the SKOS definition is only
its first paragraph, since there is no short definition, `qualifier` tells homographs apart,
`kind`, `status` and `note` describe an alias, `related` is a related term that SKOS does not let be one
(S27: it is also above or below), `statedBy` names a related term whose own text holds the relation,
`order` lists the kinds and targets of relations that do not stand in the usual order,
`reviewBy` and `linksItself` are the fields of that name. Drafts have `isothes:status "draft"` (ISO 25964).
"""

from __future__ import annotations

import re

SKOS = "http://www.w3.org/2004/02/skos/core#"
XL = "http://www.w3.org/2008/05/skos-xl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCT = "http://purl.org/dc/terms/"
DC = "http://purl.org/dc/elements/1.1/"
FOAF = "http://xmlns.com/foaf/0.1/"
ISOTHES = "http://purl.org/iso25964/skos-thes#"
TERMBOOK = "urn:x-termbook:"

PREFIXES = {
    "skos": SKOS,
    "skosxl": XL,
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "dct": DCT,
    "dc": DC,
    "foaf": FOAF,
    "isothes": ISOTHES,
    "termbook": TERMBOOK,
}

TYPE = RDF + "type"
FIRST, REST, NIL, VALUE = RDF + "first", RDF + "rest", RDF + "nil", RDF + "value"
LANGUAGE_STRING, HTML, XML_LITERAL = RDF + "langString", RDF + "HTML", RDF + "XMLLiteral"
STRING, BOOLEAN, DATE, DATE_TIME = XSD + "string", XSD + "boolean", XSD + "date", XSD + "dateTime"

CONCEPT, SCHEME = SKOS + "Concept", SKOS + "ConceptScheme"
COLLECTIONS = (SKOS + "Collection", SKOS + "OrderedCollection", ISOTHES + "ConceptGroup")
PREF_LABEL, ALT_LABEL, HIDDEN_LABEL = SKOS + "prefLabel", SKOS + "altLabel", SKOS + "hiddenLabel"
DEFINITION, NOTATION = SKOS + "definition", SKOS + "notation"
BROADER, NARROWER, RELATED = SKOS + "broader", SKOS + "narrower", SKOS + "related"
IN_SCHEME, TOP_CONCEPT_OF = SKOS + "inScheme", SKOS + "topConceptOf"
HAS_TOP_CONCEPT, MEMBER, MEMBER_LIST = SKOS + "hasTopConcept", SKOS + "member", SKOS + "memberList"
HISTORY_NOTE = SKOS + "historyNote"
XL_LABEL, LITERAL_FORM = XL + "Label", XL + "literalForm"
XL_OF = {PREF_LABEL: XL + "prefLabel", ALT_LABEL: XL + "altLabel", HIDDEN_LABEL: XL + "hiddenLabel"}
SEE_ALSO, LABEL = RDFS + "seeAlso", RDFS + "label"
DEPRECATED, VERSION = OWL + "deprecated", OWL + "versionInfo"
IS_REPLACED_BY, REPLACES = DCT + "isReplacedBy", DCT + "replaces"
SOURCE, CITATION, PAGE = DCT + "source", DCT + "bibliographicCitation", FOAF + "page"
CREATED, MODIFIED, ISSUED = DCT + "created", DCT + "modified", DCT + "issued"
IDENTIFIER, TITLE, DESCRIPTION = DCT + "identifier", DCT + "title", DCT + "description"
LICENCE, LANGUAGE = DCT + "license", DCT + "language"
ALTERNATIVE_ID = "http://www.geneontology.org/formats/oboInOwl#hasAlternativeId"
ISO_STATUS = ISOTHES + "status"

ARTICLE, MARKDOWN = TERMBOOK + "article", TERMBOOK + "markdown"
IS_LEAD = TERMBOOK + "isLead"
QUALIFIER, REVIEW_BY, LINKS_ITSELF = TERMBOOK + "qualifier", TERMBOOK + "reviewBy", TERMBOOK + "linksItself"
ALIAS_KIND, ALIAS_STATUS, ALIAS_NOTE = TERMBOOK + "kind", TERMBOOK + "status", TERMBOOK + "note"
ALSO_RELATED, STATED_BY = TERMBOOK + "related", TERMBOOK + "statedBy"
RELATION_ORDER = TERMBOOK + "order"
LOCATOR = TERMBOOK + "locator"
# A notation of this datatype is an identifier of another system: its mapping and scheme follow.
ID_TYPE = TERMBOOK + "id:"

MAPPING_PROPERTIES = {
    "exact": SKOS + "exactMatch",
    "close": SKOS + "closeMatch",
    "broader": SKOS + "broadMatch",
    "narrower": SKOS + "narrowMatch",
    "related": SKOS + "relatedMatch",
}
NOTE_PROPERTIES = {
    "example": SKOS + "example",
    "usage": SKOS + "note",
    "scope": SKOS + "scopeNote",
    "editorial": SKOS + "editorialNote",
    "change": SKOS + "changeNote",
}

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]*")
_NAME_AT_THE_END = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def is_iri(text: str) -> bool:
    """Say whether a text can stand as an absolute IRI as it is (RFC 3987, as Turtle writes it)."""
    return bool(_ABSOLUTE.fullmatch(text))


def split(iri: str) -> tuple[str, str] | None:
    """Return the namespace and the XML name that an IRI ends with, or None if it ends with none."""
    name = _NAME_AT_THE_END.search(iri)
    return (iri[: name.start()], name[0]) if name and name.start() else None


def short(iri: str) -> str:
    """Return an IRI with the prefix of a vocabulary known here (`skos:note`), any other as it is."""
    parts = split(iri)
    if parts is not None:
        for prefix, namespace in PREFIXES.items():
            if namespace == parts[0]:
                return f"{prefix}:{parts[1]}"
    return iri


def full(name: str) -> str:
    """Return what `short` made short."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name
