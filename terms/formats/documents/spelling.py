"""How a document writes its words, learnt from its running text.

A heading in Title Case does not say which of its words are proper names; the text below it and the
rest of the document do. They also say whether two words are joined by a hyphen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ...text import loose_key, name_key

_WORD = re.compile(r"[^\W_]+(?:[-'’./&][^\W_]+)*[+#]*")
_JOINTS = re.compile(r"([-'’./&])")
_NO_LETTERS = re.compile(r"[\W_]+")
_SMALL_WORD = re.compile(r"an?|and|as|at|but|by|for|from|in|into|of|on|or|the|to|vs?\.?|via|with")
_WRITTEN_SMALL = re.compile(r"[a-z]+\d|[a-z]-")
_HYPHENATED = re.compile(r"[^\W\d_]{2,}-[^\W\d_]{2,}")

# Second parts of compound adjectives, which English joins by a hyphen before a noun.
_SECOND_OF_A_COMPOUND = re.compile(
    r"acquired|aided|assisted|augmented|aware|based|bound|built|controlled|dependent|derived|driven|enhanced|"
    r"free|guided|independent|induced|like|made|mediated|oriented|powered|related|resistant|sensitive|"
    r"specific|wide"
)

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
        for text in learnt_from:
            self._learn_words(text)
        for text in learnt_from:
            self._learn_pairs(text)

    def _learn_words(self, text: str) -> None:
        found = list(_WORD.finditer(text))
        for place, word in enumerate(found):
            if is_marked(word[0]) or word[0].islower() or _is_within_sentence(text, found, place):
                self._forms.setdefault(name_key(word[0]), Counter())[word[0]] += 1
            if _HYPHENATED.fullmatch(word[0]):
                self._hyphenated.setdefault(_squeezed(word[0]), Counter())[word[0].lower()] += 1

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
        joined = self._joined(name)
        gaps = _WORD.split(joined)
        keeps_capitals = _is_in_sentence_case(name)
        written = gaps[0]
        for number, (word, gap) in enumerate(zip(_WORD.findall(joined), gaps[1:], strict=True)):
            form = own.form_of(word) or self.form_of(word) or (word if keeps_capitals else _lowered(word))
            written += (form if number else _with_capital(form, word)) + gap
        is_other_word = loose_key(joined) != loose_key(name)
        return Spelt(written, joined=joined != name, instead_of=name if is_other_word else "")

    def form_of(self, word: str) -> str:
        """Return the form in which a word occurs most within sentences, "" if it never does."""
        seen = self._forms.get(name_key(word))
        return max(seen, key=lambda form: (seen[form], is_marked(form), form)) if seen else ""

    def _joined(self, name: str) -> str:
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
    """Say whether a word has capitals where no title or sentence would put them: GPU, kNN-LM."""
    return any(part[1:] != part[1:].lower() for part in _JOINTS.split(word))


def _first_of(texts: Iterable[str]) -> list[str]:
    """Return as many texts as are enough to learn from."""
    taken, length = [], 0
    for text in texts:
        if length > _ENOUGH_TO_LEARN_FROM:
            break
        taken.append(text[:_ENOUGH_OF_ONE_TEXT])
        length += len(taken[-1])
    return taken


def _is_within_sentence(text: str, found: list[re.Match[str]], place: int) -> bool:
    """Say whether the words before and behind are in lower case: between them, capitals mean something."""
    word = found[place]
    before = found[place - 1] if place else None
    after = found[place + 1] if place + 1 < len(found) else None
    if before is None or text[before.end() : word.start()] != " " or not before[0][0].islower():
        return False
    return after is None or text[word.end() : after.start()] != " " or not after[0][0].isupper()


def _is_in_sentence_case(name: str) -> bool:
    """Say whether capitals within a name mean something, as words that count are without."""
    counting = [word for word in name.split()[1:] if not _SMALL_WORD.fullmatch(word)]
    return any(word[0].islower() for word in counting) and not name.islower()


def _lowered(word: str) -> str:
    """Return a word in small letters but for acronyms and single letters in it (vitamin K, X-ray)."""
    parts = _JOINTS.split(word)
    return "".join(part if is_marked(part) or len(part) == 1 else part.lower() for part in parts)


def _with_capital(form: str, word: str) -> str:
    """Return the first word of a name; what is written small on purpose (bfloat16) stays small."""
    if is_marked(_JOINTS.split(form)[0]) or _WRITTEN_SMALL.match(word):
        return form
    return form[:1].upper() + form[1:]


def _squeezed(word: str) -> str:
    return _NO_LETTERS.sub("", word).lower()
