"""The lines of the index: the names of public terms, and the later words by which names are suggested."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.conf import settings

from .. import collation, publishing
from .. import text as wording
from ..models import Alias, IndexChange, IndexEntry, Term

# What the key of a turned line begins with. No other key has it, so that a range over keys is
# either one of names as they are or one of turned lines, and none has to be left out of it.
TURNED = "\x01"

_KEY_LENGTH = 400
# A reader remembers one of the first words of a long name.
_MOST_TURNED = 5
# Nobody begins a name with these; they would stand before what somebody looks for.
_LITTLE_WORDS = frozenset(
    wording.words("a an and as at by for from in into is of on or per the to under vs with")
)
# Whoever is further behind than so many changed terms reads all names again.
_CHANGES_KEPT = 10_000


def write(terms: Sequence[Term], *, ids: Collection[int]) -> None:
    """Write the lines of these public terms anew; `ids` are all that changed, public or not any more.

    What keeps names in memory is told of it. Takes part in the caller's transaction, which holds
    the content version.
    """
    IndexEntry.objects.filter(term_id__in=ids).delete()
    IndexEntry.objects.bulk_create([entry for term in terms for entry in _lines(term)])
    _tell(ids)


def _tell(ids: Collection[int]) -> None:
    """Note which terms changed. The version may still rise before the transaction ends: whoever
    follows looks at the changes of the version that is known already, too."""
    version = publishing.content_version()
    changes = IndexChange.objects.bulk_create(
        IndexChange(content_version=version, term_id=term_id) for term_id in sorted(ids)
    )
    if changes:
        IndexChange.objects.filter(pk__lte=changes[-1].pk - _CHANGES_KEPT).delete()


def _lines(term: Term) -> Iterator[IndexEntry]:
    """The lines of a term: its name, its aliases, and unlisted its name with the qualifier spelt out;
    of all that is shown also those that begin with a later word."""
    yield _line(term, term.name, shown=term.full_name)
    if term.qualifier:
        yield _line(term, term.full_name, is_hidden=True)
    yield from _turned(term, term.name, shown=term.full_name)
    for alias in term.aliases.all():
        is_hidden = alias.kind == Alias.Kind.HIDDEN
        said: dict[str, Any] = {"shown": alias.text, "language": _foreign(alias.language), "is_alias": True}
        yield _line(term, alias.text, is_hidden=is_hidden, **said)
        if not is_hidden:
            yield from _turned(term, alias.text, **said)


def _foreign(language: str) -> str:
    """Return the language of an alias; nothing if it is that of the site."""
    of_site = settings.LANGUAGE_CODE.lower()
    return "" if language.lower() in {of_site, of_site.split("-")[0]} else language


def _turned(term: Term, name: str, **said: Any) -> Iterator[IndexEntry]:
    words = wording.words(name)
    for turned in range(1, min(len(words), _MOST_TURNED + 1)):
        if words[turned] not in _LITTLE_WORDS:
            key = TURNED + " ".join(words[turned:] + words[:turned])
            line = _line(term, name, is_hidden=True, **said)
            line.key, line.turned = key[:_KEY_LENGTH], turned
            yield line


def _line(
    term: Term,
    name: str,
    *,
    shown: str = "",
    language: str = "",
    is_alias: bool = False,
    is_hidden: bool = False,
) -> IndexEntry:
    of_site = settings.LANGUAGE_CODE
    return IndexEntry(
        term=term,
        key=wording.sort_key(name)[:_KEY_LENGTH],
        sort_key="" if is_hidden else collation.sort_key(name, of_site),
        letter=collation.letter_of(name, of_site),
        text=shown or name,
        language=language,
        is_alias=is_alias,
        is_hidden=is_hidden,
        is_deprecated=term.status == Term.Status.DEPRECATED,
    )
