"""reStructuredText with Sphinx’s `.. glossary::`, or with a section for each term; its texts as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..errors import UnreadableFile
from . import markdown_document
from .decoding import decode
from .directives import GlossaryEntry, Line, dedented, glossary_entries, lines_of, refuse_too_long
from .markdown_text import names_in, other_names, plain_inline
from .pointers import without_pointers
from .prose import placed
from .record import LONGEST_DEFINITION, LONGEST_NAME, Flag, Refs, RowProblem, TermRecord
from .rst_markup import Explicit, Markup, end_of_indented, explicit_at

_UNDERLINED = re.compile(r"^\S.*\r?\n([-=~^\"'`#*+])\1{2,}\r?$", re.MULTILINE)
_ONLY_HERE = re.compile(r"^\.\. |:[a-z][a-z:]*:`|``|`_", re.MULTILINE)
_GLOSSARY = re.compile(r"^[ \t]*\.\.[ \t]+glossary::[ \t]*$", re.MULTILINE)


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are reStructuredText with a glossary in it."""
    try:
        text = decode(data)
    except UnreadableFile:
        return 0.0
    if "glossary::" in text and _GLOSSARY.search(text.replace("\r", "\n")):
        return 0.97
    is_rst = len(_UNDERLINED.findall(text)) >= 3 and len(_ONLY_HERE.findall(text)) >= 2
    return 0.5 if is_rst else 0.0


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each entry of each glossary in the file, or for each section if it has none.

    Several terms above one text are names of one entry.

    Raises UnreadableFile when there is neither, or the file is too long.
    """
    text = decode(data)
    refuse_too_long(text)
    document = _Document(lines_of(text))
    if document.entries:
        yield from without_pointers(_Writer(document).items())
    elif len(sections := list(_sections(lines_of(text)))) > 1:
        yield from _terms_in_sections(sections, document)
    else:
        raise UnreadableFile(
            "The file has no entries below “.. glossary::”. Write each term on a line, indented below the "
            "directive, and its text on the next lines, indented further."
        )


@dataclass(frozen=True)
class _Entry:
    """Terms with their text, of which what stands in a glossary inside it is taken out."""

    terms: tuple[Line, ...]
    body: tuple[Line, ...]


class _Document:
    """The glossaries of a file, wherever they stand, and what its texts refer to."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.entries: list[_Entry] = []
        self.targets: dict[str, str] = {}
        self.substitutions: dict[str, str] = {}
        self._walk(list(lines))

    def _walk(self, lines: Sequence[Line]) -> None:
        """Go through the lines of a document, and through what is indented below directives and terms."""
        waiting = [list(lines)]
        for _ in range(_DEEPEST):
            waiting = [inner for some in waiting for inner in self._walk_once(some)]

    def _walk_once(self, lines: Sequence[Line]) -> list[list[Line]]:
        inner: list[list[Line]] = []
        place = 0
        while place < len(lines):
            line = lines[place]
            explicit = None if line.is_blank else explicit_at(lines, place)
            if explicit is None:
                place = _past_literal(lines, place)
                continue
            found, place = explicit
            if found.kind == "target" and found.argument:
                url = "".join([found.argument, *(line.text.strip() for line in found.content)])
                self.targets[" ".join(found.name.casefold().split())] = re.sub(r"\s+", "", url)
            elif found.kind == "substitution" and not found.content:
                self.substitutions[found.name.casefold()] = found.argument
            elif found.kind == "directive" and found.name == "glossary":
                inner += self._glossary(found)
            elif found.kind == "directive" and found.name not in _LITERAL:
                inner.append(dedented(found.content))
        return inner

    def _glossary(self, directive: Explicit) -> list[list[Line]]:
        lines = dedented(directive.content)
        while lines and (lines[0].is_blank or re.fullmatch(r":[\w-]+:.*", lines[0].text)):
            lines.pop(0)
        inner = []
        for entry in glossary_entries(lines):
            self.entries.append(_Entry(tuple(entry.terms), tuple(_without_glossaries(entry))))
            inner.append(entry.body)
        return inner


_DEEPEST = 20
_LITERAL = frozenset({"code-block", "code", "sourcecode", "parsed-literal", "literalinclude", "raw", "math"})


def _past_literal(lines: Sequence[Line], place: int) -> int:
    """Return the place of the next line, past the literal text that a line announces with two colons."""
    if not lines[place].text.endswith("::"):
        return place + 1
    return max(place + 1, end_of_indented(lines, place + 1, lines[place].indent))


def _without_glossaries(entry: GlossaryEntry) -> Iterator[Line]:
    place = 0
    while place < len(entry.body):
        line = entry.body[place]
        if _GLOSSARY.fullmatch(line.text):
            place = end_of_indented(entry.body, place + 1, line.indent)
        else:
            yield line
            place += 1


class _Writer:
    """Makes records of the entries of a document."""

    def __init__(self, document: _Document) -> None:
        self.document = document
        self.refs = Refs()
        self.markup = Markup(document.targets, document.substitutions)
        for entry in document.entries:
            titles = [self._title(term) for term in entry.terms]
            for title in titles:
                self.markup.book.enter(title, names_in(titles[0]).name)
            self.markup.book.enter(names_in(titles[0]).name, names_in(titles[0]).name)

    def items(self) -> Iterator[TermRecord | RowProblem]:
        for entry in sorted(self.document.entries, key=lambda entry: entry.terms[0].number):
            yield self._item(entry)

    def _title(self, line: Line) -> str:
        """Return the plain text of a term; behind a colon between blanks stands a key for the index."""
        return plain_inline(self.markup.line_to_markdown(line.text.split(" : ")[0].strip()))

    def _item(self, entry: _Entry) -> TermRecord | RowProblem:
        first, *others = (self._title(term) for term in entry.terms)
        names = names_in(first)
        line = entry.terms[0].number
        self.markup.lost.clear()
        self.markup.unknown.clear()
        body = self.markup.to_markdown(entry.body)
        if not 0 < len(names.name) <= LONGEST_NAME:
            message = f"A name has between 1 and {LONGEST_NAME} signs. Shorten it."
            return RowProblem(line, "name", names.name[:80], message)
        if len(body) > LONGEST_DEFINITION:
            message = f"The text is longer than {LONGEST_DEFINITION:,} signs. Split it."
            return RowProblem(line, "definition", names.name, message)
        short, definition = placed(body)
        aliases = (*names.aliases, *other_names(names.name, others, short or ""))
        return TermRecord(
            line=line,
            name=names.name,
            ref=self.refs.take(names.name),
            short_definition=short,
            definition=definition or None,
            aliases=tuple(dict.fromkeys(aliases)) or None,
            flags=tuple(self._flags(body)),
        )

    def _flags(self, body: str) -> Iterator[Flag]:
        if not body:
            yield Flag("definition_missing", "There is no text for this term.")
        if self.markup.unknown:
            listed = ", ".join(dict.fromkeys(self.markup.unknown))
            message = f"Kept as it stands, because it has no counterpart in Markdown: {listed:.200}."
            yield Flag("unknown_markup", message)
        if self.markup.lost:
            listed = ", ".join(f"“{target:.60}”" for target in dict.fromkeys(self.markup.lost))
            message = f"References to other pages of the documentation became text: {listed:.300}."
            yield Flag("lost_link", message)


# --- Sections ------------------------------------------------------------------------------------

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}")


@dataclass
class _Section:
    """A title with its level, the outermost being 1, and the lines up to the next title."""

    line: int
    level: int
    title: str
    body: list[Line] = field(default_factory=list)


def _sections(lines: Sequence[Line]) -> Iterator[_Section]:
    """Yield the sections of a file; the styles of their lines get their levels as they come (docutils)."""
    styles: list[tuple[str, bool]] = []
    section: _Section | None = None
    place = 0
    while place < len(lines):
        overline = bool(_ADORNMENT.fullmatch(lines[place].text)) and _is_underlined(lines, place + 1)
        if not overline and not _is_underlined(lines, place):
            if section:
                section.body.append(lines[place])
            place += 1
            continue
        if section:
            yield section
        title = lines[place + overline]
        style = (lines[place + overline + 1].text[0], overline)
        if style not in styles:
            styles.append(style)
        section = _Section(title.number, styles.index(style) + 1, title.text.strip())
        place += 2 + overline
    if section:
        yield section


def _is_underlined(lines: Sequence[Line], place: int) -> bool:
    if place + 1 >= len(lines) or lines[place].is_blank or _ADORNMENT.fullmatch(lines[place].text):
        return False
    line = lines[place + 1]
    return bool(_ADORNMENT.fullmatch(line.text)) and len(line.text) >= min(len(lines[place].text.strip()), 4)


def _terms_in_sections(
    sections: Sequence[_Section], document: _Document
) -> Iterator[TermRecord | RowProblem]:
    """Read a file without a glossary by its sections, as `markdown_document` does."""
    markup = Markup(document.targets, document.substitutions)
    written: list[str] = []
    numbers: list[int] = []
    for section in sections:
        marks = "#" * min(section.level, 6)
        text = f"{marks} {markup.line_to_markdown(section.title)}\n\n{markup.to_markdown(section.body)}\n\n"
        written.append(text)
        numbers += [section.line] * text.count("\n")
    for item in markdown_document.read("".join(written).encode()):
        yield replace(item, line=numbers[min(item.line, len(numbers)) - 1])
