"""Files brought in by programs: the same plan as on the desk, carried out as it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from .. import importing
from ..errors import InvalidContent, NotAllowed
from ..formats.packed import LARGEST_FILE
from ..models import ApiToken, ImportBatch, ImportRow
from . import conditional, parsers
from . import import_bodies as bodies
from . import import_shapes as shapes
from .authentication import require_scope
from .filters import Pages
from .serializers import NothingSerializer, Shape
from .views import AnyAccept, ViewSet

Scope = ApiToken.Scope

_BATCH = OpenApiParameter("batch", OpenApiTypes.INT, OpenApiParameter.PATH, description="Of the import.")
_POSITION = OpenApiParameter(
    "position", OpenApiTypes.INT, OpenApiParameter.PATH, description="Of the row, from 0."
)
_RUNS_ON = OpenApiResponse(shapes.ImportSerializer, "It is long and runs on; read it again.")
_DONE = {200: shapes.ImportSerializer, 202: _RUNS_ON}


class _Imports(ViewSet):
    """What is for the staff, and refuses parameters that it does not know."""

    content_negotiation_class = AnyAccept
    is_for_people_only = True
    filter_backends: list[Any] = []
    pagination_class = Pages
    # What the query of an action may hold; of others nothing.
    queries: Mapping[str, type[Shape]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        if not request.user.has_perm("terms.view_importbatch"):
            raise NotAllowed("Imports are for the editorial staff. Ask a chief editor.")
        shape = self.queries.get(self.action)
        paging = ("page", "page_size") if self.action == "list" else ()
        parsers.refuse_unknown_parameters(request, [*(shape().fields if shape else ()), *paging])

    def handle_exception(self, exc: Exception) -> Response:
        # Somebody forgot it between two looks at it.
        is_gone = isinstance(exc, (ImportBatch.DoesNotExist, ImportRow.DoesNotExist))
        return super().handle_exception(exceptions.NotFound() if is_gone else exc)


class ImportsViewSet(_Imports):
    """Imports, and files that are given."""

    serializer_class = shapes.ImportSummarySerializer
    parser_classes = (MultiPartParser, parsers.FileParser)
    scopes = {"create": Scope.EDIT}
    queries = {"create": shapes.ImportQuerySerializer}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything looks for a CSRF token in a form, and reads it for that.
        parsers.refuse_longer(request, LARGEST_FILE)
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[ImportBatch]:
        return _with_people().defer("problems")

    @extend_schema(operation_id="list_imports", summary="List imports")
    def list(self, request: Request) -> Response:
        """Of everybody, newest first; also those that were only prepared."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([bodies.import_summary(request, batch) for batch in page])

    @extend_schema(
        operation_id="prepare_import",
        summary="Give a file",
        parameters=[shapes.ImportQuerySerializer],
        request={
            "text/csv": OpenApiTypes.BINARY,
            "application/octet-stream": OpenApiTypes.BINARY,
            "multipart/form-data": shapes.FilesSerializer,
        },
        responses={201: shapes.ImportSerializer, 202: _RUNS_ON},
    )
    def create(self, request: Request) -> Response:
        """Send it as the body, under any `Content-Type`, or one and more as parts `file` of a form;
        50 MB at most. For a folder, pack it into a zip file.

        Nothing is written into the glossary: what is answered is a plan. Look at its `rows`, correct
        them or leave some out, then send its `token` to `apply`. With `apply=true` (or
        `dry_run=false`) that is done at once, and what came of it is answered; where no row is new or
        changes anything the import stays `prepared`. With `all_or_nothing` look at `state`: `failed`
        says that nothing was brought in."""
        asked = parsers.read_query(request, shapes.ImportQuerySerializer)
        if asked["publish"]:
            require_scope(request, Scope.ADMIN)
        files = _files(request, asked["file_name"])
        batch = importing.prepare(files, by=request.user, options=_options(asked))
        if (asked["apply"] or asked["dry_run"] is False) and _has_work(batch):
            token = importing.token(batch, request.user)
            batch = importing.start(batch, token, by=request.user)
        return _answer(request, batch, created=True)


def _files(request: Request, name: str) -> list[importing.GivenFile]:
    """Return what was sent. Raises ValidationError for parts that are no files."""
    sent = request.FILES.getlist("file")
    strays = {*request.data, *request.FILES} - {"file"}
    if strays:
        told = "There is no such part. Send files as parts “file”; everything else belongs into the query."
        raise serializers.ValidationError({stray: [told] for stray in sorted(strays)})
    if not sent:
        told = (
            "There is no file. Send one as the body, with its length, or as a part “file” with a file name."
        )
        raise serializers.ValidationError({"file": [told]})
    name = parsers.clean_name(name)
    if name and len(sent) > 1:
        raise serializers.ValidationError({"file_name": ["Several files have names of their own."]})
    return [importing.GivenFile(name or file.name or parsers.NAMELESS, file.read()) for file in sent]


def _options(asked: Mapping[str, Any]) -> importing.Options:
    names = ("format", "source", "language", "clear_empty", "all_or_nothing", "publish")
    return importing.Options(**{name: asked[name] for name in names})


def _has_work(batch: ImportBatch) -> bool:
    return any(batch.counts[action] for action in ImportRow.WORK)


class ImportViewSet(_Imports):
    """One import."""

    serializer_class = shapes.ImportSerializer
    scopes = dict.fromkeys(("destroy", "plan", "apply", "cancel", "go_on", "undo"), Scope.EDIT)
    further_problems = {"undo_preview": (409,)}

    def get_queryset(self) -> QuerySet[ImportBatch]:
        return _with_people()

    @extend_schema(operation_id="get_import", summary="Read an import", parameters=[_BATCH])
    def retrieve(self, request: Request, batch: int) -> Response:
        """What it will do or did, and how far it is; while it waits, with its `token`."""
        return Response(bodies.import_body(request, _find(batch)))

    @extend_schema(
        operation_id="forget_import",
        summary="Forget an import",
        parameters=[_BATCH],
        responses={204: OpenApiResponse(description="It is gone.")},
    )
    def destroy(self, request: Request, batch: int) -> Response:
        """One that was not carried out; the others stay, as what happened. Forgotten by itself after
        thirty days."""
        importing.forget(_find(batch), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT, headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="plan_import",
        summary="Plan an import again",
        parameters=[_BATCH],
        request=shapes.PlanSerializer,
        responses={200: shapes.ImportSerializer},
    )
    def plan(self, request: Request, batch: int) -> Response:
        """Compare all rows with the glossary as it is now, perhaps with other options; corrections
        stay, and what is left out."""
        found = _find(batch)
        sent = parsers.read(request, shapes.PlanSerializer)
        if sent.get("publish"):
            require_scope(request, Scope.ADMIN)
        options = replace(importing.options_of(found), **sent) if sent else None
        return _answer(request, importing.plan_again(found, by=request.user, options=options))

    @extend_schema(
        operation_id="apply_import",
        summary="Carry an import out",
        parameters=[_BATCH],
        request=shapes.TokenSerializer,
        responses=_DONE,
    )
    def apply(self, request: Request, batch: int) -> Response:
        """Do exactly what was shown to you when you read the token; with any other it is refused with
        409, and so it is when the glossary has moved since. New terms become drafts, changes become
        proposals. One that publishes needs the scope `admin` besides."""
        found = _find(batch)
        sent = parsers.read(request, shapes.TokenSerializer)
        _require_scope_to_publish(request, found)
        return _answer(request, importing.start(found, sent["token"], by=request.user))

    @extend_schema(
        operation_id="cancel_import",
        summary="Stop an import",
        parameters=[_BATCH],
        request=NothingSerializer,
        responses={200: shapes.ImportSerializer},
    )
    def cancel(self, request: Request, batch: int) -> Response:
        """One that runs; what is done stays and can be undone."""
        found = _find(batch)
        parsers.read(request, NothingSerializer)
        return _answer(request, importing.cancel(found, by=request.user))

    @extend_schema(
        operation_id="go_on_with_import",
        summary="Go on with an import",
        parameters=[_BATCH],
        request=NothingSerializer,
        responses=_DONE,
    )
    def go_on(self, request: Request, batch: int) -> Response:
        """Do what is left of one that was stopped, or that was killed and is silent."""
        found = _find(batch)
        parsers.read(request, NothingSerializer)
        _require_scope_to_publish(request, found)
        return _answer(request, importing.go_on_later(found, by=request.user))

    @extend_schema(
        operation_id="preview_undo",
        summary="See what an undo would do",
        parameters=[_BATCH],
        responses=shapes.UndoPreviewSerializer,
    )
    def undo_preview(self, request: Request, batch: int) -> Response:
        """Row by row. For whoever brought it in, and for reviewers."""
        preview = importing.undo_preview(_find(batch), by=request.user)
        return Response(bodies.undo_body(preview))

    @extend_schema(
        operation_id="undo_import",
        summary="Take an import back",
        parameters=[_BATCH],
        request=shapes.TokenSerializer,
        responses={200: shapes.ImportSerializer},
    )
    def undo(self, request: Request, batch: int) -> Response:
        """As far as nobody worked on its terms since: do exactly what the preview showed. That of
        somebody else needs the scope `review` besides, one that published the scope `admin`."""
        found = _find(batch)
        sent = parsers.read(request, shapes.TokenSerializer)
        _require_scope_to_publish(request, found)
        if found.by_id != request.user.pk:
            require_scope(request, Scope.REVIEW)
        return _answer(request, importing.undo(found, sent["token"], by=request.user))


class ImportRowViewSet(_Imports):
    """The rows of an import."""

    serializer_class = shapes.ImportRowSerializer
    parser_classes = (parsers.StrictJSONParser, parsers.MergePatchParser)
    scopes = {"partial_update": Scope.EDIT}
    queries = {"list": shapes.RowsQuerySerializer}
    queryset = ImportRow.objects.none()

    @extend_schema(
        operation_id="list_import_rows",
        summary="List the rows of an import",
        parameters=[_BATCH, shapes.RowsQuerySerializer],
    )
    def list(self, request: Request, batch: int) -> Response:
        """In the order of the file."""
        asked = parsers.read_query(request, shapes.RowsQuerySerializer)
        rows = importing.rows(_find(batch), action=asked["action"], only_flagged=asked["flagged"])
        page = self.paginate_queryset(rows.filter(outcome=asked["outcome"]) if asked["outcome"] else rows)
        return self.get_paginated_response(bodies.row_bodies(request, page))

    @extend_schema(
        operation_id="get_import_row", summary="Read a row of an import", parameters=[_BATCH, _POSITION]
    )
    def retrieve(self, request: Request, batch: int, position: int) -> Response:
        """With its difference from the glossary as it is now."""
        return Response(bodies.row_bodies(request, [_find_row(batch, position)])[0])

    @extend_schema(
        operation_id="correct_import_row",
        summary="Correct a row of an import",
        parameters=[_BATCH, _POSITION],
        request={
            "application/json": shapes.CorrectionSerializer,
            "application/merge-patch+json": shapes.CorrectionSerializer,
        },
        responses={200: shapes.ImportRowSerializer},
    )
    def partial_update(self, request: Request, batch: int, position: int) -> Response:
        """Let it say something else than the file, say which term is meant, or leave it out. It is
        planned anew at once, and the token of the import is a new one: read it again before you
        apply it. A value as in the file takes a correction back."""
        row = _find_row(batch, position)
        changes, is_left_out = _corrections(request)
        if changes:
            _correct(row, changes, request.user)
        if is_left_out is not None:
            (importing.leave_out if is_left_out else importing.take_in)([row], by=request.user)
        [body] = bodies.row_bodies(request, [_find_row(batch, position)])
        return Response(body, headers=_headers(body))


# What `importing` calls otherwise than the rows that are shown.
_CALLED = {"title": "name"}
_SHOWN = {name: shown for shown, name in _CALLED.items()}
_EMPTY: Mapping[str, Any] = {"aliases": [], "tags": []}


def _corrections(request: Request) -> tuple[dict[str, Any], bool | None]:
    """Return what was sent as `importing.correct` takes it, and whether the row is to be left out."""
    sent = parsers.body_of(request)
    parsers.refuse_unknown_fields(sent, shapes.CorrectionSerializer)
    is_left_out = sent.pop("is_left_out", None)
    if is_left_out is not None and not isinstance(is_left_out, bool):
        raise serializers.ValidationError({"is_left_out": ["Say true or false."]})
    changes = {
        _CALLED.get(name, name): _EMPTY.get(name, "") if value is None else value
        for name, value in sent.items()
    }
    return changes, is_left_out


def _correct(row: ImportRow, changes: Mapping[str, Any], by: Any) -> None:
    try:
        importing.correct(row, changes, by=by)
    except InvalidContent as refusal:
        problems = {_SHOWN.get(field, field): told for field, told in refusal.problems.items()}
        raise InvalidContent(problems) from refusal


# --- What all of them share ----------------------------------------------------------------------


def _with_people() -> QuerySet[ImportBatch]:
    return ImportBatch.objects.select_related("by", "operation__undone_by").order_by("-at", "-pk")


def _find(number: int) -> ImportBatch:
    batch = _with_people().filter(pk=number).first()
    if batch is None:
        raise exceptions.NotFound
    return batch


def _find_row(number: int, position: int) -> ImportRow:
    row = importing.rows(_find(number)).filter(position=position).first()
    if row is None:
        raise exceptions.NotFound
    return row


def _require_scope_to_publish(request: Request, batch: ImportBatch) -> None:
    if importing.options_of(batch).publish:
        require_scope(request, Scope.ADMIN)


def _answer(request: Request, batch: ImportBatch, *, created: bool = False) -> Response:
    """Answer with an import as it is now: 202 when it runs on."""
    body = bodies.import_body(request, _find(batch.pk))
    code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
    if body["state"] == ImportBatch.State.RUNNING:
        code = status.HTTP_202_ACCEPTED
    return Response(body, code, headers=_headers(body))


def _headers(body: Mapping[str, Any]) -> dict[str, str]:
    return {
        "ETag": conditional.etag(conditional.digest(body)),
        "Location": body["api_url"],
        "Cache-Control": "no-store",
    }
