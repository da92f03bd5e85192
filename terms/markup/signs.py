"""Signs that stand for something else on the way, and how a text is quoted in a report."""

from __future__ import annotations

import re

# Stands for a bar inside a formula or a forced link while tables are split into cells. It is one
# of Unicode's noncharacters, which no text may contain; `without_foreign_signs` sees to that.
BAR = "\ufdd0"
_FOREIGN_SIGNS = re.compile("[\x00\ud800-\udfff\ufdd0]")


def without_foreign_signs(markdown: str) -> str:
    """Return the text with what no text may contain replaced by U+FFFD."""
    return _FOREIGN_SIGNS.sub("\ufffd", markdown)


CONTROL_SIGNS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def quoted(source: str) -> str:
    """Return the beginning of what an author wrote, on one line and in quotation marks."""
    text = " ".join(CONTROL_SIGNS.sub(" ", source).split())
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


def set_of(names: str) -> set[str]:
    """Return the names that stand in a text with blanks between."""
    return set(names.split())
