"""Accounts: inviting people, what they may do, and taking it back. What somebody wrote stays theirs.

Nobody hands out a right they do not have, and only administrators (Django's superusers) touch the
account of one. Links that let somebody in are made here and kept nowhere.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model, password_validation
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.debug import sensitive_variables

from . import log, publishing
from .errors import InvalidContent, NotAllowed, WrongState
from .models import ApiToken, Event, ReviewLink, Revision
from .revisions import has_control_signs
from .workflow import READER

# The roles that can be given, from the fewest rights to the most.
ROLES = ("Contributors", "Editors", "Reviewers", "Chief editors")
NAME_LENGTH = 150
_BETWEEN_RESETS = timedelta(minutes=10)

# What stands in for a mail server where none is set: it prints the mails.
_NO_SERVER = "django.core.mail.backends.console.EmailBackend"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Invitation:
    """An account that waits for its owner, and the path at which they choose a password."""

    user: Any
    path: str


# --- Inviting ------------------------------------------------------------------------------------


@transaction.atomic
def invite(*, email: str, name: str, roles: Iterable[str], by: Any) -> Invitation:
    """Make an account without a password, and the link that lets its owner choose one.

    Raises InvalidContent for an address that has an account, and for a role that cannot be given.
    """
    _check_may_manage(by)
    # Locked, so that two invitations at once do not make two accounts of one address.
    groups = _locked_roles()
    email, name = email.strip(), " ".join(name.split())
    wanted = _wanted(roles)
    problems = _problems(email, name, wanted, groups)
    if problems:
        raise InvalidContent(problems)
    _check_hands_out(by, _rights_of(groups[role] for role in wanted))
    first, last = _two_names(name)
    user = get_user_model()(username=_free_username(email), email=email, first_name=first, last_name=last)
    user.set_unusable_password()
    user.save()
    user.groups.set(groups[role] for role in wanted)
    _follow_the_rights(user)
    log.record(Event.Kind.INVITED, by=by, note=f"{_called(user)} as {_listed(wanted)}.")
    return Invitation(user, _link("invitation", user))


@transaction.atomic
def renew_invitation(*, user_id: int, by: Any) -> Invitation:
    """Make a new link for somebody who has no password yet; the old link ends."""
    user, by = _locked(user_id, by)
    if user.has_usable_password():
        raise WrongState(f"{_called(user)} has chosen a password already. Send a password reset instead.")
    if not user.is_active:
        raise WrongState(f"The account of {_called(user)} is deactivated. Reactivate it first.")
    # Whoever makes the link can use it.
    _check_hands_out(by, _rights_of_person(user))
    user.set_unusable_password()  # another one than before: the token hangs on it
    user.save(update_fields=["password"])
    log.record(Event.Kind.INVITED, by=by, note=f"{_called(user)}, with a new link.")
    return Invitation(user, _link("invitation", user))


def send_invitation(invitation: Invitation, *, by: Any, origin: str) -> bool:
    """Mail an invitation; say whether a mail server took it. To be called after the account is kept.

    Where none did, the link has to be handed over: nobody else needs to see it.
    """
    user = invitation.user
    text = (
        f"Hello {user.get_full_name()},\n\n"
        f"{_speaker(by)} invites you to {settings.SITE_NAME}. Choose a password here, within "
        f"{_days_of_a_link()}:\n\n{origin}{invitation.path}\n\n"
        f"You then log in as “{user.get_username()}” at {origin}{reverse('login')}\n\n"
        "If you do not know what this is about, do nothing: without a password nobody can enter.\n"
    )
    was_taken = _mail(f"You are invited to {settings.SITE_NAME}", text, user.email)
    return was_taken and not mails_are_printed()


def mails_are_printed() -> bool:
    """Say whether no mail server is set up: the mails of the site stand in its output only."""
    return settings.EMAIL_BACKEND == _NO_SERVER


# --- The account of somebody else ----------------------------------------------------------------


@transaction.atomic
def deactivate(*, user_id: int, by: Any) -> Any:
    """Close an account: nobody enters with it, in no way. It can be opened again.

    What the person wrote, decided and said stays, under their name; their open proposals wait on.
    One administrator is always left: nobody closes their own account.
    """
    user, by = _locked(user_id, by)
    if user.pk == by.pk:
        raise NotAllowed("You cannot deactivate your own account. Ask somebody else who may.")
    if not user.is_active:
        raise WrongState(f"The account of {_called(user)} is deactivated already.")
    user.is_active = False
    user.save(update_fields=["is_active"])
    # Not by `tokens`, a neighbour on this floor, which lets only owners and administrators revoke.
    ApiToken.objects.filter(owner=user, revoked_at=None).update(revoked_at=timezone.now())
    # After the locks are gone: every session is looked into. Django lets none of a closed account in.
    transaction.on_commit(partial(_end_sessions, user.pk), robust=True)
    _take_assignments_back(user, by)
    _close_review_links(user, by)
    log.record(Event.Kind.DEACTIVATED, by=by, note=f"{_called(user)}.")
    return user


@transaction.atomic
def reactivate(*, user_id: int, by: Any) -> Any:
    """Open a closed account again, with the roles it had. Its API tokens stay revoked."""
    user, by = _locked(user_id, by)
    if user.is_active:
        raise WrongState(f"The account of {_called(user)} is active.")
    _check_hands_out(by, _rights_of_person(user))
    user.is_active = True
    user.save(update_fields=["is_active"])
    log.record(Event.Kind.REACTIVATED, by=by, note=f"{_called(user)}, as {_listed(_roles_of(user))}.")
    return user


@transaction.atomic
def change_roles(*, user_id: int, roles: Iterable[str], by: Any) -> Any:
    """Give somebody exactly these of the four roles; groups of other names stay as they are."""
    groups = _locked_roles()
    user, by = _locked(user_id, by)
    if user.pk == by.pk:
        raise NotAllowed("You cannot change your own roles. Ask somebody else who may.")
    wanted, before = _wanted(roles), _roles_of(user)
    problems = _role_problems(wanted, groups)
    if problems:
        raise InvalidContent({"roles": problems})
    if wanted == before:
        raise WrongState(f"{_called(user)} has these roles already.")
    _check_hands_out(by, _rights_of(groups[role] for role in wanted if role not in before))
    user.groups.remove(*(groups[role] for role in before if role not in wanted))
    user.groups.add(*(groups[role] for role in wanted if role not in before))
    _follow_the_rights(user)
    if not user.is_staff:
        _take_assignments_back(user, by)
    log.record(
        Event.Kind.ROLES_CHANGED,
        by=by,
        note=f"{_called(user)}: from {_listed(before)} to {_listed(wanted)}.",
    )
    return user


@transaction.atomic
def enter_address(*, user_id: int, email: str, by: Any) -> Any:
    """Enter the address of somebody who has none, so that mails reach them.

    One that is there is changed by its owner: links for a new password go to it.
    """
    _locked_roles()  # as for an invitation: two accounts do not come to one address
    user, by = _locked(user_id, by)
    if user.email:
        raise WrongState(f"{_called(user)} has an address already, and changes it on the own account page.")
    user.email = email.strip()
    problems = _email_problems(user.email)
    if problems:
        raise InvalidContent({"email": problems})
    user.save(update_fields=["email"])
    log.record(Event.Kind.ACCOUNT_CHANGED, by=by, note=f"{_called(user)}: an address is entered.")
    return user


def send_password_reset(*, user_id: int, by: Any, origin: str) -> bool:
    """Mail somebody a link to choose a new password; say whether the mail server took it.

    Nobody but the owner of the address sees the link: whoever had it could decide in their name.
    """
    with transaction.atomic():
        user, by = _locked(user_id, by)
        if not user.is_active:
            raise WrongState(f"The account of {_called(user)} is deactivated. Reactivate it first.")
        if not user.has_usable_password():
            raise WrongState(f"{_called(user)} has no password yet. Send a new invitation instead.")
        if not user.email:
            raise WrongState(f"{_called(user)} has no e-mail address. An administrator can set a password.")
        log.record(Event.Kind.RESET_SENT, by=by, note=_addressed_to(user))
    return _mail_reset(user, origin)


def may_manage(by: Any) -> bool:
    """Say whether this person may invite people and deactivate accounts."""
    return by.is_active and by.has_perm("terms.invite_people")


def may_touch(by: Any, user: Any) -> bool:
    """Say whether this person may change this account; not one's own, and not an administrator's."""
    is_out_of_reach = user.is_superuser and not by.is_superuser
    return may_manage(by) and user.pk != by.pk and not is_out_of_reach and user.username != READER


def roles_to_give(by: Any) -> tuple[str, ...]:
    """Return the roles of which this person has every right."""
    own = by.get_all_permissions()
    groups = Group.objects.filter(name__in=ROLES)
    allowed = {group.name for group in groups if by.is_superuser or _rights_of([group]) <= own}
    return tuple(role for role in ROLES if role in allowed)


# --- One's own password --------------------------------------------------------------------------


def ask_for_reset(*, email: str, origin: str) -> None:
    """Mail a link to every open account with this address. Whether there is one is told to nobody.

    No account gets a second one within ten minutes: nobody fills the mailbox of somebody else.
    """
    if not email.strip() or "\0" in email:
        return
    for user in _due_for_reset(email.strip()):
        # To the address that is kept, not to what was typed: signs that look alike are no proof.
        _mail_reset(user, origin)


@transaction.atomic
def _due_for_reset(email: str) -> list[Any]:
    """Return who is to get a link, entered in the log; locked, so that two who ask at once are counted."""
    accounts = get_user_model().objects.filter(email__iexact=email, is_active=True).order_by("pk")
    accounts = accounts.select_for_update(no_key=True)
    due = [user for user in accounts if user.has_usable_password() and not _has_fresh_link(user)]
    for user in due:
        log.record(Event.Kind.RESET_SENT, by=None, by_name="a visitor", note=_addressed_to(user))
    return due


def _has_fresh_link(user: Any) -> bool:
    sent = Event.objects.filter(is_public=False, at__gt=timezone.now() - _BETWEEN_RESETS)
    return sent.filter(kind=Event.Kind.RESET_SENT, note=_addressed_to(user)).exists()


def _addressed_to(user: Any) -> str:
    return f"To {_called(user)}."


def find_by_link(uid: str, token: str) -> Any | None:
    """Return the account that a link lets choose a password, or None when it is used or out of time."""
    user = _user_of(uid)
    return user if user is not None and default_token_generator.check_token(user, token) else None


@sensitive_variables("password", "again")
@transaction.atomic
def choose_password(*, uid: str, token: str, password: str, again: str) -> Any:
    """Set the password of the owner of a link, which ends with it.

    Raises NotAllowed for a link that is used or out of time, InvalidContent for a weak password.
    """
    user = _user_of(uid, locked=True)
    if user is None or not default_token_generator.check_token(user, token):
        raise NotAllowed("This link is used or out of time. Ask for a new one.")
    _check_password(password, again, user)
    user.set_password(password)
    # Which ends every session: Django keeps a digest of the password with each of them.
    user.save(update_fields=["password"])
    return user


def _user_of(uid: str, *, locked: bool = False) -> Any | None:
    try:
        user_id = int(urlsafe_base64_decode(uid).decode("ascii"))
    except ValueError:
        return None
    accounts = get_user_model().objects.filter(pk=user_id, is_active=True) if user_id < 2**31 else None
    if accounts is None:
        return None
    return (accounts.select_for_update(no_key=True) if locked else accounts).first()


@sensitive_variables("password", "again")
def _check_password(password: str, again: str, user: Any) -> None:
    if password != again:
        raise InvalidContent({"again": ["Password: the two are not the same. Type it twice."]})
    try:
        password_validation.validate_password(password, user)
    except ValidationError as refusal:
        raise InvalidContent({"password": list(refusal.messages)}) from None


# --- One's own account ---------------------------------------------------------------------------


@sensitive_variables("password")
@transaction.atomic
def describe_oneself(*, by: Any, name: str, email: str, password: str = "") -> Any:
    """Change one's own name and address; for another address with one's password, as for a new password.

    The log tells that something changed, not from what to what: the address is nobody else's business.
    """
    _locked_roles()  # as for an invitation: two accounts do not come to one address
    user = get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
    if not user.is_active:
        raise NotAllowed("This account is deactivated.")
    email, name = email.strip(), " ".join(name.split())
    is_moved = email != user.email
    problems = {
        "name": _name_problems(name),
        "email": _own_email_problems(email, user) if is_moved else [],
        "password": _password_problems(password, user) if is_moved else [],
    }
    problems = {field: sentences for field, sentences in problems.items() if sentences}
    if problems:
        raise InvalidContent(problems)
    changed = [*(["name"] if name != user.get_full_name() else []), *(["address"] if is_moved else [])]
    if not changed:
        return user
    if "name" in changed:
        # Where authors are shown, their names stand on pages that are kept.
        publishing.raise_content_version()
    user.first_name, user.last_name = _two_names(name)
    user.email = email
    user.save(update_fields=["first_name", "last_name", "email"])
    log.record(Event.Kind.ACCOUNT_CHANGED, by=user, note=f"The own {' and '.join(changed)}.")
    return user


def _own_email_problems(email: str, user: Any) -> list[str]:
    if not email:
        return []
    if get_user_model().objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        return [f"E-mail: {email:.80} belongs to another account. Use another one, or ask a chief editor."]
    return _form_problems(email)


@sensitive_variables("password")
def _password_problems(password: str, user: Any) -> list[str]:
    if user.check_password(password):
        return []
    return ["Password: give yours, to change the address: links for a new password go there."]


# --- Who may -------------------------------------------------------------------------------------


def _check_may_manage(by: Any) -> None:
    if not may_manage(by):
        raise NotAllowed("People: your account has no right to do this. Ask a chief editor.")


def _locked(user_id: int, by: Any) -> tuple[Any, Any]:
    """Lock the account and the person who acts on it, and return both as they are now.

    Ordered by id, for two who act on each other. The key stays free: whoever enters a proposal of
    theirs meanwhile holds the lock of a term and would wait for this one.
    """
    accounts = get_user_model().objects.filter(pk__in={user_id, by.pk}).order_by("pk")
    found = {user.pk: user for user in accounts.select_for_update(no_key=True)}
    by = found.get(by.pk, by)
    _check_may_manage(by)
    user = found.get(user_id)
    if user is None:
        raise WrongState("There is no such account.")
    if user.username == READER:
        raise NotAllowed("In the name of this account stand the suggestions of readers; it is nobody’s.")
    if user.is_superuser and not by.is_superuser:
        raise NotAllowed(f"{_called(user)} is an administrator. Only administrators change that account.")
    return user, by


def _locked_roles() -> dict[str, Group]:
    groups = Group.objects.filter(name__in=ROLES).order_by("pk").select_for_update(no_key=True)
    return {group.name: group for group in groups}


def _wanted(roles: Iterable[str]) -> list[str]:
    """Return the roles in the order of the list, what is none of them at the end."""
    asked = list(dict.fromkeys(roles))
    return [role for role in ROLES if role in asked] + [role for role in asked if role not in ROLES]


def _problems(email: str, name: str, roles: list[str], groups: dict[str, Group]) -> dict[str, list[str]]:
    found = {
        "email": _email_problems(email),
        "name": _name_problems(name),
        "roles": _role_problems(roles, groups),
    }
    return {field: sentences for field, sentences in found.items() if sentences}


def _email_problems(email: str) -> list[str]:
    problems = _form_problems(email)
    if problems:
        return problems
    holder = get_user_model().objects.filter(email__iexact=email).order_by("-is_active", "pk").first()
    if holder is None:
        return []
    if not holder.is_active:
        return [f"E-mail: {email} belongs to {_called(holder)}, who is deactivated. Reactivate that account."]
    return [
        f"E-mail: {email} belongs to {_called(holder)} already. Change the roles of that account, "
        "or send a new link from its page."
    ]


def _form_problems(email: str) -> list[str]:
    try:
        validate_email(email)
    except ValidationError:
        return [f"E-mail: “{email:.80}” is not an address. Write it as name@example.org."]
    if len(email) > 254:
        return [f"E-mail: {len(email)} characters are too many; 254 are allowed."]
    return []


def _name_problems(name: str) -> list[str]:
    if not name:
        return ["Name: say who it is; the history shows the name."]
    if has_control_signs(name):
        return ["Name: take out the control characters."]
    if len(name) > NAME_LENGTH:
        return [f"Name: {len(name)} characters are too many; {NAME_LENGTH} are allowed."]
    return []


def _role_problems(roles: list[str], groups: dict[str, Group]) -> list[str]:
    if not roles:
        return ["Roles: choose at least one. Contributors may only propose."]
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        return [f"Roles: “{unknown[0]:.80}” is not a role. Use {', '.join(ROLES)}."]
    missing = [role for role in roles if role not in groups]
    return [f"Roles: there is no group “{missing[0]}”. Run “manage.py loaddata groups”."] if missing else []


def _check_hands_out(by: Any, rights: set[str]) -> None:
    """Refuse to let somebody hand out what they may not do themselves."""
    beyond = set() if by.is_superuser else rights - by.get_all_permissions()
    if beyond:
        names = Permission.objects.filter(codename__in=[right.split(".")[1] for right in beyond])
        lacking = names.order_by("pk").values_list("name", flat=True).first()
        raise NotAllowed(f"Nobody can give a right that they do not have: “{lacking}”. Ask an administrator.")


def _rights_of(groups: Iterable[Group]) -> set[str]:
    rights = Permission.objects.filter(group__in=[group.pk for group in groups])
    return {f"{app}.{name}" for app, name in rights.values_list("content_type__app_label", "codename")}


def _rights_of_person(user: Any) -> set[str]:
    """Return what somebody may do while their account is open; Django gives a closed one no rights."""
    rights = Permission.objects.filter(Q(group__user=user) | Q(user=user))
    return {f"{app}.{name}" for app, name in rights.values_list("content_type__app_label", "codename")}


# --- What follows --------------------------------------------------------------------------------


def _two_names(name: str) -> tuple[str, str]:
    """Return a name as Django keeps it: the last word apart, if there are several."""
    first, _, last = name.rpartition(" ")
    return (first, last) if first else (last, "")


def _free_username(email: str) -> str:
    """Return a name to log in with that people recognize: what stands before the @, numbered if taken."""
    local = email.rpartition("@")[0].partition("+")[0].lower()
    wanted = re.sub(r"[^\w.-]+", "", local)[:140].strip(".-") or "person"
    accounts = get_user_model().objects
    number, username = 1, wanted
    # Nobody may come to own what readers without an account write.
    while username == READER or accounts.filter(username__iexact=username).exists():
        number += 1
        username = f"{wanted}{number}"
    return username


def _follow_the_rights(user: Any) -> None:
    """Open the desk to those who may see drafts, and to nobody else."""
    user.is_staff = user.is_superuser or "terms.view_drafts" in _rights_of_person(user)
    user.save(update_fields=["is_staff"])


def _end_sessions(user_id: int) -> None:
    """Log somebody out everywhere; a closed account that is opened again begins anew."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user_id):
            session.delete()


def _close_review_links(user: Any, by: Any) -> None:
    """Close the doors to unpublished texts that this person opened."""
    links = ReviewLink.objects.filter(by=user, revoked_at=None, expires_at__gt=timezone.now())
    for link in links.select_related("revision__term").defer("revision__content").order_by("pk"):
        ReviewLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
        log.record(
            Event.Kind.LINK_REVOKED,
            by=by,
            term=link.revision.term,
            revision=link.revision,
            note=f"For {link.expert}: {_called(user)}, who made it, is deactivated.",
        )


def _take_assignments_back(user: Any, by: Any) -> None:
    """Leave nothing open with somebody who cannot take care of it; when it is due stays.

    Not by `workflow.assign`: whoever may close an account need not have the right to assign.
    """
    open_texts = Revision.objects.filter(assignee=user, state__in=Revision.OPEN_STATES)
    for revision in open_texts.select_related("term").defer("content").order_by("pk"):
        Revision.objects.filter(pk=revision.pk, assignee=user).update(assignee=None)
        log.record(
            Event.Kind.ASSIGNED,
            by=by,
            term=revision.term,
            revision=revision,
            note=f"To nobody: {_called(user)} cannot take care of it any more.",
        )


def _roles_of(user: Any) -> list[str]:
    names = set(user.groups.values_list("name", flat=True))
    return [role for role in ROLES if role in names]


def _called(user: Any) -> str:
    name, username = user.get_full_name(), user.get_username()
    return f"{name} ({username})" if name else username


def _speaker(user: Any) -> str:
    return user.get_full_name() or user.get_username()


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(roles) or "no role"


# --- Links and mail ------------------------------------------------------------------------------


def _link(page: str, user: Any) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse(page, args=[uid, default_token_generator.make_token(user)])


def _days_of_a_link() -> str:
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    return f"{days} days" if days != 1 else "one day"


def _mail_reset(user: Any, origin: str) -> bool:
    text = (
        f"Hello {_speaker(user)},\n\n"
        f"here you choose a new password for {settings.SITE_NAME}, within {_days_of_a_link()}:\n\n"
        f"{origin}{_link('new_password', user)}\n\n"
        f"You log in as “{user.get_username()}”.\n\n"
        "If you did not ask for this, do nothing: your password stays as it is.\n"
    )
    return _mail(f"A new password for {settings.SITE_NAME}", text, user.email)


def _mail(subject: str, text: str, address: str) -> bool:
    """Send a mail, and say whether the server took it. The log names no address and no link."""
    try:
        return bool(send_mail(subject, text, None, [address]))
    except (OSError, SMTPException) as failure:
        _logger.warning("A mail could not be sent: %s", type(failure).__name__)
        return False
