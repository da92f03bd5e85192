"""The OpenAPI document, made from the views, and its reference page for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any

from django.utils.safestring import SafeString
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from .. import markup
from . import examples
from .authentication import SAFE_METHODS, scope_of
from .errors import CONTENT_TYPE
from .serializers import ConflictSerializer, ProblemSerializer

Json = dict[str, Any]

_METHODS = ("get", "post", "patch", "delete")
_READ_PROBLEMS = (400, 401, 403, 404, 406)
_WRITE_PROBLEMS = (400, 401, 403, 404, 406, 409, 413, 415)
_CONDITIONAL_PROBLEMS = (412, 428)

_DESCRIPTION = """\
Everything published can be read without an account. Who writes needs a token, or a session of the
site with its CSRF token; the same rules hold as on the site: somebody proposes, somebody else approves.

Reads carry an `ETag`; send it back as `If-None-Match` and an unchanged answer is a short 304.
Changes ask for it as `If-Match`: without it they are refused with 428, and with 412 when somebody
else was faster; the refusal then holds all three texts. An import is carried out, and taken back, with
the `token` of what was shown of it instead; so are merges and splits. What is made or moved may carry an
`Idempotency-Key`: sent again, it is not done again. Refusals are problem documents (RFC 9457)."""


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "terms.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Json:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that begins with `tbk_`, with the scope that the operation names.",
        }


class Operation(AutoSchema):
    """An operation of ours: with its scope, its conditional headers and the problems it may answer."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0].removesuffix(".json") or "root"]

    def get_description(self) -> str:
        return f"{super().get_description()}\n\nToken scope: `{scope_of(self.view)}`.".strip()

    def get_auth(self) -> list[Json]:
        required = super().get_auth()
        is_open = self._is_read() and not getattr(self.view, "is_for_people_only", False)
        return [*required, {}] if is_open else required

    def get_override_parameters(self) -> list[OpenApiParameter]:
        header = OpenApiParameter.HEADER
        etag = OpenApiParameter(
            "ETag", OpenApiTypes.STR, header, response=[200, 201], description="Of what is answered."
        )
        if self._is_read():
            known = OpenApiParameter(
                "If-None-Match",
                OpenApiTypes.STR,
                header,
                description="ETags you have.",
            )
            return [etag, known]
        location = OpenApiParameter(
            "Location",
            OpenApiTypes.URI,
            header,
            response=[200, 201],
            description="Of what was made or changed.",
        )
        meant_for = OpenApiParameter(
            "If-Match",
            OpenApiTypes.STR,
            header,
            required=True,
            description="The ETag that you read, or `*`.",
        )
        key = OpenApiParameter(
            "Idempotency-Key",
            OpenApiTypes.STR,
            header,
            description="Any 1 to 255 characters. Sent again with the same key within a day, nothing is done "
            "twice: the first answer comes again, with `Idempotency-Replayed: true`.",
        )
        return [
            etag,
            *([] if self._is_of("looking_actions") else [location]),
            *([meant_for] if self._is_of("conditional_actions") else []),
            *([key] if self._is_of("repeatable_actions") else []),
        ]

    def _is_read(self) -> bool:
        return self.method in SAFE_METHODS

    def _is_of(self, actions: str) -> bool:
        return getattr(self.view, "action", None) in getattr(self.view, actions, ())

    def _get_response_bodies(self, direction: str = "response") -> Json:
        bodies = super()._get_response_bodies(direction)
        if self._is_read():
            bodies["304"] = {"description": "You have it: one of the ETags you sent is current."}
        for code, body in bodies.items():
            if code in {"200", "201"}:
                _give_example(body, examples.ANSWERS[self.get_operation_id()])
                _give_further_examples(body, examples.FURTHER_ANSWERS.get(self.get_operation_id(), {}))
            elif code == "202":
                _give_example(body, examples.RUNS_ON)
        for code in self._problem_codes():
            bodies[str(code)] = self._problem(code, direction)
        return dict(sorted(bodies.items()))

    def _problem(self, code: int, direction: str) -> Json:
        usual = ConflictSerializer if code in {409, 412} else ProblemSerializer
        shape = getattr(self.view, "problem_shapes", {}).get(self._action(), {}).get(code, usual)
        body = self._get_response_for_code(shape, str(code), [CONTENT_TYPE], direction)
        body["description"] = HTTPStatus(code).phrase
        return _give_example(body, examples.problem(code))

    def _get_request_body(self, direction: str = "request") -> Json | None:
        body = super()._get_request_body(direction)
        return _give_example(body, examples.REQUESTS[self.get_operation_id()]) if body else body

    def _problem_codes(self) -> Iterator[int]:
        yield from _READ_PROBLEMS if self._is_read() else _WRITE_PROBLEMS
        if self._is_of("conditional_actions"):
            yield from _CONDITIONAL_PROBLEMS
        if "{id}" in self.path and not self.path.endswith("restore"):
            yield 410
        yield from getattr(self.view, "further_problems", {}).get(self._action(), ())

    def _action(self) -> str:
        return getattr(self.view, "action", None) or self.method.lower()


def _give_example(body: Json, value: Any) -> Json:
    """Give a body its example; a file has one for each media type that is named."""
    for media_type, media in body["content"].items():
        if not isinstance(value, examples.File):
            media["examples"] = {"example": {"value": value}}
        elif media_type in value.by_media_type:
            media["examples"] = {"example": {"value": value.by_media_type[media_type]}}
    return body


def _give_further_examples(body: Json, values: Mapping[str, Any]) -> None:
    further = {asked: {"summary": f"With `{asked}`.", "value": value} for asked, value in values.items()}
    for media in body["content"].values() if further else ():
        media["examples"] |= further


@cache
def document() -> Json:
    """Return the OpenAPI document; it depends on the code and the settings only."""
    # Choices stay where they are used: as components they would need names that nobody looks up.
    ours = {"DESCRIPTION": _DESCRIPTION, "POSTPROCESSING_HOOKS": [], "SORT_OPERATIONS": False}
    with patched_settings(ours):
        made = SchemaGenerator().get_schema(request=None, public=True)
    # The generator keeps methods in a set, whose order is another in each process.
    made["paths"] = {
        path: {method: item[method] for method in _METHODS if method in item}
        for path, item in made["paths"].items()
    }
    return made


# --- The reference page --------------------------------------------------------------------------


@dataclass(frozen=True)
class Parameter:
    name: str
    where: str
    kind: str
    is_required: bool
    description: SafeString


@dataclass(frozen=True)
class Body:
    """What is sent or answered under one media type."""

    status: str
    description: str
    media_type: str
    shape: str
    example: str

    @property
    def is_file(self) -> bool:
        return self.shape == "string (binary)"

    @property
    def has_anchor(self) -> bool:
        return self.shape in document()["components"]["schemas"]


@dataclass(frozen=True)
class Described:
    """An operation as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    description: SafeString
    needs_account: bool
    parameters: list[Parameter]
    requests: list[Body]
    responses: list[Body]
    curl: str

    @property
    def successes(self) -> list[Body]:
        return [body for body in self.responses if body.status < "400"]

    @property
    def refusals(self) -> list[Body]:
        return [body for body in self.responses if body.status >= "400"]


@dataclass(frozen=True)
class Path:
    address: str
    operations: list[Described]


@dataclass(frozen=True)
class Shape:
    """A component: its fields with their types."""

    name: str
    description: str
    fields: list[Parameter]


def introduction() -> SafeString:
    """Return what the document says of the API as a whole."""
    return _explained(document()["info"])


@lru_cache(maxsize=8)
def reference_paths(origin: str) -> list[Path]:
    """Return the operations by path, with a curl example for the site at `origin`."""
    return [
        Path(path, [_described(path, method, item[method], origin) for method in item])
        for path, item in document()["paths"].items()
    ]


@cache
def reference_shapes() -> list[Shape]:
    """Return the named shapes that operations refer to."""
    return [
        Shape(name, schema.get("description", ""), _fields(schema))
        for name, schema in document()["components"]["schemas"].items()
        if "properties" in schema
    ]


def _explained(part: Json) -> SafeString:
    return markup.to_html(part.get("description", "")).html


def _fields(schema: Json) -> list[Parameter]:
    required = schema.get("required", ())
    return [
        Parameter(name, "", _kind(inner), name in required, _explained(inner))
        for name, inner in schema["properties"].items()
    ]


def _described(path: str, method: str, operation: Json, origin: str) -> Described:
    parameters = [
        Parameter(
            item["name"],
            item["in"],
            _kind(item["schema"]),
            item.get("required", False),
            _explained(item),
        )
        for item in operation.get("parameters", ())
    ]
    requests = list(_bodies("", operation["requestBody"])) if "requestBody" in operation else []
    return Described(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=_explained(operation),
        needs_account=_needs_account(operation),
        parameters=parameters,
        requests=requests,
        responses=[
            body for status, answer in operation["responses"].items() for body in _bodies(status, answer)
        ],
        curl=_curl(method, origin + path, parameters, requests, needs_account=_needs_account(operation)),
    )


def _needs_account(operation: Json) -> bool:
    return {} not in operation.get("security", [{}])


def _bodies(status: str, described: Json) -> Iterator[Body]:
    description = described.get("description", "")
    content = described.get("content", {})
    if not content:
        yield Body(status, description, "", "", "")
    for media_type, media in content.items():
        example = next(iter(media.get("examples", {}).values()), {}).get("value")
        yield Body(status, description, media_type, _kind(media.get("schema", {})), _shown(example))


def _shown(example: Any) -> str:
    if example is None or isinstance(example, str):
        return example or ""
    return json.dumps(example, indent=2, ensure_ascii=False)


def _kind(schema: Mapping[str, Any]) -> str:
    """Return a type in words: `string`, `list of Alias`, `a or b`."""
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[-1]
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return " or ".join(_kind(inner) for inner in schema[choice])
    kinds = schema.get("type", "anything")
    if kinds == "array":
        return f"list of {_kind(schema['items'])}"
    named = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return f"{named} ({schema['format']})" if "format" in schema else named


def _curl(
    method: str, url: str, parameters: list[Parameter], requests: list[Body], *, needs_account: bool
) -> str:
    lines = ["curl" if method == "get" else f"curl -X {method.upper()}"]
    if needs_account:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if any(parameter.name == "If-Match" for parameter in parameters):
        lines.append("-H 'If-Match: \"7.3f2a9c1b5d604e87\"'")
    sent = next((body for body in requests if body.example), None)
    if sent:
        lines.append(f"-H 'Content-Type: {sent.media_type}'")
        lines.append(_data(sent))
    lines.append(f"'{_filled(url)}'")
    return (" " if len(lines) == 2 else " \\\n  ").join(lines)


def _data(sent: Body) -> str:
    if sent.is_file:
        return "--data-binary @words.csv"
    return f"-d '{json.dumps(json.loads(sent.example), ensure_ascii=False)}'"


_SAMPLES = {
    "{id}": "k7f2m9x3qp",
    "{number}": "8",
    "{version}": "7",
    "{slug}": "training",
    "{batch}": "12",
    "{operation}": "57",
    "{proposal}": "5",
    "{position}": "0",
    "{form}": "csv",
}


def _filled(url: str) -> str:
    for name, sample in _SAMPLES.items():
        url = url.replace(name, sample)
    return url
