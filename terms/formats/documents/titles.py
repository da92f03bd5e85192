"""A heading in Title Case to name, other names and qualifier, and how sure that is.

For documents in which a heading is a name with a parenthesis at most. What stands between commas on
letter pages is read by `letter_headings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...text import initials, name_key, stem, words
from ..record import AliasRecord, Flag
from .parentheses import OtherName, Parenthesis, abbreviates, tell_parenthesis
from .spelling import Spelling, is_marked

_QUESTION = re.compile(
    r"(?:what|who) (?:is|are|was|were|does|do) (?:an?|the)? ?(?P<name>\S(?:.*?\S)??)(?: do| mean| stand for)?"
    r"(?:,? (?:in the (?:context|field|case) of|in|within|when) (?:an?|the)? ?(?P<field>\S.*?))?\s*\?",
    re.IGNORECASE,
)
_SEVERAL_NAMES = re.compile(r"[,;] |\s/\s")
_VERB = re.compile(r" (is|are|was|were|[a-z]{3,}s)\b")
# “LLMs Architecture”, “AI-Agents”: an acronym that tells a noun from others is singular, and stands apart.
_PLURAL_BEFORE_NOUN = re.compile(
    r"\b([A-Z]{2,}\d*)s(?= (?!(?:an?|and|are|as|at|by|for|from|in|into|is|of|on|or|over|the|to|under|using|"
    r"versus|vs|via|with|without)\b)[^\W\d_])"
)
_HYPHEN_BEFORE_PLURAL = re.compile(r"\b([A-Z]{2,}\d*)-(?=[A-Z][a-z]+[^\Wsu]s$)")
# Whoever is called so has a name of its own: a law, a body of people, a way of measuring agreed upon.
_ENDS_PROPER_NAME = re.compile(
    r" (?:Act|Agency|Association|Commission|Committee|Consortium|Convention|Council|Directive|Foundation|"
    r"Initiative|Institute|Organi[sz]ation|Protocol|Regulation|Scale|Society|Standard|Treaty|University)"
)

_UNSURE = 0.7
# How much of a text tells what the term is.
_FAR_ENOUGH = 2_000


@dataclass(frozen=True)
class Title:
    """What was read out of one heading."""

    name: str
    qualifier: str | None
    aliases: tuple[AliasRecord, ...] | None
    keywords: tuple[str, ...]
    confidence: float
    flags: tuple[Flag, ...]


def read_title(heading: str, text: str, spelling: Spelling) -> Title:
    """Return what a heading says about the text below it.

    `spelling` is that of the whole document.
    """
    return _TitleReader(heading, text, spelling).title()


@dataclass
class _TitleReader:
    heading: str
    text: str
    spelling: Spelling
    confidence: float = 1.0
    flags: list[Flag] = field(default_factory=list)
    aliases: list[AliasRecord] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    qualifier: str | None = None

    def __post_init__(self) -> None:
        self.heading = " ".join(self.heading.split())
        self.own_spelling = Spelling([self.text])

    def title(self) -> Title:
        written = self._repaired(self._without_parentheses(self._asked_for(self.heading)))
        if _SEVERAL_NAMES.search(written):
            self._doubt(_UNSURE, "unsure_title", f"“{written}” may be several names.")
        name = self._capitals(self._called_by_the_text(self._spelt(written)), written)
        by_key = {name_key(alias.text): alias for alias in reversed(self.aliases)}
        by_key.pop(name_key(name), None)
        return Title(
            name=name,
            qualifier=self.qualifier,
            aliases=tuple(reversed(by_key.values())) or None,
            keywords=tuple(dict.fromkeys(self.keywords)),
            confidence=round(self.confidence, 2),
            flags=tuple(self.flags),
        )

    def _doubt(self, certainty: float, code: str, message: str) -> None:
        """Lower the confidence; below what counts as sure, say why."""
        self.confidence = min(self.confidence, certainty)
        if certainty < 0.8:
            self.flags.append(Flag(code, message))

    def _asked_for(self, heading: str) -> str:
        """Return what a question asks for (“What is a tort?”), any other heading as it is."""
        if not heading.endswith("?"):
            return heading
        question = _QUESTION.fullmatch(heading)
        if question is None:
            self._doubt(0.5, "unsure_title", "The heading is a question; write the name of the term.")
            return heading
        self._doubt(_UNSURE, "unsure_title", f"The name was taken out of the question “{heading}”.")
        if question["field"]:
            self.qualifier = self._within_sentence(question["field"])
        name = question["name"].strip("“”\"'‘’")
        return name[:1].upper() + name[1:]

    # Parentheses.

    def _without_parentheses(self, heading: str) -> str:
        if heading.count("(") != heading.count(")"):
            self._doubt(_UNSURE, "unsure_title", "A parenthesis in the heading is not closed.")
            return heading
        name = heading
        for inside in _outermost(heading):
            before, after = (part.strip() for part in name.split(f"({inside})", 1))
            if not before:
                self._doubt(_UNSURE, "unsure_title", "The heading begins with a parenthesis.")
                continue
            if after and not after.startswith("("):
                self._read_within(before, inside, after)
            else:
                self._read_parenthesis(before, inside)
            name = f"{before} {after}".strip()
        return name

    def _read_within(self, before: str, inside: str, after: str) -> None:
        """Read “Key-Value (KV) Caching”: the parenthesis stands for the words before it only."""
        told = tell_parenthesis(before, inside, self.text)
        for other in told.names:
            kind = "abbreviation" if other.kind in ("acronym", "abbreviation") else "synonym"
            self.aliases.append(AliasRecord(self._spelt(f"{other.text} {after}"), kind))
        self._doubt_parenthesis(inside, told)

    def _read_parenthesis(self, bare: str, inside: str) -> None:
        told = tell_parenthesis(bare, inside, self.text)
        self.aliases += [self._alias(bare, other) for other in told.names]
        if told.role == "qualifier":
            self.qualifier = self._within_sentence(told.items[0])
        elif told.role == "examples":
            self.keywords += told.items
        self._doubt_parenthesis(inside, told)

    def _doubt_parenthesis(self, inside: str, told: Parenthesis) -> None:
        taken = {
            "names": "another name",
            "qualifier": "the field it belongs to",
            "examples": "only an example",
            "gloss": "only a remark",
        }[told.role]
        self._doubt(told.certainty, "unsure_parenthesis", f"“({inside})” was taken for {taken}.")

    def _alias(self, bare: str, other: OtherName) -> AliasRecord:
        # An expansion of the whole name shows by its capitals which letters were taken.
        is_expansion = not (bare.isalpha() and bare.istitle()) and abbreviates(bare, other.text)
        stays = other.kind in ("acronym", "abbreviation") or is_expansion
        return AliasRecord(other.text if stays else self._spelt(other.text), other.kind)

    # The name itself.

    def _repaired(self, name: str) -> str:
        repaired = _HYPHEN_BEFORE_PLURAL.sub(r"\1 ", _PLURAL_BEFORE_NOUN.sub(r"\1", name))
        if repaired != name:
            self._doubt(
                _UNSURE, "unsure_spelling", f"The heading has “{name}”; “{repaired}” was taken for it."
            )
        return repaired

    def _spelt(self, name: str) -> str:
        spelt = self.spelling.of_name(name, self.own_spelling)
        if spelt.joined:
            self._doubt(_UNSURE, "unsure_spelling", f"The heading has “{name}”; the hyphen was added.")
        if spelt.instead_of:
            self.aliases.append(AliasRecord(spelt.instead_of, "spelling_variant"))
        return spelt.name

    def _within_sentence(self, words_of_heading: str) -> str:
        spelt = self._spelt(words_of_heading)
        return spelt if is_marked(spelt.split()[0]) else spelt[:1].lower() + spelt[1:]

    def _called_by_the_text(self, name: str) -> str:
        """Return the name without the class of thing behind it, if the text calls it so (Adam optimizer)."""
        parts = name.split()
        if self.spelling.form_of(parts[0]).islower():
            return name
        for count in range(1, len(parts)):
            short, rest = " ".join(parts[:count]), parts[count:]
            verb = _VERB.match(self.text, len(short)) if self.text.startswith(short) else None
            if verb is None or stem(verb[1]) == stem(rest[0].lower()):
                continue
            below = {stem(word) for word in words(self.text[:_FAR_ENOUGH])}
            said = f"The text says “{short}”, the heading “{name}”."
            if not all(stem(word) in below for word in words(" ".join(rest))):
                self._doubt(_UNSURE, "unsure_title", said)
                return name
            self._doubt(_UNSURE, "title_from_body", said)
            self.aliases.append(AliasRecord(name))
            return short
        return name

    def _capitals(self, name: str, written: str) -> str:
        """Return the name with the capitals it may want; doubt those that a text gives to it."""
        expanded = [alias.text for alias in self.aliases if alias.kind == "full_form"]
        if not is_marked(name) and any(initials(full) == name_key(name) for full in expanded):
            message = f"“{name}” was put in capitals, as the first letters of other words."
            self._doubt(_UNSURE, "unsure_capitals", message)
            return name.upper()
        if self._is_proper(written):
            message = f"“{written}” kept its capitals: it may be a proper name."
            self._doubt(_UNSURE, "unsure_capitals", message)
            return written
        begins = self.text[: len(name)]
        if begins[:1].islower() and self.heading.startswith(begins) and begins[1:] == name[1:]:
            return begins
        if begins[1:] != name[1:] and name_key(begins) == name_key(name):
            message = f"The text writes “{begins}”: this may be a proper name."
            self._doubt(_UNSURE, "unsure_capitals", message)
        return name

    def _is_proper(self, written: str) -> bool:
        """Say whether a long name with an acronym ends as proper names do, and is not written small."""
        has_acronym = any(alias.kind == "acronym" for alias in self.aliases)
        is_long = written.count(" ") > 1 and _ENDS_PROPER_NAME.fullmatch(written, written.rindex(" "))
        is_short_for = has_acronym or any(map(is_marked, written.split()))
        return bool(is_short_for and is_long and written.lower() not in self.text)


def _outermost(heading: str) -> list[str]:
    """Return what stands in parentheses, without those in other parentheses."""
    found, depth, begin = [], 0, 0
    for place, sign in enumerate(heading):
        if sign == "(":
            begin = begin if depth else place + 1
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            if not depth:
                found.append(heading[begin:place])
    return found
