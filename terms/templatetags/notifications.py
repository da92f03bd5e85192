"""How many notices somebody has not read yet, for the head of every page of theirs."""

from __future__ import annotations

from typing import Any

from django import template

from terms import notices

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notices(context: dict[str, Any]) -> int:
    """Return the number of unread notices; nobody's without an account."""
    user = context.get("user")
    return notices.unread_count(user) if user is not None and user.is_authenticated else 0
