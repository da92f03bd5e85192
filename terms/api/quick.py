"""What programs read most, answered without the framework when anybody may ask it.

A reader gives the very answer that the view of its address gives, header for header, or None: then
the view is asked. Whatever is special (accounts, old versions, redirects, refusals) is decided there.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer

from .. import publishing, search
from ..models import Term
from ..prepared import Prepared
from ..web import origin
from . import bodies, conditional, finding, parsers
from . import serializers as shapes
from .filters import ORDERINGS, Pages, TermFilter, links_beside

View = Callable[..., HttpResponse]
Reader = Callable[..., HttpResponse | None]

_term_of = Prepared(
    lambda id: (
        Term.objects.published().filter(public_id=id).order_by().values_list("version", publishing.AS_STORED)
    )
)


def answered_first_by(reader: Reader, view: Any) -> View:
    """Return a view that lets the reader answer what anybody asks in the usual way, and the view the rest."""
    allowed = _allowed_methods(view)

    @functools.wraps(view)
    def ask(request: HttpRequest, **parts: Any) -> HttpResponse:
        answer = _read(reader, request, parts) if _is_usual(request) else None
        if answer is None:
            return view(request, **parts)
        answer.headers["Allow"] = allowed
        return conditional.finish_read(request, answer)

    return ask


def kept(view: Any) -> View:
    """Return a view whose answers to anybody come from one state of the glossary, and are kept with it."""

    @functools.wraps(view)
    def ask(request: HttpRequest, **parts: Any) -> HttpResponse:
        if not _is_usual(request):
            return view(request, **parts)
        with publishing.one_state():
            publishing.keep_until_changed(request)
            return view(request, **parts)

    return ask


def _read(reader: Reader, request: HttpRequest, parts: Mapping[str, Any]) -> HttpResponse | None:
    try:
        answer = reader(request, **parts)
    except APIException:
        answer = None  # the view refuses in the same way, with a problem document
    if answer is None:
        publishing.keep_not(request)
    return answer


def _allowed_methods(view: Any) -> str:
    """Return the methods of a view of the framework, as it says them itself."""
    there = set(getattr(view, "actions", None) or view.cls.__dict__)
    if "get" in there:
        there.add("head")
    return ", ".join(method.upper() for method in view.cls.http_method_names if method in there)


# With these nothing but JSON as it is can be meant; what else is accepted, the framework judges.
_USUAL_ACCEPTS = re.compile(r"(?:.*,)? *(?:\*/\*|application/json) *(?:; *q=[0-9.]+ *)?(?:,.*)?")


def _is_usual(request: HttpRequest) -> bool:
    """Whether this is a plain read without an account, of an answer in its usual form."""
    accepted = request.META.get("HTTP_ACCEPT", "*/*")
    return (
        request.method in {"GET", "HEAD"}
        and not publishing.has_credentials(request)
        and request.encoding is None
        and (accepted == "*/*" or ("indent" not in accepted and bool(_USUAL_ACCEPTS.fullmatch(accepted))))
        and "format" not in request.GET
    )


# --- Terms ---------------------------------------------------------------------------------------


def term(request: HttpRequest, id: str) -> HttpResponse | None:
    """Answer with the stored text of a public term."""
    if "as_of" in request.GET:
        return None
    publishing.keep_until_changed(request)
    for version, stored in _term_of(id):
        answer = _json(publishing.sent(stored, origin(request)))
        answer.headers["ETag"] = bodies.stored_etag(version, stored)
        return answer
    return None


def terms(request: HttpRequest) -> HttpResponse | None:
    """Answer with a page of public terms: their stored texts, one behind the other."""
    size, number = _page_size(request), _plain_number(request, "page", 1)
    if not size or not number:
        return None
    start = (number - 1) * size
    with publishing.one_state():
        publishing.keep_until_changed(request)
        is_narrowed = bool(request.GET.keys() & TermFilter.base_filters.keys())
        count, page = _narrowed(request, start, size) if is_narrowed else _all(start, size)
    if page is None:
        return None
    following, previous = links_beside(request, count=count, number=number, size=size)
    head = _encode({"count": count, "next": following, "previous": previous, "results": []})
    beginning = origin(request)
    results = b",".join([publishing.sent(stored, beginning) for (stored,) in page])
    return _json(b"".join((head.removesuffix(b"]}"), results, b"]}")))


def _plain_number(request: HttpRequest, name: str, default: int) -> int:
    """Return a parameter as a number; 0 for what only the framework can read."""
    asked = request.GET.get(name)
    if asked is None:
        return default
    return int(asked) if re.fullmatch("[1-9][0-9]{0,8}", asked, re.ASCII) else 0


def _page_size(request: HttpRequest) -> int:
    return min(_plain_number(request, "page_size", Pages.page_size), Pages.max_page_size)


Page = Collection[tuple[str]]


def _narrowed(request: HttpRequest, start: int, size: int) -> tuple[int, Page | None]:
    """Return the number of terms that are asked for, and their texts on this page.

    No texts when the framework has to look: there is no such page, or the filters are wrong or not
    anybody's to use.
    """
    if "status" in request.GET:
        return 0, None
    filters = TermFilter(data=request.GET, queryset=Term.objects.published(), request=request)
    if not filters.is_valid():
        return 0, None
    order = ORDERINGS[filters.form.cleaned_data["ordering"] or "name"]
    count = filters.qs.count()
    return count, list(_page(filters.qs, order, start, size)) if _is_page(start, count) else None


def _is_page(start: int, count: int) -> bool:
    """Whether there is a page from this term on; the first one may be empty."""
    return start < max(count, 1)


def _all(start: int, size: int) -> tuple[int, Page | None]:
    """Return the number of all public terms in this state, and their texts on this page."""
    count = publishing.count_of_terms()
    return count, _page_of_all(start, size)() if _is_page(start, count) else None


@functools.lru_cache(maxsize=64)
def _page_of_all(start: int, size: int) -> Prepared:
    return Prepared(lambda: _page(Term.objects.published(), ORDERINGS["name"], start, size))


def _page(found: QuerySet[Term], order: Sequence[str], start: int, size: int) -> QuerySet:
    # In two steps: what is skipped is skipped in the index, without visiting the rows.
    page = found.order_by(*order).values("pk")[start : start + size]
    return Term.objects.filter(pk__in=page).order_by(*order).values_list(publishing.AS_STORED)


# --- Finding -------------------------------------------------------------------------------------


def find(request: HttpRequest) -> HttpResponse | None:
    """Answer a search."""
    asked = parsers.read_query(request, shapes.SearchQuerySerializer)
    with publishing.one_state():
        publishing.keep_until_changed(request)
        found = finding.find(asked)
    finding.note_failure(request, asked, found)
    return _json(_encode(finding.search_body(request, asked, found)))


def suggest(request: HttpRequest) -> HttpResponse | None:
    """Answer with names that begin with what was typed."""
    asked = parsers.read_query(request, shapes.SuggestQuerySerializer)
    with publishing.one_state():
        publishing.keep_until_changed(request)
        found = search.suggest(asked["q"], limit=asked["limit"])
    return _json(_encode(finding.suggestions_body(request, asked["q"], found)))


# --- JSON ----------------------------------------------------------------------------------------

_as_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _encode(body: Any) -> bytes:
    """Return JSON as the framework writes it."""
    return publishing.json_bytes(_as_text(body))


def _json(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type=JSONRenderer.media_type)
