"""`manage.py find_duplicates`: the list of look-alikes and the ledger of verdicts, for operators."""

from __future__ import annotations

import json

import pytest
from builders import make_draft, make_user
from django.core.management import CommandError, call_command

from terms import duplicates, judging, workflow
from terms.models import DuplicatePair

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return make_user("Editors")


def run(capsys, *arguments):
    """Return what the command prints, and what it tells beside it."""
    call_command("find_duplicates", *arguments)
    return capsys.readouterr()


def objects(printed):
    return [json.loads(line) for line in printed.out.splitlines()]


def test_each_pair_is_one_object_best_first(capsys, editor):
    one, other = (make_draft("Dropout", by=editor).term for _ in range(2))
    make_draft("Kernel", by=editor)

    printed = run(capsys, "--json")

    [pair] = objects(printed)
    assert list(pair) == ["a", "b", "score", "reasons", "suggestion"]
    assert pair["a"] == {"id": one.public_id, "name": "Dropout", "status": "draft"}
    assert pair["b"]["id"] == other.public_id
    assert 0 < pair["score"] <= 1
    assert pair["reasons"]
    assert pair["suggestion"] == "merge"
    assert "3 terms looked at" in printed.err
    assert "1 pairs to judge: 1 new" in printed.err


def test_so_many_as_are_asked_for_are_printed(capsys, editor):
    for _ in range(3):
        make_draft("Dropout", by=editor)

    assert len(objects(run(capsys, "--json", "--limit", "2"))) == 2
    assert objects(run(capsys, "--json", "--limit", "0")) == []
    scores = [pair["score"] for pair in objects(run(capsys, "--json"))]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


def test_people_read_names_and_reasons(capsys, editor):
    for _ in range(3):
        make_draft("Dropout", by=editor, qualifier="training")

    printed = run(capsys, "--limit", "1").out

    assert "Dropout (training) [draft]  ~  Dropout (training) [draft]" in printed
    assert "… and 2 more; --limit 3 shows them all." in printed
    assert DuplicatePair.objects.first().reasons[0] in printed


def test_judged_pairs_and_those_of_discarded_drafts_are_not_printed(capsys, editor):
    drafts = [make_draft("Dropout", by=editor).term for _ in range(3)]
    run(capsys)
    pair = DuplicatePair.objects.get(first=drafts[0], second=drafts[1])
    judging.judge(pair_id=pair.pk, verdict="different", by=editor, because="Two things.")
    workflow.discard_draft(term_id=drafts[2].pk, by=editor)

    assert objects(run(capsys, "--json")) == []


def test_only_what_changed_is_looked_at_when_asked(capsys, editor):
    make_draft("Dropout", by=editor)
    run(capsys)
    make_draft("Dropout", by=editor)

    printed = run(capsys, "--changed")

    assert "Dropout [draft]  ~  Dropout [draft]" in printed.out
    assert duplicates.state().changed == 0
    assert "terms looked at" in printed.err


@pytest.mark.parametrize("name", ["verdicts.jsonl", "verdicts.csv"])
def test_verdicts_are_written_and_read_in_again(capsys, editor, tmp_path, name):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()
    judging.judge(
        pair_id=DuplicatePair.objects.get().pk, verdict="different", by=editor, because="Two things."
    )
    file = tmp_path / name
    assert "1 verdicts" in run(capsys, "--verdicts", str(file)).err
    DuplicatePair.objects.all().delete()

    printed = run(capsys, "--load-verdicts", str(file), "--by", editor.get_username())

    assert "1 verdicts taken over, 0 were there already." in printed.out
    assert DuplicatePair.objects.get().because == "Two things."


def test_verdicts_go_to_standard_output(capsys, editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()
    judging.judge(pair_id=DuplicatePair.objects.get().pk, verdict="later", by=editor)

    [row] = objects(run(capsys, "--verdicts", "-"))

    assert row["verdict"] == "later"


def test_what_could_not_be_taken_over_is_told(capsys, editor, tmp_path):
    file = tmp_path / "verdicts.jsonl"
    sides = {side: {"id": "", "name": name} for side, name in (("a", "One"), ("b", "Two"))}
    file.write_text(json.dumps({**sides, "verdict": "later"}), "utf-8")

    printed = run(capsys, "--load-verdicts", str(file), "--by", editor.get_username())

    assert "0 verdicts taken over" in printed.out
    assert "Line 1: “One”: there is no such term." in printed.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--limit", "-1"], "give a number from 0"),
        (["--verdicts", "/nowhere/at/all"], "Give a path that can be written."),
        (["--load-verdicts", "/nowhere/at/all", "--by", "{editor}"], "Give a file that can be read."),
        (["--load-verdicts", "/nowhere/at/all"], "There is no active account “”."),
        (["--load-verdicts", "/dev/null", "--by", "{editor}"], "The file is empty."),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(editor, arguments, told):
    wanted = [argument.replace("{editor}", editor.get_username()) for argument in arguments]

    with pytest.raises(CommandError, match=told):
        call_command("find_duplicates", *wanted)


def test_an_account_without_the_right_takes_no_verdicts_over(tmp_path):
    file = tmp_path / "verdicts.jsonl"
    file.write_text("{}", "utf-8")
    contributor = make_user("Contributors")

    with pytest.raises(CommandError, match="no right"):
        call_command("find_duplicates", "--load-verdicts", str(file), "--by", contributor.get_username())
