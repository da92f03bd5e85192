"""What the head of a page says to programs: its JSON-LD, and where its other forms are."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.context import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from .. import exporting, markup
from ..formats import page_json_ld
from ..models import Term

register = template.Library()

_LONGEST_BEGINNING = 1_000


@register.simple_tag(takes_context=True)
def term_json_ld(context: Context, term: Term) -> SafeString:
    """Return the DefinedTerm of a public term as a script element."""
    document = term.document or {}
    description = document["short_definition"] or _said_by(_beginning_of(document["definition"]))
    glossary = exporting.glossary(context["site"]["origin"])
    return _script(page_json_ld.of_term(document, glossary, description=description))


@register.simple_tag(takes_context=True)
def glossary_json_ld(context: Context) -> SafeString:
    """Return the DefinedTermSet of the glossary as a script element."""
    return _script(page_json_ld.of_glossary(exporting.glossary(context["site"]["origin"])))


@register.simple_tag
def twin_links(term: Term) -> SafeString:
    """Return a link element for each form in which a public term can be had besides its page."""
    slug = term.slug or ""
    return format_html_join(
        "\n  ",
        '<link rel="alternate" type="{}" href="{}" title="{}">',
        (
            (form.media_type, exporting.twin_address(slug, form.ending), form.title)
            for form in exporting.TWINS.values()
        ),
    )


def _script(json: str) -> SafeString:
    return markup.data_script(json, "application/ld+json")


def _beginning_of(markdown: str) -> str:
    """Return the first paragraph, where there is no short definition."""
    return markdown.strip().split("\n\n")[0][:_LONGEST_BEGINNING]


@lru_cache(maxsize=1_000)
def _said_by(markdown: str) -> str:
    return " ".join(markup.to_plain_text(markdown).split())
