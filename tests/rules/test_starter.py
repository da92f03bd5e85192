"""The starter glossary: made from its texts, loadable, sound."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from terms import linking, markup, revisions, search, text
from terms.models import Event, Term

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    entry
    for path in sorted((ROOT / "fixtures" / "starter").glob("*.yaml"))
    for entry in yaml.safe_load(path.read_text("utf-8"))
]
entries = pytest.mark.parametrize("entry", TEXTS, ids=[entry["key"] for entry in TEXTS])


@pytest.fixture
def starter(db):
    call_command("loaddata", "groups", "starter", verbosity=0)


def test_it_is_large_enough_and_has_one_of_each_kind():
    statuses = {entry.get("status", "published") for entry in TEXTS}
    names = [text.name_key(entry["name"]) for entry in TEXTS]
    everything = "\n".join(entry["definition"] for entry in TEXTS)

    assert len(TEXTS) >= 60
    assert statuses == {"published", "deprecated"}
    assert len(set(names)) < len(names), "no homographs"
    assert "```python" in everything
    assert re.search(r"^\|", everything, re.MULTILINE)
    assert "$$" in everything


@entries
def test_an_entry_says_what_the_thing_is(entry):
    short = entry["short_definition"]
    name = text.words(entry["name"])

    assert 20 <= len(short) <= 160
    assert short.endswith(".")
    assert short[0].isupper() or short[0].isdigit()
    assert text.words(short)[: len(name)] != name, "circular: it begins with its own name"
    assert 60 <= len(entry["definition"].split()) <= 260


@entries
def test_an_entry_is_set_without_a_problem(entry):
    assert markup.to_html(entry["definition"]).problems == ()


@pytest.mark.django_db
def test_the_fixture_is_what_the_texts_make(tmp_path):
    call_command("build_starter", output=tmp_path / "starter.json", verbosity=0)

    made = json.loads((tmp_path / "starter.json").read_text("utf-8"))
    assert made == json.loads((ROOT / "fixtures" / "starter.json").read_text("utf-8"))


def test_the_fixture_loads_whole_and_twice(starter):
    call_command("loaddata", "starter", verbosity=0)

    terms = Term.objects.published()
    assert terms.count() == len(TEXTS)
    assert Event.objects.filter(is_public=True).count() == len(TEXTS)
    for term in terms.select_related("live_revision"):
        assert revisions.snapshot(term) == term.live_revision.content
        assert term.document["definition_html"] == term.definition_html
    assert search.search("BPE").hits[0].term.name == "Byte pair encoding"


def test_every_link_in_a_text_leads_somewhere(starter):
    table = linking.lookup()

    dead = {
        (entry["key"], name)
        for entry in TEXTS
        for name in markup.linked_names(entry["definition"])
        if table.get(text.name_key(name)) is None
    }

    assert dead == set()
