"""What the public gets of a term, made once when it goes live.

The HTML, the JSON document, and the content version of the whole site, on which caches hang.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F, Model, Prefetch, Q, QuerySet, TextField
from django.db.models.functions import Cast, Greatest
from django.http import HttpRequest
from django.utils import timezone

from . import markup
from .models import Alias, Note, Relation, SiteState, TaggedTerm, Term
from .prepared import Prepared

# How a stored relation reads from its target.
INVERSE = {"broader": "narrower", "related": "related", "see_also": "see_also", "replaced_by": "replaces"}

_ORDER = {"broader": 0, "narrower": 1, "related": 2, "see_also": 3, "replaces": 4}
_PUBLIC_NOTES = frozenset(set(Note.Kind.values) - {Note.Kind.EDITORIAL.value})
_CHAIN_LIMIT = 20


_Counted = TypeVar("_Counted")

# The version of the state that this thread reads, while it reads one.
_version_read: ContextVar[int | None] = ContextVar("version_read", default=None)

# Where an answer says, in its request's environ, which content version and day it was made from.
MADE_FROM = "termbook.made_from"


def content_version() -> int:
    """Return the version of all that is public; it rises with every publication.

    Inside `one_state` it is the version of that state, and costs no query.
    """
    version = _version_read.get()
    return _stored_version() if version is None else version


def last_change() -> datetime | None:
    """Return when what is public changed for the last time; None where no version tells.

    A version is a time (`raise_content_version`); those of the first releases were small numbers.
    """
    version = content_version()
    return datetime.fromtimestamp(version / 1000, UTC) if version > _EARLIEST_TIME else None


_EARLIEST_TIME = 1_000_000_000_000  # in the year 2001

_versions = Prepared(lambda: SiteState.objects.filter(pk=1).values_list("content_version"))


def _stored_version() -> int:
    return next((version for (version,) in _versions()), 0)


def raise_content_version() -> None:
    """Raise the version and hold its row until the transaction ends.

    It becomes the time in milliseconds, or one more than it was: what is kept of a version is never
    met again, also when a backup was put back and its glossary went on from there.

    This is also the lock under which names, addresses and circles are checked: of two
    publications the second sees what the first has committed. It comes before the locks of terms:
    a publication writes the documents of neighbours too, which another one may hold.
    """
    next_version = Greatest(F("content_version") + 1, time.time_ns() // 1_000_000)
    if not SiteState.objects.filter(pk=1).update(content_version=next_version):
        SiteState.objects.bulk_create([SiteState(pk=1)], ignore_conflicts=True)
        SiteState.objects.filter(pk=1).update(content_version=next_version)


@contextmanager
def one_state() -> Iterator[int]:
    """Let all queries inside see one committed state of the database, and give its content version.

    Nothing may be written inside. It holds nobody up and waits for nobody. In an open transaction
    (that of a writer, or of a test) it only gives the version.
    """
    version = _version_read.get()
    if version is not None:
        yield version
        return
    with _snapshot():
        # Where a state is fixed, it is so by the first query.
        version = _stored_version()
        token = _version_read.set(version)
        try:
            yield version
        finally:
            _version_read.reset(token)


def counted(name: str, count: Callable[[], _Counted]) -> _Counted:
    """Return what is counted under this name, and count it only once in each state of the glossary.

    For what every row is visited. It is kept in the memory of this process.
    """
    with one_state() as version:
        return cache.get_or_set(f"{name}-at-{version}", count, timeout=None)  # type: ignore[return-value]


def count_of_terms() -> int:
    """Return how many terms are public."""
    return counted("terms", Term.objects.published().count)


@contextmanager
def _snapshot() -> Iterator[None]:
    if connection.in_atomic_block:
        yield
        return
    # Before the mode is set: a connection that was lost would come back with the usual one.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    read_only = _deferred if connection.vendor == "sqlite" else _repeatable
    with read_only(), transaction.atomic():
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    """SQLite: begin without a lock, which in WAL mode sees one state and waits for no writer."""
    database: Any = connection
    usual, database.transaction_mode = database.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        database.transaction_mode = usual


@contextmanager
def _repeatable() -> Iterator[None]:
    """PostgreSQL: begin as REPEATABLE READ, READ ONLY."""
    # Not above: where SQLite is used, a start would load the driver of PostgreSQL for nothing.
    from psycopg import IsolationLevel

    driver = connection.connection
    usual = driver.isolation_level, driver.read_only
    driver.isolation_level, driver.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        yield
    finally:
        if not driver.closed:
            driver.isolation_level, driver.read_only = usual


def keep_until_changed(request: HttpRequest) -> None:
    """Say that the answer to this request hangs on nothing but its address, what its `Vary` names, the
    content version, the day and the settings, so that it may be kept and given to others.

    Said before what the answer shows is read, best of all inside `one_state`. What comes with a
    session or a token is never kept, whatever is said.
    """
    if not has_credentials(request):
        request.META[MADE_FROM] = (content_version(), timezone.localdate())


def keep_not(request: HttpRequest) -> None:
    """Take back what `keep_until_changed` said of this request."""
    request.META.pop(MADE_FROM, None)


def has_credentials(request: HttpRequest) -> bool:
    """Say whether a request comes with a session or a token, be they valid or not."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META


def hold_content_version() -> None:
    """Hold the row of the version without raising it: for who locks several terms and publishes none."""
    held = SiteState.objects.select_for_update().filter(pk=1)
    if not held:
        SiteState.objects.bulk_create([SiteState(pk=1)], ignore_conflicts=True)
        list(held.all())


def neighbours(term_ids: Collection[int]) -> set[int]:
    """Return the ids of the terms whose documents name these, chains of successors included."""
    ids = set(term_ids)
    pairs = Relation.objects.filter(Q(source__in=ids) | Q(target__in=ids)).values_list("source", "target")
    found = {pk for pair in pairs for pk in pair}
    layer = ids
    for _ in range(_CHAIN_LIMIT):
        rows = Relation.objects.filter(target__in=layer, kind=Relation.Kind.REPLACED_BY)
        layer = set(rows.values_list("source", flat=True)) - found
        found |= layer
        if not layer:
            break
    return found - ids


def remake(term_ids: Iterable[int]) -> None:
    """Make the documents of these terms anew, as far as they are public."""
    public = with_parts(Term.objects.published().filter(pk__in=set(term_ids)))
    terms = list(public.select_related(None).select_related("merged_into"))
    for term in terms:
        term.document = document(term)
    Term.objects.bulk_update(terms, ["document"], batch_size=200)


def render(definition: str, prefix: str = "") -> markup.Rendered:
    """Return a definition as HTML with what could not be set. Slow: call it before taking locks."""
    return markup.to_html(definition, prefix=prefix)


def with_parts(terms: QuerySet[Term]) -> QuerySet[Term]:
    """Return the terms with everything that a page or a document shows of them, in a fixed
    number of queries."""
    return terms.select_related("merged_into", "live_revision").prefetch_related(
        "aliases",
        "sources",
        "notes",
        "external_ids",
        Prefetch("tagged_items", TaggedTerm.objects.select_related("tag").order_by("tag__name")),
        Prefetch("relations", _lightly("target")),
        Prefetch("inverse_relations", _lightly("source")),
    )


def _lightly(end: str) -> QuerySet[Relation]:
    """Return relations with the terms at one end, but without the long texts of those."""
    heavy = ("definition", "definition_html", "document", "problems")
    return Relation.objects.select_related(end).defer(*(f"{end}__{name}" for name in heavy))


def document(term: Term) -> dict[str, Any]:
    """Return the JSON document of a term: what everybody may know of it.

    Hidden labels, editorial notes and relations to terms that are not public are left out. Times
    are ISO 8601 in UTC, addresses relative to the site.
    """
    return {
        "id": term.public_id,
        "slug": term.slug,
        "name": term.name,
        "qualifier": term.qualifier,
        "short_definition": term.short_definition,
        "definition": term.definition,
        "definition_html": term.definition_html,
        "aliases": [
            _values(alias, "text", "kind", "language", "status", "note")
            for alias in term.aliases.all()
            if alias.kind != Alias.Kind.HIDDEN
        ],
        "tags": sorted(item.tag.slug for item in term.tagged_items.all()),
        "related": [{**_brief(other), "relation": relation} for relation, other in related(term)],
        "status": term.status,
        "deprecation_reason": term.deprecation_reason,
        "replaced_by": [_brief(successor) for successor in successors(term)],
        "merged_into": term.merged_into.public_id if term.merged_into else None,
        "version": term.version,
        "sources": [_values(source, "title", "url", "locator") for source in term.sources.all()],
        "notes": [_values(note, "kind", "text") for note in term.notes.all() if note.kind in _PUBLIC_NOTES],
        "external_ids": [_values(item, "scheme", "value", "mapping") for item in term.external_ids.all()],
        "language": settings.LANGUAGE_CODE,
        "review_by": term.review_by.isoformat() if term.review_by else None,
        "created_at": iso(term.created_at),
        "updated_at": iso(term.updated_at),
        "published_at": iso(term.published_at),
        "url": term.get_absolute_url() if term.slug else None,
        "api_url": f"/api/v1/terms/{term.public_id}/",
    }


# The document of a term as it lies in the database.
AS_STORED = Cast("document", TextField())


def sent(stored: str, origin: str) -> bytes:
    """Return a stored document as it is sent: with absolute addresses, which are its last two values.

    Nothing behind the last `"url":` is written by people: addresses are spelt in ASCII, without quotes.
    """
    head, _, addresses = json_bytes(stored).rpartition(_ADDRESS)
    address, _, api_address = addresses.partition(_API_ADDRESS)
    beginning = json_bytes(json.dumps(origin, ensure_ascii=False))[1:-1]
    return b"".join((head, _ADDRESS, beginning, address, _API_ADDRESS, beginning, api_address))


_ADDRESS, _API_ADDRESS = b',"url":"', b'","api_url":"'


def json_bytes(text: str) -> bytes:
    """Return a text of JSON, of which two signs end lines for old scripts, in bytes."""
    if not text.isascii():
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text.encode()


def public_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a published version as everybody may read it.

    Without hidden labels, editorial notes and relations to terms that are not public (any more).
    """
    targets = [relation["target"] for relation in content["relations"]]
    public = set(Term.objects.published().filter(public_id__in=targets).values_list("public_id", flat=True))
    return {
        **content,
        "aliases": [alias for alias in content["aliases"] if alias["kind"] != Alias.Kind.HIDDEN],
        "notes": [note for note in content["notes"] if note["kind"] in _PUBLIC_NOTES],
        "relations": [relation for relation in content["relations"] if relation["target"] in public],
    }


def related(term: Term) -> list[tuple[str, Term]]:
    """Return the public terms that this one is related to, read from both sides, once each.

    Successors are not among them: `successors` follows their chains.
    """
    found: dict[tuple[str, int], Term] = {}
    for row in term.relations.all():
        if row.kind != Relation.Kind.REPLACED_BY and row.target.is_public:
            found[row.kind, row.target_id] = row.target
    for row in term.inverse_relations.all():
        if row.source.is_public:
            found[INVERSE[row.kind], row.source_id] = row.source
    in_order = sorted(found.items(), key=lambda item: (_ORDER[item[0][0]], item[1].sort_key, item[1].pk))
    return [(relation, other) for (relation, _), other in in_order]


def successors(term: Term) -> list[Term]:
    """Return the terms to use instead of a deprecated one; deprecated successors are followed on."""
    if term.status != Term.Status.DEPRECATED:
        return []
    found: dict[int, Term] = {}
    seen = {term.pk}
    layer = [term]
    for _ in range(_CHAIN_LIMIT):
        rows = Relation.objects.filter(
            source__in=layer, kind=Relation.Kind.REPLACED_BY, target__status__in=Term.PUBLIC_STATUSES
        ).select_related("target")
        fresh = [row.target for row in rows if row.target_id not in seen]
        seen.update(other.pk for other in fresh)
        found.update({other.pk: other for other in fresh if other.status == Term.Status.PUBLISHED})
        layer = [other for other in fresh if other.status == Term.Status.DEPRECATED]
        if not layer:
            break
    return list(found.values())


def _brief(term: Term) -> dict[str, Any]:
    return {"id": term.public_id, "slug": term.slug, "name": term.full_name}


def _values(row: Model, *fields: str) -> dict[str, Any]:
    return {field: getattr(row, field) for field in fields}


def iso(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC with a `Z`, without fractions of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
