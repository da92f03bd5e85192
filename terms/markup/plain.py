"""What a Markdown text says, without marks, and a short piece of it around what was looked for."""

from __future__ import annotations

import re
from collections.abc import Callable

from .linear import to_linear
from .parsing import markdown_parser
from .rendering import plain_inline
from .signs import BAR, without_foreign_signs


def to_plain_text(markdown: str) -> str:
    """Return what a Markdown text says, without marks: for the index, excerpts and short texts.

    One line per paragraph, list item and table row; cells are separated by commas; formulas are
    written on the line, `a_1/b`, and stay as their LaTeX source if they cannot be set.
    """
    lines: list[str] = []
    cells: list[str] | None = None
    for token in markdown_parser().parse(without_foreign_signs(markdown), {}):
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            lines.append(", ".join(filter(None, cells or [])))
            cells = None
        elif token.type == "inline":
            (lines if cells is None else cells).append(plain_inline(token.children or []))
        elif token.type in ("fence", "code_block"):
            lines.append(token.content)
        elif token.type == "math_block":
            lines.append(to_linear(token.content))
    return "\n".join(line.strip() for line in lines if line.strip()).replace(BAR, "|")


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*(?:\+\+|\+(?!\w)|#)?")


def excerpt(plain: str, hits: Callable[[str], bool] | None, length: int = 200) -> list[tuple[str, bool]]:
    """Cut a window of about `length` signs out of a plain text, around the first word that is a hit.

    Returns the pieces in order, each with whether it is a hit, so that a template can mark hits
    without unsafe HTML. Cut ends are between words and show “…”. Without a hit: the beginning.
    """
    text = " ".join(plain.split())
    found = [match.span() for match in _WORD.finditer(text) if hits and hits(match[0])]
    start, end = _window(text, found[0][0] if found else 0, length)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for first, last in found:
        if start <= first and last <= end:
            pieces += [(text[at:first], False), (text[first:last], True)]
            at = last
    pieces.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return _joined(pieces)


def _window(text: str, around: int, length: int) -> tuple[int, int]:
    """Return where to cut: the hit stands in the first third, both ends are between words."""
    start = max(0, min(around - length // 3, len(text) - length))
    if start:
        blank = text.find(" ", start - 1, around)
        start = blank + 1 if blank >= 0 else around
    end = min(len(text), start + length)
    if end < len(text):
        blank = text.rfind(" ", max(start, around) + 1, end + 1)
        end = blank if blank >= 0 else end
    return start, end


def _joined(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    joined: list[tuple[str, bool]] = []
    for text, is_hit in pieces:
        if joined and not is_hit and not joined[-1][1]:
            joined[-1] = (joined[-1][0] + text, False)
        elif text:
            joined.append((text, is_hit))
    return joined
