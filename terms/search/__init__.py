"""What is found, in which order, and why: the index and the reader's query, for both databases.

Words are folded, stemmed and spelt in ASCII here, once, before they reach a database, so that
SQLite and PostgreSQL find the same terms. `refresh` writes the rows of `SearchDocument` and
`IndexEntry`; the full-text index follows by itself, within the same transaction, through
triggers (SQLite FTS5) or a generated column (PostgreSQL). Only public terms have rows here.
"""

from .facets import FACET_LIMIT, Facet, FacetValue
from .finding import SearchResult, mentioning, search
from .found import FoundTerm
from .index import install, rebuild, refresh
from .names import IndexLine, IndexPage, Letter, Suggestion, index_page, letters, neighbours, suggest
from .query import PAGE_LENGTH, QUERY_LENGTH, QUERY_WORDS, Query, Word, parse
from .reasons import Hit, MatchedOn

__all__ = [
    "FACET_LIMIT",
    "PAGE_LENGTH",
    "QUERY_LENGTH",
    "QUERY_WORDS",
    "Facet",
    "FacetValue",
    "FoundTerm",
    "Hit",
    "IndexLine",
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
    "neighbours",
    "parse",
    "rebuild",
    "refresh",
    "search",
    "suggest",
]
