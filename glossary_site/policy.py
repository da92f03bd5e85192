"""The content security policy, made once: it is the same for every answer that asks for no other."""

from __future__ import annotations

from functools import lru_cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class PolicyMadeOnce(CSPMiddleware):
    """What django-csp does for every answer anew; answers that ask for something else are left to it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        asks_for_another = any(name.startswith("_csp") for name in (*vars(response), *vars(request)))
        if asks_for_another or settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _usual())
        return response


@lru_cache(1)
def _usual() -> str:
    return build_policy()
