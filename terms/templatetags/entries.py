"""The rows of long lists, written in Python: fifty of them as a template part take ten times as long."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from terms.models import Term
from terms.search import FoundTerm
from terms.search.names import IndexLine

register = template.Library()


@register.simple_tag
def term_card(term: FoundTerm | Term) -> SafeString:
    """Show a term in a list, with its short definition."""
    qualifier = format_html(' <span class="qualifier">({})</span>', term.qualifier) if term.qualifier else ""
    status = _DEPRECATED if term.status == Term.Status.DEPRECATED else ""
    return format_html(
        '<div class="entry">\n<dt><a href="{}"><bdi>{}{}</bdi></a>{}</dt>\n<dd>{}</dd>\n</div>',
        term.get_absolute_url(),
        term.name,
        qualifier,
        status,
        term.short_definition,
    )


_DEPRECATED = format_html(' <span class="status">{}</span>', Term.Status.DEPRECATED.label)


@register.simple_tag
def index_line(line: IndexLine) -> SafeString:
    """Show a line of the A–Z index: a term, or an alias, which says where to look."""
    if not line.is_alias:
        return term_card(line.term)
    return format_html(
        '<div class="entry entry-see">\n<dt><bdi>{}</bdi></dt>\n'
        '<dd><span class="see">see</span> <a href="{}"><bdi>{}</bdi></a></dd>\n</div>',
        line.text,
        line.term.get_absolute_url(),
        line.term.full_name,
    )
