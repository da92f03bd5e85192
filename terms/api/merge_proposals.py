"""Merges and splits that somebody else has to agree to, proposed and decided by programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from .. import merging
from ..answers import Answer
from ..models import ApiToken, MergeProposal, Operation, Term
from . import merge_bodies as bodies
from . import merge_shapes as shapes
from . import merging as merges
from . import parsers, splitting
from .operations import ForStaff, headers_of, read_wish, with_fresh_preview
from .repeating import answer_once
from .serializers import CommentSerializer, NothingSerializer, RejectionSerializer

Scope = ApiToken.Scope

_PROPOSAL = OpenApiParameter(
    "proposal", OpenApiTypes.INT, OpenApiParameter.PATH, description="The `id` of the proposal."
)
_ORDERS = PolymorphicProxySerializer(
    component_name="MergeOrSplitOrder",
    serializers=[shapes.MergeOrderSerializer, shapes.SplitOrderSerializer],
    resource_type_field_name=None,
)
_WRITES = ("create", "approve", "reject", "withdraw", "bring_up_to_date")


class MergeProposalViewSet(ForStaff):
    """Proposed merges and splits."""

    serializer_class = shapes.MergeProposalSummarySerializer
    queries = {"list": shapes.MergeProposalsQuerySerializer}
    scopes = {
        "create": Scope.EDIT,
        "approve": Scope.REVIEW,
        "reject": Scope.REVIEW,
        "withdraw": Scope.EDIT,
        "bring_up_to_date": Scope.EDIT,
    }
    repeatable_actions = _WRITES
    further_problems = dict.fromkeys(_WRITES, (422,))
    problem_shapes = {action: {409: shapes.MergeProposalProblemSerializer} for action in _WRITES}

    def get_queryset(self) -> QuerySet[MergeProposal]:
        heavy = ("definition", "definition_html", "document", "problems")
        terms = Prefetch("terms", Term.objects.defer(*heavy))
        return merging.visible_proposals(self.request.user).prefetch_related(None).prefetch_related(terms)

    @extend_schema(
        operation_id="list_merge_proposals",
        summary="List proposed merges",
        parameters=[shapes.MergeProposalsQuerySerializer],
    )
    def list(self, request: Request) -> Response:
        """And splits: those that wait for a decision, unless asked otherwise."""
        asked = parsers.read_query(request, shapes.MergeProposalsQuerySerializer)
        found = self.get_queryset()
        if asked["state"] == MergeProposal.State.PROPOSED:
            found = found.filter(state=asked["state"]).order_by("at", "pk")
        elif asked["state"] != "all":
            found = found.filter(state=asked["state"])
        page = self.paginate_queryset(found.filter(by=request.user) if asked["mine"] else found)
        return self.get_paginated_response([bodies.proposal_summary(request, one) for one in page])

    @extend_schema(
        operation_id="propose_merge",
        summary="Propose a merge",
        request=_ORDERS,
        responses={201: shapes.MergeProposalSerializer},
    )
    def create(self, request: Request) -> Response:
        """Or a split: send what you would send to `/merges/` or to `/splits/`. It is done when somebody
        else agrees to it."""
        kind, wish, sent, fresh = _read(request)

        def propose() -> MergeProposal:
            return merging.propose(kind, wish, token=sent["token"], by=request.user, comment=sent["comment"])

        with fresh:
            return self._answered(request, status.HTTP_201_CREATED, propose)

    @extend_schema(
        operation_id="get_merge_proposal",
        summary="Read a proposed merge",
        parameters=[_PROPOSAL],
        responses=shapes.MergeProposalSerializer,
    )
    def retrieve(self, request: Request, proposal: int) -> Response:
        """Or a split; while it waits, with what it would do now."""
        return Response(bodies.proposal_body(request, self._find(proposal)))

    @extend_schema(
        operation_id="approve_merge_proposal",
        summary="Agree to a proposed merge",
        parameters=[_PROPOSAL],
        request=shapes.ApprovalSerializer,
        responses={200: shapes.MergeProposalSerializer},
    )
    def approve(self, request: Request, proposal: int) -> Response:
        """It is carried out exactly as it was proposed; `operation` is what can be undone."""
        return self._decide(request, proposal, shapes.ApprovalSerializer, merging.approve_proposal)

    @extend_schema(
        operation_id="reject_merge_proposal",
        summary="Reject a proposed merge",
        parameters=[_PROPOSAL],
        request=RejectionSerializer,
        responses={200: shapes.MergeProposalSerializer},
    )
    def reject(self, request: Request, proposal: int) -> Response:
        """With a reason."""
        return self._decide(request, proposal, RejectionSerializer, merging.reject_proposal)

    @extend_schema(
        operation_id="withdraw_merge_proposal",
        summary="Withdraw a proposed merge",
        parameters=[_PROPOSAL],
        request=CommentSerializer,
        responses={200: shapes.MergeProposalSerializer},
    )
    def withdraw(self, request: Request, proposal: int) -> Response:
        """One's own."""
        return self._decide(request, proposal, CommentSerializer, merging.withdraw_proposal)

    @extend_schema(
        operation_id="bring_merge_proposal_up_to_date",
        summary="Bring a proposed merge up to date",
        parameters=[_PROPOSAL],
        request=NothingSerializer,
        responses={200: shapes.MergeProposalSerializer},
    )
    def bring_up_to_date(self, request: Request, proposal: int) -> Response:
        """The same wish, over the terms as they are now; its token is a new one."""
        return self._decide(request, proposal, NothingSerializer, merging.refresh_proposal)

    def _find(self, number: int) -> MergeProposal:
        proposal = self.get_queryset().filter(pk=number).first()
        if proposal is None:
            raise exceptions.NotFound
        return proposal

    def _decide(self, request: Request, number: int, shape: Any, decide: Callable[..., Any]) -> Response:
        found = self._find(number)
        sent = parsers.read(request, shape)

        def act() -> MergeProposal:
            decide(found.pk, by=request.user, **sent)
            return found

        def now() -> bodies.Body:
            return bodies.shown_body(request, merging.preview_of(found, request.user))

        with with_fresh_preview(now):
            return self._answered(request, status.HTTP_200_OK, act)

    def _answered(self, request: Request, code: int, act: Callable[[], MergeProposal]) -> Response:
        """Act, once for each key, and answer with the proposal as it is then."""

        def answer() -> Answer:
            return Answer(code, bodies.proposal_body(request, self._find(act().pk)))

        return answer_once(request, answer, headers_of)


def _read(
    request: Request,
) -> tuple[str, dict[str, Any], Mapping[str, Any], AbstractContextManager[None]]:
    """Return what is proposed: its kind, the wish as it is kept, all that was sent, and what refuses."""
    if "term" in parsers.body_of(request):
        sent = read_wish(request, shapes.SplitOrderSerializer, *splitting.SIDES)
        names = ("term", *splitting.SIDES, "address", "moves")
        fresh = splitting.fresh_preview(request, splitting.wish_of(request, sent))
        kind = Operation.Kind.SPLIT
    else:
        sent = read_wish(request, shapes.MergeOrderSerializer)
        names = ("kept", "absorbed", "content")
        fresh = merges.fresh_preview(request, merges.terms_of(request, sent), sent["content"])
        kind = Operation.Kind.MERGE
    return kind.value, {name: sent[name] for name in names}, sent, with_fresh_preview(fresh)
