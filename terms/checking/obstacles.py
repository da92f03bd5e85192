"""What forbids publication: no name, no definition, a name that is taken, relations in a circle."""

from __future__ import annotations

from typing import Any

from .. import text
from ..errors import InvalidContent, NameTaken
from ..models import Relation, Term

Content = dict[str, Any]


def refusal(content: Content, *, term: Term | None) -> InvalidContent | None:
    """Return the refusal that this content meets, or None. Call it under the lock of the site."""
    found = problems(content, term)
    if not found:
        return None
    return NameTaken(found) if set(found) == {"name"} and content["name"] else InvalidContent(found)


def problems(content: Content, term: Term | None) -> dict[str, list[str]]:
    """Return the sentences that forbid publication, by field; none where nothing does."""
    found: dict[str, list[str]] = {}
    other = _same_name(content, term).first()
    if not content["name"]:
        found["name"] = ["Name: a term needs a name."]
    elif other is not None:
        found["name"] = [
            f"“{other.full_name}” is {other.get_status_display().lower()} already. "
            "Change that term, choose another name, or set a qualifier."
        ]
    if not content["definition"].strip():
        found["definition"] = ["Definition: a term needs a definition before it can be published."]
    circle = _circle(content, term)
    if circle:
        found["relations"] = [circle]
    return found


def _same_name(content: Content, term: Term | None) -> Any:
    same = Term.objects.filter(
        name_key=text.name_key(content["name"]), qualifier_key=text.name_key(content["qualifier"])
    )
    return same.published().exclude(pk=term.pk if term else 0)


def _circle(content: Content, term: Term | None) -> str:
    """Return what is wrong when following `broader` or `replaced_by` from here leads back here."""
    for kind, sentence in _CIRCLES.items():
        starts = [item["target"] for item in content["relations"] if item["kind"] == kind]
        layer = set(Term.objects.filter(public_id__in=starts).values_list("pk", flat=True))
        seen: set[int] = set()
        while layer and term is not None:
            if term.pk in layer:
                return sentence
            seen |= layer
            following = Relation.objects.filter(source__in=layer, kind=kind)
            layer = set(following.values_list("target", flat=True)) - seen
    return ""


_CIRCLES = {
    Relation.Kind.BROADER: "Relations: going up the broader terms leads back to this one. Take one out.",
    Relation.Kind.REPLACED_BY: "Relations: following the successors leads back to this one. Take one out.",
}
