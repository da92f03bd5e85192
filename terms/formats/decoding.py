"""Bytes of a file to its text."""

from __future__ import annotations

import codecs

from ..errors import UnreadableFile

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_ZIP_MARK = b"PK\x03\x04"
_OLD_OFFICE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def decode(data: bytes) -> str:
    """Return the text of a file: by its byte order mark, else as UTF-8, else as Windows-1252.

    Raises UnreadableFile for what is no text: spreadsheets, other binary files, and the pointers
    that Git LFS leaves in place of a file.
    """
    if data.startswith(_LFS_POINTER):
        raise UnreadableFile(
            "This is only a pointer that Git LFS keeps in place of the file. Run “git lfs pull” and "
            "upload the file itself."
        )
    if data.startswith(_ZIP_MARK):
        raise UnreadableFile(
            "This is a spreadsheet or another packed file, not text. Save it as CSV (UTF-8) first, or as an "
            "Excel workbook (.xlsx)."
        )
    if data.startswith(_OLD_OFFICE_MARK):
        raise UnreadableFile(
            "This is a file of an older Office program, or one with a password. Save it without a password "
            "as CSV (UTF-8) or as an Excel workbook (.xlsx)."
        )
    text = _decoded(data)
    if "\x00" in text:
        raise UnreadableFile("The file holds NUL signs, so it is not plain text. Save it as text in UTF-8.")
    return text


def _decoded(data: bytes) -> str:
    try:
        if data.startswith(_UTF_16_MARKS):
            return data.decode("utf-16")
        if data.startswith(codecs.BOM_UTF8):
            return data.decode("utf-8-sig")
        return _utf_8_or_windows(data)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"The text cannot be decoded (byte {error.start + 1} does not fit {error.encoding}). "
            "Save the file in UTF-8."
        ) from error


def _utf_8_or_windows(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")
