"""The front: whole answers kept in memory, before Django is asked at all.

What a view says may be kept (`publishing.keep_until_changed`) is given to every reader without an
account until the content version or the day changes; the version is looked up twice a second. All
of it belongs to one process, and can be made again at any time.
"""

from __future__ import annotations

import gzip
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error, close_old_connections
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, parse_http_date_safe

from terms import publishing

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
MadeFrom = tuple[int, date]

# Seconds for which a content version that was looked up is believed, and for which one that is due is
# still believed while another thread looks: together less than one, which is what a reader is promised.
BELIEVED = 0.5
STILL_BELIEVED = 0.4

_LARGEST = 1_000_000
# About what an answer takes beside its bodies: its headers, and where it is found.
_ITS_PLACE = 4_000
_GZIP_LEVEL = 6
_ASKED_BY_FRONT = "termbook.asked_by_front"
# The front itself sees to what these ask for.
_ALWAYS_SEEN_TO = frozenset({"accept-encoding", "authorization", "cookie"})
_ON_304 = frozenset({"etag", "cache-control", "vary", "content-location", "expires"})


def put_before(application: Application) -> Application:
    """Return Django with the front before it; where nothing may be kept there is no front."""
    room = settings.PAGE_CACHE_MB * 1_000_000
    return Front(application, room=room) if room else application


class PackedUnlessKept(GZipMiddleware):
    """Compress what the front does not keep; what it keeps it compresses itself, once for all readers."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if _ASKED_BY_FRONT in request.META and publishing.MADE_FROM in request.META:
            patch_vary_headers(response, ["Accept-Encoding"])
            return response
        return super().process_response(request, response)


class Front:
    """A WSGI application that answers what it has kept, and asks the one behind it for the rest.

    Its answers have no `Age`: that is for caches between a server and its readers. The front is part
    of the server, and has asked the database whether what it gives still holds.
    """

    def __init__(
        self, application: Application, *, room: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._application = application
        self._room = room
        self._clock = clock
        self._cookies = (settings.SESSION_COOKIE_NAME, "messages")
        self._scheme_header = settings.SECURE_PROXY_SSL_HEADER[0] if settings.SECURE_PROXY_SSL_HEADER else ""
        self._known = _Known(None, -math.inf)
        self._looking = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._is_for_django(environ):
            return self._application(environ, start_response)
        shelf = self._shelf()
        if shelf is not None and not _wants_new(environ):
            form = shelf.find(self._address(environ), environ)
            if form is not None:
                return form.answer(environ, start_response)
        return self._ask(environ, start_response)

    def _is_for_django(self, environ: Environ) -> bool:
        """Say whether the answer may be of one person, or is something else than a whole page."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return True
        if "HTTP_COOKIE" in environ:
            sent = environ["HTTP_COOKIE"]
            # A page of one person must not be kept, so it is enough that the name stands there somewhere.
            if any(name in sent for name in self._cookies):
                return True
        return (
            "HTTP_AUTHORIZATION" in environ
            or "HTTP_RANGE" in environ
            or "HTTP_IF_MATCH" in environ
            or "HTTP_IF_UNMODIFIED_SINCE" in environ
            or "HTTP_HOST" not in environ
        )

    def _address(self, environ: Environ) -> tuple[Any, ...]:
        return (
            environ["PATH_INFO"],
            environ.get("QUERY_STRING"),
            environ["HTTP_HOST"],
            environ["wsgi.url_scheme"],
            environ.get(self._scheme_header),
            environ.get("SCRIPT_NAME"),
        )

    # --- What holds at present -------------------------------------------------------------------

    def _shelf(self) -> _Shelf | None:
        """Return what is kept of the present state; None while that is not known."""
        known, now = self._known, self._clock()
        if now < known.until:
            return known.shelf
        if not self._looking.acquire(blocking=False):
            return known.shelf if now < known.until + STILL_BELIEVED else None
        try:
            return self._look(now)
        finally:
            self._looking.release()

    def _look(self, now: float) -> _Shelf | None:
        """Look up which state is the present one; of any other nothing is kept."""
        known = self._known
        if now < known.until:
            return known.shelf
        shelf, made_from = known.shelf, _present_state()
        if made_from is None:
            shelf = None
        elif shelf is None or shelf.made_from != made_from:
            shelf = _Shelf(made_from, self._room)
        # Counted from before the database was asked: what it said may have been true only then.
        self._known = _Known(shelf, now + BELIEVED)
        return shelf

    # --- What is not kept ------------------------------------------------------------------------

    def _ask(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Give the answer of the application, and keep it where it may be."""
        asked = {**environ, "REQUEST_METHOD": "GET", _ASKED_BY_FRONT: True}
        begun = _Begun()
        body = self._application(asked, begun)
        made_from = asked.get(publishing.MADE_FROM)
        if made_from is not None and (answer := _whole(begun, body)) is not None:
            return self._keep(answer, made_from, environ).answer(environ, start_response)
        start_response(*begun.said)
        if environ["REQUEST_METHOD"] == "GET":
            return body
        _close(body)
        return []

    def _keep(self, answer: _Answer, made_from: MadeFrom, environ: Environ) -> _Form:
        """Keep an answer if it is of the present state; return the form of it that the reader takes."""
        shelf = self._known.shelf
        if shelf is not None and shelf.made_from == made_from:
            return shelf.put(self._address(environ), environ, answer)
        # Something was published that is not known here yet: the next reader shall not get what is over.
        self._known = _Known(shelf, -math.inf)
        return answer.ready_for(environ)[1]


class _Known(NamedTuple):
    """What is kept of the state that is thought to be the present one, and until when that is believed."""

    shelf: _Shelf | None
    until: float


def _present_state() -> MadeFrom | None:
    """Return the content version and the day; None when the database does not answer."""
    close_old_connections()
    try:
        return publishing.content_version(), timezone.localdate()
    except Error:
        # Django is asked instead, and says it in its own way.
        return None


def _wants_new(environ: Environ) -> bool:
    """Say whether the reader asks for a page that is made anew, as one who reloads by force does."""
    if "HTTP_CACHE_CONTROL" not in environ and "HTTP_PRAGMA" not in environ:
        return False
    asked = f"{environ.get('HTTP_CACHE_CONTROL', '')},{environ.get('HTTP_PRAGMA', '')}".lower()
    return "no-cache" in asked or "no-store" in asked


class _Begun:
    """What an application says before the body; a `start_response` that starts nothing yet."""

    said: tuple[Any, ...]

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> None:
        self.said = (status, headers, exc_info) if exc_info else (status, headers)


def _whole(begun: _Begun, body: Any) -> _Answer | None:
    """Return what may be kept as a whole; None, and the body untouched, for anything else."""
    status, headers = begun.said[:2]
    fields = {name.lower(): value for name, value in headers}
    directives = set(_listed(fields.get("cache-control", "")))
    if (
        not status.startswith("200")
        or getattr(body, "streaming", True)
        or "public" not in directives
        or directives & {"no-store", "private"}
        or fields.keys() & {"set-cookie", "content-encoding"}
        or fields.get("vary") == "*"
        or int(fields.get("content-length", _LARGEST)) >= _LARGEST
    ):
        return None
    try:
        return _Answer.of(headers, b"".join(body))
    finally:
        _close(body)


def _close(body: Any) -> None:
    if hasattr(body, "close"):
        body.close()


# --- Answers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Form:
    """An answer as it is sent, with all of it made beforehand."""

    headers: Headers
    headers_on_304: Headers
    body: list[bytes]
    tag: str
    last_modified: int | None

    @classmethod
    def of(cls, headers: Headers, body: bytes) -> _Form:
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        headers.append(("Content-Length", str(len(body))))
        on_304 = [(name, value) for name, value in headers if name.lower() in _ON_304]
        said = {name.lower(): value for name, value in headers}
        changed = parse_http_date_safe(said.get("last-modified", ""))
        return cls(headers, on_304, [body], said.get("etag", ""), changed)

    def packed(self) -> _Form:
        """Return the compressed form; this one where compressing gains nothing."""
        # Without the padding that Django adds against guessing by length (BREACH): what is kept is
        # what everybody may read, and there is no secret in it to guess.
        body = gzip.compress(self.body[0], _GZIP_LEVEL, mtime=0)
        if len(body) >= len(self.body[0]):
            return self
        # A strong tag would say that the bytes are the same.
        weak = [
            (name, f"W/{value}" if name.lower() == "etag" and value[0] == '"' else value)
            for name, value in self.headers
        ]
        return _Form.of([*weak, ("Content-Encoding", "gzip")], body)

    def answer(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        if self._is_known_to(environ):
            start_response("304 Not Modified", self.headers_on_304)
            return []
        start_response("200 OK", self.headers)
        return self.body if environ["REQUEST_METHOD"] == "GET" else []

    def _is_known_to(self, environ: Environ) -> bool:
        if "HTTP_IF_NONE_MATCH" in environ:
            return self._is_among(environ["HTTP_IF_NONE_MATCH"])
        asked = parse_http_date_safe(environ.get("HTTP_IF_MODIFIED_SINCE", ""))
        return self.last_modified is not None and asked is not None and asked >= self.last_modified

    def _is_among(self, tags: str) -> bool:
        """Compare weakly, as RFC 9110 has it for what is asked again."""
        if tags == self.tag or tags.strip() == "*":
            return True
        return self.tag.removeprefix("W/") in [tag.removeprefix("W/") for tag in parse_etags(tags)]


@dataclass(frozen=True)
class _Answer:
    """An answer that may be kept, in the forms that readers have taken so far; `True` is the packed one."""

    forms: dict[bool, _Form]
    varies_by: tuple[str, ...]

    @classmethod
    def of(cls, headers: Headers, body: bytes) -> _Answer:
        varied = {name for key, value in headers if key.lower() == "vary" for name in _listed(value)}
        return cls({False: _Form.of(headers, body)}, tuple(map(_in_environ, varied - _ALWAYS_SEEN_TO)))

    @property
    def size(self) -> int:
        return _ITS_PLACE + sum(len(form.body[0]) for form in self.forms.values())

    def form_for(self, environ: Environ) -> _Form | None:
        """Return the form that this reader takes; None as long as nobody took it."""
        return self.forms.get(_takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")))

    def ready_for(self, environ: Environ) -> tuple[_Answer, _Form]:
        """Return the answer with the form that this reader takes, and that form."""
        form = self.form_for(environ)
        if form is not None:
            return self, form
        packed = self.forms[False].packed()
        return replace(self, forms={**self.forms, True: packed}), packed


def _listed(value: str) -> list[str]:
    return [item.strip() for item in value.lower().split(",") if item.strip()]


def _in_environ(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"


@lru_cache(256)
def _takes_gzip(accepted: str) -> bool:
    """Read `Accept-Encoding`: gzip is sent to who takes it, and no less gladly than the plain form."""
    weights = {}
    for part in accepted.lower().split(","):
        coding, _, rest = part.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", rest)
        weights[coding.strip()] = float(weight[1]) if weight else 1.0
    gzip_weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip_weight > 0 and gzip_weight >= weights.get("identity", 0.0)


# --- Where they are kept -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Varied:
    """Stands at an address whose answers differ by headers of the request."""

    names: tuple[str, ...]
    size: int = _ITS_PLACE


class _Shelf:
    """What is kept of one state, within `room` bytes: what was not asked for longest goes first.

    Readers take no lock: each thing they do with the answers is one step of the interpreter.
    """

    def __init__(self, made_from: MadeFrom, room: int) -> None:
        self.made_from = made_from
        self._room = room
        self._taken = 0
        self._kept: OrderedDict[tuple[Any, ...], _Answer | _Varied] = OrderedDict()
        self._changing = Lock()

    def find(self, address: tuple[Any, ...], environ: Environ) -> _Form | None:
        """Return what is kept for this reader, in the form that they take."""
        found = self._touched(address)
        if isinstance(found, _Varied):
            found = self._touched((*address, *map(environ.get, found.names)))
        if found is None:
            return None
        return found.form_for(environ) or self.put(address, environ, found)

    def _touched(self, place: tuple[Any, ...]) -> Any:
        try:
            self._kept.move_to_end(place)
            return self._kept[place]
        except KeyError:
            # Never kept, or taken away by another thread a moment ago.
            return None

    def put(self, address: tuple[Any, ...], environ: Environ, answer: _Answer) -> _Form:
        """Keep an answer; return the form of it that this reader takes."""
        answer, form = answer.ready_for(environ)
        with self._changing:
            before = self._kept.get(address)
            names = {*answer.varies_by, *(before.names if isinstance(before, _Varied) else ())}
            if names:
                varied = _Varied(tuple(sorted(names)))
                self._set(address, varied)
                address = (*address, *map(environ.get, varied.names))
            self._set(address, answer)
            while self._taken > self._room:
                _, gone = self._kept.popitem(last=False)
                self._taken -= gone.size
        return form

    def _set(self, place: tuple[Any, ...], what: _Answer | _Varied) -> None:
        before = self._kept.pop(place, None)
        self._taken += what.size - (before.size if before else 0)
        self._kept[place] = what
