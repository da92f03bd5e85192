"""Start-up: settings checks; the search tables are put in place after every migrate."""

from __future__ import annotations

from django.apps import AppConfig


class TermsConfig(AppConfig):
    name = "terms"
    verbose_name = "Glossary"
