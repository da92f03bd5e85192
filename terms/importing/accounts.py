"""Who brings texts in: the account for imports that nobody signs, and the rights that are asked for."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from .. import notices
from ..errors import NotAllowed

IMPORTER = "importer"
_RIGHTS = ("propose_term", "edit_term", "view_drafts")
_SILENCE = notices.Choice(on_site=False, mail="none")


def importer() -> Any:
    """Return the account for imports that nobody signs: an editor who cannot log in.

    A reviewer approves what it brought; four eyes then are those who proposed and the reviewer's.
    """
    user, is_new = get_user_model().objects.get_or_create(username=IMPORTER)
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="terms", codename__in=_RIGHTS)
        )
        # Nobody is there to read that thousands of texts were approved.
        notices.choose(by=user, choices=dict.fromkeys(notices.choices_of(user), _SILENCE))
    return user


def check_right(by: Any, *, publish: bool = False) -> None:
    """Raise NotAllowed for who may not bring texts in, or not publish what they bring."""
    if not by.is_active or not (by.has_perm("terms.edit_term") and by.has_perm("terms.view_drafts")):
        raise NotAllowed("Import: your account has no right to do this. Ask a chief editor.")
    if publish and not (by.has_perm("terms.publish_import") and by.has_perm("terms.review_term")):
        raise NotAllowed(
            "Import: your account has no right to publish what a file brings. "
            "Import drafts and proposals, or ask a chief editor."
        )
