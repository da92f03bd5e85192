"""One term into two on the desk: choose piece by piece, look, do or propose; no choice is lost."""

import re
from html.parser import HTMLParser

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import client_of, text_of
from snapshots import hash_of_all_rows

from terms import merging, revisions, workflow
from terms.models import MergeProposal, Operation, Term

pytestmark = pytest.mark.django_db

GPU = "A kernel runs on every thread of a GPU."
SCORE = "A kernel measures how alike two vectors are."


class Fields(HTMLParser):
    """What a browser would send of the form of the page, its buttons apart."""

    def __init__(self, html):
        super().__init__()
        self.data, self.typing, self.depth = {}, None, 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.depth += "merge-form" in attrs.get("class", "")
        if not self.depth or "name" not in attrs:
            return
        is_choice = attrs.get("type") in {"radio", "checkbox"}
        if tag == "input" and (not is_choice or "checked" in attrs):
            self.data.setdefault(attrs["name"], []).append(attrs.get("value", ""))
        if tag == "textarea":
            self.typing = attrs["name"]
            self.data[self.typing] = [""]

    def handle_endtag(self, tag):
        self.typing = None if tag == "textarea" else self.typing
        self.depth -= tag == "form" and self.depth > 0

    def handle_data(self, data):
        if self.typing:
            self.data[self.typing][0] += data


def address_of(term):
    return f"/admin/terms/term/{term.pk}/split/"


def fields_of(response):
    return Fields(response.content.decode()).data


def key_of(response, label):
    """Return the name of the radios of a piece that shows this text."""
    pieces = re.findall(r'<fieldset class="split-item.*?</fieldset>', response.content.decode(), re.DOTALL)
    [found] = [re.search(r'name="(in\.[^"]+)"', piece)[1] for piece in pieces if label in piece]
    return found


@pytest.fixture
def kernel(db):
    return make_term(
        "Kernel",
        definition=f"{GPU}\n\n{SCORE}",
        aliases=["Compute kernel", "Covariance function"],
        tags=["Hardware"],
        sources=["A manual"],
        notes=[{"kind": "usage", "text": "Said of functions."}],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
    )


def choose(client, term, **typed):
    """Open the page and choose: the second half and one name go to the part."""
    page = client.get(address_of(term))
    return fields_of(page) | {
        key_of(page, "vectors"): "part",
        key_of(page, "Covariance function"): "part",
        "stays.qualifier": "GPU",
        "part.name": "Kernel",
        "part.qualifier": "statistics",
        "address": "both",
        **typed,
    }


def look(client, term, data):
    return client.post(address_of(term), {**data, "_preview": "1"})


def press(client, term, shown, button="split", **typed):
    return client.post(address_of(term), {**fields_of(shown), **typed, f"_{button}": "1"}, follow=True)


def test_a_term_is_split_piece_by_piece(kernel, chief):
    client = client_of(chief)

    shown = look(client, kernel, choose(client, kernel))
    done = press(client, kernel, shown, comment="Two meanings.")

    operation = Operation.objects.get(kind="split")
    part = operation.split.part
    stays, taken = revisions.snapshot(Term.objects.get(pk=kernel.pk)), revisions.snapshot(part)
    assert (stays["definition"], taken["definition"]) == (GPU, SCORE)
    assert [one["text"] for one in stays["aliases"]] == ["Compute kernel"]
    assert [one["text"] for one in taken["aliases"]] == ["Covariance function"]
    assert (stays["tags"], taken["tags"]) == (["hardware"], ["hardware"])
    assert len(Term.objects.resolve("kernel").choices) == 2
    assert operation.note == "Two meanings."
    assert done.redirect_chain[-1][0] == f"/admin/terms/operation/{operation.pk}/change/"
    assert "Undo …" in text_of(done)


def test_looking_writes_nothing(kernel, chief):
    client = client_of(chief)
    data = choose(client, kernel)
    before = hash_of_all_rows()

    shown = look(client, kernel, data)

    assert hash_of_all_rows() == before
    page = text_of(shown)
    assert "at /terms/kernel-statistics/" in page
    assert "asks which of the two is meant" in page


def test_what_is_on_neither_side_is_shown_before(kernel, chief):
    client = client_of(chief)
    data = choose(client, kernel)
    data[key_of(client.get(address_of(kernel)), "A manual")] = "neither"

    page = text_of(look(client, kernel, data))

    assert "On neither side" in page
    assert re.search(r"<del>.*A manual", page)


def test_everything_stays_where_it_is_unless_it_is_moved(kernel, chief):
    client = client_of(chief)

    shown = look(client, kernel, fields_of(client.get(address_of(kernel))) | {"part.name": "Score"})

    preview = shown.context["split"].preview
    assert preview.stays == preview.before
    assert (preview.part["definition"], preview.part["aliases"]) == ("", [])


def test_relations_of_others_are_ticked_one_by_one(kernel, chief):
    to_kernel = [{"kind": "related", "target": kernel.public_id}]
    make_term("Warp", relations=to_kernel)
    moving = make_term("Gaussian process", relations=to_kernel)
    client = client_of(chief)

    shown = look(client, kernel, choose(client, kernel, moves=[f"{moving.public_id}:related"]))
    press(client, kernel, shown)

    part = Operation.objects.get(kind="split").split.part
    assert [one["name"] for _, one in _related(part)] == ["Gaussian process"]


def _related(term):
    document = Term.objects.get(pk=term.pk).document
    return [(one["relation"], one) for one in document["related"]]


def test_nothing_is_done_that_was_not_shown(kernel, chief):
    client = client_of(chief)
    shown = look(client, kernel, choose(client, kernel))

    again = press(client, kernel, shown, **{"part.qualifier": "mathematics"})

    assert not Operation.objects.exists()
    assert "Nothing is split yet" in text_of(again)
    press(client, kernel, again)
    assert Operation.objects.get().split.part.full_name == "Kernel (mathematics)"


def test_a_change_by_somebody_else_is_shown_with_what_was_chosen(kernel, chief):
    client = client_of(chief)
    shown = look(client, kernel, choose(client, kernel))
    changed = propose_change(kernel, definition=f"{GPU}\n\nA new paragraph.\n\n{SCORE}")
    workflow.approve(revision_id=changed.pk, by=make_user("Reviewers"))

    stale = press(client, kernel, shown)

    assert (stale.status_code, Operation.objects.count()) == (409, 0)
    assert "Something was changed since this page was opened" in text_of(stale)
    data = fields_of(stale)
    assert data[key_of(stale, "vectors")] == ["part"]
    assert re.search(r'is-new".{0,300}A new paragraph', text_of(stale))
    press(client, kernel, stale)
    assert Operation.objects.get().split.part.definition == SCORE


def test_a_change_around_it_is_told_too(kernel, chief):
    client = client_of(chief)
    shown = look(client, kernel, choose(client, kernel))
    make_term("Warp", relations=[{"kind": "related", "target": kernel.public_id}])

    stale = press(client, kernel, shown)

    assert (stale.status_code, Operation.objects.count()) == (409, 0)
    assert "Warp" in text_of(stale)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"part.name": ""}, "The part: Name: a term needs a name."),
        ({"part.name": "x" * 300}, "characters are too many"),
        ({"stays.short_definition": "x" * 300}, "What stays: Short definition"),
        ({"part.slug": "No such address!"}, "signs that an address cannot have"),
        ({"address": "nowhere"}, "Address: choose one of"),
        ({"moves": ["zzzzzzzzzz:related"]}, "has no relation"),
        ({"moves": ["nonsense"]}, "has no relation"),
        ({"part.definition": "A\x00B"}, "control characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(typed, sentence, kernel, chief):
    client = client_of(chief)
    data = choose(client, kernel, **{"comment": "Two meanings.", **typed})

    shown = look(client, kernel, data)

    assert shown.status_code == 422
    assert sentence in text_of(shown)
    kept = fields_of(shown)
    assert kept["comment"] == ["Two meanings."]
    assert kept[key_of(shown, "vectors")] == ["part"]


def test_a_conflict_is_shown_and_offers_no_button(kernel, chief):
    client = client_of(chief)

    shown = look(client, kernel, choose(client, kernel, **{"part.qualifier": "GPU"}))

    assert "Both would be called “Kernel (GPU)”" in text_of(shown)
    assert 'name="_split"' not in text_of(shown)


def test_new_words_lead_to_a_proposal(kernel, chief):
    client = client_of(chief)

    shown = look(client, kernel, choose(client, kernel, **{"part.definition": "New words."}))

    assert "Nobody but you has read what is new here: Definition of “Kernel (statistics)”" in text_of(shown)
    assert 'name="_split"' not in text_of(shown)
    press(client, kernel, shown, "propose")
    proposal = MergeProposal.objects.get()
    assert (proposal.kind, proposal.by) == ("split", chief)
    merging.approve_proposal(proposal.pk, by=make_user("Reviewers"))
    assert Operation.objects.get().split.part.definition == "New words."


def test_editors_can_only_propose(kernel, editor):
    client = client_of(editor)
    shown = look(client, kernel, choose(client, kernel))
    assert 'name="_split"' not in text_of(shown)

    refused = press(client, kernel, shown)
    done = press(client, kernel, shown, "propose")

    assert refused.status_code == 403
    assert "The split is proposed" in text_of(done)
    assert MergeProposal.objects.get().by == editor


@pytest.mark.parametrize(
    ("role", "status"), [("Contributors", 302), ("Editors", 200), ("Chief editors", 200)]
)
def test_who_may_open_it(role, status, kernel):
    assert client_of(make_user(role)).get(address_of(kernel)).status_code == status


def test_what_is_off_the_site_cannot_be_split(kernel, chief):
    workflow.remove(term_id=kernel.pk, by=chief, reason="No.")

    page = client_of(chief).get(address_of(kernel))

    assert page.status_code == 409
    assert "Kernel” is removed" in text_of(page)
    assert "<textarea" not in page.content.decode()


def test_a_term_that_is_not_there_is_not_found(chief):
    assert client_of(chief).get("/admin/terms/term/0/split/").status_code == 404


def test_a_draft_is_split_without_an_address(chief):
    draft = make_draft("Kernel", definition=f"{GPU}\n\n{SCORE}")
    client = client_of(chief)
    page = client.get(address_of(draft.term))
    assert 'name="address"' not in page.content.decode()

    shown = look(
        client, draft.term, fields_of(page) | {key_of(page, "vectors"): "part", "part.name": "Score"}
    )
    press(client, draft.term, shown)

    part = Operation.objects.get().split.part
    assert (part.status, part.definition) == ("draft", SCORE)


def test_code_and_formulas_stay_whole(chief):
    code = "```python\na = 1\n\nb = 2\n```"
    formula = "$$\na\n\nb\n$$"
    term = make_term("Kernel", definition=f"One.\n\n{code}\n\nTwo.\n\n{formula}\n\nThree.")

    page = client_of(chief).get(address_of(term))

    assert [item.value for item, _ in page.context["blocks"]] == ["One.", code, "Two.", formula, "Three."]


def test_the_page_of_a_term_leads_here(kernel, chief):
    assert (
        address_of(kernel) in client_of(chief).get(f"/admin/terms/term/{kernel.pk}/change/").content.decode()
    )


def test_the_number_of_queries_does_not_grow_with_the_pieces(chief):
    def queries(count):
        sources = [{"title": f"Source {number}"} for number in range(count)]
        target = make_term(f"Target {count}")
        term = make_term(
            f"Kernel {count}",
            definition="\n\n".join(f"Paragraph {number}." for number in range(count)),
            sources=sources,
            aliases=[f"Alias {count}-{number}" for number in range(count)],
            tags=[f"tag {number}" for number in range(count)],
            relations=[{"kind": "related", "target": target.public_id}],
        )
        for number in range(count):
            make_term(f"Other {count}-{number}", relations=[{"kind": "related", "target": term.public_id}])
        client = client_of(chief)
        client.get(address_of(term))
        with CaptureQueriesContext(connection) as captured:
            client.get(address_of(term))
        return len(captured)

    assert queries(2) >= queries(8)
