"""ETags: what was read is not sent again, and what was changed meanwhile is not overwritten.

RFC 9110, chapters 8.8.3 and 13. An ETag is made of parts joined by dots. The first ones say which
state of the text it is, and only these are compared before a write: the rest changes with what
surrounds the text (a proposal that comes in is no reason to refuse a change of the live text).
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from .. import publishing
from .errors import PreconditionRequired

_DIGEST_LENGTH = 16
# How many parts of an ETag say which state it is: version and document, or number and state.
_DECISIVE_PARTS = 2
_KEPT_ON_304 = ("ETag", "Cache-Control", "Vary", "Content-Location")


def digest(value: Any) -> str:
    """Return a short digest of a JSON value, the same for any order of its keys."""
    return text_digest(json.dumps(value, sort_keys=True, ensure_ascii=True))


def text_digest(text: str) -> str:
    """Return a short digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def etag(*parts: Any) -> str:
    """Return a strong ETag of these parts."""
    return '"{}"'.format(".".join(str(part) for part in parts))


def headers_of_look(body: Any) -> dict[str, str]:
    """Return the headers of what was looked at by POST: it has an ETag, and nobody keeps it."""
    return {"ETag": etag(digest(body)), "Cache-Control": "no-store"}


def required_etags(request: Request) -> list[str]:
    """Return what `If-Match` names, without quotes; `*` for any state.

    Raises PreconditionRequired when the header is missing.
    """
    header = request.headers.get("If-Match", "")
    if not header.strip():
        raise PreconditionRequired
    return [_opaque(tag) for tag in parse_etags(header)]


def names_current(given: list[str], current: str) -> bool:
    """Say whether one of the given ETags is of the same text as the current one.

    A weak one counts: the compressing middleware weakens every ETag that it passes on.
    """
    wanted = _opaque(current).split(".")[:_DECISIVE_PARTS]
    return any(tag == "*" or tag.split(".")[:_DECISIVE_PARTS] == wanted for tag in given)


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/").strip('"')


def is_known(request: Request, current: str) -> bool:
    """Say whether the reader has what has this ETag."""
    known = [_opaque(tag) for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    return "*" in known or _opaque(current) in known


def finish_read(request: Request, response: Response) -> HttpResponse:
    """Complete a rendered answer to GET: ETag, who may keep it, and 304 when the reader has it."""
    if not response.has_header("ETag"):
        response["ETag"] = etag(hashlib.sha256(response.content).hexdigest()[:_DIGEST_LENGTH])
    keeper = "private" if publishing.has_credentials(request) else "public"
    response["Cache-Control"] = f"{keeper}, max-age=0, must-revalidate"
    # What is answered depends on what is accepted, and on the account, which comes by token or by
    # session; and a 304, which is not compressed, must name the same headers as the answer that was.
    patch_vary_headers(response, ["Accept", "Accept-Encoding", "Authorization", "Cookie"])
    if not is_known(request, response["ETag"]):
        return response
    not_modified = HttpResponseNotModified()
    for header in _KEPT_ON_304:
        if response.has_header(header):
            not_modified[header] = response[header]
    return not_modified
