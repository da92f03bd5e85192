"""What `terms.markup` promises to those who write, to those who read, and against those who attack."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString

from terms import markup
from terms.markup.gate import CLEANER
from terms.text import name_key


def html_of(markdown: str, **options: str) -> str:
    return markup.to_html(markdown, **options).html


def problems_of(markdown: str) -> tuple[str, ...]:
    return markup.to_html(markdown).problems


def formulas_of(markdown: str) -> list[str]:
    """Return the sources of the formulas that were set, as an HTML reader finds them."""
    reader = _Reader()
    reader.feed(html_of(markdown))
    return reader.annotations


class _Reader(HTMLParser):
    """Collects the tags with their attributes and the LaTeX sources of formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.annotations: list[str] = []
        self.in_annotation = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "annotation":
            self.in_annotation = True
            self.annotations.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "annotation":
            self.in_annotation = False

    def handle_data(self, data: str) -> None:
        if self.in_annotation:
            self.annotations[-1] += data


# --- Markdown -------------------------------------------------------------------------------


def test_result_is_marked_safe_and_has_no_problems_for_plain_prose():
    rendered = markup.to_html("A **unit** that is *dropped* at random.")

    assert rendered.html == "<p>A <strong>unit</strong> that is <em>dropped</em> at random.</p>\n"
    assert isinstance(rendered.html, SafeString)
    assert rendered.problems == ()


def test_empty_text_gives_empty_html():
    assert html_of("") == ""
    assert markup.to_plain_text("") == ""


@pytest.mark.parametrize(
    ("levels", "expected"),
    [([1], [3]), ([3], [3]), ([2, 3, 2], [3, 4, 3]), ([1, 2, 3, 4, 6], [3, 4, 5, 6, 6]), ([3, 2], [4, 3])],
)
def test_headings_stand_right_below_those_of_the_page(levels, expected):
    html = html_of("\n\n".join(f"{'#' * level} Title" for level in levels))

    assert [int(level) for level in re.findall(r"<h(\d)>", html)] == expected
    assert [int(level) for level in re.findall(r"</h(\d)>", html)] == expected


def test_underlined_headings_are_shifted_too():
    assert "<h3>Title</h3>" in html_of("Title\n=====")


def test_table_can_be_scrolled_and_focused_and_is_aligned_without_styles():
    html = html_of("| layer | size |\n|:---|---:|\n| input | 8 |")

    assert '<div class="table-scroll" tabindex="0" role="region" aria-label="Table"><table>' in html
    assert '<td class="align-right">8</td>' in html
    assert " style=" not in html


def test_strikethrough_is_known_and_task_lists_are_not():
    assert "<s>old</s>" in html_of("~~old~~")
    assert "<li>[ ] open</li>" in html_of("- [ ] open")


def test_known_language_is_highlighted_with_classes():
    html = html_of("```python\nreturn 1\n```")

    assert '<pre tabindex="0" role="group" aria-label="Code"><code><span class="k">return</span>' in html
    assert "style=" not in html


@pytest.mark.parametrize("language", ["", "nosuchlanguage", 'x" onmouseover="a', "<b>", "brainfuck"])
def test_code_in_an_unknown_language_is_plain(language):
    html = html_of(f"```{language}\nif a < b & c:\n```")

    assert (
        html == '<pre tabindex="0" role="group" aria-label="Code"><code>if a &lt; b &amp; c:\n</code></pre>\n'
    )


def test_code_too_long_to_highlight_is_shown_plain():
    html = html_of("```python\n" + "x = 1\n" * 5_000 + "```")

    assert "<span" not in html
    assert html.count("x = 1") == 5_000


def test_small_html_is_kept_and_balanced_and_other_html_is_text():
    assert "SiO<sub>2</sub>" in html_of("SiO<sub>2</sub>")
    assert "<br>" in html_of("one<BR/>two")
    assert html_of("<sub>never closed") == "<p><sub>never closed</sub></p>\n"
    assert "&lt;div&gt;" in html_of("a <div> b")
    assert "&lt;sub class" in html_of('a <sub class="x">b</sub>')


def test_links_to_other_sites_are_not_endorsed_and_own_links_are_left_alone():
    assert '<a href="https://example.org" rel="nofollow noopener">' in html_of("[x](https://example.org)")
    assert '<a href="//example.org" rel="nofollow noopener">' in html_of("[x](//example.org)")
    assert '<a href="/terms/dropout/">' in html_of("[x](/terms/dropout/)")
    assert '<a href="mailto:a@example.org">' in html_of("<mailto:a@example.org>")


def test_image_keeps_its_alternative_text():
    rendered = markup.to_html('![A *bell* curve](/curve.png "Normal")')

    assert 'alt="A bell curve"' in rendered.html
    assert rendered.problems == ()


@pytest.mark.parametrize("address", ["https://example.org/curve.png", "//example.org/curve.png"])
def test_image_on_another_host_is_reported(address):
    (problem,) = problems_of(f"![A bell curve]({address})")

    assert "readers will not see it" in problem


@pytest.mark.parametrize("alternative", ["", "  "])
def test_image_without_alternative_text_is_reported(alternative):
    (problem,) = problems_of(f"![{alternative}](/curve.png)")

    assert "Image “/curve.png” has no alternative text" in problem


def test_footnotes_of_two_texts_on_one_page_do_not_collide():
    text = "Claim.[^a] Again.[^a]\n\n[^a]: Proof."

    ids = [re.findall(r'id="([^"]+)"', html_of(text, prefix=prefix)) for prefix in ("t1", "t2", "")]

    assert all(len(found) == 3 for found in ids)
    assert len({one for found in ids for one in found}) == 9


def test_footnote_leads_to_its_note_and_back():
    html = html_of("Claim.[^a]\n\n[^a]: Proof.", prefix="abc")

    for target in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{target}"' in html


@pytest.mark.parametrize("prefix", ['"', "a b", "<x>", "a:b"])
def test_prefix_must_fit_into_an_id(prefix):
    with pytest.raises(ValueError, match="letters, digits"):
        markup.to_html("x", prefix=prefix)


# --- Maths: where it is ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "display"),
    [
        ("so $x_1$ is", False),
        (r"so \(x_1\) is", False),
        ("so $$x_1$$ is", True),
        (r"so \[x_1\] is", True),
        ("$$x_1$$", True),
        ("$$\nx_1\n$$", True),
        ("\\[\nx_1\n\\]", True),
        ("> $$\n> x_1\n> $$", True),
        ("- item\n\n  $$\n  x_1\n  $$", True),
        ("text before\n$$\nx_1\n$$\ntext after", True),
        ("text before\n$$x_1\n$$ text after", True),
        ("**bold $x_1$**", False),
        ("[a link $x_1$](/x)", False),
        ("# Heading $x_1$", False),
        ("($x_1$),", False),
        ("“$x_1$”–", False),
    ],
)
def test_each_delimiter_sets_the_formula(markdown, display):
    rendered = markup.to_html(markdown)

    assert formulas_of(markdown) == ["x_1"]
    assert ('<math display="block">' in rendered.html) is display
    assert "$" not in rendered.html
    assert rendered.problems == ()


@pytest.mark.parametrize(
    "markdown",
    [
        "raised $25M+ and $2 more",
        "$5 and $10",
        "costs $3",
        "US$ 4",
        "US$4 and A$5, R$6",
        "between $5 and 10$",
        "from $5-$10",
        "$1M–$2M per wafer",
        "$5/$6",
        "a $ b $ c",
        "$ 5$",
        "pay $4.50, or $4 (net), at $9",
        "$HOME and ${HOME}",
        "100$",
        "$",
        r"\$5 and \$x\$",
        r"$5\$",
    ],
)
def test_money_and_lone_dollars_stay_as_written(markdown):
    rendered = markup.to_html(markdown)

    assert "<math" not in rendered.html
    assert rendered.html == f"<p>{markdown}</p>\n".replace("\\$", "$")
    assert rendered.problems == ()


@pytest.mark.parametrize(
    ("markdown", "sources"),
    [
        ("costs $5 but $x$ is", ["x"]),
        ("$20$ and $3 + 4$", ["20", "3 + 4"]),
        ("$2 x$ for $4", ["2 x"]),
        (r"$a \$ b$", [r"a \$ b"]),
        ("$a$, $b$–$c$", ["a", "b", "c"]),
        ("$T = 3$–$20$", ["T = 3", "20"]),
        ("a * $b * c$ * d", ["b * c"]),
        ("$a_i b_i$ and _x_", ["a_i b_i"]),
        (r"\(a \\ (b)\)", [r"a \\ (b)"]),
        ("$a < b & c$", []),
        ("$x<y$", ["x<y"]),
    ],
)
def test_formulas_are_told_from_their_surroundings(markdown, sources):
    assert formulas_of(markdown) == sources


@pytest.mark.parametrize(
    "markdown",
    ["`$x$`", "``\\(x\\)``", "```\n$$x$$\n```", "    $x$", "costs $5 and `echo $HOME`", "`a` $5 `$x$`"],
)
def test_dollar_in_code_is_code(markdown):
    assert "<math" not in html_of(markdown)
    assert "<code>" in html_of(markdown)


def test_lines_of_a_display_formula_are_not_read_as_markdown():
    source = "a\n=\n- b\n+ c\n> e\n| f |"

    assert formulas_of(f"Text\n\n$$\n{source}\n$$") == [source]
    assert formulas_of(f"Text\n$$\n{source}\n$$") == [source]


def test_formula_closed_on_the_line_of_another_is_not_taken_for_its_beginning():
    assert formulas_of("see $$\na\n$$\nand $$\nb\n$$") == ["a", "b"]


def test_bar_in_a_formula_or_forced_link_does_not_split_a_table_cell():
    table = "| a | b |\n|---|---|\n| $P(x|y)$ | [[Naive Bayes|rule]] |\n| $\\|w\\|$ | $5 |\n| $5 | $6 |"

    html = html_of(table)

    assert html.count("<td>") == 6
    assert formulas_of(table) == ["P(x|y)", r"\|w\|"]
    assert 'data-name="Naive Bayes">rule</span>' in html
    assert "<td>$5</td>\n<td>$6</td>" in html


def test_bars_outside_tables_stay():
    assert html_of("a $x|y| b") == "<p>a $x|y| b</p>\n"
    assert (
        html_of("```\n$a|b$\n```")
        == '<pre tabindex="0" role="group" aria-label="Code"><code>$a|b$\n</code></pre>\n'
    )
    assert "|" in html_of("`$a|b$`")


# --- Maths: how it is set -------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        r"\frac{\partial L}{\partial w_i}",
        r"\mathbb{E}_{x \sim p}[f(x)]",
        r"\operatorname*{arg\,max}_{\theta} \log p_\theta(x)",
        r"\text{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{aligned} a &= b \\ &= c \end{aligned}",
        r"\begin{align} a &= b \label{eq:a} \\ &= c \nonumber \end{align}",
        r"\begin{equation} E = mc^2 \tag{3} \end{equation}",
        r"\begin{split} a &= b \end{split}",
        r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}",
        r"\sum_{\substack{i < n \\ j < m}} x_{ij}",
        r"\lVert x \rVert_2 \leq \norm{y} + \abs{z}",
        r"\widehat{y} + \widetilde{z} + \underbrace{a}_{n}",
        r"10^{-6}\,\Omega\cdot\mathrm{cm}, 193\,\mathrm{nm}, 3\,\AA",
        r"\color{red} x + \cancel{y} + \boxed{z}",
        "α ≤ β",
    ],
)
def test_formula_becomes_mathml_with_its_source(source):
    rendered = markup.to_html(f"$$\n{source}\n$$")

    assert rendered.problems == ()
    assert formulas_of(f"$$\n{source}\n$$") == [source]
    assert " style=" not in rendered.html


def test_columns_of_aligned_equations_keep_their_sides_through_classes():
    html = html_of(r"\[\begin{aligned} a &= b \end{aligned}\]")

    assert '<mtd class="m-right m-tight-right"><mi>a</mi></mtd>' in html
    assert '<mtd class="m-left m-tight-left">' in html


def test_text_in_a_formula_may_hold_maths():
    html = html_of(r"\[f(x) \text{ if $x_{1} > 0$ holds}\]")

    assert "<msub><mi>x</mi><mn>1</mn></msub>" in html
    assert "holds</mtext>" in html


def test_numbered_equations_carry_no_number_of_their_own():
    assert "(1)" not in html_of(r"\[\begin{align} a &= b \end{align}\]")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (r"\frac{a", "end of input"),
        (r"\nosuchcommand x", "unknown command"),
        (r"a & b", "table-like"),
        (r"\left( x", "end of input"),
        (r"\begin{cases} x", "end of input"),
        ("x^2^3", "uplicate"),
        (r"\def\a{\a\a}\a", "not allowed"),
        (r"\newcommand{\a}{\a}\a", "not allowed"),
        (r"\href{javascript:alert(1)}{x}", "unknown command"),
        ("x" * (markup.LONGEST_FORMULA + 1), "longer than 5,000 characters"),
    ],
)
def test_formula_that_cannot_be_set_is_shown_as_text_and_reported(source, reason):
    rendered = markup.to_html(rf"so \({source}\) is")

    (problem,) = rendered.problems
    assert problem.startswith("Formula “")
    assert "could not be set: " in problem
    assert reason in problem
    assert problem.endswith(".")
    assert '<code class="math-error" title="Formula “' in rendered.html
    assert markup.to_plain_text(rf"\({source}\)") == source


@pytest.mark.parametrize(
    ("before", "after"), [("", "."), ("", "),"), ("(", ""), ("(", ")"), ("[", "];"), ("“", "”"), ("", "%")]
)
def test_punctuation_stays_on_the_line_of_a_short_formula(before, after):
    html = html_of(f"so {before}$x_1${after} and")

    assert f'so <span class="nobreak">{before}<math>' in html
    assert f"</math>{after}</span> and" in html


def test_formula_without_punctuation_or_with_room_for_a_break_is_not_wrapped():
    long = "a + " * 10 + "b"

    assert "nobreak" not in html_of(f"so $x_1$ is, and $$x_1$$. And ${long}$.")


def test_a_long_formula_in_a_line_can_be_scrolled_by_keys_and_a_short_one_needs_it_not():
    html = html_of(f"so ${'a + ' * 10}b$, and $x_1$")

    assert html.count('<span class="math-long" tabindex="0" role="group" aria-label="Formula"><math>') == 1
    assert "</math></span>, and" in html


def test_a_forced_name_that_leads_nowhere_is_marked_only_for_those_who_write():
    html = html_of("[[Adam]], [[Nobody]] and [[Loss]].")
    names = Names("Adam", "Loss")

    marked = markup.link_terms(html, names, key=name_key, skip=["Loss"], mark_unknown=True)
    read = markup.link_terms(html, names, key=name_key, skip=["Loss"])

    found = re.findall(r'<span class="unknown-term" title="No link:[^"]*">([^<]*)</span>', marked)
    assert found == ["Nobody"]
    assert ">Adam</a>" in marked
    assert "unknown-term" not in read


def test_kept_punctuation_does_not_hinder_links():
    html = markup.link_terms(
        html_of("Loss ($x$), then $y$: loss, Adam."), Names("Loss", "Adam"), key=name_key
    )

    assert ">Loss</a> <span" in html
    assert ">Adam</a>." in html


def test_one_broken_formula_does_not_spoil_the_others():
    rendered = markup.to_html(r"$a$ then $\frac{b$ then $c$")

    assert formulas_of(r"$a$ then $\frac{b$ then $c$") == ["a", "c"]
    assert len(rendered.problems) == 1


@pytest.mark.parametrize(
    ("markdown", "shown", "reported"),
    [
        ("open $$ x = 1", "$$ x = 1", "opened by $$"),
        (r"open \( x = 1", r"\( x = 1", r"opened by \("),
        ("open \\[ x = 1\n\nnext", r"\[ x = 1", r"opened by \["),
        ("$$\nx = 1\n\nnext paragraph", "$$\nx = 1", "opened by $$"),
    ],
)
def test_unclosed_formula_is_shown_as_text_and_reported(markdown, shown, reported):
    rendered = markup.to_html(markdown)

    assert shown in rendered.html
    assert len(rendered.problems) == 1
    assert reported in rendered.problems[0]


def test_escaped_bracket_is_no_formula():
    rendered = markup.to_html(r"not a link: \[x](/y)")

    assert rendered.html == "<p>not a link: [x](/y)</p>\n"
    assert rendered.problems == ()


@pytest.mark.parametrize(
    "source",
    [
        "a leq epsilon",
        "rac{a}{b}",
        "L_infty",
        "ext{sign}(x)",
        "g = abla_x L",
        "x in mathbb{R}",
        "sum_{i} x_i",
        "L_ heta",
        "dot{q}",
        "frac{d}{dt} q",
        "\x0crac{a}{b}",
        "\text{sign}(x)",
        "\nabla f",
        " heta_0",
        "1 leq x",
    ],
)
def test_formula_without_backslashes_is_reported_and_not_repaired(source):
    rendered = markup.to_html(f"${source}$")

    assert "<math" in rendered.html
    assert len(rendered.problems) == 1
    assert "seems to have lost its backslashes" in rendered.problems[0]
    assert "≤" not in rendered.html
    assert "∞" not in rendered.html


@pytest.mark.parametrize(
    "source",
    [
        r"\text{for all alpha} \leq \theta",
        "x_{in} + y_{sum} + z_{text}",
        "sim(x, y)",
        "CE(y, p_{student})",
        "max(0, x)",
        r"\operatorname{beta}(a)",
        "E = mc^2",
    ],
)
def test_formula_with_words_is_not_suspected(source):
    assert problems_of(f"$x = {source}$") == ()


@pytest.mark.parametrize(
    "source",
    [
        "{" * 2400 + "x" + "}" * 2400,
        r"\sqrt{" * 700 + "x" + "}" * 700,
        r"\left(" * 400 + r"\right)" * 400,
        r"\begin{matrix}" * 170,
        "x^{" * 1200,
        r"\substack{" * 400 + "}" * 400,
        "\\" * 4000,
        "&" * 4000,
    ],
)
def test_hostile_nesting_in_a_formula_ends_as_formula_or_text(source):
    html = html_of(f"$$ {source} $$")

    assert "<math" in html or "math-error" in html


# --- Safety ---------------------------------------------------------------------------------

SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<sub onclick=alert(1)>x</sub>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '" onmouseover="alert(1)',
    "<iframe src=javascript:alert(1)>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<math href=javascript:alert(1)>x</math>",
    "<style>*{}</style>",
    "<a href=javascript:alert(1)>x</a>",
    "</code></pre><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "]]><script>alert(1)</script>",
    "<annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script>alert(1)</script>",
    "\x00<scr\x00ipt>alert(1)</script>",
    "\ud800<script>alert(1)</script>",
    "\ufdd0<script>",
]
PLACES = [
    "{}",
    "# {}",
    "- {}",
    "> {}",
    "| {} |\n|---|\n| {} |",
    "`{}`",
    "```{}\ncode\n```",
    "```html\n{}\n```",
    "    {}",
    "${}$",
    r"\({}\)",
    "$$\n{}\n$$",
    r"$\text{{{}}}$",
    r"$\href{{{}}}{{x}}$",
    r"$\class{{{}}}{{x}}$",
    r"$\style{{{}}}{{x}}$",
    r"$\url{{{}}}$",
    r"$\color{{{}}}x$",
    r"$\operatorname{{{}}}$",
    r"$\begin{{array}}{{{}}}a\end{{array}}$",
    r"$\hspace{{{}}}$",
    r"$\tag{{{}}} x$",
    r"$\label{{{}}} x$",
    "$$ {}",
    "[[{}]]",
    "[[Name|{}]]",
    "[text]({})",
    "[text](<{}>)",
    '[text](/x "{}")',
    "[text](/x '{}')",
    "[{}](/x)",
    "![{}](/x.png)",
    "![alt]({})",
    '![alt](/x.png "{}")',
    "<{}>",
    "[text][r]\n\n[r]: {}",
    'a[^1]\n\n[^1]: {}\n\n[r]: /x "{}"',
    "a[^{}]\n\n[^{}]: note",
    "**{}** ~~{}~~ *{}*",
]

ALLOWED_ATTRIBUTES = """
    accent accentunder alt aria-label class data-name data-term depth display displaystyle encoding fence
    form height href id largeop linethickness loading lspace mathvariant maxsize minsize movablelimits
    notation rel role rspace scriptlevel separator src start stretchy symmetric tabindex title voffset
    width
"""
FORBIDDEN_TAGS = """
    applet base body button embed form frame html iframe input link meta mglyph noscript object
    script select style svg template textarea title video annotation-xml maction
"""


def assert_harmless(html: str) -> None:
    reader = _Reader()
    reader.feed(html)
    for tag, attributes in reader.tags:
        assert tag not in FORBIDDEN_TAGS.split()
        assert set(attributes) <= set(ALLOWED_ATTRIBUTES.split())
        for name in ("href", "src"):
            address = attributes.get(name) or ""
            assert re.match(r"(?i)(https?:|mailto:|[^:]*$|[^:/?#]*[/?#])", address), address


@pytest.mark.parametrize("place", PLACES)
def test_no_script_gets_through(place):
    for script in SCRIPTS:
        html = html_of(place.replace("{{", "{").replace("}}", "}").replace("{}", script))

        assert_harmless(html)


@pytest.mark.parametrize("place", ["[x]({})", "![x]({})", "<{}>", "[x][r]\n\n[r]: {}", r"$\href{{}}{x}$"])
@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&Tab;script:alert(1)",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "blob:x",
        "view-source:x",
    ],
)
def test_only_web_and_mail_addresses_are_linked(place, address):
    assert_harmless(html_of(place.replace("{}", address)))


def test_markdown_cannot_pretend_to_be_our_own_marks():
    html = html_of('<span class="term-ref" data-name="x">y</span> <a class="term-link" href="/x">z</a>')

    assert "<span" not in html
    assert "<a" not in html


def test_nul_bytes_and_half_characters_are_replaced():
    assert html_of("a\x00b\ud800c") == "<p>a\ufffdb\ufffdc</p>\n"
    assert markup.to_plain_text("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert markup.linked_names("[[a\x00b]]") == ["a\ufffdb"]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "$x " * 50_000,
        r"\( " * 50_000,
        "$$" + "x+" * 500_000 + "$$",
        "$$\n" + "x+\n" * 50_000 + "$$",
        "\x00" * 1_000_000,
        "a|" * 500_000,
        ">" * 1_000_000,
        "```python\n" + "x = 1\n" * 160_000 + "```",
        "*a" * 30_000,
        "[" * 10_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_very_long_texts_come_to_an_end(text):
    rendered = markup.to_html(text)

    assert_harmless(rendered.html[:100_000])
    assert markup.to_plain_text(text[:100_000]) is not None


@pytest.mark.parametrize("place", PLACES)
def test_output_passes_the_gate_unchanged_a_second_time(place):
    html = html_of(place.replace("{{", "{").replace("}}", "}").replace("{}", "x & <b> é"))

    assert CLEANER.clean(html) == html


# --- Plain text -----------------------------------------------------------------------------


def test_plain_text_says_what_the_markdown_says():
    text = (
        "# Dropout\n\nA **method**[^1] for `nets`\nwith [links](/x), H<sub>2</sub>O & $p < 1$.\n\n"
        "| a | b |\n|---|---|\n| 1 | $x|y$ |\n\n- one\n- [[Two|two]]\n\n```py\ncode()\n```\n\n"
        "$$\nE = mc^2\n$$\n\n![a curve](/x.png) ~~old~~\n\n[^1]: A note."
    )

    assert markup.to_plain_text(text).split("\n") == [
        "Dropout",
        "A method for nets with links, H2O & p < 1.",
        "a, b",
        "1, x|y",
        "one",
        "two",
        "code()",
        "E = mc^2",
        "a curve old",
        "A note.",
    ]


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (r"\beta_1 = 0.9", "β_1 = 0.9"),
        (r"\frac{a}{b}", "a/b"),
        (r"\frac{a + b}{2c}", "(a+b)/(2c)"),
        (r"\frac{\exp(z_i / T)}{\sum_j \exp(z_j / T)}", "exp(z_i/T)/(∑_j exp(z_j/T))"),
        (r"\frac{\partial L}{\partial w_i}", "∂L/∂w_i"),
        (r"\text{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V", "softmax(QK^⊤/√(d_k))V"),
        (r"\sum_{i=1}^{n} x_i^2", "∑_(i=1)^n x_i^2"),
        (r"\operatorname*{arg\,max}_{\theta} \log p_\theta(x)", "arg max_θ log p_θ(x)"),
        (r"\mathbf{x} \leq \hat{y} + f'(x)", "x ≤ ŷ + f′(x)"),
        (r"\underbrace{a}_{n} \binom{n}{k}", "a_n(n; k)"),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", "(a, b; c, d)"),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "a = b; = c"),
        (r"2 \sin x, k\text{-means}, 193\,\mathrm{nm}", "2 sin x, k-means, 193 nm"),
        (r"a < b \quad c \& d", "a < b c&d"),
    ],
)
def test_formula_is_readable_and_searchable_as_plain_text(source, plain):
    assert markup.to_plain_text(f"so ${source}$ is") == f"so {plain} is"
    assert markup.to_plain_text(f"$$\n{source}\n$$") == plain


@pytest.mark.parametrize(
    "source", [r"\sqrt{" * 700 + "x" + "}" * 700, r"\frac{1}{" * 400 + "x" + "}" * 400, "a_b" + "_" * 4000]
)
def test_hostile_formula_has_a_plain_text(source):
    assert markup.to_plain_text(f"$$ {source} $$")


# --- Forced links ---------------------------------------------------------------------------


def test_forced_links_become_spans_that_hold_the_name():
    html = html_of("See [[Gradient  descent]] and [[Adam|the *optimiser*]].")

    assert '<span class="term-ref" data-name="Gradient descent">Gradient descent</span>' in html
    assert '<span class="term-ref" data-name="Adam">the *optimiser*</span>' in html


@pytest.mark.parametrize(
    "markdown", ["`[[x]]`", "```\n[[x]]\n```", "$[[x]]$", r"\[[x]]", "[[x]](/y)", "[[ ]]", "[[]]", "[[x\ny]]"]
)
def test_double_brackets_elsewhere_are_no_forced_links(markdown):
    assert "term-ref" not in html_of(markdown)
    assert markup.linked_names(markdown) == []


def test_linked_names_come_once_and_in_order():
    assert markup.linked_names("[[B]] [[A|a]] **[[C d]]** [[B|again]] `[[no]]`") == ["B", "A", "C d"]


# --- Links to terms -------------------------------------------------------------------------


class Names(dict):
    """A table of names as the linking room will hand it in."""

    def __init__(self, *names: str, **targets: markup.Target) -> None:
        super().__init__({name_key(name): target_for(name) for name in names})
        self.update(targets)

    def reach(self, sign: str) -> int:
        return max((len(signs) for signs in map(markup.signs_of, self) if signs[0] == sign), default=0)


def target_for(name: str, **more: str) -> markup.Target:
    return markup.Target(url=f"/terms/{name_key(name)}/", title=f"About {name}", public_id=name, **more)


def linked(markdown: str, names: Names, **options) -> str:
    """Return the HTML with each link written as {shown>public id}, and without the paragraph."""
    html = markup.link_terms(html_of(markdown), names, key=name_key, **options)
    assert isinstance(html, SafeString)
    short = re.sub(r'<a class="term-link" [^>]*data-term="([^"]*)">([^<]*)</a>', r"{\2>\1}", html)
    return short.strip().removeprefix("<p>").removesuffix("</p>")


def test_name_in_running_text_becomes_a_link_to_its_page():
    html = markup.link_terms(html_of("We use dropout."), Names("Dropout"), key=name_key)

    assert html == (
        '<p>We use <a class="term-link" href="/terms/dropout/" title="About Dropout" '
        'data-term="Dropout">dropout</a>.</p>\n'
    )


@pytest.mark.parametrize(
    ("markdown", "names", "expected"),
    [
        ("loss and loss", ["Loss"], "{loss>Loss} and loss"),
        (
            "gradient descent",
            ["Gradient", "Gradient descent", "Descent"],
            "{gradient descent>Gradient descent}",
        ),
        ("stochastic gradient", ["Gradient descent", "Gradient"], "stochastic {gradient>Gradient}"),
        ("lossy, glossary, _loss", ["Loss"], "lossy, glossary, _loss"),
        ("gradient\ndescent", ["Gradient descent"], "{gradient\ndescent>Gradient descent}"),
        ("C, C++ and C#", ["C", "C++", "C#"], "{C>C}, {C++>C++} and {C#>C#}"),
        ("C++ only", ["C"], "C++ only"),
        ("the .NET way", [".NET"], "the {.NET>.NET} way"),
        ("ASP.NET", [".NET"], "ASP.NET"),
        ("k-means works", ["k-means", "means"], "{k-means>k-means} works"),
        ("pre-training", ["training"], "pre-training"),
        ("GPU-based", ["GPU"], "{GPU>GPU}-based"),
        ("version 3.5", ["3"], "version 3.5"),
        ("it's Moore's law", ["s", "Moore's law"], "it's {Moore's law>Moore&#x27;s law}"),
        ("Adam's rate", ["Adam"], "{Adam>Adam}'s rate"),
        ("l'attention", ["attention"], "l'{attention>attention}"),
        ("TCP/IP here", ["TCP/IP"], "{TCP/IP>TCP/IP} here"),
        ("ＧＰＵ wide", ["GPU"], "{ＧＰＵ>GPU} wide"),
        ("café table", ["Cafe", "Café"], "{café>Café} table"),
        ("AT&T and R&D", ["R&D"], "AT&amp;T and {R&amp;D>R&amp;D}"),
        ("**loss** *x*", ["Loss"], "<strong>{loss>Loss}</strong> <em>x</em>"),
        ("a `loss` [loss](/x) loss", ["Loss"], 'a <code>loss</code> <a href="/x">loss</a> {loss>Loss}'),
        ("nothing here", [], "nothing here"),
    ],
)
def test_names_are_found_by_rule(markdown, names, expected):
    assert linked(markdown, Names(*names)) == expected


@pytest.mark.parametrize(
    "markdown", ["# loss", "`loss`", "```\nloss\n```", "[loss](/x)", r"$\text{loss}$", "$$loss$$", "$loss$"]
)
def test_nothing_is_linked_in_headings_code_links_and_formulas(markdown):
    assert linked(markdown, Names("Loss")) == html_of(markdown).strip().removeprefix("<p>").removesuffix(
        "</p>"
    )


def test_a_term_is_never_linked_to_itself_nor_a_part_of_its_name():
    names = Names("Gradient descent", "Descent")

    assert linked("gradient descent, descent", names, skip=["Gradient descent"]) == (
        "gradient descent, {descent>Descent}"
    )


def test_longer_name_that_is_linked_already_hides_the_shorter_one_inside_it():
    names = Names("Gradient descent", "Descent")

    assert linked("gradient descent and gradient descent", names) == (
        "{gradient descent>Gradient descent} and gradient descent"
    )


def test_two_names_of_one_term_are_linked_once():
    names = Names(sgd=target_for("SGD"), **{"stochastic gradient descent": target_for("SGD")})

    assert linked("Stochastic gradient descent (SGD)", names) == "{Stochastic gradient descent>SGD} (SGD)"


def test_acronym_with_a_fixed_spelling_is_not_the_word():
    names = Names(it=target_for("IT", spelling="IT"))

    assert linked("it is IT", names) == "it is {IT>IT}"


def test_forced_name_is_linked_and_takes_the_place_of_the_automatic_link():
    assert linked("adam, [[Adam|the optimiser]], adam", Names("Adam")) == "adam, {the optimiser>Adam}, adam"


def test_forced_name_that_leads_nowhere_or_to_the_term_itself_is_plain_text():
    assert linked("[[Nowhere|here]] & [[Adam]]", Names("Adam"), skip=["Adam"]) == "here &amp; Adam"


def test_forced_name_wins_against_a_link_around_it():
    assert linked("[see [[Adam]]](/x)", Names("Adam")) == "[see {Adam>Adam}](/x)"


def test_term_that_opted_out_gets_forced_links_only():
    assert linked("loss and [[Adam]]", Names("Loss", "Adam"), automatic=False) == "loss and {Adam>Adam}"


def test_forced_name_with_signs_of_html_is_resolved():
    html = markup.link_terms(html_of('[[R&D "x" <y>]]'), Names('R&D "x" <y>'), key=name_key)

    assert 'data-term="R&amp;D &quot;x&quot; &lt;y&gt;">R&amp;D "x" &lt;y&gt;</a>' in html


def test_linking_twice_changes_nothing():
    names = Names("Loss", "Adam", "R&D")
    once = markup.link_terms(html_of("loss, loss, [[Adam]], adam, R&D, R&D"), names, key=name_key)

    assert markup.link_terms(once, names, key=name_key) == once


def test_what_leads_to_a_term_is_escaped():
    hostile = markup.Target(url='/x"><script>', title='"><script>alert(1)', public_id='"<b>')

    html = markup.link_terms(html_of("loss"), Names(loss=hostile), key=name_key)

    assert_harmless(html)
    assert "<script" not in html


def test_text_without_names_is_returned_as_it_is():
    html = html_of("“Quoted” & <b> 'single' \"double\" $x$ `code`\n\n| a |\n|---|\n| b |")

    assert markup.link_terms(html, Names("Loss"), key=name_key) == html


def test_long_text_with_many_signs_is_linked_to_its_end():
    html = html_of("- " + "a-b.c " * 20_000 + "loss")

    assert ">loss</a>" in markup.link_terms(html, Names("Loss"), key=name_key)


# --- Excerpts -------------------------------------------------------------------------------


def test_short_text_is_its_own_excerpt():
    assert markup.excerpt("A short\ntext.", None) == [("A short text.", False)]


def test_hits_are_marked_and_nothing_is_lost_between_them():
    pieces = markup.excerpt("Loss, then loss: C++.", lambda word: word.lower() in ("loss", "c++"))

    assert pieces == [
        ("Loss", True),
        (", then ", False),
        ("loss", True),
        (": ", False),
        ("C++", True),
        (".", False),
    ]


def test_excerpt_is_cut_around_the_first_hit_between_words():
    text = "before " * 100 + "needle " + "after " * 100

    pieces = markup.excerpt(text, lambda word: word == "needle", length=80)

    shown = "".join(piece for piece, _ in pieces)
    assert ("needle", True) in pieces
    assert len(shown) <= 82
    assert set(shown.strip("…").split()) == {"before", "needle", "after"}
    assert shown.startswith("…before")
    assert shown.endswith("after…")


def test_excerpt_without_a_hit_is_the_beginning():
    pieces = markup.excerpt("word " * 100, lambda word: False, length=20)

    assert pieces == [("word word word word…", False)]


@pytest.mark.parametrize("length", [1, 5, 30])
@pytest.mark.parametrize("text", ["", " ", "x" * 500, "a " * 300 + "needle", "needle" + " b" * 300])
def test_excerpt_never_grows_beyond_its_window(text, length):
    pieces = markup.excerpt(text, lambda word: word == "needle", length=length)

    assert sum(len(piece) for piece, _ in pieces) <= length + 2
