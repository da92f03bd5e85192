"""What people say of look-alikes is kept, with who said it and why, and can be taken elsewhere."""

from __future__ import annotations

import json

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from faults import fail_after_every_write

from terms import duplicates, judging, workflow
from terms.errors import InvalidContent, NotAllowed, UnreadableFile, WrongState
from terms.models import DuplicatePair, Event, Relation, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return make_user("Editors")


def make_pair(first, second, **fields):
    first, second = sorted((first, second), key=lambda term: term.pk)
    fields = {"score": 0.9, "reasons": ["Both have the same name."], **fields}
    return DuplicatePair.objects.create(first=first, second=second, **fields)


def drafts(by, *names):
    return [make_draft(name, by=by).term for name in names or ("Dropout", "Drop-out")]


@pytest.fixture
def pair(editor):
    return make_pair(*drafts(editor))


def judge(pair, verdict, by, **more):
    return judging.judge(pair_id=pair.pk, verdict=verdict, by=by, **more)


def newest(term):
    return term.revisions.order_by("-number")[0]


# --- Saying it -----------------------------------------------------------------------------------


def test_different_is_kept_with_who_when_and_why(pair, editor):
    judged = judge(pair, "different", editor, because=" Two things. ")

    pair.refresh_from_db()
    assert (pair.verdict, pair.judged_by, pair.because) == ("different", editor, "Two things.")
    assert pair.judged_at is not None
    assert pair.names_then == [["dropout"], ["drop-out"]]
    assert "come back if one of their names changes" in judged.sentence


def test_a_verdict_is_in_the_log_and_never_public(pair, editor):
    judge(pair, "different", editor, because="Two things.")
    judge(pair, "open", editor)

    taken_back, said = Event.objects.filter(kind="pair.judged")
    assert said.note == "“Dropout” and “Drop-out”: different. Two things."
    assert taken_back.note == "“Dropout” and “Drop-out”: “different” taken back."
    assert not said.is_public
    assert said.by == editor


@pytest.mark.parametrize("because", ["", "  "])
def test_different_needs_a_reason(pair, editor, because):
    with pytest.raises(InvalidContent, match="say why") as refused:
        judge(pair, "different", editor, because=because)

    assert list(refused.value.problems) == ["because"]
    pair.refresh_from_db()
    assert pair.verdict == "open"


@pytest.mark.parametrize("because", ["x" * 2_001, "a\x00b"])
def test_a_reason_is_a_text_of_some_length(pair, editor, because):
    with pytest.raises(InvalidContent) as refused:
        judge(pair, "different", editor, because=because)

    assert list(refused.value.problems) == ["because"]


@pytest.mark.parametrize("verdict", ["merged", "same", ""])
def test_only_verdicts_are_verdicts(pair, editor, verdict):
    with pytest.raises(InvalidContent, match="no verdict"):
        judge(pair, verdict, editor)


@pytest.mark.parametrize("make", [AnonymousUser, make_user, lambda: make_user("Contributors")])
def test_others_may_not_judge(pair, make):
    with pytest.raises(NotAllowed, match="no right"):
        judge(pair, "later", make())
    with pytest.raises(NotAllowed):
        judging.relate(pair_id=pair.pk, kind="related", by=make())


def test_a_closed_account_may_not_judge(pair, editor):
    editor.is_active = False

    with pytest.raises(NotAllowed):
        judge(pair, "later", editor)


def test_later_waits_in_its_own_list_until_somebody_says_more(pair, editor):
    judge(pair, "later", editor)
    assert [one.pk for one in duplicates.pairs(editor, verdict="later")] == [pair.pk]
    assert not duplicates.pairs(editor).exists()

    judge(pair, "different", editor, because="Two things.")

    assert duplicates.counts(editor) == duplicates.Counts(open=0, related=0, later=0, judged=1)


def test_a_verdict_can_be_taken_back_by_another_editor(pair, editor):
    judge(pair, "different", editor, because="Two things.")

    judge(pair, "open", make_user("Editors"))

    pair.refresh_from_db()
    assert (pair.verdict, pair.judged_by, pair.judged_at, pair.because) == ("open", None, None, "")
    assert pair.names_then == []


def test_the_second_hears_who_said_what(pair, editor):
    judge(pair, "different", editor, because="Two things.")

    with pytest.raises(WrongState) as refused:
        judge(pair, "related", make_user("Editors"))

    assert f"judged different by {editor.get_username()} on " in refused.value.message
    assert "(“Two things.”)" in refused.value.message
    pair.refresh_from_db()
    assert pair.verdict == "different"
    assert not Relation.objects.exists()


def test_taking_back_nothing_is_refused(pair, editor):
    with pytest.raises(WrongState, match="nothing was said"):
        judge(pair, "open", editor)


def test_leaving_for_later_twice_is_refused(pair, editor):
    judge(pair, "later", editor)

    with pytest.raises(WrongState, match="left for later by"):
        judge(pair, "later", editor)


def test_a_merged_pair_is_not_judged_but_undone(pair, editor):
    DuplicatePair.objects.update(verdict="merged", judged_by=editor, judged_at=timezone.now())

    for verdict in ("open", "later", "related"):
        with pytest.raises(WrongState, match="Undo the merge"):
            judge(pair, verdict, editor)


def test_a_pair_of_which_a_term_is_gone_is_not_judged(pair, editor):
    workflow.discard_draft(term_id=pair.first_id, by=editor, reason="Double.")

    with pytest.raises(WrongState, match="“Dropout” is removed by now"):
        judge(pair, "later", editor)


def test_a_pair_that_is_not_there_is_refused(editor):
    with pytest.raises(WrongState, match="not there any more"):
        judging.judge(pair_id=0, verdict="later", by=editor)


# --- Many at once --------------------------------------------------------------------------------


def test_one_thing_is_said_of_many_and_who_refuses_leaves_the_others(editor):
    pairs = [make_pair(*drafts(editor)) for _ in range(3)]
    judge(pairs[1], "different", editor, because="Two things.")

    wanted = [*(pair.pk for pair in pairs), 0, pairs[0].pk]
    outcomes = judging.judge_many(pair_ids=wanted, verdict="later", by=editor)

    assert [outcome.refusal is None for outcome in outcomes] == [True, False, True, False]
    assert [outcome.pair and outcome.pair.pk for outcome in outcomes] == [*(pair.pk for pair in pairs), None]
    assert DuplicatePair.objects.filter(verdict="later").count() == 2
    assert outcomes[1].sentence == outcomes[1].refusal.message


def test_judging_nothing_does_nothing(editor):
    assert judging.judge_many(pair_ids=[], verdict="later", by=editor) == []


def test_one_thing_said_of_many_needs_a_reason_once(editor):
    pairs = [make_pair(*drafts(editor)) for _ in range(2)]

    with pytest.raises(InvalidContent):
        judging.judge_many(pair_ids=[pair.pk for pair in pairs], verdict="different", by=editor)

    assert not DuplicatePair.objects.exclude(verdict="open").exists()


# --- Related -------------------------------------------------------------------------------------


def test_related_drafts_name_each_other_at_once(pair, editor):
    judged = judge(pair, "related", editor)

    relation = Relation.objects.get()
    assert {relation.source_id, relation.target_id} == {pair.first_id, pair.second_id}
    assert relation.kind == "related"
    assert judged.revision == newest(relation.source)
    assert "names “Drop-out” now" in judged.sentence


def test_related_public_terms_are_related_by_a_proposal(editor):
    pair = make_pair(make_term("L1 cache"), make_term("L2 cache"))

    judged = judge(pair, "related", editor)

    assert not Relation.objects.exists()
    assert judged.revision.state == "proposed"
    assert judged.revision.content["relations"] == [{"kind": "related", "target": pair.second.public_id}]
    assert "Revision 2 of “L1 cache” proposes the relation." in judged.sentence
    workflow.approve(revision_id=judged.revision.pk, by=make_user("Reviewers"))
    assert Relation.objects.count() == 1


def test_the_relation_stands_in_the_draft_rather_than_in_what_is_public(editor):
    public = make_term("L1 cache")
    draft = make_draft("L2 cache", by=make_user("Editors")).term

    judged = judge(make_pair(public, draft), "related", editor)

    assert judged.revision.term == draft
    assert Relation.objects.get().source == draft
    assert public.revisions.count() == 1


def test_one_who_relates_a_term_to_several_makes_one_proposal(editor):
    cache, *others = (make_term(f"L{number} cache") for number in range(1, 4))
    pairs = [make_pair(cache, other) for other in others]

    judging.judge_many(pair_ids=[pair.pk for pair in pairs], verdict="related", by=editor)

    assert cache.revisions.filter(state="proposed").count() == 1
    assert {one["target"] for one in newest(cache).content["relations"]} == {one.public_id for one in others}


def test_a_proposal_that_wants_more_is_left_alone(editor):
    one, other = make_term("L1 cache"), make_term("L2 cache")
    propose_change(one, by=editor, definition="Other words.")

    judge(make_pair(one, other), "related", editor)

    assert one.revisions.filter(state="proposed").count() == 2


@pytest.mark.parametrize("kind", ["related", "broader"])
def test_a_relation_that_is_there_is_not_proposed_again(editor, kind):
    one = make_term("Attention")
    other = make_term("Self-attention", relations=[{"kind": kind, "target": one.public_id}])

    judged = judge(make_pair(one, other), "related", editor)

    assert judged.revision is None
    assert "recorded already" in judged.sentence
    assert (one.revisions.count(), other.revisions.count()) == (1, 1)


def test_a_relation_that_waits_is_not_proposed_again(editor):
    one, other = make_term("L1 cache"), make_term("L2 cache")
    propose_change(other, relations=[{"kind": "related", "target": one.public_id}])

    judged = judge(make_pair(one, other), "related", editor)

    assert judged.revision is None
    assert "Revision 2 of “L2 cache” proposes the relation already." in judged.sentence


@pytest.mark.parametrize(("kind", "narrow", "broad"), [("broader", 0, 1), ("narrower", 1, 0)])
def test_the_narrower_term_names_the_broader_one(editor, kind, narrow, broad):
    terms = drafts(editor, "Self-attention", "Attention")

    judged = judging.relate(pair_id=make_pair(*terms).pk, kind=kind, by=editor)

    relation = Relation.objects.get()
    assert (relation.source, relation.target, relation.kind) == (terms[narrow], terms[broad], "broader")
    assert judged.pair.verdict == "related"


def test_a_related_term_can_be_the_broader_one_besides(editor):
    one = make_term("Attention")
    other = make_term("Self-attention", relations=[{"kind": "related", "target": one.public_id}])

    judged = judging.relate(pair_id=make_pair(one, other).pk, kind="narrower", by=editor)

    assert {"kind": "broader", "target": one.public_id} in judged.revision.content["relations"]


def test_only_relations_are_relations(pair, editor):
    with pytest.raises(InvalidContent, match="no relation"):
        judging.relate(pair_id=pair.pk, kind="see_also", by=editor)


def test_two_terms_are_not_each_the_broader_one_of_the_other(editor):
    other = make_term("Self-attention")
    one = make_term("Attention", relations=[{"kind": "broader", "target": other.public_id}])

    judged = judging.relate(pair_id=make_pair(other, one).pk, kind="broader", by=editor)

    assert judged.pair.verdict == "related"
    assert judged.revision is None
    assert "“Attention” names “Self-attention” as its broader term; change that first." in judged.sentence


def test_the_verdict_stands_when_the_relation_cannot_be_written(editor):
    pair = make_pair(*drafts(editor))
    for term in (pair.first, pair.second):
        Revision.objects.filter(term=term).update(state="withdrawn")

    judged = judge(pair, "related", editor)

    assert judged.pair.verdict == "related"
    assert "The relation could not be recorded: no text of either is open." in judged.sentence


def test_a_text_that_was_sent_back_is_left_to_its_author(editor):
    author = make_user("Contributors")
    sent_back = workflow.propose(content={"name": "Dropout", "definition": "Text."}, by=author)
    workflow.request_changes(revision_id=sent_back.pk, by=make_user("Reviewers"), reason="Say more.")
    other = workflow.propose(content={"name": "Drop-out", "definition": "Text."}, by=author)
    workflow.request_changes(revision_id=other.pk, by=make_user("Reviewers"), reason="Say more.")

    judged = judge(make_pair(sent_back.term, other.term), "related", editor)

    assert judged.pair.verdict == "related"
    assert "sent back to its author" in judged.sentence


def test_a_failure_anywhere_in_a_verdict_leaves_everything_as_it_was(editor):
    pair = make_pair(make_term("L1 cache"), make_term("L2 cache"))

    fail_after_every_write(lambda: judge(pair, "related", editor), at_least=4)

    pair.refresh_from_db()
    assert pair.verdict == "related"


# --- The ledger elsewhere ------------------------------------------------------------------------


def as_bytes(pieces):
    return "".join(pieces).encode()


WRITERS = pytest.mark.parametrize("write", [judging.as_json_lines, judging.as_csv])


@WRITERS
def test_verdicts_taken_out_and_brought_in_are_the_same(editor, write):
    pairs = [
        make_pair(*drafts(editor, *names)) for names in (["A", "B"], ["=C; D|E", "F"], ["G", "H"], ["I", "J"])
    ]
    judge(pairs[0], "different", editor, because="Because, “so”;\n=1+1.")
    judge(pairs[1], "related", editor)
    judge(pairs[2], "later", editor)
    columns = ("first", "second", "verdict", "judged_by", "because", "names_then")
    before = list(DuplicatePair.objects.exclude(verdict="open").order_by("pk").values_list(*columns))
    file = as_bytes(write(judging.export_verdicts(editor)))
    DuplicatePair.objects.all().delete()

    report = judging.import_verdicts(file, by=make_user("Editors"))

    assert (report.imported, report.problems, report.unknown, report.conflicts) == (3, (), (), ())
    assert list(DuplicatePair.objects.order_by("pk").values_list(*columns)) == before


@WRITERS
def test_bringing_in_twice_changes_nothing(editor, write):
    judge(make_pair(*drafts(editor)), "different", editor, because="Two things.")
    file = as_bytes(write(judging.export_verdicts(editor)))
    before = list(DuplicatePair.objects.values())

    report = judging.import_verdicts(file, by=editor)

    assert (report.imported, report.already_so) == (0, 1)
    assert list(DuplicatePair.objects.values()) == before


def line(a, b, verdict="different", **more):
    sides = [{"id": "", "name": side} if isinstance(side, str) else side for side in (a, b)]
    return json.dumps({"a": sides[0], "b": sides[1], "verdict": verdict, **more})


def bring(by, *lines):
    return judging.import_verdicts("\n".join(lines).encode(), by=by)


def test_terms_are_found_by_full_name_where_the_id_is_unknown(editor):
    gpu, os = make_term("Kernel", qualifier="GPU"), make_term("Kernel", qualifier="operating system")

    report = bring(editor, line({"id": "elsewhere", "name": "KERNEL (operating system)"}, "Kernel (GPU)"))

    assert report.imported == 1
    assert (DuplicatePair.objects.get().first, DuplicatePair.objects.get().second) == (gpu, os)


def test_what_names_no_term_or_several_is_told(editor):
    drafts(editor, "Dropout", "Kernel", "Kernel")

    report = bring(editor, line("Dropout", "Nobody knows"), line("Dropout", "Kernel"))

    assert report.imported == 0
    assert report.unknown == (
        "Line 1: “Nobody knows”: there is no such term.",
        "Line 2: “Kernel”: several terms have this name.",
    )


def test_what_was_judged_here_stays(editor):
    pair = make_pair(*drafts(editor))
    judge(pair, "different", editor, because="Two things.")

    report = bring(editor, line("Dropout", "Drop-out", "related"))

    pair.refresh_from_db()
    assert pair.verdict == "different"
    assert report.conflicts == (
        f"Line 1: “Dropout” and “Drop-out”: “related” in the file, “different” by {editor.get_username()} "
        "here, which stays.",
    )


def test_what_was_left_for_later_here_is_judged_by_the_file(editor):
    pair = make_pair(*drafts(editor))
    judge(pair, "later", editor)

    assert bring(editor, line("Drop-out", "Dropout", "different", because="Two.")).imported == 1
    pair.refresh_from_db()
    assert pair.verdict == "different"
    assert pair.because == "Two."


def test_who_judged_and_when_is_kept_in_the_reason_where_they_have_no_account(editor):
    drafts(editor)

    bring(editor, line("Dropout", "Drop-out", because="Two.", by="ada", at="2025-05-01T10:00:00Z"))

    pair = DuplicatePair.objects.get()
    assert pair.judged_by == editor
    assert pair.judged_at.isoformat() == "2025-05-01T10:00:00+00:00"
    assert pair.because == "Two. (Judged by ada on 2025-05-01.)"


def test_a_verdict_from_elsewhere_is_open_again_where_the_names_are_others(editor):
    drafts(editor, "Dropout", "Dropout")
    one, other = (pair.public_id for pair in drafts(editor, "Pod", "Pod"))
    sides = [{"id": public_id, "name": "Pod", "names_then": ["pod", "pods"]} for public_id in (one, other)]
    bring(editor, line(*sides, because="Two."))

    duplicates.scan()

    pair = DuplicatePair.objects.get(first__name="Pod")
    assert pair.verdict == "open"
    assert "Was judged different" in pair.reasons[-1]


def test_a_merge_is_not_carried_over(editor):
    pair = make_pair(*drafts(editor))
    DuplicatePair.objects.update(verdict="merged", judged_by=editor, judged_at=timezone.now())
    file = as_bytes(judging.as_json_lines(judging.export_verdicts(editor)))
    DuplicatePair.objects.update(verdict="open", judged_by=None)

    report = judging.import_verdicts(file, by=editor)

    pair.refresh_from_db()
    assert pair.verdict == "open"
    assert "a merge is not carried over" in report.problems[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1}', "“a” and “b” have to be objects"),
        ("[1]\n", ""),
        (line("Dropout", "Drop-out", "maybe"), "“maybe” is no verdict"),
        (line("Dropout", "Drop-out", at="soon"), "“soon” is no time"),
        (line("Dropout", "Drop-out", at="2025-99-99"), "is no time"),
        (line("Dropout", "Drop-out", because=["x"]), "has to be a text"),
        (line("Dropout", "Drop-out", because="a\x00b"), "has to be a text"),
        (line("Dropout", "\ud800"), "has to be a text"),
        (line({"id": "", "name": "Dropout", "names_then": "x"}, "Drop-out"), "has to be a list"),
        (line("Dropout", "Dropout"), "are one term here"),
        ('{"a": {"id": "x"', ""),
    ],
)
def test_what_is_no_verdict_is_told_with_its_line(editor, text, told):
    drafts(editor)

    try:
        report = judging.import_verdicts((line("Dropout", "Drop-out") + "\n" + text).encode(), by=editor)
    except UnreadableFile as refusal:
        assert refusal.message
    else:
        assert report.imported == 1
        assert report.problems[0].startswith("Line 2: ")
        assert told in report.problems[0]


@pytest.mark.parametrize(
    "data", [b"", b" \n ", b"PK\x03\x04", b"name,definition\nDropout,Text.\n", b"Just words."]
)
def test_what_is_no_list_of_verdicts_is_refused(editor, data):
    with pytest.raises(UnreadableFile):
        judging.import_verdicts(data, by=editor)


def test_a_file_that_is_too_long_is_refused_whole(editor, monkeypatch):
    monkeypatch.setattr("terms.judging.carrying.MOST_VERDICTS", 1)
    drafts(editor)

    with pytest.raises(UnreadableFile, match="in parts"):
        bring(editor, line("Dropout", "Drop-out"), line("Dropout", "Drop-out"))

    assert not DuplicatePair.objects.exists()


def test_only_editors_bring_verdicts_in_and_only_the_staff_takes_them_out(editor):
    contributor = make_user("Contributors")

    with pytest.raises(NotAllowed):
        judging.import_verdicts(b"", by=contributor)
    with pytest.raises(NotAllowed):
        list(judging.export_verdicts(contributor))
    assert list(judging.export_verdicts(editor)) == []


def test_bringing_in_takes_as_few_reads_for_many_verdicts_as_for_one(editor):
    terms = drafts(editor, *(f"Word {number}" for number in range(20)))
    lines = [line(one.name, other.name) for one, other in zip(terms[::2], terms[1::2], strict=True)]

    def reads(*some):
        with CaptureQueriesContext(connection) as captured:
            bring(editor, *some)
        return sum(query["sql"].startswith("SELECT") for query in captured)

    reads(lines[0])
    assert reads(*lines[2:]) == reads(lines[1])
