import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from terms import search, text
from terms.models import Alias, IndexEntry, Revision, SearchDocument, Tag, Term

pytestmark = pytest.mark.django_db


def make_term(name, *, aliases=(), hidden=(), tags=(), qualifier="", status="published", **texts):
    """A term with its rows in the index; a status other than published where the test needs one."""
    author, _ = get_user_model().objects.get_or_create(username="author")
    term = Term()
    term.set_name(name, qualifier)
    term.save()
    if status != "draft":
        revision = Revision.objects.create(
            term=term, number=1, content={"name": name}, author=author, state="proposed"
        )
        term.slug, term.version, term.live_revision = f"term-{term.pk}", 1, revision
    term.status = status
    term.deprecation_reason = "Superseded." if status == "deprecated" else ""
    for field, value in texts.items():
        setattr(term, field, value)
    term.save()
    for kind, names in ((Alias.Kind.SYNONYM, aliases), (Alias.Kind.HIDDEN, hidden)):
        for alias_text in names:
            alias = Alias(term=term, kind=kind)
            alias.set_text(alias_text)
            alias.save()
    for tag in tags:
        term.tags.add(Tag.objects.get_or_create(name=tag)[0])
    search.refresh([term.pk])
    return term


def found(text, **filters):
    """The names of what has all the words."""
    result = search.search(text, **filters)
    return [hit.term.full_name for hit in result.hits] if result.how == "all" else []


def only_hit(text, **filters):
    (hit,) = search.search(text, **filters).hits
    return hit


def reason(text, **filters):
    matched_on = only_hit(text, **filters).matched_on
    return matched_on.field, matched_on.text, matched_on.how


def marked(hit):
    return [piece for piece, is_hit in hit.excerpt if is_hit]


def suggested(text, limit=10):
    return [suggestion.text for suggestion in search.suggest(text, limit)]


def rows_of_index():
    entries = IndexEntry.objects.values_list("term_id", "key", "letter", "text", "is_alias", "is_hidden")
    documents = SearchDocument.objects.values_list("pk", "name", "aliases", "tags", "short", "body", "facts")
    return sorted(entries), sorted(documents)


# --- Which spellings are the same ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Éclair", "eclair"),
        ("Eclair", "ÉCLAIR"),
        ("cafe\u0301", "café"),
        ("Straße", "strasse"),
        ("STRASSE", "straße"),
        ("İstanbul", "istanbul"),
        ("istanbul", "İSTANBUL"),
        ("ＣＰＵ", "cpu"),
        ("Łódź", "lodz"),
        ("k‑NN", "K-nn"),
        ("Markov’s inequality", "markov's inequality"),
        ("Энтропия", "ЭНТРОПИЯ"),
        ("π", "Π"),
    ],
)
def test_case_accents_and_forms_of_a_letter_do_not_matter(name, asked):
    make_term(name)
    make_term("Something else")

    assert found(asked) == [name]
    assert found(f"{asked} {asked}") == [name]
    assert reason(asked) == ("name", name, "exact")
    assert suggested(asked) == [name]


def test_accents_typed_bring_the_name_that_has_them_first():
    make_term("Resume")
    make_term("Résumé")

    assert found("résumé") == ["Résumé", "Resume"]
    assert found("resume") == ["Resume", "Résumé"]


def test_signs_that_belong_to_a_name_make_a_difference():
    for name in ("C", "C++", "C#", "F#"):
        make_term(name)

    assert found("c++") == ["C++"]
    assert found("C#") == ["C#"]
    assert found("c") == ["C", "C#", "C++"]


@pytest.mark.parametrize(
    "name", ["∞", "L∞ norm", "+++", "=", "??", "λ", "日本語", "Ωmega", "x", "xx", "x2bz"]
)
def test_every_name_is_found_by_itself_only(name):
    make_term(name)
    make_term("Decoy", aliases=["w", "s", "2b"])

    assert found(name) == [name]
    assert suggested(name) == [name]


@pytest.mark.parametrize("asked", ["日", "語", "本語", "日本語", "日本語 処理", "自然 処理"])
def test_chinese_and_japanese_are_found_by_parts(asked):
    make_term("自然日本語処理")
    make_term("本日")

    assert "自然日本語処理" in found(asked)


def test_neighbours_in_chinese_must_be_neighbours():
    make_term("日本語")

    assert found("語本") == []


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Neural network", "neural networks"),
        ("Neural networks", "network"),
        ("Markov's inequality", "markov inequality"),
        ("Markov inequality", "Markov’s inequality"),
        ("Batch normalization", "normalized batches"),
        ("GPU", "gpus"),
        ("BPE", "BPEs"),
        ("k-NN", "k-NNs"),
        ("LLM", "LLM’s"),
        ("Adam", "Adam's"),
    ],
)
def test_inflected_words_are_found(name, asked):
    make_term(name)

    assert found(asked) == [name]


def test_inflections_are_those_of_the_language_of_the_site(settings):
    settings.LANGUAGE_CODE = "de"
    make_term("Ableitung")

    assert found("Ableitungen neu") == []
    assert found("Ableitungen") == ["Ableitung"]


# --- The order --------------------------------------------------------------------------------


def test_order_is_exact_name_exact_alias_beginning_words_text():
    make_term("Weight", short_definition="A way to drop out of a layer.")
    make_term("Layer", tags=["drop"])
    make_term("Unit drops")
    make_term("Unit drop")
    make_term("Zone", aliases=["Drop zone"])
    make_term("Drop cap")
    make_term("Ablation", aliases=["drop"])
    make_term("Drop")

    assert found("drop") == [
        "Drop",
        "Ablation",
        "Drop cap",
        "Zone",
        "Unit drop",
        "Unit drops",
        "Layer",
        "Weight",
    ]


def test_equals_stand_in_the_order_of_their_names():
    for name in ("Norm layer b", "Élan norm", "norm layer a", "Zeta norm", "Alpha norm"):
        make_term(name)

    assert found("norm") == ["norm layer a", "Norm layer b", "Alpha norm", "Élan norm", "Zeta norm"]


def test_the_very_word_in_a_text_ranks_before_an_inflected_one():
    make_term("Alpha", short_definition="The networks of today are large.")
    make_term("Beta", short_definition="The network of today is large.")

    assert found("network") == ["Beta", "Alpha"]


def test_homographs_are_all_exact_and_a_qualifier_chooses_one():
    make_term("Kernel", qualifier="linear algebra")
    make_term("Kernel", qualifier="GPU computing")

    assert found("kernel") == ["Kernel (GPU computing)", "Kernel (linear algebra)"]
    assert found("kernel gpu") == ["Kernel (GPU computing)"]
    assert reason("Kernel (GPU computing)") == ("name", "Kernel", "exact")


def test_all_words_must_be_found_in_any_field():
    make_term("Batch size", tags=["Training"], short_definition="Examples in one step.")
    make_term("Batch")

    assert found("batch step training") == ["Batch size"]
    assert found("batch missing") == []


def test_last_word_may_be_a_beginning_the_others_not():
    make_term("Batch normalization")

    assert found("batch norm") == ["Batch normalization"]
    assert found("bat normalization") == []


def test_beginning_of_one_letter_is_sought_in_names_only():
    make_term("Quantile", aliases=["Q-value"])
    make_term("Median", short_definition="The middle quantile of a row.")

    assert found("q") == ["Quantile"]
    assert found("qua") == ["Quantile", "Median"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_together_give_all_hits_once_in_order(limit):
    for number in range(4):
        make_term(f"Norm {number}")
        make_term(f"Layer {number}", short_definition=f"Uses a norm{' norm' * number}.")
    whole = found("norm")

    pages = [found("norm", limit=limit, offset=start) for start in range(0, 8, limit)]

    assert len(whole) == 8
    assert [name for page in pages for name in page] == whole
    assert {search.search("norm", limit=limit, offset=start).total for start in range(0, 99, limit)} == {8}


def test_impossible_pages_are_empty():
    make_term("Norm")

    assert search.search("norm", offset=10**30) == search.SearchResult([], 1)
    assert search.search("norm", limit=0) == search.SearchResult([], 1)
    assert len(search.search("norm", limit=10**30, offset=-5).hits) == 1


# --- Why it was found -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Central processing unit", ("name", "Central processing unit", "exact")),
        ("cpu", ("alias", "CPU", "exact")),
        ("central", ("name", "Central processing unit", "prefix")),
        ("main pro", ("alias", "Main processor", "prefix")),
        ("unit processing", ("name", "Central processing unit", "words")),
        ("processor main", ("alias", "Main processor", "words")),
        ("hardware", ("tag", "Computer hardware", "words")),
        ("unit hardware", ("tag", "Computer hardware", "words")),
        ("executes", ("definition", "", "words")),
        ("unit executes", ("definition", "", "words")),
    ],
)
def test_hit_says_why_it_matched(asked, expected):
    make_term(
        "Central processing unit",
        aliases=["CPU", "Main processor"],
        tags=["Computer hardware"],
        short_definition="The part that executes instructions.",
    )

    assert reason(asked) == expected


@pytest.mark.parametrize(
    "asked", ["dropuot", "dropu", "secret mispelling", "mispelling secret", "mispell noise"]
)
def test_hidden_alias_is_searched_and_never_shown(asked):
    make_term("Dropout", hidden=["Dropuot", "secret mispelling"], short_definition="Noise while training.")

    hit = only_hit(asked)

    assert hit.matched_on.field == "name"
    assert hit.matched_on.text == ""
    assert hit.term.name == "Dropout"
    shown = [*suggested(asked), *(entry.text for entry in search.index_page().entries)]
    assert set(shown) == {"Dropout"}


def test_excerpt_marks_the_words_in_the_short_definition():
    make_term("Adam", short_definition="An optimizer with adaptive step sizes for each weight.")

    assert marked(only_hit("adaptive size")) == ["adaptive", "sizes"]


def test_excerpt_comes_from_the_definition_when_the_word_is_there():
    make_term(
        "Adam",
        short_definition="An optimizer.",
        definition="## History\n\nFirst words.\n\nIt keeps **running averages** of the gradient.",
    )

    hit = only_hit("averages")

    assert "".join(piece for piece, _ in hit.excerpt) == "It keeps running averages of the gradient."
    assert marked(hit) == ["averages"]


def test_excerpt_without_short_definition_is_the_beginning_of_the_definition():
    make_term("Adam", definition="An *optimizer*.\n\nMore.")

    assert only_hit("adam").excerpt == [("An optimizer.", False)]


# --- What is left out -------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "removed"])
def test_what_is_not_public_is_never_found(status):
    make_term("Xylograph", status=status, aliases=["woodcut"], short_definition="Zebrawood print.")

    for asked in ("xylograph", "woodcut", "zebrawood", "xy"):
        assert search.search(asked, include_deprecated=True) == search.SearchResult([], 0)
        assert search.suggest(asked) == []
    assert search.index_page().entries == []
    assert sum(letter.count for letter in search.letters()) == 0


def test_term_that_stops_being_public_is_not_found_even_before_the_index_is_told():
    term = make_term("Xylograph")
    Term.objects.filter(pk=term.pk).update(status="removed")

    assert search.search("xylograph").hits == []
    assert search.suggest("xylo") == []
    assert search.index_page().entries == []

    search.refresh([term.pk])

    assert rows_of_index() == ([], [])


def test_deprecated_term_is_found_by_its_very_name_or_when_asked_for():
    make_term("Momentum term", aliases=["heavy ball"], status="deprecated", short_definition="Old inertia.")
    make_term("Momentum")

    assert found("momentum") == ["Momentum"]
    assert found("inertia") == []
    assert search.search("inertia").total == 0
    assert found("Momentum Term") == ["Momentum term"]
    assert found("heavy ball") == ["Momentum term"]
    assert found("momentum", include_deprecated=True) == ["Momentum", "Momentum term"]
    assert suggested("momentum") == ["Momentum"]
    assert suggested("momentum term") == ["Momentum term"]
    assert [entry.text for entry in search.index_page("m").entries] == ["Momentum", "Momentum term"]


def test_filters_by_tag_and_letter_narrow_hits_and_total():
    make_term("Layer norm", tags=["Deep Learning"])
    make_term("Lp norm", tags=["Algebra"])
    make_term("Batch norm", tags=["Deep Learning"])
    make_term("Scale", tags=["Deep Learning"], short_definition="Follows a norm.")

    assert found("norm", tags=["deep-learning"]) == ["Batch norm", "Layer norm", "Scale"]
    assert found("norm", letter="l") == ["Layer norm", "Lp norm"]
    assert found("norm", letter="l", tags=["deep-learning"]) == ["Layer norm"]
    assert search.search("norm", tags=["deep-learning"], limit=1).total == 3
    assert search.search("norm", tags=["no-such\0tag"], letter="\0").total == 0


# --- Hostile queries --------------------------------------------------------------------------

HOSTILE = [
    "",
    " \t\n",
    "\0",
    "norm\0norm",
    '"',
    '"norm',
    "norm*",
    "*",
    "norm AND",
    "NOT norm",
    "NEAR(norm, 2)",
    "name:norm",
    "{name} : norm",
    "^norm + norm",
    "norm' OR 1=1 --",
    "norm & | ! <-> (",
    "':*",
    "\\",
    "%s %(key)s {0}",
    "\ud800norm\udfff",
    "\u200b",
    "🙂",
    "\U0010ffff",
    "norm " * 2000,
    "n" * 10_000,
    "(" * 10_000,
    "日本語" * 3000,
    "ﷺ" * 500,
]


@pytest.mark.parametrize("asked", HOSTILE)
def test_hostile_queries_are_answered(asked):
    make_term("Layer norm", short_definition="Scales activations.")

    result = search.search(asked)

    assert result.total == len(result.hits) <= 1
    assert len(search.suggest(asked)) <= 1
    assert search.search("norm", tags=[asked], letter=asked).total <= 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.text(st.characters(), max_size=40))
def test_any_text_is_a_query(asked):
    result = search.search(asked)

    assert result == search.SearchResult([], 0)
    assert search.suggest(asked) == []


def test_operators_of_the_databases_are_plain_words():
    make_term("NOT gate")
    make_term("AND gate")

    assert found("NOT gate") == ["NOT gate"]
    assert found("gate AND") == ["AND gate"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12))
@example(name="1e5")
@example(name="2x 4e10abc")
@example(name="...")
def test_every_name_survives_the_tokenizer_of_the_database(name):
    if not text.name_key(name) or not search.parse(name).words:
        return
    Term.objects.update(status="removed")
    term = make_term(name)

    assert [hit.term.pk for hit in search.search(name).hits] == [term.pk]
    assert [suggestion.term.pk for suggestion in search.suggest(name)] == [term.pk]


def test_very_long_texts_are_indexed():
    cyrillic = " ".join(f"слово{chr(0x430 + i % 32)}{chr(0x430 + i // 32 % 32)}{i}" for i in range(15_000))
    make_term("Corpus", definition=cyrillic[:199_000], aliases=["語" * 200])
    make_term("Wide", definition="字" * 199_000)
    make_term("Long", definition="n" * 199_000)

    assert found("словоаа0") == ["Corpus"]
    assert found("字字") == ["Wide"]


# --- The index follows ------------------------------------------------------------------------


def test_changed_words_replace_the_old_ones():
    term = make_term("Weight decay", aliases=["L2 penalty"], tags=["Training"])
    term.set_name("Shrinkage")
    term.save()
    term.aliases.all().delete()
    term.tags.clear()

    search.refresh([term.pk])

    for gone in ("weight", "decay", "penalty", "training"):
        assert found(gone) == []
    assert found("shrinkage") == ["Shrinkage"]
    assert [entry.text for entry in search.index_page().entries] == ["Shrinkage"]


WORDS = ("alpha", "beta", "gamma", "delta")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(WORDS), st.sampled_from(["published", "removed"])),
        max_size=12,
    )
)
def test_index_after_any_sequence_is_the_index_after_rebuild(steps):
    mine = [make_term(f"{word} {Term.objects.count()}") for word in WORDS]
    for position, word, status in steps:
        term = mine[position]
        term.short_definition, term.status = word, status
        term.save()
        search.refresh([term.pk])
    followed = rows_of_index()
    answers = {word: search.search(word).total for word in WORDS}

    search.rebuild()

    assert rows_of_index() == followed
    assert {word: search.search(word).total for word in WORDS} == answers
    assert answers == {
        word: Term.objects.published()
        .filter(search_document__isnull=False)
        .filter(search_document__in=_with_word(word))
        .count()
        for word in WORDS
    }


def _with_word(word):
    return [
        document.pk
        for document in SearchDocument.objects.all()
        if f"w{word}" in f"{document.name} {document.short}".split()
    ]


def test_rolled_back_edit_leaves_no_trace():
    term = make_term("Dropout")
    before = rows_of_index()

    with pytest.raises(RuntimeError), transaction.atomic():
        Term.objects.filter(pk=term.pk).update(short_definition="Zebrawood.")
        search.refresh([term.pk])
        assert found("zebrawood") == ["Dropout"]
        raise RuntimeError

    assert found("zebrawood") == []
    assert found("dropout") == ["Dropout"]
    assert rows_of_index() == before


def test_installing_again_changes_nothing():
    make_term("Dropout")
    before = rows_of_index()

    with CaptureQueriesContext(connection) as queries:
        search.install()

    assert rows_of_index() == before
    assert not any("INSERT" in query["sql"] or "CREATE" in query["sql"] for query in queries)


def drop_a_part_of_the_index():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for event in ("insert", "update", "delete"):
                cursor.execute(f"DROP TRIGGER terms_search_after_{event}")
        else:
            cursor.execute("DROP INDEX terms_search_words")


def drop_the_index():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TABLE terms_search")
        else:
            cursor.execute("ALTER TABLE terms_searchdocument DROP COLUMN labels, DROP COLUMN words")


def lose_rows():
    IndexEntry.objects.all().delete()
    SearchDocument.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("accident", [drop_a_part_of_the_index, drop_the_index, lose_rows])
def test_install_repairs_what_is_missing(accident):
    term = make_term("Dropout", short_definition="Noise.")

    accident()
    Term.objects.filter(pk=term.pk).update(short_definition="Zebrawood.")
    search.install()

    assert found("zebrawood") == ["Dropout"]
    assert found("noise") == []
    Term.objects.filter(pk=term.pk).update(short_definition="Noise.")
    search.refresh([term.pk])
    assert found("zebrawood") == []
    assert found("noise") == ["Dropout"]


@pytest.mark.django_db(transaction=True)
def test_migrate_puts_back_what_a_table_rebuild_dropped():
    make_term("Dropout")
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(SearchDocument)
        else:
            editor.execute("ALTER TABLE terms_searchdocument DROP COLUMN words")

    call_command("migrate", "terms", verbosity=0)

    late = make_term("Late dropout")
    assert found("dropout") == ["Dropout", "Late dropout"]
    Term.objects.filter(pk=late.pk).update(status="removed")
    search.refresh([late.pk])
    assert found("dropout") == ["Dropout"]


def test_rebuild_command_says_how_many_terms_there_are(capsys):
    make_term("Dropout")
    lose_rows()

    call_command("rebuild_search")

    assert capsys.readouterr().out == "1 term is in the index.\n"
    assert found("dropout") == ["Dropout"]


# --- Growth -----------------------------------------------------------------------------------


def queries_of(function, *args, **kwargs):
    with CaptureQueriesContext(connection) as queries:
        function(*args, **kwargs)
    return len(queries)


def test_queries_do_not_grow_with_hits():
    def grow(count):
        for number in range(count):
            make_term(
                f"Norm {Term.objects.count()}", aliases=[f"n{number}"], tags=["algebra"], definition="A norm."
            )

    make_term("Other", short_definition="It has a norm.")
    grow(1)
    few = [
        queries_of(search.search, "norm", limit=50),
        queries_of(search.suggest, "norm"),
        queries_of(search.index_page),
        queries_of(search.letters),
    ]
    grow(49)
    many = [
        queries_of(search.search, "norm", limit=50),
        queries_of(search.suggest, "norm"),
        queries_of(search.index_page),
        queries_of(search.letters),
    ]

    assert search.search("norm", limit=50).total == 51
    assert len(search.search("norm", limit=50).hits) == 50
    assert [one <= other for one, other in zip(many, few, strict=True)] == [True] * 4
    assert few[0] == 8


def test_queries_of_refresh_do_not_grow_with_terms():
    ids = [make_term(f"Norm {number}", aliases=[f"n{number}"], tags=["algebra"]).pk for number in range(30)]

    assert queries_of(search.refresh, ids) == queries_of(search.refresh, ids[:1])


# --- Suggestions ------------------------------------------------------------------------------


def test_suggestions_are_exact_then_names_then_aliases_short_before_long():
    make_term("Batch normalization", aliases=["BN"])
    make_term("Batch size")
    make_term("Batch")
    make_term("Minibatch", aliases=["Batch of examples", "Bat"])

    assert suggested("bat") == ["Bat", "Batch", "Batch size", "Batch normalization"]
    assert suggested("batch") == ["Batch", "Batch size", "Batch normalization", "Batch of examples"]
    assert suggested("batch", limit=2) == ["Batch", "Batch size"]
    assert suggested("BATCH  n") == ["Batch normalization"]
    assert [suggestion.is_alias for suggestion in search.suggest("bn")] == [True]


@pytest.mark.parametrize("asked", ["", " ", "\0", "zzz"])
def test_nothing_to_suggest(asked):
    make_term("Dropout")

    assert search.suggest(asked) == []


# --- The A–Z index ----------------------------------------------------------------------------


def test_letters_count_names_and_shown_aliases():
    make_term("Adam", aliases=["Ádám", "Élan"], hidden=["adma"])
    make_term("4-bit")
    make_term("+++")
    make_term("Ωmega")
    make_term("日本語")

    letters = search.letters()

    assert [letter.key for letter in letters[:27]] == [*"abcdefghijklmnopqrstuvwxyz", "0-9"]
    assert [letter.key for letter in letters[27:]] == ["cjk", "greek", "signs"]
    counts = {letter.key: letter.count for letter in letters if letter.count}
    assert counts == {"a": 2, "e": 1, "0-9": 1, "cjk": 1, "greek": 1, "signs": 1}
    labels = {letter.key: letter.label for letter in letters}
    assert [labels[key] for key in ("a", "0-9", "cjk", "greek", "signs")] == [
        "A",
        "0–9",
        "CJK",
        "Greek",
        "Signs",
    ]


def test_empty_glossary_has_all_letters_and_one_empty_page():
    assert {letter.count for letter in search.letters()} == {0}
    assert len(search.letters()) == 27
    page = search.index_page()
    assert (page.entries, page.total, page.first, page.last, page.pages) == ([], 0, 0, 0, 1)


def test_index_page_lists_names_and_aliases_in_order():
    make_term("Batch", aliases=["Minibatch", "bunch"])
    make_term("Éclair")
    make_term("Kernel", qualifier="GPU computing")

    page = search.index_page()

    assert [(entry.text, entry.term.name, entry.is_alias) for entry in page.entries] == [
        ("Batch", "Batch", False),
        ("bunch", "Batch", True),
        ("Éclair", "Éclair", False),
        ("Kernel (GPU computing)", "Kernel", False),
        ("Minibatch", "Batch", True),
    ]
    assert [entry.text for entry in search.index_page("b").entries] == ["Batch", "bunch"]
    assert search.index_page("b").total == 2
    assert page.letters == search.letters()


def test_index_page_says_which_lines_it_shows():
    for number in range(7):
        make_term(f"Norm {number}")

    pages = [search.index_page("n", number, size=3) for number in (1, 2, 3, 4)]

    assert [(page.first, page.last, page.total, page.pages) for page in pages] == [
        (1, 3, 7, 3),
        (4, 6, 7, 3),
        (7, 7, 7, 3),
        (0, 0, 7, 3),
    ]
    assert [entry.text for page in pages for entry in page.entries] == [f"Norm {n}" for n in range(7)]
    assert search.index_page("n", -1).number == 1
    assert search.index_page("no such letter").entries == []


def test_formulas_are_found_by_their_signs_not_by_their_commands():
    term = make_term("Adam", definition=r"With $\beta_1 = 0.9$ and $\frac{m}{n}$.")
    search.refresh([term.pk])

    assert [hit.term.pk for hit in search.search("β").hits] == [term.pk]
    assert search.search("frac").hits == search.search("beta").hits
    assert "\\" not in "".join(piece for piece, _ in search.search("with").hits[0].excerpt)


# --- Mentions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "is_found"),
    [
        ("After *Drop out* comes the next layer.", True),
        ("after drop\nout", True),
        ("One may drop a unit out of it.", False),
        ("It drops out of it.", False),
        ("A dropout.", False),
    ],
)
def test_a_text_mentions_a_name_where_it_stands_as_written(definition, is_found):
    term = make_term("Layer", definition=definition)

    assert list(search.mentioning(["Drop out", "Dilution"])) == ([term] if is_found else [])


def test_nothing_is_mentioned_by_nobody():
    make_term("Layer", definition="C++ is not C.")

    assert search.mentioning(["C++"]).count() == 1
    assert not search.mentioning([]).exists()
    assert not search.mentioning(["%", "_"]).exists()
