"""Which lists and tables of a page are the glossary, and what stands together in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from .. import csv_table
from .page import classes, said

_LETTER = re.compile(
    r"[^\W_]|#|[^\W\d_] ?[-–/] ?[^\W\d_]|0 ?[-–] ?9|numbers|digits|symbols|others?|misc(?:ellaneous)?",
    re.IGNORECASE,
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")


@dataclass(frozen=True)
class Entry:
    """The names and the senses that stand together in a list."""

    line: int
    terms: tuple[HtmlElement, ...]
    senses: tuple[HtmlElement, ...]


@dataclass(frozen=True)
class Lists:
    """The lists of a page that are its glossary, and the entries of each of the others."""

    entries: tuple[Entry, ...]
    others: tuple[tuple[Entry, ...], ...] = ()


def lists_of(page: HtmlElement) -> Lists:
    """Return the lists called a glossary, else all that stand under single letters, else the largest."""
    found = {element: tuple(entries_of(element)) for element in page.iter("dl") if not _is_nested(element)}
    found = {element: entries for element, entries in found.items() if entries}
    chosen = [element for element in found if _is_called_glossary(element)]
    if not chosen:
        under_letters = _under_letters(page)
        chosen = [element for element in found if element in under_letters]
        if len(chosen) < 2:
            chosen = sorted(found, key=lambda element: -len(found[element]))[:1]
    return Lists(
        entries=tuple(entry for element in chosen for entry in found[element]),
        others=tuple(found[element] for element in found.keys() - set(chosen)),
    )


def entries_of(element: HtmlElement) -> Iterator[Entry]:
    """Yield the runs of terms, each with the senses that follow it."""
    terms: list[HtmlElement] = []
    senses: list[HtmlElement] = []
    for part in _parts(element):
        if part.tag == "dt" and senses:
            yield Entry(terms[0].sourceline or 0, tuple(terms), tuple(senses))
            terms, senses = [], []
        if part.tag == "dt":
            terms.append(part)
        elif terms:
            senses.append(part)
    if terms:
        yield Entry(terms[0].sourceline or 0, tuple(terms), tuple(senses))


def _parts(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield terms and senses in order; `<div>` may stand around them (HTML Standard, 4.4.9)."""
    for child in element:
        if child.tag in ("dt", "dd"):
            yield child
        elif child.tag == "div":
            yield from _parts(child)


def _is_nested(element: HtmlElement) -> bool:
    return next(element.iterancestors("dl"), None) is not None


def _is_called_glossary(element: HtmlElement) -> bool:
    around = [element, *islice(element.iterancestors(), 2)]
    return any("gloss" in name for one in around for name in (*classes(one), (one.get("id") or "").lower()))


def _under_letters(page: HtmlElement) -> set[HtmlElement]:
    """Return the lists below headings that are a letter: “A”, “0–9”, “X-Z”."""
    found = set()
    is_letter = False
    for element in page.iter("dl", *_HEADINGS):
        if element.tag == "dl" and is_letter:
            found.add(element)
        elif element.tag != "dl" and not _is_nested(element):
            is_letter = bool(_LETTER.fullmatch(said(element)))
    return found


# --- Tables --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """Rows below the same headings, in one table of the page or several."""

    headings: tuple[str, ...]
    rows: tuple[HtmlElement, ...]


def table_of(page: HtmlElement) -> Table:
    """Return the largest table with a heading for names, with all others that have the same headings."""
    rows_by_headings: dict[tuple[str, ...], list[HtmlElement]] = {}
    for element in page.iter("table"):
        rows = _rows(element)
        headings = tuple(said(cell) for row in rows[:1] for cell in cells_of(row))
        if len(headings) > 1 and csv_table.reads(headings):
            rows_by_headings.setdefault(headings, []).extend(rows[1:])
    headings = max(rows_by_headings, key=lambda key: len(rows_by_headings[key]), default=())
    return Table(headings, tuple(rows_by_headings.get(headings, ())))


def _rows(element: HtmlElement) -> Sequence[HtmlElement]:
    return [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]


def cells_of(row: HtmlElement) -> list[HtmlElement]:
    return [cell for cell in row if cell.tag in ("td", "th")]
