"""Terms whose names look like a name that somebody types: what to look at before there are two of one.

A hint never forbids anything; what may not be published is for `checking` to say. Every answer is found
by the indexes over the name keys, so that it can be given while the name is being typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any, NamedTuple

from django.db.models import BooleanField, Q, Value
from django.db.models.functions import Length, Replace

from .. import text
from ..models import NAME_LENGTH, Alias, Revision, Term
from .naming import ComparedName, small_difference


@dataclass(frozen=True)
class LookAlike:
    """A term that may be meant already: why, by which of its names, and how surely (0 to 1).

    The reason goes on from the name of the term: “Dropout” + “has the same name”.
    """

    term: Term
    reason: str
    matched: str
    strength: float


def find_like(
    name: str,
    *,
    by: Any,
    qualifier: str = "",
    aliases: Sequence[str] = (),
    exclude: int | None = None,
    limit: int = 5,
) -> list[LookAlike]:
    """Return the terms that have a name like this one, surest first; each once, for its best reason.

    Only what `by` may see, without the long texts. The other names given (`aliases`) count where they
    are the same; `exclude` is the term that is being edited. The name of a merged term leads to the
    term it became; of rejected drafts tells `once_rejected`.
    """
    typed = _typed(Name(name, qualifier, tuple(aliases)))
    labels = _labels_like(typed, by)
    best = _best(typed, labels, _survivors(label.merged_into for label in labels if label.merged_into))
    best.pop(exclude or 0, None)
    return _surest_first(best, by)[: max(limit, 0)]


@dataclass(frozen=True)
class Name:
    """What a new term is to be called."""

    name: str
    qualifier: str = ""
    aliases: tuple[str, ...] = ()


def find_like_many(names: Mapping[int, Name], *, by: Any, limit: int = 3) -> dict[int, list[LookAlike]]:
    """Return for each name, under its number, what `find_like` finds, but for slips of the pen.

    A few queries for hundreds of names: what is looked up are the name, its other names and the usual
    ways to write it, not what is nearly spelt so.
    """
    typed = {number: _typed(name) for number, name in names.items()}
    keys = {number: _usual_keys(one) for number, one in typed.items()}
    labels = _labels_by_key(sorted({key for some in keys.values() for key in some}), by)
    survivors = _survivors(
        label.merged_into for some in labels.values() for label in some if label.merged_into
    )
    best: dict[int, dict[int, _Match]] = {}
    for number, one in typed.items():
        alike = [label for key in keys[number] for label in labels.get(key, ())]
        if alike:
            best[number] = _best(one, alike, survivors)
    terms = _there({term_id for matches in best.values() for term_id in matches}, by)
    return {number: _in_order(matches, terms)[:limit] for number, matches in best.items()}


def once_rejected(name: str, *, by: Any, exclude_term: int | None = None) -> list[Revision]:
    """Return the newest rejected proposals of a new term of this name, three at most.

    People who may not see drafts get their own only. Term, author and reviewer are at hand.
    """
    rejected = Revision.objects.filter(
        state=Revision.State.REJECTED,
        term__name_key=text.name_key(_storable(name)),
        term__version=0,
        term__status__in=[Term.Status.DRAFT, Term.Status.REMOVED],
    )
    if not by.has_perm("terms.view_drafts"):
        rejected = rejected.filter(author=by.pk)
    if exclude_term is not None:
        rejected = rejected.exclude(term=exclude_term)
    return list(rejected.select_related("term", "author", "reviewer").order_by("-decided_at", "-pk")[:3])


def _typed(name: Name) -> _Typed:
    aliases = frozenset(_keys_of(name.aliases))
    return _Typed(_storable(name.name), text.name_key(_storable(name.qualifier)), aliases)


_MOST_ALIASES = 50


def _keys_of(names: Sequence[str]) -> Iterator[str]:
    return filter(None, (text.name_key(_storable(name)) for name in names[:_MOST_ALIASES]))


def _storable(name: str) -> str:
    """Drop what no database stores; what is too long for a name is the name of nothing."""
    name = name.strip()
    return name.encode("utf-8", "ignore").decode("utf-8") if len(name) <= NAME_LENGTH else ""


class _Typed(ComparedName):
    """The name that somebody types, and what else is given with it."""

    def __init__(self, name: str, qualifier_key: str, alias_keys: frozenset[str]) -> None:
        super().__init__(name)
        self.qualifier_key, self.alias_keys = qualifier_key, alias_keys


class _Label(NamedTuple):
    """A name or alias in the database, with the name of its term."""

    term_id: int
    text: str
    qualifier: str
    is_alias: bool
    term_name: str
    merged_into: int | None


# So many names are compared at most: a beginning and an end that more names share tell little.
_CANDIDATES = 200


def _labels_like(typed: _Typed, by: Any) -> list[_Label]:
    """Look up what may be alike, in two queries: names near by must not crowd out those that are the same."""
    same, near = _same_keys(typed), _near(typed)
    labels = _labels(Q(name_key__in=sorted(same)), by) if same else []
    return labels + _labels(near, by) if near else labels


def _labels(condition: Q, by: Any) -> list[_Label]:
    sees_drafts = by.has_perm("terms.view_drafts")
    names: Any = Term.objects.filter(_counts("", sees_drafts))
    aliases: Any = Alias.objects.filter(_counts("term__", sees_drafts))
    if not sees_drafts:
        aliases = aliases.exclude(kind=Alias.Kind.HIDDEN)
    names, aliases = (
        rows.alias(length=Length("name_key"), spaced=Replace("name_key", Value("-"), Value(" ")))
        .filter(condition)
        .order_by()
        for rows in (names, aliases)
    )
    no, yes = Value(False, BooleanField()), Value(True, BooleanField())
    found = names.values_list("pk", "name", "qualifier", no, "name", "merged_into").union(
        aliases.values_list("term", "text", Value(""), yes, "term__name", "term__merged_into"), all=True
    )
    return [_Label(*row) for row in found[:_CANDIDATES]]


# SQLite takes no more than some ten thousand values in one statement.
_KEYS_AT_ONCE = 5_000


def _labels_by_key(keys: Sequence[str], by: Any) -> dict[str, list[_Label]]:
    """Look up the names and aliases under these very keys."""
    sees_drafts = by.has_perm("terms.view_drafts")
    found: dict[str, list[_Label]] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[start : start + _KEYS_AT_ONCE]
        names: Any = Term.objects.filter(_counts("", sees_drafts), name_key__in=some)
        for key, pk, name, qualifier, merged_into in names.values_list(
            "name_key", "pk", "name", "qualifier", "merged_into"
        ):
            found.setdefault(key, []).append(_Label(pk, name, qualifier, False, name, merged_into))
        aliases: Any = Alias.objects.filter(_counts("term__", sees_drafts), name_key__in=some)
        if not sees_drafts:
            aliases = aliases.exclude(kind=Alias.Kind.HIDDEN)
        for key, pk, name, term_name, merged_into in aliases.values_list(
            "name_key", "term", "text", "term__name", "term__merged_into"
        ):
            found.setdefault(key, []).append(_Label(pk, name, "", True, term_name, merged_into))
    return found


def _counts(at: str, sees_drafts: bool) -> Q:
    """Whether the names of a term count. Those of a merged one do, for the term that it became."""
    if sees_drafts:
        return ~Q((f"{at}status", Term.Status.REMOVED))
    once_public = Q((f"{at}status", Term.Status.MERGED), (f"{at}version__gt", 0))
    return Q((f"{at}status__in", Term.PUBLIC_STATUSES)) | once_public


def _same_keys(typed: _Typed) -> set[str]:
    """Return the name keys under which the same name may stand; `_compare` says of each why it is alike."""
    keys = {typed.key, text.fold(typed.key), *typed.alias_keys}
    keys.update(_spellings(typed.words), _orders(typed.words), _orders(typed.key.split(" ")), typed.initials)
    return keys - {""}


def _usual_keys(typed: _Typed) -> set[str]:
    """Return the name keys under which the name usually stands: in the singular or plural, with or
    without its hyphens, as the initials of its words."""
    keys = {typed.key, text.fold(typed.key), *typed.alias_keys, *typed.initials}
    if typed.words:
        last = _singular_and_plurals(typed.words[-1])
        keys.update(joint.join([*typed.words[:-1], form]) for joint in _JOINTS for form in last)
    return keys - {""}


# Of more words not every joint and order is tried: five would have 81 and 120.
_MOST_WORDS = 4
_JOINTS = (" ", "-", "")


def _spellings(words: list[str]) -> Iterator[str]:
    """Write the words apart, together and with hyphens, the last one in the singular and in the plural."""
    if not words:
        return
    *first, last = words
    few = len(words) <= _MOST_WORDS
    ways = product(_JOINTS, repeat=len(first)) if few else ((joint,) * len(first) for joint in _JOINTS)
    for way in ways:
        start = "".join(word + joint for word, joint in zip(first, way, strict=True))
        yield from (start + form for form in _singular_and_plurals(last))


def _singular_and_plurals(word: str) -> set[str]:
    forms = {word, word + "s", word + "es", word.removesuffix("s"), word.removesuffix("es")}
    if word.endswith("y"):
        forms.add(word[:-1] + "ies")
    if word.endswith("ies"):
        forms.add(word[:-3] + "y")
    return forms


def _orders(words: list[str]) -> Iterator[str]:
    if 1 < len(words) <= _MOST_WORDS:
        yield from map(" ".join, permutations(word.rstrip(",") for word in words))
    if len(words) > 1:
        yield f"{words[-1]}, {' '.join(words[:-1])}"


_SHORTEST_NEAR = 5
_LONGEST_ACRONYM = 6


def _near(typed: _Typed) -> Q | None:
    """Return the condition for names with a small difference, and for those with these initials."""
    condition = Q()
    if len(typed.key) >= _SHORTEST_NEAR:
        condition |= _nearly_spelt(typed.key)
    if len(typed.words) == 1 and typed.key.isalpha() and 1 < len(typed.key) <= _LONGEST_ACRONYM:
        condition |= _with_initials(typed.key)
    return condition or None


def _nearly_spelt(key: str) -> Q:
    """One small difference leaves the first half of a name whole, or else its second half.

    The first half makes a short range of the index; the second is looked for among the names with the
    same first letter, in the index itself.
    """
    half = len(key) // 2
    length = Q(length__range=(len(key) - 2, len(key) + 2))
    return (_beginning(key[:half]) & length) | (
        _beginning(key[0]) & Q(name_key__endswith=key[half + 1 :]) & length
    )


def _with_initials(acronym: str) -> Q:
    """No index holds initials: the names with the first letter are looked through, in the index itself."""
    condition = _beginning(acronym[0])
    for letter in sorted(set(acronym[1:])):
        condition &= Q(spaced__contains=f" {letter}")
    return condition


def _beginning(start: str) -> Q:
    """Name keys that begin so, as a range: LIKE would use no index on SQLite."""
    return Q(name_key__gte=start, name_key__lt=start + "\U0010ffff")


def _survivors(merged_into: Iterable[int]) -> dict[int, int]:
    """Return for each of these terms the one it became in the end; one query for each merge in a row."""
    asked = layer = set(merged_into)
    leads: dict[int, int] = {}
    while layer:
        merged: Any = Term.objects.filter(pk__in=layer, merged_into__isnull=False)
        found = dict(merged.values_list("pk", "merged_into"))
        leads.update(found)
        layer = set(found.values()) - set(leads)
    return {pk: _end_of(pk, leads) for pk in asked}


def _end_of(pk: int, leads: dict[int, int]) -> int:
    for _ in leads:
        pk = leads.get(pk, pk)
    return pk


class _Match(NamedTuple):
    strength: float
    reason: str
    text: str


def _best(typed: _Typed, labels: Iterable[_Label], survivors: Mapping[int, int]) -> dict[int, _Match]:
    """Return for each term the best reason why it looks like the name."""
    best: dict[int, _Match] = {}
    for label in labels:
        match = _compare(typed, label)
        term_id = survivors[label.merged_into] if label.merged_into else label.term_id
        if match and (term_id not in best or match.strength > best[term_id].strength):
            best[term_id] = match
    return best


def _compare(typed: _Typed, label: _Label) -> _Match | None:
    """Say why a name in the database looks like the typed one, or that it does not."""
    other = ComparedName(label.text)
    found = _same(typed, other, label) or _initials(typed, other, label) or small_difference(typed, other)
    if found is None:
        return None
    strength, reason = found
    # A name before an alias that is as much alike.
    return _Match(strength - 0.02 * label.is_alias, reason, label.text)


def _same(typed: _Typed, other: ComparedName, label: _Label) -> tuple[float, str] | None:
    if other.key != typed.key:
        if other.key not in typed.alias_keys:
            return None
        if label.is_alias:
            return 0.9, f"has “{label.text}” among its other names"
        return 0.9, f"has the name “{label.text}”, which is another name here"
    if label.merged_into:
        return 0.95, f"has absorbed the term “{label.text}”"
    if label.is_alias:
        return 0.95, f"has “{label.text}” among its other names"
    if text.name_key(label.qualifier) == typed.qualifier_key:
        return 1.0, "has the same name"
    if label.qualifier:
        return 0.92, f"has the same name with the qualifier “{label.qualifier}”"
    return 0.92, "has the same name without a qualifier"


def _initials(typed: _Typed, other: ComparedName, label: _Label) -> tuple[float, str] | None:
    if other.key in typed.initials:
        if not label.is_alias:
            return 0.7, "this name’s initials are its name"
        # ML of “Machine learning” is no sign that “Main loop” is meant.
        if other.key not in ComparedName(label.term_name).initials:
            return 0.65, f"this name’s initials are its other name “{label.text}”"
    if typed.key in other.initials:
        return 0.7, "its initials are this name"
    return None


# More are not fetched: initials of two letters may be those of hundreds.
_MOST_FETCHED = 50
_LONG_TEXTS = ("definition", "definition_html", "document", "problems")


def _surest_first(best: dict[int, _Match], by: Any) -> list[LookAlike]:
    surest = sorted(best, key=lambda pk: (-best[pk].strength, pk))[:_MOST_FETCHED]
    return _in_order(best, _there(surest, by))


def _there(term_ids: Iterable[int], by: Any) -> dict[int, Term]:
    there = (
        Term.objects.visible_to(by)
        .exclude(status__in=Term.GONE_STATUSES)
        .exclude(Term.objects.rejected_drafts())
    )
    return there.defer(*_LONG_TEXTS).in_bulk(list(term_ids))


def _in_order(best: Mapping[int, _Match], terms: Mapping[int, Term]) -> list[LookAlike]:
    found = [
        LookAlike(terms[pk], match.reason, match.text, match.strength)
        for pk, match in best.items()
        if pk in terms
    ]
    return sorted(
        found, key=lambda one: (-one.strength, not one.term.is_public, one.term.sort_key, one.term.pk)
    )
