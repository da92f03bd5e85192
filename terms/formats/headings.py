"""What a glossary heading says: name, other names, subject, search phrases, and how sure that is.

Headings of pasted pages come in dialects: `term, subject`, `term,alias,subject`, `long name (ln),
long name,ln,subject`, and four or more search phrases without a subject. All in lower case: the
article below tells how the name is really written. Every guess lowers the confidence, doubtful ones
are flagged; the caller keeps the heading itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..text import loose_key, name_key, stem, words
from .record import AliasRecord, Flag
from .unflatten import subject_of

_WORDS_LIKE = re.compile(r"[^\W_]+(?:[-'’./&][^\W_]+)*[+#]*")
_PARENTHESIS = re.compile(r"(.+?)\s*\(([^()]+)\)$")
_SYMBOL = re.compile(r"\$\\?([A-Za-z])_\{?\\?(infty|∞|\w{1,3})\}?\$")
_VARIABLE_PREFIX = re.compile(r"[a-z]-\w")
_NUMERONYM = re.compile(r"([a-z])(\d+)([a-z])")
_SMALL_WORD = re.compile(r"an?|and|at|by|for|from|in|of|on|or|the|to|with")
_LEVEL = re.compile(r"advanced|basics?|concept|detailed|fundamentals|general|introduction|overview")

# What the name of a subject ends with, for want of better evidence that it is no search phrase.
_SUBJECT_NOUN = re.compile(
    r"ai|architectures?|algorithms|analysis|analytics|alignment|agents|business|chemistry|circuits|"
    r"compression|computing|data|deployment|design|devices|engineering|equipment|ethics|evaluation|finance|"
    r"generation|hardware|inference|infrastructure|learning|lithography|llms?|logistics|management|"
    r"manufacturing|materials|math(?:ematics)?|measurement|metrology|ml|modell?ing|models|networks|nlp|"
    r"operations|optimization|packaging|physics|privacy|process(?:ing)?|programming|quality|rag|reliability|"
    r"research|robotics|safety|science|security|serving|software|statistics|systems|techniques|testing|"
    r"theory|tools|training|vision"
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


def certain_subjects(headings: Iterable[str]) -> Counter[str]:
    """Return the subjects that the form of a heading alone gives away, with how often each occurs.

    They help to read the headings in which a subject could as well be a phrase.
    """
    found: Counter[str] = Counter()
    for heading in headings:
        parts = split_parts(heading)
        if len(parts) == 2 and not _abbreviation_of(parts[0], parts[1]):
            found[name_key(parts[1])] += 1
        elif len(parts) > 2 and (_PARENTHESIS.match(parts[0]) or (_is_spaced(heading) and len(parts) < 5)):
            found[name_key(parts[-1])] += 1
    return found


def read_heading(heading: str, article: str, subjects: Mapping[str, int]) -> Reading:
    """Return what a heading says about the article below it.

    `subjects` are the `certain_subjects` of the whole document.
    """
    return _HeadingReader(heading, article, subjects).reading()


def split_parts(heading: str) -> list[str]:
    """Return the parts of a heading between the commas that stand outside parentheses."""
    parts, depth, begin = [], 0, 0
    for place, sign in enumerate(heading):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth <= 0:
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
    subjects: Mapping[str, int]
    confidence: float = _SURE
    flags: list[Flag] = field(default_factory=list)
    aliases: list[AliasRecord] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    name: str = ""
    qualifier: str | None = None

    def __post_init__(self) -> None:
        self.casing = _Casing(self.article)
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
            self.name = self._name_of(first, from_body=is_search_phrases and not tags)
            if len(others) == 1 and tags:
                self._read_only_alias(others[0])
            else:
                self._read_phrases(others)
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
        last = rest[-1]
        # Of two parts the last has been counted as a subject itself.
        known = self.subjects.get(name_key(last), 0) > (len(rest) == 1)
        if len(rest) == 1:
            if _abbreviation_of(first, last):
                return []
            self._doubt(_LIKELY if known else _RATHER)
            return [last]
        if known or (_is_spaced(self.heading) and len(rest) < 4):
            self._doubt(_LIKELY)
            return [last]
        shares_a_word = {stem(word) for word in words(first)} & {stem(word) for word in words(last)}
        if len(rest) < 4 and _SUBJECT_NOUN.fullmatch(last.split()[-1].lower()) and not shares_a_word:
            self._doubt(_DOUBTFUL, "unsure_subject", f"“{last}” may be a subject or a search phrase.")
            return [last]
        return []

    # The name.

    def _name_of(self, first: str, *, from_body: bool) -> str:
        """Return the name in its right spelling; search phrases often only contain it."""
        if not from_body:
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

    def _read_parenthesis(self, bare: str, inside: str, rest: list[str]) -> list[str]:
        """Set name, alias or qualifier from `bare (inside)`; return the parts that do not repeat them."""
        repeated = {name_key(part) for part in rest[:-1]}
        others = [part for part in rest[:-1] if name_key(part) not in (name_key(bare), name_key(inside))]
        self.name = self.casing.of_name(bare)
        role = self._role_of(bare, inside)
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
        if _LEVEL.fullmatch(key) or key in self.subjects or key.startswith(("in ", "for ")):
            return "qualifier"
        return _abbreviation_of(bare, inside) or ("qualifier" if len(words(inside)) == 1 else "synonym")

    def _qualify(self, bare: str, inside: str, repeated: set[str]) -> None:
        """Keep the parenthesis in the name where the article does, else make it the qualifier."""
        begins = name_key(self.article[:200].replace("*", ""))
        if begins.startswith(name_key(f"{bare} ({inside})")):
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
    """Say whether one is short for the other: a single word with the initials of all words that
    count, all its letters in the order of the long form (after Schwartz and Hearst, 2003).
    """
    letters = [sign for sign in name_key(short) if sign.isalnum()]
    initials = [word[0] for word in words(long) if not _SMALL_WORD.fullmatch(word)]
    if " " in short.strip() or not 2 <= len(letters) <= 10 or len(initials) < 2:
        return False
    if letters[0] != initials[0] or len(letters) > len(name_key(long)) // 2:
        return False
    return _in_order(initials, letters) and _in_order(letters, name_key(long))


def _in_order(few: Iterable[str], many: Iterable[str]) -> bool:
    remaining = iter(many)
    return all(sign in remaining for sign in few)


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
    """Learns from an article how words are written within its sentences.

    Titles and first words of sentences prove nothing: there, every word has a capital.
    """

    def __init__(self, article: str) -> None:
        self.forms: dict[str, Counter[str]] = {}
        symbols = {_symbol_name(found) for found in _SYMBOL.finditer(article)}
        for symbol in symbols:
            self._count(symbol)
        found = list(_WORDS_LIKE.finditer(article))
        for place, word in enumerate(found):
            if _is_marked(word[0]):
                self._count(word[0])
                if word[0].endswith("s") and word[0][:-1].isupper():
                    self._count(word[0][:-1])
            elif word[0].islower() or self._is_within_sentence(article, found, place):
                self._count(word[0])

    def _count(self, form: str) -> None:
        self.forms.setdefault(name_key(form), Counter())[form] += 1

    @staticmethod
    def _is_within_sentence(article: str, found: list[re.Match[str]], place: int) -> bool:
        word = found[place]
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        if before is None or article[before.end() : word.start()] != " " or not before[0][0].islower():
            return False
        return after is None or article[word.end() : after.start()] != " " or not after[0][0].isupper()

    def of_name(self, name: str, *, apart_from: str = "") -> str:
        """Return a name in sentence case with proper names and acronyms as the article writes them.

        What the article writes like `apart_from` proves nothing about this name.
        """
        is_sentence_case = any(word[:1].islower() for word in name.split()[1:]) and not name.islower()
        tokens = _WORDS_LIKE.split(name)
        result = tokens[0]
        for number, (word, gap) in enumerate(zip(_WORDS_LIKE.findall(name), tokens[1:], strict=True)):
            learnt = name_key(word) != name_key(apart_from)
            written = self._of_word(word, keep=is_sentence_case, learnt=learnt)
            result += (
                self._as_first(written, of_lower_case=name.islower()) if number == 0 else written
            ) + gap
        return result

    def of_acronym(self, acronym: str) -> str:
        """Return an acronym as the article writes it, else in capitals."""
        seen = self.forms.get(name_key(acronym))
        marked = [form for form, _ in seen.most_common() if _is_marked(form)] if seen else []
        return marked[0] if marked else acronym.upper()

    def _of_word(self, word: str, *, keep: bool, learnt: bool) -> str:
        seen = self.forms.get(name_key(word)) if learnt else None
        if seen:
            return max(seen, key=lambda form: (seen[form], _is_marked(form), form))
        return word if keep or _is_marked(word) else word.lower()

    @staticmethod
    def _as_first(word: str, *, of_lower_case: bool) -> str:
        # The letter of l-diversity or k-means is a variable, not the beginning of a word.
        if _is_marked(word) or (of_lower_case and _VARIABLE_PREFIX.match(word)):
            return word
        return word[:1].upper() + word[1:]


def _is_marked(word: str) -> bool:
    """Say whether a word has capitals where no title or sentence would put them: GPU, kNN-LM."""
    parts = re.split(r"[-'’./&]", word)
    return any(part[1:] != part[1:].lower() for part in parts)


def _symbol_name(symbol: re.Match[str]) -> str:
    """Return how a symbol is written in a name: `$L_0$` as L0, `$L_\\infty$` as L-infinity."""
    letter, index = symbol[1], symbol[2]
    if index in ("infty", "∞"):
        return f"{letter}-infinity"
    return f"{letter}{index}" if index.isdigit() else f"{letter}-{index}"


# --- The first sentence --------------------------------------------------------------------------

_SENTENCE_END = re.compile(r"[.!?](?:\*\*|[\"”’')\]])*(?=\s+(?:\*\*|[\"“(\[]*[^\W\d_a-z]|[0-9$•-])|\s*$)")
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
