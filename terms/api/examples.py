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
_KEPT = {**_REFERENCE, "status": "published"}
_ABSORBED = {"id": "w3c8r5v7hn", "slug": "drop-out", "name": "Drop-out", "status": "published"}
_OTHER = {"id": "b4n8t2w6yz", "slug": "overfitting", "name": "Overfitting", "status": "published"}
_MERGED_CONTENT = {
    **_CONTENT,
    "aliases": [
        *_CONTENT["aliases"],
        {"text": "Drop-out", "kind": "spelling_variant", "status": "admitted", "language": "", "note": ""},
    ],
}
_MERGE_PREVIEW = {
    "token": "5f0c2e7d94ab13c86e0f7b21d5a83c9461e2f0b7",
    "kept": {**_KEPT, "version": 7, "api_url": _TERM["api_url"], "content": _CONTENT},
    "absorbed": [
        {
            **_ABSORBED,
            "version": 2,
            "api_url": f"{_API}/terms/w3c8r5v7hn/",
            "content": {**_CONTENT, "name": "Drop-out", "aliases": [], "relations": []},
        }
    ],
    "result": _MERGED_CONTENT,
    "suggested": _MERGED_CONTENT,
    "difference": [
        {
            "field": "aliases",
            "label": "Aliases",
            "before": _CONTENT["aliases"],
            "after": _MERGED_CONTENT["aliases"],
            "pieces": [],
        }
    ],
    "moves": {
        "addresses": ["drop-out"],
        "lost_names": [],
        "relations": [{"source": _OTHER, "kind": "related", "target": _ABSORBED}],
        "closed_texts": [
            {
                "term": _ABSORBED,
                "number": 3,
                "state": "proposed",
                "author": "erin",
                "api_url": f"{_API}/terms/w3c8r5v7hn/revisions/3/",
            }
        ],
        "outdated_texts": [],
        "moved_texts": [],
        "plans": [],
        "earlier": [],
        "mentions": {"count": 1, "terms": [_OTHER]},
    },
    "conflicts": [],
    "new_words": [],
    "needs_second_reader": False,
}
_MERGE_WISH = {"kept": _KEPT["id"], "absorbed": [_ABSORBED["id"]]}
_DONE = {
    "id": 57,
    "kind": "merge",
    "comment": "The same with and without a hyphen.",
    "at": "2026-03-09T10:00:00Z",
    "api_url": f"{_API}/merges/57/",
    "undo": f"{_API}/merges/57/undo",
    "by": "ravi",
    "undone_at": None,
    "undone_by": None,
    "url": f"{_SITE}/admin/terms/operation/57/change/",
}
_MERGE = {**_DONE, "kept": _KEPT, "absorbed": [{**_ABSORBED, "status": "merged"}]}
_UNDONE = {"undone_at": "2026-03-09T10:30:00Z", "undone_by": "ravi", "undo": None}
_MERGE_UNDO = {
    "token": "c41d8a02be775f93d06b1e8f24a95c7713f0e6d2",
    "kept": _KEPT,
    "comes_back": [{**_ABSORBED, "status": "merged"}],
    "rewritten": [
        {
            "term": _KEPT,
            "difference": [
                {
                    "field": "aliases",
                    "label": "Aliases",
                    "before": _MERGED_CONTENT["aliases"],
                    "after": _CONTENT["aliases"],
                    "pieces": [],
                }
            ],
            "stays": [{"field": "definition", "label": "Definition"}],
        }
    ],
    "sentences": ["“Drop-out” is back at /terms/drop-out/, as it was before the merge."],
    "stays": ["Definition of “Dropout”: changed since; it stays."],
    "obstacles": [],
    "first": [],
}
_PAIR = {
    "id": 31,
    "a": {**_KEPT, "short_definition": _TERM["short_definition"], "api_url": _TERM["api_url"]},
    "b": {**_ABSORBED, "short_definition": "", "api_url": f"{_API}/terms/{_ABSORBED['id']}/"},
    "score": 0.93,
    "reasons": ["The names differ in a hyphen only."],
    "methods": [],
    "suggestion": "merge",
    "verdict": "open",
    "because": "",
    "judged_by": None,
    "judged_at": None,
    "found_at": "2026-03-08T22:00:00Z",
    "api_url": f"{_API}/duplicates/31/",
}
_JUDGED_PAIR = {
    **_PAIR,
    "verdict": "different",
    "because": "One is a layer, the other a fault of a line.",
    "judged_by": "erin",
    "judged_at": "2026-03-09T10:00:00Z",
}
_SCAN_STATE = {
    "looked_at": "2026-03-08T22:00:00Z",
    "full_at": "2026-03-01T03:00:00Z",
    "changed": 0,
    "terms": 1_204,
    "is_waiting": False,
    "is_running": False,
    "is_silent": False,
}
_VERDICT_LINE = (
    '{"a": {"id": "k7f2m9x3qp", "name": "Dropout", "names_then": ["dropout"]}, '
    '"b": {"id": "w3c8r5v7hn", "name": "Drop-out", "names_then": ["drop-out"]}, '
    '"verdict": "different", "because": "One is a layer, the other a fault of a line.", '
    '"by": "erin", "at": "2026-03-09T10:00:00+00:00"}\n'
)
_CONFIRMED = {"comment": _DONE["comment"]}
_BRANCH = {
    "id": "h2d6k9p4rs",
    "slug": "dropout-sampling",
    "name": "Dropout (sampling)",
    "status": "published",
}
_PART = {**_CONTENT, "qualifier": "sampling", "aliases": [], "relations": [], "sources": []}
_SPLIT_WISH = {
    "term": _KEPT["id"],
    "stays": {"definition": _DEFINITION},
    "part": {"name": "Dropout", "qualifier": "sampling", "definition": "Some samples are left out."},
    "address": "stays",
    "moves": [{"source": _OTHER["id"], "kind": "related"}],
}
_SPLIT_PREVIEW = {
    "token": "0d94ce71a58b2f36e7c0418d5fa2b9637ce1840a",
    "term": {
        **_KEPT,
        "version": 7,
        "api_url": _TERM["api_url"],
        "content": {**_CONTENT, "definition": f"{_DEFINITION}\n\nSome samples are left out."},
    },
    "stays": _CONTENT,
    "part": {**_PART, "definition": "Some samples are left out."},
    "address": "stays",
    "difference": [_CHANGE],
    "dropped": [],
    "moves": {
        "addresses": [{"slug": "dropout", "leads_to": "stays"}],
        "lost_names": [],
        "could_move": [{"source": _OTHER, "kind": "related", "target": _KEPT}],
        "relations": [{"source": _OTHER, "kind": "related", "target": _KEPT}],
        "outdated_texts": [],
        "moved_texts": [],
        "plans": [],
    },
    "conflicts": [],
    "new_words": [],
    "needs_second_reader": False,
}
_SPLIT = {
    **_DONE,
    "id": 58,
    "kind": "split",
    "comment": "Two things of one name.",
    "api_url": f"{_API}/splits/58/",
    "undo": f"{_API}/splits/58/undo",
    "url": f"{_SITE}/admin/terms/operation/58/change/",
    "term": _KEPT,
    "part": _BRANCH,
}
_SPLIT_UNDO = {
    **_MERGE_UNDO,
    "comes_back": [],
    "sentences": ["The addresses of “Dropout (sampling)” lead to “Dropout”."],
}
_MERGE_PROPOSAL = {
    "id": 5,
    "kind": "merge",
    "state": "proposed",
    "terms": [_ABSORBED, _KEPT],
    "comment": _DONE["comment"],
    "by": "erin",
    "at": "2026-03-09T10:00:00Z",
    "reviewer": None,
    "decided_at": None,
    "reason": "",
    "operation": None,
    "token": _MERGE_PREVIEW["token"],
    "api_url": f"{_API}/merge-proposals/5/",
}
_PROPOSED_MERGE = {**_MERGE_PROPOSAL, "preview": _MERGE_PREVIEW, "is_stale": False, "obstacle": ""}
_DECIDED_MERGE = {
    **_PROPOSED_MERGE,
    "state": "approved",
    "reviewer": "ravi",
    "decided_at": "2026-03-10T11:20:00Z",
    "operation": 57,
    "preview": None,
}
_TABLE = "term,short definition\r\nDropout,Leaving random units out.\r\n"


def _with_content(revision: dict[str, Any]) -> dict[str, Any]:
    return {**revision, "content": _CONTENT}


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"count": 1, "next": None, "previous": None, "results": [item]}


def _found(
    matched: str, did_you_mean: str | None, facets: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    hit = {
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
    return {**_list_of(hit), "matched": matched, "did_you_mean": did_you_mean, "facets": facets}


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
    "preview_merge": _MERGE_WISH,
    "merge_terms": {**_MERGE_WISH, "token": _MERGE_PREVIEW["token"], **_CONFIRMED},
    "preview_split": _SPLIT_WISH,
    "split_term": {**_SPLIT_WISH, "token": _SPLIT_PREVIEW["token"], "comment": _SPLIT["comment"]},
    "undo_split": {"token": _SPLIT_UNDO["token"], "comment": "It is one thing."},
    "propose_merge": {**_MERGE_WISH, "token": _MERGE_PREVIEW["token"], **_CONFIRMED},
    "approve_merge_proposal": {"token": _MERGE_PREVIEW["token"]},
    "reject_merge_proposal": {"reason": "They are two things."},
    "withdraw_merge_proposal": {"comment": "They are two things."},
    "bring_merge_proposal_up_to_date": {},
    "undo_merge": {"token": _MERGE_UNDO["token"], "comment": "They are not the same."},
    "scan_for_duplicates": {},
    "judge_duplicate": {"verdict": "different", "because": _JUDGED_PAIR["because"]},
    "import_verdicts": File({"application/jsonl": _VERDICT_LINE}),
}

ANSWERS: dict[str, Any] = {
    "get_root": {
        "name": "Example glossary",
        **{
            name: f"{_API}/{name}/"
            for name in (
                *("terms", "tags", "letters", "proposals", "imports", "merges", "splits", "duplicates"),
                *("export", "docs"),
            )
        },
        "merge_proposals": f"{_API}/merge-proposals/",
        **{name: f"{_API}/{name}" for name in ("search", "suggest")},
        "openapi": f"{_API}/openapi.json",
    },
    "list_terms": _list_of(_TERM),
    "get_term": _TERM,
    "propose_term": {
        **_with_content(
            {**_PROPOSAL, "number": 1, "based_on": None, "api_url": f"{_API}/terms/k7f2m9x3qp/revisions/1/"}
        ),
        "look_alikes": [
            {
                **{name: _OTHER[name] for name in ("id", "name", "status")},
                "reason": "has “Unit dropout” among its other names",
                "strength": 0.9,
            }
        ],
    },
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
    "search": _found("all", None),
    "suggest": {
        "query": "drop",
        "suggestions": [
            {
                "text": "Dropout",
                "language": "",
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
    "list_duplicates": _list_of(_PAIR),
    "get_duplicate": _PAIR,
    "get_scan": _SCAN_STATE,
    "scan_for_duplicates": {
        "report": {
            "terms": 1_204,
            "found": 87,
            "new": 3,
            "changed": 1,
            "gone": 2,
            "reopened": 0,
            "is_full": True,
            "seconds": 0.9,
        },
        "state": _SCAN_STATE,
    },
    "judge_duplicate": {
        "pair": _JUDGED_PAIR,
        "message": "“Dropout” and “Drop-out” are different. They come back if one of their names changes.",
        "revision": None,
    },
    "export_verdicts": File({"application/jsonl": _VERDICT_LINE}),
    "import_verdicts": {"imported": 41, "already_so": 3, "conflicts": [], "unknown": [], "problems": []},
    "list_merges": _list_of(_MERGE),
    "preview_merge": _MERGE_PREVIEW,
    "merge_terms": _MERGE,
    "get_merge": _MERGE,
    "preview_undo_of_merge": _MERGE_UNDO,
    "undo_merge": {**_MERGE, **_UNDONE},
    "list_splits": _list_of(_SPLIT),
    "preview_split": _SPLIT_PREVIEW,
    "split_term": _SPLIT,
    "get_split": _SPLIT,
    "preview_undo_of_split": _SPLIT_UNDO,
    "undo_split": {**_SPLIT, **_UNDONE, "part": {**_BRANCH, "status": "merged"}},
    "list_merge_proposals": _list_of(_MERGE_PROPOSAL),
    "propose_merge": _PROPOSED_MERGE,
    "get_merge_proposal": _PROPOSED_MERGE,
    "approve_merge_proposal": _DECIDED_MERGE,
    "reject_merge_proposal": {
        **_DECIDED_MERGE,
        "state": "rejected",
        "reason": "They are two things.",
        "operation": None,
    },
    "withdraw_merge_proposal": {
        **_PROPOSED_MERGE,
        "state": "withdrawn",
        "reason": "They are two things.",
        "preview": None,
    },
    "bring_merge_proposal_up_to_date": _PROPOSED_MERGE,
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
FURTHER_ANSWERS: dict[str, dict[str, Any]] = {
    "get_term": {"as_of": _with_content(_VERSION)},
    "search": {
        "q=drpout": _found("corrected", "dropout"),
        "facets=true": _found(
            "all",
            None,
            [
                {"key": "tag", "values": [{"value": "training", "label": "Training", "count": 1}]},
                {"key": "status", "values": [{"value": "published", "label": "Published", "count": 1}]},
            ],
        ),
    },
}


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
