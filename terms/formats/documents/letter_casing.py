"""How the name in a heading in small letters is really written, and which of its words are unsure.

The article below the heading tells, else the rest of the page; what neither shows is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...text import name_key, words
from .other_names import initials_with_small_words
from .short_words import SHORT_WORDS
from .spelling import Spelling, is_marked

_WORDS_LIKE = re.compile(r"[^\W_]+(?:[-'’./&][^\W_]+)*[+#]*")
_SYMBOL = re.compile(r"\$\\?([A-Za-z])_\{?\\?(infty|∞|\w{1,3})\}?\$")
_JOINT = re.compile(r"[-'’./&]")
_PART = re.compile(r"[^\W_]+")
_VARIABLE_PREFIX = re.compile(r"[^\W\d_]-\w")
_LETTERS_WITH_NUMBER = re.compile(r"[a-z]{1,3}\d{1,3}|\d{1,2}[a-z]{1,2}")
_UNIT_OR_VERSION = re.compile(r"\d+(?:[cmnpu]m|[mnu]s|bit|g|k|kb|mb|gb|x)|v\d+")
_NOTHING_ODD = re.compile(
    r"[\d.]+(?:d|s|nm|mm|bit)?|[a-uwyz]{1,2}\d{1,3}|v\d+|[a-z](?:[/&][a-z])+|[a-z][+#]+|"
    r"\d+-[a-z]{2,}|[a-z]{2,}-(?:aware|based|driven|free|like|specific|wide)"
)
_BEGINS_LIKE_NO_WORD = re.compile(
    r"(?!(?:[bcfgps]l|[bcdfgkptvw]r|[cgkprstw]h|s[cfkmnpqtvw]|[dtz]w|[gkmp]n|p[st]))[bcdfghjklmnpqrstvwxz]{2}"
)
_FROM_A_NAME = re.compile(r".{3,}[ei]an")
_SYLLABLE = re.compile(r"[^\W\daeiouy_][aeiouy][^\W\daeiouy_]")
_LONGEST_TO_SEARCH = 20_000


class Casing:
    """How the article writes words within its sentences, and where it does not, the whole page."""

    def __init__(self, article: str, page: Spelling, acronyms: frozenset[str]) -> None:
        self._symbols = {name_key(symbol): symbol for symbol in map(_symbol_name, _SYMBOL.finditer(article))}
        self._article = article[:_LONGEST_TO_SEARCH]
        self._own = Spelling([article])
        self._page = page
        self._acronyms = acronyms

    def of_name(self, name: str, *, apart_from: str = "") -> str:
        """Return a name in sentence case with proper names and acronyms as the article writes them.

        What the article writes like `apart_from` proves nothing about this name.
        """
        written = self.within_sentence(name, apart_from=apart_from)
        first = _WORDS_LIKE.match(written)
        if not first:
            return written
        if self._begins_with(written.split()[0]):
            return written
        return _as_first(first[0], of_lower_case=name.islower()) + written[first.end() :]

    def _begins_with(self, word: str) -> bool:
        """Say whether the article begins with a word of letters and other signs (bfloat16) as it is."""
        return not word.isalpha() and self._article.lstrip("*").startswith(f"{word} ")

    def within_sentence(self, name: str, *, apart_from: str = "") -> str:
        is_sentence_case = any(word[:1].islower() for word in name.split()[1:]) and not name.islower()
        tokens = _WORDS_LIKE.split(name)
        result = tokens[0]
        for word, gap in zip(_WORDS_LIKE.findall(name), tokens[1:], strict=True):
            seen = self._best_form(word) if name_key(word) != name_key(apart_from) else word.lower()
            result += (seen or (word if is_sentence_case or is_marked(word) else self._guess(word))) + gap
        return result

    def _best_form(self, word: str) -> str:
        return self.form_of(word) or self._page.hint_of(word)

    def form_of(self, word: str) -> str:
        """Return how a word is written within sentences, if need be part by part, "" if nothing shows it."""
        whole = self._form_of_whole(word)
        parts = [part for part in _PART.findall(word) if len(part) > 1 and self._form_of_whole(part)]
        if whole or len(parts) < 2 or len(parts) < len(_PART.findall(word)):
            return whole
        return _PART.sub(lambda part: self._form_of_whole(part[0]), word)

    def _form_of_whole(self, word: str) -> str:
        return self._shown(word) or (word.upper() if name_key(word) in self._acronyms else "")

    def _shown(self, word: str) -> str:
        symbol = self._symbols.get(name_key(word))
        return symbol or self._own.form_of(word) or self._page.form_of(word)

    def _guess(self, word: str) -> str:
        """Return a word in small letters, unless it can only be letters that are spelt (cvd, a/b, gpt-4)."""
        parts = _JOINT.split(word)
        if len(parts) > 1 and all(len(part) == 1 and part.isalpha() for part in parts):
            return word.upper()
        return _PART.sub(lambda part: self._form_of_part(part[0]), word)

    def _form_of_part(self, part: str) -> str:
        key = name_key(part)
        if len(key) == 1:
            return part
        is_word = len(key) > 4 or _is_ordinary(key) or self._has_in_title_case(key)
        is_spelt = key.isalpha() and not is_word
        is_code = _LETTERS_WITH_NUMBER.fullmatch(key) and not _UNIT_OR_VERSION.fullmatch(key)
        return self._form_of_whole(part) or (part.upper() if is_spelt or is_code else part.lower())

    def of_acronym(self, acronym: str) -> str:
        """Return an acronym as the article writes it, else in capitals."""
        seen = self.form_of(acronym)
        return seen if is_marked(seen) else acronym.upper()

    # What nothing shows.

    def doubtful_words(self, name: str) -> Iterator[str]:
        """Yield the words of a name that may want other capitals, or all of it."""
        is_alone = len(words(name)) == 1
        for word in self._unproven(name):
            if self._is_odd(word, is_first=name.startswith(word), is_alone=is_alone):
                yield word
        begins_with_sign = not name[0].isalnum() and not is_marked(name.split()[0])
        if begins_with_sign or self._always_has_capitals(name):
            yield name

    def doubtful_words_of_alias(self, alias: str, kind: str, name: str) -> Iterator[str]:
        if kind == "acronym":
            yield from [alias] if self.may_have_small_letters(alias, name) else []
        elif kind == "abbreviation":
            yield from [] if self.form_of(alias) else [alias]
        else:
            yield from filter(self._may_be_acronym, self._unproven(alias))

    def may_have_small_letters(self, acronym: str, long: str) -> bool:
        """Say whether an acronym may be written like LoRA, which is read as a word, or like MoE."""
        if self._shown(acronym):
            return False
        is_read_as_word = len(acronym) > 3 and bool(_SYLLABLE.search(name_key(acronym)))
        return is_read_as_word or (name_key(acronym) in initials_with_small_words(long))

    def _unproven(self, name: str) -> list[str]:
        return [word for word in _WORDS_LIKE.findall(name) if not self.form_of(word)]

    def _is_odd(self, word: str, *, is_first: bool, is_alone: bool) -> bool:
        """Say whether an unproven word may be an acronym, a name of somebody, or a symbol."""
        key = name_key(word).removesuffix("'s")
        if not key.isalpha():
            return not _NOTHING_ODD.fullmatch(key) and not all(map(self._is_known_part, _PART.findall(key)))
        # Capitals of several words in a row hint at a name (Monte Carlo) and do not prove it.
        if self._page.hint_of(word) or self._may_be_acronym(key, is_alone=is_alone):
            return True
        return not is_first and bool(_FROM_A_NAME.fullmatch(key))

    def _is_known_part(self, part: str) -> bool:
        return len(part) > 1 and (_is_ordinary(part) or bool(self._form_of_whole(part)))

    def _may_be_acronym(self, word: str, *, is_alone: bool = False) -> bool:
        key = name_key(word)
        is_short = len(key) < 6 if is_alone else len(key) < 5 and not _is_ordinary(key)
        if is_spelt(key) or not key.isalpha() or self._has_in_title_case(key):
            return False
        return is_short or bool(_BEGINS_LIKE_NO_WORD.match(key))

    def _has_in_title_case(self, word: str) -> bool:
        """Say whether the article has a word with one capital only: then it is no acronym."""
        return re.search(rf"\b{re.escape(word.capitalize())}\b", self._article) is not None

    def _always_has_capitals(self, name: str) -> bool:
        """Say whether the article gives capitals to words of the name even within its sentences."""
        *_, found = ["", *re.findall(rf"(?<=[a-z,;] )(?i:{re.escape(name)})(?= [a-z])", self._article)]
        capitals = [word for word in found.split()[1:] if word[0].isupper() and not is_marked(word)]
        return any(not self._own.form_of(word) for word in capitals)


def _is_ordinary(key: str) -> bool:
    return key in SHORT_WORDS or key.removesuffix("s") in SHORT_WORDS


def is_spelt(key: str) -> bool:
    """Say whether a word can only be read letter by letter."""
    return key.isascii() and len(key) < 6 and not re.search(r"[aeiouy]", key)


def _as_first(word: str, *, of_lower_case: bool) -> str:
    # The letter of l-diversity or k-means is a variable, not the beginning of a word.
    is_symbol = not word[0].isascii() and not word[1:2].isalpha()
    if is_marked(word) or is_symbol or (of_lower_case and _VARIABLE_PREFIX.match(word)):
        return word
    return word[:1].upper() + word[1:]


def _symbol_name(symbol: re.Match[str]) -> str:
    """Return how a symbol is written in a name: `$L_0$` as L0, `$L_\\infty$` as L-infinity."""
    letter, index = symbol[1], symbol[2]
    if index in ("infty", "∞"):
        return f"{letter}-infinity"
    return f"{letter}{index}" if index.isdigit() else f"{letter}-{index}"
