"""The workbench, on which several terms become one: side by side, chosen field by field, looked at, done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from .. import duplicates, linking, merging, publishing, revisions, text, workflow
from ..errors import InvalidContent, StaleEdit, TermbookError
from ..merging import MOST_TERMS, Preview
from ..models import SHORT_DEFINITION_LENGTH, Alias, Operation, Revision, Split, Term
from ..revisions import Content, FieldChange
from ..web import status_code
from . import marked, merge_choices, merge_impact, pairs
from .desk import Desk, number, remark
from .merge_choices import ALL, WRITTEN, Choices

_CANDIDATES = 20


# --- The page ------------------------------------------------------------------------------------


def workbench(desk: Desk, request: HttpRequest) -> HttpResponse:
    """Choose terms, put their texts together, look at what comes of it, and merge or propose it."""
    user = request.user
    if not desk.has_view_permission(request) or not _may_propose(user):
        raise PermissionDenied
    if request.method == "POST":
        return _changed(desk, request)
    typed = remark(request.GET, "add")[:300]
    terms = _terms(_ids(request.GET), by=user)
    if not terms and request.GET.get("kept"):
        raise Http404("There is no such term.")
    found, candidates = _meant(typed, by=user, besides=terms)
    if found is not None:
        back = {"next": request.GET["next"]} if request.GET.get("next") else {}
        return HttpResponseRedirect(_address([*terms, found], **back))
    if len(terms) < 2 or typed:
        return _choose(desk, request, terms, typed=typed, candidates=candidates)
    bench = Bench(by=user, terms=terms, next=request.GET.get("next", ""))
    if len(terms) < len(_ids(request.GET)):
        bench.notices.append("Not all of these terms are there. Those that are not are left out.")
    return _show(desk, request, bench)


def _may_propose(user: Any) -> bool:
    return user.has_perm("terms.merge_term") or user.has_perm("terms.edit_term")


def _ids(data: QueryDict) -> list[str]:
    return list(dict.fromkeys(filter(None, [data.get("kept", ""), *data.getlist("absorbed")])))


def _terms(public_ids: Sequence[str], *, by: Any) -> list[Term]:
    """Return the terms with these ids, in this order."""
    wanted = [one for one in public_ids[:100] if "\0" not in one]
    found = Term.objects.visible_to(by).in_bulk(wanted, field_name="public_id")
    return [found[one] for one in wanted if one in found]


def _address(terms: Sequence[Term], **more: str) -> str:
    absorbed = [term.public_id for term in terms[1:]]
    query = urlencode({"kept": terms[0].public_id, "absorbed": absorbed, **more}, doseq=True)
    return f"{reverse('admin:terms_term_merge')}?{query}"


def _changed(desk: Desk, request: HttpRequest) -> HttpResponse:
    """Answer what was sent from the workbench."""
    data = request.POST
    terms = _terms(_ids(data), by=request.user)
    if len(terms) < 2:
        said, is_gone = "Choose at least two terms that are there.", len(_ids(data)) > 1
        return _choose(desk, request, terms, refusal=said, status=422, is_refused=is_gone)
    bench = Bench.read(data, by=request.user, terms=terms)
    if "_live" in data:
        return _live(request, bench)
    action = next((name for name in ("merge", "propose") if f"_{name}" in data), "")
    if action:
        done = bench.carry_out(action)
        if done is not None:
            return _done(request, bench, done)
    elif rearrange := next((name for name in _REARRANGING if name in data), ""):
        before = _REARRANGING[rearrange](bench, remark(data, rearrange) or remark(data, "add"))
        return _show(desk, request, bench, before=before)
    return _show(desk, request, bench)


def _show(desk: Desk, request: HttpRequest, bench: Bench, before: Choices | None = None) -> HttpResponse:
    try:
        bench.look(before)
    except TermbookError as refusal:
        return _choose(
            desk, request, bench.terms, refusal=refusal.message, status=status_code(refusal), is_refused=True
        )
    context = {**bench.context(), "bench": bench}
    title = f"Merge into “{bench.name}”"
    return desk.page(request, "admin/terms/merge.html", title=title, status=bench.status, **context)


def _live(request: HttpRequest, bench: Bench) -> HttpResponse:
    """Answer a script with the parts of the page that follow what is chosen."""
    try:
        bench.look_lightly()
    except TermbookError as refusal:
        return JsonResponse({"message": refusal.message}, status=status_code(refusal))
    context = bench.result_context()

    def part(name: str) -> str:
        return render_to_string(f"admin/terms/_merge_{name}.html", context, request)

    parts = {name: part(name) for name in ("result", "deeds")}
    return JsonResponse({**parts, "written": bench.chosen_texts(), "said": bench.in_words()})


def _done(request: HttpRequest, bench: Bench, done: Any) -> HttpResponse:
    """Thank, and lead to what was done or to where somebody came from."""
    if isinstance(done, Operation):
        kept = Term.objects.get(pk=bench.kept.pk)
        said = format_html(
            '{} became one: <a href="{}">{}</a>. <a href="{}">Undo …</a>',
            f"{len(bench.terms)} terms",
            reverse("admin:terms_term_change", args=[kept.pk]),
            kept.full_name,
            reverse("admin:terms_operation_undo", args=[done.pk]),
        )
        messages.success(request, said)
        back = reverse("admin:terms_operation_change", args=[done.pk])
    else:
        messages.success(request, "The merge is proposed. Somebody else decides on it.")
        back = reverse("admin:terms_mergeproposal_change", args=[done.pk])
    is_ours = url_has_allowed_host_and_scheme(bench.next, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(bench.next if bench.next and is_ours else back)


# --- Choosing the terms --------------------------------------------------------------------------


def _choose(
    desk: Desk,
    request: HttpRequest,
    terms: Sequence[Term],
    *,
    typed: str = "",
    candidates: Sequence[Term] = (),
    refusal: str = "",
    status: int = 200,
    is_refused: bool = False,
) -> HttpResponse:
    """Ask which terms are to become one; what was chosen on the workbench before stays in the form."""
    others = [(term, _address([term, *(one for one in terms if one != term)])) for term in terms[1:]]
    context = {
        "terms": terms,
        "kept_instead": others,
        "typed": typed,
        "candidates": candidates,
        "look_alikes": pairs.of_term(terms[0], by=request.user) if len(terms) == 1 else [],
        "refusal": refusal,
        "is_refused": is_refused,
        "again": _sent(request.POST) if is_refused else [],
        "next": request.GET.get("next", ""),
    }
    title = f"Merge “{terms[0].full_name}” with …" if terms else "Merge terms"
    return desk.page(request, "admin/terms/merge_choose.html", title=title, status=status, **context)


def _sent(data: QueryDict) -> list[tuple[str, str]]:
    """Return what a form sent, to be sent again; its buttons apart."""
    fields = [(key, values) for key, values in data.lists() if not key.startswith(("_", "csrf"))]
    return [(key, value) for key, values in fields for value in values]


def _meant(typed: str, *, by: Any, besides: Sequence[Term]) -> tuple[Term | None, list[Term]]:
    """Return the one term that somebody means by a name, an address or an id; else those that it may be."""
    if not typed:
        return None, []
    taken = [term.pk for term in besides]
    found = _terms(list(revisions.find_targets(typed, by=by)), by=by)
    found = [term for term in found if term.pk not in taken and not term.is_gone]
    if len(found) == 1:
        return found[0], []
    return None, found or _candidates(typed, taken, by=by)


def _candidates(typed: str, taken: Sequence[int], *, by: Any) -> list[Term]:
    alike = duplicates.find_like(typed, by=by, limit=_CANDIDATES)
    found = {one.term.pk: one.term for one in alike}
    key = text.name_key(typed)
    there = Term.objects.visible_to(by).exclude(status__in=Term.GONE_STATUSES).exclude(pk__in=found)
    named = Q(name_key__contains=key) | Q(pk__in=Alias.objects.filter(name_key__contains=key).values("term"))
    rows = there.filter(named).defer("definition", "definition_html", "document", "problems")
    # Who types the beginning of a name means a name that begins so.
    begins = Case(When(name_key__startswith=key, then=0), default=1)
    rows = rows.order_by(begins, "sort_key", "pk")[:_CANDIDATES]
    found |= {term.pk: term for term in rows} if key else {}
    return [term for term in found.values() if term.pk not in taken][:_CANDIDATES]


# --- The workbench while somebody is at it -------------------------------------------------------


@dataclass
class Bench:
    """Terms side by side, the kept one first, with what was chosen of each."""

    by: Any
    terms: list[Term]
    chosen: Choices | None = None
    comment: str = ""
    token: str = ""
    shown: dict[str, int] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    next: str = ""
    status: int = 200
    refusal: str = ""
    overtaken: str = ""
    notices: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    preview: Preview | None = None
    suggested: Choices | None = None
    is_valid: bool = True
    changes: list[tuple[Term, list[FieldChange]]] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, data: QueryDict, *, by: Any, terms: list[Term]) -> Bench:
        """Read what was sent."""
        return cls(
            by=by,
            terms=terms,
            chosen=merge_choices.read(data),
            comment=remark(data, "comment"),
            token=data.get("token", ""),
            shown={
                public_id: int(revision)
                for public_id, _, revision in (one.partition(":") for one in data.getlist("shown"))
                if number(revision)
            },
            seen=dict(one.split(":", 1) for one in data.getlist("seen") if ":" in one),
            next=data.get("next", ""),
        )

    @property
    def kept(self) -> Term:
        return self.terms[0]

    # Where on the page something can be said against a field.
    places = frozenset({*merge_choices.TEXTS, *merge_choices.LISTS, "slug", "review_by", "comment"})

    @property
    def is_typed(self) -> bool:
        """Whether something stands here that was chosen and is nowhere else."""
        return self.chosen is not self.suggested

    @property
    def name(self) -> str:
        """What the term is going to be called."""
        return revisions.full_name(self.preview.content) if self.preview else self.kept.full_name

    # Doing it

    def carry_out(self, action: str) -> Any:
        """Merge, or propose it; None, and everything is on the page, when the rules refuse."""
        try:
            content = self.chosen.content(self._texts())
            if action == "merge":
                return merging.merge(
                    kept_id=self.kept.pk,
                    absorbed_ids=[term.pk for term in self.terms[1:]],
                    content=content,
                    token=self.token,
                    by=self.by,
                    comment=self.comment,
                )
            wish = {
                "kept": self.kept.public_id,
                "absorbed": [term.public_id for term in self.terms[1:]],
                "content": content,
            }
            return merging.propose("merge", wish, token=self.token, by=self.by, comment=self.comment)
        except StaleEdit as refusal:
            self.status = status_code(refusal)
        except InvalidContent as refusal:
            self.status, self.problems = status_code(refusal), refusal.problems
        except TermbookError as refusal:
            self.status, self.refusal = status_code(refusal), refusal.message
        return None

    # Looking at it

    def look(self, before: Choices | None = None) -> None:
        """Preview what is chosen, brought to how the terms are now.

        `before` is what was suggested before they were arranged anew. Raises what forbids any merge of
        these terms.
        """
        first = self._preview({})
        texts = {term.public_id: first.texts[term.pk] for term in first.terms}
        self.terms, self.preview = list(first.terms), first
        self.suggested = merge_choices.begin(first)
        if self.chosen is None:
            self.chosen = self.suggested
            self._remember()
            return
        if before is None and self.token and self.token != first.token:
            self._say_what_moved(first)
        self.chosen = merge_choices.carried(self.chosen, self.suggested, first.terms, texts, before)
        self._look_at_choice(texts)
        self._remember()

    def look_lightly(self) -> None:
        """Preview what is chosen for a page that is open: what moved meanwhile is only said."""
        texts = self._texts()
        self.preview = None
        self._look_at_choice(texts)
        if self.preview is None:
            self.preview = self._preview({})
        if self.preview.token != self.token:
            self.overtaken = (
                "Something of these terms was changed since this page was opened. "
                "Press “Show the result” to see what; your choices stay."
            )

    def _look_at_choice(self, texts: dict[str, Content]) -> None:
        try:
            self.preview = self._preview(self.chosen.content(texts))
        except InvalidContent as refusal:
            self.is_valid = False
            self.problems = {**self.problems, **refusal.problems}
            self.status = status_code(refusal) if self.status == 200 else self.status

    def _preview(self, content: Content) -> Preview:
        return merging.preview(
            kept_id=self.kept.pk,
            absorbed_ids=[term.pk for term in self.terms[1:]],
            by=self.by,
            content=content,
        )

    def _texts(self) -> dict[str, Content]:
        live = Term.objects.select_related("live_revision").in_bulk([term.pk for term in self.terms])
        terms = [live.get(term.pk, term) for term in self.terms]
        found = revisions.snapshots(terms)
        return {term.public_id: found[term.pk] for term in terms}

    # What was changed by others meanwhile

    def _say_what_moved(self, now: Preview) -> None:
        """Note how the terms, and what is around them, differ from what was shown."""
        old = Q()
        for term in now.terms:
            old |= Q(term=term, number=self.shown.get(term.public_id, 0))
        before = {one.term_id: one for one in Revision.objects.filter(old)}
        for term in now.terms:
            was, current = before.get(term.pk), workflow.current_text(term)
            if was is not None and current is not None and was.number != current.number:
                self.changes.append((term, marked.difference(was.content, now.texts[term.pk])))
        fresh = merge_impact.digests(now)
        self.moved = {name for name, digest in fresh.items() if self.seen.get(name, digest) != digest}
        self.refusal = self.refusal or (
            "Something was changed since this page was opened, and nothing is merged. What is marked is new; "
            "your choices stand below. Look again, then send it once more."
        )

    def _remember(self) -> None:
        """Take over what this page shows, to be sent back with it."""
        self.token = self.preview.token
        self.seen = merge_impact.digests(self.preview)
        texts = {term.public_id: workflow.current_text(term) for term in self.terms}
        self.shown = {public_id: text.number for public_id, text in texts.items() if text is not None}

    # For the templates

    def chosen_texts(self) -> dict[str, str]:
        """Return the texts that are chosen, to be written on in a field."""
        content = self.chosen.content(self._texts())
        return {name: content[name] for name in ("name", "qualifier", "short_definition", "definition")}

    def in_words(self) -> str:
        """Say what a listener has to hear when the result has changed."""
        if self.overtaken:
            return self.overtaken
        if not self.is_valid:
            return "This cannot be merged: " + " ".join(s for some in self.problems.values() for s in some)
        if self.preview.conflicts:
            return "This cannot be merged: " + " ".join(self.preview.conflicts)
        return f"The result is up to date. {self.deed}."

    @property
    def is_for_two(self) -> bool:
        """Whether somebody else has to agree."""
        return self.preview.needs_second_reader or not self.by.has_perm("terms.merge_term")

    @property
    def deed(self) -> str:
        """What the button does."""
        merge = f"{len(self.terms)} terms into “{self.name}”"
        return f"Propose to merge {merge}" if self.is_for_two else f"Merge {merge}"

    @property
    def why_two(self) -> str:
        """Why somebody else has to agree; nothing where one person is enough."""
        if not self.by.has_perm("terms.merge_term"):
            return "You may propose a merge; somebody who may merge decides on it."
        if self.preview.needs_second_reader and self.preview.new_words:
            return (
                f"Nobody but you has read what is new here: {', '.join(self.preview.new_words)}. Propose the "
                "merge, and somebody else agrees to it; or choose among the texts that are there, and merge "
                "at once."
            )
        return "Here a second person agrees to every merge." if self.preview.needs_second_reader else ""

    def result_context(self) -> dict[str, Any]:
        """Return what the result, the list of what moves and the buttons show."""
        preview = self.preview
        return {
            "bench": self,
            "preview": preview,
            "is_valid": self.is_valid,
            "html": linking.preview(preview.content["definition"], term=preview.kept),
            "changes": marked.difference(preview.texts[preview.kept.pk], preview.content),
            "groups": merge_impact.groups(preview, self.moved),
            "address": workflow.address_of(preview.content),
            "names": [one for one in preview.content["aliases"] if one["kind"] != Alias.Kind.HIDDEN],
        }

    def context(self) -> dict[str, Any]:
        """Return everything that the page shows."""
        chosen = self.chosen
        return {
            **self.result_context(),
            "chosen": chosen,
            "columns": [_column(self.preview, term) for term in self.terms],
            "fields": [_shown_field(name, self) for name in merge_choices.TEXTS],
            "lists": merge_choices.show_lists(
                chosen, self.preview, self.problems, self.preview.content["name"]
            ),
            "count": len(self.terms),
            "short_limit": SHORT_DEFINITION_LENGTH,
        }


# --- Arranging the terms anew --------------------------------------------------------------------


def _keep(bench: Bench, public_id: str) -> Choices | None:
    """Let another of the terms be the one that is kept."""
    before = _suggested_so_far(bench)
    bench.terms.sort(key=lambda term: term.public_id != public_id)
    return before


def _take_out(bench: Bench, public_id: str) -> Choices | None:
    before = _suggested_so_far(bench)
    if len(bench.terms) == 2:
        bench.notices.append("Two terms are the least that can become one. Add another one first.")
    else:
        bench.terms = [term for term in bench.terms if term.public_id != public_id]
    return before


def _add(bench: Bench, typed: str) -> Choices | None:
    before = _suggested_so_far(bench)
    found, candidates = _meant(typed[:300], by=bench.by, besides=bench.terms)
    if found is not None and len(bench.terms) < MOST_TERMS:
        bench.terms.append(found)
    elif found is not None:
        bench.notices.append(f"At most {MOST_TERMS} terms can be merged at once.")
    elif candidates:
        named = "; ".join(f"{term.full_name}: {term.slug or term.public_id}" for term in candidates[:8])
        bench.notices.append(f"“{typed}” may be {named}. Give the address or id of the one that you mean.")
    else:
        bench.notices.append(f"No other term is called “{typed}”. Give a name, an address or an id.")
    return before


def _suggested_so_far(bench: Bench) -> Choices | None:
    try:
        return merge_choices.begin(bench._preview({}))
    except TermbookError:
        return None


_REARRANGING: dict[str, Callable[[Bench, str], Choices | None]] = {
    "_keep": _keep,
    "_take_out": _take_out,
    "_add": _add,
}


# --- Side by side --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One of the terms at the head of the page."""

    term: Term
    mark: str
    is_kept: bool
    words: int
    names: int
    revision: Revision | None


def _column(preview: Preview, term: Term) -> Column:
    content = preview.texts[term.pk]
    is_kept = term.pk == preview.kept.pk
    words = len(content["definition"].split())
    return Column(
        term,
        merge_impact.mark(preview, term),
        is_kept,
        words,
        len(content["aliases"]),
        workflow.current_text(term),
    )


@dataclass(frozen=True)
class Option:
    """The words of one term in a field."""

    term: Term
    mark: str
    whose: str
    text: str
    html: str = ""
    words: int = 0
    is_chosen: bool = False
    same_as: str = ""
    change: FieldChange | None = None


@dataclass(frozen=True)
class ShownField:
    """A field of which one text is chosen, or written by hand."""

    key: str
    title: str
    why: str
    options: list[Option]
    problems: list[str]
    whose: str

    @property
    def is_written(self) -> bool:
        return self.whose == WRITTEN

    @property
    def is_all(self) -> bool:
        return self.whose == ALL


def _shown_field(name: str, bench: Bench) -> ShownField:
    preview, chosen = bench.preview, bench.chosen
    options: list[Option] = []
    for place, term in enumerate(preview.terms):
        options.append(_option(name, term, place, preview, options, chosen))
    at = ("name", "qualifier") if name == "name" else (name,)
    problems = [sentence for key in at for sentence in bench.problems.get(key, [])]
    why = _why(name, bench.suggested, preview)
    return ShownField(name, revisions.LABELS[name], why, options, problems, chosen.texts[name])


def _option(
    name: str, term: Term, place: int, preview: Preview, before: Sequence[Option], chosen: Choices
) -> Option:
    content = preview.texts[term.pk]
    words = revisions.full_name(content) if name == "name" else content[name]
    same = next((one.mark for one in before if one.text == words), "") if words else ""
    is_chosen = chosen.texts[name] == term.public_id
    option = {
        "term": term,
        "mark": merge_impact.mark(preview, term),
        "whose": term.public_id,
        "text": words,
        "is_chosen": is_chosen,
        "same_as": same,
    }
    if name == "name" or not words or same:
        return Option(**option)
    kept = preview.texts[preview.kept.pk][name]
    is_marked = bool(place and kept) and marked.are_alike(kept, words)
    if name == "short_definition":
        change = revisions.field_change(name, kept, words) if is_marked else None
        return Option(**option, change=change)
    change = marked.definition_change(kept, words) if is_marked else None
    html = publishing.render(words, prefix=f"side-{place}").html
    return Option(**option, html=html, words=len(words.split()), change=change)


def _why(name: str, suggested: Choices, preview: Preview) -> str:
    """Say why a text was suggested."""
    if name == "name":
        return "Suggested: the name of A, the kept one. The other names become other names of it."
    texts = [preview.texts[term.pk][name] for term in preview.terms]
    there = [one for one in texts if one]
    if not there:
        return ""
    if len(set(there)) == 1:
        return "All that have one say the same." if len(there) > 1 else "The only one that there is."
    if suggested.texts[name] == preview.kept.public_id:
        return _WHY_KEPT[name]
    whose = next((term for term in preview.terms if term.public_id == suggested.texts[name]), None)
    return _WHY_OTHER[name].format(mark=merge_impact.mark(preview, whose)) if whose else ""


_WHY_KEPT = {
    "short_definition": "Suggested: that of A, the kept one, which is the clearest of them.",
    "definition": "Suggested: that of A, the kept one; no other article is much longer.",
}
_WHY_OTHER = {
    "short_definition": "Suggested: that of {mark}, the clearest: one whole sentence of a readable length.",
    "definition": "Suggested: that of {mark}, the longer article.",
}


# --- What a term was made of, and what became of it ----------------------------------------------


def merges_of(term: Term) -> dict[str, Any]:
    """Return the merges and splits that made a term what it is."""
    rows = term.merges_as_kept.filter(is_undone=False).select_related("absorbed", "operation__by")
    operations: dict[int, tuple[Operation, list[Term]]] = {}
    for row in rows.order_by("-operation__at", "pk"):
        operations.setdefault(row.operation_id, (row.operation, []))[1].append(row.absorbed)
    gone = term.merges_as_absorbed.filter(is_undone=False).select_related("kept", "operation__by").first()
    return {
        "absorbed_by": gone,
        "absorbed": list(operations.values()),
        "led_here": _led_here(term, operations.values()),
        "splits": list(_splits_of(term)),
    }


def _splits_of(term: Term) -> Any:
    own = Split.objects.filter(Q(origin=term) | Q(part=term), is_undone=False)
    return own.select_related("origin", "part", "operation__by").order_by("-operation__at", "pk")


def _led_here(term: Term, operations: Iterable[tuple[Operation, list[Term]]]) -> list[Term]:
    """Return what leads here because it was merged into something that was merged into this."""
    own = [absorbed.pk for _, terms in operations for absorbed in terms]
    return list(Term.objects.filter(merged_into=term).exclude(pk__in=own).order_by("sort_key", "pk"))


@admin.action(description="Merge the chosen terms …", permissions=["bulk"])
def merge_chosen(desk: Desk, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Lead from the list of terms to the workbench with those that were ticked."""
    terms = list(queryset.order_by("pk")[: MOST_TERMS + 1])
    if len(terms) > MOST_TERMS:
        messages.error(request, f"At most {MOST_TERMS} terms can be merged at once. Choose fewer.")
        return None
    return HttpResponseRedirect(pairs.workbench(terms))
