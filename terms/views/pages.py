"""What all public pages share: how they are kept and asked again, how a list comes in pages."""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

from .. import publishing
from ..templatetags.glossary import direction
from ..web import edition, origin

ENTRIES_PER_PAGE = 50


class NoPage(Http404):
    """There is nothing at this address; the sentence says so to the reader."""


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a page be read only, made from one state of the glossary, kept by everybody until that
    changes, and asked again by its ETag."""
    unless_known = condition(etag_func=_etag)(view)

    @functools.wraps(view)
    @require_safe
    def page(request: HttpRequest, **parts: Any) -> HttpResponse:
        with publishing.one_state():
            publishing.keep_until_changed(request)
            response = unless_known(request, **parts)
        response.headers.setdefault("Cache-Control", "public, max-age=0, must-revalidate")
        return response

    # What cannot be sent cannot be forged: who tries is told that this is for reading.
    return csrf_exempt(page)


def not_kept(request: HttpRequest) -> None:
    """Take back that the answer to this request may be kept: the next reader's must be made anew."""
    publishing.keep_not(request)


def _etag(request: HttpRequest, **parts: Any) -> str:
    """Return the tag of a page: address, content, the day (the term of the day), and how it is made."""
    made_of = (
        publishing.content_version(),
        request.build_absolute_uri(),
        timezone.localdate(),
        # With an account the same page may offer more.
        publishing.has_credentials(request),
        sorted(site().items()),
        (settings.SHOW_AUTHORS, settings.TIME_ZONE),
        edition(),
    )
    return f'W/"{hashlib.blake2b(repr(made_of).encode(), digest_size=12).hexdigest()}"'


def site_context(request: HttpRequest) -> dict[str, Any]:
    """Say to every template what the site is called and where it is; a context processor."""
    return {"site": site() | {"origin": origin(request)}}


def site() -> dict[str, Any]:
    """Return what the settings say of the site, for templates; nothing here needs a request."""
    return dict(_site(*(getattr(settings, name) for name in _SAID_OF_THE_SITE)))


_SAID_OF_THE_SITE = (
    "SITE_NAME",
    "SITE_TAGLINE",
    "SITE_URL",
    "LANGUAGE_CODE",
    "PARENT_NAME",
    "PARENT_URL",
    "SUGGESTIONS_PER_HOUR",
    "LICENSE_URL",
    "ACCENT_COLOR",
    "ACCENT_COLOR_DARK",
)


@functools.lru_cache(8)
def _site(*of_these_settings: Any) -> dict[str, Any]:
    return {
        "name": settings.SITE_NAME,
        "tagline": settings.SITE_TAGLINE,
        "language": settings.LANGUAGE_CODE,
        "direction": direction(settings.LANGUAGE_CODE),
        "parent_name": settings.PARENT_NAME,
        "parent_url": settings.PARENT_URL,
        "accent_version": accent_version(),
        "origin": settings.SITE_URL,
        "takes_suggestions": settings.SUGGESTIONS_PER_HOUR > 0,
        "license_url": settings.LICENSE_URL,
    }


@dataclass(frozen=True)
class Pager:
    """Where a reader is in a list of many pages; `query` is the rest of the query string."""

    number: int
    pages: int
    total: int
    first: int
    last: int
    query: str

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1

    @property
    def steps(self) -> list[int | None]:
        """The pages to offer: the first, the last and those around; None stands for a gap."""
        near = {1, self.pages, *range(self.number - 2, self.number + 3)}
        shown = sorted(number for number in near if 1 <= number <= self.pages)
        steps: list[int | None] = []
        for before, number in itertools.pairwise([0, *shown]):
            if number - before == 2:
                steps.append(number - 1)
            elif number - before > 2:
                steps.append(None)
            steps.append(number)
        return steps


def page_number(request: HttpRequest) -> int:
    """Return the page that is asked for; what is no number has no page."""
    asked = request.GET.get("page") or "1"
    if not re.fullmatch(r"[1-9][0-9]{0,6}", asked):
        raise NoPage(f"“{asked[:40]}” is not the number of a page.")
    return int(asked)


def pager(request: HttpRequest, total: int, size: int) -> Pager:
    """Return where the page that is asked for stands among `total` rows; beyond the last is no page."""
    number, pages = page_number(request), max(1, -(-total // size))
    if number > pages:
        raise NoPage(f"There is no page {number} here; the last one is page {pages}.")
    query = request.GET.copy()
    query.pop("page", None)
    first = (number - 1) * size + 1 if total else 0
    rest = f"{query.urlencode()}&" if query else ""
    return Pager(number, pages, total, first, min(number * size, total), rest)


def rows_of(rows: QuerySet, pager: Pager, size: int) -> list[Any]:
    """Return the rows of the page."""
    return list(rows[(pager.number - 1) * size : pager.number * size])


def address(path: str, **query: Any) -> str:
    """Return the path with a query string of what is not empty."""
    rest = urlencode({key: value for key, value in query.items() if value}, doseq=True)
    return f"{path}?{rest}" if rest else path


def moved(address: str) -> HttpResponse:
    """Redirect for good, but to be asked again: a merge can be undone, a name given back."""
    return HttpResponsePermanentRedirect(address, headers={"Cache-Control": "no-cache"})


# --- Colours -------------------------------------------------------------------------------------

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_OUR_COLORS = ("#8a2f1d", "#f0a38f")


def _accent_rules() -> str:
    """Return the accent colours as a style sheet; what is no colour of the form #rrggbb is not used."""
    asked = (settings.ACCENT_COLOR, settings.ACCENT_COLOR_DARK)
    light, dark = (
        color if _COLOR.fullmatch(color) else ours for color, ours in zip(asked, _OUR_COLORS, strict=True)
    )
    return (
        f":root{{--accent:{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}\n"
        "@media print{:root{--accent:#000}}\n"
    )


def accent_version() -> str:
    """Return the name under which the present colours may be kept for ever."""
    return hashlib.blake2b(_accent_rules().encode(), digest_size=4).hexdigest()


@require_safe
def accent_css(request: HttpRequest) -> HttpResponse:
    """Serve the accent colours: the content security policy allows no style inside a page."""
    is_named = request.GET.get("v") == accent_version()
    if is_named:
        publishing.keep_until_changed(request)
    keep = "public, max-age=31536000, immutable" if is_named else "no-cache"
    return HttpResponse(_accent_rules(), content_type="text/css", headers={"Cache-Control": keep})
