"""Names found in running text."""

import contextlib
import random

import pytest
from builders import make_draft, make_term, make_user, merge, propose_change, undo
from django.utils.safestring import SafeString

from terms import linking, markup, publishing, workflow
from terms.errors import TermbookError, WrongState
from terms.models import IndexChange, SiteState, Term
from terms.text import name_key

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


@pytest.mark.parametrize(
    ("name", "running_text"),
    [
        (".NET", "on .NET now"),
        ("½ precision", "in ½ precision"),
        ("∞-norm", "the ∞‑norm"),
        ("Ångström", "one A\u030angstro\u0308m"),
        ("Batch normalization", "with batch\u200b normalization"),
        ("k-NN", "by k-NN"),
        ("C++", "in C++, not"),
    ],
)
def test_names_of_any_signs_are_found_where_they_begin(name, running_text):
    make_term(name)

    assert linking.link_html(SafeString(f"<p>{running_text}</p>"), skip=[]).count("<a ") == 1


def test_a_line_of_signs_is_no_name_unless_somebody_says_so():
    make_term("-" * 60 + "x")

    assert "<a " not in linking.link_html(SafeString(f"<p>{'-' * 60}x</p>"), skip=[])
    assert linking.preview(f"[[{'-' * 60}x]]", term=None).count("<a ") == 1


# --- The table follows the publications ----------------------------------------------------------

WORDS = ["Loss", "IT", "it", "ZeRO", "Kernel", "L2", "Batch norm", "C++", "k-NN"]
KINDS = ["synonym", "acronym", "hidden", "misspelling", "translation"]


class Desk:
    """Editors who do anything at all to a few terms with the same few names."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        self.editor, self.chief = make_user("Editors"), make_user("Chief editors")
        self.operations = []

    def do_something(self):
        acts = [self.publish, self.change, self.deprecate, self.remove, self.bring_back, self.merge]
        act = self.chance.choice([self.publish, *acts])
        with contextlib.suppress(TermbookError):  # what is refused changes nothing
            act()

    def publish(self):
        make_term(by=self.editor, reviewer=self.chief, **self._names())

    def change(self):
        revision = propose_change(self._one("published"), by=self.editor, **self._names())
        workflow.approve(revision_id=revision.pk, by=self.chief)

    def deprecate(self):
        workflow.deprecate(term_id=self._one("published").pk, by=self.chief, reason="Old.")

    def remove(self):
        workflow.remove(term_id=self._one("published").pk, by=self.chief, reason="Wrong.")

    def bring_back(self):
        if self.operations and self.chance.random() < 0.5:
            undo(self.operations.pop(), by=self.chief)
        elif self.chance.random() < 0.5:
            workflow.reinstate(term_id=self._one("deprecated").pk, by=self.chief)
        else:
            workflow.restore(term_id=self._one("removed").pk, by=self.chief)

    def merge(self):
        self.operations.append(merge(self._one("published"), self._one("published"), by=self.chief))

    def _one(self, status):
        terms = list(Term.objects.filter(status=status))
        if not terms:
            raise WrongState("There is none.")
        return self.chance.choice(terms)

    def _names(self):
        aliases = self.chance.sample(WORDS, self.chance.randint(0, 3))
        return {
            "name": self.chance.choice(WORDS),
            "qualifier": self.chance.choice(["", "", "GPU", "art"]),
            "aliases": [{"text": alias, "kind": self.chance.choice(KINDS)} for alias in aliases],
            "short_definition": f"The {self.chance.randint(1, 99)}th of its kind.",
            "links_itself": self.chance.random() < 0.8,
        }


def check_where_names_lead():
    """Hold the table that follows against one that is read anew."""
    followed, anew = linking.lookup(), linking.NameTable.read()
    for key in (name_key(name + end) for name in WORDS for end in ("", " (GPU)", " (art)")):
        first, *_ = markup.signs_of(key)
        assert followed.get(key) == anew.get(key), key
        assert followed.reach(first) >= anew.reach(first)


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.ci) for seed in range(3, 15))])
def test_whatever_editors_do_names_lead_where_a_table_read_anew_leads(seed):
    desk = Desk(seed)

    for _ in range(30):
        desk.do_something()
        check_where_names_lead()

    # Not all was refused.
    assert publishing.content_version() > 12


def test_only_what_changed_is_read_again():
    term = make_term("Dropout")
    linking.lookup()
    make_term("Loss")
    linking.lookup()
    # Behind the back of the workflow, so that nobody is told of it.
    Term.objects.filter(pk=term.pk).update(short_definition="Never read.")

    make_term("Adam")

    assert linking.lookup().get("adam") is not None
    assert linking.lookup().get("dropout").title == ""


def test_whoever_comes_after_the_changes_were_thrown_away_reads_all_names(monkeypatch):
    monkeypatch.setattr("terms.search.entries._CHANGES_KEPT", 2)
    make_term("Dropout")
    linking.lookup()

    for name in ["Adam", "Loss", "Kernel", "Zeppelin"]:
        make_term(name)

    assert IndexChange.objects.count() == 2
    assert all(linking.lookup().get(key) for key in ["dropout", "adam", "loss", "kernel", "zeppelin"])


def test_a_database_put_back_to_an_older_state_has_the_names_of_that_state():
    make_term("Dropout")
    make_term("Adam")
    assert linking.lookup().get("adam") is not None

    Term.objects.filter(name="Adam").update(status="removed")
    SiteState.objects.update(content_version=1)

    assert linking.lookup().get("adam") is None
    assert linking.lookup().get("dropout") is not None


def test_names_are_found_at_any_number_of_terms_with_the_same_number_of_queries(
    django_assert_max_num_queries,
):
    for number in range(20):
        make_term(f"Term {number}")
    linking.lookup()
    make_term("Loss")

    with django_assert_max_num_queries(5):
        assert linking.lookup().get("loss") is not None
    with django_assert_max_num_queries(1):
        linking.lookup()
