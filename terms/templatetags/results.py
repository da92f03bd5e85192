"""What a search found, written in Python: as parts of a template, twenty results take five times as long."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from terms.models import Term
from terms.search import Hit

from .entries import isolated

register = template.Library()


@register.simple_tag
def results(hits: Iterable[Hit]) -> SafeString:
    """Show terms that were found, each with the passage that has the words, and why it was found."""
    return format_html_join("\n", _RESULT, map(_parts_of_result, hits))


@register.simple_tag
def facet_values(values: Iterable[tuple[str, str, int]]) -> SafeString:
    """Show values that narrow a search: each with its address, its label, and how many have it."""
    return format_html_join("\n", _FACET_VALUE, ((url, label, f"{count:,}") for url, label, count in values))


@register.filter
def why(hit: Hit) -> SafeString | str:
    """Return why a term was found; nothing where its name, or a mark in its text, says so by itself."""
    field, name = hit.matched_on.field, hit.matched_on.text
    if field == "name" or (not name and any(is_match for _, is_match in hit.excerpt)):
        return ""
    if not name:
        return "matched the definition"
    return format_html("matched {} “{}”", field, isolated(name, hit.matched_on.language))


_RESULT = (
    '<li class="entry">\n<h3 class="entry-name"><a href="{}"><bdi>{}{}</bdi></a>{}</h3>\n<p>{}</p>\n{}</li>'
)
_FACET_VALUE = (
    '<li><a href="{}" rel="nofollow"><span class="what">{}</span>'
    '<span class="dots"></span><span class="count">{}</span></a></li>'
)


def _parts_of_result(hit: Hit) -> tuple[object, ...]:
    term, reason = hit.term, why(hit)
    is_deprecated = term.status == Term.Status.DEPRECATED
    return (
        term.get_absolute_url(),
        term.name,
        format_html(' <span class="qualifier">({})</span>', term.qualifier) if term.qualifier else "",
        format_html(' <span class="status">{}</span>', "Deprecated") if is_deprecated else "",
        format_html_join("", "{}", ((_piece(*piece),) for piece in hit.excerpt)),
        format_html('<p class="why">{}</p>\n', reason) if reason else "",
    )


def _piece(piece: str, is_match: bool) -> str:
    return format_html("<mark>{}</mark>", piece) if is_match else piece
