"""The shapes of what goes in and out.

The shapes of answers describe what `bodies` makes, for the OpenAPI document; the tests hold the two
together. Of what comes in, only the wrapping is checked here: content is `revisions.clean`'s to judge.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ..models import (
    NAME_LENGTH,
    SHORT_DEFINITION_LENGTH,
    Alias,
    Comment,
    ExternalId,
    Note,
    Relation,
    Revision,
    Term,
)

COMMENT_LENGTH = 500  # as long as the column
REASON_LENGTH = 2000
TAGS_AT_ONCE = 20
_NUMBER_LIMIT = 2**31 - 1

Shape = serializers.Serializer


class Text(serializers.CharField):
    """A text that may be empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, **options})


# --- Terms ---------------------------------------------------------------------------------------


class AliasSerializer(Shape):
    text = serializers.CharField()
    kind = serializers.ChoiceField([kind for kind in Alias.Kind.choices if kind[0] != Alias.Kind.HIDDEN])
    status = serializers.ChoiceField(Alias.Status.choices)
    language = Text(help_text="BCP 47; empty for the language of the glossary.")
    note = Text()


class TermReferenceSerializer(Shape):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField(help_text="With the qualifier, if there is one.")


class RelatedTermSerializer(TermReferenceSerializer):
    relation = serializers.ChoiceField(["broader", "narrower", "related", "see_also", "replaces"])


class SourceSerializer(Shape):
    title = serializers.CharField()
    url = Text()
    locator = Text(help_text="Page, chapter or the like.")


class NoteSerializer(Shape):
    kind = serializers.ChoiceField([kind for kind in Note.Kind.choices if kind[0] != Note.Kind.EDITORIAL])
    text = serializers.CharField()


class ExternalIdSerializer(Shape):
    scheme = serializers.CharField()
    value = serializers.CharField()
    mapping = serializers.ChoiceField(ExternalId.Mapping.choices)


class OpenProposalSerializer(Shape):
    number = serializers.IntegerField()
    state = serializers.ChoiceField([(state.value, state.label) for state in Revision.OPEN_STATES])
    author = serializers.CharField()
    created_at = serializers.DateTimeField()
    api_url = serializers.URLField()


class TermSerializer(Shape):
    id = serializers.CharField(help_text="Opaque; never changes.")
    slug = serializers.CharField(allow_null=True, help_text="Of the page; null until the first publication.")
    name = serializers.CharField()
    qualifier = Text(help_text="Tells terms of one name apart.")
    short_definition = Text()
    definition = Text(help_text="Markdown.")
    definition_html = Text(help_text="Sanitised HTML of the definition; maths is MathML.")
    aliases = AliasSerializer(many=True)
    tags = serializers.ListField(child=serializers.CharField(), help_text="Slugs.")
    related = RelatedTermSerializer(many=True)
    status = serializers.ChoiceField(Term.Status.choices)
    deprecation_reason = Text()
    replaced_by = TermReferenceSerializer(
        many=True, help_text="What to use instead; deprecated successors are followed on."
    )
    merged_into = serializers.CharField(allow_null=True, help_text="The id of another term.")
    version = serializers.IntegerField(help_text="Counts the published states.")
    sources = SourceSerializer(many=True)
    notes = NoteSerializer(many=True)
    external_ids = ExternalIdSerializer(many=True)
    language = serializers.CharField()
    review_by = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField(allow_null=True)
    api_url = serializers.URLField()


class TermDetailSerializer(TermSerializer):
    open_proposals = OpenProposalSerializer(
        many=True,
        required=False,
        help_text="For those who may see proposals; contributors see their own.",
    )


class MovedSerializer(TermReferenceSerializer):
    """The term that is here now."""

    merged_into = serializers.CharField(
        allow_null=True, help_text="Its id, if the term that was asked for was merged into it."
    )
    api_url = serializers.URLField()


class AmbiguousSerializer(Shape):
    choices = TermReferenceSerializer(many=True, help_text="The terms of this name.")


# --- Finding -------------------------------------------------------------------------------------


class MatchedOnSerializer(Shape):
    field = serializers.ChoiceField(["name", "alias", "tag", "definition"])
    text = Text(help_text="The name, alias or tag that matched; empty for the definition.")
    how = serializers.ChoiceField(["exact", "prefix", "words"])


class SearchHitSerializer(Shape):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    qualifier = Text()
    short_definition = Text()
    status = serializers.ChoiceField([(status.value, status.label) for status in Term.PUBLIC_STATUSES])
    tags = serializers.ListField(child=serializers.CharField())
    matched_on = MatchedOnSerializer()
    excerpt = Text(help_text="Plain text around what was found.")
    url = serializers.URLField()
    api_url = serializers.URLField()


class YesOrNo(serializers.BooleanField):
    """A choice of two, in any of the usual words."""

    default_error_messages = {"invalid": "This is neither yes nor no. Use true or false."}


class _Tags(serializers.ListField):
    child = Text(max_length=100)
    default_error_messages = {"max_length": "At most {max_length} tags narrow a search. Name fewer."}


class SearchQuerySerializer(Shape):
    """What `/search` can be asked for."""

    q = Text(
        default="",
        max_length=1000,
        help_text="Names, aliases, words; the last may be a beginning. The marks of the search page work "
        'here too: `"a phrase"`, `prefix*`, `-word`, `tag:`, `letter:`, `language:`, `status:`.',
    )
    tag = _Tags(
        default=list,
        max_length=TAGS_AT_ONCE,
        help_text="The slug of a tag; repeated, terms that have them all.",
    )
    letter = Text(default="", max_length=20, help_text="A key of `/letters/`.")
    language = Text(default="", max_length=35, help_text="BCP 47: terms that have an alias in this language.")
    status = serializers.ChoiceField(
        [(status.value, status.label) for status in Term.PUBLIC_STATUSES],
        default="",
        allow_blank=True,
        error_messages={
            "invalid_choice": "“{input}” is no status to search for. Use published or deprecated."
        },
        help_text="Only terms of this status.",
    )
    include_deprecated = YesOrNo(
        default=False, help_text="Deprecated terms are otherwise found by their very name only."
    )
    facets = YesOrNo(default=False, help_text="Whether to count by what the hits can be narrowed.")
    page = serializers.IntegerField(default=1, min_value=1, max_value=_NUMBER_LIMIT, help_text="From 1.")
    page_size = serializers.IntegerField(
        default=20, min_value=1, max_value=100, help_text="Results on a page, 100 at most."
    )


class SuggestQuerySerializer(Shape):
    q = Text(default="", max_length=1000, help_text="The beginning of a name or alias.")
    limit = serializers.IntegerField(default=10, min_value=1, max_value=50, help_text="How many at most.")


class SuggestionSerializer(Shape):
    text = serializers.CharField(help_text="The name or alias that begins so.")
    language = Text(help_text="Of an alias in another language than the glossary’s.")
    name = serializers.CharField()
    slug = serializers.CharField()
    url = serializers.URLField()
    short_definition = Text()


class SuggestionsSerializer(Shape):
    query = Text()
    suggestions = SuggestionSerializer(many=True)


class TagSerializer(Shape):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = Text()
    term_count = serializers.IntegerField()
    url = serializers.URLField()
    api_url = serializers.URLField()
    terms = serializers.URLField(help_text="The terms that have it.")


class LetterSerializer(Shape):
    key = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField(help_text="Lines of the index: names and aliases.")


class RootSerializer(Shape):
    name = serializers.CharField()
    terms = serializers.URLField()
    search = serializers.URLField()
    suggest = serializers.URLField()
    tags = serializers.URLField()
    letters = serializers.URLField()
    proposals = serializers.URLField()
    imports = serializers.URLField()
    merges = serializers.URLField()
    splits = serializers.URLField()
    merge_proposals = serializers.URLField()
    duplicates = serializers.URLField()
    export = serializers.URLField()
    openapi = serializers.URLField()
    docs = serializers.URLField()


# --- Revisions -----------------------------------------------------------------------------------


class RelationSerializer(Shape):
    kind = serializers.ChoiceField(Relation.Kind.choices)
    target = serializers.CharField(help_text="Public id; in what you send, also an address or a name.")


class ContentAliasSerializer(Shape):
    text = serializers.CharField(max_length=NAME_LENGTH)
    kind = serializers.ChoiceField(Alias.Kind.choices, default=Alias.Kind.SYNONYM)
    status = serializers.ChoiceField(Alias.Status.choices, default=Alias.Status.ADMITTED)
    language = Text(default="", max_length=35)
    note = Text(default="", max_length=300)


class ContentSourceSerializer(Shape):
    title = Text(default="", max_length=400)
    url = Text(default="", max_length=1000)
    locator = Text(default="", max_length=200)


class ContentNoteSerializer(Shape):
    text = serializers.CharField()
    kind = serializers.ChoiceField(Note.Kind.choices, default=Note.Kind.USAGE)


class ContentExternalIdSerializer(Shape):
    scheme = serializers.CharField(max_length=100)
    value = serializers.CharField(max_length=300)
    mapping = serializers.ChoiceField(ExternalId.Mapping.choices, default=ExternalId.Mapping.EXACT)


class ContentSerializer(Shape):
    """The whole text of a revision."""

    name = serializers.CharField(max_length=NAME_LENGTH)
    qualifier = Text(max_length=100, required=False)
    slug = Text(max_length=180, required=False, help_text="Empty: made from name and qualifier.")
    short_definition = Text(max_length=SHORT_DEFINITION_LENGTH, required=False)
    definition = Text(required=False, help_text="Markdown.")
    status = serializers.ChoiceField(["published", "deprecated"], required=False)
    deprecation_reason = Text(max_length=REASON_LENGTH, required=False)
    aliases = ContentAliasSerializer(many=True, required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False, help_text="Slugs or names.")
    relations = RelationSerializer(many=True, required=False)
    sources = ContentSourceSerializer(many=True, required=False)
    notes = ContentNoteSerializer(many=True, required=False)
    external_ids = ContentExternalIdSerializer(many=True, required=False)
    review_by = Text(required=False, help_text="YYYY-MM-DD, or empty.")
    links_itself = serializers.BooleanField(
        required=False, help_text="Whether other texts link to this name where they use it."
    )


class RevisionTermSerializer(Shape):
    id = serializers.CharField()
    slug = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    status = serializers.ChoiceField(Term.Status.choices)
    version = serializers.IntegerField()
    api_url = serializers.URLField()


class RevisionSummarySerializer(Shape):
    """What somebody wanted readers to see, and what became of it.

    Everybody gets the published versions; what stands from `number` on is for the staff, and for
    the author of the revision.
    """

    term = RevisionTermSerializer()
    version = serializers.IntegerField(allow_null=True, help_text="The version it was published as.")
    comment = Text(help_text="What was changed and why.")
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField(allow_null=True, help_text="The page of the published version.")
    api_url = serializers.URLField()
    author = serializers.CharField(required=False)
    number = serializers.IntegerField(required=False)
    state = serializers.ChoiceField(Revision.State.choices, required=False)
    reviewer = serializers.CharField(required=False, allow_null=True)
    reason = Text(required=False, help_text="What the reviewer said.")
    based_on = serializers.IntegerField(
        required=False, allow_null=True, help_text="The revision that was live when it was written."
    )
    supersedes = serializers.IntegerField(
        required=False, allow_null=True, help_text="The revision whose place it takes."
    )
    assignee = serializers.CharField(required=False, allow_null=True, help_text="Who takes care of it.")
    due_on = serializers.DateField(required=False, allow_null=True, help_text="Until when.")


class RevisionSerializer(RevisionSummarySerializer):
    content = ContentSerializer()


class PieceSerializer(Shape):
    op = serializers.ChoiceField(["equal", "insert", "delete"])
    text = Text()


class FieldChangeSerializer(Shape):
    field = serializers.CharField()
    label = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()
    pieces = PieceSerializer(many=True)


class DifferenceSerializer(Shape):
    revision = serializers.IntegerField()
    against = serializers.IntegerField(
        allow_null=True, help_text="The revision it is compared with; null for an empty text."
    )
    changes = FieldChangeSerializer(many=True)


class SaidSerializer(Shape):
    """What somebody said about a revision."""

    id = serializers.IntegerField()
    author = serializers.CharField(help_text="An account, or the name of an expert or a reader without one.")
    text = Text()
    created_at = serializers.DateTimeField()


class ThreadSerializer(SaidSerializer):
    """A remark with its answers."""

    revision = serializers.IntegerField(help_text="The number of the revision it was said about.")
    field = Text(help_text="The field it is about; empty for the whole text.")
    asks_for_changes = serializers.BooleanField()
    advice = serializers.ChoiceField(Comment.Advice.choices, help_text="Of an expert, by link.")
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True)
    answers = SaidSerializer(many=True)


class DiscussionSerializer(Shape):
    results = ThreadSerializer(many=True)


# --- Problems ------------------------------------------------------------------------------------


class FieldErrorSerializer(Shape):
    field = Text()
    detail = serializers.CharField()


class ProblemSerializer(Shape):
    """RFC 9457."""

    type = serializers.CharField(help_text="An address that explains this kind of problem.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = Text()
    instance = serializers.CharField()
    code = serializers.CharField(help_text="Stable: switch on this.")
    errors = FieldErrorSerializer(many=True)


class ConflictSerializer(ProblemSerializer):
    """Of two who changed the same, the second one's answer; nobody's text is lost."""

    base = ContentSerializer(required=False, allow_null=True, help_text="What you had in front of you.")
    current = ContentSerializer(required=False, allow_null=True, help_text="What is there now.")
    local = serializers.JSONField(required=False, help_text="Your text: `base` with what you sent.")
    remote = FieldChangeSerializer(
        many=True, required=False, help_text="What others changed, from `base` to `current`."
    )
    etag = serializers.CharField(required=False, help_text="Of the current state.")


# --- What is sent --------------------------------------------------------------------------------


class CommentSerializer(Shape):
    comment = Text(default="", max_length=COMMENT_LENGTH, help_text="For the history.")


class NewTermSerializer(CommentSerializer):
    """What wraps the content of a new term."""

    draft = serializers.BooleanField(
        default=False, help_text="Keep it as a draft instead of proposing it (scope `edit`)."
    )


class ChangeSerializer(CommentSerializer):
    """What wraps the changed fields of a term."""

    draft = serializers.BooleanField(default=False, help_text="Keep it as a draft without proposing it.")
    based_on = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=_NUMBER_LIMIT,
        help_text="The number of the open revision that this text corrects; by default the live one.",
    )


class NewTermBodySerializer(NewTermSerializer, ContentSerializer):
    """A new term: its content, of which only the name is needed, with a comment."""


class ChangeBodySerializer(ChangeSerializer, ContentSerializer):
    """The fields that change; absent ones stay, null empties one."""

    name = serializers.CharField(max_length=NAME_LENGTH, required=False)


class ReasonSerializer(Shape):
    # As long as the comment of the revision that records it.
    reason = Text(default="", max_length=COMMENT_LENGTH, help_text="For the history; needed.")


class RejectionSerializer(Shape):
    reason = Text(default="", max_length=REASON_LENGTH, help_text="For the author; needed.")


class ChangeRequestSerializer(Shape):
    reason = Text(default="", max_length=REASON_LENGTH, help_text="What should change; needed.")


class AnswerSerializer(Shape):
    answer = Text(default="", max_length=REASON_LENGTH, help_text="Why the text stays as it is; needed.")


class NothingSerializer(Shape):
    """An empty object."""


class AssignmentSerializer(Shape):
    assignee = serializers.CharField(
        allow_null=True, max_length=150, help_text="The name of an account, or null for nobody."
    )
    due_on = serializers.DateField(default=None, allow_null=True)


class RemarkSerializer(Shape):
    text = Text(default="", max_length=REASON_LENGTH, help_text="Needed.")
    field = Text(default="", max_length=40, help_text="The field of the content it is about.")
    thread = serializers.IntegerField(
        default=None,
        allow_null=True,
        min_value=1,
        max_value=_NUMBER_LIMIT,
        help_text="The id of the thread that it answers.",
    )


class DiscardSerializer(Shape):
    reason = Text(default="", max_length=REASON_LENGTH)


class DeprecationSerializer(ReasonSerializer):
    successors = serializers.ListField(
        child=serializers.CharField(max_length=NAME_LENGTH + 110),
        default=list,
        max_length=50,
        help_text="What to use instead: public ids, addresses or names.",
    )
