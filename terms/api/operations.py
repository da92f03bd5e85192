"""What the views of merges, of splits and of proposals of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from .. import merging, revisions
from ..answers import Answer
from ..errors import NeedsSecondReader, NotAllowed, StalePreview, WrongState
from ..models import ApiToken, Operation, Term
from . import conditional, parsers
from . import merge_bodies as bodies
from . import merge_shapes as shapes
from .errors import Refusal
from .filters import Pages
from .repeating import answer_once
from .serializers import Shape
from .views import ViewSet

Scope = ApiToken.Scope

OPERATION = OpenApiParameter(
    "operation", OpenApiTypes.INT, OpenApiParameter.PATH, description="The `id` of what was done."
)


class ForStaff(ViewSet):
    """What is for the staff, and refuses parameters that it does not know."""

    is_for_people_only = True
    filter_backends: list[Any] = []
    pagination_class = Pages
    queryset = Operation.objects.none()
    # What the query of an action may hold; of others nothing.
    queries: Mapping[str, type[Shape]] = {}
    refusal = "Merges and splits are for the editorial staff. Ask a chief editor."

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        if not request.user.has_perm("terms.view_drafts"):
            raise NotAllowed(self.refusal)
        shape = self.queries.get(self.action)
        paging = ("page", "page_size") if self.action == "list" else ()
        parsers.refuse_unknown_parameters(request, [*(shape().fields if shape else ()), *paging])


class Operations(ForStaff):
    """Operations of one kind, and their undo."""

    kind: Operation.Kind
    queries = {"list": shapes.OperationsQuerySerializer}
    scopes = {"preview": Scope.EDIT, "create": Scope.ADMIN, "undo": Scope.ADMIN}
    looking_actions = ("preview",)
    repeatable_actions = ("create", "undo")
    further_problems = {"undo_preview": (409,), "create": (422,), "undo": (422,)}

    def get_queryset(self) -> QuerySet[Operation]:
        raise NotImplementedError

    def about(self, public_id: str) -> Q:
        """Return the condition under which an operation was about this term."""
        raise NotImplementedError

    def body(self, request: Request, operation: Operation) -> bodies.Body:
        raise NotImplementedError

    def list_asked(self, request: Request) -> Response:
        asked = parsers.read_query(request, shapes.OperationsQuerySerializer)
        found = self.get_queryset()
        if asked["term"]:
            found = found.filter(self.about(asked["term"])).distinct()
        if asked["undone"] is not None:
            found = found.filter(undone_at__isnull=not asked["undone"])
        page = self.paginate_queryset(found)
        return self.get_paginated_response([self.body(request, operation) for operation in page])

    def find(self, number: int) -> Operation:
        operation = self.get_queryset().filter(pk=number).first()
        if operation is None:
            raise exceptions.NotFound
        return operation

    def answered(self, request: Request, code: int, do: Callable[[], Operation]) -> Response:
        """Do it, once for each key, and answer with the operation as it is then."""

        def act() -> Answer:
            return Answer(code, self.body(request, self.find(do().pk)))

        return answer_once(request, act, headers_of)

    def show_undo(self, request: Request, number: int) -> Response:
        preview = merging.undo_preview(self.find(number).pk, by=request.user)
        return Response(bodies.undo_body(request, preview))

    def take_back(self, request: Request, number: int) -> Response:
        found = self.find(number)
        sent = parsers.read(request, shapes.UndoOrderSerializer)
        with _with_fresh_undo(request, found):
            return self.answered(
                request, status.HTTP_200_OK, lambda: merging.undo(found.pk, by=request.user, **sent)
            )


# --- What is sent --------------------------------------------------------------------------------


def read_wish(request: Request, shape: type[Shape], *contents: str) -> dict[str, Any]:
    """Return the fields of a wish. Its contents are as they were sent: `revisions.clean` judges them."""
    names = contents or ("content",)
    sent = parsers.body_of(request)
    parsers.refuse_unknown_fields(sent, shape)
    given = {name: _content(name, sent.pop(name, {})) for name in names}
    wrapping = shape(data=sent)
    for name in names:
        wrapping.fields.pop(name)
    wrapping.is_valid(raise_exception=True)
    return {**wrapping.validated_data, **given}


def _content(name: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise serializers.ValidationError({name: ["Send an object with the fields of the content: {…}."]})
    return {key: revisions.EMPTY.get(key) if value is None else value for key, value in given.items()}


def ids_of(request: Request, named: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """Return the terms that fields name. Raises ValidationError for ids that lead to none."""
    wanted = {public_id for ids in named.values() for public_id in ids}
    rows = Term.objects.visible_to(request.user).filter(public_id__in=wanted)
    known = dict(rows.values_list("public_id", "pk"))
    unknown = {
        field: [f"There is no term with the id “{one}”." for one in ids if one not in known]
        for field, ids in named.items()
    }
    if any(unknown.values()):
        raise serializers.ValidationError({field: told for field, told in unknown.items() if told})
    return {field: [known[one] for one in ids] for field, ids in named.items()}


# --- Answers -------------------------------------------------------------------------------------


@contextmanager
def with_fresh_preview(preview: Callable[[], bodies.Body]) -> Iterator[None]:
    """Refuse what was not as it was shown, or needs a second person, with how it would be now."""
    try:
        yield
    except (StalePreview, NeedsSecondReader) as refusal:
        raise Refusal(refusal, preview=preview()) from refusal


def operations_of(kind: str) -> QuerySet[Operation]:
    rows = Operation.objects.filter(kind=kind).select_related("by", "undone_by").defer("reversal")
    return rows.order_by("-at", "-pk")


def without_texts(rows: QuerySet[Any], *ends: str) -> QuerySet[Any]:
    heavy = ("definition", "definition_html", "document", "problems")
    return rows.defer(*(f"{end}__{name}" for end in ends for name in heavy))


def headers_of(body: Mapping[str, Any]) -> dict[str, str]:
    return {**conditional.headers_of_look(body), "Location": body["api_url"]}


@contextmanager
def _with_fresh_undo(request: Request, operation: Operation) -> Iterator[None]:
    try:
        yield
    except StalePreview as refusal:
        now = bodies.undo_body(request, merging.undo_preview(operation.pk, by=request.user))
        raise Refusal(refusal, preview=now, first=now["first"]) from refusal
    except WrongState as refusal:
        operation.refresh_from_db(fields=["undone_at"])
        if operation.undone_at is not None:
            raise
        now = bodies.undo_body(request, merging.undo_preview(operation.pk, by=request.user))
        raise Refusal(refusal, preview=now, first=now["first"]) from refusal
