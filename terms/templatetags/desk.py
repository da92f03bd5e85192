"""How the editors’ desk says things: fields and what changed in them, and how long ago something was."""

from __future__ import annotations

import re
from datetime import datetime

from django import template
from django.utils.timesince import timesince

from terms.models import Event, Revision
from terms.revisions import LABELS, FieldChange, full_name

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
def whose(event: Event) -> str:
    """Name who did what a line of the log says, and whose words were approved with it."""
    written_by = _writer_of_the_approved(event)
    return f"{event.by_name} (written by {written_by})" if written_by else event.by_name


@register.filter
def said_with(event: Event) -> str:
    """Return the words of a line of the log; with what was approved stand those of its author."""
    return f"Edit summary: {event.note}" if event.note and _writer_of_the_approved(event) else event.note


def _writer_of_the_approved(event: Event) -> str:
    is_approval = event.kind in {Event.Kind.PUBLISHED, Event.Kind.CHANGED}
    if not is_approval or event.revision is None or event.revision.author_id == event.by_id:
        return ""
    return writer(event.revision)


@register.filter
def text_name(text: Revision) -> str:
    """Return what the term would be called with this text."""
    return full_name(text.content)


@register.filter
def writer(text: Revision) -> str:
    """Name whose words a text is: those of an account, or of a reader who has none."""
    suggestion = getattr(text, "suggestion", None)
    if suggestion is None:
        return str(text.author)
    return f"{suggestion.sender_name} (a reader)" if suggestion.sender_name else "a reader"
