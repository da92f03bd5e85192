"""What leaves the house, for whom, and that it is whole."""

import csv
import io
import json

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command

from terms import exporting, merging, workflow
from terms.errors import InvalidContent, NotAllowed
from terms.exporting import Selection
from terms.models import Revision, Tag, Term

pytestmark = pytest.mark.django_db

NOBODY = AnonymousUser()


def exported(selection=None, by=NOBODY):
    return list(exporting.records(selection or Selection(), by=by))


def names(found):
    return [record.name for record in found]


def select(by=NOBODY, **asked):
    return Selection.read({field: [value] for field, value in asked.items()}, by=by)


def test_terms_leave_in_the_order_of_their_names_with_all_that_is_published():
    make_term("Rib")
    make_term(
        "Keel",
        qualifier="ship",
        short_definition="The lowest timber.",
        aliases=[{"text": "Kiel", "kind": "translation", "language": "de"}],
        tags=["Hull parts"],
        sources=[{"title": "A handbook", "url": "https://books.example/1"}],
        notes=[{"kind": "usage", "text": "Of ships only."}],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
        review_by="2027-01-31",
        links_itself=False,
    )

    keel, rib = exported()

    assert (keel.name, keel.qualifier, keel.status, keel.slug) == ("Keel", "ship", "published", "keel-ship")
    assert keel.short_definition == "The lowest timber."
    assert keel.definition == "What Keel is."
    assert [(alias.text, alias.kind, alias.language) for alias in keel.aliases] == [
        ("Kiel", "translation", "de")
    ]
    assert keel.tags == ("Hull parts",)
    assert keel.sources[0].url == "https://books.example/1"
    assert keel.notes[0].text == "Of ships only."
    assert keel.external_ids[0].value == "Q1"
    assert (keel.review_by, keel.links_itself, keel.version) == ("2027-01-31", False, 1)
    assert rib.name == "Rib"


def test_a_public_term_leaves_as_it_is_published_whatever_is_proposed():
    term = make_term("Keel", definition="As published.")
    propose_change(term, definition="As proposed.")

    for by in (NOBODY, make_user("Chief editors")):
        assert exported(by=by)[0].definition == "As published."


def test_drafts_leave_with_their_newest_text_for_the_staff_alone():
    draft = make_draft("Keel", definition="First.")
    editor = make_user("Editors")
    workflow.save_draft(term_id=draft.term_id, based_on=1, content={"definition": "Second."}, by=editor)

    [record] = exported(by=editor)

    assert (record.status, record.slug, record.definition) == ("draft", "", "Second.")
    assert exported() == []
    assert exported(by=make_user("Contributors")) == []


def test_what_is_gone_or_was_rejected_stays_behind():
    chief = make_user("Chief editors")
    workflow.remove(term_id=make_term("Gone").pk, by=chief, reason="Not ours.")
    rejected = workflow.propose(content={"name": "Refused", "definition": "x"}, by=make_user("Editors"))
    workflow.reject(revision_id=rejected.pk, by=chief, reason="Wrong.")

    assert exported(by=chief) == []


def test_hidden_names_and_private_notes_are_for_the_staff():
    make_term(
        "Keel",
        aliases=[{"text": "kele", "kind": "hidden"}],
        notes=[{"kind": "editorial", "text": "Ask the captain."}],
    )

    [for_readers], [for_staff] = exported(), exported(by=make_user("Editors"))

    assert (for_readers.aliases, for_readers.notes) == ((), ())
    assert for_staff.aliases[0].text == "kele"
    assert for_staff.notes[0].text == "Ask the captain."


def test_relations_are_told_from_both_sides_and_only_to_what_is_visible():
    editor = make_user("Editors")
    hull = make_term("Hull")
    secret = make_draft("Bilge key", by=editor).term
    keel = make_term(
        "Keel",
        by=editor,
        relations=[
            {"kind": "broader", "target": hull.public_id},
            {"kind": "related", "target": secret.public_id},
        ],
    )

    for_readers = {record.name: record for record in exported()}
    for_staff = {record.name: record for record in exported(by=editor)}

    assert [(relation.kind, relation.name) for relation in for_readers["Keel"].relations] == [
        ("broader", "Hull")
    ]
    assert [(item.kind, item.target, item.name) for item in for_readers["Hull"].inverse] == [
        ("broader", keel.public_id, "Keel")
    ]
    assert [relation.target for relation in for_staff["Keel"].relations] == [hull.public_id, secret.public_id]


def test_a_relation_is_told_by_name_only_where_the_name_leads_to_one_term():
    kernel = make_term("Kernel", qualifier="maths")
    make_term("Kernel", qualifier="maths of old", aliases=[{"text": "Core"}])
    make_draft("Kernel", qualifier="maths")
    make_term("Core text", relations=[{"kind": "related", "target": kernel.public_id}])

    def told_to(by):
        return [record.relations[0].name for record in exported(by=by) if record.relations]

    assert told_to(NOBODY) == ["Kernel (maths)"]
    assert told_to(make_user("Editors")) == [""]


def test_a_selection_narrows_by_status_tag_language_and_day():
    make_term(
        "Keel", tags=["Hull parts"], aliases=[{"text": "Kiel", "kind": "translation", "language": "de"}]
    )
    old = make_term("Rib", aliases=[{"text": "côte", "kind": "translation", "language": "fr"}])
    workflow.deprecate(term_id=old.pk, by=make_user("Reviewers"), reason="Out of use.")
    Term.objects.filter(pk=old.pk).update(updated_at="2020-05-01T00:00:00Z")

    assert names(exported(select(status="deprecated"))) == ["Rib"]
    assert names(exported(select(tag="hull-parts"))) == ["Keel"]
    assert names(exported(select(tag="Hull parts"))) == ["Keel"]
    assert names(exported(select(language="DE"))) == ["Keel"]
    assert names(exported(select(since="2020-05-02"))) == ["Keel"]
    assert names(exported(select(since="2020-04-30T10:00:00Z"))) == ["Keel", "Rib"]
    assert names(exported(select(status="draft"))) == []


def test_names_in_other_languages_than_the_chosen_stay_behind():
    make_term(
        "Keel",
        aliases=[
            {"text": "Kiel", "kind": "translation", "language": "de"},
            {"text": "quille", "kind": "translation", "language": "fr"},
            {"text": "Keelson", "kind": "synonym"},
        ],
    )

    [record] = exported(select(language="de"))

    assert [alias.text for alias in record.aliases] == ["Kiel", "Keelson"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"status": "merged"}, "“merged” is no status"),
        ({"tag": "none"}, "There is no tag “none”"),
        ({"since": "yesterday"}, "“yesterday” is no day"),
    ],
)
def test_a_selection_that_cannot_be_meant_is_refused(asked, told):
    with pytest.raises(InvalidContent, match=told):
        select(**asked)


def test_a_tag_of_drafts_is_unknown_to_readers():
    editor = make_user("Editors")
    make_draft("Keel", by=editor, tags=["Hidden subject"])
    assert Tag.objects.filter(slug="hidden-subject").exists()

    with pytest.raises(InvalidContent, match="There is no tag"):
        select(tag="hidden-subject")
    assert names(exported(select(by=editor, tag="hidden-subject"), by=editor)) == ["Keel"]


@pytest.mark.parametrize("name", [name for name in exporting.FORMS if name != exporting.FIXTURE])
@pytest.mark.parametrize("count", [0, 2])
def test_every_form_can_be_written(name, count):
    for number in range(count):
        make_term(
            f"Keel {number}", aliases=[{"text": f"Kiel {number}", "kind": "translation", "language": "de"}]
        )

    pieces = list(exporting.stream(name, select(language="de"), by=NOBODY))

    assert all(isinstance(piece, bytes) for piece in pieces)
    assert count == 0 or b"".join(pieces)


def test_an_unknown_form_is_refused_with_the_list_of_known_ones():
    with pytest.raises(InvalidContent, match=r"“docx” is not a format\. Use one of: csv"):
        exporting.stream("docx", Selection(), by=NOBODY)


def test_the_number_of_queries_does_not_grow_with_the_terms(django_assert_num_queries):
    related = make_term("Hull")
    for number in range(3):
        make_term(
            f"Keel {number}", relations=[{"kind": "related", "target": related.public_id}], tags=["Hull"]
        )

    with django_assert_num_queries(8):
        assert len(exported()) == 4
    for number in range(3, 6):
        make_term(f"Keel {number}", relations=[{"kind": "related", "target": related.public_id}])
    with django_assert_num_queries(8):
        assert len(exported()) == 7


# --- The fixture ---------------------------------------------------------------------------------


def public_rows():
    return {record.id: record for record in exported()}


def test_a_fixture_loaded_into_an_empty_glossary_gives_the_same_terms(tmp_path, empty_the_database):
    hull = make_term("Hull", tags=["Ships"], definition="The body of a ship.")
    keel = make_term("Keel", relations=[{"kind": "broader", "target": hull.public_id}])
    change = propose_change(keel, definition="Newer words.")
    workflow.approve(revision_id=change.pk, by=make_user("Reviewers"))
    workflow.deprecate(
        term_id=hull.pk, by=make_user("Reviewers"), reason="Out of use.", successors=[keel.public_id]
    )
    propose_change(Term.objects.get(pk=keel.pk), definition="Not yet.")
    make_draft("Secret")
    before = public_rows()
    path = tmp_path / "glossary.json"

    path.write_bytes(b"".join(exporting.stream("fixture", Selection(), by=make_user("Editors"))))
    empty_the_database()
    call_command("loaddata", str(path), verbosity=0)

    assert public_rows() == before
    assert Revision.objects.filter(term__name="Keel").values_list("number", "version").count() == 2
    assert not Term.objects.filter(name="Secret").exists()
    assert not get_user_model().objects.filter(is_active=True).exists()
    assert "Not yet." not in path.read_text("utf-8")


def test_loading_a_fixture_leaves_accounts_alone_that_are_there(tmp_path):
    editor = make_user("Editors", username="anna")
    make_term("Keel", by=editor)
    path = tmp_path / "glossary.json"
    path.write_bytes(b"".join(exporting.stream("fixture", Selection(), by=editor)))

    call_command("loaddata", str(path), verbosity=0)

    editor.refresh_from_db()
    assert editor.is_active
    assert editor.has_usable_password()


def test_a_fixture_tells_nothing_of_its_authors_but_their_user_names():
    make_term("Keel", by=make_user("Editors", username="anna", email="anna@ship.example", first_name="Anna"))

    text = b"".join(exporting.stream("fixture", Selection(), by=make_user("Editors"))).decode()

    assert '"anna"' in text
    assert "anna@ship.example" not in text
    assert "Anna" not in text


def test_a_fixture_is_for_the_staff():
    with pytest.raises(NotAllowed, match="editorial staff"):
        exporting.stream("fixture", Selection(), by=NOBODY)


# --- The command ---------------------------------------------------------------------------------


def test_the_command_writes_a_file_with_what_readers_see(tmp_path, capsys):
    make_term("Keel")
    make_draft("Secret")
    path = tmp_path / "terms.csv"

    call_command("export_terms", "--output", str(path))

    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert [row["name"] for row in rows] == ["Keel"]
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_exports_drafts_for_an_account_that_sees_them(tmp_path):
    make_draft("Secret")
    make_user("Editors", username="anna")
    path = tmp_path / "terms.jsonl"

    call_command("export_terms", "--format", "jsonl", "--by", "anna", "--output", str(path))

    assert json.loads(path.read_text("utf-8"))["status"] == "draft"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--by", "nobody-here"], "There is no active account “nobody-here”"),
        (["--tag", "none"], "There is no tag “none”"),
        (["--output", "/no/such/folder/terms.csv"], "Give a path that can be written"),
        (["--format", "fixture"], "editorial staff"),
    ],
)
def test_the_command_says_what_is_wrong(options, told):
    with pytest.raises(CommandError, match=told):
        call_command("export_terms", *options)


# --- Merged terms --------------------------------------------------------------------------------


def test_a_term_leaves_with_the_ids_of_those_that_were_merged_into_it(chief):
    kept, absorbed, draft = make_term("Keel"), make_term("Keel beam"), make_draft("Beam").term
    wish = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk, draft.pk], "by": chief}
    operation = merging.merge(**wish, content={}, token=merging.preview(**wish).token)

    [during] = exported()
    merging.undo(operation.pk, token=merging.undo_preview(operation.pk, by=chief).token, by=chief)

    # Nobody outside ever knew the draft.
    assert (during.name, during.absorbed) == ("Keel", (absorbed.public_id,))
    assert [record.absorbed for record in exported()] == [(), ()]


@pytest.mark.parametrize(
    ("form", "told"),
    [("json", '"absorbed": ["{id}"]'), ("skos-turtle", 'oboInOwl#hasAlternativeId> "{id}"')],
)
def test_files_for_programs_name_the_old_ids(form, told, chief):
    kept, absorbed = make_term("Keel"), make_term("Keel beam")
    wish = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk], "by": chief}
    merging.merge(**wish, content={}, token=merging.preview(**wish).token)

    file = b"".join(exporting.stream(form, Selection(), by=NOBODY)).decode()

    assert told.replace("{id}", absorbed.public_id) in file
