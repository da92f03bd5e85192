"""A desk with something of everything on it, so that every page has all it can show, and its people."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from builders import bring_in, make_draft, make_term, make_user, propose_change
from django.utils import timezone

from terms import bulk, discussion, people, planning, review_links, sheets, workflow
from terms.models import Revision, Tag

RICH = (
    "Units are *left out* of a **network** at random, see `keep_prob`.\n\n"
    "$$\\tilde{h} = m \\odot h$$\n\n"
    "| name | what it does |\n|---|---|\n| keep_prob | how many stay |\n\n"
    "```python\nlayer = nn.Dropout(p=0.5)  # half of them\n```\n\n"
    "> A quotation.\n\n1. One\n2. Two\n"
)
LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis"


def fill() -> SimpleNamespace:
    """Make it all, and return it by name; `who` are the people."""
    who = SimpleNamespace(
        contributor=make_user("Contributors", first_name="Cleo", email="cleo@example.org"),
        editor=make_user("Editors", first_name="Ed", last_name="Itor", email="ed@example.org"),
        reviewer=make_user("Reviewers", first_name="Ruth", last_name="Reviewer", email="ruth@example.org"),
        chief=make_user("Chief editors", first_name="Ada", last_name="Lovelace", email="ada@example.org"),
        root=make_user(username="root-user", is_superuser=True, is_staff=True),
    )
    by = {"by": who.editor, "reviewer": who.reviewer}
    term = make_term(
        "Dropout",
        short_definition="Leaving units out.",
        definition=RICH,
        tags=["Training", "Regularization"],
        aliases=["Drop-out", {"text": "Dilution", "kind": "synonym"}],
        sources=[{"title": "A paper", "url": "https://example.org/paper", "locator": "p. 3"}],
        notes=[{"kind": "usage", "text": "Said of layers."}, {"kind": "editorial", "text": "Look again."}],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
        **by,
    )
    for version in range(2):
        revision = propose_change(
            term, by=who.editor, short_definition=f"Leaving units out, version {version}."
        )
        term = workflow.approve(revision_id=revision.pk, by=who.reviewer)
    other = make_term(f"{LONG}", tags=["Training"], aliases=["a" * 80], definition="See Dropout.", **by)
    old = make_term("Old word", **by)
    workflow.deprecate(term_id=old.pk, by=who.chief, reason="Out of use.", successors=[term.public_id])
    removed = make_term("Removed word", **by)
    workflow.remove(term_id=removed.pk, by=who.chief, reason="Nobody says it.")
    broken = make_draft("Broken", by=who.editor, definition="A formula: $\\frac{$.")

    plain = propose_change(term, by=who.editor, definition=RICH.replace("at random", "by chance"))
    smooth, collides = (
        propose_change(other, by=who.editor, short_definition="Short and new."),
        propose_change(other, by=who.editor, definition="See Dropout or not."),
    )
    moved = propose_change(other, by=who.chief, definition="See Dropout and more.")
    workflow.approve(revision_id=moved.pk, by=who.reviewer)
    refused = workflow.propose(content={"name": "Refused", "definition": "No."}, by=who.editor)
    workflow.reject(revision_id=refused.pk, by=who.reviewer, reason="Not a term.")
    again = workflow.propose(content={"name": "Refused", "definition": "Yes."}, by=who.chief)
    asked = propose_change(term, by=who.editor, short_definition="Sent back.")
    workflow.request_changes(revision_id=asked.pk, by=who.reviewer, reason="Say of what.")
    cleos = workflow.propose(content={"name": "Cleo’s word", "definition": RICH}, by=who.contributor)
    workflow.request_changes(revision_id=cleos.pk, by=who.reviewer, reason="Say where it is used.")

    talked = propose_change(term, by=who.editor, definition=RICH.replace("at random", "now and then"))
    said = discussion.comment(
        revision_id=talked.pk, by=who.chief, text="Is that so? " + "w" * 60, field="definition"
    )
    discussion.comment(revision_id=talked.pk, by=who.editor, text="It is.", thread_id=said.pk)
    settled = discussion.comment(revision_id=talked.pk, by=who.chief, text="A comma.")
    discussion.resolve(thread_id=settled.pk, by=who.editor)
    link = review_links.issue(revision_id=talked.pk, expert="Grace Hopper", days=5, by=who.editor)
    review_links.advise(link_id=link.pk, advice="approve", text="Well said.")
    closed = review_links.issue(revision_id=talked.pk, expert="Alan", days=5, by=who.editor)
    review_links.revoke(link_id=closed.pk, by=who.editor)
    workflow.assign(revision_id=talked.pk, by=who.chief, to=who.reviewer)
    # Two days too late: nobody can ask for what is over.
    Revision.objects.filter(pk=talked.pk).update(due_on=timezone.localdate() - timedelta(days=2))
    tomorrow = timezone.now() + timedelta(days=1)
    planning.plan_publication(revision_id=talked.pk, due_at=tomorrow, by=who.reviewer)
    plan = planning.plan_deprecation(term_id=other.pk, due_at=tomorrow, reason="Too long.", by=who.chief)

    suggestions = [
        workflow.suggest(
            content={"short_definition": f"What readers say, {word}."},
            sender=workflow.Sender("Rea Der", "rea@example.org", word),
            remark="It is wrong.",
            term_id=term.pk,
            version=term.version,
        )
        for word in ("one", "two", "three")
    ]
    waiting, asked_back, turned_down = suggestions
    workflow.request_changes(revision_id=asked_back.revision_id, by=who.reviewer, reason="Which one?")
    workflow.reject(revision_id=turned_down.revision_id, by=who.reviewer, reason="It is right as it is.")

    sheets.keep(
        by=who.chief, sheet="a-sheet-of-adas", typed="name=Dropouts&definition=Not+sent.", term_id=None
    )
    batch = bring_in(
        b"term,definition\nImported,Text.\n,No name.\nDropout,Another text.\n",
        by=who.editor,
        file_name="words.csv",
    )
    tagged = bulk.BulkChange(add_tags=("Networks",), comment="By subject.")
    chosen = [term.pk, broken.term_id]
    operation = bulk.carry_out(
        chosen, tagged, bulk.preview(chosen, tagged, who.editor).token, who.editor
    ).operation
    invited = people.invite(email="new@example.org", name="New Person", roles=["Editors"], by=who.chief)
    return SimpleNamespace(**locals(), event=term.events.first(), tag=Tag.objects.first())
