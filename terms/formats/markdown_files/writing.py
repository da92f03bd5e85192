"""Records to files: front matter by a YAML dumper, the definition as it is below it."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from ...text import slug_for
from ..record import RELATION_KINDS, AliasRecord, Glossary, TermRecord
from .pages import OURS

_VERSION = 1
_FOLDER = "terms"
_LONGEST_FILE_NAME = 200
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d|index|_index|readme", re.IGNORECASE)
_NOT_IN_A_FILE_NAME = re.compile(r"[^\w-]+")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def write(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield the bytes of a zip file with one file for each term; the same records give the same bytes."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as pack:
        for path, data in files(records, glossary):
            info = zipfile.ZipInfo(path, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            pack.writestr(info, data)
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Keeps what is written until it is taken; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._kept += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._kept)
        self._kept.clear()
        return data


def files(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the file of each term, in the order of the records.

    File names are unique whatever the capitals, and good on Windows and macOS too.
    """
    taken = _FileNames()
    for record in records:
        yield f"{_FOLDER}/{taken.name_for(record)}.md", _file_of(record).encode()


class _FileNames:
    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last_number: Counter[str] = Counter()

    def name_for(self, record: TermRecord) -> str:
        wanted = _safe(record.slug or record.id or slug_for(record.name))
        name = wanted
        while name.casefold() in self._taken:
            self._last_number[wanted.casefold()] += 1
            name = f"{wanted}-{self._last_number[wanted.casefold()] + 1}"
        self._taken.add(name.casefold())
        return name


def _safe(wanted: str) -> str:
    name = _NOT_IN_A_FILE_NAME.sub("-", unicodedata.normalize("NFC", wanted)).strip("-") or "term"
    name = name.encode()[:_LONGEST_FILE_NAME].decode(errors="ignore")
    return f"{name}-" if _RESERVED.fullmatch(name) else name


def _file_of(record: TermRecord) -> str:
    front_matter = yaml.dump(
        _front_matter(record), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000
    )
    body = f"\n{record.definition}\n" if record.definition else ""
    return f"---\n{front_matter}---\n{body}"


def _front_matter(record: TermRecord) -> dict[str, Any]:
    """Return what stands above the definition; what is empty is left out."""
    values: dict[str, Any] = {
        "title": record.name,
        OURS: _VERSION,
        "id": record.id,
        "slug": record.slug,
        "qualifier": record.qualifier,
        "status": record.status,
        "deprecation_reason": record.deprecation_reason,
        "summary": record.short_definition,
        "aliases": [_short_form(_alias_parts(alias), "text") for alias in record.aliases or ()],
        "tags": list(record.tags or ()),
        **{kind: _targets(record, kind) for kind in RELATION_KINDS},
        "sources": [
            _short_form({"title": source.title, "url": source.url, "locator": source.locator}, "title")
            for source in record.sources or ()
        ],
        "notes": [{"kind": note.kind, "text": note.text} for note in record.notes or ()],
        "external_ids": [
            _filled({"scheme": item.scheme, "value": item.value, "mapping": _unless(item.mapping, "exact")})
            for item in record.external_ids or ()
        ],
        "review_by": record.review_by,
        "links_itself": record.links_itself,
        "updated": record.updated_at,
        "further": json.dumps(record.further, ensure_ascii=False) if record.further else "",
    }
    return _filled(values)


def _alias_parts(alias: AliasRecord) -> dict[str, str]:
    return {
        "text": alias.text,
        "kind": _unless(alias.kind, "synonym"),
        "status": _unless(alias.status, "admitted"),
        "language": alias.language,
        "note": alias.note,
    }


def _targets(record: TermRecord, kind: str) -> list[Any]:
    return [
        _short_form({"target": relation.target, "name": relation.name}, "target")
        for relation in record.relations or ()
        if relation.kind == kind
    ]


def _unless(value: str, usual: str) -> str:
    return "" if value == usual else value


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _short_form(parts: Mapping[str, str], first: str) -> Any:
    """Return the parts that are filled; a text if that is only the first."""
    filled = _filled(parts)
    return filled[first] if set(filled) == {first} else filled


class _Dumper(yaml.CSafeDumper if hasattr(yaml, "CSafeDumper") else yaml.SafeDumper):  # type: ignore[misc]
    """Writes texts of several lines between double quotes, where the line ends show."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if len(text.splitlines()) > 1 or text.endswith(("\n", "\r")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represented)
