"""The index in the order of the site's language, and names that say which language they are of."""

import html
import re
from functools import partial
from urllib.parse import quote

import pytest
from builders import make_draft, make_term
from django.core.management import call_command

from terms import search, wanted, workflow
from terms.exporting.fixture import fixture
from terms.exporting.selection import Selection
from terms.models import IndexEntry, Tag, Term, WantedTerm

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish(editor, reviewer):
    return partial(make_term, by=editor, reviewer=reviewer)


@pytest.fixture
def swedish(settings):
    settings.LANGUAGE_CODE = "sv"


@pytest.fixture
def czech(settings):
    settings.LANGUAGE_CODE = "cs"


@pytest.fixture
def page(client):
    def read(address, status=200):
        response = client.get(address)
        assert response.status_code == status, response
        return html.unescape(response.content.decode())

    return read


def letters_of(text):
    """The letters above a list, in order, each with its number of lines."""
    found = re.findall(r'<span class="sign">([^<]+)</span> <span class="count">(\d+)', text)
    return {label: int(count) for label, count in found if label != "All"}


def listed(text):
    """The names of the lines of the index, in order."""
    return re.findall(r"<dt>(?:<a [^>]*>)?<bdi[^>]*>([^<]+)", text)


def suggested(text):
    return [suggestion.text for suggestion in search.suggest(text)]


# --- The index -----------------------------------------------------------------------------------


def test_swedish_has_its_letters_behind_z(swedish, publish, page):
    for name in ("Öppen källkod", "Zebra", "Ångström", "Analys", "Ärlighet", "Resumé"):
        publish(name)

    text = page("/a-z/")

    assert listed(text) == ["Analys", "Resumé", "Zebra", "Ångström", "Ärlighet", "Öppen källkod"]
    assert list(letters_of(text)) == ["A", "R", "Z", "Å", "Ä", "Ö"]
    assert re.findall(r'class="group-letter"[^>]*>([^<]+)', text) == ["A", "R", "Z", "Å", "Ä", "Ö"]
    assert listed(page(f"/a-z/{quote('å')}/")) == ["Ångström"]
    assert listed(page("/a-z/a/")) == ["Analys"]


def test_english_has_them_under_their_base_letters(publish, page):
    for name in ("Ångström", "Anode", "Zebra", "Åbo"):
        publish(name)

    text = page("/a-z/")

    assert listed(text) == ["Åbo", "Ångström", "Anode", "Zebra"]
    assert letters_of(text) == {"A": 3, "Z": 1}
    page(f"/a-z/{quote('å')}/", status=404)


def test_czech_has_ch_behind_h(czech, publish, page):
    for name in ("Chléb", "Cukr", "Hrad", "Inkoust", "Čaj", "Hz"):
        publish(name)

    text = page("/a-z/")

    assert listed(text) == ["Cukr", "Čaj", "Hrad", "Hz", "Chléb", "Inkoust"]
    assert list(letters_of(text)) == ["C", "Č", "H", "Ch", "I"]
    assert listed(page("/a-z/ch/")) == ["Chléb"]
    assert listed(page("/a-z/c/")) == ["Cukr"]


def test_spanish_has_n_with_a_tilde_behind_n_and_no_ch(settings, publish, page):
    settings.LANGUAGE_CODE = "es-MX"
    for name in ("Ñandú", "Nube", "Oso", "Chile", "Cuba", "Cebra"):
        publish(name)

    text = page("/a-z/")

    assert listed(text) == ["Cebra", "Chile", "Cuba", "Nube", "Ñandú", "Oso"]
    assert list(letters_of(text)) == ["C", "N", "Ñ", "O"]


def test_letters_without_lines_are_shown_and_lead_nowhere(swedish, page):
    text = page("/a-z/")

    shown = re.findall(r'class="sign">([^<]+)<', text)
    assert "".join(shown).replace("All", "").startswith("ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ0–9")
    assert quote("ö") not in text
    assert listed(page(f"/a-z/{quote('ö')}/")) == []
    page("/a-z/ch/", status=404)


def test_a_capital_in_the_address_leads_to_the_letter(swedish, client, publish):
    publish("Ångström")

    response = client.get(f"/a-z/{quote('Å')}/")

    assert (response.status_code, response.headers["Location"]) == (301, f"/a-z/{quote('å')}/")


def test_a_russian_index_has_its_letters_and_those_of_foreign_names(settings, publish, page):
    settings.LANGUAGE_CODE = "ru"
    for name in ("Ёлка", "Ель", "Йод", "API", "Жук", "42"):
        publish(name)

    assert letters_of(page("/a-z/")) == {"Е": 2, "Ж": 1, "Й": 1, "A": 1, "0–9": 1}
    assert listed(page(f"/a-z/{quote('е')}/")) == ["Ёлка", "Ель"]
    assert list(letters_of(page("/a-z/"))) == ["Е", "Ж", "Й", "A", "0–9"]


def test_neighbours_and_relations_stand_in_the_order_of_the_index(swedish, publish):
    names = ["Apa", "Zebra", "Åska", "Ärta", "Öga"]
    terms = {name: publish(name) for name in reversed(names)}

    assert listed_neighbours(terms["Åska"]) == ["Zebra", "Ärta"]
    assert listed_neighbours(terms["Öga"]) == ["Ärta", None]
    assert [term.name for term in Term.objects.published()] == names
    assert [line.text for line in search.index_page().entries] == names


def listed_neighbours(term):
    return [other and other.name for other in search.neighbours(Term.objects.get(pk=term.pk))]


def test_letters_narrow_a_search_and_are_counted_in_order(swedish, publish):
    for name in ("Åska norr", "Zink norr", "Apa norr"):
        publish(name)

    result = search.search("norr", with_facets=True)

    [letters] = [facet for facet in result.facets if facet.key == "letter"]
    assert [(value.value, value.label) for value in letters.values] == [("a", "A"), ("z", "Z"), ("å", "Å")]
    assert [hit.term.name for hit in search.search("norr letter:å").hits] == ["Åska norr"]
    assert [hit.term.name for hit in search.search("norr", letter="å").hits] == ["Åska norr"]


# --- What is typed -------------------------------------------------------------------------------


def test_what_is_typed_without_accents_finds_letters_of_their_own(swedish, publish):
    publish("Ångström")

    assert suggested("angstrom") == suggested("Ång") == suggested("ANG") == ["Ångström"]
    assert [hit.term.name for hit in search.search("angstrom").hits] == ["Ångström"]


def test_pairs_of_letters_are_typed_one_by_one(czech, publish):
    publish("Chléb")

    assert suggested("c") == suggested("ch") == suggested("chle") == ["Chléb"]


def test_a_draft_is_known_by_the_name_that_was_looked_for(swedish, editor):
    for _ in range(2):
        wanted.note_failure("Angstrom r&d")
        assert wanted.flush()
    assert [row.text for row in wanted.wanted()] == ["Angstrom r&d"]

    make_draft("Ångström R&D", by=editor)

    assert list(wanted.wanted()) == []
    [row] = wanted.being_written()
    assert wanted.drafts([row])[row.key].name == "Ångström R&D"
    assert wanted.make_draft(row.pk, by=editor).name == "Ångström R&D"
    assert WantedTerm.objects.count() == 1


# --- A change of language ------------------------------------------------------------------------


def test_a_rebuilt_index_follows_the_language(settings, publish, editor, page):
    for name in ("Ångström", "Zebra", "Apa"):
        publish(name)
    make_draft("Ödla", by=editor)
    settings.LANGUAGE_CODE = "sv"

    call_command("rebuild_search", verbosity=0)

    assert listed(page("/a-z/")) == ["Apa", "Zebra", "Ångström"]
    assert list(Term.objects.values_list("name", "letter")) == [
        ("Apa", "a"),
        ("Zebra", "z"),
        ("Ångström", "å"),
        ("Ödla", "ö"),
    ]
    assert [hit.term.name for hit in search.search("letter:å").hits] == ["Ångström"]


def test_terms_of_another_glossary_stand_in_the_order_of_this_one(settings, tmp_path, publish, chief, page):
    publish("Ångström")
    file = tmp_path / "english.json"
    file.write_bytes(b"".join(fixture(Selection(), by=chief)))
    settings.LANGUAGE_CODE = "sv"

    call_command("loaddata", str(file), verbosity=0)

    assert letters_of(page("/a-z/")) == {"Å": 1}
    assert Term.objects.get().letter == "å"


# --- Names in other languages --------------------------------------------------------------------

FOREIGN = [
    {"text": "Gewicht", "kind": "translation", "language": "de"},
    {"text": "وزن", "kind": "translation", "language": "ar"},
    {"text": "Heft", "kind": "synonym", "language": "en"},
    {"text": "Weightiness", "kind": "synonym"},
]


def test_foreign_names_in_the_index_say_their_language(publish, page):
    publish("Weight", aliases=FOREIGN)

    text = page("/a-z/")

    assert '<bdi lang="de" dir="ltr">Gewicht</bdi>' in text
    assert '<bdi lang="ar" dir="rtl">وزن</bdi>' in text
    assert "<bdi>Heft</bdi>" in text
    assert "<bdi>Weightiness</bdi>" in text


def test_foreign_names_in_results_and_suggestions_say_their_language(publish, page, client):
    publish("Weight", aliases=FOREIGN)

    assert 'matched alias “<bdi lang="de" dir="ltr">Gewicht</bdi>”' in page("/search?q=gewich")
    [german] = client.get("/api/v1/suggest?q=gew").json()["suggestions"]
    [english] = client.get("/api/v1/suggest?q=heft").json()["suggestions"]
    assert (german["text"], german["language"]) == ("Gewicht", "de")
    assert (english["text"], english["language"]) == ("Heft", "")


def test_a_language_is_text_in_a_page(publish, client):
    line = {"key": "evil", "sort_key": "evil", "letter": "e", "text": "Evil<b>", "language": '"><b>'}
    IndexEntry.objects.create(term=publish("Weight"), is_alias=True, **line)

    text = client.get("/a-z/").content.decode()

    assert '<bdi lang="&quot;&gt;&lt;b&gt;" dir="ltr">Evil&lt;b&gt;</bdi>' in text


def test_the_language_of_a_hidden_name_is_nowhere(publish, page, client):
    publish("Weight", aliases=[{"text": "Geheimnis", "kind": "hidden", "language": "de"}])

    assert "Geheimnis" not in page("/a-z/") + page("/search?q=geheimnis")
    [suggestion] = client.get("/api/v1/suggest?q=geheim").json()["suggestions"]
    assert (suggestion["text"], suggestion["language"]) == ("Weight", "")


def test_an_index_page_of_foreign_names_asks_no_more(publish, client, django_assert_max_num_queries):
    for number in range(20):
        publish(f"Weight {number}", aliases=[{"text": f"Masse {number}", "language": "de"}])
    search.letters()

    for size in (5, 40):
        with django_assert_max_num_queries(3):
            assert len(search.index_page("", 1, size).entries) == size


# --- Tags ----------------------------------------------------------------------------------------


def test_tags_have_a_place_by_the_language(swedish):
    tags = [Tag(name=name) for name in ("Öl", "zebra", "Åska", "apa", "Zink")]

    assert [tag.name for tag in sorted(tags, key=lambda tag: tag.sort_key)] == [
        *("apa", "zebra", "Zink", "Åska", "Öl")
    ]


def test_a_removed_term_leaves_its_letter(swedish, publish, chief, page):
    term = publish("Ångström")
    assert letters_of(page("/a-z/")) == {"Å": 1}

    workflow.remove(term_id=term.pk, by=chief, reason="Wrong.")

    assert letters_of(page("/a-z/")) == {}
