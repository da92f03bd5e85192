"""All that speaks for and against two terms being one, weighed to a score, its reasons and a suggestion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .contrasts import Contrast, contrast, qualifiers_differ
from .evidence import Evidence
from .facts import Found, Suggestion
from .labels import Names
from .wording import Subject, likeness, numbers_of

# A pair below is not proposed as one concept, or not at all.
_LEAST = 0.5
_LEAST_RELATED = 0.3
# What weighs so much stands against a relation that somebody recorded.
_STRONG = 0.85

# How much texts are about the same, the words of the names aside.
_UNLIKE = 0.07
_ALIKE = 0.15
_MUCH_ALIKE = 0.3
_VERY_ALIKE = 0.46
# Two texts of a line on one concept may well have no word in common.
_ENOUGH_WORDS = 6
_MANY_WORDS = 20

# What could be said of two near things, as long as their names differ in kind.
_WEAK_AGAINST_CONTRAST = frozenset(
    ("ending", "initials", "near_text", "one_letter", "same_text", "shared_alias", "sources", "typo")
)
# What is chance more often than not, unless the texts are about the same.
_NEEDS_LIKE_TEXTS = frozenset(("ending", "one_letter"))


def judged(
    a: int, b: int, evidence: Iterable[Evidence], names: Names, about: dict[int, Subject]
) -> Found | None:
    """Return the pair with its score, or None if too little speaks for it."""
    best = _best_of_each(evidence)
    ours, theirs = names.called[a], names.called[b]
    apart = contrast(ours, theirs)
    texts = _Texts(about.get(a), about.get(b), frozenset(numbers_of([*ours.words, *theirs.words])))
    same = [_weakened(one, apart, texts, names) for one in best if one.same]
    same.extend(_one_thing(a, b, apart, texts, names))
    same.sort(key=lambda one: (-one.strength, one.method))
    score = _weighed(same, None if apart else texts)
    if score < _LEAST:
        return _related(a, b, [*same, *(one for one in best if not one.same)], apart, texts, names)
    if names.are_related(a, b) and same[0].strength < _STRONG:
        return None
    reasons = [(one.reason, one.method) for one in same] + texts.said(same)
    return _found(a, b, score, reasons, "merge")


def _found(a: int, b: int, score: float, reasons: Sequence[tuple[str, str]], suggestion: Suggestion) -> Found:
    sentences, methods = zip(*reasons, strict=True) if reasons else ((), ())
    return Found(a, b, round(score, 4), sentences, suggestion, methods)


def _best_of_each(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return of each method the strongest evidence.

    Texts that are nearly the same say less beside names that are: so are the texts of siblings (nitrate,
    nitrite).
    """
    best: dict[str, Evidence] = {}
    for one in evidence:
        held = best.get(one.method)
        if held is None or (-one.strength, one.reason) < (-held.strength, held.reason):
            best[one.method] = one
    if best.keys() & {"same_text", "one_letter", "other_ending"}:
        best.pop("near_text", None)
    return list(best.values())


class _Texts:
    """How much the definitions of two terms are about the same; None where there is too little of them."""

    def __init__(self, one: Subject | None, other: Subject | None, aside: frozenset[int]) -> None:
        self.length = min(one.length, other.length) if one and other else 0
        self.alike = likeness(one, other, aside) if one and other and self.length >= _ENOUGH_WORDS else None

    @property
    def are_unlike(self) -> bool:
        return self.alike is not None and self.alike < _UNLIKE and self.length >= _MANY_WORDS

    def said(self, same: Sequence[Evidence]) -> list[tuple[str, str]]:
        """Return what an editor should know of the texts, beside the reasons that are there."""
        if any(one.method in ("same_text", "near_text", "same_words") for one in same) or self.alike is None:
            return []
        if self.alike >= _MUCH_ALIKE:
            return [("Their definitions have rare words in common.", "like_texts")]
        if self.are_unlike:
            little = "Their definitions have little in common: there may be two concepts of this name."
            return [(little, "unlike_texts")]
        return []


def _weakened(one: Evidence, apart: Contrast | None, texts: _Texts, names: Names) -> Evidence:
    if one.method in _NEEDS_LIKE_TEXTS and texts.alike is not None and texts.alike < _ALIKE:
        return one._replace(strength=one.strength * 0.6)
    if apart and one.method in _WEAK_AGAINST_CONTRAST:
        # Two names of which the one goes on may well be one thing, if both have a third.
        goes_on = one.method == "shared_alias" and apart.method == "more_words"
        return one._replace(strength=one.strength * (0.8 if goes_on else 0.5))
    if one.method in ("same_name", "spelling"):
        return _with_qualifiers(one, names)
    return one


def _with_qualifiers(one: Evidence, names: Names) -> Evidence:
    ours, theirs = names.qualifiers.get(one.a, ""), names.qualifiers.get(one.b, "")
    if qualifiers_differ(ours, theirs):
        reason = f"{one.reason} Their qualifiers differ: “{ours}” and “{theirs}”."
        return one._replace(strength=one.strength * 0.3, reason=reason)
    if bool(ours) != bool(theirs) and not names.says(one.b if ours else one.a, ours or theirs):
        reason = f"{one.reason} Only one has a qualifier: “{ours or theirs}”."
        return one._replace(strength=one.strength * 0.75, reason=reason)
    return one


def _one_thing(a: int, b: int, apart: Contrast | None, texts: _Texts, names: Names) -> Iterator[Evidence]:
    """Yield why a name with words added is no narrower term: an Adam optimizer, if Adam is an optimizer."""
    if apart is None or apart.method != "more_words":
        return
    if texts.alike is not None and texts.alike >= _VERY_ALIKE and texts.length > _ENOUGH_WORDS + 3:
        reason = f"{apart.reason} Their definitions use the same words."
        yield Evidence(a, b, "same_words", 0.36 + 0.5 * texts.alike, reason)
    shorter = min(a, b, key=lambda term: len(names.called[term].words))
    if apart.behind and apart.behind == names.classes.get(shorter):
        yield Evidence(a, b, "class", 0.6, f"{apart.reason} Its definition calls it that.")


def _weighed(same: Sequence[Evidence], texts: _Texts | None) -> float:
    """Return the score: the strongest reason, the others as far as they add to it, and what the texts say."""
    if not same:
        return 0.0
    doubt = 1 - same[0].strength
    for one in same[1:]:
        doubt *= 1 - 0.5 * one.strength
    if texts is None or texts.alike is None:
        return (1 - doubt) * 0.97
    if texts.are_unlike:
        return (1 - doubt) * 0.8
    if texts.alike < _UNLIKE and same[0].method == "same_name":
        return (1 - doubt) * 0.92
    return 1 - doubt * (1 - 0.7 * max(0.0, min(1.0, (texts.alike - _ALIKE) / 0.5)))


def _related(
    a: int, b: int, evidence: Sequence[Evidence], apart: Contrast | None, texts: _Texts, names: Names
) -> Found | None:
    """Return the pair as related, if its names differ in kind or something else speaks for it."""
    if names.are_related(a, b):
        return None
    near = max((one.strength for one in evidence), default=0.0)
    is_near = apart is not None or any(not one.same for one in evidence) or _from_one_source(evidence, texts)
    score = min(_LEAST - 0.01, 0.3 * is_near + 0.3 * near + 0.4 * (texts.alike or 0.0))
    if score < _LEAST_RELATED or (texts.alike is not None and texts.alike < _UNLIKE):
        return None
    reasons = {apart.reason: apart.method} if apart else {}
    for one in evidence:
        reasons.setdefault(one.reason, one.method)
    return _found(a, b, score, list(reasons.items()), "relate")


def _from_one_source(evidence: Iterable[Evidence], texts: _Texts) -> bool:
    """Whether two texts are about the same and name a source that few others name."""
    return (texts.alike or 0.0) >= _MUCH_ALIKE and any(one.method == "sources" for one in evidence)
