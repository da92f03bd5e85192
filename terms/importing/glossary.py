"""What the glossary has on the records of a file, looked up some hundreds at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Q

from .. import text
from ..formats.record import TermRecord
from ..models import Alias, ExternalId, ImportedRecord, Revision, Term
from ..revisions import Known
from .neighbours import NameKey, name_key
from .records import Item

AT_ONCE = 500
T = TypeVar("T")


def chunks(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


@dataclass(frozen=True)
class Earlier:
    """What earlier imports of a record said of its term."""

    given: Mapping[str, Any]
    unresolved: tuple[str, ...]


class Glossary:
    """What the glossary has on some records, read in a fixed number of queries."""

    def __init__(self, items: Sequence[Item], *, by: Any, source: str) -> None:
        self.source = source
        usable = [item for item in items if not item.problem]
        self._imported = self._read_imported({item.record.ref for item in usable})
        ids = {item.record.id for item in usable} | {item.term for item in usable}
        self.by_id = self._terms("public_id", ids)
        self.by_slug = self._terms("slug", {item.record.slug for item in usable})
        self._by_uri = self._read_uris({uri for item in usable for uri in _uris(item.record)})
        keys = {name_key(item)[0] for item in usable}
        self.by_name = self._read_names(keys)
        self.by_alias = self._read_aliases(keys)
        self._by, self._usable = by, usable

    @cached_property
    def known(self) -> Known:
        """The tags, and what the relations of these records name."""
        known = Known(self._by)
        known.read_ahead(_targets(self._usable))
        return known

    @staticmethod
    def _terms(field_name: str, values: set[str | None]) -> dict[str, Term]:
        wanted = values - {None, ""}
        terms = _TERMS.filter(**{f"{field_name}__in": wanted}) if wanted else []
        return {getattr(term, field_name): term for term in terms}

    @staticmethod
    def _read_imported(refs: set[str]) -> dict[str, list[ImportedRecord]]:
        found: dict[str, list[ImportedRecord]] = defaultdict(list)
        rows = ImportedRecord.objects.filter(ref__in=refs).select_related("batch", "term__merged_into")
        for row in rows.defer(*(f"term__{name}" for name in _LONG_TEXTS)).order_by("pk"):
            found[row.ref].append(row)
        return found

    @staticmethod
    def _read_uris(uris: set[str]) -> dict[str, list[Term]]:
        found: dict[str, list[Term]] = defaultdict(list)
        exact = ExternalId.objects.filter(scheme="uri", value__in=uris, mapping=ExternalId.Mapping.EXACT)
        owners = dict(exact.values_list("value", "term_id")) if uris else {}
        terms = _THERE.in_bulk(set(owners.values())) if owners else {}
        for uri, term_id in exact.values_list("value", "term_id") if owners else ():
            if term_id in terms:
                found[uri].append(terms[term_id])
        return found

    @staticmethod
    def _read_names(keys: set[str]) -> dict[NameKey, list[Term]]:
        found: dict[NameKey, list[Term]] = defaultdict(list)
        once_public = Q(version__gt=0)
        is_draft = Q(status=Term.Status.DRAFT) & ~Term.objects.rejected_drafts()
        for term in _TERMS.filter(once_public | is_draft, name_key__in=keys).order_by("pk"):
            found[term.name_key, term.qualifier_key].append(term)
        return found

    @staticmethod
    def _read_aliases(keys: set[str]) -> dict[str, list[Term]]:
        found: dict[str, list[Term]] = defaultdict(list)
        owners = list(Alias.objects.filter(name_key__in=keys).values_list("name_key", "term_id"))
        terms = _THERE.in_bulk({term_id for _, term_id in owners}) if owners else {}
        for key, term_id in owners:
            if term_id in terms:
                found[key].append(terms[term_id])
        return found

    @cached_property
    def bases(self) -> dict[int, Revision]:
        """The revisions that changes of the terms that may be meant start from."""
        imported = (row.term for rows in self._imported.values() for row in rows)
        terms = {
            term.pk: term
            for some in (self.by_id.values(), self.by_slug.values(), imported, *self._by_uri.values())
            for term in some
        }
        terms |= {term.pk: term for some in self.by_name.values() for term in some}
        return newest_texts(terms.values())

    def imported(self, item: Item) -> Term | None:
        """Return the term that an earlier import of this record became.

        An address that stands for the record in all the world counts always; the key of a file only
        where the file is the same, or the name.
        """
        for row in reversed(self._imported.get(item.as_read.ref, [])):
            if self._is_of_record(row, item):
                return row.term
        return None

    def _is_of_record(self, row: ImportedRecord, item: Item) -> bool:
        if "://" in row.ref or (row.batch.source or row.batch.file_name) == self.source:
            return True
        key = text.name_key(item.as_read.name)
        return key in {row.term.name_key, text.name_key(str(row.given.get("name", "")))}

    def earlier(self, item: Item, term: Term) -> Earlier:
        """Return what was said of a term under this key: on each field the last word, this source first."""
        rows = [row for row in self._imported.get(item.as_read.ref, ()) if row.term_id == term.pk]
        rows.sort(key=lambda row: (row.batch.source or row.batch.file_name) == self.source)
        given = {name: value for row in rows for name, value in row.given.items()}
        return Earlier(given, tuple(rows[-1].unresolved) if rows else ())

    def by_uri(self, record: TermRecord) -> list[Term]:
        """Return the one term that has an address of the record among its identifiers."""
        found = {term.pk: term for uri in _uris(record) for term in self._by_uri.get(uri, ())}
        return list(found.values()) if len(found) == 1 else []


_LONG_TEXTS = ("definition", "definition_html", "document", "problems")
_TERMS = Term.objects.select_related("merged_into").defer(
    *_LONG_TEXTS, *(f"merged_into__{name}" for name in _LONG_TEXTS)
)
_THERE = _TERMS.exclude(status__in=Term.GONE_STATUSES)


def newest_texts(terms: Iterable[Term]) -> dict[int, Revision]:
    """Return the revision that a change of each term starts from; none for one that was put away."""
    found = list(terms)
    live = [term.live_revision_id for term in found if term.is_public and term.live_revision_id]
    texts = {text.term_id: text for some in chunks(live) for text in Revision.objects.filter(pk__in=some)}
    drafts = [term.pk for term in found if term.status == Term.Status.DRAFT]
    for some in chunks(drafts):
        is_open = Revision.objects.filter(term__in=some, state__in=Revision.OPEN_STATES)
        texts |= {text.term_id: text for text in is_open.order_by("number")}
    return texts


def _uris(record: TermRecord) -> Iterator[str]:
    if "://" in record.ref:
        yield record.ref
    for item in record.external_ids or ():
        if item.scheme == "uri" and item.mapping == ExternalId.Mapping.EXACT:
            yield item.value


def _targets(items: Iterable[Item]) -> set[str]:
    relations = [relation for item in items for relation in item.record.relations or ()]
    return {name for relation in relations for name in (relation.target, relation.name) if name}
