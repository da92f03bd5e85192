"""How the editors’ desk says things: fields and what changed in them, and how long ago something was."""

from __future__ import annotations

import re
from datetime import datetime

from django import template
from django.utils.timesince import timesince

from terms.models import Revision
from terms.revisions import LABELS, FieldChange

register = template.Library()

_UNCHANGED_SHOWN = 240
_PAUSE = re.compile(r"\n\s*\n|(?<=[.!?])\s+")


@register.filter
def compares_items(change: FieldChange) -> bool:
    """Say whether a change was compared item by item, each on a line of its own."""
    return isinstance(change.before, list)


@register.filter
def field_label(field: str) -> str:
    """Return what a field of a content is called on the screen."""
    return LABELS.get(field, field)


@register.filter
def ends(unchanged: str) -> list[str]:
    """Return a text that did not change; a long one as its beginning and its end.

    It is cut where a paragraph or a sentence ends, or else between two words.
    """
    if len(unchanged) <= 3 * _UNCHANGED_SHOWN:
        return [unchanged]
    head, tail = unchanged[:_UNCHANGED_SHOWN], unchanged[-_UNCHANGED_SHOWN:]
    pauses = list(_PAUSE.finditer(head))
    first_pause = _PAUSE.search(tail)
    return [
        head[: pauses[-1].start()] if pauses else head.rpartition(" ")[0],
        tail[first_pause.end() :] if first_pause else tail.partition(" ")[2],
    ]


@register.filter
def age(since: datetime | None) -> str:
    """Return how long ago that was, in its largest unit: `3 days`."""
    if since is None:
        return ""
    passed = timesince(since, depth=1)
    return "less than a minute" if passed.startswith("0") else passed


@register.filter
def writer(text: Revision) -> str:
    """Name whose words a text is: those of an account, or of a reader who has none."""
    suggestion = getattr(text, "suggestion", None)
    if suggestion is None:
        return str(text.author)
    return f"{suggestion.sender_name} (a reader)" if suggestion.sender_name else "a reader"
