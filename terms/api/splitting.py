"""Splits by programs: looked at, carried out as they were shown, taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from .. import merging
from ..models import Operation
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

SIDES = (merging.STAYS, "part")


class SplitViewSet(Operations):
    """Splits."""

    kind = Operation.Kind.SPLIT
    serializer_class = shapes.SplitSerializer
    problem_shapes = {
        "create": {409: shapes.SplitProblemSerializer},
        "undo": {409: shapes.MergeUndoProblemSerializer},
    }

    def get_queryset(self) -> QuerySet[Operation]:
        ends = ("split__origin", "split__part")
        return without_texts(operations_of(self.kind).select_related(*ends), *ends)

    def about(self, public_id: str) -> Q:
        return Q(split__origin__public_id=public_id) | Q(split__part__public_id=public_id)

    def body(self, request: Request, operation: Operation) -> bodies.Body:
        return bodies.split_body(request, operation)

    @extend_schema(
        operation_id="list_splits", summary="List splits", parameters=[shapes.OperationsQuerySerializer]
    )
    def list(self, request: Request) -> Response:
        """Newest first; those that were undone too."""
        return self.list_asked(request)

    @extend_schema(
        operation_id="preview_split",
        summary="See what a split would do",
        request=shapes.SplitWishSerializer,
        responses={200: shapes.SplitPreviewSerializer},
    )
    def preview(self, request: Request) -> Response:
        """The two texts that come of one, what is on neither side, and everything that moves; nothing is
        written."""
        sent = read_wish(request, shapes.SplitWishSerializer, *SIDES)
        body = fresh_preview(request, wish_of(request, sent))()
        return Response(body, headers=conditional.headers_of_look(body))

    @extend_schema(
        operation_id="split_term",
        summary="Split a term",
        request=shapes.SplitOrderSerializer,
        responses={201: shapes.SplitSerializer},
    )
    def create(self, request: Request) -> Response:
        """Do exactly what the preview with this token showed, with the same contents; when anything of
        it moved since, it is refused with 409 and a fresh `preview`. Words that nobody else has read
        need a second person: then propose it."""
        sent = read_wish(request, shapes.SplitOrderSerializer, *SIDES)
        wish = wish_of(request, sent)
        confirmed = {"token": sent["token"], "comment": sent["comment"], "by": request.user}
        with with_fresh_preview(fresh_preview(request, wish)):
            return self.answered(request, status.HTTP_201_CREATED, lambda: merging.split(**wish, **confirmed))

    @extend_schema(operation_id="get_split", summary="Read a split", parameters=[OPERATION])
    def retrieve(self, request: Request, operation: int) -> Response:
        """What was made of what, who did it, and whether it was undone."""
        return Response(self.body(request, self.find(operation)))

    @extend_schema(
        operation_id="preview_undo_of_split",
        summary="See what undoing a split would do",
        parameters=[OPERATION],
        responses=shapes.MergeUndoSerializer,
    )
    def undo_preview(self, request: Request, operation: int) -> Response:
        """What goes back, what stays because somebody changed it since, and what has to be undone
        first."""
        return self.show_undo(request, operation)

    @extend_schema(
        operation_id="undo_split",
        summary="Undo a split",
        parameters=[OPERATION],
        request=shapes.UndoOrderSerializer,
        responses={200: shapes.SplitSerializer},
    )
    def undo(self, request: Request, operation: int) -> Response:
        """However old it is, exactly as the preview with this token showed it: the part leads to the term
        again, later edits of the term stay."""
        return self.take_back(request, operation)


def wish_of(request: Request, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a term is to become which, as the rules call it."""
    [term_id] = ids_of(request, {"term": [sent["term"]]})["term"]
    return {"term_id": term_id, **{name: sent[name] for name in (*SIDES, "address", "moves")}}


def fresh_preview(request: Request, wish: Mapping[str, Any]) -> Callable[[], bodies.Body]:
    """Return what shows how a split would be now."""
    return lambda: bodies.split_preview_body(request, merging.split_preview(**wish, by=request.user))
