"""A Markdown document cut into headings and the blocks between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import islice

from ..markdown_files import body_below_front_matter, names_a_collection
from ..markdown_text import block_parser, plain_inline

_ABBREVIATION = re.compile(r" {0,3}\*\[([^\[\]]{1,100})\]:[ \t]*(\S.{0,300})")
REFERENCE = re.compile(r"^ {0,3}\[(?!\^)([^\[\]\n]{1,200})\]:[ \t]*\S[^\n]*$", re.MULTILINE)
FOOTNOTE = re.compile(r"^ {0,3}\[\^([^\[\]\s]{1,100})\]:[^\n]*(?:\n(?: {4}|\t)[^\n]*)*", re.MULTILINE)
_RULES_AT_THE_END = re.compile(r"(?:\n\s*(?:-{3,}|\*{3,}|_{3,}))+\s*\Z|\A(?:-{3,}|\*{3,}|_{3,})\s*\Z")
_TITLE_TAIL = re.compile(r"\s*\{[#.:][^{}]{0,100}\}\s*$")
_LETTERS = re.compile(
    r"(?:[^\W\d_]|#|&|0)(?:\s*[-–—/]\s*(?:[^\W\d_]|9))?|num(?:bers|eric)|symbols", re.IGNORECASE
)


@dataclass(frozen=True)
class Heading:
    """A heading, the lines that it takes, where the next one begins (of any level), and its subject."""

    level: int
    begin: int
    end: int
    markdown: str
    title: str
    next: int = 0
    group: str = ""


@dataclass(frozen=True)
class Block:
    """A piece of the document between headings: which lines, and of which kind."""

    kind: str
    begin: int
    end: int
    markdown: str = ""
    group: str = ""


class Page:
    """The document cut into headings and the blocks between them; `notes` are its link definitions."""

    def __init__(self, text: str) -> None:
        front, body = body_below_front_matter(text)
        # What is above keeps its lines, so that all numbers stay those of the file.
        self.text = "\n" * front.count("\n") + body
        self.abbreviations: dict[str, str] = {}
        self.abbreviation_lines: dict[str, int] = {}
        if "*[" in self.text:
            self._take_abbreviations()
        self.notes = {
            found[1].casefold(): found[0].strip()
            for pattern in (REFERENCE, FOOTNOTE)
            for found in pattern.finditer(self.text)
        }
        self.lines = self.text.split("\n")
        self.headings: list[Heading] = []
        self.blocks: list[Block] = []
        self._cut()

    def _take_abbreviations(self) -> None:
        lines = self.text.split("\n")
        for number, line in enumerate(lines, start=1):
            if found := _ABBREVIATION.fullmatch(line):
                self.abbreviations[found[1]] = " ".join(found[2].split())
                self.abbreviation_lines[found[1]] = number
                lines[number - 1] = ""
        self.text = "\n".join(lines)

    def _cut(self) -> None:
        tokens = block_parser().parse(self.text)
        for place, token in enumerate(tokens):
            if token.level or token.map is None or token.nesting < 0:
                continue
            begin, end = token.map
            if token.type == "heading_open":
                markdown = _TITLE_TAIL.sub("", tokens[place + 1].content)
                level = int(token.tag[1])
                self.headings.append(Heading(level, begin, end, markdown, plain_inline(markdown)))
            else:
                markdown = tokens[place + 1].content if token.type == "paragraph_open" else ""
                self.blocks.append(Block(token.type.removesuffix("_open"), begin, end, markdown))
        ends = [heading.begin for heading in self.headings[1:]] + [len(self.lines)]
        self.headings = [
            replace(heading, next=end) for heading, end in zip(self.headings, ends, strict=False)
        ]
        self._name_groups()

    def _name_groups(self) -> None:
        """Give all headings and blocks the nearest heading above that names a subject."""
        has_title = sum(heading.level == 1 for heading in self.headings) == 1
        stack: list[tuple[int, str]] = [(0, "")]
        below = [""]
        for place, heading in enumerate(self.headings):
            while stack[-1][0] >= heading.level:
                stack.pop()
            above = stack[-1][1]
            self.headings[place] = replace(heading, group=above)
            is_subject = not (heading.level == 1 and has_title) and names_a_subject(heading.title)
            below.append(heading.title if is_subject else above)
            stack.append((heading.level, below[-1]))
        begins = [heading.begin for heading in self.headings]
        self.blocks = [replace(block, group=below[bisect_left(begins, block.begin)]) for block in self.blocks]
        self._block_begins = [block.begin for block in self.blocks]

    def between(self, begin: int, end: int) -> str:
        """Return the lines from one to before another, without blank lines around them."""
        return _RULES_AT_THE_END.sub("", "\n".join(self.lines[begin:end]).strip("\n").rstrip())

    def has_text(self, begin: int, end: int) -> bool:
        """Say whether something but headings stands in these lines."""
        first = bisect_left(self._block_begins, begin)
        return first < len(self._block_begins) and self._block_begins[first] < end

    def first_block_after(self, line: int) -> int:
        """Return the line where the next thing begins that is no heading, -1 without one."""
        first = bisect_left(self._block_begins, line)
        return self._block_begins[first] if first < len(self._block_begins) else -1

    def end_of_section(self, place: int) -> int:
        """Return the line where the next heading of the same level or above stands."""
        level = self.headings[place].level
        following = islice(self.headings, place + 1, None)
        return next((other.begin for other in following if other.level <= level), len(self.lines))


def is_letter(title: str) -> bool:
    """Say whether a heading is only a letter of the alphabet or a range of them."""
    return bool(_LETTERS.fullmatch(title.strip()))


def names_a_subject(title: str) -> bool:
    """Say whether a heading is neither a letter nor the name of a glossary."""
    return not is_letter(title) and not names_a_collection(title)
