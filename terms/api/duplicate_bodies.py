"""What is answered on look-alikes; the shapes are described in `duplicate_shapes`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.urls import reverse
from rest_framework.request import Request

from .. import duplicates, judging
from ..models import DuplicatePair, Revision, Term
from ..publishing import iso
from .bodies import Body, absolute, term_api_url
from .merge_bodies import named


def pair_body(request: Request, pair: DuplicatePair) -> Body:
    return {
        "id": pair.pk,
        "a": _side(request, pair.first),
        "b": _side(request, pair.second),
        "score": pair.score,
        "reasons": pair.reasons,
        "methods": pair.methods.split(),
        "suggestion": pair.suggestion,
        "verdict": pair.verdict,
        "because": pair.because,
        "judged_by": pair.judged_by.get_username() if pair.judged_by else None,
        "judged_at": iso(pair.judged_at),
        "found_at": iso(pair.found_at),
        "api_url": absolute(request, reverse("api:duplicate-detail", args=[pair.pk])),
    }


def _side(request: Request, term: Term) -> Body:
    return {
        **named(term),
        "short_definition": term.short_definition,
        "api_url": term_api_url(request, term),
    }


def judged_body(request: Request, pair: DuplicatePair, judged: judging.Judged) -> Body:
    """Return a pair as it is now, and what came of a verdict."""
    return {
        "pair": pair_body(request, pair),
        "message": judged.sentence,
        "revision": _revision_url(request, judged.revision),
    }


def _revision_url(request: Request, revision: Revision | None) -> str | None:
    if revision is None:
        return None
    address = reverse("api:revision-detail", args=[revision.term.public_id, revision.number])
    return absolute(request, address)


def state_body(state: duplicates.State) -> Body:
    return {**asdict(state), "looked_at": iso(state.looked_at), "full_at": iso(state.full_at)}


def scanned_body(report: duplicates.ScanReport | None) -> Body:
    return {"report": asdict(report) if report else None, "state": state_body(duplicates.state())}


def import_body(report: judging.ImportReport) -> Body:
    return {name: _as_json(value) for name, value in asdict(report).items()}


def _as_json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def look_alike_bodies(revision: Revision, *, by: Any) -> list[Body]:
    """Return the terms that may be the same as a new one, as far as this person sees them."""
    content = revision.content
    found = duplicates.find_like(
        content["name"],
        by=by,
        qualifier=content["qualifier"],
        aliases=[alias["text"] for alias in content["aliases"]],
        exclude=revision.term_id,
    )
    return [
        {
            "id": alike.term.public_id,
            "name": alike.term.full_name,
            "status": alike.term.status,
            "reason": alike.reason,
            "strength": alike.strength,
        }
        for alike in found
    ]
