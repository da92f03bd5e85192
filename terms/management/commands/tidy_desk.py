"""Forget what has lain on the desk too long: unsent texts, who had which form open, traces of senders,
imports that were prepared and never carried out, answers to requests with a key, what the worker finished.

To be run once a day; running it more often does no harm.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from terms import answers, importing, sheets


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        gone, imports = sheets.tidy(now), importing.tidy(now)
        kept = answers.tidy(now)
        if settings.TASKS["default"]["BACKEND"].endswith("DatabaseBackend"):
            call_command("prune_db_task_results", verbosity=0)
        self.stdout.write(
            f"Forgotten: {gone.texts:,} unsent texts, {gone.presences:,} presences, "
            f"{gone.digests:,} traces of senders, {imports:,} imports, {kept:,} answers."
        )
