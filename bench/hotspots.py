"""Say where the time of a page goes: processor time, queries, and the functions that use most.

`TERMBOOK_DATA=folder python bench/hotspots.py`, on a folder that `generate.py` has filled. Pages are
made in this process, one after the other, by the same application as under the server.
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
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from rows import ROWS, Row  # noqa: E402

from glossary_site.wsgi import application  # noqa: E402

WARM_UP = 50
# Whose work a function is, by where it stands; the first that fits. `~` are functions written in C.
SUBJECTS = {
    "statements": ("sqlite3.Cursor", "sqlite3.Connection", "SQLiteCursorWrapper"),
    "querysets and rows": ("/django/db/",),
    "templates": ("/django/template/", "/templatetags/", "/django/utils/html", "/django/utils/safestring"),
    "the API's frame": ("/rest_framework/",),
    "front": ("/glossary_site/front",),
    "search": ("/terms/search/", "/terms/text"),
    "views": ("/terms/",),
    "Django's frame": ("/django/", "/csp/", "/whitenoise/", "/asgiref/"),
}

Address = tuple[str, int, str]


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
    parser.add_argument("--rows", default=",".join(name for name in ROWS if not ROWS[name].known))
    parser.add_argument("--pages", type=int, default=200, help="how many pages of a kind are made")
    parser.add_argument("--lines", type=int, default=10, help="how many functions are shown")
    parser.add_argument("--by", default="tottime", choices=["tottime", "cumtime"])
    given = parser.parse_args()
    asked = json.loads((settings.DATA_DIR / "questions.json").read_text())
    for name in given.rows.split(","):
        row = ROWS[name]
        paths = itertools.cycle(row.paths(asked)[: row.few or None])
        print(f"\n## {row.title}\n")
        show(row, list(itertools.islice(paths, WARM_UP + given.pages)), lines=given.lines, by=given.by)


def show(row: Row, paths: list[str], *, lines: int, by: str) -> None:
    """Make the pages once plain for the numbers and once more under the profiler."""
    if row.few:
        paths = paths[:WARM_UP] * 5  # known to the front
    for path in paths[:WARM_UP]:
        make(row, path)
    paths = paths[WARM_UP:]
    queries = Queries()
    with connection.execute_wrapper(queries):
        begun = time.process_time()
        for path in paths:
            make(row, path)
        used = time.process_time() - begun
    count = len(paths)
    print(
        f"{1_000 * used / count:.3f} ms of processor a page, {queries.count / count:.1f} queries that take "
        f"{1_000 * queries.seconds / count:.2f} ms.",
        flush=True,
    )
    with cProfile.Profile() as profile:
        for path in paths:
            make(row, path)
    told = io.StringIO()
    stats = pstats.Stats(profile, stream=told).sort_stats(by)
    print(f"Under the profiler: {by_subject(stats)}.\n")
    if lines:
        stats.print_stats(lines)
        print(told.getvalue().replace(str(ROOT), "").partition("ncalls")[2].rstrip())


def make(row: Row, path: str) -> bytes:
    """Return the body of a page, asked for as a server does."""
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "SCRIPT_NAME": "",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    for header in row.headers:
        name, _, value = header.partition(": ")
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    answered = []
    parts = application(environ, lambda status, headers, *failure: answered.append(status))
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    if not answered[0].startswith("200") or row.contains(path) not in body:
        sys.exit(f"{path} was answered {answered[0]}: {body[:300]!r}")
    return body


def by_subject(stats: pstats.Stats) -> str:
    """Return the shares of time by whose work it is; what C functions take is their caller's."""
    used: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        subject = subject_of(function)
        if subject or not callers:
            used[subject or "other"] += own
        else:
            for caller, (_, _, of_caller, _) in callers.items():
                used[subject_of(caller) or "other"] += of_caller
    total = sum(used.values())
    return ", ".join(
        f"{subject} {time / total:.0%}" for subject, time in used.most_common() if time > total / 100
    )


def subject_of(function: Address) -> str:
    file, _, name = function
    place = name if file == "~" else file
    return next((subject for subject, parts in SUBJECTS.items() if any(part in place for part in parts)), "")


if __name__ == "__main__":
    main()
