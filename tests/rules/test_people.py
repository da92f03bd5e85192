"""Inviting people, closing accounts, and what nobody may hand out."""

import logging
from datetime import date, timedelta

import pytest
from builders import ROLES, make_draft, make_term, make_user, propose_change
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.db import models
from django.test import Client
from django.utils import timezone

from terms import people, tokens, workflow
from terms.errors import InvalidContent, NotAllowed, WrongState
from terms.models import Event, Revision

pytestmark = pytest.mark.django_db
ORIGIN = "https://glossary.example"


def invite(by, email="ada.lovelace@example.org", name="Ada Lovelace", roles=("Editors",)):
    return people.invite(email=email, name=name, roles=roles, by=by)


def parts_of(path):
    """Return the two last parts of the path of a link: for whom it is, and the token."""
    return tuple(path.strip("/").split("/")[-2:])


PASSWORD = "words-of-my-own-7"


def enter(invitation, password=PASSWORD):
    uid, token = parts_of(invitation.path)
    return people.choose_password(uid=uid, token=token, password=password, again=password)


def role_names(user):
    return set(user.groups.values_list("name", flat=True))


def last_event(kind):
    return Event.objects.filter(kind=kind).first()


# --- Inviting ------------------------------------------------------------------------------------


def test_an_invited_person_has_roles_and_no_password(chief):
    invitation = invite(chief, roles=["Reviewers", "Editors"])

    user = get_user_model().objects.get(email="ada.lovelace@example.org")
    assert invitation.user == user
    assert (user.username, user.get_full_name()) == ("ada.lovelace", "Ada Lovelace")
    assert role_names(user) == {"Editors", "Reviewers"}
    assert user.is_staff
    assert user.is_active
    assert not user.has_usable_password()
    event = last_event(Event.Kind.INVITED)
    assert (event.by, event.note) == (chief, "Ada Lovelace (ada.lovelace) as Editors, Reviewers.")


def test_a_contributor_is_not_let_to_the_desk(chief):
    assert not invite(chief, roles=["Contributors"]).user.is_staff


@pytest.mark.parametrize(
    ("email", "username"),
    [
        ("Ada.Lovelace@example.org", "ada.lovelace"),
        ("ada+glossary@example.org", "ada"),
        ("+++@example.org", "person"),
        ("jürgen@example.org", "jürgen"),
        (f"{'a' * 64}@example.org", "a" * 64),
    ],
)
def test_a_username_is_what_stands_before_the_at(chief, email, username):
    if not email.isascii():
        with pytest.raises(InvalidContent, match="is not an address"):
            invite(chief, email=email)
        return

    assert invite(chief, email=email).user.username == username


def test_a_username_that_is_taken_gets_a_number(chief):
    make_user(username="ADA")
    make_user(username="ada2")

    assert invite(chief, email="ada@example.org").user.username == "ada3"


@pytest.mark.parametrize("name", ["Ada", "Ada King Lovelace", "  Ada   King\tLovelace "])
def test_a_name_of_any_number_of_words_stays_whole(chief, name):
    assert invite(chief, name=name).user.get_full_name() == " ".join(name.split())


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "ada"}, "E-mail: “ada” is not an address. Write it as name@example.org."),
        ({"email": "ada@example.org\nBcc: x@example.org"}, "is not an address"),
        ({"name": "  "}, "Name: say who it is"),
        ({"name": "Ada\x00"}, "take out the control characters"),
        ({"name": "x" * 151}, "151 characters are too many; 150 are allowed"),
        ({"roles": []}, "Roles: choose at least one"),
        ({"roles": ["Superusers"]}, "“Superusers” is not a role. Use Contributors, Editors"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_with_what_to_do(chief, wrong, sentence):
    with pytest.raises(InvalidContent) as refusal:
        invite(chief, **wrong)

    assert sentence in refusal.value.message
    assert not Event.objects.filter(kind=Event.Kind.INVITED).exists()


def test_an_address_has_one_account(chief):
    invite(chief)

    with pytest.raises(InvalidContent, match=r"belongs to Ada Lovelace .* already\. Change the roles"):
        invite(chief, email="ADA.lovelace@Example.org")


def test_who_is_deactivated_is_not_invited_anew(chief):
    user = invite(chief).user
    people.deactivate(user_id=user.pk, by=chief)

    with pytest.raises(InvalidContent, match=r"who is deactivated\. Reactivate that account"):
        invite(chief)


@pytest.mark.parametrize("role", ["", "Contributors", "Editors", "Reviewers"])
def test_who_has_no_right_to_it_manages_nobody(role, chief):
    outsider = make_user(role)
    invited = invite(chief).user
    closed = make_user("Editors", is_active=False)
    acts = [
        lambda: invite(outsider, email="x@example.org"),
        lambda: people.renew_invitation(user_id=invited.pk, by=outsider),
        lambda: people.deactivate(user_id=invited.pk, by=outsider),
        lambda: people.reactivate(user_id=closed.pk, by=outsider),
        lambda: people.change_roles(user_id=invited.pk, roles=["Chief editors"], by=outsider),
        lambda: people.change_roles(user_id=outsider.pk, roles=["Chief editors"], by=outsider),
        lambda: people.send_password_reset(user_id=chief.pk, by=outsider, origin=ORIGIN),
    ]

    for act in acts:
        with pytest.raises(NotAllowed, match=r"your account has no right to do this\. Ask a chief editor"):
            act()


def test_who_was_deactivated_meanwhile_manages_nobody(chief, superuser):
    as_it_was = get_user_model().objects.get(pk=chief.pk)
    people.deactivate(user_id=chief.pk, by=superuser)

    with pytest.raises(NotAllowed, match="no right to do this"):
        people.deactivate(user_id=make_user("Editors").pk, by=as_it_was)


# --- Handing out rights --------------------------------------------------------------------------


def take_right_from(role, codename):
    Group.objects.get(name=role).permissions.remove(Permission.objects.get(codename=codename))


def test_nobody_invites_into_a_role_with_a_right_that_they_lack(chief):
    take_right_from("Chief editors", "review_term")
    chief = get_user_model().objects.get(pk=chief.pk)

    with pytest.raises(NotAllowed, match="Nobody can give a right that they do not have: “Can approve"):
        invite(chief, roles=["Reviewers"])

    assert people.roles_to_give(chief) == ("Contributors", "Editors", "Chief editors")
    assert not get_user_model().objects.filter(email="ada.lovelace@example.org").exists()


def test_nobody_gives_a_role_with_a_right_that_they_lack(chief):
    take_right_from("Chief editors", "review_term")
    editor = make_user("Editors")

    with pytest.raises(NotAllowed, match="Nobody can give a right"):
        people.change_roles(user_id=editor.pk, roles=["Editors", "Reviewers"], by=chief)

    assert role_names(editor) == {"Editors"}


def test_a_role_that_somebody_made_mightier_is_not_given_by_those_who_lack_it(chief):
    Group.objects.get(name="Editors").permissions.add(Permission.objects.get(codename="change_user"))

    with pytest.raises(NotAllowed, match="Nobody can give a right"):
        invite(chief)


def test_whoever_lacks_the_rights_of_an_invited_person_is_given_no_link_for_the_account(chief, superuser):
    invited = invite(superuser).user
    invited.user_permissions.add(Permission.objects.get(codename="change_user"))

    with pytest.raises(NotAllowed, match="Nobody can give a right"):
        people.renew_invitation(user_id=invited.pk, by=chief)


def test_whoever_lacks_the_rights_of_a_closed_account_does_not_open_it(chief):
    closed = make_user("Editors", is_active=False)
    closed.user_permissions.add(Permission.objects.get(codename="change_user"))

    with pytest.raises(NotAllowed, match="Nobody can give a right"):
        people.reactivate(user_id=closed.pk, by=chief)


def test_a_superuser_gives_every_role(superuser):
    make_user("Editors")  # the groups are there

    assert people.roles_to_give(superuser) == people.ROLES
    assert role_names(invite(superuser, roles=people.ROLES).user) == set(people.ROLES)


def test_chiefs_do_not_touch_administrators(chief, superuser):
    closed = make_user(username="old-root", is_superuser=True, is_active=False)
    acts = [
        lambda: people.deactivate(user_id=superuser.pk, by=chief),
        lambda: people.reactivate(user_id=closed.pk, by=chief),
        lambda: people.change_roles(user_id=superuser.pk, roles=["Contributors"], by=chief),
        lambda: people.renew_invitation(user_id=superuser.pk, by=chief),
        lambda: people.send_password_reset(user_id=superuser.pk, by=chief, origin=ORIGIN),
    ]

    for act in acts:
        with pytest.raises(
            NotAllowed, match=r"is an administrator\. Only administrators change that account"
        ):
            act()
    assert mail.outbox == []


def test_nobody_changes_their_own_roles_or_closes_their_own_account(chief, superuser):
    for user in (chief, superuser):
        with pytest.raises(NotAllowed, match="You cannot change your own roles"):
            people.change_roles(user_id=user.pk, roles=["Contributors"], by=user)
        with pytest.raises(NotAllowed, match="You cannot deactivate your own account"):
            people.deactivate(user_id=user.pk, by=user)


def test_one_administrator_is_always_left(superuser):
    other = make_user(username="other-root", is_superuser=True, is_staff=True)
    as_it_was = get_user_model().objects.get(pk=other.pk)

    people.deactivate(user_id=other.pk, by=superuser)
    with pytest.raises(NotAllowed):
        people.deactivate(user_id=superuser.pk, by=as_it_was)

    assert get_user_model().objects.filter(is_superuser=True, is_active=True).get() == superuser


def test_roles_are_exactly_those_asked_for_and_other_groups_stay(chief):
    user = make_user("Editors")
    user.groups.add(Group.objects.create(name="Translators"))

    people.change_roles(user_id=user.pk, roles=["Contributors"], by=chief)

    user.refresh_from_db()
    assert role_names(user) == {"Contributors", "Translators"}
    assert not user.is_staff
    event = last_event(Event.Kind.ROLES_CHANGED)
    assert event.note == f"{user.username}: from Editors to Contributors."
    assert event.by == chief


def test_roles_that_are_unknown_or_as_they_were_are_refused(chief):
    user = make_user("Editors")

    with pytest.raises(InvalidContent, match="“Gods” is not a role"):
        people.change_roles(user_id=user.pk, roles=["Gods"], by=chief)
    with pytest.raises(InvalidContent, match="choose at least one"):
        people.change_roles(user_id=user.pk, roles=[], by=chief)
    with pytest.raises(WrongState, match="has these roles already"):
        people.change_roles(user_id=user.pk, roles=["Editors"], by=chief)


def test_the_account_of_readers_is_nobodys(chief, superuser):
    workflow.suggest(content={"name": "Dropout", "definition": "A text."}, sender=workflow.Sender())
    reader = get_user_model().objects.get(username=workflow.READER)

    for by in (chief, superuser):
        with pytest.raises(NotAllowed, match="it is nobody’s"):
            people.reactivate(user_id=reader.pk, by=by)
        assert not people.may_touch(by, reader)


def test_an_account_that_is_not_there_is_said_to_be_none(chief):
    with pytest.raises(WrongState, match="There is no such account"):
        people.deactivate(user_id=0, by=chief)


# --- Closing and opening -------------------------------------------------------------------------


def test_what_somebody_wrote_decided_and_said_stays_under_their_name(chief, reviewer, editor):
    term = make_term(by=editor, reviewer=reviewer)
    waiting = propose_change(term, by=editor, definition="Another.")
    events = list(Event.objects.filter(by=editor).values_list("pk", "by_name"))

    people.deactivate(user_id=editor.pk, by=chief)

    waiting.refresh_from_db()
    assert (waiting.author, waiting.state) == (editor, Revision.State.PROPOSED)
    assert events
    assert list(Event.objects.filter(by=editor).values_list("pk", "by_name")) == events
    assert term.live_revision.author == editor
    assert last_event(Event.Kind.DEACTIVATED).note == f"{editor.username}."


def test_a_deactivated_person_enters_by_no_door(chief, editor):
    token, secret = tokens.issue_token(owner=editor, name="A program", scopes=[], days=9)
    browser = Client()
    browser.force_login(editor)

    people.deactivate(user_id=editor.pk, by=chief)

    token.refresh_from_db()
    assert token.revoked_at is not None
    assert tokens.authenticate(secret) is None
    assert not Client().login(username=editor.username, password="secret-words-9")
    assert browser.get("/admin/").status_code == 302


def test_a_session_from_before_does_not_come_back_with_the_account(
    chief, editor, django_capture_on_commit_callbacks
):
    browser, others = Client(), Client()
    browser.force_login(editor)
    others.force_login(chief)

    with django_capture_on_commit_callbacks(execute=True):
        people.deactivate(user_id=editor.pk, by=chief)
    people.reactivate(user_id=editor.pk, by=chief)

    assert browser.get("/account/").status_code == 302
    assert others.get("/account/").status_code == 200


def test_what_is_assigned_goes_back_to_nobody_and_keeps_its_day(chief, editor, reviewer):
    revision = make_draft(by=editor)
    workflow.assign(revision_id=revision.pk, by=chief, to=reviewer, due_on=date(2090, 1, 2))

    people.deactivate(user_id=reviewer.pk, by=chief)

    revision.refresh_from_db()
    assert revision.assignee is None
    assert revision.due_on == date(2090, 1, 2)
    event = last_event(Event.Kind.ASSIGNED)
    assert (event.revision, event.by) == (revision, chief)
    assert event.note == f"To nobody: {reviewer.username} cannot take care of it any more."


def test_who_may_not_see_proposals_any_more_keeps_no_assignment(chief, editor, reviewer):
    revision = make_draft(by=editor)
    workflow.assign(revision_id=revision.pk, by=chief, to=reviewer)

    people.change_roles(user_id=reviewer.pk, roles=["Contributors"], by=chief)

    revision.refresh_from_db()
    assert revision.assignee is None


def test_an_account_opens_again_with_its_roles(chief, reviewer):
    people.deactivate(user_id=reviewer.pk, by=chief)

    people.reactivate(user_id=reviewer.pk, by=chief)

    assert Client().login(username=reviewer.username, password="secret-words-9")
    assert role_names(reviewer) == {"Reviewers"}
    assert last_event(Event.Kind.REACTIVATED).note == f"{reviewer.username}, as Reviewers."


def test_what_is_so_already_is_refused(chief, editor):
    with pytest.raises(WrongState, match="is active"):
        people.reactivate(user_id=editor.pk, by=chief)
    people.deactivate(user_id=editor.pk, by=chief)
    with pytest.raises(WrongState, match="is deactivated already"):
        people.deactivate(user_id=editor.pk, by=chief)


# --- Links ---------------------------------------------------------------------------------------


def test_a_link_sets_the_password_once(chief):
    invitation = invite(chief)

    enter(invitation)

    assert Client().login(username="ada.lovelace", password="words-of-my-own-7")
    assert people.find_by_link(*parts_of(invitation.path)) is None
    with pytest.raises(NotAllowed, match=r"used or out of time\. Ask for a new one"):
        enter(invitation, "words-of-another-8")


def test_a_link_runs_out(chief, settings):
    invitation = invite(chief)
    settings.PASSWORD_RESET_TIMEOUT = -1

    assert people.find_by_link(*parts_of(invitation.path)) is None
    with pytest.raises(NotAllowed, match="used or out of time"):
        enter(invitation)


def test_a_new_link_ends_the_old_one(chief):
    old = invite(chief)

    new = people.renew_invitation(user_id=old.user.pk, by=chief)

    assert people.find_by_link(*parts_of(old.path)) is None
    assert people.find_by_link(*parts_of(new.path)) == old.user


def test_a_link_of_a_closed_account_lets_nobody_in(chief):
    invitation = invite(chief)
    people.deactivate(user_id=invitation.user.pk, by=chief)

    assert people.find_by_link(*parts_of(invitation.path)) is None


@pytest.mark.parametrize("uid", ["", "x", "MQ", "____", "é", "OTk5OTk5OTk5OTk5OTk5OTk5OTk", "LTE"])
def test_what_is_no_link_is_nobodys(uid, chief):
    assert people.find_by_link(uid, "x-y") is None


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("words-of-my-own-7", "words-of-my-own-8", "the two are not the same"),
        ("short-7", "short-7", "too short"),
        ("ada.lovelace", "ada.lovelace", "too similar"),
        ("", "", "too short"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_still_works(chief, password, again, sentence):
    invitation = invite(chief)
    uid, token = parts_of(invitation.path)

    with pytest.raises(InvalidContent, match=sentence):
        people.choose_password(uid=uid, token=token, password=password, again=again)

    assert people.find_by_link(uid, token) == invitation.user


def test_a_new_password_logs_out_everywhere(chief, editor):
    browser = Client()
    browser.force_login(editor)
    editor.email = "editor@example.org"
    editor.save()
    people.ask_for_reset(email="EDITOR@example.org", origin=ORIGIN)

    enter(people.Invitation(editor, link_in(mail.outbox[0])))

    assert browser.get("/account/").status_code == 302


def test_nobody_is_invited_again_who_has_a_password(chief, editor):
    with pytest.raises(WrongState, match=r"has chosen a password already\. Send a password reset"):
        people.renew_invitation(user_id=editor.pk, by=chief)


def test_no_link_for_a_closed_account(chief):
    user = invite(chief).user
    people.deactivate(user_id=user.pk, by=chief)

    with pytest.raises(WrongState, match="Reactivate it first"):
        people.renew_invitation(user_id=user.pk, by=chief)
    with pytest.raises(WrongState, match="Reactivate it first"):
        people.send_password_reset(user_id=user.pk, by=chief, origin=ORIGIN)


def test_a_reset_needs_a_password_and_an_address(chief, editor):
    with pytest.raises(WrongState, match="has no e-mail address"):
        people.send_password_reset(user_id=editor.pk, by=chief, origin=ORIGIN)
    with pytest.raises(WrongState, match=r"has no password yet\. Send a new invitation"):
        people.send_password_reset(user_id=invite(chief).user.pk, by=chief, origin=ORIGIN)


# --- Mail ----------------------------------------------------------------------------------------


def link_in(message):
    return next(line for line in message.body.splitlines() if line.startswith(f"{ORIGIN}/account/"))


def test_an_invitation_says_who_invites_and_how_to_enter(chief):
    invitation = invite(chief)

    assert people.send_invitation(invitation, by=chief, origin=ORIGIN)

    (message,) = mail.outbox
    assert message.to == ["ada.lovelace@example.org"]
    assert link_in(message) == ORIGIN + invitation.path
    assert chief.username in message.body
    assert "within 3 days" in message.body
    assert "log in as “ada.lovelace”" in message.body


def test_a_reset_goes_to_the_address_that_is_kept_and_to_open_accounts_only(chief):
    enter(invite(chief, email="Ada@example.org"))
    make_user("Editors", email="ada@example.org", is_active=False)
    mail.outbox.clear()

    people.ask_for_reset(email=" ada@EXAMPLE.org ", origin=ORIGIN)

    (message,) = mail.outbox
    assert message.to == ["Ada@example.org"]
    assert people.find_by_link(*parts_of(link_in(message))).email == "Ada@example.org"


def test_whoever_asks_again_and_again_fills_nobodys_mailbox(editor):
    editor.email = "editor@example.org"
    editor.save()

    for _ in range(3):
        people.ask_for_reset(email="editor@example.org", origin=ORIGIN)

    asked = Event.objects.get(kind=Event.Kind.RESET_SENT)
    assert (asked.by, asked.by_name, asked.note) == (None, "a visitor", f"To {editor.username}.")
    assert len(mail.outbox) == 1


def test_after_ten_minutes_there_is_another_link(editor):
    editor.email = "editor@example.org"
    editor.save()
    people.ask_for_reset(email="editor@example.org", origin=ORIGIN)
    models.QuerySet(Event).update(at=timezone.now() - timedelta(minutes=10))

    people.ask_for_reset(email="editor@example.org", origin=ORIGIN)

    assert len(mail.outbox) == 2


@pytest.mark.parametrize("email", ["", "  ", "nobody@example.org", "a\0b@example.org", "%"])
def test_who_is_not_there_gets_no_mail(email, editor):
    people.ask_for_reset(email=email, origin=ORIGIN)

    assert mail.outbox == []


def test_an_invited_person_resets_nothing(chief):
    invite(chief)

    people.ask_for_reset(email="ada.lovelace@example.org", origin=ORIGIN)

    assert mail.outbox == []


def test_a_mail_server_that_fails_is_told_and_no_link_is_logged(chief, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    invitation = invite(chief)

    with caplog.at_level(logging.WARNING):
        was_sent = people.send_invitation(invitation, by=chief, origin=ORIGIN)

    assert not was_sent
    assert "could not be sent: ConnectionRefusedError" in caplog.text
    assert invitation.path not in caplog.text
    assert get_user_model().objects.filter(email="ada.lovelace@example.org").exists()


def test_no_secret_stands_in_the_log(chief):
    invitation = invite(chief)
    people.send_invitation(invitation, by=chief, origin=ORIGIN)
    enter(invitation)
    people.deactivate(user_id=invitation.user.pk, by=chief)

    notes = " ".join(Event.objects.values_list("note", flat=True))
    assert "ada.lovelace" in notes
    for secret in (parts_of(invitation.path)[1], "words-of-my-own-7", "/account/", "@example.org"):
        assert secret not in notes


def test_the_right_to_invite_comes_with_the_role():
    assert [role for role, rights in ROLES.items() if "invite_people" in rights] == ["Chief editors"]


# --- One's own account ---------------------------------------------------------------------------


def test_people_describe_themselves_and_the_log_keeps_the_address_to_itself():
    user = make_user("Contributors")

    people.describe_oneself(
        by=user, name=" Ada  King Lovelace ", email="ada@example.org", password="secret-words-9"
    )

    user.refresh_from_db()
    assert (user.first_name, user.last_name, user.email) == ("Ada King", "Lovelace", "ada@example.org")
    event = last_event(Event.Kind.ACCOUNT_CHANGED)
    assert (event.by, event.note, event.is_public) == (user, "The own name and address.", False)


def test_a_name_needs_no_password_and_nothing_new_no_line_in_the_log():
    user = make_user("Editors", email="ada@example.org")

    people.describe_oneself(by=user, name="Ada", email="ada@example.org")
    people.describe_oneself(by=user, name="Ada", email="ada@example.org")

    assert Event.objects.filter(kind=Event.Kind.ACCOUNT_CHANGED).count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": ""}, "Password: give yours, to change the address"),
        ({"email": "ada"}, "“ada” is not an address"),
        ({"email": "EVE@example.org"}, "belongs to another account"),
        ({"name": " "}, "Name: say who it is"),
        ({"name": "A\0B"}, "Name: take out the control characters"),
    ],
)
def test_what_is_no_name_or_no_address_of_ones_own_is_refused(given, said):
    make_user("Editors", email="eve@example.org")
    user = make_user("Editors", email="ada@example.org")
    wanted = {"name": "Ada", "email": "new@example.org", "password": "secret-words-9"}

    with pytest.raises(InvalidContent, match=said):
        people.describe_oneself(by=user, **wanted | given)

    user.refresh_from_db()
    assert (user.get_full_name(), user.email) == ("", "ada@example.org")


def test_a_chief_enters_an_address_only_where_there_is_none(chief):
    user = make_user("Editors")

    people.enter_address(user_id=user.pk, email=" ada@example.org ", by=chief)

    user.refresh_from_db()
    assert user.email == "ada@example.org"
    assert last_event(Event.Kind.ACCOUNT_CHANGED).note == f"{user.username}: an address is entered."
    with pytest.raises(WrongState, match="has an address already"):
        people.enter_address(user_id=user.pk, email="chief@example.org", by=chief)
    with pytest.raises(InvalidContent, match="belongs to"):
        people.enter_address(user_id=make_user("Editors").pk, email="ada@example.org", by=chief)
    with pytest.raises(NotAllowed):
        people.enter_address(user_id=make_user("Editors").pk, email="x@example.org", by=user)
