"""Keys for programs: a person issues and revokes their own; the secret is shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from .. import tokens
from ..errors import InvalidContent, TermbookError
from ..models import ApiToken
from ..web import status_code
from .desk import Desk, moment, number, remark


class TokenForm(forms.Form):
    """What a token is for; `tokens` judges it."""

    name = forms.Field(
        required=False,
        label="Name",
        widget=forms.TextInput(attrs={"size": 40}),
        help_text="What it is for, to know it by.",
    )
    scopes = forms.Field(
        required=False,
        label="It may",
        widget=forms.CheckboxSelectMultiple(choices=ApiToken.Scope.choices),
        help_text="Never more than you may yourself.",
    )
    days = forms.Field(
        required=False, label="Days until it expires", widget=forms.NumberInput(attrs={"min": 1})
    )


@admin.register(ApiToken)
class TokenAdmin(Desk):
    """The tokens of the person who looks; a superuser sees everybody's."""

    list_title = "API tokens"
    item_names = ("API token", "API tokens")
    list_display = ("name", "owner", "scope_list", "state", "expires", "last_used", "issued")
    list_display_links = None
    list_select_related = ("owner",)
    change_list_template = "admin/terms/token_list.html"
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        everybody = super().get_queryset(request)
        return everybody if request.user.is_superuser else everybody.filter(owner=request.user)

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(require_POST(self.revoke))
        return [path("<int:token_id>/revoke/", revoke, name="terms_apitoken_revoke"), *super().get_urls()]

    @admin.display(description="scopes")
    def scope_list(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description="state")
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return "Revoked"
        return "In use" if token.is_valid else "Expired"

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, token: ApiToken) -> str:
        return moment(token.expires_at)

    @admin.display(description="last used", ordering="last_used_at")
    def last_used(self, token: ApiToken) -> str:
        return moment(token.last_used_at)

    @admin.display(description="issued", ordering="created_at")
    def issued(self, token: ApiToken) -> str:
        return moment(token.created_at)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List the tokens, with a button to revoke each that still works."""
        open_tokens = [token for token in self.get_queryset(request)[:200] if token.is_valid]
        return super().changelist_view(request, {**(extra_context or {}), "open_tokens": open_tokens})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask what a token is for, and show its secret once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._issue(request)
        return self._ask(request, {"days": 90, "scopes": [ApiToken.Scope.READ]})

    @sensitive_variables("secret")
    def _issue(self, request: HttpRequest) -> HttpResponse:
        data = request.POST
        given = {
            "name": remark(data, "name"),
            "scopes": data.getlist("scopes"),
            "days": number(data.get("days")) or 0,
        }
        try:
            token, secret = tokens.issue_token(owner=request.user, **given)
        except InvalidContent as refusal:
            return self._ask(request, given, status_code(refusal), refusal=refusal.message)
        return self.page(
            request, "admin/terms/token_issued.html", title="Your new token", token=token, secret=secret
        )

    def _ask(
        self, request: HttpRequest, given: dict[str, Any], status: int = 200, refusal: str = ""
    ) -> HttpResponse:
        context = {"form": TokenForm(initial=given, label_suffix=""), "refusal": refusal}
        return self.page(request, "admin/terms/token.html", title="New token", status=status, **context)

    def revoke(self, request: HttpRequest, token_id: int) -> HttpResponse:
        """End one token."""
        try:
            token = tokens.revoke(token_id=token_id, by=request.user)
        except TermbookError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"The token “{token.name}” is revoked.")
        return HttpResponseRedirect(reverse("admin:terms_apitoken_changelist"))
