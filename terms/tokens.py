"""Keys for programs: issued, recognised, revoked.

It stands on the floor of the errands: faces never write, and a token is a right that somebody hands
on. What its owner may do is asked of the owner each time; a token only narrows it by its scopes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .errors import InvalidContent, NotAllowed
from .models import ApiToken

PREFIX = "tbk_"
LONGEST_LIFE = 3650

_SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
# What the owner of a token must have the right to, for the token to have the scope.
_RIGHTS = {
    ApiToken.Scope.PROPOSE.value: "terms.propose_term",
    ApiToken.Scope.EDIT.value: "terms.edit_term",
    ApiToken.Scope.REVIEW.value: "terms.review_term",
    ApiToken.Scope.ADMIN.value: "terms.curate_term",
}
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def issue_token(*, owner: Any, name: str, scopes: Iterable[str], days: int) -> tuple[ApiToken, str]:
    """Make a token for a person; return it with its secret, which is kept nowhere.

    The secret is the prefix and 256 random bits, so that a scanner for leaked secrets knows it.
    Every token may read.

    Raises InvalidContent for a name, a scope or a life that cannot be, and for a scope that the
    owner has no right to.
    """
    wanted = list(dict.fromkeys([ApiToken.Scope.READ, *scopes]))
    problems = _problems(owner, name, wanted, days)
    if problems:
        raise InvalidContent(problems)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        owner=owner,
        name=name.strip(),
        digest=ApiToken.digest_of(secret),
        scopes=[scope for scope in ApiToken.Scope.values if scope in wanted],
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token, secret


def _problems(owner: Any, name: str, scopes: list[str], days: int) -> dict[str, list[str]]:
    problems = {}
    if not 0 < len(name.strip()) <= 100:
        problems["name"] = ["Name: say in 1 to 100 characters what the token is for."]
    unknown = [scope for scope in scopes if scope not in ApiToken.Scope.values]
    beyond = [scope for scope in scopes if scope in _RIGHTS and not owner.has_perm(_RIGHTS[scope])]
    if unknown:
        known = ", ".join(ApiToken.Scope.values)
        problems["scopes"] = [f"Scopes: “{unknown[0]}” is not a scope. Use {known}."]
    elif beyond:
        problems["scopes"] = [f"Scopes: {owner.get_username()} has no right to “{beyond[0]}”. Leave it out."]
    if not 0 < days <= LONGEST_LIFE:
        problems["days"] = [f"Days: {days} is not between 1 and {LONGEST_LIFE:,}."]
    return problems


@transaction.atomic
def revoke(*, token_id: int, by: Any) -> ApiToken:
    """End a token for good; it stays listed. Its owner may, and a superuser."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None or not by.is_active or (token.owner_id != by.pk and not by.is_superuser):
        raise NotAllowed("Revoke: there is no such token of yours.")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    return token


def authenticate(secret: str) -> ApiToken | None:
    """Return the token of this secret with its owner, or None when it is not, or no more, of use.

    Notes the use at most once a minute: a program that reads much would otherwise write as much.
    """
    if not _SECRET.fullmatch(secret):
        return None
    token = ApiToken.objects.select_related("owner").filter(digest=ApiToken.digest_of(secret)).first()
    if token is None or not token.is_valid or not token.owner.is_active:
        return None
    _note_use(token)
    return token


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    long_ago = now - _USE_IS_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > long_ago:
        return
    # Asked again in the database: of many requests at once, one writes.
    not_noted = Q(last_used_at=None) | Q(last_used_at__lte=long_ago)
    ApiToken.objects.filter(not_noted, pk=token.pk).update(last_used_at=now)
    token.last_used_at = now
