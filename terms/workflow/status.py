"""Decisions on a whole term: deprecate, reinstate, remove, restore, and put a draft away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import checking, log, publishing, revisions, search
from ..errors import InvalidContent, WrongState
from ..models import Event, Revision, Term
from ..revisions import Content
from . import rows
from .publication import make_live
from .table import check


def deprecate(
    *, term_id: int, by: Any, reason: str, successors: Sequence[str] = (), based_on: int | None = None
) -> Term:
    """Mark a term as no longer to be used, and name what to use instead.

    Its page stays, with the reason. `successors` are public ids, addresses or names. A reviewer's
    decision: it is theirs alone, and the history shows it.
    """
    change = _deprecation(reason, successors)
    return _change_live("deprecate", Event.Kind.DEPRECATED, term_id, by, change, reason, based_on)


def check_deprecation(
    term: Term, by: Any, *, reason: str, successors: Sequence[str] = (), based_on: int | None = None
) -> None:
    """Refuse what `deprecate` would refuse of this locked term."""
    check("deprecate", by, term=term)
    live = rows.live_revision(term)
    change = _deprecation(reason, successors)
    _check_is_live(term, live, based_on, change)
    content = _changed(term, live, change, by)
    rows.clean_remark("reason", reason)
    refusal = checking.refusal(content, term=term)
    if refusal is not None:
        raise refusal


def _deprecation(reason: str, successors: Sequence[str]) -> dict[str, Any]:
    return {
        "status": "deprecated",
        "deprecation_reason": reason,
        "relations": [{"kind": "replaced_by", "target": name} for name in successors],
    }


def reinstate(*, term_id: int, by: Any, comment: str = "", based_on: int | None = None) -> Term:
    """Take a deprecation back; the successors named in it go with it."""
    change = {"status": "published", "deprecation_reason": ""}
    return _change_live("reinstate", Event.Kind.REINSTATED, term_id, by, change, comment, based_on)


# What one reviewer decides alone when they deprecate or reinstate a term.
DECIDED_ALONE = ("status", "deprecation_reason", "relations")


def set_back(*, term_id: int, by: Any, before: int, after: int, comment: str = "") -> Term:
    """Take a deprecation or a reinstatement back: the status, the reason and the relations are again
    as revision `before` has them, not as `after` decided. What was changed in the text since stays.

    Raises WrongState when the status, the reason or the relations were changed since.
    """
    definition = Term.objects.filter(pk=term_id).values_list("definition", flat=True).first() or ""
    rendered = publishing.render(definition)
    with transaction.atomic():
        publishing.raise_content_version()
        term = rows.lock(term_id)
        is_deprecated = term.status == Term.Status.DEPRECATED
        check("reinstate" if is_deprecated else "deprecate", by, term=term)
        comment = rows.clean_remark("reason", comment)
        content = _set_back(rows.live_revision(term), rows.base(term, before), rows.base(term, after))
        if term.definition != definition:
            rendered = publishing.render(term.definition)
        revision = rows.write_decided(term, content, by, comment)
        kind = Event.Kind.REINSTATED if is_deprecated else Event.Kind.DEPRECATED
        return make_live(term, revision, rendered, by=by, kind=kind)


def _set_back(live: Revision, before: Revision, after: Revision) -> Content:
    if any(live.content[field] != after.content[field] for field in DECIDED_ALONE):
        raise WrongState("The status, its reason or the relations were changed since; they stay.")
    kept = [
        [relation for relation in revision.content["relations"] if relation["kind"] != "replaced_by"]
        for revision in (before, after)
    ]
    # Other relations are a matter of the text, on which two decide.
    if kept[0] != kept[1] or before.content["status"] == after.content["status"]:
        raise WrongState(f"Revision {after.number} did not only deprecate or reinstate the term.")
    wanted = {**live.content, **{field: before.content[field] for field in DECIDED_ALONE}}
    return revisions.redirected(wanted, live.term.public_id)


def restore(*, term_id: int, by: Any, comment: str = "") -> Term:
    """Bring a removed term back as it was, or a discarded draft back to the drafts."""
    if Term.objects.filter(pk=term_id, version=0).exists():
        return _restore_draft(term_id, by, comment)
    return _change_live("restore", Event.Kind.RESTORED, term_id, by, {}, comment, None)


@transaction.atomic
def _restore_draft(term_id: int, by: Any, comment: str) -> Term:
    term = rows.lock(term_id)
    check("restore", by, term=term)
    comment = rows.clean_remark("reason", comment)
    term.status = Term.Status.DRAFT
    term.save(update_fields=["status"])
    log.record(Event.Kind.RESTORED, by=by, term=term, note=comment)
    return term


def _change_live(
    action: str,
    kind: str,
    term_id: int,
    by: Any,
    change: Mapping[str, Any],
    comment: str,
    based_on: int | None,
) -> Term:
    """Publish the live content with a change that its author may decide alone."""
    definition = Term.objects.filter(pk=term_id).values_list("definition", flat=True).first() or ""
    rendered = publishing.render(definition)
    with transaction.atomic():
        publishing.raise_content_version()
        term = rows.lock(term_id)
        check(action, by, term=term)
        comment = rows.clean_remark("reason", comment)
        live = rows.live_revision(term)
        _check_is_live(term, live, based_on, change)
        if term.definition != definition:
            rendered = publishing.render(term.definition)
        content = _changed(term, live, change, by)
        revision = rows.write_decided(term, content, by, comment)
        return make_live(term, revision, rendered, by=by, kind=kind)


def _check_is_live(term: Term, live: Revision, based_on: int | None, change: Mapping[str, Any]) -> None:
    if based_on is not None and based_on != live.number:
        raise rows.stale(rows.base(term, based_on), live, change, f"Revision {live.number} was published")


def _changed(term: Term, live: Revision, change: Mapping[str, Any], by: Any) -> Content:
    """Return the live content with a change, as it is going to be written."""
    whole_change = _with_kept_relations(change, live.content)
    return revisions.clean(whole_change, by=by, base=live.content, term=term)


def _with_kept_relations(change: Mapping[str, Any], live: Content) -> dict[str, Any]:
    """Return the change with the relations that have nothing to do with succession kept."""
    if "status" not in change:
        return dict(change)
    kept = [relation for relation in live["relations"] if relation["kind"] != "replaced_by"]
    return {**change, "relations": [*kept, *change.get("relations", [])]}


@transaction.atomic
def remove(*, term_id: int, by: Any, reason: str, based_on: int | None = None) -> Term:
    """Take a term off the site: its address answers 410 from now on, its history stays."""
    publishing.raise_content_version()
    term = rows.lock(term_id)
    check("remove", by, term=term)
    reason = rows.clean_remark("reason", reason)
    if not reason:
        raise InvalidContent({"reason": ["Remove: give a reason; the history keeps it."]})
    live = rows.live_revision(term)
    _check_is_live(term, live, based_on, {})
    affected = publishing.neighbours([term.pk])
    revision = rows.write_decided(term, live.content, by, reason)
    rows.decide(revision, Revision.State.APPROVED, by, reason)
    term.status, term.document, term.updated_at = Term.Status.REMOVED, None, timezone.now()
    term.live_revision = revision
    term.save(update_fields=["status", "document", "updated_at", "live_revision"])
    search.refresh([term.pk])
    publishing.remake(affected)
    log.record(Event.Kind.REMOVED, by=by, term=term, revision=revision, note=reason)
    return term


@transaction.atomic
def discard_draft(*, term_id: int, by: Any, reason: str = "") -> Term:
    """Put away a term that was never public; `restore` brings it back."""
    term = rows.lock(term_id)
    check("discard_draft", by, term=term)
    reason = rows.clean_remark("reason", reason)
    term.status = Term.Status.REMOVED
    term.save(update_fields=["status"])
    log.record(Event.Kind.DISCARDED, by=by, term=term, note=reason)
    return term
