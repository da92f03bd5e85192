"""What of a term is content, and how it is read from the rows of a term and written to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
    return snapshots([term])[term.pk]


def snapshots(terms: Sequence[Term]) -> dict[int, Content]:
    """Return the contents that the rows of these terms hold now, in as many queries as for one."""
    ids = [term.pk for term in terms]
    lists = {field: read(ids) for field, read in _LIST_READERS.items()}
    return {
        term.pk: {**_columns_of(term), **{field: found[term.pk] for field, found in lists.items()}}
        for term in terms
    }


def _columns_of(term: Term) -> Content:
    return {
        "name": term.name,
        "qualifier": term.qualifier,
        "slug": (term.live_revision.content["slug"] if term.live_revision else ""),
        "short_definition": term.short_definition,
        "definition": term.definition,
        "status": "deprecated" if term.status == Term.Status.DEPRECATED else "published",
        "deprecation_reason": term.deprecation_reason,
        "review_by": term.review_by.isoformat() if term.review_by else "",
        "links_itself": term.links_itself,
    }


def write_content(term: Term, content: Content) -> None:
    """Make the rows of a term say what a cleaned content says.

    Status, address and version are `workflow`'s to decide. Lists that did not change are not
    touched. The caller holds the lock and saves nothing of the term beforehand.
    """
    write_contents([(term, content)])


def write_contents(contents: Sequence[tuple[Term, Content]], *, also: Iterable[str] = ()) -> None:
    """Make the rows of some terms that are there say what these contents say, as `write_content`.

    `also` names what the caller set on the terms besides.
    """
    before = snapshots([term for term, _ in contents])
    for term, content in contents:
        is_same = all(before[term.pk][field] == content[field] for field in _COLUMNS)
        _set_columns(term, content)
        term.save(update_fields=also if is_same and also else None)
    for field, make_rows in _ROW_MAKERS.items():
        changed = [(term, content) for term, content in contents if before[term.pk][field] != content[field]]
        for term, content in changed:
            _clear(term, field, content[field])
        _insert(make_rows([(term, _missing(before[term.pk], content, field)) for term, content in changed]))


def write_new(contents: Sequence[tuple[Term, Content]]) -> None:
    """Make the rows of new terms, in as many queries for hundreds as for one."""
    for term, content in contents:
        _set_columns(term, content)
    Term.objects.bulk_create([term for term, _ in contents])
    for field, make_rows in _ROW_MAKERS.items():
        _insert(make_rows([(term, content[field]) for term, content in contents if content[field]]))


def write_relations(contents: Sequence[tuple[Term, Content]]) -> None:
    """Write the relations of terms whose targets were not there yet; the others are there already."""
    rows = _relation_rows([(term, content["relations"]) for term, content in contents])
    known = Relation.objects.filter(source__in=[term.pk for term, _ in contents])
    there = set(known.values_list("source_id", "target_id", "kind"))
    _insert([row for row in rows if (row.source_id, row.target_id, row.kind) not in there])


# What of a content stands in columns of the term itself; `slug` and `status` are for `workflow` to set.
_COLUMNS = (
    "name",
    "qualifier",
    "short_definition",
    "definition",
    "deprecation_reason",
    "review_by",
    "links_itself",
)


def _set_columns(term: Term, content: Content) -> None:
    term.set_name(content["name"], content["qualifier"])
    term.short_definition = content["short_definition"]
    term.definition = content["definition"]
    term.deprecation_reason = content["deprecation_reason"]
    term.review_by = date.fromisoformat(content["review_by"]) if content["review_by"] else None
    term.links_itself = content["links_itself"]


def _clear(term: Term, field: str, items: list[Any]) -> None:
    """Take out the rows that are written anew; tags that stay are left alone."""
    if field == "tags":
        TaggedTerm.objects.filter(content_object=term).exclude(tag__slug__in=items).delete()
    else:
        getattr(term, field).all().delete()


def _missing(before: Content, content: Content, field: str) -> list[Any]:
    if field == "tags":
        return [slug for slug in content["tags"] if slug not in before["tags"]]
    return content[field]


def _insert(rows: Sequence[Model]) -> None:
    if rows:
        type(rows[0])._default_manager.bulk_create(rows)


# --- Lists ---------------------------------------------------------------------------------------

_Lists = Sequence[tuple[Term, list[Any]]]
_ByTerm = defaultdict[int, list[Any]]


def _reader(model: type[Model], *columns: str) -> Callable[[list[int]], _ByTerm]:
    def read(ids: list[int]) -> _ByTerm:
        found: _ByTerm = defaultdict(list)
        for row in model._default_manager.filter(term__in=ids).values("term_id", *columns):
            found[row.pop("term_id")].append(row)
        return found

    return read


def _read_tags(ids: list[int]) -> _ByTerm:
    found: _ByTerm = defaultdict(list)
    rows = TaggedTerm.objects.filter(content_object__in=ids).order_by("tag__slug")
    for term_id, slug in rows.values_list("content_object_id", "tag__slug"):
        found[term_id].append(slug)
    return found


def _read_relations(ids: list[int]) -> _ByTerm:
    found: _ByTerm = defaultdict(list)
    rows = Relation.objects.filter(source__in=ids)
    for term_id, kind, target in rows.values_list("source_id", "kind", "target__public_id"):
        found[term_id].append({"kind": kind, "target": target})
    return found


_LIST_READERS: dict[str, Callable[[list[int]], _ByTerm]] = {
    "aliases": _reader(Alias, "text", "kind", "status", "language", "note"),
    "tags": _read_tags,
    "relations": _read_relations,
    "sources": _reader(Source, "title", "url", "locator"),
    "notes": _reader(Note, "kind", "text"),
    "external_ids": _reader(ExternalId, "scheme", "value", "mapping"),
}


def _row_maker(model: type[Model]) -> Callable[[_Lists], list[Model]]:
    def make(lists: _Lists) -> list[Model]:
        return [
            model(term=term, position=position, **item)
            for term, items in lists
            for position, item in enumerate(items)
        ]

    return make


def _alias_rows(lists: _Lists) -> list[Alias]:
    rows = []
    for term, items in lists:
        for position, item in enumerate(items):
            row = Alias(term=term, position=position, **{k: v for k, v in item.items() if k != "text"})
            row.set_text(item["text"])
            rows.append(row)
    return rows


def _tag_rows(lists: _Lists) -> list[TaggedTerm]:
    wanted = {slug for _, slugs in lists for slug in slugs}
    tags = {tag.slug: tag for tag in Tag.objects.filter(slug__in=wanted)} if wanted else {}
    return [
        TaggedTerm(content_object=term, tag=tags[slug])
        for term, slugs in lists
        for slug in slugs
        if slug in tags
    ]


def _relation_rows(lists: _Lists) -> list[Relation]:
    wanted = {item["target"] for _, items in lists for item in items}
    targets = Term.objects.filter(public_id__in=wanted).values_list("public_id", "pk") if wanted else ()
    ids = dict(targets)
    return [
        Relation(source=term, target_id=ids[item["target"]], kind=item["kind"], position=position)
        for term, items in lists
        for position, item in enumerate(items)
        if item["target"] in ids
    ]


_ROW_MAKERS: dict[str, Callable[[_Lists], Sequence[Model]]] = {
    "aliases": _alias_rows,
    "tags": _tag_rows,
    "relations": _relation_rows,
    "sources": _row_maker(Source),
    "notes": _row_maker(Note),
    "external_ids": _row_maker(ExternalId),
}
