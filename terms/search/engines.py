"""The two databases: how each keeps and asks the full-text index, and the way to them.

The only place with SQL of one database. Statements are constants; all that varies is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from .words import FORM, PREPARED_LENGTH


@dataclass(frozen=True)
class _Engine:
    """How one database keeps and asks the full-text index.

    `matches` gives the `term_id` of what matches the bound `{}`; `ranked` and `rank` the same for
    an ORDER BY. `token` writes one token of a query, `both` and `either` stand between tokens.
    """

    missing: Callable[[], list[str]]
    refill: tuple[str, ...]
    tidy: tuple[str, ...]
    count_indexed: str
    matches: str
    ranked: str
    rank: str
    token: Callable[[str, bool, bool], str]
    both: str
    either: str


def current_engine() -> _Engine:
    """Return the engine of the database that is connected."""
    return _ENGINES[connection.vendor]


def matching(asked: str) -> RawSQL:
    """Return the ids of the terms that match an expression in the language of the index, as a subquery."""
    return RawSQL(current_engine().matches.format("%s"), [asked])  # noqa: S611


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


def rows(statement: str, values: dict[str, Any] | None = None) -> list[tuple[int, ...]]:
    """Return the rows that a statement gives for these bound values."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


_ANALYZE = ("ANALYZE terms_indexentry", "ANALYZE terms_searchdocument")

# The words of the row as it was must be told to an index that keeps no texts itself:
# https://www.sqlite.org/fts5.html#external_content_tables
_FORGET = (
    "INSERT INTO terms_search(terms_search, rowid, name, aliases, tags, body)"
    " VALUES ('delete', old.term_id, old.name, old.aliases, old.tags, old.body);"
)
_LEARN = (
    "INSERT INTO terms_search(rowid, name, aliases, tags, body)"
    " VALUES (new.term_id, new.name, new.aliases, new.tags, new.body);"
)
_SQLITE_REFILL = "INSERT INTO terms_search(terms_search) VALUES ('rebuild')"
_SQLITE_PARTS = {
    "terms_search": (
        "CREATE VIRTUAL TABLE terms_search USING fts5(name, aliases, tags, body,"
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


def _sqlite_token(token: str, goes_on: bool, in_names: bool) -> str:
    return f'{"{name aliases} : " if in_names else ""}"{token}"{" *" if goes_on else ""}'


_POSTGRESQL_VECTOR = " || ".join(
    f"setweight(to_tsvector('simple', {column}), '{weight}')"
    for column, weight in zip(PREPARED_LENGTH, "ABCD", strict=True)
)
_POSTGRESQL_MARK = f"words of form {FORM}"
_POSTGRESQL_PARTS = [
    "ALTER TABLE terms_searchdocument DROP COLUMN IF EXISTS words",
    "ALTER TABLE terms_searchdocument ADD COLUMN words tsvector"
    f" GENERATED ALWAYS AS ({_POSTGRESQL_VECTOR}) STORED",
    f"COMMENT ON COLUMN terms_searchdocument.words IS '{_POSTGRESQL_MARK}'",
    "CREATE INDEX terms_search ON terms_searchdocument USING gin (words)",
]


def _missing_on_postgresql() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT col_description(attrelid, attnum), to_regclass('terms_search') IS NOT NULL"
            " FROM pg_attribute WHERE attrelid = to_regclass('terms_searchdocument')"
            " AND attname = 'words' AND NOT attisdropped"
        )
        there = cursor.fetchone()
    return [] if there == (_POSTGRESQL_MARK, True) else _POSTGRESQL_PARTS


def _postgresql_token(token: str, goes_on: bool, in_names: bool) -> str:
    marks = ("*" if goes_on else "") + ("AB" if in_names else "")
    return f"'{token}'{':' + marks if marks else ''}"


# Weights of name, aliases, tags and body; PostgreSQL wants them from D to A and at most 1.
_ENGINES = {
    "sqlite": _Engine(
        missing=_missing_on_sqlite,
        refill=(_SQLITE_REFILL,),
        tidy=("INSERT INTO terms_search(terms_search) VALUES ('optimize')", *_ANALYZE),
        count_indexed="SELECT COUNT(*) FROM terms_search_docsize",
        matches="SELECT rowid AS term_id FROM terms_search WHERE terms_search MATCH {}",
        ranked=(
            "FROM terms_search JOIN terms_term t ON t.id = terms_search.rowid"
            " WHERE terms_search MATCH %(anywhere)s"
        ),
        rank="bm25(terms_search, 10.0, 8.0, 3.0, 1.0)",
        token=_sqlite_token,
        both=" AND ",
        either=" OR ",
    ),
    "postgresql": _Engine(
        missing=_missing_on_postgresql,
        refill=(),
        tidy=_ANALYZE,
        count_indexed="SELECT COUNT(*) FROM terms_searchdocument",
        matches="SELECT term_id FROM terms_searchdocument WHERE words @@ {}::tsquery",
        ranked=(
            "FROM terms_searchdocument d JOIN terms_term t ON t.id = d.term_id"
            " WHERE d.words @@ %(anywhere)s::tsquery"
        ),
        # Ranked by whole words: ts_rank cannot tell a word from a beginning with the same letters.
        rank="-ts_rank('{0.1, 0.3, 0.8, 1.0}', d.words, %(whole_words)s::tsquery, 1)",
        token=_postgresql_token,
        both=" & ",
        either=" | ",
    ),
}


@dataclass(frozen=True)
class _Statements:
    """The queries of a search in the words of one database."""

    count: str
    by_name: str
    elsewhere: str


# The rows of the index are of public terms only; the status is asked again all the same.
_VISIBLE = """
    t.status IN ('published', 'deprecated')
    AND (t.status = 'published' OR %(with_deprecated)s
         OR t.id IN (SELECT term_id FROM terms_indexentry WHERE key = %(key)s))
    AND (%(letter)s = '' OR t.letter = %(letter)s)
    AND (%(tag)s = '' OR t.id IN (
        SELECT tagged.content_object_id FROM terms_taggedterm tagged
        JOIN terms_tag ON terms_tag.id = tagged.tag_id WHERE terms_tag.slug = %(tag)s))
"""


def _statements_for(engine: _Engine) -> _Statements:
    anywhere, in_names, as_typed = (
        engine.matches.format(f"%({what})s") for what in ("anywhere", "in_names", "as_typed")
    )
    by_name = "t.sort_key, t.qualifier_key, t.id LIMIT %(limit)s OFFSET %(offset)s"
    return _Statements(
        count=f"""
            SELECT (SELECT COUNT(*) FROM terms_term t WHERE t.id IN ({anywhere}) AND {_VISIBLE}),
                   (SELECT COUNT(*) FROM terms_term t WHERE t.id IN ({in_names}) AND {_VISIBLE})
        """,  # noqa: S608
        by_name=f"""
            SELECT t.id FROM (
                SELECT term_id, CASE WHEN key = %(key)s AND NOT is_alias THEN 0
                                     WHEN key = %(key)s THEN 1
                                     WHEN NOT is_alias THEN 2
                                     ELSE 3 END AS tier
                FROM terms_indexentry WHERE key >= %(key)s AND key < %(after)s
                UNION ALL SELECT term_id, 4 FROM ({as_typed}) typed
                UNION ALL SELECT term_id, 5 FROM ({in_names}) named
            ) found JOIN terms_term t ON t.id = found.term_id
            WHERE {_VISIBLE}
            GROUP BY t.id
            ORDER BY MIN(found.tier), CASE WHEN t.name_key = %(name_key)s THEN 0 ELSE 1 END, {by_name}
        """,  # noqa: S608
        elsewhere=f"""
            SELECT t.id {engine.ranked} AND t.id NOT IN ({in_names}) AND {_VISIBLE}
            ORDER BY {engine.rank}, {by_name}
        """,
    )


_STATEMENTS = {vendor: _statements_for(engine) for vendor, engine in _ENGINES.items()}


def current_statements() -> _Statements:
    """Return the queries of a search for the database that is connected."""
    return _STATEMENTS[connection.vendor]
