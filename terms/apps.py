"""Start-up: settings checks; the search tables are put in place after every migrate."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate


class TermsConfig(AppConfig):
    name = "terms"
    verbose_name = "Glossary"

    def ready(self) -> None:
        post_migrate.connect(_install_search, sender=self, dispatch_uid="terms.search.install")


def _install_search(using: str, **kwargs: Any) -> None:
    # Imported here because models cannot be imported before all applications are loaded.
    from . import search

    if using == DEFAULT_DB_ALIAS:
        search.install()
