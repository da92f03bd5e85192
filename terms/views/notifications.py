"""What an account holder should hear of, and how they want to hear of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import notices
from ..errors import InvalidContent
from ..models import Notification
from . import pages
from .account import account_page

_PER_PAGE = 50


@require_safe
@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    shown = notices.shown_to(request.user)
    pager = pages.pager(request, shown.count(), _PER_PAGE)
    rows = pages.rows_of(shown, pager, _PER_PAGE)
    return account_page(
        request,
        "account/notifications.html",
        title="Notices",
        notices=notices.in_words(rows),
        unread=notices.unread_count(request.user),
        newest=shown.values_list("pk", flat=True).order_by("-pk").first(),
        pager=pager,
    )


@require_POST
@login_required
def notifications_read(request: HttpRequest) -> HttpResponse:
    """Mark as read: one notice, or all up to the newest that the page showed."""
    notices.mark_read(by=request.user, only=_number(request, "only"), up_to=_number(request, "up_to"))
    page = _number(request, "page")
    return redirect(pages.address(reverse("notifications"), page=page if page != 1 else None))


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notification_choices(request: HttpRequest) -> HttpResponse:
    topics = notices.choices_of(request.user)
    if request.method != "POST":
        return _choices_page(request, topics)
    chosen = {topic: _chosen(request, topic) for topic in topics}
    try:
        notices.choose(by=request.user, choices=chosen)
    except InvalidContent as refusal:
        return _choices_page(request, chosen, refusal=refusal.message, status=422)
    messages.success(request, "Your choices are kept.")
    return redirect("notification_choices")


def _chosen(request: HttpRequest, topic: str) -> notices.Choice:
    return notices.Choice(f"{topic}-on_site" in request.POST, request.POST.get(f"{topic}-mail", ""))


def _choices_page(
    request: HttpRequest, choices: dict[str, notices.Choice], *, refusal: str = "", status: int = 200
) -> HttpResponse:
    return account_page(
        request,
        "account/notification_choices.html",
        title="How to hear of what",
        status=status,
        refusal=refusal,
        rows=[
            {"topic": topic, "label": Notification.Topic(topic).label, "choice": choice}
            for topic, choice in choices.items()
        ],
        ways=Notification.Mail.choices,
    )
