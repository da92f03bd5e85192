"""Measure pages as shares of a fixed page: `make bench`, or `python bench/run.py --sizes 4000`.

Glossary and fixed page are served by the same program with the same options and asked in turns
(A B A B …), so that what else the machine does meets both. See docs/performance.md.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import fixed
import servers
from load import CONNECTIONS, Load, Question, ask, get, put_load

Asked = dict[str, list[str]]

KNOWN_PAGES = 300  # that are asked for again by their ETag


# --- What is asked -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A line of the table: what is measured, and the questions for it (needs the server's port)."""

    title: str
    questions: Callable[[Asked, int], list[Question]]


def _term_path(slug: str) -> str:
    return f"/terms/{quote(slug)}/"


def _term_pages(asked: Asked, port: int) -> list[Question]:
    paths = map(_term_path, asked["slugs"])
    return [Question(get(path), contains=f"{path}history/".encode()) for path in paths]


def _compressed_term_pages(asked: Asked, port: int) -> list[Question]:
    magic = b"\x1f\x8b"
    paths = map(_term_path, asked["slugs"])
    return [Question(get(path, "Accept-Encoding: gzip"), contains=magic) for path in paths]


def _known_term_pages(asked: Asked, port: int) -> list[Question]:
    requests = []
    for path in map(_term_path, asked["slugs"][:KNOWN_PAGES]):
        etag = ask(port, get(path)).etag.decode()
        requests.append(get(path, f"If-None-Match: {etag}"))
    return [Question(request, status=304) for request in requests]


def _searches(asked: Asked, port: int) -> list[Question]:
    paths = (f"/search?{urlencode({'q': words})}" for words in asked["searches"])
    return [Question(get(path), contains=b'class="entries') for path in paths]


def _beginnings(asked: Asked, port: int) -> list[Question]:
    paths = (f"/api/v1/suggest?{urlencode({'q': letters})}" for letters in asked["beginnings"])
    return [Question(get(path), contains=b'"slug":') for path in paths]


ROWS = {
    "term": Row("term page", _term_pages),
    "term-gzip": Row("term page, compressed", _compressed_term_pages),
    "term-304": Row("term page, unchanged (304)", _known_term_pages),
    "search": Row("search, 2 words", _searches),
    "suggest": Row("autocomplete, 2–5 letters", _beginnings),
}


# --- Measuring -----------------------------------------------------------------------------------


@dataclass
class Measured:
    """The rounds of one server, and the processor time it took for them."""

    rounds: list[Load] = field(default_factory=list)
    processor_seconds: float = 0.0

    def add_round(self, server: servers.Server, questions: Iterator[Question], seconds: float) -> None:
        before = server.processor_seconds()
        self.rounds.append(put_load(server.port, questions, seconds=seconds))
        self.processor_seconds += server.processor_seconds() - before

    @property
    def rates(self) -> list[float]:
        return [load.rate for load in self.rounds]

    @property
    def processor_ms(self) -> float:
        """Processor milliseconds a request, all rounds together: a clock tick is 10 of them."""
        return 1_000 * self.processor_seconds / sum(load.requests for load in self.rounds)

    def latency_ms(self, percent: int) -> float:
        latencies = [latency for load in self.rounds for latency in load.latencies]
        return 1_000 * statistics.quantiles(latencies, n=100)[percent - 1]

    def shares_of(self, other: Measured) -> list[float]:
        """Return the rates of the rounds, each divided by that of the other's neighbouring round."""
        return [mine / its for mine, its in zip(self.rates, other.rates, strict=True)]


@dataclass(frozen=True)
class Field:
    """The servers that are measured against one another."""

    glossary: servers.Server
    fixed: servers.Server
    nginx: servers.Server | None


def measure(row: Row, asked: Asked, ground: Field, *, rounds: int, seconds: float) -> dict[str, Measured]:
    """Warm up, then ask glossary, fixed page and nginx in turns."""
    the_same = itertools.repeat(Question(get("/"), contains=fixed.BODY[-7:]))
    contenders = {
        "glossary": (ground.glossary, itertools.cycle(row.questions(asked, ground.glossary.port))),
        "fixed": (ground.fixed, the_same),
    }
    if ground.nginx:
        contenders["nginx"] = (ground.nginx, the_same)
    for server, questions in contenders.values():
        put_load(server.port, questions, seconds=seconds)
    measured = {name: Measured() for name in contenders}
    for _ in range(rounds):
        for name, (server, questions) in contenders.items():
            measured[name].add_round(server, questions, seconds)
    return measured


# --- Telling -------------------------------------------------------------------------------------

HEADINGS = (
    "row",
    "share of the fixed page: median (min–max)",
    "share of nginx: median",
    "requests/s: page, fixed",
    "processor ms/request: page, fixed",
    "share by processor",
    "p50 / p95 ms",
)


def table_line(title: str, measured: dict[str, Measured]) -> str:
    page, plain = measured["glossary"], measured["fixed"]
    shares = page.shares_of(plain)
    of_nginx = "–"
    if "nginx" in measured:
        of_nginx = f"{statistics.median(page.shares_of(measured['nginx'])):.4f}"
    return markdown_row(
        [
            title,
            f"{statistics.median(shares):.4f} ({min(shares):.4f}–{max(shares):.4f})",
            of_nginx,
            f"{statistics.median(page.rates):,.0f}, {statistics.median(plain.rates):,.0f}",
            f"{page.processor_ms:.2f}, {plain.processor_ms:.3f}",
            f"{plain.processor_ms / page.processor_ms:.4f}",
            f"{page.latency_ms(50):.1f} / {page.latency_ms(95):.1f}",
        ]
    )


def markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def measure_size(size: int, names: Sequence[str], *, rounds: int, seconds: float) -> None:
    """Make a glossary of this size in a temporary folder and print its table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="termbook-bench-")))
        print(f"\n## {size:,} terms\n", flush=True)
        generate(size, folder)
        asked: Asked = json.loads((folder / "questions.json").read_text())
        ground = Field(
            stack.enter_context(servers.glossary(folder)),
            stack.enter_context(servers.fixed_page()),
            stack.enter_context(servers.nginx(folder)),
        )
        first, second = (seconds_of_a_page(ground.glossary.port, asked, index) for index in (0, 1))
        print(f"First term page after the start: {first:.2f} s; the next: {second:.3f} s.")
        if ground.nginx is None:
            print("nginx is not installed: no shares of it.")
        print("", markdown_row(HEADINGS), markdown_row(["---"] * len(HEADINGS)), sep="\n", flush=True)
        for name in names:
            measured = measure(ROWS[name], asked, ground, rounds=rounds, seconds=seconds)
            print(table_line(ROWS[name].title, measured), flush=True)
        print(
            f"\nResident memory after it: glossary {ground.glossary.megabytes():.0f} MB, "
            f"fixed page {ground.fixed.megabytes():.0f} MB (main process and worker)."
        )


def generate(size: int, folder: Path) -> None:
    """Fill the folder; in a process of its own, so that each size starts from nothing."""
    subprocess.run(
        [sys.executable, str(servers.BENCH / "generate.py"), "--terms", str(size)],
        env={**servers.ENVIRONMENT, "TERMBOOK_DATA": str(folder)},
        check=True,
    )


def seconds_of_a_page(port: int, asked: Asked, index: int) -> float:
    begun = time.perf_counter()
    ask(port, get(_term_path(asked["slugs"][index])))
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sizes", type=_numbers, default=[4_000, 100_000], help="numbers of terms: 4000,100000"
    )
    parser.add_argument("--rows", type=_row_names, default=list(ROWS), help=f"of {','.join(ROWS)}")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a round takes")
    parser.add_argument("--rounds", type=int, default=5, help="how many rounds of each server a row has")
    given = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(
        f"{cores} processor cores, Python {sys.version.split()[0]}, load of the machine "
        f"{os.getloadavg()[0]:.1f}; {CONNECTIONS} connections, {given.rounds} rounds of {given.seconds:g} s."
    )
    for size in given.sizes:
        measure_size(size, given.rows, rounds=given.rounds, seconds=given.seconds)


def _numbers(given: str) -> list[int]:
    return [int(number) for number in given.split(",")]


def _row_names(given: str) -> list[str]:
    names = given.split(",")
    if unknown := set(names) - set(ROWS):
        raise argparse.ArgumentTypeError(f"There is no row {', '.join(sorted(unknown))}.")
    return names


if __name__ == "__main__":
    main()
