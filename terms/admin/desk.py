"""What the screens of the desk share: the dress of the site, and rows that nobody edits here."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import get_callable, reverse
from django.utils import timezone
from django.utils.text import capfirst

admin.site.site_header = admin.site.site_title = settings.SITE_NAME
admin.site.index_title = "Editors’ desk"
# Its sidebar opens by script only; the masthead leads everywhere.
admin.site.enable_nav_sidebar = False


def _that_loses_nothing(admin_view: Callable[..., Any]) -> Callable[..., Any]:
    """Answer a form from somebody who is logged out with what they wrote in it.

    Django would lead to the login, and their text would be gone. The page is the one for forms whose
    token is gone, which happens to the same people: logging in again makes new tokens.
    """

    def wrapped(view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        guarded = admin_view(view, cacheable)

        @functools.wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            is_lost = request.method == "POST" and not request.user.is_authenticated
            if is_lost and request.path != reverse("admin:logout"):
                return get_callable(settings.CSRF_FAILURE_VIEW)(request, reason="logged out")
            return guarded(request, *args, **kwargs)

        return answer

    return wrapped


admin.site.admin_view = _that_loses_nothing(admin.site.admin_view)

_CONTROL_SIGNS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def remark(data: Any, key: str) -> str:
    """Return what was typed as a reason or a summary, without signs that no database stores."""
    return _CONTROL_SIGNS.sub("", data.get(key, "")).replace("\r\n", "\n").strip()


def number(value: str | None) -> int | None:
    """Return a revision number from a form or an address, or None."""
    return int(value) if value and re.fullmatch(r"[0-9]{1,9}", value) else None


def moment(at: Any) -> str:
    """Return a time as the lists show it, in the zone of the site."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "–"


class Desk(admin.ModelAdmin):
    """A kind of row that the staff sees here and that only the rules write."""

    show_full_result_count = False
    list_per_page = 50
    empty_value_display = "–"
    list_title = ""
    # What the rows are called, where the name of the model is no word for readers.
    item_names: tuple[str, str] | None = None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list under the name of what is in it."""
        title = self.list_title or capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list that an address asks for; Django forgot the ends of its calendar."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(str(error)) from error

    def page(
        self, request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any
    ) -> HttpResponse:
        """Answer with one of our own pages in the frame of the admin."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**frame, **context}, status=status)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Refuse Django's own history: it knows nothing of what the rules wrote."""
        raise Http404("The history is in the log.")

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        # Django would lead to the index, with a message: looking would write into the session.
        raise Http404("There is no such row.")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("terms.view_drafts")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeskWithOwnList(Desk):
    """A kind of row whose list is a page of our own, because more is done on it than looking."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list to those who may see it."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        self.check_may_see(request)
        return self.list_page(request)

    def list_page(self, request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
        """Answer with the list, and with why something on it was not done."""
        raise NotImplementedError

    def check_may_see(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
