"""What forbids the publication of a content, and what only deserves a reviewer's look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import markup, text
from .errors import InvalidContent, NameTaken
from .models import Relation, Term

Content = dict[str, Any]


@dataclass(frozen=True)
class Checks:
    """What a reviewer should know: what forbids publication, and what only deserves a look."""

    blocking: tuple[str, ...]
    advisory: tuple[str, ...]


def check(content: Content, *, term: Term | None = None) -> Checks:
    """Return what stands in the way of publishing a content, and what a reviewer should look at."""
    problems = _problems(content, term)
    blocking = tuple(sentence for sentences in problems.values() for sentence in sentences)
    return Checks(blocking, tuple(_advice(content, term)))


def refusal(content: Content, *, term: Term | None) -> InvalidContent | None:
    """Return the refusal that this content meets, or None. Call it under the lock of the site."""
    problems = _problems(content, term)
    if not problems:
        return None
    return NameTaken(problems) if set(problems) == {"name"} and content["name"] else InvalidContent(problems)


def _problems(content: Content, term: Term | None) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    other = _same_name(content, term).first()
    if not content["name"]:
        problems["name"] = ["Name: a term needs a name."]
    elif other is not None:
        problems["name"] = [
            f"“{other.full_name}” is {other.get_status_display().lower()} already. "
            "Change that term, choose another name, or set a qualifier."
        ]
    if not content["definition"].strip():
        problems["definition"] = ["Definition: a term needs a definition before it can be published."]
    circle = _circle(content, term)
    if circle:
        problems["relations"] = [circle]
    return problems


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


def _advice(content: Content, term: Term | None) -> list[str]:
    advice = list(markup.to_html(content["definition"]).problems)
    if not content["short_definition"]:
        advice.append("There is no short definition; readers see the beginning of the text instead.")
    if not content["tags"]:
        advice.append("There is no tag.")
    if not content["sources"]:
        advice.append("There is no source.")
    # Not blocking: two new terms that name each other could otherwise never be published.
    invisible = [f"“{name}”" for name in [*_not_public(content), *_leading_nowhere(content)]]
    if invisible:
        advice.append(f"Readers will not see the links to {', '.join(invisible)}: not public.")
    advice += _names_of_others(content, term)
    same = Term.objects.filter(name_key=text.name_key(content["name"])).exclude(pk=term.pk if term else 0)
    drafts = same.filter(status=Term.Status.DRAFT).count()
    if drafts:
        advice.append(f"{drafts} other {'draft has' if drafts == 1 else 'drafts have'} this name.")
    return advice


def _names_of_others(content: Content, term: Term | None) -> list[str]:
    """Say which of the other names are names of other terms, and whose alias the name itself is."""
    others = Term.objects.published().exclude(pk=term.pk if term else 0)
    keys = [text.name_key(alias["text"]) for alias in content["aliases"]]
    advice = [
        f"“{other.full_name}”, one of the other names, is a term of its own."
        for other in others.filter(name_key__in=keys)
    ]
    by_alias = others.filter(aliases__name_key__in=[*keys, text.name_key(content["name"])]).distinct()
    return advice + [f"“{other.full_name}” has one of these names among its own." for other in by_alias]


def _not_public(content: Content) -> list[str]:
    """Return the names of relation targets that readers cannot see."""
    targets = [relation["target"] for relation in content["relations"]]
    hidden = Term.objects.filter(public_id__in=targets).exclude(status__in=Term.PUBLIC_STATUSES)
    return sorted(term.full_name for term in hidden)


def _leading_nowhere(content: Content) -> list[str]:
    """Return the names in double square brackets that no public term has."""
    names = {text.name_key(name): name for name in markup.linked_names(content["definition"])}
    public = Term.objects.published()
    known = set(public.filter(name_key__in=names).values_list("name_key", flat=True))
    known |= set(public.filter(aliases__name_key__in=names).values_list("aliases__name_key", flat=True))
    return [name for key, name in names.items() if key not in known]
