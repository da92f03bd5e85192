"""In which forms a public term can be had beside its page, and where."""

from __future__ import annotations

from dataclasses import dataclass

from ..models import term_address


@dataclass(frozen=True)
class TwinForm:
    """A form of one term for programs; `writer` is the one of the whole glossary, where it has one."""

    ending: str
    media_type: str
    title: str
    writer: str = ""

    @property
    def content_type(self) -> str:
        """The media type with its charset, where it has such a parameter."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


TWINS = {
    form.ending: form
    for form in (
        TwinForm("md", "text/markdown", "Markdown"),
        TwinForm("json", "application/json", "JSON"),
        TwinForm("jsonld", "application/ld+json", "SKOS as JSON-LD", "skos-jsonld"),
        TwinForm("ttl", "text/turtle", "SKOS as Turtle", "skos-turtle"),
        TwinForm("rdf", "application/rdf+xml", "SKOS as RDF/XML", "skos-rdf"),
    )
}


def twin_address(slug: str, form: str) -> str:
    """Return the address of a public term in the form of this ending, without the origin."""
    return f"{term_address(slug).removesuffix('/')}.{form}"
