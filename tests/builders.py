"""Plain functions that make what a test needs, through the doors that everybody uses."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command

from terms import importing, merging, workflow
from terms.models import ImportBatch, Operation, Revision, Term

GROUPS = json.loads((settings.BASE_DIR / "fixtures" / "groups.json").read_text("utf-8"))
# The rights on terms that each role has, as the site is set up with.
ROLES = {
    group["fields"]["name"]: [right for right, _, model in group["fields"]["permissions"] if model == "term"]
    for group in GROUPS
}

_numbers = count(1)


def make_user(role: str = "", **fields: Any) -> Any:
    """Make an account; with a role, in the group of that name with its rights."""
    name = fields.pop("username", f"{(role or 'reader').lower().replace(' ', '-')}-{next(_numbers)}")
    user = get_user_model().objects.create_user(name, password="secret-words-9", **fields)
    if role:
        if not Group.objects.filter(name=role).exists():
            call_command("loaddata", "groups", verbosity=0)
        user.groups.add(Group.objects.get(name=role))
        user.is_staff = role != "Contributors"
        user.save()
    return user


def make_draft(name: str = "Dropout", by: Any = None, **content: Any) -> Revision:
    """Make a draft of an editor."""
    content = {"name": name, "definition": f"What {name} is.", **content}
    return workflow.create_draft(content=content, by=by or make_user("Editors"))


def make_term(name: str = "Dropout", by: Any = None, reviewer: Any = None, **content: Any) -> Term:
    """Make a published term: proposed by an editor, approved by a reviewer."""
    content = {"name": name, "definition": f"What {name} is.", **content}
    revision = workflow.propose(content=content, by=by or make_user("Editors"))
    return workflow.approve(revision_id=revision.pk, by=reviewer or make_user("Reviewers"))


def propose_change(term: Term, by: Any = None, comment: str = "A change.", **content: Any) -> Revision:
    """Propose a change of the live text of a term."""
    return workflow.propose(
        term_id=term.pk,
        based_on=term.live_revision.number,
        content=content,
        by=by or make_user("Editors"),
        comment=comment,
    )


def bring_in(data: bytes, by: Any, file_name: str = "terms.csv", **options: Any) -> ImportBatch:
    """Import a file as one does who looks at the preview and finds nothing wrong with it."""
    file = importing.GivenFile(file_name, data)
    batch = importing.prepare([file], by=by, options=importing.Options(**options))
    return importing.carry_out(batch, importing.token(batch, by), by=by)


def merge(kept: Term, *absorbed: Term, by: Any = None, comment: str = "", **content: Any) -> Operation:
    """Merge terms as one does who looks at the preview and finds nothing wrong with it."""
    by = by or make_user("Chief editors")
    terms = {"kept_id": kept.pk, "absorbed_ids": [term.pk for term in absorbed]}
    token = merging.preview(**terms, by=by, content=content).token
    return merging.merge(**terms, content=content, token=token, by=by, comment=comment)


def undo(operation: Operation, by: Any = None, comment: str = "") -> Operation:
    """Undo a merge or a split as its preview shows it."""
    by = by or make_user("Chief editors")
    token = merging.undo_preview(operation.pk, by=by).token
    return merging.undo(operation.pk, token=token, by=by, comment=comment)
