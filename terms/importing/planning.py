"""What will become of records: compared with the glossary some hundreds at a time, nothing written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.db.models import Q

from .. import duplicates, revisions, text
from ..errors import InvalidContent
from ..formats.record import Flag, TermRecord
from ..models import Alias, ExternalId, ImportedRecord, ImportRow, Revision, Term
from ..revisions import Content, Known
from .neighbours import NameKey, Neighbours, name_key
from .records import AS_NEW, Item, given_by, parts_of

CREATE, UPDATE, UNCHANGED, CONFLICT, INVALID = ACTIONS = tuple(map(str, ImportRow.Action.values))
AT_ONCE = 500
T = TypeVar("T")


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

    def plan(self, items: Sequence[Item]) -> list[PlannedRow]:
        """Say what becomes of each of these records."""
        glossary = _Glossary(self, items)
        self.known = glossary.known
        rows = [self._plan_one(item, glossary) for item in items]
        return self._with_look_alikes(rows) if self.is_trial else rows

    def _plan_one(self, item: Item, glossary: _Glossary) -> PlannedRow:
        row = PlannedRow(item.position, item.record, flags=item.record.flags)
        if item.problem:
            return replace(row, action=INVALID, because=item.problem)
        given = given_by(item.record, clear_empty=self.options.clear_empty, publish=self.options.publish)
        as_read = given
        if item.record is not item.as_read:
            as_read = given_by(
                item.as_read, clear_empty=self.options.clear_empty, publish=self.options.publish
            )
        row = replace(row, given=as_read)
        match = self._match(item, glossary)
        if match.because:
            return replace(row, action=CONFLICT, because=match.because, look_alikes=match.look_alikes)
        if match.term is None:
            return self._as_new(item, replace(row, flags=row.flags + match.flags), given, glossary)
        self.taken.setdefault(match.term.pk, item.position)
        row = replace(row, term_id=match.term.pk, public_id=match.term.public_id)
        earlier = glossary.earlier(item, match.term)
        fields = {
            name
            for name, value in given.items()
            if value != as_read.get(name) or earlier.given.get(name) != as_read.get(name)
        }
        fields |= {"relations"} & set(given) if self._can_resolve_more(earlier, glossary) else set()
        stated = {name: given[name] for name in fields}
        if item.term or _has_another_name(match.term, earlier):
            stated = _under_another_name(item, stated, glossary.bases.get(match.term.pk))
        return self._against(match.term, stated, row, glossary)

    def _can_resolve_more(self, earlier: _Earlier, glossary: _Glossary) -> bool:
        return any(self.neighbours.find(name, glossary.known) for name in earlier.unresolved)

    # Which term it is

    def _match(self, item: Item, glossary: _Glossary) -> _Match:
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

    def _likely(self, item: Item, terms: list[Term], glossary: _Glossary) -> _Match:
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

    def _unless_it_is_another_name(self, item: Item, glossary: _Glossary) -> _Match:
        flags = tuple(self._neighbour_flags(item, glossary))
        owners = self._owners_of_the_name(item, glossary)
        record = item.record
        if not owners or record.heading or record.qualifier or record.id:
            return _Match(flags=flags)
        names = " and ".join(f"“{term.full_name}”" for term in owners[:3])
        because = f"This is another name of {names}. Say that this is meant, or that it is a new term."
        return _Match(because=because, look_alikes=tuple(_other_name(term, record) for term in owners[:5]))

    def _owners_of_the_name(self, item: Item, glossary: _Glossary) -> list[Term]:
        """Return whose alias the name is, but for those that the file tells apart from it itself."""
        return [
            term
            for term in glossary.by_alias.get(name_key(item)[0], [])
            if term.pk not in self.taken and (term.name_key, term.qualifier_key) not in self.neighbours.names
        ]

    def _neighbour_flags(self, item: Item, glossary: _Glossary) -> Iterator[Flag]:
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

    def _as_new(self, item: Item, row: PlannedRow, given: dict[str, Any], glossary: _Glossary) -> PlannedRow:
        public_id = self.neighbours.id_of(item)
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

    def _against(self, term: Term, given: dict[str, Any], row: PlannedRow, glossary: _Glossary) -> PlannedRow:
        """Plan a change of a known term in these fields, as far as they really differ."""
        base = glossary.bases.get(term.pk)
        if not given:
            return replace(row, base=base.number if base else None)
        if base is None:
            return replace(row, action=CONFLICT, because=_put_away(term))
        row = replace(row, base=base.number)
        change = {name: value for name, value in given.items() if name != "slug" or value != term.slug}
        related = self._related(row, given, base.content, term.public_id, glossary.known)
        if "relations" in change:
            change["relations"] = list(related.found)
        try:
            content = self._clean(change, base.content, glossary.known, term)
        except InvalidContent as error:
            return replace(row, action=INVALID, because=error.message)
        changed = tuple(name for name in revisions.FIELDS if content[name] != base.content[name])
        return replace(
            row,
            action=UPDATE if changed else UNCHANGED,
            changed=changed,
            changes=tuple(_changes(changed, base.content, content)),
            content={name: change.get(name, content[name]) for name in changed},
            unresolved=related.missing,
            flags=row.flags + tuple(unresolved_flags(related.missing)),
        )

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


@dataclass(frozen=True)
class _Earlier:
    """What earlier imports of a record said of its term."""

    given: Mapping[str, Any]
    unresolved: tuple[str, ...]


def _has_another_name(term: Term, earlier: _Earlier) -> bool:
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


class _Glossary:
    """What the glossary has on some records, read in a fixed number of queries."""

    def __init__(self, planner: Planner, items: Sequence[Item]) -> None:
        self.source = planner.source
        usable = [item for item in items if not item.problem]
        self._imported = self._read_imported({item.record.ref for item in usable})
        ids = {item.record.id for item in usable} | {item.term for item in usable}
        self.by_id = self._terms("public_id", ids)
        self.by_slug = self._terms("slug", {item.record.slug for item in usable})
        self._by_uri = self._read_uris({uri for item in usable for uri in _uris(item.record)})
        keys = {name_key(item)[0] for item in usable}
        self.by_name = self._read_names(keys)
        self.by_alias = self._read_aliases(keys)
        self.bases = self._read_bases()
        self.known = Known(planner.by)
        self.known.read_ahead(_targets(usable))

    @staticmethod
    def _terms(field_name: str, values: set[str | None]) -> dict[str, Term]:
        wanted = values - {None, ""}
        terms = _TERMS.filter(**{f"{field_name}__in": wanted}) if wanted else []
        return {getattr(term, field_name): term for term in terms}

    @staticmethod
    def _read_imported(refs: set[str]) -> dict[str, list[ImportedRecord]]:
        found: dict[str, list[ImportedRecord]] = defaultdict(list)
        rows = ImportedRecord.objects.filter(ref__in=refs).select_related("batch", "term__merged_into")
        for row in rows.defer(*(f"term__{name}" for name in _LONG_TEXTS)).order_by("pk"):
            found[row.ref].append(row)
        return found

    @staticmethod
    def _read_uris(uris: set[str]) -> dict[str, list[Term]]:
        found: dict[str, list[Term]] = defaultdict(list)
        exact = ExternalId.objects.filter(scheme="uri", value__in=uris, mapping=ExternalId.Mapping.EXACT)
        owners = dict(exact.values_list("value", "term_id")) if uris else {}
        terms = _THERE.in_bulk(set(owners.values())) if owners else {}
        for uri, term_id in exact.values_list("value", "term_id") if owners else ():
            if term_id in terms:
                found[uri].append(terms[term_id])
        return found

    @staticmethod
    def _read_names(keys: set[str]) -> dict[NameKey, list[Term]]:
        found: dict[NameKey, list[Term]] = defaultdict(list)
        once_public = Q(version__gt=0)
        is_draft = Q(status=Term.Status.DRAFT) & ~Term.objects.rejected_drafts()
        for term in _TERMS.filter(once_public | is_draft, name_key__in=keys).order_by("pk"):
            found[term.name_key, term.qualifier_key].append(term)
        return found

    @staticmethod
    def _read_aliases(keys: set[str]) -> dict[str, list[Term]]:
        found: dict[str, list[Term]] = defaultdict(list)
        owners = list(Alias.objects.filter(name_key__in=keys).values_list("name_key", "term_id"))
        terms = _THERE.in_bulk({term_id for _, term_id in owners}) if owners else {}
        for key, term_id in owners:
            if term_id in terms:
                found[key].append(terms[term_id])
        return found

    def _read_bases(self) -> dict[int, Revision]:
        """Return the revision that a change of each matched term starts from."""
        imported = (row.term for rows in self._imported.values() for row in rows)
        terms = {
            term.pk: term
            for some in (self.by_id.values(), self.by_slug.values(), imported, *self._by_uri.values())
            for term in some
        }
        terms |= {term.pk: term for some in self.by_name.values() for term in some}
        return newest_texts(terms.values())

    def imported(self, item: Item) -> Term | None:
        """Return the term that an earlier import of this record became.

        An address that stands for the record in all the world counts always; the key of a file only
        where the file is the same, or the name.
        """
        for row in reversed(self._imported.get(item.as_read.ref, [])):
            if self._is_of_record(row, item):
                return row.term
        return None

    def _is_of_record(self, row: ImportedRecord, item: Item) -> bool:
        if "://" in row.ref or (row.batch.source or row.batch.file_name) == self.source:
            return True
        key = text.name_key(item.as_read.name)
        return key in {row.term.name_key, text.name_key(str(row.given.get("name", "")))}

    def earlier(self, item: Item, term: Term) -> _Earlier:
        """Return what was said of a term under this key: on each field the last word, this source first."""
        rows = [row for row in self._imported.get(item.as_read.ref, ()) if row.term_id == term.pk]
        rows.sort(key=lambda row: (row.batch.source or row.batch.file_name) == self.source)
        given = {name: value for row in rows for name, value in row.given.items()}
        return _Earlier(given, tuple(rows[-1].unresolved) if rows else ())

    def by_uri(self, record: TermRecord) -> list[Term]:
        """Return the one term that has an address of the record among its identifiers."""
        found = {term.pk: term for uri in _uris(record) for term in self._by_uri.get(uri, ())}
        return list(found.values()) if len(found) == 1 else []


_LONG_TEXTS = ("definition", "definition_html", "document", "problems")
_TERMS = Term.objects.select_related("merged_into").defer(
    *_LONG_TEXTS, *(f"merged_into__{name}" for name in _LONG_TEXTS)
)
_THERE = _TERMS.exclude(status__in=Term.GONE_STATUSES)


def newest_texts(terms: Iterable[Term]) -> dict[int, Revision]:
    """Return the revision that a change of each term starts from; none for one that was put away."""
    found = list(terms)
    live = [term.live_revision_id for term in found if term.is_public and term.live_revision_id]
    texts = {text.term_id: text for some in chunks(live) for text in Revision.objects.filter(pk__in=some)}
    drafts = [term.pk for term in found if term.status == Term.Status.DRAFT]
    for some in chunks(drafts):
        is_open = Revision.objects.filter(term__in=some, state__in=Revision.OPEN_STATES)
        texts |= {text.term_id: text for text in is_open.order_by("number")}
    return texts


def _uris(record: TermRecord) -> Iterator[str]:
    if "://" in record.ref:
        yield record.ref
    for item in record.external_ids or ():
        if item.scheme == "uri" and item.mapping == ExternalId.Mapping.EXACT:
            yield item.value


def _targets(items: Iterable[Item]) -> set[str]:
    relations = [relation for item in items for relation in item.record.relations or ()]
    return {name for relation in relations for name in (relation.target, relation.name) if name}


def chunks(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
