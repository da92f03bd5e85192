"""The page of a term, its history, and the addresses that lead there."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from .. import citing, linking, markup, past, revisions, text
from ..formats import wording
from ..models import Alias, Event, Note, Revision, Tag, Term, tag_address, term_address
from ..prepared import Prepared
from ..search import FoundTerm
from ..search.names import FOUND_COLUMNS, neighbours
from ..web import origin
from . import neighbourhood, pages


@pages.public_page
def term_detail(request: HttpRequest, slug: str) -> HttpResponse:
    if "as_of" in request.GET:
        return _as_it_was(request, slug)
    term = _public_term_at(slug) or arrive(request, slug, "term_detail")
    if isinstance(term, HttpResponse):
        return term
    document = term.document
    previous, following = neighbours(term)
    definition_html, headings = markup.with_anchors(linking.link(term))
    context = {
        "term": term,
        "name_groups": _name_groups(document["aliases"]),
        "homographs": _homographs(term),
        "deprecated_at": _deprecated_at(term),
        "review_was_due": _review_was_due(term),
        "successors": [_link_to(other) for other in document["replaced_by"]],
        "definition_html": definition_html,
        "outline": _outline(headings),
        "notes": _notes(document["notes"]),
        "sources": document["sources"],
        "external_ids": document["external_ids"],
        "graph": neighbourhood.graph(term),
        "relation_groups": _relation_groups(
            (other["relation"], _link_to(other)) for other in document["related"]
        ),
        "tree": _tree(term),
        "tags": _tags_on(term) if document["tags"] else [],
        "previous": previous,
        "following": following,
        "publication": past.last_publication(term),
        "shows_authors": settings.SHOW_AUTHORS,
        "citations": _citations(request, term),
    }
    return render(request, "terms/term_detail.html", context)


# What the page shows of a term, without the long texts that only editors read.
_SHOWN = (
    "id",
    "public_id",
    "slug",
    "name",
    "name_key",
    "qualifier",
    "qualifier_key",
    "sort_key",
    "letter",
    "short_definition",
    "definition_html",
    "status",
    "deprecation_reason",
    "version",
    "review_by",
    "document",
    "updated_at",
)
_shown_at = Prepared(lambda slug: Term.objects.published().filter(slug=slug).values_list(*_SHOWN))


def _public_term_at(slug: str) -> Term | None:
    """Return the public term whose address this is now: what nearly every reader asks for."""
    return next((Term.from_db(DEFAULT_DB_ALIAS, _SHOWN, row) for row in _shown_at(slug)), None)


# What says which text of a term is asked for; it holds at any address of the term.
_KEPT_ON_THE_WAY = ("as_of", "from", "to", "of")
_OF_VERSIONS = {"term_history", "term_compare", "term_version"}


def arrive(request: HttpRequest, slug: str, view_name: str, **parts: Any) -> Term | HttpResponse:
    """Return the term that lives at this address, or the answer that leads there instead."""
    found = Term.objects.resolve(slug)
    if found.term is None and not found.choices:
        # Somebody typed a name: /terms/C++/ or /terms/Self Attention/.
        found = Term.objects.resolve(text.slug_for(slug))
    term = found.term
    if term is not None and not term.is_public:
        return render(request, "410.html", status=410)
    if term is not None and (not found.is_current or term.slug != slug):
        tells_of_texts = view_name == "term_detail" or view_name in _OF_VERSIONS
        kept = {key: request.GET[key] for key in _KEPT_ON_THE_WAY if key in request.GET and tells_of_texts}
        absorbed = Term.objects.filter(slug=slug, status=Term.Status.MERGED).first()
        if absorbed is not None:
            # It has a history of its own: its versions are not those of the kept term.
            kept = kept | {"of": absorbed.public_id} if view_name in _OF_VERSIONS else {}
        return pages.moved(pages.address(reverse(view_name, args=[term.slug, *parts.values()]), **kept))
    if term is not None:
        return term
    if found.choices and view_name == "term_detail":
        name = _shared_name(found.choices, text.slug_for(slug))
        context = {"name": name, "choices": found.choices}
        return render(request, "terms/disambiguation.html", context)
    raise pages.NoPage("No term has this name or address.")


def _shared_name(choices: Sequence[Term], slug: str) -> str:
    """Return the name that several terms share, as one of them spells it."""
    names = itertools.chain(
        (term.name for term in choices),
        (alias.text for alias in Alias.objects.filter(term=choices[0], slug=slug)),
    )
    return next((name for name in names if text.slug_for(name) == slug), slug)


_called_so = Prepared(
    lambda name_key, pk: (
        Term.objects.published().filter(name_key=name_key).exclude(pk=pk).values_list(*FOUND_COLUMNS)[:10]
    )
)


def _homographs(term: Term) -> list[FoundTerm]:
    return [FoundTerm(*row) for row in _called_so(term.name_key, term.pk)]


_tagged_with = Prepared(
    lambda pk: Tag.objects.filter(terms_taggedterm_items__content_object=pk).values_list("name", "slug")
)


def _tags_on(term: Term) -> list[dict[str, str]]:
    return _tag_links(_tagged_with(term.pk))


def _tag_links(tags: Iterable[tuple[Any, ...]]) -> list[dict[str, str]]:
    return [{"name": name, "url": tag_address(slug)} for name, slug in tags]


def _tree(term: Term) -> str:
    """Return where the term stands in the tree; a deprecated one has left it."""
    stands_there = term.status == Term.Status.PUBLISHED and any(
        other["relation"] in {"broader", "narrower"} for other in term.document["related"]
    )
    return reverse("tree_branch", args=[term.slug]) if stands_there else ""


def _deprecated_at(term: Term) -> Any:
    if term.status != Term.Status.DEPRECATED:
        return None
    events = Event.objects.filter(term=term, kind=Event.Kind.DEPRECATED, is_public=True)
    return events.order_by("-at").values_list("at", flat=True).first() or term.updated_at


def _review_was_due(term: Term) -> date | None:
    """Return the day on which this text was to be looked at again, when it is past."""
    is_past = term.review_by is not None and term.review_by < timezone.localdate()
    return term.review_by if is_past else None


_FEWEST_IN_OUTLINE = 3


def _outline(headings: Sequence[markup.Heading]) -> list[markup.Heading]:
    """Return the headings that a long definition lists at its top: a short one needs no list."""
    high = [heading for heading in headings if heading.depth <= 2]
    return high if len(high) >= _FEWEST_IN_OUTLINE else []


def _citations(request: HttpRequest, term: Term) -> list[dict[str, str]]:
    """Return what those write who cite the term."""
    cited = citing.Cited(
        public_id=term.public_id,
        name=term.full_name,
        site=settings.SITE_NAME,
        address=origin(request) + reverse("permanent", args=[term.public_id]),
        version=term.version,
        changed=timezone.localtime(term.updated_at).date(),
        authors=past.authors(term) if settings.SHOW_AUTHORS else (),
    )
    return [{"label": label, "text": write(cited)} for label, write in _WAYS_TO_CITE.items()]


_WAYS_TO_CITE = {
    "Text": citing.as_text,
    "Markdown": citing.as_markdown,
    "HTML": citing.as_html,
    "BibTeX": citing.as_bibtex,
}


_MOST_ON_A_LINE = 3


def _name_groups(aliases: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    """Group the other names of a term by what they are; those that should not be used come last."""
    aliases = [alias for alias in aliases if alias["kind"] in wording.NAMES]
    in_use = [alias for alias in aliases if alias["status"] not in wording.NOT_TO_BE_USED]
    avoided = [alias for alias in aliases if alias["status"] in wording.NOT_TO_BE_USED]
    groups = [
        *(
            (label, kind, [alias for alias in in_use if alias["kind"] == kind])
            for kind, label in wording.NAMES.items()
        ),
        (wording.DO_NOT_USE, "avoid", avoided),
    ]
    return [
        {"label": label, "style": style, "aliases": some, "is_long": len(some) > _MOST_ON_A_LINE}
        for label, style, some in groups
        if some
    ]


def _relation_groups(pairs: Iterable[tuple[str, dict[str, str]]]) -> list[dict[str, Any]]:
    pairs = list(pairs)
    groups = [
        {"label": label, "links": [link for relation, link in pairs if relation == kind]}
        for kind, label in wording.RELATIONS.items()
    ]
    return [group for group in groups if group["links"]]


def _link_to(other: dict[str, Any]) -> dict[str, str]:
    name, public_id = other["name"], other["id"]
    title = linking.short_definition(name, public_id)
    return {"name": name, "url": term_address(other["slug"]), "public_id": public_id, "title": title}


def _notes(notes: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "label": Note.Kind(note["kind"]).label,
            "html": _note_html(note["text"], number),
        }
        for number, note in enumerate(notes, start=1)
        if note["kind"] != Note.Kind.EDITORIAL
    ]


def _note_html(text: str, number: int) -> SafeString:
    # Long ones are few, and a thousand of them would be too much to keep.
    return _kept_note_html(text, number) if len(text) <= _KEPT_NOTE_LENGTH else _made_note_html(text, number)


def _made_note_html(text: str, number: int) -> SafeString:
    return markup.to_html(text, prefix=f"note-{number}").html


_KEPT_NOTE_LENGTH = 2_000
_kept_note_html = functools.lru_cache(maxsize=1_000)(_made_note_html)


# --- The history of a term -----------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """One published text of a term, as far as everybody may see it."""

    number: int
    at: Any
    author: str
    summary: str
    content: revisions.Content
    changed: str = ""


@pages.public_page
def term_history(request: HttpRequest, slug: str) -> HttpResponse:
    term = arrive(request, slug, "term_history")
    if isinstance(term, HttpResponse):
        return term
    told_of = _told_of(request, term)
    published = _published_revisions(told_of)
    pager = pages.pager(request, published.count(), pages.ENTRIES_PER_PAGE)
    start = (pager.number - 1) * pages.ENTRIES_PER_PAGE
    # One more than is shown: the oldest version on the page is compared with the one before it.
    rows = list(published[start : start + pages.ENTRIES_PER_PAGE + 1])
    context = {
        "term": term,
        "told_of": told_of,
        "absorbed": [] if told_of != term else _absorbed(term),
        "versions": _versions(rows)[: pages.ENTRIES_PER_PAGE],
        "pager": pager,
    }
    return render(request, "terms/term_history.html", context)


def _absorbed(term: Term) -> QuerySet[Term]:
    """Return what was public and was merged into this term."""
    rows = Term.objects.filter(merged_into=term, status=Term.Status.MERGED, version__gt=0)
    return rows.only("public_id", "name", "qualifier", "version", "sort_key").order_by("sort_key", "pk")


def _told_of(request: HttpRequest, term: Term) -> Term:
    """Return whose history is asked for: that of the term, or (`?of=`) of one that it absorbed."""
    asked = request.GET.get("of")
    if not asked or asked == term.public_id:
        return term
    found = None if "\0" in asked else _absorbed(term).filter(public_id=asked).first()
    if found is None:
        raise pages.NoPage(f"“{term.full_name}” absorbed no such term.")
    return found


@pages.public_page
def term_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    term = arrive(request, slug, "term_version", number=number)
    if isinstance(term, HttpResponse):
        return term
    return _show_version(request, term, _told_of(request, term), number)


def _show_version(
    request: HttpRequest, term: Term, told_of: Term, number: int, asked: past.Moment | None = None
) -> HttpResponse:
    """Show one published text of a term, or of one that it absorbed (`told_of`).

    `asked` is the moment for which it was looked up.
    """
    rows = list(_published_revisions(told_of).filter(version__lte=number)[:2])
    if not rows or rows[0].version != number:
        raise pages.NoPage(f"“{told_of.full_name}” has no published version {number}.")
    version, *before = _versions(rows)
    content = version.content
    html = markup.to_html(content["definition"]).html
    context = {
        "term": term,
        "told_of": told_of,
        "version": version,
        "asked": asked,
        "content": content,
        "is_current": told_of == term and version.number == term.version,
        "name_groups": _name_groups(content["aliases"]),
        "definition_html": linking.link_html(html, skip=[term.public_id]),
        "notes": _notes(content["notes"]),
        "sources": content["sources"],
        "relation_groups": _relation_groups(_public_relations(content)),
        "tags": _tag_links(_public_tags(content).values_list("name", "slug")),
        "differences": _differences(before[0].content, content) if before else [],
    }
    return _kept_out_of_indexes(render(request, "terms/term_version.html", context))


def _public_tags(content: revisions.Content) -> QuerySet[Tag]:
    return Tag.objects.of_public_terms().filter(slug__in=content["tags"])


def _kept_out_of_indexes(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    return response


_NOT_THEN = {past.NoMoment: 400, past.NotYetThere: 404, past.RemovedThen: 410}


def _as_it_was(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the text that readers saw at a moment, or say why there was none."""
    term = arrive(request, slug, "term_detail")
    if isinstance(term, HttpResponse):
        return term
    try:
        asked = past.moment(request.GET["as_of"])
        revision = past.seen_at(term, asked)
    except (past.NoMoment, past.NotYetThere, past.RemovedThen) as refusal:
        status = _NOT_THEN[type(refusal)]
        response = render(
            request, "terms/not_then.html", {"term": term, "sentence": refusal.message}, status=status
        )
        # What is yet to come today will be past under the same address before its tag changes.
        response.headers["Cache-Control"] = "no-store"
        return _kept_out_of_indexes(response)
    return _show_version(request, term, term, revision.version, asked)


_VERSIONS_OFFERED = 200


@pages.public_page
def term_compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Compare two published texts of a term; without numbers the last two."""
    term = arrive(request, slug, "term_compare")
    if isinstance(term, HttpResponse):
        return term
    told_of = _told_of(request, term)
    newer = request.GET.get("to") or str(told_of.version)
    older = request.GET.get("from") or (str(max(1, int(newer) - 1)) if _is_number(newer) else "")
    numbers = [int(asked) if _is_number(asked) else 0 for asked in (older, newer)]
    rows = list(_published_revisions(told_of).filter(version__in=numbers))
    versions = {version.number: version for version in _versions(rows)}
    before, after = (versions.get(number) for number in numbers)
    offered = list(_published_revisions(told_of).defer("content")[:_VERSIONS_OFFERED])
    context = {
        "term": term,
        "told_of": told_of,
        "choices": [*offered, *(row for row in rows if row not in offered)],
        "offered": _VERSIONS_OFFERED if told_of.version > _VERSIONS_OFFERED else 0,
        "before": before,
        "after": after,
        "missing": [asked for asked in (older, newer) if not _is_number(asked) or int(asked) not in versions],
        "differences": _differences(before.content, after.content) if before and after else [],
        "earlier": before.number - 1 if before else 0,
        "later": after.number + 1 if after and after.number < told_of.version else 0,
    }
    status = 200 if before and after else 404
    return _kept_out_of_indexes(render(request, "terms/term_compare.html", context, status=status))


def _differences(before: revisions.Content, after: revisions.Content) -> list[revisions.FieldChange]:
    """Return what differs, with the names of tags as readers know them."""
    if before["tags"] == after["tags"]:
        return revisions.difference(before, after)
    tags = Tag.objects.of_public_terms().filter(slug__in={*before["tags"], *after["tags"]})
    names = dict(tags.values_list("slug", "name"))
    named = [
        content | {"tags": [names.get(slug, slug) for slug in content["tags"]]} for content in (before, after)
    ]
    return revisions.difference(*named)


def _is_number(asked: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,8}", asked) is not None


def _public_relations(content: revisions.Content) -> list[tuple[str, dict[str, str]]]:
    relations = content["relations"]
    targets = Term.objects.published().in_bulk([one["target"] for one in relations], field_name="public_id")
    return [
        (one["kind"], _link_to({"id": target.public_id, "name": target.full_name, "slug": target.slug}))
        for one in relations
        if (target := targets.get(one["target"]))
    ]


def _published_revisions(term: Term) -> QuerySet[Revision]:
    rows = Revision.objects.filter(term=term, version__isnull=False)
    return rows.select_related("author").order_by("-version")


def _versions(rows: Sequence[Revision]) -> list[Version]:
    """Return these revisions, newest first, as everybody may see them, with what each changed."""
    targets = {relation["target"] for row in rows for relation in row.content["relations"]}
    public = set(Term.objects.published().filter(public_id__in=targets).values_list("public_id", flat=True))
    contents = [_public_content(row.content, public) for row in rows]
    return [
        Version(
            number=row.version or 0,
            at=row.decided_at,
            author=_author(row),
            summary=row.comment,
            content=content,
            changed=_changed_fields(before, content),
        )
        for row, content, before in zip(rows, contents, [*contents, None][1:], strict=True)
    ]


def _public_content(content: revisions.Content, public: set[str]) -> revisions.Content:
    """Leave out what readers may not know: hidden names, editorial notes, plans, unpublished targets."""
    return content | {
        "aliases": [alias for alias in content["aliases"] if alias["kind"] != Alias.Kind.HIDDEN],
        "notes": [note for note in content["notes"] if note["kind"] != Note.Kind.EDITORIAL],
        "relations": [relation for relation in content["relations"] if relation["target"] in public],
        "review_by": "",
        "links_itself": True,
    }


def _changed_fields(before: revisions.Content | None, after: revisions.Content) -> str:
    if before is None:
        return ""
    fields = [field for field in revisions.FIELDS if before[field] != after[field]]
    return ", ".join(revisions.LABELS[field].lower() for field in fields)


def _author(revision: Revision) -> str:
    if not settings.SHOW_AUTHORS:
        return ""
    return revision.author.get_full_name() or revision.author.get_username()
