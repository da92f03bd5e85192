"""Pages as somebody who is logged in gets them, and as one reads them."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client


def client_of(person: Any) -> Client:
    """Return a browser without a window in which this person is logged in."""
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    """Return a page with every run of blanks as one."""
    return re.sub(r"\s+", " ", response.content.decode())
