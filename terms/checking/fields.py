"""Advice on what is missing or hidden in the fields, and on names that other terms have."""

from __future__ import annotations

from .. import markup, text
from ..models import Term
from .obstacles import Content


def advice(content: Content, term: Term | None) -> list[str]:
    """Return a sentence for each gap in the fields and each name that leads elsewhere."""
    found: list[str] = []
    if not content["short_definition"]:
        found.append("There is no short definition; readers see the beginning of the text instead.")
    if not content["tags"]:
        found.append("There is no tag.")
    if not content["sources"]:
        found.append("There is no source.")
    # Not blocking: two new terms that name each other could otherwise never be published.
    invisible = [f"“{name}”" for name in [*_not_public(content), *_leading_nowhere(content)]]
    if invisible:
        found.append(f"Readers will not see the links to {', '.join(invisible)}: not public.")
    found += _names_of_others(content, term)
    same = Term.objects.filter(name_key=text.name_key(content["name"])).exclude(pk=term.pk if term else 0)
    drafts = same.filter(status=Term.Status.DRAFT).count()
    if drafts:
        found.append(f"{drafts} other {'draft has' if drafts == 1 else 'drafts have'} this name.")
    return found


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
