"""Which language a word in a file stands for: codes, and the names that people write over columns.
And back: what a language is called, and the direction in which it is written."""

from __future__ import annotations

import re

from django.utils.translation import get_language_info

# ISO 639-1, the codes of two letters.
_ALL_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv "
    "dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie "
    "ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv "
    "mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm "
    "rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts "
    "tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_CODES = frozenset(_ALL_CODES.split())
_NAMES = {
    "ar": "arabic العربية",
    "bg": "bulgarian български",
    "ca": "catalan català",
    "cs": "czech čeština česky",
    "da": "danish dansk dänisch",
    "de": "german deutsch allemand alemán tedesco",
    "el": "greek ελληνικά",
    "en": "english englisch anglais inglés inglese engels engelska",
    "es": "spanish español castellano spanisch espagnol",
    "et": "estonian eesti",
    "fa": "persian farsi فارسی",
    "fi": "finnish suomi",
    "fr": "french français französisch francés francese frans",
    "ga": "irish gaeilge",
    "he": "hebrew עברית",
    "hi": "hindi हिन्दी",
    "hr": "croatian hrvatski",
    "hu": "hungarian magyar",
    "id": "indonesian",
    "it": "italian italiano italienisch italien",
    "ja": "japanese 日本語",
    "ko": "korean 한국어",
    "lt": "lithuanian lietuvių",
    "lv": "latvian latviešu",
    "nb": "norwegian norsk bokmål",
    "nl": "dutch nederlands niederländisch",
    "pl": "polish polski polnisch",
    "pt": "portuguese português portugiesisch",
    "ro": "romanian română",
    "ru": "russian русский",
    "sk": "slovak slovenčina",
    "sl": "slovene slovenian slovenščina",
    "sr": "serbian српски",
    "sv": "swedish svenska schwedisch",
    "tr": "turkish türkçe türkisch",
    "uk": "ukrainian українська",
    "vi": "vietnamese",
    "zh": "chinese 中文 chinesisch chinois",
}
_USUAL = frozenset(_NAMES) - {"id"}
_CODE_BY_NAME = {name: code for code, names in _NAMES.items() for name in names.split()}
_TAG = re.compile(r"([a-z]{2})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
_AT_THE_END = re.compile(
    r"(?:^|[^A-Za-z])([A-Za-z]{2}(?:[-_][A-Z][a-z]{3})?(?:[-_](?:[A-Z]{2}|[0-9]{3}))?)(?:\.[^.]*)?$"
)


def language_of(text: str) -> str:
    """Return the BCP 47 tag that a code (`ES`, `pt_BR`) or a name (`German`) stands for, else ""."""
    word = text.strip()
    found = _TAG.fullmatch(word)
    if found is None:
        return _CODE_BY_NAME.get(word.casefold(), "")
    primary, script, region = found.groups(default="")
    if primary.lower() not in _CODES:
        return ""
    return "-".join(filter(None, [primary.lower(), script.title(), region.upper()]))


def is_surely_language(text: str) -> bool:
    """Say whether a word stands for a language even where no other does: not `id`, `no`, `nr` or `to`."""
    tag = language_of(text)
    return bool(tag) and (len(text.strip()) > 2 or tag in _USUAL)


def language_in_file_name(file_name: str) -> str:
    """Return the language that the name of a file ends with (`terms.de.csv`, `en-fr.tsv`), else ""."""
    found = _AT_THE_END.search(file_name)
    return language_of(found[1]) if found else ""


def primary(tag: str) -> str:
    """Return the language of a tag without script and region."""
    return tag.split("-")[0].lower()


def best_match(wanted: str, tags: list[str]) -> int | None:
    """Return the place of the tag that fits a language best: the same, else one that differs in region."""
    lowered = [tag.lower() for tag in tags]
    if wanted.lower() in lowered:
        return lowered.index(wanted.lower())
    bare = [primary(tag) for tag in tags]
    return bare.index(primary(wanted)) if primary(wanted) in bare else None


# The languages that run from right to left, and the scripts that a language tag may name instead
# (Unicode CLDR, characterOrder).
_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
_RIGHT_TO_LEFT_SCRIPTS = {"arab", "hebr", "nkoo", "syrc", "thaa", "adlm", "rohg"}


def direction(tag: str) -> str:
    """Return `rtl` or `ltr` for a language tag such as `ar`, `uz-Arab` or `en-GB`."""
    first, *rest = tag.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    runs_left = script in _RIGHT_TO_LEFT_SCRIPTS if script else first in _RIGHT_TO_LEFT
    return "rtl" if runs_left else "ltr"


def name_of(tag: str) -> str:
    """Return what a language is called (`de` gives `German`), or its tag where that is not known."""
    try:
        return str(get_language_info(tag.lower())["name"])
    except KeyError:
        return tag
