"""The published terms as files."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from .. import exporting, web
from ..errors import InvalidContent, TooMany
from ..models import Tag, Term
from . import pages

_NOBODY = AnonymousUser()


@pages.public_page
def downloads(request: HttpRequest) -> HttpResponse:
    """Offer what is published in every form, whole or narrowed."""
    return _offer(request)


@pages.public_page
def download(request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """Send the file; whoever is logged in gets no more than everybody."""
    if form not in _forms():
        raise pages.NoPage("There is no download of this name.")
    try:
        return web.download(form, request.GET, by=_NOBODY, address=web.origin(request))
    except InvalidContent as refusal:
        return _offer(request, problems=refusal.problems, status=400)
    except TooMany as refusal:
        answer = _offer(request, problems={"": [refusal.message]}, status=429)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _forms() -> dict[str, exporting.Form]:
    return {name: form for name, form in exporting.FORMS.items() if not form.is_for_staff}


def _offer(request: HttpRequest, *, problems: Any = None, status: int = 200) -> HttpResponse:
    languages = exporting.languages(_NOBODY)
    # A table of two languages needs a second one.
    offered = [form for name, form in _forms().items() if languages or name != "deepl"]
    context = {
        "purposes": web.by_purpose(offered),
        "statuses": [status for status in exporting.STATUSES if status in Term.PUBLIC_STATUSES],
        "tags": Tag.objects.with_public_counts(),
        "languages": languages,
        "asked": request.GET.dict(),
        "problems": [sentence for sentences in (problems or {}).values() for sentence in sentences],
        "total": Term.objects.published().count(),
    }
    return render(request, "terms/downloads.html", context, status=status)
