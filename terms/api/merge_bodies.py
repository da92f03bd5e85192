"""What is answered on merges, splits and proposals of them; the shapes are described in `merge_shapes`."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from rest_framework.request import Request

from .. import merging
from ..errors import TermbookError
from ..models import MergeProposal, Operation, PlannedChange, Revision, Term
from ..publishing import iso
from ..revisions import Content
from .bodies import Body, absolute, change_body, changes, reference, term_api_url


def named(term: Term) -> Body:
    """Return what names a term to the staff."""
    return {**reference(term), "status": term.status}


def _all_named(terms: Iterable[Term]) -> list[Body]:
    return [named(term) for term in terms]


# --- What is shown before ------------------------------------------------------------------------


def preview_body(request: Request, preview: merging.Preview) -> Body:
    """Return a merge as it would be now."""
    texts = preview.texts
    return {
        "token": preview.token,
        "kept": _side(request, preview.kept, texts[preview.kept.pk]),
        "absorbed": [_side(request, term, texts[term.pk]) for term in preview.absorbed],
        "result": preview.content,
        "suggested": preview.suggested,
        "difference": [change_body(change) for change in preview.difference],
        "moves": _moves(request, preview.impact),
        "conflicts": list(preview.conflicts),
        "new_words": list(preview.new_words),
        "needs_second_reader": preview.needs_second_reader,
    }


def split_preview_body(request: Request, preview: merging.SplitPreview) -> Body:
    """Return a split as it would be now."""
    return {
        "token": preview.token,
        "term": _side(request, preview.term, preview.before),
        "stays": preview.stays,
        "part": preview.part,
        "address": preview.address,
        "difference": [change_body(change) for change in preview.difference],
        "dropped": [change_body(change) for change in preview.dropped],
        "moves": {
            "addresses": [{"slug": slug, "leads_to": leads} for slug, leads in preview.addresses],
            "lost_names": list(preview.lost_names),
            "could_move": _relations(preview.relations),
            "relations": _relations(preview.moved),
            "outdated_texts": [_text(request, text) for text in preview.outdated_texts],
            "moved_texts": [_text(request, text) for text in preview.moved_texts],
            "plans": [_plan(plan) for plan in preview.plans],
        },
        "conflicts": list(preview.conflicts),
        "new_words": list(preview.new_words),
        "needs_second_reader": preview.needs_second_reader,
    }


def shown_body(request: Request, preview: merging.Preview | merging.SplitPreview) -> Body:
    """Return what a proposal would do now."""
    if isinstance(preview, merging.Preview):
        return preview_body(request, preview)
    return split_preview_body(request, preview)


def _side(request: Request, term: Term, content: Content) -> Body:
    return {
        **named(term),
        "version": term.version,
        "api_url": term_api_url(request, term),
        "content": content,
    }


def _moves(request: Request, impact: merging.Impact) -> Body:
    return {
        "addresses": list(impact.addresses),
        "lost_names": list(impact.lost_names),
        "relations": _relations(impact.relations),
        "closed_texts": [_text(request, text) for text in impact.closed_texts],
        "outdated_texts": [_text(request, text) for text in impact.outdated_texts],
        "moved_texts": [_text(request, text) for text in impact.moved_texts],
        "plans": [_plan(plan) for plan in impact.plans],
        "earlier": _all_named(impact.earlier),
        "mentions": {"count": impact.mention_count, "terms": _all_named(impact.mentions)},
    }


def _relations(moved: Iterable[merging.Moved]) -> list[Body]:
    return [{"source": named(one.source), "kind": one.kind, "target": named(one.target)} for one in moved]


def _text(request: Request, text: Revision) -> Body:
    address = reverse("api:revision-detail", args=[text.term.public_id, text.number])
    return {
        "term": named(text.term),
        "number": text.number,
        "state": text.state,
        "author": text.author.get_username(),
        "api_url": absolute(request, address),
    }


def _plan(plan: PlannedChange) -> Body:
    return {"term": named(plan.term), "action": plan.action, "due_at": iso(plan.due_at)}


def undo_body(request: Request, preview: merging.UndoPreview) -> Body:
    """Return what undoing a merge or split would do now."""
    return {
        "token": preview.token,
        "kept": named(preview.kept),
        "comes_back": _all_named(preview.comes_back),
        "rewritten": [
            {
                "term": named(one.term),
                "difference": changes(one.now, one.content),
                "stays": [{"field": place.field, "label": place.label} for place in one.stays],
            }
            for one in preview.rewritten
        ],
        "sentences": list(preview.sentences),
        "stays": list(preview.stays),
        "obstacles": list(preview.obstacles),
        "first": [operation_reference(request, operation) for operation in preview.first],
    }


# --- What was done -------------------------------------------------------------------------------


def operation_reference(request: Request, operation: Operation) -> Body:
    """Return what names a merge or split."""
    return {
        "id": operation.pk,
        "kind": operation.kind,
        "comment": operation.note,
        "at": iso(operation.at),
        "api_url": operation_url(request, operation),
        "undo": undo_url(request, operation) if merging.may_undo(operation, request.user) else None,
    }


def operation_url(request: Request, operation: Operation) -> str:
    return absolute(request, reverse(f"api:{operation.kind}-detail", args=[operation.pk])) or ""


def undo_url(request: Request, operation: Operation) -> str:
    return absolute(request, reverse(f"api:{operation.kind}-undo", args=[operation.pk])) or ""


def merge_body(request: Request, operation: Operation) -> Body:
    """Return a merge; it comes with its people and terms."""
    merges = list(operation.merges.all())
    return {
        **_done(request, operation),
        "kept": named(merges[0].kept),
        "absorbed": [named(merge.absorbed) for merge in merges],
    }


def split_body(request: Request, operation: Operation) -> Body:
    """Return a split; it comes with its people and terms."""
    return {
        **_done(request, operation),
        "term": named(operation.split.origin),
        "part": named(operation.split.part),
    }


def _done(request: Request, operation: Operation) -> Body:
    page = reverse("admin:terms_operation_change", args=[operation.pk])
    return {
        **operation_reference(request, operation),
        "by": operation.by.get_username(),
        "undone_at": iso(operation.undone_at),
        "undone_by": operation.undone_by.get_username() if operation.undone_by else None,
        "url": absolute(request, page),
    }


# --- What is proposed ----------------------------------------------------------------------------


def proposal_summary(request: Request, proposal: MergeProposal) -> Body:
    """Return a proposed merge or split; it comes with its people and terms."""
    return {
        "id": proposal.pk,
        "kind": proposal.kind,
        "state": proposal.state,
        "terms": _all_named(sorted(proposal.terms.all(), key=lambda term: (term.sort_key, term.pk))),
        "comment": proposal.comment,
        "by": proposal.by.get_username(),
        "at": iso(proposal.at),
        "reviewer": proposal.reviewer.get_username() if proposal.reviewer else None,
        "decided_at": iso(proposal.decided_at),
        "reason": proposal.decision_reason,
        "operation": proposal.operation_id,
        "token": proposal.token,
        "api_url": absolute(request, reverse("api:merge-proposal-detail", args=[proposal.pk])),
    }


def proposal_body(request: Request, proposal: MergeProposal) -> Body:
    """Return a proposal with what it would do now, while it waits."""
    shown, obstacle = None, ""
    if proposal.state == MergeProposal.State.PROPOSED:
        try:
            shown = merging.preview_of(proposal, request.user)
        except TermbookError as refusal:
            obstacle = refusal.message
    return {
        **proposal_summary(request, proposal),
        "preview": shown_body(request, shown) if shown else None,
        "is_stale": shown is not None and merging.is_stale(proposal, shown),
        "obstacle": obstacle,
    }
