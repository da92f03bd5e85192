"""The frame of the book: title page, letters, and the lines under them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from urllib.parse import quote

from ... import collation, markup
from ..languages import direction
from ..record import Glossary, TermRecord
from .article import Articles
from .pieces import address_in_book, name_in, shown, web_link
from .shelf import Line, Shelf

# Code, tables and formulas look as on the site, whose sheet for them this is.
_SHEETS = (Path(__file__).parents[2] / "static/terms/code.css", Path(__file__).with_name("page.css"))
_STYLE = "\n".join(sheet.read_text(encoding="utf-8") for sheet in _SHEETS)


def write(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield the book piece by piece."""
    return (piece.encode("utf-8", errors="replace") for piece in _pieces(records, glossary))


def _pieces(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[str]:
    yield _head(glossary)
    with closing(Shelf(glossary.language)) as shelf:
        shelf.put(records)
        yield _title_page(glossary, len(shelf.names))
        yield _letters(dict.fromkeys(line.letter for line in shelf.lines), glossary.language)
        yield "<main>\n"
        lookup = glossary.names() if glossary.names else _NoNames()
        articles = Articles(glossary, shelf.names, shelf.slugs, lookup)
        for letter, lines in groupby(shelf.lines, attrgetter("letter")):
            yield _heading(letter, glossary.language)
            for line in lines:
                if line.is_see:
                    yield _see(line, shelf)
                else:
                    yield articles.article(shelf.record_of(line), line.number)
            yield "</section>\n"
    yield "</main>\n</body>\n</html>\n"


class _NoNames:
    """Where it is not known what other terms are called, no name is linked."""

    def get(self, key: str, /) -> markup.Target | None:
        return None

    def reach(self, sign: str, /) -> int:
        return 0


# --- The beginning -------------------------------------------------------------------------------


def _head(glossary: Glossary) -> str:
    language, side = shown(glossary.language), direction(glossary.language)
    style = f"{_STYLE}\n{_running_head(glossary.name, 'right' if side == 'rtl' else 'left')}\n"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{side}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="generator" content="Termbook">\n'
        f"<title>{shown(glossary.name)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _running_head(name: str, corner: str) -> str:
    """Return the rule that prints the name of the glossary above each page of paper."""
    # In a style sheet any sign can be written by its number: none can end the text, or the sheet.
    text = re.sub(r"[^A-Za-z0-9]", lambda sign: f"\\{ord(sign[0]):06x}", name)
    return f'@page {{ @top-{corner} {{ content: "{text}"; color: #5f584e; font: 9pt serif; }} }}'


def _title_page(glossary: Glossary, count: int) -> str:
    tagline = f'<p class="tagline">{shown(glossary.description)}</p>\n' if glossary.description else ""
    facts = {
        "Terms": f"{count:,}",
        "As of": _day(glossary.modified),
        "On the web": web_link(glossary.url),
        "Licence": web_link(glossary.licence, relation="license"),
    }
    imprint = "".join(
        f'<div><dt class="label">{label}</dt><dd>{told}</dd></div>\n' for label, told in facts.items() if told
    )
    return (
        f'<header class="title-page">\n<h1>{shown(glossary.name)}</h1>\n'
        f'{tagline}<dl class="imprint">\n{imprint}</dl>\n</header>\n'
    )


def _day(moment: str) -> str:
    try:
        day = date.fromisoformat(moment[:10])
    except ValueError:
        return shown(moment)
    return f'<time datetime="{day.isoformat()}">{day.day} {day:%B %Y}</time>'


# --- Letters and their lines ---------------------------------------------------------------------


def _letters(letters: Iterable[str], language: str) -> str:
    items = "".join(
        f'<li><a href="#{quote(_place(letter))}">{_label(letter, language)}</a></li>' for letter in letters
    )
    if not items:
        return "<p>There are no terms in this book.</p>\n"
    return f'<nav class="letters" aria-label="Letters"><ul>{items}</ul></nav>\n'


def _heading(letter: str, language: str) -> str:
    place, label = shown(_place(letter)), _label(letter, language)
    return f'<section class="letter" aria-labelledby="{place}">\n<h2 id="{place}">{label}</h2>\n'


def _place(letter: str) -> str:
    return f"letter-{letter}"


def _label(letter: str, language: str) -> str:
    return shown(collation.letter_label(letter, language))


def _see(line: Line, shelf: Shelf) -> str:
    name, term = name_in(line.language, line.text), shown(shelf.names[line.id])
    link = f'<a href="{address_in_book(line.id)}"><bdi>{term}</bdi></a>'
    return f'<p class="see"><span>{name}</span> <span><span class="label">see</span> {link}</span></p>\n'
