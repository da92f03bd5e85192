"""`Idempotency-Key`: a request that is sent again is answered again, and does nothing twice.

As draft-ietf-httpapi-idempotency-key-header has it; the key may stand in quotes or without.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from .. import answers
from ..answers import Answer

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"


def answer_once(
    request: Request, act: Callable[[], Answer], headers: Callable[[Any], Mapping[str, str]]
) -> Response:
    """Act and answer; with a key only the first time. `headers` are made of the body that is answered."""
    key = request.headers.get(HEADER)
    if key is None:
        answer = act()
    else:
        answer = answers.once(key=_unquoted(key), by=request.user, request=_asked(request), act=act)
    response = Response(answer.body, answer.status, headers=dict(headers(answer.body)))
    if answer.is_replayed:
        response[REPLAYED] = "true"
    return response


def _unquoted(key: str) -> str:
    is_quoted = len(key) > 1 and key.startswith('"') and key.endswith('"')
    return key[1:-1] if is_quoted else key


def _asked(request: Request) -> str:
    """Return all that is asked for, the same for any order of the fields."""
    return json.dumps([request.method, request.path.rstrip("/"), request.data], sort_keys=True)
