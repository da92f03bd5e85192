"""Names in the order of a language, and the letter under which each stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terms import collation, text

LANGUAGES = [
    code for table in (collation._BEHIND, collation._WHOLE) for codes in table for code in codes.split()
]


def in_order(language, *names):
    return sorted(names, key=lambda name: collation.sort_key(name, language))


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("sv", "apa aroma vad wok zebra Ångström Åre ärlig öl"),
        ("fi", "aika zeniitti Åbo äiti öljy"),
        ("da", "abe zoo Ægir øl Ål Aarhus åse"),
        ("nb", "aal zoo ære øl ål"),
        ("en", "Ålesund angle Ångström anhydrous ökonomie zebra"),
        ("de", "Arger Ärger Arm äs öd Oper Straße Zug"),
        ("es", "churro czar llama lluvia loza nube nzz ñandú oso"),
        ("cs", "cukr čaj dort hrad hz Chléb ihned řeka šek zoo žák"),
        ("sk", "čaj hz chlieb ihla"),
        ("pl", "las luz łza mur"),
        ("hu", "cukor czár csak dózis dzéta dzsessz eső oz ős öz tű ty"),
        ("hr", "cigla čaj ćup dno džep đak ljubav mast njuška ožujak"),
        ("sl", "cesta čaj dan đak"),
        ("ro", "azi ăla âla bal stop șah tot țap"),
        ("tr", "cam çay gün ğ hız IP ışık İstanbul iz jet ok öz su şal ud üs"),
        ("et", "suvi šokk zebra žanr tuul wau õun äike öö üks xi"),
        ("lv", "cik čau kas ķer zal žogs"),
        ("lt", "yla ilgas ivas jonas"),
        ("is", "afi ál bók dagur ðe ey ég zeta þú ær öl ås"),
        ("cy", "cwm chwech dydd ddoe fan ffon gardd ngo hen"),
        ("ru", "API ель жук иван ион йод"),
        ("uk", "гора ґава день ехо єнот ива іній їжак йод"),
        ("fa", "بابا پدر تاج کتاب گل وقت هوا"),
        ("sr-Latn-RS", "dno džep đak"),
        ("sr", "дан ђак ено"),
    ],
)
def test_letters_of_a_language_stand_in_their_place(language, names):
    expected = names.split()

    assert in_order(language, *reversed(expected)) == in_order(language, *sorted(expected)) == expected


def test_english_knows_no_letters_but_a_to_z():
    assert in_order("en", "Åre", "zoo", "Ängel", "Arm", "aro") == ["Ängel", "Åre", "Arm", "aro", "zoo"]
    assert {collation.letter_of(name, "en-us") for name in ("Åre", "ärlig", "Ål", "æble")} == {"a"}


@pytest.mark.parametrize("name", ["Dropout", "k-NN", "C++", "batch size (L2)", "0-shot", "!", "", "日本"])
@pytest.mark.parametrize("language", ["en", "en-us", "de", "fr", "xx", ""])
def test_without_accents_the_key_is_the_folded_name(language, name):
    assert collation.sort_key(name, language) == text.sort_key(name)
    assert collation.letter_of(name, language) == text.letter_of(name)


def test_accents_count_between_names_that_are_equal_without():
    assert in_order("en", "resume x", "résumé", "resumes", "resume") == [
        "resume",
        "résumé",
        "resume x",
        "resumes",
    ]
    assert in_order("sv", "übel", "ybel", "ubel", "yb") == ["ubel", "yb", "ybel", "übel"]
    assert in_order("ru", "ёлка", "елка", "елки") == ["елка", "ёлка", "елки"]


def test_case_width_and_form_make_no_difference():
    composed, apart = "Ångström", "A\u030angstro\u0308m"

    assert len({collation.sort_key(name, "sv") for name in (composed, apart, "ÅNGSTRÖM", "ångstrÖm")}) == 1
    assert collation.letter_of("Ａｄａｍ", "sv") == "a"


def test_further_accents_on_a_letter_leave_it_that_letter():
    assert collation.letter_of("ǻ", "sv") == collation.letter_of("å\u0323", "sv") == "å"
    assert collation.letter_of("Ǿ", "da") == "ø"


@pytest.mark.parametrize(
    ("language", "name", "letter"),
    [
        ("sv", "Ångström", "å"),
        ("sv", "“Ö”", "ö"),
        ("cs", "Chléb", "ch"),
        ("cs", "C++", "c"),
        ("cs", "Ďábel", "d"),
        ("es", "Ñandú", "ñ"),
        ("es", "Chile", "c"),
        ("hu", "dzsessz", "dzs"),
        ("hu", "Őr", "ö"),
        ("tr", "IP", "ı"),
        ("tr", "İP", "i"),
        ("tr", "I\u0307P", "i"),
        ("da", "Aalborg", "å"),
        ("lt", "Yla", "i"),
        ("ru", "Ёлка", "е"),
        ("ru", "Йод", "й"),
        ("ru", "API", "a"),
        ("el", "Ώρα", "ω"),
        ("el", "Жук", "cyrillic"),
        ("he", "שלום", "ש"),
        ("ar", "أحمد", "ا"),
        ("sv", "42", "0-9"),
        ("sv", "Ω", "greek"),
        ("sv", "日本", "cjk"),
        ("sv", "∞", "signs"),
        ("sv", "!", "signs"),
        ("sv", "", "signs"),
    ],
)
def test_a_name_stands_under_the_letter_of_its_language(language, name, letter):
    assert collation.letter_of(name, language) == letter


def test_sections_have_labels():
    assert [collation.letter_label(letter, "cs") for letter in ("a", "ch", "ž", "0-9", "greek", "cjk")] == [
        *("A", "Ch", "Ž", "0–9", "Greek", "CJK")
    ]
    assert [collation.letter_label(letter, "tr-TR") for letter in "ıi"] == ["I", "İ"]


def test_sections_stand_in_order():
    def letters(*found):
        return sorted(found, key=lambda letter: collation.letter_order(letter, "uk"))

    assert letters("signs", "greek", "z", "0-9", "a", "я", "ґ", "г", "д", "cjk") == [
        *("г", "ґ", "д", "я", "a", "z", "0-9", "cjk", "greek", "signs")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alphabet_is_in_its_own_order_and_each_letter_is_its_own(language):
    alphabet = collation.alphabet(language)

    assert len(set(alphabet)) == len(alphabet)
    assert in_order(language, *reversed(alphabet)) == list(alphabet)
    for letter in alphabet:
        label = collation.letter_label(letter, language)
        assert collation.letter_of(letter, language) == letter
        assert collation.letter_of(f"{label} 9", language) == letter


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_stands_between_a_letter_and_the_next(language):
    """Whatever follows the first letter: a name never stands among those of another letter."""
    alphabet = collation.alphabet(language)
    ends = ["", "a", "zz", "яя", "ωω", "יי", "9", " b", "-é"]
    names = [letter + end for letter in alphabet for end in ends if (letter + end)[:2] not in alphabet]

    letters = [collation.letter_of(name, language) for name in in_order(language, *names)]

    assert letters == sorted(letters, key=alphabet.index)


texts = st.text(max_size=40) | st.text(
    alphabet="aåäbchdzsñnijıİIlyøæêéß'+-# \t\0\u0301\u0327\ud7fbйиёґ", max_size=12
)


@given(language=st.sampled_from([*LANGUAGES, "en-us", "zh", "", "a_b-c", "\0"]), name=texts)
def test_every_name_has_a_key_and_a_letter(language, name):
    key, letter = collation.sort_key(name, language), collation.letter_of(name, language)

    assert len(key) <= collation.KEY_LENGTH
    assert 0 < len(letter) <= 20
    assert "\0" not in key + letter
    assert "\x01" not in key
    assert collation.letter_of(name, language) == letter
    assert collation.letter_label(letter, language)


@given(language=st.sampled_from(LANGUAGES), names=st.lists(texts, max_size=8))
def test_keys_have_the_same_order_by_code_points_and_by_bytes(language, names):
    keys = [collation.sort_key(name.encode("utf-8", "ignore").decode(), language) for name in names]

    assert sorted(keys) == sorted(keys, key=str.encode)


def test_a_very_long_name_has_a_key_that_fits():
    for name in ("å" * 200, "ﷺ" * 200, "é" * 200, "𠀀é" * 100):
        assert len(collation.sort_key(name, "sv")) <= collation.KEY_LENGTH
