"""Relations that name terms which were merged: they lead where the merge leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..models import Term
from .content import Content


def survivors(public_ids: Iterable[str]) -> dict[str, str]:
    """Return for each of these terms that was merged the public id of the term that it became."""
    merged = Term.objects.filter(public_id__in=set(public_ids), merged_into__isnull=False)
    return dict(merged.values_list("public_id", "merged_into__public_id"))


def redirected(content: Content, own_id: str, leads: Mapping[str, str] | None = None) -> Content:
    """Return the content with its relations leading to the terms that the targets became.

    Each stands there once, and none leads to the term itself (`own_id`). `leads` says what became of
    which target, by their public ids; without it the database does.
    """
    relations = content["relations"]
    found = survivors(item["target"] for item in relations) if leads is None else leads
    if not any(item["target"] in found for item in relations):
        return content
    moved: list[dict[str, Any]] = []
    for item in relations:
        one = {**item, "target": found.get(item["target"], item["target"])}
        if one["target"] != own_id and one not in moved:
            moved.append(one)
    return {**content, "relations": moved}
