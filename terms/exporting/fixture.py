"""Published terms as rows for `loaddata`: accounts, tags, terms, and the versions that were live.

Everything else that readers see is made from these after loading (`workflow.adopt`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet

from ..models import Revision, Tag, Term
from .selection import Selection

_MADE_LATER = frozenset({"document", "definition_html", "problems", "tags"})
_ROWS_AT_A_TIME = 200

Row = dict[str, Any]


def fixture(selection: Selection, *, by: Any) -> Iterator[bytes]:
    """Yield the chosen public terms, as far as `by` may see them, as a JSON fixture, piece by piece."""
    separator = b"[\n"
    for row in rows(selection, by=by):
        yield separator + json.dumps(row, ensure_ascii=False, indent=1).encode()
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def rows(selection: Selection, *, by: Any) -> Iterator[Row]:
    """Yield the rows of the fixture, each as `loaddata` takes it.

    Of accounts only the names leave, and nobody can log in with them. Drafts and proposals stay, so
    revisions are numbered like the versions that they became.
    """
    chosen = selection.terms(by).filter(status__in=Term.PUBLIC_STATUSES).order_by().values("pk")
    versions = Revision.objects.filter(version__isnull=False, term__in=chosen)
    wrote = Q(pk__in=versions.order_by().values("author")) | Q(pk__in=versions.order_by().values("reviewer"))
    yield from map(_account, get_user_model().objects.filter(wrote).order_by("username"))
    yield from map(_row, Tag.objects.filter(terms_taggedterm_items__content_object__in=chosen).distinct())
    yield from map(_term, _some_at_a_time(Term.objects.filter(pk__in=chosen).order_by("public_id")))
    yield from _versions(versions.select_related("term", "author", "reviewer", "based_on"))


def _some_at_a_time(found: QuerySet[Any]) -> Iterator[Any]:
    return found.iterator(chunk_size=_ROWS_AT_A_TIME)


def _account(account: Any) -> Row:
    return {
        "model": account._meta.label_lower,
        "fields": {"username": account.username, "password": "!", "is_active": False},
    }


def _row(row: Model) -> Row:
    [dumped] = serializers.serialize(
        "python", [row], use_natural_foreign_keys=True, use_natural_primary_keys=True
    )
    fields = {name: value for name, value in dumped["fields"].items() if name not in _MADE_LATER}
    return {"model": dumped["model"], "fields": json.loads(DjangoJSONEncoder().encode(fields))}


def _term(term: Term) -> Row:
    row = _row(term)
    row["fields"]["live_revision"] = [term.public_id, term.version]
    return row


def _versions(versions: QuerySet[Revision]) -> Iterator[Row]:
    """Yield the versions of each term, and what each was based on, if that went live too."""
    known: dict[int, int] = {}
    term_of_known = ""
    for revision in _some_at_a_time(versions.order_by("term__public_id", "number")):
        public_id = revision.term.public_id
        if term_of_known != public_id:
            term_of_known, known = public_id, {}
        base = known.get(revision.based_on.number) if revision.based_on else None
        row = _row(revision)
        row["fields"] |= {
            "number": revision.version,
            "based_on": [public_id, base] if base else None,
            "supersedes": None,
            "assignee": None,
            "due_on": None,
        }
        known[revision.number] = revision.version
        yield row
