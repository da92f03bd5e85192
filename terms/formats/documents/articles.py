"""Article documents: headings and articles on a page, as a README shows them, without its Markdown.

A page copied from a code-hosting site has lost the `#` of its headings and the fences of its code,
and has gained the words around the document. Each concept becomes an entry with its article; parts
of an article stay in it as headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..record import LONGEST_DEFINITION, LONGEST_NAME, Flag, Refs, RowProblem, TermRecord
from .blocks import Body, Heading, blocks_of, doubts_about, items_of, markdown_of
from .lines import Line
from .mentions import bare
from .outline import Entry, Outline, Section, asked_for, is_general, outline_of
from .parentheses import abbreviates
from .spelling import Spelling
from .texts import Texts, texts_of_markdown
from .titles import Title, read_title


def likeness(lines: Sequence[Line]) -> float:
    content = _without_chrome(lines)
    outline = outline_of(blocks_of(content))
    complete = [entry for entry in outline.entries if not entry.is_empty]
    has_chrome = len(content) < len(lines)
    if not complete or (len(complete) < 2 and not has_chrome):
        return 0.0
    by_form = 0.3 if outline.has_levels or outline.has_parts else 0.1
    # A Markdown document of terms without parts is read as what it is, not as a page pasted.
    by_words = 0.3 if outline.has_parts else 0.2 * outline.defined / len(complete)
    return by_form + by_words + 0.3 * has_chrome


def read(lines: Sequence[Line]) -> Iterator[TermRecord | RowProblem]:
    outline = outline_of(blocks_of(_without_chrome(lines)))
    spelling = Spelling(_texts(outline))
    refs = Refs()
    yield from _left_out(outline)
    for entry in outline.entries:
        yield _record(entry, spelling, refs)
        for place, part in enumerate(entry.parts):
            if part.is_concept:
                yield _record_of_part(entry, place, spelling, refs)


# --- What the site put around the document -----------------------------------------------------------

_SURE_CHROME = re.compile(
    r"skip to (?:main )?(?:content|navigation)\b.{0,40}|latest commit\b.{0,80}|file metadata and controls|"
    r"(?:repository )?files navigation|"
    r"[\d,.]+ lines? \([\d,.]+ s?loc\).{0,40}|[\d,.]+ [KMG]?i?B(?:ytes?)?|(?:copy|download) raw file|"
    r"[\d,.]+ (?:contributors?|commits?)|breadcrumbs",
    re.IGNORECASE,
)
_POSSIBLE_CHROME = re.compile(
    r"history|preview|code|blame|raw|edit|outline|top|readme|.{1,30} licen[cs]e|"
    r"[\w.-]+\.(?:md|markdown|rst|txt)",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"footer(?: navigation)?|(?:©|copyright\b).{0,200}", re.IGNORECASE)
_SIDEBAR = re.compile(r"[\d,.]+k? (?:stars?|watch(?:ing|ers?)|forks?)|report repository", re.IGNORECASE)
_HEAD, _FOOT = 80, 30


def _without_chrome(lines: Sequence[Line]) -> list[Line]:
    """Leave out the site's own words above and below the document."""
    sure = [place for place, line in enumerate(lines[:_HEAD]) if _SURE_CHROME.fullmatch(line.text)]
    begin = sure[-1] + 1 if sure else 0
    while sure and begin < len(lines) and _POSSIBLE_CHROME.fullmatch(lines[begin].text):
        begin += 1
    first = max(begin, len(lines) - _FOOT)
    last = range(first, len(lines))
    footer = [place for place in last if _FOOTER.fullmatch(lines[place].text)]
    if any(_SIDEBAR.fullmatch(lines[place].text) for place in last):
        footer += [place for place in last if lines[place].text == "About"]
    return list(lines[begin : min(footer, default=len(lines))])


# --- Records -----------------------------------------------------------------------------------------

_UNSURE = 0.7
_DASHED = re.compile(r"(\S.{1,150}?) (?:[-–—]|:) (\S.{1,150})")


def _texts(outline: Outline) -> Iterator[str]:
    for entry in outline.entries:
        for section in (entry.section, *entry.parts):
            for body in section.bodies:
                if body.kind != "code":
                    yield "\n".join(line.text for line in body.lines)


def _left_out(outline: Outline) -> Iterator[RowProblem]:
    """Tell of the texts outside of all entries; titles of the document go without saying."""
    for block in outline.left_out:
        if isinstance(block, Body):
            line = block.lines[0]
            message = "The text belongs to no entry and was left out."
            yield RowProblem(line.number, "", line.text[:80], message, fatal=False)


def _record(entry: Entry, spelling: Spelling, refs: Refs) -> TermRecord | RowProblem:
    section = entry.section
    sections = [section, *entry.parts]
    title = _title(section.title, _lead_of(entry), spelling)
    doubts = list(_doubts_about_entry(entry))
    flags = [*title.flags, *doubts]
    is_other_title = any(flag.code == "unsure_title" for flag in doubts)
    confidence = min(title.confidence, entry.certainty, _UNSURE if is_other_title else 1.0)
    texts = texts_of_markdown(_lead_of(entry), _article(section.bodies, entry.parts, 0), title.name)
    return _as_record(section.heading, refs.take(section.title), title, texts, sections, confidence, flags)


def _record_of_part(entry: Entry, place: int, spelling: Spelling, refs: Refs) -> TermRecord | RowProblem:
    """Return a part as a record of its own: it may be a concept that readers look for."""
    part = entry.parts[place]
    below = []
    for later in entry.parts[place + 1 :]:
        if later.depth <= part.depth:
            break
        below.append(later)
    heading = asked_for(part.title) or part.title
    lead = _lead(part.bodies) or _first_item(part.bodies)
    title = _title(heading, lead, spelling)
    inside = Flag(
        "inside_article",
        f"This is also a part of “{entry.section.title}”, and may not be a concept of its own.",
    )
    ref = refs.take(f"{entry.section.title} > {part.title}")
    texts = texts_of_markdown(lead, _article(part.bodies, below, part.depth), title.name)
    return _as_record(part.heading, ref, title, texts, [part, *below], 0.5, [*title.flags, inside])


def _title(heading: str, lead: str, spelling: Spelling) -> Title:
    dashed = _DASHED.fullmatch(heading)
    if dashed and (abbreviates(dashed[1], dashed[2]) or abbreviates(dashed[2], dashed[1])):
        heading = f"{dashed[1]} ({dashed[2]})"
    title = read_title(heading, lead, spelling)
    written = bare(heading)
    is_in_capitals = " " in written and written != title.name and written in lead
    if is_in_capitals and all(flag.code != "unsure_capitals" for flag in title.flags):
        capitals = Flag("unsure_capitals", f"The text writes “{written}”: this may be a proper name.")
        return replace(title, confidence=min(title.confidence, _UNSURE), flags=(*title.flags, capitals))
    return title


def _as_record(
    heading: Heading,
    ref: str,
    title: Title,
    texts: Texts,
    sections: Sequence[Section],
    confidence: float,
    flags: Sequence[Flag],
) -> TermRecord | RowProblem:
    line = heading.line
    if len(title.name) > LONGEST_NAME:
        message = f"The name is longer than {LONGEST_NAME} signs. Shorten it."
        return RowProblem(line.number, "name", line.text[:80], message)
    if texts.definition and len(texts.definition) > LONGEST_DEFINITION:
        message = f"The article is longer than {LONGEST_DEFINITION:,} signs. Split it."
        return RowProblem(line.number, "definition", line.text[:80], message)
    bodies = [body for section in sections for body in section.bodies]
    return TermRecord(
        line=line.number,
        name=title.name,
        ref=ref,
        heading=line.text,
        qualifier=title.qualifier,
        short_definition=texts.short,
        definition=texts.definition,
        aliases=title.aliases,
        confidence=round(confidence if texts.definition or texts.short else confidence / 2, 2),
        flags=(*flags, *texts.flags, *doubts_about(bodies)),
    )


def _doubts_about_entry(entry: Entry) -> Iterator[Flag]:
    heading = entry.section.title
    if entry.doubt:
        yield Flag("unsure_entry", f"“{heading}” may be {entry.doubt}.")
    unsure = [f"“{part.title}”" for part in entry.parts if part.is_unsure]
    if unsure:
        yield Flag("unsure_parts", f"These may be entries of their own: {', '.join(unsure)}.")
    captions = entry.captions + [
        part.title for part, below in _with_next(entry.parts) if _is_empty(part, below)
    ]
    if captions:
        listed = ", ".join(f"“{caption}”" for caption in captions)
        yield Flag("unsure_heading", f"These lines may be captions of pictures, not headings: {listed}.")
    asked = next((asked_for(part.title) for part in entry.parts[:1] if part.is_concept), "")
    if asked:
        yield Flag(
            "unsure_title", f"The article begins by asking for “{asked}”; the heading says “{heading}”."
        )


def _with_next(parts: Sequence[Section]) -> Iterator[tuple[Section, Section | None]]:
    return zip(parts, [*parts[1:], None], strict=False)


def _is_empty(part: Section, below: Section | None) -> bool:
    return not part.bodies and (below is None or below.depth <= part.depth)


def _lead_of(entry: Entry) -> str:
    """Return the paragraph that says what an entry is: the first, or the first of a part that defines it."""
    if entry.section.bodies or not entry.parts:
        return _lead(entry.section.bodies)
    first = entry.parts[0]
    defines = first.title.endswith("?") or is_general(first.title)
    return _lead(first.bodies) if defines and not first.is_concept else ""


def _lead(bodies: Sequence[Body]) -> str:
    first = bodies[0] if bodies else None
    if first is None or first.kind not in ("paragraph", "markdown"):
        return ""
    lines: list[str] = []
    for line in first.lines:
        if lines and line.after_blank:
            break
        lines.append(line.text)
    return " ".join(lines)


def _first_item(bodies: Sequence[Body]) -> str:
    items = items_of(bodies[0]) if bodies and bodies[0].kind == "list" else []
    return items[0][1] if items else ""


def _article(bodies: Sequence[Body], parts: Sequence[Section], depth: int) -> str:
    pieces = [markdown_of(bodies)]
    for part in parts:
        number = f"{part.heading.number} " if part.heading.number else ""
        marks = "#" * min(part.depth - depth + 1, 6)
        pieces += [f"{marks} {number}{part.title}", markdown_of(part.bodies)]
    return "\n\n".join(piece for piece in pieces if piece)
