"""The sectioned document: `Term (ACRONYM): definition`, a paragraph each, under headings.

Notes and hand-outs that were pasted from a word processor. Between the entries stand links, and captions
of figures whose pictures are lost. Bullets below an entry belong to its text; those that define a concept
of their own become entries besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, zip_longest

from ...text import loose_key, stem, words
from ..record import LONGEST_DEFINITION, Flag, Refs, RowProblem, SourceRecord, TermRecord
from .formulas import with_dollars
from .lines import Line
from .paragraphs import NUMBER, is_cut_off, markdown_of, paragraphs_of
from .parentheses import abbreviates
from .pieces import (
    DETERMINER,
    IN_PARENTHESES,
    INDEFINITE,
    LIKELY,
    SMALL_WORD,
    SURE,
    UNSURE,
    Piece,
    is_title_case,
    labelled_item,
    pieces_of,
)
from .spelling import Spelling
from .texts import texts_of_markdown
from .titles import read_title

_NO_TERMS_BELOW = re.compile(
    r"(?:table of )?contents|index|references|bibliography|(?:further )?reading|(?:useful )?links|resources|"
    r"sources|see also|acknowledge?ments?|about.{0,40}",
    re.IGNORECASE,
)
_SHORTEST_DEFINITION = 4
_FAR_ENOUGH = 400
_ENOUGH_FOR_LIKENESS = 2_000
_MOSTLY = 0.8
_STUB = 0.4


def likeness(lines: Sequence[Line]) -> float:
    pieces = pieces_of(paragraphs_of(lines[:_ENOUGH_FOR_LIKENESS]))
    entries = [piece for piece in pieces if piece.kind == "entry"]
    full = [entry for entry in entries if _has_words(entry.text)]
    others = sum(piece.kind in ("text", "label") for piece in pieces)
    if len(full) < 2 or 2 * len(full) < len(entries) + others:
        return 0.0
    # Names of speakers and fields of a form come again and again; names of terms do not.
    if 3 * len({entry.heading for entry in full}) < 2 * len(full):
        return 0.0
    share = len(full) / (len(entries) + others)
    explains = any(abbreviates(inside, bare) for bare, inside in map(_bare_and_inside, full))
    has_sections = any(piece.kind == "heading" for piece in pieces)
    is_markdown = 2 * sum(entry.paragraph.text.startswith(("**", "#")) for entry in entries) > len(entries)
    return (0.5 * share + 0.2 * explains + 0.2 * has_sections) * (0.5 if is_markdown else 1)


def _bare_and_inside(entry: Piece) -> tuple[str, str]:
    inside = IN_PARENTHESES.findall(entry.heading)
    return _bare(entry.heading), inside[0] if inside else ""


def _bare(heading: str) -> str:
    return IN_PARENTHESES.sub("", heading)


def read(lines: Sequence[Line]) -> Iterator[TermRecord | RowProblem]:
    document = _Document(pieces_of(paragraphs_of(lines)))
    records = _Records(document.sections)
    found: list[TermRecord | RowProblem] = [*document.problems]
    for section in document.sections:
        found += records.of_section(section)
    yield from sorted(found, key=lambda one: one.line)


# --- Sections and entries --------------------------------------------------------------------------


@dataclass
class _Entry:
    """A term with its text: paragraphs, and list items with their indent.

    `lead` is what stands behind the heading. `items` are the list items once more, as they were found.
    """

    line: int
    heading: str
    lead: str
    certainty: float
    body: list[tuple[str, int | None]]
    indent: int | None = None
    items: list[Piece] = field(default_factory=list)
    sources: list[SourceRecord] = field(default_factory=list)
    broken_at: list[int] = field(default_factory=list)


@dataclass
class _Section:
    """A stretch of the document under one heading; `above` is text over its first entry."""

    line: int = 0
    heading: str = ""
    is_title: bool = True
    links: list[SourceRecord] = field(default_factory=list)
    above: list[Piece] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)


class _Document:
    """Puts the pieces where they belong, in one pass."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.sections = [_Section()]
        self.problems: list[RowProblem] = []
        self.entry: _Entry | None = None
        self.ahead: list[SourceRecord] = []
        runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.is_margin)]
        for run, following in zip_longest(runs, runs[1:]):
            if run[0].is_margin:
                self._take_margin(run, following[0] if following else None)
            else:
                for piece in run:
                    self._take(piece)

    @property
    def section(self) -> _Section:
        return self.sections[-1]

    def _take(self, piece: Piece) -> None:
        if piece.kind == "heading":
            # The first line of all is the title of the document.
            is_title = len(self.sections) == 1 and not self.section.entries and not self.section.above
            self.sections.append(_Section(piece.paragraph.line, piece.heading, is_title))
            self.entry = None
        elif piece.kind == "entry" or (piece.kind == "label" and self._begins_entry(piece)):
            self._begin(piece)
        elif piece.kind == "item":
            self._take_item(piece)
        elif self.entry is not None:
            self._append(self.entry, piece, None)
        else:
            self.section.above.append(piece)

    def _begins_entry(self, label: Piece) -> bool:
        """Say whether a label without a text is a term, and no heading within an entry (“Types:”)."""
        counting = [word for word in label.heading.split() if not SMALL_WORD.fullmatch(word)]
        return self.entry is None or (is_title_case(label.heading) and len(counting) > 1)

    def _begin(self, piece: Piece, *, indent: int | None = None) -> None:
        paragraph = piece.paragraph
        # Where the colon is missing, the heading is part of the sentence.
        whole = paragraph.text if piece.text.startswith(" ") else piece.text
        body: list[tuple[str, int | None]] = [(whole, None)] if whole else []
        self.entry = _Entry(paragraph.line, piece.heading, piece.text, piece.certainty, body, indent)
        self.entry.broken_at += paragraph.broken_at
        self.entry.sources += self.ahead
        self.ahead = []
        self.section.entries.append(self.entry)

    def _take_item(self, item: Piece) -> None:
        indent = item.paragraph.indent
        is_list_of_entries = self.entry is None or (
            self.entry.indent is not None and indent <= self.entry.indent
        )
        may_be_named = is_list_of_entries and not _NO_TERMS_BELOW.fullmatch(self.section.heading)
        named = labelled_item(item) if may_be_named else None
        if named is not None:
            self._begin(named, indent=indent)
        elif self.entry is None:
            self.section.above.append(item)
        else:
            self.entry.items.append(item)
            self._append(self.entry, item, indent)

    @staticmethod
    def _append(entry: _Entry, piece: Piece, indent: int | None) -> None:
        entry.body.append((piece.text or piece.paragraph.text, indent))
        entry.broken_at += piece.paragraph.broken_at

    # Links and figures.

    def _take_margin(self, run: list[Piece], following: Piece | None) -> None:
        """Give links to what stands above; a figure between two entries to the one that it speaks of."""
        above = self.section.links if self.entry is None else self.entry.sources
        figure = [piece for piece in run if piece.kind != "links"]
        if self._belongs_below(figure, following):
            self.ahead = list(self._sources(figure))
            run = [piece for piece in run if piece.kind == "links"]
        above += self._sources(run)

    def _belongs_below(self, figure: list[Piece], following: Piece | None) -> bool:
        if self.entry is None or following is None or following.kind != "entry":
            return False
        return _speaks_of(figure, following.heading) > _speaks_of(figure, self.entry.heading)

    def _sources(self, run: list[Piece]) -> Iterator[SourceRecord]:
        """Yield links as they are, sources of figures with the caption for a title."""
        caption: Piece | None = None
        for piece in run:
            if piece.kind == "caption":
                self._leave_out(caption)
                caption = piece
            is_figure = caption is not None and piece.kind != "links"
            for link in piece.links:
                yield replace(link, title=caption.text[:400]) if caption and is_figure else link
            if piece.links and is_figure:
                caption = None
        self._leave_out(caption)

    def _leave_out(self, caption: Piece | None) -> None:
        if caption is not None:
            message = "This looks like the caption of a figure that is not here, and was left out."
            problem = RowProblem(caption.paragraph.line, "", caption.text[:80], message, fatal=False)
            self.problems.append(problem)


def _speaks_of(figure: list[Piece], heading: str) -> int:
    """Return how many words of a heading occur in the captions and addresses of a figure."""
    said = [piece.text for piece in figure] + [link.url for piece in figure for link in piece.links]
    return len({stem(word) for word in words(heading)} & {stem(word) for word in words(" ".join(said))})


# --- Which list items are concepts of their own ----------------------------------------------------


def _concepts(entry: _Entry) -> Iterator[_Entry]:
    """Yield the items of an entry that define something which can stand alone.

    An item of one word (“Training: …”) is mostly an aspect of the entry. It is a concept if its text says
    what it is (“a …”) and it is part of the entry's name; doubtful if its text does not come back to the
    entry. A longer name is a concept; it is doubtful if only its text speaks of the entry.
    """
    names = [_bare(entry.heading), *IN_PARENTHESES.findall(entry.heading)]
    of_entry = [{stem(word) for word in words(name) if not SMALL_WORD.fullmatch(word)} for name in names]
    for item in entry.items:
        named = labelled_item(item)
        if named is None or not _has_words(named.text):
            continue
        certainty = _certainty_of_concept(named, of_entry)
        if certainty:
            concept = _Entry(item.paragraph.line, named.heading, named.text, certainty, [(named.text, None)])
            concept.broken_at += item.paragraph.broken_at
            yield concept


def _certainty_of_concept(item: Piece, of_entry: list[set[str]]) -> float:
    own = {stem(word) for word in words(item.heading)}
    text = {stem(word) for word in words(item.text)}
    if NUMBER.match(item.paragraph.text) and not DETERMINER.match(item.text):
        # A step says what to do, and no concept what it is.
        return 0.0
    shares_name = any(own & name for name in of_entry)
    speaks_of_it = any(name and name <= text for name in of_entry)
    if len(own) > 1:
        return UNSURE if speaks_of_it and not shares_name else LIKELY
    if not INDEFINITE.match(item.text):
        return 0.0
    return LIKELY if shares_name else 0.0 if speaks_of_it else UNSURE


# --- Records ---------------------------------------------------------------------------------------


class _Records:
    """Makes records of entries, with what the whole document says about how it writes."""

    def __init__(self, sections: list[_Section]) -> None:
        entries = [entry for section in sections for entry in section.entries]
        self.spelling = Spelling(text for entry in entries for text, _ in entry.body)
        explained = [section.heading for section in sections if section.entries]
        explained += [entry.heading for entry in entries]
        self.known = {loose_key(_bare(heading)) for heading in explained}
        self.in_title_case = sum(is_title_case(entry.heading) for entry in entries) >= _MOSTLY * len(entries)
        self.ends_with_stop = sum(_is_full(entry.lead) for entry in entries) >= _MOSTLY * len(entries)
        self.refs = Refs()

    def of_section(self, section: _Section) -> Iterator[TermRecord | RowProblem]:
        if not section.entries:
            yield from self._of_section_without_entries(section)
            return
        yield from _left_out(section.above)
        for entry in section.entries:
            yield self._record(entry, section, {})
            for concept in _concepts(entry):
                yield self._record(concept, section, {"parent": entry.heading})

    def _of_section_without_entries(self, section: _Section) -> Iterator[TermRecord | RowProblem]:
        """Take a heading with a text for a doubtful entry; one with none for a stub, if it may be a term."""
        if section.is_title or not self._may_be_a_term(section.heading):
            yield from _left_out(section.above)
            if section.links:
                message = "The links below this heading belong to no entry and were left out."
                yield RowProblem(section.line, "", section.heading[:80], message, fatal=False)
            return
        body = [(piece.text or piece.paragraph.text, _indent_of(piece)) for piece in section.above]
        lead = body[0][0] if body else ""
        entry = _Entry(section.line, section.heading, lead, UNSURE if body else _STUB, body)
        entry.broken_at += [line for piece in section.above for line in piece.paragraph.broken_at]
        yield self._record(entry, section, {})

    def _may_be_a_term(self, heading: str) -> bool:
        return loose_key(_bare(heading)) not in self.known and not _NO_TERMS_BELOW.fullmatch(heading)

    def _record(self, entry: _Entry, section: _Section, further: dict[str, str]) -> TermRecord | RowProblem:
        text = markdown_of(entry.body)
        if len(text) > LONGEST_DEFINITION:
            message = f"The text is longer than {LONGEST_DEFINITION:,} signs. Split it."
            return RowProblem(entry.line, "definition", entry.heading[:80], message)
        title = read_title(entry.heading, entry.lead or text, self.spelling)
        lead = entry.body[0][0] if entry.lead else ""
        texts = texts_of_markdown(with_dollars(lead), with_dollars(text), title.name)
        doubts = list(self._doubts(entry))
        sources = self._sources(entry, section)
        return TermRecord(
            line=entry.line,
            name=title.name,
            ref=self.refs.take(entry.heading),
            heading=entry.heading,
            qualifier=title.qualifier,
            short_definition=texts.short,
            definition=texts.definition,
            aliases=title.aliases,
            sources=sources or None,
            further={**_place(section), **further},
            confidence=min(entry.certainty, title.confidence, UNSURE if doubts else SURE),
            flags=(*doubts, *title.flags, *texts.flags),
        )

    def _doubts(self, entry: _Entry) -> Iterator[Flag]:
        if entry.body and entry.certainty <= UNSURE:
            yield Flag("unsure_entry", "This may be no entry of its own but part of the text above it.")
        if entry.body and self.ends_with_stop and not _is_full(entry.lead):
            message = "The text is no sentence: this may be a heading that has a colon."
            yield Flag("unsure_entry", message)
        bare = _bare(entry.heading)
        if self.in_title_case and len(bare.split()) > 2 and not is_title_case(bare):
            message = "Other headings are in Title Case: this may be a sentence that has a colon."
            yield Flag("unsure_entry", message)
        if entry.broken_at:
            lines = ", ".join(map(str, entry.broken_at[:20]))
            message = f"A sentence had broken off and was joined with what follows in line {lines}."
            yield Flag("joined_lines", message)
        if any(is_cut_off(text) for text, _ in entry.body):
            yield Flag("cut_off", "The text ends in the middle of a sentence.")

    @staticmethod
    def _sources(entry: _Entry, section: _Section) -> tuple[SourceRecord, ...]:
        """Return the entry's own sources, with those of its section if it has the same name."""
        is_about_it = loose_key(_bare(section.heading)) == loose_key(_bare(entry.heading))
        sources = [*section.links, *entry.sources] if is_about_it else entry.sources
        return tuple({source.url or source.title: source for source in sources}.values())


def _is_full(text: str) -> bool:
    return _has_words(text) or text.endswith((".", "!", "?", ":"))


def _has_words(text: str) -> bool:
    """Say whether a text is long enough to define something."""
    return len(text[:_FAR_ENOUGH].split()) >= _SHORTEST_DEFINITION


def _place(section: _Section) -> dict[str, object]:
    links = list(dict.fromkeys(link.url or link.title for link in section.links))
    named = {} if section.is_title else {"section": section.heading}
    return {**named, **({"section_links": links} if links else {})}


def _indent_of(piece: Piece) -> int | None:
    return piece.paragraph.indent if piece.kind == "item" else None


def _left_out(pieces: Iterable[Piece]) -> Iterator[RowProblem]:
    for piece in pieces:
        message = "The text belongs to no entry and was left out."
        yield RowProblem(piece.paragraph.line, "", piece.paragraph.text[:80], message, fatal=False)
