"""Make an API token for an account and print it, once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from terms import tokens
from terms.errors import InvalidContent
from terms.models import ApiToken


class Command(BaseCommand):
    help = "Make an API token for an account and print it. It is kept only as a digest: copy it now."

    def add_arguments(self, parser: CommandParser) -> None:
        scopes = ", ".join(ApiToken.Scope.values)
        parser.add_argument("owner", help="user name of the account that the program acts for")
        parser.add_argument("name", help="what the token is for, to know it by")
        parser.add_argument(
            "--scopes", default="read", help=f"separated by commas, from: {scopes} (default: read)"
        )
        parser.add_argument("--days", type=int, default=90, help="how long it is valid (default: 90)")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            token, secret = tokens.issue_token(
                owner=self._owner(options["owner"]), name=options["name"], scopes=scopes, days=options["days"]
            )
        except InvalidContent as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(secret)
        self.stderr.write(
            f"Valid until {token.expires_at:%Y-%m-%d} for {', '.join(token.scopes)}. It is not shown again."
        )

    def _owner(self, name: str) -> Any:
        users = get_user_model()
        owner = users.objects.filter(**{users.USERNAME_FIELD: name}, is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no active account “{name}”.")
        return owner
