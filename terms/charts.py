"""Where the marks of a small chart stand, in whole units of its drawing. Templates set them as SVG.

Nothing here knows of rows or of words for readers; nothing that is more than nothing vanishes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# About what a phone shows in pixels, so that the letters of a drawing are as large there as beside it.
WIDTH = 360

_ROW = 26
_BAR_START, _BAR_END = 88, 300
_TOP, _PLOT = 18, 112
_FOOT = 20
_SMALLEST = 2
_NAMED_EVERY = 4


@dataclass(frozen=True)
class Bar:
    """One amount as a bar that lies, its label in front of it and its number behind."""

    label: str
    amount: int
    top: int
    length: int

    @property
    def end(self) -> int:
        return _BAR_START + self.length


@dataclass(frozen=True)
class Bars:
    """Amounts under one another, as long as they are large."""

    bars: tuple[Bar, ...]

    start = _BAR_START
    width = WIDTH

    @property
    def height(self) -> int:
        return _ROW * len(self.bars)


@dataclass(frozen=True)
class Part:
    """A part of a column, by its kind."""

    kind: str
    amount: int
    top: int
    height: int


@dataclass(frozen=True)
class Column:
    """Amounts on top of one another; `is_open` when more may still come, `is_named` when there is room."""

    label: str
    total: int
    left: int
    top: int
    parts: tuple[Part, ...]
    is_open: bool
    is_named: bool


@dataclass(frozen=True)
class Columns:
    """Columns beside one another on one scale, the last one still open."""

    columns: tuple[Column, ...]
    step: int

    width = WIDTH
    base = _TOP + _PLOT
    height = _TOP + _PLOT + _FOOT

    @property
    def thickness(self) -> int:
        return self.step * 2 // 3

    @property
    def middle(self) -> int:
        return self.thickness // 2


def bars(amounts: Sequence[tuple[str, int]]) -> Bars:
    """Lay out labelled amounts as bars, in the order given."""
    largest = max((amount for _, amount in amounts), default=0)
    return Bars(
        tuple(
            Bar(label, amount, place * _ROW, _extent(amount, largest, _BAR_END - _BAR_START))
            for place, (label, amount) in enumerate(amounts)
        )
    )


def columns(stacks: Sequence[tuple[str, Mapping[str, int]]]) -> Columns:
    """Lay out labelled stacks as columns; the parts of a stack stand in its order, from below."""
    largest = max((sum(stack.values()) for _, stack in stacks), default=0)
    step = WIDTH // max(len(stacks), 1)
    laid = [
        _column(label, stack, largest, left=place * step, place=place, places=len(stacks))
        for place, (label, stack) in enumerate(stacks)
    ]
    return Columns(tuple(laid), step)


def _column(
    label: str, stack: Mapping[str, int], largest: int, *, left: int, place: int, places: int
) -> Column:
    top, parts = Columns.base, []
    for kind, amount in stack.items():
        if amount:
            height = _extent(amount, largest, _PLOT)
            top -= height
            parts.append(Part(kind, amount, top, height))
    return Column(
        label,
        sum(stack.values()),
        left,
        top,
        tuple(parts),
        is_open=place == places - 1,
        is_named=place % _NAMED_EVERY == 0,
    )


def _extent(amount: int, largest: int, room: int) -> int:
    return max(round(amount * room / largest), _SMALLEST) if amount else 0
