"""The page on which one term becomes two: chosen piece by piece, looked at, done or proposed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from .. import linking, merging, publishing, revisions, workflow
from ..errors import InvalidContent, StalePreview, TermbookError
from ..merging import ADDRESSES, SplitPreview
from ..models import MergeProposal, Operation, Term
from ..revisions import LABELS, Content, FieldChange
from ..web import status_code
from . import marked, merge_proposals, split_choices, split_impact
from .desk import Desk, remark
from .split_choices import PART, STAYS, Choices

# Of a longer text the pieces are shown as they are written: to set each of them would take too long.
_MOST_SET = 120


def split(desk: Desk, request: HttpRequest, term_id: int) -> HttpResponse:
    """Choose what goes where, look at both, and split or propose it."""
    user = request.user
    if not desk.has_view_permission(request) or not user.has_perm("terms.edit_term"):
        raise PermissionDenied
    term = Term.objects.visible_to(user).select_related("live_revision").filter(pk=term_id).first()
    if term is None:
        raise Http404("There is no such term.")
    page = Page(by=user, term=term)
    if not page.is_possible:
        return _show(desk, request, page)
    if request.method == "POST":
        page.take(request.POST)
        action = next((name for name in ("split", "propose") if f"_{name}" in request.POST), "")
        done = page.carry_out(action) if action else None
        if done is not None:
            return _done(request, done)
        page.look(is_refused=bool(action))
    return _show(desk, request, page)


def _show(desk: Desk, request: HttpRequest, page: Page) -> HttpResponse:
    title = f"Split “{page.term.full_name}”"
    context = {"split": page, "term": page.term, **(page.context() if page.is_possible else {})}
    return desk.page(request, "admin/terms/split.html", title=title, status=page.status, **context)


def _done(request: HttpRequest, done: Operation | MergeProposal) -> HttpResponse:
    if isinstance(done, MergeProposal):
        messages.success(request, "The split is proposed. Somebody else decides on it.")
        return HttpResponseRedirect(merge_proposals.address_of(done))
    part = done.split.part
    said = format_html(
        'Split: <a href="{}">{}</a> is a term of its own. <a href="{}">Undo …</a>',
        reverse("admin:terms_term_change", args=[part.pk]),
        part.full_name,
        reverse("admin:terms_operation_undo", args=[done.pk]),
    )
    messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:terms_operation_change", args=[done.pk]))


@dataclass(frozen=True)
class Side:
    """One of the two as it would be."""

    title: str
    name: str
    changes: list[FieldChange]
    html: str
    address: str


@dataclass
class Page:
    """A term that is to be split, with what was chosen so far and what would come of it."""

    by: Any
    term: Term
    chosen: Choices = field(init=False)
    comment: str = ""
    token: str = ""
    seen: str = ""
    status: int = 200
    is_possible: bool = True
    refusal: str = ""
    notices: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    preview: SplitPreview | None = None

    def __post_init__(self) -> None:
        newest = workflow.current_text(self.term)
        try:
            workflow.check("split" if self.may_split else "propose_merge", self.by, term=self.term)
        except TermbookError as refusal:
            self.refusal, self.status = refusal.message, status_code(refusal)
            self.is_possible = False
        before = newest.content if newest is not None else revisions.snapshot(self.term)
        self.before = revisions.redirected(before, self.term.public_id)
        self.chosen = Choices.begin(self.before)

    @property
    def may_split(self) -> bool:
        return self.by.has_perm("terms.merge_term")

    # Where on the page something can be said against a field.
    places = frozenset(f"{side}.{name}" for side in (STAYS, PART) for name in split_choices.WRITTEN)

    # Doing it

    def take(self, data: Any) -> None:
        """Lay out what was sent."""
        self.chosen = Choices.read(data, self.before)
        self.comment, self.token = remark(data, "comment"), data.get("token", "")
        self.seen = data.get("seen", "")

    def carry_out(self, action: str) -> Operation | MergeProposal | None:
        """Split, or propose it; None, and everything is on the page, when the rules refuse."""
        if self.seen != self.chosen.digest():
            return None
        wish = self.chosen.wish()._asdict()
        said: dict[str, Any] = {"token": self.token, "by": self.by, "comment": self.comment}
        try:
            if action == "split":
                return merging.split(term_id=self.term.pk, **wish, **said)
            return merging.propose("split", {"term": self.term.public_id, **wish}, **said)
        except StalePreview:
            return None
        except InvalidContent as refusal:
            self.status, self.problems = status_code(refusal), refusal.problems
        except TermbookError as refusal:
            self.status, self.refusal = status_code(refusal), refusal.message
        return None

    def look(self, *, is_refused: bool = False) -> None:
        """Preview what is chosen, as the term is now; `is_refused` when it was to be carried out."""
        wish = self.chosen.wish()
        try:
            self.preview = merging.split_preview(term_id=self.term.pk, by=self.by, **wish._asdict())
        except InvalidContent as refusal:
            self.problems = {**self.problems, **refusal.problems}
            self.status = status_code(refusal) if self.status == 200 else self.status
        except TermbookError as refusal:
            self.status, self.refusal = status_code(refusal), refusal.message
        else:
            if is_refused and not self.refusal and not self.problems:
                self._say_why_not(self.preview)
            self.token, self.seen = self.preview.token, self.chosen.digest()

    def _say_why_not(self, now: SplitPreview) -> None:
        if self.token and self.token != now.token:
            self.status = 409
            self.refusal = (
                "Something was changed since this page was opened, and nothing is split. What is marked is "
                "new; your choices stand below. Look again, then send it once more."
            )
        elif not now.conflicts:
            self.notices.append("Nothing is split yet: this is what comes of your choices. Look at it first.")

    # For the template

    def context(self) -> dict[str, Any]:
        """Return everything that the page shows."""
        chosen = self.chosen
        lists = ((LABELS[name], chosen.items(name)) for name in split_choices.LISTS)
        return {
            "where": split_choices.PLACES,
            "keys": chosen.keys(),
            "written": [self._written(STAYS, "What stays"), self._written(PART, "The part")],
            "is_by_hand": self._is_by_hand(),
            # A draft has no address.
            "leads": list(ADDRESSES.items()) if self.term.slug else [],
            "blocks": self._blocks(),
            "lists": [(title, items) for title, items in lists if items],
            "relations": self._relations(),
            "sides": self._sides(),
            "groups": split_impact.groups(self.preview) if self.preview else [],
        }

    def _is_by_hand(self) -> bool:
        """Say whether somebody wrote what mostly is left empty, or something is wrong with it."""
        written = self.chosen.written
        is_wrong = any(key.endswith((".definition", ".slug")) for key in self.problems)
        return is_wrong or bool(
            written[STAYS]["definition"] or written[PART]["definition"] or written[PART]["slug"]
        )

    def _blocks(self) -> list[tuple[split_choices.Item, str]]:
        """Return the blocks of the definition, set for readers as far as there are not too many."""
        blocks = self.chosen.blocks()
        if len(blocks) > _MOST_SET:
            return [(one, "") for one in blocks]
        return [
            (one, publishing.render(one.value, prefix=f"piece-{place}").html)
            for place, one in enumerate(blocks)
        ]

    def _written(self, side: str, title: str) -> dict[str, Any]:
        """Return the fields that are written for a side."""
        found = {name: self.problems.get(f"{side}.{name}", []) for name in split_choices.WRITTEN}
        return {"side": side, "title": title, "values": self.chosen.written[side], "problems": found}

    def _relations(self) -> list[dict[str, Any]]:
        """Return the relations of other terms, and which of them are to lead to the part."""
        shown = self.preview or self._around()
        return [
            {"one": one, "value": f"{one.source.public_id}:{one.kind}", "is_moved": self._is_moved(one)}
            for one in (shown.relations if shown else ())
        ]

    def _is_moved(self, one: merging.Moved) -> bool:
        return f"{one.source.public_id}:{one.kind}" in self.chosen.moves

    def _around(self) -> SplitPreview | None:
        """Look at what is around the term while nothing sensible is chosen yet."""
        try:
            return merging.split_preview(term_id=self.term.pk, by=self.by, part={"name": self.term.name})
        except TermbookError:
            return None

    def _sides(self) -> list[Side]:
        """Return both as they would be."""
        if self.preview is None:
            return []
        stays, part, before = self.preview.stays, self.preview.part, self.preview.before
        return [
            _side("What stays", stays, marked.difference(before, stays), self.term),
            _side("The part", part, marked.difference(revisions.EMPTY, part), None),
        ]

    @property
    def is_for_two(self) -> bool:
        """Whether somebody else has to agree."""
        return not self.may_split or (self.preview is not None and self.preview.needs_second_reader)

    @property
    def why_two(self) -> str:
        """Why somebody else has to agree; nothing where one person is enough."""
        if not self.may_split:
            return "You may propose a split; somebody who may split terms decides on it."
        if self.preview is None or not self.preview.needs_second_reader:
            return ""
        if not self.preview.new_words:
            return "Here a second person agrees to every split."
        return (
            f"Nobody but you has read what is new here: {', '.join(self.preview.new_words)}. Propose the "
            "split, and somebody else agrees to it; or choose among what is there, and split at once."
        )


def _side(title: str, content: Content, changes: list[FieldChange], term: Term | None) -> Side:
    html = linking.preview(content["definition"], term=term)
    return Side(title, revisions.full_name(content), changes, html, workflow.address_of(content))
