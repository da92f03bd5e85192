"""The screens for people and roles at the desk."""

import re

import pytest
from builders import make_term, make_user, propose_change
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pages import client_of

from terms import people, workflow
from terms.admin import roles
from terms.models import Event, Revision
from terms.workflow import TRANSITIONS

pytestmark = pytest.mark.django_db

PEOPLE, INVITE = "/admin/people/", "/admin/people/invite/"
ADA = {"name": "Ada Lovelace", "email": "ada@example.org", "roles": ["Editors", "Reviewers"]}


def text_of(response, status=200):
    assert response.status_code == status, response.content[:300]
    return response.content.decode()


def page_of(user):
    return f"{PEOPLE}{user.pk}/"


# --- Who may enter -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Editors", "Reviewers"])
def test_only_those_with_the_right_see_people(role, chief):
    client = client_of(make_user(role))

    for path in (PEOPLE, INVITE, page_of(chief)):
        assert client.get(path).status_code == 403
        assert client.post(path, {"_deactivate": 1, **ADA}).status_code in {403, 405}
    assert ">People<" not in text_of(client.get("/admin/roles/"))
    chief.refresh_from_db()
    assert chief.is_active


@pytest.mark.parametrize("role", ["", "Contributors"])
def test_who_has_no_place_at_the_desk_is_led_away(role):
    client = client_of(make_user(role)) if role else Client()

    for path in (PEOPLE, INVITE, "/admin/roles/"):
        assert client.get(path).headers["Location"].startswith("/admin/login/")


def test_the_roles_say_who_merges_and_where_that_leads(editor):
    page = " ".join(text_of(client_of(editor).get("/admin/roles/")).split())

    lines = {line.what: line for line in roles._lines("term", roles._rights_of_roles())}
    may = {what: [role for role, said in line.cells if said] for what, line in lines.items()}
    assert may["Merge"] == may["Split"] == may["Undo a merge or split"] == ["Chief editors"]
    assert may["Propose a merge or split"] == ["Editors", "Reviewers", "Chief editors"]
    assert lines["Split"].way == "from draft, published or deprecated; the state stays"
    assert lines["Undo a merge or split"].way == "from merged to what it was"
    assert all(line.way in page for line in lines.values())


def test_chiefs_and_superusers_find_people_in_the_masthead(chief, superuser):
    for user in (chief, superuser):
        assert f'<a href="{PEOPLE}"' in text_of(client_of(user).get("/admin/roles/"))


def test_all_rights_are_for_superusers(chief, superuser, editor):
    all_rights = f"/admin/auth/user/{editor.pk}/change/"

    assert all_rights in text_of(client_of(superuser).get(page_of(editor)))
    assert all_rights not in text_of(client_of(chief).get(page_of(editor)))
    assert client_of(chief).get(all_rights).status_code == 403


# --- The list ------------------------------------------------------------------------------------


def test_the_list_shows_roles_state_and_open_texts(chief, editor, contributor):
    propose_change(make_term(by=editor), by=contributor, definition="Better.")
    people.invite(by=chief, **ADA)
    people.deactivate(user_id=editor.pk, by=chief)

    page = text_of(client_of(chief).get(PEOPLE))

    rows = {
        username: row
        for row in page.split("<tr")[1:]
        for username in re.findall(r"people/\d+/\">(.*?)<", row)
    }
    assert "Contributors" in rows[contributor.username]
    assert 'class="amount">1<' in rows[contributor.username]
    assert "Deactivated" in rows[editor.username]
    assert "Invited" in rows["Ada Lovelace"]
    assert "ada@example.org" in rows["Ada Lovelace"]


def test_the_account_of_readers_is_not_listed(chief):
    workflow.suggest(content={"name": "Dropout", "definition": "A text."}, sender=workflow.Sender())
    reader = get_user_model().objects.get(username=workflow.READER)
    client = client_of(chief)

    assert workflow.READER not in text_of(client.get(PEOPLE))
    assert client.get(page_of(reader)).status_code == 404


@pytest.mark.parametrize("wanted", ["love", "ada example", "ADA@", "Lovelace Ada"])
def test_people_are_found_by_parts_of_what_is_known_of_them(wanted, chief):
    people.invite(by=chief, **ADA)
    other = make_user("Editors", first_name="Grace")

    page = text_of(client_of(chief).get(PEOPLE, {"q": wanted}))

    assert "Ada Lovelace" in page
    assert other.first_name not in page


def test_who_is_not_found_is_said(chief):
    assert "Nobody is called “&lt;xyzzy”." in text_of(client_of(chief).get(PEOPLE, {"q": "<xyzzy\0"}))


def test_the_list_asks_as_often_for_twenty_people_as_for_ten(chief):
    client = client_of(chief)

    def count():
        with CaptureQueriesContext(connection) as captured:
            client.get(PEOPLE)
        return len(captured)

    for _ in range(10):
        make_user("Editors")
    ten = count()
    for _ in range(10):
        make_user("Reviewers")

    assert count() == ten


# --- Inviting ------------------------------------------------------------------------------------


def test_an_invitation_is_mailed_and_only_its_owner_sees_the_link(chief):
    client = client_of(chief)

    page = text_of(client.post(INVITE, ADA))

    user = get_user_model().objects.get(email="ada@example.org")
    link = re.search(r"http://testserver(/account/invitation/\S+)", mail.outbox[0].body)[1]
    assert "The invitation is on its way to ada@example.org." in page
    assert "/account/invitation/" not in page
    assert Client().get(link).status_code == 200
    token = link.strip("/").split("/")[-1]
    for path in (page_of(user), PEOPLE, "/admin/terms/event/"):
        assert token not in text_of(client.get(path))


@pytest.mark.parametrize("backend", ["smtp", "console"])
def test_a_link_is_shown_once_where_no_mail_leaves_the_house(chief, settings, backend):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client = client_of(chief)

    page = text_of(client.post(INVITE, ADA))

    user = get_user_model().objects.get(email="ada@example.org")
    link = re.search(r'value="http://testserver(/account/invitation/[^"]+)"', page)[1]
    said = {"smtp": "No mail server took the invitation.", "console": "mails are only printed by the server."}
    assert said[backend] in page
    assert Client().get(link).status_code == 200
    assert link not in text_of(client.get(page_of(user)))


def test_links_are_made_for_the_public_address(chief, settings):
    settings.SITE_URL = "https://glossary.example"

    text_of(client_of(chief).post(INVITE, ADA, headers={"host": "localhost"}))

    assert "https://glossary.example/account/invitation/" in mail.outbox[0].body


def test_a_refused_invitation_keeps_what_was_typed(chief):
    client = client_of(chief)
    text_of(client.post(INVITE, ADA))

    page = text_of(client.post(INVITE, {**ADA, "name": "Ada Again"}), 422)

    assert "belongs to Ada Lovelace (ada) already" in page
    assert 'value="Ada Again"' in page
    assert re.search(r'value="Reviewers"[^>]*checked', page)
    assert len(mail.outbox) == 1


def test_only_roles_that_one_may_give_are_offered_and_taken(chief):
    Group.objects.get(name="Reviewers").permissions.add(Permission.objects.get(codename="change_user"))
    client = client_of(chief)

    assert 'value="Reviewers"' not in text_of(client.get(INVITE))
    assert "Nobody can give a right that they do not have" in text_of(client.post(INVITE, ADA), 403)
    assert not get_user_model().objects.filter(email="ada@example.org").exists()


@pytest.mark.parametrize("field", ["is_superuser", "is_staff", "groups", "user_permissions", "username"])
def test_a_form_gives_nothing_that_it_does_not_ask_for(field, chief):
    text_of(client_of(chief).post(INVITE, {**ADA, "roles": ["Contributors"], field: "1"}))

    user = get_user_model().objects.get(email="ada@example.org")
    assert (user.username, user.is_superuser, user.is_staff) == ("ada", False, False)
    assert not user.user_permissions.exists()


# --- One person ----------------------------------------------------------------------------------


def test_roles_are_changed(chief, editor):
    client = client_of(chief)

    response = client.post(page_of(editor), {"_roles": 1, "roles": ["Reviewers"]}, follow=True)

    assert f"The roles of {editor.username} are changed." in text_of(response)
    assert [group.name for group in editor.groups.all()] == ["Reviewers"]


def test_an_account_is_closed_and_opened(chief, editor):
    client = client_of(chief)
    own = propose_change(make_term(), by=editor, definition="Better.")

    closed = text_of(client.post(page_of(editor), {"_deactivate": 1}, follow=True))
    review = text_of(client.get(f"/admin/terms/revision/{own.pk}/change/"))
    opened = text_of(client.post(page_of(editor), {"_reactivate": 1}, follow=True))

    assert "is deactivated." in closed
    assert 'name="_reactivate"' in closed
    assert editor.username in review
    assert "is open again." in opened
    assert Event.objects.filter(by=editor).exists()


def test_somebody_is_invited_again(chief):
    client = client_of(chief)
    text_of(client.post(INVITE, ADA))
    user = get_user_model().objects.get(email="ada@example.org")

    page = text_of(client.post(page_of(user), {"_invite_again": 1}))

    assert "The invitation is on its way to ada@example.org." in page
    assert len(mail.outbox) == 2
    assert mail.outbox[0].body != mail.outbox[1].body


def test_the_link_for_a_new_password_is_seen_by_its_owner_only(chief, editor):
    editor.email = "editor@example.org"
    editor.save()

    page = text_of(client_of(chief).post(page_of(editor), {"_reset": 1}, follow=True))

    assert "The link for a new password is on its way." in page
    assert "/account/password/new/" in mail.outbox[0].body
    assert "/account/password/new/" not in page


def test_a_reset_that_the_mail_server_did_not_take_is_told(chief, editor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    editor.email = "editor@example.org"
    editor.save()

    page = text_of(client_of(chief).post(page_of(editor), {"_reset": 1}), 400)

    assert "The mail server did not take the mail." in page


@pytest.mark.parametrize("action", ["_roles", "_deactivate", "_reactivate", "_reset", "_invite_again"])
def test_a_chief_gets_nowhere_with_an_administrator(action, chief, superuser):
    client = client_of(chief)

    page = text_of(client.get(page_of(superuser)))
    refused = client.post(page_of(superuser), {action: 1, "roles": ["Contributors"]})

    assert "This is an administrator." in page
    assert 'name="_deactivate"' not in page
    assert "Only administrators change that account." in text_of(refused, 403)
    superuser.refresh_from_db()
    assert superuser.is_active
    assert superuser.is_superuser


@pytest.mark.parametrize("action", ["_roles", "_deactivate"])
def test_ones_own_roles_and_account_are_for_somebody_else(action, chief):
    client = client_of(chief)

    page = text_of(client.get(page_of(chief)))
    refused = client.post(page_of(chief), {action: 1, "roles": ["Contributors"]})

    assert "This is your own account" in page
    assert "Ask somebody else who may." in text_of(refused, 403)
    chief.refresh_from_db()
    assert chief.is_active
    assert [group.name for group in chief.groups.all()] == ["Chief editors"]


def test_nothing_chosen_is_nothing_done(chief, editor):
    assert "Choose what should become of the account." in text_of(client_of(chief).post(page_of(editor)), 400)


@pytest.mark.parametrize("path", ["/admin/people/0/", "/admin/people/99999999999999999999/"])
def test_who_is_not_there_has_no_page(path, chief):
    assert client_of(chief).get(path).status_code == 404
    assert client_of(chief).post(path, {"_deactivate": 1}).status_code == 404


# --- Roles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Editors", "Reviewers", "Chief editors"])
def test_everybody_at_the_desk_reads_what_roles_may_do(role):
    page = text_of(client_of(make_user(role)).get("/admin/roles/"))

    assert f"You are in {role}." in page
    for rule in TRANSITIONS.values():
        assert rule.meaning in page
    assert "Can invite people and deactivate accounts" in page


def line_of(page, what):
    row = next(row for row in page.split("<tr")[1:] if f'rowheader">{what}' in row)
    return dict(re.findall(r'data-label="([^"]+)"[^>]*>([^<]*)<', row)), row


def test_the_table_says_who_on_whose_texts_and_from_where_to_where(chief):
    page = text_of(client_of(chief).get("/admin/roles/"))

    approve, row = line_of(page, "Approve")
    propose, _ = line_of(page, "Propose <")
    withdraw, _ = line_of(page, "Withdraw")

    assert approve == {
        "Contributors": "no",
        "Editors": "no",
        "Reviewers": "others’ only",
        "Chief editors": "others’ only",
    }
    assert "from proposed to approved" in row
    assert propose["Contributors"] == "own and published"
    assert propose["Editors"] == "anybody’s"
    assert set(withdraw.values()) == {"own"}
    assert "four eyes hold for everybody" in page


def test_the_table_follows_what_the_groups_may_and_the_setting(chief, settings):
    Group.objects.get(name="Editors").permissions.add(Permission.objects.get(codename="review_term"))
    settings.SELF_REVIEW = True

    page = text_of(client_of(chief).get("/admin/roles/"))

    assert line_of(page, "Approve")[0]["Editors"] == "anybody’s"
    assert "Authors may decide on their own texts here" in page


def test_every_transition_can_be_said_in_words():
    for rule in TRANSITIONS.values():
        assert roles.way(rule)
        assert roles.whose(rule, {rule.permission})
        assert roles.whose(rule, set()) == ""


def test_looking_at_people_changes_nothing(chief, editor):
    client = client_of(chief)
    before = list(get_user_model().objects.order_by("pk").values()), Event.objects.count()

    for path in (PEOPLE, INVITE, page_of(editor), "/admin/roles/", f"{page_of(editor)}?_deactivate=1"):
        text_of(client.get(path))

    assert (list(get_user_model().objects.order_by("pk").values()), Event.objects.count()) == before
    assert not Revision.objects.exists()


def test_an_address_is_entered_where_there_is_none(chief):
    person = make_user("Editors")
    client = client_of(chief)
    page = page_of(person)

    before = client.get(page).content.decode()
    refused = client.post(page, {"_address": "1", "email": "ada"})
    client.post(page, {"_address": "1", "email": "ada@example.org"})

    assert 'name="_address"' in before
    assert "“ada” is not an address" in refused.content.decode()
    person.refresh_from_db()
    assert person.email == "ada@example.org"
    assert 'name="_address"' not in client.get(page).content.decode()
