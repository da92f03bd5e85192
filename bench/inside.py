"""What a search takes beyond its statements: `TERMBOOK_DATA=folder python bench/inside.py`.

On a folder that `generate.py` has filled, in this process, without a server. The statements of each
search are run again, by the database's own driver; only processor time counts.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

import django  # noqa: E402

django.setup()

import telling  # noqa: E402
from django.db import connection  # noqa: E402

from terms import search  # noqa: E402

MOST_MS = 0.5
TIMES = 3  # each search is made so often; the quickest counts


class Recorder:
    """Notes the statements of a connection as its driver takes them; an execute wrapper of Django."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        names = list(params) if isinstance(params, dict) else None
        if params is not None:
            sql_of_driver = context["cursor"].convert_query(sql, param_names=names)
            self.statements.append((sql_of_driver, params))
        else:
            self.statements.append((sql, ()))
        return execute(sql, params, many, context)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--searches", type=int, default=400)
    count = parser.parse_args().searches
    asked = json.loads((Path(os.environ["TERMBOOK_DATA"]) / "questions.json").read_text())
    found = [cost_of(words) for words in asked["searches"][:count]]
    whole, raw = (1_000 * statistics.mean(costs) for costs in zip(*found, strict=True))
    telling.print_headings(telling.OTHER_AIMS)
    telling.print_row(
        "search, 2 words, processor beyond its statements",
        f"≤ {MOST_MS} ms",
        f"{whole - raw:.2f} ms ({whole:.2f} ms, of which statements {raw:.2f} ms)",
        telling.said(whole - raw <= MOST_MS),
    )


def cost_of(words: str) -> tuple[float, float]:
    """Return the processor seconds of a search, and those of its statements alone."""
    recorder = Recorder()
    with connection.execute_wrapper(recorder):
        search.search(words)
    if not recorder.statements:
        sys.exit("A search made no statement that Django knows of: nothing to compare with.")
    return (
        min(seconds_of(lambda: search.search(words)) for _ in range(TIMES)),
        min(seconds_of(lambda: run(recorder.statements)) for _ in range(TIMES)),
    )


def run(statements: list[tuple[str, Any]]) -> None:
    cursor = sqlite3.Cursor(connection.connection)
    for statement, params in statements:
        cursor.execute(statement, params).fetchall()


def seconds_of(call: Callable[[], Any]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
