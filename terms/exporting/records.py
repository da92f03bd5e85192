"""Terms as the records that formats write."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q

from ..formats.record import (
    AliasRecord,
    ExternalIdRecord,
    NoteRecord,
    RelationRecord,
    SourceRecord,
    Surroundings,
    TermRecord,
)
from ..models import Alias, ImportedRecord, Note, Relation, Revision, Tag, Term
from ..publishing import iso
from ..revisions import Content
from .selection import Selection

_TERMS_AT_A_TIME = 500
_BRIEF = ("public_id", "name", "qualifier", "name_key", "qualifier_key", "status")


def records(selection: Selection, *, by: Any) -> Iterator[TermRecord]:
    """Yield what `by` may see of the chosen terms, in the order of their names.

    A public term leaves as it is published, a draft with its newest text. Hidden names, private notes
    and what earlier imports brought besides are for the editorial staff.
    """
    staff = by.has_perm("terms.view_drafts")
    ids = list(selection.terms(by).values_list("pk", flat=True))
    for start in range(0, len(ids), _TERMS_AT_A_TIME):
        yield from _Chunk(ids[start : start + _TERMS_AT_A_TIME], selection, is_staff=staff).records()


def record_of(term: Term) -> TermRecord:
    """Return what everybody may see of one public term, with what is to be known of those around it."""
    chunk = _Chunk([term.pk], Selection(), is_staff=False)
    [record] = chunk.records()
    return replace(record, around=chunk.around(record))


class _Chunk:
    """Some terms, read with everything that their records need in a fixed number of queries."""

    def __init__(self, ids: Sequence[int], selection: Selection, *, is_staff: bool) -> None:
        self.is_staff = is_staff
        self.language = selection.language.lower()
        terms = Term.objects.select_related("live_revision").in_bulk(ids)
        self.terms = [terms[pk] for pk in ids if pk in terms]
        self.drafts = _newest_texts(term.pk for term in self.terms if not term.is_public)
        tags = {slug for term in self.terms for slug in self._content(term).get("tags", ())}
        self.tag_names = dict(Tag.objects.filter(slug__in=tags).values_list("slug", "name"))
        self.further = _further(ids) if is_staff else {}
        rows = self._visible(Relation.objects.filter(target__in=ids), "source__status")
        self.inverse: dict[int, list[tuple[str, str]]] = defaultdict(list)
        in_order = rows.order_by("kind", "source__sort_key", "source_id")
        for target, kind, source in in_order.values_list("target_id", "kind", "source__public_id"):
            self.inverse[target].append((kind, source))
        self.neighbours = self._neighbours()
        self.absorbed: dict[int, list[str]] = defaultdict(list)
        merged = Term.objects.filter(merged_into__in=ids, version__gt=0).order_by("pk")
        for survivor, absorbed in merged.values_list("merged_into_id", "public_id"):
            self.absorbed[survivor].append(absorbed)

    def records(self) -> Iterator[TermRecord]:
        for term in self.terms:
            content = self._content(term)
            if content:
                yield self._record(term, content)

    def _visible(self, rows: Any, status: str) -> Any:
        shown = (*Term.PUBLIC_STATUSES, Term.Status.DRAFT) if self.is_staff else Term.PUBLIC_STATUSES
        return rows.filter(**{f"{status}__in": shown})

    def _content(self, term: Term) -> Content:
        """Return the text that leaves, empty for a draft that nobody works on."""
        if term.is_public:
            return term.live_revision.content if term.live_revision else {}
        return self.drafts.get(term.pk, {})

    def _neighbours(self) -> dict[str, str]:
        """Return the visible terms around these by id, with their names where those lead to nobody else."""
        found = list(self._visible(Term.objects.filter(public_id__in=self._named()), "status").only(*_BRIEF))
        self.deprecated = sorted(term.public_id for term in found if term.status == Term.Status.DEPRECATED)
        alike = self._visible(Term.objects.filter(name_key__in={term.name_key for term in found}), "status")
        count = Counter(alike.values_list("name_key", "qualifier_key"))
        names = {term.full_name for term in found}
        addresses = self._visible(Term.objects.filter(Q(slug__in=names) | Q(public_id__in=names)), "status")
        taken = {word for pair in addresses.values_list("slug", "public_id") for word in pair}
        return {
            term.public_id: ""
            if count[term.name_key, term.qualifier_key] > 1 or term.full_name in taken
            else term.full_name
            for term in found
        }

    def _named(self) -> set[str]:
        stated = {
            relation["target"] for term in self.terms for relation in self._content(term).get("relations", ())
        }
        return stated | {source for pairs in self.inverse.values() for _, source in pairs}

    def around(self, record: TermRecord) -> Surroundings:
        """Return what decides how the relations of a term are told: who is deprecated, who is above whom."""
        ends = [*(record.relations or ()), *record.inverse]
        related = {end.target for end in ends if end.kind == "related"}
        is_in_line = related and any(end.kind == "broader" for end in ends)
        above = _broader_above({record.id or "", *related}) if is_in_line else ()
        return Surroundings(tuple(self.deprecated), tuple(above))

    def _record(self, term: Term, content: Content) -> TermRecord:
        return TermRecord(
            line=0,
            ref=term.public_id,
            id=term.public_id,
            slug=term.slug or "",
            name=content["name"],
            qualifier=content["qualifier"],
            status=term.status,
            deprecation_reason=content["deprecation_reason"],
            short_definition=content["short_definition"],
            definition=content["definition"],
            aliases=tuple(AliasRecord(**alias) for alias in content["aliases"] if self._leaves(alias)),
            tags=tuple(self.tag_names.get(slug, slug) for slug in content["tags"]),
            relations=tuple(self._relations(content["relations"])),
            sources=tuple(SourceRecord(**source) for source in content["sources"]),
            notes=tuple(
                NoteRecord(**note)
                for note in content["notes"]
                if self.is_staff or note["kind"] != Note.Kind.EDITORIAL
            ),
            external_ids=tuple(ExternalIdRecord(**item) for item in content["external_ids"]),
            review_by=content["review_by"],
            links_itself=content["links_itself"],
            updated_at=iso(term.updated_at) or "",
            further=self.further.get(term.pk, {}),
            inverse=tuple(
                RelationRecord(kind, source, self.neighbours[source])
                for kind, source in self.inverse[term.pk]
                if source in self.neighbours
            ),
            absorbed=tuple(self.absorbed[term.pk]),
            version=term.version,
            created_at=iso(term.created_at) or "",
            published_at=iso(term.published_at) or "",
        )

    def _leaves(self, alias: Mapping[str, str]) -> bool:
        is_wanted = not self.language or not alias["language"] or alias["language"].lower() == self.language
        return is_wanted and (self.is_staff or alias["kind"] != Alias.Kind.HIDDEN)

    def _relations(self, relations: Iterable[Mapping[str, str]]) -> Iterator[RelationRecord]:
        for relation in relations:
            target = relation["target"]
            if target in self.neighbours:
                yield RelationRecord(relation["kind"], target, self.neighbours[target])


def _broader_above(ids: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each step upwards from these terms in the hierarchy that everybody sees, layer by layer."""
    seen: set[str] = set()
    layer = set(ids)
    ends = ("source__public_id", "target__public_id")
    published = {f"{end}__status": Term.Status.PUBLISHED for end in ("source", "target")}
    steps = Relation.objects.filter(kind=Relation.Kind.BROADER, **published).order_by(*ends)
    while layer:
        seen |= layer
        found = list(steps.filter(source__public_id__in=layer).values_list(*ends))
        yield from found
        layer = {target for _, target in found} - seen


def _newest_texts(term_ids: Iterable[int]) -> dict[int, Content]:
    """Return the newest text of each draft that is still worked on."""
    texts = Revision.objects.filter(term__in=list(term_ids), state__in=Revision.OPEN_STATES)
    return dict(texts.order_by("term_id", "number").values_list("term_id", "content"))


def _further(term_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what the last import of each term said and Termbook has no place for."""
    rows = ImportedRecord.objects.filter(term__in=term_ids).order_by("pk")
    return dict(rows.values_list("term_id", "further"))
