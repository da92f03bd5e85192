"""From files to drafts and proposals: planned, carried out as planned, and safe to repeat."""

import json
from importlib import import_module
from pathlib import Path

import pytest
from builders import ROLES, bring_in, make_draft, make_term, make_user, propose_change
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from terms import importing, workflow
from terms.errors import NotAllowed, UnreadableFile, WrongState
from terms.formats.record import AliasRecord, ExternalIdRecord, RelationRecord, TermRecord
from terms.importing import GivenFile, Options, records
from terms.models import (
    Event,
    ExternalId,
    ImportBatch,
    ImportedRecord,
    ImportRow,
    Notification,
    Relation,
    Revision,
    Tag,
    Term,
)

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def plan_of(text, by=None, file_name="terms.csv", **options):
    file = GivenFile(file_name, text.encode() if isinstance(text, str) else text)
    return importing.plan([file], by=by or make_user("Editors"), options=Options(**options))


def take(text, by=None, **options):
    return bring_in(text.encode(), by=by or make_user("Editors"), **options)


def actions(plan):
    return [row.action for row in plan.rows]


def planned(text, by=None, **options):
    [row] = plan_of(text, by, **options).rows
    return row


@pytest.fixture
def say(monkeypatch):
    """Let a file say these records, whatever its format."""

    def read(files, *, format_name="", language="en"):
        return importing.reading.formats.Reading("records", tuple(read.records))

    def say(*found):
        read.records = found
        return [GivenFile("records", b"")]

    monkeypatch.setattr(importing.reading.formats, "read", read)
    return say


# --- New terms and changes -----------------------------------------------------------------------


def test_two_columns_become_drafts_with_provenance(editor):
    batch = take("name,definition\nDropout,Switches units off.\nAdam,An optimizer.\n", by=editor)

    assert (batch.state, batch.outcomes) == ("finished", {"created": 2})
    terms = Term.objects.order_by("name")
    assert [(t.name, t.status, t.definition) for t in terms] == [
        ("Adam", "draft", "An optimizer."),
        ("Dropout", "draft", "Switches units off."),
    ]
    record = ImportedRecord.objects.get(term=terms[1])
    assert (record.batch.file_name, record.line, record.batch.by) == ("terms.csv", 2, editor)
    assert Revision.objects.get(term=terms[1]).comment == "Import of terms.csv, line 2."
    assert Term.objects.published().count() == 0
    assert batch.operation.kind == "import"


def test_the_same_file_twice_changes_nothing(editor):
    text = "name,definition,tags,aliases\nDropout,Switches units off.,Training,DO|acronym\n"
    take(text, by=editor)
    before = (Revision.objects.count(), Event.objects.count(), ImportedRecord.objects.count())

    assert actions(plan_of(text)) == ["unchanged"]
    with pytest.raises(WrongState, match="nothing to import"):
        take(text, by=editor)

    assert (Revision.objects.count(), Event.objects.count(), ImportedRecord.objects.count()) == before


def test_an_editors_correction_is_not_taken_back(editor):
    text = "name,definition\nDropout,Switchs units off.\n"
    take(text, by=editor)
    term = Term.objects.get()
    workflow.save_draft(term_id=term.pk, based_on=1, content={"definition": "Switches units off."}, by=editor)

    assert actions(plan_of(text)) == ["unchanged"]
    row = planned("name,definition,tags\nDropout,Switchs units off.,Training\n")
    assert (row.action, row.changed) == ("update", ("tags",))
    take("name,definition,tags\nDropout,Switchs units off.,Training\n", by=editor)

    term.refresh_from_db()
    assert term.definition == "Switches units off."
    assert [tag.name for tag in term.tags.all()] == ["Training"]


def test_a_correction_is_not_taken_back_where_the_file_was_found_unchanged_at_first(editor):
    """A list that only repeats what is there is known again, too, as soon as one row of it was brought in."""
    term = make_term("Dropout", definition="Text.")
    text = "name,definition\nDropout,Text.\nAdam,An optimizer.\n"
    take(text, by=editor)
    workflow.approve(revision_id=propose_change(term, definition="Better.").pk, by=make_user("Reviewers"))

    assert actions(plan_of(text)) == ["unchanged", "unchanged"]


def test_a_change_of_a_published_term_waits_as_a_proposal(editor):
    term = make_term("Dropout", definition="Old.")

    batch = take("name,definition\nDropout,New.\n", by=editor)

    term.refresh_from_db()
    assert (term.status, term.definition, batch.outcomes) == ("published", "Old.", {"proposed": 1})
    proposal = Revision.objects.get(term=term, state="proposed")
    assert (proposal.content["definition"], proposal.author) == ("New.", editor)
    assert batch.rows.get().revision == proposal


def test_a_plan_tells_how_each_field_will_read(editor):
    make_term("Dropout", definition="Old.", tags=["training"])

    [row] = plan_of("name,definition,tags\nDropout,New.,training\n", editor).rows

    assert [(change.field, change.before, change.after) for change in row.changes] == [
        ("definition", "Old.", "New.")
    ]


def test_an_absent_column_changes_nothing_and_an_empty_cell_only_when_asked(editor):
    term = make_term("Dropout", definition="Text.", short_definition="Short.", tags=["Training"])
    text = "name,definition,short_definition\nDropout,Text.,\n"

    assert actions(plan_of(text)) == ["unchanged"]
    take(text, by=editor, clear_empty=True)

    proposal = Revision.objects.get(term=term, state="proposed")
    assert (proposal.content["short_definition"], proposal.content["tags"]) == ("", ["training"])


def test_a_file_never_makes_anything_public_unasked(chief):
    take("name,definition,status\nDropout,Text.,published\n", by=chief)

    assert Term.objects.get().status == "draft"


def test_bad_rows_are_reported_and_good_ones_come_in(editor):
    text = "name,definition,status\nGood,Fine.,draft\nBad,Text.,publishd\n,No name.,draft\n"

    plan = plan_of(text)

    assert actions(plan) == ["create", "invalid", "invalid"]
    wrong = {row.line: row.because for row in plan.rows if row.action == "invalid"}
    assert "publishd" in wrong[3]
    assert 4 in wrong
    take(text, by=editor)
    assert [term.name for term in Term.objects.all()] == ["Good"]


def test_identifiers_that_cannot_be_are_invalid_rows_and_the_rest_comes_in(editor):
    long_id = "x" * 60
    text = f"id,name,definition\nabc,One,Text.\nabc,Two,Text.\n{long_id},Three,Text.\na/b?c,Four,Text.\n"

    assert actions(plan_of(text)) == ["create", "invalid", "invalid", "invalid"]
    take(text, by=editor)

    assert [(term.public_id, term.name) for term in Term.objects.all()] == [("abc", "One")]


def test_what_no_database_keeps_is_an_invalid_row(say, editor):
    files = say(
        TermRecord(line=1, name="Good", ref="good", definition="Text."),
        TermRecord(line=2, name="Bad\x00", ref="bad", definition="A \x00 and a \ud800."),
    )

    batch = importing.prepare(files, by=editor)

    good, bad = importing.rows(batch)
    assert (good.action, bad.action) == ("create", "invalid")
    assert "control characters" in bad.because


def test_what_a_file_says_besides_is_kept_for_exports(say, editor):
    said = TermRecord(
        line=1,
        name="Dropout",
        ref="https://example.org/1",
        definition="Text.",
        links_itself=False,
        further={"skos:notation": ["D1"]},
    )
    batch = importing.prepare(say(said), by=editor)

    importing.carry_out(batch, importing.token(batch, editor), by=editor)

    assert ImportedRecord.objects.get().further == {"skos:notation": ["D1"]}
    assert Term.objects.get().links_itself is False
    assert actions(importing.plan(say(said), by=editor)) == ["unchanged"]


# --- Which term it is ----------------------------------------------------------------------------


def test_a_record_is_known_by_its_id_before_its_address_and_its_name(editor):
    first, second, third = make_term("One"), make_term("Two"), make_term("Three")

    row = planned(f"id,slug,name,definition\n{first.public_id},{second.slug},Three,Text.\n")

    assert row.term_id == first.pk
    assert planned(f"slug,name,definition\n{second.slug},Three,Text.\n").term_id == second.pk
    assert planned("name,definition\nThree,Text.\n").term_id == third.pk


def test_the_key_of_a_file_counts_in_the_same_file_and_else_only_with_the_name(say, editor):
    def said(name, ref="row-1"):
        return say(TermRecord(line=1, name=name, ref=ref, definition="Text."))

    batch = importing.prepare(said("Dropout"), by=editor, options=Options(source="ours"))
    importing.carry_out(batch, importing.token(batch, editor), by=editor)
    term = Term.objects.get()

    def term_of(files, source):
        [row] = importing.plan(files, by=editor, options=Options(source=source)).rows
        return row.term_id

    assert term_of(said("Drop-out rate"), "ours") == term.pk
    assert term_of(said("Dropout"), "theirs") == term.pk
    assert term_of(said("Adam"), "theirs") is None


def test_an_address_for_all_the_world_counts_always(say, editor):
    uri = "https://example.org/concepts/7"
    batch = importing.prepare(say(TermRecord(line=1, name="Dropout", ref=uri)), by=editor)
    importing.carry_out(batch, importing.token(batch, editor), by=editor)
    other = make_term("Adam", external_ids=[{"scheme": "uri", "value": "https://example.org/8"}])
    close = [{"scheme": "uri", "value": "https://example.org/9", "mapping": "close"}]
    make_term("Lion", external_ids=close)

    rows = importing.plan(
        say(
            TermRecord(line=1, name="Abbruch", ref=uri),
            TermRecord(line=2, name="ADAM", ref="https://example.org/8"),
            TermRecord(line=3, name="Löwe", ref="https://example.org/9"),
        ),
        by=editor,
        options=Options(source="elsewhere"),
    ).rows

    assert [row.term_id for row in rows] == [ImportedRecord.objects.get().term_id, other.pk, None]


def test_a_name_belongs_to_the_term_with_the_same_qualifier(editor):
    make_term("Kernel", qualifier="GPU")
    operating = make_term("Kernel", qualifier="OS")

    assert planned("name,qualifier,definition\nkernel,os,Text.\n").term_id == operating.pk
    assert planned("name,qualifier,definition\nKernel,Maths,Text.\n").action == "create"


def test_a_draft_of_that_name_is_changed_and_of_several_a_person_chooses(editor):
    draft = make_draft("Dropout")

    assert planned("name,definition\nDropout,Other.\n").term_id == draft.term_id
    make_draft("Dropout")
    row = planned("name,definition\nDropout,Other.\n")

    assert row.action == "conflict"
    assert "2 drafts are called “Dropout”" in row.because
    assert {one.id for one in row.look_alikes} == set(Term.objects.values_list("public_id", flat=True))


def test_another_name_of_a_term_is_a_conflict_with_a_suggestion(editor):
    term = make_term("Dropout", aliases=["Dilution"])

    row = planned("name,definition\ndilution,Text.\n")

    assert (row.action, [one.id for one in row.look_alikes]) == ("conflict", [term.public_id])
    assert "another name of “Dropout”" in row.because


@pytest.mark.parametrize(
    "table",
    ["name,qualifier,definition\nDilution,Chemistry,Text.\n", "id,name,definition\nd1,Dilution,Text.\n"],
)
def test_who_tells_it_apart_means_a_term_of_its_own(table):
    make_term("Dropout", aliases=["Dilution"])

    row = planned(table)

    assert row.action == "create"
    assert [flag.code for flag in row.flags] == ["is_another_name"]


def test_a_file_that_has_both_names_means_two_terms_also_when_it_is_stopped_between_them(editor):
    text = "name,definition,aliases\nDropout,Text.,Dilution\nDilution,Text.,\n"
    assert actions(plan_of(text)) == ["create", "create"]
    take("name,definition,aliases\nDropout,Text.,Dilution\n", by=editor)

    assert actions(plan_of(text)) == ["unchanged", "create"]


def test_records_of_one_name_stay_apart_and_say_so(editor):
    text = "name,definition\n" + "".join(f"Knowledge distillation,Sense {n}.\n" for n in range(7))

    plan = plan_of(text, editor)

    assert actions(plan) == ["create"] * 7
    assert {flag.code for row in plan.rows for flag in row.flags} == {"same_name_in_file"}
    take(text, by=editor)
    assert Term.objects.filter(name="Knowledge distillation", status="draft").count() == 7
    assert actions(plan_of(text, editor)) == ["unchanged"] * 7


def test_of_two_rows_for_one_term_the_second_is_not_written_over_the_first(editor):
    term = make_term("Dropout")
    by_id = f"id,name,definition\n{term.public_id},Dropout,One.\n{term.public_id},Dropout,Two.\n"

    assert actions(plan_of(by_id)) == ["update", "conflict"]
    assert actions(plan_of("name,definition\nDropout,One.\nDropout,Two.\n")) == ["update", "create"]


def test_new_names_that_look_like_others_are_told_with_the_reason(editor):
    term = make_term("Neural network")

    [row] = plan_of("name,definition\nNeural networks,Text.\nConvolution,Text.\n").rows[:1]

    assert [(one.id, one.reason) for one in row.look_alikes] == [
        (term.public_id, "differs only in a plural or a hyphen")
    ]


def test_what_somebody_cannot_use_is_a_conflict_that_says_why(editor, chief):
    text = "name,definition\nDropout,Text.\n"
    take(text, by=editor)
    workflow.discard_draft(term_id=Term.objects.get().pk, by=editor)
    removed = make_term("Adam")
    workflow.remove(term_id=removed.pk, by=chief, reason="Wrong.")

    rows = plan_of("name,definition\nDropout,Other.\nAdam,Other.\n").rows

    assert [row.action for row in rows] == ["conflict", "conflict"]
    assert all("put away" in row.because for row in rows)


def test_a_term_that_an_editor_renamed_keeps_its_names_and_gets_the_new_ones(editor):
    take("name,definition,aliases\nDroput,Text.,DO\n", by=editor)
    term = Term.objects.get()
    workflow.save_draft(
        term_id=term.pk, based_on=1, content={"name": "Dropout", "aliases": ["Dilution"]}, by=editor
    )

    take("name,definition,aliases\nDroput,Other text.,DO;Unit omission\n", by=editor)

    term.refresh_from_db()
    assert (term.name, term.definition) == ("Dropout", "Other text.")
    assert [alias.text for alias in term.aliases.all()] == ["Dilution", "DO", "Unit omission"]


# --- Documents: a short text and an article of one heading (L6) ----------------------------------


def heading(name="Dropout, DO", **said):
    return TermRecord(
        line=3, name="Dropout", ref=name, heading=name, aliases=(AliasRecord("DO", "acronym"),), **said
    )


SHORT = {"short_definition": "Leaves units out."}
LONG = {"definition": "## Dropout\n\nA long article."}


@pytest.mark.parametrize(("first", "second"), [(SHORT, LONG), (LONG, SHORT)])
@pytest.mark.parametrize("meanwhile", ["draft", "corrected", "proposed", "published"])
def test_two_pages_with_one_heading_end_as_one_term_with_both_texts(
    first, second, meanwhile, say, editor, reviewer
):
    batch = importing.prepare(say(heading(**first)), by=editor, options=Options(source="one"))
    importing.carry_out(batch, importing.token(batch, editor), by=editor)
    term = Term.objects.get()
    helper = make_user("Editors")
    if meanwhile == "corrected":
        workflow.save_draft(term_id=term.pk, based_on=1, content={"tags": ["training"]}, by=helper)
    if meanwhile in {"proposed", "published"}:
        definition = {} if "definition" in first else {"definition": "Text."}
        text = workflow.propose(term_id=term.pk, based_on=1, content=definition, by=helper)
        if meanwhile == "published":
            workflow.approve(revision_id=text.pk, by=reviewer)

    batch = importing.prepare(say(heading(**second)), by=editor, options=Options(source="two"))
    assert batch.counts["update"] == 1
    importing.carry_out(batch, importing.token(batch, editor), by=editor)

    newest = Revision.objects.filter(term=term).order_by("-number").first()
    state = "draft" if meanwhile in {"draft", "corrected"} else "proposed"
    assert (Term.objects.count(), newest.state) == (1, state)
    assert newest.content["short_definition"] == SHORT["short_definition"]
    assert newest.content["definition"] == LONG["definition"]
    for said, source in ((first, "one"), (second, "two")):
        again = importing.plan(say(heading(**said)), by=editor, options=Options(source=source))
        assert actions(again) == ["unchanged"]


def test_an_article_is_never_matched_by_its_name_alone(say, editor):
    make_term("Dropout", aliases=["Dilution"])
    dilution = TermRecord(line=9, name="Dilution", ref="Dilution", heading="Dilution")

    for said, code in ((heading(**LONG), "name_is_taken"), (dilution, "is_another_name")):
        [row] = importing.plan(say(said), by=editor).rows
        assert (row.action, [flag.code for flag in row.flags]) == ("create", [code])


def test_a_letter_page_becomes_drafts_that_may_share_a_name(editor):
    make_term("Heat sink")
    data = (SAMPLES / "letter-page.txt").read_bytes()

    plan = plan_of(data, editor, file_name="letter-page.txt")
    bring_in(data, by=editor, file_name="letter-page.txt")

    assert plan.format == "document"
    assert set(actions(plan)) == {"create"}
    assert Term.objects.filter(status="draft").count() == len(plan.rows) > 3
    assert all(record.heading and record.line for record in ImportedRecord.objects.all())
    again = plan_of(data, editor, file_name="letter-page.txt")
    assert set(actions(again)) == {"unchanged"}


# --- Relations -----------------------------------------------------------------------------------


def test_relations_may_name_terms_of_the_same_file_in_any_order(editor):
    text = (
        "name,definition,broader,related\n"
        "Dropout,Text.,Regularization,Nothing known\n"
        "Regularization,Text.,,Dropout\n"
    )

    take(text, by=editor)

    dropout, upper = Term.objects.get(name="Dropout"), Term.objects.get(name="Regularization")
    assert set(Relation.objects.values_list("kind", "source", "target")) == {
        ("broader", dropout.pk, upper.pk),
        ("related", upper.pk, dropout.pk),
    }
    assert Revision.objects.count() == 2
    record = ImportedRecord.objects.get(term=dropout)
    assert (record.unresolved, [flag["code"] for flag in record.flags]) == (
        ["Nothing known"],
        ["relation_unresolved"],
    )
    assert actions(plan_of(text)) == ["unchanged", "unchanged"]


def test_a_relation_that_led_nowhere_is_made_when_its_term_is_there(editor):
    text = "name,definition,related\nDropout,Text.,Adam\n"
    take(text, by=editor)
    assert planned(text).action == "unchanged"
    make_term("Adam")

    assert planned(text).changed == ("relations",)
    take(text, by=editor)

    assert Relation.objects.get().target.name == "Adam"
    assert ImportedRecord.objects.first().unresolved == []
    assert planned(text).action == "unchanged"


def test_a_relation_to_a_row_that_a_person_has_to_decide_on_waits_with_it(editor):
    make_draft("Adam")
    make_draft("Adam")
    text = "name,definition,related\nDropout,Text.,Adam\nAdam,Text.,\n"

    assert [row.unresolved for row in plan_of(text).rows] == [("Adam",), ()]
    take(text, by=editor)

    assert actions(plan_of(text)) == ["unchanged", "conflict"]


def test_a_relation_to_a_record_whose_term_was_renamed_leads_to_that_term(editor):
    take("name,definition\nAdam,Text.\n", by=editor)
    adam = Term.objects.get()
    workflow.save_draft(term_id=adam.pk, based_on=1, content={"name": "ADAM optimizer"}, by=editor)
    make_term("Dropout", definition="Text.", relations=[{"kind": "related", "target": adam.public_id}])

    assert actions(plan_of("name,definition,related\nDropout,Text.,Adam\nAdam,Text.,\n")) == ["unchanged"] * 2


def test_what_is_still_to_do_is_not_forgotten_when_something_else_changes(editor):
    take("name,definition,related\nDropout,Text.,Adam\n", by=editor)
    changed = "name,definition,related\nDropout,Other text.,Adam\n"
    assert [flag.code for flag in planned(changed).flags] == ["relation_unresolved"]
    take(changed, by=editor)
    make_term("Adam")

    assert planned(changed).changed == ("relations",)


def test_relations_across_several_hundred_rows_find_their_targets(editor, monkeypatch):
    monkeypatch.setattr(importing.running, "AT_ONCE", 2)
    rows = [f"Term {n},Text.,Term {(n + 3) % 7}" for n in range(7)]

    take("name,definition,broader\n" + "\n".join(rows) + "\n", by=editor)

    pairs = Relation.objects.values_list("source__name", "target__name")
    assert set(pairs) == {(f"Term {n}", f"Term {(n + 3) % 7}") for n in range(7)}


def test_a_relation_to_a_row_that_was_left_out_or_failed_is_a_to_do(editor):
    text = b"name,definition,related\nDropout,Text.,Adam;Lion;Lamb\nAdam,Text.,\nLion,Text.,\nLamb,Text.,\n"
    batch = importing.prepare([GivenFile("terms.csv", text)], by=editor)
    importing.leave_out(importing.rows(batch).filter(record__name="Adam"), by=editor)
    batch.refresh_from_db()
    create_drafts = workflow.create_drafts

    def without_lion(wanted, **rest):
        some = [one for one in wanted if one.content["name"] != "Lion"]
        made = iter(create_drafts(some, **rest))
        return [NotAllowed("No.") if one.content["name"] == "Lion" else next(made) for one in wanted]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflow, "create_drafts", without_lion)
        importing.carry_out(batch, importing.token(batch, editor), by=editor)

    dropout = Term.objects.get(name="Dropout")
    assert [relation.target.name for relation in dropout.relations.all()] == ["Lamb"]
    assert ImportedRecord.objects.get(term=dropout).unresolved == ["Adam", "Lion"]
    newest = dropout.revisions.order_by("-number").first()
    assert [relation["target"] for relation in newest.content["relations"]] == [
        Term.objects.get(name="Lamb").public_id
    ]


def test_a_file_counts_before_the_glossary_where_a_name_is_ambiguous(say, editor):
    make_term("Kernel", qualifier="GPU")
    make_term("Kernel", qualifier="OS")
    qualified = "Kernel (image processing)"
    files = say(
        TermRecord(
            line=1,
            name="Filter",
            ref="1",
            relations=(RelationRecord("related", "Kernel (image processing)"),),
        ),
        TermRecord(line=2, name="Kernel", ref="2", qualifier="image processing"),
        TermRecord(line=3, name="Scheduler", ref="3", relations=(RelationRecord("related", "Kernel"),)),
    )
    batch = importing.prepare(files, by=editor)

    importing.carry_out(batch, importing.token(batch, editor), by=editor)

    assert {relation.target.full_name for relation in Relation.objects.all()} == {qualified}
    assert Relation.objects.count() == 2
    loader = TermRecord(line=1, name="Loader", ref="4", relations=(RelationRecord("related", "Kernel"),))
    assert importing.plan(say(loader), by=editor).rows[0].unresolved == ("Kernel",)


def test_an_empty_cell_clears_only_relations_of_its_own_column(editor):
    upper, other = make_term("Regularization"), make_term("Layer")
    term = make_term(
        "Dropout",
        definition="Text.",
        relations=[
            {"kind": "broader", "target": upper.public_id},
            {"kind": "related", "target": other.public_id},
        ],
    )

    take("name,definition,broader\nDropout,Text.,\n", by=editor, clear_empty=True)

    proposal = Revision.objects.get(term=term, state="proposed")
    assert proposal.content["relations"] == [{"kind": "related", "target": other.public_id}]


# --- Published at once ---------------------------------------------------------------------------


def test_only_who_has_the_right_publishes_an_import(editor, reviewer):
    for by in (editor, reviewer, importing.importer()):
        with pytest.raises(NotAllowed, match="no right to publish"):
            plan_of("name,definition\nDropout,Text.\n", by, publish=True)


def test_chief_editors_have_that_right_and_get_it_where_a_glossary_is_in_use(chief):
    assert [role for role, rights in ROLES.items() if "publish_import" in rights] == ["Chief editors"]
    group = Group.objects.get(name="Chief editors")
    group.permissions.remove(*group.permissions.filter(codename="publish_import"))
    migration = import_module("terms.migrations.0009_imports_in_rows")

    migration.give_the_right(apps, None)
    assert group.permissions.filter(codename="publish_import").count() == 1
    migration.take_it_back(apps, None)
    assert not group.permissions.filter(codename="publish_import").exists()


def test_an_import_may_be_published_by_who_has_the_right_and_the_history_says_so(chief, reviewer):
    old = make_term("Adam", definition="Old.")
    text = (
        "name,definition,status,broader\n"
        "Dropout,Text.,published,Regularization\n"
        "Regularization,Text.,,\n"
        "Stub,,published,\n"
        "Later,Text.,draft,\n"
        "Adam,New.,,\n"
    )

    batch = take(text, by=chief, publish=True)

    assert batch.outcomes == {"published": 3, "created": 2}
    dropout = Term.objects.get(name="Dropout")
    assert (dropout.status, dropout.slug, dropout.document["related"][0]["name"]) == (
        "published",
        "dropout",
        "Regularization",
    )
    live = dropout.live_revision
    assert (live.author.username, live.reviewer) == ("importer", chief)
    assert "import of terms.csv" in live.decision_reason
    assert Term.objects.get(pk=old.pk).definition == "New."
    said = dict(batch.rows.values_list("record__name", "message"))
    assert "needs a definition" in said["Stub"]
    assert said["Later"] == "Stays a draft, as the file says."
    assert dropout.events.filter(kind=Event.Kind.PUBLISHED, by=chief, door="import", is_public=True).exists()
    assert not Notification.objects.filter(recipient__username="importer").exists()


def test_what_is_a_draft_like_this_already_stays_one_and_says_so(editor, chief):
    text = "name,definition\nDropout,Text.\n"
    take(text, by=editor)

    row = planned(text, chief, publish=True)

    assert (row.action, [flag.code for flag in row.flags]) == ("unchanged", ["stays_a_draft"])


def test_who_wrote_on_a_text_does_not_publish_it_with_an_import(chief):
    draft = make_draft("Dropout", by=chief, definition="Mine.")

    batch = take("name,definition\nDropout,From the file.\n", by=chief, publish=True)

    [row] = batch.rows.all()
    assert (row.outcome, Term.objects.get(pk=draft.term_id).status) == ("saved", "draft")
    assert "somebody else has to decide" in row.message


def test_of_two_rows_with_one_name_one_is_published(chief):
    batch = take("name,definition\nKernel,One.\nkernel,Two.\n", by=chief, publish=True)

    assert sorted(batch.rows.values_list("outcome", flat=True)) == ["created", "published"]
    assert "is published already" in batch.rows.get(outcome="created").message
    assert Term.objects.get(status="published").definition == "One."


def test_relations_in_a_circle_are_not_published(chief):
    text = "name,definition,broader\nOne,Text.,Two\nTwo,Text.,One\nThree,Text.,\n"

    batch = take(text, by=chief, publish=True)

    assert dict(batch.rows.values_list("record__name", "outcome")) == {
        "One": "created",
        "Two": "created",
        "Three": "published",
    }


def test_an_empty_glossary_takes_over_ids_addresses_states_and_times(say, chief):
    old = TermRecord(
        line=1,
        name="Drop out",
        ref="t1",
        id="t1",
        slug="drop-out-2",
        status="deprecated",
        deprecation_reason="Nobody says it.",
        definition="Old.",
        relations=(RelationRecord("replaced_by", "t2"),),
        updated_at="2024-02-03T04:05:06Z",
    )
    new = TermRecord(
        line=2, name="Dropout", ref="t2", id="t2", slug="dropout", status="published", definition="New."
    )
    batch = importing.prepare(say(old, new), by=chief, options=Options(publish=True))

    importing.carry_out(batch, importing.token(batch, chief), by=chief)

    term = Term.objects.get(public_id="t1")
    assert (term.slug, term.status, term.deprecation_reason) == (
        "drop-out-2",
        "deprecated",
        "Nobody says it.",
    )
    assert [one["id"] for one in term.document["replaced_by"]] == ["t2"]
    assert term.updated_at.isoformat() == "2024-02-03T04:05:06+00:00"
    assert term.document["updated_at"] == "2024-02-03T04:05:06Z"


def test_a_glossary_in_use_dates_what_comes_in_today(say, chief):
    make_term("Adam")
    said = TermRecord(line=1, name="Dropout", ref="1", definition="Text.", updated_at="2024-02-03T04:05:06Z")
    batch = importing.prepare(say(said), by=chief, options=Options(publish=True))

    importing.carry_out(batch, importing.token(batch, chief), by=chief)

    assert Term.objects.get(name="Dropout").updated_at.year > 2024


def test_a_deprecated_term_is_reinstated_only_by_who_may_publish(editor, chief, reviewer):
    term = make_term("Dropout", definition="Text.")
    workflow.deprecate(term_id=term.pk, by=reviewer, reason="Old.")
    text = "name,definition,status\nDropout,Text.,published\n"

    assert planned(text, editor).action == "unchanged"
    take(text, by=chief, publish=True)

    assert Term.objects.get(pk=term.pk).status == "published"


# --- All or nothing ------------------------------------------------------------------------------


def test_with_one_bad_row_nothing_comes_in_where_all_or_nothing_is_asked_for(editor):
    batch = take("name,definition\nGood,Fine.\n,No name.\n", by=editor, all_or_nothing=True)

    assert (batch.state, Term.objects.count(), ImportedRecord.objects.count()) == ("failed", 0, 0)
    assert batch.message.startswith("Nothing was imported. Line 3: ")
    assert set(batch.rows.values_list("outcome", flat=True)) == {""}


def test_with_one_row_that_fails_after_all_nothing_comes_in_either(editor, monkeypatch):
    monkeypatch.setattr(importing.running, "AT_ONCE", 1)
    text = b"name,definition,tags\nGood,Fine.,New tag\nDropout,Text.,\n"
    term = make_term("Dropout")
    batch = importing.prepare([GivenFile("t.csv", text)], by=editor, options=Options(all_or_nothing=True))
    token = importing.token(batch, editor)
    before = Term.objects.count(), Revision.objects.count(), Event.objects.count(), Tag.objects.count()
    monkeypatch.setattr(workflow, "propose_all", lambda wishes, **rest: [NotAllowed("Not this one.")])

    batch = importing.carry_out(batch, token, by=editor)

    assert (batch.state, batch.message) == ("failed", "Nothing was imported. Line 3: Not this one.")
    assert (
        Term.objects.count(),
        Revision.objects.count(),
        Event.objects.count(),
        Tag.objects.count(),
    ) == before
    assert term.revisions.count() == 1


def test_what_was_refused_as_a_whole_can_be_corrected_and_brought_in(editor):
    batch = take("name,definition\nGood,Fine.\n,No name.\n", by=editor, all_or_nothing=True)

    importing.correct(batch.rows.get(position=1), {"name": "Better"}, by=editor)
    batch.refresh_from_db()
    batch = importing.carry_out(batch, importing.token(batch, editor), by=editor)

    assert (batch.state, batch.outcomes) == ("finished", {"created": 2})


# --- Small things --------------------------------------------------------------------------------


def test_planning_writes_nothing(editor):
    tags = Tag.objects.count()

    plan_of("name,definition,tags\nDropout,Text.,Brand new\n", editor)

    assert Tag.objects.count() == tags
    assert (Term.objects.count(), ImportBatch.objects.count()) == (0, 0)


def test_what_is_planned_is_what_is_prepared_and_what_comes_of_it(editor):
    make_term("Adam", definition="Old.")
    make_term("Lion", definition="Same.")
    make_term("Puma", aliases=["Cougar"])
    text = b"name,definition\nAdam,New.\nLion,Same.\nCougar,Text.\nFresh,Text.\n,Nothing.\n"
    files = [GivenFile("terms.csv", text)]

    plan = importing.plan(files, by=editor)
    batch = importing.prepare(files, by=editor)
    shown = list(importing.rows(batch).values_list("action", "term", "base", "because"))
    batch = importing.carry_out(batch, importing.token(batch, editor), by=editor)

    assert [(row.action, row.term_id, row.base, row.because) for row in plan.rows] == shown
    assert actions(plan) == ["update", "unchanged", "conflict", "create", "invalid"]
    assert plan.counts == batch.counts
    assert list(importing.rows(batch).values_list("outcome", flat=True)) == [
        "proposed",
        "",
        "",
        "created",
        "",
    ]


@pytest.mark.parametrize("role", ["Contributors", ""])
def test_only_editors_import(role):
    by = make_user(role)
    for act in (importing.plan, importing.prepare):
        with pytest.raises(NotAllowed):
            act([GivenFile("t.csv", b"term,definition\nA,b\n")], by=by)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
)
def test_what_is_no_glossary_is_refused_with_a_sentence(data, editor):
    with pytest.raises(UnreadableFile) as refusal:
        importing.prepare([GivenFile("x", data)], by=editor)

    assert refusal.value.message.endswith(".")
    assert ImportBatch.objects.count() == 0


def test_the_number_of_queries_hangs_on_hundreds_not_on_rows(editor):
    def table(count):
        rows = "".join(f"Term {n},Text.,T{n % 5},N{n},Term {(n * 7) % count}\n" for n in range(count))
        return f"name,definition,tags,aliases,related\n{rows}".encode()

    make_term("Term 3", definition="Old.")
    counts = []
    for count in (20, 200):
        with CaptureQueriesContext(connection) as queries:
            bring_in(table(count), by=editor, file_name=f"{count}.csv")
        counts.append(len(queries))

    # SQLite takes a thousand values at a time, so that many rows are written in a few statements more.
    assert counts[1] - counts[0] < 60


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
_records = st.builds(
    TermRecord,
    line=st.integers(1, 9),
    name=_texts,
    ref=_texts,
    heading=_texts,
    id=st.none() | _texts,
    definition=st.none() | _texts,
    status=st.sampled_from([None, "", "draft", "published", "deprecated"]),
    aliases=st.none() | st.lists(st.builds(AliasRecord, _texts), max_size=3).map(tuple),
    tags=st.none() | st.lists(_texts, max_size=3).map(tuple),
    relations=st.none() | st.lists(st.builds(RelationRecord, st.just("related"), _texts)).map(tuple),
    relation_kinds=st.lists(st.just("related"), max_size=1).map(tuple),
    external_ids=st.none() | st.lists(st.builds(ExternalIdRecord, _texts, _texts)).map(tuple),
    links_itself=st.sampled_from([None, True, False]),
    further=st.dictionaries(_texts, st.lists(_texts)),
    confidence=st.floats(0, 1),
    path=_texts,
)


@settings(max_examples=60)
@given(_records)
def test_a_record_comes_back_from_the_database_as_it_was_read(record):
    kept = json.loads(json.dumps(records.as_json(record)))

    item = records.from_json(kept, position=0, line=record.line, path=record.path, corrections={})

    assert item.record == item.as_read == record


# --- The command ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    def write(text, name="terms.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def printed(capsys, *arguments):
    call_command("import_terms", *arguments)
    return capsys.readouterr().out


def test_dry_run_prints_one_json_object_a_row_and_changes_nothing(file, capsys):
    path = file("name,definition,aliases,tags\nDropout,Text.,DO|acronym,Training\n")

    [row] = [json.loads(line) for line in printed(capsys, path, "--dry-run", "--json").splitlines()]

    assert list(row) == [
        "line", "heading", "title", "qualifier", "aliases", "keywords", "tags",
        "short_definition", "definition", "action", "confidence", "flags",
        "path", "term", "because", "changes", "look_alikes",
    ]  # fmt: skip
    assert (row["line"], row["title"], row["aliases"], row["action"]) == (2, "Dropout", ["DO"], "create")
    assert (Term.objects.count(), ImportBatch.objects.count()) == (0, 0)
    assert not make_user("Editors").__class__.objects.filter(username=importing.IMPORTER).exists()


def test_the_command_brings_a_file_in_and_says_what_it_did(file, capsys):
    path = file("name,definition\nDropout,Text.\n")

    assert "Done: 1 create." in printed(capsys, path)
    assert "Done: 1 unchanged." in printed(capsys, path)

    assert Revision.objects.get().author.username == importing.IMPORTER
    assert not Revision.objects.get().author.has_usable_password()
    assert ImportBatch.objects.count() == 1


def test_the_command_takes_folders_and_says_from_which_file_a_row_is(file, tmp_path, capsys):
    file("name,definition\nDropout,Text.\n", "words/one.csv")
    file("name,definition\nAdam,Text.\n", "words/two.csv")
    file("name,definition\nHidden,Text.\n", "words/.hidden.csv")

    said = printed(capsys, str(tmp_path / "words"))

    assert "words/one.csv:2  create" in said
    assert {term.name for term in Term.objects.all()} == {"Dropout", "Adam"}
    assert set(ImportedRecord.objects.values_list("path", flat=True)) == {"words/one.csv", "words/two.csv"}
    assert "Done: 2 unchanged." in printed(capsys, str(tmp_path / "words"))


def test_the_command_fails_when_all_or_nothing_is_nothing(file, capsys):
    path = file("name,definition\nGood,Fine.\n,No name.\n")

    with pytest.raises(CommandError, match=r"Nothing was imported\. Line 3"):
        call_command("import_terms", path, "--all-or-nothing")
    assert Term.objects.count() == 0

    fine = file("name,definition\nGood,Fine.\n")
    assert "Done: 1 create." in printed(capsys, fine, "--all-or-nothing")
    assert "Done: 1 unchanged." in printed(capsys, fine, "--all-or-nothing")
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_terms", file("name,definition\n,No name.\n"), "--all-or-nothing")


def test_the_command_tells_the_outcome_as_json(file, capsys, chief):
    path = file("name,definition\nDropout,Text.\nStub,\n")

    lines = printed(capsys, path, "--json", "--publish", "--by", chief.username).splitlines()

    rows = [json.loads(line) for line in lines]
    assert [(row["title"], row["outcome"]) for row in rows] == [("Dropout", "published"), ("Stub", "created")]
    assert "needs a definition" in rows[1]["message"]


def test_the_command_goes_on_and_undoes(file, capsys, editor):
    path = file("name,definition\nDropout,Text.\n")
    printed(capsys, path)
    batch = ImportBatch.objects.get()
    ImportBatch.objects.update(state="cancelled")

    assert "Done: 1 create." in printed(capsys, "--go-on", str(batch.pk))
    assert "Undone: 1 of 1." in printed(capsys, "--undo", str(batch.pk))

    assert Term.objects.get().status == "removed"
    assert ImportRow.objects.get().outcome == "undone"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.csv"], "Give the path"),
        ([], "Give the path"),
        (["{file}", "--by", "nobody"], "Name one that exists"),
        (["{file}", "--publish"], "no right to publish"),
        (["--undo", "99"], "There is no import 99"),
        (["--go-on", "99"], "There is no import 99"),
    ],
)
def test_the_command_refuses_with_what_to_do(arguments, says, file):
    path = file("term,definition\nDropout,Text.\n")

    with pytest.raises(CommandError, match=says):
        call_command("import_terms", *(argument.format(file=path) for argument in arguments))

    assert (Term.objects.count(), ExternalId.objects.count()) == (0, 0)
