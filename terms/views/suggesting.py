"""Readers take part: they suggest a change or a new term, and see what became of it.

People who may propose use the same pages; theirs become proposals. Nobody else keeps a copy of these
pages, and what was typed stays on them until a rule takes it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_http_methods

from .. import duplicates, forms, revisions, text, workflow
from ..errors import InvalidContent, StaleEdit, TermbookError
from ..models import NAME_LENGTH, Alias, Revision, Suggestion, Term
from ..web import status_code
from . import pages
from .term import arrive


def _kept_by_nobody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a page with a form be read and sent, and be neither kept nor listed anywhere."""

    @functools.wraps(view)
    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: HttpRequest, **parts: Any) -> HttpResponse:
        response = view(request, **parts)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return page


# --- The form ------------------------------------------------------------------------------------


@_kept_by_nobody
def suggest_change(request: HttpRequest, slug: str) -> HttpResponse:
    if request.method == "POST":
        term = _term_at(slug)
        return _suggested(request, term) if term.status != Term.Status.REMOVED else _too_late(request)
    term = arrive(request, slug, "suggest_change")
    if isinstance(term, HttpResponse):
        return term
    return _blank(request, term, {})


@_kept_by_nobody
def suggest_term(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _suggested(request, None)
    return _blank(request, None, {"name": request.GET.get("name", "")[:NAME_LENGTH]})


def _term_at(slug: str) -> Term:
    """Return the term of a form that was sent, wherever it is by now: a redirect would lose the text."""
    once_public = Term.objects.filter(slug=slug, version__gt=0).first()
    term = once_public or Term.objects.resolve(slug).term
    if term is None:
        raise pages.NoPage("No term has this name or address.")
    return term


def _too_late(request: HttpRequest) -> HttpResponse:
    """Answer like the page of a removed term, without its name; what was typed can be copied."""
    labels = {name: field.label for name, field in forms.SuggestionForm.base_fields.items()}
    typed = [f"{labels[name]}:\n{value}" for name, value in _typed(request).items() if value.strip()]
    return render(request, "410.html", {"typed": "\n\n".join(typed)}, status=410)


def _blank(request: HttpRequest, term: Term | None, typed: Mapping[str, str]) -> HttpResponse:
    if not settings.SUGGESTIONS_PER_HOUR and not _may_propose(request.user):
        return render(request, "terms/suggest_closed.html", {"term": term}, status=403)
    base = term.live_revision if term else None
    text_now = forms.shown(base.content) if base else {}
    return _page(request, _Sheet(request.user, term, base, {**text_now, **typed}))


def _suggested(request: HttpRequest, term: Term | None) -> HttpResponse:
    sheet = _Sheet(request.user, term, _base(term, request.POST), _typed(request))
    address = sheet.send(request)
    return HttpResponseRedirect(address) if address else _page(request, sheet)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in forms.SuggestionForm.base_fields}


def _base(term: Term | None, posted: Mapping[str, str]) -> Revision | None:
    """Return the published text that somebody had before them; None where the form does not say it."""
    number = posted.get("version", "")
    if term is None or not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    return term.revisions.filter(version=int(number)).first()


def _may_propose(user: Any) -> bool:
    return user.has_perm("terms.propose_term")


def _page(request: HttpRequest, sheet: _Sheet) -> HttpResponse:
    form = forms.SuggestionForm({**sheet.typed, "homepage": ""}, sheet.problems, is_new=sheet.term is None)
    context = {
        "sheet": sheet,
        "form": form,
        "problems": sheet.problems,
        "stamp": sheet.stamp or forms.new_stamp(timezone.now()),
    }
    response = render(request, "terms/suggest.html", context, status=sheet.status)
    if sheet.retry_after:
        response.headers["Retry-After"] = str(sheet.retry_after)
    return response


@dataclass
class _Sheet:
    """What one person types, from the blank form until a rule accepts it."""

    by: Any
    term: Term | None
    base: Revision | None
    typed: dict[str, str]
    stamp: str = ""
    status: int = 200
    refusal: str = ""
    retry_after: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict)
    look_alikes: list[duplicates.LookAlike] = field(default_factory=list)
    rejected: list[Revision] = field(default_factory=list)
    is_suggested: bool = False
    seen: str = ""

    @property
    def is_proposal(self) -> bool:
        return _may_propose(self.by)

    @property
    def asks_again(self) -> bool:
        return bool(self.look_alikes or self.rejected or self.is_suggested)

    @property
    def other_problems(self) -> list[str]:
        """What was said against the text that belongs to no field of the form."""
        others = self.problems.keys() - forms.SuggestionForm.base_fields.keys()
        return [sentence for name in sorted(others) for sentence in self.problems[name]]

    def send(self, request: HttpRequest) -> str:
        """Hand the text to the rules; return where to go on, or nothing when something is to be said."""
        self._take_the_marks(request.POST)
        doubt = "" if self.is_proposal else forms.doubts(request.POST, now=timezone.now())
        if doubt:
            self.refusal, self.status = doubt, 422
            return ""
        if self.term is not None and self.base is None:
            self._begin_with_the_present_text()
            return ""
        if self.term is None and self._looks_like_others():
            return ""
        try:
            return self._hand_over(request)
        except StaleEdit as refusal:
            self._refuse(refusal)
            self._face_the_conflict()
        except InvalidContent as refusal:
            self._refuse(refusal)
            self._complain(refusal)
        except TermbookError as refusal:
            self._refuse(refusal)
        return ""

    def _take_the_marks(self, posted: Mapping[str, str]) -> None:
        """Take over what the form carries unseen. One that is too old begins again."""
        self.seen = posted.get("seen", "")
        if forms.is_fresh(posted.get("stamp", ""), timezone.now()):
            self.stamp = posted["stamp"]

    def _begin_with_the_present_text(self) -> None:
        self.base, self.status = self.term.live_revision, 409
        self.refusal = (
            "The form did not say which version it was made from. Compare your text with the page of the "
            "term, then send it once more."
        )

    def _looks_like_others(self) -> bool:
        """Look for what may be meant already; whoever has seen it for this name goes on."""
        name, aliases = self.typed["name"], self.typed["aliases"]
        # No database can be asked for control characters; the rules will say so.
        if not name.strip() or revisions.has_control_signs(name + aliases):
            return False
        if self.seen == text.name_key(name):
            return False
        self.look_alikes = duplicates.find_like(name, by=self.by, aliases=aliases.splitlines())
        self.is_suggested = workflow.is_suggested(name)
        if self.is_proposal:
            self.rejected = duplicates.once_rejected(name, by=self.by)
        self.seen = text.name_key(name) if self.asks_again else ""
        return self.asks_again

    def _hand_over(self, request: HttpRequest) -> str:
        wish = self._wish()
        if self.is_proposal:
            return _address_of(self._propose(wish), self.by)
        suggestion = workflow.suggest(
            content=wish,
            sender=workflow.Sender(self.typed["sender_name"], self.typed["email"], *_place(request)),
            remark=self.typed["remark"],
            **self._where(version=self.base.version if self.base else None),
        )
        return reverse("suggestion_status", args=[suggestion.status_token])

    def _propose(self, wish: revisions.Content) -> Revision:
        where = self._where(based_on=self.base.number if self.base else None)
        return workflow.propose(content=wish, by=self.by, comment=self.typed["remark"], **where)

    def _where(self, **base: Any) -> dict[str, Any]:
        return {"term_id": self.term.pk, **base} if self.term else {}

    def _wish(self) -> revisions.Content:
        typed = self.typed if self.term is None else {**self.typed, "name": self.base.content["name"]}
        return forms.wished(typed, self.base.content if self.base else revisions.EMPTY)

    def _refuse(self, refusal: TermbookError) -> None:
        self.refusal, self.status = refusal.message, status_code(refusal)
        self.retry_after = getattr(refusal, "retry_after", 0)

    def _complain(self, refusal: InvalidContent) -> None:
        self.problems = dict(refusal.problems)
        if "comment" in self.problems:
            self.problems["remark"] = self.problems.pop("comment")
        self.refusal = "Nothing was sent yet. Put right what is marked below, then send it once more."

    def _face_the_conflict(self) -> None:
        """Bring what was typed up to date, and show the present text where both changed the same words."""
        current = Revision.objects.get(live_term=self.term.pk)
        try:
            local = revisions.clean(
                self._wish(), by=AnonymousUser(), base=self.base.content, term=self.term, make_tags=False
            )
        except InvalidContent as refusal:
            return self._complain(refusal)
        content, collisions = revisions.carry_over(self.base.content, current.content, local)
        present = forms.shown(current.content)
        self.present = {name: present[name] for name in collisions if name in present}
        self.typed |= forms.shown(content)
        self.base = current
        self.refusal = (
            "Another text was published while you were writing. What you did not change is brought up to "
            "date below; where both changed the same words, the text of the site stands beside yours. "
            "Compare, then send it once more."
        )
        return None


def _address_of(proposal: Revision, by: Any) -> str:
    if by.is_staff and by.has_perm("terms.view_drafts"):
        return reverse("admin:terms_revision_change", args=[proposal.pk])
    return reverse("own_proposal", args=[proposal.pk])


# --- Where a suggestion comes from ---------------------------------------------------------------


def _place(request: HttpRequest) -> list[str]:
    """Return a digest that is the same for one place on one day, and that of the day before.

    The address itself is kept nowhere.
    """
    today, network = timezone.localdate(), _network(_address(request))
    values = [f"{day} {network}" for day in (today, today - timedelta(days=1))]
    return [salted_hmac("terms.suggestions", value, algorithm="sha256").hexdigest() for value in values]


def _address(request: HttpRequest) -> str:
    if not settings.BEHIND_PROXY:
        return request.META.get("REMOTE_ADDR", "")
    # The proxy in front adds the last one; those before it are what anybody may have sent.
    return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()


def _network(address: str) -> str:
    """Return the place of an address: one household has 2⁶⁴ of IPv6. All that are unreadable are one."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or ip_network((ip, 64), strict=False))


# --- What became of it ---------------------------------------------------------------------------


@_kept_by_nobody
def suggestion_status(request: HttpRequest, token: str) -> HttpResponse:
    suggestion = Suggestion.of_token(token)
    if suggestion is None:
        raise pages.NoPage("No suggestion has this address. Was it copied to its last letter?")
    if request.method != "POST":
        return _status_page(request, suggestion)
    try:
        if "withdraw" in request.POST:
            workflow.withdraw_suggestion(suggestion_id=suggestion.pk)
        else:
            workflow.answer(suggestion_id=suggestion.pk, text=request.POST.get("text", ""))
    except TermbookError as refusal:
        return _status_page(request, suggestion, refusal)
    return HttpResponseRedirect(request.path)


def _status_page(
    request: HttpRequest, suggestion: Suggestion, refusal: TermbookError | None = None
) -> HttpResponse:
    standing = workflow.standing(suggestion)
    context = {
        "suggestion": suggestion,
        "standing": standing,
        "name": suggestion.revision.content["name"],
        "refusal": refusal.message if refusal else "",
        "typed": request.POST.get("text", ""),
        **_sent_text(suggestion.revision, standing),
    }
    status = status_code(refusal) if refusal else 200
    response = render(request, "terms/suggestion_status.html", context, status=status)
    if retry_after := getattr(refusal, "retry_after", 0):
        response.headers["Retry-After"] = str(retry_after)
    return response


def _sent_text(revision: Revision, standing: workflow.Standing) -> dict[str, Any]:
    """Return what the sender wrote: the changes of a text that is public, or a new text as a whole."""
    if revision.based_on is None:
        sent = forms.shown(revision.content)
        return {"sent": [(revisions.LABELS[name], sent[name]) for name in sent if sent[name]]}
    if standing.is_gone:
        return {}
    before, after = (_visible(one.content) for one in (revision.based_on, revision))
    return {"differences": revisions.difference(before, after)}


def _visible(content: revisions.Content) -> revisions.Content:
    aliases = [alias for alias in content["aliases"] if alias["kind"] != Alias.Kind.HIDDEN]
    shown = {name: content[name] for name in workflow.SUGGESTIBLE}
    return {**revisions.EMPTY, **shown, "aliases": aliases}
