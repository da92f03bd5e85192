"""The article of an entry to its short definition and its Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..headings import first_sentence
from ..record import LONGEST_SHORT_DEFINITION, Flag
from ..unflatten import restore


@dataclass(frozen=True)
class Texts:
    """Short and full definition of an article, None for what it does not have."""

    short: str | None
    definition: str | None
    flags: tuple[Flag, ...]


def texts_of(article: str) -> Texts:
    if not article:
        return Texts(None, None, (Flag("definition_missing", "There is no text below the heading."),))
    restored = restore(article)
    short = _short_definition(article)
    if short is None:
        missing = Flag(
            "short_definition_missing",
            f"The first sentence is no plain text of {LONGEST_SHORT_DEFINITION} signs or less; write one.",
        )
        return Texts(None, restored.markdown, (*restored.flags, missing))
    # A page of one-line definitions says nothing about the articles that another page may bring.
    definition = None if _says_all(short, article) else restored.markdown
    return Texts(short, definition, restored.flags)


def _says_all(short: str, article: str) -> bool:
    """Say whether the article is one sentence, of which the short definition leaves out only the name."""
    whole = _plain(article).lower().rstrip(".!?")
    return first_sentence(article) == article and whole.endswith(short.lower().rstrip(".!?"))


_SAYS_WHAT_IT_IS = re.compile(
    r"(?:\*\*[^*]{1,160}\*\*|[^\s.,:;!?*]+(?: [^\s.,:;!?*]+){0,6}?) (?:is|are|[—–]) (.+)"
)
_BOLD_PREDICATE = re.compile(r"((?:an? |the )?)\*\*([^*]+)\*\*(?:$|\.|\s*[—–]\s|\s+-\s)")
_MARKS = re.compile(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_FORMULA = re.compile(r"\$([^$\\{}_^]{1,60})\$")


def _short_definition(article: str) -> str | None:
    """Return what the first sentence says the thing is, as plain text; None if that does not fit.

    “**X** is **a …**” gives “A ….”. Nothing is cut: a sentence too long gives none.
    """
    sentence = first_sentence(article)
    predicate = _SAYS_WHAT_IT_IS.match(sentence)
    if predicate:
        bold = _BOLD_PREDICATE.match(predicate[1])
        sentence = bold[1] + bold[2] if bold else predicate[1]
    plain = _plain(sentence)
    if "$" in plain or "\\(" in plain or not plain:
        return None
    plain = plain[:1].upper() + plain[1:]
    if plain[-1] not in ".!?…":
        plain += "."
    return plain if len(plain) <= LONGEST_SHORT_DEFINITION else None


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", _MARKS.sub("", _FORMULA.sub(r"\1", text))).strip()
