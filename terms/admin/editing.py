"""A text on the desk: what it is based on, how it stands now, and what the rules said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import checking, duplicates, linking, revisions, text, workflow
from ..errors import InvalidContent, StaleEdit, TermbookError
from ..models import Revision, Term
from ..revisions import Content, FieldChange
from ..web import status_code
from . import content_form

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


@dataclass(frozen=True)
class Hints:
    """What there is already of the name that somebody types, and what became of it before."""

    look_alikes: list[duplicates.LookAlike]
    rejected: list[Revision]

    @property
    def count(self) -> int:
        return len(self.look_alikes) + len(self.rejected)


@dataclass
class Editing:
    """One person's text of one term, from the first look until a rule accepts it.

    `replaces` is the number of an overtaken text whose place this one is to take.
    """

    by: Any
    term: Term | None
    base: Revision | None
    content: Content
    sheet: str = ""
    replaces: int | None = None
    comment: str = ""
    more: str = ""
    is_typed: bool = False
    status: int = 200
    refusal: str = ""
    notices: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    conflict: Conflict | None = None
    preview: Preview | None = None
    hints: Hints | None = None

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

        An open text that was overtaken is brought up to date and gives its place to the new one; any
        other comes back as it was.
        Whether the term is deprecated, and in favour of what, is no part of the text.
        """
        self.conflict = conflict_of(older, self.base)
        if self.conflict is not None:
            self._bring_up_to_date(_without_the_gone(older.based_on), self.base, older.content)
            self.comment = older.comment
            self._replace(older)
            return
        live = self.content
        status = {key: live[key] for key in ("status", "deprecation_reason")}
        relations = _with_successors_of(live, older.content["relations"])
        self.lay_out({**older.content, **status, "relations": relations})
        if older.content["status"] != live["status"]:
            self.notices.append("The text is taken over, the status is not: deprecate or reinstate the term.")
        self.comment = older.comment if older.is_open else f"Text of revision {older.number} again."

    def _replace(self, older: Revision) -> None:
        """Let the new text take the place of an open one, where this person may close that."""
        if older.is_open and workflow.may(self.by, "propose", revision=older):
            self.replaces = older.number

    def take(self, given: Mapping[str, Any], comment: str, replaces: int | None = None) -> None:
        """Lay on the desk what somebody typed."""
        base = self.base.content if self.base else revisions.EMPTY
        self.content, self.comment, self.is_typed = {**base, **given}, comment, True
        self.replaces = replaces

    def send(self, action: str, *, given: Mapping[str, Any], based_on: int | None) -> Revision | None:
        """Hand the text to the rules; None, and everything is on the page, when they refuse."""
        try:
            return self._hand_over(action, given, based_on)
        except StaleEdit as refusal:
            self._refuse(refusal)
            self._face_the_conflict(refusal)
        except InvalidContent as refusal:
            # Said sentence by sentence, each at its field.
            self.status, self.problems = status_code(refusal), refusal.problems
        except TermbookError as refusal:
            self._refuse(refusal)
        return None

    def _hand_over(self, action: str, given: Mapping[str, Any], based_on: int | None) -> Revision:
        if len(self.comment) > _COMMENT_LENGTH:
            length = f"{len(self.comment)} characters are too many; {_COMMENT_LENGTH} are allowed."
            raise InvalidContent({"comment": [f"Edit summary: {length}"]})
        words = {"content": given, "by": self.by, "comment": self.comment}
        if self.term is None:
            new = workflow.propose if action == "propose" else workflow.create_draft
            return new(**words)
        follow_up = workflow.propose if action == "propose" else workflow.save_draft
        return follow_up(term_id=self.term.pk, based_on=based_on, replaces=self.replaces, **words)

    def _refuse(self, refusal: TermbookError) -> None:
        self.refusal, self.status = refusal.message, status_code(refusal)

    def _face_the_conflict(self, refusal: StaleEdit) -> None:
        """Show what the others changed, and bring the text up to date: sent again, it is meant so.

        A text that cannot be read stays based on what it was written for: nobody can tell yet what
        its author touched, and the others' words must not go with it.
        """
        current = self.term.revisions.select_related("based_on").get(
            number=refusal.conflict["current_revision"]
        )
        beginning = _common_beginning(self.base, current)
        cleaned = self.cleaned()
        self.conflict = _conflict(beginning, current, cleaned or refusal.conflict["local"])
        if cleaned is None:
            self.notices.append(
                f"Put right what is wrong with your text first; then it is brought up to date with "
                f"revision {current.number}."
            )
            return
        # A new tag has no name yet but the one that was typed.
        typed_tags = {text.slug_for(tag)[:100]: tag for tag in self.content["tags"]}
        self._bring_up_to_date(_without_the_gone(beginning), current, cleaned)
        self.content["tags"] = [typed_tags.get(slug, slug) for slug in self.content["tags"]]
        if current.is_open:
            # The newer text stands in the line itself: a correction of it takes its place anyway.
            self.replaces = None
        else:
            self._replace(self.base)
        self.base = current

    def _bring_up_to_date(self, began_with: Content, current: Revision, local: Content) -> None:
        """Lay out `local` with the newer text in every place that its author did not touch."""
        content, collisions = revisions.carry_over(began_with, current.content, local)
        self.lay_out(content)
        if content != local:
            self.notices.append(f"What your text did not change now reads as in revision {current.number}.")
        if collisions:
            labels = ", ".join(revisions.LABELS[key] for key in collisions)
            self.notices.append(
                f"Changed on both sides: {labels}; your text stands below in these places. "
                "Compare before sending."
            )

    def cleaned(self) -> Content | None:
        """Return the text as the rules would take it, or None with the problems noted."""
        cleaned, problems = self._clean()
        self.problems = {**self.problems, **problems}
        return cleaned

    def _clean(self) -> tuple[Content | None, dict[str, list[str]]]:
        base = self.base.content if self.base else None
        editable = {key: self.content[key] for key in self.content if key not in _NOT_IN_THE_FORM}
        try:
            return revisions.clean(editable, by=self.by, base=base, term=self.term, make_tags=False), {}
        except InvalidContent as refusal:
            return None, refusal.problems

    def look(self) -> None:
        """Prepare a preview, with hints for the name. Nothing is sent.

        A text that nobody typed in is clean as it stands, and an empty sheet has nothing wrong with it.
        """
        cleaned = self.cleaned() if self.is_typed else (self.content if self.base else None)
        html = linking.preview(self.content["definition"].replace("\r\n", "\n"), term=self.term)
        base = self.base.content if self.base else None
        changes = revisions.difference(base, cleaned) if base and cleaned else []
        checks = checking.check(cleaned, term=self.term) if cleaned else None
        self.preview = Preview(html, checks, changes)
        self.hints = self._hints()

    def _hints(self) -> Hints | None:
        """Look for terms of this name, unless it is the one that the term had when the form was opened."""
        name, qualifier = self.content["name"], self.content["qualifier"]
        aliases = [alias["text"] for alias in self.content["aliases"]]
        if not name.strip() or (self.base is not None and _names(self.content) == _names(self.base.content)):
            return None
        exclude = self.term.pk if self.term else None
        return Hints(
            duplicates.find_like(name, by=self.by, qualifier=qualifier, aliases=aliases, exclude=exclude),
            duplicates.once_rejected(name, by=self.by, exclude_term=exclude),
        )

    def differs(self) -> bool:
        """Say whether there is anything in this text that its base does not have."""
        cleaned, _ = self._clean()
        if self.base is None:
            return any(
                value for key, value in self.content.items() if key not in _SET_FROM_THE_START
            ) or bool(self.comment)
        return cleaned != self.base.content or self.comment != ""

    def may(self, action: str) -> bool:
        """Say whether a button for this action makes sense on this page."""
        if self.term is None:
            return workflow.may(self.by, "create_draft" if action == "save_draft" else action)
        if self.is_typed:
            # Whatever became of its base meanwhile: what somebody typed stays on the page.
            return workflow.may(self.by, action)
        return workflow.may(self.by, action, revision=self.base) and self._is_a_beginning()

    def _is_a_beginning(self) -> bool:
        """An older published text is begun again, not edited; a term off the site is restored first."""
        if self.term.is_gone:
            return False
        return self.base.state != Revision.State.APPROVED or self.base.pk == self.term.live_revision_id

    def form(self) -> content_form.ShownForm:
        """Return the form as it stands now."""
        return content_form.show(self.content, problems=self.problems, more=self.more)


_NOT_IN_THE_FORM = frozenset({"status", "deprecation_reason"})
_SET_FROM_THE_START = frozenset({"status", "links_itself"})


def _names(content: Content) -> tuple[str, str, list[str]]:
    return content["name"], content["qualifier"], [alias["text"] for alias in content["aliases"]]


def conflict_of(revision: Revision, live: Revision | None) -> Conflict | None:
    """Return how a wish and what was published since stand to each other; None when all is quiet."""
    if live is None or not revision.is_open or revision.based_on_id == live.pk:
        return None
    return _conflict(revision.based_on, live, revision.content)


def _with_successors_of(live: Content, relations: list[Content]) -> list[Content]:
    """Return relations in which the term is replaced by what `live` says: that is decided elsewhere."""
    stays = [item for item in live["relations"] if item["kind"] == "replaced_by"]
    return [*(item for item in relations if item["kind"] != "replaced_by"), *stays]


def _common_beginning(base: Revision, current: Revision) -> Revision | None:
    """Return the text that both what was typed on `base` and `current` began with.

    A wish that a publication has overtaken began with what was public then: what the wish itself
    changes is its author's work, not something left untouched.
    """
    if base.state == Revision.State.APPROVED or current.supersedes_id == base.pk:
        return base
    return base.based_on


def _without_the_gone(revision: Revision | None) -> Content:
    """Return a text as `Editing.lay_out` showed it: a link that it left out was taken out by nobody."""
    return content_form.take_out_the_gone(revision.content)[0] if revision else revisions.EMPTY


def _conflict(beginning: Revision | None, current: Revision, local: Content) -> Conflict:
    start = beginning.content if beginning else revisions.EMPTY
    return Conflict(
        beginning.number if beginning else None,
        current.number,
        revisions.difference(start, current.content),
        revisions.difference(start, local),
    )
