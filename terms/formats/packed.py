"""Zip files and folders: one upload to the files in it, never written to the disk.

What is in a pack is only read as far as the limits allow. Whatever is left out is told, member by member.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ..errors import UnreadableFile
from ..text import name_key
from .record import Refs, RowProblem, TermRecord

LARGEST_FILE = 50 * 1024 * 1024
LARGEST_PACK = 200 * 1024 * 1024
MOST_MEMBERS = 20_000
HIGHEST_RATIO = 200
_RATIO_COUNTS_FROM = 1024 * 1024

_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MEMBER_MARK = b"PK\x01\x02"
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, NotImplementedError)


@dataclass(frozen=True)
class GivenFile:
    """A file as it was given: its name, with its path where it comes from a folder or a pack."""

    name: str
    data: bytes


def is_zip(data: bytes) -> bool:
    """Say whether these bytes are a zip file, be it a pack of files or a workbook."""
    return data.startswith(_ZIP_MARKS)


def members(files: Sequence[GivenFile]) -> Iterator[GivenFile | RowProblem]:
    """Yield what may be read of folders and zip files, in the order of the paths, and what is left out.

    Raises UnreadableFile when a zip file is broken, or larger than the limits of this module.
    """
    room = _Room()
    for file in files:
        if is_zip(file.data) and len(files) == 1:
            yield from _members_of_zip(file.data, room)
        else:
            yield from _checked(file, room)


def refuse_too_large(file: GivenFile) -> None:
    """Raise UnreadableFile for a file that is too large to be read at once."""
    if len(file.data) > LARGEST_FILE:
        raise UnreadableFile(
            f"The file has {len(file.data) // 2**20} MB; {LARGEST_FILE // 2**20} MB are allowed. "
            "Import it in parts."
        )


class _Room:
    """Counts what a pack holds, and refuses it when that is too much."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self, size: int) -> None:
        self.taken += size
        if self.taken > LARGEST_PACK:
            raise UnreadableFile(
                f"The files hold more than {LARGEST_PACK // 2**20} MB together. Import them in parts."
            )


def _checked(file: GivenFile, room: _Room) -> Iterator[GivenFile | RowProblem]:
    why = _why_left_out(file.name)
    if not why and len(file.data) > LARGEST_FILE:
        why = f"The file is larger than {LARGEST_FILE // 2**20} MB and was left out."
    if not why and is_zip(file.data) and not file.name.lower().endswith(".xlsx"):
        why = "A zip file inside a pack is not opened. Import it by itself."
    if why:
        yield left_out(file.name, why)
    else:
        room.take(len(file.data))
        yield file


def left_out(path: str, why: str, *, fatal: bool = False) -> RowProblem:
    """Return the note on a file of a pack that is not read."""
    return RowProblem(line=0, column="", value=path[-80:], message=why, fatal=fatal, path=path)


_OUTSIDE = re.compile(r"/|[A-Za-z]:")


def _why_left_out(name: str) -> str:
    parts = PurePosixPath(name).parts
    if _OUTSIDE.match(name) or ".." in parts:
        return "The path leads out of the pack; the file was left out."
    if any(part.startswith(".") for part in parts) or "__MACOSX" in parts:
        return "A hidden file was left out."
    return ""


def _members_of_zip(data: bytes, room: _Room) -> Iterator[GivenFile | RowProblem]:
    if data.count(_MEMBER_MARK) > MOST_MEMBERS:
        raise UnreadableFile(f"The zip file holds more than {MOST_MEMBERS:,} files. Import them in parts.")
    try:
        pack = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise UnreadableFile("The zip file is broken. Pack the files again.") from error
    with pack:
        infos = [info for info in pack.infolist() if not info.is_dir()]
        _refuse_bombs(infos)
        seen: set[str] = set()
        for info in sorted(infos, key=lambda info: info.filename):
            name = info.filename.replace("\\", "/")
            why = "The path stands in the pack twice; only the first was read." if name in seen else ""
            seen.add(name)
            yield from _member(pack, info, name, why, room)


def _refuse_bombs(infos: Sequence[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    if total > LARGEST_PACK:
        raise UnreadableFile(
            f"The files in the zip file hold more than {LARGEST_PACK // 2**20} MB together. "
            "Import them in parts."
        )
    for info in infos:
        if info.file_size > max(_RATIO_COUNTS_FROM, HIGHEST_RATIO * info.compress_size):
            raise UnreadableFile(
                f"“{info.filename[-80:]}” is packed so tightly that it cannot be text. "
                "Leave it out and pack the files again."
            )


def _member(
    pack: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, why: str, room: _Room
) -> Iterator[GivenFile | RowProblem]:
    why = why or _why_left_out(name) or _why_unreadable(info)
    if why:
        yield left_out(name, why)
        return
    try:
        with pack.open(info) as opened:
            data = opened.read(LARGEST_FILE + 1)
    except _BROKEN:
        yield left_out(name, "The file is damaged in the pack. Pack it again.", fatal=True)
        return
    yield from _checked(GivenFile(name, data), room)


def _why_unreadable(info: zipfile.ZipInfo) -> str:
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        return "A link to another file was left out."
    if info.flag_bits & 0x1:
        return "The file is encrypted and was left out. Pack it without a password."
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "The file is packed by a method that is not read here. Pack it as an ordinary zip file."
    if info.file_size > LARGEST_FILE:
        return f"The file is larger than {LARGEST_FILE // 2**20} MB and was left out."
    return ""


# --- The records of a pack -----------------------------------------------------------------------


def together(items: Iterable[TermRecord | RowProblem]) -> list[TermRecord | RowProblem]:
    """Return the items of all files as those of one: each record with a `ref` of its own, targets named.

    A relation that gives its target as another file calls it (address, foreign id) gets the name of
    that term, if only one can be meant.
    """
    items = list(items)
    refs = Refs()
    names = _names_by_key(item for item in items if isinstance(item, TermRecord))
    return [_of_pack(item, refs, names) if isinstance(item, TermRecord) else item for item in items]


def _names_by_key(records: Iterable[TermRecord]) -> dict[str, str]:
    """Return the names of the terms by what they are called elsewhere; what is a name itself is no key."""
    names: dict[str, set[str]] = {}
    own: set[str] = set()
    for record in records:
        full_name = f"{record.name} ({record.qualifier})" if record.qualifier else record.name
        own |= {name_key(record.name), name_key(full_name), name_key(record.id or "")}
        for key in (record.slug or "", record.ref, *(item.value for item in record.external_ids or ())):
            names.setdefault(name_key(key), set()).add(full_name)
    return {key: found.pop() for key, found in names.items() if key not in own and len(found) == 1}


def _of_pack(record: TermRecord, refs: Refs, names: Mapping[str, str]) -> TermRecord:
    relations = record.relations and tuple(
        replace(relation, target=names.get(name_key(relation.target), relation.target))
        for relation in record.relations
    )
    return replace(record, ref=refs.take(record.ref), relations=relations)
