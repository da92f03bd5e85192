"""The article of an entry to its short definition and its Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...text import fold, initials, stem, words
from ..record import LONGEST_SHORT_DEFINITION, Flag
from ..sentences import first_sentence
from ..unflatten import damage_of, restore


@dataclass(frozen=True)
class Texts:
    """Short and full definition of an article, None for what it does not have."""

    short: str | None
    definition: str | None
    flags: tuple[Flag, ...]


_NO_TEXT = Texts(None, None, (Flag("definition_missing", "There is no text below the heading."),))


def texts_of(article: str, name: str = "") -> Texts:
    """Return the texts of an article that may have lost its line breaks.

    With the name of the entry, only what its article says of that name becomes the short definition
    without it.
    """
    if not article:
        return _NO_TEXT
    restored = restore(article)
    return _texts(article, restored.markdown, restored.flags, name)


def texts_of_markdown(lead: str, markdown: str, name: str) -> Texts:
    """Return the texts of an article that is Markdown; its `lead` is the paragraph that defines it."""
    return _texts(lead, markdown, damage_of(markdown), name) if markdown else _NO_TEXT


def _texts(lead: str, markdown: str, flags: tuple[Flag, ...], name: str) -> Texts:
    short = _short_definition(lead, name)
    if short is None:
        missing = Flag(
            "short_definition_missing",
            f"The first sentence is no plain text of {LONGEST_SHORT_DEFINITION} signs or less; write one.",
        )
        return Texts(None, markdown, (*flags, missing))
    # A page of one-line definitions says nothing about the articles that another page may bring.
    says_all = "\n" not in markdown and _says_all(short, lead)
    return Texts(short, None if says_all else markdown, flags)


def _says_all(short: str, article: str) -> bool:
    """Say whether the article is one sentence, of which the short definition leaves out only the name."""
    whole = _plain(article).lower().rstrip(".!?")
    return first_sentence(article) == article and whole.endswith(short.lower().rstrip(".!?"))


_SAYS_WHAT_IT_IS = re.compile(
    r"(?P<name>\*\*[^*]{1,160}\*\*|[^\s.,:;!?*]+(?: [^\s.,:;!?*]+){0,6}?) (?P<verb>is|are|[—–]) (?P<rest>.+)"
)
_BOLD_PREDICATE = re.compile(r"((?:an? |the )?)\*\*([^*]+)\*\*(?:$|\.|\s*[—–]\s|\s+-\s)")
_NO_NOUN = re.compile(
    r"\w+(?:ed|ing)\b|\w+er than\b|"
    r"(?:built|known|made|often|usually|not|also|used|when|what|how|where)\b",
    re.IGNORECASE,
)
_DETERMINER = re.compile(r"(?:an?|the|any|one|some)\b", re.IGNORECASE)
_MARKS = re.compile(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_FORMULA = re.compile(r"\$([^$\\{}_^]{1,60})\$")


def _short_definition(article: str, name: str) -> str | None:
    """Return what the first sentence says the thing is, as plain text; None if that does not fit.

    “**X** is **a …**” gives “A ….”. Nothing is cut: a sentence too long gives none.
    """
    sentence = first_sentence(article)
    predicate = _SAYS_WHAT_IT_IS.match(sentence)
    if predicate and (not name or _is_about(predicate["name"], name)):
        sentence = _predicate(predicate["verb"], predicate["rest"]) or sentence
    plain = _plain(sentence)
    if "$" in plain or "\\(" in plain or not plain or plain.endswith((":", ",")):
        return None
    short = _as_sentence(plain)
    return short if len(short) <= LONGEST_SHORT_DEFINITION else None


def _is_about(subject: str, name: str) -> bool:
    """Say whether a sentence speaks of the entry: by a word of its name, or by its first letters."""
    ours, theirs = ({stem(word) for word in words(text)} for text in (name, subject))
    return bool(ours & theirs) or fold(_plain(subject)) in (initials(name), "it", "this")


def _predicate(verb: str, rest: str) -> str:
    """Return what “is” or “are” is followed by, if that can stand alone: a noun with what belongs to it."""
    bold = _BOLD_PREDICATE.match(rest)
    if bold:
        return bold[1] + bold[2]
    can_stand_alone = not _NO_NOUN.match(rest) if verb != "is" else _DETERMINER.match(rest)
    return rest if can_stand_alone else ""


def _as_sentence(plain: str) -> str:
    plain = plain[:1].upper() + plain[1:]
    return plain if plain[-1] in ".!?…" else f"{plain}."


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", _MARKS.sub("", _FORMULA.sub(r"\1", text))).strip()
