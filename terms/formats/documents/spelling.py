"""How a document writes its words, learnt from its running text.

A heading in Title Case does not say which of its words are proper names; the text below it and the
rest of the document do. They also say whether two words are joined by a hyphen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...text import loose_key, name_key
from .proper_names import PROPER_NAMES

_WORD = re.compile(r"[^\W_]+(?:[-'’./&][^\W_]+)*[+#]*")
_JOINTS = re.compile(r"([-'’./&])")
_NO_LETTERS = re.compile(r"[\W_]+")
_SMALL_WORD = re.compile(r"an?|and|as|at|but|by|for|from|in|into|of|on|or|the|to|vs?\.?|via|with")
_WRITTEN_SMALL = re.compile(r"[a-z]+\d|[a-z]-|[a-z]+\.[a-z]")
_LETTER_AND_NUMBER = re.compile(r"[A-Z]\d+")
_GAPS = (" ", ", ", "; ", " (")
_LONGEST_RUN = 4
_HYPHENATED = re.compile(r"[^\W\d_]{2,}-[^\W\d_]{2,}")

# Second parts of compound adjectives, which English joins by a hyphen before a noun.
_SECOND_OF_A_COMPOUND = re.compile(
    r"acquired|aided|assisted|augmented|aware|based|bound|built|controlled|dependent|derived|driven|enhanced|"
    r"free|guided|independent|induced|like|made|mediated|oriented|powered|related|resistant|sensitive|"
    r"specific|wide"
)

_LONGEST_ACRONYM = 5
_ENOUGH_TO_LEARN_FROM = 500_000
_ENOUGH_OF_ONE_TEXT = 50_000


@dataclass(frozen=True)
class Spelt:
    """A name as it is written within a sentence, its first letter apart.

    `joined` says that a hyphen was put between words of it; `instead_of` is the name as it stood, where
    readers might look for that.
    """

    name: str
    joined: bool = False
    instead_of: str = ""


class Spelling:
    """The forms of words that occur within the sentences of some texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._forms: dict[str, Counter[str]] = {}
        self._hyphenated: dict[str, Counter[str]] = {}
        self._solid: Counter[str] = Counter()
        self._apart: Counter[str] = Counter()
        learnt_from = _first_of(texts)
        runs = [run for text in learnt_from for run in self._learn_words(text)]
        self._hints = self._forms_in(runs)
        for text in learnt_from:
            self._learn_pairs(text)

    def _learn_words(self, text: str) -> list[tuple[str, ...]]:
        """Take in the words of a text; return those that only stand next to others with capitals."""
        runs = []
        found = list(_WORD.finditer(text))
        for place, word in enumerate(found):
            if _shows_its_capitals(text, found, place):
                self._forms.setdefault(name_key(word[0]), Counter())[word[0]] += 1
            elif run := _run_at(text, found, place):
                runs.append(run)
            if _HYPHENATED.fullmatch(word[0]):
                self._hyphenated.setdefault(_squeezed(word[0]), Counter())[word[0].lower()] += 1
        return runs

    def _forms_in(self, runs: Iterable[tuple[str, ...]]) -> dict[str, Counter[str]]:
        """Return the words of runs of capitals, unless one of a run is elsewhere written small."""
        hints: dict[str, Counter[str]] = {}
        for run in runs:
            if not any(self.form_of(word).islower() for word in run):
                for word in run:
                    hints.setdefault(name_key(word), Counter())[word] += 1
        return hints

    def _learn_pairs(self, text: str) -> None:
        """Count how often what is also written with a hyphen is written as one word or as two."""
        found = list(_WORD.finditer(text)) if self._hyphenated else []
        for word in found:
            if word[0].isalpha() and word[0].lower() in self._hyphenated:
                self._solid[word[0].lower()] += 1
        for one, other in pairwise(found):
            squeezed = _squeezed(one[0] + other[0])
            if squeezed in self._hyphenated and text[one.end() : other.start()] == " ":
                self._apart[squeezed] += 1

    def of_name(self, name: str, own: Spelling) -> Spelt:
        """Return a name in sentence case with proper names, acronyms and hyphens as they are in use.

        `own` is the spelling of the text that the name stands above, which counts before all others.
        """
        joined = self.joined(name)
        gaps = _WORD.split(joined)
        keeps_capitals = _is_in_sentence_case(name)
        written = gaps[0]
        for number, (word, gap) in enumerate(zip(_WORD.findall(joined), gaps[1:], strict=True)):
            form = own.form_of(word) or self.form_of(word) or self.hint_of(word)
            form = form or (word if keeps_capitals else _lowered(word))
            if _is_acronym_in(name, word) and not is_marked(form):
                form = word
            written += (form if number else _with_capital(form, word)) + gap
        is_other_word = loose_key(joined) != loose_key(name)
        return Spelt(written, joined=joined != name, instead_of=name if is_other_word else "")

    def form_of(self, word: str) -> str:
        """Return the form in which a word occurs most within sentences, "" if it never does."""
        return _form_in(self._forms, word)

    def hint_of(self, word: str) -> str:
        """Return the form that only capitals of several words hint at (Monte Carlo), or ""."""
        return _form_in(self._hints, word)

    def joined(self, name: str) -> str:
        """Put the hyphens into a name that its document, or else the language, has there."""
        pieces = name.split(" ")
        words: list[str] = []
        while pieces:
            word = pieces.pop(0)
            if len(pieces) > 1 and self._joins(word, pieces[0]):
                word = f"{word}-{pieces.pop(0)}"
            words.append(self._usual_form(word))
        return " ".join(words)

    def _joins(self, word: str, following: str) -> bool:
        if not (word.isalpha() and following.isalpha()):
            return False
        squeezed = _squeezed(word + following)
        if squeezed in self._hyphenated:
            return self._hyphenated[squeezed].total() > self._apart[squeezed]
        return bool(_SECOND_OF_A_COMPOUND.fullmatch(following.lower())) and not word.endswith("ly")

    def _usual_form(self, word: str) -> str:
        """Return the hyphenated form of a word written as one, where the document prefers that."""
        forms = self._hyphenated.get(word.lower())
        if forms is None or forms.total() < self._solid[word.lower()]:
            return word
        return forms.most_common(1)[0][0]


def is_marked(word: str) -> bool:
    """Say whether a word has capitals where no title or sentence would put them: GPU, kNN-LM, L2."""
    parts = _JOINTS.split(word)
    return any(part[1:] != part[1:].lower() or _LETTER_AND_NUMBER.fullmatch(part) for part in parts)


def _first_of(texts: Iterable[str]) -> list[str]:
    """Return as many texts as are enough to learn from."""
    taken, length = [], 0
    for text in texts:
        if length > _ENOUGH_TO_LEARN_FROM:
            break
        taken.append(text[:_ENOUGH_OF_ONE_TEXT])
        length += len(taken[-1])
    return taken


def _form_in(forms: dict[str, Counter[str]], word: str) -> str:
    """Return the usual form of a word, if need be that of its plural or singular."""
    key = name_key(word)
    if key in forms:
        return _usual_of(forms[key])
    if f"{key}s" in forms:
        return _usual_of(forms[f"{key}s"])[:-1]
    singular = key[:-1] if len(key) > 3 and key.endswith("s") else ""
    return f"{_usual_of(forms[singular])}s" if singular in forms else ""


def _usual_of(seen: Counter[str]) -> str:
    return max(seen, key=lambda form: (seen[form], is_marked(form), form))


def _shows_its_capitals(text: str, found: Sequence[re.Match[str]], place: int) -> bool:
    word = found[place][0]
    if is_marked(word):
        return not _is_half_marked(word) or _is_within_sentence(text, found, place, place)
    return word[0].islower() or _is_within_sentence(text, found, place, place)


def _run_at(text: str, found: Sequence[re.Match[str]], place: int) -> tuple[str, ...]:
    """Return a word with those that share its capitals (Monte Carlo), if they can only be meant."""
    last = place
    while last + 1 < len(found) and last - place < _LONGEST_RUN and _goes_with(text, found, last):
        last += 1
    is_begin = not place or not _goes_with(text, found, place - 1)
    is_run = place < last and is_begin and _is_within_sentence(text, found, place, last)
    is_alone = is_marked(found[place][0]) or _begins_sentence_only(text, found, place)
    return tuple(word[0] for word in found[place : last + 1]) if is_run else (found[place][0],) * is_alone


def _goes_with(text: str, found: Sequence[re.Match[str]], place: int) -> bool:
    """Say whether two words next to each other both have capitals."""
    one, other = found[place], found[place + 1]
    return text[one.end() : other.start()] == " " and one[0][0].isupper() and other[0][0].isupper()


def _is_half_marked(word: str) -> bool:
    parts = _JOINTS.split(word)
    return any(not is_marked(part) and len(part) > 1 and part[0].isupper() for part in parts)


def _begins_sentence_only(text: str, found: Sequence[re.Match[str]], place: int) -> bool:
    """Say whether capitals within a word can only be meant, as the next word has none (Jensen-Shannon)."""
    word = found[place]
    if not any(part[:1].isupper() for part in _JOINTS.split(word[0])[2::2]) or place + 1 >= len(found):
        return False
    after = found[place + 1]
    is_next = text[word.end() : after.start()] == " " and after[0][0].islower()
    return is_next and not _SMALL_WORD.fullmatch(after[0]) and after[0] not in ("is", "are")


def _is_within_sentence(text: str, found: Sequence[re.Match[str]], first: int, last: int) -> bool:
    """Say whether the words before and behind are in lower case: between them, capitals mean something.

    Small words tell nothing, as they are so in titles too (Backend of Line).
    """
    before = _before(text, found, first)
    if not before:
        return False
    after = _after(text, found, last)
    return after != "upper" and (before == "lower" or (before == "article" and after == "lower"))


def _before(text: str, found: Sequence[re.Match[str]], place: int) -> str:
    """Return what stands before a word: “lower”, “article” that begins the sentence, or nothing of use."""
    for back in range(place - 1, max(place - 5, -1), -1):
        gap = text[found[back].end() : found[back + 1].start()]
        if gap != " " and (gap not in _GAPS or back < place - 1):
            return ""
        word = found[back][0]
        if not _SMALL_WORD.fullmatch(word.lower()):
            return "lower" if word[0].islower() else ""
        if word[0].isupper():
            return "article"
    return ""


def _after(text: str, found: Sequence[re.Match[str]], place: int) -> str:
    for ahead in range(place + 1, min(place + 4, len(found))):
        if text[found[ahead - 1].end() : found[ahead].start()] != " " or found[ahead][0] in ("and", "or"):
            return ""
        word = found[ahead][0]
        if not _SMALL_WORD.fullmatch(word):
            return "upper" if word[0].isupper() else "lower"
    return ""


def _is_in_sentence_case(name: str) -> bool:
    """Say whether capitals within a name mean something, as words that count are without."""
    counting = [word for word in name.split()[1:] if not _SMALL_WORD.fullmatch(word)]
    return any(word[0].islower() for word in counting) and not name.islower()


def _is_acronym_in(name: str, word: str) -> bool:
    """Say whether a word stands in capitals where other words do not: “IT Governance” is not about “it”."""
    return word.isupper() and len(word) > 1 and (not name.isupper() or len(name) <= _LONGEST_ACRONYM)


def _lowered(word: str) -> str:
    """Return a word in small letters but for acronyms, names and single letters in it (X-ray, Bayes)."""
    return "".join(map(_lowered_part, _JOINTS.split(word)))


def _lowered_part(part: str) -> str:
    if is_marked(part) or len(part) == 1:
        return part
    return part.capitalize() if part.lower() in PROPER_NAMES else part.lower()


def _with_capital(form: str, word: str) -> str:
    """Return the first word of a name; what is written small on purpose (bfloat16) stays small."""
    if is_marked(_JOINTS.split(form)[0]) or _WRITTEN_SMALL.match(word):
        return form
    return form[:1].upper() + form[1:]


def _squeezed(word: str) -> str:
    return _NO_LETTERS.sub("", word).lower()
