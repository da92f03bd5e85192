"""What requests and answers look like, for the OpenAPI document; by operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import PROBLEMS


@dataclass(frozen=True)
class File:
    """What a file looks like in some of its media types."""

    by_media_type: dict[str, str]


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


_IMPORT = {
    "id": 12,
    "file_name": "words.csv",
    "source": "words.csv",
    "format": "csv",
    "options": {"clear_empty": False, "all_or_nothing": False, "publish": False, "language": ""},
    "state": "prepared",
    "message": "",
    "counts": {"create": 1, "update": 1, "unchanged": 40, "conflict": 0, "invalid": 0, "left_out": 0},
    "outcomes": {"created": 0, "saved": 0, "proposed": 0, "published": 0, "failed": 0, "undone": 0},
    "done": 0,
    "total": 0,
    "is_silent": False,
    "by": "erin",
    "created_at": "2026-03-09T10:00:00Z",
    "started_at": None,
    "finished_at": None,
    "undone_at": None,
    "undone_by": None,
    "url": f"{_SITE}/admin/terms/importbatch/12/change/",
    "api_url": f"{_API}/imports/12/",
    "rows": f"{_API}/imports/12/rows/",
    "undo": None,
}
_UNSURE = {
    "line": 4,
    "path": "",
    "column": "colour",
    "value": "",
    "message": "This column is not known here; it was left out.",
}
_PREPARED = {
    **_IMPORT,
    "token": "WzIsMTIsMV0:sIw4bT1dmU2X7bQ1hN1gW0c5r7uV8s3nYyqk9l2Zp0c",
    "problems": [_UNSURE],
}
_FINISHED = {
    **_PREPARED,
    "state": "finished",
    "token": None,
    "outcomes": {**_IMPORT["outcomes"], "created": 1, "proposed": 1},
    "done": 2,
    "total": 2,
    "started_at": "2026-03-09T10:02:00Z",
    "finished_at": "2026-03-09T10:02:01Z",
    "undo": f"{_API}/imports/12/undo",
}
_ROW = {
    "position": 0,
    "line": 2,
    "path": "",
    "heading": "",
    "title": "Dropout",
    "qualifier": "",
    "aliases": [
        {"text": "unit dropout", "kind": "synonym", "status": "admitted", "language": "", "note": ""}
    ],
    "tags": ["training"],
    "keywords": [],
    "short_definition": "Leaving random units out.",
    "definition": "",
    "confidence": 1.0,
    "action": "update",
    "because": "",
    "flags": [],
    "look_alikes": [],
    "changes": [{name: _CHANGE[name] for name in ("field", "label", "before", "after")}],
    "term": "k7f2m9x3qp",
    "is_left_out": False,
    "is_corrected": False,
    "outcome": "",
    "message": "",
    "api_url": f"{_API}/imports/12/rows/0/",
}
_UNDO = {
    "token": "WzIsMTIsIjNmMmE5Yz…",
    "count": 1,
    "rows": [
        {
            **{name: _ROW[name] for name in ("position", "line", "path", "title", "term")},
            "outcome": "taken_back",
            "message": "Revision 9 of “Dropout”, which waits, is taken back.",
        }
    ],
}
_TABLE = "term,short definition\r\nDropout,Leaving random units out.\r\n"


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
    "prepare_import": File({"text/csv": _TABLE}),
    "plan_import": {"clear_empty": True},
    "apply_import": {"token": _PREPARED["token"]},
    "cancel_import": {},
    "go_on_with_import": {},
    "undo_import": {"token": _UNDO["token"]},
    "correct_import_row": {"title": "Dropout", "tags": ["training"], "term": "k7f2m9x3qp"},
}

ANSWERS: dict[str, Any] = {
    "get_root": {
        "name": "Example glossary",
        **{
            name: f"{_API}/{name}/"
            for name in ("terms", "tags", "letters", "proposals", "imports", "export", "docs")
        },
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
    "list_imports": _list_of(_IMPORT),
    "prepare_import": _PREPARED,
    "get_import": _PREPARED,
    "plan_import": {**_PREPARED, "options": {**_IMPORT["options"], "clear_empty": True}},
    "apply_import": _FINISHED,
    "cancel_import": {**_FINISHED, "state": "cancelled", "message": "Stopped by erin.", "done": 1},
    "go_on_with_import": _FINISHED,
    "preview_undo": _UNDO,
    "undo_import": {
        **_FINISHED,
        "state": "undone",
        "undone_at": "2026-03-09T10:30:00Z",
        "undone_by": "erin",
        "undo": None,
    },
    "list_import_rows": _list_of(_ROW),
    "get_import_row": _ROW,
    "correct_import_row": {**_ROW, "is_corrected": True},
    "list_export_forms": _list_of(
        {
            "name": "csv",
            "title": "CSV",
            "media_type": "text/csv; charset=utf-8",
            "ending": ".csv",
            "loses": "",
            "url": f"{_API}/export/csv",
        }
    ),
    "export": File(
        {
            "text/csv; charset=utf-8": "id,slug,name,…\r\nk7f2m9x3qp,dropout,Dropout,…\r\n",
        }
    ),
    "get_openapi": {"openapi": "3.1.0", "info": {"title": "Example glossary API", "version": "1.0.0"}},
}

# What is answered while something long goes on.
RUNS_ON = {**_FINISHED, "state": "running", "done": 500, "total": 9_000, "finished_at": None, "undo": None}

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
