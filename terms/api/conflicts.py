"""Of two who change the same, the second is refused, with all three texts and without a loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rest_framework.request import Request

from ..errors import StaleEdit
from ..models import Revision, Term
from . import bodies, conditional
from .errors import Conflict


def check_state_of_term(request: Request, term: Term, content: Mapping[str, Any] | None = None) -> None:
    """Refuse a change that was meant for another state of the term than the one that is there."""
    given = conditional.required_etags(request)
    current = bodies.term_etag(term)
    if conditional.names_current(given, current):
        return
    version = _version_in(given)
    base = term.revisions.filter(version=version).first() if version else None
    raise Conflict(
        "The term was changed since you read it. Your text is kept below; compare and send again.",
        etag=current,
        was_conditional=True,
        sides=_sides(
            request,
            base=base.content if base else None,
            current=term.live_revision.content if term.live_revision else None,
            sent=content or {},
        ),
    )


def check_state_of_revision(request: Request, revision: Revision) -> None:
    """Refuse a decision that was meant for another state of the revision."""
    given = conditional.required_etags(request)
    current = bodies.revision_etag(bodies.revision_body(request, revision, is_seen_whole=True))
    if conditional.names_current(given, current):
        return
    live = revision.term.live_revision
    raise Conflict(
        f"Revision {revision.number} is {revision.get_state_display().lower()} now. Read it again.",
        etag=current,
        was_conditional=True,
        sides=_sides(
            request,
            base=revision.based_on.content if revision.based_on else None,
            current=live.content if live else None,
            sent=bodies.content_for(request.user, revision.content),
        ),
    )


def _version_in(etags: list[str]) -> int | None:
    """Return the version that an outdated ETag of a term is of, if it is one of ours."""
    first = etags[0].split(".")[0] if etags else ""
    return int(first) if first.isdecimal() and first.isascii() and len(first) < 10 else None


@contextmanager
def stale_as_conflict(request: Request, term: Term, sent: Mapping[str, Any]) -> Iterator[None]:
    """Answer what the rule found out under its lock: 412 to who sent an ETag, 409 to who sent `*`."""
    try:
        yield
    except StaleEdit as stale:
        now = Term.objects.select_related("live_revision").get(pk=term.pk)
        conflict = stale.conflict
        seen = Revision.objects.visible_to(request.user).filter(
            term=term, number=conflict["current_revision"]
        )
        is_live = now.live_revision is not None and conflict["current_revision"] == now.live_revision.number
        current = conflict["current"] if is_live or seen.exists() else None
        raise Conflict(
            stale.message,
            etag=bodies.term_etag(now),
            was_conditional="*" not in conditional.required_etags(request),
            sides=_sides(request, base=conflict["base"], current=current, sent=sent),
        ) from stale


def _sides(request: Request, *, base: Any, current: Any, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the three texts of a conflict, as far as this person may read them."""
    base, current = (side and bodies.content_for(request.user, side) for side in (base, current))
    return {
        "base": base,
        "current": current,
        "local": {**(base or {}), **sent},
        "remote": bodies.changes(base, current) if base and current else [],
    }
