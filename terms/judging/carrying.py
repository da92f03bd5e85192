"""The ledger of verdicts as a file: taken out whole, and brought in where nobody has judged yet."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from .. import log, revisions, text
from ..duplicates import ledger, scanning
from ..duplicates.reading import name_keys
from ..errors import NotAllowed, UnreadableFile
from ..formats import decoding, delimited, safe_json
from ..models import DuplicatePair, Event, Term
from .verdicts import check_right, in_words

_Verdict = DuplicatePair.Verdict

# What a table has as columns; the names of a side are joined as lists in a cell are.
_COLUMNS = (
    *("verdict", "because", "by", "at"),
    *(f"{side}_{name}" for side in ("a", "b") for name in ("id", "name", "names_then")),
)

Row = dict[str, Any]


def export_verdicts(by: Any) -> Iterator[Row]:
    """Return all that was said of pairs, as `all_verdicts` does, for those who see drafts.

    Raises NotAllowed for others.
    """
    if not by.is_active or not by.has_perm("terms.view_drafts"):
        raise NotAllowed("Look-alikes: your account has no right to see them. Ask a chief editor.")
    return all_verdicts()


def all_verdicts() -> Iterator[Row]:
    """Yield all that was said of pairs, also of those of which a term is gone: both terms by public id and
    full name with what they were called then, the verdict, why, by whom and when. No right is asked.
    """
    judged = DuplicatePair.objects.exclude(verdict=_Verdict.OPEN).order_by("pk")
    for pair in ledger.with_terms(judged).iterator(chunk_size=500):
        first, second = pair.names_then or ([], [])
        yield {
            "a": _side(pair.first, first),
            "b": _side(pair.second, second),
            "verdict": pair.verdict,
            "because": pair.because,
            "by": pair.judged_by.get_username() if pair.judged_by else "",
            "at": pair.judged_at.astimezone(UTC).isoformat(timespec="seconds") if pair.judged_at else "",
        }


def _side(term: Term, names_then: list[str]) -> Row:
    return {"id": term.public_id, "name": term.full_name, "names_then": names_then}


def as_json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield one JSON object a line."""
    for row in rows:
        # In ASCII: there are signs beyond it that some programs take for the end of a line.
        yield f"{json.dumps(row)}\n"


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table for spreadsheets; what would be a formula there has an apostrophe in front."""
    yield delimited.guarded_line(_COLUMNS)
    for row in rows:
        cells = [row[name] for name in ("verdict", "because", "by", "at")]
        for side in (row["a"], row["b"]):
            names = delimited.joined_items([name] for name in side["names_then"])
            cells += [side["id"], side["name"], names]
        yield delimited.guarded_line(cells)


# --- Bringing in ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ImportReport:
    """What became of the verdicts in a file; in sentences with the number of the line where nothing did."""

    imported: int = 0
    already_so: int = 0
    unknown: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def import_verdicts(data: bytes, *, by: Any) -> ImportReport:
    """Take over verdicts from a file as `as_json_lines` or `as_csv` writes them.

    Terms are found by public id, else by full name. What somebody has judged here stays; a merge is not
    carried over. Who judged and when is kept; of a person without an account here, in the reason.
    Raises NotAllowed, and UnreadableFile for what is no such file.
    """
    check_right(by)
    said, problems = _read(data)
    with transaction.atomic():
        return _Bringing(said, by, problems).carry_out()


class _Said(NamedTuple):
    """One verdict of a file."""

    line: int
    ids: tuple[str, str]
    names: tuple[str, str]
    names_then: tuple[list[str], list[str]]
    verdict: str
    because: str
    by: str
    at: datetime | None


MOST_VERDICTS = 20_000
_LARGEST = 20 * 1024 * 1024


def _read(data: bytes) -> tuple[list[_Said], list[str]]:
    if len(data) > _LARGEST:
        raise UnreadableFile(f"The file has more than {_LARGEST // 2**20} MB. Bring it in in parts.")
    content = decoding.decode(data)
    if not content.strip():
        raise UnreadableFile("The file is empty.")
    rows = _json_rows(content) if content.lstrip().startswith("{") else _table_rows(content)
    said: list[_Said] = []
    problems: list[str] = []
    for line, row in rows:
        one = row if isinstance(row, str) else _said(line, row)
        if isinstance(one, str):
            problems.append(f"Line {line}: {one}")
        else:
            said.append(one)
        if len(said) > MOST_VERDICTS:
            raise UnreadableFile(f"The file has more than {MOST_VERDICTS:,} verdicts. Bring it in in parts.")
    return said, problems


def _json_rows(content: str) -> Iterator[tuple[int, Row | str]]:
    for line, document in safe_json.load_lines(content):
        if isinstance(document, UnreadableFile):
            yield line, document.message
        elif isinstance(document.value, dict):
            yield line, document.value
        else:
            yield line, "this is no object."


def _table_rows(content: str) -> Iterator[tuple[int, Row | str]]:
    table = delimited.table(content, is_heading=lambda cell: cell.strip().lower() in _COLUMNS)
    names = [cell.strip().lower() for cell in table.head.cells]
    missing = {"verdict", "a_id", "a_name", "b_id", "b_name"} - set(names)
    if missing:
        raise UnreadableFile(f"This is no list of verdicts: the column “{min(missing)}” is missing.")
    rows = table.rows()
    next(rows)
    for row in rows:
        named = delimited.NamedRow.of(row, names)
        if named.problem is not None and named.problem.fatal:
            yield row.line, named.problem.message
            continue
        yield row.line, _nested(named.cells)


def _nested(cells: Mapping[str, str]) -> Row:
    """Return a row of a table in the shape that an object has."""
    sides = {
        side: {
            "id": cells.get(f"{side}_id", ""),
            "name": cells.get(f"{side}_name", ""),
            "names_then": [
                item[0] for item in delimited.split_items(cells.get(f"{side}_names_then", "")) if item[0]
            ],
        }
        for side in ("a", "b")
    }
    return {**sides, **{name: cells.get(name, "") for name in ("verdict", "because", "by", "at")}}


_TAKEN = (_Verdict.DIFFERENT, _Verdict.RELATED, _Verdict.LATER)


def _said(line: int, row: Row) -> _Said | str:
    """Return what a row says, or what is wrong with it."""
    sides: list[Any] = [row.get("a"), row.get("b")]
    if not all(isinstance(side, dict) for side in sides):
        return "“a” and “b” have to be objects with “id” and “name”."
    texts = [row.get(name, "") for name in ("verdict", "because", "by", "at")]
    texts += [side.get(name, "") for side in sides for name in ("id", "name")]
    lists = [side.get("names_then", []) for side in sides]
    if not all(isinstance(names, list) for names in lists):
        return "“names_then” has to be a list of names."
    if not all(isinstance(one, str) and not revisions.has_control_signs(one) for one in _flat(texts, *lists)):
        return "every value has to be a text without control characters."
    verdict, because, who, when, a_id, a_name, b_id, b_name = (one.strip() for one in texts)
    if verdict == _Verdict.MERGED:
        return f"“{a_name}” and “{b_name}” were merged; a merge is not carried over. Merge them here."
    if verdict not in _TAKEN:
        return f"“{verdict:.40}” is no verdict. Use {', '.join(_TAKEN)}."
    at = _moment(when)
    if when and at is None:
        return f"“{when:.40}” is no time. Use ISO 8601, such as 2026-05-01T12:00:00+00:00."
    a_names, b_names = ([text.name_key(name) for name in names] for names in lists)
    return _Said(line, (a_id, b_id), (a_name, b_name), (a_names, b_names), verdict, because, who, at)


def _flat(*lists: Iterable[Any]) -> Iterator[Any]:
    for some in lists:
        yield from some


def _moment(written: str) -> datetime | None:
    try:
        moment = parse_datetime(written)
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass
class _Bringing:
    """One file being brought in; what became of each line gathers here."""

    said: Sequence[_Said]
    by: Any
    problems: list[str]
    imported: int = 0
    already_so: int = 0
    unknown: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    lines: list[log.Line] = field(default_factory=list)

    def carry_out(self) -> ImportReport:
        scanning.hold()
        self._find_terms()
        wanted = [(one, ends) for one in self.said if (ends := self._ends(one)) is not None]
        # The terms first, ordered by id: a merge holds them while it settles its pairs.
        self._terms = {
            term.pk: term for term in Term.objects.lock(*{pk for _, ends in wanted for pk in ends})
        }
        self._names = name_keys(self._terms)
        self._pairs = ledger.lock_among(self._terms)
        for one, ends in wanted:
            self._take_over(one, ends)
        log.record_all(self.lines, by=self.by)
        return ImportReport(
            self.imported,
            self.already_so,
            tuple(self.unknown),
            tuple(self.conflicts),
            tuple(self.problems),
        )

    def _find_terms(self) -> None:
        """Read the terms that are named, and the accounts."""
        there = Term.objects.exclude(status__in=Term.GONE_STATUSES).order_by("pk")
        names = {text.name_key(name) for one in self.said for name in one.names}
        without_qualifier = {name.rpartition(" (")[0] for name in names}
        self._by_id: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._people: dict[str, Any] = {}
        for some in _portions({public_id for one in self.said for public_id in one.ids}):
            self._by_id |= dict(there.filter(public_id__in=some).values_list("public_id", "pk"))
        for some in _portions(names | without_qualifier):
            for term in there.filter(name_key__in=some).only("name", "qualifier"):
                self._by_name[text.name_key(term.full_name)].append(term.pk)
        for some in _portions({one.by for one in self.said}):
            people = get_user_model().objects.filter(username__in=some)
            self._people |= {person.get_username(): person for person in people}

    def _ends(self, one: _Said) -> tuple[int, int] | None:
        found = []
        for public_id, name in zip(one.ids, one.names, strict=True):
            called = self._by_name.get(text.name_key(name), [])
            pk = self._by_id.get(public_id) or (called[0] if len(called) == 1 else None)
            if pk is None:
                why = "several terms have this name" if called else "there is no such term"
                self.unknown.append(f"Line {one.line}: “{name or public_id}”: {why}.")
                return None
            found.append(pk)
        if found[0] == found[1]:
            self.problems.append(f"Line {one.line}: “{one.names[0]}” and “{one.names[1]}” are one term here.")
            return None
        return found[0], found[1]

    def _take_over(self, one: _Said, ends: tuple[int, int]) -> None:
        pair = self._pair(*sorted(ends))
        is_open = pair.verdict == _Verdict.OPEN
        if pair.verdict == one.verdict:
            self.already_so += 1
        elif is_open or (pair.verdict == _Verdict.LATER and one.verdict in ledger.STANDING):
            self._write(one, ends, pair)
            self.imported += 1
        else:
            self.conflicts.append(
                f"Line {one.line}: {in_words(pair)}: “{_Verdict(one.verdict).label.lower()}” in the file, "
                f"“{pair.get_verdict_display().lower()}” by {pair.judged_by} here, which stays."
            )

    def _pair(self, first: int, second: int) -> DuplicatePair:
        """Return the pair of two terms; one that nobody has found so far is made."""
        pair = self._pairs.setdefault((first, second), DuplicatePair(score=0.0))
        pair.first, pair.second = self._terms[first], self._terms[second]
        return pair

    def _write(self, one: _Said, ends: tuple[int, int], pair: DuplicatePair) -> None:
        then = {pk: sorted(set(names)) for pk, names in zip(ends, one.names_then, strict=True)}
        person = self._people.get(one.by)
        because = " ".join(filter(None, (one.because, "" if person else _note(one))))
        ledger.write_one(
            pair,
            one.verdict,
            by=person or self.by,
            because=because,
            at=one.at or timezone.now(),
            names_then=[then[pk] or self._names[pk] for pk in (pair.first_id, pair.second_id)],
        )
        note = f"{in_words(pair)}: {_Verdict(one.verdict).label.lower()}, from a file. {because}".strip()
        self.lines.append(log.Line(Event.Kind.PAIR_JUDGED, pair.first, note=note))


def _note(one: _Said) -> str:
    """Return who judged, for somebody who has no account here."""
    when = f" on {one.at:%Y-%m-%d}" if one.at else ""
    return f"(Judged by {one.by}{when}.)" if one.by else ""


_AT_ONCE = 1_000


def _portions(values: Iterable[str]) -> Iterator[list[str]]:
    rows = sorted(filter(None, values))
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
