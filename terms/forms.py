"""What readers may ask and say: the search box with its filters, and the form for suggestions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.http import QueryDict

from . import text
from .models import SHORT_DEFINITION_LENGTH, Alias, Term
from .revisions import Content

# --- Search --------------------------------------------------------------------------------------

_TEXT_LENGTH = 200
_TAGS_AT_ONCE = 10
_TAG = re.compile(r"[-\w]{1,100}")
# What narrows a search beside its tags: how it looks, and what is said of what does not look so.
_NARROWING = {
    "letter": (re.compile(r"[-\w]{1,20}"), "a letter of the index. Use “b” or “greek”."),
    "language": (
        re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,3}"),
        "the tag of a language. Use “de” or “pt-BR”.",
    ),
    "status": (
        re.compile("|".join(Term.PUBLIC_STATUSES)),
        "a status to search for. Use “published” or “deprecated”.",
    ),
}


@dataclass(frozen=True)
class AskedSearch:
    """A search as its address has it; `problems` says a sentence for each thing that was left out of it."""

    text: str
    tags: tuple[str, ...]
    letter: str
    language: str
    status: str
    with_deprecated: bool
    problems: tuple[str, ...]

    @property
    def is_question(self) -> bool:
        """Whether there is anything to look for: words, or something that terms may have in common."""
        return bool(self.text or self.tags or any(getattr(self, name) for name in _NARROWING))

    @property
    def filters(self) -> list[tuple[str, str]]:
        """What narrows or widens the search, as it stands in the address."""
        single = [(name, getattr(self, name)) for name in _NARROWING if getattr(self, name)]
        widened = [("deprecated", "1")] if self.with_deprecated else []
        return [*(("tag", tag) for tag in self.tags), *single, *widened]


def read_search(query: QueryDict) -> AskedSearch:
    """Read the address of a search: nothing is required, and nothing that was typed is lost."""
    problems: list[str] = []
    text = query.get("q", "").replace("\0", " ").strip()
    if len(text) > _TEXT_LENGTH:
        problems.append(f"Search for fewer words: at most {_TEXT_LENGTH} characters are looked up.")
    tags = _asked_tags(query, problems)
    single = {name: _asked_for(query, name, problems) for name in _NARROWING}
    with_deprecated = query.get("deprecated", "").lower() not in {"", "0", "false"}
    return AskedSearch(text, tags, **single, with_deprecated=with_deprecated, problems=tuple(problems))


def _asked_tags(query: QueryDict, problems: list[str]) -> tuple[str, ...]:
    asked = [tag for tag in dict.fromkeys(query.getlist("tag")) if tag]
    tags = [tag for tag in asked if _TAG.fullmatch(tag)]
    problems += [
        f"“{tag:.40}” is not the address of a tag." for tag in asked[:_TAGS_AT_ONCE] if tag not in tags
    ]
    if len(asked) > _TAGS_AT_ONCE:
        problems.append(f"At most {_TAGS_AT_ONCE} tags narrow a search; these are {len(asked)}.")
    return tuple(tags[:_TAGS_AT_ONCE])


def _asked_for(query: QueryDict, name: str, problems: list[str]) -> str:
    shape, what = _NARROWING[name]
    value = query.get(name, "")
    if not value or shape.fullmatch(value):
        return value
    problems.append(f"“{value:.40}” is not {what}")
    return ""


# --- Suggestions ---------------------------------------------------------------------------------


def _line(label: str, help_text: str = "", **attrs: Any) -> forms.Field:
    return forms.Field(required=False, label=label, help_text=help_text, widget=forms.TextInput(attrs=attrs))


def _text(label: str, help_text: str = "", **attrs: Any) -> forms.Field:
    return forms.Field(required=False, label=label, help_text=help_text, widget=forms.Textarea(attrs=attrs))


class SuggestionForm(forms.Form):
    """What somebody types to suggest a text.

    The rules judge it. The form only shows what was typed, so that no refusal loses a word of it.
    """

    name = _line("Name", "As it stands inside a sentence.", autocomplete="off")
    remark = _text("What is wrong, or what should change?", rows=3)
    short_definition = _text(
        "Short definition",
        f"One sentence in plain words, at most {SHORT_DEFINITION_LENGTH} characters.",
        rows=2,
    )
    definition = _text("Definition", "Markdown, with $formulas$, tables and code.", rows=10)
    aliases = _text("Other names", "One on each line.", rows=3)
    sources = _text("Sources", "One on each line: title | https://…", rows=3)
    sender_name = _line("Your name", autocomplete="name")
    email = _line("Your e-mail", autocomplete="email", inputmode="email", spellcheck="false")
    # No person sees it; programs that fill in forms fill it in.
    homepage = _line("Leave this empty", autocomplete="off", tabindex="-1")

    def __init__(
        self, typed: Mapping[str, str], problems: Mapping[str, Sequence[str]], *, is_new: bool
    ) -> None:
        super().__init__(initial=typed, label_suffix="")
        if is_new:
            self.fields["remark"].label = "Why it belongs here, or what else the editors should know"
        for name in problems.keys() & self.fields.keys():
            hint = f" id_{name}_helptext" if self.fields[name].help_text else ""
            described = {"aria-invalid": "true", "aria-describedby": f"id_{name}_problems{hint}"}
            self.fields[name].widget.attrs |= described


def shown(content: Content) -> dict[str, str]:
    """Return a content as the form shows it: what readers may see of it, each item of a list on a line."""
    visible = [alias for alias in content["aliases"] if alias["kind"] != Alias.Kind.HIDDEN]
    return {
        **{field: content[field] for field in _TEXTS},
        "aliases": "\n".join(alias["text"] for alias in visible),
        "sources": "\n".join(_source_line(source) for source in content["sources"]),
    }


_TEXTS = ("name", "short_definition", "definition")


def wished(typed: Mapping[str, str], base: Content) -> Content:
    """Return the fields that were changed against `base`, as the rules take them.

    What the form does not show stays as it was: kinds of names, hidden names, places in a source.
    """
    before = shown(base)
    wish: Content = {field: typed[field] for field in _TEXTS if _even(typed[field]) != before[field]}
    for field, items_of in (("aliases", _aliases), ("sources", _sources)):
        lines = _lines(typed[field])
        if lines != _lines(before[field]):
            wish[field] = items_of(lines, base[field])
    return wish


def _even(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()


def _lines(value: str) -> list[str]:
    lines = (" ".join(line.split()) for line in _even(value).split("\n"))
    return [line for line in lines if line]


def _aliases(lines: list[str], before: list[Content]) -> list[Content]:
    keys = {text.name_key(line) for line in lines}
    visible = {text.name_key(alias["text"]): alias for alias in before if alias["kind"] != Alias.Kind.HIDDEN}
    hidden = [alias for alias in before if alias["kind"] == Alias.Kind.HIDDEN]
    # A hidden name that somebody gives is a name like any other from then on.
    kept = [alias for alias in hidden if text.name_key(alias["text"]) not in keys]
    return [*({**visible.get(text.name_key(line), {}), "text": line} for line in lines), *kept]


def _sources(lines: list[str], before: list[Content]) -> list[Content]:
    left, items = list(before), []
    for line in lines:
        same = next((source for source in left if _source_line(source) == line), None)
        if same is not None:
            left.remove(same)
        items.append(same or _new_source(line))
    return items


def _source_line(source: Content) -> str:
    if not source["url"] or source["title"] == source["url"]:
        return source["title"]
    return f"{source['title']} | {source['url']}"


# Any scheme: whether it is an address of the web, the rules say, with a sentence.
_LIKE_AN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+|\S+\.\S+")


def _new_source(line: str) -> Content:
    title, bar, address = (part.strip() for part in line.rpartition("|"))
    if bar and _LIKE_AN_ADDRESS.fullmatch(address):
        return {"title": title, "url": address}
    if line.startswith(("http://", "https://")) and " " not in line:
        return {"title": "", "url": line}
    return {"title": line}


# --- Machines ------------------------------------------------------------------------------------

_FASTEST = timedelta(seconds=3)
_SLOWEST = timedelta(hours=24)


def new_stamp(at: datetime) -> str:
    """Return what a form carries to say, signed, when it was made."""
    return _signer().sign(str(int(at.timestamp())))


def doubts(posted: Mapping[str, str], *, now: datetime) -> str:
    """Say why a form does not look as if a person had sent it; nothing when it does."""
    stamp = posted.get("stamp", "")
    if posted.get("homepage"):
        return (
            "A field that people do not see was filled in, as machines do it. "
            "Nothing was sent. If a helpful browser did it, send it once more: the field is empty again."
        )
    if not is_fresh(stamp, now):
        return "This form lay open for more than a day. Your text is all there: send it once more."
    if _age(stamp, now) < _FASTEST:
        return "That was faster than people write. Nothing was sent: wait a moment, then send it once more."
    return ""


def is_fresh(stamp: str, now: datetime) -> bool:
    """Say whether a form was made here, and less than a day ago."""
    age = _age(stamp, now)
    return age is not None and age <= _SLOWEST


def _age(stamp: str, now: datetime) -> timedelta | None:
    """Return how old a form is; None for one that was not made here."""
    try:
        made_at = int(_signer().unsign(stamp))
    except (BadSignature, ValueError):
        return None
    age = timedelta(seconds=now.timestamp() - made_at)
    return age if age >= timedelta(0) else None


def _signer() -> Signer:
    return Signer(salt="terms.forms.stamp")
