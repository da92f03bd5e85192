"""Names found in running text. Links are made while a page is made, never stored in a text:
a new name, a rename or a merge needs no text to be rendered again."""

from __future__ import annotations

import threading
from typing import NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString

from . import markup, publishing, text
from .models import Alias, Term

_SHORT_FORMS = {Alias.Kind.ACRONYM, Alias.Kind.ABBREVIATION}
_ONLY_BY_FORCE = {Alias.Kind.MISSPELLING, Alias.Kind.TRANSLATION}


def link(term: Term) -> SafeString:
    """Return the definition of a public term with the names of other terms linked."""
    return link_html(SafeString(term.definition_html), skip=[term.public_id])


def link_html(html: SafeString, *, skip: list[str], mark_unknown: bool = False) -> SafeString:
    """Return rendered HTML with names linked, but for those of the terms in `skip`.

    With `mark_unknown` names in double brackets that lead nowhere are marked.
    """
    return markup.link_terms(html, lookup(), key=text.name_key, skip=skip, mark_unknown=mark_unknown)


def preview(markdown: str, *, term: Term | None) -> SafeString:
    """Return a text as readers of this term would see it, its names linked; for those who write it."""
    html = publishing.render(markdown, prefix="preview").html
    return link_html(html, skip=[term.public_id] if term else [], mark_unknown=True)


# Slug, short definition, public id of a term, and whether its names become links by themselves.
_Facts = tuple[str, str, str, bool]


class _Name(NamedTuple):
    """What a name key leads to; kept as plain values, because there may be a million of them."""

    slug: str
    title: str
    public_id: str
    spelling: str
    only_by_force: bool


class NameTable:
    """The keys of all public names, each with the one term it leads to.

    A name of several terms leads to none of them; with its qualifier in brackets it does. A name
    goes before an alias: a new synonym takes no links away from the term that is called so.
    """

    def __init__(self) -> None:
        self.longest = 1
        self._names: dict[str, _Name | None] = {}
        terms = {
            pk: (slug or "", title, public_id, links)
            for pk, slug, title, public_id, links in Term.objects.published().values_list(
                "pk", "slug", "short_definition", "public_id", "links_itself"
            )
        }
        self._read_names(terms)
        self._own_names = frozenset(self._names)
        self._read_aliases(terms)

    def get(self, key: str) -> markup.Target | None:
        name = self._names.get(key)
        if name is None:
            return None
        return markup.Target(
            url=reverse("term_detail", args=[name.slug]),
            title=name.title,
            public_id=name.public_id,
            spelling=name.spelling,
            only_by_force=name.only_by_force,
        )

    def _read_names(self, terms: dict[int, _Facts]) -> None:
        rows = Term.objects.published().values_list("pk", "name", "name_key", "qualifier_key")
        for pk, name, key, qualifier_key in rows:
            if pk not in terms:
                continue  # published since the line above; the next reader has it
            self._add(terms[pk], key, spelling=_exact_spelling(name))
            if qualifier_key:
                self._add(terms[pk], f"{key} ({qualifier_key})", only_by_force=True)

    def _read_aliases(self, terms: dict[int, _Facts]) -> None:
        shown = Alias.objects.filter(term__status__in=Term.PUBLIC_STATUSES).exclude(kind=Alias.Kind.HIDDEN)
        for pk, alias, key, kind in shown.values_list("term", "text", "name_key", "kind"):
            if pk in terms and key not in self._own_names:
                is_short = kind in _SHORT_FORMS
                self._add(
                    terms[pk],
                    key,
                    spelling=alias if is_short else _exact_spelling(alias),
                    # Two letters stand for too many things: L2 is a cache here and a norm there.
                    only_by_force=kind in _ONLY_BY_FORCE or (is_short and len(key) < 3),
                )

    def _add(
        self,
        term: _Facts,
        key: str,
        *,
        spelling: str = "",
        only_by_force: bool = False,
    ) -> None:
        slug, title, public_id, links_itself = term
        name = _Name(slug, title, public_id, spelling, only_by_force or not links_itself or len(key) < 2)
        known = self._names.get(key, name)
        self._names[key] = name if known is not None and known.public_id == public_id else None
        self.longest = max(self.longest, text.word_count(key))


def _exact_spelling(name: str) -> str:
    """Return the name when its capitals make it a name: IT is not "it", nor is ZeRO "zero"."""
    return name if any(sign.isupper() for sign in name[1:]) and " " not in name else ""


class _Kept:
    """The table that all threads of a process share, and the content version it was read at."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.version = -1
        self.table: NameTable


_kept = _Kept()


def lookup() -> NameTable:
    """Return the table of names as of the present content version, read again when that moved."""
    version = publishing.content_version()
    with _kept.lock:
        if _kept.version != version:
            _kept.table, _kept.version = NameTable(), version
        return _kept.table
