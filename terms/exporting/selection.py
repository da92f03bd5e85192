"""Which terms leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..errors import InvalidContent
from ..models import Alias, Tag, Term
from ..text import slug_for

STATUSES = (Term.Status.PUBLISHED, Term.Status.DEPRECATED, Term.Status.DRAFT)


@dataclass(frozen=True)
class Selection:
    """Which terms leave; what is empty does not narrow.

    `statuses` are of STATUSES, `tags` slugs or names, of which a term has one at least. `language`
    (BCP 47) takes the terms that have a name in that language, and no names of other foreign
    languages. `since` is the first moment of change that counts.
    """

    statuses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    since: datetime | None = None

    @classmethod
    def read(cls, asked: Mapping[str, Iterable[str]], *, by: Any) -> Selection:
        """Read `status`, `tag`, `language` and `since` (a day or a moment, ISO 8601) as a query has them.

        Raises InvalidContent, by field, for what cannot be meant.
        """
        statuses, tags = (tuple(filter(None, asked.get(field, ()))) for field in ("status", "tag"))
        language, since = _last(asked.get("language", ())), _last(asked.get("since", ()))
        problems = {
            "status": [_unknown_status(status) for status in statuses if status not in STATUSES],
            "tag": [f"There is no tag “{tag:.60}”." for tag in _unknown_tags(tags, by)],
            "since": [] if not since or _moment(since) else [_no_moment(since)],
        }
        if any(problems.values()):
            raise InvalidContent({field: told for field, told in problems.items() if told})
        return cls(statuses, tags, language, _moment(since) if since else None)

    def terms(self, by: Any) -> QuerySet[Term]:
        """Return these terms as far as `by` may see them, in the order of their names."""
        found = Term.objects.visible_to(by).exclude(Term.objects.rejected_drafts())
        found = found.filter(status__in=self.statuses or STATUSES)
        if self.tags:
            wanted = Q(tags__slug__in=[slug_for(tag) for tag in self.tags]) | Q(tags__slug__in=self.tags)
            found = found.filter(wanted)
        if self.language:
            found = found.filter(aliases__language__iexact=self.language, aliases__kind="translation")
        if self.since:
            found = found.filter(updated_at__gte=self.since)
        return found.order_by("sort_key", "qualifier_key", "pk").distinct()


def languages(by: Any) -> list[str]:
    """Return the foreign languages (BCP 47) in which terms that `by` may see have names, in order."""
    names = Alias.objects.filter(kind=Alias.Kind.TRANSLATION, term__in=Term.objects.visible_to(by))
    return sorted(set(names.exclude(language="").values_list("language", flat=True).order_by().distinct()))


def _last(values: Iterable[str]) -> str:
    return next((value.strip() for value in reversed(list(values)) if value.strip()), "")


def _unknown_status(status: str) -> str:
    return f"“{status:.40}” is no status of an export. Use {', '.join(STATUSES)}."


def _unknown_tags(tags: tuple[str, ...], by: Any) -> list[str]:
    """Return the tags that are not there; one that only drafts have is not there for readers."""
    seen = Tag.objects.all() if by.has_perm("terms.view_drafts") else Tag.objects.with_public_counts()
    known = set(seen.filter(slug__in=[*tags, *map(slug_for, tags)]).values_list("slug", flat=True))
    return [tag for tag in tags if not {tag, slug_for(tag)} & known]


def _no_moment(since: str) -> str:
    return f"“{since:.40}” is no day and no moment. Write 2026-01-31 or 2026-01-31T12:00:00Z."


def _moment(since: str) -> datetime | None:
    """Return the moment that a text names; a day begins in the zone of the site."""
    try:
        return datetime.combine(date.fromisoformat(since), time(), timezone.get_default_timezone())
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
