"""What the head of a page says to programs: JSON-LD in the words of schema.org, and other forms."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from builders import make_term
from django.test import Client
from django.utils import timezone
from pyld import jsonld

from terms import exporting, workflow
from terms.formats import WRITERS
from terms.formats.record import Glossary

pytestmark = pytest.mark.django_db

SCHEMA = "https://schema.org/"
HOSTILE = "</script><script>alert(1)</script><!-- \"'& \\u003c"

# schema.org: what each type may say, with what its parents may, as far as somebody could think of it here.
THING = {"name", "alternateName", "description", "disambiguatingDescription", "url", "sameAs", "subjectOf"}
THING |= {"identifier", "potentialAction", "additionalType", "mainEntityOfPage"}
CREATIVE_WORK = THING | {"inLanguage", "license", "dateModified", "creativeWorkStatus", "abstract", "about"}
PROPERTIES = {
    "DefinedTerm": THING | {"termCode", "inDefinedTermSet"},
    "DefinedTermSet": CREATIVE_WORK | {"hasDefinedTerm"},
    "WebPage": CREATIVE_WORK,
    "ReplaceAction": THING | {"replacer", "replacee", "object", "agent"},
}


class Head(HTMLParser):
    """The links of a page, and what its scripts of data say."""

    def __init__(self, html):
        super().__init__()
        self.links, self.data, self.is_data = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.is_data = tag == "script" and attrs.get("type") == "application/ld+json"
        if tag == "link":
            self.links.append(attrs)

    def handle_data(self, data):
        if self.is_data:
            self.data.append(json.loads(data))
            self.is_data = False


def head_of(address, status=200):
    response = Client().get(address)
    assert response.status_code == status
    return Head(response.content.decode())


def data_of(address):
    [data] = head_of(address).data
    return data


def expanded(data):
    """Return the data as PyLD reads it: with the context that schema.org has for it, which is not fetched."""
    contexts = {"https://schema.org": {"@context": {"@vocab": SCHEMA, "id": "@id", "type": "@type"}}}

    def load(url, _options):
        return {"document": contexts[url], "documentUrl": url, "contextUrl": None}

    return jsonld.expand(data, {"documentLoader": load})


def things_in(value):
    """Yield everything that has a type."""
    if isinstance(value, dict):
        if "@type" in value:
            yield value
        for inner in value.values():
            yield from things_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from things_in(inner)


def check(data):
    """Check that every property is one that schema.org has for its type."""
    for thing in things_in(expanded(data)):
        [kind] = thing["@type"]
        allowed = {SCHEMA + name for name in PROPERTIES[kind.removeprefix(SCHEMA)]}
        assert {name for name in thing if not name.startswith("@")} <= allowed, thing


def test_a_term_says_what_it_is_in_the_words_of_schema_org():
    term = make_term(
        "Pod",
        qualifier="ships",
        short_definition="A streamlined housing.",
        aliases=[
            "Nacelle",
            {"text": "Gondel", "kind": "translation", "language": "de"},
            {"text": "Podd", "kind": "misspelling"},
            {"text": "Egg", "status": "forbidden"},
            {"text": "Secret", "kind": "hidden"},
        ],
        external_ids=[
            {"scheme": "wikidata", "value": "https://www.wikidata.org/entity/Q1"},
            {"scheme": "uri", "value": "https://w.example/2", "mapping": "close"},
            {"scheme": "loc", "value": "sh1"},
        ],
    )

    data = data_of("/terms/pod-ships/")

    assert data == {
        "@context": "https://schema.org",
        "@type": "DefinedTerm",
        "@id": f"http://testserver/t/{term.public_id}/",
        "name": "Pod",
        "disambiguatingDescription": "ships",
        "termCode": term.public_id,
        "alternateName": ["Nacelle", {"@value": "Gondel", "@language": "de"}],
        "description": "A streamlined housing.",
        "url": "http://testserver/terms/pod-ships/",
        "sameAs": ["https://www.wikidata.org/entity/Q1"],
        "inDefinedTermSet": {
            "@type": "DefinedTermSet",
            "@id": "http://testserver/#set",
            "name": "Termbook",
            "url": "http://testserver/",
            "inLanguage": "en-us",
        },
    }
    check(data)


def test_a_page_says_no_other_than_the_export(settings):
    settings.SITE_URL = "https://g.example"
    make_term("Keel", short_definition="The lowest timber.", aliases=["Spine"])

    page = data_of("/terms/keel/")

    records = exporting.records(exporting.Selection(), by=Client().get("/").wsgi_request.user)
    export = json.loads(
        b"".join(WRITERS["schema-org"].write(records, Glossary("Termbook", "https://g.example/")))
    )
    [exported] = export["hasDefinedTerm"]
    assert {name: page[name] for name in page if name not in ("@context", "inDefinedTermSet")}.items() <= (
        exported.items()
    )
    assert page["inDefinedTermSet"]["@id"] == exported["inDefinedTermSet"]["@id"] == export["@id"]


def test_a_deprecated_term_says_so_and_names_what_to_use_instead(reviewer):
    frame, rib = make_term("Frame"), make_term("Rib")
    workflow.deprecate(term_id=rib.pk, by=reviewer, reason="Out of use.", successors=[frame.public_id])

    data = data_of("/terms/rib/")

    check(data)
    assert data["subjectOf"] == {
        "@type": "WebPage",
        "url": "http://testserver/terms/rib/",
        "creativeWorkStatus": "Deprecated",
        "abstract": "Out of use.",
    }
    [successor] = data["potentialAction"]["replacer"]
    assert successor == {
        "@type": "DefinedTerm",
        "@id": f"http://testserver/t/{frame.public_id}/",
        "name": "Frame",
    }
    assert "potentialAction" not in data_of("/terms/frame/")


def test_without_a_short_definition_the_first_paragraph_is_the_description():
    make_term("Keel", definition="The *lowest* $x$ [timber](https://g.example/).\nOf a hull.\n\nMore.")
    make_term("Rib", short_definition="A timber.", definition="")

    assert data_of("/terms/keel/")["description"] == "The lowest x timber. Of a hull."
    assert data_of("/terms/rib/")["description"] == "A timber."


def test_no_text_ends_the_script_around_it(settings):
    settings.SITE_NAME = settings.SITE_TAGLINE = HOSTILE
    make_term("Keel", short_definition=HOSTILE, aliases=[HOSTILE])

    for address in ("/terms/keel/", "/"):
        html = Client().get(address).content.decode()
        [script] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
        assert "<" not in script
        assert json.loads(script)["description"] == HOSTILE


def test_the_front_page_says_what_the_glossary_is(settings):
    settings.LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"
    make_term("Keel")

    data = data_of("/")

    check(data)
    assert data == {
        "@context": "https://schema.org",
        "@type": "DefinedTermSet",
        "@id": "http://testserver/#set",
        "name": "Termbook",
        "url": "http://testserver/",
        "inLanguage": "en-us",
        "description": "Words that matter, explained.",
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }


def test_the_check_sees_what_schema_org_does_not_have():
    term = {"@context": "https://schema.org", "@type": "DefinedTerm", "inLanguage": "en"}

    with pytest.raises(AssertionError, match="inLanguage"):
        check(term)


# --- Links ---------------------------------------------------------------------------------------


def test_a_page_names_its_other_forms_and_they_are_there():
    make_term("C++")

    links = [link for link in head_of("/terms/c-plus-plus/").links if link["rel"] == "alternate"]

    forms = {link["type"]: link["href"] for link in links if link["type"] != "application/atom+xml"}
    assert list(forms) == [form.media_type for form in exporting.TWINS.values()]
    for media_type, address in forms.items():
        response = Client().get(address)
        assert response.status_code == 200
        assert response.headers["Content-Type"].partition(";")[0] == media_type


def test_every_page_on_a_term_says_that_the_term_is_the_page_to_know():
    make_term("Keel")

    for path in ("", "history/", "compare/", "v/1/", f"?as_of={timezone.localdate()}", "?x=1"):
        links = head_of(f"/terms/keel/{path}").links
        canonical = [link["href"] for link in links if link["rel"] == "canonical"]
        assert canonical == ["http://testserver/terms/keel/"], path
