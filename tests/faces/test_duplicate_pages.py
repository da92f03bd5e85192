"""The editors’ list of look-alikes: in groups and pairs, judged one by one or many at once, taken back."""

import json
import re
from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pages import client_of, text_of

from terms import duplicates, judging, workflow
from terms.admin import duplicates as pages
from terms.duplicates import background
from terms.models import DuplicatePair, ScanState

pytestmark = pytest.mark.django_db

LIST = "/admin/terms/duplicatepair/"
JUDGE = f"{LIST}judge/"
BECAUSE = pages.REASONS_TO_DIFFER[0]


@pytest.fixture
def editor_client(client, editor):
    client.force_login(editor)
    return client


def look(client, **asked):
    return text_of(client.get(LIST, asked))


def namesakes(*names):
    """Publish terms, draft others of the same names, look for duplicates; return the pairs by name."""
    for name in names:
        make_term(name, short_definition=f"A {name} at sea.")
        make_draft(name, short_definition=f"The {name} of a boat.")
    duplicates.scan()
    return [pair_called(name) for name in names]


def pair_called(name):
    return DuplicatePair.objects.get(first__name=name)


def near(one, other, score=0.4):
    """Keep a pair that is perhaps related, as a look at the glossary would."""
    first, second = sorted((one.pk, other.pk))
    return DuplicatePair.objects.create(
        first_id=first, second_id=second, score=score, reasons=["They share a word."], suggestion="relate"
    )


def judge(client, pair, query="", **pressed):
    return client.post(f"{JUDGE}{query}", {"pair": pair.pk, "at": f"pair-{pair.pk}", **pressed})


def verdict(pair):
    pair.refresh_from_db()
    return pair.verdict


# --- Looking -------------------------------------------------------------------------------------


def test_whoever_was_never_there_is_told_to_look(editor_client):
    make_term("Keel")

    html = look(editor_client)

    assert "Nobody has looked for duplicates yet." in html
    assert "Look for duplicates</button>" in html
    assert "Narrow the list" not in html


def test_looking_finds_what_is_alike_and_says_what_it_found(editor_client):
    make_term("Keel")
    make_draft("Keel")

    html = text_of(editor_client.post(f"{LIST}look/", follow=True))

    assert "Looked through 2 terms: 1 new pair." in html
    assert "no term changed since." in html
    assert "Look again</button>" in html
    assert DuplicatePair.objects.count() == 1


def test_what_changed_since_the_last_look_is_counted(editor_client):
    namesakes("Keel")

    make_draft("Rib")

    assert "<strong>1 term</strong> changed since." in look(editor_client)


def at_work(**fields):
    """Say that a look is under way, or asked for; only the worker does."""
    ScanState.objects.update_or_create(pk=1, defaults=fields)


def test_a_look_that_is_under_way_is_said_and_not_asked_for_again(editor_client):
    make_draft("Keel")
    at_work(running_since=timezone.now())

    html = look(editor_client)

    assert "The glossary is being looked through." in html
    assert "data-progress" in html
    assert "Look for duplicates</button>" not in html


@pytest.mark.parametrize(
    ("ago", "said"),
    [(timedelta(0), "The worker looks at what changed soon."), (timedelta(hours=1), "db_worker")],
)
def test_a_look_that_does_not_come_is_said(editor_client, ago, said):
    make_draft("Keel")
    at_work(due_at=timezone.now() - ago)

    assert said in look(editor_client)


def test_a_big_glossary_is_looked_through_by_the_worker(editor_client, monkeypatch):
    monkeypatch.setattr(background, "MOST_AT_ONCE", 0)
    make_term("Keel")

    html = text_of(editor_client.post(f"{LIST}look/", follow=True))

    assert "The glossary is looked through in the background." in html


def test_a_glossary_without_look_alikes_says_so(editor_client):
    make_term("Keel")
    duplicates.scan()

    assert "No two terms look alike." in look(editor_client)


def test_when_all_is_judged_the_verdicts_are_offered(editor_client):
    [pair] = namesakes("Keel")
    judge(editor_client, pair, _different=BECAUSE)

    html = look(editor_client)

    assert "All pairs are judged." in html
    assert f'href="{LIST}?show=judged"' in html


@pytest.mark.parametrize("show", ["related", "later", "judged"])
def test_each_list_says_what_is_missing_in_it(editor_client, show):
    namesakes("Keel")

    assert '<div class="pairs-empty">' in look(editor_client, show=show)


def test_looking_takes_a_right_and_a_press(client, contributor, editor_client):
    make_term("Keel")

    assert editor_client.get(f"{LIST}look/").status_code == 405
    assert client_of(contributor).post(f"{LIST}look/").status_code in {302, 403}
    assert duplicates.state().looked_at is None


# --- The list ------------------------------------------------------------------------------------


def test_a_pair_can_be_judged_without_opening_it(editor_client):
    [pair] = namesakes("Keel")

    html = look(editor_client)

    assert "A Keel at sea." in html
    assert "The Keel of a boat." in html
    assert '<span class="state state-published">Published</span>' in html
    assert '<span class="state state-draft">Draft</span>' in html
    assert pair.reasons[0] in html.replace("&#x27;", "'")
    assert re.search(r"(Very strong|Strong|Fair|Weak|Faint) evidence", html)
    kept, absorbed = pair.first.public_id, pair.second.public_id
    assert f"/admin/terms/term/merge/?kept={kept}&amp;absorbed={absorbed}&amp;next=" in html


def test_what_readers_know_is_offered_to_be_kept(editor_client):
    draft = make_draft("Keel").term
    term = make_term("Keel")
    duplicates.scan()

    assert f"merge/?kept={term.public_id}&amp;absorbed={draft.public_id}" in look(editor_client)


def test_three_of_one_concept_are_one_entry(editor_client):
    term = make_term("Keel")
    drafts = [make_draft("Keel").term for _ in range(2)]
    duplicates.scan()

    html = look(editor_client)

    assert "3 terms that may be one" in html
    assert "Merge the ticked …" in html
    assert "3 pairs, one by one" in html
    assert [html.count(f'value="{one.public_id}" checked') for one in (term, *drafts)] == [1, 1, 1]


def test_the_ticked_of_a_group_go_to_the_workbench_together(editor_client):
    draft = make_draft("Keel").term
    term = make_term("Keel")
    other = make_draft("Keels").term

    ticked = [draft.public_id, term.public_id, other.public_id]
    response = editor_client.get(f"{LIST}merge/", {"term": ticked, "next": f"{LIST}#pair-7"})

    assert response.status_code == 302
    assert response.headers["Location"] == (
        f"/admin/terms/term/merge/?kept={term.public_id}&absorbed={draft.public_id}&absorbed={other.public_id}"
        "&next=%2Fadmin%2Fterms%2Fduplicatepair%2F%23pair-7"
    )


def test_what_may_only_be_related_has_a_list_of_its_own(editor_client):
    one, other = make_term("Mast"), make_term("Foremast")
    near(one, other)

    assert "Foremast" not in look(editor_client)
    html = look(editor_client, show="related")
    assert "Foremast" in html
    assert "They share a word." in html


def test_the_lists_are_narrowed_and_stay_so(editor_client):
    namesakes("Keel", "Rib")

    html = look(editor_client, name="kee")

    assert "A Keel at sea." in html
    assert "A Rib at sea." not in html
    assert "1 fits these filters." in html
    assert f'action="{JUDGE}?name=kee"' in html
    assert f'href="{LIST}?show=later&amp;name=kee"' in html
    assert f'href="{LIST}">Show all' in html


@pytest.mark.parametrize(
    ("asked", "is_there"),
    [
        ({"tag": "hull"}, True),
        ({"tag": "rigging"}, False),
        ({"least": "0.9"}, True),
        ({"only": "public"}, False),
        ({"method": "same_name"}, True),
        ({"method": "typo"}, False),
    ],
)
def test_each_filter_leaves_out_what_it_is_not_about(editor_client, asked, is_there):
    make_term("Keel", tags=["Hull"], short_definition="A timber.")
    make_term("Mast", tags=["Rigging"])
    make_draft("Keel")
    duplicates.scan()

    html = look(editor_client, **asked)

    assert ("A timber." in html) == is_there
    assert is_there or "No pair fits these filters." in html


@pytest.mark.parametrize(
    "query",
    [
        "show=x&least=much&page=99",
        "name=%00&tag=%00",
        "page=-1",
        "least=nan",
        "method=' or 1",
        "only=%F0%9F%98%80",
    ],
)
def test_an_address_that_nobody_made_shows_the_list(editor_client, query):
    namesakes("Keel")

    assert editor_client.get(f"{LIST}?{query}").status_code == 200


def test_many_pairs_come_in_pages(editor_client, monkeypatch):
    monkeypatch.setattr(pages, "ENTRIES_PER_PAGE", 2)
    namesakes("Keel", "Rib", "Mast")

    first, last = look(editor_client), look(editor_client, page="2")

    assert "Page 1 of 2" in first
    assert f'href="{LIST}?page=2"' in first
    assert [name for name in ("Keel", "Rib", "Mast") if f"A {name} at sea." in last] == ["Rib"]


def test_the_number_of_queries_does_not_grow_with_the_pairs(editor_client):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            look(editor_client)
        return len(captured)

    namesakes("Keel", "Rib")
    before = queries()
    namesakes("Mast", "Boom", "Tar", "Yard")

    assert queries() <= before


# --- Verdicts ------------------------------------------------------------------------------------


def test_different_for_a_reason_that_is_common(editor_client, editor):
    [pair] = namesakes("Keel")

    response = judge(editor_client, pair, _different=BECAUSE)

    assert response.status_code == 302
    assert (verdict(pair), pair.because, pair.judged_by) == ("different", BECAUSE, editor)


def test_different_for_a_reason_in_own_words(editor_client):
    [pair] = namesakes("Keel")

    judge(editor_client, pair, _different="", because="One is of a bird.")

    assert (verdict(pair), pair.because) == ("different", "One is of a bird.")


def test_different_without_a_reason_is_refused_where_it_was_pressed(editor_client):
    [pair] = namesakes("Keel")

    response = judge(editor_client, pair, _different="", because=" ")

    html = text_of(response)
    assert response.status_code == 422
    assert 'role="alert"' in html
    assert '<details class="pair-deed" data-different open>' in html
    assert verdict(pair) == "open"


def test_related_is_one_press_and_recorded(editor_client):
    one, other = make_term("Mast"), make_term("Foremast")
    pair = near(one, other)

    html = text_of(judge(editor_client, pair, "?show=related", _related="related"))
    page = look(editor_client, show="related")

    assert html == ""
    assert "Undo this verdict" in page
    assert verdict(pair) == "related"
    proposed = [wish.content["relations"] for term in (one, other) for wish in term.revisions.all()]
    assert any(relations for relations in proposed)


@pytest.mark.parametrize("kind", ["first_is_broader", "second_is_broader"])
def test_the_broader_one_can_be_named(editor_client, kind):
    first, second = make_draft("Mast").term, make_draft("Foremast").term
    pair = near(first, second)

    judge(editor_client, pair, _related=kind)

    broader, narrower = (first, second) if kind == "first_is_broader" else (second, first)
    wishes = [wish.content["relations"] for wish in narrower.revisions.all()]
    assert verdict(pair) == "related"
    assert [{"kind": "broader", "target": broader.public_id}] in [
        [{"kind": one["kind"], "target": one["target"]} for one in relations] for relations in wishes
    ]


def test_what_is_put_off_waits_in_its_own_list(editor_client):
    [pair] = namesakes("Keel")

    judge(editor_client, pair, _later="1")

    assert "A Keel at sea." not in look(editor_client)
    html = look(editor_client, show="later")
    assert "A Keel at sea." in html
    assert "Back to judge" in html


def test_after_a_verdict_one_goes_on_at_the_next_pair(editor_client):
    pair, following = namesakes("Keel", "Rib")

    response = judge(editor_client, pair, "?name=e", _later="1", next=f"pair-{following.pk}")

    assert response.headers["Location"] == f"{LIST}?name=e#pair-{following.pk}"


def test_a_made_up_place_leads_to_the_list(editor_client):
    [pair] = namesakes("Keel")

    response = judge(editor_client, pair, _later="1", next="x\r\nSet-Cookie: a=b")

    assert response.headers["Location"] == LIST


def test_each_entry_knows_the_one_after_it(editor_client):
    first, second = namesakes("Keel", "Rib")

    html = look(editor_client)

    assert html.index(f'id="pair-{first.pk}"') < html.index(f'name="next" value="pair-{second.pk}"')


def test_a_verdict_is_taken_back_from_the_message(editor_client):
    [pair] = namesakes("Keel")
    shown = text_of(editor_client.post(JUDGE, {"pair": pair.pk, "_different": BECAUSE}, follow=True))

    response = editor_client.post(JUDGE, {"pair": pair.pk, "_open": "1"})

    assert f'form="taking-back" name="pair" value="{pair.pk}">Undo this verdict</button>' in shown
    assert 'id="taking-back"' in shown
    assert response.headers["Location"] == f"{LIST}#pair-{pair.pk}"
    assert verdict(pair) == "open"


def test_the_judged_say_who_when_and_why_and_can_be_taken_back(editor_client, editor):
    [pair] = namesakes("Keel")
    judge(editor_client, pair, _different="", because="One is of a bird.")

    html = look(editor_client, show="judged")

    assert "<strong>Different</strong>: One is of a bird." in html
    assert f"{editor}, <time" in html
    assert f"{timezone.localdate():%Y-%m-%d}" in html
    assert "Take back" in html


def test_one_verdict_for_all_that_are_ticked(editor_client):
    some = namesakes("Keel", "Rib", "Mast")
    ticked = [pair.pk for pair in some[:2]]

    page = text_of(
        editor_client.post(JUDGE, {"pair": ticked, "at": "chosen", "_different": BECAUSE}, follow=True)
    )

    assert "2 pairs: different." in page
    assert f'value="{ticked[0]},{ticked[1]}">Undo this verdict' in page
    assert [verdict(pair) for pair in some] == ["different", "different", "open"]


def test_one_verdict_for_all_pairs_of_a_group(editor_client):
    make_term("Keel")
    make_draft("Keel"), make_draft("Keel")
    duplicates.scan()
    ids = ",".join(str(pair.pk) for pair in DuplicatePair.objects.all())

    editor_client.post(JUDGE, {"pair": ids, "_later": "1"})

    assert set(DuplicatePair.objects.values_list("verdict", flat=True)) == {"later"}


def test_nothing_ticked_is_said(editor_client):
    namesakes("Keel")

    response = editor_client.post(JUDGE, {"at": "chosen", "_later": "1"})

    assert response.status_code == 400
    assert "No pair is chosen." in text_of(response)


def test_what_was_ticked_and_typed_stays_when_it_is_refused(editor_client):
    some = namesakes("Keel", "Rib")

    html = text_of(editor_client.post(JUDGE, {"pair": [some[0].pk], "at": "chosen", "because": "A bird."}))

    assert f'value="{some[0].pk}" form="chosen-pairs" data-choose checked' in html
    assert f'value="{some[1].pk}" form="chosen-pairs" data-choose checked' not in html
    assert 'value="A bird."' in html


def test_the_second_to_judge_hears_who_was_faster(editor_client):
    [pair] = namesakes("Keel")
    faster = make_user("Editors", username="ruth")
    judging.judge(pair_id=pair.pk, verdict="different", because="A bird.", by=faster)

    response = judge(editor_client, pair, _different="", because="A fish.")

    html = text_of(response)
    assert response.status_code == 409
    assert "ruth" in html
    assert "<q>A fish.</q>" in html
    assert (verdict(pair), pair.because) == ("different", "A bird.")


def test_of_many_those_that_others_judged_are_told(editor_client):
    some = namesakes("Keel", "Rib")
    judging.judge(pair_id=some[0].pk, verdict="different", because="A bird.", by=make_user("Editors"))

    sent = {"pair": [pair.pk for pair in some], "at": "chosen", "_different": BECAUSE}
    html = text_of(editor_client.post(JUDGE, sent, follow=True))

    assert "A bird." in html
    assert f'value="{some[1].pk}">Undo this verdict' in html
    assert [verdict(pair) for pair in some] == ["different", "different"]


def test_when_others_judged_all_of_them_nothing_typed_is_lost(editor_client):
    some = namesakes("Keel", "Rib")
    for pair in some:
        judging.judge(pair_id=pair.pk, verdict="different", because="A bird.", by=make_user("Editors"))

    sent = {"pair": [pair.pk for pair in some], "at": "chosen", "_different": "", "because": "A fish."}
    response = editor_client.post(JUDGE, sent)

    assert response.status_code == 409
    assert "<q>A fish.</q>" in text_of(response)


def test_a_pair_of_which_one_is_gone_leads_back_to_the_list(editor_client, chief):
    [pair] = namesakes("Keel")
    workflow.remove(term_id=pair.first_id, by=chief, reason="Gone.")

    response = judge(editor_client, pair, _different="", because="A fish.", whole="1")

    assert response.status_code == 409
    assert "there is nothing to judge" in text_of(response)
    assert "<q>A fish.</q>" in text_of(response)


def test_a_pair_that_is_not_there_is_refused(editor_client):
    for sent in ("0", "999999999999", "x", "9" * 40, ""):
        assert editor_client.post(JUDGE, {"pair": sent, "_later": "1"}).status_code in {400, 404, 409, 422}


def test_judging_takes_a_right(contributor):
    [pair] = namesakes("Keel")

    assert judge(client_of(contributor), pair, _later="1").status_code in {302, 403}
    assert verdict(pair) == "open"


def test_whoever_only_reads_sees_no_buttons():
    [pair] = namesakes("Keel")
    reader = make_user(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_drafts"))
    client = client_of(reader)

    html = look(client)

    assert "A Keel at sea." in html
    assert "Whole texts" in html
    assert "Merge …" not in html
    assert judge(client, pair, _later="1").status_code == 403


# --- One pair, and terms to merge -----------------------------------------------------------------


def test_the_page_of_a_pair_has_the_whole_texts(editor_client):
    make_term("Keel", definition="The **lowest** timber.")
    make_draft("Keel", definition="What a ship begins with.")
    duplicates.scan()
    pair = DuplicatePair.objects.get()

    html = text_of(editor_client.get(f"{LIST}{pair.pk}/change/?name=kee&next=pair-7"))

    assert "The <strong>lowest</strong> timber." in html
    assert "What a ship begins with." in html
    assert f'action="{JUDGE}?name=kee"' in html
    assert 'name="next" value="pair-7"' in html


def test_a_refusal_on_the_page_of_a_pair_is_said_there(editor_client):
    [pair] = namesakes("Keel")

    response = judge(editor_client, pair, _different="", because="", whole="1")

    assert response.status_code == 422
    assert 'class="pair-whole"' in text_of(response)


@pytest.mark.parametrize("pk", ["0", "x", "9" * 40])
def test_a_pair_that_never_was_is_not_found(editor_client, pk):
    assert editor_client.get(f"{LIST}{pk}/change/").status_code == 404


def test_a_term_says_what_it_looks_like(editor_client):
    [pair] = namesakes("Keel")

    html = text_of(editor_client.get(f"/admin/terms/term/{pair.first_id}/change/"))

    assert f'href="{LIST}{pair.pk}/change/"' in html
    assert "Merge with …</button>" in html


def test_a_removed_term_looks_like_nothing(chief):
    term = make_term("Keel")
    workflow.remove(term_id=term.pk, by=chief, reason="Gone.")

    html = text_of(client_of(chief).get(f"/admin/terms/term/{term.pk}/change/"))

    assert "Merge with" not in html


def test_merging_begins_with_whoever_is_left(editor_client, chief):
    removed, term = make_term("Keel"), make_term("Rib")
    workflow.remove(term_id=removed.pk, by=chief, reason="Gone.")

    for ids in ([], ["zzzzzzzzzz"], ["\0"], [removed.public_id, term.public_id]):
        response = editor_client.get(f"{LIST}merge/", {"term": ids}, follow=True)
        assert response.status_code == 200
        assert "Nothing is merged yet." in text_of(response)


# --- The verdicts as a file -----------------------------------------------------------------------


def downloaded(client, form):
    return b"".join(client.get(f"{LIST}verdicts/download/", {"format": form}).streaming_content)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_verdicts_go_out_and_come_back(editor_client, form):
    pair, other = namesakes("Keel", "Rib")
    judge(editor_client, pair, _different=BECAUSE)
    judge(editor_client, other, _later="1")
    data = downloaded(editor_client, form)
    judge(editor_client, pair, _open="1")

    file = SimpleUploadedFile(f"verdicts.{form}", data)
    html = text_of(editor_client.post(f"{LIST}verdicts/", {"file": file}))

    assert "What became of the file" in html
    assert (verdict(pair), pair.because) == ("different", BECAUSE)


def test_terms_that_are_not_known_here_are_told(editor_client):
    [pair] = namesakes("Keel")
    judge(editor_client, pair, _different=BECAUSE)
    line = json.loads(downloaded(editor_client, "jsonl").splitlines()[0])
    elsewhere = json.dumps(line).replace(pair.first.public_id, "zzzzzzzzzz").replace("Keel", "Kiel")

    file = SimpleUploadedFile("verdicts.jsonl", elsewhere.encode())
    html = text_of(editor_client.post(f"{LIST}verdicts/", {"file": file}))

    assert "<strong>0</strong> verdicts taken in" in html
    assert "Terms that nobody knows here" in html


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"file": SimpleUploadedFile("a.csv", b"\xff\xfe\x00")},
        {"file": SimpleUploadedFile("a.png", b"\x89PNG\r\n")},
    ],
)
def test_what_is_no_ledger_is_refused(editor_client, data):
    response = editor_client.post(f"{LIST}verdicts/", data)

    assert response.status_code in {400, 422}
    assert 'role="alert"' in text_of(response)


def test_a_form_that_is_not_known_is_not_found(editor_client):
    assert editor_client.get(f"{LIST}verdicts/download/?format=xml").status_code == 404


# --- The home of the desk -------------------------------------------------------------------------


def test_the_home_of_the_desk_says_what_is_to_judge(editor_client):
    namesakes("Keel", "Rib")

    html = text_of(editor_client.get("/admin/"))

    assert "Duplicates to judge" in html
    assert f'<a href="{LIST}">Pairs that may be one term</a> <span>2</span>' in html


def test_the_home_of_the_desk_is_silent_when_there_is_nothing_to_judge(editor_client):
    make_term("Keel")

    assert "Duplicates to judge" not in text_of(editor_client.get("/admin/"))


def test_nobody_without_the_right_to_see_drafts_sees_a_pair(contributor):
    [pair] = namesakes("Keel")

    for client in (Client(), client_of(contributor)):
        for address in (LIST, f"{LIST}{pair.pk}/change/", f"{LIST}verdicts/download/", f"{LIST}merge/"):
            response = client.get(address)
            assert response.status_code in {302, 403, 404}
            assert "Keel" not in text_of(response)
