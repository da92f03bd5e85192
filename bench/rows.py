"""What is asked of the glossary, row by row of the table: the requests, and the aim of each.

Shared by the load client (`run.py`) and the profile (`hotspots.py`), so that both ask the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

Asked = dict[str, list[str]]

# As a reader who reloads by force: the front makes the page anew and keeps it.
MADE_NEW = ("Cache-Control: no-cache",)
GZIP = ("Accept-Encoding: gzip",)
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Row:
    """A line of the table.

    `contains` says what has to stand in the answer to a path. `aims` are shares of a file of the same
    size, by the number of terms. `known` are asked again with the ETag they came with; `few` of them
    only, so that all of them are kept.
    """

    title: str
    paths: Callable[[Asked], list[str]]
    contains: Callable[[str], bytes]
    headers: tuple[str, ...] = ()
    aims: dict[int, float] | None = None
    known: bool = False
    few: int = 0

    def aim(self, size: int) -> float | None:
        return (self.aims or {}).get(size)


def _term_pages(asked: Asked) -> list[str]:
    return [f"/terms/{quote(slug)}/" for slug in asked["slugs"]]


def _index_pages(asked: Asked) -> list[str]:
    return asked["index_pages"]


def _searches(asked: Asked) -> list[str]:
    return [f"/search?{urlencode({'q': words})}" for words in asked["searches"]]


def _suggestions(asked: Asked) -> list[str]:
    return [f"/api/v1/suggest?{urlencode({'q': letters})}" for letters in asked["beginnings"]]


def _documents(asked: Asked) -> list[str]:
    return [f"/api/v1/terms/{id}/" for id in asked["ids"]]


def _lists(asked: Asked) -> list[str]:
    pages = max(1, min(40, int(asked["count"][0]) // 50))
    return [f"/api/v1/terms/?page={1 + number * 7 % pages}" for number in range(pages)]


def _history(path: str) -> bytes:
    return f"{path}history/".encode()


def _says(words: bytes) -> Callable[[str], bytes]:
    return lambda path: words


ROWS = {
    "term": Row("term page, from the front", _term_pages, _history, aims={4_000: 0.35}, few=300),
    "term-gzip": Row("term page, from the front, compressed", _term_pages, _says(GZIP_MAGIC), GZIP, few=300),
    "term-304": Row("term page, unchanged (304)", _term_pages, _says(b""), known=True, few=300),
    "term-new": Row("term page, made new", _term_pages, _history, MADE_NEW, {4_000: 0.02}),
    "a-z-new": Row("A–Z page, made new", _index_pages, _says(b'class="entries'), MADE_NEW, {4_000: 0.03}),
    "search-new": Row(
        "search, 2 words, made new",
        _searches,
        _says(b'class="count-line"'),
        MADE_NEW,
        {4_000: 0.02, 100_000: 0.01},
    ),
    "suggest": Row(
        "autocomplete, 2–5 letters, made new",
        _suggestions,
        _says(b'"slug":'),
        MADE_NEW,
        {4_000: 0.07, 100_000: 0.07},
    ),
    "suggest-kept": Row("autocomplete, from the front", _suggestions, _says(b'"slug":'), few=300),
    "json": Row(
        "JSON, one term, made new", _documents, _says(b'"definition_html":'), MADE_NEW, {4_000: 0.07}
    ),
    "json-kept": Row("JSON, one term, from the front", _documents, _says(b'"definition_html":'), few=300),
    "json-50": Row(
        "JSON, 50 terms, made new", _lists, _says(b'"definition_html":'), MADE_NEW, {4_000: 0.045}
    ),
}
