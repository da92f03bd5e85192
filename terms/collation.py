"""In which order names stand, and under which letter: by the rules of a language.

Keys are compared by their bytes, on both databases and in Python. The idea is that of the Unicode
Collation Algorithm, the rules are those of CLDR: a letter that is one of its own in a language has a
place in the alphabet (Swedish ö after ä after å after z, Czech ch after h); any other accent counts
only between names that are equal without it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase

from . import text

# With the name as it is shown, a longer key does not fit into a row of an index on PostgreSQL (2.7 kB).
KEY_LENGTH = 300

# What follows a letter begins its key and goes on with this: a letter above those of all alphabets, so
# that "zebra" stands before "å", which is made of z, this, and a number.
_AFTER = "\ud7fb"
# A letter that stands in the place of another one has that one's key, and an accent that nobody writes.
_INSTEAD = "\u0334"
# Lower than a blank: "resume", "résumé", "resume x".
_ACCENTS = "\t"

_MARKS = "[\u0300-\u036f]"

# Latin alphabets: behind a letter from a to z stand further ones. One that is named twice moves.
_BEHIND = {
    "az": "c ç, e ə, g ğ, h x ı, k q, o ö, s ş, u ü, z w",
    "bs hr sr-latn": "c č ć, d dž đ, l lj, n nj, s š, z ž",
    "cs": "c č, h ch, r ř, s š, z ž",
    "cy": "c ch, d dd, f ff, g ng, l ll, p ph, r rh, t th",
    "da nb nn no": "z æ ø å",
    "eo": "c ĉ, g ĝ, h ĥ, j ĵ, s ŝ, u ŭ",
    "es eu gl": "n ñ",
    "et": "s š z ž, w õ ä ö ü",
    "fi sv": "z å ä ö",
    "fo": "a á, d ð, i í, o ó, u ú, y ý, z æ ø",
    "hu": "c cs, d dz dzs, g gy, l ly, n ny, o ö, s sz, t ty, u ü, z zs",
    "is": "a á, d ð, e é, i í, o ó, u ú, y ý, z þ æ ö å",
    "lt": "c č, s š, z ž",
    "lv": "c č, g ģ, k ķ, l ļ, n ņ, r ŗ, s š, z ž",
    "pl": "a ą, c ć, e ę, l ł, n ń, o ó, s ś, z ź ż",
    "ro": "a ă â, i î, s ș, t ț",
    "sk": "a ä, c č, h ch, o ô, r ř, s š, z ž",
    "sl": "c č ć, d đ, s š, z ž",
    "sq": "c ç, d dh, e ë, g gj, l ll, n nj, r rr, s sh, t th, x xh, z zh",
    "tr": "c ç, g ğ, h ı, o ö, s ş, u ü",
}
# Other alphabets, in full. Russian ё is an е with an accent.
_WHOLE = {
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "el": "αβγδεζηθικλμνξοπρστυφχψω",
    "fa": "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
# Letters that stand among those of another one.
_SAME = {
    "da": "ä=æ ö=ø aa=å",
    "fa": "ك=ک ي=ی",
    "fi": "æ=ä ø=ö ü=y",
    "fo": "ä=æ ö=ø",
    "he": "ך=כ ם=מ ן=נ ף=פ ץ=צ",
    "hu": "ő=ö ű=ü",
    "is": "đ=ð ä=æ ø=ö",
    "lt": "y=i",
    "lv": "y=i",
    "nb nn no": "ä=æ ö=ø",
    "ro": "ş=ș ţ=ț",
    "sv": "æ=ä ø=ö ü=y",
}
_DOTLESS = {"az", "tr"}
_OF_LANGUAGE = [
    {code: rules for codes, rules in table.items() for code in codes.split()}
    for table in (_BEHIND, _WHOLE, _SAME)
]


def sort_key(name: str, language: str) -> str:
    """Return the key by which a name stands in the index of a language; punctuation counts for nothing.

    Never longer than KEY_LENGTH.
    """
    key, spelt = _spelt(name, language)
    letters = text.sort_key(spelt)
    if not spelt.isascii() and text.name_key(spelt) != text.fold(spelt):
        letters += _ACCENTS + key
    return letters[:KEY_LENGTH]


def letter_of(name: str, language: str) -> str:
    """Return where a name stands in the index: a letter of the `alphabet`, another one from a to z,
    `0-9`, the script of its first letter (`greek`, `cjk`), or `signs`."""
    _, spelt = _spelt(name, language)
    key = text.sort_key(spelt)
    start = next((place for place, sign in enumerate(key) if sign.isalnum()), 0)
    tailoring = _tailoring(language)
    letter = tailoring.letters.get(key[start : start + 3]) or tailoring.letters.get(key[start : start + 1])
    return letter or text.letter_of(spelt)


def alphabet(language: str) -> tuple[str, ...]:
    """Return the letters of a language in their order: those under which its index has sections."""
    return _tailoring(language).alphabet


def letter_label(letter: str, language: str) -> str:
    """Return a letter as it heads its section of the index: `Ch`, `Ö`, Turkish `İ`, `0–9`, `Greek`."""
    if letter == text.LETTER_DIGITS:
        return "0–9"
    if letter == "cjk":
        return "CJK"
    if letter == "i" and _code(language) in _DOTLESS:
        return "İ"
    return letter[:1].upper() + letter[1:]


def letter_order(letter: str, language: str) -> tuple[int, str]:
    """Return where a letter stands in the index: by the alphabet of the language, then letters that it
    has not, digits, other scripts, and signs."""
    places = _places(language)
    return places.get(letter, places[_ANOTHER_LETTER if len(letter) == 1 else _ANOTHER_SCRIPT]), letter


_ANOTHER_LETTER, _ANOTHER_SCRIPT = "another letter", "another script"


@lru_cache(maxsize=32)
def _places(language: str) -> dict[str, int]:
    last = (_ANOTHER_LETTER, text.LETTER_DIGITS, _ANOTHER_SCRIPT, text.LETTER_SIGNS)
    return {letter: place for place, letter in enumerate((*alphabet(language), *last))}


# --- The rules of a language ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Tailoring:
    """An alphabet, the letters by their keys, and what is written anew before keys are made."""

    alphabet: tuple[str, ...]
    letters: dict[str, str]
    pattern: re.Pattern[str] | None
    keys: tuple[str, ...]

    def applied(self, decomposed: str) -> str:
        if self.pattern is None:
            return decomposed
        return self.pattern.sub(lambda found: self.keys[(found.lastindex or 1) - 1], decomposed)


def _spelt(name: str, language: str) -> tuple[str, str]:
    """Return the name's key with its accents, and the same with the letters of the language as keys."""
    if _code(language) in _DOTLESS:
        name = unicodedata.normalize("NFKC", name).translate({ord("I"): "ı", ord("İ"): "i"})
    key = text.name_key(name)
    return key, _tailoring(language).applied(key if key.isascii() else unicodedata.normalize("NFD", key))


def _code(language: str) -> str:
    """Return the longest beginning of a tag that has rules, or its language: `sr-Latn-RS` → `sr-latn`."""
    parts = language.lower().replace("_", "-").split("-")
    two = "-".join(parts[:2])
    return two if any(two in table for table in _OF_LANGUAGE) else parts[0]


@lru_cache(maxsize=32)
def _tailoring(language: str) -> _Tailoring:
    behind, whole, same = (table.get(_code(language), "") for table in _OF_LANGUAGE)
    pairs = [pair.split("=") for pair in same.split()]
    letters = [letter for letter in whole or _with_letters_behind(behind) if letter not in dict(pairs)]
    keys = _keys(letters)
    written_anew = {letter: key for letter, key in keys.items() if letter != key}
    written_anew |= {letter: keys.get(other, other) + _INSTEAD for letter, other in pairs}
    # The longest first: Hungarian dzs is none of dz and s.
    patterns = sorted(written_anew, key=lambda letter: (-len(_decomposed(letter)), letter))
    return _Tailoring(
        alphabet=tuple(letters),
        letters={key: letter for letter, key in keys.items()},
        pattern=re.compile("|".join(f"({_pattern(letter)})" for letter in patterns)) if patterns else None,
        keys=tuple(written_anew[letter] for letter in patterns),
    )


def _with_letters_behind(rules: str) -> list[str]:
    letters = list(ascii_lowercase)
    for rule in filter(None, rules.split(",")):
        first, *others = rule.split()
        letters = [letter for letter in letters if letter not in others]
        place = letters.index(first) + 1
        letters[place:place] = others
    return letters


def _keys(letters: list[str]) -> dict[str, str]:
    """Return the key of each letter: itself where its code point is in place, or what it stands behind."""
    keys: dict[str, str] = {}
    base, number = "", 0
    for place, letter in enumerate(letters):
        if _is_plain(letter) and not any(_is_plain(later) and later < letter for later in letters[place:]):
            keys[letter], base, number = letter, letter, 0
        else:
            keys[letter], number = f"{base}{_AFTER}{ascii_lowercase[number]}", number + 1
    return keys


def _is_plain(letter: str) -> bool:
    return len(letter) == 1 and text.fold(letter) == letter


def _decomposed(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)


def _pattern(letter: str) -> str:
    """Match a letter, further accents on it included; plain letters of a pair have none."""
    decomposed = _decomposed(letter)
    if len(letter) == 1 and len(decomposed) == 2:
        return f"{decomposed[0]}{_MARKS}*?{decomposed[1]}"
    return decomposed if len(letter) == 1 else f"{decomposed}(?!{_MARKS})"
