"""The rows of long lists, written in Python: fifty of them as a template part take many times as long."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from terms import collation
from terms.formats.languages import direction
from terms.models import Term
from terms.search import FoundTerm
from terms.search.names import IndexLine

register = template.Library()


@register.simple_tag
def term_cards(terms: Iterable[FoundTerm | Term]) -> SafeString:
    """Show terms in a list, each with its short definition."""
    return format_html_join("\n", _CARD, map(_parts_of_card, terms))


@register.simple_tag
def index_lines(lines: Iterable[IndexLine]) -> SafeString:
    """Show lines of the A–Z index: terms, and aliases, which say where to look."""
    return format_html_join("\n", "{}", ((_index_line(line),) for line in lines))


@register.filter
def letter_label(letter: str) -> str:
    """Return a letter of the index as it is shown."""
    return collation.letter_label(letter, settings.LANGUAGE_CODE)


def isolated(name: str, language: str = "") -> SafeString:
    """Return a name that neither takes nor gives a direction of writing, with its language if it has one."""
    if not language:
        return format_html("<bdi>{}</bdi>", name)
    return format_html('<bdi lang="{}" dir="{}">{}</bdi>', language, direction(language), name)


_CARD = '<div class="entry">\n<dt><a href="{}"><bdi>{}{}</bdi></a>{}</dt>\n<dd>{}</dd>\n</div>'
_DEPRECATED = format_html(' <span class="status">{}</span>', "Deprecated")


def _parts_of_card(term: FoundTerm | Term) -> tuple[str, ...]:
    return (
        term.get_absolute_url(),
        term.name,
        format_html(' <span class="qualifier">({})</span>', term.qualifier) if term.qualifier else "",
        _DEPRECATED if term.status == Term.Status.DEPRECATED else "",
        term.short_definition,
    )


def _index_line(line: IndexLine) -> SafeString:
    if not line.is_alias:
        return format_html(_CARD, *_parts_of_card(line.term))
    return format_html(
        '<div class="entry entry-see">\n<dt>{}</dt>\n'
        '<dd><span class="see">see</span> <a href="{}"><bdi>{}</bdi></a></dd>\n</div>',
        isolated(line.text, line.language),
        line.term.get_absolute_url(),
        line.term.full_name,
    )
