"""The lines of the tree as nested lists, written in Python: there are up to five hundred on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from terms.hierarchy import Line
from terms.search.found import FoundTerm

register = template.Library()


@register.simple_tag
def tree_lines(lines: Iterable[Line], terms: Mapping[int, FoundTerm]) -> SafeString:
    """Show lines as items of a list, with what is under them; a branch that is not shown is a link."""
    items = ((_head(line, terms), _below(line, terms)) for line in lines)
    return format_html_join("\n", "<li>{}{}</li>", items)


def _head(line: Line, terms: Mapping[int, FoundTerm]) -> SafeString:
    term = terms[line.term]
    return format_html(
        '<a href="{}"><bdi>{}{}</bdi>{}</a>',
        term.get_absolute_url(),
        term.name,
        format_html(' <span class="qualifier">({})</span>', term.qualifier) if term.qualifier else "",
        format_html(' <span class="see">{}</span>', "see above") if line.is_circle else "",
    )


def _below(line: Line, terms: Mapping[int, FoundTerm]) -> SafeString | str:
    if line.is_circle or not line.narrower:
        return ""
    term, number = terms[line.term], intcomma(line.narrower)
    if line.below:
        return format_html(
            '&nbsp;<span class="tree-count">{}<span class="visually-hidden"> narrower</span></span>'
            "\n<ul>{}</ul>",
            number,
            tree_lines(line.below, terms),
        )
    return format_html(
        '&nbsp;<a class="tree-count" href="{}">{}<span class="visually-hidden"> narrower than {}</span></a>',
        reverse("tree_branch", args=[term.slug]),
        number,
        term.full_name,
    )
