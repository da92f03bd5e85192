import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import InvalidContent, UnreadableFile
from terms.formats import translation_table
from terms.formats.record import AliasRecord, Glossary, NoteRecord, RowProblem, TermRecord


def read(text, file_name="terms.de.csv"):
    return list(translation_table.read(text.encode(), file_name=file_name))


def records_of(text, **options):
    return [item for item in read(text, **options) if isinstance(item, TermRecord)]


def translations_of(record):
    return [(alias.text, alias.language) for alias in record.aliases]


# --- Reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '"source","target"\r\n"keel","Kiel"\r\n',
        "Source Text;Target Text\nkeel;Kiel\n",
        "keel,Kiel,EN,DE\n",
        "keel,Kiel,en,de,3\n",
        "source,target,source_lang,target_lang\nkeel,Kiel,en,de\n",
        "location,source,target,id,fuzzy,context,translator_comments,developer_comments\r\n,keel,Kiel,,False,,,\r\n",
    ],
)
def test_tables_of_two_languages_are_recognised_and_read(text):
    assert formats.recognise(text.encode(), "x.csv") == "deepl"
    (keel,) = records_of(text)
    assert (keel.name, translations_of(keel)) == ("keel", [("Kiel", "de")])


def test_table_without_headings_is_read_when_it_is_named():
    text = "keel\tKiel\nrib\tRippe\n"

    assert formats.recognise(text.encode(), "x.tsv") == "csv"
    assert [(record.name, *translations_of(record)) for record in records_of(text)] == [
        ("keel", ("Kiel", "de")),
        ("rib", ("Rippe", "de")),
    ]


@pytest.mark.parametrize(
    ("file_name", "language", "says"),
    [
        ("en-fr.csv", "fr", "taken for “fr”"),
        ("glossary_pt_BR.csv", "pt-BR", "taken for “pt-BR”"),
        ("terms.en.csv", "und", "terms.fr.csv"),
        ("terms.csv", "und", "terms.fr.csv"),
    ],
)
def test_language_is_told_from_the_name_of_the_file_or_asked_for(file_name, language, says):
    said, keel = read("source,target\nkeel,x\n", file_name=file_name)

    assert translations_of(keel) == [("x", language)]
    assert (said.fatal, says in said.message) == (False, True)


def test_what_weblate_puts_around_formulas_is_taken_off():
    header = "location,source,target,id,fuzzy,context,translator_comments,developer_comments"

    (total,) = records_of(f"{header}\n,'=SUM(a\\|b)','-x',,True,,ask,again\n")

    assert (total.name, translations_of(total)) == ("=SUM(a|b)", [("-x", "de")])
    assert total.notes == (NoteRecord("editorial", "ask\n\nagain"),)
    assert [flag.code for flag in total.flags] == ["unsure_translation"]


def test_context_tells_two_senses_apart():
    race, verb, bow = records_of(
        "source,target,context\nblend,Mischung,Race\nblend,mischen,Verb\nbow,Bug,Front\n"
    )

    assert [(record.qualifier, record.ref) for record in (race, verb, bow)] == [
        ("Race", "blend (Race)"),
        ("Verb", "blend (Verb)"),
        (None, "bow"),
    ]


def test_translation_that_is_the_name_itself_is_no_other_name():
    (record,) = records_of("source,target\nInternet,internet\n")

    assert (record.aliases, record.further) == ((), {"target": "internet"})


def test_bad_rows_are_told():
    text = f"source,target\n,x\n{'k' * 201},x\nkeel,Kiel,more\nrib,Rippe\n"
    problems = [item for item in read(text) if isinstance(item, RowProblem) and item.fatal]

    assert [problem.line for problem in problems] == [2, 3, 4]
    assert [record.name for record in records_of(text)] == ["rib"]


def test_wide_table_is_refused_by_name():
    with pytest.raises(UnreadableFile, match="A translation table has two"):
        read("a,b,c,d,e,f\n1,2,3,4,5,6\n")


# --- Writing -------------------------------------------------------------------------------------


def term(name, *translations, **fields):
    aliases = tuple(AliasRecord(text, "translation", language=language) for text, language in translations)
    return TermRecord(line=0, name=name, ref=name, aliases=aliases, **fields)


def written(records, target):
    glossary = Glossary("Ships", "https://g.example/", target_language=target)
    return b"".join(translation_table.write(records, glossary)).decode()


def test_names_with_a_translation_into_the_language_are_written():
    records = [
        term("keel", ("quille", "fr"), ("Kiel", "de")),
        term("rib", ("quaderna", "pt")),
        term("a\tb\u2028", ("x\ny\x85z", "de")),
        term("keel", ("Kegel", "de")),
        term("=1", ("+1", "de")),
    ]

    assert written(records, "de") == "keel\tKiel\na b\tx y z\n=1\t+1\n"


def test_preferred_name_and_nearest_region_come_first():
    bus = TermRecord(
        line=0,
        name="bus",
        ref="",
        aliases=(
            AliasRecord("autocarro", "translation", "admitted", "pt-PT"),
            AliasRecord("ônibus", "translation", "admitted", "pt-BR"),
            AliasRecord("bus", "translation", "forbidden", "pt-BR"),
            AliasRecord("busão", "translation", "preferred", "pt"),
        ),
    )

    assert [written([bus], target) for target in ("pt_BR", "pt", "pt-AO", "fr")] == [
        "bus\tônibus\n",
        "bus\tbusão\n",
        "bus\tbusão\n",
        "",
    ]


def test_what_the_machines_refuse_is_left_out():
    assert (
        written([term("é" * 200, ("x", "de")), term("keel", ("é" * 513, "de"))], "de") == "é" * 200 + "\tx\n"
    )


@pytest.mark.parametrize("target", ["", "none", "deutschland"])
def test_target_language_has_to_be_given(target):
    with pytest.raises(InvalidContent, match="Choose the one to translate into"):
        translation_table.write([], Glossary("Ships", "https://g.example/", target_language=target))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30)), max_size=6))
def test_every_line_has_two_texts_and_no_source_comes_twice(pairs):
    lines = written([term(name, (translation, "de")) for name, translation in pairs], "de").splitlines()

    cells = [line.split("\t") for line in lines]
    assert all(len(pair) == 2 and all(text == text.strip() != "" for text in pair) for pair in cells)
    assert len({source for source, _ in cells}) == len(cells)
