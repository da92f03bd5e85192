"""A text on the desk: what it is based on, how it stands now, and what the rules said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import checking, publishing, revisions, workflow
from ..errors import InvalidContent, StaleEdit, TermbookError
from ..models import Revision, Term
from ..revisions import Content, FieldChange
from . import content_form
from .desk import status_code

_COMMENT_LENGTH = 500


@dataclass(frozen=True)
class Conflict:
    """The three sides of a stale edit, as two differences against the text that both began with."""

    base_revision: int | None
    current_revision: int
    theirs: list[FieldChange]
    ours: list[FieldChange]


@dataclass(frozen=True)
class Preview:
    """How the text would look, and what it would change."""

    definition_html: str
    checks: checking.Checks | None
    changes: list[FieldChange]


@dataclass
class Editing:
    """One person's text of one term, from the first look until a rule accepts it."""

    by: Any
    term: Term | None
    base: Revision | None
    content: Content
    comment: str = ""
    more: str = ""
    status: int = 200
    refusal: str = ""
    notices: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    conflict: Conflict | None = None
    preview: Preview | None = None

    @classmethod
    def begin(cls, *, by: Any, term: Term | None, base: Revision | None) -> Editing:
        """Lay the text of a revision on the desk, or an empty sheet."""
        editing = cls(by=by, term=term, base=base, content=revisions.EMPTY)
        if base is not None:
            editing.lay_out(base.content)
        return editing

    def lay_out(self, content: Content) -> None:
        """Begin with this text; links to terms that are gone are left out, and that is said."""
        self.content, gone = content_form.take_out_the_gone(content)
        if gone:
            names = ", ".join(f"“{name}”" for name in gone)
            self.notices.append(f"Left out: links to {names}, which are not there any more.")

    def begin_again_from(self, older: Revision) -> None:
        """Begin with the text of another revision, to be proposed against `base`.

        Whether the term is deprecated, and in favour of what, is no part of the text.
        """
        live = self.content
        stays = [item for item in live["relations"] if item["kind"] == "replaced_by"]
        returns = [item for item in older.content["relations"] if item["kind"] != "replaced_by"]
        status = {key: live[key] for key in ("status", "deprecation_reason")}
        self.lay_out({**older.content, **status, "relations": [*returns, *stays]})
        if older.content["status"] != live["status"]:
            self.notices.append("The text is taken over, the status is not: deprecate or reinstate the term.")
        self.comment = f"Text of revision {older.number} again."
        if older.is_open:
            self.comment = older.comment
            self.conflict = conflict_of(older, self.base)

    def take(self, given: Mapping[str, Any], comment: str) -> None:
        """Lay on the desk what somebody typed."""
        base = self.base.content if self.base else revisions.EMPTY
        self.content, self.comment = {**base, **given}, comment

    def send(self, action: str, *, given: Mapping[str, Any], based_on: int | None) -> Revision | None:
        """Hand the text to the rules; None, and everything is on the page, when they refuse."""
        try:
            return self._hand_over(action, given, based_on)
        except StaleEdit as refusal:
            self._refuse(refusal)
            self._face_the_conflict(refusal)
        except InvalidContent as refusal:
            self._refuse(refusal)
            self.problems = refusal.problems
        except TermbookError as refusal:
            self._refuse(refusal)
        return None

    def _hand_over(self, action: str, given: Mapping[str, Any], based_on: int | None) -> Revision:
        if len(self.comment) > _COMMENT_LENGTH:
            sentence = f"Summary: {len(self.comment)} characters are too many; {_COMMENT_LENGTH} are allowed."
            raise InvalidContent({"comment": [sentence]})
        words = {"content": given, "by": self.by, "comment": self.comment}
        if self.term is None:
            new = workflow.propose if action == "propose" else workflow.create_draft
            return new(**words)
        follow_up = workflow.propose if action == "propose" else workflow.save_draft
        return follow_up(term_id=self.term.pk, based_on=based_on, **words)

    def _refuse(self, refusal: TermbookError) -> None:
        self.refusal, self.status = refusal.message, status_code(refusal)

    def _face_the_conflict(self, refusal: StaleEdit) -> None:
        """Show what the others changed, and base the text on theirs: sent again, it is meant so."""
        sides = refusal.conflict
        numbers = (sides["base_revision"], sides["current_revision"])
        self.conflict = _conflict(sides["base"], sides["current"], self.cleaned() or sides["local"], numbers)
        if self.base is not None and self.base.is_open:
            self.notices.append(
                f"Revision {self.base.number} stays open beside the text that you send now. "
                "Withdraw it when it is not needed any more."
            )
        self.base = self.term.revisions.select_related("based_on").get(number=numbers[1])

    def cleaned(self) -> Content | None:
        """Return the text as the rules would take it, or None with the problems noted."""
        base = self.base.content if self.base else None
        editable = {key: self.content[key] for key in self.content if key not in _NOT_IN_THE_FORM}
        try:
            return revisions.clean(editable, by=self.by, base=base, term=self.term, make_tags=False)
        except InvalidContent as refusal:
            self.problems = {**self.problems, **refusal.problems}
            return None

    def look(self) -> None:
        """Prepare a preview. Nothing is kept."""
        cleaned = self.cleaned()
        html = publishing.render(self.content["definition"].replace("\r\n", "\n"), prefix="preview").html
        base = self.base.content if self.base else None
        changes = revisions.difference(base, cleaned) if base and cleaned else []
        checks = checking.check(cleaned, term=self.term) if cleaned else None
        self.preview = Preview(html, checks, changes)

    def may(self, action: str) -> bool:
        """Say whether a button for this action makes sense on this page."""
        if self.term is None:
            return workflow.may(self.by, "create_draft" if action == "save_draft" else action)
        return workflow.may(self.by, action, revision=self.base) and self._is_a_beginning()

    def _is_a_beginning(self) -> bool:
        """An older published text is begun again, not edited; a term off the site is restored first."""
        if self.term.status in {Term.Status.MERGED, Term.Status.REMOVED}:
            return False
        return self.base.state != Revision.State.APPROVED or self.base.pk == self.term.live_revision_id

    def form(self) -> content_form.ShownForm:
        """Return the form as it stands now."""
        return content_form.show(self.content, problems=self.problems, more=self.more)


_NOT_IN_THE_FORM = frozenset({"status", "deprecation_reason"})


def conflict_of(revision: Revision, live: Revision | None) -> Conflict | None:
    """Return how a wish and what was published since stand to each other; None when all is quiet."""
    if live is None or not revision.is_open or revision.based_on_id == live.pk:
        return None
    base = revision.based_on
    numbers = (base.number if base else None, live.number)
    return _conflict(base.content if base else None, live.content, revision.content, numbers)


def _conflict(
    base: Content | None, current: Content, local: Content, numbers: tuple[int | None, int]
) -> Conflict:
    start = base or revisions.EMPTY
    return Conflict(
        numbers[0], numbers[1], revisions.difference(start, current), revisions.difference(start, local)
    )
