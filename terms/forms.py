"""What readers may ask and say: the search box with its filters, and the form for suggestions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer

from . import text
from .models import SHORT_DEFINITION_LENGTH, Alias
from .revisions import Content


class SearchForm(forms.Form):
    """A search as its address has it; nothing here is required, an empty search shows a prompt."""

    q = forms.CharField(
        label="Search the glossary",
        required=False,
        max_length=200,
        error_messages={"max_length": "Search for fewer words: at most 200 characters are looked up."},
    )
    tag = forms.SlugField(required=False, allow_unicode=True, max_length=100)
    letter = forms.SlugField(required=False, allow_unicode=True, max_length=20)
    deprecated = forms.BooleanField(label="Include deprecated terms", required=False)

    def problems(self) -> list[str]:
        """Return what was wrong with the address, a sentence for each."""
        return [sentence for sentences in self.errors.values() for sentence in sentences]


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
