"""What a reviewer is told of the style and the words of a text; what forbids is in test_workflow."""

import re

import pytest
from builders import make_draft, make_term, make_user
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terms import checking, revisions, workflow

pytestmark = pytest.mark.django_db

# What every text here has, so that nothing is said of what a test is not about.
SOUND = {
    "short_definition": "A regularization method that sets randomly chosen activations to zero.",
    "definition": "A regularization method that sets randomly chosen activations to zero.",
    "tags": ["regularization"],
    "sources": [{"title": "A book"}],
}


def advice(name="Dropout", **content):
    """Return what is advised on a draft with this content."""
    revision = make_draft(name, **{**SOUND, **content})
    return list(checking.check(revision.content, term=revision.term).advisory)


def test_a_sound_text_is_not_remarked_upon():
    assert advice() == []


def test_every_sentence_of_advice_is_a_sentence():
    found = advice(
        short_definition="Dropout: a thing. Another thing",
        definition="A dropout that uses RLHF " + "word " * 700,
        tags=[],
        sources=[],
    )

    assert len(found) >= 8
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in found)


# --- Defined by itself -----------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["short_definition", "definition"])
@pytest.mark.parametrize(
    ("short", "genus"),
    [
        ("A dropout is a dropout that sets activations to zero.", "dropout"),
        ("A dropout that sets activations to zero.", "dropout"),
        ("Dropout.", "dropout"),
        ("A kind of dropout that sets activations to zero.", "dropout"),
        ("**Dropout** is a form of dropout for networks.", "dropout"),
        ("Dropout (in networks) is unit dropping.", "unit dropping"),
        ("A unit dropping which is random.", "unit dropping"),
    ],
)
def test_a_circular_definition_is_named_with_its_circle(field, short, genus):
    found = advice(**{field: short}, aliases=["Unit dropping"])

    assert found == [
        f"The {field.replace('_', ' ')} explains the term by itself (“{genus}”). "
        "Name the wider class that it belongs to, then what sets it apart."
    ]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Kernel density estimation", "Kernel density estimation is an estimation of a density."),
        ("Neural network", "A neural network is a network of simple units."),
        ("Dropout", "Dropout is a method that sets activations to zero."),
        ("Dropout", "Dropout, a method of regularization, sets activations to zero."),
        ("Kernel", "A kernel function that compares two inputs."),
        ("Temperature", "The temperature of a softmax is a number that divides its scores."),
        ("Search", "Searching that takes long."),
        ("C++", "A language that compiles to machine code."),
    ],
)
def test_a_definition_by_a_wider_class_is_not_circular(name, short):
    assert advice(name, short_definition=short, definition=short) == []


@pytest.mark.parametrize("short", ["Dropout: a method.", "Dropout – a method.", "The Dropout - a method."])
def test_a_text_that_repeats_the_name_in_front_is_remarked_upon(short):
    found = advice(short_definition=short)

    assert found == [
        "The short definition begins with the name, which stands above it. Begin with what the thing is."
    ]


def test_the_full_form_in_front_of_an_explanation_is_no_repetition():
    assert advice("RLHF", definition="Human feedback: a source of rewards.", aliases=["Human feedback"]) == []


# --- Too long, cut ---------------------------------------------------------------------------------


def test_a_definition_of_more_than_600_words_is_too_long():
    paragraph = f"{'word ' * 199}end.\n\n"

    assert advice(definition=paragraph * 3) == []
    assert advice("Other", definition=paragraph * 3 + "One more.") == [
        "The definition has 602 words, more than 600. "
        "Shorten it, or move what is a subject of its own to another term."
    ]


def test_code_and_formulas_do_not_make_a_definition_too_long():
    definition = f"Text.\n\n```\n{'word ' * 700}\n```\n\n$$ {'a + ' * 700} b $$\n\nThe end."

    assert [sentence for sentence in advice(definition=definition) if "words" in sentence] == []


def test_a_paragraph_of_more_than_200_words_is_named_by_its_beginning():
    found = advice(definition=f"Short.\n\nOnce upon a time there {'were ' * 200}ducks.")

    assert found == [
        "The paragraph that begins “Once upon a time there …” has 206 words, more than 200. Split it."
    ]


@pytest.mark.parametrize(
    "short",
    ["A method. It drops units.", "Does it drop? Yes."],
)
def test_a_short_definition_is_one_sentence(short):
    assert advice(short_definition=short) == [
        "The short definition is several sentences. Keep one; the rest goes into the definition."
    ]


@pytest.mark.parametrize(
    "short",
    [
        "A test by J. Doe, e.g. Monday vs. Tuesday, for No. Seven.",
        "The rate at step 3.5 of Adam.",
        "「丢弃」。",
    ],
)
def test_a_full_stop_after_a_short_form_ends_no_sentence(short):
    assert advice(short_definition=short) == []


def test_a_short_definition_ends_with_a_full_stop():
    assert advice(short_definition="A regularization method") == [
        "The short definition does not end with a full stop. Complete the sentence."
    ]


@pytest.mark.parametrize(
    ("definition", "end"),
    [
        ("First.\n\nIt sets randomly chosen activations to", "sets randomly chosen activations to"),
        ("The kinds are as follows:", "kinds are as follows:"),
        ("- item\n\nThen it [goes](https://example.org/a.) on and", "Then it goes on and"),
        ("It ends.\n\nIt goes on[^1]\n\n[^1]: A note.", "It goes on"),
    ],
)
def test_a_cut_sentence_is_shown(definition, end):
    (found,) = advice(definition=definition)

    assert found.startswith("The definition ends without a full stop (“… ")
    assert found.endswith(f"{end}”). See whether something was cut off.")


@pytest.mark.parametrize(
    "definition",
    [
        "Text.\n\n- one\n- two",
        "Text.\n\n1. one\n\n   more of it\n\n2. two",
        "Text.\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "Text:\n\n```python\nprint()\n```",
        "Text:\n\n    print()",
        "Text:\n\n$$a = b$$",
        "The value is \\[a = b\\]",
        "Text.\n\n# Heading",
        "Text.\n\n> quoted",
        "He said “it ends.”",
        "It ends (really!).",
        "It ends.[^1]\n\n[^1]: A note",
        "Does it end?",
        "它结束了。",
    ],
)
def test_what_need_not_end_with_a_full_stop_is_not_cut(definition):
    assert advice(definition=definition) == []


# --- Abbreviations ---------------------------------------------------------------------------------


def unexplained(definition, **content):
    """Return the abbreviations that are said not to be explained."""
    found = advice(definition=definition, **content)
    lists = [re.fullmatch(r"Not explained: (.+?)\. Write it out where .+\.", sentence) for sentence in found]
    assert all(lists), found
    return [match[1] for match in lists]


def test_unexplained_abbreviations_are_named_in_one_sentence():
    assert unexplained("It uses RLHF, two TPUs, GPT-4 and DPO/KTO; RLHF again.") == [
        "RLHF, TPU, GPT, DPO, KTO"
    ]


def test_a_long_list_of_abbreviations_is_cut_short():
    assert unexplained("AAA BBB CCC DDD EEE FFF GGG.") == ["AAA, BBB, CCC, DDD, EEE and 2 more"]


def test_an_abbreviation_in_the_short_definition_counts_too():
    assert unexplained("Text.", short_definition="A use of RLHF.") == ["RLHF"]


@pytest.mark.parametrize(
    "definition",
    [
        "It uses reinforcement learning from human feedback (RLHF).",
        "It uses RLHF (reinforcement learning from human feedback), as RLHF does.",
        "It uses RLHF, short for reinforcement learning from human feedback.",
        "Here RLHF stands for *reinforcement learning from human feedback*.",
        "It prints with extreme ultraviolet (EUV) light. EUV is short.",
        "Some tensor processing units (TPUs) need more than one TPU.",
        "Backpropagation through time (BPTT, with variants) is slow.",
    ],
)
def test_an_abbreviation_that_is_written_out_is_explained(definition):
    assert unexplained(definition) == []


@pytest.mark.parametrize(
    ("definition", "missing"),
    [
        ("It was trained (with RLHF).", "RLHF"),
        ("It uses RLHF (see below for more on that).", "RLHF"),
        ("It runs on some machines (DPUs).", "DPU"),
    ],
)
def test_any_brackets_are_no_explanation(definition, missing):
    assert unexplained(definition) == [missing]


@pytest.mark.parametrize(
    "definition",
    [
        "In `RLHF` and ``` DPO ``` code.",
        "Text.\n\n```\nRLHF = DPO\n```\n\nEnd.",
        "The formula $RLHF + \\mathrm{DPO}$ is set.",
        "See https://example.org/RLHF?DPO=1, www.example.org/KTO or <https://example.org/PPO>.",
        "World War II, part XIV, and page VIII.",
        "The CPU of a PC has 16 GB; AND is not OR.",
        "NVIDIA, FlashAttention, H100 and a plan B.",
        "H<sub>2</sub>O and CO<sub>2</sub> are molecules, R&D is not.",
    ],
)
def test_what_is_no_abbreviation_is_not_asked_for(definition):
    assert unexplained(definition) == []


def test_names_of_the_term_itself_are_explained():
    assert unexplained("RLHF and the KV store.", name="RLHF", aliases=["KV cache"]) == []


def test_names_of_public_terms_are_explained():
    make_term("Reinforcement learning from human feedback", aliases=[{"text": "RLHF", "kind": "acronym"}])
    make_term("KV cache")
    make_draft("DPO")

    assert unexplained("It uses RLHFs, RLHF-like things, a KV cache and KV heads, and DPO.") == ["DPO"]


# --- Deprecated words ------------------------------------------------------------------------------


def deprecate(term, *successors):
    return workflow.deprecate(
        term_id=term.pk, by=make_user("Reviewers"), reason="Misleading.", successors=successors
    )


@pytest.mark.parametrize("field", ["definition", "short_definition"])
@pytest.mark.parametrize("status", ["deprecated", "forbidden"])
def test_a_deprecated_name_is_shown_with_the_preferred_one(field, status):
    make_term("Kernel", qualifier="GPU", aliases=[{"text": "Compute shader", "status": status}])

    found = advice(**{field: "It runs as a compute  shader’s part, a Compute shader."})

    assert found == [f"“compute shader” is a {status} name of “Kernel (GPU)”. Write “Kernel”."]


def test_a_deprecated_term_is_shown_with_its_successors_to_the_end_of_the_chain():
    make_term("Batch normalization")
    make_term("Layer normalization")
    older = make_term("Shift reduction")
    oldest = make_term("Internal covariate shift", aliases=[{"text": "ICS", "status": "deprecated"}])
    deprecate(older, "Batch normalization", "Layer normalization")
    deprecate(oldest, "Shift reduction")

    assert advice(definition="It is due to internal covariate shift.") == [
        "“internal covariate shift” is a deprecated term. "
        "Write “Batch normalization” or “Layer normalization”."
    ]
    assert advice("Other", definition="It is due to ICS.") == [
        "“ICS” is a deprecated name of “Internal covariate shift”. "
        "Write “Batch normalization” or “Layer normalization”."
    ]


def test_a_deprecated_term_without_successor_is_to_be_said_in_other_words():
    deprecate(make_term("Internal covariate shift"))

    assert advice(definition="It is due to internal covariate shift.") == [
        "“internal covariate shift” is a deprecated term that nothing replaces. Say it in other words."
    ]


def test_a_word_that_is_also_a_name_in_good_standing_may_be_used():
    make_term("Kernel", aliases=[{"text": "Core", "status": "deprecated"}])
    make_term("Processor", aliases=["Core"])
    deprecate(make_term("Attention"))
    make_term("Multi-head attention")

    assert advice(definition="A core with multi-head attention.") == []


def test_a_deprecated_name_in_capitals_is_not_the_word_in_small_letters():
    make_term("Information technology", aliases=[{"text": "IT", "status": "forbidden"}])

    assert advice(definition="We like it.") == []
    assert advice("Other", definition="We like IT.") == [
        "“IT” is a forbidden name of “Information technology”. Write “Information technology”."
    ]


def test_deprecated_names_of_what_is_not_public_are_not_told():
    make_draft("Secret plan", aliases=[{"text": "Compute shader", "status": "forbidden"}])

    assert advice(definition="It runs as a compute shader.") == []


def test_a_text_may_mention_what_it_is_about():
    successor = make_term("Batch normalization", **SOUND)
    deprecate(make_term("Internal covariate shift"), "Batch normalization")
    deprecate(make_term("Old thing"))
    content = {**successor.live_revision.content, "definition": "Not internal covariate shift."}

    assert list(checking.check(content, term=successor).advisory) == []
    assert advice("Other", definition="No old thing.", relations=["Old thing"]) == []
    own = [{"text": "Compute shader", "status": "deprecated"}]
    assert advice("Kernel", definition="Once called compute shader.", aliases=own) == []


def test_many_deprecated_words_are_counted_after_the_fifth():
    for number in range(7):
        make_term(f"Term {number}", aliases=[{"text": f"word{number}", "status": "deprecated"}])

    found = advice(definition=f"{' '.join(f'word{number}' for number in range(7))}.")

    assert [sentence.split("”")[0] for sentence in found[:5]] == [f"“word{number}" for number in range(5)]
    assert found[5:] == ["Deprecated words used besides: 2."]


def test_code_may_use_any_word():
    make_term("Kernel", aliases=[{"text": "shader", "status": "forbidden"}])

    assert advice(definition="It is `shader` in code.") == []


# --- Over a whole glossary -------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_names_in_a_text():
    for number in range(20):
        make_term(f"Term {number}", aliases=[f"word{number}"])

    def queries(count):
        text = f"{' and '.join(f'word{number} with ABC{number}' for number in range(count))}."
        content = {**revisions.EMPTY, **SOUND, "tags": [], "name": "X", "definition": text}
        with CaptureQueriesContext(connection) as asked:
            checking.check(content)
        return len(asked)

    assert queries(5) == queries(20)


def test_a_text_of_any_length_is_checked_with_a_bounded_number_of_queries():
    content = {**revisions.EMPTY, "name": "X", "definition": " ".join(f"w{n} AB{n}" for n in range(15_000))}

    with CaptureQueriesContext(connection) as asked:
        checking.check(content)

    assert len(asked) < 60
