"""What somebody chose on the page of a split: each piece goes to one side, to both or to neither.

An item is known by a digest of what it says, so that a choice outlives a change of its neighbours.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict

from ..merging import SplitWish
from ..models import Alias, Note, Relation, Tag, Term
from ..revisions import Content

STAYS, PART, BOTH, NEITHER = "stays", "part", "both", "neither"
PLACES = ((STAYS, "Stays"), (PART, "Part"), (BOTH, "Both"), (NEITHER, "Neither"))
# What is written for each side; the definition only where somebody writes it by hand.
WRITTEN = ("name", "qualifier", "short_definition", "definition", "slug")
LISTS = ("aliases", "tags", "relations", "sources", "notes", "external_ids")
# Said of the whole text, most of the time: both go on with it.
_USUALLY_BOTH = frozenset({"tags", "sources"})
_LONGEST = 200


@dataclass(frozen=True)
class Item:
    """Something that goes to one side, to both or to neither."""

    key: str
    label: str
    place: str
    value: Any = None
    is_new: bool = False


@dataclass
class Choices:
    """What was chosen so far: where each item goes by its key, and what was written for each side."""

    before: Content
    places: dict[str, str] = field(default_factory=dict)
    written: dict[str, dict[str, str]] = field(default_factory=dict)
    address: str = STAYS
    moves: list[str] = field(default_factory=list)
    known: frozenset[str] | None = None

    @classmethod
    def begin(cls, before: Content) -> Choices:
        """Begin with everything where it is; the part has the name still to be written."""
        stays = {name: before[name] for name in WRITTEN if name != "definition"}
        return cls(before, written={STAYS: {**stays, "definition": ""}, PART: dict.fromkeys(WRITTEN, "")})

    @classmethod
    def read(cls, data: QueryDict, before: Content) -> Choices:
        """Read what a form sent."""
        known = data.getlist("known")
        return cls(
            before,
            places={key[3:]: data[key] for key in data if key.startswith("in.")},
            written={
                side: {name: data.get(f"{side}.{name}", "") for name in WRITTEN} for side in (STAYS, PART)
            },
            address=data.get("address", STAYS),
            moves=data.getlist("moves"),
            known=frozenset(known) if known else None,
        )

    # For the rules

    def wish(self) -> SplitWish:
        """Return the split that was chosen, as the rules take it."""
        moves = [dict(zip(("source", "kind"), one.split(":", 1), strict=False)) for one in self.moves]
        return SplitWish(self._side(STAYS), self._side(PART), self.address, moves)

    def _side(self, side: str) -> Content:
        written = self.written[side]
        content: Content = {name: written[name] for name in WRITTEN}
        content["definition"] = written["definition"].strip() or self._chosen_text(side)
        for name in LISTS:
            content[name] = [item.value for item in self.items(name) if item.place in (side, BOTH)]
        return content

    def _chosen_text(self, side: str) -> str:
        blocks = self.blocks()
        chosen = [block.value for block in blocks if block.place in (side, BOTH)]
        return self.before["definition"] if len(chosen) == len(blocks) else "\n\n".join(chosen)

    def digest(self) -> str:
        """Return what stands for these choices, to know whether the preview showed them."""
        return _digest(self.wish())

    # For the page

    def blocks(self) -> list[Item]:
        """Return the blocks of the definition."""
        return [self._item("definition", block, block) for block in blocks_of(self.before["definition"])]

    def items(self, name: str) -> list[Item]:
        """Return the items of a list; with the other names comes the name of today."""
        found = list(self.before[name])
        if name == "aliases":
            today = {"text": self.before["name"], "kind": Alias.Kind.SYNONYM.value, "status": "admitted"}
            found.insert(0, {**today, "language": "", "note": ""})
        return [self._item(name, one, self._label(name, one)) for one in found]

    def keys(self) -> list[str]:
        """Return the keys of all items that there are."""
        return [one.key for one in self.blocks()] + [one.key for name in LISTS for one in self.items(name)]

    def _item(self, name: str, value: Any, label: str) -> Item:
        key = f"{name}.{_digest(value)}"
        place = self.places.get(key, "")
        if place not in dict(PLACES):
            place = self._usual(name, value)
        is_new = self.known is not None and key not in self.known
        return Item(key, label, place, value, is_new)

    def _usual(self, name: str, value: Any) -> str:
        if name == "aliases" and value["text"] == self.before["name"]:
            return NEITHER
        return BOTH if name in _USUALLY_BOTH else STAYS

    def _label(self, name: str, value: Any) -> str:
        if name == "aliases":
            is_name = value["text"] == self.before["name"]
            kind = "the name of today" if is_name else str(Alias.Kind(value["kind"]).label).lower()
            return f"{value['text']} ({kind})"
        if name == "relations":
            target = self._targets.get(value["target"], value["target"])
            return f"{Relation.Kind(value['kind']).label}: {target}"
        if name == "notes":
            return f"{Note.Kind(value['kind']).label}: {_shortened(value['text'])}"
        if name == "sources":
            return ", ".join(filter(None, (value["title"], value["locator"], value["url"])))
        return (
            f"{value['scheme']} {value['value']}" if name == "external_ids" else self._tags.get(value, value)
        )

    @cached_property
    def _targets(self) -> dict[str, str]:
        wanted = [one["target"] for one in self.before["relations"]]
        rows = Term.objects.filter(public_id__in=wanted).only("public_id", "name", "qualifier")
        return {term.public_id: term.full_name for term in rows}

    @cached_property
    def _tags(self) -> dict[str, str]:
        rows = Tag.objects.filter(slug__in=self.before["tags"])
        return dict(rows.values_list("slug", "name"))


_FENCE = re.compile(r"^[ ]{0,3}(?:```+|~~~+)", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")


def blocks_of(definition: str) -> list[str]:
    """Return the blocks of a definition that can go to different sides: code and formulas stay whole."""
    found: list[str] = []
    is_open = False
    for block in _BLANK.split(definition):
        if is_open:
            found[-1] = f"{found[-1]}\n\n{block}"
        elif block.strip():
            found.append(block.strip("\n"))
        is_open ^= (len(_FENCE.findall(block)) + block.count("$$")) % 2 == 1
    return found


def _digest(value: Any) -> str:
    written = json.dumps(value, sort_keys=True, default=str)
    return hashlib.blake2b(written.encode(), digest_size=6).hexdigest()


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
