"""The address at which people find the site: links in mails begin with it.

It is the one that is set; without one it is that of the request within which something happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

_asked_at: ContextVar[Callable[[], str]] = ContextVar("asked_at", default=str)


@contextmanager
def asked_at(find_origin: Callable[[], str]) -> Iterator[None]:
    """Let everything inside this block happen at a request, whose address is looked up when needed."""
    token = _asked_at.set(find_origin)
    try:
        yield
    finally:
        _asked_at.reset(token)


def origin() -> str:
    """Return the beginning of an address for mails; nothing where neither a setting nor a request has it."""
    return settings.SITE_URL or _asked_at.get()()
