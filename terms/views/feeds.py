"""What changed, and the terms of the days, as Atom (RFC 4287) in pages (RFC 5005)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import condition

from .. import linking, publishing, web
from ..models import Event, Tag, TaggedTerm, Term
from . import pages
from .changelog import AskedChanges, asked_changes, change_label
from .daily import terms_of_days
from .tags import chosen_tags
from .term import arrive

ENTRIES_PER_PAGE = 50
DAYS = 14
# A feed is asked for every hour: a longer text is left to the page.
_LONGEST_CONTENT = 20_000


@dataclass(frozen=True)
class _About:
    """What a feed says of itself: the page that it belongs to, and a name for ever."""

    title: str
    page: str
    name: str
    subtitle: str = ""


# --- The feeds -----------------------------------------------------------------------------------


def _last_change(request: HttpRequest, **parts: Any) -> datetime | None:
    return publishing.last_change()


def _last_change_or_midnight(request: HttpRequest, **parts: Any) -> datetime:
    midnight = _beginning_of(timezone.localdate())
    return max(publishing.last_change() or midnight, midnight)


@pages.public_page
@condition(last_modified_func=_last_change)
def changes_feed(request: HttpRequest) -> HttpResponse:
    """Tell what the page of changes shows, narrowed as that is."""
    asked = asked_changes(request)
    query = {"kind": asked.kind, "tag": asked.tag.slug if asked.tag else ""}
    about = _About(
        title=f"Changes in {asked.tag.name}" if asked.tag else "Changes",
        page=pages.address(reverse("changes"), **query),
        name=pages.address("changes", **query),
    )
    return _of_changes(request, about, asked.events(), asked.total(), **query)


@pages.public_page
@condition(last_modified_func=_last_change)
def tag_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell what changed in the terms that have this tag now."""
    [tag] = chosen_tags(slug)
    asked = AskedChanges("", tag)
    about = _About(tag.name, tag.get_absolute_url(), f"tags/{quote(slug, safe='')}", tag.description)
    return _of_changes(request, about, asked.events(), asked.total())


@pages.public_page
@condition(last_modified_func=_last_change)
def term_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell what happened to one term."""
    term = arrive(request, slug, "term_feed")
    if isinstance(term, HttpResponse):
        return term
    events = Event.objects.filter(is_public=True, term=term)
    about = _About(
        term.full_name, term.get_absolute_url(), f"terms/{quote(term.public_id)}", term.short_definition
    )
    return _of_changes(request, about, events, publishing.counted(f"changes-of-{term.pk}", events.count))


@pages.public_page
@condition(last_modified_func=_last_change_or_midnight)
def daily_feed(request: HttpRequest) -> HttpResponse:
    """Bring the terms of the last days, today's first."""
    today = timezone.localdate()
    drawn = terms_of_days([today - timedelta(days=ago) for ago in range(DAYS)])
    about = _About("Term of the day", reverse("home"), "term-of-the-day", settings.SITE_TAGLINE)
    feed = _Feed(request, about, fallback=_beginning_of(today))
    tags = _tags_on(term.pk for _, term in drawn)
    for day, term in drawn:
        feed.add(
            name=f"{day}:{term.public_id}/term-of-the-day",
            title=term.full_name,
            term=term,
            at=_beginning_of(day),
            summary=term.short_definition,
            text=term,
            tags=tags[term.pk],
        )
    return feed.response()


def _beginning_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --- Changes -------------------------------------------------------------------------------------

_OF_TERMS = ("public_id", "name", "qualifier", "slug", "short_definition", "status")
_READ = (
    *("at", "kind", "note", "by_name"),
    *(f"term__{field}" for field in _OF_TERMS),
    *(f"term__merged_into__{field}" for field in _OF_TERMS),
)


def _of_changes(
    request: HttpRequest, about: _About, events: QuerySet[Event], total: int, **query: str
) -> HttpResponse:
    pager = pages.pager(request, total, ENTRIES_PER_PAGE)
    rows = pages.rows_of(events.select_related("term__merged_into").only(*_READ), pager, ENTRIES_PER_PAGE)
    feed = _Feed(request, about, fallback=publishing.last_change(), pager=pager, query=query)
    tags = _tags_on(event.term_id for event in rows)
    # What a term says is told when it is new; of a change, what was changed.
    texts = _texts_of(event.term_id for event in rows if event.kind == Event.Kind.PUBLISHED)
    for event in rows:
        term = event.term
        at = event.at.astimezone(UTC)
        feed.add(
            name=f"{at:%Y-%m-%d}:{term.public_id}/{event.kind.removeprefix('term.')}/{at:%H%M%S.%f}",
            title=f"{change_label(event)}: {term.full_name}",
            term=_where_to_look(term),
            at=event.at,
            summary=_summary(event),
            text=texts.get(event.term_id) if event.kind == Event.Kind.PUBLISHED else None,
            author=event.by_name if settings.SHOW_AUTHORS else "",
            tags=tags[event.term_id],
        )
    return feed.response()


def _where_to_look(term: Term) -> Term:
    into = term.merged_into if term.status == Term.Status.MERGED else None
    return into or term


def _summary(event: Event) -> str:
    """Return what was changed, and what the term is; of what is new, only that."""
    term = event.term
    if event.kind == Event.Kind.PUBLISHED:
        return term.short_definition
    into = _where_to_look(term)
    merged = f"Merged into {into.full_name}." if into is not term else ""
    return "\n".join(filter(None, (merged, event.note, term.short_definition)))


def _texts_of(term_ids: Iterable[int | None]) -> dict[int, Term]:
    return Term.objects.only("public_id", "definition_html").in_bulk({pk for pk in term_ids if pk})


def _tags_on(term_ids: Iterable[int | None]) -> defaultdict[int | None, list[Tag]]:
    rows = TaggedTerm.objects.filter(content_object__in=set(term_ids)).select_related("tag")
    found = defaultdict(list)
    for row in rows.order_by("tag__name"):
        found[row.content_object_id].append(row.tag)
    return found


# --- Atom ----------------------------------------------------------------------------------------

_RELATIVE = re.compile(r'(<[a-z][^<>]*?\s(?:href|src)=")([^"]*)')
# XML has no way to write these, not even escaped.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _Feed:
    """One page of a feed in the making. What is called `name` here stays the same for ever, whatever
    terms are called and wherever they move: it becomes an `id`, a tag URI (RFC 4151) of this host."""

    def __init__(
        self,
        request: HttpRequest,
        about: _About,
        *,
        fallback: datetime | None,
        pager: pages.Pager | None = None,
        query: dict[str, str] | None = None,
    ) -> None:
        self._origin = web.origin(request)
        self._host = urlsplit(self._origin).hostname
        address = self._origin + escape_uri_path(request.path)
        self._atom = _Atom(
            title=_clean(f"{about.title} – {settings.SITE_NAME}"),
            link=self._origin + about.page,
            description=None,
            subtitle=_clean(about.subtitle) or None,
            language=settings.LANGUAGE_CODE,
            author_name=_clean(settings.SITE_NAME),
            author_link=self._origin + reverse("home"),
            feed_url=_page(address, query, pager.number if pager else 1),
            feed_guid=f"tag:{self._host},2026:feeds/{about.name}",
            fallback=fallback or datetime.fromtimestamp(0, UTC),
            links=_links(address, query, pager) if pager else {},
        )

    def add(
        self,
        *,
        name: str,
        title: str,
        term: Term,
        at: datetime,
        summary: str,
        text: Term | None,
        tags: Sequence[Tag],
        author: str = "",
    ) -> None:
        page = self._origin + term.get_absolute_url()
        self._atom.add_item(
            title=_clean(title),
            link=page,
            description=None,
            unique_id=f"tag:{self._host},{name}",
            updateddate=at,
            author_name=_clean(author) or None,
            summary=_clean(summary),
            content=_clean(_content(text, page)),
            tags=[(tag.slug, _clean(tag.name)) for tag in tags],
        )

    def response(self) -> HttpResponse:
        return HttpResponse(self._atom.writeString("utf-8"), content_type=self._atom.content_type)


class _Atom(Atom1Feed):
    """Django's Atom with what it lacks: pages, a licence, plain summaries, contents, labels of tags."""

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=self.feed["fallback"])

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for relation, address in self.feed["links"].items():
            handler.addQuickElement("link", "", {"rel": relation, "href": address})
        if settings.LICENSE_URL:
            handler.addQuickElement("link", "", {"rel": "license", "href": settings.LICENSE_URL})

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["summary"]:
            handler.addQuickElement("summary", item["summary"])
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})
        for slug, name in item["tags"]:
            handler.addQuickElement("category", "", {"term": slug, "label": name})


def _links(address: str, query: dict[str, str] | None, pager: pages.Pager) -> dict[str, str]:
    """Return the addresses of the other pages (RFC 5005); a feed on one page has none."""
    if pager.pages == 1:
        return {}
    numbers = {"first": 1, "previous": pager.number - 1, "next": pager.number + 1, "last": pager.pages}
    return {
        relation: _page(address, query, number)
        for relation, number in numbers.items()
        if 1 <= number <= pager.pages
    }


def _page(address: str, query: dict[str, str] | None, number: int) -> str:
    return pages.address(address, **(query or {}), page=number if number > 1 else "")


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


def _content(term: Term | None, page: str) -> str:
    """Return the definition of a term with the names of others linked, and addresses that hold anywhere."""
    if term is None or len(term.definition_html) > _LONGEST_CONTENT:
        return ""
    return _RELATIVE.sub(lambda found: found[1] + urljoin(page, found[2]), linking.link(term))
