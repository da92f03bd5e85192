"""Pairs of terms that may be one concept: why each is found, and what is told from it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from terms.duplicates import METHODS, Facts, OtherName, find_pairs
from terms.duplicates.blocking import one_edit_apart


def glossary(*terms):
    """Number the terms from 1; each is a name, or a name with what else there is of the term."""
    return [
        Facts(number, term) if isinstance(term, str) else Facts(number, **term)
        for number, term in enumerate(terms, 1)
    ]


def term(name, *aliases, definition="", **more):
    given = tuple(alias if isinstance(alias, OtherName) else OtherName(alias) for alias in aliases)
    return {"name": name, "aliases": given, "definition": definition, **more}


def found(*terms, **options):
    facts = glossary(*terms)
    return find_pairs(lambda: iter(facts), **options)


def the_pair(*terms):
    (pair,) = found(*terms)
    return pair


def merges(*terms):
    return [pair for pair in found(*terms) if pair.suggestion == "merge"]


# Texts that have next to no word in common.
TEXTS = (
    "Switches off randomly chosen units while a network learns, so that none relies on its neighbours.",
    "The duty of a carrier to answer for goods that are lost between two harbours.",
    "Simmering bones and vegetables for hours gives the clear liquid that soups begin with.",
    "A polished slice of crystal on which hundreds of circuits are made side by side.",
    "Two witnesses sign beneath the last will, each in presence of the other.",
    "Heavy rain fills the gravel layer under the road before any pipe carries it off.",
)


@pytest.mark.parametrize(
    ("one", "other", "method", "reason"),
    [
        ("Dropout", "dropout", "same_name", "Both are called “Dropout”."),
        ("Dropout", "DROP\u200bOUT", "same_name", "Both are called “Dropout”."),
        (
            term("Skip connection", "Residual connection"),
            "Residual connection",
            "same_name",
            "“Residual connection” is another name of “Skip connection”.",
        ),
        (
            term("Skip connection", "Shortcut"),
            term("Residual link", "shortcut"),
            "shared_alias",
            "Both have “Shortcut” among their other names.",
        ),
        (
            "Word embedding",
            "Word embeddings",
            "spelling",
            "“Word embedding” and “Word embeddings” differ only in a plural.",
        ),
        (
            "Pre-training",
            "Pretraining",
            "spelling",
            "“Pre-training” and “Pretraining” differ only in a hyphen or a blank.",
        ),
        (
            "Poincaré map",
            "Poincare map",
            "spelling",
            "“Poincaré map” and “Poincare map” differ only in an accent.",
        ),
        (
            "Colour behaviour",
            "Color behavior",
            "spelling",
            "“Colour behaviour” and “Color behavior” differ only in a plural or a spelling.",
        ),
        (
            "Blood thrombus",
            "Blood thrombi",
            "spelling",
            "“Blood thrombus” and “Blood thrombi” differ only in a plural or a spelling.",
        ),
        (
            "White mice",
            "White mouse",
            "spelling",
            "“White mice” and “White mouse” differ only in a plural or a spelling.",
        ),
        (
            "TNF-α level",
            "TNF alpha level",
            "spelling",
            "“TNF-α level” and “TNF alpha level” differ only in a plural or a spelling.",
        ),
        (
            "Two-factor login",
            "2-factor login",
            "spelling",
            "“Two-factor login” and “2-factor login” differ only in a plural or a spelling.",
        ),
        (
            "U.S. accounting",
            "US accounting",
            "spelling",
            "“U.S. accounting” and “US accounting” differ only in punctuation.",
        ),
        (
            "Input/output",
            "Input-output",
            "spelling",
            "“Input/output” and “Input-output” differ only in punctuation.",
        ),
        (
            term("Pruning", qualifier="neural networks"),
            "Neural network pruning",
            "spelling",
            "“neural networks pruning” and “Neural network pruning” differ only in a plural.",
        ),
        (
            term("Solid-state drive", "SSD"),
            term("Solid state disk", "SSD"),
            "shared_acronym",
            "Both have “SSD” among their other names.",
        ),
        (
            "Deep learning",
            "Learning, deep",
            "order",
            "“Deep learning” and “Learning, deep” have the same words in another order.",
        ),
        (
            "Right of appeal",
            "Appeal right",
            "order",
            "“Right of appeal” and “Appeal right” have the same words in another order.",
        ),
        (
            "Loss of the charter",
            "Loss of charter",
            "small_words",
            "“Loss of the charter” and “Loss of charter” differ only in small words.",
        ),
        (
            "Key caching",
            "Key cache",
            "ending",
            "“Key caching” and “Key cache” differ only in the ending of a word.",
        ),
        (
            "Self-attention mechanism",
            "Self-attention",
            "general_word",
            "“Self-attention mechanism” and “Self-attention” differ only in a general word.",
        ),
        (
            "Encoder-only models",
            "Encoder-only architecture",
            "general_word",
            "“Encoder-only models” and “Encoder-only architecture” differ only in a general word.",
        ),
        (
            "Transformer block",
            "Transfromer block",
            "typo",
            "“Transformer block” and “Transfromer block” differ in one letter.",
        ),
        (
            "RAG",
            "Retrieval-augmented generation",
            "initials",
            "“RAG” has the initials of “Retrieval-augmented generation”.",
        ),
        (
            "RLHF",
            "Reinforcement learning from human feedback",
            "initials",
            "“RLHF” has the initials of “Reinforcement learning from human feedback”.",
        ),
        (
            term("Lookup before writing", "Retrieval-augmented generation"),
            "R.A.G.",
            "initials",
            "“R.A.G.” has the initials of “Retrieval-augmented generation”.",
        ),
        (
            "Key-value (KV) cache",
            "Key-value cache",
            "same_name",
            "“Key-value cache” stands in the name “Key-value (KV) cache”.",
        ),
        (
            "Electronic data interchange (EDI)",
            "EDI",
            "same_name",
            "“EDI” stands in the name “Electronic data interchange (EDI)”.",
        ),
        (
            "3. Mise en place",
            "Mise en place",
            "same_name",
            "“Mise en place” stands in the name “3. Mise en place”.",
        ),
        (
            "What is a hedge fund?",
            "Hedge fund",
            "same_name",
            "“Hedge fund” stands in the name “What is a hedge fund?”.",
        ),
        (
            term("Border gateway protocol", "BGP"),
            "BGP routing protocol",
            "repeated_word",
            "“BGP routing protocol” repeats the last word of “Border gateway protocol”.",
        ),
        (
            term("Adam", definition="An adaptive optimizer that keeps two moving averages."),
            "Adam optimizer",
            "class",
            "“Adam optimizer” is “Adam” with “optimizer” behind it. Its definition calls it that.",
        ),
        (
            term("Nosebleed", definition="Bleeding from the nose, also known as **epistaxis**."),
            "Epistaxis",
            "called",
            "The text of “Nosebleed” says “also known as epistaxis”.",
        ),
        (
            term("Scallion", definition="See spring onion."),
            "Spring onion",
            "called",
            "The text of “Scallion” says “See spring onion”.",
        ),
        (
            term("Wafer", definition=TEXTS[3]),
            term("Silicon disc", definition=TEXTS[3]),
            "same_text",
            "Their definitions are word for word the same.",
        ),
        (
            term("Wafer", definition=TEXTS[3] + " " + TEXTS[1]),
            term("Silicon disc", definition=TEXTS[3] + " " + TEXTS[1].replace("lost", "damaged")),
            "near_text",
            "Their definitions are nearly the same.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value in METHODS else "",
)
def test_says_why_two_terms_may_be_one(one, other, method, reason):
    pair = the_pair(one, other)

    assert (pair.a, pair.b, pair.suggestion) == (1, 2, "merge")
    assert 0.5 <= pair.score <= 1
    assert reason in pair.reasons
    assert pair.methods[pair.reasons.index(reason)] == method
    assert set(pair.methods) <= set(METHODS)


def test_the_surest_reason_comes_first():
    pair = the_pair(term("Dropout", definition=TEXTS[0]), term("Dropout", definition=TEXTS[0]))

    assert pair.reasons == ("Both are called “Dropout”.", "Their definitions are word for word the same.")


def test_the_other_name_of_a_namesake_counts():
    pairs = merges(
        term("Knowledge distillation", "Model distillation"), "Knowledge distillation", "Model distillation"
    )

    reason = "Another term called “Knowledge distillation” has the other name “Model distillation”."
    assert [(pair.a, pair.b) for pair in pairs] == [(1, 2), (1, 3), (2, 3)]
    assert reason in pairs[2].reasons


def test_sources_that_few_name_make_a_pair_surer():
    def score(source):
        return the_pair(
            term("Slurry", sources=("https://example.org/polishing",)), term("Slurries", sources=(source,))
        ).score

    assert score("http://www.example.org/polishing/#top") > score("https://example.org/other")


@pytest.mark.parametrize(
    ("one", "other", "method"),
    [
        ("L1 cache", "L2 cache", "number"),
        ("GPT-2", "GPT-3", "number"),
        ("Top-k sampling", "Top-p sampling", "other_word"),
        ("Top-k", "Top-p", "other_word"),
        ("GPT", "GPTQ", "letter"),
        ("Adam", "AdamW", "letter"),
        ("LoRA", "QLoRA", "letter"),
        ("HTTP", "HTTPS", "letter"),
        ("Frequency penalty", "Presence penalty", "other_word"),
        ("Post-training quantization", "Quantization-aware training", "other_word"),
        ("Encoder-only model", "Decoder-only model", "other_word"),
        ("Attention", "Self-attention", "more_words"),
        ("Parallelism", "Data parallelism", "more_words"),
        ("Learning rate", "Learning rate schedule", "more_words"),
        ("Overfitting", "Underfitting", "other_word"),
        ("Supervised learning", "Unsupervised learning", "other_word"),
        ("C++", "C#", "sign"),
        ("C", "C++", "sign"),
        ("Tokenization", "Tokenizer", "other_ending"),
        ("Nitrate", "Nitrite", "other_ending"),
    ],
)
def test_what_only_sounds_alike_is_at_most_related(one, other, method):
    pair = the_pair(one, other)

    assert (pair.suggestion, pair.methods[0]) == ("relate", method)
    assert pair.score < 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Adsorption", "Absorption"),
        ("Perceptron", "Perception"),
        ("Statue", "Statute"),
        ("Principal", "Principle"),
        ("Affect", "Effect"),
        ("Precision", "Recall"),
        ("Tree search", "Search tree"),
        ("機械学習装置", "機械学習配置"),
        ("MOSFET", "MESFET"),
        ("Bar", "Barrier"),
        (term("Machine learning", "ML"), term("Money laundering", "ML")),
        (term("Random access memory", "RAM"), term("Risk assessment model", "RAM")),
        (term("Machine learning", "ML"), "Main loop"),
        ("Polymerase chain reaction", "Preparation of contracts"),
    ],
)
def test_other_things_are_not_one(one, other):
    assert merges(one, other) == []


def test_other_words_are_told_from_slips_by_their_texts():
    one, other = (
        term("Batch normalisation", definition=TEXTS[0]),
        term("Batch normalization", definition=TEXTS[1]),
    )
    neural, neutral = (
        term("Neural networks", definition=TEXTS[0]),
        term("Neutral networks", definition=TEXTS[1]),
    )

    assert len(merges(one, other)) == 1
    assert merges(neural, neutral) == []


def test_a_topic_as_another_name_weighs_less_than_a_name():
    own = the_pair(term("Skip link", "Shortcut"), term("Bypass", "Shortcut")).score
    topic = found(
        *(term(name, "Web security") for name in ("Injection", "Forgery", "Scripting", "Hijacking"))
    )

    assert 0.5 < own < the_pair("Shortcut", "Shortcut").score
    assert [pair for pair in topic if pair.suggestion == "merge"] == []


def test_the_more_meanings_an_acronym_has_the_less_it_says():
    alone = merges("ASP", "Average selling price")
    among_others = merges(
        "ASP", "Average selling price", "Active server page", "Application service provider"
    )

    assert alone[0].score > max((pair.score for pair in among_others), default=0)


def test_homographs_with_qualifiers_that_differ_are_no_duplicates():
    kernels = (
        term("Kernel", qualifier="GPU", definition=TEXTS[3]),
        term("Kernel", qualifier="operating system", definition=TEXTS[1]),
    )

    assert merges(*kernels) == []
    assert merges("Kernel (GPU)", "Kernel (operating system)") == []


def test_the_same_name_with_the_same_qualifier_is_a_duplicate():
    pair = the_pair(term("Kernel", qualifier="GPU"), term("Kernel", qualifier="GPU computing"))

    assert (pair.suggestion, pair.reasons) == ("merge", ("Both are called “Kernel”.",))


def test_one_qualifier_alone_makes_a_pair_less_sure():
    pair = the_pair(term("Gift", qualifier="toxicology"), "Gift")

    assert pair.score < the_pair("Gift", "Gift").score
    assert pair.reasons == ("Both are called “Gift”. Only one has a qualifier: “toxicology”.",)


def test_one_name_with_quite_different_definitions_is_a_pair_that_says_so():
    first, second = (
        term("Lead", definition=" ".join(TEXTS[:3])),
        term("Lead", definition=" ".join(TEXTS[3:])),
    )

    pair = the_pair(first, second)

    assert pair.suggestion == "merge"
    assert pair.score < the_pair("Lead", "Lead").score
    assert pair.reasons[1] == (
        "Their definitions have little in common: there may be two concepts of this name."
    )


def test_what_many_texts_share_says_nothing():
    boilerplate = "This is a method of great importance. It needs care, and it brings success in practice."
    names = ("Kaizen", "Etching", "Usufruct", "Roux", "Sepsis", "Router")

    assert found(*(term(name, definition=boilerplate) for name in names)) == []
    assert found(*(term(n, definition=f"{t} {boilerplate}") for n, t in zip(names, TEXTS, strict=True))) == []


def test_a_part_of_an_article_is_no_copy_of_it():
    assert found(term("Brewing", definition=" ".join(TEXTS)), term("Stock", definition=TEXTS[2])) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L1 cache", "L2 cache"),
        ("Soft gating", "Hard gating"),
        ("GPT", "GPTQ"),
        ("HTTP", "HTTPS"),
        ("C++", "C#"),
        ("Overfitting", "Underfitting"),
    ],
)
def test_copied_texts_under_contrasting_names_are_related(one, other):
    pair = the_pair(term(one, definition=TEXTS[0]), term(other, definition=TEXTS[0]))

    assert pair.suggestion == "relate"
    assert pair.methods[-1] == "same_text"


def test_a_recorded_relation_is_not_proposed_again():
    facts = [Facts(1, "Attention"), Facts(2, "Self-attention", related=frozenset({1}))]

    assert find_pairs(lambda: iter(facts)) == []


def test_a_recorded_relation_stands_against_a_merge_unless_much_speaks_for_it():
    def pairs(one, other):
        facts = [Facts(1, one), Facts(2, other, related=frozenset({1}))]
        return find_pairs(lambda: iter(facts))

    assert pairs("Encoder-only models", "Encoder-only architecture") == []
    assert [pair.suggestion for pair in pairs("Dropout", "Dropout")] == ["merge"]


CORPUS = glossary(
    term("Dropout", "Dropout regularization", definition=TEXTS[0]),
    term("Drop-out", definition=TEXTS[0]),
    term("Dropouts", definition=TEXTS[1]),
    term("Retrieval-augmented generation", "RAG", sources=("https://example.org/rag",)),
    term("RAG", definition=TEXTS[3]),
    term("Retrieval augmented generation", sources=("https://example.org/rag",)),
    "L1 cache", "L2 cache", "L3 caches",
    term("Kernel", qualifier="GPU"), term("Kernel", qualifier="statistics"), "Kernel", "Kernels",
    term("Knowledge distillation", "Distillation", "Model distillation"), "Knowledge distillation",
    term("Model distillation", definition=TEXTS[2]), term("Distillation", definition=TEXTS[2]),
    "Encoder-only models", "Encoder-only architecture", "Decoder-only models",
    "Transformer block", "Transfromer block", "GPT", "GPTQ",
)  # fmt: skip


def test_the_order_in_which_terms_are_read_makes_no_difference():
    expected = find_pairs(lambda: iter(CORPUS))

    for seed in range(5):
        mixed = random.Random(seed).sample(CORPUS, k=len(CORPUS))  # noqa: S311
        assert find_pairs(lambda mixed=mixed: iter(mixed)) == expected
    assert len(expected) > 20
    assert [pair.score for pair in expected] == sorted((pair.score for pair in expected), reverse=True)


def test_the_pairs_of_some_terms_are_those_of_a_full_look():
    every = find_pairs(lambda: iter(CORPUS))

    for chosen in ({1}, {4, 5}, {12, 18, 24}, set(), {99}):
        some = [pair for pair in every if pair.a in chosen or pair.b in chosen]
        assert find_pairs(lambda: iter(CORPUS), among=chosen) == some


HOSTILE = [
    "", " ", "\0", "\u200b", "!!!", "---", "’s", "()", "(a)", "Name ()", "((x))", "1.", "?", "What is a?",
    "a the", "e" + "\u0301" * 190, "\u202eתורת הגרפים\u202c", "شبكة عصبية", "Ｆｕｌｌ　ｗｉｄｔｈ",
    "👩‍🔬👍🏽", "ﷺ" * 60, "²³ ½ Ⅷ", "x" * 200, "a b " * 50, "C++", "C#", "C", "ß", "SS", "İstanbul",
    "ΣΊΣΥΦΟΣ", "機械学習", "\U0010ffff" * 3, "%_\\%",
]  # fmt: skip


def test_nothing_that_is_written_is_an_error():
    facts = [
        Facts(number, text, text, (OtherName(text), OtherName(text[::-1], "")), text, text, (text,))
        for number, text in enumerate(HOSTILE, 1)
    ]

    pairs = find_pairs(lambda: iter(facts))

    assert all(pair.a < pair.b and 0 <= pair.score <= 1 and pair.reasons for pair in pairs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Full width", "Ｆｕｌｌ　ｗｉｄｔｈ"),
        ("Poincaré map", "Poincare\u0301 map"),
        ("Drop\u200bout", "Dropout"),
        ("תורת הגרפים", "\u202eתורת הגרפים\u202c"),
        ("ﬁeld eﬀect", "field effect"),
        ("Straße", "STRASSE"),
        ("Moore’s law", "Moore's law"),
        ("k\u2011NN search", "k-NN search"),
    ],
)
def test_one_name_in_two_codings_is_the_same(one, other):
    assert the_pair(one, other).methods == ("same_name",)


def test_emoji_and_combining_marks_do_not_make_names_alike():
    assert found("👩‍🔬", "👍🏽", "e" + "\u0301" * 40, "!!!", "???") == []


def test_empty_and_huge_texts():
    long = " ".join(f"word{number}" for number in range(60_000))

    assert found(term("Etching", definition=""), term("Roux", definition=" \n")) == []
    assert len(merges(term("Etching", definition=long), term("Roux", definition=long))) == 1


def test_five_hundred_other_names():
    many = tuple(OtherName(f"Name number {number} of the thing") for number in range(500))
    one, other = Facts(1, "Etching", aliases=many), Facts(2, "Roux", aliases=many[::-1])

    (pair,) = find_pairs(lambda: iter([one, other]))

    assert pair.methods == ("shared_alias",)
    assert len(pair.reasons) == 1


def test_very_many_namesakes_stay_connected():
    facts = [Facts(number, "Dropout") for number in range(1, 301)]

    pairs = find_pairs(lambda: iter(facts))

    assert {term for pair in pairs for term in (pair.a, pair.b)} == set(range(1, 301))
    assert len(pairs) == 299


NAMES = st.lists(st.text("abcé", max_size=7), unique=True, max_size=25)


@settings(max_examples=60, deadline=None)
@given(NAMES)
def test_names_one_slip_apart_are_exactly_those(names):
    expected = {
        (first, second)
        for second in range(len(names))
        for first in range(second)
        if OSA.distance(names[first], names[second]) == 1
    }

    pairs = list(one_edit_apart(names))

    assert len(pairs) == len(set(pairs))
    assert set(pairs) == expected


def test_names_of_any_length_one_slip_apart():
    assert list(one_edit_apart(["", "a", "bb"])) == [(0, 1)]
    assert list(one_edit_apart(["x" * 5_000, "x" * 4_999])) == [(0, 1)]
    assert list(one_edit_apart([])) == []
