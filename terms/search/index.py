"""Writing the index: the rows of `SearchDocument` and `IndexEntry`, and the full-text index over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from django.db import transaction

from .. import markup
from .. import text as wording
from ..models import Alias, IndexEntry, SearchDocument, SiteState, Term
from .engines import current_engine, execute, put_in_place, rows, tables_exist
from .words import PREPARED_LENGTH, prepared, words_of_name

_CHUNK = 500
_KEY_LENGTH = 400


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
    last = 0
    while ids := list(Term.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_CHUNK]):
        with transaction.atomic():
            # The lock of all publications comes before those of terms, here as there.
            list(SiteState.objects.select_for_update().filter(pk=1))
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


@transaction.atomic
def _refresh(ids: Sequence[int]) -> None:
    # Locked: otherwise a rebuild could read a term, wait for an editor, and write the older words.
    terms = list(
        Term.objects.published()
        .filter(pk__in=ids)
        .only("name", "qualifier", "letter", "short_definition", "definition")
        .order_by("pk")
        .select_for_update()
        .prefetch_related("aliases", "tags")  # type: ignore[misc]
    )
    IndexEntry.objects.filter(term_id__in=ids).delete()
    IndexEntry.objects.bulk_create([entry for term in terms for entry in _index_entries(term)])
    SearchDocument.objects.filter(term_id__in=set(ids) - {term.pk for term in terms}).delete()
    SearchDocument.objects.bulk_create(
        [_document(term) for term in terms],
        update_conflicts=True,
        unique_fields=["term"],
        update_fields=list(PREPARED_LENGTH),
    )


def _index_entries(term: Term) -> list[IndexEntry]:
    """The lines of a term: its name, its aliases, and unlisted its name with the qualifier spelt out."""
    entries = [_entry(term, term.name, shown=term.full_name)]
    if term.qualifier:
        entries.append(_entry(term, term.full_name, is_hidden=True))
    for alias in term.aliases.all():
        is_hidden = alias.kind == Alias.Kind.HIDDEN
        entries.append(_entry(term, alias.text, is_alias=True, is_hidden=is_hidden))
    return entries


def _entry(
    term: Term, name: str, *, shown: str = "", is_alias: bool = False, is_hidden: bool = False
) -> IndexEntry:
    return IndexEntry(
        term=term,
        key=wording.sort_key(name)[:_KEY_LENGTH],
        letter=wording.letter_of(name),
        text=shown or name,
        is_alias=is_alias,
        is_hidden=is_hidden,
    )


def _document(term: Term) -> SearchDocument:
    aliases = [word for alias in term.aliases.all() for word in words_of_name(alias.text)]
    tags = [
        word for tag in sorted(term.tags.all(), key=attrgetter("name")) for word in words_of_name(tag.name)
    ]
    body = f"{term.short_definition}\n{markup.to_plain_text(term.definition)}"
    return SearchDocument(
        term=term,
        name=prepared("name", words_of_name(term.full_name)),
        aliases=prepared("aliases", aliases),
        tags=prepared("tags", tags),
        body=prepared("body", wording.words(body)),
    )


def _is_complete() -> bool:
    """Whether each public term, and no other, has its rows; counted, not compared."""
    public = Term.objects.published().count()
    named = IndexEntry.objects.filter(is_alias=False, is_hidden=False).count()
    ((indexed,),) = rows(current_engine().count_indexed)
    return public == named == SearchDocument.objects.count() == indexed
