"""The import in a real browser: the whole way of a file, by mouse and by keys, and what its pages are
like for those who see, hear or hold them differently.
"""

from __future__ import annotations

from typing import Any

import newsroom
import pytest
from browser import chromium, complaints_of, desk_of, session_of
from builders import make_term, make_user
from test_desk_browser import Hands, Place, look_at, press, showing

from terms import importing
from terms.models import ImportBatch, ImportRow, Term

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

TABLE = """term,definition,tags
Keel,The lowest timber of a ship.,Hull parts
Ribs,The frames that the planks lie on.,Hull parts
Mast,A pole that carries sails.,Rigging
"""


def names() -> dict[str, str]:
    return dict(Term.objects.values_list("name", "status"))


@pytest.mark.parametrize(
    "has_script",
    [True, pytest.param(False, marks=pytest.mark.ci)],
    ids=["with scripts", "without scripts"],
)
def test_a_file_goes_the_whole_way_and_is_taken_back(live_server, has_script):
    make_term("Rib", short_definition="A frame of the hull.")
    session = session_of(make_user("Editors"))
    file = {"name": "hull.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}

    with chromium() as browser:
        desk = desk_of(browser, live_server, session, java_script_enabled=has_script)
        complaints, page = complaints_of(desk), desk.new_page()
        page.goto(f"{live_server.url}/admin/terms/importbatch/")
        page.get_by_role("link", name="Add import").click()
        page.get_by_label("Files").set_input_files(file)
        page.get_by_role("button", name="Read it").click()
        page.get_by_text("3 entries were read: 3 new. Look at 1 of them before you import.").wait_for()

        page.get_by_role("link", name="Look at this one").click()
        page.get_by_text("A frame of the hull.").wait_for()
        page.get_by_label("Short definition").fill("A frame of a ship.")
        page.get_by_role("radio", name="Rib").check()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("Row 2 is planned anew: change.").wait_for()
        page.locator(".breadcrumbs").get_by_role("link", name="hull.csv").click()
        page.locator(".import-views").get_by_role("link", name="All").click()
        page.get_by_role("button", name="Leave it out (Mast").click()
        page.get_by_role("button", name="Take it in again (Mast").wait_for()
        place = page.url.partition("#")[2]
        page.get_by_role("button", name="Import 2").click()
        page.get_by_text("Imported: 1 new draft, 1 change proposed.").wait_for()
        page.get_by_role("link", name="Show 1 draft").click()
        page.locator("#result_list").get_by_role("link", name="Keel").wait_for()
        page.go_back()

        page.get_by_role("link", name="Undo this import").click()
        page.get_by_role("button", name="Undo 2 of 2").click()
        page.get_by_text("“hull.csv” is undone").wait_for()

    assert complaints == []
    assert place == f"row-{ImportRow.objects.get(record__name='Mast').pk}"
    assert names() == {"Rib": "published", "Keel": "removed"}
    assert ImportRow.objects.get(record__name="Ribs").revision.state == "withdrawn"


def test_the_whole_way_is_gone_with_keys_alone(live_server):
    session = session_of(make_user("Editors"))

    with chromium() as browser:
        desk = desk_of(browser, live_server, session)
        complaints, page = complaints_of(desk), desk.new_page()
        hands = Hands(page)
        page.goto(f"{live_server.url}/admin/terms/importbatch/add/")
        hands.go_to("#id_text")
        page.keyboard.insert_text(TABLE)
        hands.go_to("button.primary")
        hands.follow()
        hands.press("j", "j")
        second = page.evaluate("document.activeElement.textContent")
        hands.follow("l")
        hands.press("j")
        third = page.evaluate("document.activeElement.textContent")
        hands.follow("o")
        hands.go_to("#id_short_definition")
        page.keyboard.press("Control+A")
        page.keyboard.type("A pole.")
        hands.go_to("button[name=_save]")
        hands.follow()
        hands.follow("u")
        hands.go_to(".import-deed button.primary")
        hands.follow()
        hands.go_to(".import-deed a[href$='undo/']")
        hands.follow()
        hands.go_to("button.primary")
        hands.follow()
        said = page.locator(".messagelist").inner_text()

    assert (second, third) == ("Ribs", "Mast")
    assert "is undone" in said
    assert hands.lost == []
    assert complaints == []
    assert names() == {"Keel": "removed", "Mast": "removed"}
    assert ImportRow.objects.get(record__name="Mast").corrections == {"short_definition": "A pole."}


# --- Every page ----------------------------------------------------------------------------------

LONG = newsroom.LONG
FORMULA = "+".join(f"x_{{{number}}}" for number in range(60))
DOUBTFUL = f"""{LONG.lower()} (PNM, a long word), words

Pneumonoultramicroscopicsilicovolcanoconiosis is ${FORMULA}$ for short, as they say at sea,

tar (black), words

Tar is what ropes are soaked in so that they last, and $${FORMULA}$$ of it is enough.
"""


def prepared(by: Any, text: str, name: str) -> ImportBatch:
    return importing.prepare([importing.GivenFile(name, text.encode())], by=by)


def all_kinds(by: Any) -> ImportBatch:
    """Prepare an import with a row of every kind."""
    rib = make_term("Rib", definition="word " * 40, aliases=["Frame"], by=by)
    make_term("Keels", short_definition="Timbers.", by=by)
    rows = [
        "id,name,definition,aliases,tags,colour",
        f",Keel,The lowest timber.,Kiel|translation||de;{'k' * 80},Hull parts,brown",
        f",{LONG},${FORMULA}$,,{LONG},",
        f"{rib.public_id},Rib,Short by now.,Frame,Hull parts,",
        f"{rib.public_id},Rib,Another text for it.,,,",
        ",,No name.,,,",
        ",Mast,A pole.,,Rigging,",
    ]
    batch = prepared(by, "\n".join(rows) + "\n", "a-very-long-name-" * 6 + ".csv")
    importing.leave_out(importing.rows(batch).filter(record__name="Mast"), by=by)
    return batch


def import_places(room: Any) -> dict[str, Place]:
    editor = room.who.editor
    batch, doubtful = all_kinds(editor), prepared(editor, DOUBTFUL, "page.txt")
    assert {row.action for row in importing.rows(batch)} >= {"create", "update", "conflict", "invalid"}
    running = prepared(editor, TABLE, "long.csv")
    ImportBatch.objects.filter(pk=running.pk).update(
        state="running", total=3, done=1, started_at=running.at, heartbeat_at=running.at
    )
    pages = "/admin/terms/importbatch"
    refusal = "[role=alert]"

    def row(of: ImportBatch, **wanted: Any) -> str:
        found = importing.rows(of).filter(**wanted).first()
        assert found is not None
        return f"{pages}/{of.pk}/rows/{found.pk}/?show=look"

    return {
        "form": Place("chief", f"{pages}/add/", lambda page: page.locator("summary").first.click()),
        "form, refused": Place("editor", f"{pages}/add/", showing(refusal, press("Read it", text="Hello"))),
        "preview": Place("editor", f"{pages}/{batch.pk}/change/"),
        "preview, to look at": Place("editor", f"{pages}/{doubtful.pk}/change/?show=look"),
        "preview, open": Place(
            "chief", f"{pages}/{batch.pk}/change/", lambda page: page.get_by_text("Throw it away …").click()
        ),
        "row, new": Place("editor", row(batch, record__name="Keel")),
        "row, changed": Place("editor", row(batch, action="update")),
        "row, conflict": Place("editor", row(batch, action="conflict")),
        "row, unsure": Place("editor", row(doubtful)),
        "row to read": Place("reviewer", row(batch, action="update")),
        "running": Place("reviewer", f"{pages}/{running.pk}/change/"),
        "finished": Place("editor", f"{pages}/{room.batch.pk}/change/"),
        "undo": Place("editor", f"{pages}/{room.batch.pk}/undo/"),
        "export, wrong": Place("editor", "/admin/export/csv?tag=none"),
        "downloads": Place("", "/download/"),
    }


@pytest.mark.ci
def test_no_page_of_imports_and_exports_is_closed_to_anybody_or_too_wide_or_complains(live_server, db):
    room = newsroom.fill()
    places = import_places(room)
    sessions = {"": ""} | {
        name: session_of(person) for name, person in vars(room.who).items() if name != "root"
    }

    with chromium() as browser:
        wrong = look_at(browser, live_server, places, sessions)

    assert "\n".join(wrong) == ""
