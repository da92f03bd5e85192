"""One public term as Markdown, for people and for language models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .. import linking, markup
from ..formats import wording
from ..models import Note, Term, tag_address
from ..text import full_name, name_key
from .twin_forms import twin_address

Document = Mapping[str, Any]

_NOT_IN_AN_ADDRESS = re.compile(r"[\s<>\\()]")


def markdown_page(document: Document, *, origin: str, tag_names: Mapping[str, str] | None = None) -> str:
    """Return the page of a public term as Markdown, made of its stored document.

    `origin` begins the addresses; links lead to the same form of other terms. `tag_names` are the
    names of tags by their addresses.
    """
    parts = _Page(document, origin).parts(tag_names or {})
    return "\n\n".join(part for part in parts if part) + "\n"


class _Page:
    """The parts of the page, one below the other."""

    def __init__(self, document: Document, origin: str) -> None:
        self.document, self.origin = document, origin

    def parts(self, tag_names: Mapping[str, str]) -> Iterator[str]:
        document = self.document
        yield f"# {markup.literal(full_name(document['name'], document['qualifier']))}"
        if document["short_definition"]:
            yield f"> {markup.literal(document['short_definition'])}"
        yield self._deprecation()
        yield _list(self._names())
        yield _section("Definition", self._portable(document["definition"]))
        for note in document["notes"]:
            yield _section(str(Note.Kind(note["kind"]).label), self._portable(note["text"]))
        yield _section("Related terms", _list(self._relations()))
        yield _section("Sources", _list(map(_source, document["sources"])))
        yield _section("This entry", _list(self._facts(tag_names)))

    def _deprecation(self) -> str:
        if self.document["status"] != Term.Status.DEPRECATED:
            return ""
        reason = markup.literal(self.document["deprecation_reason"])
        successors = ", ".join(map(self._link, self.document["replaced_by"]))
        return " ".join(
            filter(None, ["**Deprecated.**", reason, f"Use instead: {successors}." if successors else ""])
        )

    def _names(self) -> Iterator[str]:
        aliases = self.document["aliases"]
        used = [alias for alias in aliases if alias["status"] not in wording.NOT_TO_BE_USED]
        for kind, label in wording.NAMES.items():
            yield _labelled(label, (_alias(alias) for alias in used if alias["kind"] == kind))
        yield _labelled(wording.DO_NOT_USE, (_alias(alias) for alias in aliases if alias not in used))

    def _relations(self) -> Iterator[str]:
        for kind, label in wording.RELATIONS.items():
            others = [other for other in self.document["related"] if other["relation"] == kind]
            yield _labelled(label, map(self._link, others))

    def _facts(self, tag_names: Mapping[str, str]) -> Iterator[str]:
        document = self.document
        tags = (_to(tag_names.get(slug, slug), self.origin + tag_address(slug)) for slug in document["tags"])
        yield _labelled("Tags", tags)
        others = (markup.literal(f"{item['scheme']}: {item['value']}") for item in document["external_ids"])
        yield _labelled("Also known to", others)
        yield f"Version {document['version']}, last changed {document['updated_at'][:10]}"
        yield f"Page: <{self.origin}{document['url']}>"
        yield f"Permanent link: <{self.origin}/t/{document['id']}/>"

    def _portable(self, text: str) -> str:
        return markup.portable(text, self._forced).strip("\n")

    def _forced(self, name: str, shown: str) -> str:
        """Return the link to the public term of this name, or the text alone."""
        target = linking.lookup().get(name_key(name))
        if target is None or target.public_id == self.document["id"]:
            return markup.literal(shown)
        return _to(shown, f"{self.origin}{target.url.removesuffix('/')}.md")

    def _link(self, other: Mapping[str, str]) -> str:
        return _to(other["name"], self.origin + twin_address(other["slug"], "md"))


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text.strip() else ""


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items if item)


def _labelled(label: str, values: Iterable[str]) -> str:
    said = ", ".join(values)
    return f"{label}: {said}" if said else ""


def _alias(alias: Mapping[str, str]) -> str:
    besides = ", ".join(filter(None, [alias["language"], alias["note"]]))
    return markup.literal(f"{alias['text']} ({besides})" if besides else alias["text"])


def _source(source: Mapping[str, str]) -> str:
    title = _to(source["title"], source["url"]) if source["url"] else markup.literal(source["title"])
    return f"{title}, {markup.literal(source['locator'])}" if source["locator"] else title


def _to(text: str, address: str) -> str:
    return f"[{markup.literal(text)}]({_NOT_IN_AN_ADDRESS.sub(_encoded, address)})"


def _encoded(sign: re.Match[str]) -> str:
    return quote(sign[0], safe="")
