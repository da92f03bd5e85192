"""What was sent: one JSON object, not too long and not too deep, and the parameters of queries."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.serializers import Serializer, ValidationError

from .. import revisions
from .errors import TooLarge

# What is sent here is four levels deep; what is answered to it must not exhaust the stack either.
_DEEPEST = 20


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it, in UTF-8, and not too long: Django's limit is not asked by DRF."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            read = json.loads(stream.read().decode("utf-8-sig"), parse_constant=_finite, parse_float=_finite)
        except RecursionError:
            raise ParseError("This JSON is nested too deeply.") from None
        except ValueError as unreadable:
            raise ParseError(f"This is not JSON: {unreadable}.") from unreadable
        if _is_deeper(read, _DEEPEST):
            raise ParseError("This JSON is nested too deeply.")
        return read


def _finite(digits: str) -> float:
    """Refuse NaN, Infinity and what is too large: they could not be answered in JSON."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits:.20} is no number of JSON")
    return number


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deeper(part, levels - 1) for part in inner)


class MergePatchParser(StrictJSONParser):
    """JSON merge patch (RFC 7396): absent keys stay as they are, null empties a field."""

    media_type = "application/merge-patch+json"


def body_of(request: Request) -> dict[str, Any]:
    """Return the object that was sent; nothing sent is an empty one. Raises ParseError."""
    if not isinstance(request.data, Mapping):
        raise ParseError("Send one JSON object: {…}.")
    return dict(request.data)


def read(request: Request, shape: type[Serializer]) -> dict[str, Any]:
    """Return the checked fields of a small body. Raises ValidationError, also for unknown fields."""
    sent = body_of(request)
    unknown = {key: ["There is no such field."] for key in sent if key not in shape().fields}
    if unknown:
        raise ValidationError(unknown)
    return _checked(shape(data=sent))


def read_query(request: Request, shape: type[Serializer]) -> dict[str, Any]:
    """Return the checked parameters of a query; parameters of others are let pass."""
    return _checked(shape(data=request.query_params.dict()))


def unwrap(request: Request, shape: type[Serializer]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what wraps a content, checked, and the content as it was sent, null being empty."""
    sent = body_of(request)
    wrapping = {key: value for key, value in sent.items() if key in shape().fields}
    content = {
        key: revisions.EMPTY.get(key) if value is None else value
        for key, value in sent.items()
        if key not in wrapping
    }
    return _checked(shape(data=wrapping)), content


def _checked(filled: Serializer) -> dict[str, Any]:
    filled.is_valid(raise_exception=True)
    return dict(filled.validated_data)
