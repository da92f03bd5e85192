"""Status codes, addresses and headers. What may be done, and by whom, is the rules' to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from .. import discussion, past, publishing, search, workflow
from ..answers import Answer
from ..models import ApiToken, Revision, Tag, Term
from . import bodies, conditional, conflicts, finding, lookup, openapi, parsers
from . import serializers as shapes
from .authentication import SAFE_METHODS, require_scope
from .duplicate_bodies import look_alike_bodies
from .duplicate_shapes import NewTermAnswerSerializer
from .errors import PROBLEMS, Gone
from .filters import Pages, ProposalFilter, TermFilter, envelope_schema, found_schema
from .repeating import answer_once

Scope = ApiToken.Scope

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The public id of a term.")
_AS_OF = OpenApiParameter(
    "as_of",
    OpenApiTypes.STR,
    OpenApiParameter.QUERY,
    description="The term as it was at the end of a day (`2026-05-01`, in the zone of the site) or at a "
    "moment (ISO 8601) of the past.",
)
_NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH, description="Of the revision.")
_THREAD = OpenApiParameter(
    "thread", OpenApiTypes.INT, OpenApiParameter.PATH, description="Of the discussion."
)


class Face:
    """What all views share: JSON in and out, ETags on reads."""

    schema = openapi.Operation()
    parser_classes = (parsers.StrictJSONParser,)
    http_method_names = ("get", "head", "post", "patch", "delete")

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        # What a sender calls its charset may be no encoding of texts at all.
        request.encoding = settings.DEFAULT_CHARSET
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        final = super().finalize_response(request, response, *args, **kwargs)
        if request.method not in SAFE_METHODS or final.status_code != status.HTTP_200_OK:
            return final
        if not isinstance(final, Response):
            return conditional.finish_read(request, final)
        final.add_post_render_callback(lambda rendered: conditional.finish_read(request, rendered))
        return final


class View(Face, APIView):
    """A view of one address."""


class ViewSet(Face, GenericViewSet):
    """The views of a kind of thing. `scopes` names what each action asks of a token."""

    scopes: Mapping[str, str] = {}
    conditional_actions: tuple[str, ...] = ()
    queryset = Term.objects.none()


# --- Terms ---------------------------------------------------------------------------------------


def _survivor(request: Request, term: Term) -> Term:
    """Follow merges to the term that is there now. Raises NotFound for a draft that is others' affair."""
    seen = set()
    while term.merged_into is not None and term.pk not in seen:
        seen.add(term.pk)
        term = term.merged_into
    return term if term.version else lookup.find_readable(request, term.public_id)


class TermViewSet(ViewSet):
    """Terms as readers see them, and the wishes to change them."""

    serializer_class = shapes.TermSerializer
    pagination_class = Pages
    filterset_class = TermFilter
    lookup_url_kwarg = "id"
    scopes = {
        "create": Scope.PROPOSE,
        "partial_update": Scope.PROPOSE,
        "destroy": Scope.ADMIN,
        "deprecate": Scope.REVIEW,
        "reinstate": Scope.REVIEW,
        "restore": Scope.ADMIN,
        "discard": Scope.EDIT,
    }
    conditional_actions = ("partial_update", "destroy", "deprecate", "reinstate", "restore", "discard")
    repeatable_actions = ("create",)
    further_problems = {"create": (422,)}

    def get_queryset(self) -> QuerySet[Term]:
        return Term.objects.visible_to(self.request.user)

    def get_parsers(self) -> list[Any]:
        return [*super().get_parsers(), *([parsers.MergePatchParser()] if self._is_patch() else [])]

    def _is_patch(self) -> bool:
        return self.request is not None and self.request.method == "PATCH"

    @extend_schema(
        operation_id="list_terms", summary="List terms", responses=shapes.TermSerializer(many=True)
    )
    def list(self, request: Request) -> Response:
        """Published and deprecated terms, in the order of their names."""
        terms = self.filter_queryset(self.get_queryset())
        # Public terms have their documents; of others more has to be read.
        are_public = not request.query_params.get("status")
        page = self.paginate_queryset(terms.only("document") if are_public else publishing.with_parts(terms))
        documents = (term.document or publishing.document(term) for term in page)
        return self.get_paginated_response([bodies.term_body(request, document) for document in documents])

    @extend_schema(
        operation_id="get_term",
        summary="Read a term",
        parameters=[_ID, _AS_OF],
        responses={
            200: PolymorphicProxySerializer(
                component_name="TermOrVersion",
                serializers=[shapes.TermDetailSerializer, shapes.RevisionSerializer],
                resource_type_field_name=None,
            ),
            300: shapes.AmbiguousSerializer,
            301: shapes.MovedSerializer,
        },
    )
    def retrieve(self, request: Request, id: str) -> Response:
        """By its id. The address of its page, `slug`, is answered with a redirect to it, or with
        300 and the choices when several terms share the name; an absorbed term with a redirect to
        the one that is there now, a removed one with 410.

        With `as_of` the published version that readers saw at that moment, in the shape of
        `/versions/`; 404 before the first publication, 410 while the term was removed."""
        asked = request.query_params.get("as_of")
        try:
            find = lookup.find_readable if asked is None else lookup.find_for_history
            term = find(request, id)
        except exceptions.NotFound:
            return self._by_address(request, id)
        if term.merged_into is not None:
            return self._moved(request, _survivor(request, term), is_merged=True)
        if asked is not None:
            return _answer_with_version(request, past.seen_at(term, past.moment(asked)))
        document, proposals = bodies.document_of(term), bodies.open_proposals(request, term)
        body = bodies.term_body(request, document)
        if proposals is not None:
            body["open_proposals"] = proposals
        return Response(body, headers={"ETag": bodies.term_etag(term, proposals)})

    def _by_address(self, request: Request, slug: str) -> Response:
        found = Term.objects.resolve(slug)
        if found.choices:
            return Response(
                {"choices": [bodies.reference(term) for term in found.choices]},
                status.HTTP_300_MULTIPLE_CHOICES,
                headers={"Cache-Control": "no-cache"},
            )
        if found.term is None:
            raise exceptions.NotFound
        if found.term.status == Term.Status.REMOVED:
            raise Gone(bodies.term_etag(found.term))
        return self._moved(request, found.term)

    def _moved(self, request: Request, term: Term, *, is_merged: bool = False) -> Response:
        """Send on to a term. Not to be kept: a merge can be undone, a name can move."""
        address = bodies.term_api_url(request, term)
        if "as_of" in request.query_params:
            address = replace_query_param(address, "as_of", request.query_params["as_of"])
        merged_into = term.public_id if is_merged else None
        return Response(
            {**bodies.reference(term), "merged_into": merged_into, "api_url": address},
            status.HTTP_301_MOVED_PERMANENTLY,
            headers={"Location": address, "Cache-Control": "no-cache"},
        )

    @extend_schema(
        operation_id="propose_term",
        summary="Propose a new term",
        request=shapes.NewTermBodySerializer,
        responses={201: NewTermAnswerSerializer},
    )
    def create(self, request: Request) -> Response:
        """Readers see it when somebody else has approved it. With `draft`, editors keep it to work on.

        `look_alikes` are terms that may be the same; they are a hint, and forbid nothing."""
        wrapping, content = parsers.unwrap(request, shapes.NewTermSerializer)
        if wrapping["draft"]:
            require_scope(request, Scope.EDIT)
        make = workflow.create_draft if wrapping["draft"] else workflow.propose

        def act() -> Answer:
            revision = make(content=content, by=request.user, comment=wrapping["comment"])
            alike = look_alike_bodies(revision, by=request.user)
            return Answer(status.HTTP_201_CREATED, {**_whole_body(request, revision), "look_alikes": alike})

        return answer_once(request, act, _headers_of_new)

    @extend_schema(
        operation_id="propose_change",
        summary="Propose a change",
        parameters=[_ID],
        request={
            "application/json": shapes.ChangeBodySerializer,
            "application/merge-patch+json": shapes.ChangeBodySerializer,
        },
        responses={201: shapes.RevisionSerializer},
    )
    def partial_update(self, request: Request, id: str) -> Response:
        """A merge patch (RFC 7396): absent fields stay as they are, null empties one, lists are
        replaced whole. Readers go on seeing the live text until somebody else approves."""
        term = lookup.find_shown(request, id)
        wrapping, content = parsers.unwrap(request, shapes.ChangeSerializer)
        base = self._base(request, term, wrapping.get("based_on"))
        conflicts.check_state_of_term(request, term, content)
        save = workflow.save_draft if wrapping["draft"] else workflow.propose
        with conflicts.stale_as_conflict(request, term, content):
            revision = save(
                term_id=term.pk,
                based_on=base.number,
                content=content,
                by=request.user,
                comment=wrapping["comment"],
            )
        return answer_with_revision(request, revision, created=True)

    def _base(self, request: Request, term: Term, number: int | None) -> Revision:
        """Return the revision that the author had in front: the live one unless another is named."""
        known = Revision.objects.visible_to(request.user) | Revision.objects.filter(version__isnull=False)
        known = known.filter(term=term)
        if number is not None:
            base = known.filter(number=number).first()
        else:
            base = term.live_revision or known.order_by("-number").first()
        if base is None:
            raise serializers.ValidationError({"based_on": [f"There is no revision {number} of this term."]})
        if base.is_open and base.author_id != request.user.pk:
            require_scope(request, Scope.EDIT)
        return base

    @extend_schema(
        operation_id="remove_term",
        summary="Remove a term",
        parameters=[_ID],
        request=shapes.ReasonSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def destroy(self, request: Request, id: str) -> Response:
        """Its address answers 410 from now on; its history stays, and it can be restored."""
        sent = parsers.read(request, shapes.ReasonSerializer)
        return self._transition(request, id, workflow.remove, bound=True, reason=sent["reason"])

    @extend_schema(
        operation_id="deprecate_term",
        summary="Deprecate a term",
        parameters=[_ID],
        request=shapes.DeprecationSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def deprecate(self, request: Request, id: str) -> Response:
        """Its page stays, with the reason and what to use instead."""
        sent = parsers.read(request, shapes.DeprecationSerializer)
        return self._transition(request, id, workflow.deprecate, bound=True, **sent)

    @extend_schema(
        operation_id="reinstate_term",
        summary="Take a deprecation back",
        parameters=[_ID],
        request=shapes.CommentSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def reinstate(self, request: Request, id: str) -> Response:
        """The successors named in the deprecation go with it."""
        sent = parsers.read(request, shapes.CommentSerializer)
        return self._transition(request, id, workflow.reinstate, bound=True, comment=sent["comment"])

    @extend_schema(
        operation_id="restore_term",
        summary="Restore a removed term",
        parameters=[_ID],
        request=shapes.CommentSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def restore(self, request: Request, id: str) -> Response:
        """As it was; a discarded draft comes back to the drafts."""
        sent = parsers.read(request, shapes.CommentSerializer)
        return self._transition(
            request, id, workflow.restore, find=lookup.find_for_history, comment=sent["comment"]
        )

    @extend_schema(
        operation_id="discard_draft",
        summary="Discard a draft",
        parameters=[_ID],
        request=shapes.DiscardSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def discard(self, request: Request, id: str) -> Response:
        """A term that was never public is put away; it can be restored."""
        sent = parsers.read(request, shapes.DiscardSerializer)
        return self._transition(request, id, workflow.discard_draft, reason=sent["reason"])

    def _transition(
        self,
        request: Request,
        id: str,
        action: Any,
        *,
        bound: bool = False,
        find: Any = lookup.find_shown,
        **sent: Any,
    ) -> Response:
        """Take an action on a term; a `bound` one only on the live revision that was read."""
        term = find(request, id)
        conflicts.check_state_of_term(request, term)
        if bound and term.live_revision is not None:
            sent["based_on"] = term.live_revision.number
        with conflicts.stale_as_conflict(request, term, {}):
            changed = action(term_id=term.pk, by=request.user, **sent)
        return answer_with_revision(
            request, changed.live_revision or changed.revisions.order_by("-number")[0]
        )


# --- Revisions -----------------------------------------------------------------------------------


class RevisionViewSet(ViewSet):
    """What somebody wanted readers to see, and what became of it."""

    serializer_class = shapes.RevisionSerializer
    pagination_class = Pages
    scopes = {
        "approve": Scope.REVIEW,
        "reject": Scope.REVIEW,
        "request_changes": Scope.REVIEW,
        "withdraw": Scope.PROPOSE,
        "resubmit": Scope.PROPOSE,
        "bring_up_to_date": Scope.PROPOSE,
        "assign": Scope.EDIT,
    }
    conditional_actions = tuple(scopes)
    filter_backends: list[Any] = []

    @extend_schema(
        operation_id="list_revisions",
        summary="List the revisions of a term",
        parameters=[_ID],
        responses=shapes.RevisionSummarySerializer(many=True),
    )
    def list(self, request: Request, id: str) -> Response:
        """Everybody gets the published versions, the staff all revisions, authors their own, too.
        Newest first."""
        term = lookup.find_for_history(request, id)
        seen = Revision.objects.visible_to(request.user).filter(term=term)
        listed = term.revisions.filter(version__isnull=False) | seen
        page = self.paginate_queryset(lookup.with_people(listed))
        seen_whole = set(seen.values_list("pk", flat=True))
        return self.get_paginated_response(
            [
                bodies.revision_summary(request, revision, is_seen_whole=revision.pk in seen_whole)
                for revision in page
            ]
        )

    @extend_schema(
        operation_id="get_version",
        summary="Read a published version",
        parameters=[
            _ID,
            OpenApiParameter("version", OpenApiTypes.INT, OpenApiParameter.PATH, description="From 1."),
        ],
        responses=shapes.RevisionSerializer,
    )
    def version(self, request: Request, id: str, version: int) -> Response:
        """As it read then, without what is not public any more."""
        term = lookup.find_for_history(request, id)
        revision = lookup.with_people(term.revisions.filter(version=version)).first()
        if revision is None:
            raise exceptions.NotFound
        return _answer_with_version(request, revision)

    @extend_schema(
        operation_id="get_revision",
        summary="Read a revision",
        parameters=[_ID, _NUMBER],
        responses=shapes.RevisionSerializer,
    )
    def retrieve(self, request: Request, id: str, number: int) -> Response:
        """For the staff, and for its author. Published versions are everybody's, by their version."""
        revision = lookup.find_revision(request, id, number)
        body = bodies.revision_body(request, revision, is_seen_whole=True)
        return Response(body, headers={"ETag": bodies.revision_etag(body)})

    @extend_schema(
        operation_id="get_difference",
        summary="Compare a revision",
        parameters=[_ID, _NUMBER],
        responses=shapes.DifferenceSerializer,
    )
    def difference(self, request: Request, id: str, number: int) -> Response:
        """An open one with what is live now, a decided one with what was live when it was written."""
        revision = lookup.find_revision(request, id, number)
        against = revision.term.live_revision if revision.is_open else revision.based_on
        return Response(bodies.difference(request.user, revision, against))

    @extend_schema(
        operation_id="approve_revision",
        summary="Approve a proposal",
        parameters=[_ID, _NUMBER],
        request=shapes.CommentSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def approve(self, request: Request, id: str, number: int) -> Response:
        """Exactly this text is what readers see from now on. Not for those who wrote it."""
        return self._decide(request, id, number, workflow.approve, shapes.CommentSerializer)

    @extend_schema(
        operation_id="reject_revision",
        summary="Reject a proposal",
        parameters=[_ID, _NUMBER],
        request=shapes.RejectionSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def reject(self, request: Request, id: str, number: int) -> Response:
        """The reason goes to the author; the text stays in the history."""
        return self._decide(request, id, number, workflow.reject, shapes.RejectionSerializer)

    @extend_schema(
        operation_id="withdraw_revision",
        summary="Withdraw a proposal",
        parameters=[_ID, _NUMBER],
        request=shapes.CommentSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def withdraw(self, request: Request, id: str, number: int) -> Response:
        """One's own only; the text stays in the history."""
        return self._decide(request, id, number, workflow.withdraw, shapes.CommentSerializer)

    @extend_schema(
        operation_id="request_changes",
        summary="Ask for changes",
        parameters=[_ID, _NUMBER],
        request=shapes.ChangeRequestSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def request_changes(self, request: Request, id: str, number: int) -> Response:
        """Send a proposal back to those who wrote it. Not for those who wrote it."""
        return self._decide(request, id, number, workflow.request_changes, shapes.ChangeRequestSerializer)

    @extend_schema(
        operation_id="resubmit_revision",
        summary="Propose again with an answer",
        parameters=[_ID, _NUMBER],
        request=shapes.AnswerSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def resubmit(self, request: Request, id: str, number: int) -> Response:
        """Put a text that was sent back into the queue as it is."""
        return self._decide(request, id, number, workflow.resubmit, shapes.AnswerSerializer)

    @extend_schema(
        operation_id="bring_up_to_date",
        summary="Bring a proposal up to date",
        parameters=[_ID, _NUMBER],
        request=shapes.NothingSerializer,
        responses={201: shapes.RevisionSerializer},
    )
    def bring_up_to_date(self, request: Request, id: str, number: int) -> Response:
        """Put a text that was overtaken on top of what is live now, as a revision of the same author.

        Where both changed the same words it is refused with all three texts.
        """
        revision = lookup.find_revision(request, id, number)
        conflicts.check_state_of_revision(request, revision)
        parsers.read(request, shapes.NothingSerializer)
        shown = bodies.content_for(request.user, revision.content)
        with conflicts.stale_as_conflict(request, revision.term, shown):
            newer = workflow.bring_up_to_date(revision_id=revision.pk, by=request.user)
        return answer_with_revision(request, newer, created=True)

    @extend_schema(
        operation_id="assign_revision",
        summary="Assign a proposal",
        parameters=[_ID, _NUMBER],
        request=shapes.AssignmentSerializer,
        responses={200: shapes.RevisionSerializer},
    )
    def assign(self, request: Request, id: str, number: int) -> Response:
        """Ask somebody to take care of an open text until a day, or take that back."""
        revision = lookup.find_revision(request, id, number)
        conflicts.check_state_of_revision(request, revision)
        sent = parsers.read(request, shapes.AssignmentSerializer)
        # First the right: who has none learns nothing of which accounts there are.
        workflow.check("assign", request.user, revision=revision)
        to = lookup.find_person(sent["assignee"])
        workflow.assign(revision_id=revision.pk, by=request.user, to=to, due_on=sent["due_on"])
        return answer_with_revision(request, revision)

    def _decide(self, request: Request, id: str, number: int, action: Any, shape: Any) -> Response:
        revision = lookup.find_revision(request, id, number)
        conflicts.check_state_of_revision(request, revision)
        sent = parsers.read(request, shape)
        shown = bodies.content_for(request.user, revision.content)
        with conflicts.stale_as_conflict(request, revision.term, shown):
            action(revision_id=revision.pk, by=request.user, **sent)
        return answer_with_revision(request, revision)


class DiscussionViewSet(ViewSet):
    """What is said about a revision and the texts that it corrects."""

    serializer_class = shapes.ThreadSerializer
    pagination_class = None
    scopes = {"create": Scope.PROPOSE, "resolve": Scope.PROPOSE, "reopen": Scope.PROPOSE}
    filter_backends: list[Any] = []

    @extend_schema(
        operation_id="list_comments",
        summary="Read the discussion of a revision",
        parameters=[_ID, _NUMBER],
        responses=shapes.DiscussionSerializer,
    )
    def read(self, request: Request, id: str, number: int) -> Response:
        """Open threads first, each oldest first; authors read what was said about their own text."""
        return Response({"results": self._threads(request, lookup.find_revision(request, id, number))})

    @staticmethod
    def _threads(request: Request, revision: Revision) -> Any:
        line = revision.line
        readable = Revision.objects.visible_to(request.user).filter(pk__in=[one.pk for one in line])
        return [bodies.thread_body(thread) for thread in discussion.threads(readable)]

    @extend_schema(
        operation_id="comment",
        summary="Comment on a revision",
        parameters=[_ID, _NUMBER],
        request=shapes.RemarkSerializer,
        responses={201: shapes.DiscussionSerializer},
    )
    def create(self, request: Request, id: str, number: int) -> Response:
        """Say something about the text or one field of it, or answer in a thread."""
        revision = lookup.find_revision(request, id, number)
        sent = parsers.read(request, shapes.RemarkSerializer)
        discussion.comment(
            revision_id=revision.pk,
            by=request.user,
            text=sent["text"],
            field=sent["field"],
            thread_id=sent["thread"],
        )
        body = {"results": self._threads(request, revision)}
        headers = {
            "Location": request.build_absolute_uri(),
            "ETag": conditional.etag(conditional.digest(body)),
        }
        return Response(body, status.HTTP_201_CREATED, headers=headers)

    @extend_schema(
        operation_id="resolve_thread",
        summary="Resolve a discussion",
        parameters=[_ID, _NUMBER, _THREAD],
        request=shapes.NothingSerializer,
        responses={200: shapes.DiscussionSerializer},
    )
    def resolve(self, request: Request, id: str, number: int, thread: int) -> Response:
        """For those who began it, who wrote the text, and reviewers."""
        return self._settle(request, id, number, thread, discussion.resolve)

    @extend_schema(
        operation_id="reopen_thread",
        summary="Open a discussion again",
        parameters=[_ID, _NUMBER, _THREAD],
        request=shapes.NothingSerializer,
        responses={200: shapes.DiscussionSerializer},
    )
    def reopen(self, request: Request, id: str, number: int, thread: int) -> Response:
        """For the same people as resolving it."""
        return self._settle(request, id, number, thread, discussion.reopen)

    def _settle(self, request: Request, id: str, number: int, thread: int, action: Any) -> Response:
        revision = lookup.find_revision(request, id, number)
        parsers.read(request, shapes.NothingSerializer)
        if thread not in {found["id"] for found in self._threads(request, revision)}:
            raise exceptions.NotFound
        action(thread_id=thread, by=request.user)
        return Response({"results": self._threads(request, revision)})


class ProposalViewSet(ViewSet):
    """What waits for a decision."""

    serializer_class = shapes.RevisionSummarySerializer
    pagination_class = Pages
    filterset_class = ProposalFilter
    is_for_people_only = True
    queryset = Revision.objects.none()

    def get_queryset(self) -> QuerySet[Revision]:
        return lookup.with_people(Revision.objects.visible_to(self.request.user)).order_by("created_at", "pk")

    @extend_schema(operation_id="list_proposals", summary="List proposals")
    def list(self, request: Request) -> Response:
        """The queue for the staff, one's own proposals for others. Oldest first."""
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(
            [bodies.revision_summary(request, revision, is_seen_whole=True) for revision in page]
        )


# --- Finding -------------------------------------------------------------------------------------


def page_of(request: Request, results: list[Any], *, count: int) -> Response:
    """Answer the only page of results in the envelope that all lists have."""
    return Response({"count": count, "next": None, "previous": None, "results": results})


class Enveloped(BasePagination):
    """The envelope of the lists that are not paged by a queryset, for the document."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return envelope_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []


class FoundEnvelope(Enveloped):
    """The envelope of what was found."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return found_schema(schema)


class SearchView(ViewSet):
    pagination_class = FoundEnvelope
    filter_backends: list[Any] = []

    @extend_schema(
        operation_id="search",
        summary="Search",
        parameters=[shapes.SearchQuerySerializer],
        responses=shapes.SearchHitSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """Names, other names and texts at once; each hit says why it was found. Best first.

        When nothing has all the words, the hits are those of the corrected query in `did_you_mean`,
        or have at least some of the words: `matched` says which."""
        asked = parsers.read_query(request, shapes.SearchQuerySerializer)
        with publishing.one_state():
            found = finding.find(asked)
        finding.note_failure(request, asked, found)
        return Response(finding.search_body(request, asked, found))


class SuggestView(View):
    @extend_schema(
        operation_id="suggest",
        summary="Suggest names",
        parameters=[shapes.SuggestQuerySerializer],
        responses=shapes.SuggestionsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Names and other names that begin with what was typed."""
        asked = parsers.read_query(request, shapes.SuggestQuerySerializer)
        found = search.suggest(asked["q"], limit=asked["limit"])
        return Response(finding.suggestions_body(request, asked["q"], found))


class TagViewSet(ViewSet):
    serializer_class = shapes.TagSerializer
    pagination_class = Pages
    filter_backends: list[Any] = []
    queryset = Tag.objects.none()

    def get_queryset(self) -> QuerySet[Tag]:
        return Tag.objects.with_public_counts().order_by("name", "pk")

    @extend_schema(operation_id="list_tags", summary="List tags")
    def list(self, request: Request) -> Response:
        """The tags of published terms, by name."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([bodies.tag_body(request, tag) for tag in page])

    @extend_schema(
        operation_id="get_tag",
        summary="Read a tag",
        parameters=[OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """With the number of terms that have it."""
        tag = self.get_queryset().filter(slug=slug).first()
        if tag is None:
            raise exceptions.NotFound
        return Response(bodies.tag_body(request, tag))


class LetterViewSet(ViewSet):
    pagination_class = Enveloped
    filter_backends: list[Any] = []

    @extend_schema(
        operation_id="list_letters",
        summary="List the letters",
        responses=shapes.LetterSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """The sections of the index with the number of their lines, empty letters included."""
        letters = [
            {"key": letter.key, "label": letter.label, "count": letter.count} for letter in search.letters()
        ]
        return page_of(request, letters, count=len(letters))


# --- About the API -------------------------------------------------------------------------------


class RootView(View):
    @extend_schema(operation_id="get_root", summary="Begin here", responses=shapes.RootSerializer)
    def get(self, request: Request) -> Response:
        """Where everything is."""
        names = {
            "terms": "term-list",
            "search": "search",
            "suggest": "suggest",
            "tags": "tag-list",
            "letters": "letter-list",
            "proposals": "proposal-list",
            "imports": "import-list",
            "merges": "merge-list",
            "splits": "split-list",
            "merge_proposals": "merge-proposal-list",
            "duplicates": "duplicate-list",
            "export": "export-list",
            "openapi": "openapi",
            "docs": "docs",
        }
        links = {key: bodies.absolute(request, reverse(f"api:{name}")) for key, name in names.items()}
        return Response({"name": settings.SITE_NAME, **links})


class OpenApiView(View):
    @extend_schema(operation_id="get_openapi", summary="This document", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """OpenAPI 3.1."""
        return Response(openapi.document())


class AnyAccept(DefaultContentNegotiation):
    """There is one form of answer, whatever a program says it accepts, and `format` means something else."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class DocsView(View):
    """The reference page, made from the OpenAPI document."""

    schema = None
    content_negotiation_class = AnyAccept

    def get(self, request: Request) -> HttpResponse:
        origin = settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")
        context = {
            "document": openapi.document(),
            "introduction": openapi.introduction(),
            "paths": openapi.reference_paths(origin),
            "shapes": openapi.reference_shapes(),
            "problems": PROBLEMS,
            "scopes": ApiToken.Scope.choices,
            "origin": origin,
        }
        return render(request._request, "api/docs.html", context)


class NoSuchAddress(View):
    """What is under /api/v1/ and nothing else answers."""

    schema = None
    content_negotiation_class = AnyAccept

    def initial(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


def _answer_with_version(request: Request, revision: Revision) -> Response:
    body = bodies.revision_body(request, revision, is_seen_whole=False)
    return Response(body, headers={"ETag": bodies.version_etag(revision, body)})


def answer_with_revision(request: Request, revision: Revision, *, created: bool = False) -> Response:
    """Answer a change with the revision it made or decided, fresh, its address and its ETag."""
    body = _whole_body(request, revision)
    code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
    return Response(body, code, headers=_headers_of_whole(body))


def _whole_body(request: Request, revision: Revision) -> bodies.Body:
    fresh = lookup.with_people(Revision.objects.filter(pk=revision.pk)).get()
    return bodies.revision_body(request, fresh, is_seen_whole=True)


def _headers_of_new(body: bodies.Body) -> dict[str, str]:
    """Return the headers of a new term, with the ETag that its revision has when it is read."""
    return _headers_of_whole({name: value for name, value in body.items() if name != "look_alikes"})


def _headers_of_whole(body: bodies.Body) -> dict[str, str]:
    return {
        "ETag": bodies.revision_etag(body),
        "Location": body["api_url"],
        "Content-Location": body["api_url"],
        "Cache-Control": "no-store",
    }
