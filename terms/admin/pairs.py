"""Pairs of look-alikes as the desk shows them: in lists, in groups, with what a verdict needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from .. import duplicates, markup
from ..models import DuplicatePair, Merge, Term

_Verdict, _Suggestion = DuplicatePair.Verdict, DuplicatePair.Suggestion
_IS_JUDGED = (_Verdict.DIFFERENT, _Verdict.RELATED, _Verdict.MERGED)

# --- Which lists there are, and what is asked of them ---------------------------------------------

TO_JUDGE, RELATED, LATER, JUDGED = "", "related", "later", "judged"
LISTS: Mapping[str, str] = {
    TO_JUDGE: "To judge",
    RELATED: "Perhaps related",
    LATER: "Later",
    JUDGED: "Judged",
}
# How strong the evidence is, from this score on.
STRENGTHS: tuple[tuple[float, str], ...] = (
    (0.9, "Very strong"),
    (0.75, "Strong"),
    (0.5, "Fair"),
    (0.25, "Weak"),
    (0.0, "Faint"),
)
ONLY: Mapping[str, str] = {"": "Drafts and published", "public": "Published only"}


@dataclass(frozen=True)
class Asked:
    """Which of the pairs somebody wants to see; what is not known means all of them."""

    show: str = TO_JUDGE
    name: str = ""
    tag: str = ""
    method: str = ""
    least: str = ""
    only: str = ""

    @classmethod
    def read(cls, data: Mapping[str, str]) -> Asked:
        """Read it from an address."""
        given = {name: data.get(name, "").replace("\0", "").strip()[:200] for name in cls.__annotations__}
        for name, known in (
            ("show", LISTS),
            ("method", duplicates.METHODS),
            ("least", {str(score) for score, _ in STRENGTHS}),
            ("only", ONLY),
        ):
            given[name] = given[name] if given[name] in known else ""
        return cls(**given)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the list is asked for."""
        return bool(self.name or self.tag or self.method or self.least or self.only)

    def query(self, **other: Any) -> str:
        """Return it as the end of an address, with this changed."""
        wanted = {**vars(self), **other}
        end = urlencode({name: value for name, value in wanted.items() if value})
        return f"?{end}" if end else ""


def asked_for(asked: Asked, *, by: Any) -> QuerySet[DuplicatePair]:
    """Return the pairs of a list, best first; of what is judged, the last verdict first."""
    found = duplicates.pairs(
        by,
        **_in_list(asked.show),
        tag=asked.tag or None,
        name=asked.name or None,
        method=asked.method or None,
        minimum=float(asked.least or 0),
        only_public=asked.only == "public",
    )
    return found.order_by("-judged_at", "-pk") if asked.show == JUDGED else found


def _in_list(show: str) -> dict[str, Any]:
    if show == LATER:
        return {"verdict": _Verdict.LATER}
    if show == JUDGED:
        return {"verdict": _IS_JUDGED}
    suggestion = _Suggestion.RELATE if show == RELATED else _Suggestion.MERGE
    return {"verdict": _Verdict.OPEN, "suggestion": suggestion}


# --- As they are shown ---------------------------------------------------------------------------

_EXCERPT_LENGTH = 240
# More of a group would fill the page; they come up when the first are judged.
MOST_IN_GROUP = 30
_MOST_PAIRS_OF_GROUP = 30
_REASONS_OF_GROUP = 4


@dataclass(frozen=True)
class Side:
    """A term beside the one it looks like."""

    term: Term

    @property
    def excerpt(self) -> str:
        """The beginning of what the text says."""
        plain = self.term.short_definition or markup.to_plain_text(self.term.definition[:800])
        return "".join(piece for piece, _ in markup.excerpt(plain, None, _EXCERPT_LENGTH))

    @property
    def names(self) -> list[str]:
        """The other names that it has; misspellings and what is hidden as well."""
        return [alias.text for alias in self.term.aliases.all()]

    @property
    def tags(self) -> list[str]:
        return sorted((tag.name for tag in self.term.tags.all()), key=str.casefold)

    @property
    def words(self) -> int:
        """How many words the definition has."""
        return len(self.term.definition.split())


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """What stands in the list as one; `next` is the place where to go on after it."""

    sides: tuple[Side, ...]
    next: str = ""

    @property
    def names(self) -> str:
        """What the terms are called, each name once."""
        *first, last = dict.fromkeys(side.term.full_name for side in self.sides)
        said = f"{', '.join(first)} and {last}" if first else last
        return said if len(first) + 1 == len(self.sides) else f"{said} ({len(self.sides)} terms)"

    @property
    def merge_at(self) -> str:
        return workbench([side.term for side in self.sides])


@dataclass(frozen=True, kw_only=True)
class ShownPair(_Entry):
    """A pair as the pages show it; `operation` is the merge that made one of the two."""

    pair: DuplicatePair
    operation: int | None = None

    is_group = False

    @property
    def key(self) -> str:
        return f"pair-{self.pair.pk}"

    @property
    def ids(self) -> str:
        return str(self.pair.pk)

    @property
    def score(self) -> float:
        return self.pair.score

    @property
    def strength(self) -> str:
        return _strength(self.pair.score)

    @property
    def degree(self) -> int:
        return _degree(self.pair.score)

    @property
    def reasons(self) -> list[str]:
        return list(self.pair.reasons)

    @property
    def judged(self) -> str:
        """The verdict in a word; nothing while there is none."""
        return "" if self.pair.verdict == _Verdict.OPEN else self.pair.get_verdict_display()

    @property
    def is_near(self) -> bool:
        """Whether the two are thought to be only related."""
        return self.pair.suggestion == _Suggestion.RELATE

    @property
    def is_put_off(self) -> bool:
        return self.pair.verdict == _Verdict.LATER

    @property
    def may_be_judged(self) -> bool:
        return self.pair.verdict in {_Verdict.OPEN, _Verdict.LATER}

    @property
    def may_be_taken_back(self) -> bool:
        return self.pair.verdict in {_Verdict.DIFFERENT, _Verdict.RELATED, _Verdict.LATER}

    @property
    def may_be_chosen(self) -> bool:
        return self.pair.verdict != _Verdict.MERGED

    @property
    def undo_at(self) -> str:
        return reverse("admin:terms_operation_undo", args=[self.operation]) if self.operation else ""


@dataclass(frozen=True, kw_only=True)
class ShownGroup(_Entry):
    """Three and more terms that hang together, with the pairs among those of them that are shown.

    What is said of the group is said of these pairs: nobody judges what they have not seen.
    """

    every_pair: tuple[ShownPair, ...]
    more_members: int
    score: float

    is_group = True
    may_be_judged = may_be_chosen = True
    may_be_taken_back = is_put_off = is_near = False
    undo_at = ""

    @property
    def key(self) -> str:
        return f"group-{min(side.term.pk for side in self.sides)}"

    @property
    def pairs(self) -> tuple[ShownPair, ...]:
        """The surest pairs, which are listed one by one."""
        return self.every_pair[:_MOST_PAIRS_OF_GROUP]

    @property
    def count(self) -> int:
        return len(self.every_pair)

    @property
    def ids(self) -> str:
        return ",".join(one.ids for one in self.every_pair)

    @property
    def strength(self) -> str:
        return _strength(self.score)

    @property
    def degree(self) -> int:
        return _degree(self.score)

    @property
    def reasons(self) -> list[str]:
        """The first reason of each of the surest pairs."""
        firsts = (reason for one in self.every_pair for reason in one.reasons[:1])
        return list(dict.fromkeys(firsts))[:_REASONS_OF_GROUP]


def _strength(score: float) -> str:
    return next(label for least, label in STRENGTHS if score >= least)


def _degree(score: float) -> int:
    return sum(score >= least for least, _ in STRENGTHS)


def workbench(terms: Sequence[Term], *, back: str = "") -> str:
    """Return where these terms are merged: the one that readers know best is offered to be kept.

    `back` is the address to which one comes from there.
    """
    in_order = sorted(terms, key=_how_new)
    ids = [term.public_id for term in in_order]
    wanted = {"kept": ids[:1], "absorbed": ids[1:], "next": [back] if back else []}
    return f"{reverse('admin:terms_term_merge')}?{urlencode(wanted, doseq=True)}"


def _how_new(term: Term) -> tuple[int, int]:
    order = (Term.Status.PUBLISHED, Term.Status.DEPRECATED, Term.Status.DRAFT)
    return order.index(Term.Status(term.status)) if term.status in order else len(order), term.pk


def shown(clusters: Iterable[duplicates.Cluster]) -> list[ShownPair | ShownGroup]:
    """Return groups of terms, and pairs that stand alone, as the list shows them."""
    clusters = list(clusters)
    sides = _sides(term.pk for cluster in clusters for term in cluster.terms[:MOST_IN_GROUP])
    entries: list[ShownPair | ShownGroup] = []
    for cluster in clusters:
        pairs = _in_a_row(_pairs(cluster.pairs, sides))
        if len(cluster.terms) == 2:
            entries += pairs
        else:
            entries.append(_group(cluster, pairs, sides))
    return _in_a_row(entries)


def shown_pairs(pairs: Iterable[DuplicatePair]) -> list[ShownPair]:
    """Return pairs as the lists show them, each for itself."""
    pairs = list(pairs)
    sides = _sides(pk for pair in pairs for pk in (pair.first_id, pair.second_id))
    merges = _merges(pair for pair in pairs if pair.verdict == _Verdict.MERGED)
    return _in_a_row([replace(one, operation=merges.get(one.pair.pk)) for one in _pairs(pairs, sides)])


def _sides(ids: Iterable[int]) -> dict[int, Side]:
    terms: Any = Term.objects.defer("definition_html", "document", "problems")
    found = terms.prefetch_related("aliases", "tags").in_bulk(list(set(ids)))
    return {pk: Side(term) for pk, term in found.items()}


def _pairs(pairs: Iterable[DuplicatePair], sides: Mapping[int, Side]) -> list[ShownPair]:
    return [
        ShownPair(sides=(sides[pair.first_id], sides[pair.second_id]), pair=pair)
        for pair in pairs
        if pair.first_id in sides and pair.second_id in sides
    ]


def _group(cluster: duplicates.Cluster, pairs: Sequence[ShownPair], sides: Mapping[int, Side]) -> ShownGroup:
    members = tuple(sides[term.pk] for term in cluster.terms if term.pk in sides)
    return ShownGroup(
        sides=members,
        every_pair=tuple(pairs),
        more_members=len(cluster.terms) - len(members),
        score=cluster.score,
    )


_Shown = TypeVar("_Shown", ShownPair, ShownPair | ShownGroup)


def _in_a_row(entries: Sequence[_Shown]) -> list[_Shown]:
    """Let each know the one after it."""
    following = [*(entry.key for entry in entries[1:]), ""]
    return [replace(entry, next=key) for entry, key in zip(entries, following, strict=False)]


def _merges(pairs: Iterable[DuplicatePair]) -> dict[int, int]:
    """Return for each pair the operation in which one of the two went into the other."""
    by_terms = {frozenset((pair.first_id, pair.second_id)): pair.pk for pair in pairs}
    ids = {pk for terms in by_terms for pk in terms}
    rows = Merge.objects.filter(is_undone=False, absorbed__in=ids, kept__in=ids)
    return {
        by_terms[frozenset((merge.kept_id, merge.absorbed_id))]: merge.operation_id
        for merge in rows
        if frozenset((merge.kept_id, merge.absorbed_id)) in by_terms
    }


# --- Beside a term -------------------------------------------------------------------------------

_BESIDE_A_TERM = 6


@dataclass(frozen=True)
class LookAlike:
    """What a term looks like, as its own page says it."""

    pair: DuplicatePair
    other: Term

    @property
    def reason(self) -> str:
        return self.pair.reasons[0] if self.pair.reasons else ""


def of_term(term: Term, *, by: Any) -> list[LookAlike]:
    """Return the surest open pairs of a term."""
    pairs = duplicates.pairs(by, verdict=(_Verdict.OPEN, _Verdict.LATER), term=term.pk)
    others = [
        (pair, pair.second if pair.first_id == term.pk else pair.first) for pair in pairs[:_BESIDE_A_TERM]
    ]
    return [LookAlike(pair, other) for pair, other in others]


def numbers(values: Iterable[str]) -> Iterator[int]:
    """Yield the numbers of pairs that a form sent: `12`, and `12,13` for those of a group."""
    for value in values:
        yield from (int(part) for part in value.split(",") if part.isdecimal() and len(part) < 19)
