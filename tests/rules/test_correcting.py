"""Did you mean …? And what is found when nothing has all the words."""

import pytest
from builders import make_draft, make_term, make_user
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terms import search, workflow
from terms.models import WordSlip
from terms.search import correcting

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return {"by": make_user("Editors"), "reviewer": make_user("Reviewers")}


def names(result):
    return [hit.term.name for hit in result.hits]


@pytest.mark.parametrize(
    "slip",
    ["dropuot", "dropot", "droppout", "dropowt", "ropout", "dropou", "xdropout", "dropouts", "dropuots"],
)
def test_one_slip_of_the_finger_is_corrected(people, slip):
    make_term("Dropout", definition="Noise.", **people)

    result = search.search(slip)

    assert names(result) == ["Dropout"]
    assert (result.how, result.corrected) in [("corrected", "dropout"), ("all", "")]
    assert (result.how == "all") == (slip in {"dropou", "dropouts"})


def test_two_slips_are_forgiven_in_long_words_only(people):
    make_term("Regularization", definition="A penalty.", **people)
    make_term("Adam", definition="An optimizer.", **people)

    assert search.search("reguralization").corrected == "regularization"
    assert search.search("edem").how == "all"
    assert search.search("edem").hits == []


def test_only_the_words_that_need_it_are_corrected(people):
    make_term("Batch normalization", definition="It scales.", **people)

    result = search.search('batch normalizatoin -layer "it scales"')

    assert (result.how, result.corrected) == ("corrected", 'batch normalization -layer "it scales"')
    assert names(result) == ["Batch normalization"]


def test_of_several_corrections_the_nearest_and_most_frequent_with_hits_is_taken(people):
    make_term("Loss", definition="A number.", **people)
    make_term("Log loss", definition="A logarithm.", **people)
    make_term("Loss function", definition="A function.", **people)
    make_term("Loop function", definition="It turns.", **people)
    make_term("Loop unrolling", definition="It copies.", **people)

    assert search.search("losp function").corrected == "loss function"
    assert search.search("losp unrolling").corrected == "loop unrolling"


def test_a_blank_in_a_word_with_a_slip_is_corrected_too(people):
    make_term("Backpropagation", definition="The chain rule.", **people)
    make_term("Chain of thought", aliases=["Thinking aloud"], definition="Steps.", **people)

    assert search.search("back propogation").corrected == "backpropagation"
    assert search.search("thoughtchain").corrected == "thought chain"


@pytest.mark.parametrize(
    ("name", "asked"), [("Dropout", "drop out"), ("k-NN", "knn"), ("Batch norm", "batchnorms")]
)
def test_words_written_together_or_apart_need_no_correction(people, name, asked):
    make_term(name, definition="A thing.", **people)

    result = search.search(asked)

    assert (result.how, names(result)) == ("all", [name])


def test_a_word_that_no_public_name_shows_is_never_proposed(people):
    make_draft("Xylograph")
    make_term("Woodcut", definition="It has no zebrawood.", **people)
    gone = make_term("Marimba", definition="An instrument.", **people)
    workflow.remove(term_id=gone.pk, reason="Not ours.", by=make_user("Chief editors"))
    make_term("Print", aliases=[{"text": "Lithograhp", "kind": "hidden"}], definition="Ink.", **people)

    for slip in ("xylogarph", "zebrawodo", "marimab", "lithograhpp"):
        result = search.search(slip)
        assert (result.how, result.corrected, result.hits) == ("all", "", []), slip


def test_a_name_that_became_a_hidden_alias_is_not_proposed_any_more(people):
    term = make_term("Dropotu", definition="Noise.", **people)
    content = {"name": "Thinning", "aliases": [{"text": "Dropotu", "kind": "hidden"}]}
    revision = workflow.propose(term_id=term.pk, based_on=1, content=content, by=people["by"])
    workflow.approve(revision_id=revision.pk, by=people["reviewer"])

    assert WordSlip.objects.filter(word="dropotu").exists()
    assert search.search("dropotuu").corrected == ""


def test_rebuild_forgets_words_that_no_name_has(people):
    term = make_term("Marimba", definition="An instrument.", **people)
    make_term("Woodcut", definition="A print.", **people)
    workflow.remove(term_id=term.pk, reason="Not ours.", by=make_user("Chief editors"))

    search.rebuild()

    assert set(WordSlip.objects.values_list("word", flat=True)) == {"woodcut"}
    assert search.search("woodctu").corrected == "woodcut"


def test_learning_what_is_known_takes_one_query():
    words = [f"wordthat{number}" for number in range(100)]
    correcting.learn(words)
    before = WordSlip.objects.count()

    with CaptureQueriesContext(connection) as queries:
        correcting.learn(words)

    assert len(queries) == 1
    assert WordSlip.objects.count() == before


def test_what_is_narrowed_stays_narrowed_when_corrected(people):
    make_term("Dropout", tags=["Training"], definition="Noise.", **people)
    make_term("Dropout rate", tags=["Numbers"], definition="A share.", **people)

    assert names(search.search("dropuot", tags=["training"])) == ["Dropout"]
    assert names(search.search("dropuot tag:numbers")) == ["Dropout rate"]


# --- Some of the words -------------------------------------------------------------------------


def test_a_sentence_finds_the_term_with_most_of_its_rare_words(people):
    make_term("Dropout", definition="A technique which randomly drops units of a network.", **people)
    make_term("Layer", definition="A part of a network. Another technique is used with it.", **people)
    make_term("Adam", definition="An optimizer which adapts its steps.", **people)

    result = search.search("technique that randomly drops neurons everywhere")

    assert result.how == "some"
    assert names(result) == ["Dropout"]
    assert result.total == 1


def test_words_in_a_name_count_more_than_in_a_text(people):
    make_term("Alpha", definition="It has a gradient.", **people)
    make_term("Gradient", definition="A slope.", **people)

    assert names(search.search("gradient xylophone quagmire"))[0] == "Gradient"


def test_little_words_are_left_out_when_other_words_remain(people):
    make_term("Dropout", definition="Noise.", **people)
    make_term("The Who", definition="A band.", **people)

    assert names(search.search("what is the dropout?")) == ["Dropout"]
    assert search.search("what is the dropout?").how == "all"
    assert names(search.search("the who")) == ["The Who"]
    assert search.search("what is dropuot").corrected == "what is dropout"


def test_some_words_are_paged_and_narrowed_as_all_are(people):
    for number in range(5):
        make_term(f"Norm {number}", tags=["even" if number % 2 == 0 else "odd"], definition="One.", **people)

    pages = [search.search("norm xylophone quagmire", limit=2, offset=start) for start in (0, 2, 4, 6)]

    assert [page.total for page in pages] == [5] * 4
    assert sorted(name for page in pages for name in names(page)) == [f"Norm {n}" for n in range(5)]
    assert search.search("norm xylophone quagmire tag:odd").total == 2


def test_deprecated_terms_do_not_have_some_of_the_words(people):
    old = make_term("Momentum", definition="Old inertia.", **people)
    workflow.deprecate(term_id=old.pk, reason="Superseded.", by=make_user("Chief editors"))

    assert search.search("inertia xylophone").hits == []
    assert names(search.search("inertia xylophone", include_deprecated=True)) == ["Momentum"]
