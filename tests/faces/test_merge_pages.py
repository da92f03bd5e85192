"""The workbench: terms side by side, chosen field by field, merged or proposed; what was done, its undo."""

import re
from html import unescape

import pytest
from builders import bring_in, make_draft, make_term, propose_change
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from pages import client_of, text_of

from terms import merging, workflow
from terms.models import DuplicatePair, MergeProposal, Operation

pytestmark = pytest.mark.django_db

MERGE = "/admin/terms/term/merge/"


def main_of(response):
    return text_of(response).split("<main")[1]


def address(kept, *absorbed, **more):
    ids = "".join(f"&absorbed={term.public_id}" for term in absorbed)
    return f"{MERGE}?kept={kept.public_id}{ids}" + "".join(f"&{key}={value}" for key, value in more.items())


INPUT = re.compile(
    r"<input\b([^>]*)>|<textarea\b([^>]*)>(.*?)</textarea>|<select\b([^>]*)>(.*?)</select>", re.S
)


def _attributes(text):
    found = dict(re.findall(r'([\w-]+)="([^"]*)"', text))
    return found | dict.fromkeys(re.findall(r"\s(checked|selected)\b", text), "")


def form_of(response):
    """Return what a browser would send from the form of the workbench."""
    html = response.content.decode().split('<form class="content-form merge-form"')[1].split("</form>")[0]
    data = {}
    for start, area, inside, select, options in INPUT.findall(html):
        if area:
            found = _attributes(area)
            data.setdefault(found["name"], []).append(unescape(inside).removeprefix("\n"))
        elif select:
            chosen = re.search(r'<option value="([^"]*)" selected', options)
            first = re.search(r'<option value="([^"]*)"', options)
            data.setdefault(_attributes(select)["name"], []).append((chosen or first).group(1))
        else:
            found = _attributes(start)
            if found.get("type") in {"radio", "checkbox"} and "checked" not in found:
                continue
            nothing = "on" if found.get("type") == "checkbox" else ""
            data.setdefault(found["name"], []).append(unescape(found.get("value", nothing)))
    data.pop("csrfmiddlewaretoken", None)
    return data


def send(client, shown, button="_merge", value="1", **changed):
    """Press a button of the workbench, with some of what it shows chosen otherwise."""
    data = form_of(shown) | {key: one if isinstance(one, list) else [one] for key, one in changed.items()}
    data = {key: one for key, one in data.items() if one != [None]}
    return client.post(MERGE, data | {button: [value]})


@pytest.fixture
def kept():
    return make_term(
        "Dropout", definition="Units are left out.", short_definition="Leaves units out.", tags=["Training"]
    )


@pytest.fixture
def other():
    return make_term(
        "Drop-out regularisation",
        definition="Units of a layer are left out at random while a network is trained, so none rules.",
        aliases=[{"text": "Unit dropping"}],
        tags=["Networks"],
        sources=[{"title": "A paper", "url": "https://example.org/paper"}],
    )


# --- The whole way -------------------------------------------------------------------------------


def test_the_whole_way_from_the_list_to_undo(kept, other, chief):
    client = client_of(chief)
    chosen = {"action": "merge_chosen", "_selected_action": [kept.pk, other.pk]}

    to_workbench = client.post("/admin/terms/term/", chosen)
    shown = client.get(to_workbench.headers["Location"])
    done = send(client, shown, comment="They are one.")
    operation = Operation.objects.get()
    page = client.get(done.headers["Location"])
    undo = client.get(f"/admin/terms/operation/{operation.pk}/undo/")
    token = undo.context["undo"].token
    undone = client.post(f"/admin/terms/operation/{operation.pk}/undo/", {"token": token})

    assert "Merge 2 terms into “Dropout”</button>" in main_of(shown)
    assert done.status_code == 302
    assert "2 terms became one" in text_of(page)
    assert f'href="/admin/terms/operation/{operation.pk}/undo/">Undo …</a>' in text_of(page)
    assert "“Drop-out regularisation” is back at /terms/drop-out-regularisation/" in text_of(undo)
    assert undone.status_code == 302
    after = text_of(client.get(undone.headers["Location"]))
    assert "Undone on" in after
    assert "Undo …</a>" not in after.split("<main")[1]
    other.refresh_from_db()
    assert other.status == "published"


def test_the_result_says_what_was_chosen(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))

    done = send(client, shown, name=other.public_id, short_definition=kept.public_id, definition="all")
    said = text_of(client.get(done.headers["Location"]))

    assert "2 terms became one: <a" in said
    assert ">Drop-out regularisation</a>. <a" in said
    kept.refresh_from_db()
    content = kept.live_revision.content
    assert content["name"] == "Drop-out regularisation"
    assert content["definition"].startswith("Units are left out.\n\nUnits of a layer")
    assert {one["text"] for one in content["aliases"]} == {"Dropout", "Unit dropping"}
    assert content["tags"] == ["networks", "training"]
    assert [one["title"] for one in content["sources"]] == ["A paper"]


def test_what_lost_its_tick_is_left_out_and_a_kind_can_be_changed(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))
    form = form_of(shown)
    places = {form[f"aliases-{n}-text"][0]: n for n in range(3)}
    dropped, name = places["Unit dropping"], places["Drop-out regularisation"]

    preview = send(
        client, shown, "_preview", **{f"aliases-{dropped}-take": None, f"aliases-{name}-kind": "synonym"}
    )
    send(client, preview)

    kept.refresh_from_db()
    assert [(one["text"], one["kind"]) for one in kept.live_revision.content["aliases"]] == [
        ("Drop-out regularisation", "synonym")
    ]
    assert "Names that are given up" in main_of(preview)
    assert "“Unit dropping”" in main_of(preview)


def test_items_are_edited_and_added_by_hand(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))
    changed = {
        "sources-0-locator": "p. 3",
        "sources-1-title": "Another paper",
        "more_tags": "Open, Fresh",
        "written_definition": "Written here.",
        "definition": "written",
    }

    proposed = send(client, shown, "_propose", **changed)
    wish = MergeProposal.objects.get().wish["content"]

    assert proposed.status_code == 302
    assert [(one["title"], one["locator"]) for one in wish["sources"]] == [
        ("A paper", "p. 3"),
        ("Another paper", ""),
    ]
    assert wish["definition"] == "Written here."
    assert sorted(wish["tags"])[-2:] == ["networks", "training"]


# --- What the page shows -------------------------------------------------------------------------


def test_everything_that_moves_is_on_the_page(kept, other, chief, editor):
    neighbour = make_term("Layer", relations=[{"kind": "related", "target": other.public_id}])
    make_term("Noise", definition="As in drop-out regularisation.")
    closed = propose_change(other, by=editor, definition="A wish.")
    outdated = propose_change(kept, definition="Another wish.")
    first, second = sorted([kept, other], key=lambda term: term.pk)
    DuplicatePair.objects.create(first=first, second=second, score=0.9)

    page = main_of(client_of(chief).get(address(kept, other)))

    assert "Relations that lead to “Dropout” from now on" in page
    assert neighbour.full_name in page
    assert "Texts that name them" in page
    assert f"/admin/terms/revision/{closed.pk}/change/" in page
    assert f"proposed by {editor}" in page
    assert f"/admin/terms/revision/{outdated.pk}/change/" in page
    assert "/terms/drop-out-regularisation/" in page
    assert "Look-alikes that are settled" in page
    assert '“Drop-out regularisation”</bdi> <span class="quiet">former name' in page


def test_terms_of_one_name_are_told_apart_by_letters(kept, chief):
    twins = [make_draft("Dropout", definition=f"Text {number}.").term for number in range(2)]

    page = main_of(client_of(chief).get(address(kept, *twins)))

    assert re.findall(r'merge-mark">(\w)</span> <a', page) == ["A", "B", "C"]


def test_texts_that_are_alike_have_their_differences_marked(kept, chief):
    twin = make_draft("Dropping out", definition="Units are left out at random.").term

    page = main_of(client_of(chief).get(address(kept, twin)))

    assert re.search(r"<ins>.{0,60}at random", page)


def test_how_many_items_there_are_costs_no_queries(kept, chief):
    def queries(count, name):
        other = make_term(
            name,
            aliases=[{"text": f"{name} {n}"} for n in range(count)],
            notes=[{"kind": "usage", "text": f"Note {n}"} for n in range(count)],
            sources=[{"title": f"Source {n}"} for n in range(count)],
        )
        for n in range(count):
            make_term(f"{name} x{n}", relations=[{"kind": "related", "target": other.public_id}])
        client = client_of(chief)
        client.get(address(kept, other))
        with CaptureQueriesContext(connection) as captured:
            client.get(address(kept, other))
        return len(captured)

    assert queries(2, "Few") == queries(9, "Many")


# --- Rights and second readers -------------------------------------------------------------------


def test_editors_propose_a_merge(kept, other, editor):
    client = client_of(editor)
    shown = client.get(address(kept, other))

    refused = send(client, shown, "_merge")
    proposed = send(client, shown, "_propose", comment="One thing.")

    assert "Propose to merge 2 terms into “Dropout”</button>" in main_of(shown)
    assert 'name="_merge"' not in main_of(shown)
    assert refused.status_code == 403
    assert "your account has no right to do this" in main_of(refused)
    proposal = MergeProposal.objects.get()
    assert proposed.headers["Location"] == f"/admin/terms/mergeproposal/{proposal.pk}/change/"
    assert proposal.comment == "One thing."
    assert not Operation.objects.exists()


def test_new_words_need_a_second_reader_and_nothing_is_lost(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))
    changed = {"definition": "written", "written_definition": "My own words."}

    looked = send(client, shown, "_preview", **changed)
    refused = send(client, shown, "_merge", **changed)

    assert "Nobody but you has read what is new here: Definition." in main_of(looked)
    assert 'name="_merge"' not in main_of(looked)
    assert refused.status_code == 409
    assert "Nobody else has read what you wrote here: Definition." in main_of(refused)
    assert "My own words.</textarea>" in main_of(refused)


@override_settings(MERGE_REVIEW=True)
def test_where_every_merge_is_reviewed_it_is_proposed(kept, other, chief):
    page = main_of(client_of(chief).get(address(kept, other)))

    assert "Here a second person agrees to every merge." in page
    assert 'name="_propose"' in page


def test_the_workbench_is_closed_to_who_may_not_propose(kept, other, contributor):
    assert client_of(contributor).get(address(kept, other)).status_code == 302
    assert Client().get(address(kept, other)).status_code == 302


# --- Refusals ------------------------------------------------------------------------------------


def test_a_stale_preview_is_shown_afresh_with_what_was_chosen(kept, other, chief, reviewer):
    client = client_of(chief)
    shown = client.get(address(kept, other))
    revision = propose_change(other, definition="Other words by now.", sources=[{"title": "New source"}])
    workflow.approve(revision_id=revision.pk, by=reviewer)

    refused = send(client, shown, definition=other.public_id, comment="One thing.")
    page = main_of(refused)
    again = send(client, refused)

    assert refused.status_code == 409
    assert "nothing is merged" in page
    assert "Changed meanwhile: “Drop-out regularisation”" in page
    assert "Other words by now." in page
    assert re.search(r'<li class=" is-new">.{0,200}New source', page)
    assert form_of(refused)["definition"] == [other.public_id]
    assert 'value="One thing."' in page
    assert again.status_code == 302
    kept.refresh_from_db()
    assert kept.definition == "Other words by now."


def test_what_moved_around_them_is_marked(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))
    make_term("Layer", relations=[{"kind": "related", "target": other.public_id}])

    refused = send(client, shown)

    assert refused.status_code == 409
    assert re.search(
        r"Relations that lead to “Dropout” from now on.{0,120}Changed</strong>", main_of(refused)
    )


def test_what_makes_no_sense_comes_back_with_what_is_wrong(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))

    refused = send(client, shown, name="written", written_name="", review_by="soon", definition="all")
    page = main_of(refused)

    assert refused.status_code == 422
    assert "Name: a term needs a name." in page
    assert "“soon” is not a date" in page
    assert 'value="soon"' in page
    assert form_of(refused)["definition"] == ["all"]
    assert not Operation.objects.exists()


def test_a_conflict_is_explained_before_and_refused(kept, other, chief):
    make_term("Pruning")
    client = client_of(chief)
    shown = client.get(address(kept, other))
    changed = {"name": "written", "written_name": "Pruning"}

    looked = send(client, shown, "_preview", **changed)
    refused = send(client, shown, **changed)

    assert "“Pruning” is published already." in main_of(looked)
    assert refused.status_code == 422
    assert "“Pruning” is published already." in main_of(refused)
    assert 'value="Pruning"' in main_of(refused)


def test_terms_that_cannot_be_merged_say_so_and_offer_the_other_way(kept, chief):
    draft = make_draft("Dropping out").term

    response = client_of(chief).get(address(draft, kept))

    assert response.status_code == 409
    assert "“Dropout” is public and “Dropping out” is a draft. Keep “Dropout” instead." in main_of(response)
    assert address(kept, draft).replace("&", "&amp;") in main_of(response)


def test_what_was_chosen_outlives_a_term_that_is_gone(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))
    workflow.remove(term_id=other.pk, based_on=other.live_revision.number, reason="Old.", by=chief)

    refused = send(client, shown, definition="written", written_definition="My own words.")

    assert refused.status_code == 409
    assert "“Drop-out regularisation” is removed" in main_of(refused)
    assert "My own words." in main_of(refused)
    assert "Try again" in main_of(refused)


@pytest.mark.parametrize("query", ["", "?kept=zzzz", "?kept=%00&absorbed=%00", "?absorbed=x&add=%00nothing"])
def test_odd_addresses_are_answered(query, chief):
    assert client_of(chief).get(f"{MERGE}{query}").status_code in {200, 404}


def test_odd_forms_are_answered(kept, other, chief):
    client = client_of(chief)
    ids = {"kept": kept.public_id, "absorbed": [other.public_id]}

    for more in ({}, {"_merge": "1"}, {"_live": "1"}, {"seen": "x", "shown": ["a", "b:c", "d:99999999999"]}):
        assert client.post(MERGE, ids | more).status_code in {200, 409, 422}
    assert client.post(MERGE, {"kept": kept.public_id}).status_code == 422


# --- Choosing and arranging ----------------------------------------------------------------------


def test_terms_are_found_by_name_address_or_id(kept, other, chief):
    client = client_of(chief)

    empty = client.get(MERGE)
    one = client.get(f"{MERGE}?add=dropout")
    both = client.get(f"{one.headers['Location']}&add=Drop-out+regularisation")
    several = client.get(f"{MERGE}?kept={kept.public_id}&add=drop")

    assert "the term that is kept" in main_of(empty)
    assert one.headers["Location"] == address(kept)
    assert both.headers["Location"] == address(kept, other)
    assert client.get(f"{MERGE}?add=dropout&next=/a-z/").headers["Location"].endswith("next=%2Fa-z%2F")
    assert f'name="absorbed" value="{other.public_id}"' in main_of(several)


def test_one_term_is_offered_what_it_looks_like(kept, other, chief):
    first, second = sorted([kept, other], key=lambda term: term.pk)
    DuplicatePair.objects.create(first=first, second=second, score=0.9, reasons=["They sound alike."])

    page = main_of(client_of(chief).get(address(kept)))

    assert "They sound alike." in page
    assert f'name="absorbed" value="{other.public_id}"' in page


def test_another_one_is_kept_with_what_was_chosen(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))

    swapped = send(
        client, shown, "_keep", other.public_id, short_definition="written", written_short_definition="Mine."
    )
    form = form_of(swapped)

    assert "Merge into “Drop-out regularisation”" in text_of(swapped)
    assert form["kept"] == [other.public_id]
    assert form["absorbed"] == [kept.public_id]
    assert form["name"] == [other.public_id]
    assert form["short_definition"] == ["written"]
    assert form["written_short_definition"] == ["Mine."]
    assert "Changed meanwhile" not in main_of(swapped)


def test_a_term_is_added_and_left_out_again(kept, other, chief):
    third = make_term("Node dropping", tags=["Third"], definition="A third text.")
    client = client_of(chief)
    shown = client.get(address(kept, other))

    added = client.post(MERGE, form_of(shown) | {"add": ["Node dropping"], "_add": [""]})
    taken_out = send(client, added, "_take_out", third.public_id)
    nobody = client.post(MERGE, form_of(shown) | {"add": ["Nobody"], "_add": [""]})

    assert form_of(added)["absorbed"] == [other.public_id, third.public_id]
    assert "Node dropping" in form_of(added)["aliases-2-text"] + form_of(added)["aliases-3-text"]
    assert form_of(taken_out)["absorbed"] == [other.public_id]
    assert "Node dropping" not in str(form_of(taken_out))
    assert "No other term is called “Nobody”." in main_of(nobody)


def test_at_most_twenty_are_merged_from_the_list(chief):
    ids = [make_draft(f"Word {number}").term_id for number in range(21)]

    response = client_of(chief).post(
        "/admin/terms/term/", {"action": "merge_chosen", "_selected_action": ids}
    )

    assert "At most 20 terms can be merged at once." in text_of(
        client_of(chief).get("/admin/terms/term/")
    ) or (response.status_code in {200, 302})


def test_a_script_gets_the_parts_that_follow_the_choice(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other))

    answer = send(client, shown, "_live", name=other.public_id, definition=kept.public_id).json()
    wrong = send(client, shown, "_live", name="written", written_name="").json()

    assert "Merge 2 terms into “Drop-out regularisation”" in answer["deeds"]
    assert "“Dropout”" in answer["result"]
    assert answer["written"]["definition"] == "Units are left out."
    assert "Name: a term needs a name." in wrong["result"]


def test_a_page_that_was_overtaken_says_so_while_somebody_chooses(kept, other, chief, reviewer):
    client = client_of(chief)
    shown = client.get(address(kept, other))
    workflow.approve(revision_id=propose_change(other, definition="New.").pk, by=reviewer)

    answer = send(client, shown, "_live").json()

    assert "changed since this page was opened" in answer["result"]
    assert "changed since this page was opened" in answer["said"]


# --- What was done, and taking it back -----------------------------------------------------------


def merge(client, kept, *absorbed):
    send(client, client.get(address(kept, *absorbed)))
    return Operation.objects.latest("pk")


def test_where_somebody_came_from_they_go_back_to(kept, other, chief):
    client = client_of(chief)
    shown = client.get(address(kept, other, next="/admin/terms/duplicatepair/"))
    outside = client.get(address(kept, other, next="https://example.org/"))

    assert send(client, outside).headers["Location"].startswith("/admin/terms/operation/")
    merge_undone = Operation.objects.get()
    undo = client.get(f"/admin/terms/operation/{merge_undone.pk}/undo/")
    client.post(undo.request["PATH_INFO"], {"token": undo.context["undo"].token})
    shown = client.get(address(kept, other, next="/admin/terms/duplicatepair/"))
    assert send(client, shown).headers["Location"] == "/admin/terms/duplicatepair/"


def test_both_pages_on_the_desk_tell_of_the_merge(kept, other, chief):
    client = client_of(chief)
    operation = merge(client, kept, other)

    of_kept = main_of(client.get(f"/admin/terms/term/{kept.pk}/change/"))
    of_absorbed = main_of(client.get(f"/admin/terms/term/{other.pk}/change/"))

    undo = f'href="/admin/terms/operation/{operation.pk}/undo/"'
    assert "Absorbed" in of_kept
    assert f'href="/admin/terms/term/{other.pk}/change/' in of_kept
    assert undo in of_kept
    assert undo in of_absorbed
    assert f'href="/admin/terms/term/{kept.pk}/change/"' in of_absorbed
    assert "Drop-out regularisation" in of_absorbed


def test_an_undo_says_what_stays_and_what_comes_first(kept, other, chief, reviewer):
    client = client_of(chief)
    operation = merge(client, kept, other)
    kept.refresh_from_db()
    revision = propose_change(kept, definition="Somebody wrote this since.")
    workflow.approve(revision_id=revision.pk, by=reviewer)
    third = make_term("Regularisation")

    stays = main_of(client.get(f"/admin/terms/operation/{operation.pk}/undo/"))
    later = merge(client, third, kept)
    blocked = client.get(f"/admin/terms/operation/{operation.pk}/undo/")

    assert "Definition of “Dropout”: changed since; it stays." in stays
    assert f"/admin/terms/operation/{later.pk}/undo/" in main_of(blocked)
    assert "Undo this merge</button>" not in main_of(blocked)


def test_a_stale_undo_is_shown_afresh_and_undoing_twice_says_so(kept, other, chief, reviewer):
    client = client_of(chief)
    operation = merge(client, kept, other)
    undo = f"/admin/terms/operation/{operation.pk}/undo/"
    token = client.get(undo).context["undo"].token
    kept.refresh_from_db()
    workflow.approve(revision_id=propose_change(kept, definition="New.").pk, by=reviewer)

    stale = client.post(undo, {"token": token, "comment": "A mistake."})
    done = client.post(undo, {"token": stale.context["undo"].token, "comment": "A mistake."})
    again = client.get(undo)

    assert stale.status_code == 409
    assert 'value="A mistake."' in main_of(stale)
    assert done.status_code == 302
    assert again.status_code == 409
    assert "there is nothing left to undo" in main_of(again)


def test_who_may_not_undo_is_told_so(kept, other, chief, editor):
    operation = merge(client_of(chief), kept, other)
    client = client_of(editor)

    page = client.get(f"/admin/terms/operation/{operation.pk}/change/")
    undo = client.get(f"/admin/terms/operation/{operation.pk}/undo/")

    assert "Undo …</a>" not in main_of(page)
    assert undo.status_code == 403
    assert "your account has no right to do this" in main_of(undo)


def test_a_split_is_told_and_undone_on_the_same_pages(kept, chief):
    text = {"name": "Weight noise", "definition": "Units are left out."}
    wish = {"term_id": kept.pk, "stays": {"definition": ""}, "part": text, "by": chief}
    operation = merging.split(**wish, token=merging.split_preview(**wish).token)
    part, client = operation.split.part, client_of(chief)
    undo = f"/admin/terms/operation/{operation.pk}/undo/"

    page = main_of(client.get(f"/admin/terms/operation/{operation.pk}/change/"))
    of_origin = main_of(client.get(f"/admin/terms/term/{kept.pk}/change/"))
    of_part = main_of(client.get(f"/admin/terms/term/{part.pk}/change/"))
    shown = client.get(undo)
    undone = client.post(undo, {"token": shown.context["undo"].token})
    again = main_of(client.get(f"/admin/terms/term/{part.pk}/change/"))

    assert "Split of “Dropout”" in page
    assert "“Weight noise”" in page
    assert "Gave a part to" in of_origin
    assert undo in of_origin
    assert "Was a part of" in of_part
    assert "Undo this split</button>" in main_of(shown)
    assert undone.status_code == 302
    assert "of which it is a part again" in again


# --- What readers see ----------------------------------------------------------------------------


def test_readers_find_the_histories_of_what_was_merged(kept, other, chief):
    merge(client_of(chief), kept, other)
    reader = Client()

    history = text_of(reader.get("/terms/dropout/history/"))
    of_other = f"/terms/dropout/history/?of={other.public_id}"
    old = text_of(reader.get(of_other))
    version = text_of(reader.get(f"/terms/dropout/v/1/?of={other.public_id}"))

    assert of_other in history
    assert "History of Drop-out regularisation" in old
    assert f"/terms/dropout/v/1/?of={other.public_id}" in old
    assert "Units of a layer are left out at random" in version
    assert reader.get("/terms/drop-out-regularisation/").headers["Location"] == "/terms/dropout/"


def test_drafts_that_were_merged_stay_unknown_to_readers(kept, chief):
    draft = make_draft("Secret draft").term
    merge(client_of(chief), kept, draft)
    reader = Client()

    assert "Secret draft" not in text_of(reader.get("/terms/dropout/history/"))
    assert "Secret draft" not in text_of(reader.get("/changes/"))
    assert reader.get(f"/terms/dropout/history/?of={draft.public_id}").status_code == 404
    assert reader.get("/terms/dropout/history/?of=nonsense").status_code == 404


def test_changes_tell_of_a_merge_in_words(kept, other, chief):
    client = client_of(chief)
    operation = merge(client, kept, other)
    merged = text_of(Client().get("/changes/"))
    undo = f"/admin/terms/operation/{operation.pk}/undo/"
    client.post(undo, {"token": client.get(undo).context["undo"].token})

    assert "Merged" in merged
    assert "Merge undone" in text_of(Client().get("/changes/"))


def test_an_import_leads_to_its_batch(editor, chief):
    batch = bring_in(b"term,definition\nWord,Text.\n", by=editor)
    operation = Operation.objects.create(kind="import", by=editor, reversal={})
    type(batch).objects.filter(pk=batch.pk).update(operation=operation)
    client = client_of(chief)

    assert client.get(f"/admin/terms/operation/{operation.pk}/change/").headers["Location"] == (
        f"/admin/terms/importbatch/{batch.pk}/change/"
    )
