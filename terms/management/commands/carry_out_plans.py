"""Carry out what was planned for now: publications and deprecations. For a clock, such as cron.

It may run as often as one likes: a plan is carried out once.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from terms import planning


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        for plan in planning.carry_out_due():
            said = f"{plan.get_action_display()} {plan.term}: {plan.get_state_display().lower()}."
            self.stdout.write(f"{said} {plan.outcome}")
