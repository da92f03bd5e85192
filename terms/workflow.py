"""States, permissions and transitions. Everything readers can see changes here and nowhere else.

Each public function is one transaction: lock, look, refuse or write, record. What a face passes in
is an id and the number of the revision the person had in front of them; the rows are read fresh
under the lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from . import checking, markup, publishing, revisions, search, text
from .errors import InvalidContent, NotAllowed, OwnWork, StaleEdit, WrongState
from .models import REMARK_LENGTH, Event, FormerSlug, Revision, Term
from .revisions import Content

# --- The table -----------------------------------------------------------------------------------

_TERM, _REVISION = "term", "revision"
_ANYBODY, _AUTHOR, _AUTHOR_OR_EDITOR, _NOT_AUTHOR = "anybody", "author", "author or editor", "not the author"


class Transition(NamedTuple):
    """Who may take what from where to where. Without `to`: where the history says."""

    subject: str
    states: tuple[str, ...]
    to: str
    permission: str
    who: str
    meaning: str


_S, _R = Term.Status, Revision.State
_PUBLIC = tuple(Term.PUBLIC_STATUSES)
_OPEN = tuple(Revision.OPEN_STATES)
_UNDECIDED = (_R.PROPOSED, _R.CHANGES_REQUESTED)

_REWORKABLE = (*_OPEN, _R.REJECTED, _R.WITHDRAWN, _R.APPROVED)

TRANSITIONS: dict[str, Transition] = {
    "create_draft": Transition(_TERM, (), _S.DRAFT, "edit_term", _ANYBODY, "Create a draft"),
    "discard_draft": Transition(_TERM, (_S.DRAFT,), _S.REMOVED, "edit_term", _ANYBODY, "Discard a draft"),
    "deprecate": Transition(_TERM, (_S.PUBLISHED,), _S.DEPRECATED, "review_term", _ANYBODY, "Deprecate"),
    "reinstate": Transition(_TERM, (_S.DEPRECATED,), _S.PUBLISHED, "review_term", _ANYBODY, "Reinstate"),
    "remove": Transition(_TERM, _PUBLIC, _S.REMOVED, "curate_term", _ANYBODY, "Remove from the site"),
    "restore": Transition(_TERM, (_S.REMOVED,), "", "curate_term", _ANYBODY, "Restore"),
    "save_draft": Transition(_REVISION, _REWORKABLE, _R.DRAFT, "propose_term", _AUTHOR_OR_EDITOR, "Save"),
    "propose": Transition(_REVISION, _REWORKABLE, _R.PROPOSED, "propose_term", _AUTHOR_OR_EDITOR, "Propose"),
    "withdraw": Transition(_REVISION, _OPEN, _R.WITHDRAWN, "propose_term", _AUTHOR, "Withdraw"),
    "reject": Transition(_REVISION, _UNDECIDED, _R.REJECTED, "review_term", _NOT_AUTHOR, "Reject"),
    "approve": Transition(_REVISION, (_R.PROPOSED,), _R.APPROVED, "review_term", _NOT_AUTHOR, "Approve"),
}  # fmt: skip


def may(user: Any, action: str, *, term: Term | None = None, revision: Revision | None = None) -> bool:
    """Say whether this person may take this action on these rows, as they are now."""
    try:
        _check(action, user, term=term, revision=revision)
    except (NotAllowed, WrongState):
        return False
    return True


def _check(action: str, by: Any, *, term: Term | None = None, revision: Revision | None = None) -> None:
    """Refuse what the table does not allow: first the right, then the person, then the state."""
    rule = TRANSITIONS[action]
    if not by.is_active or not by.has_perm(f"terms.{rule.permission}"):
        raise NotAllowed(f"{rule.meaning}: your account has no right to do this. Ask a chief editor.")
    if revision is not None and rule.subject == _REVISION:
        _check_person(rule, by, revision)
        if revision.state not in rule.states:
            raise WrongState(
                f"{rule.meaning}: revision {revision.number} is {revision.get_state_display().lower()}."
            )
    if term is not None and rule.subject == _TERM and term.status not in rule.states:
        raise WrongState(f"{rule.meaning}: “{term.full_name}” is {term.get_status_display().lower()}.")


def _check_person(rule: Transition, by: Any, revision: Revision) -> None:
    is_live = revision.state == Revision.State.APPROVED
    wrote_it = by.pk in _writers(revision)
    if rule.who == _AUTHOR and revision.author_id != by.pk:
        raise NotAllowed(f"{rule.meaning}: only its author can do this.")
    if rule.who == _AUTHOR_OR_EDITOR and not (is_live or wrote_it or by.has_perm("terms.edit_term")):
        raise NotAllowed(f"{rule.meaning}: this proposal is somebody else's.")
    if rule.who == _NOT_AUTHOR and wrote_it and not settings.SELF_REVIEW:
        raise OwnWork(f"{rule.meaning}: you wrote this text; somebody else has to decide on it.")


def _writers(revision: Revision) -> set[int]:
    """Return everybody who wrote on this text: the author and those whose text it corrects.

    Otherwise a comma changed by a colleague would let authors approve their own words.
    """
    writers = {revision.author_id}
    older = revision.supersedes
    while older is not None:
        writers.add(older.author_id)
        older = older.supersedes
    return writers


# --- Drafts and proposals ------------------------------------------------------------------------


@transaction.atomic
def create_draft(*, content: Mapping[str, Any], by: Any, comment: str = "", public_id: str = "") -> Revision:
    """Make a new term with its first revision, both drafts. Drafts may share names; see `checks`.

    `public_id` keeps the identifier that the term had in the glossary it comes from.
    """
    _check("create_draft", by)
    if public_id:
        revisions.check_public_id(public_id)
    comment = _clean_remark("comment", comment)
    return _new_term(revisions.clean(content, by=by), by, comment, Revision.State.DRAFT, public_id)


@transaction.atomic
def propose(
    *,
    content: Mapping[str, Any],
    by: Any,
    term_id: int | None = None,
    based_on: int | None = None,
    comment: str = "",
) -> Revision:
    """Propose a new term, or how an existing one should read; readers see nothing of it yet.

    `based_on` is the number of the revision that the author had in front of them: the live one, or
    an open one that this text corrects. Keys that `content` leaves out stay as they are there.

    Raises StaleEdit when that revision is no longer the newest of its line, with all three texts.
    """
    if term_id is None:
        _check("propose", by)
        comment = _clean_remark("comment", comment)
        _check_summary(comment)
        return _new_term(revisions.clean(content, by=by), by, comment, Revision.State.PROPOSED)
    return _follow_up("propose", term_id, based_on, content, by, comment)


@transaction.atomic
def save_draft(
    *, term_id: int, based_on: int | None, content: Mapping[str, Any], by: Any, comment: str = ""
) -> Revision:
    """Keep a text without proposing it; otherwise as `propose`."""
    return _follow_up("save_draft", term_id, based_on, content, by, comment)


def _new_term(content: Content, by: Any, comment: str, state: str, public_id: str = "") -> Revision:
    term = Term(public_id=public_id) if public_id else Term()
    revisions.write_content(term, content)
    revision = Revision.objects.create(
        term=term, number=1, content=content, author=by, comment=comment, state=state
    )
    _record(Event.Kind.CREATED, by, term, revision, comment)
    if state == Revision.State.PROPOSED:
        _record(Event.Kind.PROPOSED, by, term, revision, comment)
    return revision


def _follow_up(
    action: str, term_id: int, based_on: int | None, content: Mapping[str, Any], by: Any, comment: str
) -> Revision:
    term = _lock(term_id)
    _check(action, by)
    _check_is_there(term)
    base = _base(term, based_on)
    _check_is_newest(term, base, content)
    _check(action, by, revision=base)
    comment = _clean_remark("comment", comment)
    cleaned = revisions.clean(content, by=by, base=base.content, term=term)
    if action == "propose":
        _check_summary(comment)
        if cleaned == base.content and base.state == Revision.State.DRAFT:
            return _submit(term, base, by, comment)
    if cleaned == base.content and base.state not in {Revision.State.REJECTED, Revision.State.WITHDRAWN}:
        raise InvalidContent({"content": [f"Nothing was changed against revision {base.number}."]})
    return _succeed(action, term, base, cleaned, by, comment)


def _check_is_there(term: Term) -> None:
    if term.status in {Term.Status.MERGED, Term.Status.REMOVED}:
        raise WrongState(f"“{term.full_name}” is {term.get_status_display().lower()}; restore it first.")


def _base(term: Term, number: int | None) -> Revision:
    base = term.revisions.filter(number=number or 0).select_related("supersedes").first()
    if base is None:
        raise WrongState(f"“{term.full_name}” has no revision {number}. Read the term again.")
    return base


def _check_is_newest(term: Term, base: Revision, local: Mapping[str, Any]) -> None:
    """Refuse a text that was written in front of something that is no longer the latest word."""
    successor = Revision.objects.filter(supersedes=base).first()
    if successor is not None:
        raise _stale(base, successor, local, f"Revision {successor.number} replaced revision {base.number}")
    live = term.live_revision
    written_for = base.pk if base.state == Revision.State.APPROVED else base.based_on_id
    if live is not None and written_for != live.pk:
        raise _stale(base, live, local, f"Revision {live.number} was published")


def _stale(base: Revision, current: Revision, local: Mapping[str, Any], what: str) -> StaleEdit:
    return StaleEdit(
        f"{what} while you were editing revision {base.number}. "
        "Your text is kept below; compare and send again.",
        _three_sides(base, current, {**base.content, **local}),
    )


def _three_sides(base: Revision | None, current: Revision, local: Content) -> dict[str, Any]:
    """Return what a stale edit shows: where both began, what is there now, what was sent."""
    return {
        "base": base.content if base else None,
        "current": current.content,
        "local": local,
        "base_revision": base.number if base else None,
        "current_revision": current.number,
    }


def _submit(term: Term, draft: Revision, by: Any, comment: str) -> Revision:
    draft.state = Revision.State.PROPOSED
    draft.save(update_fields=["state"])
    _record(Event.Kind.PROPOSED, by, term, draft, comment)
    return draft


def _succeed(action: str, term: Term, base: Revision, content: Content, by: Any, comment: str) -> Revision:
    """Add a revision after `base`: a wish against the live text, or a correction of an open wish."""
    corrects = base.state != Revision.State.APPROVED
    revision = Revision.objects.create(
        term=term,
        number=_next_number(term),
        content=content,
        author=by,
        comment=comment or (base.comment if corrects else ""),
        based_on=base.based_on if corrects else base,
        supersedes=base if corrects else None,
        state=TRANSITIONS[action].to,
    )
    if base.is_open:
        base.state = Revision.State.SUPERSEDED
        base.save(update_fields=["state"])
    if term.status == Term.Status.DRAFT:
        revisions.write_content(term, content)
    _record(Event.Kind.PROPOSED if action == "propose" else Event.Kind.SAVED, by, term, revision, comment)
    return revision


@transaction.atomic
def withdraw(*, revision_id: int, by: Any, comment: str = "") -> Revision:
    """Take back one's own draft or proposal; the text stays in the history."""
    term, revision = _lock_revision(revision_id)
    _check("withdraw", by, revision=revision)
    comment = _clean_remark("comment", comment)
    revision.state = Revision.State.WITHDRAWN
    revision.save(update_fields=["state"])
    _record(Event.Kind.WITHDRAWN, by, term, revision, comment)
    return revision


@transaction.atomic
def reject(*, revision_id: int, by: Any, reason: str) -> Revision:
    """Reject a proposal; the reason goes to its author and stays in the history."""
    term, revision = _lock_revision(revision_id)
    _check("reject", by, revision=revision)
    reason = _clean_remark("reason", reason)
    if not reason:
        raise InvalidContent({"reason": ["Reject: give a reason, the author will read it."]})
    _decide(revision, Revision.State.REJECTED, by, reason)
    _record(Event.Kind.REJECTED, by, term, revision, reason)
    return revision


@transaction.atomic
def discard_draft(*, term_id: int, by: Any, reason: str = "") -> Term:
    """Put away a term that was never public; `restore` brings it back."""
    term = _lock(term_id)
    _check("discard_draft", by, term=term)
    reason = _clean_remark("reason", reason)
    term.status = Term.Status.REMOVED
    term.save(update_fields=["status"])
    _record(Event.Kind.DISCARDED, by, term, None, reason)
    return term


# --- Going live ----------------------------------------------------------------------------------


def approve(*, revision_id: int, by: Any, comment: str = "") -> Term:
    """Make exactly this revision what readers see.

    Raises OwnWork for those who wrote it, WrongState when it is not proposed (any more), StaleEdit
    when the live text moved since it was written, NameTaken and InvalidContent when it may not be
    public as it is. Nothing is changed then.
    """
    rendered = _rendered(revision_id)  # before the lock: rendering is slow
    with transaction.atomic():
        publishing.raise_content_version()
        term, revision = _lock_revision(revision_id)
        _check("approve", by, revision=revision)
        comment = _clean_remark("comment", comment)
        _check_is_there(term)
        _check_base_is_live(term, revision)
        if by.pk in _writers(revision):
            _record(Event.Kind.SELF_REVIEWED, by, term, revision, "Approved by somebody who wrote on it.")
        kind = _kind_of_publication(term, revision.content)
        return make_live(term, revision, rendered, by=by, kind=kind, decision=comment)


def _rendered(revision_id: int) -> markup.Rendered:
    content = Revision.objects.filter(pk=revision_id).values_list("content", flat=True).first()
    if content is None:
        raise WrongState("There is no such revision.")
    return publishing.render(content["definition"])


def _check_base_is_live(term: Term, revision: Revision) -> None:
    if revision.based_on_id == term.live_revision_id:
        return
    live = _live(term)
    raise StaleEdit(
        f"Revision {live.number} was published after this proposal was written. "
        "Compare the two and bring the proposal up to date.",
        _three_sides(revision.based_on, live, revision.content),
    )


def _kind_of_publication(term: Term, content: Content) -> str:
    if term.version == 0:
        return Event.Kind.PUBLISHED
    was_deprecated = term.status == Term.Status.DEPRECATED
    is_deprecated = content["status"] == "deprecated"
    if was_deprecated == is_deprecated:
        return Event.Kind.CHANGED
    return Event.Kind.DEPRECATED if is_deprecated else Event.Kind.REINSTATED


def make_live(
    term: Term, revision: Revision, rendered: markup.Rendered, *, by: Any, kind: str, decision: str = ""
) -> Term:
    """Write what readers see: the one door.

    The caller has raised the content version, which is the lock of all that is public, then locked
    the term, and checked the right.
    """
    refusal = checking.refusal(revision.content, term=term)
    if refusal is not None:
        raise refusal
    now = timezone.now()
    affected = publishing.neighbours(term.pk)
    _move_address(term, revision.content)
    term.status = revision.content["status"]
    term.version += 1
    term.definition_html, term.problems = rendered.html, list(rendered.problems)
    term.published_at = term.published_at or now
    term.updated_at = now
    revision.version = term.version
    _decide(revision, Revision.State.APPROVED, by, decision, at=now)
    term.live_revision = revision
    revisions.write_content(term, revision.content)
    publishing.remake({term.pk} | affected | publishing.neighbours(term.pk))
    search.refresh([term.pk])
    _record(kind, by, term, revision, revision.comment, is_public=True)
    term.refresh_from_db()
    return term


def _move_address(term: Term, content: Content) -> None:
    """Give the term the address of its content; the one it leaves goes on leading here."""
    wanted = content["slug"] or text.slug_for(content["name"], content["qualifier"])
    keeps = term.slug and (term.slug == wanted or (not content["slug"] and _is_numbered(term.slug, wanted)))
    if keeps:
        return
    free = _free_slug(wanted, term)
    if term.slug:
        FormerSlug.objects.update_or_create(slug=term.slug, defaults={"term": term})
    FormerSlug.objects.filter(slug=free, term=term).delete()
    term.slug = free


def _is_numbered(slug: str, wanted: str) -> bool:
    """Say whether an address is the wanted one with a number, as a second term of that name has."""
    return slug.startswith(f"{wanted}-") and slug[len(wanted) + 1 :].isdigit()


def _free_slug(wanted: str, term: Term) -> str:
    taken = set(
        Term.objects.filter(slug__startswith=wanted).exclude(pk=term.pk).values_list("slug", flat=True)
    )
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


# --- Changes of status ---------------------------------------------------------------------------


def deprecate(
    *, term_id: int, by: Any, reason: str, successors: Sequence[str] = (), based_on: int | None = None
) -> Term:
    """Mark a term as no longer to be used, and name what to use instead.

    Its page stays, with the reason. `successors` are public ids, addresses or names. A reviewer's
    decision: it is theirs alone, and the history shows it.
    """
    change = {
        "status": "deprecated",
        "deprecation_reason": reason,
        "relations": [{"kind": "replaced_by", "target": name} for name in successors],
    }
    return _change_live("deprecate", Event.Kind.DEPRECATED, term_id, by, change, reason, based_on)


def reinstate(*, term_id: int, by: Any, comment: str = "", based_on: int | None = None) -> Term:
    """Take a deprecation back; the successors named in it go with it."""
    change = {"status": "published", "deprecation_reason": ""}
    return _change_live("reinstate", Event.Kind.REINSTATED, term_id, by, change, comment, based_on)


def restore(*, term_id: int, by: Any, comment: str = "") -> Term:
    """Bring a removed term back as it was, or a discarded draft back to the drafts."""
    if Term.objects.filter(pk=term_id, version=0).exists():
        return _restore_draft(term_id, by, comment)
    return _change_live("restore", Event.Kind.RESTORED, term_id, by, {}, comment, None)


@transaction.atomic
def _restore_draft(term_id: int, by: Any, comment: str) -> Term:
    term = _lock(term_id)
    _check("restore", by, term=term)
    comment = _clean_remark("reason", comment)
    term.status = Term.Status.DRAFT
    term.save(update_fields=["status"])
    _record(Event.Kind.RESTORED, by, term, None, comment)
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
        term = _lock(term_id)
        _check(action, by, term=term)
        comment = _clean_remark("reason", comment)
        live = _live(term)
        if based_on is not None and based_on != live.number:
            raise _stale(_base(term, based_on), live, change, f"Revision {live.number} was published")
        if term.definition != definition:
            rendered = publishing.render(term.definition)
        whole_change = _with_kept_relations(change, live.content)
        content = revisions.clean(whole_change, by=by, base=live.content, term=term)
        revision = _write_decided(term, content, by, comment)
        return make_live(term, revision, rendered, by=by, kind=kind)


def _with_kept_relations(change: Mapping[str, Any], live: Content) -> dict[str, Any]:
    """Return the change with the relations that have nothing to do with succession kept."""
    if "status" not in change:
        return dict(change)
    kept = [relation for relation in live["relations"] if relation["kind"] != "replaced_by"]
    return {**change, "relations": [*kept, *change.get("relations", [])]}


def _write_decided(term: Term, content: Content, by: Any, comment: str) -> Revision:
    """Add a revision whose author decides on it in the same breath."""
    return Revision.objects.create(
        term=term,
        number=_next_number(term),
        content=content,
        author=by,
        comment=comment,
        based_on=term.live_revision,
        state=Revision.State.PROPOSED,
    )


@transaction.atomic
def remove(*, term_id: int, by: Any, reason: str, based_on: int | None = None) -> Term:
    """Take a term off the site: its address answers 410 from now on, its history stays."""
    publishing.raise_content_version()
    term = _lock(term_id)
    _check("remove", by, term=term)
    reason = _clean_remark("reason", reason)
    if not reason:
        raise InvalidContent({"reason": ["Remove: give a reason; the history keeps it."]})
    live = _live(term)
    if based_on is not None and based_on != live.number:
        raise _stale(_base(term, based_on), live, {}, f"Revision {live.number} was published")
    affected = publishing.neighbours(term.pk)
    revision = _write_decided(term, live.content, by, reason)
    _decide(revision, Revision.State.APPROVED, by, reason)
    term.status, term.document, term.updated_at = Term.Status.REMOVED, None, timezone.now()
    term.live_revision = revision
    term.save(update_fields=["status", "document", "updated_at", "live_revision"])
    search.refresh([term.pk])
    publishing.remake(affected)
    _record(Event.Kind.REMOVED, by, term, revision, reason)
    return term


# --- Small parts ---------------------------------------------------------------------------------


def _lock(term_id: int) -> Term:
    locked = Term.objects.lock(term_id)
    if not locked:
        raise WrongState("There is no such term.")
    return locked[0]


def _lock_revision(revision_id: int) -> tuple[Term, Revision]:
    """Lock the term of a revision, then read the revision: its state is decided under that lock."""
    term_id = Revision.objects.filter(pk=revision_id).values_list("term", flat=True).first()
    if term_id is None:
        raise WrongState("There is no such revision.")
    term = _lock(term_id)
    return term, Revision.objects.select_related("based_on", "supersedes").get(pk=revision_id)


def _live(term: Term) -> Revision:
    """Return the live revision of a term that is public or was."""
    if term.live_revision is None:
        raise WrongState(f"“{term.full_name}” was never published.")
    return term.live_revision


def _next_number(term: Term) -> int:
    return (term.revisions.aggregate(last=Max("number"))["last"] or 0) + 1


def _decide(revision: Revision, state: str, by: Any, reason: str, at: Any = None) -> None:
    revision.state, revision.reviewer, revision.decision_reason = state, by, reason
    revision.decided_at = at or timezone.now()
    revision.save(update_fields=["state", "reviewer", "decided_at", "decision_reason", "version"])


def _check_summary(comment: str) -> None:
    if settings.SUMMARY_REQUIRED and not comment.strip():
        raise InvalidContent({"comment": ["Summary: say in a few words what you changed and why."]})


def _clean_remark(field: str, remark: str) -> str:
    """Return a summary or reason as it is kept. Raises InvalidContent for what no database takes."""
    label = field.capitalize()
    if not isinstance(remark, str) or revisions.has_control_signs(remark):
        raise InvalidContent({field: [f"{label}: give a text without control characters."]})
    if len(remark.strip()) > REMARK_LENGTH:
        raise InvalidContent({field: [f"{label}: at most {REMARK_LENGTH:,} characters are allowed."]})
    return remark.strip()


def _record(
    kind: str, by: Any, term: Term, revision: Revision | None, note: str, *, is_public: bool = False
) -> None:
    Event.objects.create(
        kind=kind,
        by=by,
        by_name=by.get_username(),
        term=term,
        revision=revision,
        note=note,
        is_public=is_public,
    )


def render_again(term_ids: Iterable[int] | None = None) -> int:
    """Make what the public gets of these terms (all, by default) anew; return how many there were.

    For a changed renderer, and for terms that a fixture brought: their rows, HTML, documents and
    index follow from their live revisions. What readers are told stays, so there is no revision.
    """
    public = (
        Term.objects.published() if term_ids is None else Term.objects.published().filter(pk__in=term_ids)
    )
    remade = [pk for pk in list(public.values_list("pk", flat=True)) if _render_one_again(pk)]
    with transaction.atomic():
        publishing.raise_content_version()
        publishing.remake(remade)
        search.refresh(remade)
    return len(remade)


def _render_one_again(term_id: int) -> bool:
    """Say whether the term was rendered; one that is published anew meanwhile need not be."""
    live_id, definition = Revision.objects.values_list("pk", "content__definition").get(live_term=term_id)
    rendered = publishing.render(definition)
    with transaction.atomic():
        publishing.raise_content_version()
        term = _lock(term_id)
        if term.live_revision_id != live_id or not term.is_public:
            return False
        term.definition_html, term.problems = rendered.html, list(rendered.problems)
        revisions.write_content(term, _live(term).content)
        return True


def adopt(term_ids: Iterable[int]) -> int:
    """Take in terms that a fixture brought: make what the public gets, and enter them in the log."""
    ids = list(term_ids)
    count = render_again(ids)
    entered = set(Event.objects.filter(is_public=True, term__in=ids).values_list("term", flat=True))
    for term in Term.objects.published().filter(pk__in=set(ids) - entered):
        live = _live(term)
        Event.objects.create(
            kind=Event.Kind.DEPRECATED if term.status == Term.Status.DEPRECATED else Event.Kind.PUBLISHED,
            at=term.published_at or term.updated_at,
            by=live.reviewer,
            by_name=str(live.reviewer),
            term=term,
            revision=live,
            note=live.comment,
            is_public=True,
        )
    return count
