"""Readers take part: the forms, their guards, and the secret address at which a sender reads on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from terms import forms, workflow
from terms.models import Event, Revision, Suggestion, Term

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


def a_minute_ago():
    return forms.new_stamp(timezone.now() - timedelta(minutes=1))


def sent(**typed):
    """Return what a browser sends: every field of the form, made a minute ago."""
    return {"stamp": a_minute_ago(), "homepage": "", "sender_name": "", "email": "", "remark": "", **typed}


def change(client, term, *, version=None, **typed):
    """Send the form of a term with its published text, but for what is given."""
    base = term.revisions.get(version=version or term.version)
    form = {**forms.shown(base.content), "version": base.version, **typed}
    form.pop("name")
    return client.post(f"/terms/{term.slug}/suggest/", sent(**form), REMOTE_ADDR="192.0.2.1")


def propose(client, name, **typed):
    form = {"name": name, "short_definition": "", "definition": "", "aliases": "", "sources": "", **typed}
    return client.post("/suggest/", sent(**form))


def page(response):
    """Return a page as it reads: without what its signs for machines hold."""
    html = response.content.decode()
    return re.sub(r'(name="(?:csrfmiddlewaretoken|stamp)" value=)"[^"]*"', r"\1", html)


def approve(term, **content):
    return workflow.approve(revision_id=propose_change(term, **content).pk, by=make_user("Reviewers"))


# --- The form ------------------------------------------------------------------------------------


def test_the_form_shows_the_present_text(client):
    make_term(
        "Dropout",
        short_definition="Leaving out.",
        aliases=["DO"],
        sources=[{"title": "A paper", "url": "https://a.example/", "locator": "p. 3"}],
    )

    html = page(client.get("/terms/dropout/suggest/"))

    for text in ("Leaving out.", "What Dropout is.", ">\nDO</textarea>", "A paper | https://a.example/"):
        assert text in html
    assert 'name="version" value="1"' in html


def test_the_form_is_kept_by_nobody_and_leaves_only_the_cookie_against_forgery(client):
    make_term("Dropout")
    for address in ("/terms/dropout/suggest/", "/suggest/", "/suggest/?name=x"):
        response = client.get(address)

        assert response.headers["Cache-Control"] == "private, no-store", address
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert set(response.cookies) == {"csrftoken"}
    assert not Session.objects.exists()


def test_a_name_in_the_address_stands_in_the_form(client):
    html = page(client.get("/suggest/", {"name": f"Weight {HOSTILE}"}))

    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html


def test_an_older_name_of_a_term_leads_to_its_form(client):
    approve(make_term("Drop out"), name="Dropout")

    assert client.get("/terms/drop-out/suggest/").headers["Location"] == "/terms/dropout/suggest/"
    assert client.get("/terms/nothing/suggest/").status_code == 404


def test_only_reading_and_sending_are_known(client):
    make_term("Dropout")

    assert client.put("/terms/dropout/suggest/").status_code == 405


# --- Sending -------------------------------------------------------------------------------------


def test_a_change_is_sent_and_its_sender_gets_an_address(client):
    term = make_term("Dropout", short_definition="Old.")

    response = change(
        client, term, short_definition="New.", remark="Wrong.", sender_name="Ada", email="ada@example.org"
    )

    suggestion = Suggestion.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == f"/suggestions/{suggestion.status_token}/"
    assert suggestion.revision.content == {**term.live_revision.content, "short_definition": "New."}
    assert (suggestion.revision.comment, suggestion.sender_name) == ("Wrong.", "Ada")
    assert not Session.objects.exists()


def test_what_the_form_does_not_show_survives(client):
    hidden = {"text": "drop-ot", "kind": "hidden"}
    acronym = {"text": "DO", "kind": "acronym", "status": "preferred", "language": "", "note": "rare"}
    source = {"title": "A | paper", "url": "https://a.example/", "locator": "p. 3"}
    term = make_term("Dropout", aliases=[hidden, acronym, "Left"], sources=[source, {"title": "B"}])

    change(
        client,
        term,
        aliases="Dilution\r\nDO\r\n",
        sources="A | paper | https://a.example/\r\nhttps://c.example/\r\nD | https://d.example/",
    )

    content = Suggestion.objects.get().revision.content
    assert [(a["text"], a["kind"], a["note"]) for a in content["aliases"]] == [
        ("Dilution", "synonym", ""),
        ("DO", "acronym", "rare"),
        ("drop-ot", "hidden", ""),
    ]
    assert [(one["title"], one["url"], one["locator"]) for one in content["sources"]] == [
        ("A | paper", "https://a.example/", "p. 3"),
        ("https://c.example/", "https://c.example/", ""),
        ("D", "https://d.example/", ""),
    ]


def test_lists_that_were_not_touched_are_not_sent(client):
    term = make_term("Dropout", aliases=[{"text": "drop-ot", "kind": "hidden"}, "DO"], sources=["B"])

    change(client, term, definition="New.")

    content, live = Suggestion.objects.get().revision.content, term.live_revision.content
    assert {**content, "definition": live["definition"]} == live


def test_a_remark_is_enough(client):
    term = make_term("Dropout")

    assert change(client, term, remark="Wrong.").status_code == 302
    assert Suggestion.objects.get().revision.content == term.live_revision.content


def test_nothing_changed_and_nothing_said_is_refused(client):
    response = change(client, make_term("Dropout"), sender_name="Ada")

    assert response.status_code == 422
    assert "Change the text, or say what is wrong with it." in page(response)
    assert 'value="Ada"' in page(response)


def test_what_was_published_meanwhile_is_carried_over(client):
    term = make_term("Dropout", short_definition="Short.", definition="Long.")
    approve(term, definition="Longer.")

    change(client, term, version=1, short_definition="Shorter.")

    content = Suggestion.objects.get().revision.content
    assert (content["short_definition"], content["definition"]) == ("Shorter.", "Longer.")


@pytest.mark.parametrize("role", ["", "Contributors", "Editors"])
def test_a_collision_shows_the_present_text_beside_what_was_typed(client, role):
    if role:
        client.force_login(make_user(role))
    term = make_term("Dropout", short_definition="Short.", definition="Long.")
    approve(term, definition="Theirs.", short_definition="Their short.")

    response = change(client, term, version=1, definition="Mine.", remark="My remark.")

    html = page(response)
    assert response.status_code == 409
    assert ">Theirs.</pre>" in html
    for kept in (
        ">\nMine.</textarea>",
        ">\nTheir short.</textarea>",
        "My remark.",
        'name="version" value="2"',
    ):
        assert kept in html
    assert not Revision.objects.filter(content__definition="Mine.").exists()
    term.refresh_from_db()
    assert change(client, term, definition="Mine.", short_definition="Their short.").status_code == 302


def test_a_form_of_a_renamed_term_is_sent_all_the_same(client):
    term = make_term("Drop out")
    approve(term, name="Dropout")

    response = change(client, term, version=1, definition="Mine.")

    assert response.status_code == 302
    assert Suggestion.objects.get().revision.content["name"] == "Dropout"


@pytest.mark.parametrize("version", ["", "7", "x", "9" * 30, "²"])
def test_a_form_without_a_version_comes_back_with_its_text(client, version):
    term = make_term("Dropout")
    form = {**forms.shown(term.live_revision.content), "definition": "Mine.", "version": version}

    response = client.post("/terms/dropout/suggest/", sent(**form))

    assert response.status_code == 409
    assert ">\nMine.</textarea>" in page(response)


def test_a_form_of_a_removed_term_meets_its_page_and_the_words_can_be_copied(client, chief):
    term = make_term("Dropout", short_definition="Taken off.")
    workflow.remove(term_id=term.pk, by=chief, reason="Wrong.")

    response = change(client, term, version=1, short_definition="", definition="Mine.", remark="Why.")

    assert response.status_code == client.get("/terms/dropout/suggest/").status_code == 410
    assert "This term was removed" in page(response)
    assert "Definition:\nMine." in page(response)
    assert "Why." in page(response)
    for secret in ("Dropout", "Taken off."):
        assert secret not in page(response)
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"short_definition": "x" * 161}, "161 characters are too many"),
        ({"aliases": "One\none"}, "stands there twice"),
        ({"sources": "A | ftp://a.example/"}, "is not a web address"),
        ({"email": "ada"}, "“ada” is not an address"),
        ({"remark": "x" * 2001}, "at most 2,000 characters"),
        ({"definition": "a\x00b"}, "take out the control characters"),
    ],
)
def test_what_the_rules_refuse_comes_back_marked_with_everything_kept(client, typed, sentence):
    form = {"definition": "My text.", "aliases": "Mine", "remark": "My remark.", **typed}

    response = propose(client, "Weight tying", **form)

    html = page(response)
    assert response.status_code == 422
    assert sentence in html
    assert 'aria-invalid="true"' in html
    for kept in {**form, **typed}.values():
        assert kept in html
    assert not Term.objects.exists()


@pytest.mark.parametrize("field", ["name", "aliases", "sources", "remark", "sender_name", "email"])
def test_what_no_database_takes_is_refused_in_every_field(client, field):
    response = propose(client, **{"name": "Weight tying", field: "a\x00b"})

    assert response.status_code == 422
    assert 'aria-invalid="true"' in page(response)
    assert not Term.objects.exists()


def test_hostile_words_are_words(client):
    response = propose(client, HOSTILE, definition=HOSTILE, remark=HOSTILE, sender_name=HOSTILE)

    status = client.get(response.headers["Location"])
    assert Suggestion.objects.get().revision.content["name"] == HOSTILE
    assert "<script>alert" not in page(status)
    assert "&lt;script&gt;alert(1)" in page(status)
    assert "{{ 7*7 }}" in page(status)


# --- Look-alikes ---------------------------------------------------------------------------------


def test_look_alikes_are_shown_before_a_new_word_is_sent(client):
    make_term("Dropout", short_definition="Leaving out.")

    response = propose(client, "Drop-out", definition="Mine.")

    html = page(response)
    assert response.status_code == 200
    assert "Is it one of these?" in html
    assert 'href="/terms/dropout/"' in html
    assert "Leaving out." in html
    assert ">\nMine.</textarea>" in html
    assert not Suggestion.objects.exists()
    seen = re.search(r'name="seen" value="([^"]*)"', html)[1]
    assert propose(client, "Drop-out", definition="Mine.", seen=seen).status_code == 302


def test_another_name_is_looked_up_again(client):
    make_term("Dropout")
    make_term("Kernel")

    response = propose(client, "Kernels", seen="drop-out")

    assert 'href="/terms/kernel/"' in page(response)
    assert not Suggestion.objects.exists()


def test_a_waiting_suggestion_of_the_word_is_told_without_any_of_its_text(client):
    propose(client, "Weight tying", definition="Theirs.", sender_name="Ada", remark="Their remark.")

    html = page(propose(client, "weight tying"))

    assert "A reader has suggested this word already" in html
    for secret in ("Theirs.", "Ada", "Their remark."):
        assert secret not in html
    assert Suggestion.objects.count() == 1


def test_a_draft_of_the_same_name_makes_no_difference_to_a_reader(client):
    """Not a byte tells that editors have a draft or a proposal of this word, or of this term."""
    term = make_term("Dropout")

    def seen():
        answers = [
            client.get("/suggest/?name=Weight+tying"),
            client.get("/terms/dropout/suggest/"),
            propose(client, "Weight tying", email="no"),
            propose(client, "Dropouts", aliases="Weight tying"),
            change(client, term, version=1),
        ]
        return [(answer.status_code, page(answer)) for answer in answers]

    before = seen()
    make_draft("Weight tying", definition="Secret.", aliases=["Dropouts"])
    workflow.propose(content={"name": "Weight tying", "definition": "Secret."}, by=make_user("Editors"))
    propose_change(term, definition="Secret.", aliases=["Weight tying"])
    after = seen()

    assert before == after


# --- Machines and floods -------------------------------------------------------------------------


def test_a_field_that_nobody_sees_catches_machines_and_loses_nothing(client):
    response = propose(client, "Weight tying", definition="Mine.", homepage="https://spam.example/")

    html = page(response)
    assert response.status_code == 422
    assert "as machines do it" in html
    assert ">\nMine.</textarea>" in html
    assert "spam.example" not in html
    assert not Term.objects.exists()


def test_the_trap_says_what_it_is_and_cannot_be_reached_by_key(client):
    html = page(client.get("/suggest/"))

    assert re.search(r'<div class="visually-hidden">.*?Leave this empty.*?</div>', html, re.DOTALL)
    field = re.search(r'<input[^>]*name="homepage"[^>]*>', html)[0]
    assert 'autocomplete="off"' in field
    assert 'tabindex="-1"' in field


@pytest.mark.parametrize(
    ("age", "sentence"),
    [
        (timedelta(seconds=1), "faster than people write"),
        (timedelta(hours=25), "open for more than a day"),
        (timedelta(minutes=-5), "open for more than a day"),
    ],
)
def test_a_form_that_is_too_young_or_too_old_comes_back_with_its_text(client, age, sentence):
    stamp = forms.new_stamp(timezone.now() - age)

    response = propose(client, "Weight tying", definition="Mine.", stamp=stamp)

    html = page(response)
    assert response.status_code == 422
    assert sentence in html
    assert ">\nMine.</textarea>" in html
    assert not Term.objects.exists()


@pytest.mark.parametrize("stamp", ["", "x", "1", "1:forged", "x" * 5000])
def test_a_stamp_that_was_not_made_here_is_replaced(client, stamp):
    response = propose(client, "Weight tying", stamp=stamp)

    assert response.status_code == 422
    fresh = re.search(r'name="stamp" value="([^"]*)"', response.content.decode())[1]
    assert forms.is_fresh(fresh, timezone.now())


def test_whoever_was_too_fast_need_not_wait_from_the_beginning(client):
    stamp = forms.new_stamp(timezone.now() - timedelta(seconds=1))

    response = propose(client, "Weight tying", stamp=stamp)

    assert f'value="{stamp}"' in response.content.decode()


def test_too_many_from_one_place_are_asked_to_wait_and_keep_their_text(client, settings):
    settings.SUGGESTIONS_PER_HOUR = 1
    propose(client, "Weight tying")

    response = propose(client, "Beam search", definition="Mine.")

    assert response.status_code == 429
    assert 3500 < int(response.headers["Retry-After"]) <= 3600
    assert ">\nMine.</textarea>" in page(response)
    assert "Try again in 60 minutes." in page(response)


def test_the_hour_does_not_begin_anew_at_midnight(client, settings, monkeypatch):
    settings.SUGGESTIONS_PER_HOUR = 1
    propose(client, "Weight tying")
    tomorrow = timezone.localtime().replace(hour=0, minute=5) + timedelta(days=1)
    Suggestion.objects.update(sent_at=tomorrow - timedelta(minutes=10))
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)

    response = propose(client, "Beam search")

    assert response.status_code == 429
    assert Suggestion.objects.count() == 1


def digest_of(client, **meta):
    word = f"Word {Suggestion.objects.count()}"
    client.post(
        "/suggest/", sent(name=word, seen=word.lower(), definition="", aliases="", sources=""), **meta
    )
    return Suggestion.objects.get(revision__term__name=word).sender_digest


def test_only_a_digest_tells_that_two_come_from_one_place(client, settings):
    settings.SUGGESTIONS_PER_HOUR = 100
    one = digest_of(client, REMOTE_ADDR="192.0.2.1")

    assert re.fullmatch("[0-9a-f]{64}", one)
    assert one == digest_of(client, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert one == digest_of(client, REMOTE_ADDR="::ffff:192.0.2.1")
    assert one != digest_of(client, REMOTE_ADDR="192.0.2.2")
    household = digest_of(client, REMOTE_ADDR="2001:db8:1:2::1")
    assert household == digest_of(client, REMOTE_ADDR="2001:db8:1:2:ffff::9")
    assert household != digest_of(client, REMOTE_ADDR="2001:db8:1:3::1")


def test_behind_a_proxy_only_its_own_word_counts(client, settings):
    settings.SUGGESTIONS_PER_HOUR = 100
    settings.BEHIND_PROXY = True
    one = digest_of(client, HTTP_X_FORWARDED_FOR="192.0.2.1")

    assert one == digest_of(client, HTTP_X_FORWARDED_FOR="made-up, 203.0.113.9, 192.0.2.1")
    assert one != digest_of(client, HTTP_X_FORWARDED_FOR="192.0.2.1, 192.0.2.2")
    assert digest_of(client) == digest_of(client, HTTP_X_FORWARDED_FOR="nonsense")


def test_a_form_from_elsewhere_is_refused(client):
    strict = Client(enforce_csrf_checks=True)

    response = strict.post("/suggest/", sent(name="Weight tying", definition="Mine."))

    assert response.status_code == 403
    assert "Mine." in response.content.decode()


# --- Closed --------------------------------------------------------------------------------------

LINKED_FROM = ["/terms/dropout/", "/search?q=xyzzy", "/terms/xyzzy/", "/about/"]


@pytest.mark.parametrize("address", LINKED_FROM)
def test_pages_lead_to_the_forms_and_not_when_they_are_closed(client, settings, address):
    make_term("Dropout")

    assert "suggest/" in page(client.get(address))
    settings.SUGGESTIONS_PER_HOUR = 0
    assert "suggest/" not in page(client.get(address))


def test_a_page_that_was_kept_is_not_kept_when_the_forms_close(client, settings):
    make_term("Dropout")
    etag = client.get("/terms/dropout/").headers["ETag"]
    settings.SUGGESTIONS_PER_HOUR = 0

    assert client.get("/terms/dropout/", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_closed_forms_are_for_people_with_an_account(client, settings, contributor):
    settings.SUGGESTIONS_PER_HOUR = 0
    term = make_term("Dropout")

    for address in ("/suggest/", "/terms/dropout/suggest/"):
        response = client.get(address)
        assert response.status_code == 403
        assert "only from people with an account" in page(response)
    response = change(client, term, definition="Mine.")
    assert response.status_code == 403
    assert ">\nMine.</textarea>" in page(response)
    client.force_login(contributor)
    assert client.get("/suggest/").status_code == 200
    assert change(client, term, definition="Mine.").status_code == 302


# --- With an account -----------------------------------------------------------------------------


def test_a_contributor_proposes_without_guards(client, contributor):
    term = make_term("Dropout")
    client.force_login(contributor)

    html = page(client.get("/terms/dropout/suggest/"))
    response = change(client, term, definition="Mine.", remark="Better.", stamp="", homepage="x")

    proposal = Revision.objects.get(author=contributor)
    assert "stamp" not in html
    assert "sender_name" not in html
    assert response.headers["Location"] == reverse("own_proposal", args=[proposal.pk])
    assert (proposal.state, proposal.comment, proposal.based_on) == (
        "proposed",
        "Better.",
        term.live_revision,
    )
    assert not Suggestion.objects.exists()


def test_an_editor_lands_on_the_desk_and_hidden_names_survive(client, editor):
    term = make_term("Dropout", aliases=[{"text": "drop-ot", "kind": "hidden"}, "DO"])
    client.force_login(editor)

    response = change(client, term, aliases="DO\nDilution")

    proposal = Revision.objects.get(author=editor)
    assert response.headers["Location"] == reverse("admin:terms_revision_change", args=[proposal.pk])
    assert [alias["text"] for alias in proposal.content["aliases"]] == ["DO", "Dilution", "drop-ot"]


def test_an_editor_is_shown_drafts_and_what_was_rejected(client, editor, reviewer):
    draft = make_draft("Weight tying")
    rejected = workflow.propose(content={"name": "Weight tying"}, by=make_user("Editors"))
    workflow.reject(revision_id=rejected.pk, by=reviewer, reason="Too narrow.")
    client.force_login(editor)

    html = page(propose(client, "Weight tying"))

    assert reverse("admin:terms_term_change", args=[draft.term_id]) in html
    assert "Too narrow." in html


def test_an_account_without_the_right_counts_as_a_reader(client):
    client.force_login(make_user())

    response = propose(client, "Weight tying")

    assert response.headers["Location"].startswith("/suggestions/")
    assert Suggestion.objects.exists()


# --- The secret address --------------------------------------------------------------------------


def suggested(term=None, **content):
    where = {"term_id": term.pk, "version": term.version} if term else {}
    sender = workflow.Sender("Ada", "ada@example.org")
    return workflow.suggest(content=content, sender=sender, remark="My remark.", **where)


def status_of(suggestion):
    return f"/suggestions/{suggestion.status_token}/"


def test_the_secret_address_says_where_it_stands(client):
    suggestion = suggested(name="Weight tying", definition="Mine.")

    response = client.get(status_of(suggestion))

    html = page(response)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert set(response.cookies) == {"csrftoken"}
    for text in ("Waiting for the editors", "Mine.", "My remark.", "Keep this address"):
        assert text in html
    assert status_of(suggestion) in html


def test_the_secret_address_is_never_told_to_other_sites(client):
    """With `no-referrer` a browser would call the origin of its own form `null`, and be refused."""
    response = client.get(status_of(suggested(name="Weight tying")))

    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("token", ["x", "1:x", "MQ:x", "x" * 200])
def test_a_made_up_address_leads_nowhere(client, token):
    suggested(name="Weight tying")

    assert client.get(f"/suggestions/{token}/").status_code == 404
    assert client.post(f"/suggestions/{token}/", {"withdraw": "1"}).status_code == 404


def test_only_the_own_token_opens_a_suggestion(client):
    one, other = suggested(name="Weight tying"), suggested(name="Beam search")

    assert "Beam search" not in page(client.get(status_of(one)))
    number, _, signature = status_of(one).strip("/").split("/")[1].partition(":")
    forged = f"{other.status_token.partition(':')[0]}:{signature}"
    assert number != forged.partition(":")[0]
    assert client.get(f"/suggestions/{forged}/").status_code == 404


def test_a_change_is_shown_as_what_it_changed_without_hidden_names(client):
    term = make_term("Dropout", aliases=[{"text": "xyzzy", "kind": "hidden"}, "DO"], definition="Old words.")
    suggestion = suggested(term, definition="New words.", aliases=["Dilution"])

    html = page(client.get(status_of(suggestion)))

    assert "<ins>New</ins>" in html
    assert "Dilution" in html
    assert "xyzzy" not in html


def test_the_sender_answers_and_takes_back(client, reviewer):
    suggestion = suggested(name="Weight tying")
    workflow.request_changes(revision_id=suggestion.revision_id, by=reviewer, reason="From <b>where</b>?")
    address = status_of(suggestion)

    html = page(client.get(address))
    assert "The editors ask you something" in html
    assert "From &lt;b&gt;where&lt;/b&gt;?" in html
    assert reviewer.username not in html
    assert client.post(address, {"text": "From a paper."}).headers["Location"] == address
    assert "Waiting for the editors" in page(client.get(address))
    assert "From a paper." in page(client.get(address))
    assert client.post(address, {"withdraw": "1"}).headers["Location"] == address
    assert "Taken back" in page(client.get(address))
    assert not Session.objects.exists()


@pytest.mark.parametrize("text", ["", "x" * 2001])
def test_an_answer_that_is_refused_stays_on_the_page(client, text):
    response = client.post(status_of(suggested(name="Weight tying")), {"text": text})

    assert response.status_code == 422
    assert "Comment: " in page(response)
    assert text in page(response)


def test_an_answer_to_what_is_settled_can_be_copied(client, reviewer):
    suggestion = suggested(name="Weight tying")
    workflow.reject(revision_id=suggestion.revision_id, by=reviewer, reason="No.")

    response = client.post(status_of(suggestion), {"text": "My long answer."})

    assert response.status_code == 409
    assert "This suggestion is settled" in page(response)
    assert ">\nMy long answer.</textarea>" in page(response)


def test_too_many_answers_are_asked_to_wait(client):
    address = status_of(suggested(name="Weight tying"))
    for number in range(5):
        client.post(address, {"text": f"Answer {number}."})

    response = client.post(address, {"text": "Mine."})

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 3500
    assert "Mine." in page(response)


def test_words_of_editors_never_show_at_the_secret_address(client, editor, reviewer):
    suggestion = suggested(name="Weight tying", definition="Mine.")
    workflow.propose(
        term_id=suggestion.revision.term_id,
        based_on=1,
        content={"name": "Xyzzy", "definition": "Xyzzy."},
        by=editor,
        comment="Xyzzy",
    )

    html = page(client.get(status_of(suggestion)))

    assert "An editor is working with it" in html
    assert "xyzzy" not in html.lower()
    assert "Take it back" not in html
    newest = Revision.objects.get(supersedes=suggestion.revision_id)
    workflow.reject(revision_id=newest.pk, by=reviewer, reason="Xyzzy is no word.")
    html = page(client.get(status_of(suggestion)))
    assert "what came of it was not published" in html
    assert "xyzzy" not in html.lower()


def test_a_published_suggestion_leads_to_its_page(client, reviewer):
    suggestion = suggested(name="Weight tying", definition="Mine.")
    workflow.approve(revision_id=suggestion.revision_id, by=reviewer, comment="Xyzzy")

    html = page(client.get(status_of(suggestion)))

    assert 'href="/terms/weight-tying/"' in html
    assert 'href="/terms/weight-tying/v/1/"' in html
    assert "Xyzzy" not in html


def test_of_a_removed_term_only_the_remark_is_shown(client, chief):
    term = make_term("Dropout", definition="Taken off.")
    suggestion = suggested(term, definition="Taken off, too.")
    workflow.remove(term_id=term.pk, by=chief, reason="Xyzzy")

    html = page(client.get(status_of(suggestion)))

    assert "My remark." in html
    for secret in ("Taken off", "Xyzzy"):
        assert secret not in html


def test_the_log_says_that_a_reader_came_through_the_site(client):
    propose(client, "Weight tying", sender_name="Ada")

    event = Event.objects.get(kind="revision.suggested")
    assert (event.by, event.by_name, event.is_public, event.door) == (None, "Ada", False, "site")


@pytest.mark.parametrize("address", ["javascript:alert(2)", "ftp://x", "example.org/x"])
def test_what_is_no_address_of_the_web_is_refused_and_kept(address, db):
    typed = forms.shown(make_term().live_revision.content) | {"sources": f"A title | {address}"}

    wish = forms.wished(typed, make_term("Loss").live_revision.content)

    assert wish["sources"] == [{"title": "A title", "url": address}]
