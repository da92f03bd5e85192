"""What waits on the editors' desk."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.db.models import Count, Q
from django.db.models.fields.json import KT

from terms.models import Event, Revision, Term
from terms.revisions import FieldChange

register = template.Library()

_SHOWN = 10
_UNCHANGED_SHOWN = 240
_PAUSE = re.compile(r"\n\s*\n|(?<=[.!?])\s+")


@register.filter
def compares_items(change: FieldChange) -> bool:
    """Say whether a change was compared item by item, each on a line of its own."""
    return isinstance(change.before, list)


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


@register.inclusion_tag("admin/terms/_overview.html", takes_context=True)
def desk_overview(context: dict[str, Any]) -> dict[str, Any]:
    """Show the proposals that wait, oldest first, one's own texts, the stock and the last changes.

    Who may not see drafts sees none of it.
    """
    user = context["user"]
    if not user.has_perm("terms.view_drafts"):
        return {"may_see": False}
    texts = Revision.objects.select_related("term", "author", "reviewer").annotate(name=KT("content__name"))
    texts = texts.defer("content", "term__definition", "term__definition_html", "term__document")
    waiting = texts.filter(state=Revision.State.PROPOSED)
    own = texts.filter(state__in=Revision.OPEN_STATES, author=user)
    return {
        "may_see": True,
        "user": user,
        "may_write": user.has_perm("terms.propose_term"),
        "waiting": waiting.order_by("created_at", "pk")[:_SHOWN],
        "waiting_count": waiting.count(),
        "own": own.order_by("created_at", "pk")[:_SHOWN],
        "own_count": own.count(),
        "sent_back": _sent_back(texts, user),
        "stock": _stock(),
        "events": Event.objects.select_related("term").filter(term__isnull=False)[:_SHOWN],
    }


def _sent_back(texts: Any, user: Any) -> Any:
    """Return this person's rejected texts that nobody has reworked yet, the last rejected first."""
    rejected = texts.filter(state=Revision.State.REJECTED, author=user, superseded_by=None)
    gone = (Term.Status.MERGED, Term.Status.REMOVED)
    return rejected.exclude(term__status__in=gone).order_by("-decided_at", "-pk")[:_SHOWN]


def _stock() -> list[tuple[str, str, int]]:
    """Return each status with its label and how many terms have it."""
    counted = Term.objects.aggregate(
        **{status.value: Count("pk", filter=Q(status=status)) for status in Term.Status}
    )
    return [(status.value, status.label, counted[status.value]) for status in Term.Status]
