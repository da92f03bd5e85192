"""Names found in running text. Links are made while a page is made, never stored in a text:
a new name, a rename or a merge needs no text to be rendered again."""

from __future__ import annotations

import threading

from django.urls import reverse
from django.utils.safestring import SafeString

from . import markup, publishing, text
from .models import Alias, Term

_SHORT_FORMS = {Alias.Kind.ACRONYM, Alias.Kind.ABBREVIATION}
_ONLY_BY_FORCE = {Alias.Kind.MISSPELLING, Alias.Kind.TRANSLATION}


def link(term: Term) -> SafeString:
    """Return the definition of a public term with the names of other terms linked."""
    return link_html(SafeString(term.definition_html), skip=[term.public_id])


def link_html(html: SafeString, *, skip: list[str]) -> SafeString:
    """Return rendered HTML with names linked, but for those of the terms in `skip`."""
    return markup.link_terms(html, lookup(), key=text.name_key, skip=skip)


class NameTable:
    """The keys of all public names, each with the one term it leads to.

    A name of several terms leads to none of them; with its qualifier in brackets it does.
    """

    def __init__(self) -> None:
        self.longest = 1
        self._targets: dict[str, markup.Target | None] = {}
        self._read_names()

    def get(self, key: str) -> markup.Target | None:
        return self._targets.get(key)

    def _read_names(self) -> None:
        terms = Term.objects.published().only(
            "name",
            "name_key",
            "qualifier",
            "qualifier_key",
            "slug",
            "short_definition",
            "public_id",
            "links_itself",
        )
        by_id = {term.pk: term for term in terms}
        for term in by_id.values():
            self._add(term, term.name_key, spelling=_exact_spelling(term.name))
            if term.qualifier:
                self._add(term, text.name_key(term.full_name), only_by_force=True)
        aliases = Alias.objects.filter(term__status__in=Term.PUBLIC_STATUSES)
        for alias in aliases.exclude(kind=Alias.Kind.HIDDEN):
            if alias.term_id not in by_id:
                continue  # published since the line above; the next reader has it
            self._add(
                by_id[alias.term_id],
                alias.name_key,
                spelling=alias.text if alias.kind in _SHORT_FORMS else _exact_spelling(alias.text),
                # Two letters stand for too many things: L2 is a cache here and a norm there.
                only_by_force=alias.kind in _ONLY_BY_FORCE
                or (alias.kind in _SHORT_FORMS and len(alias.name_key) < 3),
            )

    def _add(self, term: Term, key: str, *, spelling: str = "", only_by_force: bool = False) -> None:
        target = markup.Target(
            url=reverse("term_detail", args=[term.slug]),
            title=term.short_definition,
            public_id=term.public_id,
            spelling=spelling,
            only_by_force=only_by_force or not term.links_itself or len(key) < 2,
        )
        known = self._targets.get(key, target)
        self._targets[key] = target if known and known.public_id == target.public_id else None
        self.longest = max(self.longest, len(text.words(key)))


def _exact_spelling(name: str) -> str:
    """Return the name when its capitals make it a name: IT is not "it", nor is ZeRO "zero"."""
    return name if any(sign.isupper() for sign in name[1:]) and " " not in name else ""


class _Kept(threading.local):
    version = -1
    table: NameTable


_kept = _Kept()


def lookup() -> NameTable:
    """Return the table of names as of the present content version, read again when that moved."""
    version = publishing.content_version()
    if _kept.version != version:
        _kept.table, _kept.version = NameTable(), version
    return _kept.table
