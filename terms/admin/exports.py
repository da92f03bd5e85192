"""Terms as files for the staff, drafts included."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse

from .. import exporting, web
from ..errors import TermbookError
from ..models import Tag


def exports(request: HttpRequest) -> HttpResponse:
    """Offer all that this person may see in every form, whole or narrowed."""
    _check_right(request)
    return _offer(request)


def export(request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """Send the file."""
    _check_right(request)
    if form not in exporting.FORMS:
        raise Http404("There is no such form.")
    try:
        return web.download(form, request.GET, by=request.user, address=web.origin(request))
    except TermbookError as refusal:
        return _offer(request, refusal=refusal.message, status=web.status_code(refusal))


def _check_right(request: HttpRequest) -> None:
    if not request.user.has_perm("terms.view_drafts"):
        raise PermissionDenied


def _offer(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Export",
        "purposes": web.by_purpose(exporting.FORMS.values()),
        "statuses": exporting.STATUSES,
        "tags": Tag.objects.order_by("name"),
        "languages": exporting.languages(request.user),
        "asked": request.GET.dict(),
        "refusal": refusal,
    }
    return TemplateResponse(request, "admin/terms/export.html", context, status=status)
