"""What forbids the publication of a content, and what only deserves a reviewer's look.

Only what `obstacles` finds forbids anything; advice on the fields, on the style and on the words
of a text is for people to weigh.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import markup
from ..models import Term
from . import fields, prose, style, vocabulary
from .obstacles import Content, problems, refusal, refusals

__all__ = ["Checks", "Content", "check", "problems", "refusal", "refusals"]


@dataclass(frozen=True)
class Checks:
    """What a reviewer should know: what forbids publication, and what only deserves a look."""

    blocking: tuple[str, ...]
    advisory: tuple[str, ...]


def check(content: Content, *, term: Term | None = None) -> Checks:
    """Return what stands in the way of publishing a content, and what a reviewer should look at."""
    forbidden = problems(content, term)
    blocking = tuple(sentence for sentences in forbidden.values() for sentence in sentences)
    definition = markup.to_html(content["definition"])
    passages = prose.passages(definition.html)
    advice = [
        *definition.problems,
        *fields.advice(content, term),
        *style.advice(content, passages),
        *vocabulary.advice(content, passages, term),
    ]
    return Checks(blocking, tuple(advice))
