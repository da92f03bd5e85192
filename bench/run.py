"""Measure pages as shares of a file of the same size: `make bench`, or `python bench/run.py --sizes 4000`.

The file is served by nginx, or where that is not installed by a bare WSGI function under the server of
the glossary. Both are asked in turns (A B A B …), so that what else the machine does meets both. See
docs/performance.md.
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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import servers
import telling
from load import CONNECTIONS, Load, Question, ask, get, put_load
from rows import MADE_NEW, ROWS, Asked, Row

WAGTAIL_MEGABYTES = 255  # two workers, the same terms: what a peer takes
MEMORY_SHARE = 0.65
TIMES_PLAIN_LIST = 40
SAMPLE = 40  # answers whose median size the file has
PAGES_BEFORE_MEMORY = 150


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
        """Processor milliseconds a request, all rounds together."""
        used = max(self.processor_seconds, 0.01)
        return 1_000 * used / sum(load.requests for load in self.rounds)

    def latency_ms(self, percent: int) -> float:
        latencies = [latency for load in self.rounds for latency in load.latencies]
        return 1_000 * statistics.quantiles(latencies, n=100)[percent - 1]

    def shares_of(self, other: Measured) -> list[float]:
        """Return the rates of the rounds, each divided by that of the other's neighbouring round."""
        return [mine / its for mine, its in zip(self.rates, other.rates, strict=True)]


@dataclass(frozen=True)
class Rounds:
    """How long is measured."""

    count: int
    seconds: float

    def of(
        self, ours: tuple[servers.Server, list[Question]], other: tuple[servers.Server, list[Question]]
    ) -> tuple[Measured, Measured]:
        """Warm both servers up, then ask them in turns."""
        measured = (Measured(), Measured())
        contenders = [
            (server, itertools.cycle(questions), mine)
            for (server, questions), mine in zip((ours, other), measured, strict=True)
        ]
        for server, questions, _ in contenders:
            put_load(server.port, questions, seconds=self.seconds)
        for _ in range(self.count):
            for server, questions, mine in contenders:
                mine.add_round(server, questions, self.seconds)
        return measured


def questions_of(row: Row, asked: Asked, port: int) -> list[Question]:
    paths = row.paths(asked)[: row.few or None]
    if row.known:
        etags = (ask(port, get(path)).etag.decode() for path in paths)
        return [
            Question(get(path, f"If-None-Match: {etag}"), status=304)
            for path, etag in zip(paths, etags, strict=True)
        ]
    return [Question(get(path, *row.headers), contains=row.contains(path)) for path in paths]


def make_known(questions: Sequence[Question], port: int) -> None:
    """Ask each once, so that the front knows all of them."""
    for question in questions:
        ask(port, question.request)


def same_size(
    questions: Sequence[Question], port: int, measure: servers.Measure
) -> tuple[int, list[Question]]:
    """Return the median size of some answers, and what asks the measure for as much."""
    answers = [ask(port, question.request) for question in questions[:SAMPLE]]
    size = int(statistics.median(len(answer.body) for answer in answers))
    path = measure.path(size)
    if questions[0].status == 304:
        etag = ask(measure.server.port, get(path)).etag.decode()
        return size, [Question(get(path, f"If-None-Match: {etag}"), status=304)]
    return size, [Question(get(path), contains=b">"[:size])]


# --- The tables ----------------------------------------------------------------------------------

HEADINGS = (
    "row",
    "kB",
    "aim",
    "share by processor",
    "reached",
    "share by requests/s: median (min–max)",
    "processor ms/request: page, file",
    "p50 / p95 ms",
)


def print_rows(
    size: int,
    names: Sequence[str],
    asked: Asked,
    glossary: servers.Server,
    measure: servers.Measure,
    rounds: Rounds,
) -> dict[str, Measured]:
    telling.print_headings(HEADINGS)
    found = {}
    for name in names:
        questions = questions_of(ROWS[name], asked, glossary.port)
        if ROWS[name].few:
            make_known(questions, glossary.port)
        length, fixed = same_size(questions, glossary.port, measure)
        page, file = rounds.of((glossary, questions), (measure.server, fixed))
        print_row(ROWS[name], size, length, page, file)
        found[name] = page
    return found


def print_row(row: Row, size: int, length: int, page: Measured, file: Measured) -> None:
    shares, aim = page.shares_of(file), row.aim(size)
    by_processor = file.processor_ms / page.processor_ms
    telling.print_row(
        row.title,
        f"{length / 1000:.1f}",
        f"≥ {aim:g}" if aim else "–",
        f"{by_processor:.4f}",
        telling.said(by_processor >= aim if aim else None),
        f"{statistics.median(shares):.4f} ({min(shares):.4f}–{max(shares):.4f})",
        f"{page.processor_ms:.3f}, {file.processor_ms:.4f}",
        f"{page.latency_ms(50):.1f} / {page.latency_ms(95):.1f}",
    )


def print_other_aims(folder: Path, asked: Asked, first_page: float, rounds: Rounds) -> None:
    """Say what no share tells: the list beside a plain one, memory, the first page."""
    telling.print_headings(telling.OTHER_AIMS)
    with servers.glossary(folder) as glossary, servers.plain_list(folder) as plain:
        row = ROWS["json-50"]
        ours, theirs = (questions_of(row, asked, server.port) for server in (glossary, plain))
        list_of_ours, list_of_theirs = rounds.of((glossary, ours), (plain, theirs))
    times = list_of_theirs.processor_ms / list_of_ours.processor_ms
    telling.print_row(
        "JSON, 50 terms, beside DRF with prefetch",
        f"≥ {TIMES_PLAIN_LIST} times",
        f"{times:.1f} times by processor: {list_of_ours.processor_ms:.2f} ms, "
        f"{list_of_theirs.processor_ms:.1f} ms",
        telling.said(times >= TIMES_PLAIN_LIST),
    )
    memory, aim = memory_of_two_workers(folder, asked), MEMORY_SHARE * WAGTAIL_MEGABYTES
    telling.print_row(
        "memory, two workers and their parent",
        f"≤ {aim:.0f} MB",
        f"{memory.rss:.0f} MB resident, {memory.pss:.0f} MB with what is shared counted once",
        telling.said(memory.rss <= aim),
    )
    telling.print_row(
        "first page, from the start of the program",
        "≤ 1.25 times Wagtail, which was not measured here",
        f"{first_page:.2f} s",
        telling.said(None),
    )


def memory_of_two_workers(folder: Path, asked: Asked) -> servers.Memory:
    """Return what two workers hold after some pages of all kinds."""
    with servers.glossary(folder, workers=2) as glossary:
        for row in ROWS.values():
            for path in row.paths(asked)[:PAGES_BEFORE_MEMORY]:
                ask(glossary.port, get(path, *row.headers))
        return glossary.memory()


def print_suggestions(found: dict[int, dict[str, Measured]]) -> None:
    """Compare autocomplete of the largest glossary with that of the smallest."""
    sizes = sorted(size for size, measured in found.items() if "suggest" in measured)
    if len(sizes) < 2:
        return
    small, large = (found[size]["suggest"].processor_ms for size in (sizes[0], sizes[-1]))
    telling.print_headings(telling.OTHER_AIMS)
    telling.print_row(
        f"autocomplete, processor with {sizes[-1]:,} terms beside {sizes[0]:,}",
        "≤ 1.10 times",
        f"{large / small:.2f} times",
        telling.said(large <= 1.1 * small),
    )


# --- A run ---------------------------------------------------------------------------------------


def measure_size(size: int, folder: Path, names: Sequence[str], rounds: Rounds) -> dict[str, Measured]:
    """Print the tables of a glossary of this size, made in this folder if it is not there yet."""
    print(f"\n## {size:,} terms", flush=True)
    if not (folder / "questions.json").exists():
        generate(size, folder)
    asked: Asked = json.loads((folder / "questions.json").read_text())
    with ExitStack() as stack:
        pages = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="termbook-bench-")))
        glossary = stack.enter_context(servers.glossary(folder))
        ask(glossary.port, get(ROWS["term"].paths(asked)[0], *MADE_NEW))
        first_page = glossary.age()
        measure = stack.enter_context(servers.measure(pages))
        print(f"\nShares are those of the same bytes from {measure.name}.")
        found = print_rows(size, names, asked, glossary, measure, rounds)
    print_other_aims(folder, asked, first_page, rounds)
    return found


def generate(size: int, folder: Path) -> None:
    """Fill the folder; in a process of its own, so that each size starts from nothing."""
    _run("generate.py", "--terms", str(size), folder=folder)


def _run(program: str, *arguments: str, folder: Path) -> None:
    subprocess.run(
        [sys.executable, str(servers.BENCH / program), *arguments],
        env={**servers.ENVIRONMENT, "TERMBOOK_DATA": str(folder)},
        check=True,
    )


@contextmanager
def _kept_in(folder: Path | None) -> Iterator[Path]:
    if folder:
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="termbook-bench-") as temporary:
            yield Path(temporary)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sizes", type=_numbers, default=[4_000, 100_000], help="numbers of terms: 4000,100000"
    )
    parser.add_argument("--rows", type=_row_names, default=list(ROWS), help=f"of {','.join(ROWS)}")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a round takes")
    parser.add_argument("--rounds", type=int, default=5, help="how many rounds of each server a row has")
    parser.add_argument("--folder", type=Path, help="where glossaries are kept for the next run")
    parser.add_argument("--profile", action="store_true", help="name the functions that take most")
    parser.add_argument("--quick", action="store_true", help="only see that everything runs: says little")
    given = parser.parse_args()
    if given.quick:
        given.sizes, given.rounds, given.seconds = [200], 1, 0.1
    rounds = Rounds(given.rounds, given.seconds)
    print(
        f"{len(os.sched_getaffinity(0))} processor cores, Python {sys.version.split()[0]}, load of the "
        f"machine {os.getloadavg()[0]:.1f}; {CONNECTIONS} connections, {rounds.count} rounds of "
        f"{rounds.seconds:g} s."
    )
    with _kept_in(given.folder) as folder:
        found = {}
        for size in given.sizes:
            found[size] = measure_size(size, folder / str(size), given.rows, rounds)
            _run("inside.py", folder=folder / str(size))
            _run("hotspots.py", "--lines", str(10 if given.profile else 0), folder=folder / str(size))
        print_suggestions(found)


def _numbers(given: str) -> list[int]:
    return [int(number) for number in given.split(",")]


def _row_names(given: str) -> list[str]:
    names = given.split(",")
    if unknown := set(names) - set(ROWS):
        raise argparse.ArgumentTypeError(f"There is no row {', '.join(sorted(unknown))}.")
    return names


if __name__ == "__main__":
    main()
