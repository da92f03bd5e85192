"""Terms that look alike: worked through pair by pair, each with a verdict that can be taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models.functions import Lower
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from .. import duplicates, judging, linking
from ..errors import TermbookError
from ..models import DuplicatePair, Tag, Term
from ..web import status_code
from . import pairs
from .desk import DeskWithOwnList, remark

ENTRIES_PER_PAGE = 25
# Of more pairs the groups are not looked for at once; they come up when the first are judged.
MOST_GROUPED = 3_000
_REFUSALS_SHOWN = 5
_LARGEST_LEDGER = 20_000_000
_Verdict = DuplicatePair.Verdict

# What most look-alikes that are different differ in.
REASONS_TO_DIFFER = (
    "Same word in another subject.",
    "One is broader than the other.",
    "One is a part of the other.",
    "Variants or versions, each with its own text.",
    "Opposites or counterparts.",
    "Only the names are alike.",
)


@admin.register(DuplicatePair)
class DuplicatePairAdmin(DeskWithOwnList):
    """Pairs of terms that may be the same concept, best first, and what was said of them."""

    list_title = "Duplicates"
    item_names = ("pair", "pairs")

    def get_urls(self) -> list[URLPattern]:
        own = (
            ("judge/", self.judge, "judge"),
            ("look/", self.look, "look"),
            ("merge/", self.merge, "merge"),
            ("verdicts/", self.ledger, "ledger"),
            ("verdicts/download/", self.download, "download"),
        )
        return [
            *(
                path(address, self.admin_site.admin_view(view), name=f"terms_duplicatepair_{name}")
                for address, view, name in own
            ),
            *super().get_urls(),
        ]

    def may_judge(self, request: HttpRequest) -> bool:
        return request.user.has_perm("terms.edit_term")

    # --- The lists ---

    def list_page(self, request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
        asked = pairs.Asked.read(request.GET)
        looked = duplicates.state()
        page, note = _page(asked, request.GET.get("page", ""), by=request.user)
        entries = _entries(asked, list(page))
        context = {
            **self._to_judge(request, asked),
            "refusal": refusal,
            "page": page,
            "entries": entries,
            "may_choose": self.may_judge(request)
            and any(entry.may_be_chosen for entry in entries if not entry.is_group),
            "note": note,
            **_lists(asked, by=request.user),
            "looked": looked,
            "standing": _standing(looked),
            "tags": Tag.objects.order_by(Lower("name")).values_list("slug", "name"),
            "methods": duplicates.METHODS.items(),
            "strengths": [(str(score), f"{label} or more") for score, label in pairs.STRENGTHS if score],
            "only": pairs.ONLY.items(),
        }
        title = self.list_title
        return self.page(request, "admin/terms/duplicates.html", title=title, status=status, **context)

    def _to_judge(self, request: HttpRequest, asked: pairs.Asked) -> dict[str, Any]:
        """Return what the buttons for a verdict need, with what was typed and refused."""
        query = _query(request)
        return {
            "here": _address("changelist"),
            "asked": asked,
            "query": query,
            "step": f"{query}&" if query else "?",
            "back": f"{_address('changelist')}{query}",
            "may_judge": self.may_judge(request),
            "judge_at": f"{_address('judge')}{query}",
            "reasons_to_differ": REASONS_TO_DIFFER,
            "typed": {"key": request.POST.get("at", ""), "because": remark(request.POST, "because")},
            "ticked": set(request.POST.getlist("pair")) if request.POST.get("at") == "chosen" else set(),
        }

    # --- One pair with its whole texts ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the two whole texts beside each other."""
        self.check_may_see(request)
        pair = _pair([object_id], by=request.user)
        if pair is None:
            raise Http404("There is no such pair.")
        return self._whole(request, pair)

    def _whole(
        self, request: HttpRequest, pair: DuplicatePair, *, refusal: str = "", status: int = 200
    ) -> HttpResponse:
        [entry] = pairs.shown_pairs([pair])
        following = request.POST.get("next") or request.GET.get("next", "")
        context = {
            **self._to_judge(request, pairs.Asked.read(request.GET)),
            "refusal": refusal,
            "entry": replace(entry, next=_place(following)),
            "is_whole": True,
            "texts": [(side, linking.preview(side.term.definition, term=side.term)) for side in entry.sides],
        }
        return self.page(request, "admin/terms/duplicate.html", title=entry.names, status=status, **context)

    # --- Verdicts ---

    def judge(self, request: HttpRequest) -> HttpResponse:
        """Give one verdict to a pair, to those of a group, or to all that are ticked."""

        def act() -> str:
            ids = list(dict.fromkeys(pairs.numbers(request.POST.getlist("pair"))))
            judged = _judge(request, ids)
            done = [one.pair for one in judged if one.pair is not None and one.refusal is None]
            refusals = [one.refusal for one in judged if one.refusal is not None]
            if not done:
                raise refusals[0]
            for refusal in refusals[:_REFUSALS_SHOWN]:
                messages.warning(request, refusal.message)
            if len(refusals) > _REFUSALS_SHOWN:
                messages.warning(request, f"{len(refusals) - _REFUSALS_SHOWN:,} more were judged by others.")
            said = _told(done) if len(done) > 1 else next(one.sentence for one in judged if not one.refusal)
            messages.success(request, said if "_open" in request.POST else _with_undo(said, done))
            if "_open" in request.POST and len(done) == 1:
                return f"pair-{done[0].pk}"
            return _place(request.POST.get("next", ""))

        return self._do(request, act)

    def look(self, request: HttpRequest) -> HttpResponse:
        """Compare the terms with each other again."""

        def act() -> str:
            report = duplicates.look_again(by=request.user)
            if report is None:
                messages.info(request, "The glossary is looked through in the background.")
            else:
                messages.success(request, _looked(report))
            return ""

        return self._do(request, act)

    def _do(self, request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
        """Do it and go back to the list, at the place that is returned, or show it with the refusal."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.check_may_see(request)
        if not self.may_judge(request):
            raise PermissionDenied
        try:
            place = act()
        except TermbookError as refusal:
            said, status = refusal.message, status_code(refusal)
            pair = _pair(request.POST.getlist("pair"), by=request.user) if "whole" in request.POST else None
            if pair is not None:
                return self._whole(request, pair, refusal=said, status=status)
            return self.list_page(request, refusal=said, status=status)
        back = f"{_address('changelist')}{_query(request)}"
        return HttpResponseRedirect(f"{back}#{place}" if place else back)

    # --- On to the workbench ---

    def merge(self, request: HttpRequest) -> HttpResponse:
        """Lead to the page on which the ticked terms of a group are merged, and from there back here."""
        self.check_may_see(request)
        terms = _terms(request.GET.getlist("term"), by=request.user)
        return HttpResponseRedirect(pairs.workbench(terms, back=request.GET.get("next", "")))

    # --- The verdicts as a file ---

    def ledger(self, request: HttpRequest) -> HttpResponse:
        """Take verdicts in that were given elsewhere, and say what became of each."""
        self.check_may_see(request)
        report, refusal, status = None, "", 200
        if request.method == "POST":
            if not self.may_judge(request):
                raise PermissionDenied
            try:
                report = judging.import_verdicts(_given(request), by=request.user)
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
        context = {
            "report": report,
            "told": _parts(report) if report else [],
            "refusal": refusal,
            "may_judge": self.may_judge(request),
            "here": _address("changelist"),
            "count": duplicates.counts(request.user).judged,
        }
        title = "Verdicts as a file"
        return self.page(request, "admin/terms/duplicate_ledger.html", title=title, status=status, **context)

    def download(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """Send all verdicts."""
        self.check_may_see(request)
        write, media_type, ending = _FORMS.get(request.GET.get("format", "csv"), (None, "", ""))
        if write is None:
            raise Http404("The verdicts are sent as csv or jsonl.")
        name = f"verdicts-{timezone.localdate():%Y-%m-%d}.{ending}"
        return StreamingHttpResponse(
            write(judging.export_verdicts(request.user)),
            content_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


_FORMS: dict[str, tuple[Any, str, str]] = {
    "csv": (judging.as_csv, "text/csv; charset=utf-8", "csv"),
    "jsonl": (judging.as_json_lines, "application/x-ndjson; charset=utf-8", "jsonl"),
}


def _query(request: HttpRequest) -> str:
    """Return what is filtered, as the end of an address; not where to go on."""
    asked = request.GET.copy()
    asked.pop("next", None)
    return f"?{asked.urlencode()}" if asked else ""


def _place(wanted: str) -> str:
    """Return the place in the list where to go on; nothing for what is none."""
    return wanted if re.fullmatch(r"(pair|group)-[0-9]{1,18}", wanted) else ""


def _address(name: str, *parts: int) -> str:
    return reverse(f"admin:terms_duplicatepair_{name}", args=parts)


# --- What is shown -------------------------------------------------------------------------------


def _page(asked: pairs.Asked, number: str, *, by: Any) -> tuple[Page[Any], str]:
    """Return a page of groups and pairs, or of pairs alone, with what is to be said of it."""
    found = pairs.asked_for(asked, by=by)
    if asked.show != pairs.TO_JUDGE:
        return Paginator(found, ENTRIES_PER_PAGE).get_page(number), ""
    best = list(found[: MOST_GROUPED + 1])
    page = Paginator(duplicates.clusters(best[:MOST_GROUPED]), ENTRIES_PER_PAGE).get_page(number)
    if len(best) <= MOST_GROUPED:
        return page, ""
    return page, f"These are the best {MOST_GROUPED:,} pairs; the others come up when they are judged."


def _pair(sent: Iterable[str], *, by: Any) -> DuplicatePair | None:
    """Return the pair with this number, if it is still one."""
    wanted = next(pairs.numbers(sent), 0)
    return duplicates.pairs(by, verdict=None).filter(pk=wanted).first()


def _standing(looked: duplicates.State) -> str:
    """Say of the next look whether it is under way, comes soon, or does not come."""
    if looked.is_running:
        return "running"
    is_due = looked.is_waiting and (looked.changed or looked.looked_at is None)
    if not is_due:
        return ""
    return "silent" if looked.is_silent else "soon"


def _entries(asked: pairs.Asked, some: Sequence[Any]) -> Sequence[Any]:
    return pairs.shown(some) if asked.show == pairs.TO_JUDGE else pairs.shown_pairs(some)


def _lists(asked: pairs.Asked, *, by: Any) -> dict[str, Any]:
    """Return the lists with how much is in each; the filters go along from one to the next."""
    counts = duplicates.counts(by)
    amounts = {
        pairs.TO_JUDGE: counts.open,
        pairs.RELATED: counts.related,
        pairs.LATER: counts.later,
        pairs.JUDGED: counts.judged,
    }
    return {
        "lists": [
            {"key": key, "label": label, "query": asked.query(show=key), "count": amounts[key]}
            for key, label in pairs.LISTS.items()
        ],
        "lists_hold_any": any(amounts.values()),
    }


def _terms(public_ids: Iterable[str], *, by: Any) -> list[Term]:
    """Return the terms with these ids that can be merged, in this order."""
    wanted = [one for one in islice(dict.fromkeys(public_ids), 100) if "\0" not in one]
    there = Term.objects.visible_to(by).exclude(status__in=Term.GONE_STATUSES)
    found = there.defer("definition_html", "document", "problems").in_bulk(wanted, field_name="public_id")
    return [found[one] for one in wanted if one in found]


# --- What is done --------------------------------------------------------------------------------


def _judge(request: HttpRequest, ids: list[int]) -> list[judging.Judged]:
    """Give the verdict of the button that was pressed."""
    data, by = request.POST, request.user
    if not ids:
        raise TermbookError("No pair is chosen. Tick some, then press the button again.")
    kind = data.get("_related", "")
    if kind in _KINDS and len(ids) == 1:
        return [judging.relate(pair_id=ids[0], kind=_KINDS[kind], by=by)]
    verdict, because = _verdict(request)
    if len(ids) == 1:
        return [judging.judge(pair_id=ids[0], verdict=verdict, because=because, by=by)]
    return judging.judge_many(pair_ids=ids, verdict=verdict, because=because, by=by)


# From the first of a pair to the second, as `judging.relate` takes it.
_KINDS = {"first_is_broader": "narrower", "second_is_broader": "broader"}


def _verdict(request: HttpRequest) -> tuple[str, str]:
    data = request.POST
    if "_different" in data:
        return _Verdict.DIFFERENT, remark(data, "_different") or remark(data, "because")
    for name, verdict in (
        ("_related", _Verdict.RELATED),
        ("_later", _Verdict.LATER),
        ("_open", _Verdict.OPEN),
    ):
        if name in data:
            return verdict, ""
    raise TermbookError("Choose what to say of this pair.")


def _told(pairs_judged: Sequence[DuplicatePair]) -> str:
    return f"{len(pairs_judged):,} pairs: {pairs_judged[0].get_verdict_display().lower()}."


def _with_undo(said: str, judged: Sequence[DuplicatePair]) -> str:
    """Return what was done with the button that takes it back; its form is in the page of the list."""
    ids = ",".join(str(pair.pk) for pair in judged)
    button = '<button class="take-back" type="submit" form="taking-back" name="pair" value="{}">{}</button>'
    return format_html("<span>{}</span> " + button, said, ids, "Undo this verdict")


def _looked(report: duplicates.ScanReport) -> str:
    new = f"{report.new:,} new pair{'' if report.new == 1 else 's'}"
    gone = f", {report.gone:,} no longer alike" if report.gone else ""
    again = f", {report.reopened:,} to judge again because a name changed" if report.reopened else ""
    return f"Looked through {report.terms:,} term{'' if report.terms == 1 else 's'}: {new}{gone}{again}."


def _parts(report: judging.ImportReport) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("Judged otherwise here: kept as it is", report.conflicts),
        ("Terms that nobody knows here", report.unknown),
        ("Lines that cannot be used", report.problems),
    ]


def _given(request: HttpRequest) -> bytes:
    file = request.FILES.get("file")
    if file is None:
        raise TermbookError("There is no file. Choose one that was downloaded here or on another Termbook.")
    if file.size is None or file.size > _LARGEST_LEDGER:
        raise TermbookError(f"The file is larger than {_LARGEST_LEDGER // 1_000_000} MB. Split it.")
    return file.read()
