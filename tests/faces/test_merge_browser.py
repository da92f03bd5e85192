"""The workbench in a real browser: from the list of terms to merged and back by keyboard alone, a result
that follows what is chosen, and what its pages are like for those who see, hear or hold them differently.
"""

from __future__ import annotations

import newsroom
import pytest
from browser import chromium, complaints_of, desk_of, session_of
from builders import make_draft, make_term, make_user, propose_change
from test_desk_browser import REFUSAL, Hands, Place, look_at, press, showing

from terms import merging
from terms.models import Operation, Term

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

WORKBENCH = "/admin/terms/term/merge/"


def two_terms() -> tuple[Term, Term]:
    kept = make_term("Leaving out", definition="Units are left out.", short_definition="Leaves units out.")
    other = make_term(
        "Unit dropping",
        definition="Units of a layer are left out at random while a network is trained.\n\n"
        "$$p = \\frac{1}{2}$$\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        aliases=[{"text": "Node dropping"}],
        sources=[{"title": "A paper", "url": "https://example.org/paper"}],
    )
    return kept, other


def address(*terms: Term) -> str:
    return f"{WORKBENCH}?kept={terms[0].public_id}" + "".join(
        f"&absorbed={one.public_id}" for one in terms[1:]
    )


# --- By keyboard ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "has_script",
    [True, pytest.param(False, marks=pytest.mark.ci)],
    ids=["with scripts", "without scripts"],
)
def test_terms_are_merged_and_parted_again_by_keyboard_alone(live_server, has_script):
    kept, other = two_terms()
    session = session_of(make_user("Chief editors"))

    with chromium() as browser:
        desk = desk_of(browser, live_server, session, java_script_enabled=has_script)
        complaints, page = complaints_of(desk), desk.new_page()
        hands = Hands(page)
        page.goto(f"{live_server.url}/admin/terms/term/")
        for term in (kept, other):
            hands.go_to(f"#result_list tbody [value='{term.pk}']")
            hands.press("Space")
        hands.go_to("select[name=action]", "Shift+Tab")
        page.keyboard.type("Merge")
        hands.go_to("button[name=index], .actions [type=submit]")
        hands.follow()
        title = page.locator("h1").inner_text()
        hands.go_to("[name=name]")
        hands.press("ArrowDown")
        hands.go_to("[name=short_definition]")
        hands.go_to("[name=definition]")
        hands.press("ArrowDown")
        hands.go_to(".merge-list-aliases [name$=-take][name='aliases-2-take']")
        hands.press("Space")
        hands.go_to("[name=comment]")
        page.keyboard.type("One thing under two names.")
        if has_script:
            page.locator(".merge-result-name", has_text="Unit dropping").wait_for()
        hands.go_to(".desk-buttons [name=_preview]")
        hands.follow()
        shown = page.locator(".merge-result").inner_text()
        hands.go_to("[name=_merge]")
        button = page.evaluate("document.activeElement.textContent")
        hands.follow()
        said = page.locator(".messagelist").inner_text()
        hands.go_to(".desk-buttons a[href$='/undo/']")
        hands.follow()
        comes_back = page.locator("main").inner_text()
        hands.go_to(".desk-buttons button")
        hands.follow()
        after = page.locator("main").inner_text()

    other.refresh_from_db()
    content = Operation.objects.get().merges.get().kept.revisions.get(number=2).content
    assert title == "Merge into “Leaving out”"
    assert button == "Merge 2 terms into “Unit dropping”"
    assert "Names that are given up" in shown
    assert "2 terms became one" in said
    assert content["name"] == "Unit dropping"
    assert content["definition"].startswith("Units are left out.\n\nUnits of a layer")
    assert [alias["text"] for alias in content["aliases"]] == ["Leaving out"]
    assert "“Unit dropping” is back at /terms/unit-dropping/" in comes_back
    assert "Undone on" in after
    assert other.status == "published"
    assert hands.lost == []
    assert complaints == []


# --- While somebody chooses ----------------------------------------------------------------------


def test_the_result_follows_what_is_chosen(live_server):
    terms = two_terms()
    session = session_of(make_user("Chief editors"))

    with chromium() as browser:
        desk = desk_of(browser, live_server, session, viewport={"width": 1280, "height": 900})
        complaints, page = complaints_of(desk), desk.new_page()
        page.goto(live_server.url + address(*terms))
        page.locator("[name=name]").nth(1).check()
        page.locator(".merge-result-name", has_text="Unit dropping").wait_for()
        is_name = page.locator(".is-the-name").inner_text()
        page.get_by_label("Both, one after the other").check()
        page.locator(".merge-result .prose", has_text="Units are left out. Units of a layer").or_(
            page.locator(".merge-result .prose p", has_text="Units are left out.")
        ).first.wait_for()
        page.locator("[name=definition][value=written]").check()
        field = page.locator("#id_written_definition")
        began_with = field.input_value()
        field.fill("Words of my own.")
        page.locator(".merge-result .prose", has_text="Words of my own.").wait_for()
        deed = page.locator("[data-live=deeds] .primary").inner_text()
        said = page.locator("[data-said]").inner_text()

    assert "Unit dropping" in is_name
    assert began_with.startswith("Units are left out.\n\nUnits of a layer")
    assert deed == "Propose to merge 2 terms into “Unit dropping”"
    assert "Propose to merge" in said
    assert complaints == []


def test_on_a_phone_the_name_stays_in_sight_above_a_long_text(live_server):
    kept = make_term("Dropout", definition="\n\n".join(["Units are left out."] * 60))
    other = make_draft("Unit dropping").term
    session = session_of(make_user("Chief editors"))

    with chromium() as browser:
        page = desk_of(browser, live_server, session, viewport={"width": 390, "height": 500}).new_page()
        page.goto(live_server.url + address(kept, other))
        pick = page.locator(".merge-field-definition .merge-pick").first
        page.locator(".merge-field-definition .merge-text").first.evaluate(
            "one => scrollTo(0, one.getBoundingClientRect().top + scrollY + 150)"
        )
        top = pick.bounding_box()["y"]

    assert 0 <= top < 20


# --- Every page ----------------------------------------------------------------------------------


@pytest.mark.ci
def test_no_page_of_merging_is_closed_to_anybody_or_too_wide_or_complains(live_server, db):
    room = newsroom.fill()
    kept, other = two_terms()
    twins = [make_draft("Leaving out", definition=f"Text {number}.\n\n" * 40).term for number in range(3)]
    make_term("Layer", relations=[{"kind": "related", "target": other.public_id}])
    propose_change(other, definition="A wish.")
    merged, absorbed = make_term("Keel"), make_term("Bottom beam")
    wish = {"kept_id": merged.pk, "absorbed_ids": [absorbed.pk], "by": room.who.chief}
    operation = merging.merge(**wish, content={}, token=merging.preview(**wish).token)
    first = merging.merge(
        **(wish | {"kept_id": twins[1].pk, "absorbed_ids": [twins[2].pk]}),
        content={},
        token=merging.preview(**(wish | {"kept_id": twins[1].pk, "absorbed_ids": [twins[2].pk]})).token,
    )
    bench, wrong = address(kept, other, twins[0]), {"written_name": "", "written_definition": "$\\frac{$"}
    places = {
        "workbench": Place("chief", bench),
        "workbench of an editor": Place("editor", bench),
        "workbench, result": Place("chief", bench, press("_preview")),
        "workbench, wrong": Place("chief", bench, showing(REFUSAL, _by_hand, press("_merge", **wrong))),
        "workbench, not possible": Place("chief", address(twins[0], kept)),
        "choosing": Place("chief", f"{address(kept)}&add=unit"),
        "choosing the first": Place("chief", WORKBENCH),
        "merged": Place("chief", f"/admin/terms/operation/{operation.pk}/change/"),
        "drafts merged": Place("chief", f"/admin/terms/operation/{first.pk}/change/"),
        "undo": Place("chief", f"/admin/terms/operation/{operation.pk}/undo/"),
        "undo, refused": Place("editor", f"/admin/terms/operation/{operation.pk}/undo/"),
        "undone": Place("chief", f"/admin/terms/operation/{first.pk}/undo/", press("Undo this merge")),
        "kept term": Place("chief", f"/admin/terms/term/{merged.pk}/change/"),
        "absorbed term": Place("chief", f"/admin/terms/term/{absorbed.pk}/change/"),
        "history of readers": Place("", "/terms/keel/history/"),
        "history of an absorbed term": Place("", f"/terms/keel/history/?of={absorbed.public_id}"),
        "version of an absorbed term": Place("", f"/terms/keel/v/1/?of={absorbed.public_id}"),
    }
    sessions = {"": ""} | {name: session_of(person) for name, person in vars(room.who).items()}

    with chromium() as browser:
        wrong = look_at(browser, live_server, places, sessions)

    assert "\n".join(wrong) == ""


def _by_hand(page) -> None:
    """Choose to write the name and the definition."""
    for name in ("name", "definition"):
        page.locator(f"[name={name}][value=written]").check()
