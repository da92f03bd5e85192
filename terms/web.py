"""What the pages of readers and those of the desk share: where the site is, and how it answers a refusal."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

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
