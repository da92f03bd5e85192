"""Names found in running text. Links are made while a page is made, never stored in a text:
a new name, a rename or a merge needs no text to be rendered again."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import Q
from django.utils.safestring import SafeString

from . import markup, publishing, text
from .models import Alias, IndexChange, Term, term_address

_SHORT_FORMS = {Alias.Kind.ACRONYM, Alias.Kind.ABBREVIATION}
_ONLY_BY_FORCE = {Alias.Kind.MISSPELLING, Alias.Kind.TRANSLATION}

# The words of texts are few, and come again on every page.
_key_of_sign = lru_cache(maxsize=20_000)(text.name_key)
_key_of_name = lru_cache(maxsize=10_000)(text.name_key)


def link(term: Term) -> SafeString:
    """Return the definition of a public term with the names of other terms linked."""
    return link_html(SafeString(term.definition_html), skip=[term.public_id])


def link_html(html: SafeString, *, skip: list[str], mark_unknown: bool = False) -> SafeString:
    """Return rendered HTML with names linked, but for those of the terms in `skip`.

    With `mark_unknown` names in double brackets that lead nowhere are marked.
    """
    return markup.link_terms(html, lookup(), key=_key_of_sign, skip=skip, mark_unknown=mark_unknown)


def short_definition(full_name: str, public_id: str) -> str:
    """Return the sentence that a public term begins with, for a link to it outside running text.

    Empty where the name alone does not lead to this term.
    """
    target = lookup().get(_key_of_name(full_name))
    return target.title if target is not None and target.public_id == public_id else ""


def preview(markdown: str, *, term: Term | None) -> SafeString:
    """Return a text as readers of this term would see it, its names linked; for those who write it."""
    html = publishing.render(markdown, prefix="preview").html
    return link_html(html, skip=[term.public_id] if term else [], mark_unknown=True)


# --- The table of names --------------------------------------------------------------------------


class _Standing(NamedTuple):
    """How a name stands for its term: what `markup.Target` says of a name, and whether it is its own."""

    is_alias: bool
    only_by_force: bool
    spelling: str = ""


class _Names(NamedTuple):
    """A public term and its names; kept small, because there may be a million of them."""

    facts: bytes  # public id, slug, full name and short definition, a line each
    keys: tuple[str, ...]
    standings: tuple[_Standing, ...]


_AS_BELOW: Any = object()
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Layers(Generic[_Key, _Value]):
    """A dictionary that never changes, and of which a changed copy costs no more than the changes."""

    def __init__(self, below: dict[_Key, _Value], above: dict[_Key, _Value | None] | None = None) -> None:
        self._below = below
        self._above = above or {}

    def get(self, key: _Key) -> _Value | None:
        value = self._above.get(key, _AS_BELOW)
        return self._below.get(key) if value is _AS_BELOW else value

    def changed(self, changes: Mapping[_Key, _Value | None]) -> _Layers[_Key, _Value]:
        """Return a copy with these values; None takes a key away."""
        above = {**self._above, **changes}
        if len(above) <= max(1_000, len(self._below) // 50):
            return _Layers(self._below, above)
        return _Layers({key: value for key, value in {**self._below, **above}.items() if value is not None})


class NameTable:
    """The keys of all public names, each with the one term it leads to. It never changes.

    A name of several terms leads to none of them; with its qualifier in brackets it does. A name
    goes before an alias: a new synonym takes no links away from the term that is called so.
    """

    def __init__(
        self,
        terms: _Layers[int, _Names],
        holders: _Layers[str, int | tuple[int, ...]],
        reaches: _Layers[str, int],
    ) -> None:
        self._terms = terms
        self._holders = holders  # the ids of the terms that have a name
        self._reaches = reaches

    @classmethod
    def read(cls) -> NameTable:
        """Return the table of all names that are public in the state that is read."""
        terms: dict[int, _Names] = {}
        holders: dict[str, int | tuple[int, ...]] = {}
        reaches: dict[str, int] = {}
        for pk, names in _read_names():
            terms[pk] = names
            for key in names.keys:
                holders[key] = (*_as_tuple(holders[key]), pk) if key in holders else pk
                _reach_further(reaches, key)
        return cls(_Layers(terms), _Layers(holders), _Layers(reaches))

    def followed(self, changed: Collection[int]) -> NameTable:
        """Return the table after the names of these terms were read again."""
        fresh = dict(_read_names(changed))
        holders: dict[str, set[int]] = {}
        for pk in changed:
            for now, names in ((False, self._terms.get(pk)), (True, fresh.get(pk))):
                for key in names.keys if names else ():
                    ids = holders.setdefault(key, set(_as_tuple(self._holders.get(key))))
                    ids.add(pk) if now else ids.discard(pk)
        return NameTable(
            self._terms.changed({pk: fresh.get(pk) for pk in changed}),
            self._holders.changed({key: _as_few(ids) for key, ids in holders.items()}),
            self._reaches.changed(self._further(key for key, ids in holders.items() if ids)),
        )

    def get(self, key: str) -> markup.Target | None:
        holders = self._holders.get(key)
        if holders is None:
            return None
        held = list(self._held(key, holders))
        leading = [one for one in held if not one[1].is_alias] or held
        if len(leading) != 1:
            return None
        [(names, standing)] = leading
        public_id, slug, name, title = names.facts.decode().split("\n", 3)
        return markup.Target(
            url=term_address(slug),
            name=name,
            title=title,
            public_id=public_id,
            spelling=standing.spelling,
            only_by_force=standing.only_by_force,
        )

    def reach(self, sign: str) -> int:
        """Return how many signs the longest name has that begins with this one; 0 if none does.

        It may say too many, where the longest has gone.
        """
        return self._reaches.get(sign) or 0

    def _held(self, key: str, holders: int | tuple[int, ...]) -> Iterator[tuple[_Names, _Standing]]:
        """Yield the terms that have a name with this key, and how it stands for each."""
        for names in filter(None, map(self._terms.get, _as_tuple(holders))):
            yield names, names.standings[names.keys.index(key)]

    def _further(self, keys: Iterable[str]) -> dict[str, int]:
        reaches: dict[str, int] = {}
        for key in keys:
            _reach_further(reaches, key)
        return {sign: reach for sign, reach in reaches.items() if reach > self.reach(sign)}


def _as_tuple(holders: int | tuple[int, ...] | None) -> tuple[int, ...]:
    if holders is None:
        return ()
    return (holders,) if isinstance(holders, int) else holders


def _as_few(ids: Collection[int]) -> int | tuple[int, ...] | None:
    return tuple(ids) if len(ids) > 1 else next(iter(ids), None)


def _reach_further(reaches: dict[str, int], key: str) -> None:
    signs = markup.signs_of(key)
    reaches[signs[0]] = max(reaches.get(signs[0], 0), len(signs))


# --- Reading the names ---------------------------------------------------------------------------

_AT_ONCE = 1_000
_COLUMNS = (
    "public_id",
    "slug",
    "short_definition",
    "links_itself",
    "name",
    "name_key",
    "qualifier",
    "qualifier_key",
)


def _read_names(term_ids: Collection[int] | None = None) -> Iterator[tuple[int, _Names]]:
    """Yield the ids and names of all public terms, or of these: terms and aliases side by side, so that
    not all rows are in memory at once."""
    terms = Term.objects.published()
    aliases = Alias.objects.exclude(kind=Alias.Kind.HIDDEN)
    if term_ids is not None:
        terms, aliases = terms.filter(pk__in=term_ids), aliases.filter(term__in=term_ids)
    alias_rows = aliases.order_by("term_id").values_list("term_id", "name_key", "text", "kind")
    groups = groupby(alias_rows.iterator(_AT_ONCE), key=itemgetter(0))
    owner, group = next(groups, _NO_GROUP)
    for pk, *columns in terms.order_by("pk").values_list("pk", *_COLUMNS).iterator(_AT_ONCE):
        while owner < pk:  # its term is not public
            owner, group = next(groups, _NO_GROUP)
        yield pk, _names(*columns, aliases=group if owner == pk else ())


_NO_GROUP: tuple[float, Iterable[Any]] = (inf, ())


def _names(
    public_id: str,
    slug: str,
    title: str,
    links_itself: bool,
    name: str,
    key: str,
    qualifier: str,
    qualifier_key: str,
    *,
    aliases: Iterable[tuple[int, str, str, str]],
) -> _Names:
    standings = {}
    for _, alias_key, alias, kind in aliases:
        is_short = kind in _SHORT_FORMS
        spelling = alias if is_short else _exact_spelling(alias)
        # Two letters stand for too many things: L2 is a cache here and a norm there.
        by_force = kind in _ONLY_BY_FORCE or (is_short and len(alias_key) < 3)
        standings[alias_key] = _Standing(is_alias=True, only_by_force=by_force, spelling=spelling)
    if qualifier_key:
        standings[f"{key} ({qualifier_key})"] = _Standing(is_alias=False, only_by_force=True)
    standings[key] = _Standing(is_alias=False, only_by_force=False, spelling=_exact_spelling(name))
    full_name = text.full_name(name, qualifier)
    return _Names(
        f"{public_id}\n{slug}\n{full_name}\n{title}".encode(),
        tuple(standings),
        _shared(
            tuple(
                standing._replace(only_by_force=True) if not links_itself or len(spelt) < 2 else standing
                for spelt, standing in standings.items()
            )
        ),
    )


@lru_cache(maxsize=1_000)
def _shared(standings: tuple[_Standing, ...]) -> tuple[_Standing, ...]:
    """Return the same object for equal values: nearly all terms have one of a few."""
    return standings


def _exact_spelling(name: str) -> str:
    """Return the name when its capitals make it a name: IT is not "it", nor is ZeRO "zero"."""
    return name if " " not in name and any(sign.isupper() for sign in name[1:]) else ""


# --- The tables in memory ------------------------------------------------------------------------

# Pages that are being made while somebody publishes want the table of the state that they read.
_VERSIONS_KEPT = 8


class _Kept:
    """The tables of the last content versions, which all threads of a process share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.tables: dict[int, NameTable] = {}

    def learn(self, version: int) -> NameTable:
        """Read what changed since the last version before this one, or all names if that is not known."""
        earlier = max((known for known in self.tables if known < version), default=None)
        table = _followed(self.tables[earlier], earlier) if earlier is not None else None
        # Without an earlier one, what is known is of a time that this database may never see: it was
        # put back to a backup. A reader that is so late only makes the next one follow from here.
        tables = {**self.tables, version: table} if table else {version: NameTable.read()}
        self.tables = {known: tables[known] for known in sorted(tables)[-_VERSIONS_KEPT:]}
        return self.tables[version]


_kept = _Kept()


def lookup() -> NameTable:
    """Return the table of names of the content version that the caller reads.

    It follows the publications: only the names that changed are read.
    """
    with publishing.one_state() as version:
        table = _kept.tables.get(version)
        if table is None:
            with _kept.lock:
                table = _kept.tables.get(version) or _kept.learn(version)
        return table


def _followed(table: NameTable, version: int) -> NameTable | None:
    """Return the table after all that changed since this version, or None if that is not known any more."""
    # A publication may note its changes under the version before it, which still stands while it works.
    changes = IndexChange.objects.filter(content_version__gte=version)
    # The oldest changes are thrown away: there is none before these, unless it is the very first.
    if not IndexChange.objects.filter(Q(content_version__lt=version) | Q(pk=1)).exists():
        return None
    return table.followed(set(changes.values_list("term_id", flat=True)))
