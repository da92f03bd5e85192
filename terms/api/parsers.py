"""What was sent: one JSON object, not too long and not too deep, and the parameters of queries."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, JSONParser
from rest_framework.request import Request
from rest_framework.serializers import ListField, Serializer, ValidationError

from .. import revisions
from .errors import TooLarge

# What is sent here is four levels deep; what is answered to it must not exhaust the stack either.
_DEEPEST = 20


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it, in UTF-8, and not too long: Django's limit is not asked by DRF."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        refuse_longer(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
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


def refuse_longer(request: Any, longest: int) -> None:
    """Raise TooLarge for a body that says it has more bytes; nobody reads more of it than it says."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return  # nothing of it is read
    if length > longest:
        raise TooLarge(f"The body is too large: at most {longest:,} bytes are taken.")


class MergePatchParser(StrictJSONParser):
    """JSON merge patch (RFC 7396): absent keys stay as they are, null empties a field."""

    media_type = "application/merge-patch+json"


class FileParser(BaseParser):
    """A file as the whole body, whatever its type is said to be; its name as in `Content-Disposition`."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        name = _name_in(parser_context["request"].headers.get("Content-Disposition", ""))
        file = SimpleUploadedFile(name, stream.read())
        return DataAndFiles(QueryDict(), MultiValueDict({"file": [file]}))


NAMELESS = "upload"


def _name_in(disposition: str) -> str:
    """Return the file name of RFC 6266."""
    try:
        _, parts = parse_header_parameters(disposition)
    except ValueError:
        return NAMELESS
    return clean_name(_as_utf_8(parts.get("filename", ""))) or NAMELESS


def clean_name(name: str) -> str:
    """Return the name of a file without its folders and signs that cannot be printed."""
    printable = "".join(sign for sign in name if sign.isprintable())
    return printable.replace("\\", "/").rsplit("/", 1)[-1].strip()


def _as_utf_8(header: str) -> str:
    """Return what was sent as UTF-8; servers hand headers on as Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def body_of(request: Request) -> dict[str, Any]:
    """Return the object that was sent; nothing sent is an empty one. Raises ParseError."""
    if not isinstance(request.data, Mapping):
        raise ParseError("Send one JSON object: {…}.")
    return dict(request.data)


def read(request: Request, shape: type[Serializer]) -> dict[str, Any]:
    """Return the checked fields of a small body. Raises ValidationError, also for unknown fields."""
    sent = body_of(request)
    refuse_unknown_fields(sent, shape)
    return _checked(shape(data=sent))


def refuse_unknown_fields(sent: Mapping[str, Any], shape: type[Serializer]) -> None:
    """Raise ValidationError for fields that the shape does not have."""
    unknown = {key: ["There is no such field."] for key in sent if key not in shape().fields}
    if unknown:
        raise ValidationError(unknown)


def read_query(request: Request, shape: type[Serializer]) -> dict[str, Any]:
    """Return the checked parameters of a query; parameters of others are let pass.

    Raises ValidationError. The request may be one that the framework has not seen.
    """
    known = _kept(shape)
    return dict(known.run_validation(_values(request.GET, known)))


@cache
def _kept(shape: type[Serializer]) -> Serializer:
    """Return a filled-in shape to check by: making one takes longer than what it checks."""
    return shape()


def _values(query: QueryDict, shape: Serializer) -> dict[str, Any]:
    """Return the parameters that the shape names; of a list all values, else the last one."""
    return {
        name: query.getlist(name) if isinstance(field, ListField) else query[name]
        for name, field in shape.fields.items()
        if name in query
    }


def refuse_unknown_parameters(request: Request, known: Iterable[str]) -> None:
    """Raise ValidationError for parameters of the query that mean nothing here, as misspelt ones do."""
    names = list(known)
    told = f"Use {', '.join(names)}." if names else "None is taken here."
    unknown = [name for name in request.query_params if name not in names]
    if unknown:
        raise ValidationError({name: [f"There is no such parameter. {told}"] for name in unknown})


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
