"""Names that look like a typed one: why each is hinted at, and what is never hinted at."""

import unicodedata

import pytest
from builders import make_draft, make_term, make_user
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terms import duplicates, text, workflow
from terms.models import Alias, Term

pytestmark = pytest.mark.django_db

READER = AnonymousUser()


def add_term(name, qualifier="", status=Term.Status.PUBLISHED, **fields):
    """Add a bare row: what is compared is its name only."""
    term = Term(status=status, version=0 if status == Term.Status.DRAFT else 1, **fields)
    term.set_name(name, qualifier)
    if status in Term.PUBLIC_STATUSES:
        term.slug = term.public_id
    term.save()
    return term


def add_alias(term, name, kind=Alias.Kind.SYNONYM):
    alias = Alias(term=term, kind=kind)
    alias.set_text(name)
    alias.save()


def reasons(name, by=READER, **given):
    return [(one.term.name, one.reason) for one in duplicates.find_like(name, by=by, **given)]


@pytest.mark.parametrize(
    ("there", "typed", "reason"),
    [
        ("Dropout", "DROP\u200bOUT", "has the same name"),
        (
            "Retrieval-augmented generation",
            "Retrieval augmented generations",
            "differs only in a plural or a hyphen",
        ),
        ("Pre-training", "pretraining", "differs only in a plural or a hyphen"),
        ("Pretraining", "pre training", "differs only in a plural or a hyphen"),
        ("k-NN", "kNN", "differs only in a plural or a hyphen"),
        ("LLM", "LLMs", "differs only in a plural or a hyphen"),
        ("Caches", "Cache", "differs only in a plural or a hyphen"),
        ("Proxies", "Proxy", "differs only in a plural or a hyphen"),
        ("Biases", "Bias", "differs only in a plural or a hyphen"),
        ("Neural networks on a chip", "Neural network on a chip", "differs only in a plural or a hyphen"),
        ("Moore’s law", "Moores law", "differs only in a plural or a hyphen"),
        ("Poincaré embedding", "Poincare embedding", "differs only in an accent"),
        ("Poincare embedding", "Poincaré embedding", "differs only in an accent"),
        ("A* search", "A search", "differs only in a sign"),
        ("Normalization, batch", "Batch normalization", "has the same words in another order"),
        ("Batch normalization", "normalization, batch", "has the same words in another order"),
        ("Multi-head attention", "attention, multi-head", "has the same words in another order"),
        ("Transformer", "Transfromer", "one letter differs"),
        ("Transformer", "Tarnsformer", "one letter differs"),
        ("Transformer", "Transformr", "one letter differs"),
        ("Transformer", "Trransformer", "one letter differs"),
        ("Batch normalization", "batch normalisation", "one letter differs"),
        ("Transformer block", "Trensformer block", "one letter differs"),
        ("Token generation", "Token generative", "differs only in the ending of a word"),
        ("RAG", "Retrieval-augmented generation", "this name’s initials are its name"),
        ("RLHF", "Reinforcement learning from human feedback", "this name’s initials are its name"),
        ("Retrieval-augmented generation", "RAG", "its initials are this name"),
        ("Reinforcement learning from human feedback", "RLHF", "its initials are this name"),
    ],
)
def test_says_why_a_name_is_alike(there, typed, reason):
    add_term(there)

    (found,) = duplicates.find_like(typed, by=READER)

    assert (found.term.name, found.reason, found.matched) == (there, reason, there)
    assert 0 < found.strength <= 1


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("L1 cache", "L2 cache"),
        ("L1 regularization", "L2 regularization"),
        ("top-k", "top-p"),
        ("Top-k sampling", "Top-p sampling"),
        ("GPT", "GPTQ"),
        ("Adam", "AdamW"),
        ("PTQ", "QAT"),
        ("GPT-2", "GPT-3"),
        ("Llama2", "Llama3"),
        ("Llama 1.0", "Llama 10"),
        ("Frequency penalty", "Presence penalty"),
        ("int4", "int8"),
        ("Layer", "Player"),
        ("Encoder", "Decoder"),
        ("MOSFET", "MESFET"),
        ("ROUGE", "ROUGEL"),
        ("Normal", "Normalization"),
        ("C", "C++"),
        ("C++", "C#"),
        ("機械学習装置", "機械学習配置"),
        ("Precision", "Recall"),
        ("Supervised learning", "Unsupervised learning"),
    ],
)
def test_different_things_are_not_hinted_at(one, another):
    add_term(one)
    assert len(reasons(one)) == 1

    assert reasons(another) == []
    Term.objects.all().delete()
    add_term(another)
    assert reasons(one) == []


def test_another_name_of_a_term_is_found():
    add_alias(add_term("Reinforcement learning from human feedback"), "RLHF", Alias.Kind.ACRONYM)

    (found,) = duplicates.find_like("rlhf", by=READER)

    assert (found.reason, found.matched) == ("has “RLHF” among its other names", "RLHF")


def test_another_name_that_is_nearly_the_same_is_found():
    add_alias(add_term("Skip link"), "Residual connection")

    (found,) = duplicates.find_like("residual conection", by=READER)

    assert (found.term.name, found.reason, found.matched) == (
        "Skip link",
        "one letter differs",
        "Residual connection",
    )


def test_initials_that_stand_for_another_name_already_are_no_hint():
    add_alias(add_term("Machine learning"), "ML")
    add_alias(add_term("PTQ method"), "PTQ")

    assert reasons("Main loop") == []
    assert reasons("Post-training quantization") == [
        ("PTQ method", "this name’s initials are its other name “PTQ”")
    ]


def test_the_other_names_given_are_compared_with_names_and_other_names():
    add_term("PTQ")
    add_alias(add_term("Static quantization"), "Offline quantization")

    found = reasons("Calibrated rounding", aliases=["ptq", "offline quantization", ""])

    assert found == [
        ("PTQ", "has the name “PTQ”, which is another name here"),
        ("Static quantization", "has “Offline quantization” among its other names"),
    ]


def test_a_homograph_is_called_one():
    add_term("Kernel", "GPU computing")
    add_term("Kernel", "statistics")

    assert reasons("kernel", qualifier="Statistics") == [
        ("Kernel", "has the same name"),
        ("Kernel", "has the same name with the qualifier “GPU computing”"),
    ]


def test_a_term_without_a_qualifier_is_a_homograph_too():
    add_term("Kernel")

    assert reasons("Kernel", qualifier="statistics") == [("Kernel", "has the same name without a qualifier")]


def test_a_term_is_named_once_with_its_best_reason():
    term = add_term("Weight decays")
    add_alias(term, "Weight decay")
    add_alias(term, "Wieght decay", Alias.Kind.MISSPELLING)

    assert reasons("Weight decay") == [("Weight decays", "has “Weight decay” among its other names")]


def test_the_surest_come_first_and_no_more_than_asked_for():
    add_term("Transformers")
    add_term("Transfurmer")
    add_term("Transformer")

    assert [name for name, _ in reasons("Transformer")] == ["Transformer", "Transformers", "Transfurmer"]
    assert [name for name, _ in reasons("Transformer", limit=2)] == ["Transformer", "Transformers"]
    assert reasons("Transformer", limit=0) == []


def test_the_same_name_is_found_among_many_that_begin_alike(monkeypatch):
    monkeypatch.setattr("terms.duplicates.lookup._CANDIDATES", 3)
    for letters in ("aa", "ab", "ba", "bb", "cc"):
        add_term(f"Transformer {letters}")
    add_alias(add_term("Zeta"), "Transformer zz")

    assert reasons("Transformer zz")[0] == ("Zeta", "has “Transformer zz” among its other names")


def test_the_term_that_is_edited_is_no_look_alike_of_its_own():
    term = add_term("Dropout")
    add_alias(term, "Drop-out")
    add_term("Dropouts")

    assert [name for name, _ in reasons("Dropout", exclude=term.pk)] == ["Dropouts"]


def test_drafts_are_for_people_who_may_see_them(editor, contributor):
    make_draft("Speculative decoding", aliases=["Draft-and-verify"])

    for by in (READER, make_user(), contributor):
        assert reasons("Speculative decoding", by) == []
        assert reasons("Speculative decodings", by) == []
        assert reasons("Draft-and-verify", by) == []
    assert reasons("Speculative decoding", editor) == [("Speculative decoding", "has the same name")]
    assert reasons("draft and verify", editor) == [
        ("Speculative decoding", "differs only in a plural or a hyphen")
    ]


def test_hidden_names_are_for_people_who_may_see_drafts(editor, contributor):
    make_term("Dropout", aliases=[{"text": "Concealment", "kind": "hidden"}])

    for by in (READER, contributor):
        assert (
            reasons("Concealment", by)
            == reasons("Concealmemt", by)
            == reasons("X", by, aliases=["Concealment"])
            == []
        )
    assert reasons("Concealment", editor) == [("Dropout", "has “Concealment” among its other names")]


def test_removed_terms_are_not_offered(editor):
    add_term("Dropout", status=Term.Status.REMOVED)
    add_alias(add_term("Dropouts", status=Term.Status.REMOVED), "Dropout")

    assert reasons("Dropout", editor) == reasons("Dropout") == []


def test_the_name_of_a_merged_term_leads_to_the_one_it_became(editor):
    kept = add_term("Zeta")
    between = add_term("Interim", status=Term.Status.MERGED, merged_into=kept)
    add_term("Dropout", status=Term.Status.MERGED, merged_into=between)

    for by in (READER, editor):
        (found,) = duplicates.find_like("Dropout", by=by)
        assert (found.term, found.reason, found.matched) == (
            kept,
            "has absorbed the term “Dropout”",
            "Dropout",
        )
    assert reasons("Dropout", exclude=kept.pk) == []


def test_a_merged_draft_and_a_merge_into_a_draft_are_hidden_from_readers(editor):
    absorbed = add_term("Dropout", status=Term.Status.MERGED, merged_into=add_term("Zeta"))
    Term.objects.filter(pk=absorbed.pk).update(version=0)
    draft = add_term("Secret", status=Term.Status.DRAFT)
    add_term("Pruning", status=Term.Status.MERGED, merged_into=draft)

    assert reasons("Dropout") == reasons("Pruning") == []
    assert reasons("Dropout", editor) == [("Zeta", "has absorbed the term “Dropout”")]
    assert reasons("Pruning", editor) == [("Secret", "has absorbed the term “Pruning”")]


HOSTILE = [
    "",
    " \t\n",
    "x" * 10_000,
    "word " * 10_000,
    " ".join("abcdefghijklmnopqrstuvwxyz" * 4)[:200],
    "\0",
    "drop\0out",
    "\ud800 half a pair",
    "%_\\%",
    "'; DROP TABLE terms_term; --",
    "!!! ???",
    "---",
    "👩‍🔬👍🏽",
    "e" + "\u0301" * 150,
    "\u202eתורת הגרפים\u202c",
    "شبكة عصبية",
    "\U0010ffff" * 3,
    "ﷺ" * 200,
    "²³ ½ Ⅷ",
    ",",
    ", a",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_is_typed_is_an_error(name, editor):
    add_term("Dropout")

    found = duplicates.find_like(name, by=editor, qualifier=name, aliases=[name] * 200)

    assert {one.term.name for one in found} <= {"Dropout"}
    assert duplicates.once_rejected(name, by=editor) == []


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in HOSTILE
        if 0 < len(text.name_key(name)) <= 400 and len(name) <= 200 and name.isprintable()
    ],
)
def test_an_odd_name_finds_itself(name):
    add_term(name)

    assert [reason for _, reason in reasons(name)] == ["has the same name"]


def test_the_spelling_of_an_accent_makes_no_difference():
    add_term(unicodedata.normalize("NFD", "Poincaré embedding"))

    assert reasons("Poincaré embedding")[0][1] == "has the same name"


def test_percent_signs_are_no_wildcards():
    add_term("Percentage")

    assert reasons("P%%%%%%age") == reasons("P_________") == []


def test_the_queries_do_not_grow_with_what_is_found(editor):
    editor.has_perm("terms.view_drafts")

    def asked(count):
        for number in range(count):
            term = add_term("Transformer", f"{number} of {count}", status=Term.Status.DRAFT)
            add_alias(term, "Transformers")
        with CaptureQueriesContext(connection) as queries:
            assert len(duplicates.find_like("Transformer", by=editor, aliases=["TF"], limit=50)) >= count
        return len(queries)

    assert asked(10) == asked(20) == 3


def test_names_are_looked_up_in_the_index_only():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL scans a small table whatever indexes it has")
    add_term("Transformer")

    with CaptureQueriesContext(connection) as queries:
        duplicates.find_like("Transformer", by=READER)
        duplicates.find_like("RAG", by=READER)

    for query in queries.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"), [])
            steps = [row[3] for row in cursor.fetchall()]
        assert [step for step in steps if step.startswith("SCAN")] == []
        assert [step for step in steps if step.startswith("SEARCH")]


def rejected(name, reason, author=None, **content):
    revision = workflow.propose(
        content={"name": name, "definition": "Some words.", **content}, by=author or make_user("Editors")
    )
    return workflow.reject(revision_id=revision.pk, by=make_user("Reviewers"), reason=reason)


def test_a_rejected_proposal_of_the_name_is_remembered(editor, django_assert_num_queries):
    first = rejected("Vibe coding", "Not a term.")
    second = rejected("VIBE coding", "Still not a term.")
    rejected("Something else", "Too vague.")
    editor.has_perm("terms.view_drafts")

    with django_assert_num_queries(1):
        found = duplicates.once_rejected("Vibe Coding", by=editor)
        said = [
            (one.decision_reason, one.reviewer.username, bool(one.decided_at), one.term.name) for one in found
        ]

    assert found == [second, first]
    assert said == [
        ("Still not a term.", second.reviewer.username, True, "VIBE coding"),
        ("Not a term.", first.reviewer.username, True, "Vibe coding"),
    ]


def test_no_more_than_three_rejections_are_shown(editor):
    every = [rejected("Vibe coding", f"Reason {number}.") for number in range(4)]

    assert duplicates.once_rejected("Vibe coding", by=editor) == every[:0:-1]


def test_a_discarded_draft_is_remembered_and_the_own_term_left_out(editor):
    revision = rejected("Vibe coding", "Not a term.")
    workflow.discard_draft(term_id=revision.term_id, by=editor)

    assert duplicates.once_rejected("Vibe coding", by=editor) == [revision]
    assert duplicates.once_rejected("Vibe coding", by=editor, exclude_term=revision.term_id) == []


def test_a_rejected_draft_is_no_look_alike_until_somebody_works_on_it_again(editor):
    revision = rejected("Vibe coding", "Not a term.")
    before = duplicates.find_like("Vibe coding", by=editor)

    workflow.propose(
        term_id=revision.term_id, based_on=1, content={"definition": "Better."}, by=revision.author
    )

    assert before == []
    assert [found.term for found in duplicates.find_like("Vibe coding", by=editor)] == [revision.term]


def test_a_rejected_change_of_a_public_term_is_another_matter(editor):
    term = make_term("Vibe coding")
    change = workflow.propose(
        term_id=term.pk, based_on=1, content={"definition": "Worse."}, by=editor, comment="Shorter."
    )
    workflow.reject(revision_id=change.pk, by=make_user("Reviewers"), reason="Worse.")

    assert duplicates.once_rejected("Vibe coding", by=editor) == []


def test_the_rejections_of_others_are_for_people_who_may_see_drafts(contributor):
    own = rejected("Vibe coding", "Not a term.", author=contributor)
    rejected("Vibe coding", "Still not a term.")

    assert duplicates.once_rejected("Vibe coding", by=contributor) == [own]
    assert duplicates.once_rejected("Vibe coding", by=make_user("Contributors")) == []
    assert duplicates.once_rejected("Vibe coding", by=READER) == []
