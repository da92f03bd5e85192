"""Look the glossary through for terms that may be the same concept, and print the pairs that are to judge.

With --verdicts or --load-verdicts nothing is looked through: what was judged is written out, or read in.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from terms import duplicates, judging
from terms.errors import TermbookError
from terms.models import DuplicatePair, Term

_SHOWN = 50


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object a pair and line, best first")
        parser.add_argument("--limit", type=int, help=f"so many pairs at most; {_SHOWN} without --json")
        parser.add_argument("--changed", action="store_true", help="look at what changed since the last look")
        parser.add_argument("--verdicts", metavar="FILE", help="write what was judged; - for standard output")
        parser.add_argument("--load-verdicts", metavar="FILE", help="read what was judged elsewhere")
        parser.add_argument("--by", default="", help="the account that takes over verdicts")

    def handle(self, **options: Any) -> None:
        try:
            if options["load_verdicts"]:
                self._load(options["load_verdicts"], options["by"])
            elif options["verdicts"]:
                self._write_verdicts(options["verdicts"])
            else:
                self._look(options)
            self.stdout.flush()
        except TermbookError as error:
            raise CommandError(error.message) from error
        except BrokenPipeError:
            # Whoever read the output has seen enough; what Python still holds of it goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    # --- Looking ---------------------------------------------------------------------------------

    def _look(self, options: dict[str, Any]) -> None:
        limit = options["limit"] if options["limit"] is not None or options["json"] else _SHOWN
        if limit is not None and limit < 0:
            raise CommandError(f"--limit {limit}: give a number from 0.")
        report = duplicates.scan_changed() if options["changed"] else duplicates.scan()
        waiting = duplicates.to_judge()
        write = _as_json if options["json"] else _in_words
        for pair in waiting[:limit].iterator(chunk_size=500):
            self.stdout.write(write(pair))
        count = waiting.count()
        if limit is not None and count > limit and not options["json"]:
            self.stdout.write(f"… and {count - limit:,} more; --limit {count} shows them all.")
        self.stderr.write(
            f"{report.terms:,} terms looked at in {report.seconds:.1f} s. {count:,} pairs to judge: "
            f"{report.new:,} new, {report.reopened:,} open again, {report.gone:,} gone."
        )

    # --- Verdicts --------------------------------------------------------------------------------

    def _write_verdicts(self, file: str) -> None:
        rows = judging.all_verdicts()
        if file == "-":
            self.stdout.writelines(judging.as_json_lines(rows))
            return
        write = judging.as_csv if file.lower().endswith(".csv") else judging.as_json_lines
        try:
            with Path(file).open("w", encoding="utf-8", newline="") as opened:
                count = _write_all(opened, write(rows))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}. Give a path that can be written.") from error
        verdicts = count - 1 if write is judging.as_csv else count
        self.stderr.write(f"{file}: {verdicts:,} verdicts")

    def _load(self, file: str, username: str) -> None:
        by = get_user_model().objects.filter(username=username, is_active=True).first()
        if by is None:
            raise CommandError(
                f"There is no active account “{username}”. Name one with --by: the verdicts are taken over "
                "in its name."
            )
        try:
            data = Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}. Give a file that can be read.") from error
        report = judging.import_verdicts(data, by=by)
        self.stdout.write(
            f"{report.imported:,} verdicts taken over, {report.already_so:,} were there already."
        )
        for sentence in (*report.conflicts, *report.unknown, *report.problems):
            self.stderr.write(sentence)


def _write_all(file: Any, pieces: Iterable[str]) -> int:
    count = 0
    for count, piece in enumerate(pieces, start=1):  # noqa: B007 - the last number is the answer
        file.write(piece)
    return count


def _as_json(pair: DuplicatePair) -> str:
    # In ASCII: there are signs beyond it that some programs take for the end of a line.
    return json.dumps(
        {
            "a": _term(pair.first),
            "b": _term(pair.second),
            "score": pair.score,
            "reasons": pair.reasons,
            "suggestion": pair.suggestion,
        }
    )


def _term(term: Term) -> dict[str, Any]:
    return {"id": term.public_id, "name": term.full_name, "status": term.status}


def _in_words(pair: DuplicatePair) -> str:
    return "\n".join(_lines(pair))


def _lines(pair: DuplicatePair) -> Iterator[str]:
    suggestion = pair.get_suggestion_display().lower()
    yield f"{pair.score:.2f}  {suggestion:6}  {_named(pair.first)}  ~  {_named(pair.second)}"
    for reason in pair.reasons:
        yield f"              {reason}"


def _named(term: Term) -> str:
    return term.full_name if term.is_public else f"{term.full_name} [{term.get_status_display().lower()}]"
