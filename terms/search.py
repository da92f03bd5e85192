"""What is found, in which order, and why: the index and the reader's query, for both databases.

Words are folded, stemmed and spelt in ASCII here, once, before they reach a database, so that
SQLite and PostgreSQL find the same terms. `refresh` writes the rows of `SearchDocument` and
`IndexEntry`; the full-text index follows by itself, within the same transaction, through
triggers (SQLite FTS5) or a generated column (PostgreSQL). Only public terms have rows here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase, digits
from typing import Any, Literal, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

from . import markup
from . import text as wording
from .models import Alias, IndexEntry, SearchDocument, Tag, Term

QUERY_LENGTH = 400  # the longest name with its qualifier fits; what follows is not read
QUERY_WORDS = 32
PAGE_LENGTH = 100

# A shorter beginning is in nearly every text: it is looked for among names and aliases only.
_BEGINNING_LENGTH = 3

# The parts of a row that a list of hits does not show.
_HEAVY = ("definition_html", "document", "problems")


# --- What a search gives -------------------------------------------------------------------------


@dataclass(frozen=True)
class MatchedOn:
    """Why a term was found: where, and how well.

    `text` is the name, alias or tag that matched. It is empty for the definition, and for a
    hidden alias, which counts as the name and is never shown.
    """

    field: Literal["name", "alias", "tag", "definition"]
    text: str
    how: Literal["exact", "prefix", "words"]


@dataclass(frozen=True)
class Hit:
    """A term that was found; `excerpt` is its text in pieces, each with whether it is a match."""

    term: Term
    matched_on: MatchedOn
    excerpt: list[tuple[str, bool]]


@dataclass(frozen=True)
class SearchResult:
    """One page of hits, best first, and how many there are in all."""

    hits: list[Hit]
    total: int


@dataclass(frozen=True)
class Suggestion:
    """A name that begins with what was typed."""

    text: str
    term: Term
    is_alias: bool


@dataclass(frozen=True)
class Letter:
    """A section of the A–Z index: its key in addresses, its label on screen, its number of lines."""

    key: str
    label: str
    count: int


@dataclass(frozen=True)
class IndexPage:
    """One page of the A–Z index, `first`–`last` of `total`; both are 0 when there is nothing on it."""

    entries: list[IndexEntry]
    total: int
    first: int
    last: int
    number: int
    pages: int
    letters: list[Letter]


# --- What the reader asks ------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """One word of a query, prepared: as typed, its stems, and whether a longer word may begin with it.

    A beginning may be too short for running text (`may_go_on_in_text`): it begins every other word.
    """

    token: str
    stems: tuple[str, ...]
    may_go_on: bool
    may_go_on_in_text: bool
    is_part: bool = False

    def is_in_name(self, tokens: Collection[str]) -> bool:
        """Whether a name with these prepared words has this word in some form."""
        return self._is_in(tokens, self.may_go_on)

    def is_in_text(self, tokens: Collection[str]) -> bool:
        """Whether a running text with these prepared words has this word in some form."""
        return self._is_in(tokens, self.may_go_on_in_text)

    def _is_in(self, tokens: Collection[str], may_go_on: bool) -> bool:
        return (
            self.token in tokens
            or (bool(self.stems) and all(stem in tokens for stem in self.stems))
            or (may_go_on and any(token.startswith(self.token) for token in tokens))
        )


@dataclass(frozen=True)
class Query:
    """What a reader asks: the whole as a name, and the words, all of which must be found."""

    name_key: str
    key: str
    words: tuple[Word, ...]


def parse(text: str) -> Query:
    """Read what somebody typed into a search box. Nothing is an error; there may be nothing to ask.

    The last word may be the beginning of a longer one: it may still be being typed.
    """
    text = _storable(text)[:QUERY_LENGTH]
    spelt = _words_of_name(text)[:QUERY_WORDS]
    words = [word for one in spelt[:-1] for word in _asked(one, is_last=False)]
    words += [word for one in spelt[-1:] for word in _asked(one, is_last=True)]
    return Query(wording.name_key(text), wording.sort_key(text), tuple(words[:QUERY_WORDS]))


def _storable(text: str) -> str:
    """Drop what no database stores: NUL and halves of surrogate pairs."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")


def _asked(spelt: str, *, is_last: bool) -> Iterator[Word]:
    for run in _RUNS.findall(spelt):
        if _is_unspaced(run):
            yield from map(_asked_part, _pairs(run)[: max(len(run) - 1, 1)])
        else:
            stems = tuple(map(_stem_token, _stems(run, settings.LANGUAGE_CODE)))
            yield Word(_typed_token(run), stems, is_last, is_last and len(run) >= _BEGINNING_LENGTH)


def _asked_part(pair: str) -> Word:
    """A piece of a run without blanks; a single sign is found wherever a pair begins with it."""
    is_single = len(pair) == 1
    return Word(_typed_token(pair), (), may_go_on=is_single, may_go_on_in_text=is_single, is_part=True)


# --- How words are prepared ----------------------------------------------------------------------
#
# A word gives two tokens: "w" and the word as typed, "s" and its stem. A word asked for is found
# by either, so "networks" finds "network"; and a text that has the very word matches twice and
# ranks higher. Tokens are ASCII letters and digits beginning with a letter, which the tokenizers
# of both databases leave alone.

# The number is raised when prepared words change; stems change with the language. The next migrate
# then makes the index anew.
_FORM = "1 " + "".join(sign for sign in settings.LANGUAGE_CODE if sign.isalnum() or sign == "-")

_WORD_LENGTH = 64
# PostgreSQL refuses a vector over 1 MB. Together these stay below, with the positions of words.
_PREPARED_LENGTH = {"name": 20_000, "aliases": 80_000, "tags": 20_000, "body": 400_000}

# Chinese and Japanese are written without blanks: each pair of neighbours is a word.
_CJK = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{_CJK}]")
_RUNS = re.compile(f"[{_CJK}]+|[^{_CJK}]+")


class _Codes(dict[int, str]):
    """Signs as ASCII letters and digits, for `str.translate`: "+" is x2bz, and x itself is xx.

    No code is the beginning of another. So different words have different tokens, and a token
    begins another exactly when the word does.
    """

    def __missing__(self, point: int) -> str:
        return f"x{point:x}z"


_CODES = _Codes({ord(sign): sign for sign in ascii_lowercase + digits} | {ord("x"): "xx"})


def _is_unspaced(run: str) -> bool:
    return bool(_UNSPACED.match(run))


def _typed_token(word: str) -> str:
    return "w" + word[:_WORD_LENGTH].translate(_CODES)


def _stem_token(stem: str) -> str:
    return "s" + stem[:_WORD_LENGTH].translate(_CODES)


def _words_of_name(name: str) -> list[str]:
    """The words of a name; a name of signs only is one word, so that it is found too."""
    return wording.words(name) or [name for name in [wording.fold(name)] if name]


def _stems(word: str, language: str) -> tuple[str, ...]:
    """The stems of a folded word, without what an apostrophe joins to it: `markov's`, `l'attention`."""
    parts = [part for part in word.split("'") if len(part) > 1] or [word]
    return tuple(wording.stem(part, language) for part in parts)


def _pairs(run: str) -> list[str]:
    """Each sign with the one after it; the last alone, so that a single sign finds it too."""
    return [run[start : start + 2] for start in range(len(run))]


def _in_pieces(words: Iterable[str]) -> Iterator[str]:
    """The words, long runs without blanks cut into overlapping pieces."""
    for word in words:
        if len(word) > _WORD_LENGTH and _UNSPACED.search(word):
            yield from (word[start : start + _WORD_LENGTH + 1] for start in range(0, len(word), _WORD_LENGTH))
        else:
            yield word[:_WORD_LENGTH]


@lru_cache(maxsize=100_000)
def _tokens_of_word(word: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of a folded word of a text: as typed, and stems."""
    typed: list[str] = []
    stems: list[str] = []
    for run in _RUNS.findall(word):
        if _is_unspaced(run):
            typed += map(_typed_token, _pairs(run))
        else:
            typed.append(_typed_token(run))
            stems += map(_stem_token, _stems(run, language))
    return tuple(typed), tuple(stems)


@lru_cache(maxsize=20_000)
def _tokens(text: str, language: str) -> frozenset[str]:
    """All tokens of a name, or of one word of a text as it stands there."""
    of_words = (_tokens_of_word(word, language) for word in _words_of_name(text))
    return frozenset(token for of_word in of_words for tokens in of_word for token in tokens)


def _prepared(column: str, words: Iterable[str]) -> str:
    """What the index takes: the words as typed, so that neighbours stay neighbours, then the stems."""
    language, room = settings.LANGUAGE_CODE, _PREPARED_LENGTH[column]
    typed: list[str] = []
    stems: list[str] = []
    for word in _in_pieces(words):
        of_word = _tokens_of_word(word, language)
        room -= sum(len(token) + 1 for tokens in of_word for token in tokens)
        if room < 0:
            break
        typed += of_word[0]
        stems += of_word[1]
    return " ".join(typed + stems)


# --- Writing the index ---------------------------------------------------------------------------

_CHUNK = 500
_KEY_LENGTH = 400


def refresh(term_ids: Iterable[int]) -> None:
    """Write the rows of these terms anew; those of a term that is not public any more go away.

    Takes part in the caller's transaction. The number of queries is the same for any number of
    terms up to 500, but for the size of one INSERT on SQLite.
    """
    ids = sorted(set(term_ids))
    for start in range(0, len(ids), _CHUNK):
        _refresh(ids[start : start + _CHUNK])


def rebuild() -> int:
    """Make the whole index anew, in steps of 500 terms, and return the number of terms in it.

    Each step is a transaction of its own: readers go on reading, editors wait for a step at most.
    """
    _put_in_place()
    engine = _engine()
    _execute(engine.refill)
    last = 0
    while ids := list(Term.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_CHUNK]):
        _refresh(ids)
        last = ids[-1]
    _execute(engine.tidy)
    return SearchDocument.objects.count()


def install() -> None:
    """Put the full-text index in place, and fill it if it was missing, changed or incomplete.

    Called after each migrate: when Django rebuilds a table on SQLite, its triggers are gone
    without a word. Does nothing when all is well, or before our tables exist.
    """
    if _tables_exist() and (_put_in_place() or not _is_complete()):
        rebuild()


@transaction.atomic
def _refresh(ids: Sequence[int]) -> None:
    # Locked: otherwise a rebuild could read a term, wait for an editor, and write the older words.
    terms = list(
        Term.objects.published()
        .filter(pk__in=ids)
        .only("name", "qualifier", "letter", "short_definition", "definition")
        .order_by("pk")
        .select_for_update()
        .prefetch_related("aliases", "tags")  # type: ignore[misc]
    )
    IndexEntry.objects.filter(term_id__in=ids).delete()
    IndexEntry.objects.bulk_create([entry for term in terms for entry in _index_entries(term)])
    SearchDocument.objects.filter(term_id__in=set(ids) - {term.pk for term in terms}).delete()
    SearchDocument.objects.bulk_create(
        [_document(term) for term in terms],
        update_conflicts=True,
        unique_fields=["term"],
        update_fields=list(_PREPARED_LENGTH),
    )


def _index_entries(term: Term) -> list[IndexEntry]:
    """The lines of a term: its name, its aliases, and unlisted its name with the qualifier spelt out."""
    entries = [_entry(term, term.name, shown=term.full_name)]
    if term.qualifier:
        entries.append(_entry(term, term.full_name, is_hidden=True))
    for alias in term.aliases.all():
        is_hidden = alias.kind == Alias.Kind.HIDDEN
        entries.append(_entry(term, alias.text, is_alias=True, is_hidden=is_hidden))
    return entries


def _entry(
    term: Term, name: str, *, shown: str = "", is_alias: bool = False, is_hidden: bool = False
) -> IndexEntry:
    return IndexEntry(
        term=term,
        key=wording.sort_key(name)[:_KEY_LENGTH],
        letter=wording.letter_of(name),
        text=shown or name,
        is_alias=is_alias,
        is_hidden=is_hidden,
    )


def _document(term: Term) -> SearchDocument:
    aliases = [word for alias in term.aliases.all() for word in _words_of_name(alias.text)]
    tags = [word for tag in sorted(term.tags.all(), key=_by_name) for word in _words_of_name(tag.name)]
    body = f"{term.short_definition}\n{markup.to_plain_text(term.definition)}"
    return SearchDocument(
        term=term,
        name=_prepared("name", _words_of_name(term.full_name)),
        aliases=_prepared("aliases", aliases),
        tags=_prepared("tags", tags),
        body=_prepared("body", wording.words(body)),
    )


def _by_name(tag: Tag) -> str:
    return tag.name


def _tables_exist() -> bool:
    with connection.cursor() as cursor:
        names = {table.name for table in connection.introspection.get_table_list(cursor)}
    return {"terms_term", "terms_indexentry", "terms_searchdocument"} <= names


def _is_complete() -> bool:
    """Whether each public term, and no other, has its rows; counted, not compared."""
    public = Term.objects.published().count()
    named = IndexEntry.objects.filter(is_alias=False, is_hidden=False).count()
    with connection.cursor() as cursor:
        cursor.execute(_engine().count_indexed)
        (indexed,) = cursor.fetchone()
    return public == named == SearchDocument.objects.count() == indexed


def _execute(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


# --- The two databases ---------------------------------------------------------------------------
#
# The only place with SQL of one database. Statements are constants; all that varies is bound.


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


def _engine() -> _Engine:
    return _ENGINES[connection.vendor]


@transaction.atomic
def _put_in_place() -> bool:
    """Create what is missing of the index or is not as it should be; say whether there was any."""
    statements = _engine().missing()
    _execute(statements)
    return bool(statements)


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
        f" BEGIN {_LEARN} /* words of form {_FORM} */ END"
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
    for column, weight in zip(_PREPARED_LENGTH, "ABCD", strict=True)
)
_POSTGRESQL_MARK = f"words of form {_FORM}"
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


# --- Searching -----------------------------------------------------------------------------------


def search(
    text: str,
    *,
    tag: str = "",
    letter: str = "",
    include_deprecated: bool = False,
    limit: int = 20,
    offset: int = 0,
) -> SearchResult:
    """Find public terms that have all words of `text`, the last one also as a beginning.

    Order: exact name, exact alias, names and aliases that begin so, all words in names and
    aliases (as typed, then inflected), all words anywhere by weighted rank; within each by name.
    The rank within the last group is the database's own (bm25, ts_rank); all else, and what is
    found, is the same on both. Deprecated terms are left out unless asked for, or asked by their
    very name or alias. `tag` is a slug, `letter` a key of `letters`. Never refuses a query.
    """
    query = parse(text)
    if not query.words:
        return SearchResult([], 0)
    values = _values(query, tag=tag, letter=letter, include_deprecated=include_deprecated)
    statements = _STATEMENTS[connection.vendor]
    ((total, by_name),) = _rows(statements.count, values)
    limit, offset = min(max(limit, 0), PAGE_LENGTH), min(max(offset, 0), total)
    ids: list[int] = []
    # Staged: ranking visits everything that is found, and is not needed while names fill the page.
    if offset < by_name:
        ids += _ids(statements.by_name, values, limit, offset)
    if offset + limit > by_name and total > by_name:
        ids += _ids(statements.elsewhere, values, limit - len(ids), max(offset - by_name, 0))
    return SearchResult(_hits(ids, query), total)


def _values(query: Query, *, tag: str, letter: str, include_deprecated: bool) -> dict[str, Any]:
    return {
        "anywhere": _expression(query, lambda word: _forms(word, in_names=False)),
        "in_names": _expression(query, lambda word: _forms(word, in_names=True)),
        "as_typed": _expression(query, _form_as_typed),
        "whole_words": _whole_words(query),
        "key": query.key,
        "after": _end_of_range(query.key),
        "name_key": query.name_key,
        "tag": _storable(tag),
        "letter": _storable(letter),
        "with_deprecated": include_deprecated,
    }


def _expression(query: Query, form: Callable[[Word], str]) -> str:
    """The words of the query in the language of the index; all are asked for."""
    return _engine().both.join(f"({form(word)})" for word in query.words)


def _forms(word: Word, *, in_names: bool) -> str:
    """The forms in which a word may stand, in names and aliases only or in all columns."""
    engine = _engine()
    # Asked for by itself too, where it is asked for as a beginning: the very word ranks higher.
    forms = [engine.token(word.token, False, in_names)]
    if word.may_go_on:
        forms.append(engine.token(word.token, True, in_names or not word.may_go_on_in_text))
    if word.stems:
        stems = (engine.token(stem, False, in_names) for stem in word.stems)
        forms.append(f"({engine.both.join(stems)})")
    return engine.either.join(forms)


def _form_as_typed(word: Word) -> str:
    return _engine().token(word.token, word.is_part and word.may_go_on, True)


def _whole_words(query: Query) -> str:
    engine = _engine()
    tokens = [token for word in query.words for token in (word.token, *word.stems)]
    return engine.either.join(engine.token(token, False, False) for token in tokens)


def _end_of_range(key: str) -> str:
    """What stands after every key that begins with this one, in the order of code points."""
    return key + "\U0010ffff"


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _ids(statement: str, values: dict[str, Any], limit: int, offset: int) -> list[int]:
    return [pk for (pk,) in _rows(statement, values | {"limit": limit, "offset": offset})]


def _hits(ids: Sequence[int], query: Query) -> list[Hit]:
    light = Term.objects.published().defer(*_HEAVY)
    terms = light.prefetch_related("aliases", "tags").in_bulk(ids)  # type: ignore[misc]
    is_asked = _recogniser(query)
    hits = []
    for term in (terms[pk] for pk in ids if pk in terms):
        matched_on = _matched_on(term, query)
        passage = _passage(term, matched_on, is_asked)
        hits.append(Hit(term, matched_on, markup.excerpt(passage, is_asked)))
    return hits


# --- Why it was found ----------------------------------------------------------------------------


class _Label(NamedTuple):
    """A name of a term as it is compared, and as what it is reported."""

    text: str
    field: Literal["name", "alias", "tag"]
    shown: str


def _matched_on(term: Term, query: Query) -> MatchedOn:
    labels = _labels(term)
    keys = [(label, wording.sort_key(label.text)) for label in labels]
    for label, key in keys:
        if key == query.key:
            return MatchedOn(label.field, label.shown, "exact")
    for label, key in keys:
        if key.startswith(query.key):
            return MatchedOn(label.field, label.shown, "prefix")
    return _matched_on_words([*labels, *_tag_labels(term)], query)


def _matched_on_words(labels: Sequence[_Label], query: Query) -> MatchedOn:
    """The first label with all the words; otherwise the first with one that the name has not."""
    found = [(label, _tokens(label.text, settings.LANGUAGE_CODE)) for label in labels]
    for label, tokens in found:
        if all(word.is_in_name(tokens) for word in query.words):
            return MatchedOn(label.field, label.shown, "words")
    missed = [word for word in query.words if not word.is_in_name(found[0][1])]
    for label, tokens in found[1:]:
        if any(word.is_in_name(tokens) for word in missed):
            return MatchedOn(label.field, label.shown, "words")
    return MatchedOn("definition", "", "words")


def _labels(term: Term) -> list[_Label]:
    """The names of a term in the order in which they count; hidden aliases last and not shown."""
    shown = [alias.text for alias in term.aliases.all() if alias.kind != Alias.Kind.HIDDEN]
    hidden = [alias.text for alias in term.aliases.all() if alias.kind == Alias.Kind.HIDDEN]
    names = dict.fromkeys((term.full_name, term.name))
    return (
        [_Label(name, "name", term.name) for name in names]
        + [_Label(alias, "alias", alias) for alias in shown]
        + [_Label(alias, "name", "") for alias in hidden]
    )


def _tag_labels(term: Term) -> list[_Label]:
    return [_Label(tag.name, "tag", tag.name) for tag in sorted(term.tags.all(), key=_by_name)]


def _recogniser(query: Query) -> Callable[[str], bool]:
    """A function that says of a word of a text whether it was asked for; it remembers its answers."""
    answers: dict[str, bool] = {}
    language = settings.LANGUAGE_CODE

    def is_asked(word: str) -> bool:
        if word not in answers:
            tokens = _tokens(word, language)
            answers[word] = any(asked.is_in_text(tokens) for asked in query.words)
        return answers[word]

    return is_asked


_BLANK_LINES = re.compile(r"\n\s*\n")


def _passage(term: Term, matched_on: MatchedOn, is_asked: Callable[[str], bool]) -> str:
    """The text from which the excerpt is cut: the short definition, unless the words are elsewhere.

    Of a long definition only the first block with a word is made plain: making all of it plain,
    for each hit, would take longer than the search.
    """
    short = term.short_definition
    if short and (matched_on.field != "definition" or any(map(is_asked, wording.words(short)))):
        return short
    blocks = _BLANK_LINES.split(term.definition)
    with_word = (block for block in blocks if any(map(is_asked, wording.words(block))))
    return markup.to_plain_text(next(with_word, "" if short else blocks[0])) or short


# --- Names: suggestions and the A–Z index --------------------------------------------------------

# So many lines of the index are looked at for suggestions: enough to put names before aliases.
_CANDIDATES = 100


def suggest(text: str, limit: int = 10) -> list[Suggestion]:
    """Return names and aliases that begin with `text`, one for each public term.

    Exact ones first, names before aliases, short before long. A hidden alias suggests the name
    of its term. Deprecated terms only by their whole name.
    """
    key = parse(text).key
    if not key:
        return []
    published, exact = Q(term__status=Term.Status.PUBLISHED), Q(term__status=Term.Status.DEPRECATED, key=key)
    candidates = (
        IndexEntry.objects.filter(published | exact, key__gte=key, key__lt=_end_of_range(key))
        .order_by("key", "text", "pk")
        .values_list("term_id", "key", "text", "is_alias", "is_hidden", named=True)[:_CANDIDATES]
    )
    best: dict[int, Any] = {}
    for entry in sorted(candidates, key=lambda entry: (entry.key != key, entry.is_alias, len(entry.key))):
        best.setdefault(entry.term_id, entry)
    chosen = list(best.values())[: max(limit, 0)]
    terms = Term.objects.published().defer("definition", *_HEAVY).in_bulk([entry.term_id for entry in chosen])
    return [_suggestion(entry, terms[entry.term_id]) for entry in chosen if entry.term_id in terms]


def _suggestion(entry: Any, term: Term) -> Suggestion:
    if entry.is_hidden:
        return Suggestion(term.full_name, term, is_alias=False)
    return Suggestion(entry.text, term, entry.is_alias)


def letters() -> list[Letter]:
    """Return the sections of the A–Z index with their numbers of lines, names and aliases together.

    `a` to `z` and the digits are always there; other scripts, and signs at the end, when they occur.
    """
    listed = IndexEntry.objects.filter(is_hidden=False).order_by()
    counts = dict(listed.values_list("letter").annotate(count=Count("pk")))
    always = [*ascii_lowercase, wording.LETTER_DIGITS]
    others = sorted(set(counts) - {*always, wording.LETTER_SIGNS})
    signs = [wording.LETTER_SIGNS] if wording.LETTER_SIGNS in counts else []
    return [Letter(key, _letter_label(key), counts.get(key, 0)) for key in [*always, *others, *signs]]


def _letter_label(key: str) -> str:
    if len(key) == 1 or key == "cjk":
        return key.upper()
    return "0–9" if key == wording.LETTER_DIGITS else key.capitalize()


def index_page(letter: str = "", number: int = 1, size: int = 50) -> IndexPage:
    """Return one page of the A–Z index, of one letter or of all, with its letters.

    Each entry has its term at hand, without the long texts. A page beyond the last, or a letter
    that is not in the index, has no entries.
    """
    sections = letters()
    total = sum(section.count for section in sections if letter in ("", section.key))
    number, size = max(number, 1), min(max(size, 1), PAGE_LENGTH)
    start = (number - 1) * size
    entries = _entries_of_page(letter, start, size) if start < total else []
    return IndexPage(
        entries=entries,
        total=total,
        first=start + 1 if entries else 0,
        last=start + len(entries) if entries else 0,
        number=number,
        pages=max(-(-total // size), 1),
        letters=sections,
    )


def _entries_of_page(letter: str, start: int, size: int) -> list[IndexEntry]:
    of_letter = {"letter": letter} if letter else {}
    listed = IndexEntry.objects.filter(is_hidden=False, **of_letter).order_by("key", "text", "pk")
    entries = list(listed[start : start + size])
    # Not joined: a join would visit the terms of all skipped lines too.
    terms = (
        Term.objects.published().defer("definition", *_HEAVY).in_bulk({entry.term_id for entry in entries})
    )
    entries = [entry for entry in entries if entry.term_id in terms]
    for entry in entries:
        entry.term = terms[entry.term_id]
    return entries
