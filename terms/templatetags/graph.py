"""A drawing of neighbours as SVG and as a sentence, written in Python: every reader asks for such a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from terms import graphs

register = template.Library()

_SVG = (
    '<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
    '<path class="graph-ties" d="{ties}"/><path class="graph-beside" d="{beside}"/>'
    '<path class="graph-kin" d="{kin}"/><path class="graph-dots" d="{dots}"/>'
    '<text class="graph-middle" x="{x}" y="{y}">{middle}</text>{labels}</svg>'
)
# The list beside it has the same links: here they are for the mouse alone.
_LINK = '<a href="{}" tabindex="-1">{}<text x="{}" y="{}">{}</text></a>'


@register.simple_tag
def graph_svg(drawing: graphs.Graph) -> SafeString:
    """Show a drawing, hidden from screen readers and out of the way of the tabulator."""
    anchors = dict.fromkeys(label.anchor for label in drawing.labels)
    groups = [(anchor, [label for label in drawing.labels if label.anchor == anchor]) for anchor in anchors]
    return format_html(
        _SVG,
        width=drawing.width,
        height=drawing.height,
        ties=drawing.ties,
        beside=drawing.beside,
        kin=drawing.kin,
        dots=drawing.dots,
        x=drawing.middle.x,
        y=drawing.middle.baseline,
        middle=_lines(drawing.middle),
        labels=format_html_join(
            "",
            '<g class="graph-{}">{}</g>',
            ((anchor, _links(labels)) for anchor, labels in groups),
        ),
    )


def _links(labels: Iterable[graphs.Label]) -> SafeString:
    return format_html_join(
        "\n",
        _LINK,
        (
            (
                label.address,
                format_html("<title>{}</title>", label.name) if label.is_cut else "",
                label.x,
                label.baseline,
                _lines(label),
            )
            for label in labels
        ),
    )


def _lines(label: graphs.Label) -> SafeString | str:
    first, *second = label.lines
    if not second:
        return first
    return format_html('{}<tspan x="{}" dy="{}">{}</tspan>', first, label.x, label.leading, second[0])


@register.simple_tag
def graph_sentence(name: str, clauses: Sequence[tuple[str, Sequence[str], int]]) -> SafeString:
    """Say in words what a drawing shows: verbs, the names that follow each, and how many more follow."""
    told = [format_html("{} {}", verb, _listed(names, others)) for verb, names, others in clauses]
    return format_html("<bdi>{}</bdi> {}.", name, _joined(told, ", and "))


def _listed(names: Iterable[str], others: int) -> SafeString:
    parts = [format_html("<bdi>{}</bdi>", name) for name in names]
    return _joined([*parts, format_html("{} others", others)] if others else parts, " and ")


def _joined(parts: Sequence[SafeString], last: str) -> SafeString:
    if len(parts) == 1:
        return parts[0]
    before = format_html_join(", ", "{}", ((part,) for part in parts[:-1]))
    return format_html("{}{}{}", before, last, parts[-1])
