"""What each role may do, read from the table of transitions and the rights of the groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from ..models import Revision, Term
from ..people import ROLES
from ..workflow import TRANSITIONS, Transition

_SUBJECTS = {"term": ("Terms", Term.Status), "revision": ("Drafts and proposals", Revision.State)}


@dataclass(frozen=True)
class Line:
    """One thing that can be done, and what each role may do of it, by the name of the role."""

    what: str
    way: str
    cells: tuple[tuple[str, str], ...]


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Show what each role may do."""
    rights = _rights_of_roles()
    context = {
        **admin.site.each_context(request),
        "title": "Roles",
        "roles": ROLES,
        "own_roles": [name for name in ROLES if name in _names(request)],
        "tables": [(title, _lines(subject, rights)) for subject, (title, _) in _SUBJECTS.items()],
        "rights": _right_lines(rights),
        "self_review": settings.SELF_REVIEW,
    }
    return TemplateResponse(request, "admin/people/roles.html", context)


def _names(request: HttpRequest) -> set[str]:
    return set(request.user.groups.values_list("name", flat=True))


def _rights_of_roles() -> dict[str, set[str]]:
    """Return the rights of each role as they are now: the groups may have been changed."""
    rights = dict.fromkeys(ROLES, frozenset[str]())
    for group in Group.objects.filter(name__in=ROLES).prefetch_related("permissions__content_type"):
        own = [right for right in group.permissions.all() if right.content_type.app_label == "terms"]
        rights[group.name] = frozenset(right.codename for right in own)
    return {role: set(own) for role, own in rights.items()}


def _lines(subject: str, rights: dict[str, set[str]]) -> list[Line]:
    return [
        Line(rule.meaning, way(rule), tuple((role, whose(rule, own)) for role, own in rights.items()))
        for rule in TRANSITIONS.values()
        if rule.subject == subject
    ]


def way(rule: Transition) -> str:
    """Say in words from where to where an action leads."""
    states = _SUBJECTS[rule.subject][1]
    to = states(rule.to).label.lower() if rule.to else ""
    if not rule.states:
        return f"becomes {to}"
    from_there = f"from {_either(states(state).label.lower() for state in rule.states)}"
    if to:
        return f"{from_there} to {to}"
    comes_back = rule.subject == "term" and set(rule.states) <= set(Term.GONE_STATUSES)
    return f"{from_there} to what it was" if comes_back else f"{from_there}; the state stays"


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def whose(rule: Transition, rights: set[str]) -> str:
    """Say on whose texts a role may take an action; empty where it may not."""
    if rule.permission not in rights:
        return ""
    if rule.subject == "term":
        return "yes"
    # A change of what is published belongs to nobody yet.
    own = "own and published" if Revision.State.APPROVED in rule.states else "own"
    return {
        "anybody": "anybody’s",
        "author": "own",
        "author or editor": "anybody’s" if "edit_term" in rights else own,
        "not the author": "anybody’s" if settings.SELF_REVIEW else "others’ only",
    }[rule.who]


def _right_lines(rights: dict[str, set[str]]) -> list[Line]:
    """Return the rights that stand behind the actions, with what else they open."""
    order = [codename for codename, _ in Term._meta.permissions]
    named = Permission.objects.filter(content_type__app_label="terms", codename__in=order)
    labels = dict(named.values_list("codename", "name"))
    return [
        Line(labels[right], "", tuple((role, "yes" if right in own else "") for role, own in rights.items()))
        for right in order
        if right in labels
    ]
