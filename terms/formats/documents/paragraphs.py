"""Lines to paragraphs: what a page break or a narrow window has cut in two is put together again.

Only where a sentence has clearly not ended; where blank lines stood in between, the paragraph says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..unflatten import without_block_start
from .lines import Line

BULLET = re.compile(r"(?:[-*•◦▪‣–●]|o(?=\s+\*\*))\s+(?=\S)")
NUMBER = re.compile(r"(\d{1,2})[.)]\s+(?=\S)")
_PAGE_MARK = re.compile(
    r"(?:page\s+)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|[-–—]\s*\d{1,4}\s*[-–—]|[-–—_=*]{3,}", re.IGNORECASE
)
_BEGINS_A_BLOCK = re.compile(
    r"#{1,6}\s|<?https?://|\[|\||```|(?:image |photo )?sources?\s*:\s", re.IGNORECASE
)
_LABELLED = re.compile(r"\W{0,3}[^\W_][^:;.!?]{0,80}:\W{0,3}\s")
_IS_TEXT = re.compile(rf"{BULLET.pattern}|{_LABELLED.pattern}")
_ENDS = tuple(".!?…:;")
_CLOSERS = "*_`\"'”’)]> "
_OPEN_END = re.compile(
    r"(?:,|[-–]|\b(?:an?|and|are|as|at|be|between|but|by|for|from|in|into|is|its|of|on|or|such|that|the|their|"
    r"this|to|was|were|which|with))$",
    re.IGNORECASE,
)
# A line as long as this is no heading; one that does not end may go on in the next.
_RUNNING_LENGTH = 60


@dataclass
class Paragraph:
    """A paragraph, heading or list item.

    `pieces` are its lines, each with the blank that parts it from the one before; `broken_at` are the
    numbers of those that go on after a gap.
    """

    line: int
    blanks: int
    indent: int
    after_blank: bool
    pieces: list[str] = field(default_factory=list)
    broken_at: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def paragraphs_of(lines: Sequence[Line]) -> list[Paragraph]:
    """Return the paragraphs of a document in order, without page numbers and rules."""
    paragraphs: list[Paragraph] = []
    for line in lines:
        if _PAGE_MARK.fullmatch(line.text):
            continue
        if paragraphs and _goes_on(paragraphs[-1], line):
            _append(paragraphs[-1], line)
        else:
            paragraphs.append(Paragraph(line.number, line.blanks, line.indent, line.after_blank, [line.text]))
    return paragraphs


def is_cut_off(text: str) -> bool:
    """Say whether a text stops within a sentence: at a comma, or a word that needs another."""
    return bool(_OPEN_END.search(text[-20:]))


def _goes_on(paragraph: Paragraph, line: Line) -> bool:
    last = paragraph.pieces[-1].lstrip()
    if not _is_running(paragraph) or any(mark.match(line.text) for mark in (BULLET, NUMBER, _BEGINS_A_BLOCK)):
        return False
    is_labelled, is_small = bool(_LABELLED.match(line.text)), line.text[0].islower()
    if _has_ended(last):
        # A full stop at the end of a line in the middle of a paragraph.
        return not line.after_blank and not is_labelled and (len(line.text) > _RUNNING_LENGTH or is_small)
    if is_labelled:
        return is_small and is_cut_off(last)
    return is_small or is_cut_off(last) or (not line.after_blank and len(last) > _RUNNING_LENGTH)


def _is_running(paragraph: Paragraph) -> bool:
    """Say whether a paragraph is text and no heading, so that it may go on."""
    first = paragraph.pieces[0]
    return len(paragraph.pieces) > 1 or len(first) > _RUNNING_LENGTH or bool(_IS_TEXT.match(first))


def _append(paragraph: Paragraph, line: Line) -> None:
    if line.after_blank:
        paragraph.broken_at.append(line.number)
    is_divided = re.search(r"[^\W\d_]-$", paragraph.pieces[-1][-2:])
    paragraph.pieces.append(line.text if is_divided else f" {line.text}")


def _has_ended(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(_ENDS)


def markdown_of(items: Sequence[tuple[str, int | None]]) -> str:
    """Return paragraphs (without an indent) and list items (with theirs) as Markdown.

    A paragraph stays one: what would begin another block is escaped.
    """
    return "".join(_marked(items))


def _marked(items: Sequence[tuple[str, int | None]]) -> Iterator[str]:
    outer: list[int] = []
    for place, (text, indent) in enumerate(items):
        if indent is None:
            outer = []
            yield "\n\n" if place else ""
            yield without_block_start(text)
            continue
        yield "\n" if outer else "\n\n" if place else ""
        while outer and indent < outer[-1]:
            outer.pop()
        if not outer or indent > outer[-1]:
            outer.append(indent)
        yield "  " * (len(outer) - 1) + (text if NUMBER.match(text) else f"- {text}")
