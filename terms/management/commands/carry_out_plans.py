"""Carry out what was planned for now: publications and deprecations. For a clock, such as cron.

It may run as often as one likes: a plan is carried out once.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terms import planning


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        carried = planning.carry_out_due()
        for plan in carried.settled:
            said = f"{plan.get_action_display()} {plan.term}: {plan.get_state_display().lower()}."
            self.stdout.write(f"{said} {plan.outcome}")
        if carried.broken:
            numbers = ", ".join(str(plan_id) for plan_id in carried.broken)
            raise CommandError(f"Plans that could not be carried out, see the log: {numbers}.")
