"""What a parenthesis in a heading is: another name of the term, or something that is none.

Acronyms, expansions and synonyms become aliases. Examples, qualifiers (“in Law”) and glosses
(“usually of wood”) do not. The words themselves tell most of it, the text below the heading the rest;
how sure that is comes along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...text import name_key, stem, words
from .spelling import is_marked

_FORMERLY = re.compile(r"(?:formerly|previously|once)(?: (?:known as|called))?\s+(.+)", re.IGNORECASE)
_ALSO = re.compile(
    r"(?:(?:also |often |commonly |sometimes |usually |better )?(?:known as|called|referred to as)|"
    r"also|or|a\.?k\.?a\.?|abbreviated(?: as)?|short for)[:\s]+(.+)",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    r"(?:e\.? ?g\.?|for (?:example|instance)|such as|like|including|incl\.)[:,\s]+(.+)", re.I
)
_AND_SO_ON = re.compile(r"(.+?),?\s*(?:etc\.?|and so on|and others|…|\.\.\.)", re.IGNORECASE)
_REMARK = re.compile(
    r"(?:after|as|before|between|cf\.?|chiefly|especially|generally|i\.?e\.?|if|mainly|mostly|namely|not|often|"
    r"only|optional(?:ly)?|primarily|rarely|see|since|sometimes|typically|until|usually|versus|vs\.?|when|where|"
    r"with|without)\b.*"
    r"|(?:archaic|deprecated|informal|noun|obsolete|optional|plural|singular|slang|verb)|e?s|\W*\d[\d\W]*"
    r"|\d*(?:st|nd|rd|th) .*",
    re.IGNORECASE,
)
_FIELD = re.compile(r"(?:in|within)(?: the)? (?:context of |field of )?(?:(?:an?|the) )?(.+)", re.IGNORECASE)
_ASPECT = re.compile(r"(?:about|at|by|during|for|from|of|on|to|under)\b.+", re.IGNORECASE)
_SMALL_WORD = re.compile(r"an?|and|at|by|for|from|in|of|on|or|the|to|with")
_OF_A_SENTENCE = re.compile(
    r"an?|are|be|been|being|but|can|has|have|is|it|its|not|that|the|their|this|was|were|when|where|which|who"
)
_BETWEEN_NAMES = re.compile(r"\s*[;,]\s*|\s+/\s+|(?<=\w{4})/(?=\w{4})|\s+or\s+")

_SURE, _LIKELY, _GUESSED, _DOUBTFUL = 0.97, 0.9, 0.7, 0.6
_LONGEST = 200
_FAR_ENOUGH = 20_000


@dataclass(frozen=True)
class OtherName:
    """Another name of the term, as it stands, and its kind of alias."""

    text: str
    kind: str


@dataclass(frozen=True)
class Parenthesis:
    """What a parenthesis is to the words before it, and how sure that is (0 to 1).

    `role` is names, qualifier, examples or gloss. `items` are the qualifier or the examples themselves.
    """

    role: str
    certainty: float
    names: tuple[OtherName, ...] = ()
    items: tuple[str, ...] = ()


def tell_parenthesis(bare: str, inside: str, text: str) -> Parenthesis:
    """Return what `inside` is in the heading “bare (inside)” above a text."""
    inside = inside.strip()
    if not inside or len(inside) > _LONGEST:
        return Parenthesis("gloss", _GUESSED)
    parts = [part for part in inside.split(";") if part.strip()]
    if len(parts) > 1:
        return _together([tell_parenthesis(bare, part, text) for part in parts])
    return (
        _by_its_first_words(bare, inside, text)
        or _abbreviation(bare, inside)
        or _by_the_text(bare, inside, text)
        or _several(bare, inside, text)
        or _by_its_form(bare, inside, text)
    )


def _together(told: list[Parenthesis]) -> Parenthesis:
    names = tuple(name for one in told for name in one.names)
    items = tuple(item for one in told for item in one.items)
    certainty = min(one.certainty for one in told)
    return (
        Parenthesis("names", certainty, names)
        if names
        else replace(told[0], certainty=certainty, items=items)
    )


def abbreviates(short: str, long: str) -> float:
    """Return how surely (0 to 1) one word is short for others, or for one long word (ECG).

    All its letters stand in the order of the long form, the first at its beginning (Schwartz and Hearst,
    2003). It is surest if it has the initials of all words that count.
    """
    is_plural = len(short) > 2 and short.endswith("s") and short[:-1].isupper()
    letters = [sign for sign in name_key(short[:-1] if is_plural else short) if sign.isalnum()]
    long_words = words(long)
    initials = [word[0] for word in long_words if not _SMALL_WORD.fullmatch(word)]
    if " " in short or not 2 <= len(letters) <= 12 or not initials or letters[0] != initials[0]:
        return 0.0
    if name_key(short) == long_words[-1]:
        return 0.0
    if len(initials) > 1 and _in_order(initials, letters) and _in_order(letters, "".join(long_words)):
        return _SURE
    spelt = [sign for sign in letters if not sign.isdecimal()]
    if (
        len(spelt) < 2
        or 2 * len(spelt) > sum(map(len, long_words))
        or not _in_order(spelt, "".join(long_words))
    ):
        return 0.0
    if len(initials) == 1:
        return _LIKELY if short.isupper() else 0.0
    is_acronym = is_marked(short) or len(spelt) < len(letters)
    return _LIKELY if len(spelt) > 2 and (is_acronym or _in_order(initials[:2], letters)) else 0.0


def _in_order(few: Iterable[str], many: Iterable[str]) -> bool:
    remaining = iter(many)
    return all(sign in remaining for sign in few)


# --- What the words themselves say ----------------------------------------------------------------


def _by_its_first_words(bare: str, inside: str, text: str) -> Parenthesis | None:
    former = _FORMERLY.fullmatch(inside)
    if former:
        return Parenthesis("names", _LIKELY, (OtherName(former[1], "former_name"),))
    also = _ALSO.fullmatch(inside)
    if also:
        names = tuple(OtherName(item, _kind_of(bare, item)) for item in _items(also[1]))
        return Parenthesis("names", _SURE, names)
    examples = _EXAMPLES.fullmatch(inside) or _AND_SO_ON.fullmatch(inside)
    if examples:
        return Parenthesis("examples", _SURE, items=tuple(_items(examples[1])))
    if _REMARK.fullmatch(inside):
        return Parenthesis("gloss", _LIKELY)
    field = _FIELD.fullmatch(inside)
    if field:
        return Parenthesis("qualifier", _LIKELY, items=(field[1],))
    if _ASPECT.fullmatch(inside):
        return Parenthesis("qualifier", _LIKELY, items=(inside,))
    return None


def _items(listed: str) -> list[str]:
    items = [item for item in _BETWEEN_NAMES.split(listed) if item]
    return [also[1] if (also := _ALSO.fullmatch(item)) else item for item in items]


def _kind_of(bare: str, name: str) -> str:
    if abbreviates(name, bare):
        return _kind_of_short(name, bare)
    return "full_form" if abbreviates(bare, name) else "synonym"


def _kind_of_short(short: str, long: str) -> str:
    return "acronym" if len(short) <= 2 * len(words(long)) + 1 else "abbreviation"


def _abbreviation(bare: str, inside: str) -> Parenthesis | None:
    certainty = abbreviates(inside, bare)
    if certainty:
        return Parenthesis("names", certainty, (OtherName(inside, _kind_of_short(inside, bare)),))
    marked = [word for word in bare.split() if is_marked(word)]
    certainty = max(abbreviates(short, inside) for short in (bare, *marked))
    return Parenthesis("names", certainty, (OtherName(inside, "full_form"),)) if certainty else None


# --- What the text below says ----------------------------------------------------------------------


def _by_the_text(bare: str, inside: str, text: str) -> Parenthesis | None:
    below = name_key(text[:_FAR_ENOUGH])
    if name_key(inside) not in below:
        return None
    said = re.escape(name_key(inside))
    if below.startswith(name_key(f"{inside} {bare}")):
        return Parenthesis("names", _GUESSED, (OtherName(f"{inside} {bare}", "synonym"),))
    if re.match(rf"(?:(?:an?|the) )?{said}\b", below):
        return Parenthesis("names", _LIKELY, (OtherName(inside, "synonym"),))
    named = rf"\b(?:also|or|aka|called|known as|referred to as|termed)[,:]? \W?{said}\b"
    if re.search(named, below):
        return Parenthesis("names", _LIKELY, (OtherName(inside, "synonym"),))
    if re.search(rf"\b(?:such as|like|including|for example,?|e\.g\.,?) \W?{said}\b", below):
        return Parenthesis("examples", _LIKELY, items=(inside,))
    # A word with which only a later sentence begins is mostly one thing of the kind.
    if " " not in inside and re.search(rf"[.!?] {said}\b", below) and said not in below.split(". ", 1)[0]:
        return Parenthesis("examples", _GUESSED, items=(inside,))
    field = rf"\b(?:in|within) (?:the )?{said}(?:[.,;:]|$| (?:an?|are|as|by|is|it|means|that|the|which)\b)"
    if re.search(field, below[:200]) and not is_marked(inside):
        return Parenthesis("qualifier", _LIKELY, items=(inside,))
    return None


# --- What its form makes likely --------------------------------------------------------------------


def _several(bare: str, inside: str, text: str) -> Parenthesis | None:
    """Judge a list by its items: names if one surely is, else examples."""
    items = _items(inside)
    if len(items) < 2:
        return None
    found = [_abbreviation(bare, item) or _by_the_text(bare, item, text) for item in items]
    named = [one.role == "names" for one in found if one is not None]
    if not any(named):
        return Parenthesis("examples", _GUESSED, items=tuple(items))
    certainty = _LIKELY if len(named) == len(items) and all(named) else _GUESSED
    return Parenthesis("names", certainty, tuple(OtherName(item, _kind_of(bare, item)) for item in items))


def _by_its_form(bare: str, inside: str, text: str) -> Parenthesis:
    inner = inside.split()
    alias = (OtherName(inside, "synonym"),)
    if any(_OF_A_SENTENCE.fullmatch(word) for word in inner) or len(inner) > max(5, 2 * len(bare.split())):
        return Parenthesis("gloss", _GUESSED)
    if len(inner) == 1:
        return _one_word(inside, alias)
    # What an acronym stands for has its letters; other words say what kind of thing it is.
    if bare.isupper() and inside.islower():
        return Parenthesis("gloss", _DOUBTFUL)
    if not inside[0].isupper() and bare[:1].isupper():
        return Parenthesis("names", _DOUBTFUL, alias)
    return Parenthesis("names", _certainty_of_synonym(bare, inside, text), alias)


def _one_word(inside: str, alias: tuple[OtherName, ...]) -> Parenthesis:
    if inside.isupper():
        return Parenthesis("names", _DOUBTFUL, (OtherName(inside, "acronym"),))
    # A word with capitals inside it is the name of one product or system, of which there are others.
    if is_marked(inside):
        return Parenthesis("examples", _DOUBTFUL, items=(inside,))
    if inside.isalpha() and inside.islower():
        return Parenthesis("qualifier", _DOUBTFUL, items=(inside,))
    return Parenthesis("names", _DOUBTFUL, alias)


def _certainty_of_synonym(bare: str, inside: str, text: str) -> float:
    """Two noun phrases with the same head, or of words that the text uses, name the same thing."""
    ours, theirs = ([stem(word) for word in words(phrase)] for phrase in (bare, inside))
    if set(ours) < set(theirs) or set(theirs) < set(ours):
        return _GUESSED
    if set(ours) & set(theirs) and abs(len(ours) - len(theirs)) < 2:
        return _LIKELY
    used = {stem(word) for word in words(text[:2000])}
    return _LIKELY if set(theirs) <= used else _GUESSED
