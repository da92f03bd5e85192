"""Our Markdown as Markdown for readers elsewhere, who know neither our links nor our headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from markdown_it.token import Token

from .formulas import formula_at
from .parsing import FORCED_LINK, SMALL_HTML, markdown_parser
from .signs import CONTROL_SIGNS, without_foreign_signs

_LINE_END = re.compile(r"\r\n?")
_MAY_NEED_CHANGE = re.compile(r"#|\[\[|<|[=-][ \t]*$", re.MULTILINE)
_NOT_PLAIN = re.compile(r"\\.|`+|\$|\[\[|<(?=[A-Za-z/!?])", re.DOTALL)
# Addresses in angle brackets, and the little HTML that we take too; after "](" an address may stand so.
_NO_HTML = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]{1,64}@[^\s<>@]{1,255})>")
_OPENS_A_FORMULA = ("$", "\\(", "\\[")


def portable(markdown: str, link: Callable[[str, str], str]) -> str:
    """Return a text whose headings have the levels that they have on our pages.

    `link` gets name and text of each forced link (`[[Name|text]]`) and returns what stands there
    instead. What looks like HTML is text here, so that it becomes text elsewhere: `<eos>`. Code and
    formulas stay as they are.
    """
    text = _LINE_END.sub("\n", without_foreign_signs(markdown))
    if not _MAY_NEED_CHANGE.search(text):
        return text
    lines: list[str | None] = list(text.split("\n"))
    tokens = markdown_parser().parse(text, {})
    for token, inside in pairwise(tokens):
        if token.map and token.type == "heading_open":
            _set_heading(lines, token, inside.content)
    for token in tokens:
        # The cells of a row come one by one, each with the whole row: what is done once is done.
        if token.map and token.type == "inline":
            _tell_lines(lines, range(*token.map), link)
    return "\n".join(line for line in lines if line is not None)


def _set_heading(lines: list[str | None], token: Token, content: str) -> None:
    """Write a heading with as many signs as its level says, on one line."""
    first, after = token.map or (0, 0)
    line, level = lines[first] or "", "#" * int(token.tag[1])
    if token.markup.startswith("#"):
        before, _, rest = line.partition(token.markup)
        lines[first] = f"{before}{level}{rest}"
    else:
        # What is underlined is of the first or second level, and may stand on several lines.
        before = line.partition(content.split("\n")[0])[0]
        lines[first:after] = [f"{before}{level} {' '.join(content.split())}", *[None] * (after - first - 1)]


def _tell_lines(lines: list[str | None], where: Iterable[int], link: Callable[[str, str], str]) -> None:
    kept = {number: line for number in where if (line := lines[number]) is not None}
    text = "\n".join(kept.values())
    if "[[" in text or "<" in text:
        for number, line in zip(kept, _told(text, link).split("\n"), strict=True):
            lines[number] = line


def _told(text: str, link: Callable[[str, str], str]) -> str:
    parts: list[str] = []
    at = 0
    while match := _NOT_PLAIN.search(text, at):
        forced = FORCED_LINK.match(text, match.start())
        if match[0] == "<":
            parts += [text[at : match.start()], "<" if _is_no_html(text, match.start()) else "\\<"]
            at = match.end()
        elif forced and forced[1].strip():
            name, shown = (" ".join(part.split()) for part in (forced[1], forced[2] or forced[1]))
            # A sign of exclamation would make the link an image.
            before = re.sub(r"!\Z", r"\\!", text[at : match.start()])
            parts += [before, link(name, shown)]
            at = forced.end()
        else:
            end = _end_of_code_or_formula(text, match)
            parts.append(text[at:end])
            at = end
    return "".join(parts) + text[at:]


def _is_no_html(text: str, at: int) -> bool:
    """Say whether a sign begins what is the same elsewhere."""
    return bool(_NO_HTML.match(text, at) or SMALL_HTML.match(text, at)) or text[at - 2 : at] == "]("


def _end_of_code_or_formula(text: str, match: re.Match[str]) -> int:
    if match[0].startswith("`"):
        closing = re.compile(rf"(?<!`){match[0]}(?!`)").search(text, match.end())
        return closing.end() if closing else match.end()
    formula = formula_at(text, match.start(), len(text)) if match[0].startswith(_OPENS_A_FORMULA) else None
    return formula.end if formula else match.end()


_SIGN_OF_MARKDOWN = re.compile(
    r"[\\`*\[\]$]|~(?=~)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
    r"|(?:^|(?<=\s))#"
    r"|^[>+=-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"
)


def literal(text: str) -> str:
    """Return a plain text on one line, as Markdown that everybody reads as just this text."""
    line = " ".join(CONTROL_SIGNS.sub(" ", without_foreign_signs(text)).split())
    return _SIGN_OF_MARKDOWN.sub(r"\\\g<0>", line)
