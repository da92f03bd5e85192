import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terms import text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Batch  Norm", "batch norm"),
        ("k‑NN", "K-nn"),
        ("Straße", "STRASSE"),
        ("ＣＰＵ", "cpu"),
        ("cafe\u0301", "café"),
        ("A\u200bdam", "Adam"),
        (" Adam\t", "adam"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert text.name_key(one) == text.name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C++"), ("C", "C#"), ("C++", "C#"), ("resume", "résumé"), ("か", "が")]
)
def test_different_names_keep_different_keys(one, other):
    assert text.name_key(one) != text.name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("é", "e"),
        ("Łódź", "lodz"),
        ("ß", "ss"),
        ("İstanbul", "istanbul"),
        ("Cœur", "coeur"),
        ("ø", "o"),
        ("ﬁn", "fin"),
    ],
)
def test_fold_forgives_accents_and_case(one, other):
    assert text.fold(one) == text.fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(name):
    assert text.fold(text.fold(name)) == text.fold(name)
    assert text.name_key(text.name_key(name)) == text.name_key(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("C++ and C#", ["c++", "and", "c#"]),
        ("k-NN", ["k", "nn"]),
        ("L∞ norm", ["l", "∞", "norm"]),
        ("Markov’s inequality", ["markov's", "inequality"]),
        ("1+1", ["1", "1"]),
        ("snake_case", ["snake", "case"]),
        ("…", []),
    ],
)
def test_words_keep_the_signs_of_a_name(name, expected):
    assert text.words(name) == expected


@pytest.mark.parametrize(
    ("name", "qualifier", "slug"),
    [
        ("Batch normalization", "", "batch-normalization"),
        ("C++", "", "c-plus-plus"),
        ("C#", "", "c-sharp"),
        ("Kernel", "GPU computing", "kernel-gpu-computing"),
        ("日本語", "", "日本語"),
        ("+++", "", "plus-plus-plus"),
        ("🙂", "", "u1f642"),
        ("../../etc/passwd", "", "etc-passwd"),
    ],
)
def test_slug_is_readable(name, qualifier, slug):
    assert text.slug_for(name, qualifier) == slug


@given(st.text(min_size=1))
def test_every_name_has_a_slug_that_fits_an_address(name):
    slug = text.slug_for(name)
    assert slug
    assert len(slug) <= 180
    assert not set(slug) & set("/?#% ")


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Adam", "a"),
        ("éclair", "e"),
        ("4-bit", "0-9"),
        ("π", "greek"),
        ("Ж", "cyrillic"),
        ("日本", "cjk"),
        ("+", "signs"),
    ],
)
def test_letter_of_a_name(name, letter):
    assert text.letter_of(name) == letter


def test_loose_key_evens_plurals_and_punctuation():
    assert text.loose_key("Attention heads") == text.loose_key("attention-head")
    assert text.loose_key("Caches", language="xx") != text.loose_key("Cache", language="xx")


def test_two_threads_stem_their_own_words():
    inflected = [
        f"{start}{end}" for start in ("connect", "relat", "organiz") for end in ("ed", "ing", "ions")
    ]
    words = [
        f"{word}{chr(97 + number)}{suffix}"
        for number in range(26)
        for word in inflected
        for suffix in ("s", "ly")
    ]
    expected = [text.stem(word) for word in words]
    text.stem.cache_clear()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: [text.stem.__wrapped__(word) for word in words], range(4)))
    finally:
        sys.setswitchinterval(interval)

    assert found == [expected] * 4


def test_initials_and_trigrams():
    assert text.initials("Retrieval-augmented generation") == "rag"
    assert text.trigrams("ab") == {"  a", " ab", "ab "}
