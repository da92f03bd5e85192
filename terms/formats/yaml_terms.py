"""YAML: lists of terms, glosario-like ones in several languages, and DataHub's business glossary.

All scalars are texts as they are written (`no`, `404`, `2018-04-12`). What a mapping says is the same as
in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import UnreadableFile
from . import catalogues
from .decoding import decode
from .described import Draft, drafted
from .entries import Entry, entries_in, shown
from .entry_links import linked
from .member_names import SAYS_SOMETHING, field_of, holds_groups, holds_terms
from .record import RowProblem, TermRecord
from .safe_yaml import Document, load_all

LARGEST = 20 * 1024 * 1024

_SAMPLE = 100_000
_MEMBER = re.compile(r"""[ \t]*(?:-[ \t]+)*(["']?)([\w@-][\w @.-]{0,60})\1[ \t]*:(?:[ \t]+\S|[ \t]*$)""")
_FOLDED = re.compile(r"^\S.{0,80}?:[ \t]+[|>][+-]?[ \t]*$")
_BEGINS_A_DOCUMENT = re.compile(r"---(?:[ \t]|$)|%YAML|%TAG")
_LEAST_SHARE = 0.5


# --- Recognising ---------------------------------------------------------------------------------


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are YAML with terms in it; broken YAML too."""
    try:
        text = decode(data)[:_SAMPLE]
    except UnreadableFile:
        return 0.0
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines or _is_front_matter(lines):
        return 0.0
    first = next((line for line in lines if not _BEGINS_A_DOCUMENT.match(line)), "")
    if not _MEMBER.match(first):
        return 0.0
    return _likeness(lines)


def _is_front_matter(lines: list[str]) -> bool:
    """Say whether YAML stands only at the beginning, and prose after the second line of hyphens."""
    if not lines[0].startswith("---"):
        return False
    ends = [place for place, line in enumerate(lines) if place and line.rstrip() == "---"]
    after = lines[ends[0] + 1 :] if ends else []
    return bool(ends) and not (after and _MEMBER.match(after[0]))


def _likeness(lines: list[str]) -> float:
    names = [match[2] for line in lines if (match := _MEMBER.match(line))]
    fields = {(field_of(name) or ("",))[0] for name in names}
    indented = any(line.startswith((" ", "\t", "- ")) for line in lines)
    if "name" in fields and fields & SAYS_SOMETHING and indented:
        return 0.93
    if (
        indented
        and fields & SAYS_SOMETHING
        and any(holds_terms(name) or holds_groups(name) for name in names)
    ):
        return 0.9
    if sum(bool(_FOLDED.search(line)) for line in lines) > 1 and names:
        return 0.85
    # A page of “Term: definition” is a mapping as well, and more likely meant as a text.
    return 0.2 if len(names) >= _LEAST_SHARE * len(lines) else 0.0


# --- Reading -------------------------------------------------------------------------------------


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each entry that can be used and a problem for each that cannot.

    Raises UnreadableFile, with the line, for broken YAML (tabs as indent, bombs of aliases, objects of
    programs), and when no terms are in the file.
    """
    text = decode(data)
    if len(text) > LARGEST:
        raise UnreadableFile(
            f"The file has {len(text) // 2**20} MB; {LARGEST // 2**20} MB are allowed. Import it in parts."
        )
    yield from linked(_items_of(_with_terms(text), language))


def _with_terms(text: str) -> list[Document]:
    return [document for document in load_all(text) if document.value not in ("", [], {})]


def _items_of(documents: list[Document], language: str) -> Iterator[Draft | RowProblem]:
    if not documents:
        raise UnreadableFile("The file holds nothing but comments.")
    for document in documents:
        for line, name in document.repeated:
            message = "This name stands twice in one mapping; what it says last was taken. Keep one of them."
            yield RowProblem(line, shown(name), "", message, fatal=False)
    for document in documents:
        for item in _entries_of(document, is_only_one=len(documents) == 1):
            yield drafted(item, language=language) if isinstance(item, Entry) else item


def _entries_of(document: Document, *, is_only_one: bool) -> list[Entry | RowProblem]:
    if catalogues.is_datahub(document.value):
        return list(catalogues.datahub_entries(document.value, document.lines))
    try:
        return entries_in(document.value, document.lines)
    except UnreadableFile as error:
        if is_only_one:
            raise
        line = document.lines.get(id(document.value), 1)
        return [RowProblem(line, "", "", error.message)]
