"""The pages of account holders: entering, passwords, and one's own proposals."""

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pages import client_of

from terms import discussion, people, workflow
from terms.models import Comment, Revision

pytestmark = pytest.mark.django_db

PASSWORD = "secret-words-9"  # as the builder gives it
NEW = "words-of-my-own-7"


def log_in(client, user, password=PASSWORD, **more):
    return client.post("/account/login/", {"username": user.username, "password": password, **more})


def text_of(response, status=200):
    assert response.status_code == status, response.content[:300]
    return response.content.decode()


def page_of(revision):
    return f"/account/proposals/{revision.pk}/"


def typed(revision, **changes):
    content = revision.content
    return {
        "based_on": revision.number,
        "name": content["name"],
        "short_definition": content["short_definition"],
        "definition": content["definition"],
        "aliases": "\n".join(alias["text"] for alias in content["aliases"]),
        "sources": "",
        "comment": "",
        **changes,
    }


# --- Entering ------------------------------------------------------------------------------------


def test_everybody_arrives_at_their_place_of_work(editor, contributor):
    assert log_in(Client(), editor).headers["Location"] == "/admin/"
    assert log_in(Client(), contributor).headers["Location"] == "/account/"


def test_who_wanted_to_go_somewhere_arrives_there(editor):
    assert log_in(Client(), editor, next="/admin/terms/term/").headers["Location"] == "/admin/terms/term/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "https:///evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(elsewhere, editor):
    assert log_in(Client(), editor, next=elsewhere).headers["Location"] == "/admin/"
    assert (
        "evil.example"
        not in client_of(editor).get("/account/login/", {"next": elsewhere}).headers["Location"]
    )


def test_the_door_of_the_desk_leads_to_the_one_door():
    client = Client()

    page = client.get("/admin/terms/term/", follow=True)

    assert page.redirect_chain[-1][0] == "/account/login/?next=%2Fadmin%2Fterms%2Fterm%2F"
    assert 'name="next" value="/admin/terms/term/"' in text_of(page)


def test_a_contributor_who_knocks_at_the_desk_ends_at_their_own_page(contributor):
    client = client_of(contributor)

    page = client.get("/admin/", follow=True)

    assert page.redirect_chain[-1][0] == "/account/"
    assert "You have proposed nothing yet" in text_of(page)


def test_who_is_logged_in_is_not_led_round_in_a_circle(editor, contributor):
    arrivals = [
        client_of(person).get("/account/login/?next=/account/login/") for person in (editor, contributor)
    ]

    assert [arrival.headers["Location"] for arrival in arrivals] == ["/admin/", "/account/"]


def test_a_wrong_password_says_so_and_not_whether_there_is_such_a_person(editor):
    wrong = text_of(log_in(Client(), editor, "not-it"))
    nobody = text_of(Client().post("/account/login/", {"username": "nobody", "password": "not-it"}))

    assert "enter a correct username and password" in wrong
    assert "enter a correct username and password" in nobody
    assert "not-it" not in wrong


def test_a_deactivated_person_does_not_enter(editor, chief):
    people.deactivate(user_id=editor.pk, by=chief)

    assert "enter a correct username and password" in text_of(log_in(Client(), editor))


def test_logging_out_takes_a_post(editor):
    client = client_of(editor)

    assert client.get("/account/logout/").status_code == 405
    assert client.get("/account/").status_code == 200
    assert "You are logged out" in text_of(client.post("/account/logout/"))
    assert client.get("/account/").headers["Location"] == "/account/login/?next=/account/"


def test_staff_see_the_frame_of_the_desk_and_contributors_that_of_readers(editor, contributor):
    assert 'class="desk-nav"' in text_of(client_of(editor).get("/account/"))
    assert 'class="masthead-nav"' in text_of(client_of(contributor).get("/account/"))


@pytest.mark.parametrize(
    "path", ["/account/", "/account/login/", "/account/password/", "/account/password/forgotten/"]
)
def test_nothing_keeps_a_page_of_an_account(path, contributor):
    for client in (Client(), client_of(contributor)):
        response = client.get(path)
        assert response.status_code == 302 or "no-store" in response.headers["Cache-Control"]


def test_a_cookie_is_set_only_where_there_is_a_form():
    with_a_form = ["/account/login/", "/account/password/forgotten/"]
    without = ["/account/password/forgotten/?sent=1", "/account/invitation/MQ/x-y/", "/account/"]

    assert [list(Client().get(path).cookies) for path in with_a_form] == [["csrftoken"]] * 2
    assert [list(Client().get(path).cookies) for path in without] == [[], [], []]


# --- Passwords -----------------------------------------------------------------------------------


def test_a_password_is_changed_by_who_knows_it(editor):
    client, elsewhere = client_of(editor), client_of(editor)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    refused = client.post("/account/password/", {**form, "old_password": "not-it"})
    done = client.post("/account/password/", form)

    assert "Your old password was entered incorrectly" in text_of(refused)
    assert done.headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert get_user_model().objects.get(pk=editor.pk).check_password(NEW)


def test_the_answer_is_the_same_whether_there_is_such_an_address(editor):
    editor.email = "editor@example.org"
    editor.save()

    known = Client().post("/account/password/forgotten/", {"email": "editor@example.org"}, follow=True)
    nobody = Client().post("/account/password/forgotten/", {"email": "nobody@example.org"}, follow=True)

    assert known.redirect_chain == nobody.redirect_chain
    assert text_of(known) == text_of(nobody)
    assert [message.to for message in mail.outbox] == [["editor@example.org"]]


def test_a_reset_goes_the_whole_way(editor):
    editor.email = "editor@example.org"
    editor.save()
    client = Client()
    client.post("/account/password/forgotten/", {"email": "editor@example.org"})
    link = next(line for line in mail.outbox[0].body.splitlines() if "/account/password/new/" in line)
    path = link.removeprefix("http://testserver")

    page = text_of(client.get(path))
    refused = client.post(path, {"password": NEW, "again": "another"})
    done = client.post(path, {"password": NEW, "again": NEW}, follow=True)

    assert f"Choose a new password for “{editor.username}”" in page
    assert "the two are not the same" in text_of(refused, 422)
    assert done.redirect_chain[-1][0] == "/admin/"
    assert "was used already" in text_of(Client().get(path), 410)
    assert "was used already" in text_of(Client().post(path, {"password": NEW, "again": NEW}), 410)
    assert log_in(Client(), editor, NEW).status_code == 302


def test_an_invitation_says_what_the_account_is_for_and_lets_in(chief):
    path = people.invite(
        email="grace@example.org", name="Grace Hopper", roles=["Contributors"], by=chief
    ).path
    client = Client()

    page = text_of(client.get(path))
    done = client.post(path, {"password": NEW, "again": NEW}, follow=True)

    assert "Grace Hopper, you are invited to work on Termbook" in page
    assert "you propose terms and changes under your name" in page
    assert "You log in as <strong>grace</strong>" in page
    assert done.redirect_chain[-1][0] == "/account/"


def test_an_invitation_out_of_time_says_what_to_do(chief, settings):
    path = people.invite(email="grace@example.org", name="Grace", roles=["Editors"], by=chief).path
    settings.PASSWORD_RESET_TIMEOUT = -1

    page = text_of(Client().get(path), 410)

    assert "ask the person who invited you to send the invitation again" in page


def test_looking_at_a_link_does_not_use_it(chief):
    invitation = people.invite(email="grace@example.org", name="Grace", roles=["Editors"], by=chief)
    client = Client()

    for _ in range(2):
        client.get(invitation.path)
        client.head(invitation.path)

    assert client.post(invitation.path, {"password": NEW, "again": NEW}).status_code == 302


# --- One's own proposals -------------------------------------------------------------------------


def test_a_list_says_what_became_of_each_text(contributor, reviewer, editor):
    rejected = propose_change(make_term("Kernel"), by=contributor, definition="Wrong.")
    workflow.reject(revision_id=rejected.pk, by=reviewer, reason="It is the other way round.")
    approved = propose_change(make_term("Dropout"), by=contributor, definition="Right.")
    workflow.approve(revision_id=approved.pk, by=reviewer)
    asked = propose_change(make_term("Token"), by=contributor, definition="Perhaps.")
    workflow.request_changes(revision_id=asked.pk, by=reviewer, reason="Give a source.")
    corrected = propose_change(make_term("Tensor"), by=contributor, definition="Nearly.")
    workflow.propose(
        term_id=corrected.term_id,
        based_on=corrected.number,
        content={"definition": "A colleague’s words."},
        by=editor,
    )

    page = text_of(client_of(contributor).get("/account/"))

    assert "It is the other way round." in page
    assert "Published as version 2" in page
    assert 'href="/terms/dropout/">read it' in page
    assert "<strong>Asked for:</strong> Give a source." in page
    assert "The corrected text waits for review." in page
    assert "colleague’s words" not in page
    assert page.index("Token") < page.index("Tensor") < page.index("Kernel")


def test_a_corrected_text_tells_what_became_of_the_correction(contributor, reviewer, editor):
    own = propose_change(make_term("Tensor"), by=contributor, definition="Nearly.")
    second = workflow.propose(
        term_id=own.term_id, based_on=own.number, content={"definition": "Second."}, by=editor
    )
    third = workflow.propose(
        term_id=own.term_id, based_on=second.number, content={"definition": "Third."}, by=editor
    )
    workflow.reject(revision_id=third.pk, by=reviewer, reason="No.")

    for path in ("/account/", page_of(own)):
        page = text_of(client_of(contributor).get(path))
        assert "The corrected text was not accepted." in page
        assert "Third" not in page


def test_an_own_text_that_took_the_place_of_another_stands_alone_in_the_list(contributor):
    first = propose_change(make_term("Tensor"), by=contributor, definition="First.")
    second = workflow.propose(
        term_id=first.term_id, based_on=first.number, content={"definition": "Second."}, by=contributor
    )

    page = text_of(client_of(contributor).get("/account/"))

    assert page_of(second) in page
    assert page_of(first) not in page


def test_the_list_comes_in_pages_and_asks_as_often_for_twenty_as_for_ten(contributor):
    client = client_of(contributor)

    def add(numbers):
        for number in numbers:
            workflow.propose(content={"name": f"Word {number}", "definition": "It."}, by=contributor)

    def count():
        client.get("/account/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/account/")
        return len(captured)

    add(range(10))
    ten = count()
    add(range(10, 20))
    twenty = count()
    add(range(20, 30))

    assert twenty == ten
    assert "page=2" in text_of(client.get("/account/"))
    assert client.get("/account/?page=3").status_code == 404


def test_nobody_reads_the_texts_of_others_by_walking_the_numbers(contributor, editor, chief):
    make_draft("Secret draft", by=editor)
    term = make_term("Dropout", by=editor)
    propose_change(term, by=editor, definition="Secret change.")
    own = propose_change(term, by=contributor, definition="Own change.")
    numbers = range(1, Revision.objects.order_by("-pk").first().pk + 3)

    for user in (contributor, make_user("Contributors"), chief):
        client = client_of(user)
        for number in numbers:
            mine = user == contributor and number == own.pk
            for path in (f"/account/proposals/{number}/", f"/account/proposals/{number}/edit/"):
                assert client.get(path).status_code == (200 if mine else 404), (user, path)
                assert mine or client.post(path, {"_comment": 1, "text": "x"}).status_code == 404
    assert not Comment.objects.exists()


def test_what_is_not_ones_own_is_answered_like_what_never_was(contributor, editor):
    theirs = make_draft("Secret draft", by=editor)
    client = client_of(contributor)

    for number in (theirs.pk, theirs.pk + 1000):
        page = text_of(client.get(f"/account/proposals/{number}/"), 404)
        assert "You have no such proposal." in page
        assert "Secret" not in page


def test_a_change_shows_no_private_part_of_the_text_it_is_based_on(contributor):
    term = make_term(
        "Dropout",
        aliases=[{"text": "Xyzzy hidden", "kind": "hidden"}, "DO"],
        notes=[{"kind": "editorial", "text": "Xyzzy private"}],
    )
    own = propose_change(term, by=contributor, aliases=["DO", "Drop-out"])
    assert any(alias["text"] == "Xyzzy hidden" for alias in own.content["aliases"])

    for path in (page_of(own), f"{page_of(own)}edit/"):
        page = text_of(client_of(contributor).get(path))
        assert "Drop-out" in page
        assert "Xyzzy" not in page


def test_the_page_shows_what_changes_and_what_was_said(contributor, reviewer):
    own = propose_change(make_term("Dropout"), by=contributor, definition="What <b>Dropout</b> does.")
    discussion.comment(revision_id=own.pk, by=reviewer, text="Where is <this> from?")

    page = text_of(client_of(contributor).get(page_of(own)))

    assert "<ins>" in page
    assert "Where is &lt;this&gt; from?" in page
    assert "A change." in page


def test_an_author_answers_in_a_thread(contributor, reviewer):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    asked = discussion.comment(revision_id=own.pk, by=reviewer, text="Why?")

    response = client_of(contributor).post(
        page_of(own), {"_comment": 1, "thread": asked.pk, "text": "Because."}
    )

    assert response.headers["Location"] == page_of(own)
    answer = Comment.objects.get(text="Because.")
    assert (answer.thread, answer.author) == (asked, contributor)


def test_an_answer_to_a_thread_on_the_text_of_somebody_else_is_refused(contributor, editor):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    theirs = propose_change(make_term("Kernel"), by=editor, definition="Other.")
    asked = discussion.comment(revision_id=theirs.pk, by=editor, text="Why?")

    response = client_of(contributor).post(
        page_of(own), {"_comment": 1, "thread": asked.pk, "text": "My words."}
    )

    assert "There is no such discussion on this text." in text_of(response, 409)
    assert "My words." in text_of(response, 409)
    assert not Comment.objects.filter(text="My words.").exists()


def test_an_empty_comment_is_refused(contributor):
    own = propose_change(make_term(), by=contributor, definition="Better.")

    response = client_of(contributor).post(page_of(own), {"_comment": 1, "text": "  "})

    assert "Comment: write something first." in text_of(response, 422)


@pytest.mark.parametrize("data", [{}, {"_approve": 1, "text": "x"}])
def test_nothing_chosen_is_nothing_done(data, contributor):
    own = propose_change(make_term(), by=contributor, definition="Better.")

    response = client_of(contributor).post(page_of(own), data)

    assert "Choose what to do" in text_of(response, 400)
    own.refresh_from_db()
    assert own.state == Revision.State.PROPOSED


def test_an_author_answers_a_request_and_proposes_again(contributor, reviewer):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    workflow.request_changes(revision_id=own.pk, by=reviewer, reason="Give a source.")
    client = client_of(contributor)

    empty = client.post(page_of(own), {"_resubmit": 1, "text": ""})
    client.post(page_of(own), {"_resubmit": 1, "text": "There is none."})

    assert "say why the text stays as it is" in text_of(empty, 422)
    own.refresh_from_db()
    assert own.state == Revision.State.PROPOSED
    assert Comment.objects.filter(text="There is none.", author=contributor).exists()


def test_an_author_withdraws_once(contributor):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    client = client_of(contributor)

    done = client.post(page_of(own), {"_withdraw": 1}, follow=True)
    again = client.post(page_of(own), {"_withdraw": 1})

    assert "Your proposal is withdrawn" in text_of(done)
    assert "is withdrawn" in text_of(again, 409)


def test_an_overtaken_text_is_brought_up_to_date(contributor, reviewer):
    term = make_term("Dropout", definition="One. Two.")
    own = propose_change(term, by=contributor, definition="One. Two. Three.")
    other = propose_change(term, short_definition="In short.")
    workflow.approve(revision_id=other.pk, by=reviewer)
    client = client_of(contributor)

    page = text_of(client.get(page_of(own)))
    response = client.post(page_of(own), {"_bring_up_to_date": 1})

    assert "Something was published since you wrote" in page
    newer = Revision.objects.get(supersedes=own)
    assert response.headers["Location"] == page_of(newer)
    assert newer.content["short_definition"] == "In short."


def test_what_was_asked_for_is_seen_also_after_the_text_was_brought_up_to_date(contributor, reviewer):
    term = make_term(short_definition="Short.")
    first = propose_change(term, by=contributor, definition="Longer.")
    workflow.request_changes(revision_id=first.pk, by=reviewer, reason="Name a source.")
    other = propose_change(term, short_definition="Shorter.")
    workflow.approve(revision_id=other.pk, by=reviewer)
    newer = workflow.bring_up_to_date(revision_id=first.pk, by=contributor)

    own = text_of(client_of(contributor).get("/account/"))
    form = text_of(client_of(contributor).get(f"/account/proposals/{newer.pk}/edit/"))

    assert own.count("Name a source.") == form.count("Name a source.") == 1


# --- Writing it anew -----------------------------------------------------------------------------


def test_a_reworked_text_takes_the_place_of_the_old_one(contributor):
    term = make_term("Dropout", aliases=[{"text": "DO", "kind": "acronym"}], sources=[{"title": "A book"}])
    own = propose_change(term, by=contributor, definition="Better.")
    form = typed(
        own,
        definition="Best.",
        aliases="DO\nDrop-out",
        sources="A book\nA page | https://example.org/page",
        comment="With a source.",
    )

    response = client_of(contributor).post(f"{page_of(own)}edit/", form)

    newer = Revision.objects.get(supersedes=own)
    assert response.headers["Location"] == page_of(newer)
    assert (newer.author, newer.state, newer.comment) == (contributor, "proposed", "With a source.")
    assert newer.content["definition"] == "Best."
    assert [(alias["text"], alias["kind"]) for alias in newer.content["aliases"]] == [
        ("DO", "acronym"),
        ("Drop-out", "synonym"),
    ]
    assert [(source["title"], source["url"]) for source in newer.content["sources"]] == [
        ("A book", ""),
        ("A page", "https://example.org/page"),
    ]
    own.refresh_from_db()
    assert own.state == Revision.State.SUPERSEDED


def test_a_refused_form_keeps_every_word(contributor):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    form = typed(
        own, name="", definition="My long work.", sources="Book | ftp://x.example/a b", comment="Why"
    )

    page = text_of(client_of(contributor).post(f"{page_of(own)}edit/", form), 422)

    assert "Name: a term needs a name." in page
    for word in ("My long work.", "Book | ftp://x.example/a b", "Why"):
        assert word in page
    assert not Revision.objects.filter(supersedes=own).exists()


def test_what_was_published_meanwhile_is_shown_and_the_words_are_kept(contributor, reviewer):
    term = make_term("Dropout", definition="One. Two.")
    own = propose_change(term, by=contributor, definition="One. Two. Three.")
    form = typed(own, definition="One. Two. Three. Four.", comment="More.")
    workflow.approve(revision_id=propose_change(term, short_definition="In short.").pk, by=reviewer)
    client = client_of(contributor)

    page = text_of(client.post(f"{page_of(own)}edit/", form), 409)
    term.refresh_from_db()
    live = term.live_revision
    again = {**form, "based_on": live.number, "short_definition": "In short."}
    response = client.post(f"{page_of(own)}edit/", again)

    assert "was published while you were editing" in page
    assert "What was published since you wrote" in page
    assert "One. Two. Three. Four." in page
    assert f'name="based_on" value="{live.number}"' in page
    newer = Revision.objects.get(supersedes=own)
    assert response.headers["Location"] == page_of(newer)
    assert newer.based_on == live
    assert newer.content["definition"] == "One. Two. Three. Four."
    assert newer.content["short_definition"] == "In short."


def test_the_form_of_an_overtaken_text_begins_with_both(contributor, reviewer):
    term = make_term("Dropout", definition="One. Two.")
    own = propose_change(term, by=contributor, definition="One. Two. Three.")
    workflow.approve(revision_id=propose_change(term, short_definition="In short.").pk, by=reviewer)

    page = text_of(client_of(contributor).get(f"{page_of(own)}edit/"))

    assert "One. Two. Three." in page
    assert "In short." in page


def test_a_correction_by_a_colleague_is_told_and_not_shown(contributor, editor):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    form = typed(own, definition="My own words.")
    workflow.propose(
        term_id=own.term_id, based_on=own.number, content={"definition": "Xyzzy of a colleague."}, by=editor
    )

    page = text_of(client_of(contributor).post(f"{page_of(own)}edit/", form), 409)

    assert "An editor corrected your text while you were writing" in page
    assert "My own words." in page
    assert "Xyzzy" not in page


def test_what_can_not_be_reworked_leads_back(contributor, reviewer):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    workflow.approve(revision_id=own.pk, by=reviewer)

    response = client_of(contributor).get(f"{page_of(own)}edit/")

    assert response.headers["Location"] == page_of(own)


def test_a_rejected_text_is_reworked(contributor, reviewer):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    workflow.reject(revision_id=own.pk, by=reviewer, reason="Not yet.")
    client = client_of(contributor)

    assert "Better." in text_of(client.get(f"{page_of(own)}edit/"))
    client.post(f"{page_of(own)}edit/", typed(own, definition="Now."))

    assert Revision.objects.get(supersedes=own).state == Revision.State.PROPOSED


def test_without_the_right_to_propose_nothing_is_sent(contributor):
    own = propose_change(make_term(), by=contributor, definition="Better.")
    contributor.groups.clear()

    response = client_of(contributor).post(f"{page_of(own)}edit/", typed(own, definition="More."))

    assert "no right to do this" in text_of(response, 403)
    assert "More." in text_of(response, 403)


@pytest.mark.parametrize("based_on", ["", "x", "-1", "0", "٣", "99999999999999999999"])
def test_a_form_without_its_number_is_taken_as_one_on_the_own_text(based_on, contributor):
    own = propose_change(make_term(), by=contributor, definition="Better.")

    response = client_of(contributor).post(
        f"{page_of(own)}edit/", typed(own, definition="More.", based_on=based_on)
    )

    assert response.status_code == 302
    assert Revision.objects.get(supersedes=own).content["definition"] == "More."


# --- Name and address ----------------------------------------------------------------------------


def test_own_details_are_changed_and_what_is_refused_comes_back(contributor):
    client = client_of(contributor)
    given = {"name": "Ada Lovelace", "email": "ada@example.org", "password": "wrong"}

    refused = client.post("/account/details/", given)
    kept = client.post("/account/details/", given | {"password": "secret-words-9"}, follow=True)

    assert "Password: give yours, to change the address" in text_of(refused, status=422)
    assert 'value="ada@example.org"' in text_of(refused, status=422)
    assert "Your details are kept." in text_of(kept)
    contributor.refresh_from_db()
    assert (contributor.get_full_name(), contributor.email) == ("Ada Lovelace", "ada@example.org")
