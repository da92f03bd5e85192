"""The entries of a definition list to records, once it is known which of them point to which."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from ...text import name_key
from ..markdown_text import is_acronym, names_in
from ..prose import placed
from ..record import (
    LONGEST_DEFINITION,
    LONGEST_NAME,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    Refs,
    RelationRecord,
    RowProblem,
    TermRecord,
)
from ..term_lists import POINTS_ELSEWHERE, pointed_at
from .lists import Entry
from .page import BREAK, Site, classes, drop, replace_by_text, said
from .texts import Lost, markdown_of

_LONGEST_ID = 250
_LONGEST_POINTER = 300
_SEE_ALSO = re.compile(r"(?:see also|siehe auch|voir aussi|véase también|vedi anche|zie ook)\b:?\s*", re.I)
_BETWEEN_NAMES = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+")
_SEVERAL_SENSES = Flag(
    "several_senses",
    "The entry has several senses, one below the other. Split it if they are different things.",
)


def records_of(entries: Sequence[Entry], site: Site, language: str) -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each entry; for one that only says “See X”, a note that it is now an alias."""
    drafts = [_draft(entry, language) for entry in entries]
    index = _Index(draft for draft in drafts if draft.name)
    for draft in drafts:
        _take_pointers_out(draft, index)
    _follow_pointers(drafts)
    for draft in drafts:
        if draft.end is not None:
            draft.end.taken_over += [AliasRecord(draft.name), *draft.aliases]
    refs = Refs()
    for draft in drafts:
        if not draft.name:
            yield RowProblem(draft.line, "", "", "The entry has no name. Give it one or remove it.")
        elif draft.end is not None:
            message = f"The entry only points to “{draft.end.name}” and became an alias of it."
            yield RowProblem(draft.line, "", draft.name[:80], message, fatal=False)
        else:
            yield _record(draft, index, site, refs)


@dataclass(eq=False)
class _Draft:
    """An entry while its list is read.

    `pointer` is the entry that it only points to, `end` the one that a chain of such pointers ends at.
    """

    line: int
    names: tuple[AliasRecord, ...]
    titles: tuple[str, ...]
    ids: tuple[str, ...]
    bodies: list[HtmlElement]
    relations: list[RelationRecord] = field(default_factory=list)
    taken_over: list[AliasRecord] = field(default_factory=list)
    pointer: _Draft | None = None
    end: _Draft | None = None

    @property
    def name(self) -> str:
        return self.names[0].text if self.names else ""

    @property
    def aliases(self) -> tuple[AliasRecord, ...]:
        return self.names[1:]


class _Index:
    """The entries by their names and by the identifiers that links lead to."""

    def __init__(self, drafts: Iterable[_Draft]) -> None:
        self.by_id: dict[str, _Draft] = {}
        self.by_name: dict[str, _Draft] = {}
        for draft in drafts:
            for identifier in draft.ids:
                self.by_id.setdefault(identifier, draft)
            for name in (*draft.titles, *(name.text for name in draft.names)):
                self.by_name.setdefault(name_key(name), draft)

    def linked(self, link: HtmlElement) -> _Draft | None:
        """Return the entry that a link within the page or its site leads to."""
        try:
            parts = urlsplit(link.get("href") or "")
        except ValueError:
            return None
        return None if parts.scheme or parts.netloc else self.by_id.get(parts.fragment)

    def named(self, name: str) -> _Draft | None:
        return self.by_name.get(name_key(name))


# --- Names ---------------------------------------------------------------------------------------


def _draft(entry: Entry, language: str) -> _Draft:
    wrapper = entry.terms[0].getparent()
    elements = [element for term in entry.terms for element in term.iter()]
    elements += [wrapper] if wrapper is not None and wrapper.tag == "div" else []
    ids = (element.get("id") or element.get("name") or "" for element in elements)
    return _Draft(
        line=entry.line,
        names=tuple(_related_to_first([name for term in entry.terms for name in _names(term, language)])),
        titles=tuple(said(term) for term in entry.terms),
        ids=tuple(dict.fromkeys(found for found in ids if 0 < len(found) <= _LONGEST_ID)),
        bodies=list(entry.senses),
    )


def _names(term: HtmlElement, language: str) -> Iterator[AliasRecord]:
    """Yield the names in a `<dt>`, one on each line, with their acronyms and full forms."""
    tongue = (term.get("lang") or "").replace("_", "-")
    is_foreign = tongue and tongue.split("-")[0].lower() != language.split("-")[0].lower()
    term = copy.deepcopy(term)
    for line_break in list(term.iter("br")):
        replace_by_text(line_break, BREAK)
    drop([mark for mark in term.iter("sup", "span", "rt", "rp") if _is_no_part_of_a_name(mark)], term)
    for line in said(term).split(BREAK):
        found = names_in(line.strip().rstrip(":").rstrip())
        if name_key(found.name):
            yield (
                AliasRecord(found.name, "translation", language=tongue)
                if is_foreign
                else AliasRecord(found.name)
            )
            yield from found.aliases
    for short in term.iter("abbr", "acronym"):
        full = " ".join((short.get("title") or "").split())
        if is_acronym(said(short), full):
            yield AliasRecord(full, "full_form")


def _is_no_part_of_a_name(mark: HtmlElement) -> bool:
    """Say whether this is the number of a footnote, a key for sorting, or how a word is pronounced."""
    if mark.tag == "sup":
        return next(mark.iter("a"), None) is not None
    return mark.tag in ("rt", "rp") or "classifier" in classes(mark)


def _related_to_first(names: Sequence[AliasRecord]) -> Iterator[AliasRecord]:
    for name in names:
        first = names[0].text
        if name.kind == "synonym" and is_acronym(name.text, first):
            yield AliasRecord(name.text, "acronym")
        elif name.kind == "synonym" and is_acronym(first, name.text):
            yield AliasRecord(name.text, "full_form")
        else:
            yield name


# --- What points to other entries ----------------------------------------------------------------


def _take_pointers_out(draft: _Draft, index: _Index) -> None:
    text = " ".join(map(said, draft.bodies))
    links = [link for body in draft.bodies for link in body.iter("a")]
    is_see = any("glosssee" in classes(link) for link in links) and len(text) <= _LONGEST_POINTER
    wanted = pointed_at(text)
    if (wanted or is_see) and not _SEE_ALSO.match(text):
        targets = {target for link in links if (target := index.linked(link)) is not None}
        named = index.named(wanted or "")
        targets |= {named} if named is not None and not targets else set()
        # “See A or B” is no other name of either.
        draft.pointer = targets.pop() if len(targets) == 1 else None
        return
    for body in draft.bodies:
        for paragraph in [body, *body.iter("p")]:
            _take_see_also_out(draft, paragraph, index)
    draft.bodies = [body for body in draft.bodies if said(body) or next(body.iter("img"), None) is not None]


def _follow_pointers(drafts: Iterable[_Draft]) -> None:
    """Set the end of each chain of “See …”; a circle has none."""
    followed: set[_Draft] = set()
    for draft in drafts:
        path: dict[_Draft, None] = {}
        at = draft
        while at.pointer is not None and at not in followed and at not in path:
            path[at] = None
            at = at.pointer
        end = at if at.pointer is None else at.end
        for passed in path:
            passed.end = end
        followed.update(path)


def _take_see_also_out(draft: _Draft, paragraph: HtmlElement, index: _Index) -> None:
    """Make relations of “See also X, Y” and leave it out of the text, if all of them are entries."""
    text = said(paragraph)
    match = _SEE_ALSO.match(text)
    if match is None or len(text) > _LONGEST_POINTER:
        return
    linked = [index.linked(link) for link in paragraph.iter("a") if said(link)]
    names = filter(None, _BETWEEN_NAMES.split(text[match.end() :].rstrip(" .")))
    targets = linked or [index.named(name) for name in names]
    known = [target for target in targets if target is not None]
    if known and len(known) == len(targets):
        draft.relations += [
            RelationRecord("see_also", target.name) for target in known if target is not draft
        ]
        for child in list(paragraph):
            paragraph.remove(child)
        paragraph.text = None


# --- Records -------------------------------------------------------------------------------------


def _record(draft: _Draft, index: _Index, site: Site, refs: Refs) -> TermRecord | RowProblem:
    lost = Lost()

    def name_linked(link: HtmlElement) -> str:
        target = index.linked(link)
        if target is None or target is draft:
            return ""
        return (target.end or target).name

    senses = [markdown_of(body, site, lost, name_linked) for body in draft.bodies]
    senses = [sense for sense in senses if sense]
    markdown = senses[0] if len(senses) == 1 else "\n".join(map(_point, range(1, len(senses) + 1), senses))
    for text, longest, what in (
        (draft.name, LONGEST_NAME, "name"),
        (markdown, LONGEST_DEFINITION, "definition"),
    ):
        if len(text) > longest:
            message = f"The {what} is longer than {longest:,} signs. Shorten or split it."
            return RowProblem(draft.line, "", draft.name[:80], message)
    short, definition = placed(markdown) if markdown else (None, None)
    flags = [*lost.flags()]
    if len(senses) > 1:
        flags.append(_SEVERAL_SENSES)
    if not senses:
        flags.append(Flag("definition_missing", "There is no text below the name."))
    elif pointed_at(short or definition):
        flags.append(POINTS_ELSEWHERE)
    identifier = next(iter(draft.ids), "")
    uri = f"{site.address}#{identifier}" if site.address and identifier else ""
    uri = uri if len(uri) <= _LONGEST_ID else ""
    return TermRecord(
        line=draft.line,
        name=draft.name,
        ref=refs.take(uri or f"html:{identifier or draft.name}"),
        short_definition=short,
        definition=definition,
        aliases=tuple(_once(draft)) or None,
        relations=tuple(dict.fromkeys(draft.relations)) or None,
        relation_kinds=("see_also",) if draft.relations else (),
        external_ids=(ExternalIdRecord("uri", uri),) if uri else None,
        flags=tuple(flags),
    )


def _point(number: int, sense: str) -> str:
    """Return a sense as a point of a numbered list."""
    lines = sense.split("\n")
    indent = " " * (len(str(number)) + 2)
    return "\n".join([f"{number}. {lines[0]}", *(f"{indent}{line}" if line else "" for line in lines[1:])])


def _once(draft: _Draft) -> Iterator[AliasRecord]:
    """Yield the aliases, each name only once."""
    taken = {name_key(draft.name), ""}
    for alias in [*draft.aliases, *_related_to_first([draft.names[0], *draft.taken_over])]:
        if name_key(alias.text) not in taken and len(alias.text) <= LONGEST_NAME:
            taken.add(name_key(alias.text))
            yield alias
