"""From a file to drafts and proposals: planned, shown, carried out, and safe to repeat."""

import json
from pathlib import Path

import pytest
from builders import make_term, make_user
from django.core.management import call_command
from django.core.management.base import CommandError

from terms import importing, workflow
from terms.errors import NotAllowed, UnreadableFile
from terms.models import Event, ImportBatch, ImportedRecord, Revision, Tag, Term

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def plan_of(text, by=None, **options):
    return importing.plan(text.encode(), file_name="terms.csv", by=by or make_user("Editors"), **options)


def bring_in(text, by=None, **options):
    by = by or make_user("Editors")
    return importing.carry_out(plan_of(text, by, **options), by=by)


def actions(plan):
    return [row.action for row in plan.rows]


def test_two_columns_become_drafts_with_provenance(editor):
    result = bring_in("term,definition\nDropout,Switches units off.\nAdam,An optimizer.\n", by=editor)

    assert result.failures == ()
    terms = Term.objects.order_by("name")
    assert [(t.name, t.status, t.definition) for t in terms] == [
        ("Adam", "draft", "An optimizer."),
        ("Dropout", "draft", "Switches units off."),
    ]
    record = ImportedRecord.objects.get(term=terms[1])
    assert (record.batch.file_name, record.line, record.batch.by) == ("terms.csv", 2, editor)
    assert Revision.objects.get(term=terms[1]).comment == "Import of terms.csv, line 2."
    assert Term.objects.published().count() == 0


def test_the_same_file_twice_changes_nothing():
    text = "name,definition,tags,aliases\nDropout,Switches units off.,Training,DO|acronym\n"
    bring_in(text)
    before = (Revision.objects.count(), Event.objects.count())

    again = plan_of(text)

    assert actions(again) == ["unchanged"]
    importing.carry_out(again, by=make_user("Editors"))
    assert (Revision.objects.count(), Event.objects.count()) == before


def test_an_editors_correction_is_not_taken_back(editor):
    text = "name,definition\nDropout,Switchs units off.\n"
    bring_in(text, by=editor)
    term = Term.objects.get()
    workflow.save_draft(term_id=term.pk, based_on=1, content={"definition": "Switches units off."}, by=editor)

    assert actions(plan_of(text)) == ["unchanged"]
    changed = plan_of("name,definition,tags\nDropout,Switchs units off.,Training\n")
    assert [(row.action, row.changed) for row in changed.rows] == [("update", ("tags",))]
    importing.carry_out(changed, by=editor)

    term.refresh_from_db()
    assert term.definition == "Switches units off."
    assert [tag.name for tag in term.tags.all()] == ["Training"]


def test_a_change_of_a_published_term_waits_as_a_proposal(editor):
    term = make_term("Dropout", definition="Old.")

    bring_in("name,definition\nDropout,New.\n", by=editor)

    term.refresh_from_db()
    assert (term.status, term.definition) == ("published", "Old.")
    proposal = Revision.objects.get(term=term, state="proposed")
    assert (proposal.content["definition"], proposal.author) == ("New.", editor)


def test_an_absent_column_changes_nothing_and_an_empty_cell_only_when_asked(editor):
    term = make_term("Dropout", definition="Text.", short_definition="Short.", tags=["Training"])
    text = "name,definition,short_definition\nDropout,Text.,\n"

    assert actions(plan_of(text)) == ["unchanged"]
    bring_in(text, by=editor, clear_empty=True)

    proposal = Revision.objects.get(term=term, state="proposed")
    assert (proposal.content["short_definition"], proposal.content["tags"]) == ("", ["training"])


def test_a_file_never_makes_anything_public(chief):
    bring_in("name,definition,status\nDropout,Text.,published\n", by=chief)

    assert Term.objects.get().status == "draft"


def test_bad_rows_are_reported_and_good_ones_come_in():
    text = "name,definition,status\nGood,Fine.,draft\nBad,Text.,publishd\n,No name.,draft\n"

    plan = plan_of(text)

    assert sorted(actions(plan)) == ["create", "invalid", "invalid"]
    wrong = {row.line: row.because for row in plan.rows if row.action == "invalid"}
    assert "status" in wrong[3]
    assert "publishd" in wrong[3]
    assert 4 in wrong
    importing.carry_out(plan, by=make_user("Editors"))
    assert [term.name for term in Term.objects.all()] == ["Good"]


def test_identifiers_that_cannot_be_are_invalid_rows_and_the_rest_comes_in():
    long_id = "x" * 60
    text = f"id,name,definition\nabc,One,Text.\nabc,Two,Text.\n{long_id},Three,Text.\na/b?c,Four,Text.\n"

    plan = plan_of(text)
    result = importing.carry_out(plan, by=make_user("Editors"))

    assert actions(plan) == ["create", "invalid", "invalid", "invalid"]
    assert result.failures == ()
    assert [(term.public_id, term.name) for term in Term.objects.all()] == [("abc", "One")]


def test_relations_may_name_terms_of_the_same_file(editor):
    text = (
        "name,definition,broader,related\n"
        "Dropout,Text.,Regularization,Nothing known\n"
        "Regularization,Text.,,\n"
    )

    bring_in(text, by=editor)

    dropout, upper = Term.objects.get(name="Dropout"), Term.objects.get(name="Regularization")
    assert [(r.kind, r.target) for r in dropout.relations.all()] == [("broader", upper)]
    [flag] = ImportedRecord.objects.get(term=dropout).flags
    assert flag["code"] == "relation_unresolved"
    assert "Nothing known" in flag["message"]
    assert actions(plan_of(text)) == ["unchanged", "unchanged"]


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

    bring_in("name,definition,broader\nDropout,Text.,\n", by=editor, clear_empty=True)

    proposal = Revision.objects.get(term=term, state="proposed")
    assert proposal.content["relations"] == [{"kind": "related", "target": other.public_id}]


def test_an_import_stopped_in_the_middle_goes_on(editor, monkeypatch):
    monkeypatch.setattr(importing, "BATCH_SIZE", 2)
    text = "name,definition\n" + "".join(f"Term {n},Text {n}.\n" for n in range(6))
    plan = plan_of(text, editor)
    calls = []

    def stop_later(done, total):
        calls.append(done)
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.carry_out(plan, by=editor, progress=stop_later)
    assert Term.objects.count() == ImportedRecord.objects.count() == 4

    again = plan_of(text, editor)
    assert sorted(actions(again)) == ["create"] * 2 + ["unchanged"] * 4
    importing.carry_out(again, by=editor)
    assert Term.objects.count() == 6


def test_a_row_that_fails_after_all_leaves_the_others(editor, monkeypatch):
    plan = plan_of("name,definition\nOne,Text.\nTwo,Text.\n", editor)
    create = workflow.create_draft

    def refuse_one(*, content, **rest):
        if content["name"] == "One":
            raise NotAllowed("Not this one.")
        return create(content=content, **rest)

    monkeypatch.setattr(workflow, "create_draft", refuse_one)
    result = importing.carry_out(plan, by=editor)

    assert result.failures == ((2, "Not this one."),)
    assert [term.name for term in Term.objects.all()] == ["Two"]


def test_a_letter_page_becomes_drafts_that_may_share_a_name(editor):
    make_term("Heat sink")
    data = (SAMPLES / "letter-page.txt").read_bytes()

    plan = importing.plan(data, file_name="letter-page.txt", by=editor)
    importing.carry_out(plan, by=editor)

    assert plan.format == "document"
    assert set(actions(plan)) == {"create"}
    drafts = Term.objects.filter(status="draft")
    assert drafts.count() == len(plan.rows) > 3
    assert all(record.heading and record.line for record in ImportedRecord.objects.all())
    again = importing.plan(data, file_name="letter-page.txt", by=editor)
    assert set(actions(again)) == {"unchanged"}


def test_a_put_away_draft_is_a_conflict(editor):
    text = "name,definition\nDropout,Text.\n"
    bring_in(text, by=editor)
    workflow.discard_draft(term_id=Term.objects.get().pk, by=editor)

    [row] = plan_of("name,definition\nDropout,Other.\n").rows

    assert row.action == "conflict"
    assert "put away" in row.because


def test_planning_writes_nothing(editor):
    tags = Tag.objects.count()

    plan_of("name,definition,tags\nDropout,Text.,Brand new\n", editor)

    assert Tag.objects.count() == tags
    assert (Term.objects.count(), ImportBatch.objects.count()) == (0, 0)


def test_only_editors_import(contributor):
    with pytest.raises(NotAllowed):
        plan_of("term,definition\nA,b\n", by=contributor)


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
        importing.plan(data, file_name="x", by=editor)

    assert refusal.value.message.endswith(".")


# --- The command ---------------------------------------------------------------------------------


def test_dry_run_prints_one_json_object_a_row_and_changes_nothing(tmp_path, capsys):
    path = tmp_path / "terms.csv"
    path.write_text("name,definition,aliases,tags\nDropout,Text.,DO|acronym,Training\n", encoding="utf-8")

    call_command("import_terms", str(path), "--dry-run", "--json")

    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert list(row) == [
        "line", "heading", "title", "qualifier", "aliases", "keywords", "tags",
        "short_definition", "definition", "action", "confidence", "flags",
    ]  # fmt: skip
    assert (row["line"], row["title"], row["aliases"], row["action"]) == (2, "Dropout", ["DO"], "create")
    assert Term.objects.count() == 0
    assert not importing.get_user_model().objects.filter(username=importing.IMPORTER).exists()


def test_the_command_brings_a_file_in_and_says_what_it_did(tmp_path, capsys):
    path = tmp_path / "terms.csv"
    path.write_text("term,definition\nDropout,Text.\n", encoding="utf-8")

    call_command("import_terms", str(path))
    call_command("import_terms", str(path))

    printed = capsys.readouterr().out
    assert "Done: 1 create." in printed
    assert "Done: 1 unchanged." in printed
    assert Revision.objects.get().author.username == importing.IMPORTER
    assert not Revision.objects.get().author.has_usable_password()


@pytest.mark.parametrize("arguments", [["nowhere.csv"], ["{file}", "--by", "nobody"]])
def test_the_command_refuses_with_what_to_do(arguments, tmp_path):
    path = tmp_path / "terms.csv"
    path.write_text("term,definition\nDropout,Text.\n", encoding="utf-8")

    with pytest.raises(CommandError, match=r"Give the path|Name one that exists"):
        call_command("import_terms", *(argument.format(file=path) for argument in arguments))
