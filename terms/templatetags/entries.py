"""The rows of long lists, written in Python: fifty of them as a template part take twenty times as long."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from terms.models import Term
from terms.search import FoundTerm
from terms.search.names import IndexLine

register = template.Library()


@register.simple_tag
def term_cards(terms: Iterable[FoundTerm | Term]) -> SafeString:
    """Show terms in a list, each with its short definition."""
    return mark_safe("\n".join(map(_term_card, terms)))  # noqa: S308 - every part is escaped below


@register.simple_tag
def index_lines(lines: Iterable[IndexLine]) -> SafeString:
    """Show lines of the A–Z index: terms, and aliases, which say where to look."""
    return mark_safe("\n".join(map(_index_line, lines)))  # noqa: S308 - every part is escaped below


def _term_card(term: FoundTerm | Term) -> str:
    qualifier = f' <span class="qualifier">({escape(term.qualifier)})</span>' if term.qualifier else ""
    status = ' <span class="status">Deprecated</span>' if term.status == Term.Status.DEPRECATED else ""
    return (
        f'<div class="entry">\n<dt><a href="{escape(term.get_absolute_url())}">'
        f"<bdi>{escape(term.name)}{qualifier}</bdi></a>{status}</dt>\n"
        f"<dd>{escape(term.short_definition)}</dd>\n</div>"
    )


def _index_line(line: IndexLine) -> str:
    if not line.is_alias:
        return _term_card(line.term)
    return (
        f'<div class="entry entry-see">\n<dt><bdi>{escape(line.text)}</bdi></dt>\n'
        f'<dd><span class="see">see</span> <a href="{escape(line.term.get_absolute_url())}">'
        f"<bdi>{escape(line.term.full_name)}</bdi></a></dd>\n</div>"
    )
