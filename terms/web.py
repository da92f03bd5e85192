"""What the pages of readers, those of the desk and the API share: where the site is, how it answers a
refusal, how it sends a file."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.utils.http import content_disposition_header

from . import exporting
from .errors import InvalidContent, NotAllowed, StaleEdit, TermbookError, TooMany, WrongState

_STATUS_CODES: dict[type[TermbookError], int] = {
    NotAllowed: 403,
    WrongState: 409,
    StaleEdit: 409,
    InvalidContent: 422,
    TooMany: 429,
}


def origin(request: HttpRequest) -> str:
    """Return the beginning of an address that is read elsewhere, as in a mail."""
    return settings.SITE_URL or f"{request.scheme}://{request.get_host()}"


def status_code(refusal: TermbookError) -> int:
    """Return the status of a page that says what a rule refused."""
    return next((code for kind, code in _STATUS_CODES.items() if isinstance(refusal, kind)), 400)


@functools.cache
def edition() -> str:
    """Return a digest of the programs and templates, the same in every worker: an upgrade changes it."""
    app, templates = Path(__file__).resolve().parent, settings.BASE_DIR / "templates"
    files = [
        *app.rglob("*.py"),
        *app.glob("static/**/*.*"),
        *app.glob("formats/**/*.css"),
        *templates.rglob("*.*"),
    ]
    return hashlib.blake2b(b"".join(file.read_bytes() for file in sorted(files)), digest_size=12).hexdigest()


# What each form is good for, by how its name begins.
_PURPOSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("To read, print and keep", ("html",)),
    ("For a spreadsheet", ("csv",)),
    ("For programs", ("json",)),
    ("To edit and to keep in Git", ("markdown",)),
    ("For translators", ("tbx", "deepl")),
    ("For vocabularies and the web of data", ("skos", "schema-org")),
    ("For data catalogues", ("openmetadata", "datahub")),
    ("For another Termbook", ("fixture",)),
    ("Other forms", ("",)),
)


def by_purpose(forms: Iterable[exporting.Form]) -> list[tuple[str, list[exporting.Form]]]:
    """Return forms under what they are good for."""
    found: dict[str, list[exporting.Form]] = {purpose: [] for purpose, _ in _PURPOSES}
    for form in forms:
        found[next(purpose for purpose, names in _PURPOSES if form.name.startswith(names))].append(form)
    return [(purpose, some) for purpose, some in found.items() if some]


# A worker has few threads, and a download holds one for as long as its reader is slow.
_one_download = BoundedSemaphore(1)


def download(form_name: str, asked: QueryDict, *, by: Any, address: str) -> StreamingHttpResponse:
    """Return an export as a file that is sent while it is made.

    `asked` has `status`, `tag`, `language` and `since`; `address` is the beginning of addresses in the
    file. Raises as `exporting.stream`, and TooMany while this worker sends another file.
    """
    form = exporting.form_of(form_name, by=by)
    selection = exporting.Selection.read(dict(asked.lists()), by=by)
    pieces = exporting.stream(form.name, selection, by=by, origin=address)
    return sent_in_turn(pieces, form.media_type, file_name=exporting.file_name(form))


def sent_in_turn(pieces: Iterator[bytes], media_type: str, *, file_name: str = "") -> StreamingHttpResponse:
    """Return what is sent while it is made: as a file where it has a name, else as a page.

    Raises TooMany while this worker sends another one.
    """
    turn = _one_download
    if not turn.acquire(blocking=False):
        raise TooMany("Another file is being sent just now. Try again in a minute.", retry_after=60)
    response = StreamingHttpResponse(_Pieces(pieces, turn), content_type=media_type)
    if file_name:
        response.headers["Content-Disposition"] = content_disposition_header(True, file_name)
    return response


class _Pieces:
    """The pieces of a file; when it was sent, or nobody wants it any more, the next file may go."""

    def __init__(self, pieces: Iterator[bytes], turn: BoundedSemaphore) -> None:
        self._pieces, self._turn = pieces, turn
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Let the next file go; called by the server at the end of every response."""
        if self._is_open:
            self._is_open = False
            self._turn.release()

    # A response that is dropped before it was sent is not closed by everybody.
    __del__ = close
