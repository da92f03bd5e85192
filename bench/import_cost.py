"""What an import takes beside its parts measured alone: reading, rendering, and writing the same rows.

`python bench/import_cost.py --terms 2000`: everything happens in a temporary folder, on SQLite, in
this process; only processor time counts.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "glossary_site.settings"
FOLDER = tempfile.TemporaryDirectory(prefix="termbook-bench-")
os.environ["TERMBOOK_DATA"] = FOLDER.name
os.environ.pop("TERMBOOK_DATABASE_URL", None)

import django  # noqa: E402

django.setup()

import generate  # noqa: E402
import telling  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402
from wordstock import SUBJECTS, Wordstock  # noqa: E402

from terms import formats, importing, publishing  # noqa: E402
from terms.formats import GivenFile  # noqa: E402
from terms.models import Term  # noqa: E402

MOST = 1.5
_EMPTY = "empty.sqlite3"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terms", type=int, default=2_000)
    records = records_of(parser.parse_args().terms)
    file = GivenFile("terms.json", json.dumps(records).encode())
    call_command("migrate", verbosity=0)
    _copy_to(_EMPTY)
    # What is loaded once in the life of a process is no part of an import.
    reverse("home")
    formats.read([GivenFile("terms.json", json.dumps(records[:1]).encode())])

    whole = seconds_of(lambda: bring_in(file))
    reading = seconds_of(lambda: formats.read([file]))
    rendering = seconds_of(lambda: [publishing.render(record["definition"]) for record in records])
    writing = seconds_of_writing()

    if Term.objects.published().count() != len(records):
        sys.exit(f"Of {len(records):,} terms {Term.objects.published().count():,} were published.")
    alone = reading + rendering + writing
    telling.print_headings(telling.OTHER_AIMS)
    telling.print_row(
        f"import of {len(records):,} terms with revisions, rendering and index, beside its parts alone",
        f"≤ {MOST} times",
        f"{whole / alone:.2f} times: {whole:.1f} s ({len(records) / whole:.0f} terms a second), reading "
        f"{reading:.2f} s, rendering {rendering:.2f} s, writing {writing:.2f} s",
        telling.said(whole <= MOST * alone),
    )


def records_of(count: int) -> list[dict[str, Any]]:
    """Return terms with aliases, tags and a source, with all kinds of texts."""
    stock = Wordstock()
    passages = generate.make_passages(stock)
    return [
        {
            "name": name.text,
            "short_definition": stock.sentence()[:160],
            "definition": "\n\n".join(
                [stock.paragraph(3), *(some.markdown for some in stock.random.sample(passages, k=2))]
            ),
            "aliases": [
                {"text": alias["text"], "kind": alias["kind"]} for alias in generate.aliases_of(stock, name)
            ],
            "tags": sorted(stock.random.sample(SUBJECTS, k=2)),
            "sources": [{"title": stock.sentence().rstrip("."), "locator": "Chapter 2"}],
        }
        for name in itertools.islice(stock.names(), count)
    ]


def bring_in(file: GivenFile) -> None:
    """Import the file and publish what it brings, as one who finds nothing wrong with the preview."""
    chief = get_user_model().objects.create_superuser("chief")
    batch = importing.prepare([file], by=chief, options=importing.Options(publish=True))
    importing.carry_out(batch, importing.token(batch, chief), by=chief)


def seconds_of(call: Callable[[], Any]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def seconds_of_writing() -> float:
    """Return what it takes to write all rows that the import left into an empty database of the same form."""
    # Not the tables of the full-text index: its triggers fill them.
    tables = connection.introspection.django_table_names(only_existing=True)
    with sqlite3.connect(Path(FOLDER.name) / _EMPTY) as empty:
        # A row may point to one that is written later.
        empty.execute("PRAGMA defer_foreign_keys = ON")
        return sum(_seconds_of_table(empty, table) for table in tables) + seconds_of(empty.commit)


def _seconds_of_table(empty: sqlite3.Connection, table: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
        rows, columns = cursor.fetchall(), [column[0] for column in cursor.description]
    statement = (
        f"INSERT OR IGNORE INTO {table} ({', '.join(columns)})"  # noqa: S608
        f" VALUES ({', '.join('?' * len(columns))})"
    )
    return seconds_of(lambda: empty.executemany(statement, [_plain(row) for row in rows]))


def _plain(row: tuple[Any, ...]) -> list[Any]:
    return [str(value) if hasattr(value, "isoformat") else value for value in row]


def _copy_to(name: str) -> None:
    connection.ensure_connection()
    with sqlite3.connect(Path(FOLDER.name) / name) as copy:
        connection.connection.backup(copy)


if __name__ == "__main__":
    main()
