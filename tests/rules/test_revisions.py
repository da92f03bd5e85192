"""What of a term is content: cleaned, compared, written."""

import pytest
from builders import make_term, make_user
from hypothesis import given
from hypothesis import strategies as st

from terms import revisions
from terms.errors import InvalidContent
from terms.models import Tag


def clean(**given_content):
    return revisions.clean({"name": "Dropout", **given_content}, by=make_user(), make_tags=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "field", "sentence"),
    [
        ({"name": "  "}, "name", "needs a name"),
        ({"name": "x" * 201}, "name", "200 are allowed"),
        ({"name": "\u200b"}, "name", "visible sign"),
        ({"name": 7}, "name", "is not a text"),
        ({"name": "a\x00b"}, "name", "control characters"),
        ({"name": "a\ud800b"}, "name", "control characters"),
        ({"name": "ﷺ" * 40}, "name", "too long"),
        ({"short_definition": "x" * 161}, "short_definition", "160 are allowed"),
        ({"definition": "x" * 200_001}, "definition", "200,000 are allowed"),
        ({"slug": "A b/c"}, "slug", "Try “a-b-c”"),
        ({"status": "live"}, "status", "is not one of"),
        ({"status": "deprecated"}, "deprecation_reason", "say why"),
        ({"aliases": [{"text": "A", "kind": "nick"}]}, "aliases", "is not one of"),
        ({"aliases": ["A", "a"]}, "aliases", "stands there twice"),
        ({"aliases": [{"text": "A", "colour": "red"}]}, "aliases", "other parts than"),
        ({"aliases": "A"}, "aliases", "give a list"),
        ({"aliases": [[]]}, "aliases", "other parts than"),
        ({"aliases": ["…"] * 501}, "aliases", "500 are allowed"),
        ({"tags": ["!!"]}, "tags", "one letter or digit"),
        ({"relations": ["Nowhere"]}, "relations", "there is no term “Nowhere”"),
        ({"sources": [{"url": "javascript:alert(1)"}]}, "sources", "is not a web address"),
        ({"sources": [{"title": ""}]}, "sources", "needs a title"),
        ({"notes": [{"kind": "example", "text": " "}]}, "notes", "needs a text"),
        ({"external_ids": [{"scheme": "wikidata"}]}, "external_ids", "both the scheme and the value"),
        ({"review_by": "tomorrow"}, "review_by", "YYYY-MM-DD"),
        ({"links_itself": "yes"}, "links_itself", "true or false"),
        ({"colour": "red"}, "colour", "There is no field"),
    ],
)
def test_what_is_wrong_is_said_field_by_field(content, field, sentence):
    with pytest.raises(InvalidContent) as refusal:
        clean(**content)

    assert any(sentence in line for line in refusal.value.problems[field])


@pytest.mark.django_db
def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InvalidContent) as refusal:
        clean(short_definition="x" * 200, review_by="soon", aliases=["…"])

    assert set(refusal.value.problems) == {"short_definition", "review_by"}


@pytest.mark.django_db
def test_absent_fields_come_from_the_base():
    base = clean(definition="Kept.", aliases=["DO"])

    changed = revisions.clean({"short_definition": "New."}, by=make_user(), base=base)

    assert (changed["definition"], changed["short_definition"]) == ("Kept.", "New.")
    assert changed["aliases"] == base["aliases"]


@pytest.mark.django_db
def test_who_cannot_see_hidden_parts_cannot_take_them_out(contributor, editor):
    hidden, private = {"text": "Typo", "kind": "hidden"}, {"kind": "editorial", "text": "Ask Ann."}
    base = clean(aliases=["Old", hidden], notes=[private])

    by_contributor = revisions.clean({"aliases": ["New"], "notes": []}, by=contributor, base=base)
    by_editor = revisions.clean({"aliases": ["New"], "notes": []}, by=editor, base=base)

    assert [alias["text"] for alias in by_contributor["aliases"]] == ["New", "Typo"]
    assert by_contributor["notes"] == [private]
    assert [alias["text"] for alias in by_editor["aliases"]] == ["New"]
    assert by_editor["notes"] == []


@pytest.mark.django_db
def test_white_space_line_ends_and_accents_are_evened():
    content = clean(name="  Drop \t out ", definition="one\r\ntwo\r\n\n", short_definition="cafe\u0301")

    assert (content["name"], content["definition"], content["short_definition"]) == (
        "Drop out",
        "one\ntwo",
        "café",
    )


@pytest.mark.django_db
def test_the_name_itself_is_no_other_name():
    assert [alias["text"] for alias in clean(aliases=["dropout", "DO"])["aliases"]] == ["DO"]


@pytest.mark.django_db
def test_tags_are_known_by_name_or_slug_whatever_the_case():
    Tag.objects.create(name="Fine-tuning", slug="fine-tuning")

    content = clean(tags=["FINE-TUNING", "fine-tuning", "Fine-tuning", "New one"])

    assert content["tags"] == ["fine-tuning", "new-one"]
    assert Tag.objects.count() == 1


@pytest.mark.django_db
def test_an_ambiguous_relation_is_asked_back():
    make_term("Kernel", qualifier="GPU computing")
    make_term("Kernel", qualifier="machine learning")

    with pytest.raises(InvalidContent, match="several terms are called “Kernel”"):
        clean(relations=["Kernel"])


def test_a_stale_text_takes_over_what_its_author_did_not_touch():
    base = {**revisions.EMPTY, "name": "A", "definition": "Old.", "short_definition": "Old.", "tags": ["a"]}
    current = {**base, "definition": "Theirs.", "tags": ["a", "b"], "qualifier": "same"}
    local = {**base, "short_definition": "Mine.", "tags": ["a", "c"], "qualifier": "same"}

    content, collisions = revisions.carry_over(base, current, local)

    assert content["definition"] == "Theirs."
    assert content["short_definition"] == "Mine."
    assert content["tags"] == ["a", "b", "c"]
    assert collisions == []


@pytest.mark.django_db
def test_difference_names_each_field_and_word():
    before, after = clean(definition="A quick brown fox.", tags=["A"]), clean(definition="A slow brown fox.")

    changes = {change.field: change for change in revisions.difference(before, after)}

    assert set(changes) == {"definition", "tags"}
    assert changes["definition"].pieces == (
        ("equal", "A "),
        ("delete", "quick"),
        ("insert", "slow"),
        ("equal", " brown fox."),
    )
    assert changes["tags"].pieces == (("delete", "a"),)


@pytest.mark.django_db
def test_difference_shows_relations_by_name():
    other = make_term("Layer")
    related = {"kind": "broader", "target": other.public_id}

    [change] = revisions.difference(clean(), clean(relations=[related]))

    assert change.pieces == (("insert", "Layer (broader)"),)


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_pieces_of_a_difference_give_back_both_texts(before, after):
    contents = [{**revisions.EMPTY, "definition": text} for text in (before, after)]

    pieces = [piece for change in revisions.difference(*contents) for piece in change.pieces]

    if before != after:
        assert "".join(text for op, text in pieces if op != "insert") == before
        assert "".join(text for op, text in pieces if op != "delete") == after
