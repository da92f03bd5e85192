"""The measure where nginx is not installed: pages of any size that cost nothing to make.

`/20000` is a page of 20,000 bytes; asked with any ETag, it is unchanged. Served by the same program
with the same options as the glossary, it shows what server, machine and load client allow at that
moment: requests a second mean little, shares of this page say something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("ETag", '"fixed"')]
BEGINNING, END = b"<!doctype html><title>Fixed page</title>", b"</html>"


@cache
def page(size: int) -> bytes:
    """Return a page of this size; a very small one is only its end."""
    return (BEGINNING.ljust(size - len(END), b".") + END)[-size:] if size else b""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if "HTTP_IF_NONE_MATCH" in environ:
        start_response("304 Not Modified", HEADERS)
        return []
    body = page(int(environ["PATH_INFO"].strip("/") or 0))
    start_response("200 OK", [*HEADERS, ("Content-Length", str(len(body)))])
    return [body]
