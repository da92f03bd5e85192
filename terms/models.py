"""The tables, what may never be true in them, and the questions asked of them.

A Term row is what readers see; a Revision is what somebody wants readers to see. Rows are written
by the rooms above (`workflow`, `revisions`, `publishing`, `search`), never by a face.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import takewhile
from typing import Any, ClassVar, NamedTuple, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from . import collation, text
from .errors import TermbookError

NAME_LENGTH = 200
SHORT_DEFINITION_LENGTH = 160
DEFINITION_LENGTH = 200_000
REMARK_LENGTH = 2_000

_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_UNQUOTED = "!$&'()*+,;=/~:@"  # what `reverse` leaves as it is


def new_public_id() -> str:
    """Return a new opaque identifier: 10 signs that cannot be mistaken for one another (49 bits)."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(10))


class JSONTextField(models.TextField):
    """A JSON value kept as the very text that was written, which can be sent without being parsed.

    `Cast(name, TextField())` reads the text. A JSONField of PostgreSQL would order its keys anew.
    """

    # What a program sets and gets, for the checker of types.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def term_address(slug: str) -> str:
    """Return the address of a term's page as `reverse` does, in a tenth of its time: pages are full of it."""
    return f"{_before_slug('term_detail', get_script_prefix())}{quote(slug, safe=_UNQUOTED)}/"


def tag_address(slug: str) -> str:
    """Return the address of a tag's page, as `term_address`."""
    return f"{_before_slug('tag_detail', get_script_prefix())}{quote(slug, safe=_UNQUOTED)}/"


@lru_cache(maxsize=16)
def _before_slug(view_name: str, script_prefix: str) -> str:
    return reverse(view_name, args=["-"]).removesuffix("-/")


class Resolved(NamedTuple):
    """Where an address leads: to one term, to several (a name of many), or nowhere.

    `term` is set for a page, a redirect or a removed term; `choices` for a disambiguation page.
    """

    term: Term | None = None
    choices: tuple[Term, ...] = ()
    is_current: bool = True


class TermQuerySet(models.QuerySet["Term"]):
    def get_by_natural_key(self, public_id: str) -> Term:
        return self.get(public_id=public_id)

    def published(self) -> TermQuerySet:
        """What every reader may see: published terms and deprecated ones."""
        return self.filter(status__in=Term.PUBLIC_STATUSES)

    def visible_to(self, user: Any) -> TermQuerySet:
        """What this person may see: everybody the public terms, the editorial staff the rest too."""
        return self if user.has_perm("terms.view_drafts") else self.published()

    @staticmethod
    def rejected_drafts() -> Q:
        """The condition under which nothing is left of a draft but a text that was rejected."""
        texts = Revision.objects.filter(term=OuterRef("pk"))
        was_rejected = Exists(texts.filter(state=Revision.State.REJECTED))
        is_open = Exists(texts.filter(state__in=Revision.OPEN_STATES))
        return Q(status=Term.Status.DRAFT) & Q(was_rejected) & ~Q(is_open)

    def due_for_review(self, day: date) -> TermQuerySet:
        """Public terms that somebody was to look at again before this day, longest overdue first."""
        return self.published().filter(review_by__lt=day).order_by("review_by", "sort_key", "pk")

    def lock(self, *ids: int) -> list[Term]:
        """Lock these terms until the transaction ends and return them fresh.

        Ordered by id: two transactions over the same pair would otherwise wait for each other. Not the
        key: rows that point to a term, such as lines of the log, can be added beside it.
        """
        return list(self.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))

    def resolve(self, slug: str) -> Resolved:
        """Find where the address `/terms/<slug>/` leads: live slug, then former slug, then name or alias.

        Only what is or was public is ever found.
        """
        once_public = self.filter(version__gt=0)
        live = once_public.filter(slug=slug).first()
        if live is not None:
            return self._arrive(live, is_current=live.status != Term.Status.MERGED)
        former = FormerSlug.objects.filter(slug=slug).select_related("term").first()
        if former is not None and former.term is not None:
            return self._arrive(former.term, is_current=False)
        meant = self._meant_by(former) if former is not None else []
        return self._one_of(meant) if meant else self._by_name(slug)

    def _meant_by(self, former: FormerSlug) -> list[Term]:
        """Return the public terms that an address may mean since its term was split."""
        meant = former.choices.select_related("merged_into")
        ids = {term.merged_into_id or term.pk for term in meant}
        return list(self.published().filter(pk__in=ids).order_by("sort_key", "pk"))

    @staticmethod
    def _one_of(found: list[Term]) -> Resolved:
        if len(found) == 1:
            return Resolved(term=found[0], is_current=False)
        return Resolved(choices=tuple(found))

    @staticmethod
    def _arrive(term: Term, *, is_current: bool) -> Resolved:
        """Follow merges; a chain is as long as the merges were, and cannot be a loop."""
        seen = {term.pk}
        while term.merged_into is not None and term.merged_into_id not in seen:
            term = term.merged_into
            seen.add(term.pk)
        return Resolved(term=term, is_current=is_current and len(seen) == 1)

    def _by_name(self, slug: str) -> Resolved:
        by_name = Q(name_slug=slug)
        by_alias = Q(aliases__slug=slug) & ~Q(aliases__kind=Alias.Kind.HIDDEN)
        found = list(self.published().filter(by_name | by_alias).distinct().order_by("sort_key", "pk")[:50])
        return self._one_of(found)


class Term(models.Model):  # type: ignore[django-manager-missing]
    """A concept as readers see it; for one that was never public, as its newest draft has it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        DEPRECATED = "deprecated", "Deprecated"
        MERGED = "merged", "Merged"
        REMOVED = "removed", "Removed"

    PUBLIC_STATUSES: ClassVar = (Status.PUBLISHED, Status.DEPRECATED)
    GONE_STATUSES: ClassVar = (Status.MERGED, Status.REMOVED)

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    # Null until the first publication: a draft takes no address away from a published term.
    slug = models.CharField(max_length=200, unique=True, null=True, blank=True)
    name = models.CharField(max_length=NAME_LENGTH)
    name_key = models.CharField(max_length=2 * NAME_LENGTH, editable=False, db_index=True)
    name_slug = models.CharField(max_length=200, editable=False, db_index=True)
    qualifier = models.CharField(max_length=100, blank=True)
    qualifier_key = models.CharField(max_length=200, blank=True, editable=False)
    sort_key = models.CharField(max_length=2 * NAME_LENGTH, editable=False)
    letter = models.CharField(max_length=20, editable=False)
    short_definition = models.CharField(max_length=SHORT_DEFINITION_LENGTH, blank=True)
    definition = models.TextField(blank=True, validators=[MaxLengthValidator(DEFINITION_LENGTH)])
    definition_html = models.TextField(blank=True, editable=False)
    problems = models.JSONField(default=list, editable=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    deprecation_reason = models.TextField(blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="absorbed_terms", editable=False
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    live_revision = models.OneToOneField(
        "Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="live_term", editable=False
    )
    links_itself = models.BooleanField(
        "linked in running text",
        default=True,
        help_text="Whether this name becomes a link where other texts use it.",
    )
    review_by = models.DateField(null=True, blank=True)
    document = JSONTextField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)

    tags = TaggableManager(through="TaggedTerm", blank=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "qualifier_key", "pk"]
        permissions = [
            ("view_drafts", "Can see drafts, proposals and their history"),
            ("propose_term", "Can propose new terms and changes"),
            ("edit_term", "Can create and import drafts and correct the proposals of others"),
            ("review_term", "Can approve and reject proposals, deprecate and reinstate terms"),
            ("curate_term", "Can remove and restore terms"),
            ("merge_term", "Can merge and split terms"),
            ("undo_merge", "Can undo merges and splits"),
            ("invite_people", "Can invite people and deactivate accounts"),
            ("publish_import", "Can publish what an import brings without a second reader"),
        ]
        default_permissions = ("view",)
        indexes = [
            # With the status, so that counting and paging touch the index only.
            models.Index(fields=["sort_key", "qualifier_key", "id", "status"], name="term_by_name"),
            models.Index(
                fields=["letter", "sort_key", "qualifier_key", "id", "status"], name="term_by_letter"
            ),
            models.Index(fields=["-updated_at", "id"], name="term_by_change"),
            models.Index(fields=["review_by"], name="term_by_review", condition=Q(review_by__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["name_key", "qualifier_key"],
                condition=Q(status__in=["published", "deprecated"]),
                name="public_name_and_qualifier_are_unique",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="merged_exactly_when_pointing_on",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("pk")), name="never_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "removed", "merged"])
                | (Q(slug__isnull=False) & Q(version__gt=0)),
                name="public_term_has_an_address",
            ),
            models.CheckConstraint(
                condition=~Q(status="draft") | Q(version=0), name="draft_was_never_published"
            ),
            models.CheckConstraint(
                condition=~Q(status="deprecated") | ~Q(deprecation_reason=""), name="deprecated_with_a_reason"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(name_key=""), name="term_has_a_name"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "published", "deprecated", "merged", "removed"]),
                name="term_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return term_address(self.slug or "")

    def natural_key(self) -> tuple[str]:
        return (self.public_id,)

    @property
    def full_name(self) -> str:
        """The name with its qualifier, as in an index: `Kernel (GPU computing)`."""
        return text.full_name(self.name, self.qualifier)

    @property
    def is_public(self) -> bool:
        return self.status in self.PUBLIC_STATUSES

    @property
    def is_gone(self) -> bool:
        """Whether it is off the site, and off the desk but for its history."""
        return self.status in self.GONE_STATUSES

    def set_name(self, name: str, qualifier: str = "") -> None:
        """Set the name and everything that is derived from it."""
        self.name, self.qualifier = name, qualifier
        self.name_key, self.qualifier_key = text.name_key(name), text.name_key(qualifier)
        self.sort_key = collation.sort_key(name, settings.LANGUAGE_CODE)
        self.letter = collation.letter_of(name, settings.LANGUAGE_CODE)
        self.name_slug = text.slug_for(name)


class Alias(models.Model):
    """Another name of a term."""

    class Kind(models.TextChoices):
        SYNONYM = "synonym", "Synonym"
        ABBREVIATION = "abbreviation", "Abbreviation"
        ACRONYM = "acronym", "Acronym"
        FULL_FORM = "full_form", "Full form"
        SPELLING_VARIANT = "spelling_variant", "Spelling variant"
        MISSPELLING = "misspelling", "Misspelling"
        FORMER_NAME = "former_name", "Former name"
        TRANSLATION = "translation", "Translation"
        HIDDEN = "hidden", "Hidden (searched, never shown)"

    class Status(models.TextChoices):
        PREFERRED = "preferred", "Preferred"
        ADMITTED = "admitted", "Admitted"
        DEPRECATED = "deprecated", "Deprecated"
        FORBIDDEN = "forbidden", "Forbidden"

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="aliases")
    text = models.CharField(max_length=NAME_LENGTH)
    name_key = models.CharField(max_length=2 * NAME_LENGTH, editable=False, db_index=True)
    slug = models.CharField(max_length=200, editable=False, db_index=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.SYNONYM)
    status = models.CharField(max_length=12, choices=Status, default=Status.ADMITTED)
    language = models.CharField(max_length=35, blank=True)
    note = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = ()
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(fields=["term", "name_key"], name="alias_once_per_term"),
            models.CheckConstraint(condition=~Q(name_key=""), name="alias_has_a_text"),
        ]

    def __str__(self) -> str:
        return self.text

    def set_text(self, new_text: str) -> None:
        """Set the text and everything that is derived from it."""
        self.text = new_text
        self.name_key, self.slug = text.name_key(new_text), text.slug_for(new_text)


class Note(models.Model):
    """A further text on a term; editorial notes are for the staff only."""

    class Kind(models.TextChoices):
        EXAMPLE = "example", "Example"
        USAGE = "usage", "Usage note"
        SCOPE = "scope", "Scope note"
        EDITORIAL = "editorial", "Editorial note (private)"
        CHANGE = "change", "Change note"

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"


class ExternalId(models.Model):
    """What another system calls the term."""

    class Mapping(models.TextChoices):
        EXACT = "exact", "Exact match"
        CLOSE = "close", "Close match"
        BROADER = "broader", "Broader match"
        NARROWER = "narrower", "Narrower match"
        RELATED = "related", "Related match"

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="external_ids")
    scheme = models.CharField(max_length=100)
    value = models.CharField(max_length=300)
    mapping = models.CharField(max_length=10, choices=Mapping, default=Mapping.EXACT)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["term", "scheme", "value"], name="external_id_once_per_term")
        ]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


class Relation(models.Model):
    """A typed link from one term to another; its inverse is read, not stored."""

    class Kind(models.TextChoices):
        BROADER = "broader", "Broader term"
        RELATED = "related", "Related term"
        SEE_ALSO = "see_also", "See also"
        REPLACED_BY = "replaced_by", "Replaced by"

    source = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="relations")
    target = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="inverse_relations")
    kind = models.CharField(max_length=12, choices=Kind)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind"], name="relation_once_per_pair_and_kind"
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="never_related_to_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class Source(models.Model):
    """Where a text or a fact comes from."""

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="sources")
    title = models.CharField(max_length=400)
    url = models.URLField(max_length=1000, blank=True)
    locator = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.title


class TagQuerySet(models.QuerySet["Tag"]):
    def get_by_natural_key(self, slug: str) -> Tag:
        return self.get(slug=slug)

    def of_public_terms(self) -> TagQuerySet:
        """Tags that have public terms; a draft's new tag is not among them."""
        items = TaggedTerm.objects.filter(tag=OuterRef("pk"))
        return self.filter(Exists(items.filter(content_object__status__in=Term.PUBLIC_STATUSES)))

    def with_public_counts(self) -> TagQuerySet:
        """Tags that have public terms, with `term_count`; a draft's new tag is not among them."""
        # Not joined: the ids of public terms lie in an index, their statuses in rows with long texts.
        public = Term.objects.published().order_by().values("pk")
        on_public = Q(terms_taggedterm_items__content_object__in=public)
        counted = self.annotate(term_count=models.Count("terms_taggedterm_items", filter=on_public))
        return counted.filter(term_count__gt=0)


class Tag(TagBase):
    """A subject."""

    description = models.TextField(blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        default_permissions = ()

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    @property
    def sort_key(self) -> str:
        """Its place among tags that readers see: in a list, `sorted(tags, key=attrgetter("sort_key"))`."""
        return collation.sort_key(self.name, settings.LANGUAGE_CODE)

    def slugify(self, tag: str, i: int | None = None) -> str:
        return text.slug_for(tag) if i is None else f"{text.slug_for(tag)}-{i}"

    def get_absolute_url(self) -> str:
        return tag_address(self.slug)


class TaggedTerm(ItemBase):
    """A tag on a term."""

    content_object = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="tagged_items")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="%(app_label)s_%(class)s_items")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="tag_once_per_term")]


class FormerSlug(models.Model):
    """An address that once led to a term; without one, its page disambiguates."""

    slug = models.CharField(max_length=200, unique=True)
    term = models.ForeignKey(
        Term, null=True, blank=True, on_delete=models.PROTECT, related_name="former_slugs"
    )
    # What a split address may mean, whatever these terms are called by now.
    choices = models.ManyToManyField(Term, blank=True, related_name="shared_former_slugs")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.slug


M = TypeVar("M", bound=models.Model, covariant=True)


class AppendOnly(TermbookError):
    """History is written once: a program tried to change or delete it."""

    code = "append_only"


class AppendOnlyQuerySet(models.QuerySet[M]):
    """Refuses what would rewrite history; deciding on a revision is the one thing that is added."""

    def update(self, **values: Any) -> int:
        mutable_fields: frozenset[str] = getattr(self.model, "mutable_fields", frozenset())
        if set(values) - mutable_fields:
            raise AppendOnly(f"{self.model.__name__} rows are history: they are added, never changed.")
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly(f"{self.model.__name__} rows are history: they are never deleted.")


class AppendOnlyModel(models.Model):
    """A row of history. Only `mutable_fields` may ever be written again."""

    mutable_fields: ClassVar = frozenset[str]()

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        if not self._state.adding and not (update_fields and set(update_fields) <= self.mutable_fields):
            raise AppendOnly(f"{type(self).__name__} rows are history: they are added, never changed.")
        super().save(*args, update_fields=update_fields, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly(f"{type(self).__name__} rows are history: they are never deleted.")


class RevisionQuerySet(AppendOnlyQuerySet["Revision"]):
    def get_by_natural_key(self, public_id: str, number: int) -> Revision:
        return self.get(term__public_id=public_id, number=number)

    def visible_to(self, user: Any) -> RevisionQuerySet:
        """What this person may read: the editorial staff all of it, everybody else what they wrote."""
        if user.has_perm("terms.view_drafts"):
            return self
        return self.filter(author=user) if user.is_authenticated else self.none()


REVISION_STATES = [
    "draft",
    "proposed",
    "changes_requested",
    "approved",
    "rejected",
    "withdrawn",
    "superseded",
    "closed",
]


class Revision(AppendOnlyModel):
    """A wish to change a term: the whole content as somebody wants it to read.

    `based_on` is the revision that was live when the wish was made, `supersedes` the revision
    whose text this one corrects. `version` is set when the content went live as that version.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Proposed"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        SUPERSEDED = "superseded", "Superseded"
        CLOSED = "closed", "Closed by a merge"

    OPEN_STATES: ClassVar = (State.DRAFT, State.PROPOSED, State.CHANGES_REQUESTED)
    mutable_fields: ClassVar = frozenset(
        {"state", "reviewer", "decided_at", "decision_reason", "version", "assignee", "due_on"}
    )

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="revisions")
    comment = models.CharField(max_length=REMARK_LENGTH, blank=True)
    based_on = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers"
    )
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    state = models.CharField(max_length=20, choices=State)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    # Who is asked to look at it, and until when; a correction takes both over.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    due_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["term", "number"], name="revision_number_once_per_term"),
            models.UniqueConstraint(
                fields=["term", "version"], condition=Q(version__isnull=False), name="version_once_per_term"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["approved", "rejected"], reviewer__isnull=False, decided_at__isnull=False
                )
                | (~Q(state__in=["approved", "rejected"]) & Q(reviewer__isnull=True)),
                name="decided_exactly_with_a_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(decision_reason=""), name="rejected_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(version__isnull=True) | Q(state="approved"),
                name="only_approved_revisions_went_live",
            ),
            models.CheckConstraint(
                condition=Q(state__in=REVISION_STATES),
                name="revision_state_is_known",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "created_at"], name="revision_in_the_queue")]

    def __str__(self) -> str:
        return f"{self.content.get('name', '')}, revision {self.number}"

    def natural_key(self) -> tuple[str, int]:
        return (self.term.public_id, self.number)

    natural_key.dependencies = ["terms.term", "auth.user"]  # type: ignore[attr-defined]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @cached_property
    def line(self) -> list[Revision]:
        """This revision and the texts that it corrects, newest first: one wish in its versions.

        Of the older ones, only who wrote them and what they correct is read.
        """
        line = [self]
        if self.supersedes_id is not None:
            texts = Revision.objects.filter(term=self.term_id).only("author", "supersedes").in_bulk()
            while (older := line[-1].supersedes_id) is not None:
                line.append(texts[older])
        return line

    @property
    def was_self_reviewed(self) -> bool:
        return self.reviewer_id is not None and self.reviewer_id == self.author_id


class RevisionLines:
    """Which revision corrects which, and who wrote them, of some terms: read at once."""

    def __init__(self, term_ids: Iterable[int]) -> None:
        rows = Revision.objects.filter(term__in=term_ids).values_list("pk", "supersedes_id", "author_id")
        self._rows = {pk: (older, author) for pk, older, author in rows.order_by()}

    def line(self, revision_id: int | None) -> Iterator[tuple[int, int]]:
        """Yield this revision and those that it corrects, newest first, as ids with those of the authors."""
        while revision_id is not None:
            older, author = self._rows[revision_id]
            yield revision_id, author
            revision_id = older

    def writers(self, revision_id: int) -> frozenset[int]:
        """Return who wrote on this text."""
        return frozenset(author for _, author in self.line(revision_id))

    def own_part(self, revision_id: int) -> list[int]:
        """Return this revision and those before it, as far back as they are of the same author."""
        own = self._rows[revision_id][1]
        return [pk for pk, _ in takewhile(lambda text: text[1] == own, self.line(revision_id))]

    def newest_of(self, author_id: int, revision_id: int | None) -> int | None:
        """Return the last text of this author in the line that ends with this revision."""
        return next((pk for pk, author in self.line(revision_id) if author == author_id), None)

    def first(self, revision_id: int) -> int:
        """Return the text with which the line began."""
        *_, (first, _) = self.line(revision_id)
        return first


class Suggestion(models.Model):
    """What a reader without an account sent in; its revision holds the text."""

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="suggestion")
    sender_name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    # Says that two came from one place on one day, and nothing else; emptied afterwards.
    sender_digest = models.CharField(max_length=64, blank=True, db_index=True)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"suggestion {self.pk} by {self.sender_name or 'a reader'}"

    @property
    def status_token(self) -> str:
        """What the sender's secret address ends in."""
        return Signer(salt="suggestion").sign_object(self.pk)

    @classmethod
    def of_token(cls, token: str) -> Suggestion | None:
        """Return the suggestion that a secret address leads to; None for one that was made up."""
        try:
            pk = Signer(salt="suggestion").unsign_object(token)
        except BadSignature:
            return None
        return cls.objects.select_related("revision__term").filter(pk=pk).first()


class ReviewLink(models.Model):
    """A door to one text for an expert without an account, open until it expires or is revoked."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="review_links")
    expert = models.CharField(max_length=150)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="review_links")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(expert=""), name="review_link_is_for_somebody"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="review_link_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"review link {self.pk} for {self.expert}"

    @property
    def is_open(self) -> bool:
        is_valid = self.revoked_at is None and self.expires_at > timezone.now()
        return is_valid and not self.revision.term.is_gone


class Comment(AppendOnlyModel):
    """A remark on a revision, on one field of it if wished, or an answer to such a remark.

    It is said by an account, by an expert through a link, or by the sender of a suggestion. It
    stays with its revision for ever; only whether its thread is settled changes.
    """

    class Advice(models.TextChoices):
        NONE = "", "No advice"
        APPROVE = "approve", "Approve"
        REFUSE = "refuse", "Refuse"

    mutable_fields: ClassVar = frozenset({"resolved_at", "resolved_by"})

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    thread = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )
    review_link = models.ForeignKey(
        ReviewLink, null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )
    suggestion = models.ForeignKey(
        Suggestion, null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )
    author_name = models.CharField(max_length=150)
    advice = models.CharField(max_length=10, choices=Advice, blank=True, default=Advice.NONE)
    # What a reviewer asks for before a text can be approved; those who wrote it answer.
    asks_for_changes = models.BooleanField(default=False)
    field = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="resolved_comments",
    )

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=False, review_link__isnull=True, suggestion__isnull=True)
                | Q(author__isnull=True, review_link__isnull=False, suggestion__isnull=True)
                | Q(author__isnull=True, review_link__isnull=True, suggestion__isnull=False),
                name="comment_is_said_by_one",
            ),
            models.CheckConstraint(
                condition=Q(advice="") | Q(review_link__isnull=False), name="advice_comes_by_link"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False, thread__isnull=True),
                name="only_whole_threads_are_resolved",
            ),
            models.CheckConstraint(condition=~Q(text="") | ~Q(advice=""), name="comment_says_something"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Event(AppendOnlyModel):
    """One line of history: who did what to which term."""

    class Kind(models.TextChoices):
        CREATED = "term.created", "created"
        PUBLISHED = "term.published", "published"
        CHANGED = "term.changed", "changed"
        DEPRECATED = "term.deprecated", "deprecated"
        REINSTATED = "term.reinstated", "reinstated"
        REMOVED = "term.removed", "removed"
        RESTORED = "term.restored", "restored"
        DISCARDED = "term.discarded", "discarded"
        MERGED = "term.merged", "merged"
        MERGE_UNDONE = "term.merge_undone", "merge undone"
        SPLIT = "term.split", "split"
        SPLIT_UNDONE = "term.split_undone", "split undone"
        REPOINTED = "term.repointed", "relations moved with a merge"
        SAVED = "revision.saved", "draft saved"
        PROPOSED = "revision.proposed", "proposed"
        SUGGESTED = "revision.suggested", "suggested by a reader"
        CHANGES_REQUESTED = "revision.changes_requested", "changes requested"
        RESUBMITTED = "revision.resubmitted", "proposed again with an answer"
        BROUGHT_UP_TO_DATE = "revision.brought_up_to_date", "brought up to date"
        REJECTED = "revision.rejected", "proposal rejected"
        WITHDRAWN = "revision.withdrawn", "proposal withdrawn"
        CLOSED = "revision.closed", "proposal closed by a merge"
        REVIVED = "revision.revived", "proposal open again after a merge was undone"
        SELF_REVIEWED = "revision.self_reviewed", "approved by its own author"
        ASSIGNED = "revision.assigned", "assigned"
        COMMENTED = "revision.commented", "commented on"
        ADVISED = "revision.advised", "advice given on"
        RESOLVED = "revision.thread_resolved", "discussion resolved"
        REOPENED = "revision.thread_reopened", "discussion reopened"
        LINK_ISSUED = "review_link.issued", "review link issued"
        LINK_REVOKED = "review_link.revoked", "review link revoked"
        PLANNED = "term.planned", "planned for later"
        PLAN_CANCELLED = "term.plan_cancelled", "plan cancelled"
        PLAN_FAILED = "term.plan_failed", "plan not carried out"
        IMPORTED = "import.carried_out", "file imported"
        IMPORT_CANCELLED = "import.cancelled", "import cancelled"
        IMPORT_UNDONE = "import.undone", "import undone"
        MERGE_PROPOSED = "merge.proposed", "merge or split proposed"
        MERGE_REJECTED = "merge.rejected", "merge or split rejected"
        MERGE_WITHDRAWN = "merge.withdrawn", "proposed merge or split withdrawn"
        PAIR_JUDGED = "pair.judged", "look-alikes judged"
        BULK_CHANGED = "operation.carried_out", "changed in bulk"
        BULK_UNDONE = "operation.undone", "bulk change undone"
        TAG_DESCRIBED = "tag.described", "tag described"
        INVITED = "account.invited", "invited"
        DEACTIVATED = "account.deactivated", "account deactivated"
        REACTIVATED = "account.reactivated", "account reactivated"
        ROLES_CHANGED = "account.roles_changed", "roles changed"
        ACCOUNT_CHANGED = "account.changed", "account changed"
        RESET_SENT = "account.reset_sent", "password reset sent"

    class Door(models.TextChoices):
        DESK = "desk", "Desk"
        SITE = "site", "Readers’ site"
        API = "api", "API"
        IMPORT = "import", "Import"
        BULK = "bulk", "Bulk change"
        COMMAND = "command", "Command"
        SCHEDULE = "schedule", "Schedule"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    by_name = models.CharField(max_length=150)
    kind = models.CharField(max_length=40, choices=Kind)
    # Through which door it came; empty for what was written before this was kept.
    door = models.CharField(max_length=10, choices=Door, blank=True)
    term = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    is_public = models.BooleanField(default=False)
    note = models.TextField(blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["is_public", "-at"], name="event_for_readers")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by_name}"


class Notification(models.Model):
    """A line of history that one person should hear of, on the site and perhaps by mail."""

    class Topic(models.TextChoices):
        OWN_DECIDED = "own_decided", "My proposal is approved or rejected"
        OWN_CHANGES = "own_changes", "Changes are requested in my proposal"
        DISCUSSION = "discussion", "Somebody comments on my text or in my discussion"
        ASSIGNED = "assigned", "A proposal is assigned to me"
        WAITING = "waiting", "A proposal waits for review"
        PLAN = "plan", "What I planned was carried out, or could not be"

    class Mail(models.TextChoices):
        NONE = "none", "No mail"
        NOW = "now", "At once"
        DIGEST = "digest", "In the daily digest"

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="notifications")
    topic = models.CharField(max_length=20, choices=Topic)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mail = models.CharField(max_length=10, choices=Mail, default=Mail.NONE)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["recipient", "event"], name="told_once_of_an_event"),
        ]
        indexes = [
            models.Index(fields=["recipient", "read_at", "-created_at"], name="notification_unread"),
            models.Index(fields=["mail"], name="notification_to_mail", condition=Q(mailed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} for {self.recipient_id}"


class NotificationChoice(models.Model):
    """How one person wants to hear of one topic, where it is not as everybody does."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices"
    )
    topic = models.CharField(max_length=20, choices=Notification.Topic)
    on_site = models.BooleanField(default=True)
    mail = models.CharField(max_length=10, choices=Notification.Mail, default=Notification.Mail.DIGEST)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "topic"], name="one_choice_per_topic")]

    def __str__(self) -> str:
        return f"{self.topic} of {self.user_id}: {self.mail}"


class PlannedChange(models.Model):
    """A decision that was taken now and takes effect later."""

    class Action(models.TextChoices):
        PUBLISH = "publish", "Publish"
        DEPRECATE = "deprecate", "Deprecate"

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        DONE = "done", "Carried out"
        FAILED = "failed", "Not carried out"
        CANCELLED = "cancelled", "Cancelled"

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="planned_changes")
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="planned_changes"
    )
    action = models.CharField(max_length=12, choices=Action)
    due_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    successors = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="planned_changes")
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["term", "action"], condition=Q(state="pending"), name="one_pending_plan_per_action"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", settled_at__isnull=True)
                | (~Q(state="pending") & Q(settled_at__isnull=False)),
                name="plan_is_settled_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(action="publish", revision__isnull=False)
                | (Q(action="deprecate", revision__isnull=True) & ~Q(reason="")),
                name="plan_has_what_it_needs",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="plan_due", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"{self.action} {self.term_id} at {self.due_at:%Y-%m-%d %H:%M}"


class UnsentText(models.Model):
    """What somebody typed into a form of the desk and has not sent yet."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unsent_texts")
    # Which sheet of paper it is: that of a term, or of a term that is not there yet.
    sheet = models.CharField(max_length=40)
    term = models.ForeignKey(Term, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    based_on = models.PositiveIntegerField(null=True, blank=True)
    typed = models.TextField()
    kept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-kept_at"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["by", "sheet"], name="one_unsent_text_per_sheet")]

    def __str__(self) -> str:
        return f"unsent text of {self.by_id} on {self.sheet}"


class Presence(models.Model):
    """Somebody who has the form of a term before them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="present")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-seen_at"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "term"], name="present_once_per_term")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.term_id}"


class DuplicatePair(models.Model):
    """Two terms that may be the same concept, and what a person said of it.

    `names_then` is what both were called when the verdict was given: it stands until one of the names
    changes. `reopened` says so then. `suggestion` is what the finder thinks of a pair: the same, or only
    related; `methods` is how it came to that.
    """

    class Verdict(models.TextChoices):
        OPEN = "open", "To judge"
        MERGED = "merged", "Merged"
        DIFFERENT = "different", "Different"
        RELATED = "related", "Related"
        LATER = "later", "Later"

    class Suggestion(models.TextChoices):
        MERGE = "merge", "Merge"
        RELATE = "relate", "Relate"

    first = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="pairs_as_first")
    second = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="pairs_as_second")
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    # Each between two spaces, so that one can be looked for in both databases.
    methods = models.CharField(max_length=300, blank=True)
    suggestion = models.CharField(max_length=10, choices=Suggestion, default=Suggestion.MERGE)
    found_at = models.DateTimeField(default=timezone.now)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.OPEN)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="judged_pairs"
    )
    judged_at = models.DateTimeField(null=True, blank=True)
    because = models.TextField(blank=True)
    names_then = models.JSONField(default=list)
    reopened = models.TextField(blank=True)

    class Meta:
        ordering = ["-score", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_is_ordered"),
            models.UniqueConstraint(fields=["first", "second"], name="pair_is_unique"),
            models.CheckConstraint(
                condition=Q(verdict="open") | Q(judged_by__isnull=False), name="verdict_has_a_judge"
            ),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="score_is_a_share"),
        ]
        indexes = [models.Index(fields=["verdict", "suggestion", "-score", "id"], name="pair_to_judge")]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"


class ScanState(models.Model):
    """One row: how far the glossary was looked through for look-alikes, and whether it is about to be."""

    # The last line of the log when the last look began.
    seen_event = models.PositiveBigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    # When everything was compared with everything.
    full_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0)
    # When the worker is to look again, where it was asked to.
    due_at = models.DateTimeField(null=True, blank=True)
    running_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="only_one_scan_state")]

    def __str__(self) -> str:
        return f"looked at {self.looked_at:%Y-%m-%d %H:%M}" if self.looked_at else "never looked"


class Operation(models.Model):
    """Something that can be undone as one."""

    class Kind(models.TextChoices):
        MERGE = "merge", "Merge"
        SPLIT = "split", "Split"
        BULK_CHANGE = "bulk_change", "Bulk change"
        IMPORT = "import", "Import"

    kind = models.CharField(max_length=12, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="operations")
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=REMARK_LENGTH, blank=True)
    reversal = models.JSONField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="undone_operations",
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
                name="undone_by_somebody_at_some_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.at:%Y-%m-%d}"


class Merge(models.Model):
    """One term absorbed by another in an operation."""

    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="merges")
    kept = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="merges_as_kept")
    absorbed = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="merges_as_absorbed")
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(is_undone=False), name="absorbed_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(kept=F("absorbed")), name="never_absorbs_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.kept_id}"


class Split(models.Model):
    """One term that was made of a part of another in an operation."""

    operation = models.OneToOneField(Operation, on_delete=models.PROTECT, related_name="split")
    origin = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="splits_as_origin")
    part = models.OneToOneField(Term, on_delete=models.PROTECT, related_name="split_as_part")
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(origin=F("part")), name="never_a_part_of_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} out of {self.origin_id}"


class MergeProposal(models.Model):
    """A merge or a split that somebody else has to agree to.

    `wish` is what the preview was asked for, `token` what it showed: what moved since cannot be agreed to.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Carried out"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    kind = models.CharField(max_length=12, choices=[("merge", "Merge"), ("split", "Split")])
    terms = models.ManyToManyField(Term, related_name="merge_proposals")
    wish = models.JSONField()
    token = models.CharField(max_length=100)
    comment = models.CharField(max_length=REMARK_LENGTH, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="merge_proposals")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decided_merges",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    operation = models.OneToOneField(
        Operation, null=True, blank=True, on_delete=models.PROTECT, related_name="proposal"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(state="approved", operation__isnull=False)
                | (~Q(state="approved") & Q(operation__isnull=True)),
                name="agreed_exactly_with_an_operation",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["approved", "rejected"], reviewer__isnull=False, decided_at__isnull=False
                )
                | (Q(state__in=["proposed", "withdrawn"]) & Q(reviewer__isnull=True)),
                name="merge_decided_exactly_with_a_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(decision_reason=""), name="merge_rejected_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} proposed by {self.by}"


class KeptAnswer(models.Model):
    """The answer to a request with a key: sent again, it is answered the same and does nothing."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key


class ImportBatch(models.Model):
    """One import: what was given, what was shown of it, and how far it has been carried out."""

    class State(models.TextChoices):
        PREPARED = "prepared", "Prepared"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Refused as a whole"
        UNDONE = "undone", "Undone"

    file_name = models.CharField(max_length=300)
    # Where the texts come from; files of one source speak of the same records.
    source = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, db_index=True)
    format = models.CharField(max_length=200)
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="import_batches")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.FINISHED)
    # Rises with everything that changes what is shown of it.
    edition = models.PositiveIntegerField(default=1)
    # The last line of the log when it was planned: what came later was not seen.
    planned_at_event = models.PositiveBigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    outcomes = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    operation = models.OneToOneField(
        Operation, null=True, blank=True, on_delete=models.PROTECT, related_name="import_batch"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        verbose_name_plural = "import batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "running", "finished", "cancelled", "failed", "undone"]),
                name="import_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(started_at__isnull=False, heartbeat_at__isnull=False),
                name="running_import_has_a_heartbeat",
            ),
            models.CheckConstraint(
                condition=~Q(state="undone") | Q(operation__isnull=False), name="undone_import_was_one"
            ),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="import_does_what_it_has"),
        ]
        indexes = [
            models.Index(fields=["at"], name="import_prepared", condition=Q(state="prepared")),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}, {self.at:%Y-%m-%d %H:%M}"


class ImportRow(models.Model):
    """One record of an import: what it says, what will become of it, and what became of it.

    `record` is what the file says, `corrections` what a person wants it to say instead. `base` is the
    number of the revision that the preview compared it with, `public_id` the identifier that a new term
    is going to have.
    """

    class Action(models.TextChoices):
        CREATE = "create", "New term"
        UPDATE = "update", "Change"
        UNCHANGED = "unchanged", "Unchanged"
        CONFLICT = "conflict", "Conflict"
        INVALID = "invalid", "Cannot be used"

    class Outcome(models.TextChoices):
        NONE = "", "Nothing yet"
        CREATED = "created", "New draft"
        SAVED = "saved", "Draft changed"
        PROPOSED = "proposed", "Change proposed"
        PUBLISHED = "published", "Published"
        FAILED = "failed", "Failed"
        UNDONE = "undone", "Undone"

    DONE: ClassVar = (Outcome.CREATED, Outcome.SAVED, Outcome.PROPOSED, Outcome.PUBLISHED)
    WORK: ClassVar = (Action.CREATE, Action.UPDATE)

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    path = models.CharField(max_length=500, blank=True)
    record = models.JSONField()
    corrections = models.JSONField(default=dict)
    action = models.CharField(max_length=10, choices=Action)
    because = models.TextField(blank=True)
    flags = models.JSONField(default=list)
    changed = models.JSONField(default=list)
    look_alikes = models.JSONField(default=list)
    term = models.ForeignKey(
        Term, null=True, blank=True, on_delete=models.PROTECT, related_name="import_rows"
    )
    base = models.PositiveIntegerField(null=True, blank=True)
    public_id = models.CharField(max_length=20, blank=True)
    is_left_out = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.NONE)
    message = models.TextField(blank=True)
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="import_rows"
    )

    class Meta:
        ordering = ["position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="import_row_has_its_place"),
            models.CheckConstraint(
                condition=Q(action__in=["create", "update", "unchanged", "conflict", "invalid"]),
                name="import_action_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=["created", "saved", "proposed", "published", "undone"],
                    term__isnull=False,
                    revision__isnull=False,
                )
                | Q(outcome__in=["", "failed"], revision__isnull=True),
                name="import_outcome_is_a_revision",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="failed") | ~Q(message=""), name="import_row_fails_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(is_left_out=False) | Q(outcome=""), name="nothing_comes_of_what_is_left_out"
            ),
            models.CheckConstraint(
                condition=Q(action__in=["create", "update"]) | Q(outcome=""),
                name="something_comes_of_what_is_to_do",
            ),
        ]
        indexes = [models.Index(fields=["batch", "action", "position"], name="import_row_by_action")]

    def __str__(self) -> str:
        return f"{self.batch_id}, line {self.line}"

    @property
    def is_corrected(self) -> bool:
        return bool(self.corrections)


class ImportedRecord(models.Model):
    """What one record of a file said (`given`), and the term it became: the provenance of a text.

    `ref` names the record within files of its kind, so that the next import of it finds the term.
    `further` is what the file said besides, by its own names; `unresolved` names what it is to be related
    to and what nobody knows yet.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="records")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="imported_records")
    ref = models.CharField(max_length=500, db_index=True)
    given = models.JSONField(default=dict)
    line = models.PositiveIntegerField()
    path = models.CharField(max_length=500, blank=True)
    heading = models.TextField(blank=True)
    keywords = models.JSONField(default=list)
    confidence = models.FloatField(default=1.0)
    flags = models.JSONField(default=list)
    further = models.JSONField(default=dict)
    unresolved = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["batch", "ref"], name="record_once_per_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id}, line {self.line}"


class IndexEntry(models.Model):
    """One line of the A–Z index: a name under which a public term is found.

    Aliases stand in it as "see X"; hidden ones are searched, never listed. A name of several words
    has further lines, `turned`, which begin with one of its later words: never listed either.
    `key` is what readers type, without accents; `sort_key` orders what is listed, by the language.
    """

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="index_entries")
    key = models.CharField(max_length=2 * NAME_LENGTH)
    sort_key = models.CharField(max_length=collation.KEY_LENGTH, default="")
    letter = models.CharField(max_length=20)
    text = models.CharField(max_length=NAME_LENGTH + 110)
    # Of an alias in another language than the site's.
    language = models.CharField(max_length=35, blank=True, default="")
    is_alias = models.BooleanField()
    is_hidden = models.BooleanField(default=False)
    is_deprecated = models.BooleanField(default=False)
    # With how many words of the name moved behind the others the key begins.
    turned = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["sort_key", "text", "pk"]
        default_permissions = ()
        verbose_name_plural = "index entries"
        indexes = [
            # What is suggested while somebody types, so that it touches the index only.
            models.Index(
                fields=["key", "text", "id", "term", "language", "is_alias", "is_hidden", "is_deprecated"],
                name="index_by_key",
            ),
            # What readers browse, so that counting and paging touch the index only.
            models.Index(
                fields=["sort_key", "text", "id"], name="shown_in_order", condition=Q(is_hidden=False)
            ),
            models.Index(
                fields=["letter", "sort_key", "text", "id"],
                name="shown_by_letter",
                condition=Q(is_hidden=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(turned=0) | Q(is_hidden=True), name="turned_lines_are_not_listed"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class IndexChange(models.Model):
    """A term whose names were written anew, and the content version that came of it.

    What keeps names in memory reads only these again. The oldest go away: whoever kept names of an
    earlier version reads all of them.
    """

    content_version = models.PositiveBigIntegerField(db_index=True)
    # No foreign key: the row has to outlive the term that went away.
    term_id = models.PositiveBigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"term {self.term_id} at content version {self.content_version}"


class SearchDocument(models.Model):
    """The prepared words of a public term, as the full-text index takes them.

    `facts` are not words of the text: status, letter, tags and languages, by which hits are narrowed.
    """

    term = models.OneToOneField(
        Term, on_delete=models.CASCADE, primary_key=True, related_name="search_document"
    )
    name = models.TextField(blank=True)
    aliases = models.TextField(blank=True)
    tags = models.TextField(blank=True)
    short = models.TextField(blank=True)
    body = models.TextField(blank=True)
    facts = models.TextField(blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class WordSlip(models.Model):
    """A word of public names with one of its letters left out, or whole: how a slip finds the word.

    Rows of words that no public name has any more may remain. Nobody is told of such a word: whoever
    asks looks it up in the index too.
    """

    slip = models.CharField(max_length=64)
    word = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["slip", "word"], name="slip_once_per_word")]

    def __str__(self) -> str:
        return f"{self.slip}: {self.word}"


class WantedTerm(models.Model):
    """What readers looked for in vain, and how often; nothing about who they were.

    `slug` is how a draft of that name would be addressed. `dismissed_*` say that editors do not want
    it. Days, not moments: who asked when is nobody's affair.
    """

    key = models.CharField(max_length=2 * NAME_LENGTH, unique=True)
    text = models.CharField(max_length=NAME_LENGTH)
    slug = models.CharField(max_length=200, default="", editable=False)
    count = models.PositiveIntegerField(default=0)
    first_on = models.DateField()
    last_on = models.DateField()
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-count", "-last_on", "key"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["-count", "-last_on"], name="wanted_most", condition=Q(dismissed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.text


class SiteState(models.Model):
    """One row: the content version that every cache hangs on."""

    content_version = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="only_one_site_state")]

    def __str__(self) -> str:
        return f"content version {self.content_version}"


class ApiToken(models.Model):
    """A key for a program, acting for a person within its scopes. Only its digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read what its owner may see"
        PROPOSE = "propose", "Propose terms and changes, withdraw"
        EDIT = "edit", "Create and import drafts, correct the proposals of others"
        REVIEW = "review", "Approve, reject, deprecate"
        ADMIN = "admin", "Remove, restore, merge, split, publish imports"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="What it is for, to know it by.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        default_permissions = ("view",)
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @staticmethod
    def digest_of(secret: str) -> str:
        """Return what is kept of a token: SHA-256; 256 random bits need no salt and no slow hash."""
        return hashlib.sha256(secret.encode()).hexdigest()
