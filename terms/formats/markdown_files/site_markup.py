"""What site generators add to Markdown, as Termbook writes it: Hugo's shortcodes, MDN's macros, callouts.

Links to other terms become `[[Name|text]]`. What is not known stays as it stands and is flagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..markdown_text import (
    LINK,
    AddressBook,
    code_ranges,
    is_within,
    leads_elsewhere,
    pieces,
    plain_inline,
    relative_links,
    substituted,
    term_link,
    with_plain_line_ends,
)
from ..prose import from_html, is_html
from ..record import Flag, RelationRecord, SourceRecord


@dataclass(frozen=True)
class Body:
    """The text of a page in our Markdown, and what its lists of references said."""

    markdown: str
    sources: tuple[SourceRecord, ...] = ()
    relations: tuple[RelationRecord, ...] = ()
    flags: tuple[Flag, ...] = ()


def translated(text: str, *, title: str, book: AddressBook, is_mdn: bool = False) -> Body:
    """Return the body of a page with the marks of its site translated.

    A heading that only repeats the title, comments and `<!--more-->` are dropped; lists below “See
    also” and “Related terms” that hold nothing but links become sources and relations.
    """
    markdown = _without_title(_without_comments(with_plain_line_ends(text)), title)
    markdown = _notes_as_quotes(markdown)
    markdown = substituted(markdown, _SHORTCODE, lambda found: _shortcode(found, book))
    if is_mdn:
        markdown = substituted(markdown, _MACRO, lambda found: _macro(found, book))
        markdown = substituted(markdown, _TERM_OF_A_LIST, lambda found: found[1])
    if is_html(markdown):
        markdown = from_html(markdown)
    markdown = substituted(markdown, _CALLOUT, _callout)
    markdown = substituted(markdown, LINK, lambda found: _link(found, book))
    markdown = substituted(markdown, _WIKI_LINK, lambda found: _wiki_link(found, book))
    markdown, sources, relations = _without_reference_lists(markdown)
    return Body(_tidy(markdown), sources, relations, tuple(_flags(markdown, is_mdn=is_mdn)))


def title_of(text: str) -> str:
    """Return what the heading says that a text begins with, or nothing."""
    heading = _TITLE.match(with_plain_line_ends(text))
    return plain_inline(heading[1]) if heading else ""


# --- Comments, title, white space ----------------------------------------------------------------

_TITLE = re.compile(r"\s*# +([^\n]+?)(?: +#+)?[ \t]*(?:\n|$)")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def _without_comments(text: str) -> str:
    if "<!--" not in text:
        return text
    code = code_ranges(text)
    kept, at = [], 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin)) >= 0:
        in_code = is_within(code, begin)
        kept.append(text[at : begin + 4 if in_code else begin])
        at = begin + 4 if in_code else end + 3
    return "".join(kept) + text[at:]


def _without_title(text: str, title: str) -> str:
    heading = _TITLE.match(text)
    if heading and plain_inline(heading[1]).casefold() == title.casefold():
        return text[heading.end() :]
    return text


def _tidy(text: str) -> str:
    lines = text.strip("\n").rstrip().split("\n")
    # One blank in front of the first paragraph is a habit of some sites and says nothing.
    lines[0] = lines[0].lstrip() if not lines[0].startswith(("    ", "\t")) else lines[0]
    tidied = "\n".join(lines)
    return "".join(piece if is_code else _BLANK_LINES.sub("\n\n", piece) for piece, is_code in pieces(tidied))


# --- Hugo ----------------------------------------------------------------------------------------

_NOTES = "note|warning|caution|tip|important|info"
_NOTE = re.compile(
    rf"\{{\{{[<%]\s*(?P<close>/?)\s*(?P<kind>{_NOTES})\b[^{{}}\n]{{0,200}}[>%]\}}\}}", re.IGNORECASE
)
_SHORTCODE = re.compile(r"\{\{(?P<mark>[<%])\s*(?P<name>[\w-]+)(?P<rest>[^{}]{0,500})[>%]\}\}")
_ARGUMENT = re.compile(
    r"(?:(?P<key>[\w-]+)=)?(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'=]+))"
)


def _notes_as_quotes(text: str) -> str:
    """Return the text with `{{< note >}}…{{< /note >}}` as a quotation; what is not closed stays."""
    if "{{" not in text:
        return text
    opened: list[re.Match[str]] = []
    written: list[list[str]] = [[]]
    for piece, is_code in pieces(text):
        at = 0
        for mark in [] if is_code else _NOTE.finditer(piece):
            written[-1].append(piece[at : mark.start()])
            at = mark.end()
            if not mark["close"]:
                opened.append(mark)
                written.append([])
            elif opened:
                inside = "".join(written.pop())
                written[-1].append(_quote(opened.pop()["kind"], inside))
            else:
                written[-1].append(mark[0])
        written[-1].append(piece[at:])
    while opened:
        inside = "".join(written.pop())
        written[-1].append(opened.pop()[0] + inside)
    return "".join(written[0])


def _quote(kind: str, text: str) -> str:
    lines = f"**{kind.capitalize()}:** {text.strip()}".split("\n")
    return "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def _shortcode(found: re.Match[str], book: AddressBook) -> str:
    arguments = _arguments(found["rest"])
    if found["name"] not in ("glossary_tooltip", "glossary_definition"):
        return found[0]
    term, shown = arguments.get("term_id", ""), arguments.get("text", "")
    if not term:
        return shown or found[0]
    return term_link(book.name_for(term), shown)


def _arguments(text: str) -> dict[str, str]:
    return {
        (part["key"] or str(place)): part["double"] or part["single"] or part["bare"] or ""
        for place, part in enumerate(_ARGUMENT.finditer(text))
    }


# --- MDN -----------------------------------------------------------------------------------------

_MACRO = re.compile(r"\{\{\s*(?P<name>[A-Za-z][\w-]*)\s*(?:\((?P<rest>[^{}]{0,500})\))?\s*\}\}")
_TERM_OF_A_LIST = re.compile(r"^([ \t]*- ): ", re.MULTILINE)
_VALUE = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^\s,\"']+)")
_SIDEBAR = re.compile(
    r"\w*(?:sidebar|disambiguation)|embed\w+|quicklinks\w*|previous\w*|next\w*|\w+_header", re.I
)
_CODE_MACRO = re.compile(
    r"\w*xref|http(?:header|method)|(?:html|svg|mathml)element|\w*event|webextapiref", re.I
)
_TEXT_MACRO = re.compile(r"httpstatus|rfc|bug|\w*_inline", re.I)


def _macro(found: re.Match[str], book: AddressBook) -> str:
    name = found["name"].lower()
    values = ["".join(parts) for parts in _VALUE.findall(found["rest"] or "")]
    if _SIDEBAR.fullmatch(name):
        return ""
    if name == "glossary" and values:
        return term_link(book.name_for(values[0]), values[1] if len(values) > 1 else values[0])
    if _CODE_MACRO.fullmatch(name) and values:
        shown = values[1] if len(values) > 1 and values[1] else values[0]
        return shown if "`" in shown else f"`{shown}`"
    if _TEXT_MACRO.fullmatch(name):
        return {"rfc": "RFC ", "bug": "bug "}.get(name, "") + values[0] if values else ""
    return found[0]


# --- Callouts and links --------------------------------------------------------------------------

_CALLOUT = re.compile(
    r"^(?P<quote>[ \t]*>[ \t]*)\[!(?P<kind>[A-Za-z]{2,20})\][ \t]*(?P<newline>\n|$)", re.MULTILINE
)
_NO_TITLE = "callout"
_WIKI_LINK = re.compile(
    r"\[\[(?P<name>[^\[\]|\n#]{1,300})(?:#[^\[\]|\n]{0,100})?(?:\|(?P<text>[^\[\]\n]{1,300}))?\]\]"
)
_RELREF = re.compile(r"\{\{[<%]\s*(?:rel)?ref\s+\"?([^\"\s]+)\"?\s*[%>]\}\}")
_TERM_ANCHOR = re.compile(r"#term-([\w-]+)$")


def _callout(found: re.Match[str]) -> str:
    if found["kind"].lower() == _NO_TITLE:
        return ""
    return f"{found['quote']}**{found['kind'].capitalize()}:**{found['newline']}"


def _link(found: re.Match[str], book: AddressBook) -> str:
    reference = _term_meant_by(found["target"].strip("<>"), book)
    return term_link(reference, plain_inline(found["text"])) if reference else found[0]


def _term_meant_by(target: str, book: AddressBook) -> str:
    """Return the name of the term that a link within the site leads to, or nothing.

    The terms of such sites are files side by side, lie at the top (`/observability/`) or below
    “glossary”; a page deeper in the site is another thing, even if it is called like a term.
    """
    relref = _RELREF.fullmatch(target)
    target = relref[1] if relref else target
    if leads_elsewhere(target):
        return ""
    anchor = _TERM_ANCHOR.search(target)
    path = re.split(r"[?#]", target)[0]
    parts = [part for part in path.split("/") if part not in ("", ".", "..", "index.md", "_index.md")]
    last = anchor[1] if anchor else re.sub(r"\.(?:md|markdown|html?)$", "", parts[-1]) if parts else ""
    is_among_terms = bool(anchor) or "glossary" in (part.lower() for part in parts[:-1])
    if path.startswith("/") and len(parts) > 2 and not is_among_terms:
        return ""
    may_be_unknown = is_among_terms or (path.startswith("/") and len(parts) == 1)
    known = book.find(last)
    return known or (book.name_for(last) if last and may_be_unknown else "")


def _wiki_link(found: re.Match[str], book: AddressBook) -> str:
    known = book.find(found["name"])
    return term_link(known, found["text"] or found["name"]) if known else found[0]


# --- Lists of references -------------------------------------------------------------------------

_HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]+?)[ \t#]*$", re.MULTILINE)
_KIND_BY_TITLE = {
    "see also": "see_also",
    "related terms": "related",
    "related": "related",
    "related glossary terms": "related",
    "references": "see_also",
    "external links": "see_also",
    "further reading": "see_also",
}
_ITEM = re.compile(r"[ \t]*[-*+][ \t]+(?P<text>\S.*)")
_OUTWARD = re.compile(r"\[(?P<title>[^\[\]]{1,390})\]\((?P<url>https?://[^\s()]{1,990})\)(?P<rest>.*)")
_TERM = re.compile(r"\[\[(?P<name>[^\[\]|]+)(?:\|[^\[\]]+)?\]\]\.?")
_INTRODUCTION = re.compile(r"[-*+\s]*related (?:glossary )?terms:?\s*", re.IGNORECASE)


def _without_reference_lists(text: str) -> tuple[str, tuple[SourceRecord, ...], tuple[RelationRecord, ...]]:
    """Take out the sections that are lists of nothing but links."""
    sources: list[SourceRecord] = []
    relations: list[RelationRecord] = []
    kept: list[str] = []
    for title, section in _sections(text):
        kind = _KIND_BY_TITLE.get(title)
        found = _references(section, kind) if kind else None
        if found is None:
            kept.append(section)
        else:
            sources += [item for item in found if isinstance(item, SourceRecord)]
            relations += [item for item in found if isinstance(item, RelationRecord)]
    return "".join(kept), tuple(sources), tuple(dict.fromkeys(relations))


def _sections(text: str) -> list[tuple[str, str]]:
    """Return the text cut before each heading, with what the heading says."""
    code = code_ranges(text)
    starts = [match for match in _HEADING.finditer(text) if not is_within(code, match.start())]
    cuts = [0, *(match.start() for match in starts), len(text)]
    titles = ["", *(plain_inline(match["title"]).strip(" :").casefold() for match in starts)]
    return [(title, text[begin:end]) for title, begin, end in zip(titles, cuts, cuts[1:], strict=False)]


def _references(section: str, kind: str) -> list[SourceRecord | RelationRecord] | None:
    """Return what the items of a section refer to, None if one of them says more than that."""
    found: list[SourceRecord | RelationRecord] = []
    for line in section.split("\n")[1:]:
        if not line.strip() or _INTRODUCTION.fullmatch(line):
            continue
        item = _ITEM.fullmatch(line.rstrip())
        reference = _reference(item["text"], kind) if item else None
        if reference is None:
            return None
        found.append(reference)
    return found or None


def _reference(text: str, kind: str) -> SourceRecord | RelationRecord | None:
    term = _TERM.fullmatch(text)
    if term:
        return RelationRecord(kind, term["name"])
    outward = _OUTWARD.fullmatch(text)
    if outward and len(outward["rest"]) < 100:
        return SourceRecord(plain_inline(outward["title"] + outward["rest"]), outward["url"])
    return None


# --- What is left --------------------------------------------------------------------------------

_LEFT_OVER = re.compile(r"\{\{[<%][^{}]{1,500}[>%]\}\}")
_LEFT_OVER_ON_MDN = re.compile(r"\{\{[^{}]{1,500}\}\}")


def _flags(markdown: str, *, is_mdn: bool) -> Iterator[Flag]:
    pattern = _LEFT_OVER_ON_MDN if is_mdn else _LEFT_OVER
    unknown = [mark for piece, is_code in pieces(markdown) if not is_code for mark in pattern.findall(piece)]
    if unknown:
        listed = ", ".join(f"“{text:.60}”" for text in dict.fromkeys(unknown))
        message = f"Marks of the site it came from were left as they are: {listed:.300}."
        yield Flag("unknown_shortcode", message)
    yield from relative_links(markdown)
