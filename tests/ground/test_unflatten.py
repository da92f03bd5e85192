import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terms.formats.unflatten import damage_of, restore

SAMPLE = (Path(__file__).parent.parent / "samples" / "flattened-article.txt").read_text().strip()

RESTORED = """\
**Sourdough** is **bread raised by a kept culture** - It needs no packed yeast.

### How It Works

1. Feed the culture with flour
2. Wait until it has doubled
3. Mix both doughs:
    - The stiff one
    - The wet one

### What Is It Worth?

- **Price**: A loaf costs $4 to $7, a culture costs $0.
- **Time**: About 20 - 24 hours.
- **Ratio**: Salt is $s = 0.02 \\cdot f$ of the flour.

### Growth

$$n(t) = n_0 2^{t/d}$$

- $n_0$: What you begin with
- $d$: Hours to double

### Code

```python
# feed twice a day amount = starter | flour print(amount)
```

### Flours

| Flour | Ash |
|-------|----:|
| Wheat | 0.55 |
| Rye | 1.15 |

---

## 🍞 Baking

Sourdough wants a hot stone.

**Steam**: Ten minutes are enough.

**Sourdough** is **patience in a bowl** — and the bowl is never empty."""


def words_of(text):
    return re.findall(r"\w+", text)


def codes_of(text):
    return [flag.code for flag in restore(text).flags]


def test_flattened_article_gets_its_structure_back():
    restored = restore(SAMPLE)

    assert restored.markdown == RESTORED
    assert [flag.code for flag in restored.flags] == ["code_on_one_line"]


@pytest.mark.parametrize(
    "text",
    [
        "**Kaizen** is **steady improvement** - It grows from small steps.",
        "The dash - A prose dash - stays where it is.",
        "It takes 5 - 10 minutes. The rest is 3 - 1 hours.",
        "With x - y and A - B the result is $a - b$.",
        "Figures (see page 3 - The second one) stay prose.",
        "Seats cost $25M+ and $2 each, later $30K.",
        "In `a | b` the bar joins; `x | y | z |---|---| no` too.",
        "Write # in front, or C# or issue #7.",
        "Version 2. It came after version 1. Nobody used it.",
        "The loss of **the student** - A small model - falls.",
        "Either a | b or c | d is chosen.",
        "Power is 2**3 or 2**4.",
        "A --- B is a long dash.",
        "Use **strong words** rarely.",
    ],
)
def test_prose_stays_one_paragraph(text):
    assert restore(text) == restore(restore(text).markdown)
    assert restore(text).markdown == text
    assert codes_of(text) == []


def test_operands_in_a_list_are_no_items():
    text = "It has two. **Losses** - **Cosine**: L = 1 - cos(z). - **Margin**: M = A - B, never less."

    assert restore(text).markdown == (
        "It has two.\n\n### Losses\n\n- **Cosine**: L = 1 - cos(z).\n- **Margin**: M = A - B, never less."
    )


def test_round_bullets_become_a_list():
    text = "Uses are many. • **Bread** — for every day • **Cake** — for some"

    assert restore(text).markdown == "Uses are many.\n\n- **Bread** — for every day\n- **Cake** — for some"


def test_plain_items_nest_below_a_label():
    text = "**Tools** hold it. **Kinds** - **Hand**: - Chisel - Plane - **Power**: - Lathe"

    assert restore(text).markdown == (
        "**Tools** hold it.\n\n### Kinds\n\n- **Hand**:\n    - Chisel\n    - Plane\n- **Power**:\n    - Lathe"
    )


@pytest.mark.parametrize(
    "items",
    [
        "Causes are: * *water*: it stays; * *salt*: it helps.",
        "Causes are * a film of water; * a grain of salt; * air.",
        "Causes are - a film of water; - a grain of salt; - air.",
    ],
)
def test_series_of_items_becomes_a_list(items):
    assert restore(items).markdown.count("\n- ") == items.count("; ") + 1


@pytest.mark.parametrize("text", ["The area is a * b or 2 * 3.", "Either one - or another; so be it."])
def test_single_mark_between_words_begins_no_series(text):
    assert restore(text).markdown == text


@pytest.mark.parametrize(
    "closing",
    ["**Rust never sleeps, whatever the paint says.**", "Rust is **slow fire** — no more."],
)
def test_closing_sentence_leaves_a_list_without_full_stops(closing):
    text = f"**Rust** is iron oxide. **Causes** - Water that stays - Salt that helps {closing}"

    assert restore(text).markdown.split("\n\n")[-2:] == ["- Water that stays\n- Salt that helps", closing]


def test_closing_sentence_leaves_the_list():
    text = "Rust is iron oxide. **Causes** - Water stays. - Salt helps. Rust is **slow fire**."

    assert restore(text).markdown == (
        "Rust is iron oxide.\n\n### Causes\n\n- Water stays.\n- Salt helps.\n\nRust is **slow fire**."
    )


def test_cells_with_bars_in_code_and_formulas_stay_whole():
    text = "See. | Name | Meaning | |---|---| | `a | b` | either | | $|x|$ | size | Then it ends."

    assert restore(text).markdown == (
        "See.\n\n| Name | Meaning |\n|---|---|\n| `a | b` | either |\n| $|x|$ | size |\n\nThen it ends."
    )


def test_cells_with_links_to_terms_stay_whole():
    text = "See. | A | B | |---|---| | [[Rust|rusty]] | 1 | | x | [[Iron]] |"

    assert restore(text).markdown.endswith("| [[Rust|rusty]] | 1 |\n| x | [[Iron]] |")


def test_empty_cells_keep_their_place():
    text = "See. | A | B | |---|---| | | 1 | | 2 | |"

    assert restore(text).markdown == "See.\n\n| A | B |\n|---|---|\n| | 1 |\n| 2 | |"


def test_row_of_another_width_than_the_delimiter_is_no_table():
    text = "Either | a or b | |---|---|---| is no table."

    assert restore(text).markdown == text


def test_heading_ends_before_the_name_of_the_article():
    text = "**Wool Felt** is a fabric. --- ## 🧶 Making It Wool felt is made by rubbing."

    assert restore(text).markdown == (
        "**Wool Felt** is a fabric.\n\n---\n\n## 🧶 Making It\n\nWool felt is made by rubbing."
    )
    assert codes_of(text) == []


def test_guessed_end_of_a_heading_is_flagged():
    text = "**Wool Felt** is a fabric. ## First Steps Water must be hot."

    assert restore(text).markdown == "**Wool Felt** is a fabric.\n\n## First Steps\n\nWater must be hot."
    assert codes_of(text) == ["heading_end_guessed"]


def test_text_that_would_become_a_mark_is_escaped():
    text = "Counts. **Table** - # of rows. - > of columns."

    assert restore(text).markdown == "Counts.\n\n### Table\n\n- \\# of rows. - > of columns."


def test_text_with_line_breaks_keeps_them():
    text = "One paragraph. **Two** - **A**: b.\n\nAnother $$x = 1"

    assert restore(text).markdown == text
    assert codes_of(text) == ["formula_unclosed"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("It holds that $x_{adv} leq epsilon$ always.", "formula_lost_backslashes"),
        ("The step is $ext{sign}(x)$ here.", "formula_lost_backslashes"),
        ("The step is $ abla L$ here.", "formula_lost_backslashes"),
        ("Below $3.4 cdot 10^{38}$ it ends.", "formula_lost_backslashes"),
        ("Loss is $maxleft(0, xright)$ here.", "formula_lost_backslashes"),
        ("Then $$frac{a}{b}$$ follows.", "formula_lost_backslashes"),
        ("Then $$a = b follows.", "formula_unclosed"),
        ("Then $x_{1} follows.", "formula_unclosed"),
        ("Then \\(a + b follows.", "formula_unclosed"),
        ("Take an $m \\times n matrix and $k$ more.", "formula_unclosed"),
        ("Run ```python x = 1 and stop.", "code_unclosed"),
        ("Call `run` with ```python x = `1` and stop.", "code_unclosed"),
        ("A culture of yeast. It is fed and", "cut_off"),
        ("A culture of yeast. **Price** - **Now**: Two coins. - **Then**: Three coi", "cut_off"),
        ("A culture of yeast. It is **old", "cut_off"),
        ("A culture of yeast. It is fed…", "cut_off"),
        ("See. | A | B | |---|---| | 1 | 2 | | 3", "cut_off"),
        ("Bread made of", "cut_off"),
    ],
)
def test_damage_is_flagged_and_left_as_it_is(text, code):
    restored = restore(text)

    assert code in [flag.code for flag in restored.flags]
    assert words_of(restored.markdown) == words_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "It holds that $x \\leq \\epsilon$ and $\\text{left (sum)}$ always.",
        "It costs $25 times as much, or $30 in all.",
        "Run ```python x = 2**3 ``` once.",
        "A quick bread without a full stop",
        "Uses are many. **Kinds** - White bread - Brown bread",
        "He said (more than once.) “It rises.”",
    ],
)
def test_sound_text_has_no_flag(text):
    assert codes_of(text) == []


def test_list_that_breaks_off_is_flagged_even_without_full_stops():
    restored = restore("**How** 1. Find the cause 2. Mend the tool 3. Tighten limits and")

    assert [flag.code for flag in restored.flags] == ["cut_off"]


def test_language_of_code_is_told_from_code_that_begins_with_a_full_stop():
    assert "```css\n.box { margin: 0 }\n```" in restore("Look: ```css .box { margin: 0 } ``` Done.").markdown


def test_broken_formula_is_not_touched():
    text = "Then $$frac{a}{b follows. **Next** - **One**: the rest."

    assert "$$frac{a}{b follows." in restore(text).markdown


@pytest.mark.parametrize(
    ("markdown", "code"),
    [
        ("One.\n\n- Two and", "cut_off"),
        ("One.\n\nTwo…", "cut_off"),
        ("One.\n\n$$a = b", "formula_unclosed"),
        ("One.\n\n```\ntwo", "code_unclosed"),
    ],
)
def test_damage_in_text_with_line_breaks_is_flagged(markdown, code):
    assert [flag.code for flag in damage_of(markdown)] == [code]


def test_sound_text_with_line_breaks_has_no_flag():
    assert damage_of("# One\n\n- Two\n- Three\n\n| a | b |\n|---|---|\n| $x$ | 1 |\n\n---") == ()


PIECES = st.sampled_from(
    [
        "**What Is It?**", "**Label**:", "**Inner:**", "**Subject** is", " - ", " • ", "1. One", "2. Two",
        "3. ", "| a | b |", "|---|---|", "| 1 | 2 |", "```python x = 1 ```", "```", "$$a_b = c$$", "$$",
        "$x - y$", "$5", "---", "## 🔬 Core Concept", "# note", "Plain words here.", "and more", "(see",
        "e.g. this)", "`a | b`", "**", "*", "\\(a\\)", "\\[", "…", "Kaizen", "is **good**", "A - B", "5 - 10",
        ":", ".", "\ue001", "\ue005",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=12), max_size=30).map(" ".join))
def test_no_word_is_ever_lost_or_moved(text):
    assert words_of(restore(text).markdown) == words_of(text)


@pytest.mark.parametrize(
    "piece",
    [
        "a - ",
        "A - B ",
        "1. ",
        "2. ",
        "**a** ",
        "**A:** - ",
        "| a | b | |---|---| ",
        "$",
        "` ",
        "( - ",
        "## A ",
    ],
)
def test_hostile_repetition_is_read_to_its_end(piece):
    text = (piece * (60_000 // len(piece))).strip()

    assert words_of(restore(text).markdown) == words_of(text)
