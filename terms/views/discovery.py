"""What leads programs and the curious to terms: site map, robots, lists for language models, chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import Mod, RowNumber
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from .. import exporting, publishing, web
from .. import search as index
from ..errors import TooMany
from ..models import Tag, Term, tag_address, term_address
from ..text import full_name
from . import pages
from .daily import term_by_chance
from .tags import counted_tags

_PLAIN_TEXT = "text/plain; charset=utf-8"

# --- The site map --------------------------------------------------------------------------------

_XML = "application/xml; charset=utf-8"
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
ADDRESSES_PER_PART = 5_000
# One file may name so many (sitemaps.org), whatever else is here.
_MOST_TAGS = 45_000


class _Address(NamedTuple):
    """A page and when it changed, where that is known."""

    path: str
    changed: datetime | None = None


@pages.public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """Name every page that is worth finding; of a large glossary, the parts in which they are named."""
    beginnings = _beginnings()
    if len(beginnings) <= 1:
        addresses = [*_pages(), *_terms(0, beginnings)]
        if len(addresses) <= ADDRESSES_PER_PART:
            return _xml("urlset", "url", addresses, request)
    parts = [_Address(reverse("sitemap_part", args=[number])) for number in range(1, len(beginnings) + 2)]
    return _xml("sitemapindex", "sitemap", parts, request)


@pages.public_page
def sitemap_part(request: HttpRequest, number: int) -> HttpResponse:
    """Name the pages of one part: the first has those that are of no term."""
    beginnings = _beginnings()
    if number > len(beginnings) + 1:
        raise pages.NoPage(f"The site map has no part {number}.")
    addresses = _pages() if number == 1 else _terms(number - 2, beginnings)
    return _xml("urlset", "url", addresses, request)


def _pages() -> Iterator[_Address]:
    """Yield the pages that are of no term. When a letter or a tag changed nobody wrote down."""
    changed = publishing.last_change()
    for name in ("home", "changes"):
        yield _Address(reverse(name), changed)
    for name in ("term_list", "tag_list", "tree", "about", "downloads"):
        yield _Address(reverse(name))
    for letter in index.letters():
        if letter.count:
            yield _Address(reverse("term_letter", args=[letter.key]))
    for slug in Tag.objects.of_public_terms().values_list("slug", flat=True)[:_MOST_TAGS]:
        yield _Address(tag_address(slug))


def _beginnings() -> list[int]:
    """Return the keys of the terms with which parts begin."""
    return publishing.counted("parts-of-the-site-map", _count_off)


def _count_off() -> list[int]:
    number = Window(RowNumber(), order_by=F("pk").asc())
    numbered = Term.objects.published().order_by().annotate(place=Mod(number, ADDRESSES_PER_PART))
    return list(numbered.filter(place=1).order_by("pk").values_list("pk", flat=True))


def _terms(part: int, beginnings: Sequence[int]) -> Iterator[_Address]:
    bounds = beginnings[part : part + 2]
    terms = Term.objects.published().filter(pk__gte=bounds[0]) if bounds else Term.objects.none()
    terms = terms.filter(pk__lt=bounds[1]) if len(bounds) > 1 else terms
    for slug, changed in terms.order_by("pk").values_list("slug", "updated_at"):
        yield _Address(term_address(slug or ""), changed)


def _xml(root: str, entry: str, addresses: Iterable[_Address], request: HttpRequest) -> HttpResponse:
    origin = web.origin(request)
    lines = (
        f"<{entry}><loc>{escape(origin + address.path)}</loc>{_last_change(address.changed)}</{entry}>\n"
        for address in addresses
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_SPACE}">\n'
    return HttpResponse([head, *lines, f"</{root}>\n"], content_type=_XML)


def _last_change(changed: datetime | None) -> str:
    return f"<lastmod>{publishing.iso(changed)}</lastmod>" if changed else ""


# --- Robots --------------------------------------------------------------------------------------

# Pages that are somebody's own, forms, and what there is no end of.
_NOT_FOR_ROBOTS = (
    *("admin/", "account/", "review/", "search", "random/", "suggest"),
    *("terms/*/suggest/", "terms/*/compare/"),
)


@pages.public_page
def robots(request: HttpRequest) -> HttpResponse:
    """Tell robots what to leave alone (RFC 9309), and where the site map is."""
    home = reverse("home")
    lines = [
        "User-agent: *",
        *(f"Disallow: {home}{path}" for path in _NOT_FOR_ROBOTS),
        "",
        f"Sitemap: {web.origin(request)}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type=_PLAIN_TEXT)


# --- For language models -------------------------------------------------------------------------

# What a model can be expected to read at once; in a larger glossary it has to search.
LISTED_TERMS = 2_000


@pages.public_page
def llms(request: HttpRequest) -> HttpResponse:
    """Tell a language model what is here and where (llmstxt.org)."""
    origin = web.origin(request)
    total = publishing.count_of_terms()
    sections = _all_terms(origin) if total <= LISTED_TERMS else _ways_to_terms(origin)
    paragraphs = [*_head(), _how_it_is_read(total, origin)]
    for title, links in (*sections, ("Optional", _further(origin))):
        paragraphs += [f"## {title}", "\n".join(links)]
    return HttpResponse("\n\n".join(paragraphs) + "\n", content_type=_PLAIN_TEXT)


def _head() -> list[str]:
    tagline = _written(settings.SITE_TAGLINE)
    return [f"# {_written(settings.SITE_NAME)}", *([f"> {tagline}"] if tagline else [])]


def _how_it_is_read(total: int, origin: str) -> str:
    page = origin + term_address("NAME")
    return (
        f"A glossary of {_counted(total, 'term')}. The page of a term, {page}, is also there as Markdown, "
        f"{page[:-1]}.md, and as JSON, {page[:-1]}.json. A term that is deprecated says what to use instead."
    )


def _all_terms(origin: str) -> Iterator[tuple[str, list[str]]]:
    columns = ("letter", "name", "qualifier", "slug", "short_definition", "status")
    by_letter: dict[str, list[str]] = {}
    for letter, name, qualifier, slug, short, status in Term.objects.published().values_list(*columns):
        note = f"Deprecated. {short}" if status == Term.Status.DEPRECATED else short
        address = origin + reverse("term_twin", args=[slug, "md"])
        line = _link(full_name(name, qualifier), address, note)
        by_letter.setdefault(letter, []).append(line)
    known = {letter.key: letter.label for letter in index.letters()}
    for key in (*known, *(by_letter.keys() - known.keys())):
        if key in by_letter:
            yield _written(known.get(key, key)), by_letter[key]


def _ways_to_terms(origin: str) -> Iterator[tuple[str, list[str]]]:
    api, search, suggest = (origin + reverse(f"api:{name}") for name in ("term-list", "search", "suggest"))
    yield (
        "Search",
        [
            _link("Search", f"{search}?q=WORDS", "JSON; WORDS are what you look for"),
            _link("Names", f"{suggest}?q=LETTERS", "JSON; names that begin so"),
            _link("All terms", api, "JSON, page by page"),
        ],
    )
    tags = counted_tags()
    largest = sorted(tags, key=lambda tag: -tag.term_count)[:LISTED_TERMS]
    if largest:
        yield (
            "Tags",
            [
                _link(tag.name, origin + tag.get_absolute_url(), _counted(tag.term_count, "term"))
                for tag in largest
            ],
        )
    yield (
        "Letters",
        [
            _link(
                letter.label,
                origin + reverse("term_letter", args=[letter.key]),
                _counted(letter.count, "name"),
            )
            for letter in index.letters()
            if letter.count
        ],
    )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _further(origin: str) -> list[str]:
    ways = [
        ("llms_full", "Everything", "all terms in one Markdown file"),
        ("api:openapi", "API", "its description, OpenAPI"),
        ("downloads", "Downloads", "the glossary as CSV, JSON, SKOS, TBX and more"),
        ("changes", "Changes", "what is new, changed or deprecated"),
        ("tag_list", "Tags", "all subjects"),
        ("about", "About", "who makes this glossary"),
    ]
    return [_link(title, origin + reverse(name), note) for name, title, note in ways]


def _link(title: str, address: str, note: str = "") -> str:
    # Readers of such lists look for the first bracket that closes, in a title and in an address.
    address = address.replace("(", "%28").replace(")", "%29")
    written = _written(title).replace("[", "&#91;").replace("]", "&#93;")
    return f"- [{written}]({address})" + (f": {_written(note)}" if note else "")


def _written(text: str) -> str:
    return " ".join(text.split())


_AT_A_TIME = 100


@pages.public_page
def llms_full(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Send all terms as one Markdown text, while it is made."""
    # What is sent while it is made cannot be kept, and what the front may keep nobody else compresses.
    pages.not_kept(request)
    try:
        return web.sent_in_turn(_full_text(web.origin(request)), _PLAIN_TEXT)
    except TooMany as refusal:
        answer = HttpResponse(f"{refusal.message}\n", status=429, content_type=_PLAIN_TEXT)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _full_text(origin: str) -> Iterator[bytes]:
    yield ("\n\n".join(_head()) + "\n").encode()
    tag_names = dict(Tag.objects.of_public_terms().values_list("slug", "name"))
    ids = list(Term.objects.published().values_list("pk", flat=True))
    for start in range(0, len(ids), _AT_A_TIME):
        some = ids[start : start + _AT_A_TIME]
        # Read anew: while somebody slow is at it a term may be taken off the site.
        documents = dict(Term.objects.published().filter(pk__in=some).values_list("pk", "document"))
        for pk in some:
            if pk in documents:
                page = exporting.markdown_page(documents[pk], origin=origin, tag_names=tag_names)
                yield f"\n---\n\n{page}".encode()


# --- Chance --------------------------------------------------------------------------------------


@csrf_exempt
@require_safe
def random_term(request: HttpRequest) -> HttpResponse:
    """Lead to any published term, another one each time."""
    term = term_by_chance()
    response = HttpResponseRedirect(term.get_absolute_url() if term else reverse("home"))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
