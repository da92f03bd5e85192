"""The XML of a TBX file, of whatever age and dialect, to entries: which element stands where, no meaning.

Elements are told by their local names, never by namespace or order. A data category is the `type` of
an element (style DCA, TBX of 2008) or the element itself (style DCT, TBX-Min of 2013): both give the
same items. Nothing is ever fetched, and entities only go as far as libxml2's limits let them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from lxml import etree

from ...errors import UnreadableFile
from ..decoding import decode

_ROOTS = ("tbx", "martif")
_ENTRIES = frozenset({"conceptEntry", "termEntry", "entry"})
_SECTIONS = frozenset({"langSec", "langSet", "langGroup"})
_TERMS = frozenset({"termSec", "tig", "ntig", "termGroup"})
_TYPED = frozenset(
    {"admin", "adminNote", "descrip", "descripNote", "ref", "termNote", "transac", "transacNote", "xref"}
)
_CODES = frozenset({"bpt", "ept", "it", "ph", "sc", "ec"})
_XML = "{http://www.w3.org/XML/1998/namespace}"
_XINCLUDE = "{http://www.w3.org/2001/XInclude}"
_PIECE = 65_536
_MOST_ELEMENTS_IN_AN_ENTRY = 100_000


@lru_cache(maxsize=1000)
def key_of(word: str) -> str:
    """Return a word of a file without regard to capitals, blanks and hyphens."""
    return re.sub(r"[\s_-]+", "", word).casefold()


@dataclass(frozen=True)
class Run:
    """A stretch of text in one style: bold, italics, superscript, subscript or none."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Item:
    """One piece of information: its data category as the file calls it, and what it says.

    `links` are the concepts that the text names, as pairs of target and text; `sources` what stood as
    the source in the same group.
    """

    category: str
    element: str
    runs: tuple[Run, ...] = ()
    target: str = ""
    language: str = ""
    links: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The category without regard to capitals and blanks."""
        return key_of(self.category)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def line(self) -> str:
        """The text on one line."""
        return " ".join(self.text.split())


@dataclass(frozen=True)
class Label:
    """A term of the file: one name of a concept."""

    text: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Section:
    """What an entry says in one language."""

    language: str
    items: tuple[Item, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Entry:
    """A concept; `ids` are all identifiers by which others may point to it or into it."""

    line: int
    id: str
    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    ids: tuple[str, ...] = ()


@dataclass
class Document:
    """A TBX file while it is read; what its header says is known as soon as the first entry comes."""

    data: bytes
    dialect: str = ""
    language: str = ""
    description: str = ""
    _entry: etree._Element | None = field(default=None, init=False)
    _elements: int = field(default=0, init=False)

    def entries(self) -> Iterator[Entry]:
        """Yield the entries in their order; only one of them is in memory at a time.

        Raises UnreadableFile for what is no TBX, broken XML, and files that try to fetch others or to
        blow up.
        """
        parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities="internal",
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for start in range(0, len(self.data), _PIECE):
                parser.feed(self.data[start : start + _PIECE])
                yield from self._entries_so_far(parser)
            parser.close()
            yield from self._entries_so_far(parser)
        except etree.XMLSyntaxError as error:
            raise _explained(self.data, error) from error

    def _entries_so_far(self, parser: etree.XMLPullParser) -> Iterator[Entry]:
        for event, element in parser.read_events():
            name = _local(element)
            if event == "start":
                self._begin(element, name)
                continue
            is_entry = element is self._entry
            if self._entry is not None and not is_entry:
                continue
            if is_entry:
                self._entry = None
                yield _entry(element, self.language)
            elif name == "p" and not self.description:
                self.description = " ".join("".join(element.itertext()).split())
            _forget(element)

    def _begin(self, element: etree._Element, name: str) -> None:
        if str(element.tag).startswith(_XINCLUDE):
            raise UnreadableFile(
                f"Line {element.sourceline}: the file includes another one (XInclude), which is never "
                "fetched. Put its content here."
            )
        if element.getparent() is None:
            self._begin_root(element, name)
        elif self._entry is None and name in _ENTRIES:
            self._entry, self._elements = element, 0
        self._elements += 1
        if self._elements > _MOST_ELEMENTS_IN_AN_ENTRY:
            raise UnreadableFile(
                f"Line {element.sourceline}: one entry, or what stands before the first, has more than "
                f"{_MOST_ELEMENTS_IN_AN_ENTRY:,} elements. Split the file."
            )

    def _begin_root(self, element: etree._Element, name: str) -> None:
        if name.casefold() not in _ROOTS:
            raise UnreadableFile(
                f"This is XML, but no TBX: it begins with “{name[:40]}”, not with “tbx” or “martif”."
            )
        self.dialect = element.get("type") or element.get("dialect") or ""
        self.language = _language(element)


def _forget(element: etree._Element) -> None:
    """Free the memory of an element that has been read, and of what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _language(element: etree._Element) -> str:
    return (element.get(f"{_XML}lang") or element.get("lang") or "").strip()


# --- Entries -------------------------------------------------------------------------------------


def _entry(element: etree._Element, language: str) -> Entry:
    identifiers = [found.get("id") or found.get(f"{_XML}id") for found in element.iter()]
    return Entry(
        line=element.sourceline or 0,
        id=identifiers[0] or "",
        items=tuple(_items(element)),
        sections=tuple(_section(child, language) for child in element.iter() if _local(child) in _SECTIONS),
        ids=tuple(dict.fromkeys(filter(None, identifiers))),
    )


def _section(element: etree._Element, language: str) -> Section:
    labels = (_label(child) for child in element.iter() if _local(child) in _TERMS)
    return Section(
        language=_language(element) or language,
        items=tuple(_items(element)),
        labels=tuple(label for label in labels if label),
    )


def _label(element: etree._Element) -> Label | None:
    term = next(element.iter("{*}term"), None)
    if term is None:
        return None
    text = " ".join("".join(run.text for run in _runs(term)).split())
    return Label(text, tuple(_items(element))) if text else None


def _items(parent: etree._Element) -> Iterator[Item]:
    """Yield what is said at this level; sections and terms are levels of their own."""
    for child in parent:
        name = _local(child)
        if name in _SECTIONS or name in _TERMS or name == "term":
            continue
        if name == "transacGrp":
            said = " ".join(item.line for item in _items(child) if item.line)
            yield Item("transacGrp", name, (Run(said),))
        elif name == "descripGrp":
            yield from _described(list(_items(child)))
        elif name.endswith("Grp"):
            yield from _items(child)
        else:
            yield _item(child, name)


def _described(items: list[Item]) -> Iterator[Item]:
    """Yield the items of a group, its sources with the first of them."""
    sources = tuple(item.line for item in items if item.key == "source")
    others = [item for item in items if item.key != "source"]
    if not others:
        yield from items
        return
    yield replace(others[0], sources=sources)
    yield from others[1:]


def _item(element: etree._Element, name: str) -> Item:
    links = [
        (_target(hi), " ".join("".join(hi.itertext()).split()))
        for hi in element.iter("{*}hi")
        if hi.get("type") == "entailedTerm"
    ]
    return Item(
        category=(element.get("type") or name) if name in _TYPED else name,
        element=name,
        runs=tuple(_runs(element)),
        target=_target(element),
        language=_language(element),
        links=tuple(links),
    )


def _target(element: etree._Element) -> str:
    return (element.get("target") or "").strip().removeprefix("#")


def _runs(element: etree._Element, style: str = "") -> Iterator[Run]:
    """Yield the text with its styles; codes of other systems in between are left out."""
    if element.text:
        yield Run(element.text, style)
    for child in element:
        name = _local(child)
        if name not in _CODES:
            yield from _runs(child, child.get("type") or "" if name == "hi" else style)
        if child.tail:
            yield Run(child.tail, style)


# --- What is wrong with a file -------------------------------------------------------------------

_LIKE_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff\0?)?\s*<")
_END = re.compile(rb"</(?:[\w.-]+:)?(?:tbx|martif)\s*>\s*\Z", re.IGNORECASE)
_LIMIT = etree.ErrorTypes.ERR_RESOURCE_LIMIT
_REASONS: dict[int, str] = {
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "the file breaks off here. Send it again, whole",
    etree.ErrorTypes.ERR_INVALID_ENCODING: (
        "there are bytes that do not fit the encoding that the first line names (UTF-8 if none). Save the "
        "file in UTF-8, or name the right encoding there"
    ),
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: "the encoding named here is not known. Save the file in UTF-8",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: (
        "an entity (&…;) stands for something outside of this file, which is never fetched. Write the text "
        "itself"
    ),
    etree.ErrorTypes.WAR_UNDECLARED_ENTITY: (
        "an entity (&…;) stands for something outside of this file, which is never fetched. Write the text "
        "itself"
    ),
    etree.ErrorTypes.ERR_ENTITY_LOOP: "entities stand for one another in a circle. Write the text itself",
}


def _explained(data: bytes, error: etree.XMLSyntaxError) -> UnreadableFile:
    if not _LIKE_XML.match(data):
        decode(data)  # says it better for what is no text at all
        return UnreadableFile("This is no XML, so it is no TBX: it does not begin with “<”.")
    if error.code == _LIMIT and "entity" in str(error.msg).lower():
        reason = "entities are used to make the file many times larger than it is. Write the text itself"
    elif error.code == _LIMIT:
        reason = "the elements are nested too deeply, or a text is too long, for any glossary"
    elif _is_cut_off(data, error):
        reason = _REASONS[etree.ErrorTypes.ERR_TAG_NOT_FINISHED]
    else:
        said = str(error.msg).rsplit(", line ", 1)[0].strip()
        reason = _REASONS.get(error.code, f"this is no well-formed XML ({said}). Correct it there")
    return UnreadableFile(f"Line {error.lineno}: {reason}.")


def _is_cut_off(data: bytes, error: etree.XMLSyntaxError) -> bool:
    is_last_line = (error.lineno or 0) > data.count(b"\n")
    return is_last_line and not _END.search(data[-200:])
