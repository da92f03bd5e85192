"""Terms as headings of one level: below subjects and letters, above the parts of their articles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ...text import name_key
from ..markdown_files import names_a_collection
from ..markdown_text import names_in
from .page import Heading, Page, is_letter
from .patterns import HEADINGS, ONE_TERM, Entry, Found, section_left_out

_NO_TERM = re.compile(
    r"(?:table of )?contents|on this page|toc|index|(?:other|more|further|additional|useful|external|online) "
    r"(?:resources?|reading|links?|information)|resources?|links?|see also|references?|bibliography|sources?|"
    r"foot ?notes?|notes?|introduction|overview|about(?: this \w+)?|preface|foreword|summary|contribut\w+|"
    r"how to (?:contribute|use this \w+)|licen[cs]e|licensing|copyright|acknowledge?ments?|credits|authors?|"
    r"maintainers|change ?log|history|versions?|inhalt(?:sverzeichnis)?|einleitung|quellen|literatur|"
    r"sommaire|table des matières|introducción|contenido|referencias|références",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:how|why|what|when|where|which|who|can|should|do|does|is|are)\b.*|.*\?|"
    r"(?:\w+ )?(?:examples?|overview|usages?|uses?|use cases?|applications?|benefits?|advantages|"
    r"disadvantages|pros(?: and cons)?|cons|limitations?|challenges|definitions?|descriptions?|details?|"
    r"history|background|types(?: of .*)?|kinds|see also|related(?: \w+)?|references|further reading|links|"
    r"notes?|summary|syntax|parameters|formula|key (?:points|concepts|features|takeaways|characteristics)|"
    r"problem it addresses|in practice|best practices|comparison|implementation|conclusion)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r".*\b(?:terms|terminology|vocabulary|definitions|concepts|acronyms|words)", re.IGNORECASE
)
_ONLY_LINKS = re.compile(r"(?:[-*+|·•,\s]|\d+[.)]|\[[^\[\]\n]{0,200}\]\([^()\s]{0,500}\)|<[^<>\s]{1,500}>)+")


def by_headings(page: Page) -> Found:
    level = _level_of_terms(page)
    if level is None:
        return Found(HEADINGS, [], 0.0)
    at_level = [heading for heading in page.headings if heading.level == level]
    subject = ""
    has_letters = sum(is_letter(heading.title) for heading in at_level) >= 3
    entries, problems = [], []
    for place, heading in enumerate(page.headings):
        if heading.level > level:
            continue
        body = page.between(heading.end, page.end_of_section(place))
        if heading.level < level:
            if place and page.has_text(heading.end, heading.next) and not _holds(page, place, level):
                problems.append(section_left_out(heading, "stands at another level than the terms"))
        elif has_letters and is_letter(heading.title):
            continue
        elif not body and _SUBJECT.fullmatch(heading.title):
            subject = heading.title
        elif _is_no_term(heading, body, is_outermost=heading in (at_level[0], at_level[-1])):
            problems.append(section_left_out(heading, "is no term"))
        else:
            group = subject or heading.group
            entries.append(Entry(heading.begin + 1, (heading.markdown,), body, group))
    return Found(HEADINGS, entries, problems=tuple(problems))


def _holds(page: Page, place: int, level: int) -> bool:
    """Say whether a heading of this level stands in the section."""
    following = page.headings[place + 1 : place + 2]
    return any(page.headings[place].level < heading.level <= level for heading in following)


def _level_of_terms(page: Page) -> int | None:
    """Return the level of headings that are terms: below subjects and letters, above parts of articles."""
    letters = [heading for heading in page.headings if is_letter(heading.title)]
    for level in sorted({heading.level for heading in page.headings}):
        here = [
            place
            for place, heading in enumerate(page.headings)
            if heading.level == level
            and not _NO_TERM.fullmatch(heading.title)
            and not (len(letters) >= 3 and is_letter(heading.title))
        ]
        if len(here) < HEADINGS.least:
            continue
        below = _headings_below(page, here)
        if not below or _are_parts(below):
            with_text = [
                place for place in here if page.has_text(page.headings[place].end, page.end_of_section(place))
            ]
            return level if 2 * len(with_text) >= len(here) else None
    return None


def _headings_below(page: Page, here: Sequence[int]) -> list[tuple[Heading, Heading]]:
    """Return the headings one step below those, each with the one that it stands under."""
    found: list[tuple[Heading, Heading]] = []
    chosen = frozenset(here)
    level = page.headings[here[0]].level
    next_level = min((heading.level for heading in page.headings if heading.level > level), default=0)
    above: Heading | None = None
    for place, heading in enumerate(page.headings):
        if heading.level <= level:
            above = heading if place in chosen else None
        elif above and heading.level == next_level:
            found.append((above, heading))
    return found


def _are_parts(below: Sequence[tuple[Heading, Heading]]) -> bool:
    """Say whether headings describe parts of the articles above them rather than name terms."""
    often = Counter(name_key(heading.title) for _, heading in below)
    parts = [
        heading
        for above, heading in below
        if often[name_key(heading.title)] > 1
        or _PART.fullmatch(heading.title)
        or name_key(names_in(above.title).name) in name_key(heading.title)
    ]
    articles = len({above.begin for above, _ in below})
    # One section with a few headings below it is an article; subjects hold terms one after the other.
    return 2 * len(parts) >= len(below) or len(below) < articles * 1.5


def _is_no_term(heading: Heading, body: str, *, is_outermost: bool) -> bool:
    """Say whether a section is an introduction, a list of links or the like, not the article of a term."""
    if body and _ONLY_LINKS.fullmatch(body):
        return True
    return bool(_NO_TERM.fullmatch(heading.title)) and (is_outermost or not body)


def by_one_heading(page: Page) -> Found | None:
    """Return the whole document as the article of its only heading, for a person to judge."""
    if len(page.headings) != 1 or names_a_collection(page.headings[0].title):
        return None
    heading = page.headings[0]
    body = page.between(heading.end, len(page.lines))
    return Found(ONE_TERM, [Entry(heading.begin + 1, (heading.markdown,), body)]) if body else None
