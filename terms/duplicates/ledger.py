"""The ledger of look-alikes: which pairs there are, who may see them, and what was said of them.

A pair stays in the table when one of its terms goes; whoever reads sees only those of which both are there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from .. import text
from ..models import Alias, DuplicatePair, TaggedTerm, Term
from .reading import name_keys

_Verdict = DuplicatePair.Verdict
JUDGED = (_Verdict.DIFFERENT, _Verdict.RELATED, _Verdict.MERGED)
# The verdicts that a name can overturn.
STANDING = (_Verdict.DIFFERENT, _Verdict.RELATED)

_LONG_TEXTS = ("definition", "definition_html", "document", "problems")


def pairs(
    by: Any,
    *,
    suggestion: str | None = None,
    verdict: str | Collection[str] | None = "open",
    tag: str | None = None,
    name: str | None = None,
    method: str | None = None,
    minimum: float = 0.0,
    only_public: bool = False,
    term: int | None = None,
) -> QuerySet[DuplicatePair]:
    """Return the pairs that this person may see, best first, with their terms but without the long texts.

    Of all verdicts with None. `tag` (a slug) and `name` (a part of a name or other name) are those of one
    of the two; `method` is a key of `METHODS`; `term` gives the pairs of one term. Only the editorial staff
    sees any.
    """
    found = _seen_by(by)
    if verdict is not None:
        found = found.filter(verdict__in=[verdict] if isinstance(verdict, str) else list(verdict))
    if suggestion:
        found = found.filter(suggestion=suggestion)
    if minimum:
        found = found.filter(score__gte=minimum)
    if method:
        found = found.filter(methods__contains=f" {method} ")
    if only_public:
        found = found.filter(first__status__in=Term.PUBLIC_STATUSES, second__status__in=Term.PUBLIC_STATUSES)
    if term is not None:
        found = found.filter(Q(first=term) | Q(second=term))
    if tag:
        found = found.filter(_one_has(TaggedTerm.objects.filter(tag__slug=tag), "content_object"))
    if name:
        found = found.filter(_one_is_called(text.name_key(name)))
    return with_terms(found).order_by("-score", "pk")


def to_judge() -> QuerySet[DuplicatePair]:
    """Return the open pairs, to merge or to relate, best first: for commands, no right is asked."""
    return with_terms(_there().filter(verdict=_Verdict.OPEN)).order_by("-score", "pk")


def _there() -> QuerySet[DuplicatePair]:
    gone = Term.GONE_STATUSES
    both_there = ~Q(first__status__in=gone) & ~Q(second__status__in=gone)
    # Of merged terms one is always gone.
    return DuplicatePair.objects.filter(both_there | Q(verdict=_Verdict.MERGED))


def _seen_by(by: Any) -> QuerySet[DuplicatePair]:
    return _there() if by.has_perm("terms.view_drafts") else DuplicatePair.objects.none()


def with_terms(found: QuerySet[DuplicatePair]) -> QuerySet[DuplicatePair]:
    """Return the pairs with their terms, but without the long texts of these, and with who judged."""
    heavy = [f"{side}__{column}" for side in ("first", "second") for column in _LONG_TEXTS]
    return found.select_related("first", "second", "judged_by").defer(*heavy)


def _one_has(rows: QuerySet[Any], column: str) -> Q:
    first, second = (Exists(rows.filter(**{column: OuterRef(side)})) for side in ("first", "second"))
    return Q(first) | Q(second)


def _one_is_called(key: str) -> Q:
    by_name = Q(first__name_key__contains=key) | Q(second__name_key__contains=key)
    return by_name | _one_has(Alias.objects.filter(name_key__contains=key), "term")


@dataclass(frozen=True)
class Counts:
    """How many pairs are in which list: `open` ones to merge perhaps, `related` ones to relate perhaps."""

    open: int
    related: int
    later: int
    judged: int


def counts(by: Any) -> Counts:
    """Count what this person sees in each list."""
    merge, relate = DuplicatePair.Suggestion.MERGE, DuplicatePair.Suggestion.RELATE
    return Counts(
        **_seen_by(by).aggregate(
            open=Count("pk", filter=Q(verdict=_Verdict.OPEN, suggestion=merge)),
            related=Count("pk", filter=Q(verdict=_Verdict.OPEN, suggestion=relate)),
            later=Count("pk", filter=Q(verdict=_Verdict.LATER)),
            judged=Count("pk", filter=Q(verdict__in=JUDGED)),
        )
    )


# --- Groups --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cluster:
    """Terms that hang together by pairs, those with the most evidence first; `score` is the best one's."""

    terms: tuple[Term, ...]
    pairs: tuple[DuplicatePair, ...]
    score: float


def clusters(pairs: Iterable[DuplicatePair]) -> list[Cluster]:
    """Group pairs that share terms: all that may be one concept together, the biggest evidence first."""
    rows = list(pairs)
    leads: dict[int, int] = {}
    for pair in rows:
        ends = sorted({_head(pair.first_id, leads), _head(pair.second_id, leads)})
        leads[ends[-1]] = ends[0]
    groups: dict[int, list[DuplicatePair]] = defaultdict(list)
    for pair in rows:
        groups[_head(pair.first_id, leads)].append(pair)
    found = [_cluster(group) for group in groups.values()]
    return sorted(
        found, key=lambda one: (-one.score, -len(one.pairs), one.terms[0].sort_key, one.terms[0].pk)
    )


def _head(pk: int, leads: dict[int, int]) -> int:
    """Return the term that stands for the group, and shorten the way to it."""
    head = pk
    while leads.setdefault(head, head) != head:
        head = leads[head]
    while leads[pk] != head:
        pk, leads[pk] = leads[pk], head
    return head


def _cluster(group: list[DuplicatePair]) -> Cluster:
    terms: dict[int, Term] = {}
    evidence: dict[int, float] = defaultdict(float)
    for pair in group:
        for term in (pair.first, pair.second):
            terms[term.pk] = term
            evidence[term.pk] += pair.score
    in_order = sorted(terms.values(), key=lambda term: (-evidence[term.pk], term.sort_key, term.pk))
    best_first = sorted(group, key=lambda pair: (-pair.score, pair.pk or 0))
    return Cluster(tuple(in_order), tuple(best_first), best_first[0].score)


# --- Verdicts ------------------------------------------------------------------------------------


def lock(pair_ids: Iterable[int]) -> list[DuplicatePair]:
    """Lock these pairs, in the order of their ids, and return them fresh with their terms.

    The terms come first, ordered by id too: a merge holds them while it settles its pairs.
    """
    ids = list(pair_ids)
    ends = DuplicatePair.objects.filter(pk__in=ids).values_list("first", "second")
    terms = {term.pk: term for term in Term.objects.lock(*{pk for both in ends for pk in both})}
    # Of itself only: who judged may be nobody, and no database locks what is not there.
    rows = DuplicatePair.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    found = list(rows.select_related("judged_by"))
    for pair in found:
        pair.first, pair.second = terms[pair.first_id], terms[pair.second_id]
    return found


def lock_among(term_ids: Collection[int]) -> dict[tuple[int, int], DuplicatePair]:
    """Lock the pairs that lie among these terms, which the caller holds, and return them by their terms."""
    found: dict[tuple[int, int], DuplicatePair] = {}
    ids = sorted(term_ids)
    for start in range(0, len(ids), _AT_ONCE):
        rows = DuplicatePair.objects.filter(first__in=ids[start : start + _AT_ONCE]).order_by("pk")
        for pair in rows.select_related("judged_by").select_for_update(of=("self",)):
            found[pair.first_id, pair.second_id] = pair
    return found


_AT_ONCE = 1_000


def write(pairs: Iterable[DuplicatePair], verdict: str, *, by: Any, because: str = "") -> None:
    """Write what somebody says now of these pairs; the caller holds them. `open` takes back what was said."""
    rows = list(pairs)
    names = name_keys({pk for pair in rows for pk in (pair.first_id, pair.second_id)})
    now = timezone.now()
    for pair in rows:
        called = [names[pair.first_id], names[pair.second_id]]
        write_one(pair, verdict, by=by, because=because, at=now, names_then=called)


def write_one(
    pair: DuplicatePair, verdict: str, *, by: Any, because: str, at: datetime, names_then: list[list[str]]
) -> None:
    """Write what somebody said of a pair at some time, when its terms were called so."""
    pair.verdict, pair.because = verdict, because
    pair.reasons = [reason for reason in pair.reasons if reason != pair.reopened]
    pair.reopened = ""
    if verdict == _Verdict.OPEN:
        pair.judged_by, pair.judged_at, pair.names_then = None, None, []
    else:
        pair.judged_by, pair.judged_at, pair.names_then = by, at, names_then
    pair.save()
