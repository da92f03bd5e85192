"""How two names are compared, and what a text consists of for a search.

Two keys, for two questions. `name_key`: are these the same name? (constraints, addresses).
`loose_key`: would a reader take these for the same name? (look-alikes, search). Everything here
is plain Python, so that SQLite and PostgreSQL find the same things.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

_DASHES = re.compile("[\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\uff07]")
_WHITE_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")
_NOT_IN_A_SLUG = re.compile(r"[^\w]+")

# A word is letters and digits, with the signs that belong to a name kept on it: C++, C#, .NET,
# k-NN and l1/l2 are split at the hyphen or slash, but "c++" is one word and not "c".
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*(?:\+\+|\+(?!\w)|#)?|[∞∑∂∇π]", re.UNICODE)

# Letters that NFKD leaves whole although readers type them without the stroke or as two letters.
_WITHOUT_STROKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)

# The marks that make another kana, not an accent: か and が are two letters.
_VOICING = "\u3099\u309a"

_SIGNS_IN_WORDS = {
    "+": " plus ",
    "#": " sharp ",
    "&": " and ",
    "@": " at ",
    "∞": " infinity ",
    "%": " percent ",
}

LETTER_DIGITS = "0-9"
LETTER_SIGNS = "signs"


def full_name(name: str, qualifier: str) -> str:
    """Return a name with its qualifier, as in an index: `Kernel (GPU computing)`."""
    return f"{name} ({qualifier})" if qualifier else name


def name_key(name: str) -> str:
    """Return the key under which two spellings are the same name.

    NFKC, case folded, dashes, apostrophes and white space evened, invisible characters dropped (Unicode
    Standard Annex 15 and section 5.18). Accents and signs stay: C, C++ and C# are three names.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))
    text = _APOSTROPHES.sub("'", _DASHES.sub("-", text))
    text = unicodedata.normalize("NFKC", text.casefold())
    return _WHITE_SPACE.sub(" ", text).strip()


def fold(text: str) -> str:
    """Return the text as it is compared in a search: `name_key` without accents.

    Folding twice changes nothing.
    """
    key = name_key(text)
    if key.isascii():
        return key
    decomposed = unicodedata.normalize("NFKD", key)
    bare = "".join(sign for sign in decomposed if sign in _VOICING or not unicodedata.combining(sign))
    return name_key(bare.translate(_WITHOUT_STROKE))


def words(text: str) -> list[str]:
    """Return the folded words of a text in order; signs that belong to a name stay (`c++`)."""
    return _WORD.findall(fold(text))


def word_count(key: str) -> int:
    """Return how many words a text has that is folded already, or a name key."""
    return len(_WORD.findall(key))


# A Snowball stemmer keeps the word it is at work on: two threads would stem each other's words.
_stemming = threading.Lock()


@lru_cache(maxsize=4)
def _stemmer(language: str) -> snowballstemmer.stemmer | None:
    algorithm = {
        "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
        "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
        "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
    }.get(language.split("-")[0].lower())  # fmt: skip
    return snowballstemmer.stemmer(algorithm) if algorithm else None


@lru_cache(maxsize=100_000)
def stem(word: str, language: str = "en") -> str:
    """Return the stem of one folded word, by the Snowball algorithm of the language.

    A language without an algorithm leaves words as they are. Short words and words with digits
    or signs are names more often than inflections, and stay too.
    """
    stemmer = _stemmer(language)
    if stemmer is None or len(word) < 4 or not word.isalpha():
        return word
    with _stemming:
        return fold(stemmer.stemWord(word))


def loose_key(name: str, language: str = "en") -> str:
    """Return the key under which a reader would take two names for the same: no accents,
    no punctuation, no plural."""
    return " ".join(stem(word.replace("'", ""), language) for word in words(name))


def slug_for(name: str, qualifier: str = "") -> str:
    """Return the readable address of a name: letters and digits of any script, joined by hyphens.

    Signs that make a difference are spelt out (`C++` gives `c-plus-plus`), so that different
    names rarely share an address. A name of signs only gives its code points.
    """
    text = fold(f"{name} {qualifier}")
    for sign, spelt in _SIGNS_IN_WORDS.items():
        text = text.replace(sign, spelt)
    slug = _NOT_IN_A_SLUG.sub("-", text.replace("_", "-").replace("'", "")).strip("-")
    return slug[:180].strip("-") or "-".join(f"u{ord(sign):x}" for sign in name[:8]) or "term"


def sort_key(name: str) -> str:
    """Return the key by which names stand in the index: folded, punctuation aside."""
    return " ".join(words(name)) or fold(name)


def letter_of(name: str) -> str:
    """Return where a name stands in the index: `a` to `z`, `0-9`, the script of its first letter
    (`greek`, `cyrillic`, `cjk`), or `signs`."""
    first = next((sign for sign in sort_key(name) if sign.isalnum()), "")
    if "a" <= first <= "z":
        return first
    if first.isdecimal():
        return LETTER_DIGITS
    script = unicodedata.name(first, "").split(" ")[0].lower() if first else ""
    return script if script.isalpha() and script != "latin" else LETTER_SIGNS


def initials(name: str) -> str:
    """Return the first letters of the words of a name: `retrieval-augmented generation` -> `rag`."""
    return "".join(word[0] for word in words(name))


def trigrams(text: str) -> frozenset[str]:
    """Return the runs of three signs in the folded text, its ends padded by two blanks and one."""
    padded = f"  {fold(text)} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))
