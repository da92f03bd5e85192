"""Say where the time of a page goes: processor time, queries, and the functions that use most.

`TERMBOOK_DATA=folder python bench/hotspots.py`, on a folder that `generate.py` has filled. Pages are
made in this process, one after the other, without a server.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import itertools
import json
import os
import pstats
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

ADDRESSES = {"slugs": "/terms/{}/", "searches": "/search?q={}", "beginnings": "/api/v1/suggest?q={}"}
WARM_UP = 50


class Queries:
    """Counts the queries of a connection and the time they take; an execute wrapper of Django."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=300, help="how many pages of a kind are made")
    parser.add_argument("--lines", type=int, default=25, help="how many functions are shown")
    parser.add_argument("--by", default="tottime", choices=["tottime", "cumtime"])
    given = parser.parse_args()
    asked = json.loads((settings.DATA_DIR / "questions.json").read_text())
    for kind, address in ADDRESSES.items():
        paths = itertools.cycle([address.format(quote(text)) for text in asked[kind]])
        print(f"\n## {address}")
        show(list(itertools.islice(paths, WARM_UP + given.pages)), lines=given.lines, by=given.by)


def show(paths: list[str], *, lines: int, by: str) -> None:
    """Make the pages once plain for the numbers and once more under the profiler."""
    read = Client(headers={"host": "127.0.0.1"}).get
    for path in paths[:WARM_UP]:
        read(path)
    paths = paths[WARM_UP:]
    queries = Queries()
    with connection.execute_wrapper(queries):
        begun = time.process_time()
        for path in paths:
            read(path)
        used = time.process_time() - begun
    count = len(paths)
    print(
        f"{1_000 * used / count:.2f} ms of processor a page, {queries.count / count:.1f} queries that take "
        f"{1_000 * queries.seconds / count:.2f} ms\n"
    )
    with cProfile.Profile() as profile:
        for path in paths:
            read(path)
    told = io.StringIO()
    pstats.Stats(profile, stream=told).sort_stats(by).print_stats(lines)
    print(told.getvalue().replace(str(ROOT), "").partition("ncalls")[2])


if __name__ == "__main__":
    main()
