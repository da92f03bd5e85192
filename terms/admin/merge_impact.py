"""What a merge moves and closes, told in words: before it is done, and of one that was done."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from .. import revisions, text
from ..merging import Preview
from ..models import Alias, DuplicatePair, PlannedChange, Revision, Term
from ..revisions import Content


@dataclass(frozen=True)
class Line:
    """One thing that moves: what it is called, where it is, and what becomes of it."""

    name: str
    words: str = ""
    url: str = ""


@dataclass(frozen=True)
class Group:
    """Things that the same becomes of; `is_moved` when others changed them since they were shown."""

    key: str
    title: str
    lines: tuple[Line, ...]
    explanation: str = ""
    count: int = 0
    is_moved: bool = False

    @property
    def is_long(self) -> bool:
        return len(self.lines) > _SHOWN_AT_ONCE


_SHOWN_AT_ONCE = 8


def mark(preview: Preview, term: Term) -> str:
    """Return the letter of a term on the page: A for the kept one. Several may have the same name."""
    return string.ascii_uppercase[[one.pk for one in preview.terms].index(term.pk)]


def groups(preview: Preview, moved: Collection[str] = ()) -> list[Group]:
    """Return everything that this merge would move or close, in the order in which it matters."""
    found = [_group(key, lines, preview) for key, lines in _lines(preview).items() if lines]
    return [
        Group(**{**vars(group), "is_moved": group.key in moved}) if group.key in moved else group
        for group in found
    ]


def digests(preview: Preview) -> dict[str, str]:
    """Return what stands for each list of what is around the terms, to see later whether it changed."""
    impact = preview.impact
    shown: dict[str, Iterable[Any]] = {
        "addresses": impact.addresses,
        "relations": [(one.source.pk, one.kind, one.target.pk) for one in impact.relations],
        "closed_texts": [(one.pk, one.state) for one in impact.closed_texts],
        "outdated_texts": [(one.pk, one.state) for one in impact.outdated_texts],
        "moved_texts": [(one.pk, one.state) for one in impact.moved_texts],
        "plans": [one.pk for one in impact.plans],
        "earlier": [one.pk for one in impact.earlier],
    }
    return {
        name: hashlib.blake2b(repr(list(rows)).encode(), digest_size=6).hexdigest()
        for name, rows in shown.items()
    }


def _group(key: str, lines: Sequence[Line], preview: Preview) -> Group:
    title, explanation = _TOLD[key]
    count = preview.impact.mention_count if key == "mentions" else len(lines)
    name = revisions.full_name(preview.content)
    return Group(key, title.format(name=name), tuple(lines), explanation.format(name=name), count)


_TOLD = {
    "lost_names": ("Names that are given up", "Nothing is found under them any more."),
    "names": ("Become other names", ""),
    "left_out": ("Stays in the history only", "Not taken over; the histories of the terms keep it."),
    "addresses": ("Addresses that lead to “{name}” from now on", ""),
    "earlier": ("Merged earlier, and led on", "They lead straight to “{name}”."),
    "relations": (
        "Relations that lead to “{name}” from now on",
        "Each is a new version of the other term.",
    ),
    "mentions": (
        "Texts that name them",
        "The names in them lead to “{name}” by themselves; nothing is written.",
    ),
    "closed_texts": (
        "Texts that wait and are closed",
        "Their authors hear of it; an undo opens them again.",
    ),
    "outdated_texts": (
        "Texts that wait for the kept term",
        "They have to be brought up to date before they are approved.",
    ),
    "moved_texts": (
        "Texts that wait and have a relation to them",
        "The relation is moved; the text stays its author’s.",
    ),
    "plans": ("Plans that are cancelled", "An undo brings them back while their day has not passed."),
    "pairs": ("Look-alikes that are settled", ""),
}


def _lines(preview: Preview) -> dict[str, list[Line]]:
    impact = preview.impact
    return {
        "lost_names": [Line(f"“{name}”") for name in impact.lost_names],
        "names": _new_names(preview),
        "left_out": _left_out(preview),
        "addresses": [Line(f"/terms/{slug}/") for slug in impact.addresses],
        "earlier": [term_line(term) for term in impact.earlier],
        "relations": [
            term_line(one.source, f"{one.kind_in_words.lower()}: “{one.target.full_name}”")
            for one in impact.relations
        ],
        "mentions": [term_line(term) for term in impact.mentions],
        "closed_texts": [text_line(one) for one in impact.closed_texts],
        "outdated_texts": [text_line(one) for one in impact.outdated_texts],
        "moved_texts": [text_line(one) for one in impact.moved_texts],
        "plans": [plan_line(one) for one in impact.plans],
        "pairs": _settled(preview),
    }


def term_line(term: Term, words: str = "") -> Line:
    """Tell of a term, with the way to its page."""
    return Line(f"“{term.full_name}”", words, reverse("admin:terms_term_change", args=[term.pk]))


def text_line(revision: Revision, *, by_whom: bool = False) -> Line:
    """Tell of a text that waits; of one that waited only whose it is (`by_whom`)."""
    name = f"“{revision.term.full_name}”, revision {revision.number}"
    state = "" if by_whom else f"{revision.get_state_display().lower()} "
    words = f"{state}by {revision.author}"
    return Line(name, words, reverse("admin:terms_revision_change", args=[revision.pk]))


def plan_line(plan: PlannedChange) -> Line:
    """Tell of a planned change."""
    name = f"“{plan.term.full_name}”: {plan.get_action_display().lower()}"
    return Line(
        name, f"on {plan.due_at:%Y-%m-%d}", reverse("admin:terms_plannedchange_change", args=[plan.pk])
    )


def _new_names(preview: Preview) -> list[Line]:
    before = preview.texts[preview.kept.pk]
    had = {text.name_key(one["text"]) for one in before["aliases"]}
    new = (one for one in preview.content["aliases"] if text.name_key(one["text"]) not in had)
    return [Line(f"“{one['text']}”", str(Alias.Kind(one["kind"]).label).lower()) for one in new]


_LEFT_OUT = ("tags", "relations", "sources", "notes", "external_ids")


def _left_out(preview: Preview) -> list[Line]:
    """Return what of the absorbed terms is in no part of the result; names are told of elsewhere."""
    return [
        Line(f"{mark(preview, term)}: “{term.full_name}”", what, term_line(term).url)
        for term in preview.absorbed
        for what in _not_taken(preview.texts[term.pk], preview.content, preview)
    ]


def _not_taken(content: Content, result: Content, preview: Preview) -> Iterable[str]:
    own = {term.public_id for term in preview.terms}
    if content["short_definition"] and content["short_definition"] != result["short_definition"]:
        yield f"short definition: {content['short_definition']}"
    if content["definition"] and content["definition"] not in result["definition"]:
        yield f"definition, {len(content['definition'].split()):,} words"
    for field in _LEFT_OUT:
        items = content[field]
        if field == "relations":
            items = [one for one in items if one["target"] not in own]
        if missing := [one for one in items if one not in result[field]]:
            pieces = revisions.field_change(field, missing, []).pieces
            yield f"{revisions.LABELS[field].lower()}: {'; '.join(piece for _, piece in pieces)}".replace(
                "\n", "; "
            )


def _settled(preview: Preview) -> list[Line]:
    ids = [term.pk for term in preview.terms]
    rows = DuplicatePair.objects.filter(first__in=ids, second__in=ids).exclude(
        verdict=DuplicatePair.Verdict.MERGED
    )
    names = {term.pk: f"{mark(preview, term)}: “{term.full_name}”" for term in preview.terms}
    return [
        Line(f"{names[pair.first_id]} and {names[pair.second_id]}", _verdict(pair))
        for pair in rows.order_by("pk")
    ]


def _verdict(pair: DuplicatePair) -> str:
    if pair.verdict == DuplicatePair.Verdict.OPEN:
        return ""
    return f"were judged: {pair.get_verdict_display().lower()}"
