"""Search, what is said when there is nothing to show, and what a browser's own search box asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse

from .. import search as index
from .. import text, wanted
from ..forms import AskedSearch, read_search
from ..models import Term
from ..templatetags.glossary import language_name
from ..web import origin
from . import pages

HITS_PER_PAGE = 20
_NEAR = 5
# So many values of a facet are offered at once, and so many when it is unfolded: the most frequent.
_VALUES_AT_ONCE = 10
_VALUES_AT_MOST = 40


@pages.public_page
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found. The whole state is the address: the words, what narrows them, the page."""
    asked = read_search(request.GET)
    desk_search = _desk_search(request, asked.text)
    context = {"text": asked.text[:1000], "kept_filters": asked.filters, "desk_search": desk_search}
    status = 400 if asked.problems else 200
    if asked.is_question and not asked.problems:
        try:
            context |= _found(request, asked)
        except pages.NoPage as refusal:
            status, context["no_page"] = 404, str(refusal)
    context["chips"] = _chips(asked, context.get("facets", []))
    context["problems"] = asked.problems
    response = render(request, "terms/search.html", context, status=status)
    if desk_search:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _may(request: HttpRequest, right: str) -> bool:
    """Whether somebody who is logged in has this right.

    Who comes without a session is not looked at: what everybody gets may be kept.
    """
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.has_perm(right)


def _desk_search(request: HttpRequest, asked: str) -> str:
    """Return where the desk looks among drafts; nothing for who may not see them."""
    if not _may(request, "terms.view_drafts"):
        return ""
    return pages.address(reverse("admin:terms_term_changelist"), q=asked)


def _found(request: HttpRequest, asked: AskedSearch) -> dict[str, Any]:
    result = index.search(
        asked.text,
        tags=asked.tags,
        letter=asked.letter,
        language=asked.language,
        status=asked.status,
        include_deprecated=asked.with_deprecated,
        limit=HITS_PER_PAGE,
        offset=(pages.page_number(request) - 1) * HITS_PER_PAGE,
        with_facets=True,
    )
    pager = pages.pager(request, result.total, HITS_PER_PAGE)
    _note_failure(request, asked, result)
    hits = result.hits
    is_answered = pager.number == 1 and hits and hits[0].matched_on.how == "exact"
    return {
        "how": result.how,
        "pager": pager,
        "answer": hits[0] if is_answered else None,
        "others": hits[1:] if is_answered else hits,
        "corrected": result.corrected,
        "corrected_url": _address(result.corrected, asked.filters),
        "facets": result.facets,
        "narrowing": _narrowing(result, asked),
        "is_too_much_to_count": result.total > index.FACET_LIMIT,
        "with_deprecated_url": _with_deprecated(asked, result),
        "near": [] if hits or asked.filters else _beginning_alike(asked.text),
        "unfiltered_url": _address(asked.text, []),
    }


def _note_failure(request: HttpRequest, asked: AskedSearch, result: index.SearchResult) -> None:
    """Count what a reader looked for in vain; editors try things, and narrowing leaves things out."""
    has_failed = result.how == "some" or not result.total
    if has_failed and not asked.filters and pages.page_number(request) == 1:
        # Kept, the page would not be made for the next reader, who would not be counted.
        pages.not_kept(request)
        if not _may(request, "terms.edit_term"):
            wanted.note_failure(asked.text)


# --- What narrows a search -----------------------------------------------------------------------

_FACET_LABELS = {
    "tag": "Tags",
    "letter": "First letter",
    "language": "Other names in",
    "status": "Status",
}
_CHIP_LABELS = {"tag": "Tag", "letter": "First letter", "language": "Other names in", "status": "Status"}


def _address(asked: str, filters: Sequence[tuple[str, str]]) -> str:
    return f"{reverse('search')}?{urlencode([('q', asked), *filters])}"


def _narrowing(result: index.SearchResult, asked: AskedSearch) -> list[dict[str, Any]]:
    """Return the facets that would leave out some of the hits, each value with its address and count."""
    start = f"{_address(asked.text, asked.filters)}&"
    narrowing = []
    for facet in result.facets:
        values = [one for one in facet.values if _narrows(facet.key, one, result, asked)]
        choices = [
            (f"{start}{facet.key}={quote(one.value)}", _shown(facet.key, one.value, one.label), one.count)
            for one in values[:_VALUES_AT_MOST]
        ]
        shown = len(choices) if facet.key == "letter" else _VALUES_AT_ONCE
        if choices:
            left = {"more": choices[shown:], "left": f"{len(choices) - shown:,}"}
            label = _FACET_LABELS[facet.key]
            narrowing.append({"key": facet.key, "label": label, "choices": choices[:shown], **left})
    return narrowing


def _narrows(key: str, value: index.FacetValue, result: index.SearchResult, asked: AskedSearch) -> bool:
    """Whether a value leaves out some of the hits; deprecated terms may be counted that are none of them."""
    is_beside = key == "status" and value.value == Term.Status.DEPRECATED and not asked.with_deprecated
    return value.count < result.total or (is_beside and not asked.status)


def _chips(asked: AskedSearch, facets: Sequence[index.Facet]) -> list[dict[str, str]]:
    """Return what narrows or widens a search, each with the address of the search without it."""
    labels = {(facet.key, value.value): value.label for facet in facets for value in facet.values}
    filters = asked.filters
    return [
        {
            "label": _chip_label(*chosen, labels.get(chosen, "")),
            "url": _address(asked.text, [one for one in filters if one != chosen]),
        }
        for chosen in filters
    ]


def _chip_label(key: str, value: str, label: str) -> str:
    if key == "deprecated":
        return "With deprecated terms"
    return f"{_CHIP_LABELS[key]}: {_shown(key, value, label)}"


def _shown(key: str, value: str, label: str) -> str:
    """Return how a value is shown; a tag as the index calls it, which has no name for that of a draft."""
    if key == "language":
        return language_name(value)
    return label or (value if key == "tag" else value.capitalize())


def _with_deprecated(asked: AskedSearch, result: index.SearchResult) -> str:
    """Return the address of the search that has deprecated terms too, if this one leaves some out."""
    statuses = next((facet.values for facet in result.facets if facet.key == "status"), None)
    has_none = statuses is not None and all(one.value != Term.Status.DEPRECATED for one in statuses)
    if asked.with_deprecated or asked.status or has_none or result.how == "some":
        return ""
    return _address(asked.text, [*asked.filters, ("deprecated", "1")])


# --- The search box of a browser -----------------------------------------------------------------


@pages.public_page
def opensearch(request: HttpRequest) -> HttpResponse:
    """Describe the search to browsers: OpenSearch 1.1, draft 6."""
    return render(
        request,
        "terms/opensearch.xml",
        {"short_name": settings.SITE_NAME[:_SHORT_NAME_LENGTH].strip()},
        content_type="application/opensearchdescription+xml; charset=utf-8",
    )


_SHORT_NAME_LENGTH = 16


@pages.public_page
def opensearch_suggestions(request: HttpRequest) -> HttpResponse:
    """Answer what is being typed with names that begin so, their sentences and their addresses."""
    if "q" not in request.GET:
        # The same words with a slash are the form for a new term.
        query = request.GET.urlencode()
        return pages.moved(f"{reverse('suggest_term')}{'?' if query else ''}{query}")
    asked = request.GET["q"]
    found = index.suggest(asked[: index.QUERY_LENGTH])
    here = origin(request)
    return JsonResponse(
        [
            asked,
            [suggestion.text for suggestion in found],
            [suggestion.term.short_definition for suggestion in found],
            [here + suggestion.term.get_absolute_url() for suggestion in found],
        ],
        safe=False,
        json_dumps_params={"ensure_ascii": False},
        content_type="application/x-suggestions+json; charset=utf-8",
    )


# --- When there is no page -----------------------------------------------------------------------


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 with what may have been meant: the words of the address, and public names near them."""
    words = " ".join(text.words(request.path.rstrip("/").rsplit("/", 1)[-1]))[:100]
    letters = index.letters()
    context = {
        "sentence": str(exception) if isinstance(exception, pages.NoPage) else "",
        "words": words,
        "near": _near(words),
        "letters": letters,
        "letters_total": sum(letter.count for letter in letters),
    }
    response = render(request, "404.html", context, status=404)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _near(asked: str) -> list[dict[str, str]]:
    """Return public names that begin like this text, or else have its words, or else begin alike."""
    suggested = index.suggest(asked, limit=_NEAR)
    if suggested:
        return [_link(one.text, one.term) for one in suggested]
    # A word that only stands in a text is not what somebody meant by an address.
    found = index.search(asked, limit=_NEAR).hits
    hits = [hit for hit in found if hit.matched_on.field in {"name", "alias"}]
    return [_link(hit.term.full_name, hit.term) for hit in hits] or _beginning_alike(asked)


def _beginning_alike(asked: str) -> list[dict[str, str]]:
    """Return public names that begin like the first word of this text, or at least like its first letters."""
    first = next(iter(text.words(asked)), "")
    attempts = (index.suggest(beginning, limit=_NEAR) for beginning in (first, first[:4]))
    return [_link(one.text, one.term) for one in next((found for found in attempts if found), [])]


def _link(name: str, term: index.FoundTerm) -> dict[str, str]:
    return {"name": name, "url": term.get_absolute_url(), "short_definition": term.short_definition}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400. Made without the request, which may be what is bad (an unknown host)."""
    return HttpResponse(render_to_string("400.html", {"site": pages.site()}), status=400)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form whose session or token is gone, and give back all that was written in it.

    A form that came from one of our own pages can be sent again as it is. One that another site made
    is shown as text only: with a fresh token it would be the attack that the token is there against.
    """
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    context = {
        "written": [(_label(name), value) for name, value in sent if value.strip() and _is_words(name)],
        "sent": sent if reason == "logged out" or _is_from_here(request) else [],
        "address": request.get_full_path(),
        "login": resolve_url(settings.LOGIN_URL),
        "is_logged_in": request.user.is_authenticated,
    }
    response = render(request, "403_csrf.html", context, status=403)
    response.headers["Cache-Control"] = "private, no-store"
    return response


# What our forms carry beside the words of a person: what is chosen from a list comes back with them.
_CHOSEN = frozenset({"sheet", "based_on", "replaces", "links_itself", "kind", "status", "mapping"})


def _is_words(name: str) -> bool:
    return not name.startswith("_") and name.rpartition("-")[2] not in _CHOSEN


def _label(name: str) -> str:
    """Return a field as a person reads it: `aliases-0-text` is “Aliases 1, text”."""
    words = re.sub(r"-(\d+)-", lambda found: f" {int(found[1]) + 1}, ", name)
    return words.replace("_", " ").capitalize()


def _is_from_here(request: HttpRequest) -> bool:
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, without the database: it may be what failed."""
    return HttpResponse(render_to_string("500.html", {"site": pages.site()}), status=500)
