"""Where a formula begins and ends in a Markdown text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from .mathml import LONGEST_FORMULA, LOST_ANYWHERE


@dataclass(frozen=True)
class _Formula:
    source: str
    display: bool
    end: int


# A command that lost \f, \n, \r or \t and its first letter: white space, and the rest of its name.
_MUTILATED = r"(?:(?:rac|ext|ilde)\{|(?:abla|heta|imes|ightarrow|orall)(?![A-Za-z]))"
# The rules for `$` are pandoc's (extension tex_math_dollars): no white space inside the dollars,
# no digit after the closing one. Ours on top: no letter or digit before the opening one (US$4) and
# no backtick inside (a dollar in code is code). Each pattern stops at the next sign of its own
# kind and never goes back, so that a text full of unclosed formulas is read once, not n times.
_FORMULAS = {
    "$$": re.compile(r"\$\$((?:[^\\$]++|\\.|\$(?!\$))++)\$\$", re.DOTALL),
    "\\[": re.compile(r"\\\[((?:[^\\]++|\\[^\[\]])++)\\\]", re.DOTALL),
    "\\(": re.compile(r"\\\(((?:[^\\`]++|\\[^()`])++)\\\)", re.DOTALL),
    "$": re.compile(
        rf"(?<![0-9A-Za-z])\$(?!\$|\s(?!{_MUTILATED}))((?:[^\\$`]++|\\[^`])++)(?<!\s)\$(?![\d$])", re.DOTALL
    ),
}
_CLOSERS = {"$$": "$$", "\\[": "\\]"}


def formula_at(text: str, start: int, end: int) -> _Formula | None:
    """Return the formula that begins just at `start` and ends before `end`, or None."""
    opener = _opener_at(text, start)
    match = _FORMULAS[opener].match(text, start, end) if opener else None
    if not match or not match[1].strip() or ("$" in opener and _is_money(match[1])):
        return None
    return _Formula(match[1].strip(), opener in _CLOSERS, match.end())


def _opener_at(text: str, start: int) -> str:
    two = text[start : start + 2]
    return two if two in _FORMULAS else two[:1] if two[:1] == "$" else ""


_PROSE_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]{2,}(?![A-Za-z])")


def _is_money(source: str) -> bool:
    """Say whether what stands between two dollars is an amount and prose: `$5 and 10$`."""
    if not source[0].isdigit() or re.search(r"[\\^_{}=<>]", source):
        return False
    return any(word not in LOST_ANYWHERE for word in _PROSE_WORD.findall(source)) and " " in source


def math_inline(state: StateInline, silent: bool) -> bool:
    """Read a formula within a line of text, or the sign that opens one and is never closed."""
    if state.src[state.pos] not in "$\\":
        return False
    formula = formula_at(state.src, state.pos, state.posMax)
    if formula is None:
        return _math_unclosed(state, silent)
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = formula.source
        token.meta = {"display": formula.display}
    state.pos = formula.end
    return True


def _math_unclosed(state: StateInline, silent: bool) -> bool:
    opener = _opener_at(state.src, state.pos)
    # `\[` is also how Markdown escapes a bracket: a formula only if it stands alone.
    if opener in ("", "$") or (opener == "\\[" and not state.src[state.pos + 2 : state.posMax][:1].isspace()):
        return False
    if not silent:
        state.push("math_unclosed", "", 0).content = opener
    state.pos += len(opener)
    return True


def math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a display formula that has its lines to itself, whatever its lines look like to Markdown."""
    first = state.bMarks[start] + state.tShift[start]
    opener = state.src[first : first + 2]
    if opener not in _CLOSERS or state.is_code_block(start):
        return False
    # Inside a paragraph, a formula opened earlier is closed by this sign, not opened by it.
    if silent and opener in state.src[state.bMarks[state.line] : first]:
        return False
    formula, last = _formula_in_lines(state, start, end, opener)
    if formula is None:
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content = formula.source
        token.meta = {"display": True}
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _formula_in_lines(state: StateBlock, start: int, end: int, opener: str) -> tuple[_Formula | None, int]:
    """Return the formula and its last line; a blank line or the end of the container ends the search."""
    lines: list[str] = []
    size = 0
    for line in range(start, end):
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
        outside = line > start and state.sCount[line] < state.blkIndent
        if not text or outside or size > LONGEST_FORMULA:
            break
        lines.append(text)
        size += len(text)
        closer_at = text.find(_CLOSERS[opener], 2 if line == start else 0)
        if closer_at >= 0:
            whole = "\n".join(lines)
            formula = formula_at(whole, 0, len(whole))
            return (formula, line) if formula and formula.end == len(whole) else (None, line)
    return None, start
