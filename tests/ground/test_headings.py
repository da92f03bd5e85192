"""Headings of a text as places to go to."""

from __future__ import annotations

import re

from django.utils.safestring import SafeString
from hypothesis import example, given
from hypothesis import strategies as st

from terms import markup
from terms.markup import Heading


def anchored(markdown: str) -> tuple[SafeString, list[Heading]]:
    return markup.with_anchors(markup.to_html(markdown).html)


def test_each_heading_gets_an_anchor_of_its_words():
    html, headings = anchored("# How it works\n\nText.\n\n## With *two* `parts`\n")

    assert '<h3 id="in-how-it-works">How it works</h3>' in html
    assert '<h4 id="in-with-two-parts">With <em>two</em> <code>parts</code></h4>' in html
    assert headings == [
        Heading("How it works", 1, "in-how-it-works"),
        Heading("With two parts", 2, "in-with-two-parts"),
    ]


def test_a_formula_in_a_heading_is_told_on_one_line():
    _, headings = anchored("# The size $x^2$ & more <b>")

    assert headings[0].text == "The size x^2 & more <b>"


def test_a_link_in_a_heading_is_told_by_its_words():
    html = SafeString('<h3>The <a class="term-link" href="/x/" title="a &gt; b">loss</a></h3>')

    assert markup.with_anchors(html)[1] == [Heading("The loss", 1, "in-the-loss")]


def test_equal_headings_have_different_anchors_and_take_none_from_others():
    _, headings = anchored("# A 2\n\n# A\n\n# A\n\n# A\n")

    assert [heading.anchor for heading in headings] == ["in-a-2", "in-a", "in-a-3", "in-a-4"]


def test_a_text_without_headings_stays_as_it_is():
    html = markup.to_html("Only a [link](/x/).").html

    assert markup.with_anchors(html) == (html, [])


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=12), max_size=8))
@example(['"><script>', "'x' onclick=", "", "—", "数据", "a\u202eb"])
@example(["a"] * 8)
def test_anchors_are_unique_and_nothing_breaks_out_of_them(texts):
    html, headings = anchored("\n\n".join(f"# {text}" for text in texts))

    ids = re.findall(r'<h[3-6] id="([^"]*)">', html)
    assert ids == [heading.anchor for heading in headings]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"in-[\w-]+", anchor) for anchor in ids)
    assert (
        re.sub(r'(<h[3-6]) id="[^"]*">', r"\1>", html)
        == markup.to_html("\n\n".join(f"# {text}" for text in texts)).html
    )


def test_a_text_of_one_heading_ten_thousand_times_is_read_once():
    _, headings = markup.with_anchors(SafeString("<h3>a</h3>" * 10_000))

    assert headings[-1].anchor == "in-a-10000"
