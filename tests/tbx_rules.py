"""What ISO 30042:2019 asks of a TBX file, dialects TBX-Basic and TBX-Min, as sentences on what is wrong.

The rules are those of the published RELAX NG and Schematron files, in our own words, so that every run
of the tests holds exports against them. Two are ours: no empty text, one section for each language.
"""

import re
from datetime import datetime

from lxml import etree

CORE = "urn:iso:std:iso:30042:ed-2"
MODULES = {"http://www.tbxinfo.net/ns/min", "http://www.tbxinfo.net/ns/basic"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

MIN_CATEGORIES = {
    "subjectField": ("descrip", {"conceptEntry"}),
    "customerSubset": ("admin", {"conceptEntry", "termSec"}),
    "administrativeStatus": ("termNote", {"termSec"}),
    "partOfSpeech": ("termNote", {"termSec"}),
    "externalCrossReference": ("xref", {"conceptEntry", "langSec", "termSec"}),
}
BASIC_CATEGORIES = MIN_CATEGORIES | {
    "definition": ("descrip", {"conceptEntry", "langSec"}),
    "context": ("descrip", {"termSec"}),
    "source": ("admin", {"conceptEntry", "langSec", "termSec"}),
    "projectSubset": ("admin", {"conceptEntry", "termSec"}),
    "crossReference": ("ref", {"conceptEntry", "termSec"}),
    "termType": ("termNote", {"termSec"}),
    "grammaticalGender": ("termNote", {"termSec"}),
    "geographicalUsage": ("termNote", {"termSec"}),
    "transactionType": ("transac", {"conceptEntry", "langSec", "termSec"}),
    "responsibility": ("transacNote", {"conceptEntry", "langSec", "termSec"}),
    "xGraphic": ("xref", {"conceptEntry", "langSec"}),
}
PICK_LISTS = {
    "administrativeStatus": {
        f"{word}Term-admn-sts" for word in ("preferred", "admitted", "deprecated", "superseded")
    },
    "termType": {"fullForm", "acronym", "abbreviation", "shortForm", "variant", "phrase"},
    "partOfSpeech": {"noun", "verb", "adjective", "adverb", "other"},
    "grammaticalGender": {"masculine", "feminine", "neuter", "other"},
    "transactionType": {"origination", "modification"},
}
META = {"admin", "descrip", "ref", "termNote", "transac", "transacNote", "xref"}
AUXILIARY = META - {"termNote", "transac", "transacNote"} | {"adminGrp", "descripGrp", "note", "transacGrp"}


def violations(data):
    """Return a sentence for each rule that the file breaks."""
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    return list(dict.fromkeys(_Checker(root).found()))


def _local(element):
    return etree.QName(element).localname


class _Checker:
    def __init__(self, root):
        self.root = root
        self.is_dct = root.get("style") == "dct"
        self.categories = MIN_CATEGORIES if root.get("type") == "TBX-Min" else BASIC_CATEGORIES
        self.ids = [element.get("id") for element in root.iter() if element.get("id") is not None]

    def found(self):
        yield from self._frame()
        for identifier in self.ids:
            if not re.fullmatch(r"[^\W\d][\w.-]*", identifier):
                yield f"“{identifier}” is no XML identifier"
            if self.ids.count(identifier) > 1:
                yield f"the id “{identifier}” stands there twice"
        for entry in self.root.iter(f"{{{CORE}}}conceptEntry"):
            yield from self._entry(entry)
        for element in self.root.iter():
            yield from self._element(element)

    def _frame(self):
        if self.root.tag != f"{{{CORE}}}tbx":
            yield "the root is not tbx"
        if self.root.get("type") not in ("TBX-Basic", "TBX-Min") or self.root.get("style") not in (
            "dca",
            "dct",
        ):
            yield "type or style of the root is wrong"
        if [_local(child) for child in self.root] != ["tbxHeader", "text"]:
            yield "the root holds tbxHeader and text"
        if self.root.find(f"{{{CORE}}}tbxHeader/{{{CORE}}}fileDesc/{{{CORE}}}sourceDesc/{{{CORE}}}p") is None:
            yield "the header has no sourceDesc"
        for body in self.root.iter(f"{{{CORE}}}body"):
            if not len(body) or any(_local(child) != "conceptEntry" for child in body):
                yield "a body holds one or more conceptEntry"

    def _entry(self, entry):
        if entry.get("id") is None:
            yield "a conceptEntry has no id"
        sections = yield from self._auxiliary_then(entry, "langSec")
        languages = [section.get(XML_LANG, "").lower() for section in sections]
        if len(set(languages)) < len(languages):
            yield "two sections of one language"
        for section in sections:
            if section.get(XML_LANG) is None:
                yield "a langSec has no language"
            for term_section in (yield from self._auxiliary_then(section, "termSec")):
                yield from self._term_section(term_section)

    def _auxiliary_then(self, element, wanted):
        names = [self._meta_of(child) for child in element]
        count = names.count(wanted)
        if not count:
            yield f"a {_local(element)} has no {wanted}"
        elif wanted in names[: len(names) - count]:
            yield f"something stands behind a {wanted}"
        if set(names) - AUXILIARY - {wanted}:
            yield f"a {_local(element)} holds {set(names) - AUXILIARY}"
        return [child for child in element if _local(child) == wanted]

    def _term_section(self, section):
        names = [self._meta_of(child) for child in section]
        rest = names[1:]
        notes = rest.count("termNote")
        if names[:1] != ["term"] or names.count("term") != 1:
            yield "a termSec begins with its only term"
        if set(rest[:notes]) - {"termNote"} or set(rest[notes:]) - AUXILIARY:
            yield "a termSec holds its term notes first, then the rest"

    def _meta_of(self, element):
        """Return what an element is in style DCA."""
        if etree.QName(element).namespace in MODULES:
            return BASIC_CATEGORIES.get(_local(element), ("unknown",))[0]
        return _local(element)

    def _element(self, element):
        namespace, name = etree.QName(element).namespace, _local(element)
        if namespace != CORE and not (self.is_dct and namespace in MODULES):
            yield f"{name} is in a namespace that its style does not allow"
        if namespace == CORE and self.is_dct and element.get("type") and element is not self.root:
            yield f"{name} has a type in style DCT"
        language = element.get(XML_LANG)
        if language is not None and not re.fullmatch(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", language):
            yield f"“{language}” is no xs:language"
        target = element.get("target")
        if target is not None and not re.match(r"https?://.+", target) and target not in self.ids:
            yield f"“{target}” is neither an id in the file nor a web address"
        if name in ("descripGrp", "transacGrp", "adminGrp"):
            heads = [self._meta_of(child) for child in element].count(name.removesuffix("Grp"))
            if heads != 1 or self._meta_of(element[0]) != name.removesuffix("Grp"):
                yield f"a {name} begins with its only {name.removesuffix('Grp')}"
        if name == "date":
            yield from self._date(element.text or "")
        if not len(element) and name not in ("text", "date") and not (element.text or "").strip():
            yield f"a {name} is empty"
        if namespace in MODULES or name in META:
            yield from self._category(element, name if namespace in MODULES else element.get("type") or "")

    def _date(self, text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            yield f"“{text}” is no date"

    def _category(self, element, category):
        if category not in self.categories:
            yield f"the data category “{category}” is not in this dialect"
            return
        meta, levels = self.categories[category]
        if _local(element) in META and _local(element) != meta:
            yield f"{category} belongs into {meta}"
        level = element.getparent()
        while _local(level).endswith("Grp"):
            level = level.getparent()
        if _local(level) not in levels:
            yield f"{category} stands in a {_local(level)}"
        if category in PICK_LISTS and element.text not in PICK_LISTS[category]:
            yield f"{category} may not be “{element.text}”"
        if meta in ("ref", "xref") and element.get("target") is None:
            yield f"{category} has no target"
