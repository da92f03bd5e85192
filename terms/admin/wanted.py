"""What readers looked for and did not find: made a draft of, or set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from .. import duplicates, text, wanted
from ..errors import TermbookError
from ..models import Term, WantedTerm
from ..web import status_code
from .desk import DeskWithOwnList, number

ROWS_PER_PAGE = 25
_NEAR_SHOWN = 3
# Which lists there are, what they are called, and what is in them.
_WANTED, _WRITTEN, _DISMISSED = "", "written", "dismissed"
_LISTS: dict[str, tuple[str, Callable[[], QuerySet[WantedTerm]]]] = {
    _WANTED: ("Wanted", wanted.wanted),
    _WRITTEN: ("Being written", wanted.being_written),
    _DISMISSED: ("Not wanted", wanted.dismissed),
}


@dataclass(frozen=True)
class Row:
    """A wanted name with the draft of it, if there is one, and the terms whose names are like it."""

    wanted: WantedTerm
    draft: Term | None
    near: Sequence[duplicates.LookAlike]


@admin.register(WantedTerm)
class WantedTermAdmin(DeskWithOwnList):
    """Names that readers looked for in vain, most wanted first."""

    list_title = "Wanted terms"
    item_names = ("wanted term", "wanted terms")

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        return [path("decide/", decide, name="terms_wantedterm_decide"), *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("terms.edit_term")

    def list_page(self, request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
        show = request.GET.get("show", "")
        show = show if show in _LISTS else _WANTED
        name = request.GET.get("name", "").strip()
        page = Paginator(_named(_LISTS[show][1](), name), ROWS_PER_PAGE).get_page(request.GET.get("page"))
        context = {
            "refusal": refusal,
            "show": show,
            "name": name,
            "lists": [(key, label, rows().count()) for key, (label, rows) in _LISTS.items()],
            "page": page,
            "rows": _rows(list(page), by=request.user),
            "ticked": set(_numbers(request.POST.getlist("wanted"))),
            "here": _address("changelist"),
            "decide_at": f"{_address('decide')}{_query(request)}",
        }
        title = self.list_title
        return self.page(request, "admin/terms/wanted.html", title=title, status=status, **context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the list: there is no more to a wanted name than stands there."""
        self.check_may_see(request)
        return HttpResponseRedirect(_address("changelist"))

    def decide(self, request: HttpRequest) -> HttpResponse:
        """Do what a button says, with one name or with all that are ticked."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.check_may_see(request)
        if "_nothing" in request.POST:
            return self.list_page(request)
        try:
            place = _decide(request)
        except TermbookError as refusal:
            return self.list_page(request, refusal=refusal.message, status=status_code(refusal))
        return HttpResponseRedirect(place or f"{_address('changelist')}{_query(request)}")


def _address(name: str) -> str:
    return reverse(f"admin:terms_wantedterm_{name}")


def _query(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


# --- What is shown -------------------------------------------------------------------------------


def _named(rows: QuerySet[WantedTerm], name: str) -> QuerySet[WantedTerm]:
    return rows.filter(key__contains=text.sort_key(name)) if name else rows


def _rows(page: Sequence[WantedTerm], *, by: Any) -> list[Row]:
    drafts = wanted.drafts(page)
    names = {row.pk: duplicates.Name(row.text) for row in page}
    # One more than is shown: the draft itself is among them.
    like = duplicates.find_like_many(names, by=by, limit=_NEAR_SHOWN + 1)
    return [_row(row, drafts.get(row.key), like.get(row.pk, ())) for row in page]


def _row(row: WantedTerm, draft: Term | None, like: Iterable[duplicates.LookAlike]) -> Row:
    others = [one for one in like if draft is None or one.term.pk != draft.pk]
    return Row(row, draft, others[:_NEAR_SHOWN])


# --- What is done --------------------------------------------------------------------------------


def _decide(request: HttpRequest) -> str:
    """Do it and return where to go on; nothing for the list."""
    for button, act in (("_draft", _draft), ("_dismiss", _dismiss), ("_again", _take_back)):
        if button in request.POST:
            return act(request, _chosen(request, button))
    raise TermbookError("Choose what to do with this name.")


def _chosen(request: HttpRequest, button: str) -> list[int]:
    """Return the name whose button was pressed, or those that are ticked."""
    pressed = request.POST[button]
    ids = _numbers(request.POST.getlist("wanted") if pressed == "chosen" else [pressed])
    if not ids:
        raise TermbookError("No name is chosen. Tick some, then press the button again.")
    return ids[:ROWS_PER_PAGE]


def _numbers(sent: Iterable[str]) -> list[int]:
    return [pk for pk in map(number, dict.fromkeys(sent)) if pk is not None]


def _draft(request: HttpRequest, ids: list[int]) -> str:
    if len(ids) == 1:
        term = wanted.make_draft(ids[0], by=request.user)
        messages.success(request, f"The draft “{term.name}” is here. Readers see nothing of it yet.")
        return reverse("admin:terms_term_change", args=[term.pk])
    made = []
    for pk in ids:
        try:
            made.append(wanted.make_draft(pk, by=request.user))
        except TermbookError as refusal:
            messages.warning(request, refusal.message)
    if made:
        messages.success(request, f"{len(made)} drafts wait to be written.")
    return f"{_address('changelist')}?show={_WRITTEN}" if made else ""


def _dismiss(request: HttpRequest, ids: list[int]) -> str:
    count = wanted.dismiss(ids, by=request.user)
    said = f"{_counted(count)} not wanted." if count else "Somebody else was quicker: nothing to do."
    messages.success(request, _with_undo(said, ids) if count else said)
    return ""


def _take_back(request: HttpRequest, ids: list[int]) -> str:
    count = wanted.take_back(ids, by=request.user)
    messages.success(request, f"{_counted(count)} wanted again." if count else "These are wanted already.")
    return ""


def _counted(count: int) -> str:
    return "One name is" if count == 1 else f"{count} names are"


def _with_undo(said: str, ids: list[int]) -> str:
    """Put the button behind the sentence that takes it back; its form stands on the list."""
    if len(ids) > 1:
        return said
    button = (
        '<button class="button plain" type="submit" name="_again" value="{}" form="taking-back">Undo</button>'
    )
    return format_html("{} " + button, said, ids[0])
