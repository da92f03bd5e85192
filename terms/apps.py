"""Start-up: settings checks; the search tables are put in place after every migrate, and what readers
looked for in vain is written after the answer left."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.signals import request_finished
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate


class TermsConfig(AppConfig):
    name = "terms"
    verbose_name = "Glossary"

    def ready(self) -> None:
        checks.register(_mails_lead_back)
        post_migrate.connect(_install_search, sender=self, dispatch_uid="terms.search.install")
        request_finished.connect(_write_wanted_terms, dispatch_uid="terms.wanted.write")


def _install_search(using: str, **kwargs: Any) -> None:
    # Imported here because models cannot be imported before all applications are loaded.
    from . import search

    if using == DEFAULT_DB_ALIAS:
        search.install()


def _write_wanted_terms(**kwargs: Any) -> None:
    from . import wanted

    wanted.write_if_due()


def _mails_lead_back(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn of mails with links that lead nowhere, or from a sender that no server takes."""
    if not settings.EMAIL_HOST:
        return []
    found: list[checks.CheckMessage] = []
    if not settings.SITE_URL:
        found.append(
            checks.Warning(
                "Mails are sent, but the links in them have no address to start from.",
                hint="Set TERMBOOK_SITE_URL, e.g. https://glossary.example.",
                id="terms.W001",
            )
        )
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        found.append(
            checks.Warning(
                f"Mails are sent as {settings.DEFAULT_FROM_EMAIL}, which most servers refuse.",
                hint="Set TERMBOOK_MAIL_FROM, e.g. glossary@example.org.",
                id="terms.W002",
            )
        )
    return found
