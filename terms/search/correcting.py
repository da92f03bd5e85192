"""Correcting words of a query that no name has: did you mean …?

Every word of the public names is kept whole and with each of its letters left out. A slip of the
finger (a letter too many, too few, another one, or two exchanged) gives a word that has one of
these in common with the word that was meant (symmetric deletion: W. Garbe, SymSpell, 2012).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise, product

from django.conf import settings
from django.db.models import F
from rapidfuzz.distance import OSA

from ..models import WordSlip
from .asking import forms
from .engines import Place, current_engine, current_statements, rows, rows_among
from .query import Query, end_of_range, text_with
from .words import tokens_of, typed_token

# In shorter words nearly every slip is another word.
SHORTEST = 4
_LONGEST = 40
_BATCH = 2_000

# Two slips are forgiven in a word so long; most are found by letters left out, the others among the
# words that begin alike.
_LONG = 8
_BEGINNING = 3
_READ_AT_MOST = 20_000
_CANDIDATES_AT_MOST = 3
_LOOKED_AT_MOST = 12
_PROPOSALS_AT_MOST = 6
# In a sentence, a word that texts have is no slip because no name has it.
_FEW_WORDS = 3


def learn(words: Iterable[str]) -> None:
    """Remember these words of public names, folded; what is known already stays."""
    fresh = {word for word in words if SHORTEST <= len(word) <= _LONGEST}
    fresh -= _known(fresh)
    made = [WordSlip(slip=slip, word=word) for word in sorted(fresh) for slip in sorted(slips(word))]
    WordSlip.objects.bulk_create(made, ignore_conflicts=True, batch_size=_BATCH)


def _known(words: Iterable[str]) -> set[str]:
    in_order = sorted(words)
    chunks = (in_order[start : start + _BATCH] for start in range(0, len(in_order), _BATCH))
    whole = WordSlip.objects.filter(slip=F("word"))
    return {word for chunk in chunks for word in whole.filter(slip__in=chunk).values_list("word", flat=True)}


def forget_all() -> None:
    """Forget all words: before those of every public name are learnt anew."""
    WordSlip.objects.all().delete()


def slips(word: str) -> set[str]:
    """Return the word, and the word with each of its letters left out."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


# --- Proposals ---------------------------------------------------------------------------------


def proposals(query: Query) -> Iterator[str]:
    """The query with those words corrected that no name has, as it would be typed; likely ones first."""
    missing = _missing(query)
    if missing:
        yield from islice(_each_corrected(query, missing), _PROPOSALS_AT_MOST)
        yield from _written_as_one(query, missing)


def _missing(query: Query) -> list[str]:
    """The words that nothing has; if there are none, and but few words, those that no name has."""
    words = {word.text: word for word in query.words if not word.is_part}
    missing = [text for text, word in words.items() if not _count(forms(word, "texts"), "texts")]
    if missing or len(words) > _FEW_WORDS:
        return missing
    return [text for text, word in words.items() if not _count(forms(word, "names"), "names")]


def _each_corrected(query: Query, missing: Sequence[str]) -> Iterator[str]:
    found = {word: candidates(word) for word in missing}
    # What cannot be corrected stays: the others may be enough.
    slots = [word for word in missing if found[word]]
    for ranks in sorted(product(*(range(len(found[word])) for word in slots)), key=sum):
        if slots:
            yield _corrected(
                query, {word: found[word][rank] for word, rank in zip(slots, ranks, strict=True)}
            )


def _written_as_one(query: Query, missing: Sequence[str]) -> Iterator[str]:
    """Two words of which one is wrong may be one word with a slip and a blank in it."""
    words = [word.text for word in query.words]
    for first, second in pairwise(words):
        if first in missing or second in missing:
            for together in candidates(first + second)[:1]:
                yield _corrected(query, {first: together, second: ""})


def _corrected(query: Query, better: Mapping[str, str]) -> str:
    return text_with(query, lambda word: better.get(word, word))


def candidates(word: str) -> list[str]:
    """Return the words of public names for which this one may be a slip, likely ones first."""
    if not SHORTEST <= len(word) <= _LONGEST:
        return []
    asked = slips(word)
    if word.endswith("s") and len(word) > SHORTEST:
        asked |= slips(word[:-1])
    likely = _likely(word, rows_among(current_statements().words_with_slips, sorted(asked)))
    if not likely and len(word) >= _LONG:
        beginning = word[:_BEGINNING]
        range_of_words = {"first": beginning, "after": end_of_range(beginning), "limit": _READ_AT_MOST}
        likely = _likely(word, rows(current_statements().words_that_begin, range_of_words))
    return (likely or _apart(word))[:_CANDIDATES_AT_MOST]


def _likely(word: str, found: Iterable[tuple[str]]) -> list[str]:
    """Those of the words found that are near enough and in names that readers see; the likely ones first."""
    most = 2 if len(word) >= _LONG else 1
    near = sorted((_distance(word, other), other[0] != word[0], other) for (other,) in found)
    counted = [
        (distance, begins_otherwise, -_count(_typed(other), "names"), other)
        for distance, begins_otherwise, other in near[:_LOOKED_AT_MOST]
        if distance <= most
    ]
    return [other for *_, count, other in sorted(counted) if count and _is_shown(other)]


def _distance(word: str, other: str) -> int:
    """How many slips it takes from one word to the other; a plural is none."""
    apart = OSA.distance(word, other)
    return min(apart, OSA.distance(word[:-1], other)) if word.endswith("s") else apart


def _apart(word: str) -> list[str]:
    """Two words of names that are written as one here."""
    halves = [(word[:at], word[at:]) for at in range(SHORTEST, len(word) - SHORTEST + 1)]
    known = _known({half for pair in halves for half in pair})
    return [" ".join(pair) for pair in halves if known.issuperset(pair) and all(map(_is_shown, pair))]


def _is_shown(word: str) -> bool:
    """Whether a name that readers see has the word: a hidden alias, or no name, may be left of it."""
    token = typed_token(word)
    lines = rows(current_statements().texts_of_lines, {"asked": _typed(word), "limit": _LOOKED_AT_MOST})
    return any(token in tokens_of(line, settings.LANGUAGE_CODE) for (line,) in lines)


def _typed(word: str) -> str:
    return current_engine().token(typed_token(word), False, "names")


def _count(asked: str, place: Place) -> int:
    ((count,),) = rows(current_statements().count_matches[place], {"asked": asked})
    return int(count)
