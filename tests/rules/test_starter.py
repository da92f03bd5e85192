"""The starter glossary: made from its texts, loadable, sound."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction

from terms import checking, duplicates, linking, markup, revisions, search, text
from terms.models import Event, Relation, Tag, Term

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    entry
    for path in sorted((ROOT / "fixtures" / "starter").glob("*.yaml"))
    for entry in yaml.safe_load(path.read_text("utf-8"))
]
ACCEPTED = {"There is no source."}
# Capitals that nobody writes out, and what they name.
ACCEPTED_NAMES = {
    "AMD": "a company",
    "AWS": "a company",
    "BART": "a model",
    "BLEU": "a measure",
    "COCO": "a data set",
    "DINO": "a method",
    "HIP": "a language",
    "IEEE": "an institute",
    "JSON": "a format",
    "NP": "a complexity class",
    "ROUGE": "a measure",
    "RPC": "half of JSON-RPC, a protocol",
    "SXM": "a socket",
    "SYCL": "a language",
    "XLA": "a compiler",
    "XLM": "half of XLM-R, a model",
    "YAML": "a format",
}
entries = pytest.mark.parametrize("entry", TEXTS, ids=[entry["key"] for entry in TEXTS])


@pytest.fixture(scope="module")
def starter(django_db_setup, django_db_blocker):
    """The whole glossary in the database, loaded once for all tests here and taken back afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("loaddata", "groups", "starter", verbosity=0)
        yield
        transaction.set_rollback(True)


def unexplained(sentence):
    """Return the abbreviations that a sentence of advice names; none if it is about something else."""
    listed = re.fullmatch(r"Not explained: ([A-Z0-9, ]+)\. Write it out where .+", sentence)
    return set(listed[1].split(", ")) if listed else set()


def test_it_is_large_enough_and_has_one_of_each_kind():
    statuses = {entry.get("status", "published") for entry in TEXTS}
    names = [text.name_key(entry["name"]) for entry in TEXTS]
    everything = "\n".join(entry["definition"] for entry in TEXTS)

    assert len(TEXTS) >= 372
    assert len([entry for entry in TEXTS if entry.get("sources")]) >= 60
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
    assert 60 <= len([word for word in entry["definition"].split() if re.search(r"\w", word)]) <= 250


@entries
def test_an_entry_is_set_without_a_problem(entry):
    assert markup.to_html(entry["definition"]).problems == ()


@pytest.mark.once
@pytest.mark.ci
@pytest.mark.django_db
def test_the_fixture_is_what_the_texts_make(tmp_path):
    call_command("build_starter", output=tmp_path / "starter.json", verbosity=0)

    made = json.loads((tmp_path / "starter.json").read_text("utf-8"))
    assert made == json.loads((ROOT / "fixtures" / "starter.json").read_text("utf-8"))


@pytest.mark.ci
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


@pytest.mark.once
@pytest.mark.ci
def test_nothing_in_it_deserves_a_reviewers_look(starter):
    """Not circular, not cut, no unknown abbreviation, no word that should not be used any more."""
    advice = {
        (term.full_name, sentence)
        for term in Term.objects.published().select_related("live_revision")
        for sentence in checking.check(term.live_revision.content, term=term).advisory
        if sentence not in ACCEPTED
    }
    names = {(name, sentence): unexplained(sentence) for name, sentence in advice}

    assert {of for of, some in names.items() if not some or some - ACCEPTED_NAMES.keys()} == set()
    assert set().union(*names.values()) == ACCEPTED_NAMES.keys(), "an accepted name is not needed any more"


@pytest.mark.once
def test_no_two_entries_are_the_same_concept(starter):
    """By our own finder of look-alikes; the two kernels are one word with two meanings."""
    reader = AnonymousUser()
    alike = {
        (term.full_name, found.term.full_name, found.reason)
        for term in Term.objects.published()
        for found in duplicates.find_like(
            term.name,
            by=reader,
            qualifier=term.qualifier,
            aliases=[alias.text for alias in term.aliases.all()],
            exclude=term.pk,
        )
    }

    assert {pair for pair in alike if not pair[0].startswith("Kernel (")} == set()


def test_relations_and_tags_are_known_and_described(starter):
    tags = Tag.objects.with_public_counts()

    assert [tag.name for tag in tags if not tag.description] == []
    assert {relation.kind for relation in Relation.objects.all()} >= {"broader", "related"}
