"""Terms become one: what comes of their texts, everything that moves, what forbids it, and who may."""

from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, merge, propose_change, undo
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from snapshots import hash_of_all_rows

from terms import linking, merging, planning, publishing, revisions, search, workflow
from terms.errors import InvalidContent, NeedsSecondReader, NotAllowed, StalePreview, WrongState
from terms.models import (
    DuplicatePair,
    Event,
    FormerSlug,
    IndexEntry,
    Merge,
    Operation,
    PlannedChange,
    Relation,
    Revision,
    SearchDocument,
    Tag,
    Term,
)

pytestmark = pytest.mark.django_db

LONG = "Units are left out at random while a network is trained, each with a chance of its own."


def fresh(term):
    return Term.objects.get(pk=term.pk)


def live(term):
    return fresh(term).live_revision.content


def related(other, kind="related"):
    return {"kind": kind, "target": other.public_id}


def edit(term, **content):
    proposal = propose_change(fresh(term), **content)
    return workflow.approve(revision_id=proposal.pk, by=make_user("Reviewers"))


def preview(kept, *absorbed, by=None, **content):
    ids = [term.pk for term in absorbed]
    return merging.preview(
        kept_id=kept.pk, absorbed_ids=ids, by=by or make_user("Chief editors"), content=content
    )


def carry_out(shown, by, **content):
    ids = [term.pk for term in shown.absorbed]
    return merging.merge(kept_id=shown.kept.pk, absorbed_ids=ids, content=content, token=shown.token, by=by)


def aliases(content):
    return {item["text"]: item["kind"] for item in content["aliases"]}


def in_a_day():
    return timezone.now() + timedelta(days=1)


@pytest.fixture
def kept():
    return make_term("Dropout", definition="Leaving units out.", aliases=["DO"], tags=["Training"])


@pytest.fixture
def absorbed():
    return make_term("Dilution", definition=LONG, aliases=["Drop-out"], tags=["Noise"])


# --- What comes of the texts ---------------------------------------------------------------------


def test_terms_become_one_that_says_what_both_said(kept, absorbed, chief):
    operation = merge(kept, absorbed, by=chief)

    content = live(kept)
    assert (content["name"], content["definition"]) == ("Dropout", LONG)
    assert aliases(content) == {"DO": "synonym", "Dilution": "former_name", "Drop-out": "synonym"}
    assert content["tags"] == ["noise", "training"]
    assert revisions.snapshot(fresh(kept)) == content
    gone = fresh(absorbed)
    assert (gone.status, gone.merged_into, gone.document) == ("merged", kept, None)
    assert (operation.kind, operation.by) == ("merge", chief)
    assert Merge.objects.get().absorbed == absorbed


def test_the_longer_definition_is_taken_but_not_for_a_few_words_more(kept):
    twin = make_term("Dilution", definition="Leaving units out..")

    assert preview(kept, twin).content["definition"] == "Leaving units out."


@pytest.mark.parametrize(
    ("ours", "theirs", "taken"),
    [
        ("", "Leaves units out.", "theirs"),
        ("leaves out", "Leaves some of the units out at random.", "theirs"),
        ("Leaves some of the units out at random.", "leaves units", "ours"),
        ("Units are left out at random.", "Units get left out at random.", "ours"),
        ("No.", "Units are left out at random.", "theirs"),
    ],
)
def test_the_clearer_short_definition_is_taken(ours, theirs, taken):
    one = make_term("Dropout", short_definition=ours)
    other = make_term("Dilution", short_definition=theirs)

    assert preview(one, other).content["short_definition"] == {"ours": ours, "theirs": theirs}[taken]


@pytest.mark.parametrize(
    ("kept_name", "absorbed_name", "kind"),
    [
        ("Retrieval-augmented generation", "RAG", "acronym"),
        ("RAG", "Retrieval-augmented generation", "full_form"),
        ("Drop-out", "Drop out", "spelling_variant"),
        ("Dropout", "Dilution", "former_name"),
        ("Rag", "Retrieval-augmented generation", "former_name"),
    ],
)
def test_a_name_becomes_an_alias_of_the_right_kind(kept_name, absorbed_name, kind):
    one, other = make_term(kept_name), make_term(absorbed_name)

    assert aliases(preview(one, other).content) == {absorbed_name: kind}


def test_the_name_of_a_draft_was_never_a_name_of_the_past(kept):
    draft = make_draft("Dilution").term

    assert aliases(preview(kept, draft).content) == {"DO": "synonym", "Dilution": "synonym"}


def test_a_chosen_name_makes_the_former_one_another_name(kept, absorbed):
    shown = preview(kept, absorbed, name="Dilution")

    assert shown.content["name"] == "Dilution"
    assert aliases(shown.content) == {"Dropout": "former_name", "DO": "synonym", "Drop-out": "synonym"}
    assert (shown.impact.lost_names, shown.new_words) == ((), ())


def test_what_one_of_them_shows_is_not_hidden(absorbed):
    one = make_term("Dropout", aliases=[{"text": "Dilution", "kind": "hidden"}, "DO"])

    assert aliases(preview(one, absorbed).content) == {
        "Dilution": "former_name",
        "DO": "synonym",
        "Drop-out": "synonym",
    }


def test_nothing_of_the_lists_is_lost_and_what_both_say_stands_there_once():
    paper = {"title": "A paper", "url": "https://example.org/1", "locator": "p. 3"}
    wikidata = {"scheme": "wikidata", "value": "Q1", "mapping": "exact"}
    one = make_term(
        "Dropout",
        sources=[paper, "A book"],
        notes=[{"kind": "usage", "text": "Of layers."}],
        external_ids=[wikidata],
        review_by="2031-01-01",
    )
    other = make_term(
        "Dilution",
        sources=["a book", paper, {**paper, "locator": "p. 12"}],
        notes=[{"kind": "usage", "text": "Of layers."}, {"kind": "editorial", "text": "Look again."}],
        external_ids=[{**wikidata, "mapping": "close"}, {**wikidata, "value": "Q2"}],
        review_by="2030-01-01",
    )

    content = preview(one, other).content

    places = [(item["title"], item["locator"]) for item in content["sources"]]
    assert places == [("A paper", "p. 3"), ("A book", ""), ("A paper", "p. 12")]
    assert [item["text"] for item in content["notes"]] == ["Of layers.", "Look again."]
    assert [(item["value"], item["mapping"]) for item in content["external_ids"]] == [
        ("Q1", "exact"),
        ("Q2", "exact"),
    ]
    assert content["review_by"] == "2030-01-01"


@pytest.mark.parametrize(
    "chosen",
    [
        {"name": "Dilution"},
        {"name": "Drop-out", "qualifier": ""},
        {"short_definition": ""},
        {"definition": "Leaving units out."},
        {"definition": f"{LONG}\n\nLeaving units out."},
        {"aliases": ["Dilution"]},
        {"tags": ["training"]},
        {"sources": []},
        {"notes": []},
        {"external_ids": []},
        {"review_by": ""},
        {"links_itself": False},
        {"slug": "dropping-out"},
    ],
)
def test_every_field_can_be_chosen(chosen, kept, absorbed, chief):
    edit(absorbed, slug="dropping-out")

    shown = preview(kept, absorbed, by=chief, **chosen)

    for field, value in chosen.items():
        found = shown.content[field]
        assert (list(aliases(shown.content)) if field == "aliases" else found) == value
    assert shown.new_words == ()
    carry_out(shown, chief, **chosen)
    assert live(kept) == shown.content


@pytest.mark.parametrize(
    ("edited", "label"),
    [
        ({"name": "Thinning"}, "Name"),
        ({"definition": f"{LONG} Or not."}, "Definition"),
        ({"short_definition": "Units rest."}, "Short definition"),
        ({"aliases": ["Thinning"]}, "Other names"),
        ({"tags": ["Networks"]}, "Tags"),
        ({"sources": ["A paper"]}, "Sources"),
        ({"notes": ["Said of layers."]}, "Notes"),
        ({"external_ids": [{"scheme": "wikidata", "value": "Q1"}]}, "External identifiers"),
        ({"slug": "leaving-out"}, "Address"),
    ],
)
def test_new_words_need_a_second_reader(edited, label, kept, absorbed, chief, settings):
    shown = preview(kept, absorbed, by=chief, **edited)
    before = hash_of_all_rows()

    assert shown.new_words == (label,)
    assert shown.needs_second_reader
    with pytest.raises(NeedsSecondReader, match=f"{label}\\. Propose the merge"):
        carry_out(shown, chief, **edited)
    assert hash_of_all_rows() == before
    settings.SELF_REVIEW = True
    carry_out(shown, chief, **edited)
    assert live(kept) == shown.content


def test_words_that_nobody_but_the_merger_has_read_are_new(kept, chief):
    own = make_draft("Dilution", by=chief, definition=LONG).term
    of_another = make_draft("Thinning", by=make_user("Editors"), definition=f"{LONG} And more.").term

    assert "Definition" in preview(kept, own, by=chief).new_words
    assert preview(kept, of_another, by=chief).new_words == ()


def test_where_merges_are_reviewed_nobody_merges_alone(kept, absorbed, chief, settings):
    settings.MERGE_REVIEW = True

    with pytest.raises(NeedsSecondReader, match="Here a second person has to agree"):
        merge(kept, absorbed, by=chief)


def test_what_was_left_out_is_told_and_stays_in_the_history(kept, absorbed, chief):
    shown = preview(kept, absorbed, by=chief, aliases=["Dilution"], definition="Leaving units out.")

    assert shown.impact.lost_names == ("DO", "Drop-out")
    carry_out(shown, chief, aliases=["Dilution"], definition="Leaving units out.")
    assert [text.content["definition"] for text in absorbed.revisions.all()] == [LONG, LONG]


# --- What moves ----------------------------------------------------------------------------------


def test_relations_of_public_terms_lead_to_the_kept_one_by_a_revision_each(kept, absorbed, chief):
    layer = make_term("Layer", relations=[related(absorbed, "broader")])
    noise = make_term("Noise", relations=[related(kept), related(absorbed)])

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert [(one.source, one.kind_in_words, one.target) for one in shown.impact.relations] == [
        (layer, "Broader term", absorbed),
        (noise, "Related term", absorbed),
    ]
    assert live(layer)["relations"] == [related(kept, "broader")]
    assert live(noise)["relations"] == [related(kept)]
    for term in (layer, noise):
        assert revisions.snapshot(fresh(term)) == live(term)
        assert (fresh(term).version, fresh(term).live_revision.author) == (2, chief)
        assert Event.objects.filter(term=term, kind=Event.Kind.REPOINTED, is_public=True).count() == 1
        related_to = fresh(term).document["related"]
        assert [other["id"] for other in related_to] == [kept.public_id]


def test_relations_among_them_go(absorbed, chief):
    kept = make_term("Dropout", relations=[related(absorbed, "broader")])
    third = make_term("Thinning", relations=[related(absorbed)])
    edit(absorbed, relations=[related(kept), related(third, "see_also")])

    merge(kept, absorbed, third, by=chief)

    assert live(kept)["relations"] == []
    assert not Relation.objects.filter(source=kept).exists()


@pytest.mark.parametrize("named", ["public_id", "name", "slug"])
def test_a_relation_to_an_absorbed_term_that_was_given_by_hand_goes_too(named, kept, absorbed, chief):
    noise = make_term("Noise")
    edit(absorbed, relations=[related(noise)])
    wish = {"relations": [{"kind": "related", "target": getattr(absorbed, named)}, related(noise)]}

    shown = preview(kept, absorbed, by=chief, **wish)

    assert shown.content["relations"] == [related(noise)]
    carry_out(shown, chief, **wish)
    assert live(kept)["relations"] == [related(noise)]


def test_relations_of_drafts_and_of_texts_that_wait_are_moved(kept, absorbed, editor, reviewer, chief):
    draft = make_draft("Drop path", by=editor, relations=[related(absorbed)]).term
    layer = make_term("Layer")
    waiting = propose_change(layer, by=editor, relations=[related(absorbed)])
    planning.plan_publication(revision_id=waiting.pk, due_at=in_a_day(), by=reviewer)

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert [one.source for one in shown.impact.relations] == [draft]
    assert [text.term for text in shown.impact.moved_texts] == [draft, layer]
    for term in (draft, layer):
        text = workflow.newest_open(term)
        assert (text.author, text.content["relations"]) == (editor, [related(kept)])
    assert Relation.objects.get(source=draft).target == kept
    # What was decided for later is carried out with the text as it is now.
    assert [plan.state for plan in planning.carry_out_due(in_a_day()).settled] == ["done"]
    assert live(layer)["relations"] == [related(kept)]


def test_of_a_rejected_draft_nothing_is_moved_and_it_leads_on_when_it_is_taken_up(kept, absorbed, chief):
    author = make_user("Editors")
    rejected = workflow.propose(
        content={"name": "Drop path", "definition": "x", "relations": [related(absorbed)]}, by=author
    )
    workflow.reject(revision_id=rejected.pk, by=make_user("Reviewers"), reason="No.")

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert (shown.impact.relations, shown.impact.moved_texts) == ((), ())
    again = workflow.propose(
        term_id=rejected.term_id, based_on=1, content={"definition": "y"}, by=author, comment="Again."
    )
    assert again.content["relations"] == [related(kept)]


def test_texts_on_top_of_what_is_moved_stay_up_to_date(kept, absorbed, editor, reviewer):
    layer = make_term("Layer", relations=[related(absorbed)])
    propose_change(layer, by=editor, definition="A row of units.")

    merge(kept, absorbed)

    text = workflow.newest_open(layer)
    assert workflow.approve(revision_id=text.pk, by=reviewer).definition == "A row of units."
    assert live(layer)["relations"] == [related(kept)]


def test_what_waits_on_an_absorbed_term_is_closed_with_a_note(kept, absorbed, editor, reviewer, chief):
    waiting = propose_change(absorbed, by=editor, definition="Better.")
    planning.plan_publication(revision_id=waiting.pk, due_at=in_a_day(), by=reviewer)
    plan = planning.plan_deprecation(term_id=absorbed.pk, due_at=in_a_day(), reason="Old.", by=chief)

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert (shown.impact.closed_texts, len(shown.impact.plans)) == ((waiting,), 2)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decision_reason) == ("closed", "Merged into “Dropout”.")
    plan.refresh_from_db()
    assert (plan.state, plan.outcome) == ("cancelled", "Merged into “Dropout”.")
    assert not PlannedChange.objects.filter(state="pending").exists()
    assert Event.objects.get(kind=Event.Kind.CLOSED).revision == waiting
    with pytest.raises(WrongState, match="closed by a merge"):
        workflow.approve(revision_id=waiting.pk, by=reviewer)


def test_what_waits_on_the_kept_term_waits_on(kept, absorbed, editor, reviewer, chief):
    waiting = propose_change(kept, by=editor, short_definition="Units rest.")

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert shown.impact.outdated_texts == (waiting,)
    newer = workflow.bring_up_to_date(revision_id=waiting.pk, by=editor)
    assert workflow.approve(revision_id=newer.pk, by=reviewer).short_definition == "Units rest."
    assert live(kept)["definition"] == LONG


def test_a_text_of_the_kept_term_that_names_the_absorbed_one_names_it_no_more(kept, absorbed, editor, chief):
    waiting = propose_change(kept, by=editor, relations=[related(absorbed)])

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert shown.impact.moved_texts == (waiting,)
    assert workflow.newest_open(kept).content["relations"] == []


def test_addresses_lead_to_the_kept_term_for_ever(kept, absorbed, chief):
    edit(absorbed, name="Thinning", slug="thinning-out")

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert shown.impact.addresses == ("dilution", "thinning-out")
    for slug in shown.impact.addresses:
        assert Term.objects.resolve(slug) == (kept, (), False)
    edit(kept, name="Leaving out")
    for slug in ("dilution", "thinning-out", "dropout"):
        assert Term.objects.resolve(slug) == (kept, (), False)


def test_who_takes_the_name_takes_the_address(kept, absorbed):
    merge(kept, absorbed, name="Dilution")

    assert fresh(kept).slug == "dilution"
    assert Term.objects.resolve("dilution") == (kept, (), True)
    assert Term.objects.resolve("dropout") == (kept, (), False)


def test_an_address_is_not_given_up_for_nothing():
    first = make_term("Drop out")
    second = make_term("Drop-out")
    assert (first.slug, second.slug) == ("drop-out", "drop-out-2")

    merge(second, first)
    edit(second, name="Leaving out", slug="leaving-out")

    for slug in ("drop-out", "drop-out-2"):
        assert Term.objects.resolve(slug) == (second, (), False)


def test_chains_are_flattened(kept, absorbed, chief):
    third = make_term("Thinning")
    merge(absorbed, third)

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert shown.impact.earlier == (third,)
    assert fresh(third).merged_into == kept
    assert Term.objects.resolve("thinning") == (kept, (), False)


def test_many_terms_become_one_in_one_operation(kept):
    others = [make_term(f"Thinning {number}", tags=[f"Tag {number}"]) for number in range(5)]

    operation = merge(kept, *others)

    assert {fresh(term).merged_into for term in others} == {kept}
    assert len(live(kept)["tags"]) == 6
    assert (operation.merges.count(), fresh(kept).version) == (5, 2)


def test_a_name_that_many_have_is_told_once(kept):
    others = [make_term("Dilution", qualifier=sign) for sign in "ab"] + [
        make_draft("Thinning").term for _ in range(3)
    ]

    operation = merge(kept, *others)

    assert operation.note == (
        "Merge of “Dilution (a)”, “Dilution (b)” and 3 terms “Thinning” into “Dropout”."
    )
    assert fresh(kept).live_revision.comment == "Merge of “Dilution (a)” and “Dilution (b)” into “Dropout”."


def test_drafts_become_one(editor, reviewer, chief):
    one, other = (make_draft(name, by=editor).term for name in ("Dropout", "Dilution"))

    merge(one, other, by=chief)

    text = workflow.newest_open(one)
    assert (fresh(one).status, fresh(other).merged_into) == ("draft", one)
    assert aliases(text.content) == {"Dilution": "synonym"}
    assert revisions.snapshot(fresh(one)) == text.content
    proposed = workflow.propose(term_id=one.pk, based_on=text.number, content={}, by=editor)
    assert workflow.approve(revision_id=proposed.pk, by=reviewer).status == "published"


def test_the_pair_is_settled(kept, absorbed, chief):
    first, second = sorted((kept, absorbed), key=lambda term: term.pk)
    pair = DuplicatePair.objects.create(first=first, second=second, score=0.9)

    merge(kept, absorbed, by=chief, comment="One concept.")

    pair.refresh_from_db()
    assert (pair.verdict, pair.judged_by, pair.because) == ("merged", chief, "One concept.")


def test_a_merge_of_drafts_tells_readers_nothing(editor, chief):
    one, other = (make_draft(name, by=editor).term for name in ("Dropout", "Dilution"))
    before = publishing.content_version()

    operation = merge(one, other, by=chief)
    undo(operation, by=chief)

    assert publishing.content_version() == before


def test_a_preview_asks_no_more_for_more_tags(kept, absorbed, chief, django_assert_num_queries):
    preview(kept, absorbed, by=chief)  # reads the rights of the account
    with CaptureQueriesContext(connection) as few:
        preview(kept, absorbed, by=chief)
    edit(absorbed, tags=[f"Tag {number}" for number in range(20)])

    with django_assert_num_queries(len(few)):
        preview(kept, absorbed, by=chief)


def test_mentions_are_counted_and_lead_there_by_themselves(kept, absorbed, chief):
    layer = make_term("Layer", definition="After dilution comes the next one.")

    shown = preview(kept, absorbed, by=chief)
    carry_out(shown, chief)

    assert (shown.impact.mentions, shown.impact.mention_count) == ((layer,), 1)
    assert fresh(layer).version == 1
    assert f"/terms/{fresh(kept).slug}/" in linking.link(fresh(layer))


# --- The preview is what is done -----------------------------------------------------------------


@pytest.fixture
def rich(kept, absorbed, editor, reviewer, chief):
    """The two terms with everything around them that a preview shows."""
    make_term("Layer", definition="No dilution here.", relations=[related(absorbed)])
    make_draft("Drop path", by=editor, relations=[related(absorbed)])
    waiting = propose_change(absorbed, by=editor, definition="Better.")
    planning.plan_publication(revision_id=waiting.pk, due_at=in_a_day(), by=reviewer)
    propose_change(kept, by=editor, definition="Better.")
    merge(absorbed, make_term("Thinning"), by=chief)
    edit(absorbed, slug="dilution-of-units")
    return fresh(kept), fresh(absorbed)


def test_asking_writes_nothing(rich, chief):
    before = hash_of_all_rows()

    shown = preview(*rich, by=chief, tags=["A new tag"])

    assert shown.content["tags"] == ["a-new-tag"]
    assert hash_of_all_rows() == before
    assert not Tag.objects.filter(slug="a-new-tag").exists()


def test_the_preview_is_what_is_done(rich, chief):
    kept, absorbed = rich
    shown = preview(kept, absorbed, by=chief)

    operation = carry_out(shown, chief)

    told, did = shown.impact, operation.reversal
    assert live(kept) == shown.content
    assert {one.source.pk for one in told.relations if one.source.is_public} == {
        entry["term"] for entry in did["relations"]
    }
    assert {(text.term_id, text.number) for text in told.moved_texts} == {
        (entry["term"], entry["before"]) for entry in did["texts"]
    }
    [entry] = did["absorbed"]
    assert [text.pk for text in told.closed_texts] == [closed for closed, _ in entry["texts"]]
    assert [plan.pk for plan in told.plans] == entry["plans"]
    assert [term.pk for term in told.earlier] == [pk for pk, _ in did["redirects"]]
    for slug in told.addresses:
        assert Term.objects.resolve(slug).term == kept


@pytest.mark.parametrize(
    "moves",
    [
        lambda kept, absorbed: edit(kept, short_definition="Units rest."),
        lambda kept, absorbed: edit(absorbed, short_definition="Units rest."),
        lambda kept, absorbed: propose_change(absorbed, definition="Best."),
        lambda kept, absorbed: propose_change(kept, definition="Best."),
        lambda kept, absorbed: workflow.reject(
            revision_id=workflow.newest_open(absorbed).pk, by=make_user("Reviewers"), reason="No."
        ),
        lambda kept, absorbed: make_term("Noise", relations=[related(absorbed)]),
        lambda kept, absorbed: edit(Term.objects.get(name="Layer"), relations=[]),
        lambda kept, absorbed: edit(Term.objects.get(name="Layer"), short_definition="Units."),
        lambda kept, absorbed: make_draft("Noise", relations=[related(absorbed)]),
        lambda kept, absorbed: planning.cancel(
            plan_id=PlannedChange.objects.get().pk, by=make_user("Reviewers")
        ),
        lambda kept, absorbed: merge(absorbed, make_term("Noise")),
        lambda kept, absorbed: workflow.deprecate(term_id=absorbed.pk, by=make_user("Reviewers"), reason="x"),
        lambda kept, absorbed: FormerSlug.objects.create(slug="once", term=absorbed),
    ],
)
def test_whatever_moved_since_is_shown_again(moves, rich, chief):
    shown = preview(*rich, by=chief)
    moves(*rich)
    before = hash_of_all_rows()

    with pytest.raises(StalePreview, match="Look at it again"):
        carry_out(shown, chief)

    assert hash_of_all_rows() == before
    assert preview(*map(fresh, rich), by=chief).token != shown.token


def test_a_made_up_token_is_stale(kept, absorbed, chief):
    with pytest.raises(StalePreview):
        merging.merge(kept_id=kept.pk, absorbed_ids=[absorbed.pk], content={}, token="x" * 40, by=chief)


def test_what_readers_find_afterwards_is_what_would_be_made_anew(rich, chief):
    merge(*rich, by=chief)

    before = _what_readers_find()
    workflow.render_again()
    search.rebuild()

    assert _what_readers_find() == before
    for term in publishing.with_parts(Term.objects.published()):
        assert term.document == publishing.document(term)
    assert search.search("dilution").hits[0].term.pk == rich[0].pk


def _what_readers_find():
    entries = IndexEntry.objects.order_by("term", "key", "text", "is_alias")
    return (
        list(entries.values_list("term", "key", "text", "is_alias", "is_hidden")),
        list(SearchDocument.objects.order_by("term").values_list()),
        list(Term.objects.order_by("pk").values_list("pk", "document", "definition_html", "problems")),
    )


def test_the_public_history_never_names_a_draft(kept, editor, chief):
    secret = make_draft("Secret thing", by=editor, tags=["Noise"]).term
    layer = make_term("Layer", relations=[related(secret)])

    merge(kept, secret, by=chief, aliases=["DO"])

    told = list(Event.objects.filter(is_public=True).values_list("note", flat=True))
    told += [str(text.comment) for term in (kept, layer) for text in term.revisions.all()]
    assert "Drafts taken in." in told
    assert not [note for note in told if "Secret" in note]
    assert Event.objects.filter(term=secret, is_public=True).count() == 0


def test_the_author_of_an_absorbed_draft_is_told_no_name_of_another(editor, chief, contributor):
    proposal = workflow.propose(content={"name": "Dilution", "definition": "x"}, by=contributor)
    draft = make_draft("Secret thing", by=editor).term

    merge(draft, proposal.term, by=chief)

    proposal.refresh_from_db()
    assert proposal.decision_reason == "Merged into another draft."
    notes = Event.objects.filter(term=proposal.term).values_list("note", flat=True)
    assert not [note for note in notes if "Secret" in note]


# --- What forbids it -----------------------------------------------------------------------------


def refused(kept, *absorbed, kind, match, by=None, **content):
    before = hash_of_all_rows()
    by = by or make_user("Chief editors")
    before = hash_of_all_rows()
    with pytest.raises(kind, match=match):
        preview(kept, *absorbed, by=by, **content)
    with pytest.raises(kind):
        merging.merge(
            kept_id=kept.pk,
            absorbed_ids=[term.pk for term in absorbed],
            content=content,
            token="",
            by=by,
        )
    assert hash_of_all_rows() == before


def test_a_term_is_not_merged_into_itself(kept, absorbed):
    refused(kept, kept, kind=InvalidContent, match="cannot be merged into itself")
    refused(kept, absorbed, kept, kind=InvalidContent, match="cannot be merged into itself")


def test_nothing_is_merged_with_nothing(kept):
    refused(kept, kind=InvalidContent, match="at least one other term")


def test_at_most_twenty_at_once(kept):
    others = [Term(pk=kept.pk + number) for number in range(1, 21)]

    refused(kept, *others, kind=InvalidContent, match="At most 20 terms")


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_is_missing_cannot_be_merged(is_kept, kept):
    missing = Term(pk=4_711)

    refused(*((missing, kept) if is_kept else (kept, missing)), kind=WrongState, match="is not there")


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("state", ["merged", "removed", "discarded"])
def test_what_is_gone_cannot_be_merged(state, is_kept, kept, chief):
    gone = make_draft("Noise").term if state == "discarded" else make_term("Noise")
    if state == "merged":
        merge(make_term("Sound"), gone)
    elif state == "removed":
        workflow.remove(term_id=gone.pk, by=chief, reason="Wrong.")
    else:
        workflow.discard_draft(term_id=gone.pk, by=chief)

    word = "merged" if state == "merged" else "removed"
    pair = (gone, kept) if is_kept else (kept, gone)
    refused(*pair, kind=WrongState, match=f"Merge: “Noise” is {word}")


def test_a_public_term_does_not_disappear_in_a_draft(kept):
    draft = make_draft("Dilution").term

    refused(
        draft, kept, kind=WrongState, match="“Dropout” is public and “Dilution” is a draft. Keep “Dropout”"
    )
    assert preview(kept, draft).conflicts == ()


def test_a_term_in_force_does_not_end_in_a_deprecated_one(kept, absorbed, reviewer):
    workflow.deprecate(term_id=kept.pk, by=reviewer, reason="Out of use.")

    refused(kept, absorbed, kind=WrongState, match="“Dropout” is deprecated. Keep “Dilution” instead")


def test_a_deprecated_term_is_taken_in(kept, absorbed, reviewer, chief):
    noise = make_term("Noise")
    workflow.deprecate(
        term_id=absorbed.pk, by=reviewer, reason="Out of use.", successors=[kept.public_id, noise.public_id]
    )

    merge(kept, fresh(absorbed), by=chief)

    assert (fresh(kept).status, live(kept)["relations"]) == ("published", [])
    assert live(kept)["deprecation_reason"] == ""


def test_two_deprecated_terms_become_one(kept, absorbed, reviewer, chief):
    noise = make_term("Noise")
    for term in (kept, absorbed):
        workflow.deprecate(term_id=term.pk, by=reviewer, reason="Old.", successors=[noise.public_id])

    merge(fresh(kept), fresh(absorbed), by=chief)

    assert (fresh(kept).status, live(kept)["relations"]) == ("deprecated", [related(noise, "replaced_by")])


def test_a_merge_does_not_deprecate(kept, absorbed, reviewer, chief):
    workflow.deprecate(term_id=absorbed.pk, by=reviewer, reason="Out of use.")
    wish = {"status": "deprecated", "deprecation_reason": "Out of use."}

    shown = preview(kept, fresh(absorbed), by=chief, **wish)

    assert shown.conflicts == ("Status: a merge leaves “Dropout” published. Decide on that by itself.",)
    with pytest.raises(InvalidContent, match="a merge leaves"):
        carry_out(shown, chief, **wish)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"name": "Noise"}, "“Noise” is published already"),
        ({"definition": "", "short_definition": ""}, "needs a definition"),
    ],
)
def test_a_result_that_may_not_be_public_is_told_and_refused(content, sentence, kept, absorbed, chief):
    make_term("Noise")
    settings_words = {"by": chief, **content}

    shown = preview(kept, absorbed, **settings_words)
    before = hash_of_all_rows()

    assert sentence in shown.conflicts[0]
    with pytest.raises(InvalidContent, match=sentence):
        carry_out(shown, chief, **content)
    assert hash_of_all_rows() == before


def test_a_merge_does_not_close_a_circle(kept, absorbed, chief):
    middle = make_term("Middle", relations=[related(absorbed, "broader")])
    edit(kept, relations=[related(middle, "broader")])

    shown = preview(fresh(kept), absorbed, by=chief)

    assert "going up the broader terms leads back" in shown.conflicts[0]
    with pytest.raises(InvalidContent, match="broader terms"):
        carry_out(shown, chief)
    without = preview(fresh(kept), absorbed, by=chief, relations=[])
    assert without.conflicts == ()
    carry_out(without, chief, relations=[])
    assert live(middle)["relations"] == [related(kept, "broader")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"colour": "red"}, "There is no field “colour”"),
        ({"name": ""}, "a term needs a name"),
        ({"name": 7}, "is not a text"),
        ({"aliases": "DO"}, "give a list"),
        ({"relations": [{"target": "nobody"}]}, "there is no term “nobody”"),
        ({"relations": [{"kind": "related", "target": []}]}, "is not a text"),
        ({"relations": 7}, "give a list"),
        ({"definition": "\x00"}, "control characters"),
        ({"review_by": "tomorrow"}, "is not a date"),
    ],
)
def test_a_content_that_makes_no_sense_is_refused(content, sentence, kept, absorbed):
    refused(kept, absorbed, kind=InvalidContent, match=sentence, **content)


def test_a_comment_that_no_history_takes_is_refused(kept, absorbed, chief):
    token = preview(kept, absorbed, by=chief).token
    before = hash_of_all_rows()

    with pytest.raises(InvalidContent, match="at most 2,000 characters"):
        merging.merge(
            kept_id=kept.pk,
            absorbed_ids=[absorbed.pk],
            content={},
            token=token,
            by=chief,
            comment="x" * 2_001,
        )

    assert hash_of_all_rows() == before


# --- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["", "Contributors"])
def test_who_does_not_edit_sees_no_preview(role, kept, absorbed):
    refused(kept, absorbed, kind=NotAllowed, match="no right", by=make_user(role))


@pytest.mark.parametrize("role", ["Editors", "Reviewers", "Chief editors"])
def test_who_may_merge_merges_and_who_may_propose_looks(role, kept, absorbed):
    by = make_user(role)
    shown = preview(kept, absorbed, by=by)

    if by.has_perm("terms.merge_term"):
        assert carry_out(shown, by).by == by
    else:
        with pytest.raises(NotAllowed, match="Merge: your account has no right"):
            carry_out(shown, by)
        assert Operation.objects.count() == 0


def test_who_was_deactivated_merges_nothing(kept, absorbed, chief):
    shown = preview(kept, absorbed, by=chief)
    chief.is_active = False
    chief.save()

    with pytest.raises(NotAllowed):
        carry_out(shown, chief)


def test_the_history_of_both_says_what_happened(kept, absorbed, chief):
    merge(kept, absorbed, by=chief, comment="One concept.")

    lines = Event.objects.filter(kind=Event.Kind.MERGED, is_public=True)
    assert {(line.term, line.by, line.note) for line in lines} == {
        (kept, chief, "One concept."),
        (absorbed, chief, "Merged into “Dropout”."),
    }
    assert {fresh(term).live_revision.comment for term in (kept, absorbed)} == {"One concept."}
    assert [text.state for text in Revision.objects.filter(term=absorbed)] == ["approved", "approved"]
