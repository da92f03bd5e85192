"""What the columns of a table hold, told from their headings or, where there are none, from the cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from ..errors import UnreadableFile
from .delimited import MOST_COLUMNS, Row, Table
from .languages import best_match, is_surely_language, language_of
from .record import RowProblem

OUR_COLUMNS = (
    "id",
    "slug",
    "name",
    "qualifier",
    "status",
    "short_definition",
    "definition",
    "aliases",
    "tags",
    "broader",
    "related",
    "see_also",
    "replaced_by",
    "sources",
    "notes",
    "external_ids",
    "review_by",
    "updated_at",
    "deprecation_reason",
    "links_itself",
)

_ALSO_CALLED = {
    "id": "identifier term_id",
    "name": "term title label preflabel pref_label word entry concept headword term_name name_of_term "
    "preferred_term business_term begriff fachbegriff benennung terme término termino termine",
    "qualifier": "sense disambiguation",
    "status": "state",
    "short_definition": "summary short_description short kurzdefinition",
    "definition": "description meaning explanation definitions def desc erklärung erläuterung bedeutung "
    "beschreibung définition definición definizione definitie descripción",
    "aliases": "alias synonyms synonym alternative_names alternative_terms also_known_as aka altlabel "
    "alt_label alt_labels variants synonyme synonymes sinónimos sinonimi synoniemen",
    "tags": "tag category categories subject subjects topic topics theme themes domain subject_field "
    "subject_area kategorie kategorien thema thème catégorie categoría",
    "broader": "broader_term parent",
    "related": "related_terms relatedterms related_term verwandt",
    "see_also": "seealso see siehe_auch",
    "replaced_by": "replacedby successor successors",
    "sources": "source reference references quelle quellen fuente",
    "notes": "note comment comments remark remarks anmerkung anmerkungen bemerkung kommentar",
    "external_ids": "external_id",
    "review_by": "review_date",
    # What we have no column for, but a place.
    "uri": "iri concept_uri term_uri",
    "link": "url links website weblink see_url",
    "acronyms": "acronym abbreviation abbreviations abbr abkürzung sigle",
    "full_forms": "expansion expanded full_form full_name long_form stands_for spelled_out",
    "translations": "translation",
    "examples": "example example_sentence beispiel exemple ejemplo esempio",
    "usage_notes": "usage_note usage",
    "scope_notes": "scope_note scopenote",
    "part_of_speech": "pos word_class wortart",
}
_MEANING = {name: name for name in (*OUR_COLUMNS, *_ALSO_CALLED)} | {
    other: name for name, others in _ALSO_CALLED.items() for other in others.split()
}
_GATHERED = {
    "aliases",
    "tags",
    "related",
    "see_also",
    "sources",
    "notes",
    "link",
    "acronyms",
    "full_forms",
} | {
    "translations",
    "examples",
    "usage_notes",
    "scope_notes",
    "external_ids",
}
_LANGUAGE_OF_A_COLUMN = tuple(
    re.compile(rf"(.+?)[\s_:@./(\[-]+({code})[)\]]?", re.IGNORECASE)
    for code in (r"[a-z]{2}[-_](?:[a-z]{4}|[a-z]{2}|[0-9]{3})", r"[^\W_]+")
)
_LONGEST_HEADING = 80
_NOWHERE: tuple[int, ...] = ()
_URI = re.compile(r"<[a-z][a-z0-9+.-]*:[^\s<>]+>|(?:https?://|urn:)\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """What one column holds: a field ("" if it is not known), in a language, under a heading."""

    heading: str
    field: str = ""
    language: str = ""


@dataclass(frozen=True)
class Columns:
    """The columns of a table; `line` is that of its headings, 0 if there are none.

    `taken_as` says what was guessed of columns without headings.
    """

    columns: tuple[Column, ...]
    line: int = 0
    taken_as: str = ""

    @property
    def names_them(self) -> bool:
        return self.line > 0 and sum(bool(column.field) for column in self.columns) > 1

    @property
    def are_ours(self) -> bool:
        """Whether the table is written in our own columns, so that each cell is taken by the letter."""
        keys = {header_key(column.heading) for column in self.columns}
        ours = {column.field for column in self.columns if header_key(column.heading) == column.field}
        others = any(column.field not in ours for column in self.columns if column.field)
        meant = any(meaning_of(key) and key not in OUR_COLUMNS for key in keys)
        return "name" in ours and ({"id", "slug"} <= ours or not (others or meant))

    def places(self, field: str) -> Sequence[int]:
        """Return where the columns of a field stand."""
        return self._places.get(field, _NOWHERE)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, column in enumerate(self.columns):
            places.setdefault(column.field, []).append(place)
        return places

    def unused(self) -> list[RowProblem]:
        """Return a note for each column whose heading says nothing to us, and for what was guessed."""
        notes = [
            RowProblem(
                line=self.line,
                column=column.heading,
                value="",
                message=f"The column is not used; its cells are kept as further data. Columns that are used: "
                f"{', '.join(OUR_COLUMNS)}.",
                fatal=False,
            )
            for column in self.columns
            if self.line and column.heading and not column.field
        ]
        guess = RowProblem(self.line or 1, "", "", self.taken_as, fatal=False)
        return [guess, *notes] if self.taken_as else notes


def header_key(heading: str) -> str:
    """Return what counts of a heading: no asterisk, no capitals, blanks and hyphens as underscores."""
    bare = heading.replace("*", "").strip().casefold().removeprefix("skos:").removesuffix("(s)")
    return re.sub(r"[\s_-]+", "_", bare.strip())


@lru_cache(maxsize=2_000)
def meaning_of(heading: str) -> tuple[str, str] | None:
    """Return the field and the language that a heading stands for, None if it is not known.

    `ES`, `German`, `label_fi`, `prefLabel@en`, `Term:de` and `definition (fr)` name a language.
    """
    key = header_key(heading)
    if key in _MEANING:
        return _MEANING[key], ""
    if is_surely_language(heading):
        return "name", language_of(heading)
    for pattern in _LANGUAGE_OF_A_COLUMN:
        parts = pattern.fullmatch(heading.strip())
        if parts and (field := _MEANING.get(header_key(parts[1]))) and (language := language_of(parts[2])):
            return field, language
    return None


def is_heading(cell: str) -> bool:
    """Say whether a cell may be a heading that means something to us."""
    return len(cell) < _LONGEST_HEADING and meaning_of(cell) is not None


def columns_of(table: Table, language: str) -> Columns:
    """Return what each column of a table holds, in a glossary of this language.

    Raises UnreadableFile when no column can hold the names.
    """
    named = _from_headings(table, language)
    return named or _from_cells(table)


# --- By headings ---------------------------------------------------------------------------------


def _from_headings(table: Table, language: str) -> Columns | None:
    columns: list[Column] = []
    for heading in _headings_over(table):
        columns.append(_column(heading.strip(), after_a_language=bool(columns and columns[-1].language)))
    known = [column for column in columns if column.field]
    filled = [column for column in columns if column.heading]
    if len(known) == 1 and len(columns) == 2 and _may_be_headings(columns, known[0]):
        taken_as = "The first line was taken for headings, and its second column for the definitions."
        fields = tuple(column if column.field else replace(column, field="definition") for column in columns)
        return Columns(fields, table.head.line, taken_as)
    if len(known) == 1 and (known[0].field != "name" or known[0].language or len(filled) > 1):
        return None
    if not known:
        return None
    columns, taken_as = _with_one_name(columns, language, table.head)
    found = Columns(tuple(_each_field_once(columns, language)), table.head.line, taken_as)
    return _with_foreign_ids(found, table)


def _column(heading: str, *, after_a_language: bool) -> Column:
    """Return what stands under a heading; after a language, `id` and `no` are languages too."""
    if after_a_language and (language := language_of(heading)):
        return Column(heading, "name", language)
    meaning = meaning_of(heading) if len(heading) < _LONGEST_HEADING else None
    return Column(heading, *(meaning or ("", "")))


def _may_be_headings(columns: list[Column], known: Column) -> bool:
    """Say whether two cells, of which one is a known name for names, may be headings both."""
    other = next(column.heading for column in columns if column is not known)
    is_plain_name = known.field == "name" and not known.language
    return is_plain_name and 0 < len(other) <= 30 and not re.search(r"[.!?;,]", other)


def _headings_over(table: Table) -> list[str]:
    """Return the headings, with an empty one for the row numbers that R writes before the first column."""
    headings = table.head.cells
    below = [row.cells for row in table.sample[1:]]
    if below and all(len(cells) == len(headings) + 1 and cells[0].isdigit() for cells in below):
        return ["", *headings]
    return headings


def _with_one_name(columns: list[Column], language: str, head: Row) -> tuple[list[Column], str]:
    """Return the columns with one for the names, in the glossary's language; others are translations."""
    names = [place for place, column in enumerate(columns) if column.field == "name"]
    taken_as = ""
    if not names:
        names = [place for place, column in enumerate(columns) if column.field == "acronyms"][:1]
    if not names:
        raise UnreadableFile(
            f"Line {head.line}: no column holds the names. Call one of the columns “name” or “term”."
        )
    plain = [place for place in names if not columns[place].language]
    if plain:
        chosen = next((p for p in plain if header_key(columns[p].heading) == "name"), plain[0])
    else:
        tags = [columns[place].language for place in names]
        own = best_match(language, tags)
        chosen = names[own or 0]
        if own is None:
            taken_as = f"No column has names in “{language}”; those in “{tags[0]}” were taken."
    for place in names:
        column = columns[place]
        if place == chosen:
            columns[place] = replace(column, field="name")
        elif column.language and best_match(language, [column.language]) != 0:
            columns[place] = replace(column, field="translations")
        else:
            columns[place] = replace(column, field="")
    return columns, taken_as


def _each_field_once(columns: list[Column], language: str) -> list[Column]:
    """Take away the field of a column where another one has a better claim to it."""
    return [
        column
        if column.field in _GATHERED or place == _best_place(columns, column.field, language)
        else replace(column, field="")
        for place, column in enumerate(columns)
    ]


def _best_place(columns: list[Column], field: str, language: str) -> int | None:
    """Of several columns for one field, the one that has our name for it wins, else the first.

    A text in another language than the glossary's is in none of our fields.
    """
    places = [
        place
        for place, column in enumerate(columns)
        if column.field == field
        and (field == "name" or not column.language or best_match(language, [column.language]) == 0)
    ]
    exact = [place for place in places if header_key(columns[place].heading) == field]
    return next(iter(exact + places), None)


def _with_foreign_ids(found: Columns, table: Table) -> Columns:
    """Tell our own identifiers from those of others, which may only count the rows."""
    [place, *_] = found.places("id") or [-1]
    counts_only = all(row.cells[place].isdigit() for row in table.sample[1:] if len(row.cells) > place)
    if place < 0 or (found.are_ours and (found.places("slug") or not counts_only)):
        return found
    columns = list(found.columns)
    columns[place] = replace(columns[place], field="foreign_id")
    return replace(found, columns=tuple(columns))


# --- By cells ------------------------------------------------------------------------------------


def _from_cells(table: Table) -> Columns:
    width = max(len(row.cells) for row in table.sample)
    has_uris = _all_match(table, 0, _URI)
    if width == 1 or (width == 2 and not has_uris and not _counts_up(table)):
        return _bare(["name", "definition"][:width])
    if not has_uris and not _counts_up(table):
        raise UnreadableFile(
            f"The table has {width} columns and no first line that names them. Add one, for instance "
            "“name,definition,aliases,tags”."
        )
    fields = ["uri" if has_uris else "", "name", *(["definition"] if width > 2 else [])]
    fields += [""] * (width - len(fields))
    said = "No first line names the columns. Taken were: column 2 as names"
    said += ", column 3 as definitions" if width > 2 else ""
    said += ", column 1 as their addresses" if has_uris else ""
    return _bare(fields[:MOST_COLUMNS], f"{said}.")


def _bare(fields: Sequence[str], taken_as: str = "") -> Columns:
    return Columns(
        tuple(Column(f"column {number}", field) for number, field in enumerate(fields, start=1)),
        taken_as=taken_as,
    )


def _all_match(table: Table, place: int, pattern: re.Pattern[str]) -> bool:
    return all(pattern.fullmatch(row.cells[place].strip()) for row in table.sample)


def _counts_up(table: Table) -> bool:
    """Say whether the first column only numbers the rows."""
    numbers = [row.cells[0].strip() for row in table.sample]
    if len(numbers) < 2 or not all(number.isdigit() and len(number) < 9 for number in numbers):
        return False
    return all(int(after) == int(before) + 1 for before, after in pairwise(numbers))
