"""What a face or a file hands in becomes a content, or every sentence that says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from .. import text
from ..errors import InvalidContent
from ..models import (
    DEFINITION_LENGTH,
    NAME_LENGTH,
    SHORT_DEFINITION_LENGTH,
    Alias,
    ExternalId,
    Note,
    Relation,
    Term,
)
from .content import EMPTY, FIELDS, LABELS, Content
from .known import Known
from .redirecting import redirected

LIST_LENGTH = 500
PROSE_LENGTHS = {
    "short_definition": SHORT_DEFINITION_LENGTH,
    "definition": DEFINITION_LENGTH,
    "deprecation_reason": 2000,
}
_CONTROL_SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
_is_url = URLValidator(schemes=["http", "https"])


def clean(
    given: Mapping[str, Any],
    *,
    by: Any,
    base: Content | None = None,
    term: Term | None = None,
    make_tags: bool = True,
    known: Known | None = None,
) -> Content:
    """Return a complete content of `term` made of what is given and, for absent keys, of `base`.

    `given` may name tags by their names and relation targets by public id, address or name; what
    `by` may not see does not exist for them. New tags are made, unless this is only a trial. `known` keeps
    what was looked up, for who cleans many.

    Raises InvalidContent with the sentences of every field that is wrong.
    """
    known = known or Known(by)
    cleaner = _Cleaner(known=known, own_id=term.public_id if term else "", base=base or EMPTY)
    content = {**EMPTY, **(base or {})}
    for field in given:
        if field not in EMPTY:
            cleaner.complain(field, f"There is no field “{field}”. Use one of: {', '.join(FIELDS)}.")
    for field, clean_field in cleaner.field_cleaners().items():
        if field in given:
            content[field] = clean_field(field, given[field])
    if content["relations"]:
        content = redirected(content, cleaner.own_id, known.leads())
    if base is not None and not by.has_perm("terms.view_drafts"):
        _keep_what_is_not_shown(content, base, given)
    cleaner.check_together(content)
    if cleaner.problems:
        raise InvalidContent(cleaner.problems)
    content["tags"] = sorted({known.tag_slug(tag, make=make_tags) for tag in content["tags"]})
    return content


def _keep_what_is_not_shown(content: Content, base: Content, given: Mapping[str, Any]) -> None:
    """Keep the hidden labels and editorial notes of the base: who cannot see them cannot mean to
    take them out."""
    given_keys = {text.name_key(alias["text"]) for alias in content["aliases"]}
    for field, private in (("aliases", Alias.Kind.HIDDEN), ("notes", Note.Kind.EDITORIAL)):
        if field in given:
            kept = [item for item in base[field] if item["kind"] == private and item not in content[field]]
            if field == "aliases":
                # Somebody gives as a name what was hidden: it stands there once, and shows.
                kept = [alias for alias in kept if text.name_key(alias["text"]) not in given_keys]
            content[field] = [*content[field], *kept]


def is_public_id(value: str) -> bool:
    """Say whether a term could have this identifier."""
    return bool(_PUBLIC_ID.fullmatch(value))


def refusal_of_id(public_id: str, *, is_taken: bool) -> InvalidContent:
    """Return why a new term cannot have an identifier: another has it, or it is none."""
    if is_taken:
        sentence = f"“{public_id}” is the identifier of another term. Leave it out or give another."
    else:
        sentence = f"“{public_id:.40}” is no identifier. Use 1 to 20 letters, digits, hyphens or underscores."
    return InvalidContent({"id": [f"Identifier: {sentence}"]})


def has_control_signs(value: str) -> bool:
    """Say whether a text holds control characters or halves of surrogate pairs."""
    return bool(_CONTROL_SIGNS.search(value))


class _Cleaner:
    """Cleans one content and gathers what is wrong with it."""

    def __init__(self, *, known: Known, own_id: str, base: Content) -> None:
        self.known = known
        self.own_id = own_id
        self.related = {relation["target"] for relation in base["relations"]}
        self.problems: dict[str, list[str]] = {}

    def complain(self, field: str, sentence: str) -> None:
        self.problems.setdefault(field, []).append(sentence)

    def field_cleaners(self) -> dict[str, Callable[[str, Any], Any]]:
        return {
            "name": lambda f, v: self.line(f, v, NAME_LENGTH),
            "qualifier": lambda f, v: self.line(f, v, 100),
            "slug": self.slug,
            "short_definition": lambda f, v: self.line(f, v, PROSE_LENGTHS[f]),
            "definition": lambda f, v: self.prose(f, v, PROSE_LENGTHS[f]),
            "status": lambda f, v: self.choice(f, v, ("published", "deprecated")),
            "deprecation_reason": lambda f, v: self.prose(f, v, PROSE_LENGTHS[f]),
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
        if len(value) > LIST_LENGTH:
            self.complain(field, f"{LABELS[field]}: {len(value)} are too many; {LIST_LENGTH} are allowed.")
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
        if not isinstance(value, (list, tuple)) or len(value) > LIST_LENGTH:
            self.complain(field, "Tags: give a list.")
            return []
        tags = [self.line(field, tag, 100) for tag in value]
        if any(not text.words(tag) for tag in tags):
            self.complain(field, "Tags: a tag needs at least one letter or digit.")
        return [tag for tag in tags if tag]

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
        if wanted in self.related:
            return wanted  # what stood there stays, also when its term is gone from the site meanwhile
        found = self.known.target(wanted).ids
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
