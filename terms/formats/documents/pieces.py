"""What each paragraph of a sectioned document is: heading, entry, item, links, caption or text.

The words of a paragraph tell most of it; what stands right behind it tells headings from captions, and
labels of links from terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..record import SourceRecord
from .paragraphs import BULLET, NUMBER, Paragraph
from .parentheses import abbreviates
from .spelling import is_marked

_LABEL = re.compile(
    r"(?:\*\*)?(?P<label>(?:[^:*]|:(?!\s)){1,150}?)(?:\*\*\s?:|:\*\*|:)\s+(?P<text>\S.*)", re.DOTALL
)
_LABEL_ONLY = re.compile(r"(?:\*\*)?([^:*]{1,150})(?::\*\*|\*\*:|:|\*\*)")
_SECTION_NUMBER = re.compile(
    r"(?:(?:#{1,6}|(?:\d{1,2}\.)+\d{0,2}|\d{1,2}\))\s+(?=\S)|(?:[IVX]{1,5}\.|[A-Z][.)])\s+(?=[A-Z]))"
)
_URL = re.compile(
    r"\[(?P<title>[^\[\]]{1,200})\]\((?P<linked>https?://[^\s()]+)\)|<?(?P<bare>https?://[^\s<>]+)>?"
)
_ONLY_LINKS = re.compile(
    r"(?:[^:<\[]{1,60}:\s*)?(?:(?:<?https?://[^\s<>]++>?|\[[^\[\]]{1,200}\]\([^\s()]*+\))[\s,;]*+)++"
)
_SOURCE = re.compile(
    r"(?:(?:image|photo|figure|table|data|picture)\W+)?(?:(?:adapted from|(?:by )?courtesy of|credits?|"
    r"reproduced from|sources?)\s*:|(?:adapted from|(?:by )?courtesy of|reproduced from)\s|©)\s*(\S.*)",
    re.IGNORECASE,
)
_SOURCE_WITHIN = re.compile(r"(.{1,300}?[.)])\s+(?:image |photo )?sources?:\s", re.IGNORECASE)
_NUMBERED_FIGURE = re.compile(
    r"(?:chart|diagram|exhibit|fig\.|figure|image|map|photo|plate|table)\s+[\dIVX]+\b.{0,200}", re.IGNORECASE
)
_BELONGS_TO_THE_TEXT = re.compile(
    r"(?:caution|e\.g\.|(?:for )?examples?|formula|hint|important|n\.b\.|notes?|nota bene|remarks?|"
    r"see(?: also)?|tips?|warning)",
    re.IGNORECASE,
)
# In small letters: “IT Governance”, “CAN Bus” and “Last Will” are names.
_NOT_IN_A_NAME = re.compile(
    r"[;!?]|\.\s|https?://|\b(?:is|are|was|were|has|have|had|can|could|will|would|should|must|may|might|do|does|"
    r"did|includes?|there|this|these|those|it|its|we|our|you|your|they|their|which|that|who|if|because)\b"
)
_NO_NAME_BEGINS = re.compile(
    r"(?:[Aa]lso|[Aa]lthough|[Bb]ecause|[Bb]ut|[Ff]inally|[Hh]ere|[Hh]ow|[Hh]owever|If|It|Its|Our|[Ss]o|Their|"
    r"[Tt]hen|There|These|They|This|Those|We|[Ww]hen|[Ww]here|[Ww]hile|[Ww]hy|You|Your)\b"
)
_DEFINES_ITSELF = re.compile(
    r"(?P<heading>[^\s.:;!?()][^.:;!?()]{0,100}?(?:\s\([^()]{1,60}\))?)"
    r"(?P<rest> (?:is|are|was|were|means?|refers? to|denotes?|describes?)\s(?P<what>\S.*))",
    re.DOTALL,
)
_ACRONYM_ACTS = re.compile(
    r"(?:(?:An?|The) )?(?P<heading>[^\s.:;!?()][^.:;!?()]{0,100}? \((?P<inside>[^()]{1,60})\))"
    r"(?P<rest> [a-z]+s? \S.*)",
    re.DOTALL,
)
DETERMINER = re.compile(r"(?:an?|the|each|every|all|some|any|such|one|no)\s", re.IGNORECASE)
INDEFINITE = re.compile(r"(?:an?|any|one)\s", re.IGNORECASE)
SMALL_WORD = re.compile(r"an?|and|as|at|by|de|for|from|in|into|of|on|or|the|to|vs\.?|via|with")
IN_PARENTHESES = re.compile(r"\s*\(([^()]*)\)")

_LONGEST_HEADING = 120
_MOST_WORDS = 12
_GAP_OF_A_PICTURE = 2

SURE, LIKELY, UNSURE = 0.97, 0.9, 0.7


@dataclass(frozen=True)
class Piece:
    """A paragraph and what it is: heading, entry, label, item, text, links, source or caption.

    An entry has heading and text, a heading or label only that. `certainty` (0 to 1) says how sure an
    entry is one.
    """

    kind: str
    paragraph: Paragraph
    heading: str = ""
    text: str = ""
    certainty: float = SURE
    links: tuple[SourceRecord, ...] = ()

    @property
    def is_margin(self) -> bool:
        return self.kind in ("links", "source", "caption")


def pieces_of(paragraphs: Sequence[Paragraph]) -> list[Piece]:
    """Return what the paragraphs are, each seen together with those around it."""
    pieces: list[Piece] = []
    for place in range(len(paragraphs) - 1, -1, -1):
        following = pieces[-1] if pieces else None
        is_counted = _is_counted(paragraphs[max(0, place - 1) : place + 2])
        pieces.append(_piece(paragraphs[place], following, is_counted=is_counted))
    return pieces[::-1]


def _is_counted(neighbours: Sequence[Paragraph]) -> bool:
    """Say whether two paragraphs next to each other are numbered one after the other."""
    numbers = [int(found[1]) if (found := NUMBER.match(one.text)) else None for one in neighbours]
    return any(one is not None and other == one + 1 for one, other in pairwise(numbers))


def _piece(paragraph: Paragraph, following: Piece | None, *, is_counted: bool) -> Piece:
    return (
        _margin(paragraph)
        or _item(paragraph, is_counted=is_counted)
        or _labelled(paragraph, following)
        or _short_line(paragraph, following)
        or _defining_itself(paragraph)
        or Piece("text", paragraph, text=paragraph.text)
    )


def _margin(paragraph: Paragraph) -> Piece | None:
    text = paragraph.text
    bullet = BULLET.match(text)
    bare = text[bullet.end() :] if bullet else text
    source = _SOURCE.fullmatch(bare)
    if source:
        links = tuple(_links(bare)) or (SourceRecord(source[1][:400]),)
        return Piece("source", paragraph, links=links)
    if _ONLY_LINKS.fullmatch(bare):
        return Piece("links", paragraph, links=tuple(_links(bare)))
    within = None if _label(text) else _SOURCE_WITHIN.match(text)
    if within or _NUMBERED_FIGURE.fullmatch(text):
        caption = within[1] if within else text
        return Piece("caption", paragraph, text=caption, links=tuple(_links(text)))
    return None


def _links(text: str) -> Iterator[SourceRecord]:
    for link in _URL.finditer(text):
        url = link["linked"] or link["bare"].rstrip(".,;)")
        if len(url) <= 1000:
            yield SourceRecord((link["title"] or url)[:400], url)


def _item(paragraph: Paragraph, *, is_counted: bool) -> Piece | None:
    """Read bullets, and numbered lines unless they stand alone and are headings or entries."""
    bullet = BULLET.match(paragraph.text)
    if bullet:
        return Piece("item", paragraph, text=paragraph.text[bullet.end() :])
    number = NUMBER.match(paragraph.text)
    if number is None:
        return None
    bare = paragraph.text[number.end() :]
    if not is_counted and (_is_name(bare) or _label(bare)):
        return None
    return Piece("item", paragraph, text=paragraph.text)


def _labelled(paragraph: Paragraph, following: Piece | None) -> Piece | None:
    """Read “Term: definition”, and a label whose text stands below it."""
    label = _label(paragraph.text)
    if label:
        return Piece("entry", paragraph, *label)
    only = _LABEL_ONLY.fullmatch(paragraph.text)
    if only is None or not _is_name(only[1].strip()):
        return None
    if following is not None and following.is_margin:
        return Piece("links", paragraph)
    kind = "label" if following is not None and following.kind in ("item", "text") else "heading"
    return Piece(kind, paragraph, only[1].strip(), certainty=UNSURE)


def labelled_item(item: Piece) -> Piece | None:
    """Return a list item that begins with a name (“**Sheet:** a rope”) as an entry, None for any other."""
    label = _label(item.text)
    return Piece("entry", item.paragraph, *label, LIKELY) if label else None


def _label(text: str) -> tuple[str, str] | None:
    """Return name and definition of “Name: definition”."""
    label = _LABEL.fullmatch(_without(NUMBER, text))
    if label is None:
        return None
    heading = label["label"].strip()
    is_entry = _is_name(heading) and not _BELONGS_TO_THE_TEXT.fullmatch(heading)
    return (heading, label["text"].strip()) if is_entry else None


def _without(mark: re.Pattern[str], text: str) -> str:
    found = mark.match(text)
    return text[found.end() :] if found else text


def _short_line(paragraph: Paragraph, following: Piece | None) -> Piece | None:
    """Tell headings from captions, which stand right above the source of a lost picture."""
    heading = _without(_SECTION_NUMBER, paragraph.text)
    below = following.paragraph if following is not None and following.kind == "source" else None
    stands_above_source = below is not None and not _has_gap(below)
    may_be_caption = len(heading) <= 2 * _LONGEST_HEADING and (
        _has_gap(paragraph) or not is_title_case(heading)
    )
    if stands_above_source and may_be_caption:
        return Piece("caption", paragraph, text=paragraph.text)
    if _is_name(heading) and not heading.endswith((".", ",")):
        return Piece("heading", paragraph, heading)
    return None


def _has_gap(paragraph: Paragraph) -> bool:
    """Say whether so many blank lines stand above that a picture may have been there."""
    return paragraph.blanks >= _GAP_OF_A_PICTURE


def _defining_itself(paragraph: Paragraph) -> Piece | None:
    """Read “Term (ACRONYM) is a …”: an entry that lacks its colon."""
    found = _DEFINES_ITSELF.fullmatch(paragraph.text)
    if found is None or not paragraph.after_blank or DETERMINER.match(found["heading"]):
        return _acting_acronym(paragraph)
    heading = found["heading"]
    bare, inside = IN_PARENTHESES.sub("", heading), IN_PARENTHESES.findall(heading)
    if not _is_name(heading) or not (is_title_case(heading) or INDEFINITE.match(found["what"])):
        return None
    has_acronym = any(abbreviates(other, bare) or abbreviates(bare, other) for other in inside)
    if not has_acronym and len(bare.split()) < 2 and not INDEFINITE.match(found["what"]):
        return None
    return Piece("entry", paragraph, heading, found["rest"], certainty=LIKELY if has_acronym else UNSURE)


def _acting_acronym(paragraph: Paragraph) -> Piece | None:
    """Read “Term (ACRONYM) does …”, with an article or without: mostly an entry that lacks its colon."""
    found = _ACRONYM_ACTS.fullmatch(paragraph.text)
    if found is None or not paragraph.after_blank or not is_title_case(found["heading"]):
        return None
    has_acronym = abbreviates(found["inside"], IN_PARENTHESES.sub("", found["heading"]))
    if not has_acronym or not _is_name(found["heading"]):
        return None
    return Piece("entry", paragraph, found["heading"], found["rest"], certainty=UNSURE)


def _is_name(heading: str) -> bool:
    """Say whether some words could be the name of something, and no sentence or part of one."""
    if len(heading) > _LONGEST_HEADING or len(heading.split()) > _MOST_WORDS or not heading[:1].isalnum():
        return False
    bare = IN_PARENTHESES.sub("", heading)
    return bool(bare) and not _NOT_IN_A_NAME.search(bare) and not _NO_NAME_BEGINS.match(bare)


def is_title_case(heading: str) -> bool:
    """Say whether all words that count have a capital, or a form of their own (bfloat16, k)."""
    counting = [word for word in heading.split() if not SMALL_WORD.fullmatch(word)]
    return all(
        not word[0].islower() or is_marked(word) or len(word) == 1 or any(sign.isdecimal() for sign in word)
        for word in counting
    )
