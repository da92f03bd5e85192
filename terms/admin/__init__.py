"""The editors' desk, on Django's admin. It shows, asks, and hands over to the rules; it writes nothing.

Every screen works without JavaScript. What a rule refuses comes back as a sentence on the page
where it was asked for, with everything that was typed.
"""

from . import (
    bulk,
    dashboard,
    duplicates,
    imports,
    merge_proposals,
    people,
    plans,
    proposals,
    records,
    tags,
    terms,
    tokens,
    wanted,
)

__all__ = [
    "bulk",
    "dashboard",
    "duplicates",
    "imports",
    "merge_proposals",
    "people",
    "plans",
    "proposals",
    "records",
    "tags",
    "terms",
    "tokens",
    "wanted",
]
