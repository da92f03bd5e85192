"""People: who has an account and in which roles; inviting them, and closing an account.

Django's own screens, with every right, are for superusers. Whoever wrote or decided something stays
in the history: an account is deactivated, never deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from .. import people as rules
from .. import publishing
from ..errors import InvalidContent, TermbookError
from ..models import Event, Revision
from ..web import origin, status_code
from ..workflow import READER
from .desk import number, remark

PEOPLE_PER_PAGE = 50


class ForSuperusers:
    """Nobody else may hand out rights: who can change an account can give it every one."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


admin.site.unregister([get_user_model(), Group])


@admin.register(get_user_model())
class PeopleAdmin(ForSuperusers, UserAdmin):
    """Accounts."""

    # Nobody writes them by hand, and Django gives their two halves no labels.
    readonly_fields = ("last_login", "date_joined")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # Where authors are shown, their names stand on pages that are kept.
        publishing.raise_content_version()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Group)
class RolesAdmin(ForSuperusers, GroupAdmin):
    """Roles and their rights."""


# --- The list ------------------------------------------------------------------------------------


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """List the accounts: the open ones first, by name."""
    _check_may_enter(request)
    wanted = request.GET.get("q", "").replace("\0", "").strip()
    accounts = _accounts().order_by("-is_active", "first_name", "last_name", "username")
    for word in wanted.split()[:10]:
        named = Q(first_name__icontains=word) | Q(last_name__icontains=word)
        accounts = accounts.filter(named | Q(username__icontains=word) | Q(email__icontains=word))
    page = Paginator(accounts, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, "admin/people/list.html", title="People", page=page, wanted=wanted)


def _check_may_enter(request: HttpRequest) -> None:
    if not rules.may_manage(request.user):
        raise PermissionDenied


def _accounts() -> Any:
    """Return the accounts of people, with their roles and the number of their open texts."""
    is_open = Q(revisions__state__in=Revision.OPEN_STATES)
    accounts = get_user_model().objects.exclude(username=READER).prefetch_related("groups")
    return accounts.annotate(open_texts=Count("revisions", filter=is_open))


def _page(
    request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any
) -> HttpResponse:
    around = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, template, {**around, **context}, status=status)


# --- Inviting ------------------------------------------------------------------------------------


class RolesForm(forms.Form):
    """Which roles somebody has; `people` judges it."""

    roles = forms.Field(required=False, label="Roles", widget=forms.CheckboxSelectMultiple)

    def __init__(self, offered: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(label_suffix="", **kwargs)
        self.fields["roles"].widget.choices = [(role, role) for role in offered]


class InviteForm(RolesForm):
    """Whom to invite; `people` judges it."""

    name = forms.Field(
        required=False,
        label="Name",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="As it stands in the history.",
    )
    email = forms.Field(
        required=False,
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="The link to choose a password goes there.",
    )
    field_order = ("name", "email", "roles")


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Ask whom to invite, and say what became of the mail."""
    _check_may_enter(request)
    if request.method != "POST":
        return _ask_whom(request, {})
    given = {
        "name": remark(request.POST, "name"),
        "email": remark(request.POST, "email"),
        "roles": request.POST.getlist("roles"),
    }
    try:
        invitation = rules.invite(by=request.user, **given)
    except InvalidContent as refusal:
        return _ask_whom(request, given, status_code(refusal), problems=refusal.problems)
    except TermbookError as refusal:
        return _ask_whom(request, given, status_code(refusal), refusal=refusal.message)
    return _invited(request, invitation)


def _ask_whom(request: HttpRequest, given: dict[str, Any], status: int = 200, **said: Any) -> HttpResponse:
    form = InviteForm(rules.roles_to_give(request.user), initial=given)
    return _page(
        request, "admin/people/invite.html", title="Invite somebody", status=status, form=form, **said
    )


def _invited(request: HttpRequest, invitation: rules.Invitation) -> HttpResponse:
    """Say that the invitation is on its way; where no mail was sent, show the link, which is kept nowhere."""
    was_mailed = rules.send_invitation(invitation, by=request.user, origin=origin(request))
    return _page(
        request,
        "admin/people/invited.html",
        title="Invited",
        person=invitation.user,
        link="" if was_mailed else f"{origin(request)}{invitation.path}",
        are_printed=rules.mails_are_printed(),
        days=settings.PASSWORD_RESET_TIMEOUT // 86_400,
    )


# --- One person ----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """Show one account, and take what should become of it."""
    _check_may_enter(request)
    _account(user_id)
    if request.method != "POST":
        return _person_page(request, user_id)
    action = next((name for name in _ACTIONS if f"_{name}" in request.POST), "")
    try:
        if "_invite_again" in request.POST:
            return _invited(request, rules.renew_invitation(user_id=user_id, by=request.user))
        if action not in _ACTIONS:
            raise TermbookError("Choose what should become of the account.")
        done = _ACTIONS[action](request, user_id)
    except TermbookError as refusal:
        return _person_page(request, user_id, status_code(refusal), refusal=refusal.message)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("person", args=[user_id]))


def _account(user_id: int) -> Any:
    account = _accounts().filter(pk=number(str(user_id))).first()
    if account is None:
        raise Http404("There is no such account.")
    return account


def _change_roles(request: HttpRequest, user_id: int) -> str:
    user = rules.change_roles(user_id=user_id, roles=request.POST.getlist("roles"), by=request.user)
    return f"The roles of {_name(user)} are changed."


def _enter_address(request: HttpRequest, user_id: int) -> str:
    user = rules.enter_address(user_id=user_id, email=remark(request.POST, "email"), by=request.user)
    return f"Mails for {_name(user)} go to {user.email}."


def _deactivate(request: HttpRequest, user_id: int) -> str:
    return f"The account of {_name(rules.deactivate(user_id=user_id, by=request.user))} is deactivated."


def _reactivate(request: HttpRequest, user_id: int) -> str:
    return f"The account of {_name(rules.reactivate(user_id=user_id, by=request.user))} is open again."


def _reset(request: HttpRequest, user_id: int) -> str:
    if not rules.send_password_reset(user_id=user_id, by=request.user, origin=origin(request)):
        raise TermbookError(
            "The mail server did not take the mail. Try again later, or ask an administrator."
        )
    return "The link for a new password is on its way."


_ACTIONS: dict[str, Callable[[HttpRequest, int], str]] = {
    "roles": _change_roles,
    "address": _enter_address,
    "deactivate": _deactivate,
    "reactivate": _reactivate,
    "reset": _reset,
}


def _name(user: Any) -> str:
    return user.get_full_name() or user.get_username()


def _person_page(request: HttpRequest, user_id: int, status: int = 200, refusal: str = "") -> HttpResponse:
    account = _account(user_id)
    given = rules.roles_to_give(request.user)
    own = [group.name for group in account.groups.all()]
    offered = tuple(role for role in rules.ROLES if role in given or role in own)
    return _page(
        request,
        "admin/people/person.html",
        title=_name(account),
        status=status,
        refusal=refusal,
        person=account,
        typed_email=remark(request.POST, "email"),
        form=RolesForm(offered, initial={"roles": own}),
        may_touch=rules.may_touch(request.user, account),
        other_groups=[name for name in own if name not in rules.ROLES],
        texts=Revision.objects.filter(author=account).count(),
        decisions=Revision.objects.filter(reviewer=account).count(),
        events=Event.objects.filter(by=account).order_by("-at", "-pk").select_related("term")[:5],
    )
