"""Measure the finder of duplicates: what it finds of labelled pairs, and how long a large glossary takes.

With TERMBOOK_TRUTH the labelled pairs are those of that folder: `duplicates.json`, and a `.jsonl` with
the entries of each document. The documents stand in the folder `documents` beside it or where
TERMBOOK_DOCUMENTS says, and are read as an import reads them. Otherwise it is our own set. See
docs/performance.md. Linux only.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

import django  # noqa: E402

django.setup()

import numpy  # noqa: E402
from labelled_pairs import Concepts, Labelled, Pair, Quality, measure, ordered, read_sample  # noqa: E402
from rapidfuzz.distance import OSA  # noqa: E402
from rapidfuzz.process import cdist  # noqa: E402
from wordstock import NOUNS, Wordstock  # noqa: E402

from terms import duplicates, formats, text  # noqa: E402
from terms.duplicates import Facts, OtherName, blocking  # noqa: E402
from terms.formats import GivenFile  # noqa: E402
from terms.formats.record import TermRecord  # noqa: E402

# --- What is found -------------------------------------------------------------------------------

HOLDOUT = "holdout"  # measured, but not shown: nobody should tune by it


def print_quality(show: bool) -> None:
    print("\n## Duplicates: what is found\n")
    if folder := os.environ.get("TERMBOOK_TRUTH"):
        documents = Path(os.environ.get("TERMBOOK_DOCUMENTS") or Path(folder).parent / "documents")
        qualities = {Path(folder).name: measure(read_truth(Path(folder), documents))}
    else:
        qualities = {section: measure(read_sample(section)) for section in ("main", HOLDOUT)}
    for name, quality in qualities.items():
        print_numbers(name, quality)
        if show and name != HOLDOUT:
            print(f"\nWrong among the first 150:{quality.told(quality.wrong(150))}")
            print(f"\nMissed in the first 150:{quality.told(quality.missed(150))}\n")


def print_numbers(name: str, quality: Quality) -> None:
    labelled = quality.labelled
    print(
        f"{name}: {len(labelled.facts)} terms, {len(labelled.same)} pairs are the same "
        f"({len(labelled.sharing)} share a name or alias, {len(labelled.hard)} are hard), "
        f"{len(labelled.related)} only related; {len(quality.proposed)} proposals to merge."
    )
    precisions = ", ".join(f"{quality.precision(first):.2f} at {first}" for first in (10, 20, 50))
    recalls = ", ".join(
        f"{quality.recall(first):.2f} at {first} (at most {min(1, first / len(labelled.same)):.2f})"
        for first in (100, 150)
    )
    everywhere = len(quality.proposed)
    print(f"* precision {precisions}; recall {recalls}, {quality.recall(everywhere):.2f} of all proposals")
    print(f"* of those that share a name or alias: {quality.recall(everywhere, labelled.sharing):.2f} found")
    traps = ", ".join(f"{len(quality.traps(first))} in the first {first}" for first in (50, 150))
    offered = set(quality.offered)
    print(f"* only related, yet proposed as the same: {traps}")
    print(
        f"* offered as related: {len(offered)}, of which {len(offered & labelled.related)} are known to be, "
        f"and {len(offered & labelled.same)} are the same",
        flush=True,
    )


def read_truth(folder: Path, documents: Path) -> Labelled:
    """Read the documents and what is known of their entries.

    An entry that the import does not take for a term of its own cannot be found: its pairs do not count.
    """
    facts: list[Facts] = []
    numbers: dict[str, int] = {}  # of entries, as in "tag-page:12"
    for entries in sorted(folder.glob("*.jsonl")):
        records = _records(documents, entries.stem)
        at_line = {}
        for record in records:
            facts.append(_facts(len(facts) + 1, record))
            at_line[record.line] = len(facts)
        for line in entries.read_text("utf-8").splitlines():
            entry = json.loads(line)
            if entry["line"] in at_line:
                numbers[f"{entries.stem}:{entry['n']}"] = at_line[entry["line"]]
    truth = json.loads((folder / "duplicates.json").read_text("utf-8"))
    concepts = Concepts(range(1, len(facts) + 1))
    concepts.join(_known(_same_entries(truth), numbers))
    return Labelled(facts, concepts.pairs(), concepts.between(_known(_related_entries(truth), numbers)))


def _records(documents: Path, stem: str) -> list[TermRecord]:
    [path] = documents.glob(f"{stem}.*")
    items = formats.read([GivenFile(path.name, path.read_bytes())]).items
    return [item for item in items if isinstance(item, TermRecord)]


def _facts(number: int, record: TermRecord) -> Facts:
    return Facts(
        number,
        record.name,
        record.qualifier or "",
        tuple(OtherName(alias.text, alias.kind) for alias in record.aliases or ()),
        record.short_definition or "",
        record.definition or "",
        tuple(source.url or source.title for source in record.sources or ()),
    )


def _same_entries(truth: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for concept in truth["same"]:
        yield from itertools.combinations([f"{one['file']}:{one['n']}" for one in concept["members"]], 2)


def _related_entries(truth: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for pair in truth["related_not_same"]:
        yield from itertools.product(pair["a"]["entries"], pair["b"]["entries"])


def _known(entries: Iterable[tuple[str, str]], numbers: dict[str, int]) -> list[Pair]:
    return [ordered(numbers[one], numbers[other]) for one, other in entries if {one, other} <= set(numbers)]


# --- How long it takes ---------------------------------------------------------------------------

EVERY = 50  # a name in so many is another one with a slip of the pen
PASSAGES = 400  # that many definitions share
BLOCK = 500  # names against all others at once: 100,000 make 50 MB


def print_speed(size: int, share: float) -> None:
    """Scan generated names and whole terms, and compare with `cdist`, half before and half after it."""
    print(f"\n## Duplicates: {size:,} names\n", flush=True)
    names = slipped(Wordstock(), size)
    keys = [text.name_key(name) for name in names]
    bare = [Facts(number, name) for number, name in enumerate(names, start=1)]
    baseline = Cdist(keys, share)
    baseline.run(0)
    near = Used.by(lambda: {ordered(*pair) for pair in blocking.one_edit_apart(keys)})
    scan = Used.by(lambda: len(duplicates.find_pairs(lambda: bare)))
    print(f"* one slip apart: {near.told()}; {len(near.result):,} pairs")
    print(f"* whole scan of bare names: {scan.told()}; {scan.result:,} pairs", flush=True)
    baseline.run(1)
    print(f"* cdist, all against all: {baseline.seconds:.1f} s of processor")
    print(
        f"* share of cdist: {near.seconds / baseline.seconds:.3f} one slip apart, "
        f"**{scan.seconds / baseline.seconds:.3f} the whole scan**"
    )
    print(f"* one slip apart: {baseline.differences(near.result)}", flush=True)
    print_whole_terms(names, baseline)


def print_whole_terms(names: Sequence[str], baseline: Cdist) -> None:
    """Scan the same names with aliases and definitions of about a kilobyte, made while they are read."""
    terms = Generated(names)
    reading = Used.by(lambda: sum(1 for _ in terms.read()))
    terms.readings = 0
    scan = Used.by(lambda: len(duplicates.find_pairs(terms.read)))
    scan = replace(scan, seconds=scan.seconds - terms.readings * reading.seconds)
    share = scan.seconds / baseline.seconds
    print(
        f"* with aliases and definitions: {scan.told()}, {share:.3f} of cdist; {scan.result:,} pairs",
        flush=True,
    )


def slipped(stock: Wordstock, size: int) -> list[str]:
    """Return so many names, some of them another one with a letter dropped, doubled or swapped."""
    names = [name.text for name in itertools.islice(stock.names(), size)]
    for at in range(EVERY, size, EVERY):
        names[at] = _slip(names[at - stock.random.randrange(1, EVERY)], stock.random)
    return names


def _slip(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) - 1)
    return chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        ]
    )


class Generated:
    """Terms of these names that are made anew, and the same, each time they are read."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.stock = Wordstock()
        self.passages = [self.stock.paragraph(4) for _ in range(PASSAGES)]
        self.readings = 0

    def read(self) -> Iterator[Facts]:
        self.readings += 1
        return (self._facts(number, name) for number, name in enumerate(self.names, start=1))

    def _facts(self, number: int, name: str) -> Facts:
        chance = self.stock.random
        chance.seed(number)
        aliases = [OtherName(self.stock.synonym()) for _ in range(number % 3)]
        return Facts(
            number,
            name,
            "",
            tuple(aliases),
            f"A {chance.choice(NOUNS)} that {' '.join(self.stock.words(6))}.",
            f"{chance.choice(self.passages)}\n\n{self.stock.paragraph(6)}",
            (f"https://example.org/{chance.randrange(20_000)}",),
        )


@dataclass(frozen=True)
class Used:
    """What a call gave back, and what it took: processor time, and memory above what was held before."""

    result: Any
    seconds: float
    megabytes: float

    @classmethod
    def by(cls, call: Callable[[], Any]) -> Used:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
        held, begun = _memory("VmRSS"), time.process_time()
        result = call()
        seconds = time.process_time() - begun
        return cls(result, seconds, _memory("VmHWM") - held)

    def told(self) -> str:
        return f"{self.seconds:.1f} s of processor, {self.megabytes:.0f} MB above the names"


def _memory(of: str) -> float:
    """Return the resident memory of this process in megabytes, now (VmRSS) or at its peak (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{of}:\s*(\d+) kB", status)[1]) / 1024  # type: ignore[index]


class Cdist:
    """The plain way: the distance of each name to each, in blocks, and the pairs with one slip among them.

    A share of the blocks stands for all of them: names come in no order.
    """

    def __init__(self, keys: Sequence[str], share: float) -> None:
        self.keys = keys
        blocks = range(0, len(keys), BLOCK)
        self.blocks = blocks[:: max(1, round(1 / share))]
        self.scale = len(blocks) / len(self.blocks)
        self.pairs: set[Pair] = set()
        self._seconds = 0.0

    def run(self, half: int) -> None:
        """Compare every other block; only `cdist` itself counts."""
        for start in self.blocks[half::2]:
            some = self.keys[start : start + BLOCK]
            begun = time.process_time()
            distances = cdist(some, self.keys, scorer=OSA.distance, score_cutoff=2, workers=1)
            self._seconds += time.process_time() - begun
            rows, columns = numpy.nonzero(distances == 1)
            found = zip((rows + start).tolist(), columns.tolist(), strict=True)
            self.pairs.update(ordered(*pair) for pair in found)

    @property
    def seconds(self) -> float:
        return self._seconds * self.scale

    def differences(self, found: set[Pair]) -> str:
        """Say whether exactly the pairs were found that stand in the compared blocks."""
        compared = {at for start in self.blocks for at in range(start, start + BLOCK)}
        wanted = {pair for pair in found if compared & set(pair)}
        missed, invented = len(self.pairs - wanted), len(wanted - self.pairs)
        if missed or invented:
            return f"NOT EXACT, {missed} missed and {invented} that are not"
        return f"exact, the same {len(wanted):,} pairs as by cdist"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=100_000, help="how many are scanned; 0: none")
    parser.add_argument("--share", type=float, default=1.0, help="of the blocks of cdist that are run")
    parser.add_argument("--show", action="store_true", help="print the pairs that are wrong or missed")
    given = parser.parse_args()
    print_quality(given.show)
    if given.names:
        print_speed(given.names, given.share)


if __name__ == "__main__":
    main()
