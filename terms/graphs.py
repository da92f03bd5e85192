"""Where names and lines of a small drawing of neighbours stand, in whole units. Templates set them as SVG.

A stem runs through the name in the middle: what is above it stands above, what is below it below, and
what is beside it branches off to both sides. All lines run in a channel between two columns of names,
so that the only name that one can cross is that in the middle. Nothing here knows of rows or of words
for readers.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

# What a phone of 360 pixels has room for, so that letters are there as large as they are drawn.
WIDTH = 320

_STEM = WIDTH // 2
# From the stem to the dots, and on to the names.
_TO_DOT, _TO_NAME = 22, 29
_SIDE_ROOM = _STEM - _TO_NAME - 1
_FULL_ROOM = WIDTH - 8
_LETTERS, _LEADING = 13, 15
_MIDDLE_LETTERS, _MIDDLE_LEADING = 17, 20
_ROW_GAP, _MIDDLE_GAP = 11, 16
_BEND = 9
_DEEPEST_BOW = 13

Side = Literal["above", "beside", "below"]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Neighbour:
    """A name that stands around the one in the middle, and the address that it leads to."""

    name: str
    address: str
    side: Side


@dataclass(frozen=True)
class Label:
    """A name as it is set: one line or two from `top`, at `x` by its start, its middle or its end."""

    name: str
    address: str
    lines: tuple[str, ...]
    anchor: Anchor
    x: int
    top: int
    letters: int = _LETTERS
    leading: int = _LEADING

    @property
    def is_cut(self) -> bool:
        return self.lines[-1].endswith("…") and not self.name.endswith("…")

    @property
    def baseline(self) -> int:
        """Where the first line stands: with its small letters as far from the top as from the bottom."""
        return self.top + self.letters - 2

    @property
    def box(self) -> tuple[int, int, int, int]:
        """What it covers at most: left, top, right, bottom."""
        width = max(width_of(line, self.letters) for line in self.lines)
        left = self.x - {"start": 0, "middle": -(-width // 2), "end": width}[self.anchor]
        return left, self.top, left + width, self.top + len(self.lines) * self.leading


@dataclass(frozen=True)
class Graph:
    """A drawing: the name in the middle, those around it, and the paths of dots and lines.

    `kin` are the lines up and down, `beside` those to the sides, `ties` those that neighbours have
    among themselves.
    """

    middle: Label
    labels: tuple[Label, ...]
    dots: str
    kin: str
    beside: str
    ties: str
    height: int

    width = WIDTH


def draw(
    middle: str,
    neighbours: Sequence[Neighbour],
    ties: Collection[tuple[int, int]] = (),
    *,
    mirrored: bool = False,
) -> Graph:
    """Lay out the neighbours of a name in their order; `ties` are pairs of places among them.

    `mirrored` begins on the right, as one reads from right to left.
    """
    canvas = _Canvas(sides=(1, -1) if mirrored else (-1, 1))
    places = {
        side: [place for place, one in enumerate(neighbours) if one.side == side]
        for side in ("above", "beside", "below")
    }
    for row in reversed(_pairs(places["above"])):
        canvas.add_row(row, neighbours, end=-1)
    label = canvas.add_middle(middle)
    for row in _pairs(places["beside"]):
        canvas.add_row(row, neighbours)
    for row in _pairs(places["below"]):
        canvas.add_row(row, neighbours, end=1)
    return canvas.finished(label, neighbours, ties)


def _pairs(places: Sequence[int]) -> list[Sequence[int]]:
    return [places[start : start + 2] for start in range(0, len(places), 2)]


@dataclass
class _Canvas:
    """What stands on the drawing so far, from its top down to `bottom`."""

    sides: tuple[int, int]
    bottom: int = 0
    labels: dict[int, Label] = field(default_factory=dict)
    dots: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add_row(self, row: Sequence[int], neighbours: Sequence[Neighbour], *, end: int = 0) -> None:
        """Add two names side by side; one alone may be the `end` of the stem, up (-1) or down (1)."""
        if end and len(row) == 1:
            self._add_end(row[0], neighbours[row[0]], is_down=end > 0)
            return
        lines = [_wrapped(neighbours[place].name, _SIDE_ROOM, _LETTERS) for place in row]
        height = max(map(len, lines)) * _LEADING
        middle = self.bottom + height // 2
        for place, text, side in zip(row, lines, self.sides, strict=False):
            one, top = neighbours[place], middle - len(text) * _LEADING // 2
            anchor: Anchor = "end" if side < 0 else "start"
            self.labels[place] = Label(one.name, one.address, text, anchor, _STEM + side * _TO_NAME, top)
            self.dots[place] = (_STEM + side * _TO_DOT, middle)
        self.bottom += height + _ROW_GAP

    def _add_end(self, place: int, one: Neighbour, *, is_down: bool) -> None:
        lines = _wrapped(one.name, _FULL_ROOM, _LETTERS)
        height = len(lines) * _LEADING
        top, dot = (8, 3) if is_down else (0, height + 6)
        self.labels[place] = Label(one.name, one.address, lines, "middle", _STEM, self.bottom + top)
        self.dots[place] = (_STEM, self.bottom + dot)
        self.bottom += height + 8 + _ROW_GAP

    def add_middle(self, name: str) -> Label:
        lines = _wrapped(name, _FULL_ROOM, _MIDDLE_LETTERS)
        top = self.bottom + (_MIDDLE_GAP - _ROW_GAP if self.labels else 0)
        self.bottom = top + len(lines) * _MIDDLE_LEADING + _MIDDLE_GAP
        return Label(name, "", lines, "middle", _STEM, top, _MIDDLE_LETTERS, _MIDDLE_LEADING)

    def finished(
        self, middle: Label, neighbours: Sequence[Neighbour], ties: Collection[tuple[int, int]]
    ) -> Graph:
        _, top, _, bottom = middle.box
        rows = {
            side: [self.dots[place] for place, one in enumerate(neighbours) if one.side == side]
            for side in ("above", "beside", "below")
        }
        return Graph(
            middle,
            tuple(self.labels[place] for place in range(len(neighbours))),
            dots="".join(f"M{x} {y}h0" for x, y in self.dots.values()),
            kin=_branches(top - 2, rows["above"], -1) + _branches(bottom + 3, rows["below"], 1),
            beside=_branches(bottom + 3, rows["beside"], 1, has_stem=not rows["below"]),
            ties="".join(
                _tie(*sorted((self.dots[one], self.dots[other]), key=lambda dot: (dot[1], dot[0])))
                for one, other in sorted(ties)
            ),
            height=max(self.bottom - _ROW_GAP, bottom) + 2,
        )


def _branches(start: int, dots: Sequence[tuple[int, int]], way: int, *, has_stem: bool = True) -> str:
    """Return a stem from `start` to the farthest of the dots, and what branches off to those beside it."""
    if not dots:
        return ""
    ends = [y if x == _STEM else y - way * _BEND for x, y in dots]
    farthest = max(ends, key=lambda y: way * y)
    stem = f"M{_STEM} {start}V{farthest}" if has_stem else ""
    return stem + "".join(
        f"M{_STEM} {y - way * _BEND}Q{_STEM} {y} {_STEM + (_BEND if x > _STEM else -_BEND)} {y}H{x}"
        for x, y in dots
        if x != _STEM
    )


def _tie(upper: tuple[int, int], lower: tuple[int, int]) -> str:
    """Return a bow between two dots: towards the stem on one side, through the stem to the other."""
    (x, y), (to_x, to_y) = upper, lower
    if x == to_x:
        bow = min(4 + (to_y - y) // 8, _DEEPEST_BOW)
        return f"M{x} {y}Q{x + bow if x < _STEM else x - bow} {(y + to_y) // 2} {x} {to_y}"
    if y == to_y:
        return f"M{x} {y}Q{_STEM} {y + _DEEPEST_BOW} {to_x} {y}"
    return f"M{x} {y}C{_STEM} {y} {_STEM} {to_y} {to_x} {to_y}"


# --- The width of words --------------------------------------------------------------------------

# In hundredths of the size, as wide as they are in any of the faces that readers may have.
_NARROW, _SLIM, _MEDIUM, _BROAD, _WIDE, _CAPITAL = 30, 41, 53, 61, 97, 76
_WIDTHS = {
    **dict.fromkeys("ijl.,:;'’|! ", _NARROW),
    **dict.fromkeys('ftrI-/()[]*“”"', _SLIM),
    **dict.fromkeys("aceksvxyz", _MEDIUM),
    **dict.fromkeys("bdghnopqu0123456789JLEFPSTZ", _BROAD),
    **dict.fromkeys("mwMWQ@%&—", _WIDE),
}
_FULL, _SMALL, _OTHER = 100, 64, 72
# Where a line may end: behind a space, and behind what joins two words.
_BREAK = re.compile(r"\s+|(?<=\w)[-‐–/]+(?=\w)")


def width_of(text: str, letters: int) -> int:
    """Return how wide a text is at most."""
    return math.ceil(sum(map(_sign_width, text)) * letters / 100)


def _sign_width(sign: str) -> int:
    known = _WIDTHS.get(sign)
    if known is not None:
        return known
    if unicodedata.east_asian_width(sign) in "WF":
        return _FULL
    category = unicodedata.category(sign)
    if category in ("Mn", "Me", "Cf"):
        return 0
    return {"Lu": _CAPITAL, "Ll": _SMALL}.get(category, _OTHER)


def _wrapped(name: str, room: int, letters: int) -> tuple[str, ...]:
    """Set a name in one line or, as evenly as can be, in two; what has no room is left out with a sign."""
    name = " ".join(name.split())
    if width_of(name, letters) <= room:
        return (name,)
    breaks = [found.end() for found in _BREAK.finditer(name)]
    halves = [(name[:end].rstrip(), name[end:]) for end in breaks]
    wider_of = {both: max(width_of(line, letters) for line in both) for both in halves}
    if wider_of and min(wider_of.values()) <= room:
        return min(halves, key=wider_of.__getitem__)
    firsts = [(first, rest) for first, rest in halves if width_of(first, letters) <= room]
    first, rest = firsts[-1] if firsts else _cut(name, room, letters)
    if width_of(rest, letters) > room:
        rest = _cut(rest, room - width_of("…", letters), letters)[0].rstrip() + "…"
    return first, rest


def _cut(text: str, room: int, letters: int) -> tuple[str, str]:
    """Cut a text where there is no more room, never between a letter and its marks."""
    widths = itertools.accumulate(map(_sign_width, text))
    end = sum(1 for _ in itertools.takewhile(lambda width: width * letters <= room * 100, widths))
    while 0 < end < len(text) and _sign_width(text[end]) == 0:
        end -= 1
    return text[: max(end, 1)], text[max(end, 1) :]
