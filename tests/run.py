"""Run the suite on SQLite, then on PostgreSQL where there is one, and say what could not be run.

`python tests/run.py [--deep] [options of pytest]`. TERMBOOK_TEST_POSTGRES names the server
(postgres://postgres@127.0.0.1:5432/termbook). With TERMBOOK_REQUIRE_ALL=1, as in CI, a missing PostgreSQL or
Chromium is a failure; then the long tests about completeness run too, and the faces on PostgreSQL as well.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from urllib.parse import urlsplit

POSTGRES = os.environ.get("TERMBOOK_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/termbook")
# Where the databases can differ: locks, orders, full text, JSON. The rest on PostgreSQL is left to CI;
# the ground knows no database at all.
DIFFER = [
    "tests/races",
    *(
        f"tests/rules/test_{room}.py"
        for room in (
            *("workflow", "names", "prepared", "publishing"),
            *("query_syntax", "search"),
        )
    ),
]
REQUIRE_ALL = os.environ.get("TERMBOOK_REQUIRE_ALL") == "1"


def main(arguments: list[str]) -> int:
    is_deep = "--deep" in arguments
    is_whole = is_deep or REQUIRE_ALL
    left_out = [*([] if is_deep else ["deep"]), *([] if is_whole else ["ci"])]
    options = [argument for argument in arguments if argument != "--deep"]
    missing = list(what_is_missing())
    if not is_whole:
        missing.append("The long tests about completeness are left to CI (TERMBOOK_REQUIRE_ALL=1).")
        os.environ.setdefault("TERMBOOK_MACHINE_RUNS", "8")
    print(*missing, sep="\n")
    if missing and REQUIRE_ALL:
        print("With TERMBOOK_REQUIRE_ALL=1 that is a failure.")
        return 1
    without_browser = [*left_out, "browser"]
    codes = [run_pytest("SQLite", "", left_out if shutil.which("chromium") else without_browser, options)]
    if has_postgres():
        # What a browser shows does not hang on the database; it is looked at once.
        second_time = [*without_browser, *([] if is_deep else ["once"])]
        rooms = ["--ignore=tests/ground"] if is_whole else DIFFER
        codes.append(run_pytest("PostgreSQL", POSTGRES, second_time, [*rooms, *options]))
    return next((code for code in codes if code), 0)


def what_is_missing() -> Iterator[str]:
    if not has_postgres():
        yield f"PostgreSQL does not answer at {urlsplit(POSTGRES).netloc}: its run is left out."
    if not shutil.which("chromium"):
        yield "There is no chromium: the tests in a browser are left out."


def has_postgres() -> bool:
    address = urlsplit(POSTGRES)
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 5432), timeout=3):
            return True
    except OSError:
        return False


def run_pytest(name: str, database: str, left_out: list[str], options: list[str]) -> int:
    print(f"\n=== The suite on {name} ===", flush=True)
    markers = " and ".join(f"not {marker}" for marker in left_out)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TERMBOOK_DATA": folder, "TERMBOOK_DATABASE_URL": database}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "-m", markers, *options]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
