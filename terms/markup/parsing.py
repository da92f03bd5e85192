"""The Markdown that authors may write: CommonMark and our rules, as one parser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from . import rendering
from .formulas import formula_at, math_block, math_inline
from .signs import BAR


@lru_cache(maxsize=1)
def markdown_parser() -> MarkdownIt:
    """Return the parser; it keeps nothing between texts and may be used by many threads."""
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False, "maxNesting": 20})
    parser.enable(["table", "strikethrough"])
    # Footnotes written inside the text (`^[…]`) nest without limit in the plugin: not offered.
    parser.use(footnote_plugin, inline=False)
    parser.validateLink = _may_link_to  # type: ignore[method-assign]

    parser.core.ruler.before("block", "hide_bars", _hide_bars)
    parser.core.ruler.after("block", "show_bars", _show_bars)
    parser.core.ruler.push("house_style", _house_style)
    parser.block.ruler.before(
        "table", "math_block", math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.inline.ruler.before("escape", "math_inline", math_inline)
    parser.inline.ruler.before("link", "term_ref", _term_ref)
    parser.inline.ruler.before("autolink", "small_html", _small_html)

    for name, rule in (
        ("math_inline", rendering.render_math),
        ("math_block", rendering.render_math),
        ("math_unclosed", rendering.render_unclosed),
        ("term_ref", rendering.render_term_ref),
        ("fence", rendering.render_code),
        ("code_block", rendering.render_code),
        ("image", rendering.render_image),
        ("table_open", rendering.render_table_open),
        ("table_close", rendering.render_table_close),
    ):
        parser.add_render_rule(name, rule)
    return parser


_SCHEME = re.compile(r"[^:/?#]*:")
_OUR_SCHEMES = re.compile(r"(?:https?|mailto):", re.IGNORECASE)


def _may_link_to(url: str) -> bool:
    return not _SCHEME.match(url) or bool(_OUR_SCHEMES.match(url))


def _house_style(state: StateCore) -> None:
    """Fit the tokens to our pages: headings below the page's own, no styles, careful links."""
    headings = [
        token for token in all_tokens(state.tokens) if token.type in ("heading_open", "heading_close")
    ]
    # Whatever level an author begins with stands right below the page's own headings.
    top = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - top + 3, 6)}"
    for token in all_tokens(state.tokens):
        if token.type in ("th_open", "td_open") and "style" in token.attrs:
            side = str(token.attrs.pop("style")).removeprefix("text-align:")
            token.attrSet("class", f"align-{side}")
        elif token.type == "link_open" and re.match(r"(?i)https?:|//", str(token.attrs.get("href", ""))):
            token.attrSet("rel", "nofollow noopener")


def all_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens and those inside them, in the order of the text."""
    for token in tokens:
        yield token
        if token.children:
            yield from all_tokens(token.children)


SMALL_HTML = re.compile(r"</?(?:sub|sup|kbd)>|<br ?/?>", re.IGNORECASE)


def _small_html(state: StateInline, silent: bool) -> bool:
    match = SMALL_HTML.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = match[0].lower()
    state.pos = match.end()
    return True


FORCED_LINK = re.compile(r"\[\[(?!\^)([^\[\]|\n]{1,300})(?:\|([^\[\]\n]{1,300}))?\]\](?!\()")


def _term_ref(state: StateInline, silent: bool) -> bool:
    match = FORCED_LINK.match(state.src, state.pos, state.posMax)
    if not match or not match[1].strip():
        return False
    if not silent:
        token = state.push("term_ref", "span", 0)
        token.meta = {"name": " ".join(match[1].split())}
        token.content = " ".join((match[2] or match[1]).split())
    state.pos = match.end()
    return True


_BAR_KEEPERS = re.compile(r"\\[^(\[]|\\[(\[]|\$|\[\[", re.DOTALL)


def _hide_bars(state: StateCore) -> None:
    """Keep bars in formulas and forced links from splitting a table cell: `| $P(x|y)$ |`.

    Within a formula `\\|` stays LaTeX's double bar. Lines that turn out not to be in a table get
    their bars back like all others, in `_show_bars`.
    """
    if "|" in state.src:
        state.src = "\n".join(_with_hidden_bars(line) for line in state.src.split("\n"))


def _with_hidden_bars(line: str) -> str:
    if "|" not in line:
        return line
    parts: list[str] = []
    done = at = 0
    while match := _BAR_KEEPERS.search(line, at):
        end = _end_of_bar_keeper(line, match.start())
        at = end or match.end()
        if end:
            parts += [line[done : match.start()], line[match.start() : end].replace("|", BAR)]
            done = end
    return "".join(parts) + line[done:]


def _end_of_bar_keeper(line: str, start: int) -> int:
    if line[start] == "[":
        link = FORCED_LINK.match(line, start)
        return link.end() if link else 0
    formula = formula_at(line, start, len(line))
    return formula.end if formula and formula.source.strip("| ") else 0


def _show_bars(state: StateCore) -> None:
    for token in state.tokens:
        if BAR in token.content:
            token.content = token.content.replace(BAR, "|")
