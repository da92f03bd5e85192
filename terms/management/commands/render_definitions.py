"""Render every public definition anew, after a change of the renderer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from terms import workflow


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Rendered {workflow.render_again():,} definitions.")
