"""Formulas on one line, as plain text: MathML to `β_1 = 0.9` and `(a + b)/c`.

Written as in Unicode's "nearly plain-text encoding of mathematics" (Technical Note 28), in the
form that reads best: for excerpts, for short texts and for the index.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html import unescape

from math_core import LatexError

from .mathml import NotAllowedInFormula, to_mathml


def to_linear(source: str) -> str:
    """Return a LaTeX formula as a line of Unicode; what cannot be set, as it was written."""
    try:
        mathml = to_mathml(source, display=False)
    except (LatexError, NotAllowedInFormula):
        return source
    return _tidy(_walk(mathml))


@dataclass
class _Element:
    """An element while it is open, with what its children have become."""

    tag: str
    attributes: str
    parts: list[str] = field(default_factory=list)


_PIECE = re.compile(r"<(?P<close>/?)(?P<tag>[a-z]+)(?P<attributes>[^<>]*?)(?P<empty>/?)>|(?P<text>[^<]+)")


def _walk(mathml: str) -> str:
    """Go through the elements with a stack of our own: formulas nest deeper than functions may."""
    opened = [_Element("", "")]
    for piece in _PIECE.finditer(mathml):
        if piece["text"]:
            opened[-1].parts.append(unescape(piece["text"]))
            continue
        if not piece["close"]:
            opened.append(_Element(piece["tag"], piece["attributes"]))
        if piece["close"] or piece["empty"]:
            done = opened.pop()
            opened[-1].parts.append(_text_of(done))
    return "".join(opened[0].parts)


_NOT_SHOWN = {"annotation", "mphantom", "mprescripts"}
_SCRIPTS = {
    "msub": "_",
    "msup": "^",
    "msubsup": "_^",
    "munder": "_",
    "mover": "^",
    "munderover": "_^",
}


_TIGHT = 'lspace="0" rspace="0"'
_STANDS_FREE = re.compile(r"[=<>≤≥≪≫≠≈≃≅≡∼∝∈∉∋⊂⊆⊃⊇∪∩∖→←↔⇒⇐⇔↦⟶⟵⟹⟺∣+−±×÷⋅∗∘⊕⊗⊙∧∨:]+")
_JOINERS = {"\u2061": " ", "\u2062": "", "\u2063": "", "\u2064": ""}


def _text_of(element: _Element) -> str:
    tag, parts = element.tag, element.parts
    if tag in _NOT_SHOWN:
        return ""
    if tag == "mspace":
        return " " if re.search(r'width="[\d.]*[1-9]', element.attributes) else ""
    if tag == "mo":
        return _operator("".join(parts), element.attributes)
    if tag in _SCRIPTS:
        return _with_scripts(parts, _SCRIPTS[tag])
    if tag == "mfrac":
        return _fraction(parts, has_line='linethickness="0"' not in element.attributes)
    if tag == "msqrt":
        return f"√({_tidy(_joined(parts))})"
    if tag == "mroot":
        return f"{_tidy(parts[1])}√({_tidy(parts[0])})"
    if tag == "mtable":
        return "; ".join(row for row in map(_tidy, parts) if row)
    if tag == "mtr":
        return "".join(parts).removeprefix(", ")
    if tag == "mtd":
        # The second half of an aligned equation is no cell of its own to a reader.
        return (" " if "m-tight-left" in element.attributes else ", ") + _joined(parts)
    return _joined(parts)


def _operator(sign: str, attributes: str) -> str:
    if sign in _JOINERS:
        return _JOINERS[sign]
    if sign in (",", ";"):
        return sign if 'rspace="0"' in attributes else f"{sign} "
    return f" {sign} " if _STANDS_FREE.fullmatch(sign) and _TIGHT not in attributes else sign


_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")


def _joined(parts: list[str]) -> str:
    """The parts one after another; words such as `exp` and `nm` do not grow into their neighbours."""
    joined = ""
    before = ""
    for part in parts:
        touch = before[-1:].isalnum() and part[:1].isalnum()
        if touch and (_TWO_LETTERS.fullmatch(before[-2:]) or _TWO_LETTERS.match(part)):
            joined += " "
        joined += part
        before = part or before
    return joined


# What the sign above a letter is called as one that combines with it.
_ACCENTS = {
    "ˆ": "\u0302",
    "^": "\u0302",
    "˜": "\u0303",
    "~": "\u0303",
    "¯": "\u0304",
    "‾": "\u0304",
    "˙": "\u0307",
    "¨": "\u0308",
    "ˇ": "\u030c",
    "⃗": "\u20d7",
    "→": "\u20d7",
}
_ONLY_DRAWN = re.compile(r"[⏞⏟⎴⎵⏜⏝_\u0332\u0305\u23e0\u23e1]")
_PRIMES = re.compile(r"[′″‴⁗]+")
_BIG_SIGN = re.compile(r"[∑∏∐∫∬∭∮⋃⋂⨁⨂⨀⋁⋀]")


def _with_scripts(parts: list[str], marks: str) -> str:
    base, *scripts = (_tidy(part) for part in parts)
    text = base
    for mark, script in zip(marks, scripts, strict=True):
        if not script or _ONLY_DRAWN.fullmatch(script):
            continue
        if _PRIMES.fullmatch(script):
            text += script
        elif mark == "^" and script in _ACCENTS:
            text += _ACCENTS[script] if len(base) == 1 else ""
        else:
            text += mark + _in_brackets_unless(_SIMPLE_SCRIPT, script)
    return f" {text} " if _BIG_SIGN.fullmatch(base) else text


# What needs no brackets: as a script, above a line (factors), and below it (one factor).
_SIMPLE_SCRIPT = re.compile(r"[−-]?[\w.∞⊤†*′]+|[^\w\s]|\([^()]*\)")
_FACTORS = re.compile(r"[−-]?(?:[^\s()/+−±,;=<>]|[√^_\w]\([^()]*\))+")
_ONE_FACTOR = re.compile(r"[\d.]+|[^\W\d_]+(?:[_^](?:[^\W_]+|[⊤†*′]))*|[∂∇]\w+|[^\W\d]*√?\([^()]*\)")


def _in_brackets_unless(simple: re.Pattern[str], text: str) -> str:
    return text if simple.fullmatch(text) else f"({text})"


def _fraction(parts: list[str], *, has_line: bool) -> str:
    above, below = (_tidy(part) for part in parts)
    if not has_line:
        return f"{above}; {below}"
    return f"{_in_brackets_unless(_FACTORS, above)}/{_in_brackets_unless(_ONE_FACTOR, below)}"


# Letters that only look different, bold or script, which few text fonts have; and what selects a shape.
_STYLED = re.compile("[\U0001d400-\U0001d7ff]+")
_SHAPES = re.compile("[\ufe00-\ufe0f]")


def _tidy(text: str) -> str:
    text = _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _SHAPES.sub("", text))
    text = re.sub(r"(?<=\w) (?=\()|(?<=[(\[]) | (?=[)\],;])", "", " ".join(text.split()))
    return unicodedata.normalize("NFC", text)
