"""Terms at the beginning of a block: over `: text`, in bold, or as bullets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from .page import Block, Page
from .patterns import BOLD, BULLETS, DEFINITION_LIST, Entry, Found, Pattern, found_by

_DEFINITION = re.compile(r" {0,3}:[ \t]+(?P<text>\S.*)")
_BOLD_TERM = re.compile(
    r"(?:\*\*|__)(?P<term>[^*\n]{1,500}?)(?P<inside>[:：.]?)(?:\*\*|__)(?P<more>[ \t]*\([^()\n]{1,100}\))?"
    r"[ \t]*(?P<sign>[:：]|—|–|-(?=[ \t])|=(?=[ \t])|\.(?=[ \t]))?[ \t]*(?P<text>.*)",
    re.DOTALL,
)
_LABEL_IN_BOLD = re.compile(
    r"notes?|warning|tips?|important|caution|info|examples?|see(?: also)?|sources?|references?|synonyms?|"
    r"related(?: terms?)?|also known as|a\.?k\.?a\.?|usage|api",
    re.IGNORECASE,
)


def by_definition_list(page: Page, taken: frozenset[int]) -> Found:
    """Find `Term` over `: text` (PHP Markdown Extra); several terms above one text are names of one entry."""
    return _gathered(page, DEFINITION_LIST, _definition_in, _indented, taken)


def _definition_in(page: Page, block: Block, before: Block | None) -> list[Entry] | None:
    if block.kind != "paragraph":
        return None
    lines = page.lines[block.begin : block.end]
    marks = [place for place, line in enumerate(lines) if _DEFINITION.match(line)]
    if not marks:
        return None
    if marks[0] == 0:
        if before is None or before.kind != "paragraph" or before.end - before.begin > 1:
            return None
        lines, marks = [page.lines[before.begin], *lines], [place + 1 for place in marks]
        block = before
    entries, start = [], 0
    for place, mark in enumerate(marks):
        end = marks[place + 1] if place + 1 < len(marks) else len(lines)
        following = _first_of_next_terms(lines, mark, end) if place + 1 < len(marks) else end
        titles = tuple(line.strip() for line in lines[start:mark] if line.strip())
        body = "\n".join(line.strip() for line in lines[mark:following]).removeprefix(":").strip()
        if titles:
            entries.append(Entry(block.begin + start + 1, titles, body))
        elif entries:
            entries[-1] = replace(entries[-1], body=f"{entries[-1].body}\n\n{body}")
        start = following
    return entries


def _first_of_next_terms(lines: Sequence[str], mark: int, end: int) -> int:
    """Return where the terms of the next definition begin: below the lines that are indented or go on."""
    place = mark + 1
    while place < end and lines[place].startswith(("  ", "\t")):
        place += 1
    return place


def _indented(page: Page, block: Block) -> str | None:
    """Return a block below a definition without its indent; one that has none ends the list."""
    lines = page.lines[block.begin : block.end]
    if not lines[0].startswith(("  ", "\t")):
        return None
    return "\n".join(re.sub(r"^(?:\t| {1,4})", "", line) for line in lines).rstrip()


def by_bold(page: Page, taken: frozenset[int]) -> Found:
    """Find `**Term**: text`, `**Term** — text` and `**Term**` on a line of its own above its text."""
    return _gathered(page, BOLD, _bold_in, _as_it_stands, taken)


def _bold_in(page: Page, block: Block, before: Block | None) -> list[Entry] | None:
    if block.kind != "paragraph" or not block.markdown.startswith(("**", "__")):
        return None
    entries: list[Entry] = []
    for place, line in enumerate(page.lines[block.begin : block.end]):
        term = _BOLD_TERM.fullmatch(line.strip())
        is_label = term and _LABEL_IN_BOLD.fullmatch(term["term"].strip())
        if term and not is_label and (term["sign"] or term["inside"] or not term["text"]):
            title = term["term"].strip() + (term["more"] or "")
            entries.append(Entry(block.begin + place + 1, (title,), term["text"].strip()))
        elif not entries:
            return None
        else:
            entries[-1] = replace(entries[-1], body=f"{entries[-1].body}\n{line}".strip("\n"))
    return entries


def _gathered(
    page: Page,
    pattern: Pattern,
    entries_in: Callable[[Page, Block, Block | None], list[Entry] | None],
    more_in: Callable[[Page, Block], str | None],
    taken: frozenset[int],
) -> Found:
    """Gather the entries that begin with a block, with the blocks below that belong to the last of them."""
    entries: list[Entry] = []
    begins = [heading.begin for heading in page.headings]
    covered = total = 0
    before: Block | None = None
    is_open = False
    found_in: set[int] = set()
    for block in page.blocks:
        total += block.end - block.begin
        if before and bisect_left(begins, before.end) < bisect_left(begins, block.begin):
            is_open, before = False, None
        is_taken = block.begin in taken
        found = None if is_taken else entries_in(page, block, before)
        more = None if found or is_taken or not is_open else more_in(page, block)
        if found:
            entries += [replace(entry, group=block.group) for entry in found]
            found_in.add(block.begin)
        elif more is not None:
            entries[-1] = replace(entries[-1], body=f"{entries[-1].body}\n\n{more}".strip("\n"))
        is_open = bool(found) or more is not None
        covered += (block.end - block.begin) * (is_open or is_taken)
        before = block
    return found_by(pattern, entries, found_in, covered / total if total else 0.0)


def _as_it_stands(page: Page, block: Block) -> str | None:
    return None if block.kind == "hr" else "\n".join(page.lines[block.begin : block.end]).rstrip()


_ITEM = re.compile(r"(?P<lead> {0,3}(?:[-*+]|\d{1,4}[.)])(?:[ \t]+|$))(?P<text>.*)")
_PLAIN_TERM = re.compile(
    r"(?P<term>[^:*_`|\n—–]{1,80}?)"
    r"(?:(?::|(?<=\w)\s+[—–]|(?<=\w)\s+-)(?=\s)[ \t]*(?P<text>\S.*)|:(?P<none>)$)",
    re.DOTALL,
)
_CODE_TERM = re.compile(r"(?P<term>`[^`\n]{1,80}`)[ \t]*(?:[:—–]|-(?=[ \t]))[ \t]*(?P<text>.*)", re.DOTALL)


def by_bullets(page: Page, taken: frozenset[int]) -> Found:
    """Find lists whose items all begin with a term: `- Term: text`; what is nested belongs to its parent."""
    entries: list[Entry] = []
    begins: set[int] = set()
    covered = total = 0
    for block in page.blocks:
        total += block.end - block.begin
        if block.kind not in ("bullet_list", "ordered_list"):
            continue
        items = _items_of(page, block)
        found = [entry for entry in (_bullet(begin, lines) for begin, lines in items) if entry]
        if len(found) >= 0.8 * len(items):
            entries += [replace(entry, group=block.group) for entry in found]
            begins.add(block.begin)
            covered += block.end - block.begin
    return found_by(BULLETS, entries, begins, covered / total if total else 0.0)


def _items_of(page: Page, block: Block) -> list[tuple[int, list[str]]]:
    """Return the outermost items of a list: where each begins, and its lines without mark and indent."""
    items: list[tuple[int, list[str]]] = []
    indent = 0
    for place in range(block.begin, block.end):
        line = page.lines[place]
        item = _ITEM.fullmatch(line)
        if item and (not items or len(line) - len(line.lstrip()) < indent):
            indent = len(item["lead"])
            items.append((place, [item["text"]]))
        elif items:
            items[-1][1].append(line[min(indent, len(line) - len(line.lstrip())) :])
    return items


def _bullet(begin: int, lines: Sequence[str]) -> Entry | None:
    term = None
    for pattern in (_BOLD_TERM, _CODE_TERM, _PLAIN_TERM):
        term = term or pattern.fullmatch(lines[0].strip())
    if term is None or (term.re is _BOLD_TERM and term["text"] and not (term["sign"] or term["inside"])):
        return None
    title = term["term"].strip() + (term["more"] or "" if term.re is _BOLD_TERM else "")
    body = "\n".join([term["text"] or "", *lines[1:]]).strip("\n").rstrip()
    return Entry(begin + 1, (title,), body) if body else None
