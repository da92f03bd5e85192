"""What forbids publication: no name, no definition, a name that is taken, relations in a circle."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .. import text
from ..errors import InvalidContent, NameTaken
from ..models import Relation, Term

Content = dict[str, Any]


def refusal(content: Content, *, term: Term | None) -> InvalidContent | None:
    """Return the refusal that this content meets, or None. Call it under the lock of the site."""
    return refusals([(content, term)])[0]


def refusals(contents: Sequence[tuple[Content, Term | None]]) -> list[InvalidContent | None]:
    """Return the refusal of each content, or None, if they are published one after the other."""
    found: list[InvalidContent | None] = []
    names = _public_names(contents)
    for content, term in contents:
        what = _problems(content, term, names)
        is_name = set(what) == {"name"} and content["name"]
        found.append((NameTaken(what) if is_name else InvalidContent(what)) if what else None)
        if not what and term is not None:
            names.setdefault(_name_of(content), []).append(term)
    return found


def problems(
    content: Content,
    term: Term | None,
    *,
    absorbed: Sequence[Term] = (),
    beside: Sequence[tuple[Content, Term]] = (),
) -> dict[str, list[str]]:
    """Return the sentences that forbid publication, by field; none where nothing does.

    `absorbed` are terms that are about to become this one: their names are free, and who leads to them
    leads to it. `beside` are other terms that are published in the same breath, as they are going to read.
    """
    return _problems(content, term, _public_names([(content, term)]), absorbed, beside)


_Names = dict[tuple[str, str], list[Term]]


def _public_names(contents: Sequence[tuple[Content, Term | None]]) -> _Names:
    """Return the public terms that are called like these contents."""
    found: _Names = {}
    keys = {_name_of(content)[0] for content, _ in contents}
    heavy = ("definition", "definition_html", "document", "problems")
    for term in Term.objects.published().filter(name_key__in=keys).defer(*heavy):
        found.setdefault((term.name_key, term.qualifier_key), []).append(term)
    return found


def _name_of(content: Content) -> tuple[str, str]:
    return text.name_key(content["name"]), text.name_key(content["qualifier"])


def _problems(
    content: Content,
    term: Term | None,
    names: _Names,
    absorbed: Sequence[Term] = (),
    beside: Sequence[tuple[Content, Term]] = (),
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    own = {one.pk for one in (term, *absorbed) if one is not None}
    changing = {other.pk: said for said, other in beside}
    others = [other for other in names.get(_name_of(content), ()) if other.pk not in own]
    called = [other for other in others if other.pk not in changing]
    called += [other for said, other in beside if _name_of(said) == _name_of(content)]
    if not content["name"]:
        found["name"] = ["Name: a term needs a name."]
    elif called:
        # One that is about to be published counts as published.
        status = (
            Term.Status.DEPRECATED if called[0].status == Term.Status.DEPRECATED else Term.Status.PUBLISHED
        )
        found["name"] = [
            f"“{called[0].full_name}” is {status.label.lower()} already. "
            "Change that term, choose another name, or set a qualifier."
        ]
    if not content["definition"].strip() and not content["short_definition"].strip():
        found["definition"] = [
            "Definition: a term needs a definition, short or long, before it can be published."
        ]
    wrong = _merged_target(content, changing) or _circle(content, own, changing)
    if wrong:
        found["relations"] = [wrong]
    return found


def _merged_target(content: Content, coming_back: Collection[int]) -> str:
    """Return what is wrong with a relation to a term that became another since the text was written."""
    targets = [item["target"] for item in content["relations"]]
    merged: Any = Term.objects.filter(public_id__in=targets, merged_into__isnull=False) if targets else ()
    for term in [term for term in merged if term.pk not in coming_back][:1]:
        return (
            f"Relations: “{term.full_name}” was merged into “{term.merged_into.full_name}”. "
            "Bring the text up to date, or name that one."
        )
    return ""


def _circle(content: Content, own: set[int], changing: Mapping[int, Content]) -> str:
    """Return what is wrong when following `broader` or `replaced_by` from here leads back here (`own`)."""
    for kind, sentence in _CIRCLES.items():
        layer = _targets([content], kind)
        seen: set[int] = set()
        while layer and own:
            if own & layer:
                return sentence
            seen |= layer
            following = Relation.objects.filter(source__in=layer - changing.keys(), kind=kind)
            layer = set(following.values_list("target", flat=True))
            layer = (layer | _targets([changing[pk] for pk in seen & changing.keys()], kind)) - seen
    return ""


def _targets(contents: Sequence[Content], kind: str) -> set[int]:
    """Return the ids of the terms to which these contents have a relation of this kind."""
    named = [item["target"] for content in contents for item in content["relations"] if item["kind"] == kind]
    if not named:
        return set()
    return set(Term.objects.filter(public_id__in=named).values_list("pk", flat=True))


_CIRCLES = {
    Relation.Kind.BROADER: "Relations: going up the broader terms leads back to this one. Take one out.",
    Relation.Kind.REPLACED_BY: "Relations: following the successors leads back to this one. Take one out.",
}
