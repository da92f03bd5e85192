"""Make fixtures/starter.json from the texts in fixtures/starter/*.yaml and fixtures/starter-tags.yaml.

The texts take the same way as everybody's: proposed by one account, approved by another, in a
scratch database that is thrown away. Identifiers and times are derived from the texts alone, so
that the same texts give the same file, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management.base import BaseCommand, CommandError

from terms import exporting, tagging, workflow
from terms.errors import TermbookError
from terms.models import Revision, Tag

AUTHOR, REVIEWER = "starter-author", "starter-reviewer"
WRITTEN_AT = "2026-11-21T12:00:00Z"
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_PLAIN_FIELDS = (
    "name",
    "qualifier",
    "short_definition",
    "definition",
    "aliases",
    "tags",
    "sources",
    "notes",
    "links_itself",
)
_RELATION_FIELDS = ("broader", "related", "see_also")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, default=settings.BASE_DIR / "fixtures" / "starter.json")
        parser.add_argument("--in-scratch-database", action="store_true", help="used by the command itself")

    def handle(self, *, output: Path, in_scratch_database: bool, **options: Any) -> None:
        if in_scratch_database:
            folder = settings.BASE_DIR / "fixtures"
            texts, subjects = _read_texts(folder / "starter"), _read_subjects(folder / "starter-tags.yaml")
            self.stdout.write(_build(texts, subjects), ending="")
            return
        with tempfile.TemporaryDirectory() as scratch:
            environment = {**os.environ, "TERMBOOK_DATA": scratch, "TERMBOOK_DATABASE_URL": ""}
            _manage(environment, "migrate", "--verbosity", "0")
            fixture = _manage(environment, "build_starter", "--in-scratch-database")
        output.write_text(fixture, encoding="utf-8")
        self.stdout.write(f"{output}: {len(json.loads(fixture))} rows")


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise CommandError(result.stderr)
    return result.stdout


def _read_texts(folder: Path) -> dict[str, dict[str, Any]]:
    texts = [
        text for path in sorted(folder.glob("*.yaml")) for text in yaml.safe_load(path.read_text("utf-8"))
    ]
    return {text["key"]: text for text in sorted(texts, key=lambda text: text["key"])}


def _read_subjects(path: Path) -> dict[str, str]:
    """Return what each tag is about, by its name."""
    return dict(yaml.safe_load(path.read_text("utf-8")))


def _build(texts: dict[str, dict[str, Any]], subjects: dict[str, str]) -> str:
    author, reviewer = _account(AUTHOR, "propose_term", "edit_term"), _account(REVIEWER, "review_term")
    drafts = {}
    for key, text in texts.items():
        content = {field: text[field] for field in _PLAIN_FIELDS if field in text}
        try:
            drafts[key] = workflow.create_draft(content=content, by=author, public_id=_id_of(key))
        except TermbookError as error:
            raise CommandError(f"{key}: {error}") from error
    # Twice through, because the texts relate to one another.
    for key, text in texts.items():
        _publish(drafts[key], _relations(text), author, reviewer)
    for key, text in texts.items():
        if text.get("status") == "deprecated":
            workflow.deprecate(
                term_id=drafts[key].term_id,
                by=reviewer,
                reason=text["deprecation_reason"],
                successors=[_id_of(successor) for successor in text.get("replaced_by", [])],
            )
    _describe_tags(subjects, author)
    return _dump()


def _publish(draft: Revision, relations: list[dict[str, str]], author: Any, reviewer: Any) -> None:
    proposal = workflow.propose(
        term_id=draft.term_id,
        based_on=draft.number,
        content={"relations": relations},
        by=author,
        comment="First text of the starter glossary.",
    )
    try:
        workflow.approve(revision_id=proposal.pk, by=reviewer)
    except TermbookError as error:
        raise CommandError(f"{proposal}: {error}") from error


def _relations(text: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"kind": kind, "target": _id_of(target)} for kind in _RELATION_FIELDS for target in text.get(kind, [])
    ]


def _describe_tags(subjects: dict[str, str], author: Any) -> None:
    tags = Tag.objects.in_bulk(field_name="name")
    if missing := sorted(tags.keys() - subjects.keys()):
        raise CommandError(f"Tags without a description in starter-tags.yaml: {', '.join(missing)}.")
    if unused := sorted(subjects.keys() - tags.keys()):
        raise CommandError(f"Tags in starter-tags.yaml that no entry has: {', '.join(unused)}.")
    for name, tag in sorted(tags.items()):
        tagging.describe(tag_id=tag.pk, name=name, description=subjects[name], by=author)


def _account(username: str, *rights: str) -> Any:
    user = get_user_model().objects.create_user(username)
    user.user_permissions.set(Permission.objects.filter(codename__in=[*rights, "view_drafts"]))
    # A fresh object: rights are remembered on the first question.
    return get_user_model().objects.get(pk=user.pk)


def _id_of(key: str) -> str:
    number = int.from_bytes(hashlib.sha256(f"termbook starter {key}".encode()).digest()[:8])
    signs = []
    for _ in range(10):
        number, rest = divmod(number, len(_ALPHABET))
        signs.append(_ALPHABET[rest])
    return "".join(signs)


def _dump() -> str:
    """Return the fixture of all that is there, with the same times in every run."""
    everything = exporting.fixture_rows(
        exporting.Selection(), by=get_user_model().objects.get(username=REVIEWER)
    )
    return json.dumps([_settled(row) for row in everything], ensure_ascii=False, indent=1) + "\n"


def _settled(row: dict[str, Any]) -> dict[str, Any]:
    times = row["fields"].keys() & {"created_at", "updated_at", "published_at", "decided_at"}
    return {**row, "fields": row["fields"] | dict.fromkeys(times, WRITTEN_AT)}
