"""Text with marks to what a page may show: Markdown and maths to safe HTML, plain text, links.

Everything an author writes passes one gate, `to_html`: the parser makes HTML only from Markdown,
formulas become MathML on the server, and an allow-list (nh3) sees the result last. What cannot be
set stays readable as text and is reported as a sentence for the editor; nothing here raises
because of what somebody wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from itertools import accumulate
from typing import Any, Protocol

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from math_core import LatexError, LatexToMathML
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

LONGEST_FORMULA = 5_000
LONGEST_HIGHLIGHTED = 20_000

# Stands for a bar inside a formula or a forced link while tables are split into cells. It is one
# of Unicode's noncharacters, which no text may contain; `_without_foreign_signs` sees to that.
_BAR = "\ufdd0"
_FOREIGN_SIGNS = re.compile("[\x00\ud800-\udfff\ufdd0]")


def _set_of(names: str) -> set[str]:
    return set(names.split())


# Lexers are code that runs on what strangers write: these are known, the other five hundred are not.
_LANGUAGES = _set_of(
    "bash c c++ cpp cs csharp css cuda diff docker dockerfile go graphql haskell html http ini java "
    "javascript js json julia kotlin latex lua make makefile matlab nginx perl php pycon python python3 "
    "py r ruby rust scala sh shell sql swift systemverilog tcl tex toml ts typescript verilog vhdl xml "
    "yaml yml"
)


@dataclass(frozen=True)
class Rendered:
    """HTML for a page, and a sentence for each thing that could not be set as its author meant."""

    html: SafeString
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """Where the name of another term leads to.

    `title` is its short definition. Where `spelling` is given, running text is linked only when
    it is spelt just so: the acronym *IT* is not the word *it*. A name `only_by_force` is linked
    where it stands in double brackets, never in running text.
    """

    url: str
    title: str
    public_id: str
    spelling: str = ""
    only_by_force: bool = False


class Lookup(Protocol):
    """The names that can be linked, by key; `longest` is the most words any of them has."""

    longest: int

    def get(self, key: str, /) -> Target | None:
        """Return where the name with this key leads, or None."""


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
    raw = _parser().render(_without_foreign_signs(markdown), env).replace(_BAR, "|")
    html = mark_safe(_CLEANER.clean(raw))  # noqa: S308 - what the allow-list let through
    return Rendered(html=html, problems=tuple(dict.fromkeys(env["problems"])))


def to_plain_text(markdown: str) -> str:
    """Return what a Markdown text says, without marks: for the index, excerpts and short texts.

    One line per paragraph, list item and table row; cells are separated by ` | `; formulas stay as
    their LaTeX source.
    """
    lines: list[str] = []
    cells: list[str] | None = None
    for token in _parser().parse(_without_foreign_signs(markdown), {}):
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            lines.append(" | ".join(cells or []))
            cells = None
        elif token.type == "inline":
            (lines if cells is None else cells).append(_plain_inline(token.children or []))
        elif token.type in ("fence", "code_block", "math_block"):
            lines.append(token.content)
    return "\n".join(line.strip() for line in lines if line.strip()).replace(_BAR, "|")


def linked_names(markdown: str) -> list[str]:
    """Return the names that the text links by force (`[[Name]]`), each once, in order."""
    tokens = _parser().parse(_without_foreign_signs(markdown), {})
    return list(dict.fromkeys(token.meta["name"] for token in _all(tokens) if token.type == "term_ref"))


def excerpt(plain: str, hits: Callable[[str], bool] | None, length: int = 200) -> list[tuple[str, bool]]:
    """Cut a window of about `length` signs out of a plain text, around the first word that is a hit.

    Returns the pieces in order, each with whether it is a hit, so that a template can mark hits
    without unsafe HTML. Cut ends are between words and show “…”. Without a hit: the beginning.
    """
    text = " ".join(plain.split())
    found = [match.span() for match in _WORD.finditer(text) if hits and hits(match[0])]
    start, end = _window(text, found[0][0] if found else 0, length)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for first, last in found:
        if start <= first and last <= end:
            pieces += [(text[at:first], False), (text[first:last], True)]
            at = last
    pieces.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return _joined(pieces)


def link_terms(
    html: SafeString,
    lookup: Lookup,
    *,
    key: Callable[[str], str],
    skip: Collection[str] = (),
    automatic: bool = True,
) -> SafeString:
    """Make links of the names of other terms in HTML that `to_html` made.

    Forced names are linked wherever they stand, if they can be resolved. With `automatic` the first
    occurrence of each other name is linked too: longest match, whole words, never inside links,
    code, headings or formulas. Targets whose public id is in `skip` (the term itself) stay text.

    `key` makes the key of a name; it must work piecewise, as `text.name_key` does: the key of
    several words is their keys with what stands between them, white space as one blank. Words
    are counted as `text.words` counts them. Scripts without blanks between words are linked only
    by force. Linking what is linked already changes nothing.
    """
    linked = _Linker(lookup, key, skip, automatic).run(html)
    return mark_safe(linked)  # noqa: S308 - safe HTML, and links whose every part is escaped


# --- The parser -----------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
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
        "table", "math_block", _math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.inline.ruler.before("escape", "math_inline", _math_inline)
    parser.inline.ruler.before("link", "term_ref", _term_ref)
    parser.inline.ruler.before("autolink", "small_html", _small_html)

    for name, rule in (
        ("math_inline", _render_math),
        ("math_block", _render_math),
        ("math_unclosed", _render_unclosed),
        ("term_ref", _render_term_ref),
        ("fence", _render_code),
        ("code_block", _render_code),
        ("image", _render_image),
        ("table_open", _render_table_open),
        ("table_close", _render_table_close),
    ):
        parser.add_render_rule(name, rule)
    return parser


def _without_foreign_signs(markdown: str) -> str:
    return _FOREIGN_SIGNS.sub("\ufffd", markdown)


_SCHEME = re.compile(r"[^:/?#]*:")
_OUR_SCHEMES = re.compile(r"(?:https?|mailto):", re.IGNORECASE)


def _may_link_to(url: str) -> bool:
    return not _SCHEME.match(url) or bool(_OUR_SCHEMES.match(url))


def _house_style(state: StateCore) -> None:
    """Fit the tokens to our pages: headings below the page's own, no styles, careful links."""
    for token in _all(state.tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        elif token.type in ("th_open", "td_open") and "style" in token.attrs:
            side = str(token.attrs.pop("style")).removeprefix("text-align:")
            token.attrSet("class", f"align-{side}")
        elif token.type == "link_open" and re.match(r"(?i)https?:|//", str(token.attrs.get("href", ""))):
            token.attrSet("rel", "nofollow noopener")


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        if token.children:
            yield from _all(token.children)


_SMALL_HTML = re.compile(r"</?(?:sub|sup|kbd)>|<br ?/?>", re.IGNORECASE)


def _small_html(state: StateInline, silent: bool) -> bool:
    match = _SMALL_HTML.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = match[0].lower()
    state.pos = match.end()
    return True


_FORCED_LINK = re.compile(r"\[\[(?!\^)([^\[\]|\n]{1,300})(?:\|([^\[\]\n]{1,300}))?\]\](?!\()")


def _term_ref(state: StateInline, silent: bool) -> bool:
    match = _FORCED_LINK.match(state.src, state.pos, state.posMax)
    if not match or not match[1].strip():
        return False
    if not silent:
        token = state.push("term_ref", "span", 0)
        token.meta = {"name": " ".join(match[1].split())}
        token.content = " ".join((match[2] or match[1]).split())
    state.pos = match.end()
    return True


def _plain_inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type == "image":
            parts.append(_plain_inline(token.children or []))
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak" or (token.type == "html_inline" and token.content.startswith("<br")):
            parts.append("\n")
        elif token.type != "html_inline":
            parts.append(token.content)
    return "".join(parts)


# --- Where a formula begins and ends --------------------------------------------------------


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


def _formula_at(text: str, start: int, end: int) -> _Formula | None:
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
    return any(word not in _LOST_ANYWHERE for word in _PROSE_WORD.findall(source)) and " " in source


def _math_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    formula = _formula_at(state.src, state.pos, state.posMax)
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


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
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
            formula = _formula_at(whole, 0, len(whole))
            return (formula, line) if formula and formula.end == len(whole) else (None, line)
    return None, start


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
            parts += [line[done : match.start()], line[match.start() : end].replace("|", _BAR)]
            done = end
    return "".join(parts) + line[done:]


def _end_of_bar_keeper(line: str, start: int) -> int:
    if line[start] == "[":
        link = _FORCED_LINK.match(line, start)
        return link.end() if link else 0
    formula = _formula_at(line, start, len(line))
    return formula.end if formula and formula.source.strip("| ") else 0


def _show_bars(state: StateCore) -> None:
    for token in state.tokens:
        if _BAR in token.content:
            token.content = token.content.replace(_BAR, "|")


# --- From LaTeX to MathML -------------------------------------------------------------------

# Commands that authors expect and the converter lacks. A label has nothing to lead to here.
_MACROS = {
    "substack": r"\begin{subarray}{c}#1\end{subarray}",
    "norm": r"\left\lVert #1 \right\rVert",
    "abs": r"\left\lvert #1 \right\rvert",
    "tag": r"\qquad\text{(#1)}",
    "AA": r"\text{Å}",
}
# Equation numbers would start at (1) in each formula anew: numbered forms become plain ones.
_ENVIRONMENTS = {
    "align": "aligned",
    "split": "aligned",
    "eqnarray": "aligned",
    "equation": "gathered",
    "gather": "gathered",
    "multline": "gathered",
    "smallmatrix": "matrix",
}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(\w+)\*?\}")
_LABEL = re.compile(r"\\label\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")
_TEXT_WITH_MATHS = re.compile(r"\\text\{((?:[^{}$]++|\$[^$]*+\$)++)\}")
_DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|NewDocumentCommand|(?:re)?newenvironment|[egx]?def|let"
    r"|DeclareMathOperator)(?![A-Za-z])"
)
_CONTROL_SIGNS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _render_math(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    token = tokens[at]
    source, display = token.content, token.meta["display"]
    if _lost_backslashes(source):
        env["problems"].append(f"Formula {_quoted(source)} seems to have lost its backslashes.")
    try:
        mathml = _mathml(source, display=display)
    except (LatexError, _NotAllowedInFormula) as error:
        problem = f"Formula {_quoted(source)} could not be set: {_reason(error)}."
        env["problems"].append(problem)
        mathml = f'<code class="math-error" title="{escape(problem)}">{escape(source)}</code>'
    if not display:
        return mathml
    tag, after = ("div", "\n") if token.type == "math_block" else ("span", "")
    return f'<{tag} class="math-block" tabindex="0" role="group" aria-label="Formula">{mathml}</{tag}>{after}'


class _NotAllowedInFormula(Exception):
    """The formula is not handed to the converter at all."""


def _mathml(source: str, *, display: bool) -> str:
    """Return a `<math>` element that carries its source as annotation; raise if it cannot be set."""
    if len(source) > LONGEST_FORMULA:
        raise _NotAllowedInFormula(f"it is longer than {LONGEST_FORMULA:,} characters")
    # Definitions let a short formula grow to megabytes.
    if found := _DEFINITION.search(source):
        raise _NotAllowedInFormula(f"{found[0]} is not allowed, write the formula out")
    # One converter for each formula: they are cheap, and a shared one would hold a lock.
    converter = LatexToMathML(
        macros=_MACROS, fancy_error=False, allow_unreliable_rendering=True, max_expansions=100
    )
    made = converter.convert_with_local_state(_for_converter(source), displaystyle=display)
    inner = _TAG.sub(_without_style, made).partition(">")[2].removesuffix("</math>")
    opening = '<math display="block">' if display else "<math>"
    return (
        f"{opening}<semantics><mrow>{inner}</mrow>"
        f'<annotation encoding="application/x-tex">{escape(source)}</annotation></semantics></math>'
    )


def _for_converter(source: str) -> str:
    text = _LABEL.sub("", _CONTROL_SIGNS.sub(" ", source))
    text = _TEXT_WITH_MATHS.sub(_split_text, text)
    return _ENVIRONMENT.sub(
        lambda match: f"\\{match[1]}{{{_ENVIRONMENTS[match[2]]}}}" if match[2] in _ENVIRONMENTS else match[0],
        text,
    )


def _split_text(match: re.Match[str]) -> str:
    r"""`\text{if $x$ is}` becomes `\text{if }x\text{ is}`."""
    parts = match[1].split("$")
    return "".join(
        f"{{{part}}}" if odd % 2 else f"\\text{{{part}}}" for odd, part in enumerate(parts) if part
    )


_TAG = re.compile(r"<(/?)([a-z]+)([^<>]*)>")
_STYLE = re.compile(r' style="([^"]*)"')
# What the converter says in styles, which our content security policy forbids, said in classes.
# Colours and other styles are left out.
_CLASSES_BY_STYLE = {
    "text-align:left": "m-left",
    "text-align:right": "m-right",
    "padding-left:0": "m-tight-left",
    "padding-right:0": "m-tight-right",
    "border-left": "m-line-left",
    "border-right": "m-line-right",
    "border-top": "m-line-top",
    "border-bottom": "m-line-bottom",
}


def _without_style(match: re.Match[str]) -> str:
    if match[2] == "a":  # A reference within one formula leads nowhere.
        return ""
    return f"<{match[1]}{match[2]}{_STYLE.sub(_class_for_style, match[3])}>"


def _class_for_style(match: re.Match[str]) -> str:
    said = (declaration.replace(" ", "") for declaration in match[1].split(";"))
    classes = [
        name
        for declaration in said
        if (name := _CLASSES_BY_STYLE.get(declaration) or _CLASSES_BY_STYLE.get(declaration.split(":")[0]))
    ]
    return f' class="{" ".join(classes)}"' if classes else ""


def _reason(error: Exception) -> str:
    text = re.sub(r"^\d+: ", "", str(error)).removesuffix(".")
    return text[:1].lower() + text[1:]


def _quoted(source: str) -> str:
    text = " ".join(_CONTROL_SIGNS.sub(" ", source).split())
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


# Names of commands that nobody writes as plain letters, and what is left of some when \b \f \n \r
# \t was read as a control sign (\frac, \text, \theta, \nabla, \rightarrow …).
_LOST_ANYWHERE = _set_of(
    "alpha beta gamma delta epsilon varepsilon zeta eta rho tau psi theta vartheta kappa lambda sigma "
    "upsilon phi varphi omega Gamma Theta Lambda Sigma Upsilon Omega infty leq geq neq approx equiv "
    "propto forall exists nabla partial cdot cdots ldots vdots ddots langle rangle lVert rVert lfloor "
    "rfloor lceil rceil mathbb mathcal mathbf mathrm mathsf mathit boldsymbol operatorname rightarrow "
    "leftarrow Rightarrow Leftarrow leftrightarrow mapsto subseteq supseteq setminus otimes oplus odot "
    "sqrt frac dfrac tfrac qquad quad rac abla heta imes ightarrow orall oldsymbol ilde arepsilon"
)
_LOST = re.compile(
    r"(?<![A-Za-z\\])(?:(?:"
    + "|".join(sorted(_LOST_ANYWHERE))
    + r")(?![A-Za-z])"
    + r"|(?:text|ext|hat|bar|ar|vec|dot|ddot|tilde|overline|underline|binom|egin|begin|end)(?=\{)"
    + r"|(?:sum|prod|int|lim)(?=_)|left(?=[(\[|.]))"
)
_WORDS_IN_FORMULA = re.compile(
    r"\\(?:text\w*|mathrm|mathit|mathsf|operatorname\*?|mbox|tag|label)\s*\{[^{}]*\}"
)
_EATEN_SIGNS = re.compile(r"[\x00-\x08\x0b-\x1f]")


def _lost_backslashes(source: str) -> bool:
    if len(source) > LONGEST_FORMULA:
        return False
    return bool(_EATEN_SIGNS.search(source) or _LOST.search(_WORDS_IN_FORMULA.sub(" ", source)))


# --- Rendering ------------------------------------------------------------------------------


def _render_unclosed(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    opener = tokens[at].content
    closer = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}[opener]
    rest = _quoted(_plain_inline(tokens[at + 1 : at + 4]))
    env["problems"].append(f"A formula opened by {opener} before {rest} is not closed by {closer}.")
    return opener


def _render_term_ref(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    token = tokens[at]
    return f'<span class="term-ref" data-name="{escape(token.meta["name"])}">{escape(token.content)}</span>'


def _render_code(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    language = (unescapeAll(tokens[at].info).split() or [""])[0].lower()
    return f'<pre tabindex="0"><code>{_highlighted(tokens[at].content, language)}</code></pre>\n'


def _highlighted(code: str, language: str) -> str:
    if language not in _LANGUAGES or len(code) > LONGEST_HIGHLIGHTED:
        return escape(code)
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return highlight(code, lexer, HtmlFormatter(nowrap=True))


def _render_image(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    token = tokens[at]
    alternative = _plain_inline(token.children or []).strip()
    if not alternative:
        source = _quoted(str(token.attrs.get("src", "")))
        env["problems"].append(f"Image {source} has no alternative text. Write ![what it shows](…).")
    token.attrSet("alt", alternative)
    token.attrSet("loading", "lazy")
    return renderer.renderToken(tokens, at, options, env)


def _render_table_open(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return '<div class="table-scroll" tabindex="0" role="region" aria-label="Table"><table>\n'


def _render_table_close(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return "</table></div>\n"


# --- The gate -------------------------------------------------------------------------------

_HTML_TAGS = _set_of(
    "a b blockquote br code del div em h3 h4 h5 h6 hr i img kbd li ol p pre s section span strong sub sup "
    "table tbody td th thead tr ul"
)
# MathML Core (W3C), the part that the converter writes; `menclose` is drawn by our style sheet.
_MATHML_TAGS = _set_of(
    "annotation math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot "
    "mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics"
)
_MATHML_ATTRIBUTES = _set_of(
    "accent accentunder displaystyle fence form height depth largeop linethickness lspace mathvariant "
    "maxsize minsize movablelimits notation rspace scriptlevel separator stretchy symmetric voffset "
    "width"
)
_ALIGNED = {"align-left", "align-center", "align-right"}

_CLEANER = nh3.Cleaner(
    tags=_HTML_TAGS | _MATHML_TAGS,
    clean_content_tags={"script", "style"},
    attributes={
        "a": {"href", "title", "rel", "id"},
        "code": {"title"},
        "div": {"aria-label"},
        "img": {"src", "alt", "title", "loading"},
        "li": {"id"},
        "ol": {"start"},
        "span": {"data-name", "aria-label"},
    }
    | dict.fromkeys(_MATHML_TAGS - {"annotation", "math"}, _MATHML_ATTRIBUTES),
    tag_attribute_values={
        "annotation": {"encoding": {"application/x-tex"}},
        "div": {"role": {"region", "group"}, "tabindex": {"0"}},
        "math": {"display": {"block"}},
        "pre": {"tabindex": {"0"}},
        "span": {"role": {"group"}, "tabindex": {"0"}},
    },
    allowed_classes={
        "a": {"footnote-backref"},
        "code": {"math-error"},
        "div": {"table-scroll", "math-block"},
        "hr": {"footnotes-sep"},
        "li": {"footnote-item"},
        "mtd": set(_CLASSES_BY_STYLE.values()),
        "ol": {"footnotes-list"},
        "section": {"footnotes"},
        "span": {"term-ref", "math-block"} | {name for name in STANDARD_TYPES.values() if name},
        "sup": {"footnote-ref"},
        "td": _ALIGNED,
        "th": _ALIGNED,
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


# --- Excerpts -------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*(?:\+\+|\+(?!\w)|#)?")


def _window(text: str, around: int, length: int) -> tuple[int, int]:
    """Return where to cut: the hit stands in the first third, both ends are between words."""
    start = max(0, min(around - length // 3, len(text) - length))
    if start:
        blank = text.find(" ", start - 1, around)
        start = blank + 1 if blank >= 0 else around
    end = min(len(text), start + length)
    if end < len(text):
        blank = text.rfind(" ", max(start, around) + 1, end + 1)
        end = blank if blank >= 0 else end
    return start, end


def _joined(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    joined: list[tuple[str, bool]] = []
    for text, is_hit in pieces:
        if joined and not is_hit and not joined[-1][1]:
            joined[-1] = (joined[-1][0] + text, False)
        elif text:
            joined.append((text, is_hit))
    return joined


# --- Links to terms -------------------------------------------------------------------------

_PIECE = re.compile(
    r'<span class="term-ref" data-name="(?P<name>[^"]*)">(?P<shown>[^<]*)</span>'
    r'|<(?P<close>/?)(?P<tag>[a-z][a-z0-9]*)(?:[^>"]++|"[^"]*+")*+>'
    r"|(?P<text>[^<]+)|<"
)
_LINKED_ALREADY = re.compile(r'<a class="term-link" [^<]*?data-term="([^"]*)"')
_NOT_RUNNING_TEXT = _set_of("a code h1 h2 h3 h4 h5 h6 kbd math pre")
# A word may carry combining marks; every other sign stands for itself.
_TOKEN = re.compile(r"(?P<blank>\s*)(?P<sign>(?P<word>[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*)|\S)")


class _Linker:
    """Walks through the pieces of one HTML text and remembers what is linked already."""

    def __init__(
        self, lookup: Lookup, key: Callable[[str], str], skip: Collection[str], automatic: bool
    ) -> None:
        self.lookup = lookup
        self.key = lru_cache(maxsize=None)(key)
        self.skip = frozenset(skip)
        self.automatic = automatic
        self.linked: set[str] = set()

    def run(self, html: str) -> str:
        self.linked.update(unescape(public_id) for public_id in _LINKED_ALREADY.findall(html))
        pieces = list(_PIECE.finditer(html))
        for piece in pieces:
            if piece["name"] is not None and (target := self._forced(piece["name"])):
                self.linked.add(target.public_id)
        return "".join(self._pieces(pieces))

    def _pieces(self, pieces: Sequence[re.Match[str]]) -> Iterator[str]:
        closed_to_links = 0
        for piece in pieces:
            if piece["tag"] in _NOT_RUNNING_TEXT:
                closed_to_links += -1 if piece["close"] else 1
            if piece["name"] is not None:
                target = self._forced(piece["name"])
                yield _link(target, piece["shown"]) if target else piece["shown"]
            elif piece["text"] and self.automatic and not closed_to_links:
                yield self._running_text(piece["text"])
            else:
                yield piece[0]

    def _forced(self, name: str) -> Target | None:
        target = self.lookup.get(self.key(unescape(name)))
        return None if target is None or target.public_id in self.skip else target

    def _running_text(self, raw: str) -> str:
        text = unescape(raw)
        parts: list[str] = []
        done = 0
        for start, end, target in self._names_in(text):
            if target.public_id in self.linked or target.public_id in self.skip:
                continue
            self.linked.add(target.public_id)
            parts += [
                escape(text[done:start], quote=False),
                _link(target, escape(text[start:end], quote=False)),
            ]
            done = end
        return "".join(parts) + escape(text[done:], quote=False) if parts else raw

    def _names_in(self, text: str) -> Iterator[tuple[int, int, Target]]:
        """Yield the names in the text, longest first, none inside another."""
        tokens = list(_TOKEN.finditer(text))
        keys = [self.key(token["sign"]) for token in tokens]
        glued = [f" {key}" if token["blank"] else key for token, key in zip(tokens, keys, strict=True)]
        stops = self._stops(tokens, text)
        at = 0
        while at < len(tokens):
            runs = accumulate(glued[at + 1 : stops[at]], initial=keys[at])
            start = tokens[at].start("sign")
            found = None
            for last, run in enumerate(runs, at):
                target = self.lookup.get(run)
                if target and _may_be_linked(target, text, start, tokens[last].end()):
                    found = (last, target)
            if found:
                at, target = found
                yield start, tokens[at].end(), target
            at += 1

    def _stops(self, tokens: Sequence[re.Match[str]], text: str) -> list[int]:
        """Return for each token where a name that begins with it ends at the latest."""
        longest = self.lookup.longest
        words = [
            at
            for at, token in enumerate(tokens)
            if token["word"] and not _follows_apostrophe(text, token.start("sign"))
        ]
        words += [len(tokens)] * (longest + 1)
        stops = []
        passed = 0
        for at in range(len(tokens)):
            # Signs between words are few in any name; a line of dashes is not one.
            stops.append(min(words[passed + longest], at + 4 * longest))
            passed += words[passed] == at
        return stops


def _may_be_linked(target: Target, text: str, start: int, end: int) -> bool:
    if target.only_by_force or target.spelling not in ("", text[start:end]):
        return False
    return _may_begin(text, start, end) and _may_end(text, end)


def _follows_apostrophe(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] in "'’" and _is_part_of_word(text[start - 2])


def _may_begin(text: str, start: int, end: int) -> bool:
    """A name does not begin inside a word, nor after its hyphen: *training* is not in *pre-training*."""
    if start == 0:
        return True
    before = text[start - 1]
    if before in "-‐‑":
        return start == 1 or not _is_part_of_word(text[start - 2])
    # What is left of “it's” and “don't” is no name, the noun of “l'attention” may be one.
    if _follows_apostrophe(text, start):
        return end - start > 2
    return not _is_part_of_word(before)


def _may_end(text: str, end: int) -> bool:
    """A name does not end inside a word, nor before a sign that makes it another name: C, C++, C#."""
    after = text[end : end + 1]
    if not after:
        return True
    if after in ".,":
        return not (text[end - 1].isdigit() and text[end + 1 : end + 2].isdigit())
    return after not in "+#" and not _is_part_of_word(after)


def _is_part_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_" or unicodedata.category(sign)[0] == "M"


def _link(target: Target, shown: str) -> str:
    title = f' title="{escape(target.title)}"' if target.title else ""
    return (
        f'<a class="term-link" href="{escape(target.url)}"{title} '
        f'data-term="{escape(target.public_id)}">{shown}</a>'
    )
