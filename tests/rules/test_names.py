"""Names in order: suggestions, the lines of the A–Z index, and what stands beside a term."""

import pytest
from builders import make_draft, make_term, propose_change

from terms import search, workflow
from terms.models import IndexChange, IndexEntry, Term
from terms.publishing import content_version

pytestmark = pytest.mark.django_db


def suggested(text, limit=10):
    return [suggestion.text for suggestion in search.suggest(text, limit)]


# --- Suggestions ---------------------------------------------------------------------------------


def test_exact_before_names_before_aliases_and_short_before_long():
    make_term("Normalization of batches")
    make_term("Norm clipping")
    make_term("Scaling", aliases=["Norms"])
    make_term("Length", aliases=["Norm"])
    make_term("Size", aliases=["Normal distribution of sizes"])

    assert suggested("norm") == [
        "Norm",
        "Norm clipping",
        "Normalization of batches",
        "Norms",
        "Normal distribution of sizes",
    ]


def test_lines_that_begin_with_a_later_word_come_last():
    make_term("Batch normalization", aliases=["Batch norm"])
    make_term("Normalization by weights and other means")
    make_term("Dropout", aliases=["Noisy norm"])

    assert suggested("norm") == [
        "Normalization by weights and other means",
        "Batch normalization",
        "Noisy norm",
    ]


def test_the_words_of_a_name_are_found_in_the_order_of_a_ring():
    """Whoever begins with a later word may go on with what stands before it."""
    make_term("Long short-term memory")

    assert suggested("memory long") == ["Long short-term memory"]
    assert suggested("term mem") == ["Long short-term memory"]
    assert suggested("long memory") == []


def test_little_words_begin_no_line_and_very_late_words_neither():
    make_term("Area under the curve")
    make_term("One two three four five six seven")

    assert suggested("curve") == ["Area under the curve"]
    assert suggested("under") == []
    assert suggested("the") == []
    assert suggested("six") == ["One two three four five six seven"]
    assert suggested("seven") == []


def test_each_term_is_suggested_once_by_its_best_name():
    make_term("Batch normalization", aliases=["Batch norm", "BN", "Norm of batches"])

    assert suggested("b") == ["Batch normalization"]
    assert suggested("bn") == ["BN"]
    assert suggested("norm") == ["Norm of batches"]


def test_hidden_names_lead_to_a_term_and_are_never_shown():
    make_term("Dropout", qualifier="layer", aliases=[{"text": "Noise machine", "kind": "hidden"}])

    [suggestion] = search.suggest("noise")

    assert (suggestion.text, suggestion.is_alias) == ("Dropout (layer)", False)
    assert search.suggest("machine") == []


def test_what_nobody_sees_begin_so_comes_last():
    make_term("NF4", aliases=[{"text": "Normal float", "kind": "hidden"}])
    make_term("Batch normalization")

    assert suggested("norm") == ["Batch normalization", "NF4"]
    assert suggested("norm", 1) == ["Batch normalization"]
    assert suggested("normal float") == ["NF4"]


def test_a_name_is_found_by_its_qualifier_spelt_out():
    make_term("Kernel", qualifier="GPU")
    make_term("Kernel", qualifier="statistics")

    assert suggested("kernel (st") == ["Kernel (statistics)"]
    assert suggested("kernel gpu") == ["Kernel (GPU)"]
    assert suggested("kernel") == ["Kernel (GPU)", "Kernel (statistics)"]


def test_deprecated_terms_only_by_their_whole_name(chief):
    term = make_term("Weight decay", aliases=["L2 decay"])
    make_term("Weight")
    workflow.deprecate(term_id=term.pk, by=chief, reason="Old.")

    assert suggested("weight") == ["Weight"]
    assert suggested("decay") == []
    assert suggested("weight decay") == ["Weight decay"]
    assert suggested("l2 decay") == ["L2 decay"]
    [suggestion] = search.suggest("Weight Decay")
    assert suggestion.term.status == "deprecated"


def test_drafts_and_removed_terms_are_suggested_by_no_word(chief):
    make_draft("Secret project")
    term = make_term("Gone project", aliases=["Lost project"])
    workflow.remove(term_id=term.pk, by=chief, reason="Wrong.")

    assert [suggested(word) for word in ("secret", "gone", "lost", "project")] == [[], [], [], []]


def test_what_is_suggested_says_what_lists_show(reviewer):
    term = make_term("Kernel", qualifier="GPU", aliases=["Shader"], short_definition="A function.")

    [suggestion] = search.suggest("shader")

    assert suggestion.is_alias is True
    assert (suggestion.term.pk, suggestion.term.public_id) == (term.pk, term.public_id)
    assert suggestion.term.full_name == "Kernel (GPU)"
    assert suggestion.term.get_absolute_url() == term.get_absolute_url()
    assert suggestion.term.short_definition == "A function."


@pytest.mark.parametrize("asked", ["", "  ", "\0", "\x01", "%", "_", "\U0010ffff"])
def test_what_is_no_beginning_suggests_nothing(asked):
    make_term("Batch normalization")

    assert search.suggest(asked) == []


@pytest.mark.parametrize("limit", [-1, 0, 1, 5, 12, 30])
def test_as_many_as_are_asked_for(limit):
    for number in range(12):
        make_term(f"Term {number:02}")

    assert suggested("term", limit) == [f"Term {number:02}" for number in range(12)][: max(limit, 0)]


def test_later_words_fill_up_what_the_first_leave():
    make_term("Loss")
    for number in range(3):
        make_term(f"Dice {number} loss")

    assert suggested("loss", 2) == ["Loss", "Dice 0 loss"]
    assert suggested("loss", 1) == ["Loss"]


def test_suggestions_cost_the_same_queries_at_any_number_of_terms(django_assert_num_queries):
    for number in range(30):
        make_term(f"Term {number}", aliases=[f"Word {number}"])

    for asked in ("term", "word"):
        with django_assert_num_queries(2):
            assert len(search.suggest(asked)) == 10


# --- What is written for a term ------------------------------------------------------------------


def test_a_changed_term_leaves_no_line_of_its_old_names(reviewer):
    term = make_term("Batch normalization", aliases=["Batch norm"])

    revision = propose_change(term, name="Group scaling", aliases=[])
    workflow.approve(revision_id=revision.pk, by=reviewer)

    assert {entry.text for entry in IndexEntry.objects.all()} == {"Group scaling"}
    assert [suggested(word) for word in ("batch", "norm", "scal")] == [[], [], ["Group scaling"]]


def test_a_rebuilt_index_has_the_same_lines():
    make_term("Kernel", qualifier="GPU", aliases=["Compute shader", {"text": "Krnl x", "kind": "hidden"}])
    columns = "term", "key", "letter", "text", "is_alias", "is_hidden", "is_deprecated", "turned"
    before = sorted(IndexEntry.objects.values_list(*columns))

    search.rebuild()

    assert sorted(IndexEntry.objects.values_list(*columns)) == before


def test_each_publication_notes_what_it_changed(chief):
    kept = make_term("Dropout")
    version = content_version()
    term = make_term("Loss")

    workflow.remove(term_id=term.pk, by=chief, reason="Wrong.")

    changed = IndexChange.objects.filter(content_version__gt=version)
    assert set(changed.values_list("term_id", flat=True)) == {term.pk}
    assert kept.pk != term.pk


# --- The A–Z index -------------------------------------------------------------------------------


def test_lines_are_names_and_aliases_with_their_terms():
    make_term("Kernel", qualifier="GPU", aliases=["Shader", {"text": "Krnl", "kind": "hidden"}])

    page = search.index_page()

    assert [(line.text, line.is_alias, line.letter) for line in page.entries] == [
        ("Kernel (GPU)", False, "k"),
        ("Shader", True, "s"),
    ]
    assert {line.term.full_name for line in page.entries} == {"Kernel (GPU)"}


def test_no_line_of_the_index_begins_with_a_later_word():
    make_term("Batch normalization", aliases=["Weight norm"])

    assert [line.text for line in search.index_page().entries] == ["Batch normalization", "Weight norm"]
    assert search.index_page("n").entries == []
    assert {letter.key: letter.count for letter in search.letters() if letter.count} == {"b": 1, "w": 1}


def test_pages_together_have_every_line_once():
    for number in range(7):
        make_term(f"Term {number}", aliases=[f"Word {number}"])

    pages = [search.index_page("", number, size=5) for number in (1, 2, 3)]

    lines = [line.text for page in pages for line in page.entries]
    assert lines == [*(f"Term {number}" for number in range(7)), *(f"Word {number}" for number in range(7))]
    assert [(page.first, page.last, page.total, page.pages) for page in pages] == [
        (1, 5, 14, 3),
        (6, 10, 14, 3),
        (11, 14, 14, 3),
    ]


def test_letters_are_counted_anew_with_each_publication(chief):
    term = make_term("Dropout")
    assert sum(letter.count for letter in search.letters()) == 1

    make_term("Loss", aliases=["Cost"])
    assert sum(letter.count for letter in search.letters()) == 3

    workflow.remove(term_id=term.pk, by=chief, reason="Wrong.")
    assert sum(letter.count for letter in search.letters()) == 2


def test_an_index_page_costs_the_same_queries_at_any_size(django_assert_max_num_queries):
    for number in range(25):
        make_term(f"Term {number}")
    search.letters()

    for size in (5, 25):
        with django_assert_max_num_queries(3):
            assert len(search.index_page("", 1, size).entries) == size


# --- What stands beside a term -------------------------------------------------------------------


def beside(term):
    previous, following = search.neighbours(Term.objects.get(pk=term.pk))
    return previous and previous.full_name, following and following.full_name


def test_neighbours_stand_in_the_order_of_names():
    terms = [make_term(name) for name in ("zeta", "Alpha", "beta")]

    assert [beside(term) for term in terms] == [("beta", None), (None, "beta"), ("Alpha", "zeta")]


def test_a_term_alone_has_no_neighbours():
    assert beside(make_term("Alone")) == (None, None)


def test_of_equal_names_the_qualifiers_decide():
    gpu = make_term("Kernel", qualifier="GPU")
    statistics = make_term("Kernel", qualifier="statistics")
    bare = make_term("Kernel", qualifier="")

    assert beside(bare) == (None, "Kernel (GPU)")
    assert beside(gpu) == ("Kernel", "Kernel (statistics)")
    assert beside(statistics) == ("Kernel (GPU)", None)


def test_names_with_the_same_key_stand_beside_each_other_and_none_is_passed_over():
    """C, C++ and C# differ, their sort keys too; `k-NN` and `k NN` are two names with one key."""
    hyphen, blank, last = make_term("k-NN"), make_term("k NN"), make_term("Loss")

    assert beside(hyphen) == (None, "k NN")
    assert beside(blank) == ("k-NN", "Loss")
    assert beside(last) == ("k NN", None)


def test_neighbours_are_public(chief):
    make_draft("Beta")
    first, removed, last = make_term("Alpha"), make_term("Gamma"), make_term("Zeta")
    workflow.remove(term_id=removed.pk, by=chief, reason="Wrong.")

    assert beside(first) == (None, "Zeta")
    assert beside(last) == ("Alpha", None)


def test_neighbours_cost_two_queries(django_assert_num_queries):
    term = make_term("Beta")
    make_term("Alpha")
    term.refresh_from_db()

    with django_assert_num_queries(2):
        search.neighbours(term)
