"""The lines of a pasted document that have something on them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAB_WIDTH = 4


@dataclass(frozen=True)
class Line:
    """A line with something on it, and whether a blank one stands before it.

    `blanks` says how many stand there, `indent` by how many columns the text is moved in. `raw` has the
    white space around the text, for cells set apart by tabs and for code.
    """

    number: int
    text: str
    after_blank: bool
    blanks: int = 0
    indent: int = 0
    raw: str = ""


def lines_of(text: str) -> list[Line]:
    """Return the lines of a text without the blank ones and without the blanks around them."""
    lines = []
    blanks = 0
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        bare = line.strip()
        if not bare:
            blanks += 1
            continue
        lines.append(Line(number, bare, blanks > 0 or number == 1, blanks, _indent(line), line))
        blanks = 0
    return lines


def _indent(line: str) -> int:
    before = line[: len(line) - len(line.lstrip())]
    return len(before.expandtabs(_TAB_WIDTH))
