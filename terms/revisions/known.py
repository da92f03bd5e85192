"""What texts name: tags, and other terms as targets of relations; looked up one by one or for many texts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Q

from .. import text
from ..models import Alias, Tag, Term

_WITH_QUALIFIER = re.compile(r"(.+) \(([^()]+)\)")
_AT_ONCE = 1_000

# How a text can name a term, the surest way first.
BY_ID, BY_ADDRESS, BY_FULL_NAME, BY_NAME_AND_QUALIFIER, BY_NAME, BY_ALIAS = range(6)


class Found(NamedTuple):
    """The public ids that a text may mean, and the way in which it names them; several are ambiguous."""

    way: int
    ids: tuple[str, ...]


NOTHING = Found(BY_ALIAS, ())


def find_targets(wanted: str, *, by: Any) -> list[str]:
    """Return the public ids that a text may mean: by id, address, full name, name, then alias.

    Two of them say that it is ambiguous. What `by` may not see is not found.
    """
    return list(find_many([wanted], by=by)[wanted].ids)


def find_many(wanted: Iterable[str], *, by: Any) -> dict[str, Found]:
    """Return for each text what it may mean, as `find_targets` does, in a few queries for all."""
    texts = sorted(set(wanted))
    found: dict[str, Found] = {}
    for start in range(0, len(texts), _AT_ONCE):
        found |= _find(texts[start : start + _AT_ONCE], by)
    return found


def ways_of(public_id: str, slug: str, name: str, qualifier: str) -> Iterator[tuple[int, str]]:
    """Yield how a term can be named, each way with the text or name key that does it."""
    key, qualifier_key = text.name_key(name), text.name_key(qualifier)
    yield from ((BY_ID, public_id), (BY_ADDRESS, slug))
    yield (BY_NAME_AND_QUALIFIER, f"{key} ({qualifier_key})") if qualifier_key else (BY_FULL_NAME, key)
    yield BY_NAME, key


def _find(texts: list[str], by: Any) -> dict[str, Found]:
    keys = {wanted: text.name_key(wanted) for wanted in texts}
    qualified = filter(None, map(_WITH_QUALIFIER.fullmatch, keys.values()))
    names = {*keys.values(), *(found[1] for found in qualified)}
    sees_drafts = by.has_perm("terms.view_drafts")
    seen = (*Term.PUBLIC_STATUSES, Term.Status.DRAFT) if sees_drafts else Term.PUBLIC_STATUSES
    ids: dict[tuple[int, str], list[str]] = defaultdict(list)
    # Three statements, each by its own index: joined by OR they would look through the whole table.
    terms = {
        row
        for condition in (Q(public_id__in=texts), Q(slug__in=texts), Q(name_key__in=names))
        for row in Term.objects.filter(condition, status__in=seen).values_list(
            "pk", "public_id", "slug", "name", "qualifier"
        )
    }
    for _, public_id, slug, name, qualifier in sorted(terms, key=itemgetter(0)):
        for way in ways_of(public_id, slug or "", name, qualifier):
            ids[way].append(public_id)
    called = Alias.objects.filter(name_key__in=set(keys.values()), term__status__in=seen)
    for public_id, key in called.order_by("term_id").values_list("term__public_id", "name_key"):
        ids[BY_ALIAS, key].append(public_id)
    return {wanted: _surest(wanted, key, ids) for wanted, key in keys.items()}


def _surest(wanted: str, key: str, ids: dict[tuple[int, str], list[str]]) -> Found:
    for way in range(BY_ALIAS + 1):
        found = ids.get((way, wanted if way <= BY_ADDRESS else key))
        if found and (wanted or key):
            return Found(way, tuple(dict.fromkeys(found))[:2])
    return NOTHING


class Known:
    """Tags and targets as one person may name them, kept while many contents are cleaned.

    What was not read ahead is looked up when it is asked for. `coming` are public ids of terms that are
    about to be made.
    """

    def __init__(self, by: Any) -> None:
        self.by = by
        self.coming: set[str] = set()
        self._leads: dict[str, str] | None = None
        self._targets: dict[str, Found] = {}
        self._tags: dict[str, str] | None = None

    def read_ahead(self, targets: Iterable[str]) -> None:
        """Read all tags, and what these texts name as targets."""
        self._find(targets)
        if self._tags is None:
            self._tags = {}
            for name, slug in Tag.objects.order_by("name").values_list("name", "slug"):
                self._tags.setdefault(slug, slug)
                self._tags.setdefault(name.casefold(), slug)

    def target(self, wanted: str) -> Found:
        """Return what a text may mean."""
        if wanted in self.coming:
            return Found(BY_ID, (wanted,))
        if wanted not in self._targets:
            self._find([wanted])
        found = self._targets[wanted]
        # The id of a term that was merged means what it became.
        became = None if found.ids else self.leads().get(wanted)
        return self.target(became) if became else found

    def leads(self) -> dict[str, str]:
        """Return for every merged term the public id of the term that it became."""
        if self._leads is None:
            merged = Term.objects.filter(merged_into__isnull=False)
            self._leads = dict(merged.values_list("public_id", "merged_into__public_id"))
        return self._leads

    def _find(self, wanted: Iterable[str]) -> None:
        found = find_many(wanted, by=self.by)
        self._targets |= found
        # Who was found by a name is asked for by the id next.
        for public_id in (public_id for one in found.values() for public_id in one.ids):
            self._targets.setdefault(public_id, Found(BY_ID, (public_id,)))

    def tag_slug(self, name_or_slug: str, *, make: bool) -> str:
        """Return the slug of a tag, which is made when there is none yet."""
        slug = text.slug_for(name_or_slug)[:100]
        known = self._slug_of(name_or_slug, slug)
        if known is None and make:
            tag, _ = Tag.objects.get_or_create(slug=slug, defaults={"name": name_or_slug})
            known = tag.slug
            if self._tags is not None:
                self._tags |= {slug: slug, name_or_slug.casefold(): slug}
        return known or slug

    def _slug_of(self, name_or_slug: str, slug: str) -> str | None:
        if self._tags is None:
            named = Q(slug__in=[name_or_slug, slug]) | Q(name__iexact=name_or_slug)
            return Tag.objects.filter(named).values_list("slug", flat=True).first()
        ways = (name_or_slug, slug, name_or_slug.casefold())
        return next((self._tags[way] for way in ways if way in self._tags), None)
