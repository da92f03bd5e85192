"""Markdown with front matter, one file for each term: as Kubernetes, CNCF and MDN write it, and as we do.

The front matter is YAML between two lines `---` (a convention of Jekyll and Hugo, no standard). Files of
ours say so by the key `termbook`: they are read back just as they were written, and what is not in
them is empty. Of all others the body is translated from the marks of its site (`site_markup`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...errors import UnreadableFile
from .. import safe_yaml
from ..decoding import decode
from ..packed import GivenFile
from ..record import Refs, RowProblem, TermRecord
from .pages import OURS, WHOLE_FILE, book_of, by_language, keys_of, names_a_collection, pages_of, split
from .records import PageReader, key_of
from .writing import files, write

__all__ = [
    "body_below_front_matter",
    "files",
    "looks_like",
    "names_a_collection",
    "read",
    "read_together",
    "write",
]


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are the Markdown file of one term."""
    try:
        page = split(decode(data), "")
    except UnreadableFile:
        return 0.0
    if page is None:
        return 0.0
    try:
        keys = keys_of(safe_yaml.load(page.front_matter).value)
    except UnreadableFile:
        return 0.5
    if OURS in keys:
        return 1.0
    if "title" not in keys:
        return 0.4 if keys else 0.0
    return 0.45 if names_a_collection(keys["title"]) else 0.85


def body_below_front_matter(text: str) -> tuple[str, str]:
    """Return the front matter with its lines, which may be nothing, and what stands below it."""
    page = split(text, "")
    return (text[: len(text) - len(page.body)], page.body) if page else ("", text)


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield the record of one file, or the problem that says why it is not the file of a term.

    Raises UnreadableFile without front matter, or if its YAML is broken.
    """
    for item in read_together([GivenFile(file_name, data)], language=language):
        if isinstance(item, RowProblem) and item.column == WHOLE_FILE:
            raise UnreadableFile(item.message)
        yield item


def read_together(files: Sequence[GivenFile], *, language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield the records of the files of one collection, which name each other, in their order.

    Files of the same name in folders of languages (`en/`, `de/`) are one term: the texts of the other
    languages become translated names of it, and further data.
    """
    pages, problems = pages_of(files)
    found = by_language(pages, language)
    yield from problems
    yield from found.problems
    book = book_of(found.own)
    refs = Refs()
    for page in found.own:
        reader = PageReader(page, book, found.translations.get(page.path, ()))
        record = reader.record()
        yield from reader.problems
        if record is not None:
            yield TermRecord(ref=refs.take(key_of(record, page)), path=page.path, **record)
