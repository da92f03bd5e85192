"""The two databases: how each keeps and asks the full-text index, and the way to them.

The only place with SQL of one database. Statements are constants; all that varies is bound.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from .words import FORM

# Where words are looked for: in the name; in aliases too; in tags and the short definition too; in all texts.
Place = Literal["name", "names", "labels", "texts"]
PLACES: tuple[Place, ...] = ("name", "names", "labels", "texts")


@dataclass(frozen=True)
class _Engine:
    """How one database keeps and asks the full-text index.

    `matches` gives for each place the `term_id` of what matches the bound `{}`; `ranked` has what
    matches in its best order. `token` writes a token of a query, `phrase` neighbours; the words
    `both`, `either` and `without` stand between.
    """

    missing: Callable[[], list[str]]
    refill: tuple[str, ...]
    tidy: tuple[str, ...]
    count_indexed: str
    matches: Mapping[Place, str]
    ranked: Mapping[Place, str]
    among: str
    list_of: Callable[[Sequence[Any]], Any]
    token: Callable[[str, bool, Place], str]
    phrase: Callable[[Sequence[str], Place], str]
    both: str
    either: str
    without: str


@cache
def current_engine() -> _Engine:
    """Return the engine of the database that is connected; it is the same as long as the process lives."""
    return _ENGINES[connection.vendor]


def matching(asked: str) -> RawSQL:
    """Return the ids of the terms that match an expression in the language of the index, as a subquery."""
    return RawSQL(current_engine().matches["texts"].format("%s"), [asked])  # noqa: S611


@transaction.atomic
def put_in_place() -> bool:
    """Create what is missing of the index or is not as it should be; say whether there was any."""
    statements = current_engine().missing()
    execute(statements)
    return bool(statements)


def tables_exist() -> bool:
    """Whether the tables over which the index stands have been made."""
    with connection.cursor() as cursor:
        names = {table.name for table in connection.introspection.get_table_list(cursor)}
    return {"terms_term", "terms_indexentry", "terms_searchdocument"} <= names


def execute(statements: Iterable[str]) -> None:
    """Run statements that give nothing back, in order."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rows(statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Return the rows that a statement gives for these bound values."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def rows_among(statement: str, ids: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows that a statement gives for these ids, which it knows as `ids`."""
    return rows(statement, {"ids": current_engine().list_of(ids)})


_ANALYZE = ("ANALYZE terms_indexentry", "ANALYZE terms_searchdocument")

# The words of the row as it was must be told to an index that keeps no texts itself:
# https://www.sqlite.org/fts5.html#external_content_tables
_FORGET = (
    "INSERT INTO terms_search(terms_search, rowid, name, aliases, tags, short, body, facts)"
    " VALUES ('delete', old.term_id, old.name, old.aliases, old.tags, old.short, old.body, old.facts);"
)
_LEARN = (
    "INSERT INTO terms_search(rowid, name, aliases, tags, short, body, facts)"
    " VALUES (new.term_id, new.name, new.aliases, new.tags, new.short, new.body, new.facts);"
)
_SQLITE_REFILL = "INSERT INTO terms_search(terms_search) VALUES ('rebuild')"
_SQLITE_PARTS = {
    "terms_search": (
        "CREATE VIRTUAL TABLE terms_search USING fts5(name, aliases, tags, short, body, facts,"
        " content='terms_searchdocument', content_rowid='term_id', tokenize='ascii')"
    ),
    "terms_search_after_insert": (
        "CREATE TRIGGER terms_search_after_insert AFTER INSERT ON terms_searchdocument"
        f" BEGIN {_LEARN} /* words of form {FORM} */ END"
    ),
    "terms_search_after_update": (
        "CREATE TRIGGER terms_search_after_update AFTER UPDATE ON terms_searchdocument"
        f" BEGIN {_FORGET} {_LEARN} END"
    ),
    "terms_search_after_delete": (
        f"CREATE TRIGGER terms_search_after_delete AFTER DELETE ON terms_searchdocument BEGIN {_FORGET} END"
    ),
}


def _missing_on_sqlite() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')")
        there = dict(cursor.fetchall())
    statements = []
    for name, sql in _SQLITE_PARTS.items():
        if name in there and there[name] != sql:
            statements.append(f"DROP {'TABLE' if name == 'terms_search' else 'TRIGGER'} {name}")
        if there.get(name) != sql:
            statements.append(sql)
    return [*statements, _SQLITE_REFILL] if statements else []


def _sqlite_token(token: str, goes_on: bool, place: Place) -> str:
    return f'{_SQLITE_COLUMNS[place]}"{token}"{" *" if goes_on else ""}'


def _sqlite_phrase(tokens: Sequence[str], place: Place) -> str:
    return f'{_SQLITE_COLUMNS[place]}"{" ".join(tokens)}"'


_SQLITE_COLUMNS: Mapping[Place, str] = {
    "name": "{name} : ",
    "names": "{name aliases} : ",
    "labels": "{name aliases tags short} : ",
    "texts": "",
}
_SQLITE_MATCHES = "SELECT rowid AS term_id FROM terms_search WHERE terms_search MATCH {}"
_SQLITE_RANKED = """
    SELECT t.id FROM terms_search JOIN terms_term t ON t.id = terms_search.rowid
    WHERE terms_search MATCH %(asked)s
      AND t.id NOT IN (SELECT rowid FROM terms_search WHERE terms_search MATCH %(found_before)s)
    ORDER BY CASE WHEN t.id IN (SELECT rowid FROM terms_search WHERE terms_search MATCH %(contained)s)
             THEN 0 ELSE 1 END,
             bm25(terms_search, 10.0, 8.0, 3.0, 2.0, 1.0, 0.0), t.sort_key, t.qualifier_key, t.id
    LIMIT %(limit)s OFFSET %(offset)s
"""

# Names, tags and short definitions have a vector of their own: an index of words knows no weights, so
# that PostgreSQL reads the vectors of all that it finds in names, and those of long texts are long.
_POSTGRESQL_LABELS = (
    "setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', aliases), 'B')"
    " || setweight(to_tsvector('simple', tags), 'C') || setweight(to_tsvector('simple', short), 'C')"
)
_POSTGRESQL_FACTS = "setweight(to_tsvector('simple', facts), 'D')"
_POSTGRESQL_VECTORS = {
    "labels": f"{_POSTGRESQL_LABELS} || {_POSTGRESQL_FACTS}",
    "words": f"{_POSTGRESQL_LABELS} || setweight(to_tsvector('simple', body), 'D') || {_POSTGRESQL_FACTS}",
}
_POSTGRESQL_MARK = f"words of form {FORM}"
_POSTGRESQL_PARTS = [
    statement
    for column, vector in _POSTGRESQL_VECTORS.items()
    for statement in (
        f"ALTER TABLE terms_searchdocument DROP COLUMN IF EXISTS {column}",
        f"ALTER TABLE terms_searchdocument ADD COLUMN {column} tsvector"
        f" GENERATED ALWAYS AS ({vector}) STORED",
        f"COMMENT ON COLUMN terms_searchdocument.{column} IS '{_POSTGRESQL_MARK}'",
        f"CREATE INDEX terms_search_{column} ON terms_searchdocument USING gin ({column})",
    )
]


def _missing_on_postgresql() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM pg_attribute WHERE attrelid = to_regclass('terms_searchdocument')"
            " AND attname IN ('labels', 'words') AND NOT attisdropped"
            " AND col_description(attrelid, attnum) = %s"
            " AND to_regclass('terms_search_' || attname) IS NOT NULL",
            [_POSTGRESQL_MARK],
        )
        (there,) = cursor.fetchone()
    return [] if there == len(_POSTGRESQL_VECTORS) else _POSTGRESQL_PARTS


def _postgresql_token(token: str, goes_on: bool, place: Place) -> str:
    marks = ("*" if goes_on else "") + _POSTGRESQL_WEIGHTS[place]
    return f"'{token}'{':' + marks if marks else ''}"


def _postgresql_phrase(tokens: Sequence[str], place: Place) -> str:
    return f"({' <-> '.join(_postgresql_token(token, False, place) for token in tokens)})"


_POSTGRESQL_WEIGHTS: Mapping[Place, str] = {"name": "A", "names": "AB", "labels": "ABC", "texts": ""}
_POSTGRESQL_MATCHES = "SELECT term_id FROM terms_searchdocument WHERE {column} @@ {{}}::tsquery"
# Ranked by whole words: ts_rank cannot tell a word from a beginning with the same letters. Weights
# stand from D to A and are at most 1.
_POSTGRESQL_RANKED = """
    SELECT t.id FROM terms_searchdocument d JOIN terms_term t ON t.id = d.term_id
    WHERE d.{column} @@ %(asked)s::tsquery
      AND t.id NOT IN (SELECT term_id FROM terms_searchdocument WHERE {before} @@ %(found_before)s::tsquery)
    ORDER BY CASE WHEN d.labels @@ %(contained)s::tsquery THEN 0 ELSE 1 END,
             ts_rank('{{0.1, 0.3, 0.8, 1.0}}', d.{column}, %(whole_words)s::tsquery, 1) DESC,
             t.sort_key, t.qualifier_key, t.id
    LIMIT %(limit)s OFFSET %(offset)s
"""

_ENGINES = {
    "sqlite": _Engine(
        missing=_missing_on_sqlite,
        refill=(_SQLITE_REFILL,),
        tidy=("INSERT INTO terms_search(terms_search) VALUES ('optimize')", *_ANALYZE),
        count_indexed="SELECT COUNT(*) FROM terms_search_docsize",
        matches=dict.fromkeys(PLACES, _SQLITE_MATCHES),
        ranked=dict.fromkeys(("labels", "texts"), _SQLITE_RANKED),
        among="IN (SELECT value FROM json_each(%(ids)s))",
        list_of=json.dumps,
        token=_sqlite_token,
        phrase=_sqlite_phrase,
        both=" AND ",
        either=" OR ",
        without=" NOT ",
    ),
    "postgresql": _Engine(
        missing=_missing_on_postgresql,
        refill=(),
        tidy=_ANALYZE,
        count_indexed="SELECT COUNT(*) FROM terms_searchdocument",
        matches={
            "name": _POSTGRESQL_MATCHES.format(column="labels"),
            "names": _POSTGRESQL_MATCHES.format(column="labels"),
            "labels": _POSTGRESQL_MATCHES.format(column="labels"),
            "texts": _POSTGRESQL_MATCHES.format(column="words"),
        },
        ranked={
            "labels": _POSTGRESQL_RANKED.format(column="labels", before="labels"),
            "texts": _POSTGRESQL_RANKED.format(column="words", before="labels"),
        },
        among="= ANY(%(ids)s)",
        list_of=list,
        token=_postgresql_token,
        phrase=_postgresql_phrase,
        both=" & ",
        either=" | ",
        without=" & !",
    ),
}
# What is not wanted may be in any text: the vector of labels cannot tell that it is not there.
_THOROUGH = {
    "sqlite": _ENGINES["sqlite"],
    "postgresql": replace(
        _ENGINES["postgresql"],
        matches=dict.fromkeys(PLACES, _POSTGRESQL_MATCHES.format(column="words")),
        ranked=dict.fromkeys(("labels", "texts"), _POSTGRESQL_RANKED.format(column="words", before="words")),
    ),
}


@dataclass(frozen=True)
class _Statements:
    """The questions of a search in the words of one database."""

    count: str
    count_labels: str
    by_name: str
    by_name_in_passing: str
    ranked: Mapping[Place, str]
    unranked: Mapping[Place, str]
    lines_of_key: str
    some: Mapping[Place, str]
    number_of_terms: str
    count_matches: Mapping[Place, str]
    terms: str
    lines: str
    words_with_slips: str
    words_that_begin: str
    tags: str
    definitions: str
    texts_of_lines: str
    facets: str


def _statements_for(engine: _Engine) -> _Statements:
    texts, labels, names, in_name, whole, as_typed, named = (
        engine.matches[place].format(f"%({what})s") for what, place in _ASKED
    )
    # Lines whose name begins with the query; of deprecated terms only by their whole name.
    lines = f"""
        SELECT term_id, key, CASE WHEN key = %(key)s AND NOT is_alias THEN 0 WHEN key = %(key)s THEN 1
                                  WHEN NOT is_alias THEN 3 ELSE 4 END AS tier
        FROM terms_indexentry WHERE key >= %(key)s AND key < %(after)s
          AND (NOT is_deprecated OR %(with_deprecated)s OR key = %(key)s)
          AND (%(is_plain)s OR term_id IN ({named}))
    """  # noqa: S608
    found = f"""
        {lines}
        UNION ALL SELECT term_id, '', 2 FROM ({whole}) whole
        UNION ALL SELECT term_id, '', 5 FROM ({in_name}) in_name
        UNION ALL SELECT term_id, '', 6 FROM ({as_typed}) typed
        UNION ALL SELECT term_id, '', 7 FROM ({names}) named
    """  # noqa: S608
    return _Statements(
        count=f"""
            SELECT (SELECT COUNT(*) FROM ({texts}) texts), (SELECT COUNT(*) FROM ({names}) names),
                   (SELECT COUNT(DISTINCT term_id) FROM terms_indexentry
                    WHERE key = %(key)s AND is_deprecated AND NOT %(with_deprecated)s
                      AND (%(is_plain)s OR term_id IN ({named})))
        """,  # noqa: S608
        count_labels=f"SELECT COUNT(*) FROM ({labels}) labels",  # noqa: S608
        by_name=f"""
            SELECT t.id FROM ({found}) found JOIN terms_term t ON t.id = found.term_id
            GROUP BY t.id
            ORDER BY MIN(found.tier), CASE WHEN t.name_key = %(name_key)s THEN 0 ELSE 1 END,
                     t.sort_key, t.qualifier_key, t.id
            LIMIT %(limit)s OFFSET %(offset)s
        """,  # noqa: S608
        by_name_in_passing=f"""
            SELECT term_id FROM ({found}) found GROUP BY term_id ORDER BY MIN(tier), MIN(key), term_id
            LIMIT %(limit)s OFFSET %(offset)s
        """,  # noqa: S608
        ranked=engine.ranked,
        unranked={
            place: f"""
                SELECT term_id FROM ({matches.format("%(asked)s")}) found
                WHERE term_id NOT IN ({engine.matches["names"].format("%(found_before)s")})
                ORDER BY term_id LIMIT %(limit)s OFFSET %(offset)s
            """  # noqa: S608
            for place, matches in engine.matches.items()
        },
        lines_of_key="SELECT text FROM terms_indexentry WHERE key = %(key)s",
        some={
            place: f"SELECT term_id FROM ({matches.format('%(asked)s')}) found LIMIT %(limit)s"  # noqa: S608
            for place, matches in engine.matches.items()
        },
        # About as many: ids are given one after another, and counting rows visits all of them.
        number_of_terms="SELECT MAX(term_id) FROM terms_searchdocument",
        count_matches={
            place: f"SELECT COUNT(*) FROM ({matches.format('%(asked)s')}) found"  # noqa: S608
            for place, matches in engine.matches.items()
        },
        # The rows of the index are of public terms only; the status is asked again all the same.
        terms=f"""
            SELECT id, public_id, slug, name, qualifier, short_definition, status
            FROM terms_term WHERE status IN ('published', 'deprecated') AND id {engine.among}
        """,  # noqa: S608
        lines=f"""
            SELECT term_id, key, text, language, is_alias, is_hidden FROM terms_indexentry
            WHERE turned = 0 AND term_id {engine.among} ORDER BY id
        """,  # noqa: S608
        words_with_slips=f"SELECT DISTINCT word FROM terms_wordslip WHERE slip {engine.among}",  # noqa: S608
        words_that_begin="""
            SELECT DISTINCT word FROM terms_wordslip
            WHERE slip >= %(first)s AND slip < %(after)s AND slip = word LIMIT %(limit)s
        """,
        tags=f"""
            SELECT tagged.content_object_id, tag.name, tag.slug
            FROM terms_taggedterm tagged JOIN terms_tag tag ON tag.id = tagged.tag_id
            WHERE tagged.content_object_id {engine.among} ORDER BY tag.name
        """,  # noqa: S608
        texts_of_lines=f"""
            SELECT text FROM terms_indexentry
            WHERE turned = 0 AND NOT (is_alias AND is_hidden)
              AND term_id IN (SELECT term_id FROM ({engine.matches["names"].format("%(asked)s")}) found
                              LIMIT %(limit)s)
        """,  # noqa: S608
        definitions=f"SELECT id, definition FROM terms_term WHERE id {engine.among}",  # noqa: S608
        facets=_facets(texts, engine.matches["texts"].format("%(of_any_status)s")),
    )


# What is bound, and where it is looked for: `named` are the words in names of deprecated terms, too.
_ASKED: tuple[tuple[str, Place], ...] = (
    ("texts", "texts"),
    ("labels", "labels"),
    ("names", "names"),
    ("in_name", "name"),
    ("whole", "names"),
    ("as_typed", "names"),
    ("named", "names"),
)


def _facets(found: str, of_any_status: str) -> str:
    """How many of what was found have a tag, a letter, a status, an alias in a language."""
    return f"""
        WITH found AS ({found})
        SELECT 'tag', tag.slug, tag.name, counted.number FROM terms_tag tag JOIN (
            SELECT tag_id, COUNT(*) AS number FROM terms_taggedterm
            WHERE content_object_id IN (SELECT term_id FROM found) GROUP BY tag_id
        ) counted ON counted.tag_id = tag.id
        UNION ALL
        SELECT 'letter', letter, '', COUNT(*) FROM terms_indexentry
        WHERE NOT is_alias AND NOT is_hidden AND term_id IN (SELECT term_id FROM found) GROUP BY letter
        UNION ALL
        SELECT 'status', CASE WHEN is_deprecated THEN 'deprecated' ELSE 'published' END, '', COUNT(*)
        FROM terms_indexentry
        WHERE NOT is_alias AND NOT is_hidden AND term_id IN ({of_any_status}) GROUP BY is_deprecated
        UNION ALL
        SELECT 'language', LOWER(language), '', COUNT(DISTINCT term_id) FROM terms_alias
        WHERE kind <> 'hidden' AND language <> '' AND term_id IN (SELECT term_id FROM found)
        GROUP BY LOWER(language)
    """  # noqa: S608


_STATEMENTS = {vendor: _statements_for(engine) for vendor, engine in _ENGINES.items()}
_THOROUGH_STATEMENTS = {vendor: _statements_for(engine) for vendor, engine in _THOROUGH.items()}


@cache
def current_statements(*, with_unwanted_words: bool = False) -> _Statements:
    """Return the questions of a search for the database that is connected."""
    return (_THOROUGH_STATEMENTS if with_unwanted_words else _STATEMENTS)[connection.vendor]
