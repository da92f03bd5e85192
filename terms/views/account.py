"""The pages of account holders: entering, and one's password.

Staff see them in the frame of the desk, everybody else in that of the readers' pages. They are
nobody else's, so nothing may keep them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, auth, messages
from django.contrib.auth import views as django_views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse, reverse_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from .. import people
from ..errors import InvalidContent, NotAllowed
from ..web import origin
from . import pages

_PRIVATE = "private, no-store"


def account_page(
    request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any
) -> HttpResponse:
    """Answer with a page that extends `account/page.html` and fills its block `account`."""
    response = render(request, template, {**frame(request), "title": title, **context}, status=status)
    response.headers["Cache-Control"] = _PRIVATE
    return response


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what `account/page.html` needs to stand in the frame of the person who asks."""
    at_the_desk = admin.site.has_permission(request)
    around = admin.site.each_context(request) if at_the_desk else {}
    return {
        **around,
        "frame": "admin/base_site.html" if at_the_desk else "base.html",
        "at_the_desk": at_the_desk,
    }


class _InOurFrame:
    """A view of Django that answers like `account_page`."""

    title = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**super().get_context_data(**kwargs), **frame(self.request), "title": self.title}
        # Django's `site` would stand in the place of ours.
        return {key: value for key, value in context.items() if key != "site"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = _PRIVATE
        return response


class _Login(_InOurFrame, django_views.LoginView):
    template_name = "account/login.html"
    title = "Log in"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Lead to one's place of work."""
        at_the_desk = admin.site.has_permission(self.request)
        return reverse("admin:index") if at_the_desk else reverse("account")

    def get_redirect_url(self) -> str:
        """Return where somebody wanted to go, if it is not back to this page.

        The desk only for those whom it does not send here.
        """
        wanted = super().get_redirect_url()
        to_the_desk = wanted.startswith(reverse("admin:index"))
        is_closed = self.request.user.is_authenticated and not admin.site.has_permission(self.request)
        leads_here = urlsplit(wanted).path == self.request.path
        return "" if leads_here or (to_the_desk and is_closed) else wanted


class _Logout(_InOurFrame, django_views.LogoutView):
    template_name = "account/logged_out.html"
    title = "Logged out"


class _PasswordChange(_InOurFrame, django_views.PasswordChangeView):
    template_name = "account/password_change.html"
    title = "Change your password"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password is changed. You are logged out everywhere else.")
        return super().form_valid(form)


login = _Login.as_view()
logout = _Logout.as_view()
password_change = _PasswordChange.as_view()


class DetailsForm(forms.Form):
    """Who one is, and where mails go; `people` judges it."""

    name = forms.Field(
        required=False,
        label="Name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="As it stands in the history from now on.",
    )
    email = forms.Field(
        required=False,
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
        help_text="Notices and links for a new password go there. Empty: no mails.",
    )
    password = forms.Field(
        required=False,
        label="Your password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Needed only to change the address.",
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def details(request: HttpRequest) -> HttpResponse:
    """Let somebody change their own name and address."""
    user = request.user
    typed = {"name": user.get_full_name(), "email": user.email}
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in typed}
        try:
            people.describe_oneself(by=user, password=request.POST.get("password", ""), **typed)
        except InvalidContent as refusal:
            problems = refusal.problems
        else:
            messages.success(request, "Your details are kept.")
            return HttpResponseRedirect(reverse("account_details"))
    return account_page(
        request,
        "account/details.html",
        title="Your details",
        status=422 if problems else 200,
        problems=problems,
        form=DetailsForm(initial=typed, label_suffix=""),
    )


@require_safe
def desk_login(request: HttpRequest) -> HttpResponse:
    """Lead from the door of the desk to the one door that there is."""
    return HttpResponseRedirect(pages.address(resolve_url("login"), next=request.GET.get("next")))


class ForgottenForm(forms.Form):
    """To which address the link goes."""

    email = forms.Field(
        required=False,
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link for a new password; the answer is the same whether there is such an account or not."""
    if request.method == "POST":
        people.ask_for_reset(email=request.POST.get("email", ""), origin=origin(request))
        return HttpResponseRedirect(pages.address(reverse("password_forgotten"), sent=1))
    context = {"was_sent": "sent" in request.GET, "form": ForgottenForm(label_suffix="")}
    return account_page(request, "account/password_forgotten.html", title="Password forgotten", **context)


class PasswordForm(forms.Form):
    """A new password; `people` judges it."""

    password = forms.Field(
        required=False,
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters, not only digits, nothing common, nothing like your name.",
    )
    again = forms.Field(
        required=False,
        label="The same again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Let the owner of a link choose a password: the first one, or a new one."""
    owner = people.find_by_link(uid, token)
    if owner is None:
        return _link_is_over(request)
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in PasswordForm.base_fields}
        try:
            owner = people.choose_password(uid=uid, token=token, **typed)
        except NotAllowed:
            return _link_is_over(request)
        except InvalidContent as refusal:
            problems = refusal.problems
        else:
            auth.login(request, owner, backend="django.contrib.auth.backends.ModelBackend")
            return HttpResponseRedirect(reverse("login"))
    return account_page(
        request,
        "account/choose_password.html",
        title="A new password" if owner.has_usable_password() else "Welcome",
        status=422 if problems else 200,
        owner=owner,
        problems=problems,
        form=PasswordForm(label_suffix=""),
    )


def _link_is_over(request: HttpRequest) -> HttpResponse:
    return account_page(
        request, "account/link_is_over.html", title="This link does not work any more", status=410
    )
