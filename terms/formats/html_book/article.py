"""One term of the book."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape, unescape
from urllib.parse import quote, urljoin

from ... import collation, markup
from ...text import name_key
from .. import wording
from ..languages import name_of
from ..record import AliasRecord, Glossary, RelationRecord, SourceRecord, TermRecord
from .pieces import address_in_book, name_in, place_of, shown, web_link
from .shelf import id_of

# What is shorter is never cut by the end of a page of paper.
_SHORT = 900

# How a relation that another term states reads from here.
_INVERSE = {"broader": "narrower", "related": "related", "see_also": "see_also", "replaced_by": "replaces"}


class Articles:
    """Makes the articles of a book.

    `names` are the terms in it, by id; `slugs` their ids by the last part of their addresses.
    """

    def __init__(
        self, glossary: Glossary, names: Mapping[str, str], slugs: Mapping[str, str], lookup: markup.Lookup
    ) -> None:
        self._glossary, self._names, self._lookup = glossary, names, lookup
        self._pages = {glossary.address(slug): id for slug, id in slugs.items()}

    def article(self, record: TermRecord, number: int) -> str:
        """Return a term as HTML; `number` keeps its footnotes apart from those of all others."""
        id = id_of(record)
        style = "term short" if self._is_short(record) else "term"
        qualifier = f' <span class="qualifier">({shown(record.qualifier)})</span>' if record.qualifier else ""
        return (
            f'<article class="{style}" id="{place_of(id)}">\n'
            f"<h3><dfn><bdi>{shown(record.name)}</bdi></dfn>{qualifier}</h3>\n"
            f'<div class="body">\n{"".join(self._body(record, id, number))}</div>\n</article>\n'
        )

    def _is_short(self, record: TermRecord) -> bool:
        texts = [record.definition or "", *(note.text for note in record.notes or ())]
        return sum(map(len, texts)) < _SHORT

    def _body(self, record: TermRecord, id: str, number: int) -> Iterator[str]:
        yield _names(record.aliases or ())
        yield from self._standing(record)
        if record.short_definition:
            yield f'<p class="lead">{shown(record.short_definition)}</p>\n'
        if record.definition:
            yield f'<div class="prose">{self._text(record.definition, record, f"n{number}")}</div>\n'
        yield from self._notes(record, number)
        yield self._facts(record, id)

    def _standing(self, record: TermRecord) -> Iterator[str]:
        """Say of a term that it is not to be used, or not approved yet."""
        if record.status == "deprecated":
            reason = f" {shown(record.deprecation_reason)}" if record.deprecation_reason else ""
            yield f'<div class="banner"><p><strong>Deprecated.</strong>{reason}</p>'
            successors = [one for one in record.relations or () if one.kind == "replaced_by"]
            yield f"<p>Use instead: {self._links(successors)}.</p>" if successors else ""
            yield "</div>\n"
        elif record.status == "draft":
            yield '<p class="banner"><strong>Draft.</strong> Nobody has approved this text yet.</p>\n'

    def _notes(self, record: TermRecord, number: int) -> Iterator[str]:
        for place, note in enumerate(record.notes or (), 1):
            if label := wording.NOTES.get(note.kind):
                html = self._text(note.text, record, f"n{number}x{place}")
                yield f'<div class="note"><p class="label">{label}</p><div class="prose">{html}</div></div>\n'

    def _facts(self, record: TermRecord, id: str) -> str:
        facts = [*self._relations(record), _tags(record.tags or ()), _sources(record.sources or ())]
        known = [f"{shown(item.scheme)}: {shown(item.value)}" for item in record.external_ids or ()]
        facts.append(_fact("Also known to", ", ".join(known)))
        if record.id and record.status != "draft":
            facts.append(_fact("Permanent link", web_link(self._glossary.uri(quote(id, errors="replace")))))
        return f'<dl class="facts">\n{told}</dl>\n' if (told := "".join(facts)) else ""

    # --- Relations -------------------------------------------------------------------------------

    def _relations(self, record: TermRecord) -> Iterator[str]:
        pairs = [(one.kind, one) for one in record.relations or ()]
        pairs += [(_INVERSE.get(one.kind, ""), one) for one in record.inverse]
        for kind, label in wording.RELATIONS.items():
            # What replaces a term is told first of all; see `_standing`.
            ends = {one.target: one for found, one in pairs if found == kind != "replaced_by"}
            yield _fact(label, self._links(ends.values()))

    def _links(self, ends: Iterable[RelationRecord]) -> str:
        named = [(self._names.get(end.target) or end.name or end.target, end.target) for end in ends]
        named.sort(key=lambda one: collation.sort_key(one[0], self._glossary.language))
        return ", ".join(
            f'<a href="{escape(self._address(id))}"><bdi>{shown(name)}</bdi></a>' for name, id in named
        )

    def _address(self, id: str) -> str:
        return address_in_book(id) if id in self._names else self._glossary.uri(quote(id, errors="replace"))

    # --- Texts -----------------------------------------------------------------------------------

    def _text(self, markdown: str, record: TermRecord, prefix: str) -> str:
        """Return a text as HTML whose links lead to places in the book, or out by whole addresses."""
        made = markup.to_html(markdown, prefix=prefix).html
        html: str = markup.link_terms(made, self._lookup, key=name_key, skip=[id_of(record)])
        site = self._glossary.address(record.slug) if record.slug else self._glossary.url
        places = {f"#{place}" for place in _ID.findall(html)}
        html = _IMAGE.sub(lambda image: _image(image, site), html)
        html = _LINK.sub(lambda link: self._link(link, site, places), html)
        # On one page with all others no table is a landmark.
        html = html.replace('role="region"', 'role="group"')
        return _HEADING.sub(_one_level_down, html)

    def _link(self, link: re.Match[str], site: str, places: Collection[str]) -> str:
        given = _attributes(link)
        if "data-term" in given:
            given["href"] = self._address(given["data-term"])
        elif given.get("href") and given["href"] not in places:
            address = _whole(site, given["href"])
            given["href"] = address_in_book(self._pages[address]) if address in self._pages else address
        kept = [(name, given[name]) for name in ("href", "id", "class", "title") if given.get(name)]
        return "<a" + "".join(f' {name}="{escape(value)}"' for name, value in kept) + ">"


_ID = re.compile(r'<[a-z0-9]+(?: [a-z-]+="[^"]*")*? id="([^"]*)"')
_LINK = re.compile(r'<a(?: [a-z-]+="[^"]*")*>')
_IMAGE = re.compile(r'<img(?: [a-z-]+="[^"]*")*>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_HEADING = re.compile(r"<(/?)h([3-6])\b")


def _attributes(tag: re.Match[str]) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag[0])}


def _image(tag: re.Match[str], site: str) -> str:
    """Say what a picture shows, and where it is: it would have to be fetched."""
    given = _attributes(tag)
    told = ", ".join(filter(None, [given.get("alt"), _whole(site, given.get("src", ""))]))
    return f'<span class="image">[Image: {escape(told)}]</span>'


def _one_level_down(heading: re.Match[str]) -> str:
    return f"<{heading[1]}h{min(int(heading[2]) + 1, 6)}"


def _whole(site: str, address: str) -> str:
    try:
        return urljoin(site, address)
    except ValueError:
        # Such as `http://[`, which leads nowhere.
        return ""


# --- Parts ---------------------------------------------------------------------------------------


def _names(aliases: Sequence[AliasRecord]) -> str:
    shown_here = [alias for alias in aliases if alias.kind in wording.NAMES]
    groups = [
        (kind, label, [alias for alias in shown_here if alias.kind == kind and not _is_avoided(alias)])
        for kind, label in wording.NAMES.items()
    ]
    groups.append(("avoid", wording.DO_NOT_USE, list(filter(_is_avoided, shown_here))))
    told = "".join(
        f'<div class="{kind}"><dt class="label">{label}</dt><dd>{", ".join(map(_alias, some))}</dd></div>\n'
        for kind, label, some in groups
        if some
    )
    return f'<dl class="names">\n{told}</dl>\n' if told else ""


def _is_avoided(alias: AliasRecord) -> bool:
    return alias.status in wording.NOT_TO_BE_USED


def _alias(alias: AliasRecord) -> str:
    told = [f"({name_of(alias.language)})" if alias.language else "", alias.note]
    beside = "".join(f" <small>{shown(one)}</small>" for one in told if one)
    return name_in(alias.language, alias.text) + beside


def _fact(label: str, html: str) -> str:
    return f'<div><dt class="label">{label}</dt><dd>{html}</dd></div>\n' if html else ""


def _tags(tags: Sequence[str]) -> str:
    return _fact("Tags", ", ".join(map(shown, tags)))


def _sources(sources: Sequence[SourceRecord]) -> str:
    items = "".join(f"<li>{_source(source)}</li>" for source in sources)
    if not items:
        return ""
    return f'<div class="sources"><dt class="label">Sources</dt><dd><ol>{items}</ol></dd></div>\n'


def _source(source: SourceRecord) -> str:
    locator = f", {shown(source.locator)}" if source.locator else ""
    return f"<cite>{web_link(source.url, source.title)}</cite>{locator}"
