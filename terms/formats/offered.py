"""What each format is called and which module has it.

A module is loaded when a file is first read or written in its format. The libraries that some of them
stand on take more memory than all the rest of a server that only shows pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .record import RowProblem, TermRecord, Writer


@dataclass(frozen=True)
class Format:
    """A format that can be read: its title, the endings of its files, and the module that reads it.

    The module has `read` and `looks_like`. The latter gets the beginning of a large text only, cut
    after a line where it can be: it must not count on the end. A file that begins like a zip file (a
    workbook) is given to it whole.
    """

    title: str
    file_endings: tuple[str, ...]
    module: str

    def looks_like(self, data: bytes) -> float:
        likeness: float = _of(self.module, "looks_like")(data)
        return likeness

    def read(
        self, data: bytes, *, file_name: str = "", language: str = "en"
    ) -> Iterator[TermRecord | RowProblem]:
        items: Iterator[TermRecord | RowProblem] = _of(self.module, "read")(
            data, file_name=file_name, language=language
        )
        return items


def _of(module: str, name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(import_module(f".{module}", __package__), name)
    return function


def _when_called(module: str, name: str) -> Callable[..., Any]:
    """Return a function that is looked up in its module when it is called."""
    return lambda *given, **named: _of(module, name)(*given, **named)


_TABLES = (".csv", ".tsv", ".tab")

FORMATS: dict[str, Format] = {
    "csv": Format("CSV or TSV table", _TABLES, "csv_table"),
    "json": Format("JSON or JSON Lines", (".json", ".jsonl", ".ndjson"), "json_terms"),
    "yaml": Format("YAML", (".yaml", ".yml"), "yaml_terms"),
    "schema-org": Format("schema.org DefinedTermSet (JSON-LD)", (".jsonld",), "schema_org"),
    "openmetadata": Format("OpenMetadata glossary (CSV)", _TABLES, "openmetadata"),
    "datahub-csv": Format("DataHub glossary (CSV)", _TABLES, "datahub_csv"),
    "deepl": Format("Translation table (DeepL, Google, Weblate)", _TABLES, "translation_table"),
    "xlsx": Format("Excel workbook (.xlsx)", (".xlsx", ".xlsm"), "workbook"),
    "document": Format("glossary page pasted as text", (".txt", ".md", ".markdown"), "documents"),
    "markdown": Format("Markdown files, one for each term", (".md", ".markdown", ".mdx"), "markdown_files"),
    "markdown-document": Format(
        "Markdown document with many terms", (".md", ".markdown", ".mdx", ".mkd"), "markdown_document"
    ),
    "rst": Format("reStructuredText glossary", (".rst", ".rest"), "restructured"),
    "html": Format("HTML definition list or table", (".html", ".htm", ".xhtml"), "html_list"),
    "tbx": Format("TBX", (".tbx",), "tbx"),
    "skos": Format(
        "SKOS vocabulary (Turtle, RDF/XML or JSON-LD)",
        (".ttl", ".nt", ".rdf", ".owl", ".jsonld", ".skos"),
        "skos",
    ),
}

# What reads the files of a collection together, because they name each other.
TOGETHER: dict[str, Callable[..., Iterator[TermRecord | RowProblem]]] = {
    "markdown": _when_called("markdown_files", "read_together"),
}

_LOSES_HISTORY = "Past versions and the dates of creation and publication are not in it."
_TBX = "application/x-tbx+xml"
_TBX_STAYS = "Identifiers of other systems, dates of review and whether a term is still a draft stay behind."
_TBX_IN_NOTES = (
    "Markdown and kinds of relations leave in notes with a label, which other programs show as text."
)
_SKOS_LOSES = (
    "Broader terms of deprecated terms are left out, so that these leave the hierarchy. "
    "Lists and values without an address in further data are not written."
)

WRITERS: dict[str, Writer] = {
    "csv": Writer(
        "CSV", "text/csv; charset=utf-8", ".csv", _when_called("csv_table", "write"), _LOSES_HISTORY
    ),
    "csv-excel": Writer(
        "CSV for Excel",
        "text/csv; charset=utf-8",
        ".csv",
        _when_called("csv_table", "write_for_excel"),
        _LOSES_HISTORY,
    ),
    "json": Writer("JSON", "application/json", ".json", _when_called("json_terms", "write")),
    "jsonl": Writer(
        "JSON Lines", "application/x-ndjson", ".jsonl", _when_called("json_terms", "write_lines")
    ),
    "schema-org": Writer(
        "schema.org (JSON-LD)",
        "application/ld+json",
        ".jsonld",
        _when_called("schema_org", "write"),
        "Relations, tags, notes, hidden names, and of other names their kinds and statuses; of "
        "identifiers those that do not mean exactly the term.",
    ),
    "openmetadata": Writer(
        "OpenMetadata glossary (CSV)",
        "text/csv; charset=utf-8",
        ".csv",
        _when_called("openmetadata", "write"),
        "Translations, hidden names, notes, addresses, other identifiers, tags without a classification, "
        "kinds of names and places within sources stay behind; so do relations to terms that are not in "
        "the file, what replaces a term and why one is deprecated; “see also” becomes related. Short and "
        "long definition become one text.",
    ),
    "deepl": Writer(
        "Translation table for DeepL and Google (TSV)",
        "text/tab-separated-values; charset=utf-8",
        ".tsv",
        _when_called("translation_table", "write"),
        "Only names and their translations into one language are in it; of terms that share a name, only "
        "the first.",
    ),
    "markdown": Writer(
        "Markdown (zip of one file for each term)",
        "application/zip",
        ".zip",
        _when_called("markdown_files", "write"),
        _LOSES_HISTORY,
    ),
    "html": Writer(
        "One HTML page to read, print and keep",
        "text/html; charset=utf-8",
        ".html",
        _when_called("html_book", "write"),
        "It is for readers, and cannot be brought in again. Hidden names, remarks for editors, pictures, "
        "past versions and the dates of single terms are not in it.",
    ),
    "tbx-basic-dca": Writer(
        "TBX-Basic (style DCA)",
        _TBX,
        ".tbx",
        _when_called("tbx", "write_dca"),
        f"{_TBX_IN_NOTES} {_TBX_STAYS}",
    ),
    "tbx-basic-dct": Writer(
        "TBX-Basic (style DCT)",
        _TBX,
        ".tbx",
        _when_called("tbx", "write_dct"),
        f"{_TBX_IN_NOTES} {_TBX_STAYS}",
    ),
    "tbx-min": Writer(
        "TBX-Min",
        _TBX,
        ".tbx",
        _when_called("tbx", "write_min"),
        f"TBX-Min holds no definitions and no relations: both stay behind. {_TBX_STAYS}",
    ),
    "skos-turtle": Writer(
        "SKOS (Turtle)",
        "text/turtle; charset=utf-8",
        ".ttl",
        _when_called("skos", "write_turtle"),
        _SKOS_LOSES,
    ),
    "skos-rdf": Writer(
        "SKOS (RDF/XML)",
        "application/rdf+xml; charset=utf-8",
        ".rdf",
        _when_called("skos", "write_rdf_xml"),
        _SKOS_LOSES,
    ),
    "skos-jsonld": Writer(
        "SKOS (JSON-LD)",
        "application/ld+json; charset=utf-8",
        ".jsonld",
        _when_called("skos", "write_json_ld"),
        _SKOS_LOSES,
    ),
}
