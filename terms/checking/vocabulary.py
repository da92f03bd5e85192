"""Advice on the words of a text: names that are not to be used any more, abbreviations nobody explains.

Both ask which public names the text uses. They are looked up by key, a few hundred at a time, so
that the size of the glossary does not matter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .. import markup, publishing, text
from ..models import Alias, Relation, Term
from .obstacles import Content
from .prose import GAP, Passage

# Names of more words are not looked for, nor is a text read beyond so many signs: it is told to be
# shorter first, and the number of queries keeps within bounds.
_LONGEST_NAME = 6
_MOST_SIGNS_READ = 20_000
_KEYS_AT_ONCE = 900
_MOST_NAMED = 5


def advice(content: Content, passages: Sequence[Passage], term: Term | None) -> list[str]:
    """Return a sentence for each deprecated word in the texts, and one for unexplained abbreviations."""
    texts = list(_texts(content, passages))
    own_names = [content["name"], *(alias["text"] for alias in content["aliases"])]
    used = _names_used(texts, own={text.name_key(name) for name in own_names})
    known = [*own_names, *(use.spelling for use in used)]
    return [*_deprecated_words(used, content, term), *_undefined_abbreviations(texts, known)]


def _texts(content: Content, passages: Sequence[Passage]) -> Iterator[str]:
    left = _MOST_SIGNS_READ
    for prose in [markup.to_plain_text(content["short_definition"]), *(one.text for one in passages)]:
        yield prose[:left]
        left = max(0, left - len(prose))


# --- Which public names a text uses ----------------------------------------------------------------


@dataclass(frozen=True)
class _Complaint:
    """That a name is not to be used for a term; `spelling` is how it must stand to be meant."""

    term_id: int
    standing: str
    spelling: str


@dataclass
class _Name:
    """What is known of a public name; of several terms it may be welcome for one only."""

    is_welcome: bool = False
    complaints: list[_Complaint] = field(default_factory=list)


@dataclass(frozen=True)
class _Use:
    """A public name as a text spells it."""

    key: str
    spelling: str
    name: _Name


# Names are not looked for across these; a full stop within a name (Node.js) is part of it.
_BREAK = re.compile(rf"[.,;:!?…]+(?=\s|$|[)\]”’\"'])|[()\[\]{{}}“”\"—{GAP}]|\s[-–]\s|(?<!\w)['‘’]|['’](?!\w)")


def _names_used(texts: Sequence[str], *, own: set[str]) -> list[_Use]:
    """Return the public names in the texts, the longest at each place, but for the term's own."""
    segments = [segment.split() for prose in texts for segment in _BREAK.split(prose)]
    runs = [_runs([text.name_key(word) for word in words]) for words in segments]
    known = _look_up({key for starts in runs for start in starts for key in start})
    used: list[_Use] = []
    for words, starts in zip(segments, runs, strict=True):
        at = 0
        while at < len(words):
            # The longest: “attention” in “multi-head attention” is another thing.
            count, key = max(
                ((n, key) for n, key in enumerate(starts[at], 1) if key in known or key in own),
                default=(1, ""),
            )
            if key in known and key not in own:
                used.append(_Use(key, _spelling(words[at : at + count]), known[key]))
            at += count
    return used


def _runs(keys: Sequence[str]) -> list[list[str]]:
    """Return for each word the keys of the runs of words that begin with it, the shortest first."""
    ends = range(1, len(keys) + 1)
    return [
        [" ".join(keys[at:end]).removesuffix("'s") for end in ends[at : at + _LONGEST_NAME]]
        for at in range(len(keys))
    ]


def _spelling(words: Sequence[str]) -> str:
    return " ".join(words).removesuffix("'s").removesuffix("’s")


def _look_up(keys: set[str]) -> dict[str, _Name]:
    names: defaultdict[str, _Name] = defaultdict(_Name)
    in_order = sorted(keys)
    for start in range(0, len(in_order), _KEYS_AT_ONCE):
        some = in_order[start : start + _KEYS_AT_ONCE]
        terms = Term.objects.published().filter(name_key__in=some)
        for pk, key, shown, status in terms.values_list("pk", "name_key", "name", "status"):
            _add(names[key], pk, shown, "a deprecated term" if status == Term.Status.DEPRECATED else "")
        aliases = Alias.objects.filter(name_key__in=some, term__status__in=Term.PUBLIC_STATUSES)
        for pk, key, shown, status in aliases.values_list("term", "name_key", "text", "status"):
            _add(names[key], pk, shown, _STANDING.get(status, ""))
    return names


_STANDING: dict[str, str] = {
    Alias.Status.DEPRECATED: "a deprecated name",
    Alias.Status.FORBIDDEN: "a forbidden name",
}


def _add(name: _Name, term_id: int, shown: str, standing: str) -> None:
    if not standing:
        name.is_welcome = True
        return
    is_spelt_so = " " not in shown and any(sign.isupper() for sign in shown[1:])
    name.complaints.append(_Complaint(term_id, standing, shown if is_spelt_so else ""))


# --- Words that are not to be used any more --------------------------------------------------------


def _deprecated_words(used: Sequence[_Use], content: Content, term: Term | None) -> list[str]:
    """A word that is also a name in good standing is taken to be meant as that."""
    said = {
        (use.key, complaint): use.spelling
        for use in reversed(used)
        for complaint in use.name.complaints
        if not use.name.is_welcome and complaint.spelling in ("", use.spelling)
    }
    spoken_of = _spoken_of(content, term)
    terms = Term.objects.in_bulk({complaint.term_id for _, complaint in said} - spoken_of)
    found = [
        (shown, complaint.standing, terms[complaint.term_id])
        for (_, complaint), shown in reversed(said.items())
        if complaint.term_id in terms
    ]
    advice = [_instead(*one) for one in found[:_MOST_NAMED]]
    more = len(found) - _MOST_NAMED
    return [*advice, f"Deprecated words used besides: {more}."] if more > 0 else advice


def _spoken_of(content: Content, term: Term | None) -> set[int]:
    """Return the terms whose names the text may well mention: itself, related ones, those it replaces."""
    targets = [relation["target"] for relation in content["relations"]]
    spoken_of = set(Term.objects.filter(public_id__in=targets).values_list("pk", flat=True))
    if term is None:
        return spoken_of
    replaced = Relation.objects.filter(target=term, kind=Relation.Kind.REPLACED_BY)
    return spoken_of | {term.pk} | set(replaced.values_list("source", flat=True))


def _instead(shown: str, standing: str, term: Term) -> str:
    is_deprecated = term.status == Term.Status.DEPRECATED
    better = publishing.successors(term) if is_deprecated else [term]
    whose = "" if standing == "a deprecated term" else f" of “{term.full_name}”"
    if not better:
        return f"“{shown}” is {standing}{whose} that nothing replaces. Say it in other words."
    return f"“{shown}” is {standing}{whose}. Write {' or '.join(f'“{other.name}”' for other in better)}."


# --- Abbreviations that nobody explains ------------------------------------------------------------

# Two to five capitals, digits among them; longer words in capitals are names (NVIDIA).
_ABBREVIATION = re.compile(
    rf"(?<![\w{GAP}&.])(?=\d*[A-Z]{{2}})(?=(?:\d*[A-Z]){{2,5}}\d*s?\b)([A-Z][A-Z0-9]*?)s?(?![\w{GAP}&])"
)
_ROMAN_NUMERAL = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
# What a newspaper prints without a word on it, units of storage, and the words of logic in capitals.
_KNOWN_TO_ALL = {
    "AI", "AM", "CPU", "EU", "FAQ", "GPU", "HTML", "HTTP", "ID", "ISO", "OK", "PC", "PDF", "PM", "RAM",
    "TV", "UK", "UN", "URL", "US", "USA", "USB",
    "KB", "MB", "GB", "TB", "PB",
    "AND", "NOT", "OR", "XOR",
}  # fmt: skip


def _undefined_abbreviations(texts: Sequence[str], known: Iterable[str]) -> list[str]:
    explained = {found[1] for name in known for found in _ABBREVIATION.finditer(name)}
    places = [(prose, found) for prose in texts for found in _ABBREVIATION.finditer(prose)]
    explained |= {found[1] for prose, found in places if _is_written_out(prose, found)}
    doubtful = dict.fromkeys(found[1] for _, found in places if not _needs_no_word(found[1]))
    # A plural, or half of a compound, was not found as a name in the text.
    names = _look_up({text.name_key(word) for word in doubtful.keys() - explained})
    missing = [word for word in doubtful if word not in explained and text.name_key(word) not in names]
    if not missing:
        return []
    more = len(missing) - _MOST_NAMED
    listed = ", ".join(missing[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return [
        f"Not explained: {listed}. Write it out where it is first used, "
        "or make it another name of the term that it stands for."
    ]


def _needs_no_word(abbreviation: str) -> bool:
    return abbreviation in _KNOWN_TO_ALL or bool(_ROMAN_NUMERAL.fullmatch(abbreviation))


_MEANING = re.compile(r"\s?\(|,? (?:is |which is |are )?short for |,? (?:which )?stands? for ")
_NEAR = 200


def _is_written_out(prose: str, found: re.Match[str]) -> bool:
    """Say whether the words for an abbreviation stand before or after it: “… feedback (RLHF)”."""
    letters = [sign for sign in found[1].casefold() if sign.isalpha()]
    most = 2 * len(letters) + 1
    before = prose[max(0, found.start() - _NEAR) : found.start()]
    outside, bracket, inside = before.rpartition("(")
    if bracket and ")" not in inside and _spell(letters, outside.split()[-most:]):
        return True
    after = prose[found.end() : found.end() + _NEAR]
    meaning = _MEANING.match(after)
    return bool(meaning and _spell(letters, re.split(r"[();.]", after[meaning.end() :])[0].split()[:most]))


def _spell(letters: Sequence[str], words: Sequence[str]) -> bool:
    """Say whether the letters stand in the words in this order, the first at the start of a word.

    After A. Schwartz and M. Hearst, “A simple algorithm for identifying abbreviation definitions in
    biomedical text” (2003): it takes “extreme ultraviolet (EUV)” too, whose V begins no word.
    """
    written = text.fold(" ".join(words))
    starts = [match.start() for match in re.finditer(rf"\b{letters[0]}", written)]
    return any(_in_order(letters, written[start:]) for start in starts)


def _in_order(letters: Iterable[str], written: str) -> bool:
    at = -1
    return all((at := written.find(letter, at + 1)) >= 0 for letter in letters)
