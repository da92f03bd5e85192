"""What somebody may address: the same refusal for what is hidden and for what does not exist."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from rest_framework import exceptions
from rest_framework.request import Request

from ..errors import InvalidContent
from ..models import Revision, Term
from . import bodies
from .errors import Gone


def find_term(request: Request, public_id: str) -> Term:
    """Return the term of this id, if this person may know that there is one.

    Raises NotFound, in the same words, for what does not exist and what is hidden.
    """
    found = Term.objects.filter(public_id=public_id).select_related("live_revision", "merged_into")
    # The document holds what is read of a term; the texts it is made of are seldom needed beside it.
    term = found.defer("definition", "definition_html", "problems", "live_revision__content").first()
    if term is None or not (term.version > 0 or _may_know_draft(request.user, term)):
        raise exceptions.NotFound
    return term


def _may_know_draft(user: Any, term: Term) -> bool:
    return Revision.objects.visible_to(user).filter(term=term).exists()


def find_shown(request: Request, public_id: str) -> Term:
    """Return a term that is on show for this person. Raises NotFound, and Gone for a removed one."""
    term = find_term(request, public_id)
    if term.status == Term.Status.REMOVED:
        raise Gone(bodies.term_etag(term))
    return term


def find_readable(request: Request, public_id: str) -> Term:
    """Return a term that this person may read as it stands now.

    A draft is not its author's to read any more when somebody else has corrected it: what they
    wrote is still among the revisions.
    """
    term = find_shown(request, public_id)
    if term.is_public or term.is_gone or request.user.has_perm("terms.view_drafts"):
        return term
    if bodies.shown_revision(term).author_id != request.user.pk:
        raise exceptions.NotFound
    return term


def with_people(found: QuerySet[Revision]) -> QuerySet[Revision]:
    """Return revisions with everything that a summary shows."""
    return found.select_related("term", "author", "reviewer", "assignee", "based_on", "supersedes")


def find_for_history(request: Request, public_id: str) -> Term:
    """Return a term whose history this person may read; the staff also that of a removed one."""
    if request.user.has_perm("terms.view_drafts"):
        return find_term(request, public_id)
    return find_shown(request, public_id)


def find_revision(request: Request, public_id: str, number: int) -> Revision:
    """Return a revision that this person may see whole, else raise NotFound."""
    seen = Revision.objects.visible_to(request.user).filter(term__public_id=public_id, number=number)
    revision = with_people(seen).select_related("term__live_revision").first()
    if revision is None:
        raise exceptions.NotFound
    return revision


def find_person(username: str | None) -> Any:
    """Return the account of this name, None for null. Raises InvalidContent for a name nobody has."""
    if username is None:
        return None
    person = get_user_model().objects.filter(username=username).first()
    if person is None:
        raise InvalidContent({"assignee": [f"Assignee: there is no account “{username:.40}”."]})
    return person
