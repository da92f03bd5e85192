"""The gate: the only way from what an author writes to HTML that a page may show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Any

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from pygments.token import STANDARD_TYPES

from .mathml import CLASSES_BY_STYLE
from .parsing import markdown_parser
from .signs import BAR, set_of, without_foreign_signs


@dataclass(frozen=True)
class Rendered:
    """HTML for a page, and a sentence for each thing that could not be set as its author meant."""

    html: SafeString
    problems: tuple[str, ...]


def kept(html: str, problems: Iterable[str]) -> Rendered:
    """Return what `to_html` made of a text when it went live, as the columns of its term keep it."""
    return Rendered(SafeString(html), tuple(problems))


def to_html(markdown: str, *, prefix: str = "") -> Rendered:
    """Turn a Markdown text into HTML that is safe to show.

    CommonMark with tables, strikethrough, footnotes, maths and `[[forced links]]`. HTML in the text
    is shown as text, except `<sub>`, `<sup>`, `<kbd>` and `<br>`. `prefix` (letters, digits,
    hyphen, underscore) keeps the footnotes of several texts on one page apart.
    """
    if re.search(r"[^\w-]", prefix):
        raise ValueError(f"A prefix is made of letters, digits, hyphens and underscores, not “{prefix}”.")
    env: dict[str, Any] = {"problems": []}
    if prefix:
        env["docId"] = prefix
    raw = markdown_parser().render(without_foreign_signs(markdown), env).replace(BAR, "|")
    html = mark_safe(CLEANER.clean(_with_punctuation_kept(raw)))  # noqa: S308 - what the allow-list let through
    return Rendered(html=html, problems=tuple(dict.fromkeys(env["problems"])))


def data_script(json: str, media_type: str) -> SafeString:
    """Return data as an element of a page that no browser runs; nothing in it can end the element."""
    written = mark_safe(json.replace("<", "\\u003c"))  # noqa: S308 - no tag begins in it
    return format_html('<script type="{}">{}</script>', media_type, written)


_INLINE_FORMULA = re.compile(
    r"(?P<before>[(\[“‘]{0,3})"
    r'(?P<math><math><semantics>.*?<annotation encoding="application/x-tex">(?P<source>[^<]*)'
    r"</annotation></semantics></math>)"
    r"(?P<after>[.,;:!?)\]%’”]*)",
    re.DOTALL,
)
_SHORT_FORMULA = 40


def _with_punctuation_kept(html: str) -> str:
    """Keep punctuation on the line of its formula: browsers may break between a formula and any text."""
    return _INLINE_FORMULA.sub(_keep_punctuation, html)


def _keep_punctuation(match: re.Match[str]) -> str:
    touched = match["before"] or match["after"]
    if not touched or len(unescape(match["source"])) >= _SHORT_FORMULA:
        return match[0]
    return f'<span class="nobreak">{match[0]}</span>'


_HTML_TAGS = set_of(
    "a b blockquote br code del div em h3 h4 h5 h6 hr i img kbd li ol p pre s section span strong sub sup "
    "table tbody td th thead tr ul"
)
# MathML Core (W3C), the part that the converter writes; `menclose` is drawn by our style sheet.
_MATHML_TAGS = set_of(
    "annotation math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot "
    "mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics"
)
_MATHML_ATTRIBUTES = set_of(
    "accent accentunder displaystyle fence form height depth largeop linethickness lspace mathvariant "
    "maxsize minsize movablelimits notation rspace scriptlevel separator stretchy symmetric voffset "
    "width"
)
_ALIGNED = {"align-left", "align-center", "align-right"}

CLEANER = nh3.Cleaner(
    tags=_HTML_TAGS | _MATHML_TAGS,
    clean_content_tags={"script", "style"},
    attributes={
        "a": {"href", "title", "rel", "id"},
        "code": {"title"},
        "div": {"aria-label"},
        "img": {"src", "alt", "title", "loading"},
        "li": {"id"},
        "ol": {"start"},
        "pre": {"aria-label"},
        "span": {"data-name", "aria-label"},
    }
    | dict.fromkeys(_MATHML_TAGS - {"annotation", "math"}, _MATHML_ATTRIBUTES),
    tag_attribute_values={
        "annotation": {"encoding": {"application/x-tex"}},
        "div": {"role": {"region", "group"}, "tabindex": {"0"}},
        "math": {"display": {"block"}},
        "pre": {"role": {"group"}, "tabindex": {"0"}},
        "span": {"role": {"group"}, "tabindex": {"0"}},
    },
    allowed_classes={
        "a": {"footnote-backref"},
        "code": {"math-error"},
        "div": {"table-scroll", "math-block"},
        "hr": {"footnotes-sep"},
        "li": {"footnote-item"},
        "mtd": set(CLASSES_BY_STYLE.values()),
        "ol": {"footnotes-list"},
        "section": {"footnotes"},
        "span": {"term-ref", "math-block", "math-long", "nobreak"}
        | {name for name in STANDARD_TYPES.values() if name},
        "sup": {"footnote-ref"},
        "td": _ALIGNED,
        "th": _ALIGNED,
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
