"""What is answered: rows and results as JSON; their shapes are described in `serializers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework.request import Request

from .. import discussion, publishing, revisions
from ..models import Comment, Revision, Tag, Term
from ..publishing import iso
from . import conditional

Body = dict[str, Any]


def absolute(request: Request, address: str | None) -> str | None:
    """Return the address with the site in front, as configured or else as the reader came."""
    if address is None:
        return None
    return settings.SITE_URL + address if settings.SITE_URL else request.build_absolute_uri(address)


# --- Terms ---------------------------------------------------------------------------------------


def document_of(term: Term) -> Body:
    """Return the stored document of a public term; that of another is made now, for the staff."""
    if term.document is not None:
        return term.document
    return publishing.document(publishing.with_parts(Term.objects.filter(pk=term.pk)).get())


def term_body(request: Request, document: Mapping[str, Any]) -> Body:
    """Return a document with absolute addresses."""
    return {
        **document,
        "url": absolute(request, document["url"]),
        "api_url": absolute(request, document["api_url"]),
    }


def term_etag(term: Term, open_proposals: list[Body] | None = None) -> str:
    """Return the ETag of a term: version and document; of the proposals beside it, if shown."""
    stored = Term._meta.get_field("document").get_prep_value(document_of(term))
    return stored_etag(term.version, stored, *([] if open_proposals is None else [open_proposals]))


def stored_etag(version: int, stored: str, *shown_beside: Any) -> str:
    """Return the ETag of a term whose document is stored as this text."""
    return conditional.etag(
        version, conditional.text_digest(stored), *(conditional.digest(part) for part in shown_beside)
    )


def open_proposals(request: Request, term: Term) -> list[Body] | None:
    """Return the open revisions of a term that this person may see; None for readers."""
    user = request.user
    if not user.has_perm("terms.view_drafts") and not user.has_perm("terms.propose_term"):
        return None
    seen = Revision.objects.visible_to(user).filter(term=term, state__in=Revision.OPEN_STATES)
    return [
        {
            "number": revision.number,
            "state": revision.state,
            "author": revision.author.get_username(),
            "created_at": iso(revision.created_at),
            "api_url": _revision_url(request, revision, term),
        }
        for revision in seen.select_related("author").order_by("number")
    ]


def reference(term: Term) -> Body:
    """Return what names a term."""
    return {"id": term.public_id, "slug": term.slug, "name": term.full_name}


def term_api_url(request: Request, term: Term) -> str:
    return absolute(request, reverse("api:term-detail", args=[term.public_id]))


# --- Revisions -----------------------------------------------------------------------------------


def shown_revision(term: Term) -> Revision:
    """Return the revision whose text a term shows: the live one, or a draft's newest."""
    return term.live_revision or term.revisions.order_by("-number")[0]


def revision_summary(request: Request, revision: Revision, *, is_seen_whole: bool) -> Body:
    """Return a revision without its content; the public form leaves out all but the version.

    Numbers are not public: their gaps would betray proposals.
    """
    term = revision.term
    body = {
        "term": {
            **reference(term),
            "name": _name_for(request.user, revision),
            "status": term.status,
            "version": term.version,
            "api_url": term_api_url(request, term),
        },
        "version": revision.version,
        "comment": revision.comment,
        "created_at": iso(revision.created_at if is_seen_whole else revision.decided_at),
        "decided_at": iso(revision.decided_at),
        "url": _version_page(request, revision),
        "api_url": _revision_url(request, revision) if is_seen_whole else _version_url(request, revision),
    }
    if is_seen_whole or settings.SHOW_AUTHORS:
        body["author"] = revision.author.get_username()
    if is_seen_whole:
        body |= _editorial_part(revision)
        # Who takes care of a text is between editors; its author sees the rest.
        if request.user.has_perm("terms.view_drafts"):
            body |= _care(revision)
    return body


def _name_for(user: Any, revision: Revision) -> str:
    """Return what the term is called; a draft, for those who wrote it, as their own text calls it."""
    if revision.term.is_public or user.has_perm("terms.view_drafts"):
        return revision.term.full_name
    return revisions.full_name(revision.content)


def _editorial_part(revision: Revision) -> Body:
    return {
        "number": revision.number,
        "state": revision.state,
        "reviewer": revision.reviewer.get_username() if revision.reviewer else None,
        "reason": revision.decision_reason,
        "based_on": revision.based_on.number if revision.based_on else None,
        "supersedes": revision.supersedes.number if revision.supersedes else None,
    }


def _care(revision: Revision) -> Body:
    return {
        "assignee": revision.assignee.get_username() if revision.assignee else None,
        "due_on": revision.due_on.isoformat() if revision.due_on else None,
    }


def thread_body(thread: discussion.Thread) -> Body:
    """Return a remark with its answers."""
    head = thread.head
    return {
        **_said(head),
        "revision": head.revision.number,
        "field": head.field,
        "asks_for_changes": head.asks_for_changes,
        "advice": head.advice,
        "resolved_at": iso(head.resolved_at),
        "resolved_by": head.resolved_by.get_username() if head.resolved_by else None,
        "answers": [_said(answer) for answer in thread.answers],
    }


def _said(comment: Comment) -> Body:
    return {
        "id": comment.pk,
        "author": comment.author.get_username() if comment.author else comment.author_name,
        "text": comment.text,
        "created_at": iso(comment.created_at),
    }


def revision_body(request: Request, revision: Revision, *, is_seen_whole: bool) -> Body:
    """Return a revision with its content, or with what is public of it."""
    content = publishing.public_content(revision.content)
    if is_seen_whole:
        content = content_for(request.user, revision.content)
    return {**revision_summary(request, revision, is_seen_whole=is_seen_whole), "content": content}


def content_for(user: Any, content: Mapping[str, Any]) -> Body:
    """Return a content as this person may read it.

    A proposal takes over what is private of the text it changes: editorial notes and hidden labels
    stay the staff's, also in the proposals of others.
    """
    return dict(content) if user.has_perm("terms.view_drafts") else publishing.public_content(content)


def revision_etag(body: Mapping[str, Any]) -> str:
    """Return the ETag of a revision that is seen whole: number and state, then what else is shown of it."""
    return conditional.etag(f"r{body['number']}", body["state"], conditional.digest(body))


def version_etag(revision: Revision, body: Mapping[str, Any]) -> str:
    """Return the ETag of a published version as everybody sees it."""
    return conditional.etag(f"v{revision.version}", conditional.digest(body))


def _revision_url(request: Request, revision: Revision, term: Term | None = None) -> str:
    public_id = (term or revision.term).public_id
    return absolute(request, reverse("api:revision-detail", args=[public_id, revision.number]))


def _version_url(request: Request, revision: Revision) -> str:
    return absolute(request, reverse("api:version-detail", args=[revision.term.public_id, revision.version]))


def _version_page(request: Request, revision: Revision) -> str | None:
    if revision.version is None or not revision.term.is_public:
        return None
    return absolute(request, reverse("term_version", args=[revision.term.slug, revision.version]))


def difference(user: Any, revision: Revision, against: Revision | None) -> Body:
    """Return what a revision changes, field by field and word by word."""
    before = content_for(user, against.content if against else revisions.EMPTY)
    return {
        "revision": revision.number,
        "against": against.number if against else None,
        "changes": changes(before, content_for(user, revision.content)),
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Body]:
    """Return the fields in which two contents differ."""
    return [change_body(change) for change in revisions.difference(dict(before), dict(after))]


def change_body(change: revisions.FieldChange) -> Body:
    """Return one field of which two contents say different things."""
    return {
        "field": change.field,
        "label": change.label,
        "before": change.before,
        "after": change.after,
        "pieces": [{"op": op, "text": text} for op, text in change.pieces],
    }


# --- Tags ----------------------------------------------------------------------------------------


def tag_body(request: Request, tag: Tag) -> Body:
    """Return a tag; it comes from `with_public_counts`."""
    return {
        "slug": tag.slug,
        "name": tag.name,
        "description": tag.description,
        "term_count": tag.term_count,
        "url": absolute(request, tag.get_absolute_url()),
        "api_url": absolute(request, reverse("api:tag-detail", args=[tag.slug])),
        "terms": absolute(request, f"{reverse('api:term-list')}?{urlencode({'tag': tag.slug})}"),
    }
