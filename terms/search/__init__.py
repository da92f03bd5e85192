"""What is found, in which order, and why: the index and the reader's query, for both databases.

Words are folded, stemmed and spelt in ASCII here, once, before they reach a database, so that
SQLite and PostgreSQL find the same terms. `refresh` writes the rows of `SearchDocument` and
`IndexEntry`; the full-text index follows by itself, within the same transaction, through
triggers (SQLite FTS5) or a generated column (PostgreSQL). Only public terms have rows here.
"""

from .finding import Hit, SearchResult, mentioning, search
from .index import install, rebuild, refresh
from .names import IndexPage, Letter, Suggestion, index_page, letters, suggest
from .query import PAGE_LENGTH, QUERY_LENGTH, QUERY_WORDS, Query, Word, parse
from .reasons import MatchedOn

__all__ = [
    "PAGE_LENGTH",
    "QUERY_LENGTH",
    "QUERY_WORDS",
    "Hit",
    "IndexPage",
    "Letter",
    "MatchedOn",
    "Query",
    "SearchResult",
    "Suggestion",
    "Word",
    "index_page",
    "install",
    "letters",
    "mentioning",
    "parse",
    "rebuild",
    "refresh",
    "search",
    "suggest",
]
