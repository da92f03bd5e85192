"""What of a term is content, and how it is read from the rows of a term and written to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Model

from ..models import Alias, ExternalId, Note, Relation, Source, Tag, TaggedTerm, Term

Content = dict[str, Any]

EMPTY: Content = {
    "name": "",
    "qualifier": "",
    "slug": "",
    "short_definition": "",
    "definition": "",
    "status": "published",
    "deprecation_reason": "",
    "aliases": [],
    "tags": [],
    "relations": [],
    "sources": [],
    "notes": [],
    "external_ids": [],
    "review_by": "",
    "links_itself": True,
}
FIELDS = tuple(EMPTY)

LABELS = {
    "name": "Name",
    "qualifier": "Qualifier",
    "slug": "Address",
    "short_definition": "Short definition",
    "definition": "Definition",
    "status": "Status",
    "deprecation_reason": "Reason for deprecation",
    "aliases": "Other names",
    "tags": "Tags",
    "relations": "Relations",
    "sources": "Sources",
    "notes": "Notes",
    "external_ids": "External identifiers",
    "review_by": "Review by",
    "links_itself": "Linked in running text",
}


def full_name(content: Content) -> str:
    """Return what a term with this content is called in an index: the name with its qualifier."""
    return f"{content['name']} ({content['qualifier']})" if content["qualifier"] else content["name"]


def snapshot(term: Term) -> Content:
    """Return the content that the rows of a term hold now."""
    return {
        "name": term.name,
        "qualifier": term.qualifier,
        "slug": (term.live_revision.content["slug"] if term.live_revision else ""),
        "short_definition": term.short_definition,
        "definition": term.definition,
        "status": "deprecated" if term.status == Term.Status.DEPRECATED else "published",
        "deprecation_reason": term.deprecation_reason,
        "aliases": list(term.aliases.values("text", "kind", "status", "language", "note")),
        "tags": sorted(TaggedTerm.objects.filter(content_object=term).values_list("tag__slug", flat=True)),
        "relations": [
            {"kind": kind, "target": target}
            for kind, target in term.relations.values_list("kind", "target__public_id")
        ],
        "sources": list(term.sources.values("title", "url", "locator")),
        "notes": list(term.notes.values("kind", "text")),
        "external_ids": list(term.external_ids.values("scheme", "value", "mapping")),
        "review_by": term.review_by.isoformat() if term.review_by else "",
        "links_itself": term.links_itself,
    }


def write_content(term: Term, content: Content) -> None:
    """Make the rows of a term say what a cleaned content says.

    Status, address and version are `workflow`'s to decide. Lists that did not change are not
    touched. The caller holds the lock and saves nothing of the term beforehand.
    """
    before = snapshot(term) if term.pk else EMPTY
    term.set_name(content["name"], content["qualifier"])
    term.short_definition = content["short_definition"]
    term.definition = content["definition"]
    term.deprecation_reason = content["deprecation_reason"]
    term.review_by = date.fromisoformat(content["review_by"]) if content["review_by"] else None
    term.links_itself = content["links_itself"]
    term.save()
    for field, write in _LIST_WRITERS.items():
        if before[field] != content[field]:
            write(term, content[field])


def _write_aliases(term: Term, items: list[Content]) -> None:
    rows = []
    for position, item in enumerate(items):
        row = Alias(term=term, position=position, **{k: v for k, v in item.items() if k != "text"})
        row.set_text(item["text"])
        rows.append(row)
    term.aliases.all().delete()
    Alias.objects.bulk_create(rows)


def _write_tags(term: Term, slugs: list[str]) -> None:
    TaggedTerm.objects.filter(content_object=term).exclude(tag__slug__in=slugs).delete()
    present = set(TaggedTerm.objects.filter(content_object=term).values_list("tag__slug", flat=True))
    tags = Tag.objects.filter(slug__in=set(slugs) - present)
    TaggedTerm.objects.bulk_create([TaggedTerm(content_object=term, tag=tag) for tag in tags])


def _write_relations(term: Term, items: list[Content]) -> None:
    targets = dict(
        Term.objects.filter(public_id__in=[item["target"] for item in items]).values_list("public_id", "pk")
    )
    term.relations.all().delete()
    Relation.objects.bulk_create(
        Relation(source=term, target_id=targets[item["target"]], kind=item["kind"], position=position)
        for position, item in enumerate(items)
        if item["target"] in targets
    )


def _row_writer(model: type[Model], related_name: str) -> Callable[[Term, list[Content]], None]:
    def write(term: Term, items: list[Content]) -> None:
        getattr(term, related_name).all().delete()
        model._default_manager.bulk_create(
            model(term=term, position=position, **item) for position, item in enumerate(items)
        )

    return write


_LIST_WRITERS: dict[str, Callable[[Term, list[Any]], None]] = {
    "aliases": _write_aliases,
    "tags": _write_tags,
    "relations": _write_relations,
    "sources": _row_writer(Source, "sources"),
    "notes": _row_writer(Note, "notes"),
    "external_ids": _row_writer(ExternalId, "external_ids"),
}
