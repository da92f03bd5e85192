"""Which files of a collection are terms, what their front matter says, and in which language they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from ...errors import UnreadableFile
from ...text import slug_for
from .. import safe_yaml
from ..decoding import decode
from ..languages import best_match, language_of
from ..markdown_text import AddressBook, Names, names_in
from ..packed import GivenFile
from ..record import RowProblem

OURS = "termbook"
WHOLE_FILE = "file"
_LARGEST_FRONT_MATTER = 200_000

_OPENING = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*---[ \t]*(\r\n|\r|\n)")
_CLOSING = re.compile(r"(?:(?<=\n)|(?<=\r))(?:---|\.\.\.)[ \t]*(?:\r\n|\r|\n|\Z)")


@dataclass(frozen=True)
class Page:
    """A file in its two parts: what the front matter `said`, and the same by our `keys`."""

    path: str
    front_matter: str
    body: str
    line: int
    line_end: str
    said: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        return OURS in self.keys

    @property
    def is_mdn(self) -> bool:
        slug = self.keys.get("slug")
        return "page_type" in self.keys or (isinstance(slug, str) and slug.lower().startswith("glossary/"))

    @property
    def stem(self) -> str:
        """What the file calls the term: its name, or that of its folder."""
        path = PurePosixPath(self.path)
        return path.parent.name if path.stem in ("index", "_index") else path.stem

    @property
    def title(self) -> str:
        title = self.keys.get("title", "")
        return " ".join(title.split()) if isinstance(title, str) else ""


def split(text: str, path: str) -> Page | None:
    """Tell front matter and body apart, as they stand; None if there is no front matter."""
    opening = _OPENING.match(text)
    if not opening:
        return None
    head = text[: opening.end() + _LARGEST_FRONT_MATTER]
    closing = _CLOSING.search(head, opening.end())
    if not closing:
        return None
    return Page(
        path=path,
        front_matter=text[opening.end() : closing.start()],
        body=text[closing.end() :],
        line=_lines_before(text, opening.end()) + 1,
        line_end=opening[1],
    )


def _lines_before(text: str, place: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:place]))


_ALSO_CALLED = {
    "title": "name term titel titre título titolo otsikko tytuł タイトル 标题 標題 제목 заголовок शीर्षक",
    "id": "term_id",
    "aliases": "aka alias also_known_as synonyms synonym alt_names alternative_names",
    "acronyms": "acronym abbreviation abbreviations",
    "tags": "tag category categories subject subjects topic topics",
    "summary": "short_description short_definition description excerpt",
    "definition": "def",
    "sources": "source full_link link references reference",
    "related": "related_terms",
    "see_also": "seealso see",
    "broader": "parent",
    "replaced_by": "successor successors",
    "updated": "updated_at",
}
KEYS = {key: key for key in _ALSO_CALLED} | {
    other: key for key, others in _ALSO_CALLED.items() for other in others.split()
}
KEYS |= {key: key for key in (OURS, "slug", "qualifier", "status", "deprecation_reason", "notes", "draft")}
KEYS |= {key: key for key in ("external_ids", "links_itself", "review_by", "further", "page_type")}
KEYS |= {key: key for key in ("layout", "toc_hide", "menu")}

_LAYOUTS_OF_TEXTS = frozenset({"", "default", "definition", "entry", "page", "post", "single", "term"})
_COLLECTION = re.compile(
    r"(?:.*\s)?(?:glossar(?:y|ies|io|ium)?|glossaire|terminology|vocabulary|lexicon|dictionary)"
    r"(?:\s+(?:of|for|terms)\b.*)?|(?:key|common|list of)?\s*(?:terms|definitions)(?:\s+and\s+\w+)?",
    re.IGNORECASE,
)
_FRONT_PAGES = frozenset({"index", "readme", "glossary", "terms", "home"})


def names_a_collection(title: Any) -> bool:
    return isinstance(title, str) and bool(_COLLECTION.fullmatch(title.strip()))


def key(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def keys_of(value: Any) -> dict[str, Any]:
    """Return what the front matter says by our names; of several keys for one thing all that are lists."""
    keys: dict[str, Any] = {}
    for name, said in value.items() if isinstance(value, dict) else ():
        known = KEYS.get(key(name))
        if known in ("tags", "aliases", "sources") and known in keys:
            keys[known] = [*items_of(keys[known]), *items_of(said)]
        elif known:
            keys.setdefault(known, said)
    return keys


def items_of(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if item not in ("", [], {})]


def pages_of(files: Sequence[GivenFile]) -> tuple[list[Page], list[RowProblem]]:
    pages, problems = [], []
    for file in files:
        try:
            page = _page(file)
        except UnreadableFile as error:
            problems.append(_problem(file.name, error.message, fatal=True))
            continue
        why = _why_no_term(page)
        if why:
            problems.append(RowProblem(page.line, "", page.title[:80], why, fatal=False, path=file.name))
        else:
            pages.append(page)
    return pages, problems


def _page(file: GivenFile) -> Page:
    page = split(decode(file.data), file.name)
    if page is None:
        raise UnreadableFile(
            "The file has no front matter. Begin it with a line “---”, the keys such as “title: …”, and "
            "another line “---”."
        )
    value = safe_yaml.load(page.front_matter, first_line=page.line).value
    if not isinstance(value, dict):
        raise UnreadableFile(f"Line {page.line}: the front matter is no list of keys such as “title: …”.")
    return replace(page, keys=keys_of(value), said=value)


def _problem(path: str, message: str, *, fatal: bool) -> RowProblem:
    return RowProblem(1, WHOLE_FILE, PurePosixPath(path).name[-80:], message, fatal=fatal, path=path)


def _why_no_term(page: Page) -> str:
    """Return why a file is a start page, a template or the like, or nothing."""
    keys, stem = page.keys, PurePosixPath(page.path).stem.lower()
    if page.is_ours:
        return ""
    if stem.startswith("_"):
        return "A file whose name begins with an underscore is a start page or a template, and was left out."
    if "page_type" in keys and not str(keys["page_type"]).startswith("glossary-"):
        return f"A page of the type “{keys['page_type']!s:.40}” is no term, and was left out."
    layout = str(keys.get("layout", "")).lower()
    if layout not in _LAYOUTS_OF_TEXTS:
        return f"A page with the layout “{layout:.40}” is no term, and was left out."
    if is_true(keys.get("toc_hide")) or "menu" in keys:
        return "A page of the site’s own (“toc_hide”, “menu”) is no term, and was left out."
    if stem in _FRONT_PAGES and (names_a_collection(page.title) or not page.title):
        return "The start page of the glossary is no term, and was left out."
    return ""


def is_true(value: Any) -> bool:
    return isinstance(value, str) and value.lower() in ("true", "yes", "on")


@dataclass(frozen=True)
class _Languages:
    """The pages in the glossary's language, and by their paths the pages that say the same in others."""

    own: list[Page]
    translations: dict[str, list[tuple[str, Page]]]
    problems: list[RowProblem]


def by_language(pages: Sequence[Page], language: str) -> _Languages:
    found = _Languages([], {}, [])
    depth, own_tag = _folders_of_languages(pages, language)
    originals = {_path_without(page, depth): page for page in pages if _tag_at(page, depth) == own_tag}
    for page in pages:
        tag = _tag_at(page, depth)
        original = originals.get(_path_without(page, depth))
        if tag in ("", own_tag):
            found.own.append(page)
        elif original:
            found.translations.setdefault(original.path, []).append((tag, page))
        else:
            why = f"The text is in another language ({tag}) and has no counterpart in {own_tag}."
            found.problems.append(_problem(page.path, f"{why} It was left out.", fatal=False))
    return found


def _folders_of_languages(pages: Sequence[Page], language: str) -> tuple[int, str]:
    """Return how deep the folders of languages stand and which is the glossary's own; (-1, "") without.

    Folders called like languages (`it/`, `os/`) are such only if most of what is in them stands under
    the same name in the glossary's language too.
    """
    for depth in range(max((len(_folders(page)) for page in pages), default=0)):
        paths: dict[str, set[str]] = {}
        for page in pages:
            if tag := _tag_at(page, depth):
                paths.setdefault(tag, set()).add(_path_without(page, depth))
        tags = list(paths)
        best = best_match(language, tags)
        own_tag = tags[best] if best is not None else ""
        others = [paths[tag] for tag in tags if tag != own_tag]
        if own_tag and any(2 * len(other & paths[own_tag]) >= len(other) for other in others):
            return depth, own_tag
    return -1, ""


def _folders(page: Page) -> tuple[str, ...]:
    return PurePosixPath(page.path).parts[:-1]


def _tag_at(page: Page, depth: int) -> str:
    folders = _folders(page)
    return language_of(folders[depth]) if 0 <= depth < len(folders) and len(folders[depth]) < 12 else ""


def _path_without(page: Page, depth: int) -> str:
    parts = PurePosixPath(page.path).parts
    return "/".join(part for place, part in enumerate(parts) if place != depth)


def book_of(pages: Sequence[Page]) -> AddressBook:
    """Return how the pages may be meant by each other: id, address, file name, title."""
    book = AddressBook()
    for references in zip(*(_references_to(page) for page in pages), strict=True):
        for reference, page in zip(references, pages, strict=True):
            book.enter(reference, _full_name_of(page))
    return book


def _references_to(page: Page) -> tuple[str, ...]:
    """Return what other files call the page, the surest first; what is empty enters nothing."""
    name = "" if qualifier_of(page) else names_of(page).name
    if page.is_mdn:
        # The last part of an address is no name there: `Glossary/Block/CSS` is not what CSS is.
        return id_of(page), text_of(page.keys.get("slug")).partition("/")[2], _full_name_of(page), name
    return id_of(page), address_of(page), page.stem, name


def id_of(page: Page) -> str:
    return text_of(page.keys.get("id"))


def address_of(page: Page) -> str:
    return text_of(page.keys.get("slug")).split("/")[-1]


def names_of(page: Page) -> Names:
    """Return name and other names that the title holds."""
    return Names(page.title) if page.is_ours else names_in(_bare_title(page), page.body[:2_000])


def qualifier_of(page: Page) -> str:
    """Return the stated qualifier, or on MDN what tells the sub-pages of one name apart: “Block (CSS)”."""
    if page.is_ours or not page.is_mdn:
        return text_of(page.keys.get("qualifier"))
    titled = _QUALIFIED.fullmatch(page.title)
    above = text_of(page.keys.get("slug")).split("/")[1:-1]
    return titled[2] if titled and above and _is_called(above[-1], titled[1]) else ""


_QUALIFIED = re.compile(r"(.+) \(([^()]+)\)")


def _is_called(part_of_slug: str, name: str) -> bool:
    return slug_for(part_of_slug) == slug_for(name)


def _bare_title(page: Page) -> str:
    return page.title.removesuffix(f" ({qualifier_of(page)})") if page.is_mdn else page.title


def _full_name_of(page: Page) -> str:
    name, qualifier = names_of(page).name, qualifier_of(page)
    return f"{name} ({qualifier})" if qualifier else name


def text_of(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
