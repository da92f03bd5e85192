"""Names found in running text."""

import pytest
from builders import make_draft, make_term, propose_change

from terms import linking, workflow

pytestmark = pytest.mark.django_db


def test_names_and_aliases_of_other_terms_become_links():
    make_term("Batch normalization", aliases=["Batch norm"])
    term = make_term("Dropout", definition="Older than batch norm. Dropout is not batch normalization.")

    html = linking.link(term)

    assert html.count('href="/terms/batch-normalization/"') == 1
    assert "/terms/dropout/" not in html


def test_a_new_name_needs_no_text_to_be_rendered_again(reviewer):
    term = make_term("Dropout", definition="Like weight decay.")
    assert "<a" not in linking.link(term)

    decay = make_term("Weight decay")
    assert "/terms/weight-decay/" in linking.link(term)

    workflow.approve(revision_id=propose_change(decay, name="L2 decay").pk, by=reviewer)
    assert "<a" not in linking.link(term)


def test_drafts_hidden_names_and_names_of_two_are_not_linked():
    make_draft("Secret project")
    make_term("Open", aliases=[{"text": "Concealed", "kind": "hidden"}])
    make_term("Kernel", qualifier="GPU")
    make_term("Kernel", qualifier="statistics")
    term = make_term("Dropout", definition="Secret project, concealed, kernel and [[Kernel (GPU)]].")

    html = linking.link(term)

    assert html.count("<a ") == 1
    assert "/terms/kernel-gpu/" in html


def test_a_synonym_takes_no_links_from_the_term_that_is_called_so():
    make_term("Adam")
    make_term("Zeppelin", aliases=["Adam"])
    term = make_term("AdamW", definition="A variant of [[Adam]].")

    assert "/terms/adam/" in linking.link(term)


def test_acronyms_are_linked_only_as_they_are_spelt():
    make_term("Secure electronic transaction", aliases=[{"text": "SET", "kind": "acronym"}])
    term = make_term("Dropout", definition="A set of rules is no SET.")

    assert ">SET</a>" in linking.link(term)
    assert linking.link(term).count("<a ") == 1


def test_capitals_inside_a_name_and_two_letters_are_no_common_words():
    make_term("ZeRO")
    make_term("L2 cache", aliases=[{"text": "L2", "kind": "abbreviation"}])
    term = make_term("Dropout", definition="From zero on, an L2 penalty. ZeRO and [[L2]].")

    html = linking.link(term)

    assert html.count("<a ") == 2
    assert ">ZeRO</a>" in html
    assert html.endswith(">L2</a>.</p>\n")


def test_a_term_can_opt_out_and_still_be_asked_for():
    make_term("Set", links_itself=False)
    term = make_term("Dropout", definition="A set of units. See [[Set]].")

    html = linking.link(term)

    assert html.count("<a ") == 1
    assert "a set" in html.lower().split("<a ")[0]
