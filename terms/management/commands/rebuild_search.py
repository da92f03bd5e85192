"""Make the search index anew: after a change of language, or when it is in doubt."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from terms import search


class Command(BaseCommand):
    help = "Make the search index and the A–Z index anew from the public terms."

    def handle(self, *args: Any, **options: Any) -> None:
        count = search.rebuild()
        self.stdout.write(f"{count} {'term is' if count == 1 else 'terms are'} in the index.")
