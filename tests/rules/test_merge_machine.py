"""Whatever a desk does in whatever order, merges and splits and their undoing leave a whole glossary.

A machine of Hypothesis takes random steps over a few terms whose names, addresses and relations are
bound to collide. A rule may refuse a step with a sentence; nothing else may go wrong, and what is held
after each step is held always. `TERMBOOK_MACHINE_RUNS` says how often it is done in all.
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any, ClassVar

import pytest
from builders import make_term, make_user
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from terms import duplicates, exporting, importing, linking, merging, publishing, revisions, search, workflow
from terms.errors import TermbookError
from terms.exporting import Selection
from terms.models import (
    DuplicatePair,
    FormerSlug,
    IndexEntry,
    Merge,
    MergeProposal,
    Operation,
    Relation,
    Revision,
    SearchDocument,
    Split,
    Term,
)

pytestmark = pytest.mark.django_db

PARTS = range(8)
STEPS, STEPS_DEEP = 8, 14

# Names of one address (Drop out, Drop-out), an acronym with its long form, and signs that make a difference.
NAMES = ["Drop out", "Drop-out", "Dilution", "RAG", "Retrieval augmented generation", "C", "C++"]
TEXTS = ["Units are left out.", "Units are left out.\n\nAt random.", "At random.", "Weights."]
KINDS = ["broader", "related", "see_also", "replaced_by"]

place = st.integers(0, 7)
names = st.sampled_from(NAMES)
relations = st.lists(st.tuples(st.sampled_from(KINDS), place), max_size=2)
changes = {
    "name": names,
    "qualifier": st.sampled_from(["", "layer"]),
    "slug": st.sampled_from(["", "drop-out", "dilution", "loss"]),
    "aliases": st.lists(names, max_size=2, unique=True),
    "definition": st.sampled_from(TEXTS),
    "tags": st.lists(st.sampled_from(["noise", "training"]), max_size=2),
    "relations": relations,
}
some_changes = st.lists(st.sampled_from(sorted(changes)), min_size=1, max_size=2, unique=True).flatmap(
    lambda fields: st.fixed_dictionaries({field: changes[field] for field in fields})
)
choices = dict.fromkeys(("name", "definition", "aliases", "relations"), place)


class Desk(RuleBasedStateMachine):
    """A few people at a small glossary."""

    people: ClassVar[Any] = None

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        cache.clear()
        linking._kept = linking._Kept()
        self.addresses: set[str] = set()
        self.history: list[tuple[Any, ...]] = []
        self.looked_at = (-1, -1)

    def teardown(self) -> None:
        try:
            self._look_closely()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    # Steps

    @rule(name=names, definition=st.sampled_from(TEXTS), related=relations, is_published=st.booleans())
    def write(self, name: str, definition: str, related: Any, is_published: bool) -> None:
        content = {"name": name, "definition": definition, "relations": self._relations(related)}
        proposal = self._try(lambda: workflow.propose(content=content, by=self.people.editor))
        if is_published and proposal:
            self._approve(proposal)

    @rule(at=place, content=some_changes, is_approved=st.booleans())
    def change(self, at: int, content: dict[str, Any], is_approved: bool) -> None:
        term = self._term(at)
        base = workflow.current_text(term)
        if "relations" in content:
            content = {**content, "relations": self._relations(content["relations"])}
        wish = {"term_id": term.pk, "based_on": base.number if base else None, "content": content}
        by = self.people.editor
        proposal = self._try(lambda: workflow.propose(**wish, by=by, comment="A change."))
        if proposal and is_approved:
            self._approve(proposal)

    @rule(at=place, how=st.sampled_from(["approve", "reject", "bring_up_to_date"]))
    def settle(self, at: int, how: str) -> None:
        texts = Revision.objects.filter(state__in=Revision.OPEN_STATES).order_by("pk")
        if text := self._pick(texts, at):
            reason = {"reason": "No."} if how == "reject" else {}
            by = self.people.reviewer
            self._try(lambda: getattr(workflow, how)(revision_id=text.pk, by=by, **reason))

    @rule(at=place, how=st.sampled_from(["deprecate", "reinstate", "remove", "restore", "discard_draft"]))
    def decide(self, at: int, how: str) -> None:
        reason = {"reason": "Old."} if how in {"deprecate", "remove"} else {}
        by = self.people.chief
        self._try(lambda: getattr(workflow, how)(term_id=self._term(at).pk, by=by, **reason))

    @rule(at=place, other=place, verdict=st.sampled_from(["open", "different", "later"]))
    def find_alike(self, at: int, other: int, verdict: str) -> None:
        one, two = self._term(at), self._term(other)
        if one.pk < two.pk:
            judge = None if verdict == "open" else self.people.editor
            wanted = {"score": 0.5, "verdict": verdict, "judged_by": judge}
            DuplicatePair.objects.get_or_create(first=one, second=two, defaults=wanted)

    @rule(places=st.lists(place, min_size=2, max_size=2, unique=True))
    def merge_two(self, places: list[int]) -> None:
        self._merge(places, {})

    @rule(
        places=st.lists(place, min_size=2, max_size=4, unique=True),
        chosen=st.fixed_dictionaries({}, optional=choices),
    )
    def merge(self, places: list[int], chosen: dict[str, int]) -> None:
        self._merge(places, chosen)

    def _merge(self, places: list[int], chosen: dict[str, int]) -> None:
        kept, *absorbed = dict.fromkeys(map(self._term, places))
        if not absorbed:
            return
        wish: dict[str, Any] = {"kept_id": kept.pk, "absorbed_ids": [term.pk for term in absorbed]}
        contents = list(revisions.snapshots([kept, *absorbed]).values())
        wish["content"] = {field: contents[at % len(contents)][field] for field, at in chosen.items()}
        shown = self._try(lambda: merging.preview(**wish, by=self.people.chief))
        if not shown:
            return
        done = self._try(lambda: merging.merge(**wish, token=shown.token, by=self.people.chief))
        if done:
            assert not shown.conflicts
            assert revisions.snapshot(Term.objects.get(pk=kept.pk)) == shown.content
            moved = {one.source.pk for one in shown.impact.relations if one.source.is_public}
            assert moved == {entry["term"] for entry in done.reversal["relations"]}

    @rule(at=place)
    def undo(self, at: int) -> None:
        operations = Operation.objects.filter(kind__in=["merge", "split"], undone_at=None).order_by("pk")
        operation = self._pick(operations, at)
        if not operation:
            return
        shown = self._try(lambda: merging.undo_preview(operation.pk, by=self.people.chief))
        if not shown:
            return
        done = self._try(lambda: merging.undo(operation.pk, token=shown.token, by=self.people.chief))
        assert not (done and shown.obstacles)

    @rule(at=place, name=names, address=st.sampled_from(["stays", "part", "both"]), is_moved=st.booleans())
    def split(self, at: int, name: str, address: str, is_moved: bool) -> None:
        term = self._term(at)
        content = revisions.snapshot(term)
        part = {"name": name, "definition": content["definition"], "relations": content["relations"][:1]}
        moves = [
            {"source": row.source.public_id, "kind": row.kind}
            for row in Relation.objects.filter(target=term).select_related("source")[: int(is_moved)]
        ]
        wish = {"term_id": term.pk, "stays": {"relations": content["relations"][1:]}, "part": part}
        wish |= {"address": address, "moves": moves}
        shown = self._try(lambda: merging.split_preview(**wish, by=self.people.chief))
        if shown:
            self._try(lambda: merging.split(**wish, token=shown.token, by=self.people.chief))

    @rule(places=st.lists(place, min_size=2, max_size=3, unique=True), definition=st.sampled_from(TEXTS))
    def propose_merge(self, places: list[int], definition: str) -> None:
        kept, *absorbed = dict.fromkeys(map(self._term, places))
        if not absorbed:
            return
        wish = {"kept": kept.public_id, "absorbed": [term.public_id for term in absorbed]}
        wish["content"] = {"definition": definition}
        ids = {"kept_id": kept.pk, "absorbed_ids": [term.pk for term in absorbed]}
        by = self.people.editor
        shown = self._try(lambda: merging.preview(**ids, content=wish["content"], by=by))
        if shown:
            self._try(lambda: merging.propose("merge", wish, token=shown.token, by=by))

    @rule(at=place, is_agreed=st.booleans())
    def decide_on_a_merge(self, at: int, is_agreed: bool) -> None:
        proposal = self._pick(MergeProposal.objects.filter(state="proposed").order_by("pk"), at)
        if not proposal:
            return
        by = self.people.chief
        if is_agreed:
            self._try(lambda: merging.approve_proposal(proposal.pk, by=by))
        else:
            self._try(lambda: merging.reject_proposal(proposal.pk, by=by, reason="No."))

    @rule(at=place)
    def look_from_outside(self, at: int) -> None:
        """Follow an address as a browser does: at most one redirect, and then a page or its absence.

        And a file of the whole glossary says nothing that the glossary does not say.
        """
        slug = sorted(self.addresses)[at % len(self.addresses)]
        answer = Client().get(f"/terms/{slug}/")
        if answer.status_code == 301:
            answer = Client().get(answer["Location"])
            assert answer.status_code in {200, 410}, slug
        assert answer.status_code in {200, 300, 410}, slug
        public = Term.objects.published()
        if Relation.objects.filter(source__in=public).exclude(target__in=public).exists():
            return  # what is not public stays behind
        self._carry_out_and_in()

    def _carry_out_and_in(self) -> None:
        by, public = self.people.chief, Selection(statuses=("published", "deprecated"))
        data = b"".join(exporting.stream("json", public, by=by, origin="https://g.example"))
        file = importing.GivenFile("terms.json", data)
        batch = importing.prepare([file], by=by, options=importing.Options())
        assert list(batch.rows.exclude(action="unchanged").values_list("record__name", "changed")) == []

    # How a step is taken

    def _try(self, act: Any) -> Any:
        """Return what came of it; None where a rule refused it. Nothing else may go wrong."""
        try:
            with transaction.atomic():
                return act()
        except TermbookError as refusal:
            assert refusal.message
            return None

    def _term(self, at: int) -> Term:
        return self._pick(Term.objects.order_by("pk"), at)

    @staticmethod
    def _pick(rows: Any, at: int) -> Any:
        count = rows.count()
        return rows[at % count] if count else None

    def _relations(self, related: Any) -> list[dict[str, str]]:
        terms = list(Term.objects.exclude(status__in=Term.GONE_STATUSES).order_by("pk"))
        return [{"kind": k, "target": terms[at % len(terms)].public_id} for k, at in related if terms]

    def _approve(self, proposal: Revision) -> None:
        self._try(lambda: workflow.approve(revision_id=proposal.pk, by=self.people.reviewer))

    # What is held

    @invariant()
    def all_is_well(self) -> None:
        now = (publishing.content_version(), Revision.objects.count())
        if now == self.looked_at:
            return
        self.looked_at = now
        self._history_only_grows()
        self._terms_are_whole()
        self._merges_are_told_truly()
        self._addresses_lead_somewhere()

    def _history_only_grows(self) -> None:
        rows = Revision.objects.order_by("pk").values_list("pk", "term", "number", "author", "content")
        history = [(*row[:4], json.dumps(row[4], sort_keys=True)) for row in rows]
        assert history[: len(self.history)] == self.history
        self.history = history

    def _terms_are_whole(self) -> None:
        terms = list(Term.objects.select_related("live_revision"))
        merged = {term.public_id for term in terms if term.status == "merged"}
        public = [term for term in terms if term.is_public]
        snapshots = revisions.snapshots(public)
        assert len({(term.name_key, term.qualifier_key) for term in public}) == len(public)
        for term in public:
            content = term.live_revision.content
            # Tags have no order of their own.
            assert snapshots[term.pk] == {**content, "tags": sorted(content["tags"])}, term.name
            targets = {item["target"] for item in content["relations"]}
            assert not targets & {*merged, term.public_id}, term.name
            assert term.live_revision.version == term.version, term.name
        self._versions_count_up(terms)

    @staticmethod
    def _versions_count_up(terms: list[Term]) -> None:
        numbers: dict[int, list[int]] = {term.pk: [] for term in terms}
        went_live = Revision.objects.filter(version__isnull=False).order_by("version")
        for term_id, version in went_live.values_list("term", "version"):
            numbers[term_id].append(version)
        for term in terms:
            assert numbers[term.pk] == list(range(1, term.version + 1)), term.name

    @staticmethod
    def _merges_are_told_truly() -> None:
        merged = dict(Term.objects.filter(status="merged").values_list("pk", "merged_into"))
        assert not merged.keys() & set(merged.values()), "a redirect leads to another"
        told = dict(Merge.objects.filter(is_undone=False).values_list("absorbed", "kept"))
        undone_parts = set(Split.objects.filter(is_undone=True).values_list("part", flat=True))
        assert merged.keys() - told.keys() <= undone_parts
        assert told.keys() <= merged.keys()
        for absorbed, kept in told.items():
            assert merged[absorbed] == merged.get(kept, kept)
        open_texts = Revision.objects.filter(state__in=Revision.OPEN_STATES)
        assert not open_texts.filter(term__status="merged").exists()
        assert not Relation.objects.filter(
            source__status__in=Term.PUBLIC_STATUSES, target__status="merged"
        ).exists()

    def _addresses_lead_somewhere(self) -> None:
        self.addresses |= set(Term.objects.filter(version__gt=0, slug__gt="").values_list("slug", flat=True))
        self.addresses |= set(FormerSlug.objects.values_list("slug", flat=True))
        for slug in self.addresses:
            found = Term.objects.resolve(slug)
            assert found.term or len(found.choices) > 1, f"/terms/{slug}/ leads nowhere"
            if found.term and not found.is_current and found.term.is_public:
                arrived = Term.objects.resolve(found.term.slug)
                assert (arrived.term, arrived.is_current) == (found.term, True), slug
            elif found.term:
                assert found.term.is_public or found.term.status == "removed", slug

    def _look_closely(self) -> None:
        """What follows from the texts is as it would be, were all of it made anew."""
        connection.check_constraints()
        assert _index() == self._rebuilt_index()
        for term in publishing.with_parts(Term.objects.published()):
            assert term.document == publishing.document(term), term.name
        assert duplicates.pairs(self.people.chief, verdict=None).count() <= DuplicatePair.objects.count()

    @staticmethod
    def _rebuilt_index() -> Any:
        search.rebuild()
        return _index()


def _index() -> Any:
    entries = IndexEntry.objects.order_by("term", "key", "text", "is_alias", "is_hidden")
    documents = SearchDocument.objects.order_by("term")
    return list(entries.values_list("term", "key", "text", "is_alias", "is_hidden")), list(
        documents.values_list()
    )


class People:
    """Made once, with the glossary that each run begins with: their rights are read once, too."""

    def __init__(self, chance: Random) -> None:
        self.editor, self.reviewer = make_user("Editors"), make_user("Reviewers")
        self.chief = make_user("Chief editors")
        ids: list[str] = []
        for name in chance.sample(NAMES, 4):
            related = [{"kind": chance.choice(KINDS), "target": target} for target in ids[-2:]]
            content = {"definition": chance.choice(TEXTS), "relations": related}
            term = make_term(name, by=self.editor, reviewer=self.reviewer, **content)
            ids.append(term.public_id)


def runs(of_sqlite: int, of_postgres: int) -> int:
    """Return how many runs one part has."""
    usual = of_sqlite if connection.vendor == "sqlite" else of_postgres
    wanted = int(os.environ.get("TERMBOOK_MACHINE_RUNS", usual))
    return max(1, -(-wanted // len(PARTS)))


def run(machine: type[Desk], count: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=count,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            # A few steps can be read as they are; to make them fewer takes minutes.
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_glossary_stays_whole(part):
    """The same steps each time, other ones in each part."""
    machine = seed(part)(type("Desk", (Desk,), {"people": People(Random(part))}))  # noqa: S311

    run(machine, runs(of_sqlite=200, of_postgres=20), STEPS)


@pytest.mark.deep
@pytest.mark.parametrize("part", PARTS)
def test_a_glossary_stays_whole_deep(part):
    """Other steps each time, and more of them."""
    machine = type("Desk", (Desk,), {"people": People(Random())})  # noqa: S311

    run(machine, runs(of_sqlite=2_000, of_postgres=200), STEPS_DEEP)
