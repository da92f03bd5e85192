"""Requests that carry a key of their sender: sent again, they are answered the same and do nothing.

A program that got no answer does not know whether its request was carried out; with a key it may simply
send it again. What was refused is not kept: it changed nothing, and may be tried again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from .errors import InvalidContent, KeyUsed
from .models import KeptAnswer

LONGEST_KEY = 255
KEPT_FOR = timedelta(hours=24)

_KEY = re.compile(rf"[\x20-\x7e]{{1,{LONGEST_KEY}}}")


class Answer(NamedTuple):
    """What is answered to a request; `is_replayed` when that was answered before and nothing was done."""

    status: int
    body: Any
    is_replayed: bool = False


def once(*, key: str, by: Any, request: str, act: Callable[[], Answer]) -> Answer:
    """Act, unless this person sent this request with this key before: then return the first answer.

    `request` is all that was asked for, as a text: another request with a used key is refused with
    KeyUsed. What `act` raises is raised, and keeps no answer. Raises InvalidContent for what is no key.
    """
    if not _KEY.fullmatch(key) or key.isspace():
        told = f"Idempotency-Key: send 1 to {LONGEST_KEY} printable characters of ASCII."
        raise InvalidContent({"Idempotency-Key": [told]})
    digest = hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()
    with transaction.atomic():
        # Written first, in the transaction that acts: of two at the same moment the second waits here for
        # the first, and finds its answer, or its place free again.
        KeptAnswer.objects.filter(by=by, key=key, at__lt=timezone.now() - KEPT_FOR).delete()
        kept, is_new = KeptAnswer.objects.get_or_create(by=by, key=key, defaults={"digest": digest})
        if not is_new:
            return _again(kept, digest)
        answer = act()
        kept.status, kept.body = answer.status, answer.body
        kept.save(update_fields=["status", "body"])
        return answer


def _again(kept: KeptAnswer, digest: str) -> Answer:
    if kept.digest != digest:
        raise KeyUsed("This Idempotency-Key was used for another request. Use a new key for each of them.")
    return Answer(kept.status, kept.body, is_replayed=True)


def tidy(now: datetime) -> int:
    """Forget the answers that are older than a day; return how many."""
    count, _ = KeptAnswer.objects.filter(at__lt=now - KEPT_FOR).delete()
    return count
