"""Look-alikes: the list, a look over the glossary, verdicts, and the ledger of verdicts as a file."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from .. import duplicates, judging
from ..models import ApiToken, DuplicatePair, Term
from . import conditional, parsers
from . import duplicate_bodies as bodies
from . import duplicate_shapes as shapes
from .operations import ForStaff
from .serializers import NothingSerializer
from .views import AnyAccept

Scope = ApiToken.Scope

_PAIR = OpenApiParameter("pair", OpenApiTypes.INT, OpenApiParameter.PATH, description="The `id` of a pair.")
_MEDIA_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv"}
_WRITERS = {"jsonl": judging.as_json_lines, "csv": judging.as_csv}
# More than a ledger of all that it may hold.
_LARGEST_FILE = 20 * 1024 * 1024


class _Duplicates(ForStaff):
    queryset = DuplicatePair.objects.none()
    refusal = "Look-alikes are for the editorial staff. Ask a chief editor."


class DuplicateViewSet(_Duplicates):
    """Pairs of look-alikes."""

    serializer_class = shapes.PairSerializer
    queries = {"list": shapes.PairsQuerySerializer}
    scopes = {"scan": Scope.EDIT, "judge": Scope.EDIT}
    looking_actions = ("scan",)

    @extend_schema(
        operation_id="list_duplicates", summary="List look-alikes", parameters=[shapes.PairsQuerySerializer]
    )
    def list(self, request: Request) -> Response:
        """Pairs of terms that may be the same concept (`merge`) or related (`relate`), best first.
        Without `verdict`, those that are to be judged. Of both, the terms are there, except for what is
        merged already."""
        asked = parsers.read_query(request, shapes.PairsQuerySerializer)
        page = self.paginate_queryset(_asked_for(request, asked))
        return self.get_paginated_response([bodies.pair_body(request, pair) for pair in page])

    @extend_schema(operation_id="get_duplicate", summary="Read a pair of look-alikes", parameters=[_PAIR])
    def retrieve(self, request: Request, pair: int) -> Response:
        """With what was said of it. One that is alike no more and was not judged is gone."""
        return Response(bodies.pair_body(request, _find(request, pair)))

    @extend_schema(
        operation_id="get_scan",
        summary="Ask how far it was looked",
        responses=shapes.ScanStateSerializer,
    )
    def state(self, request: Request) -> Response:
        """When the glossary was last looked through for look-alikes, and how many terms changed since."""
        return Response(bodies.state_body(duplicates.state()))

    @extend_schema(
        operation_id="scan_for_duplicates",
        summary="Look for look-alikes",
        request=NothingSerializer,
        responses={200: shapes.ScannedSerializer},
    )
    def scan(self, request: Request) -> Response:
        """Look through the whole glossary now. A big one is left to the worker: `report` is null then,
        and `state` tells how far it is; read it again."""
        parsers.read(request, NothingSerializer)
        body = bodies.scanned_body(duplicates.look_again(by=request.user))
        return Response(body, headers=conditional.headers_of_look(body))

    @extend_schema(
        operation_id="judge_duplicate",
        summary="Judge a pair of look-alikes",
        parameters=[_PAIR],
        request=shapes.VerdictSerializer,
        responses={200: shapes.JudgedSerializer},
    )
    def judge(self, request: Request, pair: int) -> Response:
        """Say that two terms are `different` (with a reason) or `related`, or leave them for `later`.
        What was said stands until one of their names changes; somebody who wants to say something else
        takes it back first, with `open`. Two related terms get the relation, as a proposal or in a draft.
        To merge two terms, use `/merges/`."""
        found = _find(request, pair)
        sent = parsers.read(request, shapes.VerdictSerializer)
        judged = _judged(found, sent, by=request.user)
        body = bodies.judged_body(request, _find(request, pair), judged)
        headers = {**conditional.headers_of_look(body), "Location": body["pair"]["api_url"]}
        return Response(body, headers=headers)


def _asked_for(request: Request, asked: dict[str, Any]) -> QuerySet[DuplicatePair]:
    term = None
    if asked["term"]:
        found = Term.objects.visible_to(request.user).filter(public_id=asked["term"]).first()
        if found is None:
            raise serializers.ValidationError({"term": [f"There is no term “{asked['term']}”."]})
        term = found.pk
    narrowing = {name: asked[name] for name in ("suggestion", "tag", "name", "method", "only_public")}
    return duplicates.pairs(
        request.user,
        verdict=None if asked["verdict"] == "any" else asked["verdict"],
        minimum=asked["minimum"],
        term=term,
        **narrowing,
    )


def _find(request: Request, number: int) -> DuplicatePair:
    pair = duplicates.pairs(request.user, verdict=None).filter(pk=number).first()
    if pair is None:
        raise exceptions.NotFound
    return pair


def _judged(pair: DuplicatePair, sent: dict[str, Any], *, by: Any) -> judging.Judged:
    relation = sent.pop("relation", None)
    if relation is None:
        return judging.judge(pair_id=pair.pk, by=by, **sent)
    if sent["verdict"] != DuplicatePair.Verdict.RELATED:
        raise serializers.ValidationError({"relation": ["Only with the verdict “related”."]})
    return judging.relate(pair_id=pair.pk, kind=relation, by=by, because=sent["because"])


class VerdictsViewSet(_Duplicates):
    """The ledger of verdicts."""

    content_negotiation_class = AnyAccept
    pagination_class = None
    parser_classes = (parsers.FileParser,)
    queries = {"read": shapes.VerdictsQuerySerializer}
    scopes = {"bring": Scope.EDIT}
    looking_actions = ("bring",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        parsers.refuse_longer(request, _LARGEST_FILE)
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="export_verdicts",
        summary="Export verdicts",
        parameters=[shapes.VerdictsQuerySerializer],
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in _MEDIA_TYPES.values()},
    )
    def read(self, request: Request) -> HttpResponse:
        """All that was said of look-alikes: both terms by id and name, with what they were called then,
        the verdict, why, by whom and when. JSON Lines, or a table with `form=csv`."""
        form = parsers.read_query(request, shapes.VerdictsQuerySerializer)["form"]
        text = "".join(_WRITERS[form](judging.export_verdicts(request.user)))
        return HttpResponse(
            text.encode(),
            content_type=_MEDIA_TYPES[form],
            headers={"Content-Disposition": f'attachment; filename="verdicts.{form}"'},
        )

    @extend_schema(
        operation_id="import_verdicts",
        summary="Import verdicts",
        request=dict.fromkeys(_MEDIA_TYPES.values(), OpenApiTypes.BINARY),
        responses={200: shapes.VerdictsReportSerializer},
    )
    def bring(self, request: Request) -> Response:
        """Send a file as it was exported, as the body, under any `Content-Type`. Terms are found by id,
        else by full name. What was judged here stays, merges are not carried over; who judged and when
        is kept."""
        [file] = request.FILES.getlist("file") or [None]
        body = bodies.import_body(judging.import_verdicts(file.read() if file else b"", by=request.user))
        return Response(body, headers=conditional.headers_of_look(body))
