"""Make everything ready to serve: tables, static files, and a first content with accounts."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand

from terms.models import Term

ROLES = {
    "contributor": "Contributors",
    "editor": "Editors",
    "reviewer": "Reviewers",
    "chief": "Chief editors",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="", help="where the site is served, to be shown")
        parser.add_argument("--empty", action="store_true", help="do not load the starter glossary")

    def handle(self, *, address: str, empty: bool, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        if Group.objects.filter(name__in=ROLES.values()).count() < len(ROLES):
            call_command("loaddata", "groups", verbosity=0)
        if not empty and not Term.objects.exists():
            self.stdout.write("Loading the starter glossary …")
            call_command("loaddata", "starter", verbosity=0)
        if not get_user_model().objects.filter(is_active=True).exists():
            self._make_accounts()
        if address:
            self.stdout.write(
                f"Termbook is at {address} – editors log in at {address}admin/ – stop it with Ctrl+C"
            )

    def _make_accounts(self) -> None:
        self.stdout.write("\nAccounts, with passwords that are shown this once:\n")
        users = get_user_model().objects
        for name, group in ROLES.items():
            password = secrets.token_urlsafe(12)
            user = users.create_user(name, password=password, is_staff=name != "contributor")
            user.groups.add(Group.objects.get(name=group))
            where = "at account/login/" if name == "contributor" else "at admin/"
            self.stdout.write(f"  {name:<12} {password}   ({group}, {where})")
        password = secrets.token_urlsafe(12)
        users.create_superuser("admin", password=password)
        self.stdout.write(f"  {'admin':<12} {password}   (accounts and groups)\n\n")
