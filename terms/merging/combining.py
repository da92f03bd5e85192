"""What one text can be made of several: a sensible beginning, and which words of a result are new."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import text
from ..models import Alias
from ..revisions import LABELS, Content


@dataclass(frozen=True)
class Side:
    """The text of one of the terms that become one.

    `was_public`: readers may know its name. `is_approved`: its words have been read by somebody else
    than whoever merges.
    """

    content: Content
    was_public: bool
    is_approved: bool


def combined(kept: Side, others: Sequence[Side], *, name: str = "") -> Content:
    """Return what the kept term says when all that the others say is brought together in it.

    The name, the address and the status are those of the kept one; the definition is the longer, the
    short one the clearer of all; of names, tags, sources and the rest nothing is lost. Relations lead
    where they led: `revisions.redirected` lets those among the terms themselves go. `name` is what the
    result is going to be called, where somebody chose another name: the former one is then one of its
    other names.
    """
    contents = [kept.content, *(other.content for other in others)]
    return {
        **kept.content,
        "short_definition": max((one["short_definition"] for one in contents), key=_clearness),
        "definition": _longest([one["definition"] for one in contents]),
        "aliases": _names(name or kept.content["name"], [kept, *others]),
        "tags": sorted({tag for one in contents for tag in one["tags"]}),
        "relations": _once(_relations(kept.content, others), _whole),
        "sources": _once(_items(contents, "sources"), _place),
        "notes": _once(_items(contents, "notes"), lambda item: (item["kind"], item["text"].strip())),
        "external_ids": _once(_items(contents, "external_ids"), lambda item: (item["scheme"], item["value"])),
        "review_by": min(filter(None, (one["review_by"] for one in contents)), default=""),
    }


def _clearness(sentence: str) -> tuple[bool, bool, bool, int]:
    """Rank short definitions: one whole sentence of a readable length; of two such the longer one."""
    is_whole = sentence.endswith((".", "!", "?", "”")) and sentence[:1] == sentence[:1].upper()
    return bool(sentence), is_whole, 30 <= len(sentence) <= 220, min(len(sentence), 220)


# A kept text that is nearly as long as the longest stays: readers know it.
_NEARLY = 0.8


def _longest(definitions: Sequence[str]) -> str:
    longest, kept = max(definitions, key=_weight), definitions[0]
    return kept if kept and _weight(kept) >= _NEARLY * _weight(longest) else longest


def _weight(definition: str) -> float:
    """Weigh a definition by its length; text that lost its lines counts for half."""
    longest_line = max(map(len, definition.splitlines()), default=0)
    return len(definition) / (2 if longest_line > _LOST_ITS_LINES else 1)


_LOST_ITS_LINES = 3_000


def _names(name: str, sides: Sequence[Side]) -> list[dict[str, Any]]:
    """Return the other names of what is going to be called so: every name that any of the terms has."""
    found: dict[str, dict[str, Any]] = {}
    for side in sides:
        for item in (_name_as_alias(name, side), *side.content["aliases"]):
            known = found.setdefault(text.name_key(item["text"]), item)
            # What one of them shows is not hidden because another one hides it.
            if known["kind"] == Alias.Kind.HIDDEN:
                found[text.name_key(item["text"])] = item
    found.pop(text.name_key(name), None)
    return list(found.values())


def _name_as_alias(new_name: str, side: Side) -> dict[str, Any]:
    name = side.content["name"]
    kind = _kind_of(name, new_name) or (Alias.Kind.FORMER_NAME if side.was_public else Alias.Kind.SYNONYM)
    return {"text": name, "kind": str(kind.value), "status": "admitted", "language": "", "note": ""}


def _kind_of(name: str, kept_name: str) -> Alias.Kind | None:
    """Say what a name is beside another where the two show it."""
    if text.fold(name).replace("-", " ") == text.fold(kept_name).replace("-", " "):
        return Alias.Kind.SPELLING_VARIANT
    if _is_short_for(name, kept_name):
        return Alias.Kind.ACRONYM
    return Alias.Kind.FULL_FORM if _is_short_for(kept_name, name) else None


def _is_short_for(short: str, long: str) -> bool:
    words = text.words(text.name_key(long))
    is_written_so = short.isalpha() and sum(map(str.isupper, short)) > 1
    return is_written_so and len(words) > 1 and text.fold(short) == text.initials(long)


def _relations(kept: Content, others: Sequence[Side]) -> list[dict[str, Any]]:
    """Return all relations; what was to be used instead of an absorbed term says nothing of the kept one."""
    found = list(kept["relations"])
    for other in others:
        found += [item for item in other.content["relations"] if item["kind"] != "replaced_by"]
    return found


def _items(contents: Iterable[Content], field: str) -> list[dict[str, Any]]:
    return [item for content in contents for item in content[field]]


def _once(items: Iterable[dict[str, Any]], key: Callable[[dict[str, Any]], Hashable]) -> list[dict[str, Any]]:
    """Return the first item of each key, in their order."""
    found: dict[Hashable, dict[str, Any]] = {}
    for item in items:
        found.setdefault(key(item), item)
    return list(found.values())


def _place(source: dict[str, Any]) -> Hashable:
    """Return what tells one source from another: where something stands in which work."""
    return source["url"] or text.fold(source["title"]), text.fold(source["locator"])


def _whole(item: dict[str, Any]) -> Hashable:
    return tuple(sorted(item.items()))


# --- New words -----------------------------------------------------------------------------------

_BLOCKS = re.compile(r"\n[ \t]*\n")


def new_words(content: Content, sides: Sequence[Side]) -> list[str]:
    """Return the labels of the fields in which a result says what no approved text of these terms says.

    Choosing and leaving out is deciding; writing is for two. Paragraphs of a definition may be put
    together in any order.
    """
    approved = [side.content for side in sides if side.is_approved]
    said = _Said(approved)
    return [LABELS[field] for field, is_new in _NEW.items() if is_new(content, said)]


class _Said:
    """What approved texts say, to look up in."""

    def __init__(self, contents: Sequence[Content]) -> None:
        self.names = {text.name_key(one["name"]) for one in contents}
        self.full_names = {(text.name_key(one["name"]), text.name_key(one["qualifier"])) for one in contents}
        self.aliases = self.names | {
            text.name_key(item["text"]) for one in contents for item in one["aliases"]
        }
        self.slugs = {"", *(one["slug"] for one in contents)}
        self.short_definitions = {"", *(one["short_definition"] for one in contents)}
        self.blocks = {block for one in contents for block in blocks(one["definition"])}
        self.reasons = {"", *(one["deprecation_reason"] for one in contents)}
        self.tags = {tag for one in contents for tag in one["tags"]}
        self.items = {
            field: {_whole(item) for one in contents for item in one[field]}
            for field in ("relations", "sources", "notes", "external_ids")
        }
        self.notes = {item["note"] for one in contents for item in one["aliases"]} | {""}


def blocks(definition: str) -> list[str]:
    """Return the paragraphs, lists, tables and other blocks of a definition, parted by blank lines."""
    return [block.strip() for block in _BLOCKS.split(definition) if block.strip()]


def _has_new_items(field: str) -> Callable[[Content, _Said], bool]:
    return lambda content, said: any(_whole(item) not in said.items[field] for item in content[field])


def _has_new_aliases(content: Content, said: _Said) -> bool:
    return any(
        text.name_key(item["text"]) not in said.aliases or item["note"] not in said.notes
        for item in content["aliases"]
    )


def _has_new_name(content: Content, said: _Said) -> bool:
    """Any of the names may become the name, with the qualifier that it had, or without one."""
    name = text.name_key(content["name"]), text.name_key(content["qualifier"])
    return name not in said.full_names and not (name[0] in said.aliases and not name[1])


_NEW: dict[str, Callable[[Content, _Said], bool]] = {
    "name": _has_new_name,
    "slug": lambda content, said: content["slug"] not in said.slugs,
    "short_definition": lambda content, said: content["short_definition"] not in said.short_definitions,
    "definition": lambda content, said: not set(blocks(content["definition"])) <= said.blocks,
    "deprecation_reason": lambda content, said: content["deprecation_reason"] not in said.reasons,
    "aliases": _has_new_aliases,
    "tags": lambda content, said: not set(content["tags"]) <= said.tags,
    "relations": _has_new_items("relations"),
    "sources": _has_new_items("sources"),
    "notes": _has_new_items("notes"),
    "external_ids": _has_new_items("external_ids"),
}
