import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from terms.formats import prose
from terms.markup import to_plain_text


@pytest.mark.parametrize(
    ("text", "short", "definition"),
    [
        ("The lowest timber.", "The lowest timber.", None),
        ("  The lowest\n  timber ", "The lowest timber.".rstrip("."), None),
        ("About ~12,000 of alt_bn128, e.g. this one.", "About ~12,000 of alt_bn128, e.g. this one.", None),
        ("One sentence. And another.", None, "One sentence. And another."),
        ("One.\n\nTwo.", None, "One.\n\nTwo."),
        ("It has `code`.", None, "It has `code`."),
        ("- an item", None, "- an item"),
        ("x" * 161, None, "x" * 161),
        ("", None, ""),
    ],
)
def test_one_plain_sentence_that_fits_is_the_short_definition(text, short, definition):
    assert prose.placed(text) == (short, definition)


LINES = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from("*_`[]()<>&$~#|\\!^-+.1 ")
)


@given(LINES.map(lambda text: " ".join(text.split())).filter(bool))
@example("# no heading")
@example("1. no item")
@example("- nor this one")
@example("*a* _b_ `c` [d](e) ![f](g) [[h]] <i>j</i> &amp; $k$ \\(l\\) ~~m~~ ^[n] \\o")
@example("a_b_c and 2 * 3 * 4")
@hypothesis_settings(max_examples=100)
def test_plain_text_reads_the_same_as_markdown(text):
    assert to_plain_text(prose.escaped(text)) == text


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>A <em>part</em> of <code>x*y</code>.</p>", "A *part* of `x*y`."),
        ("<ul><li>one</li><li>two<ol><li>three</li></ol></li></ul>", "- one\n- two\n  1. three"),
        ('<a href="https://x.example/a_b">b</a> <a href="#c">c</a>', "[b](https://x.example/a_b) c"),
        ('<h2>Keel<a class="headerlink" href="#keel">¶</a></h2>', "## Keel"),
        ('<a href="javascript:alert(1)">b</a><script>alert(1)</script><img src="https://x.example/">', "b"),
        ("H<sub>2</sub>O costs $5 or $6, *not* [7]", "H<sub>2</sub>O costs \\$5 or \\$6, \\*not\\* [7\\]"),
        ("<table><tr><th>a|b</th></tr><tr><td>c</td></tr></table>", "| a\\|b |\n| --- |\n| c |"),
        ("<div>" * 3_000 + "deep" + "</div>" * 3_000, "deep"),
    ],
)
def test_html_becomes_markdown_without_what_does_not_belong_there(html, markdown):
    assert prose.from_html(html) == markdown


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<p>A part.</p>", True),
        ("A <b class='x'>bold</b> part.", True),
        ("The `<p>…</p>` element.", False),
        ("The <p> element.", False),
        ("H<sub>2</sub>O", False),
        ("a < b and c > d", False),
        ("`" * 100_000 + "<p>" * 100_000 + "</", False),
    ],
)
def test_html_is_told_from_text_about_it(text, is_html):
    assert prose.is_html(text) is is_html
