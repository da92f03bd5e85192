"""Bring the terms of files in, as drafts and proposals."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from terms import formats, importing
from terms.errors import TermbookError
from terms.formats.packed import LARGEST_FILE, MOST_MEMBERS
from terms.importing import GivenFile, Options
from terms.models import ImportBatch, ImportRow

Progress = Callable[[int, int], None]


class Command(BaseCommand):
    help = "Bring the terms of files in: new ones as drafts, changes as proposals. Nothing goes live unasked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", help="files, zip files or folders, or - for standard input")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would happen and change nothing"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a row instead of a table")
        parser.add_argument(
            "--format", default="", choices=["", *formats.FORMATS], help="found out if not given"
        )
        parser.add_argument(
            "--language", default="", help="language of the texts (default: that of the site)"
        )
        parser.add_argument(
            "--source", default="", help="where the files come from (default: the name of the file)"
        )
        parser.add_argument(
            "--by", default="", help=f"the account to import as (default: {importing.IMPORTER})"
        )
        parser.add_argument("--clear-empty", action="store_true", help="let empty cells clear their fields")
        parser.add_argument("--all-or-nothing", action="store_true", help="one bad row stops all")
        parser.add_argument(
            "--publish", action="store_true", help="publish at once; --by needs the right to do so"
        )
        parser.add_argument("--go-on", type=int, metavar="BATCH", help="do what is left of a stopped import")
        parser.add_argument("--undo", type=int, metavar="BATCH", help="take an import back")

    def handle(self, *, files: list[str], **options: Any) -> None:
        try:
            self._handle(files, options)
        except TermbookError as error:
            raise CommandError(error.message) from error

    def _handle(self, files: list[str], options: dict[str, Any]) -> None:
        if options["go_on"] is not None:
            self._go_on(_batch(options["go_on"]), _account(options["by"]), options)
        elif options["undo"] is not None:
            self._undo(_batch(options["undo"]), _account(options["by"]))
        elif not files:
            raise CommandError("Give the path of a file, of a folder, or - for standard input.")
        elif options["dry_run"]:
            self._show(_given(files), options)
        else:
            self._bring_in(_given(files), options)

    def _show(self, files: Sequence[GivenFile], options: dict[str, Any]) -> None:
        with _nothing_is_kept(options["by"]) as by:
            plan = importing.plan(files, by=by, options=_options(options))
        if options["json"]:
            self._print_json(row.as_json() for row in plan.rows)
            return
        self.stdout.write(f"{plan.file_name}: read as {plan.format}, {len(plan.rows)} rows")
        for row in plan.rows:
            self._print_row(row.line, row.record.path, row.action, row.record.name, _notes(row))
        for problem in plan.problems:
            self.stdout.write(f"{problem.line:>6}  note       {problem.message}")
        self.stdout.write("Nothing was changed (--dry-run).")

    def _bring_in(self, files: Sequence[GivenFile], options: dict[str, Any]) -> None:
        by = _account(options["by"])
        batch = importing.prepare(files, by=by, options=_options(options))
        if not options["json"] and options["verbosity"]:
            self._print_plan(batch)
        if not importing.has_work(batch):
            importing.forget(batch, by=by)
        else:
            with _bar() as progress, self._stoppable(batch):
                batch = importing.carry_out(batch, importing.token(batch, by), by=by, progress=progress)
        self._report(batch, options)

    def _go_on(self, batch: ImportBatch, by: Any, options: dict[str, Any]) -> None:
        with _bar() as progress, self._stoppable(batch):
            batch = importing.go_on(batch, by=by, progress=progress)
        self._report(batch, options)

    def _undo(self, batch: ImportBatch, by: Any) -> None:
        preview = importing.undo_preview(batch, by=by)
        with _bar() as progress:
            importing.undo(batch, preview.token, by=by, progress=progress)
        for told in preview.rows:
            if not told.is_done:
                self.stdout.write(f"{told.row.line:>6}  stays      {told.sentence}")
        self.stdout.write(f"Undone: {preview.count:,} of {len(preview.rows):,}.")

    @contextmanager
    def _stoppable(self, batch: ImportBatch) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt as stop:
            raise CommandError(
                f"Stopped. Go on with: import_terms --go-on {batch.pk}, or take it back with: "
                f"import_terms --undo {batch.pk}"
            ) from stop

    def _report(self, batch: ImportBatch, options: dict[str, Any]) -> None:
        found = importing.rows(batch) if batch.pk else ImportRow.objects.none()
        if options["json"]:
            self._print_json(map(importing.outcome_as_json, found.iterator(chunk_size=1_000)))
        else:
            for row in found.exclude(message="").iterator(chunk_size=1_000):
                what = "failed" if row.outcome == ImportRow.Outcome.FAILED else "note"
                line = f"{row.line:>6}  {what:<9}  {row.message}"
                self.stdout.write(self.style.ERROR(line) if what == "failed" else line)
        if batch.state == ImportBatch.State.FAILED and batch.message:
            raise CommandError(batch.message)
        counts = ", ".join(f"{number} {action}" for action, number in batch.counts.items() if number)
        if not options["json"]:
            self.stdout.write(f"Done: {counts or 'nothing to do'}.")

    def _print_plan(self, batch: ImportBatch) -> None:
        found = importing.rows(batch)
        self.stdout.write(f"{batch.file_name}: read as {batch.format}, {found.count()} rows")
        for row in found.iterator(chunk_size=1_000):
            self._print_row(row.line, row.path, row.action, row.record.get("name", ""), _notes(row))
        for problem in batch.problems:
            self.stdout.write(f"{problem['line']:>6}  note       {problem['message']}")

    def _print_row(self, line: int, path: str, action: str, name: str, notes: str) -> None:
        where = f"{path}:{line}" if path else f"{line:>6}"
        self.stdout.write(f"{where}  {action:<9}  {name or '–':<40.40}  {notes}".rstrip())

    def _print_json(self, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            self.stdout.write(json.dumps(row, ensure_ascii=False))


def _notes(row: Any) -> str:
    said = [flag["message"] if isinstance(flag, dict) else flag.message for flag in row.flags]
    return "; ".join([row.because] * bool(row.because) + said)


def _options(options: dict[str, Any]) -> Options:
    names = ("format", "clear_empty", "all_or_nothing", "publish", "source", "language")
    return Options(**{name: options[name] for name in names})


def _account(username: str) -> Any:
    if not username:
        return importing.importer()
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active account “{username}”. Name one that exists with --by.")
    return user


@contextmanager
def _nothing_is_kept(username: str) -> Iterator[Any]:
    """Give the account to plan as; if the importing one has to be made, it is gone afterwards."""
    if username or get_user_model().objects.filter(username=importing.IMPORTER).exists():
        yield _account(username)
        return
    with transaction.atomic():
        yield _account("")
        transaction.set_rollback(True)


def _batch(number: int) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=number).first()
    if batch is None:
        raise CommandError(f"There is no import {number}. The desk lists them with their numbers.")
    return batch


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """Show how far it is, to who looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    with tqdm(unit=" rows", dynamic_ncols=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        yield show


# --- Files ---------------------------------------------------------------------------------------


def _given(names: Sequence[str]) -> list[GivenFile]:
    return [file for name in names for file in _read(name)]


def _read(name: str) -> Iterator[GivenFile]:
    if name == "-":
        yield GivenFile("standard input", sys.stdin.buffer.read(LARGEST_FILE + 1))
        return
    path = Path(name)
    try:
        if not path.is_dir():
            yield GivenFile(path.name, _content(path))
            return
        folder = path.resolve()
        for found in islice(_files_in(folder), MOST_MEMBERS + 1):
            yield GivenFile(found.relative_to(folder.parent).as_posix(), _content(found))
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}. Give the path of a file that can be read.") from error


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield what lies in a folder and those below it; hidden things and links are nobody's texts."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files_in(path)
        elif path.is_file():
            yield path


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)
