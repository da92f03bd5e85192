"""Verdicts on pairs of look-alikes, one at a time or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import log, workflow
from ..duplicates import ledger
from ..errors import InvalidContent, NotAllowed, TermbookError, WrongState
from ..models import DuplicatePair, Event, Revision
from . import relating

_Verdict = DuplicatePair.Verdict

# What a person can say; the last one takes back what was said.
VERDICTS = (_Verdict.DIFFERENT, _Verdict.RELATED, _Verdict.LATER, _Verdict.OPEN)


@dataclass(frozen=True)
class Judged:
    """What became of a verdict, in a sentence. With a `refusal` nothing did.

    `revision` is the text that says how the two are related, where one was written.
    """

    pair: DuplicatePair | None
    sentence: str
    revision: Revision | None = None
    refusal: TermbookError | None = None


def judge(*, pair_id: int, verdict: str, by: Any, because: str = "") -> Judged:
    """Say of a pair that its terms are `different` (with a reason) or `related`, or leave it for `later`.

    “Different” and “related” stand until one of the names changes. Related terms get the relation, as
    a proposal or in a draft, where it is not recorded; the answer tells what became of that. `open`
    takes back what was said.

    Raises NotAllowed, InvalidContent, and WrongState for a pair that was judged already, with who said
    what: that has to be taken back first.
    """
    [judged] = judge_many(pair_ids=[pair_id], verdict=verdict, by=by, because=because)
    return _or_refusal(judged)


def relate(*, pair_id: int, kind: str, by: Any, because: str = "") -> Judged:
    """Judge a pair related, and say how: the second is `related`, `broader` or `narrower` than the first.

    Raises as `judge`.
    """
    if kind not in relating.KINDS:
        raise InvalidContent({"kind": [f"“{kind}” is no relation. Use {', '.join(relating.KINDS)}."]})
    [judged] = _judge_all([pair_id], _Verdict.RELATED, by, because, kind)
    return _or_refusal(judged)


def judge_many(*, pair_ids: Sequence[int], verdict: str, by: Any, because: str = "") -> list[Judged]:
    """Say one thing of many pairs, as `judge` does of one; a pair that refuses it leaves the others."""
    if verdict not in VERDICTS:
        raise InvalidContent({"verdict": [f"“{verdict}” is no verdict. Use {', '.join(VERDICTS)}."]})
    return _judge_all(pair_ids, verdict, by, because, relating.RELATED)


def check_right(by: Any) -> None:
    """Refuse whoever may not judge."""
    if not by.is_active or not by.has_perm("terms.edit_term"):
        raise NotAllowed("Look-alikes: your account has no right to judge them. Ask a chief editor.")


def _or_refusal(judged: Judged) -> Judged:
    if judged.refusal is not None:
        raise judged.refusal
    return judged


@transaction.atomic
def _judge_all(pair_ids: Sequence[int], verdict: str, by: Any, because: str, kind: str) -> list[Judged]:
    check_right(by)
    because = _cleaned(verdict, because)
    pairs = {pair.pk: pair for pair in ledger.lock(pair_ids)}
    refusals = {pk: refusal for pk, pair in pairs.items() if (refusal := _refusal(pair, verdict)) is not None}
    judged = [pair for pk, pair in pairs.items() if pk not in refusals]
    lines = [_line(pair, verdict, because) for pair in judged]
    ledger.write(judged, verdict, by=by, because=because)
    log.record_all(lines, by=by)
    outcomes = {pair.pk: _told(pair, verdict, by, kind) for pair in judged}
    for pk, refusal in refusals.items():
        outcomes[pk] = Judged(pairs[pk], refusal.message, refusal=refusal)
    return [outcomes.get(pk) or _not_there() for pk in dict.fromkeys(pair_ids)]


def _cleaned(verdict: str, because: str) -> str:
    """Return the reason as it is kept."""
    try:
        because = workflow.clean_remark("reason", because)
    except InvalidContent as refusal:
        raise InvalidContent({"because": refusal.problems["reason"]}) from refusal
    if verdict == _Verdict.DIFFERENT and not because:
        sentence = "Different: say why in a few words, so that nobody has to find it out again."
        raise InvalidContent({"because": [sentence]})
    return "" if verdict == _Verdict.OPEN else because


def _refusal(pair: DuplicatePair, verdict: str) -> WrongState | None:
    both = in_words(pair)
    if pair.verdict == _Verdict.MERGED:
        return WrongState(f"{both} were {_said(pair)}. Undo the merge if they are two.")
    gone = next((term for term in (pair.first, pair.second) if term.is_gone), None)
    if gone is not None:
        state = gone.get_status_display().lower()
        return WrongState(f"“{gone.full_name}” is {state} by now; there is nothing to judge.")
    if pair.verdict == verdict == _Verdict.OPEN:
        return WrongState(f"{both}: nothing was said of them that could be taken back.")
    if pair.verdict == verdict == _Verdict.LATER:
        return WrongState(f"{both} were {_said(pair)} already.")
    if pair.verdict in ledger.STANDING and verdict != _Verdict.OPEN:
        return WrongState(f"{both} were {_said(pair)}. Take that back first, if it is wrong.")
    return None


_SAID = {
    _Verdict.MERGED: "merged",
    _Verdict.DIFFERENT: "judged different",
    _Verdict.RELATED: "judged related",
    _Verdict.LATER: "left for later",
}


def _said(pair: DuplicatePair) -> str:
    """Return who said what of a pair, and when."""
    day = f" on {timezone.localdate(pair.judged_at):%Y-%m-%d}" if pair.judged_at else ""
    because = f" (“{pair.because}”)" if pair.because else ""
    return f"{_SAID[_Verdict(pair.verdict)]} by {pair.judged_by}{day}{because}"


def in_words(pair: DuplicatePair) -> str:
    """Return what a pair is called in a sentence."""
    return f"“{pair.first.full_name}” and “{pair.second.full_name}”"


def _line(pair: DuplicatePair, verdict: str, because: str) -> log.Line:
    """Return the line of the log; made before the verdict is written, of which it tells when taken back."""
    if verdict == _Verdict.OPEN:
        note = f"{in_words(pair)}: “{pair.get_verdict_display().lower()}” taken back."
    else:
        note = f"{in_words(pair)}: {_Verdict(verdict).label.lower()}."
    return log.Line(Event.Kind.PAIR_JUDGED, pair.first, note=f"{note} {because}".strip())


def _told(pair: DuplicatePair, verdict: str, by: Any, kind: str) -> Judged:
    both = in_words(pair)
    if verdict == _Verdict.DIFFERENT:
        return Judged(pair, f"{both} are different. They come back if one of their names changes.")
    if verdict == _Verdict.LATER:
        return Judged(pair, f"{both} wait in the list “Later”.")
    if verdict == _Verdict.OPEN:
        return Judged(pair, f"{both} are to be judged again.")
    recorded = relating.record(pair, kind, by=by)
    return Judged(pair, f"{both} are related. {recorded.sentence}", revision=recorded.revision)


def _not_there() -> Judged:
    refusal = WrongState("This pair is not there any more: its terms look alike no longer. Look at the list.")
    return Judged(None, refusal.message, refusal=refusal)
