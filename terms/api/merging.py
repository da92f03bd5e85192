"""Merges by programs: looked at, carried out as they were shown, taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from .. import merging
from ..models import Merge, Operation
from . import conditional
from . import merge_bodies as bodies
from . import merge_shapes as shapes
from .operations import (
    OPERATION,
    Operations,
    ids_of,
    operations_of,
    read_wish,
    with_fresh_preview,
    without_texts,
)


class MergeViewSet(Operations):
    """Merges."""

    kind = Operation.Kind.MERGE
    serializer_class = shapes.MergeSerializer
    problem_shapes = {
        "create": {409: shapes.MergeProblemSerializer},
        "undo": {409: shapes.MergeUndoProblemSerializer},
    }

    def get_queryset(self) -> QuerySet[Operation]:
        merges = without_texts(Merge.objects.select_related("kept", "absorbed"), "kept", "absorbed")
        return operations_of(self.kind).prefetch_related(Prefetch("merges", merges))

    def about(self, public_id: str) -> Q:
        return Q(merges__kept__public_id=public_id) | Q(merges__absorbed__public_id=public_id)

    def body(self, request: Request, operation: Operation) -> bodies.Body:
        return bodies.merge_body(request, operation)

    @extend_schema(
        operation_id="list_merges", summary="List merges", parameters=[shapes.OperationsQuerySerializer]
    )
    def list(self, request: Request) -> Response:
        """Newest first; those that were undone too."""
        return self.list_asked(request)

    @extend_schema(
        operation_id="preview_merge",
        summary="See what a merge would do",
        request=shapes.MergeWishSerializer,
        responses={200: shapes.MergePreviewSerializer},
    )
    def preview(self, request: Request) -> Response:
        """The text that comes of it, and everything that moves or closes. Fields that `content` does not
        hold are brought together of all; nothing is written."""
        sent = read_wish(request, shapes.MergeWishSerializer)
        body = fresh_preview(request, terms_of(request, sent), sent["content"])()
        return Response(body, headers=conditional.headers_of_look(body))

    @extend_schema(
        operation_id="merge_terms",
        summary="Merge terms",
        request=shapes.MergeOrderSerializer,
        responses={201: shapes.MergeSerializer},
    )
    def create(self, request: Request) -> Response:
        """Do exactly what the preview with this token showed, with the same `content`; when anything of
        it moved since, it is refused with 409 and a fresh `preview`. Words that nobody else has read
        need a second person: then propose it."""
        sent = read_wish(request, shapes.MergeOrderSerializer)
        terms = terms_of(request, sent)
        with with_fresh_preview(fresh_preview(request, terms, sent["content"])):
            return self.answered(
                request,
                status.HTTP_201_CREATED,
                lambda: merging.merge(
                    **terms,
                    content=sent["content"],
                    token=sent["token"],
                    comment=sent["comment"],
                    by=request.user,
                ),
            )

    @extend_schema(operation_id="get_merge", summary="Read a merge", parameters=[OPERATION])
    def retrieve(self, request: Request, operation: int) -> Response:
        """What became one, who did it, and whether it was undone."""
        return Response(self.body(request, self.find(operation)))

    @extend_schema(
        operation_id="preview_undo_of_merge",
        summary="See what undoing a merge would do",
        parameters=[OPERATION],
        responses=shapes.MergeUndoSerializer,
    )
    def undo_preview(self, request: Request, operation: int) -> Response:
        """What comes back, what stays because somebody changed it since, and what has to be undone
        first."""
        return self.show_undo(request, operation)

    @extend_schema(
        operation_id="undo_merge",
        summary="Undo a merge",
        parameters=[OPERATION],
        request=shapes.UndoOrderSerializer,
        responses={200: shapes.MergeSerializer},
    )
    def undo(self, request: Request, operation: int) -> Response:
        """However old it is, exactly as the preview with this token showed it. Later edits stay; where
        another operation has to be undone before, `first` names it."""
        return self.take_back(request, operation)


def terms_of(request: Request, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms of a wish as the rules call them."""
    ids = ids_of(request, {"kept": [sent["kept"]], "absorbed": sent["absorbed"]})
    return {"kept_id": ids["kept"][0], "absorbed_ids": ids["absorbed"]}


def fresh_preview(
    request: Request, terms: Mapping[str, Any], content: Mapping[str, Any]
) -> Callable[[], bodies.Body]:
    """Return what shows how a merge would be now."""
    return lambda: bodies.preview_body(request, merging.preview(**terms, content=content, by=request.user))
