"""One public term in the forms that programs read; never more and nothing else than an export says."""

from __future__ import annotations

from .. import publishing
from ..formats import WRITERS
from ..models import Tag, Term
from .markdown_page import markdown_page
from .records import record_of
from .stream import glossary
from .twin_forms import TWINS


def twin(term: Term, form: str, *, origin: str) -> bytes:
    """Return a public term in the form of this ending, as everybody may see it.

    `origin` is the beginning of its addresses. JSON is the document of the API, the three forms of
    SKOS hold the same statements, all of which the export of the whole glossary has too.
    """
    if form == "json":
        stored = Term.objects.filter(pk=term.pk).values_list(publishing.AS_STORED, flat=True)
        return publishing.sent(stored.get(), origin)
    if form == "md":
        document = term.document or {}
        names = dict(Tag.objects.filter(slug__in=document["tags"]).values_list("slug", "name"))
        return markdown_page(document, origin=origin, tag_names=names).encode()
    return b"".join(WRITERS[TWINS[form].writer].write([record_of(term)], glossary(origin)))
