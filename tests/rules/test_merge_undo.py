"""A merge is taken back: what nobody touched is as it was, what somebody changed since stays and is told."""

from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, merge, propose_change, undo
from django.db import connection
from django.utils import timezone
from snapshots import hash_of_all_rows

from terms import linking, merging, planning, revisions, search, workflow
from terms.errors import InvalidContent, NotAllowed, StalePreview, WrongState
from terms.models import (
    DuplicatePair,
    Event,
    FormerSlug,
    IndexEntry,
    Merge,
    PlannedChange,
    Relation,
    Revision,
    SearchDocument,
    Term,
)

pytestmark = pytest.mark.django_db


def fresh(term):
    return Term.objects.get(pk=term.pk)


def live(term):
    return fresh(term).live_revision.content


def approve(revision):
    return workflow.approve(revision_id=revision.pk, by=make_user("Reviewers"))


def edit(term, **content):
    return approve(propose_change(fresh(term), **content))


def related(other, kind="related"):
    return {"kind": kind, "target": other.public_id}


def state_of(*terms):
    """Return everything that a merge may move of these terms, but for how often and when they changed."""
    return [_state_of_one(fresh(term)) for term in terms]


def _state_of_one(term):
    document = {k: v for k, v in (term.document or {}).items() if k not in {"version", "updated_at"}}
    texts = term.revisions.filter(state__in=Revision.OPEN_STATES).order_by("number")
    plans = PlannedChange.objects.filter(term=term, state="pending").order_by("pk")
    return {
        "status": term.status,
        "slug": term.slug,
        "merged_into": term.merged_into_id,
        "rows": revisions.snapshot(term),
        "live": term.live_revision.content if term.live_revision else None,
        "html": (term.definition_html, term.problems),
        "document": document,
        "former slugs": list(FormerSlug.objects.filter(term=term).values_list("slug", flat=True)),
        "relations": list(Relation.objects.filter(source=term).values_list("target", "kind", "position")),
        "texts": [(text.state, text.content, text.author_id, is_up_to_date(text)) for text in texts],
        "plans": list(plans.values_list("pk", "due_at")),
        "index": list(IndexEntry.objects.filter(term=term).values_list("key", "text", "is_alias")),
        "words": list(SearchDocument.objects.filter(term=term).values_list()),
        "published_at": term.published_at,
    }


def is_up_to_date(text):
    return text.based_on_id == text.term.live_revision_id


def pairs():
    return list(DuplicatePair.objects.order_by("pk").values_list())


@pytest.fixture
def kept():
    return make_term(
        "Dropout",
        definition="Leaving units out.",
        short_definition="Leaving out.",
        aliases=["DO"],
        tags=["Training"],
        sources=[{"title": "One", "url": "https://example.org/1"}, "Two"],
        notes=[{"kind": "usage", "text": "Of layers."}],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
    )


@pytest.fixture
def absorbed():
    return make_term(
        "Dilution",
        definition="Units are left out at random while a network is trained, each with a chance of its own.",
        short_definition="Units are left out at random while training.",
        aliases=["Drop-out", {"text": "Dilutoin", "kind": "misspelling"}],
        tags=["Regularization", "Training"],
        sources=[{"title": "One", "url": "https://example.org/1"}, "Three"],
        notes=[{"kind": "editorial", "text": "Look again."}],
        external_ids=[{"scheme": "wikidata", "value": "Q2"}],
        review_by="2030-01-01",
    )


# --- Untouched -----------------------------------------------------------------------------------


def test_an_untouched_merge_is_restored_to_the_letter(kept, absorbed, editor, reviewer, chief):
    layer = make_term("Layer", relations=[related(absorbed, "broader"), related(kept)])
    noise = make_term("Noise", relations=[related(absorbed), related(kept)])
    edit(absorbed, relations=[related(kept), related(noise, "see_also")])
    edit(kept, relations=[related(absorbed, "broader"), related(noise)])
    edit(absorbed, slug="dilution-of-units")
    earlier = make_term("Thinning")
    merge(absorbed, earlier)
    waiting = propose_change(fresh(absorbed), by=editor, definition="Better.", relations=[related(kept)])
    planning.plan_publication(revision_id=waiting.pk, due_at=in_a_day(), by=reviewer)
    planning.plan_deprecation(term_id=absorbed.pk, due_at=in_a_day(), reason="Old.", by=chief)
    propose_change(fresh(kept), by=editor, relations=[related(absorbed, "see_also")])
    propose_change(layer, by=editor, definition="Better.")
    of_noise = propose_change(noise, by=editor, definition="Loud.", relations=[related(absorbed)])
    planning.plan_publication(revision_id=of_noise.pk, due_at=in_a_day(), by=reviewer)
    draft = make_draft("Drop path", by=editor, relations=[related(absorbed)]).term
    pair_of(kept, absorbed, verdict="later", judged_by=editor, judged_at=timezone.now(), because="Hm.")
    everything = (kept, absorbed, earlier, layer, noise, draft)
    before, pairs_before = state_of(*everything), pairs()

    operation = merge(fresh(kept), fresh(absorbed), by=chief)
    assert state_of(*everything) != before
    undo(operation)

    assert state_of(*everything) == before
    assert pairs() == pairs_before
    assert not Merge.objects.filter(operation=operation, is_undone=False).exists()
    assert workflow.render_again() == 4
    assert state_of(*everything) == before


def in_a_day():
    return timezone.now() + timedelta(days=1)


def pair_of(one, other, **fields):
    first, second = sorted((one, other), key=lambda term: term.pk)
    return DuplicatePair.objects.create(first=first, second=second, score=0.9, **fields)


def test_terms_that_named_each_other_do_so_again(kept, absorbed):
    third = make_term("Thinning", relations=[related(absorbed, "broader")])
    edit(absorbed, relations=[related(kept, "broader"), related(third)])
    edit(kept, relations=[related(third, "see_also")])
    before = state_of(kept, absorbed, third)

    undo(merge(fresh(kept), absorbed, third))

    assert state_of(kept, absorbed, third) == before


def test_a_name_and_an_address_that_changed_hands_go_back(kept, absorbed):
    before = state_of(kept, absorbed)

    operation = merge(kept, absorbed, name="Dilution")
    assert (fresh(kept).name, fresh(kept).slug, fresh(absorbed).slug) == ("Dilution", "dilution", None)
    undo(operation)

    assert state_of(kept, absorbed) == before
    assert Term.objects.resolve("dilution").term == absorbed


def test_merged_drafts_are_drafts_again(editor, chief):
    one, other = (make_draft(name, by=editor).term for name in ("Dropout", "Dilution"))
    before = [state["rows"] for state in state_of(one, other)]

    operation = merge(one, other, by=chief)
    assert fresh(other).status == "merged"
    undo(operation)

    assert [state["rows"] for state in state_of(one, other)] == before
    assert {fresh(one).status, fresh(other).status} == {"draft"}


def test_a_draft_that_took_in_another_is_published_before_the_undo(editor, chief, reviewer):
    one, other = (make_draft(name, by=editor).term for name in ("Dropout", "Dilution"))
    operation = merge(one, other, by=chief)
    text = workflow.newest_open(one)
    proposed = workflow.propose(term_id=one.pk, based_on=text.number, content={}, by=editor)
    workflow.approve(revision_id=proposed.pk, by=reviewer)

    undo(operation)

    assert (fresh(one).status, fresh(other).status) == ("published", "draft")
    assert live(one)["aliases"] == []
    assert Term.objects.resolve("dilution").term is None


def test_a_draft_that_a_published_term_took_in_is_a_draft_again(kept, editor):
    draft = make_draft("Dilution", by=editor, tags=["Noise"]).term
    before = state_of(kept, draft)

    operation = merge(kept, draft)
    assert live(kept)["tags"] == ["noise", "training"]
    undo(operation)

    assert state_of(kept, draft) == before


def test_the_undo_is_told_before_it_is_done_and_asking_writes_nothing(kept, absorbed, editor, chief):
    layer = make_term("Layer", relations=[related(absorbed)])
    propose_change(absorbed, by=editor, definition="Better.")
    operation = merge(kept, absorbed)
    before = hash_of_all_rows()

    shown = merging.undo_preview(operation.pk, by=chief)

    assert hash_of_all_rows() == before
    assert (shown.kept, shown.comes_back) == (kept, (absorbed,))
    assert [one.term for one in shown.rewritten] == [kept, layer]
    assert shown.sentences == (
        "“Dilution” is back at /terms/dilution/, as it was before the merge.",
        "1 text that waited on “Dilution” can be decided again.",
    )
    assert (shown.stays, shown.obstacles, shown.first) == ((), (), ())
    merging.undo(operation.pk, token=shown.token, by=chief)
    assert [live(one.term) for one in shown.rewritten] == [one.content for one in shown.rewritten]


# --- Edits since ---------------------------------------------------------------------------------


def test_a_later_edit_elsewhere_is_kept(kept, absorbed):
    operation = merge(kept, absorbed)
    edit(
        kept,
        short_definition="Units rest.",
        tags=[*live(kept)["tags"], "Networks"],
        sources=[*live(kept)["sources"], "Four"],
    )

    undo(operation)

    assert live(kept)["short_definition"] == "Units rest."
    assert live(kept)["tags"] == ["networks", "training"]
    assert [source["title"] for source in live(kept)["sources"]] == ["One", "Two", "Four"]
    assert (live(kept)["definition"], live(kept)["aliases"][0]["text"]) == ("Leaving units out.", "DO")
    assert live(absorbed)["definition"].startswith("Units are left out at random")


def test_a_later_edit_in_the_same_place_stays_and_is_told(kept, absorbed, chief):
    operation = merge(kept, absorbed)
    edit(kept, definition="Some units are left out, some are not, and nobody knows why.")

    shown = merging.undo_preview(operation.pk, by=chief)
    undo(operation)

    assert shown.stays == ("Definition of “Dropout”: changed since; it stays.",)
    assert live(kept)["definition"] == "Some units are left out, some are not, and nobody knows why."
    assert fresh(absorbed).status == "published"


def test_an_alias_that_was_edited_since_stays_and_is_told(kept, absorbed, chief):
    operation = merge(kept, absorbed)
    aliases = [{**alias, "note": "In physics."} for alias in live(kept)["aliases"] if alias["text"] != "DO"]
    edit(kept, aliases=aliases)

    shown = merging.undo_preview(operation.pk, by=chief)
    undo(operation)

    assert shown.stays == ("Other names of “Dropout”: changed since; it stays.",)
    assert "DO" not in [alias["text"] for alias in live(kept)["aliases"]]
    assert {alias["note"] for alias in live(kept)["aliases"]} == {"In physics."}


def test_a_record_that_was_referenced_and_merged_since_leads_on(kept, absorbed):
    noise, sound = make_term("Noise"), make_term("Sound")
    edit(kept, relations=[related(noise, "broader")])
    edit(absorbed, relations=[related(noise)])
    operation = merge(fresh(kept), fresh(absorbed), relations=[])
    merge(sound, noise)

    undo(operation)

    assert live(kept)["relations"] == [related(sound, "broader")]
    assert live(absorbed)["relations"] == [related(sound)]
    assert revisions.snapshot(fresh(absorbed))["relations"] == [related(sound)]


def test_a_term_that_named_the_absorbed_one_and_was_merged_since_is_left_alone(kept, absorbed, chief):
    layer, stratum = make_term("Layer", relations=[related(absorbed)]), make_term("Stratum")
    operation = merge(kept, absorbed)
    merge(stratum, layer)

    shown = merging.undo_preview(operation.pk, by=chief)
    undo(operation)

    assert shown.stays == ("“Layer” is gone; its relations stay as they are.",)
    assert live(stratum)["relations"] == [related(kept)]


def test_a_very_old_merge_that_knows_no_field_of_today_is_undone(kept, absorbed):
    before = state_of(kept, absorbed)
    operation = merge(kept, absorbed)
    forget_fields(operation, "links_itself", "external_ids")

    undo(operation)

    # What is not known to have changed is not taken back.
    assert [item["value"] for item in live(kept)["external_ids"]] == ["Q1", "Q2"]
    assert live(kept)["definition"] == before[0]["rows"]["definition"]
    assert live(absorbed)["definition"] == before[1]["rows"]["definition"]


def forget_fields(operation, *fields):
    """Make the records of a merge as they were written before these fields were there."""
    reversal = operation.reversal
    for field in fields:
        del reversal["kept"]["content"][field]
    operation.save(update_fields=["reversal"])
    entry = reversal["kept"]
    revision = Revision.objects.get(term=entry["term"], number=entry["after"])
    thin = {key: value for key, value in revision.content.items() if key not in fields}
    # History is written once; a history of long ago is not to be had otherwise.
    with connection.cursor() as cursor:
        adapted = Revision._meta.get_field("content").get_db_prep_value(thin, connection)
        cursor.execute("UPDATE terms_revision SET content = %s WHERE id = %s", [adapted, revision.pk])


def test_nothing_of_either_text_is_stripped_by_merging_and_undoing_many_times(kept, absorbed):
    before = state_of(kept, absorbed)

    for _ in range(3):
        undo(merge(fresh(kept), fresh(absorbed)))

    assert state_of(kept, absorbed) == before
    assert fresh(kept).version == 7


def test_the_kept_term_was_renamed_since(kept, absorbed):
    operation = merge(kept, absorbed)
    edit(kept, name="Unit dropout")

    undo(operation)

    assert (fresh(kept).name, fresh(kept).slug) == ("Unit dropout", "unit-dropout")
    assert [alias["text"] for alias in live(kept)["aliases"]] == ["DO"]
    assert Term.objects.resolve("dropout").term == kept
    assert Term.objects.resolve("dilution").term == absorbed


def test_the_kept_term_took_a_name_and_was_renamed_since(kept, absorbed):
    operation = merge(kept, absorbed, name="Dilution")
    edit(kept, name="Thinning")

    undo(operation)

    assert (fresh(kept).slug, fresh(absorbed).slug) == ("thinning", "dilution")
    assert Term.objects.resolve("dilution").term == absorbed
    assert Term.objects.resolve("dropout").term == kept


def test_the_kept_term_was_deprecated_since(kept, absorbed, reviewer):
    operation = merge(kept, absorbed)
    workflow.deprecate(term_id=kept.pk, by=reviewer, reason="Out of use.")

    undo(operation)

    assert (fresh(kept).status, fresh(kept).deprecation_reason) == ("deprecated", "Out of use.")
    assert live(kept)["definition"] == "Leaving units out."
    assert fresh(absorbed).status == "published"


def test_the_kept_term_was_removed_since(kept, absorbed, chief):
    operation = merge(kept, absorbed)
    workflow.remove(term_id=kept.pk, by=chief, reason="Wrong.")

    shown = merging.undo_preview(operation.pk, by=chief)
    undo(operation)

    assert shown.stays == ("“Dropout” is removed by now, and stays so with its text.",)
    assert (fresh(kept).status, fresh(absorbed).status) == ("removed", "published")
    assert Term.objects.resolve("dilution").term == absorbed
    workflow.restore(term_id=kept.pk, by=chief)


def test_a_name_that_was_given_away_since_stands_in_the_way(kept, absorbed, chief):
    operation = merge(kept, absorbed)
    make_term("Dilution")
    before = hash_of_all_rows()

    shown = merging.undo_preview(operation.pk, by=chief)

    assert shown.obstacles == (
        "“Dilution”: “Dilution” is published already. "
        "Change that term, choose another name, or set a qualifier.",
    )
    with pytest.raises(InvalidContent, match="published already"):
        merging.undo(operation.pk, token=shown.token, by=chief)
    assert hash_of_all_rows() == before


def test_a_name_that_the_kept_term_was_given_since_stands_in_the_way(kept, absorbed, chief):
    operation = merge(kept, absorbed)
    edit(kept, name="Dilution")

    shown = merging.undo_preview(operation.pk, by=chief)

    assert "“Dilution”: “Dilution” is published already." in shown.obstacles[0]


def test_an_address_that_was_given_away_since_is_not_taken_back(kept, absorbed):
    operation = merge(kept, absorbed, name="Dilution")
    edit(kept, name="Dropout", slug="dropping-out")
    other = make_term("Thinning", slug="dilution")

    undo(operation)

    assert fresh(other).slug == "dilution"
    assert fresh(absorbed).slug == "dilution-2"


def test_a_circle_that_was_closed_since_stands_in_the_way(kept, absorbed, chief):
    noise = make_term("Noise")
    edit(absorbed, relations=[related(noise, "broader")])
    edit(kept, relations=[related(absorbed, "broader")])
    operation = merge(fresh(kept), fresh(absorbed))
    edit(kept, relations=[])
    edit(noise, relations=[related(kept, "broader")])

    shown = merging.undo_preview(operation.pk, by=chief)

    assert "going up the broader terms leads back" in " ".join(shown.obstacles)
    with pytest.raises(InvalidContent, match="broader terms"):
        merging.undo(operation.pk, token=shown.token, by=chief)


# --- Neighbours ----------------------------------------------------------------------------------


def test_a_neighbour_that_was_edited_since_keeps_the_edit(kept, absorbed):
    layer = make_term("Layer", relations=[related(absorbed, "broader")])
    noise = make_term("Noise")
    operation = merge(kept, absorbed)
    edit(layer, definition="A row of units.", relations=[related(noise), related(kept, "broader")])

    undo(operation)

    assert live(layer)["definition"] == "A row of units."
    assert live(layer)["relations"] == [related(noise), related(absorbed, "broader")]
    assert fresh(absorbed).inverse_relations.get().source == layer


@pytest.mark.parametrize("changed", [[], ["see_also"]])
def test_a_relation_that_was_changed_since_stays_and_is_told(changed, kept, absorbed, chief):
    layer = make_term("Layer", relations=[related(absorbed, "broader")])
    operation = merge(kept, absorbed)
    edit(layer, relations=[related(kept, kind) for kind in changed])

    shown = merging.undo_preview(operation.pk, by=chief)
    undo(operation)

    assert shown.stays == ("Relations of “Layer” to “Dropout”: changed since; they stay.",)
    assert live(layer)["relations"] == [related(kept, kind) for kind in changed]


def test_a_neighbour_that_was_removed_since_stays_so(kept, absorbed, chief):
    layer = make_term("Layer", relations=[related(absorbed)])
    operation = merge(kept, absorbed)
    workflow.remove(term_id=layer.pk, by=chief, reason="Wrong.")

    shown = merging.undo_preview(operation.pk, by=chief)
    undo(operation)

    assert shown.stays == ("“Layer” is gone; its relations stay as they are.",)
    assert fresh(layer).status == "removed"


def test_a_text_written_since_on_a_neighbour_stays_up_to_date(kept, absorbed, editor):
    layer = make_term("Layer", relations=[related(absorbed)])
    operation = merge(kept, absorbed)
    propose_change(fresh(layer), by=editor, definition="A row of units.")

    undo(operation)

    text = workflow.newest_open(layer)
    assert (text.content["definition"], text.content["relations"]) == ("A row of units.", [related(absorbed)])
    assert approve(text).definition == "A row of units."


def test_what_waited_can_be_decided_again(kept, absorbed, editor):
    waiting = propose_change(absorbed, by=editor, definition="Better.")
    sent_back = propose_change(absorbed, by=editor, tags=["Noise"])
    workflow.request_changes(revision_id=sent_back.pk, by=make_user("Reviewers"), reason="Why?")

    operation = merge(kept, absorbed)
    closed = Revision.objects.get(pk=waiting.pk)
    assert (closed.state, closed.decision_reason) == ("closed", "Merged into “Dropout”.")
    with pytest.raises(WrongState, match="closed by a merge"):
        approve(closed)
    undo(operation)

    states = [text.state for text in fresh(absorbed).revisions.filter(state__in=Revision.OPEN_STATES)]
    assert sorted(states) == ["changes_requested", "proposed"]
    proposal = fresh(absorbed).revisions.get(state="proposed")
    assert proposal.author == editor
    assert approve(proposal).definition == "Better."
    assert Event.objects.filter(term=absorbed, kind=Event.Kind.REVIVED).count() == 2


def test_a_plan_whose_time_has_passed_is_not_carried_out_late(kept, absorbed, chief):
    plan = planning.plan_deprecation(term_id=absorbed.pk, due_at=in_a_day(), reason="Old.", by=chief)
    operation = merge(kept, absorbed)
    PlannedChange.objects.filter(pk=plan.pk).update(due_at=timezone.now() - timedelta(hours=1))

    undo(operation)

    assert PlannedChange.objects.get(pk=plan.pk).state == "cancelled"
    assert planning.carry_out_due(timezone.now()).settled == []


# --- Chains --------------------------------------------------------------------------------------


def test_a_chain_is_undone_from_its_end(kept, absorbed):
    third = make_term("Thinning")
    before = state_of(kept, absorbed, third)
    first = merge(absorbed, third)
    second = merge(kept, fresh(absorbed))
    assert fresh(third).merged_into == kept

    undo(second)
    assert fresh(third).merged_into == absorbed
    undo(first)

    assert state_of(kept, absorbed, third) == before


def test_the_beginning_of_a_chain_says_what_has_to_be_undone_first(kept, absorbed, chief):
    third = make_term("Thinning")
    first = merge(absorbed, third)
    second = merge(kept, fresh(absorbed))
    before = hash_of_all_rows()

    shown = merging.undo_preview(first.pk, by=chief)

    assert shown.first == (second,)
    assert shown.obstacles == ("Merge of “Dilution” into “Dropout”. Undo that first.",)
    with pytest.raises(WrongState, match=r"Merge of “Dilution” into “Dropout”\. Undo that first\."):
        merging.undo(first.pk, token=shown.token, by=chief)
    assert hash_of_all_rows() == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_merges_into_one_term_are_undone_in_any_order(order, kept, absorbed):
    layer = make_term("Layer", relations=[related(absorbed)])
    third = make_term("Thinning", tags=["Noise"], aliases=["Rarefaction"], relations=[related(layer)])
    edit(layer, relations=[related(absorbed), related(third, "see_also")])
    before = state_of(kept, absorbed, third, layer)
    operations = [merge(kept, absorbed), merge(fresh(kept), third)]

    for place in order:
        undo(operations[place])

    assert state_of(kept, absorbed, third, layer) == before


def test_what_was_undone_cannot_be_undone_again(kept, absorbed, chief):
    operation = merge(kept, absorbed)
    token = merging.undo_preview(operation.pk, by=chief).token
    merging.undo(operation.pk, token=token, by=chief)
    before = hash_of_all_rows()

    with pytest.raises(WrongState, match=rf"undone on \d{{4}}-\d\d-\d\d by {chief} already"):
        merging.undo(operation.pk, token=token, by=chief)

    assert hash_of_all_rows() == before
    assert not merging.may_undo(fresh_operation(operation), chief)


def fresh_operation(operation):
    return type(operation).objects.get(pk=operation.pk)


def test_what_was_undone_can_be_merged_again(kept, absorbed):
    undo(merge(kept, absorbed))

    again = merge(fresh(kept), fresh(absorbed))

    assert fresh(absorbed).merged_into == kept
    undo(again)
    assert fresh(absorbed).status == "published"


def test_the_other_way_round_after_an_undo(kept, absorbed):
    undo(merge(kept, absorbed))

    merge(fresh(absorbed), fresh(kept))

    assert fresh(kept).merged_into == absorbed
    assert Term.objects.resolve("dropout").term == absorbed


def test_a_merge_of_several_is_undone_as_one(kept, absorbed):
    others = [make_term(f"Thinning {n}", relations=[related(kept)]) for n in range(3)]
    before = state_of(kept, absorbed, *others)

    operation = merge(kept, absorbed, *others)
    assert {fresh(term).merged_into_id for term in (absorbed, *others)} == {kept.pk}
    undo(operation)

    assert state_of(kept, absorbed, *others) == before


# --- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["", "Contributors", "Editors", "Reviewers"])
def test_only_chief_editors_undo_a_merge(role, kept, absorbed):
    operation = merge(kept, absorbed)
    by = make_user(role)

    with pytest.raises(NotAllowed, match="Undo a merge or split: your account has no right"):
        merging.undo_preview(operation.pk, by=by)
    with pytest.raises(NotAllowed, match="no right"):
        merging.undo(operation.pk, token="", by=by)

    assert not merging.may_undo(operation, by)


def test_a_chief_editor_undoes_the_merge_of_another_and_the_history_says_so(kept, absorbed, chief):
    operation = merge(kept, absorbed)

    undone = undo(operation, by=chief, comment="They are two.")

    assert (undone.undone_by, undone.by) == (chief, operation.by)
    lines = Event.objects.filter(kind=Event.Kind.MERGE_UNDONE)
    assert {line.term_id for line in lines} == {kept.pk, absorbed.pk}
    assert {(line.by, line.note, line.is_public) for line in lines} == {(chief, "They are two.", True)}
    assert fresh(kept).live_revision.comment == "They are two."


def test_what_moved_since_the_preview_is_shown_again(kept, absorbed, chief):
    operation = merge(kept, absorbed)
    token = merging.undo_preview(operation.pk, by=chief).token
    edit(kept, short_definition="Units rest.")

    with pytest.raises(StalePreview, match="Look at it again"):
        merging.undo(operation.pk, token=token, by=chief)

    assert fresh(absorbed).status == "merged"


def test_there_is_no_such_merge(chief):
    with pytest.raises(WrongState, match="There is no such"):
        merging.undo_preview(4_711, by=chief)


# --- What readers see ----------------------------------------------------------------------------


def test_readers_find_both_terms_again(kept, absorbed):
    operation = merge(kept, absorbed)
    assert [hit.term.pk for hit in search.search("dilution").hits] == [kept.pk]

    undo(operation)

    assert [hit.term.pk for hit in search.search("dilution").hits] == [absorbed.pk]
    assert linking.lookup().get("dilution").public_id == absorbed.public_id
    assert Term.objects.resolve("dilution") == (absorbed, (), True)
