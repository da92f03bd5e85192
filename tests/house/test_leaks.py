"""What is not public shows nowhere: every place for words has a word of its own, sought in every answer.

Each text that is not public (a draft, a proposal, one sent back, rejected, withdrawn, replaced,
suggested, of a removed term) has another marker in each of its fields, and so has all that is said
around it. Everything that people without the right to see drafts can ask for is asked for, and each
marker is looked for in the whole of each answer, headers and mails included. A marker tells by its
name what leaked. The last test shows that the editors' desk does show them: so the search can find.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from builders import bring_in, make_term, make_user
from django.apps import apps
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from django.utils.http import urlencode
from snapshots import body_of
from test_routes import CLOSED, PUBLIC, add_what_is_not_public, make_public_world

from terms import bulk, discussion, exporting, forms, merging, planning, review_links, sheets, workflow
from terms.models import ImportedRecord, Notification, NotificationChoice, Revision, Suggestion, Term

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MARKER = re.compile("xq[a-z]+xq")
FIELDS = (
    "name",
    "qualifier",
    "short",
    "definition",
    "alias",
    "hidden",
    "tag",
    "source",
    "note",
    "editorial",
    "externalid",
)
# Who wrote them decides who reads them: the contributor whose answers are looked at, or others.
OWN = ("change", "sentback", "rejected", "withdrawn", "replaced", "newterm", "mergedaway")
OTHERS = (
    "draft",
    "correction",
    "theirchange",
    "theirsentback",
    "theirrejected",
    "theirwithdrawn",
    "theirreplaced",
    "removed",
    "discarded",
    "otherproposal",
    "keptdraft",
    "splitdraft",
)
# What is said around the texts.
SAID_TO_THE_AUTHOR = ("reasonofown", "requestofown", "talkofown", "assignee")
SAID_BEHIND = (
    "reason",
    "request",
    "talk",
    "answer",
    "advice",
    "expert",
    "plan",
    "bulknote",
    "bulktag",
    "typed",
    "heading",
    "removal",
    "discarding",
    "remark",
    "sender",
    "email",
    "mergenote",
    "mergewish",
    "splitnote",
)
OF_THE_SUGGESTION = ("suggestedname", "suggestedtext", "remark", "sender", "email")


def marker(where: str, field: str = "") -> str:
    return f"xq{where}{field}xq"


def content(where: str) -> dict[str, Any]:
    """Return a content with another marker in every field."""
    word = {field: marker(where, field) for field in FIELDS}
    return {
        "name": f"{word['name']} name",
        "qualifier": word["qualifier"],
        "short_definition": f"Short {word['short']}.",
        "definition": f"Long {word['definition']}.",
        "aliases": [{"text": word["alias"]}, {"text": word["hidden"], "kind": "hidden"}],
        "tags": [word["tag"]],
        "sources": [{"title": word["source"]}],
        "notes": [
            {"kind": "example", "text": word["note"]},
            {"kind": "editorial", "text": word["editorial"]},
        ],
        "external_ids": [{"scheme": "catalogue", "value": word["externalid"]}],
    }


def private_parts() -> dict[str, Any]:
    """Return what of a published term is for the staff only."""
    return {
        "aliases": [{"text": marker("live", "hidden"), "kind": "hidden"}],
        "notes": [{"kind": "editorial", "text": marker("live", "editorial")}],
    }


class World(NamedTuple):
    """A glossary full of what must not show, and the people who look."""

    routes: dict[str, Any]
    author: Any
    stranger: Any
    reader: Any
    editor: Any
    suggestion: Suggestion
    other_suggestion: Suggestion
    link: Any
    other_link: Any
    operation: Any
    mails: list[Any]


@pytest.fixture(scope="module")
def whole_world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """The glossary, made once for all tests here and taken back afterwards."""
    with (
        django_db_blocker.unblock(),
        override_settings(SITE_URL="https://glossary.example"),
        transaction.atomic(),
    ):
        with TestCase.captureOnCommitCallbacks(execute=True):
            made = make_world(add_what_is_not_public(make_public_world()))
        yield made._replace(mails=list(mail.outbox))
        transaction.set_rollback(True)


@pytest.fixture
def world(whole_world) -> World:
    """The same glossary for each test, with rows that nobody has read yet."""
    people = {
        field: fresh(getattr(whole_world, field)) for field in ("author", "stranger", "reader", "editor")
    }
    mail.outbox.extend(whole_world.mails)
    return whole_world._replace(**people)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def make_world(routes: dict[str, Any]) -> World:
    author = make_user("Contributors", username="the-author", email="author@mail.example")
    stranger = make_user("Contributors", username="the-stranger", email="stranger@mail.example")
    editor = make_user("Editors", username="the-editor")
    reviewer, chief = make_user("Reviewers"), make_user("Chief editors")
    for person in (author, stranger):
        for topic in Notification.Topic.values:
            NotificationChoice.objects.create(user=person, topic=topic, mail=Notification.Mail.NOW)
    assignee = make_user("Editors", username=marker("assignee"))

    def published(name: str) -> Term:
        return make_term(name, by=editor, reviewer=reviewer, **private_parts())

    def propose(where: str, by: Any, term: Term | None = None) -> Revision:
        new = {} if term is None else {"term_id": term.pk, "based_on": term.live_revision.number}
        return workflow.propose(**new, content=content(where), by=by, comment=marker(where, "summary"))

    # The author's, in every state; and the same of others.
    for by, names in ((author, OWN[:4]), (editor, tuple(f"their{where}" for where in OWN[:4]))):
        said = "ofown" if by == author else ""
        for where in names:
            text = propose(where, by, published(f"Word {where}"))
            if where.endswith("sentback"):
                workflow.request_changes(revision_id=text.pk, by=reviewer, reason=marker("request", said))
            elif where.endswith("rejected"):
                workflow.reject(revision_id=text.pk, by=reviewer, reason=marker("reason", said))
            elif where.endswith("withdrawn"):
                workflow.withdraw(revision_id=text.pk, by=by)
            elif said:
                discussion.comment(revision_id=text.pk, by=reviewer, text=marker("talk", said))
                workflow.assign(revision_id=text.pk, by=editor, to=assignee)
    propose("newterm", author)
    # An editor corrects the author's text and speaks about the correction.
    replaced = propose("replaced", author, published("Word replaced"))
    correction = workflow.propose(
        term_id=replaced.term_id,
        based_on=replaced.number,
        content=content("correction"),
        by=editor,
        comment=marker("correction", "summary"),
    )
    head = discussion.comment(revision_id=correction.pk, by=reviewer, text=marker("talk"))
    discussion.comment(revision_id=correction.pk, by=editor, text=marker("answer"), thread_id=head.pk)
    link = review_links.issue(revision_id=correction.pk, expert=marker("expert"), days=3, by=editor)
    review_links.advise(link_id=link.pk, advice="refuse", text=marker("advice"))
    workflow.request_changes(revision_id=correction.pk, by=reviewer, reason=marker("request"))
    # Another replaced text, a draft, and what is off the site.
    theirs = propose("theirreplaced", editor, published("Word theirreplaced"))
    workflow.propose(
        term_id=theirs.term_id,
        based_on=theirs.number,
        content={"definition": "Long otherproposal."},
        by=editor,
    )
    draft = workflow.create_draft(content=content("draft"), by=editor, comment=marker("draft", "summary"))
    discarded = workflow.create_draft(content=content("discarded"), by=editor)
    workflow.discard_draft(term_id=discarded.term_id, by=editor, reason=marker("discarding"))
    removed = published("Word removed")
    workflow.remove(term_id=removed.pk, by=chief, reason=marker("removal"))
    workflow.restore(term_id=removed.pk, by=chief)
    removed = workflow.approve(
        revision_id=propose("removed", editor, Term.objects.get(pk=removed.pk)).pk, by=reviewer
    )
    workflow.remove(term_id=removed.pk, by=chief, reason=marker("removal"))
    other = propose("otherproposal", editor, published("Word otherproposal"))
    other_link = review_links.issue(revision_id=other.pk, expert="Grace", days=3, by=editor)
    # What somebody proposed goes into the draft of others; a draft comes apart; a merge is proposed.
    away = propose("mergedaway", author).term
    kept = workflow.create_draft(
        content=content("keptdraft"), by=editor, comment=marker("keptdraft", "summary")
    )
    wish = {"kept_id": kept.term_id, "absorbed_ids": [away.pk], "by": chief}
    merging.merge(**wish, content={}, token=merging.preview(**wish).token, comment=marker("mergenote"))
    mixed = workflow.create_draft(
        content=content("splitdraft"), by=editor, comment=marker("splitdraft", "summary")
    )
    wish = {"term_id": mixed.term_id, "stays": {}, "part": {"name": "A part of a draft"}, "by": chief}
    merging.split(**wish, token=merging.split_preview(**wish).token, comment=marker("splitnote"))
    wish = {"kept": published("Word kept").public_id, "absorbed": [draft.term.public_id]}
    ids = [Term.objects.get(public_id=one).pk for one in (wish["kept"], draft.term.public_id)]
    token = merging.preview(kept_id=ids[0], absorbed_ids=ids[1:], by=editor).token
    merging.propose("merge", wish, token=token, by=editor, comment=marker("mergewish"))
    # Plans, bulk changes, files, and what lies on a desk.
    later = timezone.now() + timedelta(days=1)
    planning.plan_deprecation(
        term_id=published("Word planned").pk, due_at=later, reason=marker("plan"), by=reviewer
    )
    change = bulk.BulkChange(add_tags=(marker("bulktag"),), comment=marker("bulknote"))
    chosen = [published("Word bulk").pk, draft.term_id]
    token = bulk.preview(chosen, change, editor).token
    operation = bulk.carry_out(chosen, change, token, editor).operation
    bring_in(b"name,definition\nImported word,Text.\n", by=editor)
    ImportedRecord.objects.filter(term__name="Imported word").update(heading=marker("heading"))
    typed = urlencode({"name": marker("typed"), "definition": "Typed."})
    sheets.keep(by=editor, sheet="sheet-of-a-test", typed=typed)
    # Readers' suggestions.
    sender = workflow.Sender(marker("sender"), f"{marker('email')}@mail.example", "digest-one")
    suggestion = workflow.suggest(
        content={"name": marker("suggestedname"), "definition": f"Long {marker('suggestedtext')}."},
        sender=sender,
        remark=marker("remark"),
    )
    workflow.propose(
        term_id=suggestion.revision.term_id,
        based_on=suggestion.revision.number,
        content={"definition": f"Long {marker('correction', 'ofsuggestion')}."},
        by=editor,
        comment=marker("correction", "summary"),
    )
    other_suggestion = workflow.suggest(
        content={"name": "A word of a reader", "definition": "Its text."},
        sender=workflow.Sender("", "", "digest-two"),
    )
    return World(
        routes,
        author,
        stranger,
        make_user(),
        editor,
        suggestion,
        other_suggestion,
        link,
        other_link,
        operation,
        [],
    )


def expected_markers() -> set[str]:
    """Return every marker that the world must hold."""
    texts = {marker(where, field) for where in (*OWN, *OTHERS) for field in FIELDS}
    summaries = {marker(where, "summary") for where in (*OWN, *OTHERS) if where != "discarded"}
    around = {marker(said) for said in (*SAID_TO_THE_AUTHOR, *SAID_BEHIND, *OF_THE_SUGGESTION)}
    live = {marker("live", "hidden"), marker("live", "editorial"), marker("correction", "ofsuggestion")}
    return texts | summaries | around | live


def known_to_the_author() -> set[str]:
    """Return what the author of the own texts reads: their words, and what was said to them.

    What a text holds for the staff only stays theirs, even when it came with the own text.
    """
    private = {"hidden", "editorial"}
    words = {marker(where, field) for where in OWN for field in FIELDS if field not in private}
    summaries = {marker(where, "summary") for where in OWN}
    # Who spoke about the line is told to all who wrote on it; what was said about others' texts is not.
    return words | summaries | {marker(said) for said in (*SAID_TO_THE_AUTHOR, "expert")}


# --- What is asked -------------------------------------------------------------------------------


def client_of(person: Any) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def everything_to_read(world: World) -> Iterator[str]:
    """Yield every address that somebody can open."""
    for paths in [*PUBLIC.values(), *(paths for _, paths in CLOSED.values())]:
        yield from (path.format(**world.routes) for path in paths)
    yield from ("/a-z/q/", "/a-z/w/", "/search?q=xq", "/search?q=word", "/search?q=long&deprecated=on")
    yield from ("/api/v1/search?q=xq", "/api/v1/suggest?q=xq", "/api/v1/suggest?q=word")
    yield from ("/api/v1/search?q=xq&include_deprecated=true", "/api/v1/terms/?page_size=100")
    yield from (f"/api/v1/terms/?status={status}" for status in Term.Status.values)
    yield from (f"/api/v1/proposals/?state={state}" for state in Revision.State.values)
    today = timezone.localdate()
    for term in Term.objects.order_by("pk"):
        api, desk = f"/api/v1/terms/{term.public_id}/", f"/admin/terms/term/{term.pk}/"
        yield from (f"/t/{term.public_id}/", api, f"{api}revisions/", f"{api}?as_of={today}")
        yield from (f"{desk}change/", f"{desk}compare/", f"{desk}deprecate/", f"{desk}restore/")
        if term.slug:
            page = f"/terms/{term.slug}/"
            if not MARKER.search(page):
                yield from (page, f"{page}history/", f"{page}compare/", f"{page}suggest/")
                yield from (f"{page}v/{number}/" for number in (1, 2, 3))
                yield from (f"{page.removesuffix('/')}.{form}" for form in exporting.TWINS)
        yield from (f"{api}versions/{number}/" for number in (1, 2, 3))
    for text in Revision.objects.select_related("term").order_by("pk"):
        api = f"/api/v1/terms/{text.term.public_id}/revisions/{text.number}/"
        yield from (api, f"{api}difference/", f"{api}comments/")
        yield from (f"/account/proposals/{text.pk}/", f"/account/proposals/{text.pk}/edit/")
        yield f"/admin/terms/revision/{text.pk}/change/"
    yield from (f"/api/v1/{kind}s/{number}/" for kind in ("merge", "split") for number in range(1, 9))
    yield from (f"/api/v1/merge-proposals/{number}/" for number in range(1, 9))
    yield from ("/admin/terms/event/export/?format=csv", "/admin/terms/event/export/?format=jsonl")
    yield f"/admin/terms/term/add/?{urlencode({'kept': 'sheet-of-a-test'})}"
    yield f"/suggestions/{world.other_suggestion.status_token}/"
    yield f"/review/{review_links.token_of(world.other_link)}/"
    yield f"/suggestions/{world.suggestion.status_token[:-2]}/"


def everything_to_send(client: Client, world: World) -> Iterator[tuple[str, Any]]:
    """Send what will be refused, and forms that show something of others; yield what was answered."""
    stamp = forms.new_stamp(timezone.now() - timedelta(minutes=1))
    blank = {"stamp": stamp, "homepage": "", "sender_name": "", "email": "", "remark": ""}
    # Too long a sentence: looked at like every other form, and refused in the end.
    blank |= {"short_definition": "x" * 200, "definition": "A text.", "aliases": "", "sources": ""}
    for where in (*OTHERS, *OWN, "live"):
        # All but the last sign of a name: near enough to be called a look-alike.
        for field in ("name", "alias", "hidden"):
            typed = {**blank, "name": marker(where, field)[:-1]}
            yield f"POST /suggest/ for {typed['name']}", client.post("/suggest/", typed)
    for term in Term.objects.order_by("pk"):
        api = f"/api/v1/terms/{term.public_id}/"
        for etag in ("*", '"0.0"', ""):
            headers = {"If-Match": etag} if etag else {}
            for method, address, sent in (
                ("PATCH", api, {"definition": "Quite other.", "based_on": 1}),
                ("PATCH", api, {"name": ""}),
                ("DELETE", api, {"reason": "Away."}),
                ("POST", f"{api}restore", {}),
                ("POST", f"{api}discard", {}),
                ("POST", f"{api}deprecate", {"reason": "Old.", "successors": [term.public_id]}),
            ):
                yield f"{method} {address} {etag}", send(client, method, address, sent, headers)
        if term.slug and not MARKER.search(term.slug):
            typed = {**blank, "version": "1", "definition": ""}
            yield f"POST /terms/{term.slug}/suggest/", client.post(f"/terms/{term.slug}/suggest/", typed)
        target = {"name": "New", "relations": [{"kind": "related", "target": term.public_id}], "slug": "/"}
        yield f"POST relation to {term}", send(client, "POST", "/api/v1/terms/", target, {})
    public = Term.objects.published().order_by("pk").first()
    for term in Term.objects.order_by("pk"):
        merge = {"kept": public.public_id, "absorbed": [term.public_id], "token": "t"}
        split = {"term": term.public_id, "part": {"name": "New"}, "token": "t"}
        for address, sent in (
            ("merges/preview", {name: merge[name] for name in ("kept", "absorbed")}),
            ("merges/", merge),
            ("splits/", split),
            ("merge-proposals/", merge),
            ("merge-proposals/", split),
        ):
            key = {"Idempotency-Key": f"{address} {term.pk}"}
            yield f"POST {address} {term}", send(client, "POST", f"/api/v1/{address}", sent, key)
    for number in range(1, 9):
        for address in (f"merges/{number}/undo", f"splits/{number}/undo", f"merge-proposals/{number}/reject"):
            yield f"POST {address}", send(client, "POST", f"/api/v1/{address}", {"token": "t"}, {})
    for text in Revision.objects.select_related("term").order_by("pk"):
        api = f"/api/v1/terms/{text.term.public_id}/revisions/{text.number}/"
        for etag in ("*", '"0.0"'):
            for action in ("approve", "reject", "request-changes", "withdraw", "resubmit", "assign"):
                if text.author_id == world.author.pk and action in {"withdraw", "resubmit"} and etag == "*":
                    continue  # would be done
                yield f"{action} {api} {etag}", send(client, "POST", api + action, {}, {"If-Match": etag})
            address = f"/api/v1/terms/{text.term.public_id}/"
            sent = {"definition": "", "based_on": text.number, "name": ""}
            yield f"PATCH on {text}", send(client, "PATCH", address, sent, {"If-Match": etag})
        for address in (f"/account/proposals/{text.pk}/", f"/account/proposals/{text.pk}/edit/"):
            typed = {"_resubmit": "1", "text": "", "name": "", "based_on": text.number}
            yield f"POST {address}", client.post(address, {**blank, **typed})
        address = f"/admin/terms/revision/{text.pk}/change/"
        yield f"POST {address}", client.post(address, {"_approve": "1"})
    address = f"/suggestions/{world.other_suggestion.status_token}/"
    yield f"POST {address}", client.post(address, {"_answer": "1", "text": ""})
    address = f"/review/{review_links.token_of(world.other_link)}/"
    yield f"POST {address}", client.post(address, {"advice": "", "text": ""})


def send(client: Client, method: str, address: str, sent: Any, headers: dict[str, str]) -> Any:
    return client.generic(method, address, json.dumps(sent), "application/json", headers=headers)


def words_of(response: Any) -> set[str]:
    """Return the markers in a whole answer."""
    body = body_of(response)
    found = MARKER.findall(f"{body.decode('utf-8', 'replace')} {json.dumps(dict(response.headers))}".lower())
    # The token of a form is made of random letters: once in a thousand runs it looks like a marker.
    return set(found) & expected_markers()


def leaks(client: Client, world: World, known: set[str]) -> list[str]:
    """Ask for everything; return each marker that is not known with where it showed."""
    found = []
    for path in everything_to_read(world):
        shown = words_of(client.get(path)) - known - readable_at(path, world)
        found += [f"{word} at {path}" for word in sorted(shown)]
    for said, response in everything_to_send(client, world):
        found += [
            f"{word} at {said}" for word in sorted(words_of(response) - known - readable_at(said, world))
        ]
        assert response.status_code < 500, said
    return found


def readable_at(path: str, world: World) -> set[str]:
    """Return what whoever has this very address may read: the text that its link is for."""
    if review_links.token_of(world.other_link) not in path:
        return set()
    fields = {marker("otherproposal", field) for field in FIELDS if field not in {"hidden", "editorial"}}
    return fields | {marker("otherproposal", "summary")}


# --- The tests -----------------------------------------------------------------------------------


def all_rows() -> str:
    models = [model for model in apps.get_models() if model._meta.app_label in {"terms", "auth"}]
    return repr([list(model._default_manager.values_list()) for model in models]).lower()


def test_every_marker_is_in_the_database(world):
    assert expected_markers() - set(MARKER.findall(all_rows())) == set()


# A reader with an account has no right that a stranger has not.
@pytest.mark.parametrize(
    "who",
    [
        "anonymous",
        pytest.param("stranger", marks=pytest.mark.ci),
        pytest.param("reader", marks=pytest.mark.deep),
    ],
)
def test_nothing_that_is_not_public_shows_to_people_who_wrote_nothing(who, world):
    person = None if who == "anonymous" else getattr(world, who)

    assert leaks(client_of(person), world, set()) == []


@pytest.mark.ci
def test_authors_read_their_own_words_and_nobody_elses(world):
    client = client_of(world.author)
    pages = [
        "/account/",
        *(path for path in everything_to_read(world) if path.startswith(("/account/prop", "/api/"))),
    ]

    assert leaks(client, world, known_to_the_author()) == []

    seen = set().union(*(words_of(client.get(path)) for path in pages))
    assert known_to_the_author() - seen - {marker("assignee"), marker("expert")} == set()


@pytest.mark.parametrize("call", ["bring-up-to-date", "approve"])
def test_a_conflict_shows_authors_no_private_part_of_their_text(call, world):
    """It came with the text that theirs changes, and goes back to them as part of it."""
    text = Revision.objects.select_related("term__live_revision").get(comment=marker("change", "summary"))
    live = text.term.live_revision
    newer = workflow.propose(
        term_id=text.term_id, based_on=live.number, content={"definition": "Other."}, by=world.editor
    )
    workflow.approve(revision_id=newer.pk, by=make_user("Reviewers"))
    address = f"/api/v1/terms/{text.term.public_id}/revisions/{text.number}/{call}"

    refused = [
        send(client_of(world.author), "POST", address, {}, {"If-Match": etag}) for etag in ("*", '"0.0"')
    ]

    assert [answer.status_code for answer in refused] == [403 if call == "approve" else 409, 412]
    assert set().union(*map(words_of, refused)) - known_to_the_author() == set()


def test_whoever_suggested_something_reads_their_own_words_only(world):
    own = {marker(said) for said in OF_THE_SUGGESTION}
    address = f"/suggestions/{world.suggestion.status_token}/"

    page = words_of(Client().get(address))
    refused = words_of(Client().post(address, {"_answer": "1", "text": ""}))

    assert page - own == refused - own == set()
    assert marker("suggestedname") in page


def test_the_holder_of_a_link_reads_that_text_and_what_they_said(world):
    private = {"hidden", "editorial"}
    text = {marker("correction", field) for field in FIELDS if field not in private}
    advice = {marker("advice"), marker("expert"), marker("correction", "summary")}

    page = words_of(Client().get(f"/review/{review_links.token_of(world.link)}/"))

    assert page - text - advice == set()
    assert marker("correction", "definition") in page
    assert marker("advice") in page


@pytest.mark.parametrize("who", ["author", "stranger", "sender"])
def test_no_mail_tells_more_than_its_reader_may_read(who, world, django_capture_on_commit_callbacks):
    """Decided and discussed further, at once and in the digest: the correction of an editor is not told."""
    address = f"{marker('email')}@mail.example" if who == "sender" else f"{who}@mail.example"
    # Who spoke is told to everybody who wrote on the line; what was said is not.
    known = {
        "author": known_to_the_author() | {marker("expert")},
        "sender": {marker(said) for said in OF_THE_SUGGESTION},
    }
    reviewer = make_user("Reviewers")
    correction = Revision.objects.get(comment=marker("correction", "summary"), based_on__isnull=False)
    suggested = Revision.objects.get(supersedes=world.suggestion.revision)

    with django_capture_on_commit_callbacks(execute=True):
        discussion.comment(revision_id=correction.pk, by=reviewer, text=marker("talk"))
        workflow.resubmit(revision_id=correction.pk, by=world.editor, answer=marker("answer"))
        discussion.comment(revision_id=suggested.pk, by=reviewer, text=marker("talk"))
        workflow.reject(revision_id=suggested.pk, by=reviewer, reason="Not for us.")
    NotificationChoice.objects.update(mail=Notification.Mail.DIGEST)
    with django_capture_on_commit_callbacks(execute=True):
        workflow.request_changes(revision_id=correction.pk, by=reviewer, reason=marker("request"))
        discussion.comment(revision_id=correction.pk, by=reviewer, text=marker("talk"))
        workflow.reject(revision_id=correction.pk, by=reviewer, reason="Not for us.")
    call_command("send_mail", digest=True, verbosity=0)

    mails = [sent for sent in mail.outbox if address in sent.recipients()]
    told = set(MARKER.findall(" ".join(str(sent.message()) for sent in mails).lower()))
    assert told - known.get(who, set()) - {marker("email")} == set()
    assert bool(mails) == (who != "stranger")


def test_private_pages_tell_robots_to_stay_away(world):
    for address in (
        f"/suggestions/{world.suggestion.status_token}/",
        f"/review/{review_links.token_of(world.link)}/",
        "/suggest/",
        "/terms/dropout/suggest/",
    ):
        response = Client().get(address)
        assert "noindex" in response.headers["X-Robots-Tag"], address
        assert "no-store" in response.headers["Cache-Control"], address


@pytest.mark.ci
def test_the_desk_shows_what_the_search_above_looks_for(world):
    client = client_of(world.editor)
    seen = set()
    for path in everything_to_read(world):
        if path.startswith(("/admin/", "/api/")):
            seen |= words_of(client.get(path))
    for path in (f"/admin/terms/operation/{world.operation.pk}/change/", "/admin/"):
        seen |= words_of(client.get(path))
    for term in Term.objects.filter(name__in=["Imported word", "Word planned"]):
        seen |= words_of(client.get(f"/admin/terms/term/{term.pk}/change/"))

    # A sender's address is for the mail that answers them; nobody reads it anywhere.
    assert expected_markers() - seen == {marker("email")}
