"""The lines of a pasted document that have something on them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line with something on it, and whether a blank one stands before it."""

    number: int
    text: str
    after_blank: bool


def lines_of(text: str) -> list[Line]:
    """Return the lines of a text without the blank ones and without the blanks around them."""
    lines = []
    after_blank = True
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line.strip():
            lines.append(Line(number, line.strip(), after_blank))
        after_blank = not line.strip()
    return lines
