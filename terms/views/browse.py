"""Ways to all terms: the first page and the index; and what there is in all."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from .. import publishing
from .. import search as index
from ..models import Alias, Source, Tag, Term
from ..prepared import Prepared
from ..search.found import FoundTerm
from ..search.names import FOUND_COLUMNS
from . import pages
from .changelog import AskedChanges
from .daily import term_of_the_day
from .tags import most_used_tags

# --- Home and index ------------------------------------------------------------------------------


@pages.public_page
def home(request: HttpRequest) -> HttpResponse:
    letters = index.letters()
    context = {
        "letters": letters,
        "letters_total": sum(letter.count for letter in letters),
        "total": publishing.count_of_terms(),
        "tags": most_used_tags(),
        "tag_total": publishing.counted("tags", Tag.objects.of_public_terms().count),
        "recent": [FoundTerm(*row) for row in _recently_changed()],
        "featured": term_of_the_day(timezone.localdate()),
    }
    return render(request, "terms/home.html", context)


_recently_changed = Prepared(
    lambda: Term.objects.published().order_by("-updated_at", "pk").values_list(*FOUND_COLUMNS)[:8]
)


@pages.public_page
def term_list(request: HttpRequest) -> HttpResponse:
    page = index.index_page("", pages.page_number(request), pages.ENTRIES_PER_PAGE)
    return _index(request, page, letter=None)


@pages.public_page
def term_letter(request: HttpRequest, letter: str) -> HttpResponse:
    page = index.index_page(letter, pages.page_number(request), pages.ENTRIES_PER_PAGE)
    chosen = next((known for known in page.letters if known.key == letter), None)
    if chosen is not None:
        return _index(request, page, letter=chosen)
    if letter.lower() in {known.key for known in page.letters}:
        return pages.moved(reverse("term_letter", args=[letter.lower()]))
    raise pages.NoPage("The index has no such letter.")


def _index(request: HttpRequest, page: index.IndexPage, *, letter: index.Letter | None) -> HttpResponse:
    labels = {known.key: known.label for known in page.letters}
    before, after = _letters_beside(page.letters, letter)
    context = {
        "title": f"Terms under {letter.label}" if letter else "All terms, A–Z",
        "letter": letter,
        "letters": page.letters,
        "letters_total": sum(known.count for known in page.letters),
        "current": letter.key if letter else "all",
        "groups": [
            {"label": labels[key], "entries": list(entries)}
            for key, entries in itertools.groupby(page.entries, key=lambda entry: entry.letter)
        ],
        "guide_words": list(dict.fromkeys(entry.text for entry in (page.entries[:1] + page.entries[-1:]))),
        "pager": pages.pager(request, page.total, pages.ENTRIES_PER_PAGE),
        "letter_before": before,
        "letter_after": after,
    }
    return render(request, "terms/term_list.html", context)


def _letters_beside(
    letters: Sequence[index.Letter], letter: index.Letter | None
) -> tuple[index.Letter | None, index.Letter | None]:
    """Return the letters before and after this one that have entries; none where there is no letter."""
    if letter is None:
        return None, None
    at = letters.index(letter)
    before = (known for known in reversed(letters[:at]) if known.count)
    after = (known for known in letters[at + 1 :] if known.count)
    return next(before, None), next(after, None)


# --- Numbers -------------------------------------------------------------------------------------

_RECENT_DAYS = 30


@pages.public_page
def about(request: HttpRequest) -> HttpResponse:
    changed = Term.objects.published().order_by("-updated_at").values_list("updated_at", flat=True)
    today = timezone.localdate()
    context = {
        "numbers": publishing.counted(f"numbers-of-{today}", _numbers),
        "last_change": publishing.counted("last-change", changed.first),
        "example": term_of_the_day(today),
    }
    return render(request, "terms/about.html", context)


def _numbers() -> list[tuple[str, int]]:
    terms = Term.objects.published().order_by()
    counts = dict(terms.values_list("status").annotate(count=Count("pk")))
    public = terms.values("pk")
    names = Alias.objects.filter(term__in=public).exclude(kind=Alias.Kind.HIDDEN).order_by()
    own = settings.LANGUAGE_CODE.lower()
    languages = {language.lower() for language in names.values_list("language", flat=True).distinct()}
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    recent = AskedChanges("", None).of_all_kinds().filter(at__gte=since - timedelta(days=_RECENT_DAYS))
    return [
        ("Terms", sum(counts.values())),
        ("Versions", terms.aggregate(versions=Sum("version"))["versions"] or 0),
        ("Deprecated", counts.get(Term.Status.DEPRECATED, 0)),
        ("Other names", names.count()),
        ("Languages", len(languages - {""} | {own})),
        ("Tags", Tag.objects.of_public_terms().count()),
        ("Sources named", Source.objects.filter(term__in=public).count()),
        (f"Changes in {_RECENT_DAYS} days", recent.count()),
    ]
