"""What leads programs and the curious to terms: site map, robots, lists for language models, chance."""

from __future__ import annotations

import re
from functools import partial
from threading import BoundedSemaphore
from urllib.robotparser import RobotFileParser

import pytest
from builders import make_draft, make_term, make_user, merge
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree
from machine_readable import valid_llms_txt, valid_sitemap, valid_xml
from snapshots import body_of

from terms import publishing, web, workflow
from terms.models import Tag, Term
from terms.views import daily, discovery

pytestmark = pytest.mark.django_db

HERE = "http://testserver"


def sitemap_of(path, host=HERE, **headers):
    response = Client().get(path, **headers)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return valid_sitemap(response.content, host=host)


def text_of(path, **headers):
    response = Client().get(path, **headers)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    return body_of(response).decode()


def deprecate(term):
    return workflow.deprecate(term_id=term.pk, by=make_user("Reviewers"), reason="Out of use.")


# --- The site map --------------------------------------------------------------------------------


def test_a_small_glossary_has_one_site_map_with_all_its_pages():
    term = make_term("Dropout", tags=["Training"])
    deprecate(make_term("Old word"))

    found = sitemap_of("/sitemap.xml")

    assert found.keys() == {
        f"{HERE}{path}"
        for path in (
            *("/", "/changes/", "/a-z/", "/tags/", "/tree/", "/about/", "/download/"),
            *("/a-z/d/", "/a-z/o/", "/tags/training/", "/terms/dropout/", "/terms/old-word/"),
        )
    }
    assert found[f"{HERE}/terms/dropout/"] == publishing.iso(Term.objects.get(pk=term.pk).updated_at)
    assert found[f"{HERE}/"] == publishing.iso(publishing.last_change())


def test_every_page_of_the_site_map_is_there_and_may_be_listed():
    make_term("Dropout", tags=["Training"])
    deprecate(make_term("Old word"))
    client = Client()

    for address in sitemap_of("/sitemap.xml"):
        response = client.get(address.removeprefix(HERE))
        html = response.content.decode()
        assert response.status_code == 200, address
        assert "noindex" not in response.headers.get("X-Robots-Tag", ""), address
        assert not re.search(r'<meta name="robots" content="[^"]*noindex', html), address
        canonical = re.search(r'<link rel="canonical" href="([^"]+)"', html)
        assert canonical is None or canonical[1] == address, address


def test_the_site_map_names_nothing_that_is_not_public():
    make_draft("Xyzzy", tags=["Plugh"])
    kept = make_term("Kept")
    merge(kept, make_term("Absorbed"))
    workflow.remove(term_id=make_term("Removed").pk, by=make_user("Chief editors"), reason="No.")

    terms = {address for address in sitemap_of("/sitemap.xml") if "/terms/" in address or "/tags/" in address}

    assert terms == {f"{HERE}/tags/", f"{HERE}/terms/kept/"}


def test_a_large_glossary_has_a_site_map_in_parts(monkeypatch):
    monkeypatch.setattr(discovery, "ADDRESSES_PER_PART", 2)
    names = ["C1", "A1", "E1", "D1", "B1"]
    for number, name in enumerate(names):
        make_term(name)
        # What is not public leaves no gap.
        make_draft(f"Draft {number}")

    parts = sitemap_of("/sitemap.xml")

    assert list(parts) == [f"{HERE}/sitemap-{number}.xml" for number in (1, 2, 3, 4)]
    first, *others = [sitemap_of(part.removeprefix(HERE)) for part in parts]
    assert f"{HERE}/a-z/" in first
    assert [[address.split("/")[-2] for address in part] for part in others] == [
        ["c1", "a1"],
        ["e1", "d1"],
        ["b1"],
    ]
    assert Client().get("/sitemap-5.xml").status_code == 404


@pytest.mark.parametrize("number", ["2", "0", "-1", "01", "x", "999999999", "9999999999"])
def test_a_part_that_is_not_there_is_not_found(number):
    assert Client().get(f"/sitemap-{number}.xml").status_code == 404


def test_an_empty_glossary_has_a_site_map():
    assert f"{HERE}/" in sitemap_of("/sitemap.xml")
    assert sitemap_of("/sitemap.xml") == sitemap_of("/sitemap-1.xml")


def test_addresses_in_the_site_map_are_those_of_the_site_and_escaped(settings):
    settings.SITE_URL = "https://glossary.example"
    make_term("Größe & Maß 数")
    make_term("C++")

    found = sitemap_of("/sitemap.xml", host="https://glossary.example")

    assert "https://glossary.example/terms/grosse-and-mass-%E6%95%B0/" in found
    assert "https://glossary.example/terms/c-plus-plus/" in found


def test_a_part_of_the_site_map_asks_no_more_with_more_terms():
    def asked():
        Client().get("/sitemap-2.xml")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            Client().get("/sitemap-2.xml")
        return len(captured)

    make_term("Dropout")
    few = asked()
    for number in range(5):
        make_term(f"Term {number}")

    assert asked() == few


# --- Robots --------------------------------------------------------------------------------------


def test_robots_may_read_terms_and_nothing_that_is_of_one_person_or_without_end(settings):
    settings.SITE_URL = "https://glossary.example"

    lines = text_of("/robots.txt").splitlines()

    robots = RobotFileParser()
    robots.parse(lines)
    assert robots.site_maps() == ["https://glossary.example/sitemap.xml"]
    for path in ("/", "/terms/dropout/", "/terms/dropout.md", "/a-z/s/", "/tags/search/", "/api/v1/terms/"):
        assert robots.can_fetch("Bot", path), path
    for path in ("/admin/", "/account/login/", "/search?q=x", "/random/", "/suggest/", "/suggestions/x/"):
        assert not robots.can_fetch("Bot", path), path
    # The parser of Python knows no stars.
    assert "Disallow: /terms/*/suggest/" in lines


# --- llms.txt ------------------------------------------------------------------------------------


def test_a_language_model_is_led_to_every_term(settings):
    settings.SITE_TAGLINE = "Words of the trade."
    make_term("Dropout", short_definition="Units are left out.")
    make_term("Kernel", qualifier="GPU")
    deprecate(make_term("Old word", short_definition="Not used."))
    make_draft("Xyzzy")

    found = valid_llms_txt(text_of("/llms.txt"))

    assert (found["title"], found["summary"]) == ("Termbook", "Words of the trade.")
    assert "A glossary of 3 terms." in found["text"][0]
    assert list(found["sections"]) == ["D", "K", "O", "Optional"]
    assert found["sections"]["D"] == [
        {"title": "Dropout", "url": f"{HERE}/terms/dropout.md", "note": "Units are left out."}
    ]
    assert found["sections"]["K"][0]["title"] == "Kernel (GPU)"
    assert found["sections"]["O"][0]["note"] == "Deprecated. Not used."


def test_every_link_for_a_language_model_leads_somewhere():
    make_term("Dropout", tags=["Training"])
    found = valid_llms_txt(text_of("/llms.txt"))
    client = Client()

    for link in (link for links in found["sections"].values() for link in links):
        assert client.get(link["url"].removeprefix(HERE)).status_code == 200, link


def test_a_large_glossary_tells_a_language_model_how_to_search(monkeypatch):
    monkeypatch.setattr(discovery, "LISTED_TERMS", 1)
    make_term("Dropout", tags=["Training"])
    make_term("Adam", tags=["Training", "Open"])

    found = valid_llms_txt(text_of("/llms.txt"))["sections"]

    assert list(found) == ["Search", "Tags", "Letters", "Optional"]
    assert found["Search"][0]["url"] == f"{HERE}/api/v1/search?q=WORDS"
    assert found["Tags"] == [{"title": "Training", "url": f"{HERE}/tags/training/", "note": "2 terms"}]
    assert [link["note"] for link in found["Letters"]] == ["1 name", "1 name"]
    client = Client()
    for link in (link for links in found.values() for link in links):
        assert client.get(link["url"].removeprefix(HERE)).status_code == 200, link


def test_hostile_names_break_no_list_for_language_models(settings):
    settings.SITE_NAME = "A\n## name"
    settings.SITE_TAGLINE = "> # Words\n\n- [x](y)"
    make_term("Array[0](x)", short_definition="](http://evil.example) [x]: \u2028 y")
    make_term("# Heading")

    found = valid_llms_txt(text_of("/llms.txt"))

    titles = [link["title"] for links in found["sections"].values() for link in links]
    assert found["title"] == "A ## name"
    assert {"Array&#91;0&#93;(x)", "# Heading"} <= set(titles)


def test_an_empty_glossary_has_a_list_for_language_models(settings):
    settings.SITE_TAGLINE = ""

    found = valid_llms_txt(text_of("/llms.txt"))

    assert (found["summary"], list(found["sections"])) == ("", ["Optional"])


def test_the_whole_glossary_comes_as_one_markdown_text():
    make_term("Dropout", definition="Units are left out, as in Adam.", tags=["Training"])
    make_term("Adam", definition="First text.")
    deprecate(make_term("Old word"))
    make_draft("Xyzzy")

    text = text_of("/llms-full.txt")

    pages = text.split("\n---\n\n")
    assert pages[0].startswith("# Termbook\n")
    assert [page.split("\n")[0] for page in pages[1:]] == ["# Adam", "# Dropout", "# Old word"]
    twin = Client().get("/terms/dropout.md").content.decode()
    assert pages[2] == twin
    assert "Xyzzy" not in text


def test_the_whole_glossary_is_read_some_terms_at_a_time(monkeypatch):
    monkeypatch.setattr(discovery, "_AT_A_TIME", 2)
    for name in ("A1", "B1", "C1", "D1", "E1"):
        make_term(name)
    pieces = iter(Client().get("/llms-full.txt").streaming_content)
    assert b"# Termbook" in next(pieces)
    assert b"# A1" in next(pieces)

    workflow.remove(term_id=Term.objects.get(name="D1").pk, by=make_user("Chief editors"), reason="No.")

    rest = b"".join(pieces)
    assert re.findall(rb"^# (\w+)", rest, re.MULTILINE) == [b"B1", b"C1", b"E1"]


def test_the_whole_glossary_is_compressed_on_its_way():
    make_term("Dropout", definition="Units are left out. " * 100)

    response = Client().get("/llms-full.txt", headers={"accept-encoding": "gzip"})

    assert response.headers["Content-Encoding"] == "gzip"
    assert publishing.MADE_FROM not in response.wsgi_request.META


def test_one_whole_glossary_is_sent_at_a_time(monkeypatch):
    monkeypatch.setattr(web, "_one_download", BoundedSemaphore(1))
    make_term("Dropout")
    client = Client()
    first = client.get("/llms-full.txt")

    second = client.get("/llms-full.txt")

    assert (second.status_code, second.headers["Retry-After"]) == (429, "60")
    assert second.headers["Cache-Control"] == "no-store"
    body_of(first)
    assert client.get("/llms-full.txt").status_code == 200


# --- Chance --------------------------------------------------------------------------------------


def test_chance_leads_to_every_published_term_and_no_other(monkeypatch):
    terms = [make_term(name) for name in ("A1", "B1", "C1")]
    deprecated = deprecate(make_term("Old word"))
    draft = make_draft("Xyzzy").term
    led_to = {}

    for term in (*terms, deprecated, draft):
        monkeypatch.setattr(daily, "_any_point", partial(str, term.public_id))
        led_to[term.name] = Client().get("/random/").headers["Location"]

    addresses = {"A1": "/terms/a1/", "B1": "/terms/b1/", "C1": "/terms/c1/"}
    assert led_to == {**led_to, **addresses}
    assert set(led_to.values()) == set(addresses.values())


def test_chance_differs_from_time_to_time_and_is_kept_by_nobody():
    make_term("Dropout")

    answer = Client().get("/random/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/terms/dropout/")
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert "ETag" not in answer.headers
    assert len({daily._any_point() for _ in range(20)}) == 20


def test_chance_is_never_told_that_nothing_changed():
    make_term("Dropout")

    assert Client().get("/random/", headers={"if-none-match": "*"}).status_code == 302


def test_chance_leads_home_where_nothing_is_published():
    make_draft("Xyzzy")

    assert Client().get("/random/").headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/random/", "/sitemap.xml", "/robots.txt", "/llms.txt", "/changes.atom"])
def test_what_programs_read_is_only_read(path):
    assert Client().post(path).status_code == 405
    assert Client().head(path).status_code in {200, 302}


# --- OpenSearch ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Termbook", "A glossary with a very long name & <more>", "Glossaire français 数"]
)
def test_the_description_of_the_search_keeps_its_schema(settings, name):
    settings.SITE_NAME = name
    settings.SITE_TAGLINE = "Words <in> use & more"

    valid_xml(Client().get("/opensearch.xml").content, "opensearch")


# --- The checks themselves -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<ShortName>Termbook</ShortName>", b""),
        (b"<ShortName>Termbook<", b"<ShortName>A name of seventeen<"),
        (b"<InputEncoding>UTF-8<", b"<InputEncoding>any of them<"),
        (b'rel="self"', b'rel="me"'),
        (b"{searchTerms}", b"{search terms}"),
        (b'type="text/html"', b""),
        (b"<OutputEncoding>", b"<Outputs/><OutputEncoding>"),
    ],
)
def test_a_broken_description_of_the_search_is_refused(old, new):
    data = Client().get("/opensearch.xml").content
    assert old in data

    with pytest.raises(AssertionError, match="opensearch"):
        valid_xml(data.replace(old, new, 1), "opensearch")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"http://testserver/about/", b"/about/"),
        (b"http://testserver/about/", b"http://elsewhere.example/about/"),
        (b"http://testserver/about/", b"http://testserver/"),
        (b"/about/", b"/a b/"),
        (b"/about/", "/ä/".encode()),
        (b"<lastmod>20", b"<lastmod>on 20"),
        (b"</url>", b"<name/></url>"),
        (b"sitemap/0.9", b"sitemap/0.8"),
    ],
)
def test_a_broken_site_map_is_refused(old, new):
    make_term("Dropout")
    data = Client().get("/sitemap.xml").content
    assert old in data

    with pytest.raises((AssertionError, etree.XMLSyntaxError)):
        valid_sitemap(data.replace(old, new, 1), host=HERE)


GOOD = """# Name

> Summary.

Text.

## A

- [x](http://a/): note
- [y](http://b/)

## Optional

- [z](c)
"""


def test_a_list_for_language_models_is_understood():
    assert valid_llms_txt(GOOD) == {
        "title": "Name",
        "summary": "Summary.",
        "text": ["Text."],
        "sections": {
            "A": [
                {"title": "x", "url": "http://a/", "note": "note"},
                {"title": "y", "url": "http://b/", "note": ""},
            ],
            "Optional": [{"title": "z", "url": "c", "note": ""}],
        },
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# Name\n\n", ""),
        ("# Name", "## Name"),
        ("Text.", "### Text"),
        ("> Summary.", "> Summary.\n> More."),
        ("- [y](http://b/)", "y: http://b/"),
        ("- [y](http://b/)", "- [y]"),
        ("[x](http://a/)", "[x]y](http://a/)"),
        ("[x](http://a/)", "[x](http://a /)"),
        ("## A", "## Optional"),
        ("## A\n", "## A\n\nText.\n"),
        ("## Optional", "## Optional\n\n- [z](c)\n\n## B"),
    ],
)
def test_a_broken_list_for_language_models_is_refused(old, new):
    assert old in GOOD

    with pytest.raises(AssertionError):
        valid_llms_txt(GOOD.replace(old, new, 1))


@pytest.mark.ci
def test_what_programs_read_of_the_starter_glossary_is_valid(monkeypatch):
    call_command("loaddata", "groups", "starter", verbosity=0)

    found = valid_llms_txt(text_of("/llms.txt"))
    assert sum(map(len, found["sections"].values())) > Term.objects.published().count()
    assert len(sitemap_of("/sitemap.xml")) > Term.objects.published().count() + Tag.objects.count()
    monkeypatch.setattr(discovery, "ADDRESSES_PER_PART", 100)
    parts = [sitemap_of(part.removeprefix(HERE)) for part in sitemap_of("/sitemap.xml")]
    addresses = [address for part in parts for address in part]
    assert len(set(addresses)) == len(addresses) > Term.objects.published().count()
    assert text_of("/llms-full.txt").count("\n---\n\n# ") == Term.objects.published().count()
