"""The chosen terms in one of the forms, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from .. import linking, publishing
from ..errors import InvalidContent, NotAllowed
from ..formats import WRITERS
from ..formats.record import Glossary
from ..models import Term
from ..text import slug_for
from .fixture import fixture
from .records import records
from .selection import Selection

FIXTURE = "fixture"


@dataclass(frozen=True)
class Form:
    """A form in which terms leave, as it is offered."""

    name: str
    title: str
    media_type: str
    ending: str
    loses: str = ""
    is_for_staff: bool = False


FORMS: dict[str, Form] = {
    **{
        name: Form(name, writer.title, writer.media_type, writer.ending, writer.loses)
        for name, writer in WRITERS.items()
    },
    FIXTURE: Form(
        FIXTURE,
        "Fixture for loaddata",
        "application/json",
        ".json",
        "Drafts, proposals and remarks stay behind.",
        is_for_staff=True,
    ),
}


def form_of(name: str, *, by: Any) -> Form:
    """Return the form of this name.

    Raises InvalidContent for an unknown one, NotAllowed for one that `by` may not have.
    """
    form = FORMS.get(name)
    if form is None:
        raise InvalidContent({"format": [f"“{name:.40}” is not a format. Use one of: {', '.join(FORMS)}."]})
    if form.is_for_staff and not by.has_perm("terms.view_drafts"):
        raise NotAllowed(f"{form.title}: this is for the editorial staff.")
    return form


def file_name(form: Form) -> str:
    """Return what a file with the export of today is called."""
    return f"{slug_for(settings.SITE_NAME) or 'glossary'}-{timezone.localdate():%Y-%m-%d}{form.ending}"


def stream(name: str, selection: Selection, *, by: Any, origin: str = "") -> Iterator[bytes]:
    """Return the chosen terms in this form, piece by piece, as far as `by` may see them.

    `origin` is the address of the site, for where none is set. Raises as `form_of`, before the first
    piece.
    """
    form = form_of(name, by=by)
    if form.name == FIXTURE:
        return fixture(selection, by=by)
    changed = Term.objects.visible_to(by).aggregate(last=Max("updated_at"))["last"]
    modified = publishing.iso(changed) or ""
    about = replace(glossary(origin), modified=modified, target_language=selection.language)
    return WRITERS[name].write(records(selection, by=by), about)


def glossary(origin: str) -> Glossary:
    """Return what the settings say of the glossary; `origin` as in `stream`."""
    return Glossary(
        name=settings.SITE_NAME,
        url=f"{settings.SITE_URL or origin or 'http://localhost'}/",
        language=settings.LANGUAGE_CODE,
        description=settings.SITE_TAGLINE,
        licence=settings.LICENSE_URL,
        names=linking.lookup,
    )
