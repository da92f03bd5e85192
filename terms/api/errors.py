"""Every refusal as a problem document (RFC 9457), translated here once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from rest_framework import exceptions, status
from rest_framework.response import Response

from ..errors import InvalidContent, TermbookError, TooMany

CONTENT_TYPE = "application/problem+json"


class Problem(NamedTuple):
    """A kind of refusal: its status code and its title, which never change, and what to do."""

    status: int
    title: str
    advice: str


PROBLEMS: dict[str, Problem] = {
    "invalid": Problem(400, "Invalid request", "Correct the parameters or fields named in `errors`."),
    "invalid_content": Problem(400, "Invalid content", "Correct the fields named in `errors`."),
    "unreadable_file": Problem(400, "Unreadable file", "Send another file, or name its format."),
    "parse_error": Problem(400, "Unreadable body", "Send one JSON object, encoded in UTF-8."),
    "not_authenticated": Problem(401, "Who are you?", "Send a token, or sign in to the site."),
    "authentication_failed": Problem(401, "Unknown token", "Use a token that is valid."),
    "permission_denied": Problem(403, "Not allowed", "With a session, send the CSRF token too."),
    "missing_scope": Problem(403, "Scope missing", "Use a token with the scope named in `detail`."),
    "not_allowed": Problem(403, "Not allowed", "The account has no right to do this."),
    "own_work": Problem(403, "Own work", "Somebody who did not write the text has to decide on it."),
    "not_found": Problem(404, "Not found", "There is nothing here, or nothing for you."),
    "method_not_allowed": Problem(405, "Method not allowed", "Use a method named in `Allow`."),
    "not_acceptable": Problem(406, "Not acceptable", "Accept application/json."),
    "wrong_state": Problem(409, "Wrong state", "The term or revision has moved on; read it again."),
    "name_taken": Problem(409, "Name taken", "Change that term, or choose another name or a qualifier."),
    "needs_second_reader": Problem(
        409, "Needs a second reader", "Propose it: send the same to `/merge-proposals/`."
    ),
    "stale_preview": Problem(409, "Stale preview", "Look at `preview`, and send again with its token."),
    "stale_edit": Problem(409, "Stale edit", "Compare `base`, `current` and `local`, and send again."),
    "gone": Problem(410, "Gone", "The term was removed; drop your copy of it."),
    "precondition_failed": Problem(
        412, "Changed meanwhile", "Compare `base`, `current` and `local`, and send again with `etag`."
    ),
    "too_large": Problem(413, "Too large", "Send less at a time."),
    "unsupported_media_type": Problem(415, "Unsupported media type", "Send application/json."),
    "key_used": Problem(422, "Key used", "Give every request an `Idempotency-Key` of its own."),
    "precondition_required": Problem(
        428, "Precondition required", "Send `If-Match` with the `ETag` you read, or `*`."
    ),
    "too_many": Problem(429, "Too many at a time", "Wait as many seconds as `Retry-After` says."),
}  # fmt: skip


class Gone(exceptions.APIException):
    """The term was public and is not any more; `etag` lets the staff restore it."""

    status_code, default_code = status.HTTP_410_GONE, "gone"
    default_detail = "This term was removed."

    def __init__(self, etag: str) -> None:
        super().__init__()
        self.etag = etag


class PreconditionRequired(exceptions.APIException):
    status_code, default_code = status.HTTP_428_PRECONDITION_REQUIRED, "precondition_required"
    default_detail = (
        "Say with If-Match which state your change is meant for: the ETag of what you read, or *."
    )


class TooLarge(exceptions.APIException):
    status_code, default_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large"
    default_detail = "The body is too large."


class Conflict(exceptions.APIException):
    """Somebody else was faster: 412 when an ETag was sent, else 409; `sides` are the texts."""

    def __init__(self, message: str, *, etag: str, was_conditional: bool, sides: Mapping[str, Any]) -> None:
        self.default_code = "precondition_failed" if was_conditional else "stale_edit"
        self.status_code = PROBLEMS[self.default_code].status
        super().__init__(message)
        self.etag, self.sides = etag, {**sides, "etag": etag}


class Refusal(exceptions.APIException):
    """What a rule refused, with what helps to do it otherwise: `sides` stand in the problem document."""

    def __init__(self, refusal: TermbookError, **sides: Any) -> None:
        known = _from_rule(refusal)
        super().__init__(known.detail)
        self.default_code, self.status_code = known.default_code, known.status_code
        self.sides = sides


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer an exception of a view; None lets what is a defect of ours through."""
    known = _as_api_exception(exc)
    if known is None:
        return None
    code = _code_of(known)
    body = {
        "type": f"{reverse('api:docs')}#{code}",
        "title": PROBLEMS[code].title,
        "status": known.status_code,
        "detail": _detail(known),
        "instance": context["request"].path,
        "code": code,
        "errors": list(_field_errors(known.detail)),
        **getattr(known, "sides", {}),
    }
    response = Response(_printable(body), status=known.status_code, headers=_headers(known))
    response.content_type = CONTENT_TYPE
    response.exception = True
    return response


def _as_api_exception(exc: Exception) -> exceptions.APIException | None:
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, TooManyFilesSent):
        return exceptions.ParseError("These are too many files. Pack them into one zip file.")
    if isinstance(exc, (SuspiciousOperation, MultiPartParserError)):
        return exceptions.ParseError("This request cannot be read.")
    return _from_rule(exc) if isinstance(exc, TermbookError) else None


def _from_rule(refusal: TermbookError) -> exceptions.APIException:
    code = refusal.code if refusal.code in PROBLEMS else "invalid"
    detail = refusal.problems if isinstance(refusal, InvalidContent) else refusal.message
    answer = exceptions.APIException(detail, code)
    answer.default_code, answer.status_code = code, PROBLEMS[code].status
    if isinstance(refusal, TooMany):
        answer.wait = refusal.retry_after
    return answer


def _code_of(exc: exceptions.APIException) -> str:
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) and codes in PROBLEMS else exc.default_code
    return code if code in PROBLEMS else "invalid"


def _detail(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.NotFound):
        return "There is nothing here."
    if isinstance(exc.detail, str):
        return str(exc.detail)
    return " ".join(error["detail"] for error in _field_errors(exc.detail))


def _field_errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Yield each sentence with the field it is about; nested fields are joined by dots."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _field_errors(inner, f"{field}.{key}" if field else str(key))
    elif isinstance(detail, (list, tuple)):
        for inner in detail:
            yield from _field_errors(inner, field)
    elif field:
        yield {"field": "" if field == "non_field_errors" else field, "detail": str(detail)}


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header
    if getattr(exc, "etag", ""):
        headers["ETag"] = exc.etag
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(exc.wait)
    if isinstance(exc, exceptions.UnsupportedMediaType):
        headers["Accept-Patch"] = "application/merge-patch+json, application/json"
    return headers


def _printable(value: Any) -> Any:
    """Return the value without halves of surrogate pairs, which UTF-8 has no bytes for.

    They come in through JSON escapes, and a refusal repeats what it refuses.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_printable(key): _printable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(inner) for inner in value]
    return value
