"""Terms as files, as far as whoever asks may see them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from .. import exporting, publishing, web
from ..models import Event
from . import conditional, parsers
from .import_bodies import form_body
from .import_shapes import ExportFormSerializer
from .views import AnyAccept, Enveloped, View, ViewSet, page_of


def _asked(name: str, description: str, *, many: bool = False, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.QUERY, many=many, description=description, **options
    )


_QUERY = (
    _asked(
        "status",
        "All of them by default; drafts for those who may see them.",
        many=True,
        enum=list(exporting.STATUSES),
    ),
    _asked("tag", "The slug or name of a tag; repeated, terms that have one of them.", many=True),
    _asked("language", "Terms that have a name in this language (BCP 47), and no other foreign names."),
    _asked("since", "Changed on this day or later (`2026-05-01`), or at this moment (ISO 8601)."),
)
_FORM = OpenApiParameter(
    "form",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    enum=list(exporting.FORMS),
    description="A `name` of the list of forms.",
)
_RETRY_AFTER = OpenApiParameter(
    "Retry-After", OpenApiTypes.INT, OpenApiParameter.HEADER, response=[429], description="Seconds."
)


class ExportFormViewSet(ViewSet):
    pagination_class = Enveloped
    filter_backends: list[Any] = []

    @extend_schema(
        operation_id="list_export_forms",
        summary="List the forms of export",
        responses=ExportFormSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """The formats in which terms leave, and what each of them cannot hold."""
        parsers.refuse_unknown_parameters(request, ())
        is_staff = request.user.has_perm("terms.view_drafts")
        forms = [form for form in exporting.FORMS.values() if is_staff or not form.is_for_staff]
        return page_of(request, [form_body(request, form) for form in forms], count=len(forms))


class ExportView(View):
    content_negotiation_class = AnyAccept
    further_problems = {"get": (429,)}

    @extend_schema(
        operation_id="export",
        summary="Export terms",
        parameters=[_FORM, *_QUERY, _RETRY_AFTER],
        responses={(200, form.media_type): OpenApiTypes.BINARY for form in exporting.FORMS.values()},
    )
    def get(self, request: Request, form: str) -> HttpResponse | StreamingHttpResponse:
        """One file, sent while it is made, whatever `Accept` says. Never more than you may see:
        without the right to see drafts what the pages show. The `fixture` is for the staff."""
        if form not in exporting.FORMS:
            raise exceptions.NotFound
        parsers.refuse_unknown_parameters(request, [parameter.name for parameter in _QUERY])
        etag = _etag(request)
        if conditional.is_known(request, etag):
            answer: HttpResponse | StreamingHttpResponse = HttpResponse()  # becomes a 304
        else:
            plain = request._request
            answer = web.download(form, plain.GET, by=request.user, address=web.origin(plain))
        answer.headers["ETag"] = etag
        return answer


def _etag(request: Request) -> str:
    """Return the ETag of a file from what goes into it; read before the file is begun.

    All that only the staff see stands in the log: its last line tells whether anything was changed.
    """
    is_staff = request.user.has_perm("terms.view_drafts")
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() if is_staff else None
    site = (settings.SITE_NAME, settings.SITE_TAGLINE, settings.LICENSE_URL, settings.LANGUAGE_CODE)
    made_of = (
        publishing.content_version(),
        last,
        request.build_absolute_uri(),
        str(timezone.localdate()),
        (*site, settings.SITE_URL, settings.TIME_ZONE),
        web.edition(),
    )
    return conditional.etag(conditional.digest(made_of))
