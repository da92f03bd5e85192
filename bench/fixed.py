"""The measure: a page that costs nothing to make, of the size of a term page with much on it.

Served by the same program with the same options as the glossary, it shows what server, machine and
load client allow at that moment: requests a second mean little, shares of this page say something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

BODY = b"<!doctype html><title>Fixed page</title>".ljust(20_000 - 7, b".") + b"</html>"
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", HEADERS)
    return [BODY]
