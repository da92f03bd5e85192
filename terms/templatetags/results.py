"""What a search found, written in Python: as parts of a template, twenty results take five times as long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from terms.models import Term
from terms.search import Hit

register = template.Library()


@register.simple_tag
def results(hits: Iterable[Hit]) -> SafeString:
    """Show terms that were found, each with the passage that has the words, and why it was found."""
    return mark_safe("\n".join(map(_result, hits)))  # noqa: S308 - every part is escaped below


@register.simple_tag
def facet_values(values: Iterable[tuple[str, str, int]]) -> SafeString:
    """Show values that narrow a search: each with its address, its label, and how many have it."""
    return mark_safe("\n".join(_facet_value(*value) for value in values))  # noqa: S308 - escaped below


@register.filter
def why(hit: Hit) -> str:
    """Return why a term was found; nothing where its name, or a mark in its text, says so by itself."""
    field, name = hit.matched_on.field, hit.matched_on.text
    if field == "name" or (not name and any(is_match for _, is_match in hit.excerpt)):
        return ""
    return f"matched {field} “{name}”" if name else "matched the definition"


def _result(hit: Hit) -> str:
    term, reason = hit.term, why(hit)
    qualifier = f' <span class="qualifier">({escape(term.qualifier)})</span>' if term.qualifier else ""
    status = ' <span class="status">Deprecated</span>' if term.status == Term.Status.DEPRECATED else ""
    return (
        f'<li class="entry">\n<h3 class="entry-name"><a href="{escape(term.get_absolute_url())}">'
        f"<bdi>{escape(term.name)}{qualifier}</bdi></a>{status}</h3>\n"
        f"<p>{_with_marks(hit.excerpt)}</p>\n"
        + (f'<p class="why">{escape(reason)}</p>\n' if reason else "")
        + "</li>"
    )


def _with_marks(excerpt: Sequence[tuple[str, bool]]) -> str:
    return "".join(
        f"<mark>{escape(piece)}</mark>" if is_match else escape(piece) for piece, is_match in excerpt
    )


def _facet_value(address: str, label: str, count: int) -> str:
    return (
        f'<li><a href="{escape(address)}" rel="nofollow"><span class="what">{escape(label)}</span>'
        f'<span class="dots"></span><span class="count">{count:,}</span></a></li>'
    )
