"""The same term for programs: the address that never changes, and its forms beside the page."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import MediaType
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from .. import exporting
from ..models import Term
from ..web import origin
from . import pages
from .term import arrive

_HTML = "html"
_MEDIA_TYPES = {_HTML: "text/html"} | {name: form.media_type for name, form in exporting.TWINS.items()}
# What is asked for under another name; a browser of old takes pages only as the first.
_CALLED = {"application/xhtml+xml": _HTML} | {media_type: name for name, media_type in _MEDIA_TYPES.items()}


@pages.public_page
def term_twin(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Show a term in one of the forms of `exporting.TWINS`."""
    term = arrive(request, slug, "term_twin", form=form)
    if isinstance(term, HttpResponse):
        return term
    if "as_of" in request.GET:
        raise pages.NoPage("A text of an earlier moment is on the page of the term and in the API only.")
    beginning = origin(request)
    response = HttpResponse(
        exporting.twin(term, form, origin=beginning), content_type=exporting.TWINS[form].content_type
    )
    response.headers["Link"] = f'<{beginning}{term.get_absolute_url()}>; rel="canonical"'
    return response


@csrf_exempt
@require_safe
def permanent(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send on from the address that never changes to the form of the term that is asked for.

    By `?format=`, else by `Accept`. A text of an earlier moment (`?as_of=`) is on the page and in the
    API only.
    """
    term = _term_called(public_id)
    if term is None:
        raise pages.NoPage("No term has this permanent link.")
    if not term.is_public:
        return render(request, "410.html", status=410)
    offered = _offered(term, request.GET.get("as_of", ""))
    form = _asked_for(request, list(offered))
    response = _led_to(offered[form]) if form else _not_acceptable(request, offered)
    patch_vary_headers(response, ["Accept"])
    return response


def _term_called(public_id: str) -> Term | None:
    """Return the term of this id, or the one that it became."""
    term = Term.objects.filter(public_id=public_id, version__gt=0).first()
    if term is None:
        return None
    # One that was absorbed may have given its address to the term that it is now.
    return Term.objects.resolve(term.slug).term if term.slug else term.merged_into


def _offered(term: Term, moment: str) -> dict[str, str]:
    """Return the address of each form in which a term can be had, the page first."""
    page = term.get_absolute_url()
    if moment:
        document = term.document or {}
        offered = {_HTML: page, "json": document["api_url"]}
        return {form: pages.address(address, as_of=moment) for form, address in offered.items()}
    twins = {form: exporting.twin_address(term.slug or "", form) for form in exporting.TWINS}
    return {_HTML: page} | twins


def _asked_for(request: HttpRequest, offered: list[str]) -> str:
    """Return which of these forms is asked for, empty if none of them is."""
    if "format" in request.GET:
        named = request.GET["format"].strip().lower()
        form = _CALLED.get(named, named)
        return form if form in offered else ""
    accepted = request.headers.get("Accept", "").strip() or "*/*"
    weighed = [(_weight(accepted, form), -place, form) for place, form in enumerate(offered)]
    (weight, _), _, form = max(weighed)
    return form if weight > 0 else ""


def _weight(accepted: str, form: str) -> tuple[float, int]:
    """Return how gladly this form is taken, and how exactly it is named (RFC 9110, 12.5.1).

    Of what names it, the most exact counts. Parameters say nothing to us: a profile of JSON-LD does
    not make it another form.
    """
    found = list(_named(accepted, form))
    return max(found, key=lambda named: named[::-1], default=(0.0, 0))


def _named(accepted: str, form: str) -> Iterator[tuple[float, int]]:
    names = [media_type for media_type, called in _CALLED.items() if called == form]
    for part in accepted.split(","):
        media_range = MediaType(part)
        bare = f"{media_range.main_type}/{media_range.sub_type}".lower()
        if bare in names:
            yield media_range.quality, 2
        elif bare == "*/*":
            yield media_range.quality, 0
        elif bare == f"{_MEDIA_TYPES[form].partition('/')[0]}/*":
            yield media_range.quality, 1


def _led_to(address: str) -> HttpResponse:
    return HttpResponseRedirect(address, status=303, headers={"Cache-Control": "no-cache"})


def _not_acceptable(request: HttpRequest, offered: dict[str, str]) -> HttpResponse:
    """Say in which forms the term can be had, and where."""
    beginning = origin(request)
    lines = [f"{_MEDIA_TYPES[form]} (?format={form}): {beginning}{offered[form]}" for form in offered]
    text = "\n".join(["This term cannot be had in the form asked for. It can be had as:", *lines, ""])
    response = HttpResponse(text, status=406, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
