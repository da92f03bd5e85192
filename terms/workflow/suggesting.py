"""What readers without an account send in: it waits in the same queue as every proposal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from .. import discussion, log, revisions, text
from ..discussion import Thread
from ..errors import InvalidContent, NotAllowed, StaleEdit, TooMany, WrongState
from ..models import Comment, Event, Revision, Suggestion, Term
from . import rows

SUGGESTIBLE = frozenset({"name", "short_definition", "definition", "aliases", "sources"})
READER = "reader.without.account"

_NAME_LENGTH = 100
_EMAIL_LENGTH = 254
_AN_HOUR = 3600
_TRIES_FOR_ONE = 6


class Sender(NamedTuple):
    """A reader without an account, as far as they want to be known.

    `digest` tells only that two suggestions of one day came from one place; `digest_before` is what
    it was the day before, so that the limit holds over midnight.
    """

    name: str = ""
    email: str = ""
    digest: str = ""
    digest_before: str = ""


def suggest(
    *,
    content: Mapping[str, Any],
    sender: Sender,
    remark: str = "",
    term_id: int | None = None,
    version: int | None = None,
) -> Suggestion:
    """Put into the queue what a reader without an account suggests: a change, or a new term.

    `version` is the published version that the reader had in front of them. What was published
    since is kept, as in `bring_up_to_date`. Without a change of the text, the remark is the
    suggestion: reviewers take it up or reject it.

    Raises NotAllowed where readers may not suggest anything, StaleEdit where both changed the same
    words, TooMany from a place that sends too many, InvalidContent for what a reader cannot suggest.
    """
    _check_is_open()
    _count_try(sender)
    sender = _clean_sender(sender)
    remark = rows.clean_remark("remark", remark)
    foreign = set(content) - SUGGESTIBLE
    if foreign:
        raise InvalidContent({field: [f"“{field}” cannot be suggested."] for field in sorted(foreign)})
    # Before the locks, which make everybody else wait: a long text takes a second.
    wish = _wish_for_change(term_id, version, content) if term_id else None
    with transaction.atomic():
        account = _reader_account()
        forget_places(timezone.now())
        _check_is_no_flood(sender)
        if wish is None:
            revision = _suggest_term(content, account, remark)
        else:
            revision = _suggest_change(wish, account, remark)
        return _enter(revision, sender, remark)


def _enter(revision: Revision, sender: Sender, remark: str) -> Suggestion:
    suggestion = Suggestion.objects.create(
        revision=revision, sender_name=sender.name, email=sender.email, sender_digest=sender.digest
    )
    log.record(
        Event.Kind.SUGGESTED,
        by=None,
        by_name=_name_of(suggestion),
        term=revision.term,
        revision=revision,
        note=remark,
    )
    return suggestion


def _check_is_open() -> None:
    if settings.SUGGESTIONS_PER_HOUR == 0:
        raise NotAllowed("This glossary takes suggestions only from people with an account.")


def _reader_account() -> Any:
    """Return the account in whose name readers' texts stand, locked; nobody can log in with it.

    The lock makes suggestions wait for one another, so that the limit counts all of them.
    """
    accounts = get_user_model().objects
    accounts.get_or_create(
        username=READER, defaults={"is_active": False, "password": "!", "first_name": "A reader"}
    )
    # Not the key: decisions on other suggestions go on writing rows that point to this account.
    account = accounts.select_for_update(no_key=True).get(username=READER)
    if account.is_active:
        raise NotAllowed("Suggestions are closed: somebody can log in as the account of readers.")
    return account


def _count_try(sender: Sender) -> None:
    """Refuse a place that tries again and again; what is refused stands in no table to be counted."""
    key = f"termbook.tries.{sender.digest}"
    tries = cache.get(key, 0)
    if tries >= _TRIES_FOR_ONE * settings.SUGGESTIONS_PER_HOUR:
        raise TooMany("That were very many tries. Come back in an hour.", retry_after=_AN_HOUR)
    cache.set(key, tries + 1, _AN_HOUR)


def forget_places(now: datetime) -> int:
    """Empty the digests that have done their work, after a day; return how many there were."""
    old = Suggestion.objects.filter(sent_at__lt=now - timedelta(days=1))
    return old.exclude(sender_digest="").update(sender_digest="")


def _check_is_no_flood(sender: Sender) -> None:
    sent = Suggestion.objects.all()
    if sender.digest:
        sent = sent.filter(sender_digest__in={sender.digest, sender.digest_before} - {""})
    limit = settings.SUGGESTIONS_PER_HOUR
    _check_rate(sent, "sent_at", limit, f"No more than {limit} an hour can be sent from one place.")


def _check_rate(sent: QuerySet[Any], field: str, limit: int, sentence: str) -> None:
    """Refuse another one when `limit` were sent within the hour, and say when the oldest of them counts
    no more."""
    hour_ago = timezone.now() - timedelta(hours=1)
    within = sent.filter(**{f"{field}__gt": hour_ago}).order_by(f"-{field}")
    times: list[datetime] = list(within.values_list(field, flat=True)[:limit])
    if len(times) == limit:
        wait = max(1, math.ceil((times[-1] - hour_ago).total_seconds()))
        minutes = math.ceil(wait / 60)
        again = "in a minute" if minutes == 1 else f"in {minutes} minutes"
        raise TooMany(f"{sentence} Try again {again}.", retry_after=wait)


def _clean_sender(sender: Sender) -> Sender:
    problems = {}
    name, email = " ".join(sender.name.split()), sender.email.strip()
    if revisions.has_control_signs(name):
        problems["sender_name"] = ["Your name: take out the control characters."]
    elif len(name) > _NAME_LENGTH:
        problems["sender_name"] = [
            f"Your name: {len(name)} characters are too many; {_NAME_LENGTH} are allowed."
        ]
    if email and not _is_email(email):
        problems["email"] = [f"Your e-mail: “{email:.80}” is not an address. Leave it empty, or correct it."]
    if problems:
        raise InvalidContent(problems)
    return sender._replace(name=name, email=email)


def _is_email(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= _EMAIL_LENGTH


def _suggest_term(content: Mapping[str, Any], account: Any, remark: str) -> Revision:
    cleaned = revisions.clean(content, by=AnonymousUser(), make_tags=False)
    term = Term()
    revisions.write_new([(term, cleaned)])
    return Revision.objects.create(
        term=term,
        number=1,
        content=cleaned,
        author=account,
        comment=remark,
        state=Revision.State.PROPOSED,
    )


@dataclass(frozen=True)
class _Wish:
    """A change that a reader wants, on top of the text that is live."""

    term_id: int
    live: Revision
    base: Revision
    wished: revisions.Content
    whole: revisions.Content
    collisions: list[str]


def _wish_for_change(term_id: int, version: int | None, content: Mapping[str, Any]) -> _Wish:
    term = Term.objects.select_related("live_revision").filter(pk=term_id).first()
    if term is None or not term.is_public:
        raise WrongState("This term is not on the site any more.")
    live = rows.live_revision(term)
    base = term.revisions.filter(version=version).first()
    if base is None:
        raise WrongState(f"“{term.full_name}” has no version {version}. Open its page again.")
    wished = revisions.clean(content, by=AnonymousUser(), base=base.content, term=term, make_tags=False)
    whole, collisions = revisions.carry_over(base.content, live.content, wished)
    return _Wish(term.pk, live, base, wished, whole, collisions)


def _suggest_change(wish: _Wish, account: Any, remark: str) -> Revision:
    term = rows.lock(wish.term_id)
    if not term.is_public:
        raise WrongState("This term is not on the site any more.")
    if wish.collisions or term.live_revision_id != wish.live.pk:
        raise StaleEdit(
            "The text was changed while you were writing. Your text is kept below; compare and send again.",
            rows.three_sides(wish.base, rows.live_revision(term), wish.wished),
        )
    if wish.whole == wish.live.content and not remark:
        raise InvalidContent({"remark": ["Change the text, or say what is wrong with it."]})
    return Revision.objects.create(
        term=term,
        number=rows.next_number(term),
        content=wish.whole,
        author=account,
        comment=remark,
        based_on=wish.live,
        state=Revision.State.PROPOSED,
    )


def _name_of(suggestion: Suggestion) -> str:
    return suggestion.sender_name or "a reader"


def is_suggested(name: str) -> bool:
    """Say whether a reader's suggestion of a new term of this name waits as it was sent.

    What editors write, or make of a suggestion, makes no difference: nothing of it may show.
    """
    waiting = Q(state__in=[Revision.State.PROPOSED, Revision.State.CHANGES_REQUESTED])
    suggested = Revision.objects.filter(waiting, suggestion__isnull=False, term__status=Term.Status.DRAFT)
    return suggested.filter(term__name_key=text.name_key(name)).exists()


# --- What the sender hears and says afterwards -----------------------------------------------------

_ANSWERS_PER_HOUR = 5


@dataclass(frozen=True)
class Standing:
    """How a suggestion stands, as far as its sender may know it: no word that editors wrote on it.

    `state` is that of the newest text of its line; `is_own` says whether this is still the sender's.
    """

    term: Term
    state: str
    is_own: bool
    reason: str
    version: int | None
    threads: tuple[Thread, ...]

    @property
    def is_open(self) -> bool:
        return self.state in Revision.OPEN_STATES and not self.is_gone

    @property
    def is_gone(self) -> bool:
        """Whether the term was put away, taken off the site or merged."""
        return self.term.is_gone

    @property
    def may_be_withdrawn(self) -> bool:
        return self.is_open and self.is_own


def standing(suggestion: Suggestion) -> Standing:
    """Say what has become of a suggestion: of its text, or of the texts that took its place."""
    line = _line(suggestion)
    own, newest = _own(line), line[-1]
    is_own = newest is own[-1]
    return Standing(
        term=newest.term,
        state=newest.state,
        is_own=is_own,
        reason=newest.decision_reason if is_own and newest.state == Revision.State.REJECTED else "",
        version=newest.version,
        threads=tuple(
            thread
            for thread in discussion.threads(own)
            if thread.head.asks_for_changes or thread.head.suggestion_id == suggestion.pk
        ),
    )


@transaction.atomic
def answer(*, suggestion_id: int, text: str) -> Comment:
    """Say something to the editors as the sender of a suggestion.

    A text that they sent back for changes goes into the queue again with it. Raises WrongState for
    what is settled, TooMany for too many answers in an hour.
    """
    suggestion, own, newest = _lock(suggestion_id)
    if not newest.is_open:
        raise WrongState("This suggestion is settled. Send another one if something is still wrong.")
    sentence = f"No more than {_ANSWERS_PER_HOUR} answers an hour can be sent."
    _check_rate(suggestion.comments.all(), "created_at", _ANSWERS_PER_HOUR, sentence)
    said = discussion.say(own[-1], text, suggestion=suggestion, thread=discussion.last_request(own))
    kind = Event.Kind.COMMENTED
    if newest.state == Revision.State.CHANGES_REQUESTED and newest is own[-1]:
        kind = Event.Kind.RESUBMITTED
        newest.state = Revision.State.PROPOSED
        newest.save(update_fields=["state"])
    _record(kind, suggestion, own[-1], said.text)
    return said


@transaction.atomic
def withdraw_suggestion(*, suggestion_id: int) -> Revision:
    """Take back a suggestion as its sender, as long as no editor made a text of their own of it."""
    suggestion, own, newest = _lock(suggestion_id)
    if not newest.is_open:
        raise WrongState("This suggestion is settled; there is nothing to take back.")
    if newest is not own[-1]:
        raise WrongState("An editor is working with this text already. Tell them with an answer instead.")
    newest.state = Revision.State.WITHDRAWN
    newest.save(update_fields=["state"])
    _record(Event.Kind.WITHDRAWN, suggestion, newest, "")
    return newest


def _lock(suggestion_id: int) -> tuple[Suggestion, list[Revision], Revision]:
    """Lock the term of a suggestion; return the sender's texts of it, and the newest of its line."""
    suggestion = Suggestion.objects.select_related("revision").filter(pk=suggestion_id).first()
    if suggestion is None:
        raise WrongState("There is no such suggestion.")
    term = rows.lock(suggestion.revision.term_id)
    if term.is_gone:
        # Without its name: for a term that was never public, that may be the word of an editor.
        raise WrongState("This suggestion is settled: its term is not there any more.")
    line = _line(suggestion)
    return suggestion, _own(line), line[-1]


def _line(suggestion: Suggestion) -> list[Revision]:
    """Return the suggested text and those that took its place, oldest first, read fresh."""
    texts = Revision.objects.select_related("term")
    line = [texts.get(pk=suggestion.revision_id)]
    while (successor := texts.filter(supersedes=line[-1]).first()) is not None:
        line.append(successor)
    return line


def _own(line: list[Revision]) -> list[Revision]:
    """Return the texts that hold the sender's words only: the first, and it brought up to date."""
    return list(takewhile(lambda revision: revision.author_id == line[0].author_id, line))


def _record(kind: str, suggestion: Suggestion, revision: Revision, note: str) -> None:
    log.record(
        kind, by=None, by_name=_name_of(suggestion), term=revision.term, revision=revision, note=note[:200]
    )
