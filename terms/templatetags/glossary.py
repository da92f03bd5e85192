"""What templates need to say about languages: their names and the direction they are written in."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language_info

register = template.Library()

# The languages that run from right to left, and the scripts that a language tag may name instead
# (Unicode CLDR, characterOrder).
_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
_RIGHT_TO_LEFT_SCRIPTS = {"arab", "hebr", "nkoo", "syrc", "thaa", "adlm", "rohg"}


@register.filter
def direction(language: str) -> str:
    """Return `rtl` or `ltr` for a language tag such as `ar`, `uz-Arab` or `en-GB`."""
    first, *rest = language.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    runs_left = script in _RIGHT_TO_LEFT_SCRIPTS if script else first in _RIGHT_TO_LEFT
    return "rtl" if runs_left else "ltr"


@register.filter
def language_name(language: str) -> str:
    """Return what a language is called (`de` gives `German`), or its tag where that is not known."""
    try:
        return get_language_info(language.lower())["name"]
    except KeyError:
        return language
