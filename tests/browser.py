"""Chromium for the tests: people who are logged in, and everything that a page complains of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.test import Client


@contextmanager
def chromium(*arguments: str) -> Iterator[Any]:
    """Start a browser. Data are made before it, for Django allows no queries beside its event loop."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs chromium")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=program, args=["--no-sandbox", *arguments])
        yield started
        started.close()


def session_of(person: Any) -> str:
    """Log somebody in, and return what their browser would send to say so."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def desk_of(browser: Any, live_server: Any, session: str, **options: Any) -> Any:
    """Return the browser of somebody as a context of its own; without a session, of a reader."""
    context = browser.new_context(**options)
    if session:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        context.add_cookies([cookie])
    return context


def complaints_of(context: Any) -> list[str]:
    """Return a list that fills with what goes wrong on the pages of a context.

    The browser also notes a page that the server refused, which is what a page that says so is.
    """
    complaints: list[str] = []

    def note(message: Any) -> None:
        is_refused_page = message.text.startswith("Failed to load resource") and any(
            message.location.get("url", "") == page.url for page in context.pages
        )
        if message.type in {"error", "warning"} and not is_refused_page:
            complaints.append(f"{message.location.get('url', '')}: {message.text}")

    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return complaints
