"""The gate: who may do what in which state, and what readers see then."""

from itertools import pairwise

import pytest
from builders import ROLES, make_draft, make_term, make_user, propose_change
from django.db import IntegrityError, transaction

from terms import checking, publishing, revisions, workflow
from terms.errors import InvalidContent, NameTaken, NotAllowed, OwnWork, StaleEdit, WrongState
from terms.models import AppendOnly, Event, FormerSlug, Relation, Revision, Term

pytestmark = pytest.mark.django_db


# --- The way of a text ---------------------------------------------------------------------------


def test_draft_is_proposed_approved_and_live(editor, reviewer):
    draft = workflow.create_draft(content={"name": "Dropout", "definition": "Old."}, by=editor)

    proposal = workflow.propose(
        term_id=draft.term_id, based_on=1, content={"definition": "New."}, by=editor, comment="Clearer."
    )
    term = workflow.approve(revision_id=proposal.pk, by=reviewer)

    assert (term.status, term.version, term.slug) == ("published", 1, "dropout")
    assert "New." in term.definition_html
    assert term.document["definition"] == "New."
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reviewer, proposal.version) == ("approved", reviewer, 1)
    assert Revision.objects.get(pk=draft.pk).state == "superseded"


def test_readers_see_the_old_text_until_approval(reviewer):
    term = make_term(definition="Old text.")

    revision = propose_change(term, definition="New text.")

    term.refresh_from_db()
    assert term.definition == "Old text."
    workflow.approve(revision_id=revision.pk, by=reviewer)
    term.refresh_from_db()
    assert term.definition == "New text."
    assert term.version == 2


@pytest.mark.parametrize("public_id", ["a b", "x" * 21, "a/b", "taken"])
def test_a_new_term_gets_no_identifier_that_cannot_be(public_id, editor):
    workflow.create_draft(content={"name": "First"}, by=editor, public_id="taken")

    with pytest.raises(InvalidContent, match="Identifier"):
        workflow.create_draft(content={"name": "Second"}, by=editor, public_id=public_id)


def test_an_unchanged_draft_is_proposed_as_it_stands(editor):
    draft = make_draft(by=editor)

    proposal = workflow.propose(term_id=draft.term_id, based_on=1, content={}, by=editor)

    assert (proposal.pk, proposal.state) == (draft.pk, "proposed")


def test_nothing_changed_is_no_proposal(editor):
    term = make_term()

    with pytest.raises(InvalidContent, match="Nothing was changed"):
        workflow.propose(
            term_id=term.pk, based_on=term.live_revision.number, content={"name": term.name}, by=editor
        )


def test_rows_say_what_the_live_revision_says(reviewer):
    other = make_term("Layer")
    term = make_term(
        aliases=[{"text": "Drop-out", "kind": "spelling_variant"}, {"text": "DO", "kind": "acronym"}],
        tags=["Regularization", "Training techniques"],
        relations=[{"kind": "broader", "target": "Layer"}],
        sources=[{"title": "A paper", "url": "https://example.org/p"}],
        notes=[{"kind": "example", "text": "p = 0.5"}],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
        review_by="2030-01-31",
    )
    assert revisions.snapshot(term) == term.live_revision.content

    revision = propose_change(term, aliases=[], tags=["Regularization"], relations=[], notes=[])
    term = workflow.approve(revision_id=revision.pk, by=reviewer)

    assert revisions.snapshot(term) == term.live_revision.content
    assert not Relation.objects.filter(target=other).exists()


def test_every_publication_raises_the_content_version():
    before = publishing.content_version()

    make_term()

    assert publishing.content_version() > before


# --- Four eyes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_superuser", [False, True])
def test_author_may_not_approve_own_proposal(is_superuser):
    author = make_user("Chief editors", is_superuser=is_superuser)
    revision = workflow.propose(content={"name": "Dropout", "definition": "x"}, by=author)

    with pytest.raises(OwnWork, match="somebody else"):
        workflow.approve(revision_id=revision.pk, by=author)

    assert not workflow.may(author, "approve", revision=revision)
    assert Term.objects.published().count() == 0


def test_a_comma_of_a_colleague_does_not_let_the_author_approve(reviewer, editor):
    own = workflow.propose(content={"name": "Dropout", "definition": "Mine"}, by=reviewer)

    corrected = workflow.propose(
        term_id=own.term_id, based_on=own.number, content={"definition": "Mine."}, by=editor
    )

    with pytest.raises(OwnWork):
        workflow.approve(revision_id=corrected.pk, by=reviewer)
    with pytest.raises(OwnWork):
        workflow.reject(revision_id=corrected.pk, by=reviewer, reason="no")


def test_a_one_person_glossary_may_allow_it_and_the_history_says_so(settings, chief):
    settings.SELF_REVIEW = True
    revision = workflow.propose(content={"name": "Dropout", "definition": "x"}, by=chief)

    workflow.approve(revision_id=revision.pk, by=chief)

    assert Event.objects.filter(kind="revision.self_reviewed", by=chief).count() == 1


# --- The table -----------------------------------------------------------------------------------

_REVISION_ACTIONS = ["save_draft", "propose", "withdraw", "reject", "approve"]
_TERM_ACTIONS = ["discard_draft", "deprecate", "reinstate", "remove", "restore"]


def _term_in(status):
    if status == "draft":
        return make_draft().term
    term = make_term()
    boss = make_user("Chief editors")
    if status == "deprecated":
        workflow.deprecate(term_id=term.pk, by=boss, reason="Old.")
    if status == "removed":
        workflow.remove(term_id=term.pk, by=boss, reason="Wrong.")
    return Term.objects.get(pk=term.pk)


_TERM_CALLS = {
    "discard_draft": lambda term, by: workflow.discard_draft(term_id=term.pk, by=by, reason="x"),
    "deprecate": lambda term, by: workflow.deprecate(term_id=term.pk, by=by, reason="x"),
    "reinstate": lambda term, by: workflow.reinstate(term_id=term.pk, by=by, comment="x"),
    "remove": lambda term, by: workflow.remove(term_id=term.pk, by=by, reason="x"),
    "restore": lambda term, by: workflow.restore(term_id=term.pk, by=by, comment="x"),
}


@pytest.mark.parametrize("role", ["", *ROLES])
@pytest.mark.parametrize("status", ["draft", "published", "deprecated", "removed"])
@pytest.mark.parametrize("action", _TERM_ACTIONS)
def test_terms_change_status_only_as_the_table_says(action, status, role):
    term, user = _term_in(status), make_user(role)
    rule = workflow.TRANSITIONS[action]
    has_right = rule.permission in ROLES.get(role, [])
    events = Event.objects.count()

    if has_right and status in rule.states:
        after = _TERM_CALLS[action](term, user)
        assert after.status == (rule.to or "published")
        assert Event.objects.count() == events + 1
    else:
        assert not workflow.may(user, action, term=term)
        with pytest.raises(WrongState if has_right else NotAllowed):
            _TERM_CALLS[action](term, user)
        assert Term.objects.get(pk=term.pk).status == status
        assert Event.objects.count() == events


def _revision_in(state, author):
    revision = workflow.propose(content={"name": "Dropout", "definition": "x"}, by=author)
    judge = make_user("Reviewers")
    if state == "draft":
        revision = workflow.save_draft(
            term_id=revision.term_id, based_on=1, content={"definition": "y"}, by=author
        )
    if state == "approved":
        workflow.approve(revision_id=revision.pk, by=judge)
    if state == "rejected":
        workflow.reject(revision_id=revision.pk, by=judge, reason="No.")
    if state == "withdrawn":
        workflow.withdraw(revision_id=revision.pk, by=author)
    return Revision.objects.get(pk=revision.pk)


_REVISION_CALLS = {
    "save_draft": lambda r, by: workflow.save_draft(
        term_id=r.term_id, based_on=r.number, content={"definition": "other"}, by=by
    ),
    "propose": lambda r, by: workflow.propose(
        term_id=r.term_id, based_on=r.number, content={"definition": "other"}, by=by
    ),
    "withdraw": lambda r, by: workflow.withdraw(revision_id=r.pk, by=by),
    "reject": lambda r, by: workflow.reject(revision_id=r.pk, by=by, reason="No."),
    "approve": lambda r, by: workflow.approve(revision_id=r.pk, by=by),
}
_STATES = ["draft", "proposed", "approved", "rejected", "withdrawn"]


def _person_fits(who, role, is_author, state):
    return {
        "anybody": True,
        "author": is_author,
        "author or editor": is_author or state == "approved" or "edit_term" in ROLES[role],
        "not the author": not is_author,
    }[who]


@pytest.mark.parametrize("is_author", [True, False])
@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize("state", _STATES)
@pytest.mark.parametrize("action", _REVISION_ACTIONS)
def test_revisions_change_state_only_as_the_table_says(action, state, role, is_author):
    user = make_user(role)
    revision = _revision_in(state, user if is_author else make_user("Editors"))
    rule = workflow.TRANSITIONS[action]
    allowed = rule.permission in ROLES[role] and _person_fits(rule.who, role, is_author, state)

    if allowed and state in rule.states:
        _REVISION_CALLS[action](revision, user)
    else:
        with pytest.raises(WrongState if allowed else NotAllowed):
            _REVISION_CALLS[action](revision, user)
        assert Revision.objects.get(pk=revision.pk).state == state


def test_inactive_accounts_may_do_nothing(chief):
    chief.is_active = False

    assert not any(workflow.may(chief, action) for action in workflow.TRANSITIONS)


# --- Stale edits ---------------------------------------------------------------------------------


def test_a_stale_edit_is_refused_with_all_three_texts(editor, reviewer):
    term = make_term(definition="Base.")
    number = term.live_revision.number
    workflow.approve(revision_id=propose_change(term, definition="Theirs.").pk, by=reviewer)

    with pytest.raises(StaleEdit, match="Your text is kept") as refusal:
        workflow.propose(term_id=term.pk, based_on=number, content={"definition": "Mine."}, by=editor)

    sides = {side: refusal.value.conflict[side]["definition"] for side in ("base", "current", "local")}
    assert sides == {"base": "Base.", "current": "Theirs.", "local": "Mine."}


def test_two_corrections_of_one_draft_do_not_lose_one(editor):
    draft = make_draft(by=editor)
    workflow.save_draft(term_id=draft.term_id, based_on=1, content={"definition": "First."}, by=editor)

    with pytest.raises(StaleEdit, match="Revision 2 replaced revision 1"):
        workflow.save_draft(term_id=draft.term_id, based_on=1, content={"definition": "Second."}, by=editor)


def test_a_proposal_whose_base_moved_is_not_approved(reviewer):
    term = make_term(definition="Base.")
    first, second = propose_change(term, definition="First."), propose_change(term, definition="Second.")
    workflow.approve(revision_id=first.pk, by=reviewer)

    with pytest.raises(StaleEdit, match="published after this proposal"):
        workflow.approve(revision_id=second.pk, by=reviewer)

    assert Term.objects.get(pk=term.pk).definition == "First."


def test_approval_is_bound_to_the_revision_that_was_read(editor, reviewer):
    read = workflow.propose(content={"name": "Dropout", "definition": "Read."}, by=editor)
    workflow.propose(term_id=read.term_id, based_on=1, content={"definition": "Slipped in."}, by=editor)

    with pytest.raises(WrongState, match="superseded"):
        workflow.approve(revision_id=read.pk, by=reviewer)


# --- Rejecting and withdrawing -------------------------------------------------------------------


def test_rejection_needs_a_reason_and_keeps_the_text(editor, reviewer):
    revision = workflow.propose(content={"name": "Dropout", "definition": "x"}, by=editor)

    with pytest.raises(InvalidContent, match="give a reason"):
        workflow.reject(revision_id=revision.pk, by=reviewer, reason="  ")
    rejected = workflow.reject(revision_id=revision.pk, by=reviewer, reason="Circular.")

    assert (rejected.decision_reason, rejected.content["definition"]) == ("Circular.", "x")


def test_a_rejected_text_is_reworked_and_proposed_again(editor, reviewer):
    revision = workflow.propose(content={"name": "Dropout", "definition": "x"}, by=editor)
    workflow.reject(revision_id=revision.pk, by=reviewer, reason="Too short.")

    again = workflow.propose(
        term_id=revision.term_id, based_on=1, content={"definition": "Longer."}, by=editor
    )

    assert again.supersedes == revision
    assert Revision.objects.get(pk=revision.pk).state == "rejected"
    assert workflow.approve(revision_id=again.pk, by=reviewer).definition == "Longer."


def test_a_text_rejected_by_mistake_is_proposed_again_as_it_was(editor, reviewer):
    revision = workflow.propose(content={"name": "Dropout", "definition": "x"}, by=editor)
    workflow.reject(revision_id=revision.pk, by=reviewer, reason="Wrong button.")

    again = workflow.propose(term_id=revision.term_id, based_on=1, content={}, by=editor)

    assert (again.state, again.content) == ("proposed", revision.content)


# --- Names and addresses -------------------------------------------------------------------------


def test_drafts_may_share_a_name_but_only_one_is_published(editor, reviewer):
    drafts = [workflow.propose(content={"name": "Dropout", "definition": "x"}, by=editor) for _ in range(3)]
    assert "2 other drafts have this name." in checking.check(drafts[0].content, term=drafts[0].term).advisory
    workflow.approve(revision_id=drafts[0].pk, by=reviewer)

    with pytest.raises(NameTaken, match="is published already"):
        workflow.approve(revision_id=drafts[1].pk, by=reviewer)

    assert Revision.objects.get(pk=drafts[1].pk).state == "proposed"


def test_the_database_itself_refuses_a_second_public_name():
    first, second = make_term("Dropout"), make_term("Other")

    second.set_name("DROPOUT")
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()

    assert first.name_key == "dropout"


def test_homographs_are_told_apart_by_their_qualifier():
    gpu = make_term("Kernel", qualifier="GPU computing")
    ml = make_term("Kernel", qualifier="machine learning")

    assert (gpu.slug, ml.slug) == ("kernel-gpu-computing", "kernel-machine-learning")
    assert set(Term.objects.resolve("kernel").choices) == {gpu, ml}


def test_a_rename_keeps_the_old_address_and_back_again(reviewer):
    term = make_term("Drop out")
    renamed = workflow.approve(revision_id=propose_change(term, name="Dropout").pk, by=reviewer)
    assert renamed.slug == "dropout"
    assert Term.objects.resolve("drop-out").term == term

    back = workflow.approve(revision_id=propose_change(renamed, name="Drop out").pk, by=reviewer)

    assert back.slug == "drop-out"
    assert Term.objects.resolve("drop-out").is_current
    assert not Term.objects.resolve("dropout").is_current
    assert FormerSlug.objects.count() == 1


def test_two_terms_swap_their_names(reviewer):
    one, two = make_term("One"), make_term("Two")
    for term, name in ((one, "Three"), (two, "One"), (one, "Two")):
        term.refresh_from_db()
        workflow.approve(revision_id=propose_change(term, name=name).pk, by=reviewer)

    assert Term.objects.resolve("one").term == two
    assert Term.objects.resolve("two").term == one
    assert Term.objects.resolve("three").term == one


def test_different_names_with_one_address_get_a_number(reviewer):
    make_term("C plus plus")

    term = make_term("C++")

    assert term.slug == "c-plus-plus-2"
    again = workflow.approve(revision_id=propose_change(term, definition="New.").pk, by=reviewer)
    assert again.slug == "c-plus-plus-2"


# --- Deprecation, removal ------------------------------------------------------------------------


def test_deprecation_names_reason_and_successors(reviewer):
    old, new = make_term("Old word"), make_term("New word")

    term = workflow.deprecate(term_id=old.pk, by=reviewer, reason="Nobody says so.", successors=["New word"])

    assert (term.status, term.version) == ("deprecated", 2)
    assert [item["name"] for item in term.document["replaced_by"]] == ["New word"]
    assert {"old word"} == {item["name"].lower() for item in Term.objects.get(pk=new.pk).document["related"]}


def test_a_chain_of_deprecated_successors_is_followed_for_readers(reviewer):
    a, b, c = make_term("A"), make_term("B"), make_term("C")
    workflow.deprecate(term_id=a.pk, by=reviewer, reason="x", successors=[b.public_id])
    workflow.deprecate(term_id=b.pk, by=reviewer, reason="x", successors=[c.public_id])

    assert publishing.successors(Term.objects.get(pk=a.pk)) == [c]
    assert [item["name"] for item in Term.objects.get(pk=a.pk).document["replaced_by"]] == ["C"]


def test_successors_do_not_run_in_a_circle(reviewer):
    a, b = make_term("A"), make_term("B")
    workflow.deprecate(term_id=a.pk, by=reviewer, reason="x", successors=["B"])

    with pytest.raises(InvalidContent, match="leads back"):
        workflow.deprecate(term_id=b.pk, by=reviewer, reason="x", successors=["A"])

    assert Term.objects.get(pk=b.pk).status == "published"


def test_deprecation_needs_a_reason(reviewer):
    term = make_term()

    with pytest.raises(InvalidContent, match="say why"):
        workflow.deprecate(term_id=term.pk, by=reviewer, reason=" ")


def test_removed_and_restored_with_everything(chief):
    other = make_term("Layer")
    term = make_term(
        aliases=["DO"], tags=["Training"], relations=[{"kind": "related", "target": other.public_id}]
    )
    before = term.live_revision.content
    removed = workflow.remove(term_id=term.pk, by=chief, reason="By mistake.")
    assert removed.document is None
    assert Term.objects.get(pk=other.pk).document["related"] == []

    restored = workflow.restore(term_id=term.pk, by=chief)

    assert (restored.status, restored.live_revision.content) == ("published", before)
    assert [item["name"] for item in Term.objects.get(pk=other.pk).document["related"]] == ["Dropout"]


def test_a_discarded_draft_comes_back_as_a_draft(editor, chief):
    draft = make_draft(by=editor)
    workflow.discard_draft(term_id=draft.term_id, by=editor, reason="Noise.")

    assert workflow.restore(term_id=draft.term_id, by=chief).status == "draft"


# --- Relations -----------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 3, 5])
def test_no_circle_of_broader_terms(length, reviewer):
    chain = [make_term(f"T{number}") for number in range(length)]
    for lower, upper in pairwise(chain):
        change = propose_change(lower, relations=[{"kind": "broader", "target": upper.public_id}])
        workflow.approve(revision_id=change.pk, by=reviewer)

    closing = propose_change(chain[-1], relations=[{"kind": "broader", "target": chain[0].public_id}])

    with pytest.raises(InvalidContent, match="leads back to this one"):
        workflow.approve(revision_id=closing.pk, by=reviewer)


def test_a_term_is_not_related_to_itself(editor):
    term = make_term()

    with pytest.raises(InvalidContent, match="related to itself"):
        propose_change(term, relations=[{"kind": "related", "target": term.name}])


def test_relations_are_read_from_both_sides_and_kept_in_both_documents(reviewer):
    upper = make_term("Regularization")
    lower = make_term("Dropout", relations=[{"kind": "broader", "target": "Regularization"}])

    assert [(r["relation"], r["name"]) for r in lower.document["related"]] == [("broader", "Regularization")]
    upper.refresh_from_db()
    assert [(r["relation"], r["name"]) for r in upper.document["related"]] == [("narrower", "Dropout")]


def test_relation_to_a_draft_is_invisible_until_that_is_public(editor, reviewer):
    draft = make_draft("Secret", by=editor)
    term = make_term("Open", relations=[{"kind": "related", "target": draft.term.public_id}])
    assert term.document["related"] == []
    assert publishing.public_content(term.live_revision.content)["relations"] == []

    proposal = workflow.propose(term_id=draft.term_id, based_on=1, content={}, by=editor)
    workflow.approve(revision_id=proposal.pk, by=reviewer)

    assert [r["name"] for r in Term.objects.get(pk=term.pk).document["related"]] == ["Secret"]


def test_contributors_cannot_find_drafts_by_relating_to_them(contributor):
    make_draft("Secret plan")

    with pytest.raises(InvalidContent, match="there is no term “Secret plan”"):
        workflow.propose(
            content={"name": "X", "definition": "x", "relations": ["Secret plan"]}, by=contributor
        )


# --- Checks, history, summaries ------------------------------------------------------------------


def test_a_short_definition_is_enough_to_be_published(editor, reviewer):
    revision = workflow.propose(content={"name": "Keel", "short_definition": "A timber."}, by=editor)

    assert workflow.approve(revision_id=revision.pk, by=reviewer).is_public


def test_a_term_without_definition_is_not_published(editor, reviewer):
    revision = workflow.propose(content={"name": "Stub"}, by=editor)

    with pytest.raises(InvalidContent, match="needs a definition"):
        workflow.approve(revision_id=revision.pk, by=reviewer)


def test_reviewers_are_told_what_deserves_a_look(editor):
    revision = make_draft("Stub", by=editor, definition=r"Broken $\frac{a$ and [[Nowhere]].")

    advice = " ".join(checking.check(revision.content, term=revision.term).advisory)

    for hint in ("formula", "Formula", "no short definition", "no tag", "no source", "“Nowhere”"):
        assert hint.lower() in advice.lower()


def test_reviewers_are_told_of_names_that_other_terms_have(editor):
    make_term("Adam", aliases=["Adaptive moments"])
    revision = make_draft("Zeppelin", by=editor, aliases=["Adam", "adaptive moments"])

    advice = checking.check(revision.content, term=revision.term).advisory

    assert "“Adam”, one of the other names, is a term of its own." in advice
    assert "“Adam” has one of these names among its own." in advice


def test_all_that_blocks_is_said_at_once(editor, reviewer):
    make_term("Adam")
    revision = workflow.propose(content={"name": "Adam"}, by=editor)

    with pytest.raises(InvalidContent) as refusal:
        workflow.approve(revision_id=revision.pk, by=reviewer)

    assert set(refusal.value.problems) == {"name", "definition"}


def test_an_edit_summary_can_be_required(settings, editor):
    settings.SUMMARY_REQUIRED = True

    with pytest.raises(InvalidContent, match="say in a few words"):
        workflow.propose(content={"name": "X", "definition": "x"}, by=editor)


@pytest.mark.parametrize("remark", ["a\x00b", "x" * 2001, "\ud800"])
def test_what_no_database_takes_is_no_remark(remark, editor, chief):
    term = make_term()

    for refused in (
        lambda: propose_change(term, by=editor, definition="New.", comment=remark),
        lambda: workflow.deprecate(term_id=term.pk, by=chief, reason=remark),
        lambda: workflow.remove(term_id=term.pk, by=chief, reason=remark),
    ):
        with pytest.raises(InvalidContent, match=r"control characters|2,000 characters"):
            refused()


def test_history_is_append_only():
    term = make_term()
    revision = term.live_revision

    revision.content = {**revision.content, "definition": "Forged."}
    for forge in (
        revision.save,
        lambda: revision.save(update_fields=["content"]),
        revision.delete,
        lambda: Revision.objects.update(comment="x"),
        lambda: Revision.objects.all().delete(),
        lambda: Event.objects.update(note="x"),
        lambda: Event.objects.all().delete(),
    ):
        with pytest.raises(AppendOnly):
            forge()


def test_a_failure_in_the_middle_of_publishing_changes_nothing(monkeypatch, reviewer):
    term = make_term(definition="Old.")
    revision = propose_change(term, definition="New.")
    version = publishing.content_version()
    for step in ("remake", "neighbours"):
        with monkeypatch.context() as patch:

            def fail(*args, **kwargs):
                raise RuntimeError("disk full")

            patch.setattr(publishing, step, fail)
            with pytest.raises(RuntimeError):
                workflow.approve(revision_id=revision.pk, by=reviewer)

    term.refresh_from_db()
    revision.refresh_from_db()
    assert (term.definition, revision.state, publishing.content_version()) == ("Old.", "proposed", version)


def test_render_again_mends_what_the_public_gets():
    term = make_term(definition="Some *text*.")
    Term.objects.filter(pk=term.pk).update(definition_html="old", document=None)

    assert workflow.render_again() == 1

    term.refresh_from_db()
    assert "<em>text</em>" in term.definition_html
    assert term.document["definition_html"] == term.definition_html
    assert Revision.objects.filter(term=term).count() == 1


def test_a_term_whose_related_term_was_removed_is_still_deprecated_and_reinstated(reviewer, chief):
    other = make_term("Loss")
    term = make_term(relations=[{"kind": "related", "target": other.public_id}])
    workflow.remove(term_id=other.pk, by=chief, reason="Outside.")

    workflow.deprecate(term_id=term.pk, by=reviewer, reason="Old.")
    workflow.reinstate(term_id=term.pk, by=reviewer)

    live = Term.objects.get(pk=term.pk).live_revision
    assert live.content["relations"] == [{"kind": "related", "target": other.public_id}]


def test_a_new_relation_to_a_removed_term_is_refused(editor, chief):
    other, term = make_term("Loss"), make_term()
    workflow.remove(term_id=other.pk, by=chief, reason="Outside.")

    with pytest.raises(InvalidContent, match="there is no term"):
        propose_change(term, relations=[{"kind": "related", "target": other.public_id}])
