"""Our Markdown for readers elsewhere: it says what the page says."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from terms import markup


def linked(markdown):
    return markup.portable(markdown, lambda name, shown: f"{{{name}|{shown}}}")


def headings_of(markdown):
    """Return level and words of each heading, as a parser of others reads them."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    return [
        (int(opening.tag[1]), " ".join(inside.content.split()))
        for opening, inside in pairwise(tokens)
        if opening.type == "heading_open"
    ]


def headings_on_our_page(markdown):
    html = markup.to_html(markdown).html
    found = re.findall(r"<h(\d)>(.*?)</h\d>", html, re.DOTALL)
    return [(int(level), " ".join(words.split())) for level, words in found]


def test_plain_text_stays_as_it_is():
    text = "One *two* [three](https://g.example/).\n\n- a\n- b\n\n---\n\n| a |\n|---|\n| b |\n"

    assert linked(text) == text


@pytest.mark.parametrize(
    ("markdown", "told"),
    [
        ("See [[Kernel]].", "See {Kernel|Kernel}."),
        ("See [[Kernel|the  kernel]].", "See {Kernel|the kernel}."),
        ("- [[a]]\n> [[b]]", "- {a|a}\n> {b|b}"),
        ("| a | b |\n|---|---|\n| [[X|y]] | [[Z]] |", "| a | b |\n|---|---|\n| {X|y} | {Z|Z} |"),
        ("![[a]]", "\\!{a|a}"),
        ("`[[a]]` ``b ` [[c]]``", "`[[a]]` ``b ` [[c]]``"),
        ("`open [[a]]", "`open {a|a}"),
        ("```\n[[a]]\n```", "```\n[[a]]\n```"),
        ("$x_{[[1]]}$ and $$y[[2]]$$", "$x_{[[1]]}$ and $$y[[2]]$$"),
        ("$$\n[[1]]\n$$", "$$\n[[1]]\n$$"),
        ("\\[[a]]", "\\[[a]]"),
        ("An <eos> ends it, </b><!-- too.", "An \\<eos> ends it, \\</b>\\<!-- too."),
        ("<div>\n\ntext", "\\<div>\n\ntext"),
        ("x<sub>1</sub> <br> <https://g.example/> <a@b.c> `<i>` 1 < 2 \\<b>",) * 2,
        ("[a](<b c>)",) * 2,
        ("[[a]](b) [[]] [[ ]] [[a", "[[a]](b) [[]] [[ ]] [[a"),
    ],
)
def test_what_only_we_read_so_is_told_for_others(markdown, told):
    assert linked(markdown) == told


@pytest.mark.parametrize(
    "markdown",
    [
        "# One\n\ntext\n\n## Two\n\n###### Six",
        "Two\nlines\n===\n\nSub\n---\n\ntext",
        "> ## In a quote\n\n- # In a list\n  text\n- Item\n  ---\n  text",
        "1. Under\n   ===\n",
        "## Closed ##\n\n    # code\n\n```\n# code\n```",
        "#hash\n\n\\# no\n\n#\n\ntext",
    ],
)
def test_headings_have_the_levels_of_our_pages(markdown):
    told = linked(markdown)

    assert headings_of(told) == headings_on_our_page(markdown)


@given(st.text(st.sampled_from("[]`$\\!#=->1. \n\tab\ufdd0\x00"), max_size=60))
@settings(max_examples=100)
def test_any_text_keeps_its_words(text):
    told = markup.portable(text, lambda name, shown: shown)

    assert re.findall("[ab]", told) == re.findall("[ab]", text)


@given(st.text(st.sampled_from("[]()|`$\\!#=->*_~<&;1. \n\tab"), max_size=40).map(str.strip))
@settings(max_examples=100)
def test_a_literal_is_read_as_just_this_text(text):
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(markup.literal(text))

    told = "".join(
        child.content for token in tokens if token.type == "inline" for child in token.children or []
    )
    assert told == " ".join(text.split())
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}


def test_a_literal_stands_within_a_link_and_a_heading():
    hostile = "a [b](c) ]] C # <script>alert(1)</script> _x_ **y** `z` \\"

    html = MarkdownIt("commonmark").render(f"# [{markup.literal(hostile)}](https://g.example/)")

    assert html.count("<a ") == 1
    assert "<script" not in html
    assert "a [b](c) ]] C # &lt;script&gt;alert(1)&lt;/script&gt; _x_ **y** `z` \\</a></h1>" in html
