"""The glossary as one HTML page: whole by itself, safe, and with no link that leads nowhere."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import GivenFile, html_book
from terms.formats.html_book import shelf
from terms.formats.record import (
    AliasRecord,
    ExternalIdRecord,
    Glossary,
    NoteRecord,
    RelationRecord,
    SourceRecord,
    TermRecord,
)
from terms.markup import Target

GLOSSARY = Glossary(
    "Boats & <rigging>",
    "https://g.example/",
    language="en",
    description="All about boats.",
    licence="https://creativecommons.org/licenses/by/4.0/",
    modified="2031-05-06T07:08:09Z",
)


def term(id, name, **fields):
    usual = {"id": id, "slug": id, "status": "published"}
    return TermRecord(line=0, name=name, ref=id, **usual | fields)


KEEL = term(
    "k1",
    "Keel",
    qualifier="ship",
    short_definition="The lowest timber of a hull.",
    definition="The *lowest* timber: $a<b$, see [[Hull]].[^1]\n\n## Shape\n\nStraight.\n\n[^1]: Mostly.",
    aliases=(
        AliasRecord("Backbone"),
        AliasRecord("Kiel", "translation", language="de"),
        AliasRecord("Spine", status="forbidden", note="of books"),
        AliasRecord("keele", "hidden"),
    ),
    tags=("Hull parts",),
    relations=(RelationRecord("broader", "h1"), RelationRecord("see_also", "x9", "Rudder")),
    sources=(SourceRecord("Handbook & more", "https://b.example/?a=1&b=2", "p. 3"), SourceRecord("Talk")),
    notes=(NoteRecord("usage", "Say *keel*.[^1]\n\n[^1]: Aboard."), NoteRecord("editorial", "Ask Ann.")),
    external_ids=(ExternalIdRecord("wikidata", "Q205922"),),
)
HULL = term("h1", "Hull", inverse=(RelationRecord("broader", "k1"),))


class Names(dict):
    """A table of names as `linking` keeps one: where each leads, by key."""

    def reach(self, sign):
        return 3


NAMES = Names(
    hull=Target("/terms/h1/", "The body of a ship.", "h1", name="Hull"),
    rudder=Target("/terms/x9/", "", "x9", name="Rudder"),
)


def written(*records, glossary=GLOSSARY, names=NAMES):
    return b"".join(html_book.write(iter(records), replace(glossary, names=lambda: names))).decode()


def page_of(text):
    return lxml_html.document_fromstring(text)


def book(*records, **named):
    return page_of(written(*records, **named))


def said(node):
    return " ".join(node.text_content().split())


def article(page, id):
    return page.get_element_by_id(f"t-{id}")


def facts_of(node):
    """Return what the lists of a node say, by label."""
    return {said(row.find("dt")): said(row.find("dd")) for row in node.iterfind(".//dl/div")}


def links_of(node):
    return {said(link): link.get("href") for link in node.iterfind(".//a")}


def check_that_it_is_whole(text):
    """The page has no id twice and no link to a place that is not there, and nothing is fetched for it."""
    page = page_of(text)
    ids = Counter(page.xpath("//@id"))
    assert {id for id, count in ids.items() if count > 1 or not id or re.search(r"\s", id)} == set()
    inside = {unquote(href[1:]) for href in page.xpath("//a/@href") if href.startswith("#")}
    assert inside <= set(ids), inside - set(ids)
    outside = {href for href in page.xpath("//a/@href") if not href.startswith("#")}
    assert all(re.match(r"https?://|mailto:", href) for href in outside), outside
    tags = {node.tag for node in page.iter() if isinstance(node.tag, str)}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base", "form", "input"})
    assert page.xpath("//@src | //@style | //@*[starts-with(name(), 'on')]") == []
    [style] = page.findall(".//style")
    assert not re.search(r"url\(|@import|image-set", style.text)


# --- What stands in it ---------------------------------------------------------------------------


def test_the_title_page_says_what_it_is():
    page = book(KEEL, HULL)

    title_page = page.find(".//header")
    assert said(title_page.find("h1")) == said(page.find(".//title")) == "Boats & <rigging>"
    assert "All about boats." in said(title_page)
    assert facts_of(title_page) == {
        "Terms": "2",
        "As of": "6 May 2031",
        "On the web": "https://g.example/",
        "Licence": "https://creativecommons.org/licenses/by/4.0/",
    }


def test_everything_that_readers_see_of_a_term_is_there():
    page = book(KEEL, HULL)

    keel = article(page, "k1")
    assert said(keel.find("h3")) == "Keel (ship)"
    assert said(keel.find(".//p[@class='lead']")) == "The lowest timber of a hull."
    assert keel.find(".//em").text == "lowest"
    assert facts_of(keel) == {
        "Also called": "Backbone",
        "In other languages": "Kiel (German)",
        "Do not use": "Spine of books",
        "Broader": "Hull",
        "See also": "Rudder",
        "Tags": "Hull parts",
        "Sources": "Handbook & more, p. 3Talk",
        "Also known to": "wikidata: Q205922",
        "Permanent link": "https://g.example/t/k1/",
    }
    assert facts_of(article(page, "h1"))["Narrower"] == "Keel (ship)"
    assert said(keel.find(".//div[@class='note']")).startswith("Usage noteSay keel.")


def test_what_is_for_editors_only_is_not_there():
    text = written(KEEL, HULL)

    assert "keele" not in text
    assert "Ask Ann" not in text


def test_formulas_stay_formulas():
    keel = article(book(KEEL, HULL), "k1")

    formula = keel.find(".//math")
    assert [said(sign) for sign in formula.iter("mi", "mo")] == ["a", "<", "b"]


def test_terms_stand_under_their_letters_and_other_names_lead_to_them():
    page = book(KEEL, term("z1", "Äquator"), HULL, term("n1", "4-stroke engine"))

    letters = {said(part.find("h2")): part for part in page.findall(".//main/section")}
    assert list(letters) == ["A", "B", "H", "K", "S", "0–9"]
    assert [said(line) for line in letters["B"].findall("p")] == ["Backbone see Keel (ship)"]
    assert links_of(letters["S"]) == {"Keel (ship)": "#t-k1"}
    assert [link.get("href") for link in page.findall(".//nav//a")] == [
        f"#letter-{key}" for key in ["a", "b", "h", "k", "s", "0-9"]
    ]


def test_letters_are_those_of_the_language():
    swedish = replace(GLOSSARY, language="sv")

    page = book(term("a1", "Ås"), term("z1", "Zon"), glossary=swedish)

    assert [said(heading) for heading in page.findall(".//h2")] == ["Z", "Å"]
    assert page.get("lang") == "sv"


def test_another_name_right_beside_its_term_leads_nowhere_else():
    keel = term("k1", "Keel", aliases=(AliasRecord("Keel beam"), AliasRecord("Keal"), AliasRecord("Kelson")))

    page = book(keel, term("k2", "Keg"), term("k3", "Kelp"))

    assert [said(line) for line in page.findall(".//p[@class='see']")] == ["Kelson see Keel"]


def test_a_name_in_another_language_says_so():
    arabic = term("k1", "Keel", aliases=(AliasRecord("عارضة القعر", "translation", language="ar"),))

    page = book(arabic, HULL)

    assert [(name.get("lang"), name.get("dir")) for name in page.findall(".//bdi[@lang]")] == [
        ("ar", "rtl")
    ] * 2


@pytest.mark.parametrize(("language", "side"), [("en", "ltr"), ("he", "rtl")])
def test_the_page_is_written_in_the_direction_of_its_language(language, side):
    page = book(HULL, glossary=replace(GLOSSARY, language=language))

    assert (page.get("lang"), page.get("dir")) == (language, side)


def test_a_deprecated_term_names_its_successors():
    old = term(
        "o1",
        "Backstay wire",
        status="deprecated",
        deprecation_reason="Out of use.",
        relations=(RelationRecord("replaced_by", "k1"),),
    )

    banner = article(book(old, KEEL), "o1").find(".//div[@class='banner']")

    assert said(banner) == "Deprecated. Out of use.Use instead: Keel (ship)."


def test_a_draft_says_that_it_is_one_and_has_no_address():
    draft = article(book(term("d1", "Draft", status="draft")), "d1")

    assert "Nobody has approved" in said(draft)
    assert "Permanent link" not in facts_of(draft)


def test_an_empty_glossary_is_a_page_too():
    text = written()

    assert "There are no terms in this book." in said(page_of(text))
    check_that_it_is_whole(text)


# --- Links ---------------------------------------------------------------------------------------


def test_links_lead_to_places_in_the_book_or_to_whole_addresses():
    keel = article(book(KEEL, HULL), "k1")

    links = links_of(keel)
    assert links["Hull"] == "#t-h1"
    assert links["Rudder"] == "https://g.example/t/x9/"
    assert links["Handbook & more"] == "https://b.example/?a=1&b=2"


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/terms/h1/", "#t-h1"),
        ("../h1/", "#t-h1"),
        ("https://g.example/terms/h1/", "#t-h1"),
        ("/terms/none/", "https://g.example/terms/none/"),
        ("#fn99", "https://g.example/terms/k1/#fn99"),
        ("//b.example/x", "https://b.example/x"),
        ("mailto:ann@b.example", "mailto:ann@b.example"),
    ],
)
def test_an_address_that_an_author_wrote_leads_to_the_same_place(address, leads_to):
    keel = term("k1", "Keel", definition=f"[there]({address})")

    assert links_of(article(book(keel, HULL), "k1"))["there"] == leads_to


def test_names_in_texts_are_linked_as_on_the_site():
    text = "A rudder hangs behind the hull, and hull again."
    page = book(term("k1", "Keel", definition=text), HULL)

    assert [(said(link), link.get("href")) for link in article(page, "k1").findall(".//p/a")] == [
        ("rudder", "https://g.example/t/x9/"),
        ("hull", "#t-h1"),
    ]
    assert article(page, "k1").xpath("//@data-term | //@data-name") == []


def test_without_a_table_of_names_forced_links_are_text():
    text = b"".join(html_book.write([KEEL, HULL], GLOSSARY)).decode()

    assert "[[" not in text
    check_that_it_is_whole(text)


def test_footnotes_of_many_terms_stay_apart():
    noted = [term(f"n{n}", f"Name {n}", definition="A[^1] b.[^1]\n\n[^1]: C.") for n in range(3)]

    check_that_it_is_whole(written(*noted, KEEL))


def test_a_picture_is_told_and_not_fetched():
    pictured = term("k1", "Keel", definition="[![A keel](/media/keel.png)](https://b.example/)")

    text = written(pictured)

    assert "[Image: A keel, https://g.example/media/keel.png]" in said(page_of(text))
    check_that_it_is_whole(text)


# --- Safe, and whole by itself -------------------------------------------------------------------


def test_the_page_allows_its_own_style_and_nothing_else():
    text = written(KEEL, HULL)

    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = page_of(text).xpath("//meta[@http-equiv]/@content")
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_a_name_cannot_end_the_style_sheet():
    text = written(glossary=replace(GLOSSARY, name='x"} </style><script>1</script>\\'))

    assert text.count("</style") == 1
    assert "<script" not in text


hostile = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *(
                "<script>alert(1)</script>",
                "</article></main>",
                "<!--",
                "]]>",
                '"><img src=x onerror=1>',
                "&amp;",
            ),
            *("[[Hull]]", "[x](javascript:alert(1))", "![p](x.png)", "[l](<a b>)", '[q](/t "a>b")', "$x<y$"),
            *(
                "\x00\x0b",
                "\ud800",
                "\u202eabc",
                "# h\n\n[^1]\n\n[^1]: f",
                '`<a href="x">`',
                "<br><kbd>k</kbd>",
            ),
            *("[h](http://[)", "<a href='#x'>", "[r](#t-h1)", "|a|b|\n|-|-|\n|1|[[Hull]]|"),
        ]
    ),
)


@given(st.lists(hostile, min_size=13, max_size=13))
@settings(max_examples=40)
def test_whatever_is_written_the_page_stays_whole(texts):
    name, qualifier, short, text, alias, note, tag, title, address, language, reason, scheme, related = texts
    hull = replace(HULL, inverse=(RelationRecord("related", related or "x", related),))
    keel = term(
        "k1",
        name or "x",
        qualifier=qualifier,
        status="deprecated",
        deprecation_reason=reason,
        short_definition=short,
        definition=text,
        aliases=(AliasRecord(alias, note=note), AliasRecord(note, "translation", language=language)),
        notes=(NoteRecord("example", note),),
        tags=(tag,),
        sources=(SourceRecord(title, address),),
        external_ids=(ExternalIdRecord(scheme, tag),),
        relations=(RelationRecord("see_also", related or "x", related),),
    )

    text = written(keel, hull, glossary=replace(GLOSSARY, name=name, description=short, licence=address))

    check_that_it_is_whole(text)
    assert len(page_of(text).findall(".//main/section/article")) == 2


def test_a_large_glossary_waits_in_a_file_and_not_in_memory(monkeypatch):
    monkeypatch.setattr(shelf, "_IN_MEMORY", 1_000)
    many = [replace(KEEL, id=f"k{n:03}", slug=f"k{n:03}", name=f"Keel {n:03}") for n in range(60)]

    text = written(*reversed(many))

    names = [said(heading.find("dfn")) for heading in page_of(text).findall(".//h3")]
    assert names == [f"Keel {n:03}" for n in range(60)]


def test_the_head_is_sent_before_the_terms_are_read():
    def outage():
        raise RuntimeError("asked too early")
        yield

    assert b"<!DOCTYPE html>" in next(html_book.write(outage(), GLOSSARY))


def test_it_is_not_taken_for_a_list_of_terms():
    with pytest.raises(UnreadableFile, match="made to be read"):
        formats.read([GivenFile("book.html", written(KEEL, HULL).encode())])
