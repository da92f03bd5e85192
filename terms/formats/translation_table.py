"""Tables of two languages: for machine translation (DeepL, Google), and from translators.

Read are tables with columns called source and target (Weblate's, Microsoft's) and DeepL's own, which
name no columns. Written are two columns without a header, for the language that the glossary is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..errors import InvalidContent, UnreadableFile
from ..text import name_key
from . import prose
from .columns import header_key
from .decoding import decode
from .delimited import Row, Table, fitted, table, unguarded
from .languages import best_match, language_in_file_name, language_of
from .record import (
    LONGEST_NAME,
    AliasRecord,
    Flag,
    Glossary,
    NoteRecord,
    Refs,
    RowProblem,
    TermRecord,
)
from .term_lists import UNKNOWN_LANGUAGE

_MEANING = {
    "source": "source",
    "original": "source",
    "untranslated": "source",
    "source_text": "source",
    "source_term": "source",
    "target": "target",
    "translated": "target",
    "translation": "target",
    "target_text": "target",
    "target_term": "target",
    "source_lang": "source_language",
    "source_language": "source_language",
    "target_lang": "target_language",
    "target_language": "target_language",
    "definition": "definition",
    "description": "definition",
    "explanation": "definition",
    "context": "context",
    "translator_comments": "note",
    "developer_comments": "note",
    "comments": "note",
    "notes": "note",
    "fuzzy": "fuzzy",
    "state": "fuzzy",
}
_DEEPL = ("source", "target", "source_language", "target_language", "relevance")
_MOST_BYTES = 1024
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PUT_IN_APOSTROPHES = re.compile(r"'[=+\-@%\\].*'", re.DOTALL)


# --- Reading -------------------------------------------------------------------------------------


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a table of two languages."""
    try:
        found = table(decode(data), is_heading=_is_heading)
    except UnreadableFile:
        return 0.0
    return 0.97 if reads(found.head.cells) or _names_languages(found) else 0.0


def reads(names: Sequence[str]) -> bool:
    """Say whether these headings are over a source and a target, and none over a definition."""
    meant = [_MEANING.get(header_key(name)) for name in names]
    return "source" in meant and "target" in meant and not {"term", "name"} & set(map(header_key, names))


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record with one translation for each row, and a problem for each that cannot be used.

    The language of the translations stands in the table (DeepL), or the name of the file ends with it.
    A table without headings is taken as source and target.

    Raises UnreadableFile when there are not two columns.
    """
    found = table(decode(data), is_heading=_is_heading)
    yield from read_table(found, file_name=file_name, language=language)


def read_table(
    found: Table, *, file_name: str = "", language: str = "en"
) -> Iterator[TermRecord | RowProblem]:
    """Do what `read` does, for rows that may come from elsewhere."""
    has_headings = reads(found.head.cells)
    if not has_headings and not 2 <= found.width <= len(_DEEPL):
        raise UnreadableFile(
            f"The table has {found.width} columns. A translation table has two: source and target, "
            "and no third but for the languages."
        )
    names = found.head.cells if has_headings else _DEEPL[: found.width]
    head = found.head.line if has_headings else 0
    reader = _Reader(names, _target_language(file_name, language))
    for row in found.rows():
        reader.look_at(row)
    if reader.needs_language:
        yield reader.said_of_language(found.head.line)
    for row in found.rows():
        if row.line != head:
            yield from reader.items(row)


def _is_heading(cell: str) -> bool:
    return header_key(cell) in _MEANING


def _names_languages(found: Table) -> bool:
    """Say whether the third and fourth column say the languages in every row, as DeepL writes it."""
    return found.width in (4, 5) and all(
        len(row.cells) >= 4 and language_of(row.cells[2]) and language_of(row.cells[3])
        for row in found.sample
    )


def _target_language(file_name: str, language: str) -> str:
    said = language_in_file_name(file_name)
    return said if said and best_match(language, [said]) is None else ""


class _Reader:
    """Turns rows into records, after it has looked at all of them once."""

    def __init__(self, names: Sequence[str], file_language: str) -> None:
        self.headings = [name.strip() for name in names]
        self.fields = [_MEANING.get(header_key(name), "") for name in names]
        self.file_language = file_language
        self.needs_language = "target_language" not in self.fields
        self.refs = Refs()
        self.lines: dict[str, int] = {}
        self.contexts: dict[str, set[str]] = {}

    def look_at(self, row: Row) -> None:
        """Remember what is the same and what is different about rows of one name."""
        by_field = self._by_field(row.cells)
        key = name_key(by_field.get("source", ""))
        self.contexts.setdefault(key, set()).add(by_field.get("context", ""))

    def said_of_language(self, line: int) -> RowProblem:
        if self.file_language:
            said = f"The translations were taken for “{self.file_language}”, as the name of the file says."
        else:
            said = (
                "The file does not say in which language the translations are. Let its name end with the "
                "language, for instance “terms.fr.csv”."
            )
        return RowProblem(line, "target", "", said, fatal=False)

    def items(self, row: Row) -> Iterator[TermRecord | RowProblem]:
        """Yield what is wrong with a row, then its record if it makes one."""
        cells, problem = fitted(row, len(self.fields))
        by_field = self._by_field(cells)
        name = " ".join(by_field.get("source", "").split())
        if problem is None or not problem.fatal:
            problem = _problem_of_name(row.line, name) or problem
        if problem:
            yield problem
        if problem is None or not problem.fatal:
            yield self._record(row.line, name, by_field, cells)

    def _by_field(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the first cell of each field, and all notes."""
        found: dict[str, str] = {}
        for field, cell in zip(self.fields, cells, strict=False):
            if field == "note" and field in found:
                found[field] = "\n\n".join(filter(None, (found[field], _bare(cell))))
            elif field:
                found.setdefault(field, _bare(cell))
        return found

    def _record(self, line: int, name: str, by_field: dict[str, str], cells: Sequence[str]) -> TermRecord:
        target = " ".join(by_field.get("target", "").split())
        language = language_of(by_field.get("target_language", "")) or self.file_language or UNKNOWN_LANGUAGE
        usable = 0 < len(target) <= LONGEST_NAME and name_key(target) != name_key(name)
        short, definition = _texts(by_field.get("definition"))
        note = by_field.get("note")
        qualifier = by_field.get("context", "") if len(self.contexts[name_key(name)]) > 1 else ""
        return TermRecord(
            line=line,
            name=name,
            ref=self.refs.take(f"{name} ({qualifier})" if qualifier else name),
            qualifier=qualifier[:100] or None,
            short_definition=short,
            definition=definition,
            aliases=(AliasRecord(target, "translation", language=language),) if usable else (),
            notes=None if note is None else (NoteRecord("editorial", note[:20_000]),) if note.strip() else (),
            further=self._further(cells, usable),
            flags=tuple(self._flags(line, name, qualifier, by_field)),
        )

    def _further(self, cells: Sequence[str], usable: bool) -> dict[str, str]:
        kept = ("", "context", "fuzzy") if usable else ("", "context", "fuzzy", "target")
        return {
            heading: _bare(cell)
            for heading, field, cell in zip(self.headings, self.fields, cells, strict=False)
            if cell and heading and field in kept
        }

    def _flags(self, line: int, name: str, qualifier: str, by_field: dict[str, str]) -> Iterator[Flag]:
        first = self.lines.setdefault(name_key(f"{name} ({qualifier})"), line)
        if first != line:
            said = f"The name stands in line {first} already; give one of the two a qualifier, or merge them."
            yield Flag("same_name", said)
        if qualifier:
            said = f"The name stands there in another context too; “{qualifier[:80]}” was made its qualifier."
            yield Flag("homograph", said)
        if by_field.get("fuzzy", "").lower() in ("true", "fuzzy", "needs editing"):
            yield Flag("unsure_translation", "The file marks the translation as unsure.")


def _problem_of_name(line: int, name: str) -> RowProblem | None:
    if not name:
        return RowProblem(line, "source", "", "The row has no source. Fill it in or remove the row.")
    if len(name) > LONGEST_NAME:
        said = f"The text has {len(name)} signs, {LONGEST_NAME} are allowed: it is no term."
        return RowProblem(line, "source", name[:80], said)
    return None


def _texts(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    return prose.placed(prose.from_html(text) if prose.is_html(text) else text)


def _bare(cell: str) -> str:
    """Return a cell without what keeps spreadsheets from taking it for a formula: ours, and Weblate's.

    Weblate puts such a cell between apostrophes and writes its bars as `\\|`.
    """
    if len(cell) > 2 and _PUT_IN_APOSTROPHES.fullmatch(cell):
        return cell[1:-1].replace("\\|", "|").strip()
    return unguarded(cell).strip()


# --- Writing -------------------------------------------------------------------------------------


def write(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Return the lines of a table: name, tab, translation into the glossary's target language.

    Nothing is escaped and no name stands there twice, as the machines ask for it; terms without a
    translation are left out.

    Raises InvalidContent, before anything is written, when no target language is asked for.
    """
    target = language_of(glossary.target_language)
    if not target:
        said = f"“{glossary.target_language:.40}” is no language." if glossary.target_language else ""
        sentence = f"{said} Choose the one to translate into, for instance “de”.".strip()
        raise InvalidContent({"language": [f"Language: {sentence}"]})
    return _lines(records, target)


def _lines(records: Iterable[TermRecord], target: str) -> Iterator[bytes]:
    taken: set[str] = set()
    for record in records:
        source = _plain(record.name)
        translation = _plain(_translation(record, target))
        if source and translation and source not in taken and _fits(source) and _fits(translation):
            taken.add(source)
            yield f"{source}\t{translation}\n".encode()


def _translation(record: TermRecord, target: str) -> str:
    """Return the name in a language, preferred ones first; one of another region if there is no other."""
    found = [
        alias
        for alias in record.aliases or ()
        if alias.kind == "translation" and alias.status in ("preferred", "admitted")
    ]
    found.sort(key=lambda alias: alias.status != "preferred")
    place = best_match(target, [alias.language for alias in found])
    return "" if place is None else found[place].text


def _plain(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _fits(text: str) -> bool:
    return len(text.encode()) <= _MOST_BYTES
