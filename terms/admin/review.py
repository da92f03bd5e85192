"""The page of one text: what it changes, what is said about it, and the decision on exactly this text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from .. import checking, discussion, duplicates, linking, planning, review_links, revisions, workflow
from ..errors import InvalidContent, TermbookError
from ..models import Event, PlannedChange, ReviewLink, Revision
from ..web import origin
from .desk import number, remark
from .editing import conflict_of

_SENT_BACK = frozenset({Revision.State.REJECTED, Revision.State.WITHDRAWN})
_DEFAULT_LINK_DAYS = 14


# --- What can be done here -----------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """What was done, said to the person, and where to go on; `newer` is the text that takes over."""

    said: str
    address: str = ""
    newer: Revision | None = None


def act(request: HttpRequest, revision: Revision) -> Done:
    """Do what the pressed button asks for. Raises TermbookError when a rule refuses."""
    action = _pressed(request)
    if not action:
        raise TermbookError("Choose what to do with this text.")
    return _ACTIONS[action](revision, request.user, request.POST)


def typed_elsewhere(request: HttpRequest) -> dict[str, str]:
    """Return what was typed on the page and is not what the pressed button sent.

    The page is one form, so that no button loses what stands beside it.
    """
    action = _pressed(request)
    used = set(_USED.get(action, ("remark", *_MOOT)))
    if action in {"answer", "resolve"}:
        used.add(f"answer-{request.POST[f'_{action}']}")
    left = {key: text for key, text in request.POST.items() if key not in used}
    return left if any(text.strip() and _is_for_words(key) for key, text in left.items()) else {}


def _pressed(request: HttpRequest) -> str:
    return next((name for name in _ACTIONS if f"_{name}" in request.POST), "")


def _is_for_words(key: str) -> bool:
    return key in {"remark", "due_at", "text", "expert"} or key.startswith("answer-")


def _approve(revision: Revision, by: Any, data: Any) -> Done:
    following = neighbour(revision, forwards=True)
    term = workflow.approve(revision_id=revision.pk, by=by, comment=remark(data, "remark"))
    return Done(f"“{term.full_name}” is published as version {term.version}.", _next_address(following))


def _reject(revision: Revision, by: Any, data: Any) -> Done:
    following = neighbour(revision, forwards=True)
    workflow.reject(revision_id=revision.pk, by=by, reason=remark(data, "remark"))
    said = f"Revision {revision.number} of “{revision.term.full_name}” is rejected; its author reads why."
    return Done(said, _next_address(following))


def _request_changes(revision: Revision, by: Any, data: Any) -> Done:
    following = neighbour(revision, forwards=True)
    workflow.request_changes(revision_id=revision.pk, by=by, reason=remark(data, "remark"))
    said = f"“{revision.term.full_name}” waits for its author again, who reads what you ask for."
    return Done(said, _next_address(following))


def _withdraw(revision: Revision, by: Any, data: Any) -> Done:
    workflow.withdraw(revision_id=revision.pk, by=by, comment=remark(data, "remark"))
    return Done(f"Revision {revision.number} of “{revision.term.full_name}” is withdrawn.")


def _resubmit(revision: Revision, by: Any, data: Any) -> Done:
    workflow.resubmit(revision_id=revision.pk, by=by, answer=remark(data, "remark"))
    return Done(f"“{revision.term.full_name}” is back in the queue with your answer.")


def _bring_up_to_date(revision: Revision, by: Any, data: Any) -> Done:
    newer = workflow.bring_up_to_date(revision_id=revision.pk, by=by)
    said = f"Revision {newer.number} is this text on top of what readers see now."
    return Done(said, address_of(newer), newer)


def _comment(revision: Revision, by: Any, data: Any) -> Done:
    said = discussion.comment(
        revision_id=revision.pk, by=by, text=remark(data, "text"), field=data.get("field", "")
    )
    return Done("Your comment is kept.", f"{address_of(revision)}#comment-{said.pk}")


def _answer(revision: Revision, by: Any, data: Any) -> Done:
    thread = data.get("_answer", "")
    text = remark(data, f"answer-{thread}")
    said = discussion.comment(revision_id=revision.pk, by=by, text=text, thread_id=number(thread) or 0)
    return Done("Your answer is kept.", f"{address_of(revision)}#comment-{said.thread_id}")


def _resolve(revision: Revision, by: Any, data: Any) -> Done:
    thread = data.get("_resolve", "")
    if remark(data, f"answer-{thread}"):
        # The last word of a discussion is part of it.
        discussion.comment(
            revision_id=revision.pk,
            by=by,
            text=remark(data, f"answer-{thread}"),
            thread_id=number(thread) or 0,
        )
    discussion.resolve(thread_id=number(thread) or 0, by=by)
    return Done("The discussion is resolved.", f"{address_of(revision)}#discussion")


def _reopen(revision: Revision, by: Any, data: Any) -> Done:
    discussion.reopen(thread_id=number(data.get("_reopen")) or 0, by=by)
    return Done("The discussion is open again.", f"{address_of(revision)}#discussion")


def _assign(revision: Revision, by: Any, data: Any) -> Done:
    wanted = data.get("assignee", "")
    to = get_user_model().objects.filter(pk=number(wanted)).first()
    if wanted and to is None:
        raise InvalidContent({"assignee": ["Assignee: choose somebody from the list."]})
    workflow.assign(revision_id=revision.pk, by=by, to=to, due_on=_day(data.get("due_on", "")))
    return Done(f"Assigned to {to}." if to else "Nobody in particular takes care of it now.")


def _plan(revision: Revision, by: Any, data: Any) -> Done:
    plan = planning.plan_publication(revision_id=revision.pk, due_at=_moment(data.get("due_at", "")), by=by)
    return Done(f"It goes live on {timezone.localtime(plan.due_at):%Y-%m-%d at %H:%M}.")


def _cancel_plan(revision: Revision, by: Any, data: Any) -> Done:
    planning.cancel(plan_id=number(data.get("_cancel_plan")) or 0, by=by)
    return Done("The plan is cancelled.")


def _issue_link(revision: Revision, by: Any, data: Any) -> Done:
    link = review_links.issue(
        revision_id=revision.pk, expert=data.get("expert", ""), days=number(data.get("days")) or 0, by=by
    )
    return Done(
        f"The link for {link.expert} is made. Copy it below and send it.", f"{address_of(revision)}#links"
    )


def _revoke_link(revision: Revision, by: Any, data: Any) -> Done:
    link = review_links.revoke(link_id=number(data.get("_revoke_link")) or 0, by=by)
    return Done(f"The link of {link.expert} is closed.", f"{address_of(revision)}#links")


_ACTIONS: Mapping[str, Callable[[Revision, Any, Any], Done]] = {
    "approve": _approve,
    "request_changes": _request_changes,
    "reject": _reject,
    "withdraw": _withdraw,
    "resubmit": _resubmit,
    "bring_up_to_date": _bring_up_to_date,
    "comment": _comment,
    "answer": _answer,
    "resolve": _resolve,
    "reopen": _reopen,
    "assign": _assign,
    "plan": _plan,
    "cancel_plan": _cancel_plan,
    "issue_link": _issue_link,
    "revoke_link": _revoke_link,
}
# What a decision on the text makes pointless, wherever it was typed.
_MOOT = ("due_at", "expert", "days", "assignee", "due_on")
# What each other button sends of the page.
_USED: Mapping[str, tuple[str, ...]] = {
    "bring_up_to_date": (),
    "comment": ("text", "field"),
    "answer": (),
    "resolve": (),
    "reopen": (),
    "assign": ("assignee", "due_on"),
    "plan": ("due_at",),
    "cancel_plan": (),
    "issue_link": ("expert", "days"),
    "revoke_link": (),
}


def _day(typed: str) -> date | None:
    if not typed:
        return None
    try:
        day = parse_date(typed)
    except ValueError:
        day = None
    if day is None:
        raise InvalidContent({"due_on": [f"Due: “{typed:.40}” is not a date. Use YYYY-MM-DD."]})
    return day


def _moment(typed: str) -> datetime:
    """Read a time as typed in the zone of the site."""
    try:
        at = parse_datetime(typed)
        # To the zone in which it is kept and back: at the end of the calendar not every time exists there.
        moment = timezone.localtime(_aware(at).astimezone(UTC)) if at else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise InvalidContent({"due_at": [f"When: “{typed:.40}” is not a time. Use YYYY-MM-DD HH:MM."]})
    return moment


def _aware(at: datetime) -> datetime:
    return timezone.make_aware(at) if timezone.is_naive(at) else at


# --- What is shown -------------------------------------------------------------------------------


def find(request: HttpRequest, revision_id: int | None) -> Revision:
    """Return the text to look at, with what its page needs of other rows."""
    if not request.user.has_perm("terms.view_drafts"):
        raise PermissionDenied
    rows = Revision.objects.select_related(
        "term__live_revision",
        "author",
        "reviewer",
        "assignee",
        "based_on",
        "supersedes__author",
        "superseded_by",
        "suggestion",
    )
    revision = rows.filter(pk=revision_id).first()
    if revision is None:
        raise Http404("There is no such revision.")
    return revision


def context(request: HttpRequest, revision: Revision, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page of a text says of it, with what was typed there and is not sent."""
    term, content, user = revision.term, revision.content, request.user
    against = _compared_with(request, revision)
    checks = checking.check(content, term=term)
    conflict = conflict_of(revision, term.live_revision)
    live = term.live_revision
    # Only a remark: there is nothing in it that could be published.
    is_idle = live is not None and live.content == content
    threads = discussion.threads(revision.line)
    may = {action: workflow.may(user, action, revision=revision) for action in _RULED}
    return {
        "revision": revision,
        "term": term,
        "name": name_of(revision),
        "against": against,
        "comparisons": _comparisons(revision),
        "changes": revisions.difference(against.content if against else revisions.EMPTY, content),
        "preview_html": linking.preview(content["definition"], term=term),
        "content": content,
        "checks": checks,
        "rejected_before": _rejected_before(revision, user),
        "conflict": conflict,
        "collisions": _collisions(revision) if conflict else [],
        "may": may,
        "may_decide": any(may[action] for action in _DECIDING),
        "may_approve": may["approve"] and not checks.blocking and conflict is None and not is_idle,
        "is_held_up": may["approve"] and bool(checks.blocking or conflict or is_idle),
        "is_idle": is_idle,
        "may_correct": workflow.may(user, "propose", revision=revision) and not term.is_gone,
        "may_edit": user.has_perm("terms.edit_term"),
        "was_sent_back": revision.state in _SENT_BACK and revision.author_id == user.pk,
        "is_own_work": _is_own_work(user, revision),
        "threads": [
            (thread, discussion.may_settle(thread, user), typed.get(f"answer-{thread.head.pk}", ""))
            for thread in threads
        ],
        "open_threads": sum(thread.is_open for thread in threads),
        "fields": revisions.LABELS,
        "plans": _plans(revision),
        "links": _links(request, revision),
        "link_days": _DEFAULT_LINK_DAYS,
        "assignable": _assignable(revision) if may["assign"] else [],
        "assignee": typed.get("assignee", str(revision.assignee_id or "")),
        "due_on": typed.get("due_on", f"{revision.due_on or ''}"),
        "zone": timezone.get_current_timezone_name(),
        "wait_too": _wait_too(revision),
        "typed": typed,
        "is_overdue": _is_overdue(revision),
        "came_through": _came_through(revision),
        "previous": neighbour(revision, forwards=False),
        "next": neighbour(revision, forwards=True),
    }


_RULED = (
    "approve",
    "reject",
    "request_changes",
    "withdraw",
    "resubmit",
    "bring_up_to_date",
    "assign",
)
_DECIDING = ("approve", "reject", "request_changes", "withdraw", "resubmit")


def name_of(revision: Revision) -> str:
    """Return what the term would be called, as in an index."""
    return revisions.full_name(revision.content)


def address_of(revision: Revision) -> str:
    """Return the address of the page of a text."""
    return reverse("admin:terms_revision_change", args=[revision.pk])


def neighbour(revision: Revision, *, forwards: bool) -> Revision | None:
    """Return the proposal that waits just longer, or just shorter, than this one."""
    sign = "gt" if forwards else "lt"
    order = ["created_at", "pk"] if forwards else ["-created_at", "-pk"]
    later = Q(**{f"created_at__{sign}": revision.created_at})
    same_moment = Q(created_at=revision.created_at, **{f"pk__{sign}": revision.pk})
    waiting = Revision.objects.filter(state=Revision.State.PROPOSED).exclude(pk=revision.pk)
    return waiting.filter(later | same_moment).order_by(*order).defer("content").first()


def _next_address(following: Revision | None) -> str:
    """Return where to go on after a decision: at the next proposal, or back at the queue."""
    return address_of(following) if following else reverse("admin:terms_revision_changelist")


def _comparisons(revision: Revision) -> list[tuple[str, Revision]]:
    """Return what this text can be held against, with how to call it."""
    found = [("the text it is based on", revision.based_on), ("the text it corrects", revision.supersedes)]
    live = revision.term.live_revision
    if live is not None and live.number < revision.number and live.pk != revision.based_on_id:
        found.append(("what readers see now", live))
    return [(label, other) for label, other in found if other is not None]


def _compared_with(request: HttpRequest, revision: Revision) -> Revision | None:
    wanted = number(request.GET.get("against"))
    others = [other for _, other in _comparisons(revision)]
    return next((other for other in others if other.number == wanted), revision.based_on)


def _collisions(revision: Revision) -> list[revisions.Collision]:
    """Return the places that this text and the live one both changed, each in another way."""
    live = revision.term.live_revision
    return revisions.collisions(revision.based_on.content, live.content, revision.content)


def _is_own_work(user: Any, revision: Revision) -> bool:
    """Say whether four eyes is what keeps this person from deciding."""
    is_waiting = revision.state == Revision.State.PROPOSED and user.has_perm("terms.review_term")
    return is_waiting and not workflow.may(user, "approve", revision=revision)


def _rejected_before(revision: Revision, user: Any) -> list[Revision]:
    """Return what was refused of this term or under this name, with the reasons."""
    same_term = revision.term.revisions.filter(state=Revision.State.REJECTED).exclude(pk=revision.pk)
    found = list(same_term.select_related("reviewer", "term").defer("content").order_by("-number")[:3])
    other_terms = duplicates.once_rejected(revision.content["name"], by=user, exclude_term=revision.term_id)
    return [*found, *other_terms] if revision.is_open else []


def _wait_too(revision: Revision) -> list[Revision]:
    """Return the other proposals for the same term that wait for a decision, oldest first."""
    if not revision.is_open:
        return []
    others = revision.term.revisions.filter(state=Revision.State.PROPOSED).exclude(pk=revision.pk)
    return list(others.select_related("author", "suggestion").defer("content").order_by("number"))


def _plans(revision: Revision) -> list[PlannedChange]:
    plans = revision.planned_changes.filter(state=PlannedChange.State.PENDING)
    return list(plans.select_related("by"))


def _links(request: HttpRequest, revision: Revision) -> list[tuple[ReviewLink, str]]:
    """Return the review links of a text, those that are open with their address."""
    return [
        (link, f"{origin(request)}{reverse('expert_review', args=[review_links.token_of(link)])}")
        for link in revision.review_links.select_related("by")
    ]


def _assignable(revision: Revision) -> list[Any]:
    """Return who can be asked to take care of a text: everybody who may see it."""
    people = get_user_model().objects.with_perm("terms.view_drafts", backend=_BACKEND)
    return list(people.order_by("username"))


_BACKEND = "django.contrib.auth.backends.ModelBackend"


def _is_overdue(revision: Revision) -> bool:
    return revision.is_open and revision.due_on is not None and revision.due_on < timezone.localdate()


def _came_through(revision: Revision) -> str:
    first = Event.objects.filter(revision=revision).order_by("at", "pk").first()
    return first.get_door_display() if first else ""
