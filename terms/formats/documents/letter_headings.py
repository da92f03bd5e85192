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

from ...text import loose_key, name_key, stem, words
from ..record import AliasRecord, Flag
from ..sentences import first_sentence
from ..unflatten import subject_of
from . import parentheses
from .spelling import Spelling, is_marked

_WORDS_LIKE = re.compile(r"[^\W_]+(?:[-'’./&][^\W_]+)*[+#]*")
_PARENTHESIS = re.compile(r"(.+?)\s*\(([^()]+)\)$")
_SYMBOL = re.compile(r"\$\\?([A-Za-z])_\{?\\?(infty|∞|\w{1,3})\}?\$")
_VARIABLE_PREFIX = re.compile(r"[a-z]-\w")
_REPEATED = re.compile(r"([A-Za-z])([234])")
_SINGLE_LETTERS = re.compile(r"[a-z](?:[/&][a-z])+")
_NUMERONYM = re.compile(r"([a-z])(\d+)([a-z])")
_LEVEL = re.compile(r"advanced|basics?|concept|detailed|fundamentals|general|introduction|overview")

# How the names of fields of knowledge and work end, for want of better evidence on the page itself.
_NAME_OF_A_FIELD = re.compile(
    r".{2,}(?:ance|cine|ence|graphy|ics|ing|ism|istry|logy|ment|metry|ness|nomy|ship|sion|tion|ture|ty)"
)

_SURE, _LIKELY, _RATHER, _GUESSED, _DOUBTFUL = 1.0, 0.95, 0.9, 0.85, 0.7


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
    """What all headings and articles of a page say together: subjects, spelling, usual letters."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        self.subjects = Counter(_certain_subjects(heading for heading, _ in entries))
        self.last_words = {stem(words(subject)[-1]) for subject in self.subjects if words(subject)}
        articles = [article for _, article in entries]
        self.spelling = Spelling(articles)
        self._pairs = _letter_pairs(articles)

    def read(self, heading: str, article: str) -> Reading:
        """Return what a heading says about the article below it."""
        return _HeadingReader(heading, article, self).reading()

    def looks_like_a_word(self, word: str) -> bool:
        """Say whether the letters of a word follow each other as in the words of the page."""
        return len(self._pairs) < _ENOUGH_PAIRS or _pairs_of(word) <= self._pairs


_ENOUGH_PAIRS = 250
_LETTERS_TO_LEARN_FROM = 300_000


def _letter_pairs(texts: Iterable[str]) -> frozenset[str]:
    pairs: set[str] = set()
    left = _LETTERS_TO_LEARN_FROM
    for text in texts:
        for word in set(re.findall(r"(?<![\w-])[a-z]{3,}(?![\w-])", text[:left])):
            pairs |= _pairs_of(word)
        left -= len(text)
        if left <= 0:
            break
    return frozenset(pairs)


def _pairs_of(word: str) -> set[str]:
    bounded = f"^{word}$"
    return {bounded[place : place + 2] for place in range(len(bounded) - 1)}


def _certain_subjects(headings: Iterable[str]) -> Iterator[str]:
    """Yield the subjects that the form of a heading alone gives away.

    They help to read the headings in which a subject could as well be a phrase.
    """
    for heading in headings:
        parts = split_parts(heading)
        if len(parts) == 2 and not _abbreviation_of(parts[0], parts[1]):
            yield name_key(parts[1])
        elif len(parts) > 2 and (_PARENTHESIS.match(parts[0]) or (_is_spaced(heading) and len(parts) < 5)):
            yield name_key(parts[-1])


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
        self.casing = _Casing(self.article, self.page.spelling)
        self.definition = {stem(word) for word in words(first_sentence(self.article))}

    def reading(self) -> Reading:
        first, *rest = split_parts(self.heading) or [self.heading.strip()]
        in_parenthesis = _PARENTHESIS.match(first)
        if in_parenthesis:
            rest = self._read_parenthesis(in_parenthesis[1], in_parenthesis[2], rest)
            tags = rest[-1:]
            self._read_phrases(rest[:-1])
        else:
            tags = self._subject_among(first, rest)
            others = rest[: len(rest) - len(tags)]
            is_search_phrases = len(others) > 1 or (not tags and bool(others))
            if any(_abbreviation_of(first, part) == "full_form" for part in rest):
                self._name_as_acronym(first)
            else:
                self.name = self._name_of(first, is_phrase=is_search_phrases and not tags)
            if len(others) == 1 and tags:
                self._read_only_alias(others[0])
            else:
                self._read_phrases(others)
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

    def _doubt(self, factor: float, code: str = "", message: str = "") -> None:
        self.confidence *= factor
        if code:
            self.flags.append(Flag(code, message))

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
        is_abbreviation = bool(_abbreviation_of(first, last))
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
        last = (words(phrase) or [""])[-1]
        return stem(last) in self.page.last_words or (by_form and bool(_NAME_OF_A_FIELD.fullmatch(last)))

    # The name.

    def _name_of(self, first: str, *, is_phrase: bool) -> str:
        """Return the name in its right spelling; search phrases often only contain it."""
        if not is_phrase:
            return self.casing.of_name(first)
        subject = subject_of(self.article) or _common_beginning(first, self.article)
        if loose_key(subject) == loose_key(first):
            self._doubt(_LIKELY)
            return self.casing.of_name(first)
        phrase = {stem(word) for word in words(first)}
        if subject and {stem(word) for word in words(subject)} <= phrase:
            said = f"The name is taken from the article; the heading says “{first}”."
            self._doubt(_GUESSED, "title_from_body", said)
            return self.casing.of_name(subject)
        self._doubt(_DOUBTFUL, "unsure_title", "The heading is a search phrase and may not be the name.")
        return self.casing.of_name(first)

    def _name_as_acronym(self, short: str) -> None:
        self.name = self.casing.of_acronym(short)
        if self._is_pronounced(self.name):
            self._doubt(_GUESSED, "unsure_capitals", f"The page does not show how to write “{short}”.")

    def _look_at_capitals(self) -> None:
        """Doubt the spelling of words that neither article nor page has within a sentence."""
        wanting = [word for word in self.casing.unproven(self.name) if self._is_odd(word)]
        for alias in self.aliases:
            if alias.kind == "acronym" and self._is_pronounced(alias.text):
                wanting.append(alias.text)
        if wanting:
            listed = ", ".join(f"“{word}”" for word in dict.fromkeys(wanting))
            self._doubt(_GUESSED, "unsure_capitals", f"The page does not show how to write {listed}.")

    def _is_odd(self, word: str) -> bool:
        key = name_key(word)
        is_eponym_pair = "-" in key and len(key.split("-")[-1]) > 3
        is_mixed = not key.isalpha() and not key.isdigit()
        return is_eponym_pair or is_mixed or (len(key) < 7 and not self.page.looks_like_a_word(key))

    def _is_pronounced(self, acronym: str) -> bool:
        """Say whether an acronym is read as a word, which often has small letters as well (LoRA)."""
        is_proven = self.casing.form_of(acronym)
        return not is_proven and len(acronym) > 3 and self.page.looks_like_a_word(name_key(acronym))

    def _read_parenthesis(self, bare: str, inside: str, rest: list[str]) -> list[str]:
        """Set name, alias or qualifier from `bare (inside)`; return the parts that do not repeat them."""
        repeated = {name_key(part) for part in rest[:-1]}
        others = [part for part in rest[:-1] if name_key(part) not in (name_key(bare), name_key(inside))]
        role = self._role_of(bare, inside)
        if role == "qualifier" and name_key(inside) in repeated and _is_contraction(inside, bare):
            role = "abbreviation"
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
        return [*others, *rest[-1:]]

    def _role_of(self, bare: str, inside: str) -> str:
        key = name_key(inside)
        if _LEVEL.fullmatch(key) or key in self.page.subjects or key.startswith(("in ", "for ")):
            return "qualifier"
        return _abbreviation_of(bare, inside) or ("qualifier" if len(words(inside)) == 1 else "synonym")

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
            self.qualifier = inside
        if name_key(bare) in repeated:
            self.aliases.append(AliasRecord(self.casing.of_name(bare)))
        if name_key(inside) in repeated:
            self.keywords.append(inside)
        self._doubt(_GUESSED)

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
        abbreviation = _abbreviation_of(self.name, phrase)
        if abbreviation:
            return abbreviation, _LIKELY
        mine, others = words(self.name), words(phrase)
        if "".join(mine) == "".join(others) or _are_same_words(mine, others):
            return "spelling_variant", _LIKELY
        if sorted(mine) == sorted(others):
            return "synonym", _LIKELY
        said_so = (
            rf"\b(?:also (?:known as|called|referred to as)|aka|or simply) \W{{0,3}}{re.escape(phrase)}\b"
        )
        if re.search(said_so, self.article, re.IGNORECASE):
            return "synonym", _LIKELY
        if _names_its_class(mine, others, self.definition) or _swaps_one_word(mine, others, self.definition):
            return "synonym", _DOUBTFUL
        return "synonym", 0.0


def _are_same_words(name: list[str], phrase: list[str]) -> bool:
    return len(name) == len(phrase) and all(map(_same_word, name, phrase))


def _names_its_class(name: list[str], phrase: list[str], definition: set[str]) -> bool:
    """Say whether the phrase adds to the name only what its definition says it is (Adam optimizer)."""
    return len(phrase) == len(name) + 1 and phrase[:-1] == name and stem(phrase[-1]) in definition


def _swaps_one_word(name: list[str], phrase: list[str], definition: set[str]) -> bool:
    """Say whether the phrase is the name but for one word before its noun, taken from the definition."""
    if len(name) != len(phrase) or len(name) < 2 or not _same_word(name[-1], phrase[-1]):
        return False
    other = [theirs for mine, theirs in zip(name, phrase, strict=True) if not _same_word(mine, theirs)]
    return len(other) == 1 and stem(other[0]) in definition


def _same_word(one: str, other: str) -> bool:
    return stem(one) == stem(other) or _is_numeronym(one, other) or _is_numeronym(other, one)


def _is_numeronym(short: str, long: str) -> bool:
    """Say whether the digits in one word count the letters left out of the other (i18n)."""
    found = _NUMERONYM.fullmatch(short)
    if found is None:
        return False
    return (long[0], str(len(long) - 2), long[-1]) == found.groups()


def _abbreviation_of(name: str, other: str) -> str:
    """Return what `other` is to `name`: acronym, longer abbreviation, full form, or nothing ("")."""
    if _abbreviates(other, name):
        return "acronym" if len(other) <= 2 * len(words(name)) + 1 else "abbreviation"
    return "full_form" if _abbreviates(name, other) else ""


def _abbreviates(short: str, long: str) -> bool:
    """Say whether one is short for the other; words joined by a hyphen may count as one."""
    if len(short) > len(long) // 2:
        return False
    spelt_out = _REPEATED.sub(lambda found: found[1] * int(found[2]), short)
    return any(
        parentheses.abbreviates(letters, form)
        for letters in {short, spelt_out}
        for form in (long, long.replace("-", ""))
    )


def _is_contraction(short: str, long: str) -> bool:
    """Say whether a word is made of the first letter of another and some that follow (cv of cultivar)."""
    few, many = name_key(short), name_key(long)
    remaining = iter(many)
    return 2 * len(few) <= len(many) and few[:1] == many[:1] and all(sign in remaining for sign in few)


def _common_beginning(phrase: str, article: str) -> str:
    """Return the words with which both begin, if there are at least two of them."""
    begins = words(article[: 2 * len(phrase)])
    common = []
    for mine, theirs in zip(words(phrase), begins, strict=False):
        if mine != theirs:
            break
        common.append(mine)
    return " ".join(common) if len(common) > 1 else ""


# --- How a name is written -----------------------------------------------------------------------


class _Casing:
    """How the article writes words within its sentences, and where it does not, the whole page."""

    def __init__(self, article: str, page: Spelling) -> None:
        self._symbols = {name_key(symbol): symbol for symbol in map(_symbol_name, _SYMBOL.finditer(article))}
        self._own = Spelling([article])
        self._page = page

    def form_of(self, word: str) -> str:
        """Return how a word is written within sentences, "" if nothing shows it."""
        symbol = self._symbols.get(name_key(word))
        if symbol:
            return symbol
        for spelling in (self._own, self._page):
            plural = spelling.form_of(f"{word}s")
            singular = plural[:-1] if plural[:-1].isupper() else ""
            form = spelling.form_of(word) or singular
            if form:
                return form
        return ""

    def of_name(self, name: str, *, apart_from: str = "") -> str:
        """Return a name in sentence case with proper names and acronyms as the article writes them.

        What the article writes like `apart_from` proves nothing about this name.
        """
        is_sentence_case = any(word[:1].islower() for word in name.split()[1:]) and not name.islower()
        tokens = _WORDS_LIKE.split(name)
        result = tokens[0]
        for number, (word, gap) in enumerate(zip(_WORDS_LIKE.findall(name), tokens[1:], strict=True)):
            seen = self.form_of(word) if name_key(word) != name_key(apart_from) else ""
            written = seen or (word if is_sentence_case or is_marked(word) else _with_initials(word))
            result += (_as_first(written, of_lower_case=name.islower()) if number == 0 else written) + gap
        return result

    def of_acronym(self, acronym: str) -> str:
        """Return an acronym as the article writes it, else in capitals."""
        seen = self.form_of(acronym)
        return seen if is_marked(seen) else acronym.upper()

    def unproven(self, name: str) -> list[str]:
        """Return the words of a name whose capitals nothing shows, the first word's first letter apart."""
        return [word for word in _WORDS_LIKE.findall(name) if not self.form_of(word)]


def _with_initials(word: str) -> str:
    """Return a word in small letters, unless it can only be letters that are spelt (cvd, a/b)."""
    key = word.lower()
    has_no_vowel = key.isalpha() and key.isascii() and 1 < len(key) < 6 and not re.search(r"[aeiouy]", key)
    return word.upper() if has_no_vowel or _SINGLE_LETTERS.fullmatch(key) else key


def _as_first(word: str, *, of_lower_case: bool) -> str:
    # The letter of l-diversity or k-means is a variable, not the beginning of a word.
    if is_marked(word) or (of_lower_case and _VARIABLE_PREFIX.match(word)):
        return word
    return word[:1].upper() + word[1:]


def _symbol_name(symbol: re.Match[str]) -> str:
    """Return how a symbol is written in a name: `$L_0$` as L0, `$L_\\infty$` as L-infinity."""
    letter, index = symbol[1], symbol[2]
    if index in ("infty", "∞"):
        return f"{letter}-infinity"
    return f"{letter}{index}" if index.isdigit() else f"{letter}-{index}"
