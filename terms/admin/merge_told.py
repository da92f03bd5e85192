"""Merges and splits that were done: what each did, and the page on which it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from .. import merging, revisions
from ..errors import TermbookError
from ..models import DuplicatePair, Operation, PlannedChange, Revision, Split, Term
from ..revisions import FieldChange
from ..web import status_code
from . import marked
from .desk import Desk, remark
from .merge_impact import Group, Line, plan_line, term_line, text_line

KINDS = (Operation.Kind.MERGE, Operation.Kind.SPLIT)


@dataclass(frozen=True)
class Side:
    """One of the terms that an operation was about, and what became of its text."""

    term: Term
    role: str
    revision: Revision | None
    changes: list[FieldChange]


@dataclass(frozen=True)
class Told:
    """What a merge or a split did."""

    sides: list[Side]
    groups: list[Group]


def title(operation: Operation) -> str:
    """Return what a merge or a split is called: by the term that is left."""
    if operation.kind == Operation.Kind.MERGE:
        kept = operation.merges.select_related("kept").first()
        return f"Merge into “{kept.kept.full_name}”" if kept else str(operation)
    split = Split.objects.filter(operation=operation).select_related("origin").first()
    return f"Split of “{split.origin.full_name}”" if split else str(operation)


def told(operation: Operation) -> Told:
    """Return what an operation did to the terms, and to everything around them."""
    known = _Known(operation.reversal)
    sides = _merged(operation, known) if operation.kind == Operation.Kind.MERGE else _split(operation, known)
    groups = [
        Group(key, title, tuple(lines), count=len(lines))
        for key, title, lines in _moved(operation.reversal, known)
        if lines
    ]
    return Told(sides, groups)


class _Known:
    """The terms and texts that an operation names, read at once."""

    def __init__(self, reversal: Mapping[str, Any]) -> None:
        entries = [
            entry
            for part in reversal.values()
            for entry in (part if isinstance(part, list) else [part])
            if isinstance(entry, Mapping) and "term" in entry
        ]
        ids = {entry["term"] for entry in entries}
        ids |= {pk for pair in reversal.get("redirects", ()) for pk in pair}
        numbers = {entry.get(key) for entry in entries for key in ("before", "after")} - {None}
        heavy = ("definition", "definition_html", "document", "problems")
        self.terms = Term.objects.defer(*heavy).in_bulk(ids)
        rows = Revision.objects.filter(term__in=ids, number__in=numbers).select_related("term", "author")
        self.texts = {(one.term_id, one.number): one for one in rows}

    def text(self, entry: Mapping[str, Any], key: str) -> Revision | None:
        return self.texts.get((entry["term"], entry.get(key)))


def _merged(operation: Operation, known: _Known) -> list[Side]:
    reversal = operation.reversal
    kept = reversal["kept"]
    after = known.text(kept, "after")
    changes = marked.difference({**revisions.EMPTY, **kept["content"]}, after.content) if after else []
    sides = [Side(known.terms[kept["term"]], "was kept", after, changes)]
    for entry in reversal["absorbed"]:
        text = known.text(entry, "before")
        sides.append(Side(known.terms[entry["term"]], "was absorbed", text, []))
    return sides


def _split(operation: Operation, known: _Known) -> list[Side]:
    origin, part = operation.reversal["origin"], operation.reversal["part"]
    before, after, new = known.text(origin, "before"), known.text(origin, "after"), known.text(part, "after")
    changes = marked.difference(before.content, after.content) if before and after else []
    said = marked.difference(revisions.EMPTY, new.content) if new else []
    return [
        Side(known.terms[origin["term"]], "was split", after, changes),
        Side(known.terms[part["term"]], "was made of a part of it", new, said),
    ]


def _moved(reversal: Mapping[str, Any], known: _Known) -> Iterable[tuple[str, str, list[Line]]]:
    absorbed = reversal.get("absorbed", ())
    slugs = [entry.get("slug") or known.terms[entry["term"]].slug for entry in absorbed]
    yield "addresses", "Addresses that were led on", [Line(f"/terms/{slug}/") for slug in slugs if slug]
    closed = [pk for entry in absorbed for pk, _ in entry.get("texts", ())]
    plans = [pk for entry in absorbed for pk in entry.get("plans", ())]
    texts = Revision.objects.filter(pk__in=closed).select_related("term", "author").order_by("pk")
    yield "closed_texts", "Texts that waited and were closed", [text_line(one, by_whom=True) for one in texts]
    rows = PlannedChange.objects.filter(pk__in=plans).select_related("term").order_by("pk")
    yield "plans", "Plans that were cancelled", [plan_line(one) for one in rows]
    yield "relations", "Relations of other terms that were moved", _rewritten(reversal, "relations", known)
    yield "moved_texts", "Texts that waited and were written anew", _rewritten(reversal, "texts", known)
    earlier = [known.terms[pk] for pk, _ in reversal.get("redirects", ())]
    yield "earlier", "Merged earlier, and led on", [term_line(term) for term in earlier]
    yield "pairs", "Look-alikes that were settled", _pairs([row[0] for row in reversal.get("pairs", ())])


def _rewritten(reversal: Mapping[str, Any], key: str, known: _Known) -> list[Line]:
    found = []
    for entry in reversal.get(key, ()):
        text, term = known.text(entry, "after"), known.terms[entry["term"]]
        url = reverse("admin:terms_revision_change", args=[text.pk]) if text else term_line(term).url
        found.append(Line(f"“{term.full_name}”", f"revision {entry['after']}", url))
    return found


def _pairs(ids: Sequence[int]) -> list[Line]:
    rows = DuplicatePair.objects.filter(pk__in=ids).select_related("first", "second").order_by("pk")
    return [
        Line(
            f"“{pair.first.full_name}” and “{pair.second.full_name}”",
            url=reverse("admin:terms_duplicatepair_change", args=[pair.pk]),
        )
        for pair in rows
    ]


# --- Undoing it ----------------------------------------------------------------------------------


def undo(desk: Desk, request: HttpRequest, operation: Operation) -> HttpResponse:
    """Show what taking a merge or a split back would do, and take it back."""
    refusal, status, preview, moved = "", 200, None, False
    comment = remark(request.POST, "comment")
    address = reverse("admin:terms_operation_change", args=[operation.pk])
    if request.method == "POST":
        token = request.POST.get("token", "")
        try:
            merging.undo(operation.pk, token=token, by=request.user, comment=comment)
        except TermbookError as said_no:
            refusal, status = said_no.message, status_code(said_no)
            moved = status == 409
        else:
            messages.success(request, f"Undone: {_what(operation)}")
            return HttpResponseRedirect(address)
    try:
        preview = merging.undo_preview(operation.pk, by=request.user)
    except TermbookError as said_no:
        refusal, status = said_no.message, status_code(said_no)
    context = {
        "operation": operation,
        "undo": preview,
        "rewritten": _with_changes(preview) if preview else [],
        "may_be_done": preview is not None and not preview.obstacles and not preview.first,
        "comment": comment,
        "refusal": refusal,
        "is_shown_again": moved and preview is not None,
    }
    name = f"Undo: {title(operation)}"
    return desk.page(request, "admin/terms/merge_undo.html", title=name, status=status, **context)


def _what(operation: Operation) -> str:
    return operation.note or f"{operation.get_kind_display().lower()} of {operation.at:%Y-%m-%d}."


def _with_changes(preview: merging.UndoPreview) -> list[tuple[merging.Rewritten, list[FieldChange]]]:
    return [(one, marked.difference(one.now, one.content)) for one in preview.rewritten]
