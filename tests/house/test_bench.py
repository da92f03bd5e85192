"""The benchmark still runs and measures every row, on a glossary so small that its numbers say nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = [
    pytest.mark.ci,
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="The benchmark reads /proc."),
]

BENCH = settings.BASE_DIR / "bench"


def said_by(program: str, *arguments: str) -> str:
    return subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, str(BENCH / program), *arguments],
        env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout


def test_every_row_of_the_pages_is_measured():
    said = said_by("run.py", "--quick")

    lines = [line for line in said.splitlines() if line.startswith("| ")]
    for row in (
        "term page, from the front |",
        "term page, from the front, compressed |",
        "term page, unchanged (304) |",
        "term page, made new |",
        "A–Z page, made new |",
        "search, 2 words, made new |",
        "autocomplete, 2–5 letters, made new |",
        "JSON, one term, made new |",
        "JSON, 50 terms, made new |",
        "JSON, 50 terms, beside DRF with prefetch |",
        "memory, two workers and their parent |",
        "first page, from the start of the program |",
        "search, 2 words, processor beyond its statements |",
    ):
        assert any(line.startswith(f"| {row}") for line in lines), f"{row} is not in\n{said}"
    assert "Under the profiler: " in said


def test_an_import_is_measured_beside_its_parts():
    assert "| import of 40 terms with revisions" in said_by("import_cost.py", "--terms", "40")


def test_the_search_of_very_many_terms_is_measured():
    said = said_by("million.py", "--terms", "400", "--questions", "100", "--slips", "20")

    for row in ("search, 2 words, 20 hits", "suggestions, 2–5 letters", "a name with a slip"):
        assert f"\n| {row}" in said, said
