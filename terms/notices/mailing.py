"""Mails: what goes at once, what is gathered for the digest, and what a dead mail server left over.

A mail is marked as sent before it leaves and given back when it does not: no lock is held while a
server thinks, and two runs at once send nothing twice.
"""

from __future__ import annotations

import contextlib
import logging
import smtplib
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from ..models import Event, Notification, RevisionLines, Suggestion
from .addresses import origin
from .wording import Notice, in_words, plain

logger = logging.getLogger(__name__)

_Mail = Notification.Mail
# A mailbox that refuses for so long will not take it any more; the notice stands on the site.
_TRIED_FOR = timedelta(days=7)
_SHOWN_PER_TOPIC = 50
# What a server says about one letter; after every other failure there is no server to talk to.
_REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)


class Outcome(NamedTuple):
    """How many mails left, and how many could not and stay due."""

    sent: int = 0
    failed: int = 0


class Letter(NamedTuple):
    """One mail and the notifications that it tells."""

    rows: list[int]
    message: EmailMessage


def send_now(notification_ids: Collection[int]) -> None:
    """Send these mails, right after what they tell was committed; what fails stays due."""
    _post(_letters(_due(_Mail.NOW).filter(pk__in=notification_ids)))


def send_due() -> Outcome:
    """Send every mail that was to go at once and has not gone."""
    return _post(_letters(_due(_Mail.NOW)))


def send_digests() -> Outcome:
    """Send everybody for whom a digest was gathered one mail with all of it."""
    return _post(_digests(_due(_Mail.DIGEST)))


def _due(mail: str) -> QuerySet[Notification]:
    oldest = timezone.now() - _TRIED_FOR
    rows = Notification.objects.filter(mail=mail, mailed_at=None, created_at__gt=oldest)
    return rows.select_related("recipient", "event").order_by("created_at", "pk")


# --- Composing -----------------------------------------------------------------------------------


def _letters(due: QuerySet[Notification]) -> list[Letter]:
    rows = list(due)
    suggestions = _suggestions(rows)
    return [
        _letter_to_sender(notice, suggestions[notice.row.pk])
        if notice.row.pk in suggestions
        else _letter([notice], notice.row.recipient, "mail/notice.txt", {"notice": notice})
        for notice in _still_told(rows, besides=suggestions)
    ]


def _digests(due: QuerySet[Notification]) -> list[Letter]:
    gathered: dict[int, list[Notice]] = {}
    for notice in _still_told(list(due)):
        gathered.setdefault(notice.row.recipient_id, []).append(notice)
    return [_digest(notices) for notices in gathered.values()]


def _still_told(rows: list[Notification], besides: Collection[int] = ()) -> list[Notice]:
    """Put rows into words, and give up those that nobody waits for any more.

    Their recipients left or may not see the text, or what it asked for was decided meanwhile.
    """
    notices = in_words(rows)
    told = [notice for notice in notices if _is_worth_a_letter(notice, besides)]
    given_up = {row.pk for row in rows} - {notice.row.pk for notice in told}
    if given_up:
        Notification.objects.filter(pk__in=given_up, mailed_at=None).update(mail=_Mail.NONE)
    return told


def _is_worth_a_letter(notice: Notice, besides: Collection[int]) -> bool:
    return notice.is_readable and not notice.is_settled and _is_reached(notice.row, besides)


def _is_reached(row: Notification, besides: Collection[int]) -> bool:
    return row.pk in besides or (row.recipient.is_active and bool(row.recipient.email))


def _suggestions(rows: list[Notification]) -> dict[int, Suggestion]:
    """Return which rows are for the sender of a suggestion: addressed to an account that nobody enters."""
    closed = [row for row in rows if not row.recipient.is_active and row.event.revision_id is not None]
    terms = {row.event.term_id for row in closed if row.event.term_id is not None}
    if not terms:
        return {}
    sent = Suggestion.objects.filter(revision__term__in=terms).exclude(email="")
    found = {suggestion.revision_id: suggestion for suggestion in sent}
    lines = RevisionLines(terms)
    first = {row.pk: lines.first(row.event.revision_id) for row in closed if row.event.revision_id}
    return {pk: found[revision_id] for pk, revision_id in first.items() if revision_id in found}


def _letter(rows: list[Notice], recipient: Any, template: str, context: dict[str, Any]) -> Letter:
    context["choices_link"] = _link("notification_choices")
    return Letter([notice.row.pk for notice in rows], _message(recipient.email, template, context))


def _letter_to_sender(notice: Notice, suggestion: Suggestion) -> Letter:
    context = {
        "notice": notice,
        "is_question": notice.row.event.kind == Event.Kind.CHANGES_REQUESTED,
        "is_published": notice.row.event.kind != Event.Kind.REJECTED,
        "link": _link("suggestion_status", suggestion.status_token),
    }
    return Letter([notice.row.pk], _message(suggestion.email, "mail/suggestion.txt", context))


def _digest(notices: list[Notice]) -> Letter:
    """Compose a digest: by topic, oldest first; a flood is counted instead of listed."""
    groups = []
    for topic in Notification.Topic:
        told = [notice for notice in notices if notice.row.topic == topic]
        if told:
            groups.append(
                {
                    "label": topic.label,
                    "count": len(told),
                    "notices": told[:_SHOWN_PER_TOPIC],
                    "more": max(0, len(told) - _SHOWN_PER_TOPIC),
                }
            )
    context = {"groups": groups, "count": len(notices), "all_link": _link("notifications")}
    return _letter(notices, notices[0].row.recipient, "mail/digest.txt", context)


def _message(to: str, template: str, context: dict[str, Any]) -> EmailMessage:
    """Compose a mail from a template whose first line is the subject."""
    written = render_to_string(template, {"site_name": plain(settings.SITE_NAME), **context})
    subject, _, body = written.strip().partition("\n")
    # Out-of-office programs do not answer what says that nobody wrote it.
    return EmailMessage(subject, body.strip() + "\n", to=[to], headers={"Auto-Submitted": "auto-generated"})


def _link(name: str, *args: Any) -> str:
    return f"{origin()}{reverse(name, args=args)}"


# --- Posting -------------------------------------------------------------------------------------


def _post(letters: Sequence[Letter]) -> Outcome:
    """Hand letters to the mail server one by one; without a server, all that are left stay due."""
    sent = failed = 0
    if not letters:
        return Outcome()
    server = get_connection()
    try:
        server.open()
        for letter in letters:
            if not _claim(letter.rows):
                continue
            if _hand_over(letter, server):
                sent += 1
            else:
                failed += 1
    except OSError as error:
        logger.warning("No mail can be sent: %s. What is left stays due.", _kind_of(error))
        failed = len(letters) - sent
    finally:
        with contextlib.suppress(OSError):
            server.close()
    return Outcome(sent, failed)


def _hand_over(letter: Letter, server: Any) -> bool:
    """Say whether the server took the letter; raises OSError when there is no server any more."""
    try:
        server.send_messages([letter.message])
    except _REFUSED as refusal:
        _give_back(letter.rows)
        logger.warning("A mail is refused and stays due: %s.", _kind_of(refusal))
        return False
    except OSError:
        _give_back(letter.rows)
        raise
    return True


def _kind_of(failure: Exception) -> str:
    """Return what may stand in a log: the words of a server name the addresses that it refused."""
    refused: dict[str, tuple[int, bytes]] = getattr(failure, "recipients", {})
    codes = {str(code) for code, _ in refused.values()} or {str(getattr(failure, "smtp_code", ""))}
    return " ".join([type(failure).__name__, *sorted(codes)]).strip()


@transaction.atomic
def _claim(ids: list[int]) -> bool:
    """Mark rows as mailed; not where another run has any of them already."""
    free = Notification.objects.filter(pk__in=ids, mailed_at=None).order_by("pk")
    free = free.select_for_update(skip_locked=True)
    if len(free.values_list("pk")) < len(ids):
        return False
    Notification.objects.filter(pk__in=ids).update(mailed_at=timezone.now())
    return True


def _give_back(ids: list[int]) -> None:
    Notification.objects.filter(pk__in=ids).update(mailed_at=None)
