"""From a file or a pasted text to drafts, on the desk: given, shown, corrected, brought in, taken back."""

import io
import re
import zipfile

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from terms import importing, workflow
from terms.admin import imports
from terms.models import ImportBatch, ImportRow, Revision, Term

pytestmark = pytest.mark.django_db

ADD = "/admin/terms/importbatch/add/"
TABLE = "term,definition,tags\nKeel,The lowest timber.,Hull parts\nRib,A frame of the hull.,Hull parts\n"


@pytest.fixture
def editor_client(client, editor):
    client.force_login(editor)
    return client


def upload(client, text=TABLE, name="words.csv", **options):
    """Send a file and return the page that follows."""
    data = text if isinstance(text, bytes) else text.encode()
    return client.post(ADD, {"files": [SimpleUploadedFile(name, data)], **options}, follow=True)


def paste(client, text, **options):
    return client.post(ADD, {"text": text, **options}, follow=True)


def batch():
    return ImportBatch.objects.latest("pk")


def address(*parts):
    return "/".join(["/admin/terms/importbatch", str(batch().pk), *map(str, parts), ""])


def token_on(response):
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


def start(client, response):
    return client.post(address("start"), {"token": token_on(response)}, follow=True)


def html_of(response):
    return response.content.decode()


def test_a_file_is_shown_row_by_row_before_anything_is_written(editor_client):
    response = upload(editor_client)

    html = html_of(response)
    assert "read as <strong>CSV or TSV table</strong>" in html
    assert html.index("Keel") < html.index("Rib")
    assert "The lowest timber." in html
    assert "2 entries were read: 2 new." in html
    assert "Import 2<" in html
    assert not Term.objects.exists()


def test_what_was_shown_becomes_drafts(editor_client):
    response = start(editor_client, upload(editor_client))

    assert "Imported: 2 new drafts." in html_of(response)
    assert set(Term.objects.values_list("name", "status")) == {("Keel", "draft"), ("Rib", "draft")}


def test_a_pasted_text_is_read_like_a_file(editor_client):
    html = html_of(paste(editor_client, TABLE, source="The yard"))

    assert "Import 2<" in html
    assert batch().source == "The yard"


def test_a_zip_file_and_several_files_come_as_one_import(editor_client):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as pack:
        pack.writestr("a.csv", "term,definition\nKeel,A timber.\n")
        pack.writestr("b.csv", "term,definition\nRib,A frame.\n")

    assert "Import 2<" in html_of(upload(editor_client, packed.getvalue(), name="words.zip"))
    two = [
        SimpleUploadedFile(f"{n}.csv", f"term,definition\n{n},A timber.\n".encode()) for n in ("Mast", "Boom")
    ]
    assert "Import 2<" in html_of(editor_client.post(ADD, {"files": two}, follow=True))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "There is no file. Choose one, or paste a text."),
        ({"text": "Nothing that looks like a glossary"}, "no format that is known here"),
        ({"text": TABLE, "format": "docx"}, "“docx” is not a format"),
        ({"text": "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"}, "git lfs pull"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_text_is_kept(editor_client, data, told):
    response = editor_client.post(ADD, data)

    assert response.status_code == 400
    assert told in html_of(response)
    assert data.get("text", "")[:20] in html_of(response)
    assert not ImportBatch.objects.exists()


def test_a_change_is_shown_with_its_difference(editor_client):
    make_term("Keel", definition="The lowest plank.")

    html = html_of(upload(editor_client))

    assert "Changes <a" in html
    assert "<ins>" in html
    assert "timber" in html


def test_a_change_that_takes_most_of_a_text_away_is_warned_of(editor_client):
    make_term("Keel", definition="word " * 20)

    assert "Definition: 3 words instead of 20." in html_of(
        upload(editor_client, "term,short_definition,definition\nKeel,A timber.,The lowest timber.\n")
    )


def test_rows_can_be_shown_by_what_becomes_of_them(editor_client):
    make_term(
        "Keel", definition="The lowest timber.", tags=["Hull parts"], short_definition="The lowest timber."
    )
    upload(editor_client)

    new = html_of(editor_client.get(address("change"), {"show": "create"}))

    assert "Rib" in new
    assert ">Keel<" not in new


def test_a_row_left_out_does_not_come_in_and_can_be_taken_in_again(editor_client):
    upload(editor_client)
    keel = ImportRow.objects.get(position=0)

    left = editor_client.post(address("rows"), {"row": [keel.pk], "_leave_out": "chosen"}, follow=True)
    assert "1 row left out." in html_of(left)
    assert "Import 1<" in html_of(left)

    taken = editor_client.post(address("rows"), {"_take_in": keel.pk}, follow=True)
    assert "Import 2<" in html_of(taken)
    assert taken.redirect_chain[-1][0].endswith(f"#row-{keel.pk}")


def test_all_rows_that_are_shown_under_a_name_can_be_left_out_at_once(editor_client):
    make_term("Keels")
    upload(editor_client)

    response = editor_client.post(f"{address('rows')}?show=alike", {"_leave_out": "all"}, follow=True)

    assert "1 row left out." in html_of(response)
    assert list(ImportRow.objects.filter(is_left_out=True).values_list("record__name", flat=True)) == ["Keel"]


def test_nothing_is_done_to_rows_where_none_is_chosen(editor_client):
    upload(editor_client)

    response = editor_client.post(address("rows"), {"_leave_out": "chosen"}, follow=True)

    assert "No row is chosen." in html_of(response)
    assert "Import 2<" in html_of(response)


def test_a_row_that_somebody_found_right_needs_no_second_look(editor_client):
    make_term("Keels")
    upload(editor_client)
    keel = ImportRow.objects.get(position=0)
    assert "Look at <a" in html_of(editor_client.get(address("change")))

    response = editor_client.post(f"{address('rows')}?show=look", {"_right": keel.pk}, follow=True)

    assert "1 row right as planned." in html_of(response)
    assert "Look at <a" not in html_of(response)
    keel.refresh_from_db()
    assert (keel.action, keel.corrections) == ("create", {"term": importing.AS_NEW})


def test_a_row_in_conflict_can_be_said_to_be_new(editor_client):
    make_term("Timber of the keel", aliases=["Keel"])
    upload(editor_client)
    keel = ImportRow.objects.get(position=0)
    assert keel.action == "conflict"

    response = editor_client.post(address("rows"), {"_new": keel.pk}, follow=True)

    assert "1 row now about a term of its own." in html_of(response)
    keel.refresh_from_db()
    assert keel.action == "create"


def test_a_row_can_be_taken_for_the_term_that_it_is_like(editor_client):
    keels = make_term("Keels", definition="Timbers.")
    upload(editor_client)
    keel = ImportRow.objects.get(position=0)

    together = editor_client.post(address("rows"), {"row": [keel.pk], "_alike": "chosen"})

    keel.refresh_from_db()
    assert (keel.action, keel.term_id) == ("update", keels.pk)
    assert together.headers["Location"] == address("change") + "?show=update"


def test_whoever_takes_a_row_for_a_term_sees_what_it_changes_there(editor_client):
    make_term("Keels", definition="Timbers.")
    upload(editor_client)
    keel = ImportRow.objects.get(position=0)

    response = editor_client.post(address("rows"), {"_alike": keel.pk}, follow=True)

    assert response.redirect_chain[-1][0] == address("rows", keel.pk)
    assert "What it changes in" in html_of(response)


def test_a_row_is_corrected_and_planned_anew(editor_client):
    upload(editor_client)
    row = ImportRow.objects.get(position=0)
    page = editor_client.get(address("rows", row.pk))
    assert "How it will look" not in html_of(page)

    response = editor_client.post(
        address("rows", row.pk),
        {
            "name": "Keelson",
            "qualifier": "",
            "aliases": "Kiel | translation | de\nkelson",
            "tags": "Hull parts, Wood",
            "short_definition": "A timber above the keel.",
            "definition": "",
            "meant": "",
            "_save": "1",
        },
        follow=True,
    )

    assert "Row 1 is planned anew: new term." in html_of(response)
    assert "looked at" in html_of(response)
    start(editor_client, editor_client.get(address("change")))
    content = Revision.objects.get(term__name="Keelson").content
    assert [(a["text"], a["kind"], a["language"]) for a in content["aliases"]] == [
        ("Kiel", "translation", "de"),
        ("kelson", "synonym", ""),
    ]
    assert content["tags"] == ["hull-parts", "wood"]


def test_a_correction_that_makes_no_sense_is_refused_and_kept_in_the_form(editor_client):
    upload(editor_client)
    row = ImportRow.objects.get(position=0)

    response = editor_client.post(
        address("rows", row.pk), {"name": "Keelson", "aliases": "Kiel | nickname", "meant": ""}
    )

    assert response.status_code == 422
    assert "“nickname” is not one of" in html_of(response)
    assert 'value="Keelson"' in html_of(response)


def test_names_keep_their_notes_when_something_else_is_corrected(editor_client):
    upload(editor_client, "term,definition,aliases\nKeel,A timber.,Kiel|translation|forbidden|de|of old\n")
    row = ImportRow.objects.get()

    editor_client.post(
        address("rows", row.pk),
        {
            "name": "Keel",
            "aliases": "Kiel | translation | de",
            "short_definition": "A long timber.",
            "meant": "",
        },
    )

    row.refresh_from_db()
    assert row.corrections.keys() == {"short_definition", "definition"} or "aliases" not in row.corrections


def test_going_through_the_rows_leads_from_one_to_the_next_and_back_to_the_list(editor_client):
    upload(editor_client)
    keel, rib = ImportRow.objects.order_by("position")
    as_it_is = {"name": "Keel", "short_definition": "The lowest timber.", "tags": "Hull parts", "meant": ""}

    kept = editor_client.post(
        address("rows", keel.pk) + "?show=create", {**as_it_is, "_next": "1"}, follow=True
    )
    left_out = editor_client.post(address("rows", rib.pk) + "?show=create", {"_leave_out": "1"}, follow=True)

    assert kept.redirect_chain[-1][0] == address("rows", rib.pk) + "?show=create"
    assert "Row 1 stays as it is: new term." in html_of(kept)
    assert left_out.redirect_chain[-1][0] == address("change")
    assert "Row 2 is left out." in html_of(left_out)


def test_the_terms_that_a_row_is_like_are_beside_it_to_be_compared(editor_client):
    make_term("Keels", short_definition="Timbers of ships.")
    upload(editor_client)

    html = html_of(editor_client.get(address("rows", ImportRow.objects.get(position=0).pk)))

    assert "Timbers of ships." in html
    assert "is there (published)" in html


def test_a_row_can_be_told_which_term_it_is(editor_client):
    hull = make_term("Hull")
    upload(editor_client)
    row = ImportRow.objects.get(position=0)

    editor_client.post(
        address("rows", row.pk),
        {"name": "Keel", "short_definition": "The lowest timber.", "meant": "this", "term": "Hull"},
    )

    row.refresh_from_db()
    assert (row.action, row.term_id) == ("update", hull.pk)


def test_what_was_shown_before_a_correction_is_not_carried_out(editor_client):
    before = upload(editor_client)
    row = ImportRow.objects.get(position=0)
    editor_client.post(address("rows", row.pk), {"name": "Keelson", "short_definition": "X.", "meant": ""})

    response = editor_client.post(address("start"), {"token": token_on(before)})

    assert response.status_code == 409
    assert "This is not what the preview showed" in html_of(response)
    assert not Term.objects.exists()


def test_an_import_is_taken_back_as_a_whole_but_for_what_somebody_worked_on(editor_client, editor):
    start(editor_client, upload(editor_client))
    rib = Term.objects.get(name="Rib")
    workflow.save_draft(term_id=rib.pk, based_on=1, content={"definition": "Newer."}, by=editor)

    preview = editor_client.get(address("undo"))
    assert "Undo 1 of 2" in html_of(preview)
    assert "was worked on since; it stays" in html_of(preview)
    response = editor_client.post(address("undo"), {"token": token_on(preview)}, follow=True)

    assert "is undone, as far as that could be" in html_of(response)
    assert set(Term.objects.values_list("name", "status")) == {("Keel", "removed"), ("Rib", "draft")}
    assert editor_client.get(address("undo")).status_code == 409


def test_what_nobody_carried_out_can_be_thrown_away(editor_client):
    upload(editor_client)

    response = editor_client.post(address("forget"), follow=True)

    assert "is thrown away; nothing was imported" in html_of(response)
    assert not ImportBatch.objects.exists()


def test_other_options_plan_it_anew(editor_client):
    make_term("Keel", definition="", short_definition="A timber.", tags=["Hull parts"])
    upload(editor_client, "term,definition,tags\nKeel,A timber.,\n")
    assert batch().counts["unchanged"] == 1

    editor_client.post(address("plan"), {"_options": "1", "clear_empty": "on", "source": "words.csv"})

    assert batch().counts["update"] == 1


def test_the_drafts_of_an_import_are_proposed_together(editor_client):
    finished = start(editor_client, upload(editor_client))
    assert "Show 2 drafts" in html_of(finished)

    response = editor_client.post(address("propose"), follow=True)

    assert "2 drafts proposed; a reviewer decides." in html_of(response)
    assert set(Revision.objects.values_list("state", flat=True)) == {"proposed"}
    assert "Propose the drafts" not in html_of(response)


def test_more_drafts_than_go_at_once_are_proposed_in_parts(editor_client, monkeypatch):
    monkeypatch.setattr(imports, "MOST_PROPOSED_AT_ONCE", 1)
    start(editor_client, upload(editor_client))

    response = editor_client.post(address("propose"), follow=True)

    assert "1 draft proposed; a reviewer decides." in html_of(response)
    assert "Show 1 draft<" in html_of(response)


def test_only_who_may_publish_imports_is_offered_to(client, editor_client):
    assert 'name="publish"' not in html_of(editor_client.get(ADD))
    client.force_login(make_user("Chief editors"))
    assert 'name="publish"' in html_of(client.get(ADD))

    response = start(client, upload(client, publish="on"))

    assert "2 published" in html_of(response)
    assert Term.objects.published().count() == 2


def test_a_run_shows_how_far_it_is_and_can_be_stopped(editor_client):
    upload(editor_client)
    now = timezone.now()
    ImportBatch.objects.update(state="running", started_at=now, heartbeat_at=now, done=1, total=2)

    running = html_of(editor_client.get(address("change")))
    assert 'http-equiv="refresh"' in running
    assert "<progress" in running
    assert "Go on" not in running
    stopped = editor_client.post(address("stop"), follow=True)

    assert "Stopped by editor" in html_of(stopped)
    assert "Nothing of it is imported yet" in html_of(stopped)
    gone_on = editor_client.post(address("go-on"), follow=True)
    assert "Imported: 2 new drafts." in html_of(gone_on)


def test_unsure_and_flagged_rows_come_under_to_look_at(editor_client):
    make_term("Keel")
    page = (
        "kiel, ships\n\nA **Kiel** is a town at sea.\n\nkeel, ships\n\nThe **Keel** is the lowest timber.\n"
    )

    html = html_of(paste(editor_client, page))

    assert "To look at" in html
    assert "has the same name" in html
    assert html.count("Keel</bdi></a> (published)") == 1


@pytest.mark.parametrize("role", ["Reviewers", "Editors", "Chief editors"])
def test_a_batch_of_somebody_else_can_be_read_by_the_staff(client, role):
    client.force_login(make_user("Editors"))
    upload(client)
    client.force_login(make_user(role))

    assert client.get(address("change")).status_code == 200


def test_contributors_have_no_part_in_imports(client):
    client.force_login(make_user("Contributors"))

    assert client.get(ADD).status_code in {302, 403}
    assert client.post(ADD, {"text": TABLE}).status_code in {302, 403}


@pytest.mark.parametrize("part", ["rows", "plan", "start", "go-on", "stop", "forget", "propose"])
def test_what_changes_something_is_asked_by_post_only(editor_client, part):
    upload(editor_client)

    assert editor_client.get(address(part)).status_code == 405


def test_the_hundredth_page_of_rows_is_there(editor_client):
    rows = "".join(f"Word {number},A text.\n" for number in range(120))
    upload(editor_client, f"term,definition\n{rows}")

    html = html_of(editor_client.get(address("change"), {"page": 3}))

    assert "Page 3 of 3" in html
    assert "Word 119" in html


def test_a_draft_in_the_way_is_linked(editor_client):
    draft = make_draft("Keel")

    html = html_of(upload(editor_client))

    assert f"/admin/terms/term/{draft.term_id}/change/" in html


def test_a_term_that_moved_since_the_preview_stops_the_import(editor_client):
    term = make_term("Keel", definition="The lowest plank.")
    shown = upload(editor_client)
    workflow.approve(revision_id=propose_change(term, definition="New.").pk, by=make_user("Reviewers"))

    response = editor_client.post(address("start"), {"token": token_on(shown)})

    assert response.status_code == 409
    assert "Look at the preview again" in html_of(response)
    assert importing.rows(batch()).exclude(outcome="").count() == 0
