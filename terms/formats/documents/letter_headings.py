"""What the heading of a letter page says: name, other names, subject, search phrases, and how sure that is.

Headings of pasted pages come in dialects: `term, subject`, `term,alias,subject`, `long name (ln),
long name,ln,subject`, and four or more search phrases without a subject. All in lower case: the
article below, and else the rest of the page, tells how the name is really written. Every guess lowers
the confidence, doubtful ones are flagged; the caller keeps the heading itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from ...text import loose_key, name_key, stem, words
from ..record import AliasRecord, Flag
from ..sentences import first_sentence
from ..unflatten import subject_of
from .letter_casing import Casing, is_spelt
from .other_names import (
    abbreviation_of,
    abbreviation_within,
    are_same_letters,
    are_same_words,
    is_contraction,
    names_its_class,
    swaps_one_word,
)
from .spelling import Spelling

_PARENTHESIS = re.compile(r"(.+?)\s*\(([^()]+)\)$")
_WITHIN = re.compile(r"(.+?)\s*\(([^()]+)\)\s+(.+)")
_HAS_DIGIT = re.compile(r"[a-z].*\d")
_LEVEL = re.compile(r"advanced|basics?|concept|detailed|fundamentals|general|introduction|overview")

# How the names of fields of knowledge and work end, for want of better evidence on the page itself.
_NAME_OF_A_FIELD = re.compile(
    r".{2,}(?:ance|cine|ence|graphy|ics|ing|ism|istry|logy|ment|metry|ness|nomy|ship|sion|tion|ture|ty)"
)

_SURE, _LIKELY, _RATHER, _GUESSED, _UNSURE, _DOUBTFUL = 1.0, 0.95, 0.9, 0.85, 0.78, 0.7
# What a reader is told although it is most likely right.
_ONLY_TOLD = ("title_from_body",)


@dataclass(frozen=True)
class Reading:
    """What was read out of one heading; None where it says nothing."""

    name: str
    qualifier: str | None = None
    aliases: tuple[AliasRecord, ...] | None = None
    tags: tuple[str, ...] | None = None
    keywords: tuple[str, ...] = ()
    confidence: float = 1.0
    flags: tuple[Flag, ...] = ()


class Page:
    """What all headings and articles of a page say together: subjects, acronyms, spelling, usual letters."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        headings = [heading for heading, _ in entries]
        articles = [article for _, article in entries]
        self.subjects = Counter(_certain_subjects(headings))
        self.last_words = {stem(words(subject)[-1]) for subject in self.subjects if words(subject)}
        self.acronyms = frozenset(_acronyms_in(headings))
        self.spelling = Spelling(articles)

    def read(self, heading: str, article: str) -> Reading:
        """Return what a heading says about the article below it."""
        return _HeadingReader(heading, article, self).reading()


_MOST_NAMES = 6


def _certain_subjects(headings: Iterable[str]) -> Iterator[str]:
    """Yield the subjects that the form of a heading alone gives away.

    They help to read the headings in which a subject could as well be a phrase.
    """
    for heading in headings:
        parts = split_parts(heading)
        if len(parts) == 2 and not abbreviation_of(parts[0], parts[1]):
            yield name_key(parts[1])
        elif len(parts) > 2 and (_PARENTHESIS.match(parts[0]) or (_is_spaced(heading) and len(parts) < 5)):
            yield name_key(parts[-1])


def _acronyms_in(headings: Iterable[str]) -> Iterator[str]:
    """Yield what headings of the page give the long form of: in another, it is an acronym as well."""
    for heading in headings:
        first, *rest = split_parts(heading) or [heading]
        in_parenthesis = _PARENTHESIS.match(first)
        names = [first, *rest] if in_parenthesis is None else [in_parenthesis[1], in_parenthesis[2]]
        for short, long in permutations(names[:_MOST_NAMES], 2):
            if abbreviation_of(long, short) == "acronym":
                yield name_key(short)


def split_parts(heading: str) -> list[str]:
    """Return the parts of a heading between the commas outside of parentheses and numbers (1,3-butadiene)."""
    parts, depth, begin = [], 0, 0
    for place, sign in enumerate(heading):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        is_within_number = heading[place - 1 : place].isdigit() and heading[place + 1 : place + 2].isdigit()
        if sign == "," and depth <= 0 and not is_within_number:
            parts.append(heading[begin:place])
            begin = place + 1
    parts.append(heading[begin:])
    return [part.strip() for part in parts if part.strip()]


def _is_spaced(heading: str) -> bool:
    return ", " in heading


@dataclass
class _HeadingReader:
    heading: str
    article: str
    page: Page
    confidence: float = _SURE
    flags: list[Flag] = field(default_factory=list)
    aliases: list[AliasRecord] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    name: str = ""
    qualifier: str | None = None

    def __post_init__(self) -> None:
        self.casing = Casing(self.article, self.page.spelling, self.page.acronyms)
        self.definition = {stem(word) for word in words(first_sentence(self.article))}

    def reading(self) -> Reading:
        first, *rest = self._without_inner_parenthesis(split_parts(self.heading) or [self.heading.strip()])
        in_parenthesis = _PARENTHESIS.match(first)
        if in_parenthesis:
            tags = self._read_parenthesis(in_parenthesis[1], in_parenthesis[2], rest)
        else:
            tags = self._read_parts(first, rest)
        self._join_words()
        self._look_at_capitals()
        return Reading(
            name=self.name,
            qualifier=self.qualifier,
            aliases=self._aliases(),
            tags=tuple(tags) or None,
            keywords=tuple(dict.fromkeys(self.keywords)),
            confidence=round(self.confidence, 2),
            flags=tuple(self.flags),
        )

    def _without_inner_parenthesis(self, parts: list[str]) -> list[str]:
        """Take “key-value (kv) cache” apart into two names, which other parts may repeat."""
        within = _WITHIN.fullmatch(parts[0])
        if within is None or not abbreviation_of(within[1], within[2]):
            return parts
        name, short = (f"{words_before} {within[3]}" for words_before in (within[1], within[2]))
        self.aliases.append(self._alias(short, "abbreviation"))
        said = (name_key(name), name_key(short))
        return [name, *(part for part in parts[1:] if name_key(part) not in said)]

    def _read_parts(self, first: str, rest: list[str]) -> list[str]:
        """Set the name and what other parts are to it; return the subject."""
        if re.search(r"[()]", first):
            self._doubt(_DOUBTFUL, "unsure_title", "What the parenthesis in the heading is cannot be told.")
        tags = self._subject_among(first, rest)
        others = rest[: len(rest) - len(tags)]
        is_search_phrases = len(others) > 1 or (not tags and bool(others))
        if any(abbreviation_of(first, part) == "full_form" for part in rest):
            self._name_as_acronym(first)
        else:
            self.name = self._name_of(first, is_phrase=is_search_phrases and not tags)
        if len(others) == 1 and tags:
            self._read_only_alias(others[0])
        else:
            self._read_phrases(others)
        return tags

    def _doubt(self, factor: float, code: str = "", message: str = "") -> None:
        self.confidence *= factor
        if code:
            self.flags.append(Flag(code, message))
            self.confidence = min(self.confidence, factor if code in _ONLY_TOLD else _UNSURE)

    def _aliases(self) -> tuple[AliasRecord, ...] | None:
        by_key = {name_key(alias.text): alias for alias in reversed(self.aliases)}
        by_key.pop(name_key(self.name), None)
        return tuple(reversed(by_key.values())) or None

    # The subject.

    def _subject_among(self, first: str, rest: list[str]) -> list[str]:
        """Return the last part if it is a subject and not another name or a search phrase."""
        if not rest:
            return []
        last, known = rest[-1], self.page.subjects[name_key(rest[-1])]
        is_abbreviation = bool(abbreviation_of(first, last))
        if len(rest) == 1:
            # Of two parts the last has been counted as a subject itself.
            return self._only_subject(
                last, known=known > (not is_abbreviation), is_abbreviation=is_abbreviation
            )
        if known or (_is_spaced(self.heading) and len(rest) < 4):
            self._doubt(_LIKELY)
            return [last]
        shares_a_word = {stem(word) for word in words(first)} & {stem(word) for word in words(last)}
        ends_like_one = len(rest) < 4 and self._ends_like_a_subject(last, by_form=len(rest) == 2)
        if len(rest) == 2 or (ends_like_one and not shares_a_word):
            self._doubt(_DOUBTFUL, "unsure_subject", f"“{last}” may be a subject or a search phrase.")
        return [last] if ends_like_one and not shares_a_word else []

    def _only_subject(self, last: str, *, known: bool, is_abbreviation: bool) -> list[str]:
        if is_abbreviation and not known:
            return []
        if is_abbreviation:
            self._doubt(_DOUBTFUL, "unsure_subject", f"“{last}” may be the subject or short for the name.")
        self._doubt(_LIKELY if known else _RATHER)
        return [last]

    def _ends_like_a_subject(self, phrase: str, *, by_form: bool) -> bool:
        *before, last = words(phrase) or [""]
        is_like_others = stem(last) in self.page.last_words
        return len(before) < 2 and (is_like_others or (by_form and bool(_NAME_OF_A_FIELD.fullmatch(last))))

    # The name.

    def _name_of(self, first: str, *, is_phrase: bool) -> str:
        """Return the name in its right spelling; search phrases often only contain it."""
        if not is_phrase:
            return self.casing.of_name(first)
        subject = subject_of(self.article) or _common_beginning(first, self.article)
        if loose_key(subject) == loose_key(first) or are_same_letters(subject, first):
            self._doubt(_LIKELY)
            return self.casing.of_name(first)
        phrase = {stem(word) for word in words(first)}
        if subject and {stem(word) for word in words(subject)} <= phrase:
            said = f"The name is taken from the article; the heading says “{first}”."
            self._doubt(_GUESSED, "title_from_body", said)
            return self.casing.of_name(subject)
        self._doubt(_DOUBTFUL, "unsure_title", "The heading is a search phrase and may not be the name.")
        return self.casing.of_name(first)

    def _join_words(self) -> None:
        """Put the hyphens into the name that its article or else the page has there (through-silicon via)."""
        subject = name_key(subject_of(self.article))
        joined = subject if are_same_letters(subject, self.name) else self.page.spelling.joined(self.name)
        if name_key(joined) == name_key(self.name):
            return
        if loose_key(joined) != loose_key(self.name):
            self.aliases.append(AliasRecord(self.name, "spelling_variant"))
        said = f"The heading has “{self.name}” with other spaces or hyphens."
        self.name = self.casing.of_name(joined.lower())
        self._doubt(_GUESSED, "unsure_spelling", said)

    def _name_as_acronym(self, short: str) -> None:
        self.name = self.casing.of_acronym(short)
        if self.casing.may_have_small_letters(self.name, self.heading):
            self._doubt(_GUESSED, "unsure_capitals", f"The page does not show how to write “{short}”.")

    def _look_at_capitals(self) -> None:
        """Doubt the spelling of words that neither article nor page has within a sentence."""
        wanting = list(self.casing.doubtful_words(self.name))
        for alias in self.aliases:
            wanting += self.casing.doubtful_words_of_alias(alias.text, alias.kind, self.name)
        if wanting:
            listed = ", ".join(f"“{word}”" for word in dict.fromkeys(wanting))
            self._doubt(_GUESSED, "unsure_capitals", f"The page does not show how to write {listed}.")

    def _read_parenthesis(self, bare: str, inside: str, rest: list[str]) -> list[str]:
        """Set name, alias or qualifier from `bare (inside)`; return the subject.

        Other parts may repeat what stands before or in the parenthesis.
        """
        said = {name_key(part) for part in (bare, inside, *inside.split(","))}
        tags = rest[-1:] if len(rest) == 1 or not said.issuperset(map(name_key, rest[-1:])) else []
        others = rest[: len(rest) - len(tags)]
        repeated = set(map(name_key, others))
        role = self._role_of(bare, inside)
        if role == "full_form":
            self._name_as_acronym(bare)
        else:
            self.name = self.casing.of_name(bare)
        if role in ("acronym", "abbreviation", "full_form"):
            self.aliases.append(self._alias(inside, role))
        elif role == "qualifier":
            self._qualify(bare, inside, repeated)
        else:
            self.aliases.append(AliasRecord(self.casing.of_name(inside)))
            sure = name_key(inside) in repeated
            self._doubt(_GUESSED if sure else _DOUBTFUL)
            if not sure:
                self._doubt_alias(inside)
        self._doubt(_LIKELY)
        self._read_phrases([part for part in others if name_key(part) not in said])
        return tags

    def _role_of(self, bare: str, inside: str) -> str:
        if _LEVEL.fullmatch(name_key(inside)):
            return "qualifier"
        abbreviation = abbreviation_of(bare, inside)
        if abbreviation or is_spelt(name_key(inside)) or is_contraction(inside, bare):
            return abbreviation or "abbreviation"
        is_qualifier = self._is_surely_qualifier(inside) or len(words(inside)) == 1
        return "qualifier" if is_qualifier else "synonym"

    def _is_surely_qualifier(self, inside: str) -> bool:
        key = name_key(inside)
        return bool(_LEVEL.fullmatch(key)) or key in self.page.subjects or key.startswith(("in ", "for "))

    def _qualify(self, bare: str, inside: str, repeated: set[str]) -> None:
        """Keep the parenthesis in the name where the article does, else make it the qualifier.

        An article that does not say leaves it to the heading: there, the bare name may be another name.
        """
        begins = name_key(self.article[:200].replace("*", ""))
        is_said = begins.startswith(name_key(f"{bare} ({inside})"))
        is_other_name = name_key(bare) in repeated and not begins.startswith(name_key(bare))
        if is_said or is_other_name:
            self.name = self.casing.of_name(f"{bare} ({inside})")
        else:
            self.qualifier = self.casing.within_sentence(inside)
        if name_key(bare) in repeated:
            self.aliases.append(AliasRecord(self.casing.of_name(bare)))
        if name_key(inside) in repeated:
            self.keywords.append(inside)
        self._doubt(_GUESSED)
        if name_key(inside) in repeated and not self._is_surely_qualifier(inside):
            self._doubt_alias(inside)
            self._doubt(_UNSURE)

    # Other parts: another name, or only a phrase that people search for.

    def _read_only_alias(self, part: str) -> None:
        kind, certainty = self._other_name(part)
        is_shorter_form = {stem(word) for word in words(part)} < {stem(word) for word in words(self.name)}
        self.aliases.append(self._alias(part, kind))
        self._doubt(certainty or (_GUESSED if is_shorter_form else _DOUBTFUL))
        if not certainty and not is_shorter_form:
            self._doubt_alias(part)

    def _read_phrases(self, parts: list[str]) -> None:
        for part in parts:
            kind, certainty = self._other_name(part)
            if not certainty:
                self.keywords.append(part)
                continue
            self.aliases.append(self._alias(part, kind))
            self._doubt(certainty)
            if certainty == _DOUBTFUL:
                self._doubt_alias(part)

    def _doubt_alias(self, part: str) -> None:
        self.flags.append(Flag("unsure_alias", f"“{part}” may be another name or only a related phrase."))

    def _alias(self, part: str, kind: str) -> AliasRecord:
        # In the full form of ZeRO, “zero” is a word like any other.
        apart_from = self.name if kind == "full_form" else ""
        text = (
            self.casing.of_acronym(part)
            if kind == "acronym"
            else self.casing.of_name(part, apart_from=apart_from)
        )
        return AliasRecord(text, kind)

    def _other_name(self, phrase: str) -> tuple[str, float]:
        """Return the kind of alias that a phrase is and how sure that is, 0 for none."""
        abbreviation = abbreviation_of(self.name, phrase) or abbreviation_within(self.name, phrase)
        if abbreviation or (_HAS_DIGIT.search(phrase) and is_contraction(phrase, self.name)):
            return abbreviation or "abbreviation", _LIKELY
        mine, others = words(self.name), words(phrase)
        if "".join(mine) == "".join(others) or are_same_words(mine, others):
            return "spelling_variant", _LIKELY
        if sorted(mine) == sorted(others):
            return "synonym", _LIKELY
        said_so = (
            rf"\b(?:also (?:known as|called|referred to as)|aka|or simply) \W{{0,3}}{re.escape(phrase)}\b"
        )
        if re.search(said_so, self.article, re.IGNORECASE):
            return "synonym", _LIKELY
        if names_its_class(mine, others, self.definition) or swaps_one_word(mine, others, self.definition):
            return "synonym", _DOUBTFUL
        return "synonym", 0.0


def _common_beginning(phrase: str, article: str) -> str:
    """Return the words with which both begin, if there are at least two of them."""
    begins = words(article[: 2 * len(phrase)])
    common = []
    for mine, theirs in zip(words(phrase), begins, strict=False):
        if mine != theirs:
            break
        common.append(mine)
    return " ".join(common) if len(common) > 1 else ""
