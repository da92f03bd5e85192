"""What those write who cite a term means the same to every program, whatever the name is made of."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from terms.citing import Cited, as_bibtex, as_html, as_markdown, as_text

ADAM = Cited(
    public_id="nmxk4be4xz",
    name="Adam",
    site="Termbook",
    address="https://g.example/t/nmxk4be4xz/",
    version=4,
    changed=date(2026, 5, 3),
)
# A name is one line of text that can be seen.
NAMES = (
    st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=30)
    .map(lambda name: " ".join(name.split()))
    .filter(bool)
)


class Link(HTMLParser):
    """The one link of a piece of HTML: where it leads, and what it says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.address, self.said = "", ""
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.address = dict(attributes).get("href", "")

    def handle_data(self, data):
        self.said += data


def test_the_line_of_text_names_version_day_and_address():
    assert as_text(ADAM) == ("“Adam”, Termbook, version 4 of 3 May 2026, https://g.example/t/nmxk4be4xz/")


def test_authors_stand_first_where_they_are_told():
    one, two, three = (
        as_text(replace(ADAM, authors=names)).split(", “")[0]
        for names in (["Ada"], ["Ada", "Ben"], ["Ada", "Ben", "Cy"])
    )

    assert (one, two, three) == ("Ada", "Ada and Ben", "Ada, Ben and Cy")


def test_a_link_for_markdown_and_one_for_html():
    assert as_markdown(ADAM) == "[Adam](https://g.example/t/nmxk4be4xz/)"
    assert as_html(ADAM) == '<a href="https://g.example/t/nmxk4be4xz/">Adam</a>'


@given(NAMES)
@example("[x](y) *b* _i_ `c` <i> &amp; \\")
@example("![alt](z)")
@example("|a| $b$ ~~c~~")
@example("*")
def test_in_markdown_every_name_is_only_a_name(name):
    html = MarkdownIt("gfm-like", {"linkify": False}).render(as_markdown(replace(ADAM, name=name)))

    link = Link(html)
    assert link.tags == ["p", "a"]
    assert link.address == ADAM.address
    assert link.said.strip() == name


@given(NAMES)
@example('"><script>alert(1)</script>')
@example("&lt;")
def test_in_html_every_name_is_only_a_name(name):
    link = Link(as_html(replace(ADAM, name=name)))

    assert link.tags == ["a"]
    assert (link.address, link.said) == (ADAM.address, name)


def test_an_entry_for_bibtex_has_what_a_list_of_sources_prints():
    assert as_bibtex(ADAM) == "\n".join(
        [
            "@misc{term-nmxk4be4xz-v4,",
            "  title = {{Adam}},",
            "  howpublished = {Termbook},",
            "  year = {2026},",
            "  month = may,",
            "  note = {Version 4},",
            "  url = {https://g.example/t/nmxk4be4xz/}",
            "}",
        ]
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("R&D 100% #1 a_b $5", r"R\&D 100\% \#1 a\_b \$5"),
        ("{x}", r"{\textbraceleft}x{\textbraceright}"),
        ("a\\b^c~d", r"a{\textbackslash}b{\textasciicircum}c{\textasciitilde}d"),
        ("Résumé", r"R{\'e}sum{\'e}"),
        ("Re\u0301sume\u0301", r"R{\'e}sum{\'e}"),
        ("naïve", r"na{\"{\i}}ve"),
        ("Łukasz Groß", r"{\L}ukasz Gro{\ss}"),
        ("ş ǒ ọ", r"{\c{s}} {\v{o}} {\d{o}}"),
        ("Ελλάδα 数据", "Ελλάδα 数据"),
        ("ậ", "ậ"),
    ],
)
def test_signs_that_mean_something_to_tex_are_written_as_it_wants_them(name, written):
    assert f"  title = {{{{{written}}}}}," in as_bibtex(replace(ADAM, name=name))


def test_people_are_told_from_accounts_and_offices():
    cited = replace(ADAM, authors=["Jane Doe", "jdoe", "Bell, Book and Candle", "Terms and Words"])

    assert "  author = {Jane Doe and {jdoe} and {Bell, Book and Candle} and {Terms and Words}}," in as_bibtex(
        cited
    )


@given(NAMES, NAMES)
@example("}", "{")
@example("@misc{x,", "%")
def test_no_name_breaks_out_of_its_entry(name, site):
    entry = as_bibtex(replace(ADAM, name=name, site=site, authors=[name]))

    assert braces_of(entry) == 0
    assert len(re.findall(r"(?m)^ {2}\w+ = ", entry)) == 7
    assert entry.count("\n") == 8


def braces_of(entry: str) -> int:
    """Count as BibTeX does, to which a backslash means nothing; it never goes below zero on the way."""
    depth = 0
    for place, sign in enumerate(entry):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth > 0 or place == len(entry) - 1 or place < len("@misc{")
    return depth


def test_an_address_keeps_its_braces_in_its_own_code():
    entry = as_bibtex(replace(ADAM, address="https://g.example/{x}/ t/"))

    assert "  url = {https://g.example/%7Bx%7D/%20t/}" in entry
