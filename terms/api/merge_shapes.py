"""The shapes of merges and splits. Those of answers describe what `merge_bodies` makes."""

from __future__ import annotations

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from .. import merging
from ..models import (
    NAME_LENGTH,
    REMARK_LENGTH,
    MergeProposal,
    Operation,
    PlannedChange,
    Relation,
    Revision,
    Term,
)
from .serializers import (
    ContentSerializer,
    FieldChangeSerializer,
    ProblemSerializer,
    RevisionTermSerializer,
    Shape,
    TermReferenceSerializer,
    Text,
)

_ID_LENGTH = 20
_TOKEN_LENGTH = 300
_MOST_MOVES = 10_000
_ADDRESSES = list(merging.ADDRESSES.items())
_KINDS = [(kind.value, kind.label) for kind in (Operation.Kind.MERGE, Operation.Kind.SPLIT)]


# --- What is shown before ------------------------------------------------------------------------


class NamedTermSerializer(TermReferenceSerializer):
    slug = serializers.CharField(allow_null=True, help_text="Null for what was never public.")
    status = serializers.ChoiceField(Term.Status.choices)


class SideSerializer(RevisionTermSerializer):
    """One of the terms that become one, as it is."""

    content = ContentSerializer()


class MovedRelationSerializer(Shape):
    """A relation of another term that will lead elsewhere."""

    source = NamedTermSerializer()
    kind = serializers.ChoiceField(Relation.Kind.choices)
    target = NamedTermSerializer(help_text="Where it leads now.")


class WaitingTextSerializer(Shape):
    """A draft or proposal."""

    term = NamedTermSerializer()
    number = serializers.IntegerField()
    state = serializers.ChoiceField([(state.value, state.label) for state in Revision.OPEN_STATES])
    author = serializers.CharField()
    api_url = serializers.URLField()


class WaitingPlanSerializer(Shape):
    """What is planned for a day to come."""

    term = NamedTermSerializer()
    action = serializers.ChoiceField(PlannedChange.Action.choices)
    due_at = serializers.DateTimeField()


class MentionsSerializer(Shape):
    count = serializers.IntegerField()
    terms = NamedTermSerializer(many=True, help_text="Some of them.")


class MovesSerializer(Shape):
    """Everything around the absorbed terms that moves or closes."""

    addresses = serializers.ListField(
        child=serializers.CharField(), help_text="Slugs that will lead to the kept term."
    )
    lost_names = serializers.ListField(
        child=serializers.CharField(), help_text="Names under which nothing of this will be found any more."
    )
    relations = MovedRelationSerializer(many=True)
    closed_texts = WaitingTextSerializer(many=True, help_text="Closed with a note; an undo opens them again.")
    outdated_texts = WaitingTextSerializer(many=True, help_text="Have to be brought up to date afterwards.")
    moved_texts = WaitingTextSerializer(many=True, help_text="Their relations will lead to the kept term.")
    plans = WaitingPlanSerializer(many=True, help_text="Cancelled; an undo lets them wait again.")
    earlier = NamedTermSerializer(many=True, help_text="Merged before; they will lead to the kept term.")
    mentions = MentionsSerializer(
        help_text="Texts that name an absorbed term; by its name they will link to the kept one."
    )


class MergePreviewSerializer(Shape):
    """A merge as it would be now. Nothing is written."""

    token = serializers.CharField(help_text="Of what is shown here; with it exactly this can be done.")
    kept = SideSerializer()
    absorbed = SideSerializer(many=True)
    result = ContentSerializer(help_text="What the kept term will say.")
    suggested = ContentSerializer(help_text="What it would say if you chose nothing.")
    difference = FieldChangeSerializer(many=True, help_text="From the kept term to the result.")
    moves = MovesSerializer()
    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text="What forbids it as it is; empty when nothing does."
    )
    new_words = serializers.ListField(
        child=serializers.CharField(), help_text="Fields with words that nobody else has read yet."
    )
    needs_second_reader = serializers.BooleanField(
        help_text="It can be proposed, and somebody else has to agree."
    )


class AddressSerializer(Shape):
    slug = serializers.CharField()
    leads_to = serializers.ChoiceField(_ADDRESSES)


class SplitMovesSerializer(Shape):
    """Everything around a term that is split."""

    addresses = AddressSerializer(many=True)
    lost_names = serializers.ListField(
        child=serializers.CharField(), help_text="Names under which neither side will be found."
    )
    could_move = MovedRelationSerializer(many=True, help_text="All relations of other terms to this one.")
    relations = MovedRelationSerializer(many=True, help_text="Those of them that will lead to the part.")
    outdated_texts = WaitingTextSerializer(many=True, help_text="Have to be brought up to date afterwards.")
    moved_texts = WaitingTextSerializer(many=True, help_text="Their relations will lead to the part.")
    plans = WaitingPlanSerializer(many=True, help_text="They stay with what stays.")


class SplitPreviewSerializer(Shape):
    """A split as it would be now. Nothing is written."""

    token = serializers.CharField(help_text="Of what is shown here; with it exactly this can be done.")
    term = SideSerializer()
    stays = ContentSerializer(help_text="What the term will say.")
    part = ContentSerializer(help_text="What the new term will say.")
    address = serializers.ChoiceField(_ADDRESSES, help_text="Where the address of the term leads then.")
    difference = FieldChangeSerializer(many=True, help_text="From the term to what stays.")
    dropped = FieldChangeSerializer(many=True, help_text="What is on neither side.")
    moves = SplitMovesSerializer()
    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text="What forbids it as it is; empty when nothing does."
    )
    new_words = serializers.ListField(
        child=serializers.CharField(), help_text="Fields with words that nobody else has read yet."
    )
    needs_second_reader = serializers.BooleanField(
        help_text="It can be proposed, and somebody else has to agree."
    )


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="MergeOrSplitPreview",
        serializers=[MergePreviewSerializer, SplitPreviewSerializer],
        resource_type_field_name=None,
    )
)
class _ShownField(serializers.JSONField):
    """A preview of either."""


# --- What was done -------------------------------------------------------------------------------


class OperationReferenceSerializer(Shape):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(_KINDS)
    comment = Text()
    at = serializers.DateTimeField()
    api_url = serializers.URLField()
    undo = serializers.URLField(allow_null=True, help_text="Where you can take it back.")


class _DoneSerializer(OperationReferenceSerializer):
    by = serializers.CharField()
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.CharField(allow_null=True)
    url = serializers.URLField(help_text="Its page on the editors’ desk.")


class MergeSerializer(_DoneSerializer):
    """Terms that became one."""

    kept = NamedTermSerializer()
    absorbed = NamedTermSerializer(many=True)


class SplitSerializer(_DoneSerializer):
    """A term of which two were made."""

    term = NamedTermSerializer(help_text="What stays of it.")
    part = NamedTermSerializer(help_text="The new term.")


class StaysSerializer(Shape):
    """One place that does not go back, because somebody changed it since."""

    field = serializers.CharField()
    label = serializers.CharField()


class RewrittenSerializer(Shape):
    """A term whose text an undo changes."""

    term = NamedTermSerializer()
    difference = FieldChangeSerializer(many=True)
    stays = StaysSerializer(many=True)


class MergeUndoSerializer(Shape):
    """What an undo would bring back, what stays, and what forbids it."""

    token = serializers.CharField(help_text="With it exactly this can be done.")
    kept = NamedTermSerializer()
    comes_back = NamedTermSerializer(many=True)
    rewritten = RewrittenSerializer(many=True)
    sentences = serializers.ListField(
        child=serializers.CharField(), help_text="What comes back besides the texts."
    )
    stays = serializers.ListField(
        child=serializers.CharField(), help_text="What somebody changed since, and therefore stays."
    )
    obstacles = serializers.ListField(
        child=serializers.CharField(), help_text="What forbids it; empty when nothing does."
    )
    first = OperationReferenceSerializer(many=True, help_text="What has to be undone before.")


# --- What is proposed ----------------------------------------------------------------------------


class MergeProposalSummarySerializer(Shape):
    """A merge or split that somebody else has to agree to."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(_KINDS)
    state = serializers.ChoiceField(MergeProposal.State.choices)
    terms = NamedTermSerializer(many=True)
    comment = Text()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    reviewer = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = Text(help_text="What was said to the decision.")
    operation = serializers.IntegerField(allow_null=True, help_text="The `id` of what was done.")
    token = serializers.CharField(help_text="Of what was shown when it was proposed.")
    api_url = serializers.URLField()


class MergeProposalSerializer(MergeProposalSummarySerializer):
    preview = _ShownField(
        allow_null=True, help_text="What it would do now; null for one that is decided or cannot be done."
    )
    is_stale = serializers.BooleanField(help_text="Something moved since: it has to be brought up to date.")
    obstacle = Text(help_text="Why it cannot be done any more.")


# --- Refusals ------------------------------------------------------------------------------------


class MergeProblemSerializer(ProblemSerializer):
    """Of a merge that is not carried out as it was sent; with how it would be now."""

    preview = MergePreviewSerializer(required=False)


class MergeUndoProblemSerializer(ProblemSerializer):
    """Of an undo that is refused; with how it would be now, and what has to be undone before."""

    preview = MergeUndoSerializer(required=False)
    first = OperationReferenceSerializer(many=True, required=False)


class SplitProblemSerializer(ProblemSerializer):
    """Of a split that is not carried out as it was sent; with how it would be now."""

    preview = SplitPreviewSerializer(required=False)


class MergeProposalProblemSerializer(ProblemSerializer):
    """Of a proposal that is refused; with how the merge or split would be now."""

    preview = _ShownField(required=False)


# --- What is sent --------------------------------------------------------------------------------


class ChosenContentSerializer(ContentSerializer):
    """The fields that were chosen or edited; the others are brought together."""

    name = serializers.CharField(max_length=NAME_LENGTH, required=False)


def _an_id(**options: str) -> serializers.CharField:
    return serializers.CharField(max_length=_ID_LENGTH, **options)


class _MergedSerializer(Shape):
    kept = _an_id(help_text="The id of the term that stays.")
    absorbed = serializers.ListField(
        child=_an_id(),
        allow_empty=False,
        max_length=merging.MOST_TERMS - 1,
        help_text=f"The ids of those that become one with it, at most {merging.MOST_TERMS - 1}.",
    )
    content = ChosenContentSerializer(required=False)


class _ConfirmedSerializer(Shape):
    token = serializers.CharField(max_length=_TOKEN_LENGTH, help_text="Of the preview that you were shown.")
    comment = Text(default="", max_length=REMARK_LENGTH, help_text="For the history.")


class MergeWishSerializer(_MergedSerializer):
    """Which terms are to become one, and what of the result is chosen."""


class MergeOrderSerializer(_MergedSerializer, _ConfirmedSerializer):
    """What the preview was asked for, with its token."""


class _RelationOfOtherSerializer(Shape):
    """A relation of another term to the one that is split."""

    source = _an_id(help_text="The id of the other term.")
    kind = serializers.ChoiceField(Relation.Kind.choices)


class _SplitSerializer(Shape):
    term = _an_id(help_text="The id of the term that is split.")
    stays = ChosenContentSerializer(
        required=False, help_text="What changes of the term; absent fields stay as they are."
    )
    part = ChosenContentSerializer(help_text="What the new term says; absent fields are empty.")
    address = serializers.ChoiceField(
        _ADDRESSES, default=merging.STAYS, help_text="Where the address of the term leads then."
    )
    moves = serializers.ListField(
        child=_RelationOfOtherSerializer(),
        default=list,
        max_length=_MOST_MOVES,
        help_text="Which relations of other terms are to lead to the part.",
    )


class SplitWishSerializer(_SplitSerializer):
    """What of a term becomes a term of its own."""


class SplitOrderSerializer(_SplitSerializer, _ConfirmedSerializer):
    """What the preview was asked for, with its token."""


class ApprovalSerializer(_ConfirmedSerializer):
    """An agreement to what is proposed; `token` is that of the proposal."""


class UndoOrderSerializer(_ConfirmedSerializer):
    """An undo as it was previewed."""


class OperationsQuerySerializer(Shape):
    term = Text(default="", max_length=_ID_LENGTH, help_text="The id of a term that it was about.")
    undone = serializers.BooleanField(
        default=None, allow_null=True, help_text="Only what was undone, or only what was not."
    )


class MergeProposalsQuerySerializer(Shape):
    state = serializers.ChoiceField(
        [*MergeProposal.State.choices, ("all", "All")],
        default=MergeProposal.State.PROPOSED.value,
        help_text="`proposed` by default, oldest first; the others newest first.",
    )
    mine = serializers.BooleanField(default=False, help_text="Only one's own.")
