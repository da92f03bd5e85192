"""Records as they lie in the database, with what a person corrected, and the content that they state."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from typing import Any

from ..errors import InvalidContent
from ..formats.record import (
    ALIAS_KINDS,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

# What a person says of the term that a record is about, beside the public id of one.
AS_NEW = "+"

_PARTS: dict[str, type[Any]] = {
    "aliases": AliasRecord,
    "relations": RelationRecord,
    "sources": SourceRecord,
    "notes": NoteRecord,
    "external_ids": ExternalIdRecord,
    "flags": Flag,
}
_PLAIN_LISTS = ("tags", "relation_kinds", "keywords")
# Only exports fill them; `line` and `path` stand beside the record.
_LEFT_OUT = frozenset({"inverse", "around", "version", "created_at", "published_at", "line", "path"})
_UNSTORABLE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000|[\ud800-\udfff]")

_TEXTS = ("qualifier", "slug", "short_definition", "definition", "review_by")
_LISTS = ("aliases", "sources", "notes", "external_ids")
CORRECTABLE = ("name", "qualifier", "aliases", "tags", "short_definition", "definition", "term")


@dataclass(frozen=True)
class Item:
    """One record of an import in its place.

    `record` is what is to be brought in, `as_read` what the file said before a person corrected it.
    `problem` says why nothing can be made of it, `term` which term a person says it is about: a public
    id, AS_NEW, or nothing where they leave it to the rules.
    """

    position: int
    record: TermRecord
    as_read: TermRecord
    problem: str = ""
    term: str = ""


def _default(part: Field[Any]) -> Any:
    return part.default if part.default_factory is MISSING else part.default_factory()


_DEFAULTS = {part.name: _default(part) for part in fields(TermRecord) if part.name not in _LEFT_OUT}
_PART_NAMES = {part: tuple(one.name for one in fields(part)) for part in _PARTS.values()}


def as_json(record: TermRecord) -> dict[str, Any]:
    """Return a record as it is kept: only what it says."""
    said: dict[str, Any] = {}
    for name, default in _DEFAULTS.items():
        value = getattr(record, name)
        if value == default and value is not False:
            continue
        if name in _PARTS and value is not None:
            value = [parts_of(one) for one in value]
        said[name] = list(value) if name in _PLAIN_LISTS else value
    return said


def parts_of(part: Any) -> dict[str, Any]:
    """Return an alias, a source and the like as a dictionary; quicker than `dataclasses.asdict`."""
    return {name: getattr(part, name) for name in _PART_NAMES[type(part)]}


def from_json(
    said: Mapping[str, Any], *, position: int, line: int, path: str, corrections: Mapping[str, Any]
) -> Item:
    """Return a record as it was kept, with the corrections of a person."""
    values: dict[str, Any] = {"name": "", "ref": "", **said, "line": line, "path": path}
    problem = values.pop("problem", "")
    for name, part in _PARTS.items():
        if values.get(name) is not None:
            values[name] = tuple(part(**one) for one in values[name])
    for name in _PLAIN_LISTS:
        if values.get(name) is not None:
            values[name] = tuple(values[name])
    record = TermRecord(**values)
    changes = _as_record_has_them(corrections)
    if not changes:
        return Item(position, record, record, problem, corrections.get("term", ""))
    return Item(position, replace(record, **changes), record, "", corrections.get("term", ""))


def _as_record_has_them(corrections: Mapping[str, Any]) -> dict[str, Any]:
    changes = {name: value for name, value in corrections.items() if name != "term"}
    if "aliases" in changes:
        changes["aliases"] = tuple(AliasRecord(**alias) for alias in changes["aliases"])
    if "tags" in changes:
        changes["tags"] = tuple(changes["tags"])
    return changes


def storable(item: Item) -> Item:
    """Return the record as a database can keep it; one with signs that none keeps cannot be used."""
    if not _UNSTORABLE.search(json.dumps(as_json(item.record), ensure_ascii=False)):
        return item
    kept = item.record.name.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
    record = TermRecord(
        line=item.record.line, path=item.record.path, name=kept, ref=f"unreadable:{item.position}"
    )
    sentence = (
        f"“{kept:.60}”: the text has control characters that cannot be kept. Take them out of the file."
    )
    return Item(item.position, record, record, item.problem or sentence)


def unreadable(problem: RowProblem, position: int, ref: str) -> Item:
    """Return the place of a row that could not be read, for a person to fill."""
    where = f"column “{problem.column}”: " if problem.column else ""
    value = f"“{problem.value:.60}”: " if problem.value else ""
    nothing = TermRecord(line=problem.line, path=problem.path, name="", ref=ref, confidence=0.0)
    return Item(position, nothing, nothing, f"{where}{value}{problem.message}")


# --- What it states ------------------------------------------------------------------------------


def given_by(record: TermRecord, *, clear_empty: bool, publish: bool) -> dict[str, Any]:
    """Return the content that a record states. An empty cell says nothing, unless it is to clear.

    Without the right to publish a file says nothing on what is published.
    """
    said: dict[str, Any] = {name: getattr(record, name) for name in _TEXTS}
    said["tags"] = None if record.tags is None else list(record.tags)
    for name in _LISTS:
        items = getattr(record, name)
        said[name] = None if items is None else [parts_of(item) for item in items]
    if record.relations is not None:
        said["relations"] = [_relation(item) for item in record.relations]
    given = {name: value for name, value in said.items() if value or (clear_empty and value is not None)}
    if record.links_itself is not None:
        given["links_itself"] = record.links_itself
    return {"name": record.name, **given, **_status(record, publish)}


def _relation(item: RelationRecord) -> dict[str, str]:
    named = {"name": item.name} if item.name and item.name != item.target else {}
    return {"kind": item.kind, "target": item.target, **named}


def _status(record: TermRecord, publish: bool) -> dict[str, str]:
    if record.status == "deprecated":
        reason = record.deprecation_reason or "Deprecated in the imported file."
        return {"status": "deprecated", "deprecation_reason": reason}
    return {"status": "published"} if publish and record.status == "published" else {}


# --- What a person corrects ----------------------------------------------------------------------


def corrected(record: TermRecord, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes as they are kept; what is as the file says is no change.

    Aliases are texts, or mappings with the parts of `AliasRecord`; tags are names.

    Raises InvalidContent for what is no correction. Whether the whole makes sense is for the plan to say.
    """
    unknown = sorted(set(changes) - set(CORRECTABLE))
    if unknown:
        sentence = f"“{unknown[0]}” cannot be corrected here. Correct one of: {', '.join(CORRECTABLE)}."
        raise InvalidContent({unknown[0]: [sentence]})
    kept = {name: _CHECKS.get(name, _text)(name, value) for name, value in changes.items()}
    said = as_json(record)
    return {
        name: value for name, value in kept.items() if name == "term" or value != said.get(name, _EMPTY[name])
    }


_EMPTY: dict[str, Any] = {name: [] if name in ("aliases", "tags") else "" for name in CORRECTABLE}


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or _UNSTORABLE.search(json.dumps(value, ensure_ascii=False)):
        raise InvalidContent({name: ["Give a text without control characters."]})
    return value.replace("\r\n", "\n").strip()


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, (list, tuple)):
        raise InvalidContent({name: ["Give a list."]})
    return [text for text in (_text(name, item) for item in value) if text]


def _aliases(name: str, value: Any) -> list[dict[str, str]]:
    if not isinstance(value, (list, tuple)):
        raise InvalidContent({name: ["Give a list."]})
    return [parts_of(alias) for alias in (_alias(name, item) for item in value) if alias.text]


def _alias(name: str, item: Any) -> AliasRecord:
    given = {"text": item} if isinstance(item, str) else item
    if not isinstance(given, Mapping) or set(given) - set(_PART_NAMES[AliasRecord]) or "text" not in given:
        raise InvalidContent({name: [f"“{item!s:.60}” is no name. Give a text, or its parts."]})
    alias = AliasRecord(**{part: _text(name, value) for part, value in given.items()})
    if alias.kind not in ALIAS_KINDS:
        raise InvalidContent({name: [f"“{alias.kind:.40}” is not one of {', '.join(ALIAS_KINDS)}."]})
    return alias


_CHECKS = {"aliases": _aliases, "tags": _texts}
