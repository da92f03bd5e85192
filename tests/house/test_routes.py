"""One list of all addresses drives these tests: who may read them, that reading changes nothing, that
nothing of a draft shows. How many queries they take: test_query_counts.py.

An address that is in no list fails the first test.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from builders import bring_in, make_term, make_user, propose_change
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from snapshots import body_of, hash_of_all_rows

from terms import bulk, exporting, importing, merging, planning, review_links, workflow
from terms.models import DuplicatePair, Tag, Term
from terms.views import daily

pytestmark = pytest.mark.django_db

ROLES = ["", "Contributors", "Editors", "Reviewers", "Chief editors", "superuser"]
EVERYBODY = set(ROLES)
STAFF = {"Editors", "Reviewers", "Chief editors", "superuser"}
REVIEWERS = {"Reviewers", "Chief editors", "superuser"}
CHIEFS = {"Chief editors", "superuser"}
ROOT_ONLY = {"superuser"}
KNOWN = EVERYBODY - {""}
NOBODY: set[str] = set()

# Name of the route: who gets an answer to GET, and sample addresses. Where nobody does, the address
# takes POST only, or is closed on purpose.
PUBLIC = {
    "home": ["/"],
    "term_list": ["/a-z/", "/a-z/?page=1", "/a-z/?page=99"],
    "term_letter": ["/a-z/d/", "/a-z/x/", "/a-z/greek/"],
    "term_detail": [
        "/terms/dropout/",
        "/terms/old-word/",
        "/terms/drop-out/",
        "/terms/kernel/",
        "/terms/xyzzy/",
        "/terms/dropout/?as_of=2020-01-01",
        f"/terms/dropout/?as_of={timezone.localdate()}",
        "/terms/dropout/?as_of=yesterday",
        f"/terms/removed-word/?as_of={timezone.localdate()}",
    ],
    "term_twin": [
        *(f"/terms/{slug}.{form}" for slug in ("dropout", "old-word") for form in exporting.TWINS),
        "/terms/drop-out.ttl",
        "/terms/kernel.json",
        "/terms/removed-word.md",
        "/terms/xyzzy.rdf",
    ],
    "term_feed": ["/terms/dropout.atom", "/terms/drop-out.atom", "/terms/removed-word.atom"],
    "tag_feed": ["/tags/training.atom", "/tags/xyzzy-plugh-tag.atom"],
    "changes_feed": ["/changes.atom", "/changes.atom?kind=changed", "/changes.atom?tag=training"],
    "daily_feed": ["/term-of-the-day.atom"],
    "random_term": ["/random/"],
    "sitemap": ["/sitemap.xml"],
    "sitemap_part": ["/sitemap-1.xml", "/sitemap-2.xml"],
    "robots": ["/robots.txt"],
    "llms": ["/llms.txt"],
    "llms_full": ["/llms-full.txt"],
    "tree": ["/tree/", "/tree/?page=9"],
    "tree_branch": [
        "/tree/dropout/",
        "/tree/kernel-gpu/",
        "/tree/old-word/",
        "/tree/drop-out/",
        "/tree/xyzzy/",
    ],
    "term_history": ["/terms/dropout/history/", "/terms/dropout/history/?of=xyzzy"],
    "term_compare": [
        "/terms/dropout/compare/",
        "/terms/dropout/compare/?from=1&to=2",
        "/terms/dropout/compare/?from=1&to=3",
        "/terms/kernel-gpu/compare/",
        "/terms/xyzzy/compare/",
    ],
    "term_version": ["/terms/dropout/v/1/", "/terms/dropout/v/2/", "/terms/dropout/v/3/"],
    "permanent": ["/t/{dropout}/", "/t/{draft}/", "/t/{dropout}/?format=ttl", "/t/{dropout}/?format=xyzzy"],
    "tag_list": ["/tags/", "/tags/?order=size"],
    "tag_detail": [
        "/tags/training/",
        "/tags/training/?tag=open",
        "/tags/training/?order=changed",
        "/tags/xyzzy/",
    ],
    "search": [
        "/search",
        "/search?q=dropout",
        "/search?q=xyzzy",
        "/search?q=text",
        "/search?q=x&tag=xyzzy",
        "/search?q=dropuot",
        "/search?q=dropout+xyzzy",
        "/search?q=text&tag=training&letter=d&language=de&status=published&deprecated=1",
        "/search?q=tag:xyzzy",
    ],
    "opensearch": ["/opensearch.xml"],
    "opensearch_suggestions": ["/suggest?q=d", "/suggest?q=xyzzy", "/suggest?name=Dropout"],
    "changes": ["/changes/", "/changes/?tag=training", "/changes/?kind=merged"],
    "about": ["/about/"],
    "downloads": ["/download/", "/download/?tag=training"],
    "download": [
        *(f"/download/{name}?language=de" for name, form in exporting.FORMS.items() if not form.is_for_staff),
        "/download/csv?status=draft",
        "/download/csv?tag=xyzzy",
        "/download/fixture",
    ],
    "accent_css": ["/accent.css"],
    "api:root": ["/api/v1/"],
    "api:term-list": [
        "/api/v1/terms/",
        "/api/v1/terms/?letter=d",
        "/api/v1/terms/?tag=training",
        "/api/v1/terms/?status=draft",
        "/api/v1/terms/?name=xyzzy",
        "/api/v1/terms/?updated_since=2020-01-01T00:00:00Z",
        "/api/v1/terms/?ordering=-updated_at",
    ],
    "api:term-detail": [
        "/api/v1/terms/{dropout}/",
        "/api/v1/terms/{draft}/",
        "/api/v1/terms/dropout/",
        "/api/v1/terms/{dropout}/?as_of=2020-01-01",
        f"/api/v1/terms/{{dropout}}/?as_of={timezone.localdate()}",
        f"/api/v1/terms/{{draft}}/?as_of={timezone.localdate()}",
    ],
    "api:version-detail": ["/api/v1/terms/{dropout}/versions/1/", "/api/v1/terms/{dropout}/versions/3/"],
    "api:revision-list": ["/api/v1/terms/{dropout}/revisions/", "/api/v1/terms/{draft}/revisions/"],
    "api:revision-detail": [f"/api/v1/terms/{{dropout}}/revisions/{number}/" for number in range(1, 5)],
    "api:search": ["/api/v1/search?q=dropout", "/api/v1/search?q=xyzzy", "/api/v1/search?q=text"],
    "api:suggest": ["/api/v1/suggest?q=d", "/api/v1/suggest?q=xyzzy"],
    "api:tag-list": ["/api/v1/tags/"],
    "api:tag-detail": ["/api/v1/tags/training/", "/api/v1/tags/xyzzy-plugh-tag/"],
    "api:letter-list": ["/api/v1/letters/"],
    "api:export-list": ["/api/v1/export/"],
    "api:export": [
        *(f"/api/v1/export/{name}?status=draft&status=published" for name in exporting.FORMS),
        "/api/v1/export/csv?tag=xyzzy",
        "/api/v1/export/json?since=2020-01-01&language=de",
        "/api/v1/export/xyzzy",
    ],
    "api:openapi": ["/api/v1/openapi.json"],
    "api:docs": ["/api/v1/docs/"],
}
CLOSED = {
    # For everybody, but never the same twice: they carry a token against forgery.
    "suggest_change": (EVERYBODY, ["/terms/dropout/suggest/", "/terms/old-word/suggest/"]),
    "suggest_term": (EVERYBODY, ["/suggest/", "/suggest/?name=Dropout"]),
    "suggestion_status": (NOBODY, ["/suggestions/made-up/"]),
    "api:proposal-list": (KNOWN, ["/api/v1/proposals/"]),
    "api:revision-difference": (STAFF, ["/api/v1/terms/{dropout}/revisions/{proposal}/difference/"]),
    **{
        f"api:{name}": (NOBODY, [f"/api/v1/terms/{{dropout}}/{name.split('-')[1]}"])
        for name in ("term-deprecate", "term-reinstate", "term-restore", "term-discard")
    },
    **{
        f"api:{name}": (NOBODY, [f"/api/v1/terms/{{dropout}}/revisions/{{proposal}}/{name.split('-')[1]}"])
        for name in ("revision-approve", "revision-reject", "revision-withdraw")
    },
    **{
        f"api:revision-{action}": (NOBODY, [f"/api/v1/terms/{{dropout}}/revisions/{{proposal}}/{action}"])
        for action in ("request-changes", "resubmit", "bring-up-to-date", "assign")
    },
    "api:comment-list": (STAFF, ["/api/v1/terms/{dropout}/revisions/{proposal}/comments/"]),
    **{
        f"api:comment-{action}": (
            NOBODY,
            [f"/api/v1/terms/{{dropout}}/revisions/{{proposal}}/comments/1/{action}"],
        )
        for action in ("resolve", "reopen")
    },
    "api:import-list": (STAFF, ["/api/v1/imports/"]),
    "api:import-detail": (STAFF, ["/api/v1/imports/{batch_pk}/", "/api/v1/imports/{prepared_pk}/"]),
    "api:import-row-list": (
        STAFF,
        ["/api/v1/imports/{batch_pk}/rows/", "/api/v1/imports/{prepared_pk}/rows/?flagged=true"],
    ),
    "api:import-row-detail": (STAFF, ["/api/v1/imports/{prepared_pk}/rows/0/"]),
    # For whoever brought it in, and for reviewers.
    "api:import-undo": (REVIEWERS, ["/api/v1/imports/{batch_pk}/undo"]),
    **{
        f"api:import-{action}": (NOBODY, [f"/api/v1/imports/{{prepared_pk}}/{action}"])
        for action in ("plan", "apply", "cancel", "go-on")
    },
    "api:duplicate-list": (
        STAFF,
        ["/api/v1/duplicates/", "/api/v1/duplicates/?verdict=any&name=drop&tag=training&term={dropout}"],
    ),
    "api:duplicate-detail": (STAFF, ["/api/v1/duplicates/{pair_pk}/"]),
    "api:duplicate-judge": (NOBODY, ["/api/v1/duplicates/{pair_pk}/judge"]),
    "api:duplicate-scan": (STAFF, ["/api/v1/duplicates/scan"]),
    "api:verdicts": (STAFF, ["/api/v1/duplicates/verdicts", "/api/v1/duplicates/verdicts?form=csv"]),
    **{
        f"api:{kind}-list": (
            STAFF,
            [f"/api/v1/{kind}s/", f"/api/v1/{kind}s/?undone=false", f"/api/v1/{kind}s/?term={{dropout}}"],
        )
        for kind in ("merge", "split")
    },
    **{f"api:{kind}-preview": (NOBODY, [f"/api/v1/{kind}s/preview"]) for kind in ("merge", "split")},
    **{f"api:{kind}-detail": (STAFF, [f"/api/v1/{kind}s/{{{kind}_pk}}/"]) for kind in ("merge", "split")},
    **{f"api:{kind}-undo": (CHIEFS, [f"/api/v1/{kind}s/{{{kind}_pk}}/undo"]) for kind in ("merge", "split")},
    "api:merge-proposal-list": (STAFF, ["/api/v1/merge-proposals/", "/api/v1/merge-proposals/?state=all"]),
    "api:merge-proposal-detail": (STAFF, ["/api/v1/merge-proposals/{merge_proposal_pk}/"]),
    **{
        f"api:merge-proposal-{action}": (NOBODY, [f"/api/v1/merge-proposals/{{merge_proposal_pk}}/{action}"])
        for action in ("approve", "reject", "withdraw", "bring-up-to-date")
    },
    "notifications": (KNOWN, ["/account/notifications/"]),
    "notifications_read": (NOBODY, ["/account/notifications/read/"]),
    "notification_choices": (KNOWN, ["/account/notifications/choices/"]),
    "expert_review": (EVERYBODY, ["/review/{review_link}/"]),
    "admin:index": (STAFF, ["/admin/"]),
    "admin:app_list": (STAFF, ["/admin/terms/"]),
    # One door for everybody: that of the desk leads to it.
    "admin:login": (NOBODY, ["/admin/login/"]),
    "login": ({"", "Contributors"}, ["/account/login/", "/account/login/?next=/admin/"]),
    "logout": (NOBODY, ["/account/logout/"]),
    "account_details": (KNOWN, ["/account/details/"]),
    "password_change": (KNOWN, ["/account/password/"]),
    "password_forgotten": (
        EVERYBODY,
        ["/account/password/forgotten/", "/account/password/forgotten/?sent=1"],
    ),
    "new_password": (NOBODY, ["/account/password/new/MQ/made-up/"]),
    "invitation": (NOBODY, ["/account/invitation/MQ/made-up/"]),
    "account": (KNOWN, ["/account/"]),
    "own_proposal": (NOBODY, ["/account/proposals/{proposal_pk}/"]),
    "rework": (NOBODY, ["/account/proposals/{proposal_pk}/edit/"]),
    "people": (CHIEFS, ["/admin/people/", "/admin/people/?q=editors&page=9"]),
    "invite": (CHIEFS, ["/admin/people/invite/"]),
    "person": (CHIEFS, ["/admin/people/{user_pk}/"]),
    "exports": (STAFF, ["/admin/export/", "/admin/export/?tag=training"]),
    "export": (STAFF, ["/admin/export/csv", "/admin/export/fixture", "/admin/export/csv?since=yesterday"]),
    "roles": (STAFF, ["/admin/roles/"]),
    "admin:logout": (NOBODY, ["/admin/logout/"]),
    "admin:password_change": (STAFF, ["/admin/password_change/"]),
    "admin:password_change_done": (STAFF, ["/admin/password_change/done/"]),
    "admin:autocomplete": (NOBODY, ["/admin/autocomplete/"]),
    "admin:jsi18n": (STAFF, ["/admin/jsi18n/"]),
    "admin:view_on_site": (NOBODY, ["/admin/r/0/0/"]),
    "admin:terms_term_changelist": (STAFF, ["/admin/terms/term/"]),
    "admin:terms_term_add": (STAFF, ["/admin/terms/term/add/"]),
    "admin:terms_term_change": (
        STAFF,
        ["/admin/terms/term/{dropout_pk}/change/", "/admin/terms/term/{draft_pk}/change/"],
    ),
    # What a script sends while somebody types.
    **{
        f"admin:terms_term_{name}": (NOBODY, [f"/admin/terms/term/{address}/"])
        for name, address in {
            "keep": "{dropout_pk}/keep",
            "preview": "{dropout_pk}/preview",
            "keep_new": "add/keep",
            "preview_new": "add/preview",
            "throw_away": "throw_away",
        }.items()
    },
    "admin:terms_term_history": (STAFF, ["/admin/terms/term/{dropout_pk}/history/"]),
    "admin:terms_term_compare": (
        STAFF,
        ["/admin/terms/term/{dropout_pk}/compare/", "/admin/terms/term/{dropout_pk}/compare/?from=1&to=3"],
    ),
    "admin:terms_term_deprecate": (REVIEWERS, ["/admin/terms/term/{dropout_pk}/deprecate/"]),
    "admin:terms_term_reinstate": (REVIEWERS, ["/admin/terms/term/{old_pk}/reinstate/"]),
    "admin:terms_term_remove": (CHIEFS, ["/admin/terms/term/{dropout_pk}/remove/"]),
    "admin:terms_term_restore": (CHIEFS, ["/admin/terms/term/{removed_pk}/restore/"]),
    "admin:terms_term_discard_draft": (STAFF, ["/admin/terms/term/{draft_pk}/discard_draft/"]),
    "admin:terms_term_bulk": (NOBODY, ["/admin/terms/term/change_chosen/"]),
    "admin:terms_term_merge": (
        STAFF,
        [
            "/admin/terms/term/merge/",
            "/admin/terms/term/merge/?kept={dropout}",
            "/admin/terms/term/merge/?kept={dropout}&add=xyzzy",
            "/admin/terms/term/merge/?kept={dropout}&absorbed={draft}",
        ],
    ),
    "admin:terms_term_split": (
        STAFF,
        ["/admin/terms/term/{dropout_pk}/split/", "/admin/terms/term/{draft_pk}/split/"],
    ),
    "admin:terms_mergeproposal_changelist": (
        STAFF,
        ["/admin/terms/mergeproposal/", "/admin/terms/mergeproposal/?state=all&p=9"],
    ),
    "admin:terms_mergeproposal_change": (STAFF, ["/admin/terms/mergeproposal/{merge_proposal_pk}/change/"]),
    "admin:terms_operation_changelist": (STAFF, ["/admin/terms/operation/"]),
    "admin:terms_operation_change": (
        STAFF,
        [f"/admin/terms/operation/{{{name}_pk}}/change/" for name in ("operation", "merge", "split")],
    ),
    "admin:terms_operation_undo": (REVIEWERS, ["/admin/terms/operation/{operation_pk}/undo/"]),
    "admin:terms_plannedchange_changelist": (STAFF, ["/admin/terms/plannedchange/"]),
    "admin:terms_plannedchange_change": (STAFF, ["/admin/terms/plannedchange/{plan_pk}/change/"]),
    "admin:terms_plannedchange_cancel": (NOBODY, ["/admin/terms/plannedchange/{plan_pk}/cancel/"]),
    "admin:terms_revision_changelist": (STAFF, ["/admin/terms/revision/"]),
    "admin:terms_revision_change": (STAFF, ["/admin/terms/revision/{proposal_pk}/change/"]),
    "admin:terms_event_changelist": (STAFF, ["/admin/terms/event/"]),
    "admin:terms_event_export": (
        STAFF,
        ["/admin/terms/event/export/", "/admin/terms/event/export/?format=jsonl"],
    ),
    "admin:terms_event_change": (STAFF, ["/admin/terms/event/{event_pk}/change/"]),
    "admin:terms_importbatch_changelist": (STAFF, ["/admin/terms/importbatch/"]),
    "admin:terms_importbatch_change": (
        STAFF,
        [
            "/admin/terms/importbatch/{batch_pk}/change/",
            "/admin/terms/importbatch/{prepared_pk}/change/",
            "/admin/terms/importbatch/{prepared_pk}/change/?show=create&page=9",
        ],
    ),
    "admin:terms_importbatch_add": (STAFF, ["/admin/terms/importbatch/add/"]),
    "admin:terms_importbatch_row": (STAFF, ["/admin/terms/importbatch/{prepared_pk}/rows/{row_pk}/"]),
    "admin:terms_importbatch_undo": (REVIEWERS, ["/admin/terms/importbatch/{batch_pk}/undo/"]),
    **{
        f"admin:terms_importbatch_{name.replace('-', '_')}": (
            NOBODY,
            [f"/admin/terms/importbatch/{{prepared_pk}}/{name.replace('choose', 'rows')}/"],
        )
        for name in ("choose", "plan", "start", "go-on", "stop", "forget", "propose")
    },
    "admin:terms_duplicatepair_changelist": (
        STAFF,
        [
            "/admin/terms/duplicatepair/",
            *(f"/admin/terms/duplicatepair/?show={name}&page=9" for name in ("related", "later", "judged")),
        ],
    ),
    "admin:terms_duplicatepair_change": (STAFF, ["/admin/terms/duplicatepair/{pair_pk}/change/"]),
    "admin:terms_duplicatepair_ledger": (STAFF, ["/admin/terms/duplicatepair/verdicts/"]),
    "admin:terms_duplicatepair_download": (STAFF, ["/admin/terms/duplicatepair/verdicts/download/"]),
    **{
        f"admin:terms_duplicatepair_{name}": (NOBODY, [f"/admin/terms/duplicatepair/{name}/"])
        # The last one leads on to the workbench.
        for name in ("judge", "look", "merge")
    },
    "admin:terms_wantedterm_changelist": (
        STAFF,
        ["/admin/terms/wantedterm/", "/admin/terms/wantedterm/?name=xyzzy&page=9"],
    ),
    # There is no more to a wanted term than stands in the list: this leads back to it.
    "admin:terms_wantedterm_change": (NOBODY, ["/admin/terms/wantedterm/{no_pk}/change/"]),
    "admin:terms_wantedterm_decide": (NOBODY, ["/admin/terms/wantedterm/decide/"]),
    "admin:terms_tag_changelist": (STAFF, ["/admin/terms/tag/"]),
    "admin:terms_tag_change": (STAFF, ["/admin/terms/tag/{tag_pk}/change/"]),
    "admin:terms_apitoken_changelist": (STAFF, ["/admin/terms/apitoken/"]),
    "admin:terms_apitoken_add": (STAFF, ["/admin/terms/apitoken/add/"]),
    "admin:terms_apitoken_change": (NOBODY, ["/admin/terms/apitoken/0/change/"]),
    "admin:terms_apitoken_revoke": (NOBODY, ["/admin/terms/apitoken/0/revoke/"]),
    "admin:auth_user_changelist": (ROOT_ONLY, ["/admin/auth/user/"]),
    "admin:auth_user_add": (ROOT_ONLY, ["/admin/auth/user/add/"]),
    "admin:auth_user_change": (ROOT_ONLY, ["/admin/auth/user/{user_pk}/change/"]),
    "admin:auth_user_history": (ROOT_ONLY, ["/admin/auth/user/{user_pk}/history/"]),
    "admin:auth_user_password_change": (ROOT_ONLY, ["/admin/auth/user/{user_pk}/password/"]),
    "admin:auth_group_changelist": (ROOT_ONLY, ["/admin/auth/group/"]),
    "admin:auth_group_add": (ROOT_ONLY, ["/admin/auth/group/add/"]),
    "admin:auth_group_change": (ROOT_ONLY, ["/admin/auth/group/{group_pk}/change/"]),
    "admin:auth_group_history": (ROOT_ONLY, ["/admin/auth/group/{group_pk}/history/"]),
    "admin:auth_group_delete": (ROOT_ONLY, ["/admin/auth/group/{group_pk}/delete/"]),
    # History is added to, never by hand and never taken away.
    **{
        f"admin:{name}_delete": (NOBODY, [f"/admin/{name.replace('_', '/')}/{{{pk}}}/delete/"])
        for name, pk in {
            "terms_term": "dropout_pk",
            "terms_revision": "proposal_pk",
            "terms_event": "event_pk",
            "terms_importbatch": "batch_pk",
            "terms_tag": "tag_pk",
            "terms_apitoken": "no_pk",
            "terms_operation": "operation_pk",
            "terms_plannedchange": "plan_pk",
            "terms_duplicatepair": "pair_pk",
            "terms_mergeproposal": "merge_proposal_pk",
            "terms_wantedterm": "no_pk",
            "auth_user": "user_pk",
        }.items()
    },
    **{
        f"admin:terms_{model}_add": (NOBODY, [f"/admin/terms/{model}/add/"])
        for model in (
            *("revision", "event", "tag", "operation", "plannedchange"),
            *("duplicatepair", "mergeproposal", "wantedterm"),
        )
    },
    # Django's own history pages tell of a log that nothing here writes.
    **{
        f"admin:terms_{model}_history": (NOBODY, [f"/admin/terms/{model}/{{{pk}}}/history/"])
        for model, pk in {
            "revision": "proposal_pk",
            "event": "event_pk",
            "importbatch": "batch_pk",
            "tag": "tag_pk",
            "apitoken": "no_pk",
            "operation": "operation_pk",
            "plannedchange": "plan_pk",
            "duplicatepair": "pair_pk",
            "mergeproposal": "merge_proposal_pk",
            "wantedterm": "no_pk",
        }.items()
    },
}


def named_routes(patterns, namespace=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_routes(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{namespace}{pattern.name}"


def test_every_route_is_in_a_list():
    routes = set(named_routes(get_resolver().url_patterns))

    assert routes == PUBLIC.keys() | CLOSED.keys()


# --- A glossary with something in every state ----------------------------------------------------

SECRET = "Xyzzy plugh"


def secret_content(word):
    """Return a content in which every field holds the word that must never show."""
    return {
        "name": f"{SECRET} {word}",
        "qualifier": f"{SECRET} qualifier",
        "short_definition": f"{SECRET} short.",
        "definition": f"Text {SECRET} long.",
        "aliases": [f"{SECRET} alias"],
        "tags": ["Training", f"{SECRET} tag"],
        "sources": [{"title": f"{SECRET} source"}],
        "notes": [{"kind": "example", "text": f"{SECRET} note"}],
        "external_ids": [{"scheme": "plugh", "value": SECRET}],
    }


@pytest.fixture
def public_world():
    return make_public_world()


def make_public_world():
    chief = make_user("Chief editors")
    term = make_term("Drop out", definition="First text.", tags=["Training", "Open"], aliases=["DO"])
    term = workflow.approve(
        revision_id=propose_change(term, name="Dropout", definition="Second text.").pk, by=chief
    )
    hidden = {"text": f"{SECRET} hidden", "kind": "hidden"}
    private = {"kind": "editorial", "text": f"{SECRET} private"}
    under = [{"kind": "broader", "target": term.public_id}]
    words = {"aliases": [hidden], "notes": [private], "definition": "Text of a kernel."}
    make_term("Kernel", qualifier="GPU", relations=under, **words)
    make_term("Kernel", qualifier="statistics", relations=[{"kind": "related", "target": term.public_id}])
    old = make_term("Old word", tags=["Training"])
    workflow.deprecate(term_id=old.pk, by=chief, reason="Out of use.", successors=[term.public_id])
    removed = make_term("Removed word")
    workflow.remove(term_id=removed.pk, by=chief, reason=SECRET)
    return {"dropout": term.public_id, "dropout_pk": term.pk, "old_pk": old.pk, "removed_pk": removed.pk}


def add_what_is_not_public(world):
    editor = make_user("Editors")
    term = Term.objects.get(pk=world["dropout_pk"])
    draft = workflow.create_draft(content=secret_content("draft"), by=editor)
    proposal = workflow.propose(
        term_id=term.pk,
        based_on=term.live_revision.number,
        content={
            **secret_content("change"),
            "relations": [{"kind": "broader", "target": draft.term.public_id}],
        },
        by=editor,
        comment=SECRET,
    )
    # Whoever was sent the link reads this one text: its words are no secret.
    linked = propose_change(term, definition="A text for an expert.")
    link = review_links.issue(revision_id=linked.pk, expert="Ada", days=1, by=editor)
    related = propose_change(term, relations=[{"kind": "related", "target": draft.term.public_id}])
    workflow.withdraw(revision_id=related.pk, by=related.author)
    batch = bring_in(f"term,definition\n{SECRET} row,Text.\n".encode(), by=editor)
    file = importing.GivenFile("g.csv", f"term,definition\n{SECRET} next row,Text.\n".encode())
    prepared = importing.prepare([file], by=editor)
    change = bulk.BulkChange(add_tags=(f"{SECRET} bulk",), comment=SECRET)
    chosen = [term.pk, draft.term_id]
    token = bulk.preview(chosen, change, editor).token
    operation = bulk.carry_out(chosen, change, token, editor).operation
    planned = planning.plan_deprecation(
        term_id=term.pk,
        due_at=timezone.now() + timedelta(days=1),
        reason=SECRET,
        by=make_user("Reviewers"),
    )
    first, second = sorted((term.pk, draft.term_id))
    pair = DuplicatePair.objects.create(first_id=first, second_id=second, score=0.5, reasons=[SECRET])
    user = make_user("Editors")
    return {
        **world,
        **add_merges(term, editor),
        "pair_pk": pair.pk,
        "draft": draft.term.public_id,
        "draft_pk": draft.term_id,
        "proposal": proposal.number,
        "proposal_pk": proposal.pk,
        "review_link": review_links.token_of(link),
        "event_pk": draft.events.first().pk,
        "batch_pk": batch.pk,
        "prepared_pk": prepared.pk,
        "row_pk": prepared.rows.get().pk,
        "operation_pk": operation.pk,
        "plan_pk": planned.pk,
        "tag_pk": Tag.objects.first().pk,
        "user_pk": user.pk,
        "group_pk": user.groups.first().pk,
        "no_pk": 0,
    }


def add_merges(term, editor):
    """Merge two drafts, split another, and propose to merge one more into a public term."""
    chief = make_user("Chief editors")
    kept, absorbed, mixed, waiting = (
        workflow.create_draft(content=secret_content(word), by=editor).term_id
        for word in ("kept", "absorbed", "mixed", "waiting")
    )
    wish = {"kept_id": kept, "absorbed_ids": [absorbed], "by": chief}
    token = merging.preview(**wish).token
    merged = merging.merge(**wish, content={}, token=token, comment=SECRET)
    wish = {"term_id": mixed, "stays": {}, "part": secret_content("part"), "by": chief}
    split = merging.split(**wish, token=merging.split_preview(**wish).token, comment=SECRET)
    ids = [term.public_id, Term.objects.get(pk=waiting).public_id]
    token = merging.preview(kept_id=term.pk, absorbed_ids=[waiting], by=editor).token
    proposal = merging.propose(
        "merge", {"kept": ids[0], "absorbed": ids[1:]}, token=token, by=editor, comment=SECRET
    )
    return {"merge_pk": merged.pk, "split_pk": split.pk, "merge_proposal_pk": proposal.pk}


@pytest.fixture
def world(public_world):
    return add_what_is_not_public(public_world)


def client_of(role):
    client = Client()
    if role == "superuser":
        client.force_login(make_user(username="root-of-all", is_superuser=True, is_staff=True))
    elif role:
        client.force_login(make_user(role))
    return client


def addresses(world):
    for name, paths in PUBLIC.items():
        for path in paths:
            yield name, EVERYBODY, path.format(**world)
    for name, (who, paths) in CLOSED.items():
        for path in paths:
            yield name, who, path.format(**world)


# --- The tests -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_an_address_answers_those_who_may_and_nobody_else(role, world):
    client = client_of(role)
    wrong = []
    for name, who, path in addresses(world):
        response = client.get(path)
        sent_away = response.status_code == 302 and response.headers["Location"].startswith(
            ("/admin/", "/account/login/")
        )
        refused = sent_away or response.status_code in {401, 403, 404, 405, 410}
        if (role in who) == refused and name not in PUBLIC:
            wrong.append((name, path, response.status_code))
        if response.status_code >= 500:
            wrong.append((name, path, response.status_code))

    assert wrong == []


# What asking for a page may write, with the reason.
WRITTEN_BY_READING = {
    "sessions.Session": "who is logged in",
    "terms.Presence": "who has a form open, so that two do not write the same; GET only, never HEAD",
}


def test_reading_changes_nothing(world):
    client = client_of("superuser")
    before = hash_of_all_rows(WRITTEN_BY_READING)
    changed = []
    for _, _, path in addresses(world):
        client.get(path)
        client.head(path)
        if hash_of_all_rows(WRITTEN_BY_READING) != before:
            changed.append(path)
            before = hash_of_all_rows(WRITTEN_BY_READING)

    assert changed == []


@pytest.mark.ci
def test_asking_for_headers_only_changes_nothing_at_all(world):
    client = client_of("superuser")
    before = hash_of_all_rows()
    changed = []
    for _, _, path in addresses(world):
        client.head(path)
        if hash_of_all_rows() != before:
            changed.append(path)
            before = hash_of_all_rows()

    assert changed == []


def seen_by(client, world):
    """Return what an address shows: status, headers and body."""
    seen = {}
    for name, paths in PUBLIC.items():
        for path in paths:
            if "{draft}" not in path:
                response = client.get(path.format(**world))
                body = body_of(response)
                seen[name, path] = (response.status_code, dict(response.headers), body)
    return seen


def test_nothing_that_is_not_public_makes_a_difference_to_readers(public_world, monkeypatch):
    """The strongest form of no leak: not a byte, a count or a header tells that drafts exist."""
    # Chance makes a difference of its own.
    monkeypatch.setattr(daily, "_any_point", lambda: "")
    before = seen_by(Client(), public_world)

    world = add_what_is_not_public(public_world)

    after = seen_by(Client(), world)
    assert [where for where in before if before[where] != after[where]] == []


@pytest.mark.parametrize("role", ["", "Contributors"])
def test_the_secret_word_never_shows(role, world):
    client = client_of(role)
    shown = []
    for name, who, path in addresses(world):
        if "plugh" in path.lower() or (name in CLOSED and role not in who):
            continue  # an address that has the word itself may be repeated in a refusal
        response = client.get(path)
        everything = (
            body_of(response).decode("utf-8", "replace").lower() + json.dumps(dict(response.headers)).lower()
        )
        if "plugh" in everything:
            shown.append(path)

    assert shown == []


def test_drafts_are_found_nowhere_and_refused_like_what_never_was(world):
    client = Client()
    for pattern in (
        "/t/{}/",
        "/api/v1/terms/{}/",
        "/api/v1/terms/{}/revisions/",
        "/api/v1/terms/{}/revisions/1/",
    ):
        draft, nothing = (client.get(pattern.format(key)) for key in (world["draft"], "zzzzzzzzzz"))
        assert draft.status_code == nothing.status_code == 404
        assert draft.content.replace(world["draft"].encode(), b"") == nothing.content.replace(
            b"zzzzzzzzzz", b""
        )


def test_public_pages_set_no_cookie_and_forbid_inline_script(world):
    client = Client()
    for paths in PUBLIC.values():
        for path in paths:
            response = client.get(path.format(**world))
            policy = response.headers["Content-Security-Policy"]
            assert not response.cookies, path
            assert "unsafe" not in policy, path
            assert "default-src 'none'" in policy, path
            assert response.headers["X-Content-Type-Options"] == "nosniff", path


def test_pages_have_no_inline_script_or_style(world):
    client = client_of("superuser")
    for _, _, path in addresses(world):
        response = client.get(path)
        # The book is a file, with its style in it and a policy of its own that allows just that one.
        is_page = "text/html" in response.headers.get("Content-Type", "") and not response.streaming
        if is_page and "/admin/auth/" not in path:
            html = response.content.decode()
            assert " style=" not in html, path
            assert "<style" not in html, path
            assert " onclick=" not in html, path
            assert "<script>" not in html, path
