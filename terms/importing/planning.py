"""What will become of records: compared with the glossary some hundreds at a time, nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from .. import duplicates, revisions, text
from ..errors import InvalidContent
from ..formats.record import Flag, TermRecord
from ..models import ImportRow, Revision, Term, new_public_id
from ..revisions import Content, Known
from .glossary import Earlier, Glossary
from .neighbours import Neighbours, name_key
from .records import AS_NEW, Item, given_by, parts_of

CREATE, UPDATE, UNCHANGED, CONFLICT, INVALID = ACTIONS = tuple(map(str, ImportRow.Action.values))


@dataclass(frozen=True)
class Options:
    """How files are to be brought in.

    `format` names the format where it shall not be found out, `language` that of the texts where it is
    not the site's. With `clear_empty` an empty cell clears its field, with `all_or_nothing` one bad row
    stops all, with `publish` what comes in is published at once. `source` names where the files come
    from: two files of one source speak of the same records. Without it that is the name of the file.
    """

    format: str = ""
    clear_empty: bool = False
    all_or_nothing: bool = False
    publish: bool = False
    source: str = ""
    language: str = ""


@dataclass(frozen=True)
class LookAlike:
    """A term that a new one may mean."""

    id: str
    name: str
    status: str
    reason: str
    strength: float


@dataclass(frozen=True)
class Change:
    """One field that will read otherwise."""

    field: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class PlannedRow:
    """What will become of one record.

    `because` says why it is a conflict or cannot be used, `changed` which fields will be written, `base`
    on which revision. `given` is what the file says, `content` what is handed to the editorial rules.
    `unresolved` are the names to which nothing can be related (yet).
    """

    position: int
    record: TermRecord
    action: str = UNCHANGED
    because: str = ""
    flags: tuple[Flag, ...] = ()
    changed: tuple[str, ...] = ()
    look_alikes: tuple[LookAlike, ...] = ()
    changes: tuple[Change, ...] = ()
    term_id: int | None = None
    base: int | None = None
    public_id: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        return self.record.line

    def as_json(self) -> dict[str, Any]:
        """Return the row as `import_terms --dry-run --json` prints it."""
        record = self.record
        flags = [*self.flags, *([Flag(self.action, self.because)] if self.because else [])]
        return {
            "line": self.line,
            "heading": record.heading,
            "title": record.name,
            "qualifier": record.qualifier or "",
            "aliases": [alias.text for alias in record.aliases or ()],
            "keywords": list(record.keywords),
            "tags": list(record.tags or ()),
            "short_definition": record.short_definition or "",
            "definition": record.definition or "",
            "action": self.action,
            "confidence": record.confidence,
            "flags": [vars(flag) for flag in flags],
            "path": record.path,
            "term": self.public_id if self.term_id is not None else "",
            "because": self.because,
            "changes": [vars(change) for change in self.changes],
            "look_alikes": [vars(one) for one in self.look_alikes],
        }


class Planner:
    """Plans the records of one import, chunk after chunk, and remembers which terms are spoken for.

    `taken` are these terms with the places of their records. `is_trial` is what comes to nothing: new
    texts are cleaned, and their look-alikes are found.
    """

    def __init__(
        self,
        *,
        by: Any,
        options: Options,
        source: str,
        neighbours: Neighbours,
        taken: dict[int, int] | None = None,
        is_trial: bool = True,
    ) -> None:
        self.by, self.options, self.source, self.neighbours = by, options, source, neighbours
        self.taken = {} if taken is None else taken
        self.is_trial = is_trial
        self.known = Known(by)
        self.ids: dict[str, int] = {}
        neighbours.settle = self._settle

    def _settle(self, items: Sequence[Item]) -> dict[int, str]:
        """Return which identifiers the terms of records have or will have that others name."""
        planner = copy(self)
        planner.taken, planner.is_trial = {}, False
        glossary = Glossary(items, by=planner.by, source=planner.source)
        return {item.position: planner._id_of(item, glossary) for item in items}

    def _id_of(self, item: Item, glossary: Glossary) -> str:
        match = self._match(item, glossary)
        if item.problem or match.because:
            return ""
        if match.term is not None:
            self.taken.setdefault(match.term.pk, item.position)
            return "" if match.term.is_gone else match.term.public_id
        wanted = item.record.id or new_public_id()
        return wanted if revisions.is_public_id(wanted) else ""

    def plan(self, items: Sequence[Item]) -> list[PlannedRow]:
        """Say what becomes of each of these records."""
        glossary = Glossary(items, by=self.by, source=self.source)
        self.known = glossary.known
        rows = [self._plan_one(item, glossary) for item in items]
        return self._with_look_alikes(rows) if self.is_trial else rows

    def _plan_one(self, item: Item, glossary: Glossary) -> PlannedRow:
        row = PlannedRow(item.position, item.record, flags=item.record.flags)
        if item.problem:
            return replace(row, action=INVALID, because=item.problem)
        row = replace(row, given=self._given(item.as_read))
        match = self._match(item, glossary)
        if match.because:
            return replace(row, action=CONFLICT, because=match.because, look_alikes=match.look_alikes)
        if match.term is None:
            return self._as_new(item, replace(row, flags=row.flags + match.flags), glossary)
        self.taken.setdefault(match.term.pk, item.position)
        return self._as_known(item, match.term, row, glossary)

    def _given(self, record: TermRecord) -> dict[str, Any]:
        return given_by(record, clear_empty=self.options.clear_empty, publish=self.options.publish)

    # Which term it is

    def _match(self, item: Item, glossary: Glossary) -> _Match:
        """Find the term of a record: by what a person said, by id, address, earlier import, then by name."""
        record = item.record
        if item.term == AS_NEW:
            return _Match(flags=tuple(self._neighbour_flags(item, glossary)))
        if item.term:
            chosen = glossary.by_id.get(item.term)
            return self._sure(item, chosen) if chosen else _Match(because=f"There is no term “{item.term}”.")
        sure = glossary.by_id.get(record.id or "") or glossary.by_slug.get(record.slug or "")
        sure = sure or glossary.imported(item)
        if sure is not None:
            return self._sure(item, sure)
        likely = glossary.by_uri(record) or []
        if not likely and not record.heading:
            likely = glossary.by_name.get(name_key(item), [])
        likely = [term for term in likely if self.taken.get(term.pk, item.position) == item.position]
        return self._likely(item, likely, glossary)

    def _sure(self, item: Item, term: Term) -> _Match:
        place = self.taken.get(term.pk, item.position)
        if place != item.position:
            because = f"Record {place + 1} of this file is about “{term.full_name}” already. Leave one out."
            return _Match(because=because)
        return _Match(term)

    def _likely(self, item: Item, terms: list[Term], glossary: Glossary) -> _Match:
        public = [term for term in terms if term.is_public]
        drafts = [term for term in terms if term.status == Term.Status.DRAFT]
        chosen = (public or drafts or terms)[:1]
        if not public and len(drafts) > 1:
            because = (
                f"{len(drafts)} drafts are called “{drafts[0].full_name}”. Say which one is meant, or that "
                "this is a new one."
            )
            return _Match(because=because, look_alikes=tuple(_same_name(term) for term in drafts[:5]))
        if chosen:
            return _Match(chosen[0])
        return self._unless_it_is_another_name(item, glossary)

    def _unless_it_is_another_name(self, item: Item, glossary: Glossary) -> _Match:
        flags = tuple(self._neighbour_flags(item, glossary))
        owners = self._owners_of_the_name(item, glossary)
        record = item.record
        if not owners or record.heading or record.qualifier or record.id:
            return _Match(flags=flags)
        names = " and ".join(f"“{term.full_name}”" for term in owners[:3])
        because = f"This is another name of {names}. Say that this is meant, or that it is a new term."
        return _Match(because=because, look_alikes=tuple(_other_name(term, record) for term in owners[:5]))

    def _owners_of_the_name(self, item: Item, glossary: Glossary) -> list[Term]:
        """Return whose alias the name is, but for those that the file tells apart from it itself."""
        return [
            term
            for term in glossary.by_alias.get(name_key(item)[0], [])
            if term.pk not in self.taken and (term.name_key, term.qualifier_key) not in self.neighbours.names
        ]

    def _neighbour_flags(self, item: Item, glossary: Glossary) -> Iterator[Flag]:
        """Tell of other records and terms with this name; for the preview, which is kept."""
        if not self.is_trial:
            return
        count = self.neighbours.names[name_key(item)]
        if count > 1:
            name = item.record.name
            yield Flag(
                "same_name_in_file", f"{count} records of this file are called “{name}”; they stay apart."
            )
        for term in glossary.by_name.get(name_key(item), []):
            if not term.is_gone and term.pk not in self.taken:
                sentence = f"There is “{term.full_name}” already ({term.status}); compare the two."
                yield Flag("name_is_taken", sentence)
        for term in self._owners_of_the_name(item, glossary):
            yield Flag("is_another_name", f"This is another name of “{term.full_name}”; compare the two.")

    # What becomes of it

    def _as_new(self, item: Item, row: PlannedRow, glossary: Glossary) -> PlannedRow:
        given, public_id = self._given(item.record), self.neighbours.id_of(item)
        related = self._related(row, given, revisions.EMPTY, public_id, glossary.known)
        content = {**given, "relations": list(related.found)} if "relations" in given else given
        row = replace(row, public_id=public_id, unresolved=related.missing, content=content)
        try:
            self._claim(item)
            if self.is_trial:
                self._clean(content, revisions.EMPTY, glossary.known)
        except InvalidContent as error:
            return replace(row, action=INVALID, because=error.message)
        flags = (*row.flags, *unresolved_flags(related.missing), *self._why_not_published(item.record, given))
        return replace(row, action=CREATE, changed=tuple(given), flags=flags)

    def _why_not_published(self, record: TermRecord, given: Mapping[str, Any]) -> Iterator[Flag]:
        if not self.options.publish:
            return
        if record.status == "draft":
            yield Flag("stays_a_draft", "The file says that this is a draft; it stays one.")
        elif not any(str(given.get(name, "")).strip() for name in ("definition", "short_definition")):
            yield Flag("stays_a_draft", "Without a definition it cannot be published; it stays a draft.")

    def _claim(self, item: Item) -> None:
        """Refuse an identifier that a new term cannot have, or that a row above has taken."""
        public_id = item.record.id
        if not public_id:
            return
        if not revisions.is_public_id(public_id):
            raise revisions.refusal_of_id(public_id, is_taken=False)
        if self.ids.setdefault(public_id, item.position) != item.position:
            raise InvalidContent({"id": [f"Identifier: “{public_id}” stands in a row above already."]})

    def _as_known(self, item: Item, term: Term, row: PlannedRow, glossary: Glossary) -> PlannedRow:
        """Plan a change of a known term, as far as the file itself changed and the term differs."""
        given, base = self._given(item.record), glossary.bases.get(term.pk)
        content = base.content if base else revisions.EMPTY
        related = self._related(row, given, content, term.public_id, glossary.known)
        row = replace(
            row,
            term_id=term.pk,
            public_id=term.public_id,
            base=base.number if base else None,
            unresolved=related.missing,
            flags=(*row.flags, *unresolved_flags(related.missing)),
        )
        stated = self._newly_stated(item, term, {**given, "relations": list(related.found)}, row, glossary)
        if stated and base is None:
            return replace(row, action=CONFLICT, because=_put_away(term))
        planned = self._against(term, base, stated, row, glossary) if stated and base else row
        return replace(planned, flags=(*planned.flags, *self._why_still_a_draft(planned, term)))

    def _newly_stated(
        self, item: Item, term: Term, resolved: Mapping[str, Any], row: PlannedRow, glossary: Glossary
    ) -> dict[str, Any]:
        """Return what the file says otherwise than the last time, and what a person corrected."""
        given, earlier = self._given(item.record), glossary.earlier(item, term)
        stated = {
            name: resolved[name]
            for name, value in given.items()
            if value != row.given.get(name) or earlier.given.get(name) != row.given.get(name)
        }
        if "relations" in given and any(
            self.neighbours.find(name, glossary.known) for name in earlier.unresolved
        ):
            stated["relations"] = resolved["relations"]
        if item.term or _has_another_name(term, earlier):
            stated = _under_another_name(item, stated, glossary.bases.get(term.pk))
        if stated.get("slug") == term.slug:
            stated.pop("slug", None)
        return stated

    def _against(
        self, term: Term, base: Revision, stated: dict[str, Any], row: PlannedRow, glossary: Glossary
    ) -> PlannedRow:
        try:
            content = self._clean(stated, base.content, glossary.known, term)
        except InvalidContent as error:
            return replace(row, action=INVALID, because=error.message)
        changed = tuple(name for name in revisions.FIELDS if content[name] != base.content[name])
        return replace(
            row,
            action=UPDATE if changed else UNCHANGED,
            changed=changed,
            changes=tuple(_changes(changed, base.content, content)),
            content={name: stated.get(name, content[name]) for name in changed},
        )

    def _why_still_a_draft(self, row: PlannedRow, term: Term) -> Iterator[Flag]:
        if not self.options.publish or term.status != Term.Status.DRAFT:
            return
        if row.record.status == "draft":
            yield Flag("stays_a_draft", "The file says that this is a draft; it stays one.")
        elif row.action == UNCHANGED:
            yield Flag("stays_a_draft", "This draft says the same already. Publish it on the desk.")

    def _clean(
        self, given: Mapping[str, Any], base: Content, known: Known, term: Term | None = None
    ) -> Content:
        return revisions.clean(given, by=self.by, base=base, term=term, make_tags=False, known=known)

    def _related(
        self, row: PlannedRow, given: Mapping[str, Any], base: Content, own_id: str, known: Known
    ) -> _Related:
        """Replace the relations of the kinds that a record speaks of, keep the others."""
        stated = given.get("relations", ())
        kinds = {relation["kind"] for relation in stated}
        kinds |= set(row.record.relation_kinds if self.options.clear_empty else ())
        found = [relation for relation in base["relations"] if relation["kind"] not in kinds]
        missing = []
        for relation in stated:
            target = self.neighbours.find(relation["target"], known)
            target = target or self.neighbours.find(relation.get("name", ""), known)
            if not target:
                missing.append(relation.get("name") or relation["target"])
            elif target != own_id:
                found.append({"kind": relation["kind"], "target": target})
        return _Related(tuple(found), tuple(dict.fromkeys(missing)))

    def _with_look_alikes(self, rows: list[PlannedRow]) -> list[PlannedRow]:
        new = {
            row.position: duplicates.Name(
                row.record.name,
                row.record.qualifier or "",
                tuple(alias.text for alias in row.record.aliases or ()),
            )
            for row in rows
            if row.action == CREATE
        }
        found = duplicates.find_like_many(new, by=self.by)
        return [
            replace(row, look_alikes=tuple(map(_look_alike, found[row.position])))
            if found.get(row.position)
            else row
            for row in rows
        ]


@dataclass(frozen=True)
class _Match:
    """The term of a record, or none; or why a person has to say."""

    term: Term | None = None
    because: str = ""
    look_alikes: tuple[LookAlike, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class _Related:
    """The relations of a content after a change, and the targets that nobody knows (yet)."""

    found: tuple[dict[str, str], ...]
    missing: tuple[str, ...]


def _has_another_name(term: Term, earlier: Earlier) -> bool:
    """Say whether a record was brought in under a name that its term does not have (any more)."""
    said = earlier.given.get("name")
    return said is not None and text.name_key(str(said)) != term.name_key


def _under_another_name(item: Item, stated: dict[str, Any], base: Revision | None) -> dict[str, Any]:
    """Return what a record states of a term that is called otherwise: the term keeps its names.

    Those of the record come to them; its own name where a person said that this term is meant.
    """
    others = {name: value for name, value in stated.items() if name not in {"name", "qualifier", "aliases"}}
    if base is None:
        return others
    new = [{"text": item.record.name}] if item.term else []
    new += [parts_of(alias) for alias in item.record.aliases or ()] if "aliases" in stated else []
    known = {text.name_key(base.content["name"])}
    aliases = []
    for alias in [*base.content["aliases"], *new]:
        key = text.name_key(alias["text"])
        if key not in known:
            known.add(key)
            aliases.append(alias)
    return {**others, "aliases": aliases} if len(aliases) > len(base.content["aliases"]) else others


def unresolved_flags(names: Iterable[str]) -> Iterator[Flag]:
    for name in names:
        yield Flag("relation_unresolved", f"There is no single term “{name}” to relate to.")


def _changes(fields: Iterable[str], before: Content, after: Content) -> Iterator[Change]:
    for name in fields:
        yield Change(name, revisions.LABELS[name], before[name], after[name])


def _put_away(term: Term) -> str:
    if term.merged_into is not None:
        return f"“{term.full_name}” was merged into “{term.merged_into.full_name}”. Leave this row out."
    if term.is_gone:
        return f"“{term.full_name}” was put away ({term.status}). Restore it, or leave this row out."
    return f"Nothing of the draft “{term.full_name}” is open any more. Leave this row out."


def _same_name(term: Term) -> LookAlike:
    return LookAlike(term.public_id, term.full_name, term.status, "has the same name", 1.0)


def _other_name(term: Term, record: TermRecord) -> LookAlike:
    reason = f"has “{record.name}” among its other names"
    return LookAlike(term.public_id, term.full_name, term.status, reason, 0.95)


def _look_alike(found: duplicates.LookAlike) -> LookAlike:
    term = found.term
    return LookAlike(term.public_id, term.full_name, term.status, found.reason, found.strength)
