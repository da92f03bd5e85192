"""A glossary of very many short terms, written straight into the tables in minutes; for `million.py`.

Only what searching reads is written: terms, aliases, and the rows of the search as its own functions
make them, in as many processes as there are processors. There are no revisions, documents or pages.
A sample is made again as the product does it and has to come out the same.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Semaphore
from types import SimpleNamespace
from typing import Any

import generate
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from wordstock import FRAME_WORDS, Name, Wordstock

from terms import publishing, search, text
from terms.models import Alias, IndexEntry, SearchDocument, Term, WordSlip
from terms.search import correcting, engines, entries, index

CHUNK = 10_000
INVENTED = 60_000
SEED = 1
EVERY_ALIAS = 0.5  # of the terms have a synonym
AHEAD = 6  # chunks that are being made or wait to be written
_FILLED = (IndexEntry, SearchDocument, Term, Alias, WordSlip)

Chunk = tuple[int, list[Name]]  # its number, from 0, and the names of its terms


@dataclass(frozen=True)
class Said:
    """What a term says, as another search engine is given it."""

    pk: int
    name: str
    alias: str
    short: str
    body: str


def write(count: int) -> None:
    """Fill an empty database with so many terms."""
    call_command("migrate", verbosity=0)
    _for_this_process("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF", "temp_store=MEMORY")
    _execute(_drop_triggers())
    indexes = _indexes()
    _execute(f"DROP INDEX {name}" for name in indexes)
    words: set[str] = set()
    ahead = Semaphore(AHEAD)
    with multiprocessing.get_context("fork").Pool(initializer=_hurry) as pool:
        for rows in pool.imap(_rows, _held_back(_chunks(count), ahead)):
            ahead.release()
            with transaction.atomic():
                for table, of_table in zip((Term, Alias, IndexEntry, SearchDocument), rows, strict=False):
                    generate.insert(table, of_table)
            words |= rows[-1]
    with transaction.atomic():
        generate.insert(
            WordSlip, [{"slip": slip, "word": word} for word in words for slip in correcting.slips(word)]
        )
    _execute(indexes.values())
    engines.put_in_place()  # finds that the triggers are gone, and fills the index
    engines.execute(engines.current_engine().tidy)
    _execute(["ANALYZE"])
    publishing.raise_content_version()
    _check_sample(count)


def read(only: Iterable[int] | None = None) -> Iterator[Said]:
    """Yield what the terms say, or only those with these ids, in order."""
    terms = Term.objects.all() if only is None else Term.objects.filter(pk__in=only)
    rows = terms.order_by("pk").values_list(
        "pk", "name", Coalesce("aliases__text", Value("")), "short_definition", "definition"
    )
    return itertools.starmap(Said, rows.iterator(CHUNK))


def slip(name: str, chance: random.Random) -> str:
    """Return a name with a slip in one of its longer words: a letter dropped, doubled, other or swapped."""
    words = name.split()
    long = [at for at, word in enumerate(words) if len(word) >= 5]
    if not long:
        return ""
    word = words[at := chance.choice(long)]
    place = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    words[at] = chance.choice(
        [
            before + after,
            before + letter * 2 + after,
            before + chance.choice("aeioulnrst") + after,
            before + after[0] + letter + after[1:],
        ]
    )
    return "" if words[at] == word else " ".join(words)


def two_words(said: Said, number: int, chance: random.Random) -> str:
    """Return two neighbours of the name or two words out of the texts, in turns."""
    of_name = text.words(said.name)
    if number % 2 and len(of_name) > 1:
        return " ".join(of_name[-2:])
    telling = {word for word in text.words(f"{said.short} {said.body}") if len(word) > 3} - FRAME_WORDS
    return " ".join(chance.sample(sorted(telling), k=2)) if len(telling) > 1 else said.name


# --- Terms and rows ------------------------------------------------------------------------------


def _chunks(count: int) -> Iterator[Chunk]:
    names = Wordstock(SEED, INVENTED).names()
    for number in range(-(-count // CHUNK)):
        yield number, list(itertools.islice(names, min(CHUNK, count - number * CHUNK)))


def _held_back(chunks: Iterable[Chunk], ahead: Semaphore) -> Iterator[Chunk]:
    """Yield chunks no faster than their rows are written: they would fill the memory."""
    for chunk in chunks:
        ahead.acquire()
        yield chunk


_stock: Wordstock | None = None


def _said(number: int, names: Sequence[Name]) -> Iterator[Said]:
    global _stock
    _stock = stock = _stock or Wordstock(SEED, INVENTED)
    stock.random.seed(number)
    for pk, name in enumerate(names, start=number * CHUNK + 1):
        alias = stock.synonym() if stock.random.random() < EVERY_ALIAS else ""
        yield Said(pk, name.text, alias, stock.sentence()[:160], stock.sentence())


@dataclass
class _Line:
    """Stands in for the model of a line, of which there are many millions: it is made much faster."""

    term: Term
    key: str
    sort_key: str
    letter: str
    text: str
    language: str
    is_alias: bool
    is_hidden: bool
    is_deprecated: bool
    turned: int = 0

    def row(self) -> dict[str, Any]:
        values = dict(vars(self))
        return {"term_id": values.pop("term").pk, **values}


def _hurry() -> None:
    """Leave out in this process what costs most and changes nothing; `_check_sample` tells."""
    entries.IndexEntry = _Line
    index.markup = SimpleNamespace(to_plain_text=str)  # the texts are plain


def _rows(chunk: Chunk) -> tuple[Any, ...]:
    """Return the rows of a chunk of terms, table by table, and the words of their names."""
    terms: list[Term] = []
    aliases: list[Alias] = []
    for said, name in zip(_said(*chunk), chunk[1], strict=True):
        terms.append(_term(said, name.slug))
        aliases += terms[-1].aliases.all()
    words = {word for term in terms for name in index._names(term) for word in text.words(name)}
    return (
        [generate.row_of(term) for term in terms],
        [generate.row_of(alias, without="id") for alias in aliases],
        [line.row() for term in terms for line in entries._lines(term)],
        [generate.row_of(index._document(term)) for term in terms],
        {word for word in words if len(word) >= correcting.SHORTEST},
    )


def _term(said: Said, slug: str) -> Term:
    term = Term(
        pk=said.pk,
        public_id=f"{said.pk:010}",
        slug=slug,
        short_definition=said.short,
        definition=said.body,
        definition_html=f"<p>{said.body}</p>\n",
        status=Term.Status.PUBLISHED,
        version=1,
        published_at=generate.FIRST_DAY,
    )
    term.set_name(said.name)
    aliases = [Alias(term=term, position=0, kind=Alias.Kind.SYNONYM)] if said.alias else []
    for alias in aliases:
        alias.set_text(said.alias)
    # As if they had been read with the term.
    term._prefetched_objects_cache = {"aliases": aliases, "tags": []}
    return term


# --- The database --------------------------------------------------------------------------------


def _for_this_process(*settings: str) -> None:
    _execute(f"PRAGMA {setting}" for setting in settings)


def _execute(statements: Iterable[str]) -> None:
    engines.execute(statements)


def _drop_triggers() -> list[str]:
    return [f"DROP TRIGGER {name}" for name in _defined("trigger")]


def _indexes() -> dict[str, str]:
    """Return the indexes of the tables that are filled, which are quicker to make at the end."""
    return _defined("index")


def _defined(kind: str) -> dict[str, str]:
    tables = {table._meta.db_table for table in _FILLED}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = %s", [kind])
        return {name: sql for name, table, sql in cursor.fetchall() if table in tables and sql}


def _check_sample(count: int) -> None:
    ids = random.Random(SEED).sample(range(1, count + 1), k=min(generate.SAMPLE, count))  # noqa: S311
    before = generate.search_rows(ids)
    search.refresh(ids)
    if before != generate.search_rows(ids):
        sys.exit("The search rows of the sample are not what the product makes of it.")
