"""Where the first sentence of a text ends."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?](?:\*\*|[\"”’')\]])*(?=\s+(?:\*\*|[\"“(\[]*[^\W\d_a-z]|[0-9$•|#`-])|\s*$)")
_NO_SENTENCE_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|al|approx|fig|eq|no|dr|cf|resp|incl|st)|\b[A-Za-z])\.$", re.I
)


def first_sentence(article: str) -> str:
    """Return the first sentence of an article with its marks, or all of it if it has no end."""
    line = article.split("\n", 1)[0]
    for end in _SENTENCE_END.finditer(line):
        if not _NO_SENTENCE_END.search(line[max(0, end.start() - 12) : end.start() + 1]):
            return line[: end.end()]
    return line
