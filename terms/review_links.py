"""Review by link: an expert without an account reads one text and gives advice on record.

The address is signed and kept nowhere; the row behind it says until when it opens. Advice decides
nothing: publishing stays with a reviewer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone

from . import discussion, log
from .errors import InvalidContent, NotAllowed, TooMany, WrongState
from .models import Comment, Event, ReviewLink, Revision, Term

LONGEST_DAYS = 90
_REMARKS_AN_HOUR = 20
_signer = signing.Signer(salt="terms.review_link")


def token_of(link: ReviewLink) -> str:
    """Return the secret part of the address that this link is."""
    return _signer.sign(link.pk).replace(":", ".")


def find(token: str) -> ReviewLink | None:
    """Return the link that a token stands for, open or not; None for what was never issued."""
    try:
        number = _signer.unsign(token.replace(".", ":"))
    except signing.BadSignature:
        return None
    return ReviewLink.objects.select_related("revision__term", "by").filter(pk=number).first()


@transaction.atomic
def issue(*, revision_id: int, expert: str, days: int, by: Any) -> ReviewLink:
    """Let an expert in for some days (1 to 90) to read an open text and advise on it.

    Raises NotAllowed without the right to edit, WrongState for a text that is decided.
    """
    _check_right(by)
    revision = Revision.objects.select_related("term").filter(pk=revision_id).first()
    if revision is None or not revision.is_open or revision.term.is_gone:
        raise WrongState("Only an open text can be reviewed by link.")
    name = " ".join(discussion.clean_text(expert, may_be_empty=True).split())
    if not name or len(name) > 150:
        raise InvalidContent({"expert": ["Expert: give a name of 1 to 150 characters."]})
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidContent({"days": [f"Days: give a number from 1 to {LONGEST_DAYS}."]})
    now = timezone.now()
    link = ReviewLink.objects.create(
        revision=revision, expert=name, by=by, created_at=now, expires_at=now + timedelta(days=days)
    )
    _record(Event.Kind.LINK_ISSUED, link, by, f"For {name}, until {link.expires_at:%Y-%m-%d}.")
    return link


@transaction.atomic
def revoke(*, link_id: int, by: Any) -> ReviewLink:
    """Close a link before its time; what its holder said stays."""
    _check_right(by)
    link = ReviewLink.objects.select_for_update(no_key=True).filter(pk=link_id).first()
    if link is None:
        raise WrongState("There is no such review link.")
    if link.revoked_at is not None:
        raise WrongState("This review link is revoked already.")
    link.revoked_at = timezone.now()
    link.save(update_fields=["revoked_at"])
    _record(Event.Kind.LINK_REVOKED, link, by, f"For {link.expert}.")
    return link


@transaction.atomic
def advise(*, link_id: int, advice: str, text: str) -> Comment:
    """Put on record what the expert says: approve, refuse, or only a remark.

    Raises WrongState when the link is closed or the text is not open any more.
    """
    # The term before the link, as every decision on its texts: advice comes before one or too late.
    Term.objects.lock(*ReviewLink.objects.filter(pk=link_id).values_list("revision__term", flat=True))
    link = ReviewLink.objects.select_for_update(no_key=True).filter(pk=link_id).first()
    if link is None or not link.is_open:
        raise WrongState("This link is closed. Ask whoever sent it to you for a new one.")
    if not link.revision.is_open:
        raise WrongState("This text is decided or replaced meanwhile; advice on it would come too late.")
    _check_is_no_flood(link)
    said = discussion.say(link.revision, text, link=link, advice=advice)
    note = " ".join(filter(None, [said.get_advice_display() if advice else "", said.text]))
    log.record(
        Event.Kind.ADVISED if advice else Event.Kind.COMMENTED,
        by=None,
        by_name=link.expert,
        term=link.revision.term,
        revision=link.revision,
        note=note,
    )
    return said


def _check_right(by: Any) -> None:
    if not by.is_active or not by.has_perm("terms.edit_term"):
        raise NotAllowed("Review by link: your account has no right to do this. Ask an editor.")


def _check_is_no_flood(link: ReviewLink) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    if link.comments.filter(created_at__gt=hour_ago).count() >= _REMARKS_AN_HOUR:
        raise TooMany(f"{_REMARKS_AN_HOUR} remarks an hour are enough. Try again later.", retry_after=3600)


def _record(kind: str, link: ReviewLink, by: Any, note: str) -> None:
    log.record(kind, by=by, term=link.revision.term, revision=link.revision, note=note)
