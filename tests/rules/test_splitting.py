"""One term becomes two, as it was shown, and one again."""

from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.utils import timezone
from faults import fail_after_every_write
from snapshots import hash_of_all_rows

from terms import merging, planning, publishing, revisions, search, workflow
from terms.errors import (
    InvalidContent,
    NeedsSecondReader,
    NotAllowed,
    StalePreview,
    TermbookError,
    WrongState,
)
from terms.models import Event, FormerSlug, Operation, Revision, SearchDocument, Term

pytestmark = pytest.mark.django_db

GPU = "A kernel runs on every thread of a GPU."
SCORE = "A kernel measures how alike two vectors are."
STAYS = {
    "qualifier": "GPU",
    "definition": GPU,
    "aliases": ["Compute kernel"],
    "tags": ["hardware"],
    "sources": ["A manual"],
    "notes": [],
    "external_ids": [],
}
PART = {
    "name": "Kernel",
    "qualifier": "statistics",
    "definition": SCORE,
    "aliases": ["Covariance function"],
    "tags": ["statistics"],
    "sources": ["A paper"],
    "notes": [{"kind": "usage", "text": "Said of functions."}],
    "external_ids": [{"scheme": "wikidata", "value": "Q1"}],
}


def make_kernel(name="Kernel", **content):
    return make_term(
        name,
        **{
            "definition": f"{GPU}\n\n{SCORE}",
            "short_definition": "Two things.",
            "aliases": ["Compute kernel", "Covariance function"],
            "tags": ["Hardware", "Statistics"],
            "sources": ["A manual", "A paper"],
            "notes": [{"kind": "usage", "text": "Said of functions."}],
            "external_ids": [{"scheme": "wikidata", "value": "Q1"}],
            **content,
        },
    )


@pytest.fixture
def kernel(db):
    return make_kernel()


def preview(term, by, stays=STAYS, part=PART, **wish):
    return merging.split_preview(term_id=term.pk, by=by, stays=stays, part=part, **wish)


def split(term, by, stays=STAYS, part=PART, comment="", **wish):
    token = preview(term, by, stays, part, **wish).token
    operation = merging.split(
        term_id=term.pk, stays=stays, part=part, token=token, by=by, comment=comment, **wish
    )
    term.refresh_from_db()
    return operation


def undo(operation, by, comment=""):
    token = merging.undo_preview(operation.pk, by=by).token
    return merging.undo(operation.pk, token=token, by=by, comment=comment)


def fresh(term):
    return Term.objects.get(pk=term.pk)


def led_to(slug):
    """Return what the address leads to: names of terms, and whether it is the page itself."""
    found = Term.objects.resolve(slug)
    terms = [found.term] if found.term else list(found.choices)
    return [term.full_name for term in terms], found.is_current and bool(found.term)


def targets(term):
    return [(item["kind"], item["target"]) for item in revisions.snapshot(term)["relations"]]


# --- What it makes -------------------------------------------------------------------------------


def test_each_side_says_what_was_chosen_for_it(kernel, chief):
    operation = split(kernel, chief)

    part = operation.split.part
    stays, part = revisions.snapshot(kernel), revisions.snapshot(part)
    assert (stays["definition"], part["definition"]) == (GPU, SCORE)
    assert [one["text"] for one in part["aliases"]] == ["Covariance function"]
    assert (stays["tags"], part["tags"]) == (["hardware"], ["statistics"])
    assert [one["title"] for one in part["sources"]] == ["A paper"]
    assert part["external_ids"][0]["value"] == "Q1"


def test_both_are_public_and_what_they_show_follows_from_their_texts(kernel, chief):
    operation = split(kernel, chief)

    both = [kernel, operation.split.part]
    assert {term.status for term in both} == {"published"}
    assert all(revisions.snapshot(term) == term.live_revision.content for term in both)
    documents = {term.pk: (fresh(term).document, fresh(term).definition_html) for term in both}
    words = list(SearchDocument.objects.order_by("pk").values_list())
    workflow.render_again()
    search.rebuild()
    assert documents == {term.pk: (fresh(term).document, fresh(term).definition_html) for term in both}
    assert words == list(SearchDocument.objects.order_by("pk").values_list())


def test_a_deprecated_term_becomes_two_deprecated_ones(kernel, chief):
    workflow.deprecate(term_id=kernel.pk, by=chief, reason="Ambiguous.")

    operation = split(kernel, chief)

    assert (kernel.status, operation.split.part.status) == ("deprecated", "deprecated")
    assert operation.split.part.deprecation_reason == "Ambiguous."


def test_the_status_cannot_be_changed_on_the_way(kernel, chief):
    part = {**PART, "status": "deprecated", "deprecation_reason": "Old."}

    with pytest.raises(InvalidContent) as refused:
        preview(kernel, chief, part=part)

    assert "part.status" in refused.value.problems


def test_the_preview_says_what_is_on_neither_side(kernel, chief):
    shown = preview(
        kernel, chief, stays={**STAYS, "aliases": [], "short_definition": ""}, part={**PART, "tags": []}
    )

    assert {change.field for change in shown.dropped} == {"tags", "short_definition"}
    assert shown.lost_names == ("Compute kernel",)


def test_the_preview_writes_nothing(kernel, chief):
    before = hash_of_all_rows()

    preview(kernel, chief, part={**PART, "tags": ["a new tag"]})

    assert hash_of_all_rows() == before


def test_the_history_of_both_tells_of_it(kernel, chief):
    operation = split(kernel, chief, comment="Two meanings.")

    kinds = list(kernel.events.filter(is_public=True).order_by("pk").values_list("kind", "note"))
    assert kinds[-1] == (Event.Kind.SPLIT, "Two meanings.")
    part = operation.split.part
    assert list(part.events.order_by("pk").values_list("kind", flat=True)) == [
        "term.created",
        "term.published",
    ]
    assert (operation.kind, operation.by) == (Operation.Kind.SPLIT, chief)


def test_a_split_happens_as_a_whole_or_not_at_all(kernel, chief):
    other = make_term("Other", relations=[{"kind": "related", "target": kernel.public_id}])
    propose_change(other, definition="Another text.")
    wish = {"address": "both", "moves": [{"source": other.public_id, "kind": "related"}]}
    token = preview(kernel, chief, **wish).token

    fail_after_every_write(
        lambda: merging.split(term_id=kernel.pk, stays=STAYS, part=PART, token=token, by=chief, **wish),
        at_least=20,
    )


# --- Addresses -----------------------------------------------------------------------------------


def test_the_old_address_leads_to_what_stays(kernel, chief):
    split(kernel, chief)

    assert led_to("kernel") == (["Kernel (GPU)"], False)
    assert led_to("kernel-gpu") == (["Kernel (GPU)"], True)
    assert led_to("kernel-statistics") == (["Kernel (statistics)"], True)


def test_what_stays_can_keep_its_address(kernel, chief):
    split(kernel, chief, stays={**STAYS, "qualifier": ""})

    assert led_to("kernel") == (["Kernel"], True)


def test_the_old_address_leads_to_the_part(kernel, chief):
    split(kernel, chief, address="part")

    assert led_to("kernel") == (["Kernel (statistics)"], False)


def test_the_part_takes_the_old_address_itself(kernel, chief):
    split(kernel, chief, part={**PART, "qualifier": ""}, address="part")

    assert led_to("kernel") == (["Kernel"], True)
    assert not FormerSlug.objects.filter(slug="kernel").exists()


def test_the_old_address_asks_which_of_the_two_is_meant(kernel, chief):
    split(kernel, chief, address="both")

    assert led_to("kernel") == (["Kernel (GPU)", "Kernel (statistics)"], False)


@pytest.mark.parametrize(
    ("stays", "part", "address"),
    [
        ({"qualifier": ""}, {}, "both"),
        ({"qualifier": ""}, {}, "part"),
        ({}, {"qualifier": ""}, "both"),
        ({}, {"qualifier": ""}, "stays"),
    ],
)
def test_an_address_that_one_has_for_itself_cannot_lead_elsewhere(stays, part, address, kernel, chief):
    stays, part = {**STAYS, **stays}, {**PART, **part}

    shown = preview(kernel, chief, stays, part, address=address)

    assert any("/terms/kernel/ for itself" in sentence for sentence in shown.conflicts)
    with pytest.raises(InvalidContent):
        split(kernel, chief, stays, part, address=address)


def test_former_addresses_stay_with_what_stays(kernel, chief):
    kernel = workflow.approve(revision_id=propose_change(kernel, name="Kernels").pk, by=chief)

    split(kernel, chief, stays={**STAYS, "name": "Kernels"})

    assert led_to("kernel") == (["Kernels (GPU)"], False)


# --- Relations of other terms --------------------------------------------------------------------


def test_relations_of_others_stay_unless_they_are_moved(kernel, chief):
    to_kernel = [{"kind": "related", "target": kernel.public_id}]
    staying, moving = make_term("One", relations=to_kernel), make_term("Two", relations=to_kernel)

    operation = split(kernel, chief, moves=[{"source": moving.public_id, "kind": "related"}])

    part = operation.split.part
    assert targets(staying) == [("related", kernel.public_id)]
    assert targets(moving) == [("related", part.public_id)]
    moving = fresh(moving)
    assert moving.live_revision.content["relations"] == [{"kind": "related", "target": part.public_id}]
    assert moving.document["related"][0]["id"] == part.public_id
    assert moving.events.first().kind == Event.Kind.REPOINTED


def test_one_of_two_relations_of_a_term_is_moved(kernel, chief):
    other = make_term(
        "One",
        relations=[{"kind": kind, "target": kernel.public_id} for kind in ("broader", "see_also")],
    )

    operation = split(kernel, chief, moves=[{"source": other.public_id, "kind": "broader"}])

    part = operation.split.part
    assert targets(other) == [("broader", part.public_id), ("see_also", kernel.public_id)]


def test_texts_that_wait_follow_what_was_moved(kernel, chief):
    other = make_term("One", relations=[{"kind": "related", "target": kernel.public_id}])
    waiting = propose_change(other, definition="Another text.")

    operation = split(kernel, chief, moves=[{"source": other.public_id, "kind": "related"}])

    newest = waiting.superseded_by
    assert newest.content["relations"] == [{"kind": "related", "target": operation.split.part.public_id}]
    assert newest.author == waiting.author
    workflow.approve(revision_id=newest.pk, by=chief)


def test_relations_of_drafts_are_moved_too(kernel, chief):
    draft = make_draft("One", relations=[{"kind": "related", "target": kernel.public_id}])

    operation = split(kernel, chief, moves=[{"source": draft.term.public_id, "kind": "related"}])

    assert targets(draft.term) == [("related", operation.split.part.public_id)]


def test_a_relation_that_is_not_there_cannot_be_moved(kernel, chief):
    with pytest.raises(InvalidContent, match="no relation"):
        preview(kernel, chief, moves=[{"source": kernel.public_id, "kind": "related"}])


def test_a_circle_shows_in_the_preview(kernel, chief):
    below = make_term("Below", relations=[{"kind": "broader", "target": kernel.public_id}])
    part = {**PART, "relations": [{"kind": "broader", "target": below.public_id}]}

    shown = preview(kernel, chief, part=part, moves=[{"source": below.public_id, "kind": "broader"}])

    assert any("above it already" in sentence for sentence in shown.conflicts)


def test_the_part_may_be_narrower_than_what_stays(kernel, superuser):
    part = {**PART, "relations": [{"kind": "broader", "target": kernel.public_id}]}

    shown = preview(kernel, superuser, part=part)

    assert shown.conflicts == ()
    assert shown.new_words == ("Relations of “Kernel (statistics)”",)


# --- Four eyes and rights ------------------------------------------------------------------------


def test_words_of_the_live_text_need_nobody_else(kernel, chief):
    shown = preview(kernel, chief)

    assert shown.new_words == ()
    assert not shown.needs_second_reader


@pytest.mark.parametrize("side", ["stays", "part"])
def test_new_words_need_a_second_reader(side, kernel, chief):
    sides = {"stays": STAYS, "part": PART}
    sides[side] = {**sides[side], "definition": "Words that nobody read."}

    with pytest.raises(NeedsSecondReader, match="Definition of “Kernel"):
        split(kernel, chief, **sides)


def test_a_site_can_ask_for_a_second_person_always(kernel, chief, settings):
    settings.MERGE_REVIEW = True

    with pytest.raises(NeedsSecondReader, match="Propose it"):
        split(kernel, chief)


@pytest.mark.parametrize(
    ("role", "looks", "does"),
    [
        ("", False, False),
        ("Contributors", False, False),
        ("Editors", True, False),
        ("Reviewers", True, False),
        ("Chief editors", True, True),
    ],
)
def test_who_may_split(role, looks, does, kernel):
    by = make_user(role)

    def tried(act):
        try:
            act()
        except NotAllowed:
            return False
        return True

    assert tried(lambda: preview(kernel, by)) == looks
    token = preview(kernel, make_user("Chief editors")).token
    wish = {"term_id": kernel.pk, "stays": STAYS, "part": PART, "token": token}
    assert tried(lambda: merging.split(by=by, **wish)) == does


# --- What is refused -----------------------------------------------------------------------------


def test_what_is_off_the_site_cannot_be_split(kernel, chief):
    workflow.remove(term_id=kernel.pk, by=chief, reason="No.")

    with pytest.raises(WrongState):
        preview(kernel, chief)


def test_both_cannot_have_one_name(kernel, chief):
    shown = preview(kernel, chief, part={**PART, "qualifier": "GPU"})

    assert shown.conflicts == (
        "Both would be called “Kernel (GPU)”. Give one of them another name or a qualifier.",
    )


def test_the_name_of_another_term_is_refused(kernel, chief):
    make_term("Covariance function")

    shown = preview(kernel, chief, part={**PART, "name": "Covariance function", "qualifier": ""})

    assert "published already" in shown.conflicts[0]


def test_a_part_without_a_text_is_refused(kernel, chief):
    shown = preview(kernel, chief, part={"name": "Covariance function"})

    assert "needs a definition" in shown.conflicts[0]


def test_what_is_wrong_with_a_side_is_told_with_the_side(kernel, chief):
    with pytest.raises(InvalidContent) as refused:
        preview(kernel, chief, part={**PART, "name": ""})

    assert refused.value.problems == {"part.name": ["The part: Name: a term needs a name."]}


@pytest.mark.parametrize(
    "wish",
    [
        {"stays": []},
        {"part": "text"},
        {"part": {"name": 3}},
        {"part": {"plugh": 1, "name": "A"}},
        {"address": "nowhere"},
        {"address": ["both"]},
        {"moves": "all"},
        {"moves": [1]},
    ],
)
def test_nonsense_is_refused_with_a_sentence(wish, kernel, chief):
    with pytest.raises(InvalidContent):
        merging.split_preview(term_id=kernel.pk, by=chief, **{"stays": STAYS, "part": PART, **wish})


@pytest.mark.parametrize("what", ["edited", "proposed", "related", "planned", "deprecated", "renamed"])
def test_what_moved_since_the_preview_makes_it_stale(what, kernel, chief):
    moves = {
        "edited": lambda: workflow.approve(revision_id=propose_change(kernel, tags=["a"]).pk, by=chief),
        "renamed": lambda: workflow.approve(revision_id=propose_change(kernel, name="Core").pk, by=chief),
        "proposed": lambda: propose_change(kernel, tags=["a"]),
        "related": lambda: make_term("One", relations=[{"kind": "related", "target": kernel.public_id}]),
        "planned": lambda: planning.plan_deprecation(
            term_id=kernel.pk, due_at=timezone.now() + timedelta(days=1), reason="Old.", by=chief
        ),
        "deprecated": lambda: workflow.deprecate(term_id=kernel.pk, by=chief, reason="Old."),
    }
    token = preview(kernel, chief).token
    moves[what]()
    before = hash_of_all_rows()

    with pytest.raises(StalePreview):
        merging.split(term_id=kernel.pk, stays=STAYS, part=PART, token=token, by=chief)

    assert hash_of_all_rows() == before


# --- Drafts --------------------------------------------------------------------------------------


def test_a_draft_becomes_two_drafts(chief, editor):
    draft = make_draft("Kernel", by=editor, definition=f"{GPU}\n\n{SCORE}")

    operation = split(draft.term, chief, {"qualifier": "GPU", "definition": GPU}, PART)

    part = operation.split.part
    assert (draft.term.status, part.status) == ("draft", "draft")
    assert (draft.term.slug, part.slug) == (None, None)
    assert not Event.objects.filter(term__in=[draft.term, part], is_public=True).exists()


def test_nobody_approves_their_own_words_in_a_part_of_a_draft(chief):
    writer, splitter = make_user("Reviewers"), chief
    draft = workflow.propose(content={"name": "Kernel", "definition": f"{GPU}\n\n{SCORE}"}, by=writer)

    operation = split(draft.term, splitter, {"qualifier": "GPU", "definition": GPU}, PART)

    text = workflow.newest_open(operation.split.part)
    for by in (writer, splitter):
        with pytest.raises(NotAllowed):
            workflow.approve(revision_id=text.pk, by=by)
    assert workflow.approve(revision_id=text.pk, by=make_user("Reviewers")).is_public


def test_those_who_wrote_a_draft_read_of_its_part_what_they_wrote(contributor, chief):
    draft = workflow.propose(content={"name": "Kernel", "definition": f"{GPU}\n\n{SCORE}"}, by=contributor)

    operation = split(draft.term, chief, {"qualifier": "GPU"}, {**PART, "definition": "New words."})

    part = operation.split.part
    own = [text.content for text in part.revisions.visible_to(contributor)]
    assert own == [draft.content]


def test_readers_are_told_nothing_of_a_split_of_a_draft(chief):
    draft = make_draft("Kernel", definition=f"{GPU}\n\n{SCORE}")
    version = publishing.content_version()

    operation = split(draft.term, chief, {"qualifier": "GPU", "definition": GPU}, PART)
    undo(operation, chief)

    assert publishing.content_version() == version


# --- Undo ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["stays", "part", "both"])
def test_undoing_an_untouched_split_gives_everything_back(address, kernel, chief):
    other = make_term("One", relations=[{"kind": "broader", "target": kernel.public_id}])
    waiting = propose_change(other, definition="Another text.")
    before = revisions.snapshots([kernel, other])
    moves = [{"source": other.public_id, "kind": "broader"}]
    operation = split(kernel, chief, address=address, moves=moves)

    undo(operation, chief)

    kernel = fresh(kernel)
    assert revisions.snapshots([kernel, other]) == before
    assert kernel.live_revision.content == before[kernel.pk]
    assert (kernel.slug, led_to("kernel")) == ("kernel", (["Kernel"], True))
    newest = Revision.objects.get(term=other, state="proposed")
    assert {**newest.content, "relations": waiting.content["relations"]} == waiting.content
    assert newest.based_on == fresh(other).live_revision


def test_the_addresses_of_the_part_lead_to_the_term_after_an_undo(kernel, chief):
    operation = split(kernel, chief, address="both")

    undo(operation, chief)

    part = fresh(operation.split.part)
    assert (part.status, part.merged_into) == ("merged", kernel)
    assert led_to("kernel-statistics") == (["Kernel"], False)
    assert led_to("kernel-gpu") == (["Kernel"], False)


def test_undoing_gives_a_name_and_an_address_back_that_the_part_had(kernel, chief):
    operation = split(kernel, chief, part={**PART, "qualifier": ""}, address="part")

    undo(operation, chief)

    assert led_to("kernel") == (["Kernel"], True)
    assert fresh(kernel).slug == "kernel"


def test_later_edits_of_the_term_survive_an_undo(kernel, chief):
    operation = split(kernel, chief)
    workflow.approve(
        revision_id=propose_change(
            fresh(kernel), definition=f"{GPU}\n\nThat is fast.", tags=["hardware", "cuda"]
        ).pk,
        by=chief,
    )

    undo(operation, chief)

    content = revisions.snapshot(fresh(kernel))
    assert "That is fast." in content["definition"]
    assert content["tags"] == ["cuda", "hardware", "statistics"]
    assert content["name"] == "Kernel"
    assert [alias["text"] for alias in content["aliases"]] == ["Compute kernel", "Covariance function"]


def test_what_was_changed_in_the_same_place_stays_and_is_told(kernel, chief):
    operation = split(kernel, chief)
    workflow.approve(revision_id=propose_change(fresh(kernel), qualifier="CUDA").pk, by=chief)

    shown = merging.undo_preview(operation.pk, by=chief)

    assert "Qualifier of “Kernel (CUDA)”: changed since; it stays." in shown.stays
    assert fresh(undo(operation, chief).split.origin).full_name == "Kernel (CUDA)"
    assert led_to("kernel") == (["Kernel (CUDA)"], False)


def test_edits_of_the_part_stay_in_its_history_and_are_told(kernel, chief):
    operation = split(kernel, chief)
    part = operation.split.part
    workflow.approve(revision_id=propose_change(part, definition="A better text.").pk, by=chief)

    shown = merging.undo_preview(operation.pk, by=chief)

    assert any("Definition" in sentence and "history only" in sentence for sentence in shown.stays)
    undo(operation, chief)
    assert revisions.snapshot(fresh(kernel))["definition"] == f"{GPU}\n\n{SCORE}"
    assert part.revisions.filter(content__definition="A better text.").exists()


def test_texts_that_wait_on_the_part_are_closed(kernel, chief):
    operation = split(kernel, chief)
    waiting = propose_change(operation.split.part, definition="A better text.")

    undo(operation, chief)

    waiting.refresh_from_db()
    assert waiting.state == Revision.State.CLOSED
    assert "undone" in waiting.decision_reason


def test_relations_that_came_since_lead_to_the_term(kernel, chief):
    operation = split(kernel, chief)
    other = make_term("One", relations=[{"kind": "related", "target": operation.split.part.public_id}])

    undo(operation, chief)

    assert targets(other) == [("related", kernel.public_id)]
    assert fresh(other).live_revision.content["relations"] == [
        {"kind": "related", "target": kernel.public_id}
    ]


def test_undoing_twice_says_who_did_it_and_when(kernel, chief):
    operation = split(kernel, chief)
    token = merging.undo_preview(operation.pk, by=chief).token
    merging.undo(operation.pk, token=token, by=chief)

    with pytest.raises(WrongState, match=rf"{chief}.*already"):
        merging.undo(operation.pk, token=token, by=chief)


def test_what_moved_since_the_preview_of_an_undo_makes_it_stale(kernel, chief):
    operation = split(kernel, chief)
    token = merging.undo_preview(operation.pk, by=chief).token
    propose_change(operation.split.part, definition="A better text.")

    with pytest.raises(StalePreview):
        merging.undo(operation.pk, token=token, by=chief)


def test_an_undo_happens_as_a_whole_or_not_at_all(kernel, chief):
    other = make_term("One", relations=[{"kind": "broader", "target": kernel.public_id}])
    propose_change(other, definition="Another text.")
    operation = split(kernel, chief, address="both", moves=[{"source": other.public_id, "kind": "broader"}])
    propose_change(operation.split.part, definition="A better text.")
    token = merging.undo_preview(operation.pk, by=chief).token

    fail_after_every_write(lambda: merging.undo(operation.pk, token=token, by=chief), at_least=20)


def merge(kept, absorbed, by):
    wish = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk], "content": {}}
    return merging.merge(token=merging.preview(by=by, **wish).token, by=by, **wish)


@pytest.mark.parametrize("which", ["part is kept", "part is absorbed", "term is absorbed", "part is split"])
def test_what_was_done_with_the_two_since_comes_first(which, kernel, chief):
    operation = split(kernel, chief)
    part, other = operation.split.part, make_term("Other")
    done = {
        "part is kept": lambda: merge(part, other, chief),
        "part is absorbed": lambda: merge(other, part, chief),
        "term is absorbed": lambda: merge(other, kernel, chief),
        "part is split": lambda: split(part, chief, {"qualifier": "learning"}, {**PART, "qualifier": "more"}),
    }[which]()

    shown = merging.undo_preview(operation.pk, by=chief)

    assert shown.first == (done,)
    with pytest.raises(WrongState, match="Undo that first"):
        merging.undo(operation.pk, token=shown.token, by=chief)
    undo(done, chief)
    undo(operation, chief)
    assert led_to("kernel") == (["Kernel"], True)


@pytest.mark.parametrize("first", [0, 1])
def test_two_splits_of_one_term_are_undone_in_either_order(first, chief):
    kernel = make_kernel(aliases=["A", "B", "C"])
    before = revisions.snapshot(kernel)
    operations = [
        split(kernel, chief, {"aliases": rest}, {"name": name, "definition": SCORE})
        for name, rest in (("A", ["B", "C"]), ("B", ["C"]))
    ]

    for number in (first, 1 - first):
        undo(operations[number], chief)

    assert {alias["text"] for alias in revisions.snapshot(fresh(kernel))["aliases"]} == {"A", "B", "C"}
    assert revisions.snapshot(fresh(kernel))["definition"] == before["definition"]


def test_a_name_that_was_given_to_another_term_is_not_taken_back(kernel, chief):
    operation = split(kernel, chief)
    make_term("Kernel")

    shown = merging.undo_preview(operation.pk, by=chief)

    assert any("published already" in sentence for sentence in shown.obstacles)
    with pytest.raises(InvalidContent):
        merging.undo(operation.pk, token=shown.token, by=chief)


@pytest.mark.parametrize(
    ("state", "sentence"), [("removed", "Restore it first"), ("deprecated", "Reinstate it first")]
)
def test_a_term_that_is_not_in_force_comes_back_first(state, sentence, kernel, chief):
    operation = split(kernel, chief)
    if state == "removed":
        workflow.remove(term_id=kernel.pk, by=chief, reason="No.")
    else:
        workflow.deprecate(term_id=kernel.pk, by=chief, reason="No.")

    shown = merging.undo_preview(operation.pk, by=chief)

    assert sentence in shown.obstacles[0]
    with pytest.raises(InvalidContent):
        merging.undo(operation.pk, token=shown.token, by=chief)


def test_a_split_of_a_draft_is_undone(chief):
    draft = make_draft("Kernel", definition=f"{GPU}\n\n{SCORE}")
    before = revisions.snapshot(draft.term)
    operation = split(draft.term, chief, {"qualifier": "GPU", "definition": GPU}, PART)

    undo(operation, chief)

    assert revisions.snapshot(fresh(draft.term)) == before
    assert fresh(operation.split.part).status == "merged"


def test_a_split_of_a_draft_is_undone_after_both_were_published(chief, reviewer):
    draft = make_draft("Kernel", definition=f"{GPU}\n\n{SCORE}")
    operation = split(draft.term, chief, {"qualifier": "GPU", "definition": GPU}, PART)
    for term in (operation.split.part, draft.term):
        text = workflow.propose(
            term_id=term.pk, based_on=workflow.newest_open(term).number, content={}, by=chief
        )
        workflow.approve(revision_id=text.pk, by=reviewer)
        if term == operation.split.part:
            assert "Publish “Kernel (GPU)” first" in merging.undo_preview(operation.pk, by=chief).obstacles[0]

    undo(operation, chief)

    assert led_to("kernel-statistics") == (["Kernel"], False)
    assert fresh(draft.term).definition == f"{GPU}\n\n{SCORE}"


def test_only_who_may_undo_merges_undoes_splits(kernel, chief, reviewer):
    operation = split(kernel, chief)

    with pytest.raises(NotAllowed):
        merging.undo_preview(operation.pk, by=reviewer)


def test_a_part_that_was_taken_back_can_be_split_off_again(kernel, chief):
    undo(split(kernel, chief), chief)

    operation = split(fresh(kernel), chief)

    assert led_to("kernel-statistics-2") == (["Kernel (statistics)"], True)
    assert operation.split.part.full_name == "Kernel (statistics)"


def test_refusals_of_a_split_are_of_the_kinds_that_faces_know(chief):
    with pytest.raises(TermbookError):
        merging.split_preview(term_id=0, by=chief)
    with pytest.raises(TermbookError):
        merging.undo_preview(0, by=chief)
