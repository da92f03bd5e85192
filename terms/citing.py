"""How a term is cited: as a line of text, as a link for Markdown and for HTML, and for BibTeX."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape


@dataclass(frozen=True)
class Cited:
    """One version of a term, as somebody who quotes it wants to name it.

    `address` is the permanent one, with the host; `authors` are empty where readers are not told.
    """

    public_id: str
    name: str
    site: str
    address: str
    version: int
    changed: date
    authors: Sequence[str] = ()


def as_text(cited: Cited) -> str:
    """Return a line such as `“Adam”, Termbook, version 4 of 3 May 2026, https://g.example/t/4f2a/`."""
    by = f"{_listed(cited.authors)}, " if cited.authors else ""
    day = f"{cited.changed.day} {_MONTHS[cited.changed.month - 1]} {cited.changed.year}"
    return f"{by}“{cited.name}”, {cited.site}, version {cited.version} of {day}, {cited.address}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def as_markdown(cited: Cited) -> str:
    """Return a link for CommonMark and its relatives; no sign of the name means anything to them."""
    return f"[{cited.name.translate(_IN_MARKDOWN)}]({cited.address})"


_IN_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>&~|$"})


def as_html(cited: Cited) -> str:
    """Return a link for the source of a page."""
    return f'<a href="{escape(cited.address)}">{escape(cited.name)}</a>'


def as_bibtex(cited: Cited) -> str:
    """Return an entry for BibTeX and BibLaTeX.

    Accented Latin letters are written as TeX does, which the oldest programs sort and shorten
    rightly; other scripts stay as they are, for the programs that read UTF-8.
    """
    fields = {
        "author": " and ".join(map(_bibtex_person, cited.authors)),
        "title": f"{{{_tex(cited.name)}}}",
        "howpublished": _tex(cited.site),
        "year": str(cited.changed.year),
        "month": _MONTHS[cited.changed.month - 1][:3].lower(),
        "note": f"Version {cited.version}",
        "url": cited.address.translate(_IN_BIBTEX_URL),
    }
    # A month is one of BibTeX's own words: in braces it would be text.
    lines = [
        f"  {field} = {value}" if field == "month" else f"  {field} = {{{value}}}"
        for field, value in fields.items()
        if value
    ]
    return ",\n".join([f"@misc{{term-{cited.public_id}-v{cited.version}", *lines]) + "\n}"


_IN_BIBTEX_URL = str.maketrans({sign: f"%{ord(sign):02X}" for sign in " {}\\"})


def _bibtex_person(name: str) -> str:
    """What is no plain “First Last” stands in braces: BibTeX would take it apart."""
    is_plain = " " in name and "," not in name and " and " not in name.casefold()
    return _tex(name) if is_plain else f"{{{_tex(name)}}}"


# BibTeX counts braces even behind a backslash.
_TEX_SIGNS = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "^": r"{\textasciicircum}",
    "~": r"{\textasciitilde}",
    "<": r"{\textless}",
    ">": r"{\textgreater}",
    "|": r"{\textbar}",
    **{sign: f"\\{sign}" for sign in "$&#_%"},
    "ß": r"{\ss}",
    "æ": r"{\ae}",
    "Æ": r"{\AE}",
    "œ": r"{\oe}",
    "Œ": r"{\OE}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
}
_TEX_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0323": "d",
    "\u0327": "c",
    "\u0328": "k",
    "\u0331": "b",
}


def _tex(text: str) -> str:
    return "".join(map(_tex_sign, " ".join(unicodedata.normalize("NFC", text).split())))


def _tex_sign(sign: str) -> str:
    taken_apart = unicodedata.normalize("NFD", sign)
    letter, marks = taken_apart[0], taken_apart[1:]
    if letter.isascii() and marks in _TEX_ACCENTS:
        base = {"i": r"{\i}", "j": r"{\j}"}.get(letter, letter)
        accent = _TEX_ACCENTS[marks]
        return f"{{\\{accent}{base}}}" if not accent.isalpha() else f"{{\\{accent}{{{base}}}}}"
    return _TEX_SIGNS.get(sign, sign)
