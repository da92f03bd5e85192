"""What of a term is content: read it, clean it, compare it, write it.

Content is a plain dictionary with every key of `FIELDS`, as it is kept in `Revision.content`.
Relations name their targets by public id, tags by slug, so that a content means the same for ever.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Model, Q

from . import text
from .errors import InvalidContent
from .models import (
    DEFINITION_LENGTH,
    NAME_LENGTH,
    SHORT_DEFINITION_LENGTH,
    Alias,
    ExternalId,
    Note,
    Relation,
    Source,
    Tag,
    TaggedTerm,
    Term,
)

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

_LIST_LIMIT = 500
_CONTROL_SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
_is_url = URLValidator(schemes=["http", "https"])


# --- Reading and writing rows --------------------------------------------------------------------


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


# --- Cleaning what a face or a file hands in -----------------------------------------------------


def clean(
    given: Mapping[str, Any],
    *,
    by: Any,
    base: Content | None = None,
    term: Term | None = None,
    make_tags: bool = True,
) -> Content:
    """Return a complete content of `term` made of what is given and, for absent keys, of `base`.

    `given` may name tags by their names and relation targets by public id, address or name; what
    `by` may not see does not exist for them. New tags are made, unless this is only a trial.

    Raises InvalidContent with the sentences of every field that is wrong.
    """
    cleaner = _Cleaner(by=by, own_id=term.public_id if term else "")
    content = {**EMPTY, **(base or {})}
    for field in given:
        if field not in EMPTY:
            cleaner.complain(field, f"There is no field “{field}”. Use one of: {', '.join(FIELDS)}.")
    for field, clean_field in cleaner.field_cleaners().items():
        if field in given:
            content[field] = clean_field(field, given[field])
    if base is not None and not by.has_perm("terms.view_drafts"):
        _keep_what_is_not_shown(content, base, given)
    cleaner.check_together(content)
    if cleaner.problems:
        raise InvalidContent(cleaner.problems)
    content["tags"] = sorted({cleaner.tag_slug(tag, make=make_tags) for tag in content["tags"]})
    return content


def _keep_what_is_not_shown(content: Content, base: Content, given: Mapping[str, Any]) -> None:
    """Keep the hidden labels and editorial notes of the base: who cannot see them cannot mean to
    take them out."""
    for field, private in (("aliases", Alias.Kind.HIDDEN), ("notes", Note.Kind.EDITORIAL)):
        if field in given:
            kept = [item for item in base[field] if item["kind"] == private and item not in content[field]]
            content[field] = [*content[field], *kept]


def find_targets(wanted: str, *, by: Any) -> list[str]:
    """Return the public ids that a text may mean: by id, then address, then name, then alias.

    Two of them say that it is ambiguous. What `by` may not see is not found.
    """
    key = text.name_key(wanted)
    candidates = Term.objects.visible_to(by).exclude(status__in=[Term.Status.MERGED, Term.Status.REMOVED])
    for condition in (Q(public_id=wanted), Q(slug=wanted), Q(name_key=key), Q(aliases__name_key=key)):
        found = candidates.filter(condition).order_by("pk").values_list("public_id", flat=True).distinct()[:2]
        if found:
            return list(found)
    return []


def check_public_id(public_id: str) -> None:
    """Refuse an identifier that a new term cannot have. Raises InvalidContent."""
    if not _PUBLIC_ID.fullmatch(public_id):
        sentence = f"“{public_id:.40}” is no identifier. Use 1 to 20 letters, digits, hyphens or underscores."
    elif Term.objects.filter(public_id=public_id).exists():
        sentence = f"“{public_id}” is the identifier of another term. Leave it out or give another."
    else:
        return
    raise InvalidContent({"id": [f"Identifier: {sentence}"]})


def has_control_signs(value: str) -> bool:
    """Say whether a text holds control characters or halves of surrogate pairs."""
    return bool(_CONTROL_SIGNS.search(value))


class _Cleaner:
    """Cleans one content and gathers what is wrong with it."""

    def __init__(self, *, by: Any, own_id: str) -> None:
        self.by = by
        self.own_id = own_id
        self.problems: dict[str, list[str]] = {}

    def complain(self, field: str, sentence: str) -> None:
        self.problems.setdefault(field, []).append(sentence)

    def field_cleaners(self) -> dict[str, Callable[[str, Any], Any]]:
        return {
            "name": lambda f, v: self.line(f, v, NAME_LENGTH),
            "qualifier": lambda f, v: self.line(f, v, 100),
            "slug": self.slug,
            "short_definition": lambda f, v: self.line(f, v, SHORT_DEFINITION_LENGTH),
            "definition": lambda f, v: self.prose(f, v, DEFINITION_LENGTH),
            "status": lambda f, v: self.choice(f, v, ("published", "deprecated")),
            "deprecation_reason": lambda f, v: self.prose(f, v, 2000),
            "aliases": self.aliases,
            "tags": self.tags,
            "relations": self.relations,
            "sources": self.sources,
            "notes": self.notes,
            "external_ids": self.external_ids,
            "review_by": self.day,
            "links_itself": self.flag,
        }

    # One value

    def _string(self, field: str, value: Any, limit: int) -> str:
        if not isinstance(value, str):
            self.complain(field, f"{LABELS[field]}: {value!r:.60} is not a text.")
            return ""
        if has_control_signs(value):
            self.complain(field, f"{LABELS[field]}: take out the control characters.")
            return ""
        if len(value) > limit:
            self.complain(
                field, f"{LABELS[field]}: {len(value):,} characters are too many; {limit:,} are allowed."
            )
        return unicodedata.normalize("NFC", value)

    def line(self, field: str, value: Any, limit: int) -> str:
        return " ".join(self._string(field, value, limit).split())

    def prose(self, field: str, value: Any, limit: int) -> str:
        return (
            self._string(field, value, limit).replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
        )

    def choice(self, field: str, value: Any, allowed: Iterable[str]) -> str:
        if value not in allowed:
            self.complain(field, f"{LABELS[field]}: “{value!s:.60}” is not one of {', '.join(allowed)}.")
        return value

    def flag(self, field: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self.complain(field, f"{LABELS[field]}: use true or false.")
        return value

    def day(self, field: str, value: Any) -> str:
        try:
            return date.fromisoformat(value or "").isoformat() if value else ""
        except (TypeError, ValueError):
            self.complain(field, f"{LABELS[field]}: “{value!s:.60}” is not a date. Use YYYY-MM-DD.")
            return ""

    def slug(self, field: str, value: Any) -> str:
        slug = self.line(field, value, 180)
        if slug and slug != text.slug_for(slug):
            self.complain(
                field,
                f"Address: “{slug:.60}” has signs that an address cannot have. Try “{text.slug_for(slug)}”.",
            )
        return slug

    # Lists

    def _items(self, field: str, value: Any, keys: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the items as dictionaries with exactly `keys`; a bare text is the first key."""
        if not isinstance(value, (list, tuple)):
            self.complain(field, f"{LABELS[field]}: give a list.")
            return []
        if len(value) > _LIST_LIMIT:
            self.complain(field, f"{LABELS[field]}: {len(value)} are too many; {_LIST_LIMIT} are allowed.")
            return []
        first = next(iter(keys))
        items = []
        for item in value:
            as_mapping = {first: item} if isinstance(item, str) else item
            if not isinstance(as_mapping, Mapping) or set(as_mapping) - set(keys):
                self.complain(
                    field, f"{LABELS[field]}: “{item!s:.60}” has other parts than {', '.join(keys)}."
                )
                continue
            items.append({**keys, **as_mapping})
        return items

    def aliases(self, field: str, value: Any) -> list[Content]:
        keys = {"text": "", "kind": "synonym", "status": "admitted", "language": "", "note": ""}
        cleaned: dict[str, Content] = {}
        for item in self._items(field, value, keys):
            item["text"] = self.line(field, item["text"], NAME_LENGTH)
            item["kind"] = self.choice(field, item["kind"], Alias.Kind.values)
            item["status"] = self.choice(field, item["status"], Alias.Status.values)
            item["language"] = self.line(field, item["language"], 35)
            item["note"] = self.line(field, item["note"], 300)
            key = self._key(field, item["text"])
            if key in cleaned:
                self.complain(field, f"Other names: “{item['text']}” stands there twice.")
            cleaned[key] = item
        return list(cleaned.values())

    def _key(self, field: str, name: str) -> str:
        key = text.name_key(name)
        if not key:
            self.complain(field, f"{LABELS[field]}: a name needs at least one visible sign.")
        if len(key) > 2 * NAME_LENGTH:
            self.complain(field, f"{LABELS[field]}: “{name:.60}…” is too long.")
        return key

    def tags(self, field: str, value: Any) -> list[str]:
        if not isinstance(value, (list, tuple)) or len(value) > _LIST_LIMIT:
            self.complain(field, "Tags: give a list.")
            return []
        tags = [self.line(field, tag, 100) for tag in value]
        if any(not text.words(tag) for tag in tags):
            self.complain(field, "Tags: a tag needs at least one letter or digit.")
        return [tag for tag in tags if tag]

    def tag_slug(self, name_or_slug: str, *, make: bool) -> str:
        """Return the slug of a tag, which is made when there is none yet."""
        slug = text.slug_for(name_or_slug)[:100]
        known = Tag.objects.filter(Q(slug__in=[name_or_slug, slug]) | Q(name__iexact=name_or_slug)).first()
        if known is None and make:
            known, _ = Tag.objects.get_or_create(slug=slug, defaults={"name": name_or_slug})
        return known.slug if known else slug

    def relations(self, field: str, value: Any) -> list[Content]:
        cleaned = []
        for item in self._items(field, value, {"target": "", "kind": "related"}):
            kind = self.choice(field, item["kind"], Relation.Kind.values)
            target = self._target(self.line(field, item["target"], NAME_LENGTH + 110))
            if target and target == self.own_id:
                self.complain(field, "Relations: a term cannot be related to itself.")
            elif target and {"kind": kind, "target": target} not in cleaned:
                cleaned.append({"kind": kind, "target": target})
        return cleaned

    def _target(self, wanted: str) -> str:
        found = find_targets(wanted, by=self.by)
        if len(found) == 1:
            return found[0]
        if found:
            sentence = f"several terms are called “{wanted}”. Give the address or id of one."
        else:
            sentence = f"there is no term “{wanted}”. Give the name, address or id of one."
        self.complain("relations", f"Relations: {sentence}")
        return ""

    def sources(self, field: str, value: Any) -> list[Content]:
        cleaned = []
        for item in self._items(field, value, {"title": "", "url": "", "locator": ""}):
            item["title"] = self.line(field, item["title"], 400) or self.line(field, item["url"], 400)
            item["url"] = self.line(field, item["url"], 1000)
            item["locator"] = self.line(field, item["locator"], 200)
            if not item["title"]:
                self.complain(field, "Sources: a source needs a title or a URL.")
            if item["url"]:
                self._check_url(item["url"])
            cleaned.append(item)
        return cleaned

    def _check_url(self, url: str) -> None:
        try:
            _is_url(url)
        except ValidationError:
            self.complain("sources", f"Sources: “{url:.80}” is not a web address. Begin with https://.")

    def notes(self, field: str, value: Any) -> list[Content]:
        cleaned = []
        for item in self._items(field, value, {"text": "", "kind": "usage"}):
            note = self.prose(field, item["text"], 20_000)
            kind = self.choice(field, item["kind"], Note.Kind.values)
            if not note.strip():
                self.complain(field, "Notes: a note needs a text.")
            cleaned.append({"kind": kind, "text": note})
        return cleaned

    def external_ids(self, field: str, value: Any) -> list[Content]:
        cleaned: list[Content] = []
        for item in self._items(field, value, {"scheme": "", "value": "", "mapping": "exact"}):
            item["scheme"] = self.line(field, item["scheme"], 100)
            item["value"] = self.line(field, item["value"], 300)
            item["mapping"] = self.choice(field, item["mapping"], ExternalId.Mapping.values)
            if not item["scheme"] or not item["value"]:
                self.complain(field, "External identifiers: give both the scheme and the value.")
            if any((e["scheme"], e["value"]) == (item["scheme"], item["value"]) for e in cleaned):
                self.complain(
                    field, f"External identifiers: {item['scheme']} {item['value']} stands there twice."
                )
            cleaned.append(item)
        return cleaned

    # Fields that depend on one another

    def check_together(self, content: Content) -> None:
        if not content["name"]:
            self.complain("name", "Name: a term needs a name.")
            return
        key = self._key("name", content["name"])
        # The name itself is no other name of the term; dropping it loses nothing.
        content["aliases"] = [a for a in content["aliases"] if text.name_key(a["text"]) != key]
        if content["status"] == "deprecated" and not content["deprecation_reason"].strip():
            self.complain("deprecation_reason", "Reason for deprecation: say why, readers will ask.")
        if content["status"] == "published":
            content["deprecation_reason"] = ""


def carry_over(base: Content, current: Content, local: Content) -> tuple[Content, list[str]]:
    """Bring a text up to date: what its author changed stays, the rest becomes as it is now.

    Returns the content and the fields that both sides changed, each in another way; there the
    author's text stands, and a person has to compare.
    """
    content = {field: local[field] if local[field] != base[field] else current[field] for field in FIELDS}
    collisions = [
        field
        for field in FIELDS
        if base[field] != current[field] != local[field] and local[field] != base[field]
    ]
    return content, collisions


# --- Comparing -----------------------------------------------------------------------------------

Piece = tuple[str, str]


@dataclass(frozen=True)
class FieldChange:
    """One field that differs: both values, and the text in `pieces` of (equal, insert or delete; text)."""

    field: str
    label: str
    before: Any
    after: Any
    pieces: tuple[Piece, ...]


def difference(before: Content, after: Content) -> list[FieldChange]:
    """Return the fields in which two contents differ, compared word by word, lists item by item."""
    changed = [field for field in FIELDS if before[field] != after[field]]
    names = _target_names(before, after) if "relations" in changed else {}
    return [
        FieldChange(
            field, LABELS[field], before[field], after[field], _pieces(before[field], after[field], names)
        )
        for field in changed
    ]


def _target_names(*contents: Content) -> dict[str, str]:
    targets = [relation["target"] for content in contents for relation in content["relations"]]
    return {term.public_id: term.full_name for term in Term.objects.filter(public_id__in=targets)}


def _pieces(before: Any, after: Any, names: Mapping[str, str]) -> tuple[Piece, ...]:
    if isinstance(before, str) and isinstance(after, str):
        return tuple(_compare(_split_words(before), _split_words(after), ""))
    if isinstance(before, list) and isinstance(after, list):
        lines = [[_item_line(item, names) for item in items] for items in (before, after)]
        return tuple(_compare(lines[0], lines[1], "\n"))
    return (("delete", str(before)), ("insert", str(after)))


def _split_words(value: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", value)


def _item_line(item: Any, names: Mapping[str, str]) -> str:
    """Return an item of a list on one line: the main part first, the rest in brackets."""
    if not isinstance(item, dict):
        return str(item)
    main = item.get("text") or item.get("title") or item.get("target") or item.get("value") or ""
    rest = [str(v) for v in item.values() if v and v != main and v not in {"admitted", "exact"}]
    shown = names.get(main, main)
    return f"{shown} ({', '.join(rest)})" if rest else shown


def _compare(before: list[str], after: list[str], joiner: str) -> Iterable[Piece]:
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    if len(before) * len(after) > 25_000_000:  # two whole books: word by word would take minutes
        matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=True)
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op in {"delete", "replace"}:
            yield "delete", joiner.join(before[i1:i2])
        if op in {"insert", "replace"}:
            yield "insert", joiner.join(after[j1:j2])
        if op == "equal":
            yield "equal", joiner.join(before[i1:i2])
