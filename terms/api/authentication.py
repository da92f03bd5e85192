"""Who asks, and what the key they use may do."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions, permissions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from .. import tokens
from ..models import ApiToken

SAFE_METHODS = permissions.SAFE_METHODS


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer tbk_…`. Sessions of the site work beside it, with CSRF."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = tokens.authenticate(secret.strip())
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, expired or revoked.")
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ScopeAllows(permissions.BasePermission):
    """Writing asks for an account; with a token, everything asks for the scope the view names.

    What the account itself may do is the rules' to say.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        is_write = request.method not in SAFE_METHODS and hasattr(view, request.method.lower())
        if is_write and not request.user.is_authenticated:
            return False
        require_scope(request, scope_of(view))
        return True


def scope_of(view: Any) -> str:
    """Return the scope that the action at hand asks of a token; reading is the default."""
    return getattr(view, "scopes", {}).get(getattr(view, "action", None), ApiToken.Scope.READ)


def require_scope(request: Request, scope: str) -> None:
    """Refuse a token that has not this scope; who comes with a session is not narrowed."""
    if isinstance(request.auth, ApiToken) and scope not in request.auth.scopes:
        raise exceptions.PermissionDenied(f"This token has not the scope “{scope}”.", code="missing_scope")
