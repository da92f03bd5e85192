"""Files as they are given to what is known of them before the glossary is looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from django.conf import settings

from .. import formats
from ..errors import UnreadableFile
from ..formats import GivenFile
from ..formats.record import Refs, RowProblem, TermRecord
from .planning import Options
from .records import Item, storable, unreadable

_LONGEST_NAME = 300
_LONGEST_FORMAT = 200
_LONGEST_REF = 500
_LONGEST_PATH = 500


@dataclass(frozen=True)
class Given:
    """What was read of some files: the records in their order, and what is wrong with single cells."""

    file_name: str
    source: str
    digest: str
    format: str
    items: tuple[Item, ...]
    problems: tuple[RowProblem, ...]


def read(files: Sequence[GivenFile], options: Options) -> Given:
    """Read files as records.

    Raises UnreadableFile when nothing of them can be used.
    """
    if not files:
        raise UnreadableFile("There is no file. Choose one, or paste a text.")
    language = options.language or settings.LANGUAGE_CODE
    reading = formats.read(files, format_name=options.format, language=language)
    name = name_of(files)
    return Given(
        file_name=name,
        source=options.source[:_LONGEST_NAME] or name,
        digest=_digest(files),
        format=reading.format[:_LONGEST_FORMAT],
        items=tuple(_items(reading.items)),
        problems=tuple(item for item in reading.items if isinstance(item, RowProblem) and not item.fatal),
    )


def name_of(files: Sequence[GivenFile]) -> str:
    """Return what to call these files: the one by its name, several by the folder that they are in."""
    name = files[0].name
    if len(files) > 1:
        folders = zip(*(file.name.split("/")[:-1] for file in files), strict=False)
        folder = "/".join(names[0] for names in takewhile(lambda names: len(set(names)) == 1, folders))
        name = f"{folder}/" if folder else f"{name} and {len(files) - 1:,} more"
    return name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"


def _digest(files: Sequence[GivenFile]) -> str:
    if len(files) == 1:
        return hashlib.sha256(files[0].data).hexdigest()
    of_each = "".join(f"{file.name}\0{hashlib.sha256(file.data).hexdigest()}\n" for file in files)
    return hashlib.sha256(of_each.encode("utf-8", "surrogatepass")).hexdigest()


def _items(found: Sequence[TermRecord | RowProblem]) -> list[Item]:
    refs = Refs()
    items: list[Item] = []
    for one in found:
        if isinstance(one, TermRecord):
            record = replace(
                one, ref=refs.take(_short(one.ref, _LONGEST_REF)), path=_short(one.path, _LONGEST_PATH)
            )
            items.append(storable(Item(len(items), record, record)))
        elif one.fatal:
            told = f"{one.path}\0{one.column}\0{one.value}\0{one.message}".encode("utf-8", "replace")
            ref = refs.take(f"unreadable:{hashlib.sha256(told).hexdigest()[:16]}")
            items.append(
                storable(unreadable(replace(one, path=_short(one.path, _LONGEST_PATH)), len(items), ref))
            )
    return items


def _short(value: str, longest: int) -> str:
    """Return a value that fits; one that was cut is told from others by its digest."""
    if len(value) <= longest - 20:
        return value
    return f"{value[: longest - 40]}…{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:16]}"
