"""Lines of the tables that are printed."""

from __future__ import annotations

from collections.abc import Sequence

OTHER_AIMS = ("what", "aim", "measured", "reached")


def print_headings(headings: Sequence[str]) -> None:
    print("", _row(headings), _row(["---"] * len(headings)), sep="\n", flush=True)


def print_row(*cells: str) -> None:
    print(_row(cells), flush=True)


def said(is_reached: bool | None) -> str:
    """Return whether an aim is reached; where there is none, nothing."""
    return {True: "yes", False: "**no**", None: "–"}[is_reached]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
