"""The blocks of a pasted article whose Markdown was lost on the way: found, and written as Markdown.

A page copied from a browser keeps its words, its blank lines and the signs before list items. What
is a heading, a list, a table or code has to be told by the form of the lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from ..record import Flag
from ..unflatten import without_block_start
from .lines import Line

_LONGEST_HEADING = 120
_LONGEST_TITLE = 60
_MOST_WORDS = 14
_LONGEST_CODE_LINE = 1_000
_MOST_CODE_LINES = 2_000
_MOST_ITEMS = 1_000


@dataclass(frozen=True)
class Heading:
    """A heading without its marks; `level` is the number of `#`, 0 where they are lost."""

    line: Line
    text: str
    level: int = 0
    number: str = ""
    has_colon: bool = False


@dataclass(frozen=True)
class Body:
    """Lines that belong together: a paragraph, list, table, formula or code, lines broken on purpose, rows of
    what may have been a table, or Markdown as it was written."""

    kind: str
    lines: tuple[Line, ...]


def blocks_of(lines: Sequence[Line]) -> list[Heading | Body]:
    """Return headings and what stands between them, in the order of the document."""
    return list(_marked(lines) if has_marks(lines) else _unmarked(lines))


def has_marks(lines: Sequence[Line]) -> bool:
    """Say whether the headings still have the `#` of Markdown."""
    marks = [found[1] for line in _outside_fences(lines) if (found := _MARKED.match(line.text))]
    return len(marks) > 1 and any(len(mark) > 1 for mark in marks)


def items_of(body: Body) -> list[tuple[int, str]]:
    """Return the items of a list with how deep each is nested, and links as their text; of rows, the rows."""
    if body.kind not in ("list", "rows", "markdown"):
        return []
    margins: list[tuple[int, int]] = []
    items = []
    for line in body.lines[:_MOST_ITEMS]:
        marker, text = _marker_of(line)
        if marker or body.kind == "rows":
            depth = _depth_of(line, marker, margins) if marker else 0
            items.append((depth, _ORNAMENTS.sub("", _LINKED.sub(r"\1", text))))
    return items


def markdown_of(bodies: Sequence[Body]) -> str:
    """Return blocks as Markdown."""
    return "\n\n".join(_WRITERS[body.kind](body.lines) for body in bodies)


def doubts_about(bodies: Sequence[Body]) -> Iterator[Flag]:
    """Yield what was guessed or could not be restored in these blocks."""
    kinds = {body.kind for body in bodies}
    if "code" in kinds:
        yield Flag("code_guessed", "Where code begins and ends was guessed by the form of its lines.")
    rows = next((body for body in bodies if body.kind == "rows"), None)
    if rows:
        yield Flag(
            "table_lost",
            f"The lines from “{rows.lines[0].text[:60]}” on may be a table whose cells ran together; "
            "they are kept as lines.",
        )


# --- Markdown that still has its marks -------------------------------------------------------------

_MARKED = re.compile(r"(#{1,6})\s+(?=\S)")
_FENCE = re.compile(r"```|~~~")
_LINKED = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_ORNAMENTS = re.compile(r"\s+#+\s*$|\s*\{#[^{}]*\}\s*$|[*`]+|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)")


def _outside_fences(lines: Sequence[Line]) -> Iterator[Line]:
    fence = ""
    for line in lines:
        mark = _FENCE.match(line.text)
        if not fence and not mark:
            yield line
        if mark and not fence:
            fence = mark[0]
        elif mark and mark[0] == fence:
            fence = ""


def _marked(lines: Sequence[Line]) -> Iterator[Heading | Body]:
    headings = {line.number for line in _outside_fences(lines) if _MARKED.match(line.text)}
    body: list[Line] = []
    for line in lines:
        if line.number not in headings:
            body.append(line)
            continue
        if body:
            yield Body("markdown", tuple(body))
            body = []
        yield _marked_heading(line)
    if body:
        yield Body("markdown", tuple(body))


def _marked_heading(line: Line) -> Heading:
    found = _MARKED.match(line.text)
    level, text = (len(found[1]), line.text[found.end() :]) if found else (0, line.text)
    plain = _ORNAMENTS.sub("", _LINKED.sub(r"\1", text)).strip()
    return Heading(line, plain or text, level)


# --- Marks that are lost -----------------------------------------------------------------------------

_SIGNS = "•◦▪▫‣●○■□➢➤·⁃"
_ITEM = re.compile(rf"([{_SIGNS}]|[*+–-](?=\s)|\d{{1,3}}[.)](?=\s|$))\s*")
_LETTERED = re.compile(r"(?:[a-z]|[ivx]{1,5})[.)]\s+(?=\S)")
_NUMBERED = re.compile(r"^(\d{1,2}[.)])\s+(?=\S)")
_ENDS_TEXT = re.compile(r"[.!;,…][\"”’')\]]*$")
_OF_A_FORMULA = re.compile(r"\$\$|^\\\[|\s[=≈≠≤≥∝]\s|[∑∏∫√]")
_SMALL_WORD = re.compile(r"(?:an?|and|as|at|but|by|for|from|in|into|of|on|or|the|to|vs\.?|via|with)\b")


def _unmarked(lines: Sequence[Line]) -> Iterator[Heading | Body]:
    place = 0
    while place < len(lines):
        for kind, end_of in _FINDERS:
            end = end_of(lines, place)
            if end > place:
                yield Body(kind, tuple(lines[place:end]))
                break
        else:
            end = _end_of_run(lines, place)
            yield from _paragraph(lines[place:end])
        place = end


def _end_of_run(lines: Sequence[Line], place: int) -> int:
    """Return where the lines end that stand together, without a blank one or another block between."""
    end = place + 1
    while end < len(lines) and not lines[end].after_blank and not _starts_block(lines, end):
        end += 1
    return end


def _starts_block(lines: Sequence[Line], place: int) -> bool:
    return any(end_of(lines, place) > place for _, end_of in _FINDERS)


def _paragraph(run: Sequence[Line]) -> Iterator[Heading | Body]:
    """Yield what lines are that stand together: a heading, a text with or without one, or rows."""
    first, *rest = run
    if len(run) > 1 and all(map(_is_whole, run)) and any(map(_ends_sentence, run)):
        # A copy without the blank lines between paragraphs.
        for line in run:
            yield from _paragraph([line])
    elif _is_heading(first) and (not rest or _is_heading_over(first, rest[0])):
        yield _heading(first)
        if rest:
            yield Body("paragraph", tuple(rest))
    elif len(run) > 2 and all(map(_is_row, run)):
        yield Body("rows", tuple(run))
    else:
        is_broken_on_purpose = all(len(line.text) <= _LONGEST_TITLE for line in run) and not any(
            map(_ends_text, run)
        )
        broken = "code" if _are_commands(run) else "lines"
        yield Body(broken if is_broken_on_purpose else "paragraph", tuple(run))


def _are_commands(run: Sequence[Line]) -> bool:
    """Say whether lines begin small like commands, and one has signs that words do not have."""
    begin_small = len(run) > 1 and all(line.text[0].islower() for line in run)
    return begin_small and any(_SIGN_OF_A_COMMAND.search(line.text) for line in run)


def _heading(line: Line) -> Heading:
    number = _NUMBERED.match(line.text)
    text = line.text[number.end() :] if number else line.text
    return Heading(line, text.rstrip(":").strip(), 0, number[1] if number else "", text.endswith(":"))


def _is_whole(line: Line) -> bool:
    """Say whether a line is a sentence or a heading, and no piece of a text that was broken into lines."""
    is_title = len(line.text) <= _LONGEST_TITLE and _is_heading(line)
    return not line.text[0].islower() and (is_title or _ends_sentence(line))


def _ends_text(line: Line) -> bool:
    return bool(_ENDS_TEXT.search(line.text[-8:]))


def _ends_sentence(line: Line) -> bool:
    return bool(re.search(r"[.!?:][\"”’')\]]*$", line.text[-8:]))


def _is_heading(line: Line) -> bool:
    if len(line.text) > _LONGEST_HEADING or _ends_text(line) or _OF_A_FORMULA.search(line.text):
        return False
    text = _NUMBERED.sub("", line.text)
    words = text.split()
    if len(words) > _MOST_WORDS or not any(sign.isalpha() for sign in text):
        return False
    if text.endswith(":"):
        # A phrase that ends with a colon leads over to a list; a heading is a title.
        return len(words) < 3 or (len(words) < 8 and _is_title(words))
    return not re.search(r"[.!?]\s+[A-Z]", text) and (not text[0].islower() or len(words) < 7)


def _is_title(words: list[str]) -> bool:
    return all(not word[0].islower() or _SMALL_WORD.match(word) for word in words)


def _is_heading_over(first: Line, below: Line) -> bool:
    """Say whether a short line right above a text is its heading and not its first line."""
    return (
        2 * len(first.text) < len(below.text)
        and len(first.text) <= _LONGEST_TITLE
        and not first.text.endswith(":")
        and bool(re.search(r"[.!?:]", below.text))
        and not below.text[0].islower()
    )


def _is_row(line: Line) -> bool:
    return len(line.text) <= 200 and not _ends_text(line) and not line.text[0].islower()


_SIGN_OF_A_COMMAND = re.compile(r"[=_/\\$<>|]|\w\.\w|\s-")

# Each finder returns where the block ends that begins at a place, or the place itself.


def _end_of_fence(lines: Sequence[Line], place: int) -> int:
    mark = _FENCE.match(lines[place].text)
    if not mark or lines[place].text.count(mark[0]) > 1:
        return place
    for end in range(place + 1, min(len(lines), place + _MOST_CODE_LINES)):
        if lines[end].text.startswith(mark[0]):
            return end + 1
    return place


_MOST_FORMULA_LINES = 60


def _end_of_formula(lines: Sequence[Line], place: int) -> int:
    """Return where a formula ends that stands apart, between `$$` or `\\[ \\]`; unclosed, it is text."""
    text = lines[place].text
    closer = "$$" if text.startswith("$$") else "\\]" if text.startswith("\\[") else ""
    if not closer or (closer in text[2:] and not text.endswith(closer)):
        return place
    for end in range(place, min(len(lines), place + _MOST_FORMULA_LINES)):
        if lines[end].text[2 if end == place else 0 :].endswith(closer):
            return end + 1
    return place


# Forms that hardly ever occur in prose: brackets at the end of a line, keys, assignments, calls,
# prompts and the first words of statements in wide-spread languages.
_CODE_ENDS = ("{", "[", "=>", "},", "],", ");", "};")
_CODE_BEGINS = re.compile(
    r"[}\])]|</?\w[^<>]*>|[\"'][^\"']{1,80}[\"']\s*:|//|/\*|#!|(?:\$|>>>|\.\.\.) [a-z]|@\w+|"
    r"[\w.\[\]\"']{1,60} ?(?:=|:=|\+=) ?\S|[\w.]{1,60}\(.*\)[;:]?$|"
    r"(?:import|from|def|class|return|func|function|fn|let|const|var|public|private|package|using) "
    r"[\w\"'.*{(]|(?:SELECT|INSERT|UPDATE|CREATE|DELETE) [\w*]|(?:if|for|while|else|elif|try|with)\b.*[:{]$|"
    r"[a-z][\w./-]{0,40} (?:\S+ ){0,20}--?[a-z][\w-]*(?: \S+){0,20}[^.,;:!?]$"
)
_OPENS_CODE = re.compile(r"[{\[]$|<\w[^<>]*>$|(?:\$|>>>) [a-z]|#!")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")


def _end_of_code(lines: Sequence[Line], place: int) -> int:
    if not _opens_code(lines, place):
        return place
    depth, end = 0, place
    for line in lines[place : place + _MOST_CODE_LINES]:
        if end > place and not _goes_on_as_code(line, depth):
            break
        depth = max(0, depth + _brackets(line))
        end += 1
    return end


def _opens_code(lines: Sequence[Line], place: int) -> bool:
    if _is_mapping(lines, place) or _is_indented_below(lines, place):
        return True
    if not _is_code_like(lines[place]):
        return False
    if _OPENS_CODE.match(lines[place].text):
        return True
    following = lines[place + 1] if place + 1 < len(lines) else None
    led_to = place > 0 and lines[place - 1].text.endswith(":") and _end_of_list(lines, place) == place
    if following is None or following.after_blank:
        return led_to
    return led_to or _is_code_like(following) or following.indent > lines[place].indent + 1


_KEY = re.compile(r"(?:- )?[\w.\"'/-]{1,60}:(?: \S.*)?$|- \S")
_MOST_KEYS = 200


def _is_mapping(lines: Sequence[Line], place: int) -> bool:
    """Say whether lines are keys and values, of which some are indented below a key (YAML)."""
    if not _KEY.match(lines[place].text[:_LONGEST_CODE_LINE]):
        return False
    nests = False
    for line in lines[place + 1 : place + _MOST_KEYS]:
        if line.after_blank:
            break
        if not _KEY.match(line.text[:_LONGEST_CODE_LINE]):
            return False
        nests = nests or line.indent > lines[place].indent
    return nests


def _is_indented_below(lines: Sequence[Line], place: int) -> bool:
    """Say whether a line is moved in below another that begins no sentence (a command, a statement)."""
    line, *below = lines[place : place + 2]
    if not below or below[0].after_blank or below[0].indent < line.indent + 2:
        return False
    return (line.text[0].islower() or line.text.isupper()) and not (
        _ends_sentence(line) or _ends_sentence(below[0])
    )


def _goes_on_as_code(line: Line, depth: int) -> bool:
    if not line.after_blank:
        is_statement = line.text[0].islower() and not re.search(r"[.,!?]$", line.text)
        return (
            depth > 0
            or line.indent > 1
            or is_statement
            or _is_code_like(line)
            or bool(re.match(r"#|[\w.-]+:", line.text))
        )
    return _is_code_like(line) or (depth > 0 and line.indent > 0)


def _is_code_like(line: Line) -> bool:
    text = line.text
    if len(text) > _LONGEST_CODE_LINE:
        return False
    is_statement = text.endswith(";") and any(sign in text for sign in "=({[")
    return is_statement or text.endswith(_CODE_ENDS) or bool(_CODE_BEGINS.match(text))


def _brackets(line: Line) -> int:
    bare = _STRING.sub("", line.text[:_LONGEST_CODE_LINE])
    return sum(bare.count(sign) for sign in "([{") - sum(bare.count(sign) for sign in ")]}")


_DELIMITER = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?$")
_COLUMNS = re.compile(r"\s{2,}")


def _end_of_table(lines: Sequence[Line], place: int) -> int:
    if place + 1 >= len(lines) or lines[place + 1].after_blank or "|" not in lines[place].text:
        return place
    if not _DELIMITER.match(lines[place + 1].text):
        return place
    end = place + 2
    while end < len(lines) and not lines[end].after_blank and "|" in lines[end].text:
        end += 1
    return end


def _end_of_columns(lines: Sequence[Line], place: int) -> int:
    """Return where lines end that have the same cells, set apart by tabs or by two blanks or more."""
    for cells_of, fewest_rows in ((_by_tabs, 2), (_by_blanks, 3)):
        width = len(cells_of(lines[place]))
        end = place + 1
        while width > 1 and end < len(lines) and _goes_on_as_row(lines[end], width, cells_of):
            end += 1
        if width > 1 and end - place >= fewest_rows:
            return end
    return place


def _goes_on_as_row(line: Line, width: int, cells_of: Callable[[Line], list[str]]) -> bool:
    return not line.after_blank and len(cells_of(line)) == width and not _ITEM.match(line.text)


def _by_tabs(line: Line) -> list[str]:
    return line.raw.split("\t")


def _by_blanks(line: Line) -> list[str]:
    return _COLUMNS.split(line.text)


def _end_of_list(lines: Sequence[Line], place: int) -> int:
    if not _is_item(lines, place):
        return place
    margin = lines[place].indent
    end = place + 1
    while end < len(lines) and (_is_item(lines, end) or _belongs_to_item(lines[end], lines[end - 1], margin)):
        end += 1
    return end


def _is_item(lines: Sequence[Line], place: int) -> bool:
    line = lines[place]
    found = _ITEM.match(line.text)
    if not found:
        return line.indent > 1 and bool(_LETTERED.match(line.text))
    if found[1][0].isdigit() and not line.indent:
        return not _is_numbered_heading(lines, place)
    return True


def _is_numbered_heading(lines: Sequence[Line], place: int) -> bool:
    """Say whether a number begins a heading: alone between blank lines, with a text below it."""
    line = lines[place]
    if place + 1 == len(lines) or not line.after_blank or not lines[place + 1].after_blank:
        return False
    below = lines[place + 1]
    return _is_heading(line) and not (_NUMBERED.match(below.text) and not below.indent)


def _belongs_to_item(line: Line, above: Line, margin: int) -> bool:
    if line.after_blank:
        return line.indent > margin + 1
    is_label = line.text.endswith(":") and line.text[0].isupper()
    return line.indent > margin or not ((_ends_text(above) or is_label) and _is_heading(line))


_FINDERS: tuple[tuple[str, Callable[[Sequence[Line], int], int]], ...] = (
    ("markdown", _end_of_fence),
    ("formula", _end_of_formula),
    ("markdown", _end_of_table),
    ("list", _end_of_list),
    ("code", _end_of_code),
    ("table", _end_of_columns),
)


# --- Blocks to Markdown ------------------------------------------------------------------------------

# Signs that would be read as marks, but for those in code and formulas.
_FLANKING = re.compile(
    r"(?P<own>`[^`]+`|\$(?=[^\s$\d])[^$`]*(?<!\s)\$(?!\d)|\\\(.{1,600}?\\\))|"
    r"(?<!\w)[*_]+(?=\S)|(?<=\S)[*_]+(?!\w)|(?<=\w)\*+(?=\w)"
)
_DEEPER = {"◦": 1, "○": 1, "▪": 2, "■": 2}


def _escaped(text: str) -> str:
    """Keep plain text from being read as marks; bold in pairs was written as Markdown and stays."""
    if text.count("**") < 2:
        text = _FLANKING.sub(lambda found: found["own"] or re.sub(r"([*_])", r"\\\1", found[0]), text)
    return without_block_start(text)


def _write_as_it_is(lines: Sequence[Line]) -> str:
    written: list[str] = []
    for previous, line in zip([None, *lines[:-1]], lines, strict=True):
        if previous and line.after_blank:
            written.append("")
        written.append(line.raw.rstrip())
    return "\n".join(written)


def _write_paragraph(lines: Sequence[Line]) -> str:
    return "\n".join(_escaped(line.text) for line in lines)


def _write_formula(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines)


def _write_rows(lines: Sequence[Line]) -> str:
    return "\\\n".join(_escaped(line.text) for line in lines)


def _write_code(lines: Sequence[Line]) -> str:
    code = dedent(_write_as_it_is(lines).expandtabs(4))
    longest = max((len(ticks) for ticks in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * max(3, longest + 1)
    is_json = code[0] in "{[" and re.search(r'^\s*"[^"\n]*"\s*:', code, re.MULTILINE)
    return f"{fence}{'json' if is_json else ''}\n{code}\n{fence}"


def _write_table(lines: Sequence[Line]) -> str:
    cells_of = _by_tabs if "\t" in lines[0].raw else _by_blanks
    rows = [[_escaped(cell.strip()).replace("|", "\\|") for cell in cells_of(line)] for line in lines]
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


def _write_list(lines: Sequence[Line]) -> str:
    written: list[str] = []
    margins: list[tuple[int, int]] = []
    hanging = ""
    for line in lines:
        marker, text = _marker_of(line)
        if marker:
            depth = _depth_of(line, marker, margins)
            sign = marker if marker[0].isdigit() else "-"
            written.append(f"{'    ' * depth}{sign} {_escaped(text)}".rstrip())
            hanging = "    " * depth + " " * (len(sign) + 1)
        elif written[-1].endswith(tuple("-.)")) and not written[-1][:-1].strip("0123456789 "):
            # The sign stood on a line of its own.
            written[-1] += f" {_escaped(text)}"
        else:
            written += [""] * line.after_blank + [hanging + _escaped(text)]
    return "\n".join(written)


def _marker_of(line: Line) -> tuple[str, str]:
    found = _ITEM.match(line.text)
    if found:
        return found[1], line.text[found.end() :]
    if line.indent > 1 and _LETTERED.match(line.text):
        return "-", line.text
    return "", line.text


def _depth_of(line: Line, marker: str, margins: list[tuple[int, int]]) -> int:
    """Return how deep an item is nested; `margins` are those of the items that hold it."""
    margin = (line.indent, _DEEPER.get(marker[0], 0))
    while margins and margins[-1] > margin:
        margins.pop()
    if not margins or margins[-1] < margin:
        margins.append(margin)
    return len(margins) - 1


_WRITERS: dict[str, Callable[[Sequence[Line]], str]] = {
    "markdown": _write_as_it_is,
    "paragraph": _write_paragraph,
    "rows": _write_rows,
    "lines": _write_rows,
    "formula": _write_formula,
    "code": _write_code,
    "table": _write_table,
    "list": _write_list,
}
