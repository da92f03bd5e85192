"""What a tag is called and what it means. Its slug is its address and stays."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from . import log, publishing, search, text
from .errors import InvalidContent, NotAllowed, WrongState
from .models import Event, Tag, TaggedTerm, Term

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 5000


@transaction.atomic
def describe(*, tag_id: int, name: str, description: str, by: Any) -> Tag:
    """Give a tag another name or description; terms are found under the new name at once.

    Raises NotAllowed without the right to edit, InvalidContent for a name that no tag can have or
    that another tag has.
    """
    if not by.is_active or not by.has_perm("terms.edit_term"):
        raise NotAllowed("Describe a tag: your account has no right to do this. Ask a chief editor.")
    # Before all other locks, as in every publication: the other way round the two could wait for
    # each other.
    publishing.raise_content_version()
    tag = Tag.objects.select_for_update().filter(pk=tag_id).first()
    if tag is None:
        raise WrongState("There is no such tag.")
    name, description = " ".join(name.split()), description.replace("\r\n", "\n").strip()
    problems = _problems(tag, name, description)
    if problems:
        raise InvalidContent(problems)
    if (tag.name, tag.description) != (name, description):
        _write(tag, name, description, by)
    return tag


def _problems(tag: Tag, name: str, description: str) -> dict[str, list[str]]:
    problems = {}
    if not text.words(name) or len(name) > NAME_LENGTH:
        problems["name"] = [f"Name: give 1 to {NAME_LENGTH} characters with at least one letter or digit."]
    elif _is_taken(tag, name):
        problems["name"] = [f"Name: there is another tag “{name}” already."]
    if len(description) > DESCRIPTION_LENGTH:
        problems["description"] = [f"Description: at most {DESCRIPTION_LENGTH:,} characters are allowed."]
    for field, value in (("name", name), ("description", description)):
        if "\0" in value:
            problems[field] = [f"{field.capitalize()}: take out the control characters."]
    return problems


def _is_taken(tag: Tag, name: str) -> bool:
    # A name is looked up by its slug too, and must not lead to another tag.
    same = Q(name__iexact=name) | Q(slug=text.slug_for(name))
    return Tag.objects.filter(same).exclude(pk=tag.pk).exists()


def _write(tag: Tag, name: str, description: str, by: Any) -> None:
    is_renamed = tag.name != name
    note = f"“{tag.name}” is now “{name}”." if is_renamed else f"“{name}” has another description."
    if is_renamed:
        Term.objects.lock(*_tagged(tag))
    tag.name, tag.description = name, description
    tag.save(update_fields=["name", "description"])
    if is_renamed:
        search.refresh(_tagged(tag))
    log.record(Event.Kind.TAG_DESCRIBED, by=by, note=note)


def _tagged(tag: Tag) -> list[int]:
    return list(TaggedTerm.objects.filter(tag=tag).values_list("content_object", flat=True))
