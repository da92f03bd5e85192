"""Fill an empty database with a glossary of plausible terms, the same one for the same number.

`python bench/generate.py --terms 4000`, with TERMBOOK_DATA set to an empty folder; SQLite only. The
folder also gets `questions.json`: what a load client may ask.

Rows are written in bulk and directly, not through `workflow`: this is no face of the product, and
100,000 publications one by one would take hours. The search makes its own rows, as after a migration;
only the passages that many definitions share are read and rendered once. So that nobody measures what
the product would not have made, a sample of the terms is made again by the product's own functions
and has to come out the same.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Model  # noqa: E402
from wordstock import FRAME_WORDS, SUBJECTS, Name, Wordstock  # noqa: E402

from terms import markup, publishing, revisions, search, text  # noqa: E402
from terms.models import (  # noqa: E402
    Alias,
    Event,
    IndexEntry,
    Relation,
    Revision,
    SearchDocument,
    Source,
    Tag,
    TaggedTerm,
    Term,
)

CHUNK = 5_000
PASSAGES = 400
QUESTIONS = 3_000
SAMPLE = 25
LINES_OF_A_PAGE = 50
ID_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
FIRST_DAY = datetime(2024, 1, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Passage:
    """A piece of a definition with what is made of it: HTML, and the plain text for the search."""

    markdown: str
    html: str
    plain: str


@dataclass(frozen=True)
class Plan:
    """What is known of all terms before the first is written: they are related both ways.

    Lists begin with the term whose id is 1; `related` holds (relation, index) from both sides.
    """

    names: list[Name]
    sort_keys: list[str]
    public_ids: list[str]
    relations: list[list[tuple[str, int]]]
    related: list[list[tuple[str, int]]]


@dataclass(frozen=True)
class Entry:
    """A term before it is rows."""

    index: int
    content: dict[str, Any]
    html: str

    @property
    def pk(self) -> int:
        return self.index + 1

    @property
    def moment(self) -> datetime:
        return FIRST_DAY + timedelta(minutes=5 * self.index)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terms", type=int, default=4_000)
    count = parser.parse_args().terms
    prepare()
    if Term.objects.exists():
        sys.exit(f"There are terms in {settings.DATA_DIR} already. Name an empty folder in TERMBOOK_DATA.")
    begun = time.perf_counter()
    stock = Wordstock()
    passages = make_passages(stock)
    write_glossary(stock, make_plan(stock, count), passages)
    make_search_rows(passages)
    check_sample(stock, count)
    write_questions(stock)
    print(f"{count:,} terms in {time.perf_counter() - begun:.0f} s")


def prepare() -> None:
    """Make tables, groups and static files; let SQLite not wait for the disk in this process."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("loaddata", "groups", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-256000")


def make_search_rows(passages: Sequence[Passage]) -> None:
    """Let the search make its rows; the database counts them, as `optimize_database` does."""
    known = {_first_paragraph(passage.markdown): passage for passage in passages}

    def plain_text(markdown: str) -> str:
        opening, _, rest = markdown.partition("\n\n")
        plain = [opening]
        while rest:
            passage = known[_first_paragraph(rest)]
            plain.append(passage.plain)
            rest = rest[len(passage.markdown) + 2 :]
        return "\n".join(plain)

    # Reading the same passages a hundred thousand times would be most of the work.
    with mock.patch.object(markup, "to_plain_text", plain_text):
        search.rebuild()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA optimize")


def _first_paragraph(markdown: str) -> str:
    return markdown.partition("\n\n")[0]


def check_sample(stock: Wordstock, count: int) -> None:
    """Make some terms again by the product's own functions; exit if anything comes out differently."""
    ids = stock.random.sample(range(1, count + 1), k=min(SAMPLE, count))
    terms = publishing.with_parts(Term.objects.filter(pk__in=ids))
    for term in terms:
        if term.definition_html != publishing.render(term.definition).html:
            sys.exit(f"The HTML of {term.name!r} is not what the product makes of it.")
        # As text: what is sent is this text, so that the order of its keys counts.
        if json.dumps(term.document) != json.dumps(publishing.document(term)):
            sys.exit(f"The document of {term.name!r} is not what the product makes of it.")
        if term.live_revision is None or term.live_revision.content != revisions.snapshot(term):
            sys.exit(f"The live revision of {term.name!r} does not say what its rows say.")
    before = search_rows(ids)
    search.refresh(ids)
    if before != search_rows(ids):
        sys.exit("The search rows of the sample are not what the product makes of it.")


def search_rows(ids: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Return what the search has of these terms."""
    lines = [field.attname for field in IndexEntry._meta.concrete_fields if not field.primary_key]
    return (
        list(SearchDocument.objects.filter(term__in=ids).order_by("term").values_list()),
        list(IndexEntry.objects.filter(term__in=ids).order_by(*lines).values_list(*lines)),
    )


# --- What the terms say --------------------------------------------------------------------------


def make_plan(stock: Wordstock, count: int) -> Plan:
    """Draw names, identifiers and relations; a term is related to earlier ones only: no circles."""
    names = list(itertools.islice(stock.names(), count))
    public_ids = ["".join(stock.random.choices(ID_SIGNS, k=10)) for _ in range(count)]
    relations: list[list[tuple[str, int]]] = []
    related: list[list[tuple[str, int]]] = [[] for _ in range(count)]
    for index in range(count):
        targets = stock.random.sample(range(index), k=min(2, index))
        relations.append(list(zip(("broader", "related"), targets, strict=False)))
        for kind, target in relations[index]:
            related[index].append((kind, target))
            related[target].append((publishing.INVERSE[kind], index))
    sort_keys = [text.sort_key(name.text) for name in names]
    return Plan(names, sort_keys, public_ids, relations, related)


def content_of(stock: Wordstock, plan: Plan, index: int, definition: str) -> dict[str, Any]:
    """Return the content of the live revision of a term."""
    return {
        **revisions.EMPTY,
        "name": plan.names[index].text,
        "short_definition": stock.sentence()[:160],
        "definition": definition,
        "aliases": aliases_of(stock, plan.names[index]),
        "tags": sorted(text.slug_for(name) for name in stock.random.sample(SUBJECTS, k=2)),
        "relations": [
            {"kind": kind, "target": plan.public_ids[target]} for kind, target in plan.relations[index]
        ],
        "sources": [{"title": stock.sentence().rstrip("."), "url": "", "locator": "Chapter 2"}],
    }


def opening_of(stock: Wordstock, plan: Plan, index: int) -> Passage:
    """Return a passage of its own for a term: plain words, which are their own HTML."""
    others = (plan.names[target].text.lower() for _, target in plan.relations[index])
    compared = (f"Compare {other}, which has no {stock.words(1)[0]}." for other in others)
    is_a = f"{plan.names[index].text} describes a {stock.words(1)[0]}."
    opening = " ".join([is_a, stock.paragraph(2), *compared])
    return Passage(opening, f"<p>{opening}</p>\n", opening)


def make_passages(stock: Wordstock) -> list[Passage]:
    """Return passages with everything that texts have: prose, lists, tables, code, formulas."""
    makers = (_prose, _prose, _prose, _bullets, _table, _code, _formula)
    texts = [makers[number % len(makers)](stock) for number in range(PASSAGES)]
    return [
        Passage(
            markdown,
            publishing.render(markdown).html.removesuffix("\n") + "\n",
            markup.to_plain_text(markdown),
        )
        for markdown in texts
    ]


def _prose(stock: Wordstock) -> str:
    first, second = stock.words(2)
    return f"{stock.paragraph(3)} The *{first}* and the **{second}** agree. {stock.paragraph(3)}"


def _bullets(stock: Wordstock) -> str:
    return "\n".join([stock.paragraph(2), "", *(f"* {stock.sentence()}" for _ in range(4))])


def _table(stock: Wordstock) -> str:
    rows = (f"| {stock.words(1)[0]} | {number * 3} | {stock.words(1)[0]} |" for number in range(5))
    return "\n".join([stock.paragraph(4), "", "| Part | Count | Use |", "|---|--:|---|", *rows])


def _code(stock: Wordstock) -> str:
    first, second = stock.words(2)
    code = f"def {first}({second}, steps=10):\n    return [{second} * step for step in range(steps)]"
    return f"{stock.paragraph(4)}\n\n```python\n{code}\n```"


def _formula(stock: Wordstock) -> str:
    formula = r"$$y = \frac{1}{n} \sum_{i=1}^{n} w_i x_i$$"
    return f"{stock.paragraph(4)}\n\n{formula}\n\n{stock.sentence()}"


def aliases_of(stock: Wordstock, name: Name) -> list[dict[str, str]]:
    """Return an acronym, a synonym or a hidden misspelling for a term, all three, or none."""
    chosen: list[tuple[str, str]] = []
    if name.text.count(" ") >= 2 and stock.random.random() < 0.5:
        chosen.append((text.initials(name.text).upper(), Alias.Kind.ACRONYM.value))
    if stock.random.random() < 0.6:
        chosen.append((stock.synonym(), Alias.Kind.SYNONYM.value))
    if stock.random.random() < 0.1:
        chosen.append((f"{name.text[:-2]}{name.text[:-3:-1]}", Alias.Kind.HIDDEN.value))
    return [
        {"text": alias, "kind": kind, "language": "", "status": "admitted", "note": ""}
        for alias, kind in chosen
    ]


# --- Rows ----------------------------------------------------------------------------------------


def write_glossary(stock: Wordstock, plan: Plan, passages: Sequence[Passage]) -> None:
    """Write the terms as if each had been proposed by one person and approved by another."""
    author, reviewer = (get_user_model().objects.create_user(name) for name in ("author", "reviewer"))
    Tag.objects.bulk_create(Tag(name=name, slug=text.slug_for(name)) for name in SUBJECTS)
    tag_ids = dict(Tag.objects.values_list("slug", "pk"))
    for start in range(0, len(plan.names), CHUNK):
        chunk = range(start, min(start + CHUNK, len(plan.names)))
        entries = [make_entry(stock, plan, passages, index) for index in chunk]
        with transaction.atomic():
            insert(Term, [row_of(make_term(entry, plan)) for entry in entries])
            insert(Revision, [_revision(entry, author.pk, reviewer.pk) for entry in entries])
            insert(Event, [_event(entry, reviewer.pk) for entry in entries])
            _write_parts(entries, plan, tag_ids)
    publishing.raise_content_version()


def make_entry(stock: Wordstock, plan: Plan, passages: Sequence[Passage], index: int) -> Entry:
    parts = [opening_of(stock, plan, index), *stock.random.sample(passages, k=2)]
    content = content_of(stock, plan, index, "\n\n".join(part.markdown for part in parts))
    return Entry(index, content, "".join(part.html for part in parts))


def make_term(entry: Entry, plan: Plan) -> Term:
    """Return a term that is live, its document included."""
    term = Term(
        pk=entry.pk,
        public_id=plan.public_ids[entry.index],
        slug=plan.names[entry.index].slug,
        short_definition=entry.content["short_definition"],
        definition=entry.content["definition"],
        definition_html=entry.html,
        status=Term.Status.PUBLISHED,
        version=1,
        live_revision_id=entry.pk,
        created_at=entry.moment,
        updated_at=entry.moment,
        published_at=entry.moment,
    )
    term.set_name(plan.names[entry.index].text)
    term.document = _document(term, entry, plan)
    return term


def _document(term: Term, entry: Entry, plan: Plan) -> dict[str, Any]:
    moment = entry.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    aliases = entry.content["aliases"]
    return {
        "id": term.public_id,
        "slug": term.slug,
        "name": term.name,
        "qualifier": "",
        "short_definition": term.short_definition,
        "definition": term.definition,
        "definition_html": term.definition_html,
        "aliases": [alias for alias in aliases if alias["kind"] != Alias.Kind.HIDDEN],
        "tags": entry.content["tags"],
        "related": _related(plan, entry.index),
        "status": "published",
        "deprecation_reason": "",
        "replaced_by": [],
        "merged_into": None,
        "version": 1,
        "sources": entry.content["sources"],
        "notes": [],
        "external_ids": [],
        "language": settings.LANGUAGE_CODE,
        "review_by": None,
        "created_at": moment,
        "updated_at": moment,
        "published_at": moment,
        "url": f"/terms/{term.slug}/",
        "api_url": f"/api/v1/terms/{term.public_id}/",
    }


def _related(plan: Plan, index: int) -> list[dict[str, str]]:
    order = ("broader", "narrower", "related")
    in_order = sorted(
        plan.related[index],
        key=lambda pair: (order.index(pair[0]), plan.sort_keys[pair[1]], pair[1]),
    )
    return [
        {
            "id": plan.public_ids[other],
            "slug": plan.names[other].slug,
            "name": plan.names[other].text,
            "relation": relation,
        }
        for relation, other in in_order
    ]


def _revision(entry: Entry, author_id: int, reviewer_id: int) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "term_id": entry.pk,
        "number": 1,
        "content": json.dumps(entry.content),
        "author_id": author_id,
        "comment": "",
        "state": Revision.State.APPROVED,
        "reviewer_id": reviewer_id,
        "decided_at": str(entry.moment)[:19],
        "decision_reason": "",
        "version": 1,
        "created_at": str(entry.moment)[:19],
    }


def _event(entry: Entry, reviewer_id: int) -> dict[str, Any]:
    return {
        "at": str(entry.moment)[:19],
        "by_id": reviewer_id,
        "by_name": "reviewer",
        "kind": "term.published",
        "door": "",
        "term_id": entry.pk,
        "revision_id": entry.pk,
        "is_public": True,
        "note": "",
    }


def _write_parts(entries: Sequence[Entry], plan: Plan, tag_ids: dict[str, int]) -> None:
    insert(
        Alias,
        [
            {
                "term_id": entry.pk,
                "name_key": text.name_key(alias["text"]),
                "slug": text.slug_for(alias["text"]),
                "position": position,
                **alias,
            }
            for entry in entries
            for position, alias in enumerate(entry.content["aliases"])
        ],
    )
    insert(
        TaggedTerm,
        [
            {"content_object_id": entry.pk, "tag_id": tag_ids[slug]}
            for entry in entries
            for slug in entry.content["tags"]
        ],
    )
    insert(
        Relation,
        [
            {"source_id": entry.pk, "target_id": target + 1, "kind": kind, "position": position}
            for entry in entries
            for position, (kind, target) in enumerate(plan.relations[entry.index])
        ],
    )
    insert(
        Source,
        [
            {"term_id": entry.pk, "position": 0, **source}
            for entry in entries
            for source in entry.content["sources"]
        ],
    )


def row_of(instance: Model, without: str = "") -> dict[str, Any]:
    """Return a row as it is written; `without` a column that the database fills."""
    values = ((field, getattr(instance, field.attname)) for field in instance._meta.concrete_fields)
    return {
        field.column: value
        if value is None or isinstance(value, (str, int))
        else field.get_db_prep_save(value, connection)
        for field, value in values
        if field.column != without
    }


def insert(table: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of plain values; several times faster than model objects."""
    if not rows:
        return
    columns = list(rows[0])
    statement = (
        f"INSERT INTO {table._meta.db_table} ({', '.join(columns)})"  # noqa: S608
        f" VALUES ({', '.join(['%s'] * len(columns))})"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[row[column] for column in columns] for row in rows])


# --- Questions -----------------------------------------------------------------------------------


def write_questions(stock: Wordstock) -> None:
    """Write what may be asked of this glossary, in random order, each question with an answer.

    Searches: two neighbours of a name and two words of a definition, in turns. Beginnings: two to
    five letters of a name or alias. Pages of the A–Z index: of any letter.
    """
    terms = list(Term.objects.order_by("pk").values_list("slug", "name", "definition", "public_id"))
    chosen = stock.random.sample(terms, k=min(QUESTIONS, len(terms)))
    aliases = Alias.objects.exclude(kind=Alias.Kind.HIDDEN).order_by("pk")[: len(chosen) // 2]
    names = [term[1] for term in chosen] + [alias.text for alias in aliases]
    questions = {
        "count": [str(len(terms))],
        "slugs": [term[0] for term in chosen],
        "ids": [term[3] for term in chosen],
        "searches": [_two_words(stock, number, *term[1:3]) for number, term in enumerate(chosen)],
        "beginnings": sorted({name[: stock.random.randint(2, 5)].strip().lower() for name in names}),
    }
    pages = [
        f"/a-z/{letter.key}/?page={number}"
        for letter in search.letters()
        for number in range(1, -(-letter.count // LINES_OF_A_PAGE) + 1)
    ]
    questions["index_pages"] = stock.random.sample(pages, k=min(QUESTIONS, len(pages)))
    stock.random.shuffle(questions["beginnings"])
    (settings.DATA_DIR / "questions.json").write_text(json.dumps(questions))


def _two_words(stock: Wordstock, number: int, name: str, definition: str) -> str:
    of_name = text.words(name)
    if number % 2 and len(of_name) > 1:
        return " ".join(of_name[-2:])
    # Words that the sentences are built with stand in every second text: nobody asks for them.
    telling = set(re.findall(r"\b[a-z]{4,}\b", markup.to_plain_text(definition))) - FRAME_WORDS
    return " ".join(stock.random.sample(sorted(telling), k=2))


if __name__ == "__main__":
    main()
