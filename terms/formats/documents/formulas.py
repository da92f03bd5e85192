"""Formulas between `\\( … \\)` and `\\[ … \\]` to those between dollars, as our Markdown writes them."""

from __future__ import annotations

import re

# Up to the next bracket of this kind: a formula that is never closed takes no time.
_FORMULA = re.compile(
    r"\\\((?P<inline>(?:[^\\$]|\\[^()\[\]])*)\\\)|\\\[(?P<display>(?:[^\\$]|\\[^()\[\]])*)\\\]"
)
_MONEY = re.compile(r"(?<!\\)\$(?=\d)")


def with_dollars(text: str) -> str:
    """Return a text with its formulas between dollars; what is no formula or never closed stays.

    Next to such formulas, a dollar before a number is an amount and is escaped.
    """
    pieces, last = [], 0
    for formula in _FORMULA.finditer(text):
        inside = (formula["inline"] or formula["display"] or "").strip()
        if inside:
            mark = "$" if formula["inline"] else "$$"
            pieces += [_MONEY.sub(r"\\$", text[last : formula.start()]), f"{mark}{inside}{mark}"]
            last = formula.end()
    if not pieces:
        return text
    return "".join([*pieces, _MONEY.sub(r"\\$", text[last:])])
