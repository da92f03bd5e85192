"""Writing the index: the rows of `SearchDocument` and `IndexEntry`, and the full-text index over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from django.db import transaction

from .. import markup, publishing
from .. import text as wording
from ..models import Alias, IndexEntry, SearchDocument, Term
from . import correcting, entries
from .engines import current_engine, execute, put_in_place, rows, tables_exist
from .words import DEPRECATED, PREPARED_LENGTH, PUBLISHED, prepared, prepared_facts, prepared_names

_CHUNK = 500


def refresh(term_ids: Iterable[int]) -> None:
    """Write the rows of these terms anew; those of a term that is not public any more go away.

    Takes part in the caller's transaction. The number of queries is the same for any number of
    terms up to 500, but for the size of one INSERT on SQLite.
    """
    ids = sorted(set(term_ids))
    for start in range(0, len(ids), _CHUNK):
        _refresh(ids[start : start + _CHUNK])


def rebuild() -> int:
    """Make the whole index anew, in steps of 500 terms, and return the number of terms in it.

    Each step is a transaction of its own: readers go on reading, editors wait for a step at most.
    """
    put_in_place()
    engine = current_engine()
    execute(engine.refill)
    correcting.forget_all()
    last = 0
    while ids := list(Term.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_CHUNK]):
        with transaction.atomic():
            # The lock of all publications comes before those of terms, here as there.
            # Raised, too: what is kept of pages shows what was found before.
            publishing.raise_content_version()
            _put_in_order(ids)
            _refresh(ids)
        last = ids[-1]
    execute(engine.tidy)
    return SearchDocument.objects.count()


def install() -> None:
    """Put the full-text index in place, and fill it if it was missing, changed or incomplete.

    Called after each migrate: when Django rebuilds a table on SQLite, its triggers are gone
    without a word. Does nothing when all is well, or before our tables exist.
    """
    if tables_exist() and (put_in_place() or not _is_complete()):
        rebuild()


def _put_in_order(ids: Sequence[int]) -> None:
    """Bring the places of these names up to date, those of drafts too: they hang on the language."""
    names = Term.objects.filter(pk__in=ids).only("name", "qualifier", "sort_key", "letter").order_by("pk")
    moved = []
    for term in names.select_for_update():
        place = term.sort_key, term.letter
        term.set_name(term.name, term.qualifier)
        if (term.sort_key, term.letter) != place:
            moved.append(term)
    Term.objects.bulk_update(moved, ["sort_key", "letter"])


@transaction.atomic
def _refresh(ids: Sequence[int]) -> None:
    # Locked: otherwise a rebuild could read a term, wait for an editor, and write the older words.
    terms = list(
        Term.objects.published()
        .filter(pk__in=ids)
        .only("name", "qualifier", "letter", "status", "short_definition", "definition")
        .order_by("pk")
        .select_for_update()
        .prefetch_related("aliases", "tags")  # type: ignore[misc]
    )
    entries.write(terms, ids=ids)
    SearchDocument.objects.filter(term_id__in=set(ids) - {term.pk for term in terms}).delete()
    SearchDocument.objects.bulk_create(
        [_document(term) for term in terms],
        update_conflicts=True,
        unique_fields=["term"],
        update_fields=[*PREPARED_LENGTH, "facts"],
    )
    correcting.learn(word for term in terms for name in _names(term) for word in wording.words(name))


def _document(term: Term) -> SearchDocument:
    tags = sorted(term.tags.all(), key=attrgetter("name"))
    is_published = term.status == Term.Status.PUBLISHED
    shown = [alias for alias in term.aliases.all() if alias.kind != Alias.Kind.HIDDEN]
    return SearchDocument(
        term=term,
        name=prepared_names("name", [term.full_name], also=[term.name] if term.qualifier else []),
        aliases=prepared_names("aliases", [alias.text for alias in term.aliases.all()]),
        tags=prepared_names("tags", [tag.name for tag in tags]),
        short=prepared("short", wording.words(term.short_definition)),
        body=prepared("body", wording.words(markup.to_plain_text(term.definition))),
        facts=prepared_facts(
            status=PUBLISHED if is_published else DEPRECATED,
            letter=term.letter,
            tags=[tag.slug for tag in tags],
            languages=sorted({alias.language for alias in shown if alias.language}),
        ),
    )


def _names(term: Term) -> list[str]:
    """The names that readers are shown."""
    aliases = [alias.text for alias in term.aliases.all() if alias.kind != Alias.Kind.HIDDEN]
    return [term.full_name, *aliases]


def _is_complete() -> bool:
    """Whether each public term, and no other, has its rows; counted, not compared."""
    public = Term.objects.published().count()
    named = IndexEntry.objects.filter(is_alias=False, is_hidden=False).count()
    ((indexed,),) = rows(current_engine().count_indexed)
    return public == named == SearchDocument.objects.count() == indexed
