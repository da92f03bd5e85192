"""What is confirmed is what was shown: tokens of previews, and the refusals when something moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from ..errors import InvalidContent, StalePreview, WrongState
from .words import listed


def token_of(shown: Any) -> str:
    """Return a digest of what a preview shows, given as values that JSON can hold."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:40]


def check_token(token: str, now: str) -> None:
    """Raise StalePreview where the token is not that of the preview as it is now."""
    if token != now:
        raise StalePreview("Something of what the preview showed was changed since. Look at it again.")


def check_text(now: Sequence[str], shown: Sequence[str]) -> None:
    """Raise StalePreview where definitions are not those that were rendered before the locks."""
    if list(now) != list(shown):
        raise StalePreview("The text was changed since. Look at the preview again.")


def refuse_undo(obstacles: Sequence[str], *, others_come_first: bool) -> None:
    """Raise what forbids an undo, if anything does."""
    if others_come_first:
        raise WrongState(" ".join(obstacles))
    if obstacles:
        raise InvalidContent({"terms": list(obstacles)})


def why_two(what: str, new_words: Sequence[str], *, choose_among: str) -> str:
    """Return why a second person has to agree to a merge or a split (`what`)."""
    if not new_words:
        return f"Here a second person has to agree to a {what}. Propose it."
    return (
        f"Nobody else has read what you wrote here: {listed(new_words)}. "
        f"Propose the {what}, or choose among {choose_among}."
    )
