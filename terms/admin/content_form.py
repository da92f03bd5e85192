"""The form for the whole content of a term, and the way back from it.

The form shows a content and nothing else: what was typed is read as it stands, judged by
`revisions.clean`, and shown again from the same dictionary. So no refusal can lose a word of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models.functions import Lower
from django.http import QueryDict

from ..models import (
    SHORT_DEFINITION_LENGTH,
    Alias,
    ExternalId,
    Note,
    Relation,
    Tag,
    Term,
)
from ..revisions import Content

_MORE_ROWS = 2
_TAGS_SHOWN = 200


def _line(label: str, help_text: str = "", **attrs: Any) -> forms.Field:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.Field(required=False, label=label, help_text=help_text, widget=widget)


def _text(label: str, help_text: str = "", **attrs: Any) -> forms.Field:
    return forms.Field(required=False, label=label, help_text=help_text, widget=forms.Textarea(attrs=attrs))


def _choice(label: str, choices: Any, initial: str) -> forms.Field:
    return forms.Field(required=False, label=label, initial=initial, widget=forms.Select(choices=choices))


class ContentForm(forms.Form):
    """The fields of a content that are no lists of rows."""

    name = _line("Name", "In sentence case, as it stands inside a sentence.")
    qualifier = _line("Qualifier", "Only to tell two terms of one name apart, such as “GPU computing”.")
    slug = _line("Address", "Leave empty: it follows the name.")
    short_definition = _text(
        "Short definition",
        f"One sentence in plain words, at most {SHORT_DEFINITION_LENGTH} characters.",
        rows=2,
        **{"data-limit": SHORT_DEFINITION_LENGTH},
    )
    definition = _text(
        "Definition", "Markdown, with $formulas$, tables, code and [[names of other terms]].", rows=20
    )
    tags = _line("Tags", "Separated by commas. A tag that is not there yet is made.")
    review_by = forms.Field(
        required=False,
        label="Review by",
        help_text="When somebody should look at it again.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    links_itself = forms.Field(
        required=False,
        label="Becomes a link where other texts use the name",
        widget=forms.CheckboxInput,
    )


class Row(forms.Form):
    """One item of a list. It counts as empty as long as none of its `signs_of_life` is filled."""

    signs_of_life: tuple[str, ...] = ()

    remove = forms.Field(required=False, label="Remove", widget=forms.CheckboxInput)


class AliasRow(Row):
    signs_of_life = ("text", "note")
    text = _line("Name")
    kind = _choice("Kind", Alias.Kind.choices, Alias.Kind.SYNONYM)
    status = _choice("Status", Alias.Status.choices, Alias.Status.ADMITTED)
    language = _line("Language", size=6, placeholder="de")
    note = _line("Note")
    field_order = ("text", "kind", "status", "language", "note", "remove")


class RelationRow(Row):
    signs_of_life = ("target",)
    kind = _choice("Kind", Relation.Kind.choices, Relation.Kind.RELATED)
    target = _line("Term: name, address or id")
    field_order = ("kind", "target", "remove")


class SourceRow(Row):
    signs_of_life = ("title", "url", "locator")
    title = _line("Title")
    url = _line("Web address", inputmode="url")
    locator = _line("Place in it", placeholder="p. 12")
    field_order = ("title", "url", "locator", "remove")


class NoteRow(Row):
    signs_of_life = ("text",)
    kind = _choice("Kind", Note.Kind.choices, Note.Kind.USAGE)
    text = _text("Text", rows=2)
    field_order = ("kind", "text", "remove")


class ExternalIdRow(Row):
    signs_of_life = ("scheme", "value")
    scheme = _line("Scheme", placeholder="wikidata")
    value = _line("Value", placeholder="Q42")
    mapping = _choice("Mapping", ExternalId.Mapping.choices, ExternalId.Mapping.EXACT)
    field_order = ("scheme", "value", "mapping", "remove")


@dataclass(frozen=True)
class Section:
    """A list of the content, as the form offers it."""

    key: str
    title: str
    row: type[Row]
    add_label: str
    spare_rows: int = 1


SECTIONS = (
    Section("aliases", "Other names", AliasRow, "More names"),
    Section("relations", "Relations", RelationRow, "More relations"),
    Section("sources", "Sources", SourceRow, "More sources"),
    Section("notes", "Notes", NoteRow, "More notes"),
    Section("external_ids", "External identifiers", ExternalIdRow, "More identifiers"),
)


# --- From the form to a content ------------------------------------------------------------------


def read(data: QueryDict) -> Content:
    """Return what was typed, as it stands; fields that were not sent at all are left out."""
    content: Content = {}
    for name, form_field in ContentForm.base_fields.items():
        if name in data or isinstance(form_field.widget, forms.CheckboxInput):
            content[name] = form_field.widget.value_from_datadict(data, {}, name)
    if "tags" in content:
        content["tags"] = _split(content["tags"])
    for section in SECTIONS:
        if f"{section.key}-0-{section.row.signs_of_life[0]}" in data:
            content[section.key] = list(_rows(section, data))
    return content


def _rows(section: Section, data: QueryDict) -> Iterator[dict[str, str]]:
    number = 0
    while f"{section.key}-{number}-{section.row.signs_of_life[0]}" in data:
        row = section.row(data, prefix=f"{section.key}-{number}")
        typed = {name: row[name].data or "" for name in section.row.base_fields}
        number += 1
        if not typed.pop("remove") and any(typed[name].strip() for name in section.row.signs_of_life):
            yield typed


def _split(tags: str) -> list[str]:
    return [tag.strip() for tag in tags.replace("\n", ",").split(",") if tag.strip()]


# --- From a content to the form ------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One field on the page, with what was said against it."""

    field: forms.BoundField
    problems: list[str]


@dataclass(frozen=True)
class ShownSection:
    """A list on the page: its rows with some empty ones, open when there is something in it."""

    key: str
    title: str
    add_label: str
    rows: list[Row]
    count: int
    problems: list[str]
    is_open: bool


@dataclass(frozen=True)
class ShownForm:
    """Everything the template needs to print the form."""

    entries: dict[str, Entry]
    sections: list[ShownSection]
    tags_in_use: list[str] = field(default_factory=list)

    @property
    def places(self) -> set[str]:
        """Where on the page something can be said against a field."""
        return {*self.entries, *(section.key for section in self.sections), "comment"}


def show(content: Content, *, problems: Mapping[str, list[str]], more: str = "") -> ShownForm:
    """Return the form that shows this content; `more` names a list that gets further empty rows."""
    names = dict(Tag.objects.order_by(Lower("name")).values_list("slug", "name"))
    targets = _target_names(content["relations"])
    as_typed = {
        **content,
        "tags": ", ".join(_tag_label(tag, names) for tag in content["tags"]),
        "relations": [
            {**item, "target": targets.get(item["target"], item["target"])} for item in content["relations"]
        ],
    }
    form = ContentForm(initial=as_typed, label_suffix="")
    entries = {name: _entry(form, name, problems.get(name, [])) for name in form.fields}
    sections = [_section(section, as_typed, problems, more) for section in SECTIONS]
    return ShownForm(entries, sections, list(names.values())[:_TAGS_SHOWN])


def _entry(form: forms.Form, name: str, problems: list[str]) -> Entry:
    if problems:
        attrs = form.fields[name].widget.attrs
        attrs["aria-invalid"] = "true"
        attrs["aria-describedby"] = f"id_{name}_problems id_{name}_helptext"
    return Entry(form[name], problems)


def _section(
    section: Section, content: Content, problems: Mapping[str, list[str]], more: str
) -> ShownSection:
    items = content[section.key]
    is_asked_for = more == section.key
    spare = _MORE_ROWS if is_asked_for else section.spare_rows
    rows = [
        section.row(prefix=f"{section.key}-{number}", initial=item, label_suffix="")
        for number, item in enumerate([*items, *({} for _ in range(spare))])
    ]
    if is_asked_for:
        first = section.row.field_order[0]
        rows[len(items)].fields[first].widget.attrs["autofocus"] = True
    said = problems.get(section.key, [])
    is_open = bool(items or said or is_asked_for)
    return ShownSection(section.key, section.title, section.add_label, rows, len(items), said, is_open)


def _tag_label(tag: str, names: Mapping[str, str]) -> str:
    """Return the name of a tag, or its slug where the comma in its name would split it."""
    name = names.get(tag, tag)
    return tag if "," in name else name


def take_out_the_gone(content: Content) -> tuple[Content, list[str]]:
    """Return the content without relations to terms that are not there any more, and their names."""
    wanted = {relation["target"] for relation in content["relations"]}
    found = {term.public_id: term for term in Term.objects.filter(public_id__in=wanted)}
    gone = {
        target: found[target].full_name if target in found else target
        for target in wanted
        if target not in found or found[target].is_gone
    }
    kept = [relation for relation in content["relations"] if relation["target"] not in gone]
    return {**content, "relations": kept}, sorted(gone.values())


def _target_names(relations: list[dict[str, str]]) -> dict[str, str]:
    """Return by public id what a person would type for a term: its name where it is the only one."""
    wanted = {relation["target"] for relation in relations}
    targets = list(Term.objects.filter(public_id__in=wanted))
    alive = Term.objects.exclude(status__in=Term.GONE_STATUSES)
    keys = list(
        alive.filter(name_key__in={term.name_key for term in targets}).values_list("name_key", flat=True)
    )
    # A name that is somebody's address, or somebody's id, would lead there.
    names = [term.name for term in targets]
    misleading = set(alive.filter(slug__in=names).values_list("slug", flat=True))
    misleading |= set(alive.filter(public_id__in=names).values_list("public_id", flat=True))
    return {
        term.public_id: term.name
        if keys.count(term.name_key) == 1 and term.name not in misleading
        else (term.slug or term.public_id)
        for term in targets
    }
