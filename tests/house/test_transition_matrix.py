"""Every action from every state by everybody, through every door: 14,490 cells, each asserted.

A cell is an action, a state of its subject, a role, a part (who wrote the text, who wrote an earlier
one of its line, who did neither) and a door: the rule itself, the forms of the desk, the pages of an
account, the API with a session and with tokens. Imported files (224 more) and the site where one
person writes and decides (912 more) have tests of their own below. The regular run tries 7,084 of the
cells: all at the rule, at the other doors each pair of role, part and state.

What is expected stands in the tables below. They were written by hand and never look at
`workflow.TRANSITIONS`, so that a mistake there shows here; one test holds the keys of both together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, product
from typing import Any, NamedTuple

import pytest
from builders import GROUPS, make_draft, make_term, make_user, propose_change
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from terms import importing, merging, tokens, workflow
from terms.admin import review
from terms.api.urls import urlpatterns as api_addresses
from terms.errors import TermbookError
from terms.models import ApiToken, Event, Operation, Revision, Term

pytestmark = pytest.mark.django_db

# --- What is expected ----------------------------------------------------------------------------

PROPOSERS = frozenset({"Contributors", "Editors", "Reviewers", "Chief editors", "superuser"})
EDITORS = PROPOSERS - {"Contributors"}
REVIEWERS = EDITORS - {"Editors"}
CHIEFS = REVIEWERS - {"Reviewers"}
# A deactivated account keeps the role of a chief editor: that is what must help it no more.
NOBODYS = frozenset({"anonymous", "deactivated"})
ROLES = ("anonymous", "deactivated", "reader", *sorted(PROPOSERS))
PARTS = ("author", "earlier", "other")

REVISION_STATES = (
    "draft",
    "proposed",
    "changes_requested",
    "approved",
    "rejected",
    "withdrawn",
    "superseded",
    "closed",
)
OPEN = ("draft", "proposed", "changes_requested")
TERM_STATES = (
    "draft",
    "published",
    "deprecated",
    "merged",
    "removed",
    "removed when deprecated",
    "discarded",
)
STATUS_OF = {"removed when deprecated": "removed", "discarded": "removed"}
# What was merged, and what was and is not any more.
MERGE_STATES = ("merged", "undone")


class Rule(NamedTuple):
    """Who may, from where; whose texts; what the log says; which scope a token needs."""

    roles: frozenset[str]
    states: tuple[str, ...]
    whose: str
    log: str
    scope: str


ON_TEXTS = {
    "save_draft": Rule(
        PROPOSERS,
        ("draft", "proposed", "changes_requested", "approved", "rejected", "withdrawn"),
        "writers' and editors'",
        "revision.saved",
        "propose",
    ),
    "propose": Rule(
        PROPOSERS,
        ("draft", "proposed", "changes_requested", "approved", "rejected", "withdrawn"),
        "writers' and editors'",
        "revision.proposed",
        "propose",
    ),
    "bring_up_to_date": Rule(
        PROPOSERS, OPEN, "writers' and editors'", "revision.brought_up_to_date", "propose"
    ),
    "resubmit": Rule(
        PROPOSERS, ("changes_requested",), "writers' and editors'", "revision.resubmitted", "propose"
    ),
    "assign": Rule(EDITORS, OPEN, "anybody's", "revision.assigned", "edit"),
    "withdraw": Rule(PROPOSERS, OPEN, "the author's", "revision.withdrawn", "propose"),
    "request_changes": Rule(REVIEWERS, ("proposed",), "others'", "revision.changes_requested", "review"),
    "reject": Rule(REVIEWERS, ("proposed", "changes_requested"), "others'", "revision.rejected", "review"),
    "approve": Rule(REVIEWERS, ("proposed",), "others'", "term.changed", "review"),
    "publish_import": Rule(CHIEFS, ("draft", "proposed"), "others'", "term.changed", "review"),
}
# No button and no call of its own: it is a part of carrying out an import.
ONLY_BY_THE_RULE = {"publish_import"}
THERE = ("draft", "published", "deprecated")
ON_TERMS = {
    "discard_draft": Rule(EDITORS, ("draft",), "anybody's", "term.discarded", "edit"),
    "deprecate": Rule(REVIEWERS, ("published",), "anybody's", "term.deprecated", "review"),
    "reinstate": Rule(REVIEWERS, ("deprecated",), "anybody's", "term.reinstated", "review"),
    "remove": Rule(CHIEFS, ("published", "deprecated"), "anybody's", "term.removed", "admin"),
    "restore": Rule(
        CHIEFS,
        ("removed", "removed when deprecated", "discarded"),
        "anybody's",
        "term.restored",
        "admin",
    ),
    "merge": Rule(CHIEFS, THERE, "others' or public", "term.merged", "admin"),
    "propose_merge": Rule(EDITORS, THERE, "anybody's", "merge.proposed", "edit"),
    "split": Rule(CHIEFS, THERE, "anybody's", "term.split", "admin"),
    "undo_merge": Rule(CHIEFS, ("merged",), "anybody's", "term.merge_undone", "admin"),
}
# Their pages on the desk, with choices and previews, have tests of their own.
ON_WHOLE_TERMS = ("merge", "propose_merge", "split", "undo_merge")
# A new term has no state before; that of its first text is named here.
ON_NOTHING = {
    "create_draft": Rule(EDITORS, ("new",), "anybody's", "term.created", "edit"),
    "propose_new": Rule(PROPOSERS, ("new",), "anybody's", "revision.proposed", "propose"),
}
RULES = ON_TEXTS | ON_TERMS | ON_NOTHING


def answer_of_the_rule(action: str, state: str, role: str, part: str, *, self_review: bool = False) -> str:
    """Return “done”, or the code of the refusal: first the right, then the person, then the state."""
    rule = RULES[action]
    if role not in rule.roles:
        return "not_allowed"
    # Whoever writes on something that has a newer text is told so, with both texts.
    if action in {"propose", "save_draft"} and state == "superseded":
        return "stale_edit"
    # Whose text it is does not count any more: its term is merged.
    if action in {"propose", "save_draft"} and state == "closed":
        return "wrong_state"
    wrote_on_it = part in {"author", "earlier"}
    if rule.whose == "the author's" and part != "author":
        return "not_allowed"
    if rule.whose == "writers' and editors'":
        is_theirs = wrote_on_it or role in EDITORS or state == "approved"
        if not is_theirs:
            return "not_allowed"
    if rule.whose == "others'" and wrote_on_it and not self_review:
        return "own_work"
    if rule.whose == "others' or public" and wrote_on_it and state == "draft":
        return "needs_second_reader"
    return "done" if state in rule.states else "wrong_state"


def answer_of_the_desk(action: str, state: str, role: str, part: str) -> str:
    """Return what the forms of the desk answer: it is closed to all but the staff."""
    if role in NOBODYS:
        return "form expired"
    return answer_of_the_rule(action, state, role, part) if role in EDITORS else "login"


def answer_of_the_account(action: str, state: str, role: str, part: str) -> str:
    """Return what the pages of an account answer: there are only one's own texts."""
    if role in NOBODYS:
        return "login"
    return answer_of_the_rule(action, state, role, part) if part == "author" else "not_found"


def answer_of_the_api(action: str, state: str, role: str, part: str) -> str:
    """Return what the API answers: what somebody may not see is not there for them."""
    if role in NOBODYS:
        return "not_authenticated"
    if action in ON_WHOLE_TERMS:
        return answer_of_the_rule(action, state, role, part)
    if action in ON_TEXTS:
        is_seen = role in EDITORS or part == "author"
        if action in {"propose", "save_draft"} and not is_seen and state != "approved":
            return "invalid"  # the term is public, that revision of it is not known
        if action not in {"propose", "save_draft"} and not is_seen:
            return "not_found"
    if action in ON_TERMS:
        was_never_public = state in {"draft", "discarded"}
        if was_never_public and role not in EDITORS and part == "other":
            return "not_found"
        may_look_behind = action == "restore" and role in EDITORS
        if STATUS_OF.get(state, state) == "removed" and not may_look_behind:
            return "gone"
    return answer_of_the_rule(action, state, role, part)


class After(NamedTuple):
    """What is there when an action is done."""

    subject: str
    term: str
    version: int
    new_revisions: tuple[str, ...]
    log: tuple[tuple[str, bool], ...]


def outcome(action: str, state: str, *, version: int, is_own_approval: bool = False) -> After:
    """Return what an allowed cell must leave behind: states, version, new texts, lines of the log.

    A line of the log is its kind, and whether readers see it.
    """
    log = ((RULES[action].log, False),)
    if action in ON_TEXTS:
        replaced = "superseded" if state in OPEN else state
        before = After(state, "published", version, (), log)
        return {
            "save_draft": before._replace(subject=replaced, new_revisions=("draft",)),
            "propose": before._replace(subject=replaced, new_revisions=("proposed",)),
            "bring_up_to_date": before._replace(subject=replaced, new_revisions=(state,)),
            "resubmit": before._replace(subject="proposed"),
            "assign": before,
            "withdraw": before._replace(subject="withdrawn"),
            "request_changes": before._replace(subject="changes_requested"),
            "reject": before._replace(subject="rejected"),
            "approve": before._replace(
                subject="approved",
                version=version + 1,
                log=(*[("revision.self_reviewed", False)] * is_own_approval, ("term.changed", True)),
            ),
            "publish_import": before._replace(
                subject="approved", version=version + 1, log=(("term.changed", True),)
            ),
        }[action]
    if action in ON_NOTHING:
        first, events = {
            "create_draft": ("draft", (("term.created", False),)),
            "propose_new": ("proposed", (("term.created", False), ("revision.proposed", False))),
        }[action]
        return After("draft", "draft", 0, (first,), events)
    if action in ON_WHOLE_TERMS:
        return outcome_for_whole_terms(action, state, version=version)
    if state in {"draft", "discarded"}:
        status = "removed" if action == "discard_draft" else "draft"
        return After(status, status, 0, (), log)
    if action == "remove":
        return After("removed", "removed", version, ("approved",), log)
    status = {"deprecate": "deprecated", "reinstate": "published"}.get(action, "published")
    if action == "restore" and state == "removed when deprecated":
        status = "deprecated"
    return After(status, status, version + 1, ("approved",), ((RULES[action].log, True),))


def outcome_for_whole_terms(action: str, state: str, *, version: int) -> After:
    """Return what a merge, a split or an undo must leave behind."""
    is_public = state != "draft"
    if action == "propose_merge":
        return After(state, state, version, (), (("merge.proposed", False),))
    if action == "merge":
        # What waited on a draft is closed; the kept term has a new text, and an absorbed public one.
        closed = () if is_public else (("revision.closed", False),)
        log = (*closed, ("term.merged", is_public), ("term.merged", True))
        return After("merged", "merged", version, ("approved",) * (1 + is_public), log)
    if action == "split":
        if is_public:
            log = (("term.split", True), ("term.created", False), ("term.published", True))
            return After(state, state, version + 1, ("approved", "approved"), log)
        log = (("revision.saved", False), ("term.split", False), ("term.created", False))
        return After(state, state, version, ("draft", "draft"), log)
    log = (("term.merge_undone", True), ("term.merge_undone", True))
    return After("published", "published", version + 1, ("approved", "approved"), log)


# --- The tables agree ----------------------------------------------------------------------------


def test_every_action_has_its_expectation():
    assert workflow.TRANSITIONS.keys() == RULES.keys() - {"propose_new"}


def test_every_state_and_every_role_is_in_the_matrix():
    assert set(REVISION_STATES) == set(Revision.State.values)
    assert {STATUS_OF.get(state, state) for state in TERM_STATES} == set(Term.Status.values)
    assert {group["fields"]["name"] for group in GROUPS} == PROPOSERS - {"superuser"}


def test_every_button_and_every_address_that_takes_an_action_is_in_the_matrix():
    buttons = review._ACTIONS.keys() & workflow.TRANSITIONS.keys()
    names = {getattr(pattern, "name", None) or "" for pattern in api_addresses}
    calls = {name.split("-", 1)[1].replace("-", "_") for name in names if name.startswith("revision-")}

    assert buttons == ON_TEXTS.keys() - {"propose", "save_draft"} - ONLY_BY_THE_RULE
    assert calls - {"list", "detail", "difference"} == buttons


# --- People and texts ----------------------------------------------------------------------------


class People(NamedTuple):
    """The three whose parts are played, and three who only prepare the stage."""

    author: Any
    earlier: Any
    other: Any
    maker: Any
    checker: Any
    merger: Any


@pytest.fixture
def people() -> People:
    call_command("loaddata", "groups", verbosity=0)
    return People(
        make_user("Editors", username="author"),
        make_user("Editors", username="earlier"),
        make_user("Editors", username="other"),
        make_user("Editors", username="maker"),
        make_user("Reviewers", username="checker"),
        make_user("Chief editors", username="merger"),
    )


def dress(people: People, role: str) -> dict[str, Any]:
    """Give the three this role, and return them fresh: what they had before counts no more."""
    User = get_user_model()
    ids = [people.author.pk, people.earlier.pk, people.other.pk]
    group = {"deactivated": "Chief editors"}.get(role, role)
    User.objects.filter(pk__in=ids).update(
        is_active=role != "deactivated",
        is_staff=role in EDITORS | {"deactivated"},
        is_superuser=role == "superuser",
    )
    User.groups.through.objects.filter(user__in=ids).delete()
    if group in PROPOSERS - {"superuser"}:
        for person in User.objects.filter(pk__in=ids):
            person.groups.add(Group.objects.get(name=group))
    if role == "anonymous":
        return {"other": AnonymousUser()}
    return {part: User.objects.get(pk=getattr(people, part).pk) for part in PARTS}


def make_text(state: str, people: People) -> Revision:
    """Make a change of a published term in this state: the author's correction of an earlier text."""
    term = make_term(f"Word {state}", by=people.maker, reviewer=people.checker)
    write = workflow.save_draft if state == "draft" else workflow.propose
    words = {"term_id": term.pk, "comment": "A change."}
    number = term.live_revision.number
    earlier = write(**words, based_on=number, content={"definition": "The earlier words."}, by=people.earlier)
    text = write(
        **words, based_on=earlier.number, content={"definition": "The author’s words."}, by=people.author
    )
    decided = {"revision_id": text.pk, "by": people.checker}
    if state == "changes_requested":
        workflow.request_changes(**decided, reason="Shorter.")
    elif state == "approved":
        workflow.approve(**decided)
    elif state == "rejected":
        workflow.reject(**decided, reason="Wrong.")
    elif state == "withdrawn":
        workflow.withdraw(revision_id=text.pk, by=people.author)
    elif state == "superseded":
        newest = {"definition": "The newest words."}
        workflow.propose(**words, based_on=text.number, content=newest, by=people.maker)
    elif state == "closed":
        merge_into_another(term, people)
    return Revision.objects.select_related("term").get(pk=text.pk)


def overtake(text: Revision, people: People) -> None:
    """Publish something else meanwhile, in another field."""
    newer = propose_change(
        Term.objects.get(pk=text.term_id), by=people.maker, short_definition="A short one."
    )
    workflow.approve(revision_id=newer.pk, by=people.checker)


def make_term_in(state: str, people: People) -> Term:
    """Make a term in this state; its first text is `earlier`’s, the newest the author’s."""
    name = f"Word {state}"
    if state in {"draft", "discarded"}:
        draft = make_draft(name, by=people.earlier)
        workflow.save_draft(
            term_id=draft.term_id, based_on=1, content={"definition": "Newer."}, by=people.author
        )
        if state == "discarded":
            workflow.discard_draft(term_id=draft.term_id, by=people.maker)
        return Term.objects.get(pk=draft.term_id)
    term = make_term(name, by=people.earlier, reviewer=people.checker)
    change = propose_change(term, by=people.author, definition="Newer.")
    term = workflow.approve(revision_id=change.pk, by=people.checker)
    if state in {"deprecated", "removed when deprecated"}:
        term = workflow.deprecate(term_id=term.pk, by=people.checker, reason="Out of use.")
    if STATUS_OF.get(state, state) == "removed":
        workflow.remove(term_id=term.pk, by=make_user("Chief editors"), reason="Not ours.")
    if state in MERGE_STATES:
        operation = merge_into_another(term, people)
        if state == "undone":
            token = merging.undo_preview(operation.pk, by=people.merger).token
            merging.undo(operation.pk, token=token, by=people.merger)
    return Term.objects.get(pk=term.pk)


def kept_word(people: People) -> Term:
    """Return the term that others are merged into."""
    found = Term.objects.filter(name="Kept word").first()
    return found or make_term("Kept word", by=people.maker, reviewer=people.checker)


def merge_into_another(term: Term, people: People) -> Operation:
    wish = {"kept_id": kept_word(people).pk, "absorbed_ids": [term.pk], "by": people.merger}
    return merging.merge(**wish, content={}, token=merging.preview(**wish).token)


def texts(people: People) -> dict[str, Any]:
    made = {state: make_text(state, people) for state in REVISION_STATES}
    return _fresh(made)


def overtaken_texts(people: People) -> dict[str, Any]:
    made = {state: make_text(state, people) for state in REVISION_STATES}
    for state, text in made.items():
        if state != "closed":
            overtake(text, people)
    return _fresh(made)


def _fresh(made: dict[str, Revision]) -> dict[str, Any]:
    rows = Revision.objects.select_related("term")
    return {state: rows.get(pk=text.pk) for state, text in made.items()}


def merged_terms(people: People) -> dict[str, Any]:
    return {state: make_term_in(state, people) for state in MERGE_STATES}


def all_terms(people: People) -> dict[str, Any]:
    return {state: make_term_in(state, people) for state in TERM_STATES}


# What is made once and tried with all of these actions, each cell being taken back.
SCENES: dict[str, tuple[Callable[[People], dict[str, Any]], tuple[str, ...]]] = {
    "texts": (texts, tuple(action for action in ON_TEXTS if action != "bring_up_to_date")),
    "overtaken texts": (overtaken_texts, ("bring_up_to_date",)),
    "terms": (all_terms, tuple(action for action in ON_TERMS if action != "undo_merge")),
    "merged terms": (merged_terms, ("undo_merge",)),
    "nothing yet": (lambda people: {"new": None}, tuple(ON_NOTHING)),
}


# --- The doors -----------------------------------------------------------------------------------

WISH = {"definition": "Quite other words."}
NEW = {"name": "New word", "definition": "What it is."}


def _wish(write: Callable[..., Any]) -> Callable[[Revision, Any], Any]:
    return lambda text, by: write(
        term_id=text.term_id, based_on=text.number, content=WISH, by=by, comment="Why."
    )


BY_THE_RULE: dict[str, Callable[[Any, Any, People], Any]] = {
    "save_draft": lambda text, by, _: _wish(workflow.save_draft)(text, by),
    "propose": lambda text, by, _: _wish(workflow.propose)(text, by),
    "bring_up_to_date": lambda text, by, _: workflow.bring_up_to_date(revision_id=text.pk, by=by),
    "resubmit": lambda text, by, _: workflow.resubmit(revision_id=text.pk, by=by, answer="It stays."),
    "assign": lambda text, by, people: workflow.assign(revision_id=text.pk, by=by, to=people.checker),
    "withdraw": lambda text, by, _: workflow.withdraw(revision_id=text.pk, by=by),
    "request_changes": lambda text, by, _: workflow.request_changes(
        revision_id=text.pk, by=by, reason="Shorter."
    ),
    "reject": lambda text, by, _: workflow.reject(revision_id=text.pk, by=by, reason="Wrong."),
    "approve": lambda text, by, _: workflow.approve(revision_id=text.pk, by=by),
    "publish_import": lambda text, by, _: _publish(text, by),
    "discard_draft": lambda term, by, _: workflow.discard_draft(term_id=term.pk, by=by, reason="Away."),
    "deprecate": lambda term, by, _: workflow.deprecate(term_id=term.pk, by=by, reason="Out of use."),
    "reinstate": lambda term, by, _: workflow.reinstate(term_id=term.pk, by=by),
    "remove": lambda term, by, _: workflow.remove(term_id=term.pk, by=by, reason="Not ours."),
    "restore": lambda term, by, _: workflow.restore(term_id=term.pk, by=by),
    "merge": lambda term, by, people: merging.merge(
        **_merge_wish(term, people), token=_token_of("merge", term, people), by=by
    ),
    "propose_merge": lambda term, by, people: merging.propose(
        "merge", _public_wish(term, people), token=_token_of("merge", term, people), by=by
    ),
    "split": lambda term, by, people: merging.split(
        term_id=term.pk, stays={}, part=PART, token=_token_of("split", term, people), by=by
    ),
    "undo_merge": lambda term, by, people: merging.undo(
        _operation_of(term).pk, token=_token_of("undo_merge", term, people), by=by
    ),
    "create_draft": lambda _, by, __: workflow.create_draft(content=NEW, by=by),
    "propose_new": lambda _, by, __: workflow.propose(content=NEW, by=by, comment="Why."),
}


# Nothing of it is new: a split may always give it away.
PART = {"name": "Word of a part", "definition": "Newer."}


def _merge_wish(term: Term, people: People) -> dict[str, Any]:
    return {"kept_id": kept_word(people).pk, "absorbed_ids": [term.pk], "content": {}}


def _public_wish(term: Term, people: People) -> dict[str, Any]:
    return {"kept": kept_word(people).public_id, "absorbed": [term.public_id]}


def _operation_of(term: Term) -> Operation:
    return Operation.objects.get(merges__absorbed=term)


def _token_of(action: str, term: Term, people: People) -> str:
    """Return the token of what is shown to somebody who may do it; none where it cannot be done."""
    try:
        if action == "split":
            return merging.split_preview(term_id=term.pk, stays={}, part=PART, by=people.merger).token
        if action == "undo_merge":
            return merging.undo_preview(_operation_of(term).pk, by=people.merger).token
        return merging.preview(**_merge_wish(term, people), by=people.merger).token
    except TermbookError:
        return "none"


def _publish(text: Revision, by: Any) -> None:
    rendered = workflow.render_texts([text.pk])
    refusals = workflow.publish_import([workflow.Publication(text.pk)], by=by, rendered=rendered)
    for refusal in refusals.values():
        raise refusal


def ask_the_rule(action: str, subject: Any, by: Any, people: People) -> str:
    try:
        BY_THE_RULE[action](subject, by, people)
    except TermbookError as refusal:
        return refusal.code
    return "done"


def client_of(session: str | None) -> Client:
    """Return a browser that brings nothing but its session: messages of other cells are not in it."""
    client = Client()
    if session:
        client.cookies["sessionid"] = session
    return client


def ask_the_desk(action: str, subject: Any, session: Any, people: People) -> str:
    if action in ON_NOTHING or action in {"propose", "save_draft"}:
        address = f"/admin/terms/term/{subject.term_id}/change/" if subject else "/admin/terms/term/add/"
        button = {"create_draft": "_save_draft", "propose_new": "_propose"}.get(action, f"_{action}")
        words = {**WISH, "based_on": subject.number} if subject else NEW
        sent = {**words, "comment": "Why.", "links_itself": "on", button: "1"}
    elif action in ON_TERMS:
        address = f"/admin/terms/term/{subject.pk}/{action}/"
        sent = {"reason": "A reason.", "comment": "A reason."}
        if subject.live_revision_id:
            sent["based_on"] = subject.live_revision.number
    else:
        address = f"/admin/terms/revision/{subject.pk}/change/"
        sent = {f"_{action}": "1"}
        if action == "assign":
            sent |= {"assignee": people.checker.pk, "due_on": ""}
        elif action != "bring_up_to_date":
            sent["remark"] = "A remark."
    return _answer_of_a_page(client_of(session).post(address, sent))


ACCOUNT_ACTIONS = ("withdraw", "resubmit", "bring_up_to_date", "propose")


def ask_the_account(action: str, subject: Any, session: Any, people: People) -> str:
    address = f"/account/proposals/{subject.pk}/"
    sent = {"text": "An answer.", f"_{action}": "1"}
    if action == "propose":
        address += "edit/"
        sent = {
            "name": subject.content["name"],
            "short_definition": "",
            **WISH,
            "aliases": "",
            "sources": "",
            "comment": "Why.",
            "based_on": subject.number,
        }
    return _answer_of_a_page(client_of(session).post(address, sent))


def _answer_of_a_page(response: Any) -> str:
    """Name what a page answered as the rules name it."""
    if response.status_code == 302:
        return "login" if "/login/" in response.headers["Location"] else "done"
    html = response.content.decode()
    if response.status_code == 403:
        if "This form was not sent" in html:
            return "form expired"
        return "own_work" if "you wrote this text; somebody else has to decide" in html else "not_allowed"
    if response.status_code == 409:
        is_stale = "replaced revision" in html or "corrected your text while" in html
        return "stale_edit" if is_stale else "wrong_state"
    return {404: "not_found"}.get(response.status_code, f"{response.status_code}")


def ask_the_api(action: str, subject: Any, headers: dict[str, str], people: People) -> str:
    session = headers.get("session")
    sent: dict[str, Any] = {
        "save_draft": {**WISH, "draft": True, "comment": "Why."},
        "propose": {**WISH, "comment": "Why."},
        "resubmit": {"answer": "It stays."},
        "assign": {"assignee": people.checker.username},
        "request_changes": {"reason": "Shorter."},
        "reject": {"reason": "Wrong."},
        "discard_draft": {"reason": "Away."},
        "deprecate": {"reason": "Out of use."},
        "remove": {"reason": "Not ours."},
        "create_draft": {**NEW, "draft": True},
        "propose_new": NEW,
    }.get(action, {})
    if action in ON_NOTHING:
        method, address = "POST", "/api/v1/terms/"
    elif action in ON_WHOLE_TERMS:
        method, address, sent = "POST", *_whole_term_call(action, subject, people)
    elif action in ON_TERMS:
        call = {"discard_draft": "discard"}.get(action, action)
        method, address = "POST", f"/api/v1/terms/{subject.public_id}/{call}"
        if action == "remove":
            method, address = "DELETE", f"/api/v1/terms/{subject.public_id}/"
    elif action in {"propose", "save_draft"}:
        method, address = "PATCH", f"/api/v1/terms/{subject.term.public_id}/"
        sent["based_on"] = subject.number
    else:
        method = "POST"
        address = (
            f"/api/v1/terms/{subject.term.public_id}/revisions/{subject.number}/{action.replace('_', '-')}"
        )
    key = {"Authorization": headers["token"]} if "token" in headers else {}
    response = client_of(session).generic(
        method, address, json.dumps(sent), "application/json", headers={"If-Match": "*", **key}
    )
    if response.status_code < 300:
        return "done"
    return response.json().get("code", str(response.status_code))


def _whole_term_call(action: str, term: Term, people: People) -> tuple[str, dict[str, Any]]:
    """Return the address and the body of a merge, a proposal of one, a split or an undo."""
    if action == "undo_merge":
        address, sent = f"/api/v1/merges/{_operation_of(term).pk}/undo", {}
    elif action == "split":
        address, sent = "/api/v1/splits/", {"term": term.public_id, "part": PART}
    else:
        address = {"merge": "/api/v1/merges/", "propose_merge": "/api/v1/merge-proposals/"}[action]
        sent = _public_wish(term, people)
    shown = action if action in {"split", "undo_merge"} else "merge"
    return address, {**sent, "token": _token_of(shown, term, people)}


# --- Keys to the doors ---------------------------------------------------------------------------


def sessions_of(people: People) -> dict[str, str]:
    """Log the three in; a role that changes afterwards counts at once."""
    keys = {}
    for part in PARTS:
        client = Client()
        client.force_login(getattr(people, part))
        keys[part] = client.cookies["sessionid"].value
    return keys


def tokens_of(people: People, scopes: list[str]) -> dict[str, str]:
    """Give each of the three a token of these scopes, issued while they had every right."""
    dress(people, "superuser")
    return {
        part: "Bearer "
        + tokens.issue_token(
            owner=get_user_model().objects.get(pk=getattr(people, part).pk), name=part, scopes=scopes, days=1
        )[1]
        for part in PARTS
    }


# --- A door with everything that is tried at it ----------------------------------------------------


class Door(NamedTuple):
    """How to ask there, what it answers, with which keys, and what the log calls it."""

    ask: Callable[[str, Any, Any, People], str]
    expected: Callable[[str, str, str, str], str]
    keys: Callable[[People], Callable[[str, str], Any]]
    name: str
    actions: tuple[str, ...] = tuple(action for action in RULES if action not in ONLY_BY_THE_RULE)
    is_for_anonymous: bool = True
    is_slow: bool = True


def _no_keys(people: People) -> Callable[[str, str], Any]:
    return lambda action, part: None


def _sessions(people: People) -> Callable[[str, str], Any]:
    found = sessions_of(people)
    return lambda action, part: found[part]


def _sessions_of_programs(people: People) -> Callable[[str, str], Any]:
    found = sessions_of(people)
    return lambda action, part: {"session": found[part]}


def _tokens(people: People) -> Callable[[str, str], Any]:
    found = tokens_of(people, list(ApiToken.Scope.values))
    return lambda action, part: {"token": found[part]}


def _narrow_tokens(people: People) -> Callable[[str, str], Any]:
    """Return tokens that have every scope but the one that is needed."""
    found = {
        needed: tokens_of(people, [scope for scope in ApiToken.Scope.values if scope != needed])
        for needed in {rule.scope for rule in RULES.values()}
    }
    return lambda action, part: {"token": found[RULES[action].scope][part]}


def _of_a_token(action: str, state: str, role: str, part: str) -> str:
    unknown = role == "deactivated"
    return "authentication_failed" if unknown else answer_of_the_api(action, state, role, part)


def _of_a_narrow_token(action: str, state: str, role: str, part: str) -> str:
    return "authentication_failed" if role == "deactivated" else "missing_scope"


ON_THE_DESK = tuple(action for action in RULES if action not in ONLY_BY_THE_RULE | {*ON_WHOLE_TERMS})

DOORS = {
    "rule": Door(ask_the_rule, answer_of_the_rule, _no_keys, "command", tuple(RULES), is_slow=False),
    "desk": Door(ask_the_desk, answer_of_the_desk, _sessions, "desk", ON_THE_DESK),
    "account": Door(ask_the_account, answer_of_the_account, _sessions, "site", ACCOUNT_ACTIONS),
    "session": Door(ask_the_api, answer_of_the_api, _sessions_of_programs, "api"),
    "token": Door(ask_the_api, _of_a_token, _tokens, "api", is_for_anonymous=False),
    "narrow token": Door(ask_the_api, _of_a_narrow_token, _narrow_tokens, "api", is_for_anonymous=False),
}


def actions_of(door: str, scene: str) -> list[str]:
    return [action for action in SCENES[scene][1] if action in DOORS[door].actions]


EVERYTHING = [(door, scene) for door in DOORS for scene in SCENES if actions_of(door, scene)]


def cells(door: str, action: str, *, every_one: bool = True) -> Iterator[tuple[str, str, str]]:
    """Yield role, part and state of the cells of an action at a door.

    At the doors that cost a page each, the regular run tries every role in every state once, with the
    parts in turns: so each pair of role, part and state is there. The deep run tries every triple.
    """
    states = ("new",) if action in ON_NOTHING else TERM_STATES if action in ON_TERMS else REVISION_STATES
    states = MERGE_STATES if action == "undo_merge" else states
    for (turn, role), (shift, state) in product(enumerate(ROLES), enumerate(states)):
        if role == "anonymous" and not DOORS[door].is_for_anonymous:
            continue
        parts = ("other",) if role == "anonymous" or action in ON_NOTHING else PARTS
        if not every_one and DOORS[door].is_slow:
            parts = (parts[(turn + shift) % len(parts)],)
        for part in parts:
            yield role, part, state


# What is no work of a rule: who is logged in, when a token was used, and what the desk keeps of a form
# that came back, so that nobody's words are lost.
_KEPT_ASIDE = frozenset({"django_session", "terms_apitoken", "terms_presence", "terms_unsenttext"})
_HARMLESS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK)\b")
_WRITE = re.compile(r"""\s*(?:INSERT (?:OR IGNORE )?INTO|UPDATE|DELETE FROM) "?(\w+)""")


class _Writes:
    """Notes which tables were written to: only they can differ from what they were."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not _HARMLESS.match(sql):
            self.tables.add(_WRITE.match(sql)[1])
        return execute(sql, *rest)


def rows_of(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608
        return cursor.fetchall()


class Stage:
    """A scene at a door, on which each cell is played and taken back."""

    def __init__(self, door: str, scene: str, people: People) -> None:
        self.door, self.people = DOORS[door], people
        self.things = SCENES[scene][0](people)
        self.key_of = self.door.keys(people)
        # Accounts are not among them: they change their roles, and no action may touch them.
        tables = connection.introspection.table_names()
        self.rows = {table: rows_of(table) for table in tables if table.startswith("terms_")}
        self.last_event = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.last_revision = Revision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def play(
        self, role: str, tried: list[tuple[str, str, str]], expected: Callable[..., str]
    ) -> Iterator[str]:
        """Try cells of a role; yield a line for each that is not as it must be."""
        with transaction.atomic():
            persons = dress(self.people, role)
            for action, part, state in tried:
                wanted = expected(action, state, role, part)
                with transaction.atomic():
                    for said in self._cell(action, state, part, persons[part], wanted):
                        yield f"{action} of {state} by {role}, {part}: {said}"
                    transaction.set_rollback(True)
            transaction.set_rollback(True)

    def _cell(self, action: str, state: str, part: str, person: Any, wanted: str) -> Iterator[str]:
        writes = _Writes()
        key = person if self.door.ask is ask_the_rule else self.key_of(action, part) if person.pk else {}
        with connection.execute_wrapper(writes):
            answer = self.door.ask(action, self.things[state], key, self.people)
        if answer != wanted:
            yield f"{answer} instead of {wanted}"
        elif wanted == "done":
            yield from self._what_is_wrong_after(action, state, part, person)
        else:
            for table in writes.tables - _KEPT_ASIDE:
                if table not in self.rows or rows_of(table) != self.rows[table]:
                    yield f"refused, and {table} is changed"

    def _what_is_wrong_after(self, action: str, state: str, part: str, person: Any) -> Iterator[str]:
        thing = self.things[state]
        events = list(Event.objects.filter(pk__gt=self.last_event).order_by("pk"))
        new = list(Revision.objects.filter(pk__gt=self.last_revision).order_by("pk"))
        authors = {person.pk}
        if (action, state) == ("split", "draft"):
            # Who wrote the draft wrote its part too, and may not approve it: their texts stand before it.
            new = [text for text in new if text.state != "superseded"]
            authors = {getattr(self.people, one).pk for one in ("author", "earlier")} | {person.pk}
        before = getattr(thing, "term", thing)
        term = Term.objects.get(pk=before.pk if before else new[0].term_id)
        subject = Revision.objects.get(pk=thing.pk).state if isinstance(thing, Revision) else term.status
        after = After(
            subject,
            term.status,
            term.version,
            tuple(revision.state for revision in new),
            tuple((event.kind, event.is_public) for event in events),
        )
        is_own = action == "approve" and part != "other"
        wanted = outcome(action, state, version=before.version if before else 0, is_own_approval=is_own)
        if after != wanted:
            yield f"{after} instead of {wanted}"
        if {(event.by_id, event.door) for event in events} != {(person.pk, self.door.name)}:
            yield f"in the log as by {[(event.by_name, event.door) for event in events]}"
        if action == "bring_up_to_date":
            authors = {self.people.author.pk}
        if {revision.author_id for revision in new} - authors:
            yield "the new text is somebody else’s"
        if action in {"approve", "publish_import"} and term.live_revision_id != thing.pk:
            yield "another text is live"


def wrong_cells(
    door: str,
    scene: str,
    people: People,
    *,
    every_one: bool = False,
    only: Iterable[str] = (),
    expected: Callable[..., str] | None = None,
) -> list[str]:
    """Play the cells of a scene at a door; return what is wrong."""
    stage = Stage(door, scene, people)
    by_role: dict[str, list[tuple[str, str, str]]] = {}
    for action in only or actions_of(door, scene):
        for role, part, state in cells(door, action, every_one=every_one):
            by_role.setdefault(role, []).append((action, part, state))
    played = (stage.play(role, tried, expected or DOORS[door].expected) for role, tried in by_role.items())
    return list(chain.from_iterable(played))


# --- The matrix ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("every_one", "count"), [(True, 14_490), (False, 7_084)])
def test_the_matrix_has_as_many_cells_as_it_says(every_one, count):
    found = [
        (door, *cell)
        for door, scene in EVERYTHING
        for action in actions_of(door, scene)
        for cell in cells(door, action, every_one=every_one)
    ]

    assert len(found) == count


# The rule is asked on both databases in every run, the desk on one, the other doors to it in CI.
_MARKS: dict[str, list[pytest.MarkDecorator]] = {"rule": []}
_OTHERS = [pytest.mark.once, pytest.mark.ci]


@pytest.mark.parametrize(
    ("door", "scene"),
    [pytest.param(door, scene, marks=_MARKS.get(door, _OTHERS)) for door, scene in EVERYTHING],
)
def test_who_may_do_what_from_where(door, scene, people):
    assert wrong_cells(door, scene, people) == []


@pytest.mark.deep
@pytest.mark.parametrize(
    ("door", "scene"), [(door, scene) for door, scene in EVERYTHING if DOORS[door].is_slow]
)
def test_who_may_do_what_from_where_in_every_cell(door, scene, people):
    assert wrong_cells(door, scene, people, every_one=True) == []


@pytest.mark.once
@pytest.mark.parametrize(
    "door", ["rule", *(pytest.param(door, marks=pytest.mark.ci) for door in ("desk", "session"))]
)
def test_where_one_person_writes_and_decides_it_is_allowed_and_the_log_says_so(door, people, settings):
    settings.SELF_REVIEW = True

    def expected(action: str, state: str, role: str, part: str) -> str:
        answer = DOORS[door].expected(action, state, role, part)
        if answer == "own_work":
            return answer_of_the_rule(action, state, role, part, self_review=True)
        return answer

    decisions = ("approve", "reject", "request_changes")
    assert wrong_cells(door, "texts", people, only=decisions, expected=expected) == []


# --- The door of files ---------------------------------------------------------------------------

# What a row of a file makes of a term in this state: what the plan calls it, and the state of the new
# text. Nothing goes live, whoever imports and whatever the row says of its status.
IMPORTED = {
    "new": ("create", ("draft",)),
    "draft": ("update", ("draft",)),
    "published": ("update", ("proposed",)),
    "deprecated": ("update", ("proposed",)),
    "merged": ("conflict", ()),
    "removed": ("conflict", ()),
    "removed when deprecated": ("conflict", ()),
    "discarded": ("conflict", ()),
}
SAID = ("", "draft", "published", "deprecated")
IMPORT_CELLS = [
    (role, said, state) for role in ROLES if role != "anonymous" for said in SAID for state in IMPORTED
]


def bring_in_one_row(state: str, term: Term | None, said: str, by: Any) -> str:
    """Import one row; return what was planned for it."""
    name = term.name if term else "New word"
    row = f"{term.public_id if term else ''},{name},Words of the file.,{said}"
    file = importing.GivenFile("words.csv", f"id,name,definition,status\n{row}\n".encode())
    batch = importing.prepare([file], by=by)
    [planned] = importing.rows(batch)
    if planned.action in planned.WORK:
        batch = importing.carry_out(batch, importing.token(batch, by), by=by)
        assert "failed" not in batch.outcomes
    return planned.action


def wrong_import(state: str, term: Term | None, said: str, role: str, by: Any) -> Iterator[str]:
    """Import one row; yield what is not as it must be."""
    last_revision, last_event = (
        model.objects.order_by("-pk").values_list("pk", flat=True).first() for model in (Revision, Event)
    )
    before = term and (term.status, term.version, term.live_revision_id)
    writes = _Writes()
    try:
        with connection.execute_wrapper(writes):
            action = bring_in_one_row(state, term, said, by)
    except TermbookError as refusal:
        action = refusal.code
    new = list(Revision.objects.filter(pk__gt=last_revision).order_by("pk"))
    wanted, texts_made = IMPORTED[state] if role in EDITORS else ("not_allowed", ())
    if (action, tuple(text.state for text in new)) != (wanted, texts_made):
        yield f"{action} with {new} instead of {wanted} with {texts_made}"
    if role not in EDITORS and writes.tables:
        yield f"refused, and {writes.tables} is changed"
    if term is not None:
        now = Term.objects.get(pk=term.pk)
        if (now.status, now.version, now.live_revision_id) != before:
            yield f"readers see something else: {before}, then {now.status}, version {now.version}"
    elif new and (new[0].term.status, new[0].term.version) != ("draft", 0):
        yield f"the new term is {new[0].term.status}"
    events = Event.objects.filter(pk__gt=last_event)
    if {(event.is_public, event.door, event.by_id) for event in events} - {(False, "import", by.pk)}:
        yield "the log tells readers, or names another door or person"
    of_the_file = events.filter(kind=Event.Kind.IMPORTED)
    if len(new) != len(events) - len(of_the_file) or len(of_the_file) != bool(new):
        yield f"{len(events)} lines in the log"


@pytest.mark.parametrize("role", [role for role in ROLES if role != "anonymous"])
def test_a_file_makes_nothing_live_and_changes_no_status(role, people):
    terms = {"new": None, **all_terms(people)}
    by = dress(people, role)["other"]

    wrong = []
    for cell_role, said, state in IMPORT_CELLS:
        if cell_role == role:
            with transaction.atomic():
                found = wrong_import(state, terms[state], said, role, by)
                wrong += [f"{state}, said “{said}”: {line}" for line in found]
                transaction.set_rollback(True)

    assert wrong == []


@pytest.mark.parametrize("state", ["proposed", "changes_requested"])
def test_a_file_takes_no_new_term_out_of_the_queue(state, people):
    """The text that comes in takes the place of the one that waits: it waits, too."""
    proposal = workflow.propose(content=NEW, by=people.author, comment="Why.")
    if state == "changes_requested":
        workflow.request_changes(revision_id=proposal.pk, by=people.checker, reason="Shorter.")

    bring_in_one_row("draft", proposal.term, "", people.other)

    newest = proposal.term.revisions.order_by("-number").first()
    assert (newest.number, newest.content["definition"]) == (2, "Words of the file.")
    assert newest.state == "proposed"


# --- Terms that are gone -------------------------------------------------------------------------

# A text of a term that is off the site can be settled, but not gone on with.
GOES_ON = {"save_draft", "propose", "bring_up_to_date", "approve", "publish_import", "assign"}


@pytest.mark.parametrize("action", ON_TEXTS)
def test_a_text_of_a_removed_term_is_settled_but_not_gone_on_with(action, people):
    chief = make_user("Chief editors")
    wrong = []
    for state in OPEN:
        text = make_text(state, people)
        overtake(text, people)
        workflow.remove(term_id=text.term_id, by=chief, reason="Not ours.")
        text = Revision.objects.select_related("term").get(pk=text.pk)
        role_player = people.author if RULES[action].whose == "the author's" else chief
        with transaction.atomic():
            answer = ask_the_rule(action, text, role_player, people)
            transaction.set_rollback(True)
        wanted = answer_of_the_rule(
            action, state, "Chief editors", "author" if action == "withdraw" else "other"
        )
        if action in GOES_ON:
            wanted = "wrong_state"
        if answer != wanted:
            wrong.append(f"{action} of {state}: {answer} instead of {wanted}")

    assert wrong == []
