"""Write terms to a file in one of the formats."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError

from terms import exporting
from terms.errors import TermbookError


class Command(BaseCommand):
    help = "Write the terms that readers see, or with --by those that an account sees, in one of the formats."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", default="csv", choices=list(exporting.FORMS), help="default: csv")
        parser.add_argument("--output", default="-", help="a file; - for standard output (default)")
        parser.add_argument("--status", action="append", default=[], choices=exporting.STATUSES)
        parser.add_argument("--tag", action="append", default=[], help="terms with one of these tags")
        parser.add_argument("--language", default="", help="terms with a name in this language, such as de")
        parser.add_argument("--since", default="", help="terms changed since then, such as 2026-01-31")
        parser.add_argument("--by", default="", help="an account that may see drafts, to export these too")

    def handle(self, **options: Any) -> None:
        try:
            pieces = self._pieces(options)
            if options["output"] == "-":
                sys.stdout.buffer.writelines(pieces)
            else:
                self._write_file(Path(options["output"]), pieces)
        except TermbookError as error:
            raise CommandError(error.message) from error
        except BrokenPipeError:
            # Whoever read the output has seen enough; what Python still holds of it goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _pieces(self, options: dict[str, Any]) -> Iterable[bytes]:
        by = self._account(options["by"])
        asked = {field: options[field] for field in ("status", "tag")}
        asked |= {field: [options[field]] for field in ("language", "since")}
        if not settings.SITE_URL:
            self.stderr.write(
                "TERMBOOK_SITE_URL is not set: addresses in the file begin with http://localhost/."
            )
        return exporting.stream(options["format"], exporting.Selection.read(asked, by=by), by=by)

    def _account(self, username: str) -> Any:
        if not username:
            return AnonymousUser()
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account “{username}”. Name one that exists with --by.")
        return user

    def _write_file(self, path: Path, pieces: Iterable[bytes]) -> None:
        """Write the file whole or not at all."""
        try:
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
                try:
                    file.writelines(pieces)
                except BaseException:
                    os.unlink(file.name)
                    raise
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}. Give a path that can be written.") from error
        self.stderr.write(f"{path}: {path.stat().st_size:,} bytes")
