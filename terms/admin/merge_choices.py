"""What somebody chose on the workbench: whose words stand in each field, which items of each list.

The form shows choices and nothing else: they are read as they were sent and shown again the same. So no
refusal, and no change of the terms meanwhile, can lose one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from .. import text
from ..merging import Preview
from ..models import Alias, Term
from ..revisions import Content
from . import content_form
from .merge_impact import mark

# Whose text stands, where it is not that of one term, named by its public id.
WRITTEN, ALL = "written", "all"

TEXTS = ("name", "short_definition", "definition")
LISTS = ("aliases", "tags", "relations", "sources", "notes", "external_ids")
_SECTIONS = {section.key: section for section in content_form.SECTIONS}
# What can be written by hand; a qualifier belongs to the name.
_BY_HAND = ("name", "qualifier", "short_definition", "definition")
_REST = ("slug", "review_by")


@dataclass(frozen=True)
class Item:
    """One item of a list: taken or left out, as a term has it or edited.

    `origin` is what it was known by where it comes from; empty for one that was written here.
    """

    values: Mapping[str, Any]
    origin: str = ""
    is_taken: bool = True
    is_new: bool = False


@dataclass
class Choices:
    """Everything that was chosen for the text of the kept term."""

    texts: dict[str, str]
    written: dict[str, str]
    items: dict[str, list[Item]]
    rest: dict[str, str]
    links_itself: bool
    more_tags: str = ""

    def content(self, texts: Mapping[str, Content]) -> Content:
        """Return the fields as a preview takes them; `texts` are those of the terms by public id."""
        content: Content = {**self._name(texts), **self.rest, "links_itself": self.links_itself}
        for name in ("short_definition", "definition"):
            content[name] = self._text(name, texts)
        for name in LISTS:
            content[name] = [_value(name, item) for item in self.items[name] if item.is_taken]
        content["tags"] += [tag.strip() for tag in self.more_tags.split(",") if tag.strip()]
        return content

    def _name(self, texts: Mapping[str, Content]) -> Content:
        chosen = texts.get(self.texts["name"], self.written)
        return {"name": chosen["name"], "qualifier": chosen["qualifier"]}

    def _text(self, name: str, texts: Mapping[str, Content]) -> str:
        if self.texts[name] == ALL:
            return all_of_them(content[name] for content in texts.values())
        chosen = texts.get(self.texts[name])
        return chosen[name] if chosen else self.written[name]


def all_of_them(definitions: Iterable[str]) -> str:
    """Return texts one after the other, each once."""
    return "\n\n".join(dict.fromkeys(one for one in definitions if one.strip()))


def _value(name: str, item: Item) -> Any:
    return item.values["tag"] if name == "tags" else dict(item.values)


# --- What is suggested ---------------------------------------------------------------------------


def begin(preview: Preview) -> Choices:
    """Choose as the rules suggest it."""
    kept, suggested = preview.texts[preview.kept.pk], preview.suggested
    texts = {term.public_id: preview.texts[term.pk] for term in preview.terms}
    chosen = {name: _whose(suggested[name], name, texts) for name in TEXTS}
    return Choices(
        texts=chosen | {"name": preview.kept.public_id},
        written={name: suggested[name] for name in _BY_HAND},
        items={name: _items(name, suggested) for name in LISTS} | {"aliases": _names(preview, kept)},
        rest={name: suggested[name] for name in _REST},
        links_itself=suggested["links_itself"],
    )


def _whose(wanted: str, name: str, texts: Mapping[str, Content]) -> str:
    return next((public_id for public_id, content in texts.items() if content[name] == wanted), WRITTEN)


def _items(name: str, content: Content) -> list[Item]:
    values = ({"tag": tag} for tag in content["tags"]) if name == "tags" else content[name]
    return [Item(one, key_of(name, one)) for one in values]


def _names(preview: Preview, kept: Content) -> list[Item]:
    """Return all other names, and that of the kept term, for the case that another becomes its name."""
    others = _items("aliases", preview.suggested)
    names = {text.name_key(preview.texts[term.pk]["name"]) for term in preview.absorbed}
    kinds = [item.values["kind"] for item in others if text.name_key(item.values["text"]) in names]
    usual = Alias.Kind.FORMER_NAME if preview.kept.is_public else Alias.Kind.SYNONYM
    kind = _REVERSED.get(kinds[0] if kinds else "", usual)
    own = {"text": kept["name"], "kind": str(kind), "status": "admitted", "language": "", "note": ""}
    return [Item(own, key_of("aliases", own)), *others]


# What the long form of a name is to the short one, the short one is not to the long one.
_REVERSED: dict[str, str] = {
    Alias.Kind.ACRONYM: Alias.Kind.FULL_FORM,
    Alias.Kind.FULL_FORM: Alias.Kind.ACRONYM,
    Alias.Kind.SPELLING_VARIANT: Alias.Kind.SPELLING_VARIANT,
}


def key_of(name: str, item: Mapping[str, Any]) -> str:
    """Return what an item of a list is known by, short enough for a form."""
    known_by = {
        "aliases": lambda: (text.name_key(item["text"]),),
        "tags": lambda: (item["tag"],),
        "relations": lambda: (item["kind"], item["target"]),
        "sources": lambda: (item["url"] or text.fold(item["title"]),),
        "notes": lambda: (item["kind"], item["text"].strip()),
        "external_ids": lambda: (item["scheme"], item["value"]),
    }[name]()
    return hashlib.blake2b(repr(known_by).encode(), digest_size=8).hexdigest()


# --- From the form and back ----------------------------------------------------------------------


def read(data: QueryDict) -> Choices:
    """Read what was chosen, as it stands."""
    return Choices(
        texts={name: data.get(name, "") for name in TEXTS},
        written={name: _lines(data.get(f"written_{name}", "")) for name in _BY_HAND},
        items={name: list(_read_items(name, data)) for name in LISTS},
        rest={name: data.get(name, "").strip() for name in _REST},
        links_itself="links_itself" in data,
        more_tags=data.get("more_tags", ""),
    )


def _lines(typed: str) -> str:
    return typed.replace("\r\n", "\n")


def _read_items(name: str, data: QueryDict) -> Iterator[Item]:
    signs = _signs_of_life(name)
    number = 0
    while f"{name}-{number}-{signs[0]}" in data:
        prefix = f"{name}-{number}-"
        values = {key: _lines(data.get(f"{prefix}{key}", "")) for key in _columns(name)}
        number += 1
        if any(values[sign].strip() for sign in signs):
            yield Item(values, data.get(f"{prefix}origin", ""), is_taken=f"{prefix}take" in data)


def _signs_of_life(name: str) -> tuple[str, ...]:
    return ("tag",) if name == "tags" else _SECTIONS[name].row.signs_of_life


def _columns(name: str) -> list[str]:
    if name == "tags":
        return ["tag"]
    return [column for column in _SECTIONS[name].row.base_fields if column != "remove"]


# --- When the terms are no longer as they were ---------------------------------------------------


def carried(
    chosen: Choices,
    fresh: Choices,
    terms: Sequence[Term],
    texts: Mapping[str, Content],
    before: Choices | None,
) -> Choices:
    """Return what was chosen, brought to how the terms are now.

    `fresh` is what is suggested now, `before` what was suggested then, if it is known: what was left
    at that follows the new suggestion. What is new is marked, what is gone goes, and what was written
    by hand stays.
    """
    ids = {term.public_id for term in terms}
    old_texts = before.texts if before else {}
    return Choices(
        texts={
            name: whose
            if (whose in ids and whose != old_texts.get(name)) or whose in (WRITTEN, ALL)
            else fresh.texts[name]
            for name, whose in chosen.texts.items()
        },
        written={name: _by_hand(name, chosen, fresh, texts, before) for name in _BY_HAND},
        items={
            name: _carried_items(chosen.items[name], fresh.items[name], before.items[name] if before else [])
            for name in LISTS
        },
        rest={
            name: fresh.rest[name] if before and value == before.rest[name] else value
            for name, value in chosen.rest.items()
        },
        links_itself=chosen.links_itself,
        more_tags=chosen.more_tags,
    )


def _by_hand(
    name: str, chosen: Choices, fresh: Choices, texts: Mapping[str, Content], before: Choices | None
) -> str:
    """Return what stands in a field to write in: what somebody wrote, else the text that is chosen."""
    typed = chosen.written[name]
    known = {content[name] for content in texts.values()} | {all_of_them(c[name] for c in texts.values())}
    known |= {"", before.written[name] if before else "", fresh.written[name]}
    whose = chosen.texts["name" if name == "qualifier" else name]
    if whose == WRITTEN or typed not in known:
        return typed
    if whose == ALL:
        return all_of_them(content[name] for content in texts.values())
    return texts[whose][name] if whose in texts else fresh.written[name]


def _carried_items(chosen: Sequence[Item], fresh: Sequence[Item], before: Sequence[Item]) -> list[Item]:
    by_origin = {item.origin: item for item in chosen if item.origin}
    as_offered = {item.origin: item.values for item in before}
    found = []
    for item in fresh:
        was = by_origin.pop(item.origin, None)
        if was is None:
            found.append(replace(item, is_new=True))
        elif was.values == as_offered.get(item.origin):
            found.append(replace(item, is_taken=was.is_taken))
        else:
            found.append(was)
    return found + [item for item in chosen if not item.origin]


# --- As it is shown ------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownItem:
    """One item on the page: a tick, what it says, whose it is, and the fields to edit it."""

    prefix: str
    item: Item
    label: str
    extra: str
    origins: str
    is_the_name: bool = False
    row: Any = None


@dataclass(frozen=True)
class ShownList:
    """A list on the page, with an empty row to write another item in."""

    key: str
    title: str
    items: list[ShownItem]
    problems: list[str]
    spare: Any = None
    spare_prefix: str = ""
    options: list[str] = field(default_factory=list)


def show_lists(
    choices: Choices, preview: Preview, problems: Mapping[str, list[str]], name: str
) -> list[ShownList]:
    """Return the lists as the page offers them; `name` is what the term is going to be called."""
    values = {key: [dict(item.values) for item in choices.items[key]] for key in _SECTIONS}
    tags = [item.values["tag"] for item in choices.items["tags"]]
    form = content_form.show({**preview.suggested, "tags": tags, **values}, problems={})
    origins, targets = _origins(preview), _targets(choices.items["relations"])
    shown = [
        _show_list(section, choices.items[section.key], origins, targets, problems.get(section.key, []), name)
        for section in form.sections
    ]
    shown.insert(1, _show_tags(choices.items["tags"], form, origins, problems.get("tags", [])))
    return shown


def _origins(preview: Preview) -> dict[tuple[str, str], str]:
    """Return for each item, by list and key, the letters of the terms that have it."""
    holders: dict[tuple[str, str], list[str]] = {}
    for term in preview.terms:
        content = preview.texts[term.pk]
        keys = {(name, item.origin) for name in LISTS for item in _items(name, content)}
        keys.add(("aliases", key_of("aliases", {"text": content["name"]})))
        for key in keys:
            holders.setdefault(key, []).append(mark(preview, term))
    return {key: _holders(marks, len(preview.terms)) for key, marks in holders.items()}


def _targets(relations: Sequence[Item]) -> dict[str, str]:
    """Return what the terms are called that relations lead to, by public id and by address."""
    wanted = {item.values["target"] for item in relations if "\0" not in item.values["target"]}
    heavy = ("definition", "definition_html", "document", "problems")
    found = list(Term.objects.filter(Q(public_id__in=wanted) | Q(slug__in=wanted)).defer(*heavy))
    by_address = {term.slug: term.full_name for term in found if term.slug}
    return by_address | {term.public_id: term.full_name for term in found}


def _holders(marks: Sequence[str], count: int) -> str:
    if len(marks) == count:
        return "both" if count == 2 else "all"
    return ", ".join(marks)


def _show_list(
    section: content_form.ShownSection,
    items: Sequence[Item],
    origins: Mapping[tuple[str, str], str],
    targets: Mapping[str, str],
    problems: list[str],
    name: str,
) -> ShownList:
    key = section.key
    shown = [
        ShownItem(
            prefix=f"{key}-{number}",
            item=item,
            label=_label(key, row.initial, targets.get(item.values.get("target", ""), "")),
            extra=_extra(key, row.initial),
            origins=origins.get((key, item.origin), ""),
            is_the_name=key == "aliases" and text.name_key(item.values["text"]) == text.name_key(name),
            row=_without_remove(row),
        )
        for number, (item, row) in enumerate(zip(items, section.rows, strict=False))
    ]
    spare = section.rows[len(items)]
    return ShownList(key, section.title, shown, problems, _without_remove(spare), f"{key}-{len(items)}")


def _show_tags(
    items: Sequence[Item],
    form: content_form.ShownForm,
    origins: Mapping[tuple[str, str], str],
    problems: list[str],
) -> ShownList:
    # Commas stand between the tags of the field; a name with one in it stands there as its slug.
    labels = form.entries["tags"].field.initial.split(", ") if items else []
    shown = [
        ShownItem(f"tags-{number}", item, label, "", origins.get(("tags", item.origin), ""))
        for number, (item, label) in enumerate(zip(items, labels, strict=True))
    ]
    return ShownList("tags", "Tags", shown, problems, options=form.tags_in_use)


def _without_remove(row: Any) -> list[Any]:
    return [bound for bound in row if bound.name != "remove"]


def _label(key: str, item: Mapping[str, Any], target: str) -> str:
    if key == "relations":
        return f"{_choice(key, 'kind', item)}: {target or item['target']}"
    if key == "external_ids":
        return f"{item['scheme']}: {item['value']}"
    return item["title"] or item["url"] if key == "sources" else item["text"]


def _extra(key: str, item: Mapping[str, Any]) -> str:
    parts = {
        "aliases": lambda: [_choice(key, "status", item, usual="admitted"), item["language"], item["note"]],
        "relations": list,
        "sources": lambda: [item["url"] if item["title"] else "", item["locator"]],
        "notes": lambda: [_choice(key, "kind", item)],
        "external_ids": lambda: [_choice(key, "mapping", item, usual="exact")],
    }[key]()
    return ", ".join(filter(None, parts))


def _choice(key: str, column: str, item: Mapping[str, Any], usual: str = "") -> str:
    """Return a chosen value in words; nothing for the usual one."""
    if item[column] == usual:
        return ""
    labels = dict(_SECTIONS[key].row.base_fields[column].widget.choices)
    return str(labels.get(item[column], item[column]))
