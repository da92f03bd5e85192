"""Search, suggestions and slips in a glossary of a million short terms, beside tantivy and pg_trgm.

`python bench/million.py --terms 1000000`; everything happens in a temporary folder, on SQLite, in this
process. tantivy has the same texts. pg_trgm is asked where PostgreSQL answers (TERMBOOK_TEST_POSTGRES),
in a database of its own, which is dropped again.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "glossary_site.settings"
FOLDER = tempfile.TemporaryDirectory(prefix="termbook-bench-")
os.environ["TERMBOOK_DATA"] = FOLDER.name
os.environ.pop("TERMBOOK_DATABASE_URL", None)
POSTGRES = os.environ.get("TERMBOOK_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")

import django  # noqa: E402

django.setup()

import many_terms  # noqa: E402
import psycopg  # noqa: E402
import tantivy  # noqa: E402
import telling  # noqa: E402

from terms import search, text  # noqa: E402

HITS = 20
TIMES_TANTIVY = 5
SHARE_OF_TRIGRAMS = 0.1
RECALL = 0.9
DATABASE = "termbook_bench_names"


@dataclass(frozen=True)
class Times:
    """Milliseconds of each question."""

    milliseconds: Sequence[float]

    @classmethod
    def of(cls, answer: Callable[[Any], Any], questions: Sequence[Any]) -> Times:
        for question in questions[: len(questions) // 10]:
            answer(question)
        times = []
        for question in questions:
            begun = time.perf_counter()
            answer(question)
            times.append(1_000 * (time.perf_counter() - begun))
        return cls(times)

    @property
    def p50(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.milliseconds, n=100)[98]

    def told(self) -> str:
        return f"{self.p50:.2f} / {self.p99:.1f} ms"


@dataclass(frozen=True)
class Questions:
    """What is asked: two words, beginnings of names, and names with a slip and the term meant."""

    searches: list[str]
    beginnings: list[str]
    slips: list[tuple[str, int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terms", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--slips", type=int, default=200, help="how many names with a slip are asked for")
    given = parser.parse_args()
    print(f"\n## Search in {given.terms:,} terms\n", flush=True)
    begun = time.perf_counter()
    many_terms.write(given.terms)
    questions = make_questions(given.terms, given.questions, given.slips)
    print(f"Written in {time.perf_counter() - begun:.0f} s. Times: p50 / p99.", flush=True)
    telling.print_headings(telling.OTHER_AIMS)
    print_searches(questions.searches)
    print_suggestions(questions.beginnings)
    print_slips(questions.slips)


def make_questions(count: int, asked: int, slips: int) -> Questions:
    """Draw what is asked from all terms alike."""
    chance = random.Random(2)  # noqa: S311
    terms = list(many_terms.read(chance.sample(range(1, count + 1), k=min(count, asked + 2 * slips))))
    chance.shuffle(terms)
    wrong = ((many_terms.slip(said.name, chance), said.pk) for said in terms[asked:])
    return Questions(
        [many_terms.two_words(said, number, chance) for number, said in enumerate(terms[:asked])],
        [
            (chance.choice([said.name, said.alias]) or said.name)[: chance.randint(2, 5)]
            for said in terms[:asked]
        ],
        [pair for pair in wrong if pair[0]][:slips],
    )


# --- Two words -----------------------------------------------------------------------------------


def print_searches(searches: Sequence[str]) -> None:
    ours = Times.of(lambda words: search.search(words, limit=HITS), searches)
    theirs = Times.of(tantivy_of(), searches)
    telling.print_row(
        f"search, 2 words, {HITS} hits",
        f"p99 ≤ {TIMES_TANTIVY} times tantivy",
        f"{ours.told()}; tantivy {theirs.told()}; p99 {ours.p99 / theirs.p99:.1f} times",
        telling.said(ours.p99 <= TIMES_TANTIVY * theirs.p99),
    )


def tantivy_of() -> Callable[[str], list[Any]]:
    """Return a search of the same texts by tantivy: all words, stemmed, without counting the hits."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("pk", stored=True)
    fields = ("name", "alias", "short", "body")
    for field in fields:
        builder.add_text_field(field, tokenizer_name="en_stem")
    folder = Path(FOLDER.name) / "tantivy"
    folder.mkdir()
    index = tantivy.Index(builder.build(), str(folder))
    writer = index.writer(heap_size=256_000_000, num_threads=1)
    for said in many_terms.read():
        writer.add_document(
            tantivy.Document(pk=said.pk, **{field: [getattr(said, field)] for field in fields})
        )
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def find(words: str) -> list[Any]:
        query = index.parse_query(words, list(fields), conjunction_by_default=True)
        return [searcher.doc(address) for _, address in searcher.search(query, HITS, count=False).hits]

    return find


# --- Suggestions ---------------------------------------------------------------------------------


def print_suggestions(beginnings: Sequence[str]) -> None:
    times = Times.of(search.suggest, beginnings)
    telling.print_row("suggestions, 2–5 letters, names and aliases", "–", times.told(), telling.said(None))


# --- Slips ---------------------------------------------------------------------------------------


def print_slips(slips: Sequence[tuple[str, int]]) -> None:
    typed = [typed for typed, _ in slips]
    found = recall(slips, lambda typed: [hit.term.pk for hit in search.search(typed, limit=HITS).hits])
    ours = Times.of(lambda typed: search.search(typed, limit=HITS), typed)
    told = f"{ours.told()}, recall {found:.2f}"
    with trigrams_of() as by_trigrams:
        if by_trigrams is None:
            is_reached = None
            told += "; PostgreSQL does not answer, or has no pg_trgm: not compared"
        else:
            theirs = Times.of(by_trigrams, typed)
            told += (
                f"; pg_trgm {theirs.told()}, recall {recall(slips, by_trigrams):.2f}; "
                f"p99 {ours.p99 / theirs.p99:.3f} of it"
            )
            is_reached = ours.p99 <= SHARE_OF_TRIGRAMS * theirs.p99 and found >= RECALL
    telling.print_row(
        "a name with a slip",
        f"p99 ≤ {SHARE_OF_TRIGRAMS} of pg_trgm, recall ≥ {RECALL}",
        told,
        telling.said(is_reached),
    )


def recall(slips: Sequence[tuple[str, int]], find: Callable[[str], list[int]]) -> float:
    """Return the share of slips for which the term that was meant is on the first page."""
    return sum(pk in find(typed) for typed, pk in slips) / len(slips)


@contextmanager
def trigrams_of() -> Iterator[Callable[[str], list[int]] | None]:
    """Give a search of all names and aliases by their trigrams, as other glossaries do it."""
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        server.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.Error:
        yield None
        return
    try:
        with psycopg.connect(POSTGRES, dbname=DATABASE, autocommit=True) as names:
            yield _trigrams(names)
    finally:
        server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        server.close()


def _trigrams(names: psycopg.Connection) -> Callable[[str], list[int]] | None:
    try:
        names.execute("CREATE EXTENSION pg_trgm")
    except psycopg.Error:
        return None
    names.execute("CREATE TABLE names (term integer NOT NULL, key text NOT NULL)")
    with names.cursor().copy("COPY names FROM STDIN") as copy:
        for said in many_terms.read():
            for name in filter(None, (said.name, said.alias)):
                copy.write_row((said.pk, text.sort_key(name)))
    names.execute("CREATE INDEX ON names USING gin (key gin_trgm_ops)")
    names.execute("ANALYZE names")

    def find(typed: str) -> list[int]:
        key = text.sort_key(typed)
        found = names.execute(
            "SELECT term FROM names WHERE key %% %s ORDER BY similarity(key, %s) DESC LIMIT %s",
            [key, key, HITS],
        )
        return [term for (term,) in found]

    return find


if __name__ == "__main__":
    main()
