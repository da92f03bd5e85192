"""What requests and answers look like, for the OpenAPI document; by operation."""

from __future__ import annotations

from typing import Any

from .errors import PROBLEMS

_SITE = "https://glossary.example"
_API = f"{_SITE}/api/v1"

_REFERENCE = {"id": "k7f2m9x3qp", "slug": "dropout", "name": "Dropout"}
_DEFINITION = "During training each unit is left out with a probability $p$."
_TERM = {
    **_REFERENCE,
    "qualifier": "",
    "short_definition": "Leaving out random units of a network while it is trained.",
    "definition": _DEFINITION,
    "definition_html": "<p>During training each unit is left out with a probability "
    "<math><mi>p</mi></math>.</p>",
    "aliases": [
        {"text": "unit dropout", "kind": "synonym", "language": "", "status": "admitted", "note": ""}
    ],
    "tags": ["training"],
    "related": [
        {"id": "b4n8t2w6yz", "slug": "overfitting", "name": "Overfitting", "relation": "related"},
    ],
    "status": "published",
    "deprecation_reason": "",
    "replaced_by": [],
    "merged_into": None,
    "version": 7,
    "sources": [{"title": "A textbook on learning machines", "url": "", "locator": "chapter 7"}],
    "notes": [{"kind": "usage", "text": "Without a hyphen."}],
    "external_ids": [{"scheme": "wikidata", "value": "Q1234", "mapping": "exact"}],
    "language": "en",
    "review_by": None,
    "created_at": "2026-01-12T09:30:00Z",
    "updated_at": "2026-03-02T14:05:11Z",
    "published_at": "2026-01-14T08:00:00Z",
    "url": f"{_SITE}/terms/dropout/",
    "api_url": f"{_API}/terms/k7f2m9x3qp/",
}
_CONTENT = {
    "name": "Dropout",
    "qualifier": "",
    "slug": "",
    "short_definition": "Leaving out random units in training.",
    "definition": _DEFINITION,
    "status": "published",
    "deprecation_reason": "",
    "aliases": _TERM["aliases"],
    "tags": ["training"],
    "relations": [{"kind": "related", "target": "b4n8t2w6yz"}],
    "sources": _TERM["sources"],
    "notes": _TERM["notes"],
    "external_ids": _TERM["external_ids"],
    "review_by": "",
    "links_itself": True,
}
_VERSION = {
    "term": {
        **_REFERENCE,
        "status": "published",
        "version": 7,
        "api_url": _TERM["api_url"],
    },
    "version": 7,
    "comment": "Shorter.",
    "created_at": "2026-03-02T14:05:11Z",
    "decided_at": "2026-03-02T14:05:11Z",
    "url": f"{_SITE}/terms/dropout/v/7/",
    "api_url": f"{_API}/terms/k7f2m9x3qp/versions/7/",
}
_PROPOSAL = {
    **_VERSION,
    "version": None,
    "created_at": "2026-03-09T10:00:00Z",
    "decided_at": None,
    "url": None,
    "api_url": f"{_API}/terms/k7f2m9x3qp/revisions/9/",
    "author": "erin",
    "number": 9,
    "state": "proposed",
    "reviewer": None,
    "reason": "",
    "based_on": 8,
    "supersedes": None,
    "assignee": "ravi",
    "due_on": "2026-03-16",
}
_DECIDED = {**_PROPOSAL, "reviewer": "ravi", "decided_at": "2026-03-10T11:20:00Z"}
_APPROVED = {**_DECIDED, "state": "approved", "version": 8, "url": f"{_SITE}/terms/dropout/v/8/"}
_TAG = {
    "slug": "training",
    "name": "Training",
    "description": "",
    "term_count": 12,
    "url": f"{_SITE}/tags/training/",
    "api_url": f"{_API}/tags/training/",
    "terms": f"{_API}/terms/?tag=training",
}
_CHANGE = {
    "field": "short_definition",
    "label": "Short definition",
    "before": "Leaving units out.",
    "after": "Leaving random units out.",
    "pieces": [
        {"op": "equal", "text": "Leaving "},
        {"op": "insert", "text": "random "},
        {"op": "equal", "text": "units out."},
    ],
}


_SAID = {
    "id": 31,
    "author": "ravi",
    "text": "Random by what distribution?",
    "created_at": "2026-03-09T11:00:00Z",
}
_THREAD = {
    **_SAID,
    "revision": 9,
    "field": "definition",
    "asks_for_changes": True,
    "advice": "",
    "resolved_at": None,
    "resolved_by": None,
    "answers": [{**_SAID, "id": 32, "author": "erin", "text": "Bernoulli; it says so now."}],
}


def _with_content(revision: dict[str, Any]) -> dict[str, Any]:
    return {**revision, "content": _CONTENT}


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"count": 1, "next": None, "previous": None, "results": [item]}


REQUESTS: dict[str, Any] = {
    "propose_term": {
        "name": "Dropout",
        "short_definition": _TERM["short_definition"],
        "definition": _DEFINITION,
        "aliases": [{"text": "unit dropout", "kind": "synonym"}],
        "tags": ["training"],
        "comment": "New term.",
    },
    "propose_change": {"short_definition": _CONTENT["short_definition"], "comment": "Shorter."},
    "remove_term": {"reason": "Outside the scope."},
    "deprecate_term": {"reason": "Nobody says so any more.", "successors": ["b4n8t2w6yz"]},
    "reinstate_term": {"comment": "It is still in use."},
    "restore_term": {"comment": "It was removed by mistake."},
    "discard_draft": {"reason": "There is such a term already."},
    "approve_revision": {"comment": "Clearer now."},
    "reject_revision": {"reason": "A source is needed."},
    "withdraw_revision": {"comment": "I will write it anew."},
    "request_changes": {"reason": "Random by what distribution?"},
    "resubmit_revision": {"answer": "It says so in the next sentence."},
    "bring_up_to_date": {},
    "assign_revision": {"assignee": "ravi", "due_on": "2026-03-16"},
    "comment": {"text": "Random by what distribution?", "field": "definition"},
    "resolve_thread": {},
    "reopen_thread": {},
}

ANSWERS: dict[str, Any] = {
    "get_root": {
        "name": "Example glossary",
        **{name: f"{_API}/{name}/" for name in ("terms", "tags", "letters", "proposals", "docs")},
        **{name: f"{_API}/{name}" for name in ("search", "suggest")},
        "openapi": f"{_API}/openapi.json",
    },
    "list_terms": _list_of(_TERM),
    "get_term": _TERM,
    "propose_term": _with_content(
        {**_PROPOSAL, "number": 1, "based_on": None, "api_url": f"{_API}/terms/k7f2m9x3qp/revisions/1/"}
    ),
    "propose_change": _with_content(_PROPOSAL),
    "remove_term": _with_content(_APPROVED),
    "deprecate_term": _with_content(_APPROVED),
    "reinstate_term": _with_content(_APPROVED),
    "restore_term": _with_content(_APPROVED),
    "discard_draft": _with_content({**_PROPOSAL, "state": "draft"}),
    "list_revisions": _list_of(_VERSION),
    "get_version": _with_content(_VERSION),
    "get_revision": _with_content(_PROPOSAL),
    "get_difference": {"revision": 9, "against": 8, "changes": [_CHANGE]},
    "approve_revision": _with_content(_APPROVED),
    "reject_revision": _with_content({**_DECIDED, "state": "rejected", "reason": "A source is needed."}),
    "withdraw_revision": _with_content({**_PROPOSAL, "state": "withdrawn"}),
    "request_changes": _with_content({**_PROPOSAL, "state": "changes_requested"}),
    "resubmit_revision": _with_content(_PROPOSAL),
    "bring_up_to_date": _with_content({**_PROPOSAL, "number": 11, "based_on": 10, "supersedes": 9}),
    "assign_revision": _with_content(_PROPOSAL),
    "list_comments": {"results": [_THREAD]},
    "comment": {"results": [_THREAD]},
    "resolve_thread": {
        "results": [{**_THREAD, "resolved_at": "2026-03-10T11:00:00Z", "resolved_by": "ravi"}]
    },
    "reopen_thread": {"results": [_THREAD]},
    "list_proposals": _list_of(_PROPOSAL),
    "search": _list_of(
        {
            **_REFERENCE,
            "qualifier": "",
            "short_definition": _TERM["short_definition"],
            "status": "published",
            "tags": ["training"],
            "matched_on": {"field": "alias", "text": "unit dropout", "how": "exact"},
            "excerpt": _TERM["short_definition"],
            "url": _TERM["url"],
            "api_url": _TERM["api_url"],
        }
    ),
    "suggest": {
        "query": "drop",
        "suggestions": [
            {
                "text": "Dropout",
                "name": "Dropout",
                "slug": "dropout",
                "url": _TERM["url"],
                "short_definition": _TERM["short_definition"],
            }
        ],
    },
    "list_tags": _list_of(_TAG),
    "get_tag": _TAG,
    "list_letters": _list_of({"key": "a", "label": "A", "count": 31}),
    "get_openapi": {"openapi": "3.1.0", "info": {"title": "Example glossary API", "version": "1.0.0"}},
}

# What an operation answers besides, by what it was asked.
FURTHER_ANSWERS: dict[str, dict[str, Any]] = {"get_term": {"as_of": _with_content(_VERSION)}}


def problem(status: int) -> dict[str, Any]:
    """Return what a refusal with this status looks like."""
    code, kind = next((code, kind) for code, kind in PROBLEMS.items() if kind.status == status)
    body = {
        "type": f"/api/v1/docs/#{code}",
        "title": kind.title,
        "status": status,
        "detail": kind.advice,
        "instance": "/api/v1/terms/k7f2m9x3qp/",
        "code": code,
        "errors": [],
    }
    if status == 400:
        body["errors"] = [{"field": "name", "detail": "Name: a term needs a name."}]
    if status == 412:
        texts = {"base": _CONTENT, "current": _CONTENT, "local": _CONTENT}
        body |= {**texts, "remote": [_CHANGE], "etag": '"8.91ce03b7d2a4f658"'}
    return body
