"""Bring the terms of a file in, as drafts and proposals."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from terms import formats, importing
from terms.errors import TermbookError


class Command(BaseCommand):
    help = "Bring the terms of a file in: new ones as drafts, changes as proposals. Nothing goes live."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file, or - for standard input")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would happen and change nothing"
        )
        parser.add_argument("--json", action="store_true", help="with --dry-run: one JSON object a row")
        parser.add_argument(
            "--format", default="", choices=["", *formats.FORMATS], help="found out if not given"
        )
        parser.add_argument(
            "--by", default="", help=f"the account to import as (default: {importing.IMPORTER})"
        )
        parser.add_argument("--clear-empty", action="store_true", help="let empty cells clear their fields")

    def handle(self, *, file: str, dry_run: bool, json: bool, **options: Any) -> None:
        data, name = self._read(file)
        if not dry_run:
            by = self._account(options["by"])
            plan = self._plan(data, name, by, options)
            self._print_table(plan)
            self._carry_out(plan, by)
            return
        with transaction.atomic():
            plan = self._plan(data, name, self._account(options["by"]), options)
            transaction.set_rollback(True)  # not even the importing account is made
        if json:
            self._print_json(plan)
        else:
            self._print_table(plan)
            self.stdout.write("Nothing was changed (--dry-run).")

    def _plan(self, data: bytes, name: str, by: Any, options: dict[str, Any]) -> importing.ImportPlan:
        try:
            return importing.plan(
                data,
                file_name=name,
                by=by,
                format_name=options["format"],
                clear_empty=options["clear_empty"],
            )
        except TermbookError as error:
            raise CommandError(error.message) from error

    def _read(self, file: str) -> tuple[bytes, str]:
        if file == "-":
            return sys.stdin.buffer.read(), "standard input"
        try:
            return Path(file).read_bytes(), Path(file).name
        except OSError as error:
            raise CommandError(
                f"{file}: {error.strerror}. Give the path of a file that can be read."
            ) from error

    def _account(self, username: str) -> Any:
        if not username:
            return importing.importer()
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account “{username}”. Name one that exists with --by.")
        return user

    def _print_json(self, plan: importing.ImportPlan) -> None:
        for row in plan.rows:
            self.stdout.write(json.dumps(row.as_json(), ensure_ascii=False))

    def _print_table(self, plan: importing.ImportPlan) -> None:
        self.stdout.write(f"{plan.file_name}: read as {plan.format}, {len(plan.rows)} rows")
        for row in plan.rows:
            title = row.record.name or "–"
            notes = "; ".join([row.because] * bool(row.because) + [flag.message for flag in row.flags])
            self.stdout.write(f"{row.line:>6}  {row.action:<9}  {title:<40.40}  {notes}".rstrip())
        for problem in plan.problems:
            if not problem.fatal:
                self.stdout.write(f"{problem.line:>6}  note       {problem.message}")

    def _carry_out(self, plan: importing.ImportPlan, by: Any) -> None:
        result = importing.carry_out(plan, by=by, progress=self._progress if sys.stderr.isatty() else None)
        for line, message in result.failures:
            self.stdout.write(self.style.ERROR(f"{line:>6}  failed     {message}"))
        counts = ", ".join(f"{number} {action}" for action, number in plan.counts.items() if number)
        self.stdout.write(f"Done: {counts or 'nothing to do'}.")

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done:,} of {total:,}", ending="\n" if done >= total else "")
