"""From the parser's tokens to HTML, which the gate sees next, and to plain text.

Each `render_…` is a rule of markdown-it for one type of token. What could not be set as its author
meant is told in `env["problems"]`.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from html import escape, unescape
from typing import Any

from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from math_core import LatexError
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from .linear import to_linear
from .mathml import NotAllowedInFormula, has_lost_backslashes, reason_of, to_mathml
from .signs import quoted, set_of

LONGEST_HIGHLIGHTED = 20_000

# Lexers are code that runs on what strangers write: these are known, the other five hundred are not.
_LANGUAGES = set_of(
    "bash c c++ cpp cs csharp css cuda diff docker dockerfile go graphql haskell html http ini java "
    "javascript js json julia kotlin latex lua make makefile matlab nginx perl php pycon python python3 "
    "py r ruby rust scala sh shell sql swift systemverilog tcl tex toml ts typescript verilog vhdl xml "
    "yaml yml"
)


def render_math(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    token = tokens[at]
    source, display = token.content, token.meta["display"]
    if has_lost_backslashes(source):
        env["problems"].append(f"Formula {quoted(source)} seems to have lost its backslashes.")
    try:
        mathml = to_mathml(source, display=display)
    except (LatexError, NotAllowedInFormula) as error:
        problem = f"Formula {quoted(source)} could not be set: {reason_of(error)}."
        env["problems"].append(problem)
        mathml = f'<code class="math-error" title="{escape(problem)}">{escape(source)}</code>'
    if not display:
        return _scrolled(mathml) if _is_long(mathml) else mathml
    tag, after = ("div", "\n") if token.type == "math_block" else ("span", "")
    return f'<{tag} class="math-block" tabindex="0" role="group" aria-label="Formula">{mathml}</{tag}>{after}'


# What is longer does not fit on a line of a telephone.
_LONG_FORMULA = 20
_NOT_SEEN = re.compile(r"<annotation.*?</annotation>|<[^<>]*>", re.DOTALL)


def _is_long(mathml: str) -> bool:
    return mathml.startswith("<math") and len(unescape(_NOT_SEEN.sub("", mathml))) > _LONG_FORMULA


def _scrolled(mathml: str) -> str:
    return f'<span class="math-long" tabindex="0" role="group" aria-label="Formula">{mathml}</span>'


def render_unclosed(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    opener = tokens[at].content
    closer = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}[opener]
    rest = quoted(plain_inline(tokens[at + 1 : at + 4]))
    env["problems"].append(f"A formula opened by {opener} before {rest} is not closed by {closer}.")
    return opener


def render_term_ref(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    token = tokens[at]
    return f'<span class="term-ref" data-name="{escape(token.meta["name"])}">{escape(token.content)}</span>'


def render_code(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    language = (unescapeAll(tokens[at].info).split() or [""])[0].lower()
    code = _highlighted(tokens[at].content, language)
    return f'<pre tabindex="0" role="group" aria-label="Code"><code>{code}</code></pre>\n'


def _highlighted(code: str, language: str) -> str:
    if language not in _LANGUAGES or len(code) > LONGEST_HIGHLIGHTED:
        return escape(code)
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return highlight(code, lexer, HtmlFormatter(nowrap=True))


def render_image(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    token = tokens[at]
    alternative = plain_inline(token.children or []).strip()
    address = str(token.attrs.get("src", ""))
    if not alternative:
        problem = f"Image {quoted(address)} has no alternative text. Write ![what it shows](…)."
        env["problems"].append(problem)
    if re.match(r"(?i)https?:|//", address):
        # The pages' content security policy loads nothing from elsewhere.
        env["problems"].append(f"Image {quoted(address)} lies on another host; readers will not see it.")
    token.attrSet("alt", alternative)
    token.attrSet("loading", "lazy")
    return renderer.renderToken(tokens, at, options, env)


def render_table_open(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return '<div class="table-scroll" tabindex="0" role="region" aria-label="Table"><table>\n'


def render_table_close(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return "</table></div>\n"


def plain_inline(tokens: Sequence[Token]) -> str:
    """Return what the tokens of a paragraph say, without marks."""
    parts: list[str] = []
    for token in tokens:
        if token.type == "image":
            parts.append(plain_inline(token.children or []))
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak" or (token.type == "html_inline" and token.content.startswith("<br")):
            parts.append("\n")
        elif token.type == "math_inline":
            parts.append(to_linear(token.content))
        elif token.type != "html_inline":
            parts.append(token.content)
    return "".join(parts)
