"""What of the terms is compared, read from the database in one go and kept beside it."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import F, Q

from ..models import Alias, Relation, Source, Term, TermQuerySet
from .facts import Facts, OtherName

_AT_ONCE = 1_000


def comparable() -> TermQuerySet:
    """Return the terms that may be look-alikes: all that are there, but for drafts that were rejected."""
    return Term.objects.exclude(status__in=Term.GONE_STATUSES).exclude(Term.objects.rejected_drafts())


def name_keys(term_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return what these terms are called, hidden names and all, each as a sorted list of name keys.

    The qualifier does not count: it tells two terms apart that are known to be different.
    """
    ids = list(term_ids)
    keys: dict[int, set[str]] = {pk: set() for pk in ids}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        for pk, key in Term.objects.filter(pk__in=some).values_list("pk", "name_key"):
            keys[pk].add(key)
        for pk, key in Alias.objects.filter(term__in=some).order_by().values_list("term", "name_key"):
            keys[pk].add(key)
    return {pk: sorted(found) for pk, found in keys.items()}


@contextmanager
def facts_of_all() -> Iterator[Callable[[], Iterator[Facts]]]:
    """Read the facts of all comparable terms, and give them out again as often as they are asked for.

    They stay the same while others write, and are not held in memory: they wait in a file.
    """
    with tempfile.TemporaryFile("w+", encoding="ascii", prefix="termbook-facts-") as file:
        for facts in _stream():
            json.dump(_packed(facts), file, separators=(",", ":"))
            file.write("\n")

        def read() -> Iterator[Facts]:
            file.seek(0)
            for line in file:
                yield _unpacked(json.loads(line))

        yield read


def _packed(facts: Facts) -> list[Any]:
    *texts, related = vars(facts).values()
    return [*texts, sorted(related)]


def _unpacked(packed: list[Any]) -> Facts:
    term, name, qualifier, aliases, short_definition, definition, sources, related = packed
    return Facts(
        term=term,
        name=name,
        qualifier=qualifier,
        aliases=tuple(OtherName(*alias) for alias in aliases),
        short_definition=short_definition,
        definition=definition,
        sources=tuple(sources),
        related=frozenset(related),
    )


def _stream() -> Iterator[Facts]:
    last = 0
    columns = ("pk", "name", "qualifier", "short_definition", "definition")
    terms = comparable().order_by("pk").values_list(*columns)
    while rows := list(terms.filter(pk__gt=last)[:_AT_ONCE]):
        last = rows[-1][0]
        span = rows[0][0], last
        aliases, sources, related = _aliases(span), _sources(span), _related(span)
        for pk, name, qualifier, short_definition, definition in rows:
            yield Facts(
                term=pk,
                name=name,
                qualifier=qualifier,
                aliases=tuple(aliases[pk]),
                short_definition=short_definition,
                definition=definition,
                sources=tuple(sources[pk]),
                related=frozenset(related[pk]),
            )


def _between(column: str, span: tuple[int, int]) -> Q:
    return Q((f"{column}__gte", span[0]), (f"{column}__lte", span[1]))


def _aliases(span: tuple[int, int]) -> dict[int, list[OtherName]]:
    found: dict[int, list[OtherName]] = defaultdict(list)
    rows = Alias.objects.filter(_between("term", span)).order_by("term", "position", "pk")
    for pk, name, kind in rows.values_list("term", "text", "kind"):
        found[pk].append(OtherName(name, kind))
    return found


def _sources(span: tuple[int, int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Source.objects.filter(_between("term", span)).order_by("term", "position", "pk")
    for pk, title, url in rows.values_list("term", "title", "url"):
        found[pk].append(url or title)
    return found


def _related(span: tuple[int, int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for here, there in (("source", "target"), ("target", "source")):
        rows = Relation.objects.filter(_between(here, span)).order_by()
        for pk, other in rows.values_list(F(here), F(there)):
            found[pk].add(other)
    return found
