"""reStructuredText of a definition as Markdown (docutils: “reStructuredText Markup Specification”).

Not a parser of the whole language: what glossaries use. Whatever is not known is kept as it stands, in a
block of code, and told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .directives import Line, dedented
from .markdown_text import AddressBook, term_link

_DEEPEST = 20


@dataclass
class Markup:
    """What is known of a document: its link targets and substitutions, and the names of its terms.

    `lost` and `unknown` gather what could not be kept in the text at hand.
    """

    targets: Mapping[str, str] = field(default_factory=dict)
    substitutions: Mapping[str, str] = field(default_factory=dict)
    book: AddressBook = field(default_factory=AddressBook)
    lost: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def to_markdown(self, lines: Sequence[Line]) -> str:
        """Return the Markdown of a body."""
        anonymous = [found[1] for line in lines if (found := _ANONYMOUS_TARGET.fullmatch(line.text.strip()))]
        blocks = _Blocks(_Inline(self, anonymous), self)
        return "\n\n".join(blocks.of(lines))

    def line_to_markdown(self, text: str) -> str:
        """Return the Markdown of one line, such as that of a term."""
        return _Inline(self, []).to_markdown(text)


# --- Explicit markup -----------------------------------------------------------------------------

_EXPLICIT = re.compile(r"\.\.(?:\s+(?P<rest>.*))?")
_ANONYMOUS_TARGET = re.compile(r"(?:__|\.\. __:)\s+(\S.*)")
_TARGET = re.compile(r"_(?P<name>`[^`]+`|(?:\\.|[^:\\])+):(?:\s+(?P<url>\S.*))?")
_SUBSTITUTION = re.compile(r"\|(?P<name>[^|\s][^|]*)\|\s+(?P<kind>[\w-]+)::\s*(?P<text>.*)")
_DIRECTIVE = re.compile(r"(?P<name>[A-Za-z][\w:+.-]*)::(?:\s+(?P<argument>.*))?")
_FOOTNOTE = re.compile(r"\[(?P<label>#?[\w.-]*|\*)\]\s+(?P<text>.*)")
_OPTION = re.compile(r":[\w-]+:(?:\s.*)?")


@dataclass(frozen=True)
class Explicit:
    """A piece of explicit markup: `.. name:: argument`, a target, a comment, with what is indented below."""

    kind: str
    name: str = ""
    argument: str = ""
    content: tuple[Line, ...] = ()


def explicit_at(lines: Sequence[Line], place: int) -> tuple[Explicit, int] | None:
    """Return the explicit markup that begins in a line, and the place of the line below it."""
    line = lines[place]
    start = _EXPLICIT.fullmatch(line.text.strip())
    if start is None:
        return None
    end = end_of_indented(lines, place + 1, line.indent)
    content = tuple(lines[place + 1 : end])
    rest = (start["rest"] or "").strip()
    for kind, pattern in (("substitution", _SUBSTITUTION), ("target", _TARGET), ("footnote", _FOOTNOTE)):
        if found := pattern.fullmatch(rest):
            parts = found.groupdict()
            text = parts.get("text") or parts.get("url") or ""
            return Explicit(
                kind, (parts.get("name") or parts.get("label") or "").strip("`"), text, content
            ), end
    if directive := _DIRECTIVE.fullmatch(rest):
        return Explicit("directive", directive["name"].lower(), directive["argument"] or "", content), end
    return Explicit("comment", content=content), end


def end_of_indented(lines: Sequence[Line], place: int, indent: int) -> int:
    """Return where the lines end that are blank or indented more; blank lines at the end do not count."""
    end = place
    while place < len(lines) and (lines[place].is_blank or lines[place].indent > indent):
        place += 1
        if not lines[place - 1].is_blank:
            end = place
    return end


# --- Inline markup -------------------------------------------------------------------------------

_INLINE = re.compile(
    r"(?P<literal>``(?P<code>\S.*?)``(?!`))"
    r"|(?<![\w\\]):(?P<role>[A-Za-z][\w:+.-]{0,60}):`(?P<in_role>(?:[^`\\]|\\.){1,1000})`"
    r"|(?<![\w\\`])`(?P<text>(?:[^`\\]|\\.){1,1000})`(?P<after>__|_|:[A-Za-z][\w:+.-]{0,60}:)?(?![\w`])"
    r"|(?<![\w\\*])\*\*(?P<strong>[^\s*](?:[^*\\]|\\.|\*(?!\*)){0,1000}?)(?<!\s)\*\*(?![\w*])"
    r"|(?<![\w\\*])\*(?P<emphasis>[^\s*](?:[^*\\]|\\.){0,1000}?)(?<!\s)\*(?![\w*])"
    r"|(?<![\w\\|])\|(?P<substitution>[^|\s][^|\n]{0,100}?)\|_{0,2}(?![\w|])"
    r"|\[(?P<footnote>#?[\w.-]{1,50}|\*)\]_(?!\w)"
    r"|(?P<url>\bhttps?://[^\s<>`]+[^\s<>`.,;:!?)\]'\"])"
    r"|(?<![\w\\:`])(?P<reference>[A-Za-z0-9](?:[\w.+-]*[A-Za-z0-9])?)__?(?!\w)"
    r"|\\(?P<escaped>\s|\S)",
    re.DOTALL,
)
_TITLE_AND_TARGET = re.compile(r"(?P<title>.*?)\s*<(?P<target>[^<>]+)>", re.DOTALL)
_IDENTIFIER = re.compile(r"[~!.]?[\w.]*(?:[._]\w|\(\))[\w.()\[\]]*|~\w+")
_SIGNS = re.compile(r"[\\`*\[\]$]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~~")
_LINE_START = re.compile(r"(?P<mark>[#>+=-])(?=[\s=-]|$)|(?P<number>\d{1,9})(?P<dot>[.)])(?=\s|$)")
_INTERSPHINX = re.compile(r"[A-Za-z][\w.-]*:(?=\S)")
_EMPHASIS_ROLES = frozenset({"dfn", "emphasis", "title", "title-reference", "t"})
_STRONG_ROLES = frozenset({"strong", "guilabel"})
_TEXT_ROLES = frozenset({"abbr", "menuselection", "download", "index", "eq"})
_PAGE_ROLES = frozenset({"doc", "ref", "numref", "any", "keyword"})
_NUMBER_ROLES = {"pep": "PEP ", "rfc": "RFC ", "cve": "CVE-", "issue": "#"}


class _Inline:
    """Turns running text of one body into Markdown; `anonymous` are its targets without names."""

    def __init__(self, markup: Markup, anonymous: Sequence[str]) -> None:
        self.markup = markup
        self.anonymous = iter(anonymous)

    def to_markdown(self, text: str) -> str:
        parts, at = [], 0
        for found in _INLINE.finditer(text):
            parts += [_escaped(text[at : found.start()]), self._translated(found)]
            at = found.end()
        written = "".join(parts) + _escaped(text[at:])
        return "\n".join(
            _LINE_START.sub(_escaped_start, line, count=1) if _LINE_START.match(line) else line
            for line in written.split("\n")
        )

    def _translated(self, found: re.Match[str]) -> str:
        if found["literal"]:
            return code(found["code"])
        if found["role"]:
            return self._role(found["role"], found["in_role"])
        if found["text"] is not None:
            return self._interpreted(found["text"], found["after"] or "")
        if found["strong"]:
            return f"**{self._inside(found['strong'])}**"
        if found["emphasis"]:
            return f"*{self._inside(found['emphasis'])}*"
        if found["substitution"]:
            said = self.markup.substitutions.get(found["substitution"].casefold())
            return _escaped(said if said is not None else found[0])
        if found["footnote"]:
            return f"[^{found['footnote'].lstrip('#') or '1'}]"
        if found["url"]:
            return f"<{found['url']}>"
        if found["reference"]:
            return self._reference(found["reference"], found[0])
        return "" if found["escaped"].isspace() else _escaped(found["escaped"])

    def _inside(self, text: str) -> str:
        return _escaped(_unescaped(text))

    def _interpreted(self, text: str, after: str) -> str:
        if after.startswith(":"):
            return self._role(after.strip(":"), text)
        if after:
            return self._link(text, is_anonymous=after == "__")
        plain = _unescaped(text)
        return code(_shortened(plain)) if _IDENTIFIER.fullmatch(plain) else f"*{_escaped(plain)}*"

    def _link(self, text: str, *, is_anonymous: bool) -> str:
        aimed = _TITLE_AND_TARGET.fullmatch(text)
        if aimed:
            title, target = _unescaped(aimed["title"] or aimed["target"]), aimed["target"]
            if target.endswith("_") and not target.endswith("\\_"):
                target = self.markup.targets.get(_target_key(target[:-1]), "")
            return _linked(title, re.sub(r"\s+", "", target))
        title = _unescaped(text)
        target = next(self.anonymous, "") if is_anonymous else self.markup.targets.get(_target_key(title), "")
        return _linked(title, target)

    def _reference(self, word: str, whole: str) -> str:
        target = self.markup.targets.get(_target_key(word), "")
        if whole.endswith("__") and not target:
            target = next(self.anonymous, "")
        return _linked(word, target) if target else _escaped(whole)

    def _role(self, role: str, text: str) -> str:
        """Return what a role shows: terms as links to them, objects of programs as code, pages as text."""
        role = role.lower().rpartition(":")[2]
        aimed = _TITLE_AND_TARGET.fullmatch(text)
        shown = " ".join(_unescaped(aimed["title"] if aimed and aimed["title"] else text).split())
        target = aimed["target"] if aimed else shown
        if role == "term":
            return self._term(target, shown)
        if role in ("sub", "subscript", "sup", "superscript"):
            return f"<{role[:3]}>{_escaped(shown)}</{role[:3]}>"
        if role == "math":
            return f"${text.strip()}$"
        if role in _EMPHASIS_ROLES:
            return f"*{_escaped(shown)}*"
        if role in _STRONG_ROLES:
            return f"**{_escaped(shown)}**"
        if role in _NUMBER_ROLES:
            return shown if aimed else f"{_NUMBER_ROLES[role]}{_escaped(shown)}"
        if role in _TEXT_ROLES:
            return _escaped(shown)
        if role in _PAGE_ROLES:
            self.markup.lost.append(target)
            return _escaped(shown)
        return code(_shortened(shown) if not aimed else shown)

    def _term(self, target: str, shown: str) -> str:
        known = self.markup.book.find(target)
        if known:
            return term_link(known, shown)
        elsewhere = _INTERSPHINX.match(target)
        if elsewhere:
            # A term of another project's glossary, named by its prefix.
            return _escaped(_INTERSPHINX.sub("", shown, count=1) if shown == target else shown)
        return term_link(target, shown)


def code(text: str) -> str:
    """Return a text as a span of code, whatever ticks are in it."""
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{edge}{text}{edge}{ticks}"


def _shortened(text: str) -> str:
    """Return the name of an object as it shows: `~a.b.C` as `C`, `!x` as `x`."""
    return text[1:].rpartition(".")[2] if text.startswith("~") else text.removeprefix("!")


def _linked(title: str, url: str) -> str:
    if not url.startswith(("https://", "http://", "mailto:")):
        return _escaped(title)
    return f"[{_escaped(title)}]({f'<{url}>' if set(url) & set('() ') else url})"


def _target_key(name: str) -> str:
    return " ".join(name.casefold().split())


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", text)


def _escaped_start(found: re.Match[str]) -> str:
    return f"\\{found['mark']}" if found["mark"] else f"{found['number']}\\{found['dot']}"


def _unescaped(text: str) -> str:
    return re.sub(r"\\(\s|\S)", lambda found: "" if found[1].isspace() else found[1], text)


# --- Blocks --------------------------------------------------------------------------------------

_BULLET = re.compile(r"(?P<lead>[-*+•‣⁃](?:\s+|$))(?P<text>.*)")
_NUMBERED = re.compile(r"(?P<lead>(?:\(?(?:\d{1,4}|#|[A-Za-z]|[ivxlcIVXLC]{2,6})[.)])(?:\s+|$))(?P<text>.*)")
_LINE_OF_A_BLOCK = re.compile(r"\|(?:\s+(?P<text>.*))?")
_FIELD = re.compile(r":(?P<name>(?!\s)(?:[^:\\]|\\.|:(?=\S)){1,80}):(?=\s|$)\s*(?P<text>.*)")
_TABLE = re.compile(r"\+(?:[-=]+\+)+|=+(?:\s+=+)+")
_RULE = re.compile(r"([-=_~*+#^])\1{3,}")
_NOTES = {
    "note": "Note",
    "warning": "Warning",
    "tip": "Tip",
    "hint": "Hint",
    "important": "Important",
    "caution": "Caution",
    "danger": "Danger",
    "attention": "Attention",
    "error": "Error",
    "seealso": "See also",
    "todo": "To do",
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_CODE = frozenset({"code-block", "code", "sourcecode", "parsed-literal", "prompt", "ipython"})
_LANGUAGE = re.compile(r"[\w+#.-]+")
_SAYS_NOTHING = frozenset(
    {"index", "currentmodule", "module", "highlight", "only", "image", "figure", "toctree", "tags", "meta"}
    | {"raw", "include", "literalinclude", "default-role", "role", "glossary", "contents", "py:currentmodule"}
)


class _Blocks:
    """Turns the lines of one body into blocks of Markdown."""

    def __init__(self, inline: _Inline, markup: Markup) -> None:
        self.inline = inline
        self.markup = markup

    def of(self, lines: Sequence[Line], depth: int = 0) -> list[str]:
        lines = dedented(lines)
        if depth > _DEEPEST:
            return [_fenced([line.text for line in lines])]
        blocks: list[str] = []
        place = 0
        while place < len(lines):
            if lines[place].is_blank:
                place += 1
                continue
            block, place = self._block_at(lines, place, depth)
            if block:
                blocks.append(block)
        return blocks

    def _block_at(self, lines: Sequence[Line], place: int, depth: int) -> tuple[str, int]:
        line = lines[place]
        if line.indent:
            end = end_of_indented(lines, place, 0)
            blocks = self.of(lines[place:end], depth + 1)
            # A list that is only indented is meant as a list, though it stands in a quotation.
            is_list = any(item.fullmatch(line.text.strip()) for item in (_BULLET, _NUMBERED))
            return "\n\n".join(blocks) if is_list else _quoted(blocks), end
        if explicit := explicit_at(lines, place):
            return self._explicit(explicit[0], depth), explicit[1]
        for mark, item in (("-", _BULLET), ("1.", _NUMBERED)):
            if self._is_item(lines, place, item):
                return self._list(lines, place, item, mark, depth)
        if line.text.startswith(">>> "):
            return self._until_blank(lines, place, "pycon")
        if _TABLE.fullmatch(line.text):
            self.markup.unknown.append("a table")
            return self._until_blank(lines, place, "")
        if _ANONYMOUS_TARGET.fullmatch(line.text):
            return "", place + 1
        if said := _FIELD.fullmatch(line.text):
            return self._field(lines, place, said, depth)
        if _LINE_OF_A_BLOCK.fullmatch(line.text):
            return self._line_block(lines, place)
        if _RULE.fullmatch(line.text):
            return "---", place + 1
        return self._paragraph(lines, place, depth)

    def _is_item(self, lines: Sequence[Line], place: int, item: re.Pattern[str]) -> bool:
        """Say whether a line is an item: what goes on below is indented to its text, or another item."""
        found = item.fullmatch(lines[place].text)
        if found is None:
            return False
        below = lines[place + 1] if place + 1 < len(lines) else None
        if below is None or below.is_blank or item.fullmatch(below.text):
            return True
        return below.indent >= min(len(found["lead"]), 2)

    def _list(
        self, lines: Sequence[Line], place: int, item: re.Pattern[str], mark: str, depth: int
    ) -> tuple[str, int]:
        items: list[str] = []
        while place < len(lines) and (found := item.fullmatch(lines[place].text)):
            end = end_of_indented(lines, place + 1, 0)
            first = Line(lines[place].number, found["text"])
            blocks = self.of([first, *dedented(lines[place + 1 : end])], depth + 1)
            sign = f"{len(items) + 1}." if mark != "-" else mark
            items.append(_hanging(f"{sign} ", "\n\n".join(blocks)))
            place = end
            while place < len(lines) and lines[place].is_blank:
                place += 1
        is_loose = any("\n\n" in text for text in items)
        return ("\n\n" if is_loose else "\n").join(items), place

    def _until_blank(self, lines: Sequence[Line], place: int, language: str) -> tuple[str, int]:
        end = place
        while end < len(lines) and not lines[end].is_blank:
            end += 1
        return _fenced([line.text for line in lines[place:end]], language), end

    def _field(self, lines: Sequence[Line], place: int, found: re.Match[str], depth: int) -> tuple[str, int]:
        end = end_of_indented(lines, place + 1, 0)
        first = Line(lines[place].number, found["text"])
        text = "\n\n".join(self.of([first, *dedented(lines[place + 1 : end])], depth + 1))
        return f"**{self.inline.to_markdown(found['name'])}:** {text}".rstrip(), end

    def _line_block(self, lines: Sequence[Line], place: int) -> tuple[str, int]:
        written = []
        while place < len(lines) and (found := _LINE_OF_A_BLOCK.fullmatch(lines[place].text)):
            written.append(self.inline.to_markdown(found["text"] or ""))
            place += 1
        return "  \n".join(written), place

    def _paragraph(self, lines: Sequence[Line], place: int, depth: int) -> tuple[str, int]:
        end = place + 1
        while end < len(lines) and not lines[end].is_blank and not lines[end].indent:
            end += 1
        text = "\n".join(line.text for line in lines[place:end])
        if end < len(lines) and lines[end].indent and end == place + 1 and not text.endswith("::"):
            return self._definition(text, lines, end, depth)
        if not text.endswith("::"):
            return self.inline.to_markdown(text), end
        last = end_of_indented(lines, end, 0)
        said = self.inline.to_markdown(
            text.removesuffix("::") if text.endswith(" ::") else text[:-1]
        ).rstrip()
        literal = [line.text for line in dedented(lines[end:last])]
        blocks = [said] if said not in ("", ":") else []
        return "\n\n".join([*blocks, *([_fenced(literal)] if any(literal) else [])]), last

    def _definition(self, term: str, lines: Sequence[Line], place: int, depth: int) -> tuple[str, int]:
        end = end_of_indented(lines, place, 0)
        said = self.inline.to_markdown(term.split(" : ")[0])
        text = "\n\n".join(self.of(lines[place:end], depth + 1))
        return _hanging("- ", f"**{said}**: {text}"), end

    def _explicit(self, explicit: Explicit, depth: int) -> str:
        if explicit.kind == "footnote":
            first = Line(0, explicit.argument)
            text = "\n\n".join(self.of([first, *dedented(explicit.content)], depth + 1))
            label = explicit.name.lstrip("#") or "1"
            return _hanging(f"[^{label}]: ", text, indent=4)
        if explicit.kind != "directive" or explicit.name in _SAYS_NOTHING:
            return ""
        options, content = _without_options(explicit.content)
        handler = self._directives().get(explicit.name)
        if handler:
            return handler(explicit, content, depth)
        if explicit.name in _NOTES or explicit.name == "admonition":
            return self._note(explicit, content, depth)
        self.markup.unknown.append(f".. {explicit.name}::")
        head = f".. {explicit.name}:: {explicit.argument}".rstrip()
        return _fenced([head, *(f"   {line.text}".rstrip() for line in (*options, *content))])

    def _directives(self) -> dict[str, Callable[[Explicit, Sequence[Line], int], str]]:
        return {
            **dict.fromkeys(_CODE, self._code),
            "math": self._math,
            "rubric": lambda explicit, content, depth: f"**{self.inline.to_markdown(explicit.argument)}**",
            **dict.fromkeys(
                ("container", "epigraph", "pull-quote", "topic", "compound", "hlist", "sidebar"),
                lambda explicit, content, depth: "\n\n".join(self.of(content, depth + 1)),
            ),
        }

    def _code(self, explicit: Explicit, content: Sequence[Line], depth: int) -> str:
        texts = [line.text for line in dedented(content)]
        if explicit.name == "parsed-literal":
            texts = [_without_marks(text) for text in texts]
        language = explicit.argument if explicit.name != "parsed-literal" else ""
        return _fenced(texts, language.strip())

    def _math(self, explicit: Explicit, content: Sequence[Line], depth: int) -> str:
        formula = "\n".join([explicit.argument, *(line.text for line in dedented(content))]).strip()
        return f"$$\n{formula}\n$$" if formula else ""

    def _note(self, explicit: Explicit, content: Sequence[Line], depth: int) -> str:
        first = [Line(0, explicit.argument)] if explicit.argument else []
        title = _NOTES.get(explicit.name, "")
        if explicit.name == "admonition":
            title, first = self.inline.to_markdown(explicit.argument), []
        elif title.endswith("version"):
            version, _, said = explicit.argument.partition(" ")
            title, first = f"{title} {version}", [Line(0, said)] if said else []
        is_joined = bool(first) and bool(content) and not content[0].is_blank
        texts = self.of(
            [*first, *([] if is_joined or not first else [Line(0, "")]), *dedented(content)], depth + 1
        )
        return _quoted([f"**{title}:** {texts[0]}" if texts else f"**{title}**", *texts[1:]])


def _without_options(content: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    lines = dedented(content)
    count = 0
    while count < len(lines) and _OPTION.fullmatch(lines[count].text):
        count += 1
    return lines[:count], lines[count:]


def _without_marks(text: str) -> str:
    return re.sub(r"\*\*([^*\s][^*]*)\*\*|(?<!\*)\*([^*\s][^*]*)\*", lambda found: found[1] or found[2], text)


def _fenced(lines: Sequence[str], language: str = "") -> str:
    text = "\n".join(lines).strip("\n")
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    info = language if _LANGUAGE.fullmatch(language) else ""
    return f"{fence}{info}\n{text}\n{fence}"


def _quoted(blocks: Sequence[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).split("\n"))


def _hanging(lead: str, text: str, indent: int = 0) -> str:
    space = " " * (indent or len(lead))
    first, *others = text.split("\n")
    return "\n".join([f"{lead}{first}".rstrip(), *(f"{space}{line}".rstrip() for line in others)])
