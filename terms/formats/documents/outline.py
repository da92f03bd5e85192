"""Which headings of an article document begin an entry, and which are parts of the entry before.

Where Markdown has its `#`, the levels say it; so does a table of contents. Where both are lost, the
words do: “What is a kiln?”, “Parts of kilns” and “Overview” right below “Kilns” are parts of it, and
make “Kilns” an entry.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...text import name_key
from .blocks import Body, Heading, items_of
from .mentions import Mentions, Name, acronym_in, bare

# What sections are called whatever they are about.
_GENERAL = re.compile(
    r"(?:(?:a )?(?:brief |short |general )?(?:overview|introduction|intro|summary|definitions?|description|"
    r"background|history|basics|fundamentals|motivation|conclusions?|notes?|remarks?)|"
    r"key (?:points|ideas|concepts|takeaways|differences|features|components|characteristics)|"
    r"(?:common |typical |real-world |further )?(?:examples?|applications|use cases|uses|types|variants|"
    r"kinds|versions|pitfalls|mistakes|challenges|limitations|drawbacks|disadvantages|advantages|benefits|"
    r"trade-?offs|problems)|pros and cons|best practices|implementation|usage|comparison|properties|"
    r"characteristics|features|components|structure|principles?|mechanism|formula|see also|"
    r"installation|set-?up|configuration|getting started|quick ?start|prerequisites|requirements|"
    r"related (?:terms|concepts|topics)|further reading|references|external links|sources|faqs?)"
    r"(?: and .{1,40})?",
    re.IGNORECASE,
)
_OF_THE_DOCUMENT = re.compile(
    r"(?:table of )?contents|licen[cs]e|contributing|contributors|acknowledge?ments|changelog",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:how|what|when|where|which|who|why)\b", re.IGNORECASE)
_ASKS_WHAT = re.compile(
    r"(?:what|who) (?:is|are|was|were) (?:meant by |an? |the )?(?P<name>.+?)\s*\?", re.IGNORECASE
)
_OF = re.compile(r"\b(?:of|for|in|with|to|about|on|behind|vs\.?|versus)\s", re.IGNORECASE)
# “A frame for weaving”: a noun with what tells it from others, and no sentence.
_A_THING = re.compile(
    r"\W*(?:an?|any|one of the) (?:(?!(?:are|can|do|does|had|has|have|is|may|must|was|will) )[\w-]+ ){1,5}"
    r"(?:that|which|who|where|for|of|used|by|with|to|in)\b",
    re.IGNORECASE,
)

_OPENS = re.compile(r"(?:what|who) (?:is|are|was|were)\b|overview|introduction|definition", re.IGNORECASE)
_EXAMPLES = re.compile(r"\((?:e\.g\.|such as|like|for example)", re.IGNORECASE)

_LOOK, _LINES, _FIRST_WORDS = 2_000, 20, 300
_SURE, _LIKELY, _RATHER, _PROBABLY, _DOUBTED = 0.95, 0.9, 0.85, 0.75, 0.6
_A_PART, _A_TITLE = "a part of the article before it", "the title of the document"


@dataclass
class Section:
    """A heading with what stands below it, up to the next; `depth` is that of a part in its entry.

    `is_unsure` says that nothing but its place ties it to the entry, `is_concept` that it defines
    something that could be an entry itself.
    """

    heading: Heading
    bodies: list[Body] = field(default_factory=list)
    depth: int = 0
    is_unsure: bool = False
    is_concept: bool = False

    @property
    def title(self) -> str:
        return self.heading.text

    @property
    def text(self) -> str:
        """The beginning of what stands below the heading, on one line."""
        lines = [line for body in self.bodies[:_LINES] for line in body.lines[:_LINES]]
        return " ".join(line.text[:_LOOK] for line in lines[:_LINES])[:_LOOK]


@dataclass
class Entry:
    """An entry: its heading with the text right below it, its parts, and how sure it is that it is one.

    `doubt` says what else it may be, `captions` are lines that were headings of nothing but their pictures.
    """

    section: Section
    certainty: float
    doubt: str = ""
    parts: list[Section] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.section.bodies and not self.parts


@dataclass(frozen=True)
class Outline:
    """The entries of a document, what stands outside of them, and what tells that it has this shape.

    `defined` says how many entries begin with “X is a …” below the heading “X”.
    """

    entries: list[Entry]
    left_out: list[Heading | Body]
    has_levels: bool
    has_parts: bool
    defined: int


def outline_of(blocks: Sequence[Heading | Body]) -> Outline:
    """Return the entries of a document with their parts."""
    preface, sections = _sections(blocks)
    levels = _levels_by_marks(sections) or _levels_by_contents(sections, preface)
    sections = _without_contents(sections)
    mentions = Mentions(text for section in sections for text in (section.title, section.text))
    finder = _ByLevels(sections, mentions, levels) if levels else _ByWords(sections, mentions)
    entries = finder.entries()
    for entry in entries:
        _look_for_concepts(entry, mentions)
    return Outline(
        entries=entries,
        left_out=[*preface, *finder.left_out],
        has_levels=bool(levels),
        has_parts=finder.has_parts,
        defined=sum(mentions.defines(entry.section.text, entry.section.title) for entry in entries),
    )


def asked_for(heading: str) -> str:
    """Return what a heading asks for (“What is a kiln?” asks for “kiln”), or nothing."""
    found = _ASKS_WHAT.fullmatch(heading)
    return found["name"] if found else ""


def is_general(heading: str) -> bool:
    """Say whether a heading says nothing of what its document is about (Overview, See also)."""
    return bool(_GENERAL.fullmatch(heading))


def _asks(heading: str) -> bool:
    return heading.endswith("?") or bool(_ASKS.match(heading))


def _is_of(heading: str, stems: str, name: Name) -> bool:
    """Say whether a heading asks about a thing or is the X of it."""
    return name.is_in(stems) and (_asks(heading) or bool(_OF.search(heading)))


# --- Sections and their levels ---------------------------------------------------------------------------


def _sections(blocks: Sequence[Heading | Body]) -> tuple[list[Body], list[Section]]:
    """Return what stands before the first heading, and the headings with what stands below each."""
    preface: list[Body] = []
    sections: list[Section] = []
    for block in blocks:
        if isinstance(block, Heading):
            sections.append(Section(block))
        else:
            (sections[-1].bodies if sections else preface).append(block)
    return preface, sections


@dataclass(frozen=True)
class _Levels:
    """The levels of headings by their keys; those of entries are not below `deepest`."""

    of: Mapping[str, int]
    deepest: int


def _levels_by_marks(sections: Sequence[Section]) -> _Levels | None:
    levels = {name_key(section.title): section.heading.level for section in sections}
    return _Levels(levels, max(levels.values())) if any(levels.values()) else None


def _levels_by_contents(sections: Sequence[Section], preface: Sequence[Body]) -> _Levels | None:
    """Return the levels that a table of contents gives; what is not in it is one level below."""
    headings = {name_key(section.title) for section in sections}
    bodies = [*preface, *(body for section in sections[:_LINES] for body in section.bodies[:_LINES])]
    for body in bodies:
        items = items_of(body)
        listed = {name_key(text): depth + 1 for depth, text in items if name_key(text) in headings}
        if len(listed) > 2 and 2 * len(listed) > len(items):
            deepest = max(listed.values())
            return _Levels({key: listed.get(key, deepest + 1) for key in headings}, deepest)
    return None


def _without_contents(sections: list[Section]) -> list[Section]:
    """Leave out a table of contents: headings side by side without a text that come again later."""
    still_to_come = Counter(name_key(section.title) for section in sections)
    listed = []
    for section in sections:
        still_to_come[name_key(section.title)] -= 1
        comes_again = still_to_come[name_key(section.title)] > 0
        listed.append(not section.bodies and (comes_again or bool(_OF_THE_DOCUMENT.fullmatch(section.title))))
    beside = [False, *listed, False]
    return [
        section
        for place, section in enumerate(sections)
        if not (listed[place] and (beside[place] or beside[place + 2]))
    ]


class _ByLevels:
    """Entries are the headings of one level: that whose sections have parts, or else the deepest."""

    def __init__(self, sections: list[Section], mentions: Mentions, levels: _Levels) -> None:
        self.sections = sections
        self.mentions = mentions
        self.levels = [section.heading.level or levels.of[name_key(section.title)] for section in sections]
        self.deepest = levels.deepest
        self.left_out: list[Heading | Body] = []
        self.has_parts = any(self._levels_with_aspects())

    def entries(self) -> list[Entry]:
        chosen = self._level_of_entries()
        entries: list[Entry] = []
        is_within = False
        for section, level in zip(self.sections, self.levels, strict=True):
            if level == chosen and not _OF_THE_DOCUMENT.fullmatch(section.title):
                entries.append(Entry(section, _SURE))
                is_within = True
            elif level > chosen and is_within:
                section.depth = level - chosen
                entries[-1].parts.append(section)
            else:
                is_within = False
                self.left_out += [section.heading, *section.bodies]
        return entries

    def _level_of_entries(self) -> int:
        parents = Counter(level for level in self._levels_with_aspects() if level <= self.deepest)
        if parents:
            most = max(parents.values())
            return min(level for level, count in parents.items() if count == most)
        levels = zip(self.sections, self.levels, strict=True)
        with_text = Counter(level for section, level in levels if section.bodies and level <= self.deepest)
        several = [level for level, count in with_text.items() if count > 1]
        return max(several, default=self.deepest)

    def _levels_with_aspects(self) -> Iterator[int]:
        """Yield the level of each section that has a part which can be nothing else."""
        path: list[tuple[int, Section]] = []
        for section, level in zip(self.sections, self.levels, strict=True):
            while path and path[-1][0] >= level:
                path.pop()
            if path and self._is_aspect_of(section, path[-1][1]):
                yield path[-1][0]
            path.append((level, section))

    def _is_aspect_of(self, section: Section, parent: Section) -> bool:
        name = self.mentions.name_of(parent.title)
        return is_general(section.title) or _is_of(section.title, self.mentions.stems(section.title), name)


# --- By the words of the headings ------------------------------------------------------------------------


class _ByWords:
    """Reads headings in order, each in view of the entry before it and of the heading behind it."""

    def __init__(self, sections: list[Section], mentions: Mentions) -> None:
        self.sections = sections
        self.mentions = mentions
        self.left_out: list[Heading | Body] = []
        self.counts = Counter(name_key(section.title) for section in sections)
        plain = [section for section in sections if not self._is_lesser(section) and not _asks(section.title)]
        self.has_plain = len(plain) > 1
        self.names = [mentions.name_of(section.title) for section in sections]
        self.stems = [mentions.stems(section.title) for section in sections]
        self.next_text = self._places_of_texts()
        self.current: Entry | None = None
        self.current_name = Name()
        self.plain_depth = self.part_depth = 0
        self.has_parts = any(self._opens(place, Name()) for place in range(len(sections)))
        self.has_lesser = self.has_plain and not all(map(self._can_be_entry, range(len(sections))))
        self.group = 0

    def _places_of_texts(self) -> list[int]:
        """Return for each section the place of the next one with a text, at or behind it."""
        places = [len(self.sections)]
        for place in range(len(self.sections) - 1, -1, -1):
            places.append(place if self.sections[place].bodies else places[-1])
        return places[::-1]

    def entries(self) -> list[Entry]:
        entries: list[Entry] = []
        for place, section in enumerate(self.sections):
            is_of_document = bool(_OF_THE_DOCUMENT.fullmatch(section.title))
            certainty = 0.0 if is_of_document else self._certainty_of_entry(place)
            if is_of_document:
                self.left_out += [section.heading, *section.bodies]
            elif certainty:
                doubt = "" if certainty > _DOUBTED else _A_PART if self.current else _A_TITLE
                self.current, self.current_name = Entry(section, certainty, doubt), self.names[place]
                self.group = self.plain_depth = self.part_depth = 0
                entries.append(self.current)
            elif self.current:
                self._add_part(self.current, place)
            else:
                self.left_out += [section.heading, *section.bodies]
        return entries

    # What a heading is by itself.

    @staticmethod
    def _is_lesser(section: Section) -> bool:
        return section.heading.has_colon or bool(section.heading.number)

    def _is_general(self, place: int) -> bool:
        title = self.sections[place].title
        return is_general(title) or self.counts[name_key(title)] > 1

    def _can_be_entry(self, place: int) -> bool:
        section = self.sections[place]
        if not self.has_plain:
            return True
        if not self.current and asked_for(section.title):
            return not self._opens(place - 1, Name()) if place else True
        return not (self._is_lesser(section) or _asks(section.title) or self._is_general(place))

    # Whether it begins an entry.

    def _certainty_of_entry(self, place: int) -> float:
        """Return how sure it is that an entry begins here, 0 if none does."""
        if not self._can_be_entry(place):
            return 0.0
        section = self.sections[place]
        opens = self._opens(place, self.current_name)
        if opens:
            return opens
        if not section.bodies:
            return self._certainty_of_stub(place)
        defines = self.mentions.defines(section.text, section.title) or bool(asked_for(section.title))
        if not self.current:
            # Above entries with parts, the first heading of all is the title.
            is_title = self.has_parts and place == 0
            return _RATHER if defines else 0.0 if is_title else _DOUBTED
        if not self.has_parts:
            if defines or acronym_in(section.title):
                return _RATHER
            return _DOUBTED if self.has_lesser or self._is_tied(place) else _PROBABLY
        is_part = self.group or self._is_tied(place) or self._is_announced(place)
        return _DOUBTED if defines and not is_part else 0.0

    def _opens(self, place: int, current: Name) -> float:
        """Return how surely the next heading is a part of this one, and of no entry before it."""
        if place + 1 == len(self.sections):
            return 0.0
        section, below = self.sections[place], self.sections[place + 1]
        if _asks(section.title) or self._is_general(place) or self._is_lesser(section):
            return 0.0
        if _is_of(below.title, self.stems[place + 1], self.names[place]):
            return _SURE
        if self._lists(place, place + 1):
            return 0.0 if current.is_in(self.stems[place]) else _LIKELY
        if current.is_in(self.stems[place]):
            # “Kiln Parts” below “Kilns”: the caption of a picture, unless a text is opened here.
            return _DOUBTED if not section.bodies and _OPENS.match(below.title) else 0.0
        if section.bodies or self._is_lesser(below) or current.is_in(self.stems[place + 1]):
            return 0.0
        if _OPENS.match(below.title) or is_general(below.title):
            return _LIKELY
        return _DOUBTED if _asks(below.title) else 0.0

    def _lists(self, place: int, below: int) -> bool:
        """Say whether a heading names another in a list: “Stages (drying, firing and cooling)”."""
        is_list = "," in self.sections[place].title
        return is_list and set(self.stems[below].split()) <= set(self.stems[place].split())

    def _certainty_of_stub(self, place: int) -> float:
        """A heading without a text is an entry to be written if nothing can belong to it."""
        if not self.current or self.current_name.is_in(self.stems[place]):
            return 0.0
        behind = self.next_text[place]
        if behind == len(self.sections):
            return _PROBABLY
        is_before_entry = behind > place + 1 and self._opens(behind - 1, Name())
        return _DOUBTED if is_before_entry else 0.0

    def _is_tied(self, place: int) -> bool:
        """Say whether a section speaks of the entry before it."""
        said = self.stems[place] + self.mentions.stems(self.sections[place].text[:_FIRST_WORDS])
        return self.current_name.is_in(said)

    def _is_announced(self, place: int) -> bool:
        """Say whether the current entry speaks of it before its parts, or in its own heading."""
        if self.current is None:
            return False
        opening = self.current.section
        first = self.current.parts[:1] if not opening.bodies else []
        said = " ".join([opening.title, opening.text, *(part.text for part in first)])
        return self.names[place].is_in(self.mentions.stems(said))

    # Parts.

    def _add_part(self, entry: Entry, place: int) -> None:
        section = self.sections[place]
        if self.stems[place] in self.current_name.forms and not self._is_lesser(section):
            # The entry's own name once more, amid its article, stood below a picture.
            above = (entry.parts or [entry.section])[-1]
            above.bodies += [Body("paragraph", (section.heading.line,)), *section.bodies]
            entry.captions.append(section.title)
            self.group = self.group and int(_leads_on(above))
            return
        section.depth = self._depth(place)
        section.is_unsure = not self._is_surely_part(place)
        entry.parts.append(section)

    def _depth(self, place: int) -> int:
        """Nest what has a number or a colon, and what a part without a text of its own leads on to."""
        section = self.sections[place]
        if section.heading.has_colon:
            return self.part_depth + 1
        if section.heading.number:
            self.part_depth = self.plain_depth + 1
        else:
            self.part_depth = self.plain_depth = self._depth_of_plain(place)
        return self.part_depth

    def _depth_of_plain(self, place: int) -> int:
        section = self.sections[place]
        is_by_form = self._is_general(place) or _asks(section.title)
        if self.group and not is_by_form and not self.current_name.is_in(self.stems[place]):
            return self.group + 1
        self.group = int(_leads_on(section))
        return 1

    def _is_surely_part(self, place: int) -> bool:
        section = self.sections[place]
        is_by_form = self._is_lesser(section) or self._is_general(place) or _asks(section.title)
        said = self.stems[place] + self.mentions.stems(section.text)
        is_by_words = self.current_name.is_hinted_at(said) or self._is_announced(place)
        return is_by_form or bool(self.group) or is_by_words


def _leads_on(section: Section) -> bool:
    """Say whether what a section is about must come in the sections behind it."""
    return not section.bodies or section.bodies[-1].lines[-1].text.endswith(":")


# --- Parts that could be entries -------------------------------------------------------------------------


def _look_for_concepts(entry: Entry, mentions: Mentions) -> None:
    """Mark the parts that define something; and where most below one part do, all that are built alike."""
    name = mentions.name_of(entry.section.title)
    able = [part for part in entry.parts if _can_be_concept(part, name, mentions)]
    for part in able:
        part.is_concept = part.title.endswith("?") or _is_defined(part, mentions)
    for siblings in _siblings(entry.parts):
        begin = {part.bodies[0].kind for part in siblings if part.is_concept}
        if 2 * sum(part.is_concept for part in siblings) > len(siblings) > 2:
            for part in siblings:
                part.is_concept = part in able and part.bodies[0].kind in begin


def _can_be_concept(part: Section, name: Name, mentions: Mentions) -> bool:
    called = asked_for(part.title) if _asks(part.title) else part.title
    is_aspect = part.heading.has_colon or is_general(bare(part.title)) or name.is_in(mentions.stems(called))
    return bool(part.bodies and called) and not is_aspect


def _is_defined(part: Section, mentions: Mentions) -> bool:
    names_examples = _EXAMPLES.search(part.title) is not None
    begins_as_definition = _A_THING.match(part.text) or mentions.defines(part.text, part.title)
    said = mentions.stems(part.text).removeprefix(" the")
    speaks_of_it = said.startswith(mentions.name_of(part.title).forms)
    return bool(acronym_in(part.title) or names_examples or begins_as_definition or speaks_of_it)


def _siblings(parts: Sequence[Section]) -> Iterator[list[Section]]:
    """Yield the parts that stand side by side below another."""
    below: dict[int, list[Section]] = {}
    for part in parts:
        for deeper in [depth for depth in below if depth > part.depth]:
            yield below.pop(deeper)
        if part.depth > 1:
            below.setdefault(part.depth, []).append(part)
    yield from below.values()
