"""Review by link: the page on which an expert without an account reads one text and advises on it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .. import discussion, publishing, review_links, revisions
from ..errors import TermbookError
from ..models import Comment, ReviewLink
from ..web import status_code
from . import pages


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def expert_review(request: HttpRequest, token: str) -> HttpResponse:
    """Show one text to whoever holds its link, and take their advice."""
    link = review_links.find(token)
    if link is None:
        raise pages.NoPage("This address is not complete. Copy the whole link that was sent to you.")
    refusal = ""
    status = 200 if link.is_open else 410
    if request.method == "POST":
        try:
            review_links.advise(
                link_id=link.pk,
                advice=request.POST.get("advice", ""),
                text=request.POST.get("text", "").replace("\0", ""),
            )
        except TermbookError as said_no:
            refusal, status = said_no.message, status_code(said_no)
            # Whatever closed it or the text meanwhile: the page says how it stands now.
            link = review_links.find(token)
            status = status if link.is_open else 410
        else:
            address = reverse("expert_review", args=[token])
            return HttpResponseRedirect(f"{address}?{urlencode({'thanks': 1})}#said")
    response = render(request, "terms/expert_review.html", _page(request, link, refusal), status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(request: HttpRequest, link: ReviewLink, refusal: str) -> dict[str, Any]:
    """Return what the page shows; of a closed link nothing but that it is closed, and what was typed."""
    frame = {
        "link": link,
        "refusal": refusal,
        "is_thanked": "thanks" in request.GET,
        "typed": request.POST,
    }
    if not link.is_open:
        return frame
    revision = link.revision
    content = publishing.public_content(revision.content)
    before = publishing.public_content(revision.based_on.content) if revision.based_on else None
    return frame | {
        "revision": revision,
        "content": content,
        "definition_html": publishing.render(content["definition"]).html,
        "differences": revisions.difference(before, content) if before else [],
        "said": _said(link),
    }


def _said(link: ReviewLink) -> list[Comment]:
    """Return what was said through this link, and what was answered to it."""
    threads = discussion.said_through(link)
    return [comment for thread in threads for comment in (thread.head, *thread.answers)]
