"""Parts of a page that are the same on every page, made once in each process."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.urls import get_script_prefix

register = template.Library()

# Beyond this everything is forgotten: a key may hold what a request says, such as the host.
_MOST_KEPT = 100


@register.tag
def kept(parser: Parser, token: Token) -> _Kept:
    """Keep what stands up to `{% endkept %}` under the values named, as in `{% kept site here %}`.

    All that the part hangs on has to be named, but for what never changes while a process runs.
    A part has no `{% block %}` in it.
    """
    _, *names = token.split_contents()
    parts = parser.parse(("endkept",))
    parser.delete_first_token()
    return _Kept(parts, [parser.compile_filter(name) for name in names])


class _Kept(template.Node):
    def __init__(self, nodelist: NodeList, names: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self._names = names
        self._made: dict[Any, str] = {}

    def render(self, context: Context) -> str:
        key = (get_script_prefix(), *(_hashable(name.resolve(context)) for name in self._names))
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= _MOST_KEPT:
                self._made.clear()
            made = self._made[key] = self.nodelist.render(context)
        return made


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value
