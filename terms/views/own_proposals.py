"""What became of one's own proposals. Nobody reads the text of somebody else here.

Whatever is not one's own is answered like what never was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from .. import discussion, forms, publishing, revisions, workflow
from ..errors import InvalidContent, StaleEdit, TermbookError
from ..models import SHORT_DEFINITION_LENGTH, Comment, Revision, RevisionLines
from ..revisions import Content
from ..web import status_code
from . import pages
from .account import account_page

PROPOSALS_PER_PAGE = 25

_R = Revision.State
_REWORKABLE = frozenset({*Revision.OPEN_STATES, _R.REJECTED, _R.WITHDRAWN})


@dataclass(frozen=True)
class Outcome:
    """An own text in a list, with what became of it."""

    revision: Revision
    requests: tuple[str, ...]
    # The last text that took its place, when that is somebody else's.
    successor: Revision | None


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """List the proposals of the person who asks: first what waits for them, then the newest."""
    own = _newest_own(request.user)
    pager = pages.pager(request, own.count(), PROPOSALS_PER_PAGE)
    rows = pages.rows_of(own.order_by("turn", "-created_at", "-pk"), pager, PROPOSALS_PER_PAGE)
    context = {"outcomes": _outcomes(rows, request.user), "pager": pager}
    return account_page(request, "account/overview.html", title="My proposals", **context)


def _newest_own(user: Any) -> Any:
    """Return the own texts, without those whose place a newer own text took."""
    rows = Revision.objects.filter(author=user).exclude(superseded_by__author=user)
    is_asked = When(state=_R.CHANGES_REQUESTED, then=Value(0))
    rows = rows.annotate(turn=Case(is_asked, default=Value(1), output_field=IntegerField()))
    return rows.select_related("term", "reviewer").defer("term__document", "term__definition_html")


def _outcomes(rows: list[Revision], user: Any) -> list[Outcome]:
    requests, successors = _requests(rows), _successors(rows)
    return [Outcome(row, tuple(requests[row.pk]), successors.get(row.pk)) for row in rows]


def _requests(rows: list[Revision]) -> dict[int, list[str]]:
    """Return what is asked for in each text, also where that was before it was brought up to date."""
    lines = RevisionLines({row.term_id for row in rows})
    texts = {
        row.pk: lines.own_part(row.pk) if row.state == _R.CHANGES_REQUESTED else [row.pk] for row in rows
    }
    asked = Comment.objects.filter(
        revision__in={pk for own in texts.values() for pk in own}, asks_for_changes=True, resolved_at=None
    )
    said = list(asked.order_by("pk").values_list("revision", "text"))
    return {pk: [text for revision_id, text in said if revision_id in own] for pk, own in texts.items()}


def _successors(rows: Iterable[Revision]) -> dict[int, Revision]:
    """Return the last text of each line that goes on; of somebody else's text only what became of it."""
    ends: dict[int, Revision] = {}
    starts = {row.pk: row.pk for row in rows if row.state == _R.SUPERSEDED}
    while starts:
        following = Revision.objects.filter(supersedes__in=starts).defer("content").order_by("pk")
        found = {starts[revision.supersedes_id]: revision for revision in following}
        ends |= found
        starts = {revision.pk: start for start, revision in found.items()}
    return ends


# --- One proposal --------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one own text with what was said of it, and take an answer."""
    revision = _own(request, pk)
    refusal, status = "", 200
    if request.method == "POST":
        action = next((name for name in _ACTIONS if f"_{name}" in request.POST), "")
        try:
            done, revision = _act(action, revision, request)
        except TermbookError as said_no:
            refusal, status = said_no.message, status_code(said_no)
            revision = _own(request, pk)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("own_proposal", args=[revision.pk]))
    context = _proposal(request.user, revision)
    answerable = {str(thread.head.pk) for thread in context["threads"] if thread.is_open}
    thread = request.POST.get("thread", "")
    # Where the thread is settled by now, what was typed stands in the form below all of them.
    typed = {"text": _typed(request, "text"), "thread": thread if thread in answerable else ""}
    context |= {"refusal": refusal, "typed": typed}
    return account_page(request, "account/proposal.html", title=context["name"], status=status, **context)


def _own(request: HttpRequest, pk: int) -> Revision:
    rows = Revision.objects.filter(author=request.user).select_related(
        "term__live_revision", "reviewer", "based_on", "supersedes"
    )
    revision = rows.filter(pk=pk).first()
    if revision is None:
        raise pages.NoPage("You have no such proposal.")
    return revision


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").replace("\r\n", "\n")


def _comment(revision: Revision, by: Any, text: str, thread: str) -> tuple[str, Revision]:
    thread_id = int(thread) if thread.isascii() and thread.isdigit() and len(thread) < 10 else None
    discussion.comment(revision_id=revision.pk, by=by, text=text, thread_id=thread_id)
    return "Your comment is sent.", revision


def _resubmit(revision: Revision, by: Any, text: str, thread: str) -> tuple[str, Revision]:
    workflow.resubmit(revision_id=revision.pk, by=by, answer=text)
    return "Your text is proposed again, with your answer.", revision


def _withdraw(revision: Revision, by: Any, text: str, thread: str) -> tuple[str, Revision]:
    workflow.withdraw(revision_id=revision.pk, by=by)
    return "Your proposal is withdrawn. It stays in your list.", revision


def _bring_up_to_date(revision: Revision, by: Any, text: str, thread: str) -> tuple[str, Revision]:
    newer = workflow.bring_up_to_date(revision_id=revision.pk, by=by)
    return "Your text now stands on what is published.", newer


_ACTIONS: dict[str, Callable[[Revision, Any, str, str], tuple[str, Revision]]] = {
    "comment": _comment,
    "resubmit": _resubmit,
    "withdraw": _withdraw,
    "bring_up_to_date": _bring_up_to_date,
}


def _act(action: str, revision: Revision, request: HttpRequest) -> tuple[str, Revision]:
    if action not in _ACTIONS:
        raise TermbookError("Choose what to do: comment, propose again, or withdraw.")
    return _ACTIONS[action](revision, request.user, _typed(request, "text"), request.POST.get("thread", ""))


def _proposal(user: Any, revision: Revision) -> dict[str, Any]:
    """Return what the page of an own text says of it."""
    content = shown_to(user, revision.content)
    line = [one for one in revision.line if one.author_id == user.pk]
    return {
        "revision": revision,
        "term": revision.term,
        "name": revisions.full_name(content),
        "content": content,
        "differences": revisions.difference(shown_to(user, _base_of(revision)), content),
        "definition_html": publishing.render(content["definition"]).html,
        "threads": discussion.threads(line),
        "successor": _successors([revision]).get(revision.pk),
        "was_overtaken": _was_overtaken(revision),
        "may_resubmit": workflow.may(user, "resubmit", revision=revision),
        "may_withdraw": workflow.may(user, "withdraw", revision=revision),
        "may_rework": may_rework(user, revision),
    }


def shown_to(user: Any, content: Content) -> Content:
    """Return a content as this person may read it: an own text carries along what only staff sees."""
    return content if user.has_perm("terms.view_drafts") else publishing.public_content(content)


def _was_overtaken(revision: Revision) -> bool:
    """Say whether something was published since an open text was written."""
    live = revision.term.live_revision_id
    return revision.is_open and live is not None and revision.based_on_id != live


def may_rework(user: Any, revision: Revision) -> bool:
    """Say whether a new text can take the place of this one."""
    return (
        revision.state in _REWORKABLE
        and not Revision.objects.filter(supersedes=revision).exists()
        and not revision.term.is_gone
        and workflow.may(user, "propose", revision=revision)
    )


# --- Writing it anew -----------------------------------------------------------------------------


class ReworkForm(django_forms.Form):
    """The parts of a text that everybody writes; `workflow` judges them, the rest stays as it is."""

    name = django_forms.Field(required=False, label="Name", widget=django_forms.TextInput)
    short_definition = django_forms.Field(
        required=False,
        label="Short definition",
        widget=django_forms.Textarea(attrs={"rows": 2}),
        help_text=f"One sentence in plain words, at most {SHORT_DEFINITION_LENGTH} characters.",
    )
    definition = django_forms.Field(
        required=False,
        label="Definition",
        widget=django_forms.Textarea(attrs={"rows": 16}),
        help_text="Markdown, with $formulas$, tables, code and [[names of other terms]].",
    )
    aliases = django_forms.Field(
        required=False,
        label="Other names",
        widget=django_forms.Textarea(attrs={"rows": 3}),
        help_text="One on each line.",
    )
    sources = django_forms.Field(
        required=False,
        label="Sources",
        widget=django_forms.Textarea(attrs={"rows": 3}),
        help_text="One on each line: title | web address.",
    )
    comment = django_forms.Field(
        required=False,
        label="What you changed, and why",
        widget=django_forms.TextInput,
        help_text="Reviewers read it first.",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rework(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an own text anew, and propose it in the place of the old one."""
    revision = _own(request, pk)
    if request.method != "POST":
        return _first_sight(request, revision)
    typed = {name: _typed(request, name) for name in ReworkForm.base_fields}
    based_on = request.POST.get("based_on", "")
    try:
        newer = _propose_anew(request.user, revision, typed, based_on)
    except StaleEdit as stale:
        return _after_a_conflict(request, revision, typed, stale)
    except TermbookError as refusal:
        problems = refusal.problems if isinstance(refusal, InvalidContent) else {}
        said = {"refusal": "" if problems else refusal.message, "problems": problems}
        return _form_page(request, revision, typed, based_on, status=status_code(refusal), **said)
    messages.success(request, "Your text is proposed.")
    return HttpResponseRedirect(reverse("own_proposal", args=[newer.pk]))


def _first_sight(request: HttpRequest, revision: Revision) -> HttpResponse:
    """Show the form with the own text; when something was published since, with both put together."""
    if not may_rework(request.user, revision):
        return HttpResponseRedirect(reverse("own_proposal", args=[revision.pk]))
    live = revision.term.live_revision
    if live is None or revision.based_on_id == live.pk:
        typed = forms.shown(revision.content)
        return _form_page(request, revision, typed, str(revision.number))
    whole, _ = revisions.carry_over(_base_of(revision), live.content, revision.content)
    typed = forms.shown(whole)
    return _form_page(request, revision, typed, str(live.number), since=_since(request.user, revision))


def _base_of(revision: Revision) -> Content:
    return revision.based_on.content if revision.based_on else revisions.EMPTY


def _since(user: Any, revision: Revision) -> list[revisions.FieldChange]:
    """Return what was published after the own text was written."""
    live = revision.term.live_revision
    return revisions.difference(shown_to(user, _base_of(revision)), shown_to(user, live.content))


def _propose_anew(user: Any, revision: Revision, typed: Mapping[str, str], based_on: str) -> Revision:
    number = int(based_on) if based_on.isascii() and based_on.isdigit() and len(based_on) < 10 else None
    comment = typed["comment"]
    live = revision.term.live_revision
    if live is None or number != live.number:
        return workflow.propose(
            term_id=revision.term_id,
            based_on=revision.number,
            content=forms.wished(typed, revision.content),
            by=user,
            comment=comment,
        )
    whole, _ = revisions.carry_over(_base_of(revision), live.content, revision.content)
    changed = {field: whole[field] for field in revisions.FIELDS if whole[field] != live.content[field]}
    content = {**changed, **forms.wished(typed, whole)}
    replaces = revision.number if revision.is_open else None
    return workflow.propose(
        term_id=revision.term_id,
        based_on=live.number,
        content=content,
        by=user,
        comment=comment,
        replaces=replaces,
    )


def _after_a_conflict(
    request: HttpRequest, revision: Revision, typed: dict[str, str], stale: StaleEdit
) -> HttpResponse:
    """Show what was typed once more: on top of what was published, or beside a colleague's correction.

    The text of the colleague is not shown: it is not published.
    """
    revision = _own(request, revision.pk)
    live = revision.term.live_revision
    if live is None or stale.conflict.get("current_revision") != live.number:
        refusal = (
            "An editor corrected your text while you were writing. Copy what you want to keep, "
            "and tell it in a comment on your proposal."
        )
        return _form_page(request, revision, typed, str(revision.number), status=409, refusal=refusal)
    said: dict[str, Any] = {"refusal": stale.message, "since": _since(request.user, revision)}
    try:
        wish = forms.wished(typed, revision.content)
        local = revisions.clean(
            wish, by=request.user, base=revision.content, term=revision.term, make_tags=False
        )
    except InvalidContent as refusal:
        return _form_page(
            request, revision, typed, str(revision.number), status=409, problems=refusal.problems, **said
        )
    whole, _ = revisions.carry_over(_base_of(revision), live.content, local)
    typed = {**typed, **forms.shown(whole)}
    return _form_page(request, revision, typed, str(live.number), status=409, **said)


def _form_page(
    request: HttpRequest,
    revision: Revision,
    typed: Mapping[str, str],
    based_on: str,
    *,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    return account_page(
        request,
        "account/rework.html",
        title=f"Rework “{revisions.full_name(revision.content)}”",
        status=status,
        revision=revision,
        form=ReworkForm(initial=typed, label_suffix=""),
        based_on=based_on,
        requests=_outcomes([revision], request.user)[0].requests,
        **said,
    )
