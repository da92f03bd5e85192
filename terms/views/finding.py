"""Search, and what is said when there is nothing to show."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse

from .. import search as index
from .. import text
from ..forms import SearchForm
from . import pages

HITS_PER_PAGE = 20


@pages.public_page
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    if not form.is_valid():
        context = {"text": form.data.get("q", "")[:1000].replace("\0", ""), "problems": form.problems()}
        return render(request, "terms/search.html", context, status=400)
    asked = form.cleaned_data
    context = {"text": asked["q"], "filters": _filters(asked), "kept_filters": _kept_filters(asked)}
    if asked["q"]:
        context |= _found(request, asked)
    return render(request, "terms/search.html", context)


def _found(request: HttpRequest, asked: dict[str, Any]) -> dict[str, Any]:
    result = index.search(
        asked["q"],
        tag=asked["tag"],
        letter=asked["letter"],
        include_deprecated=asked["deprecated"],
        limit=HITS_PER_PAGE,
        offset=(pages.page_number(request) - 1) * HITS_PER_PAGE,
    )
    pager = pages.pager(request, result.total, HITS_PER_PAGE)
    hits = [_hit(hit) for hit in result.hits]
    is_answered = pager.number == 1 and hits and result.hits[0].matched_on.how == "exact"
    answer = hits[0] if is_answered else None
    return {
        "pager": pager,
        "hits": hits,
        "answer": answer,
        "others": hits[1:] if answer else hits,
        "near": [] if hits else _near(asked["q"]),
        "can_include_deprecated": not asked["deprecated"],
    }


def _near(asked: str) -> list[index.Suggestion]:
    """Return public names that begin like this text, or at least like its first word or letters."""
    first = next(iter(text.words(asked)), "")
    attempts = (index.suggest(beginning, limit=5) for beginning in (asked, first, first[:4]))
    return next((found for found in attempts if found), [])


def _hit(hit: index.Hit) -> dict[str, Any]:
    return {"term": hit.term, "excerpt": hit.excerpt, "why": _why(hit.matched_on)}


def _why(matched_on: index.MatchedOn) -> str:
    if matched_on.field in {"alias", "tag"}:
        return f"matched {matched_on.field} “{matched_on.text}”"
    return f"matched the {matched_on.field}"


def _kept_filters(asked: dict[str, Any]) -> list[tuple[str, str]]:
    kept = [(key, asked[key]) for key in ("tag", "letter") if asked[key]]
    return [*kept, ("deprecated", "1")] if asked["deprecated"] else kept


def _filters(asked: dict[str, Any]) -> list[dict[str, str]]:
    """Return the filters of a search, each with the address of the search without it."""
    filters = []
    kept = dict(_kept_filters(asked))
    labels = {
        "tag": f"Tag: {asked['tag']}",
        "letter": f"Letter: {asked['letter'].capitalize()}",
        "deprecated": "With deprecated terms",
    }
    for key in kept:
        others = {other: value for other, value in kept.items() if other != key}
        filters.append(
            {"label": labels[key], "url": pages.address(reverse("search"), q=asked["q"], **others)}
        )
    return filters


# --- When there is no page -----------------------------------------------------------------------


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 with what may have been meant: the words of the address, and public names near them."""
    words = " ".join(text.words(request.path.rstrip("/").rsplit("/", 1)[-1]))[:100]
    context = {
        "sentence": str(exception) if isinstance(exception, pages.NoPage) else "",
        "words": words,
        "near": _near(words),
    }
    response = render(request, "404.html", context, status=404)
    response.headers["Cache-Control"] = "no-cache"
    return response


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
