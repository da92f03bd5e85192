"""Charts: the place of every mark, and drawings that are well-formed whatever stands in them."""

import xml.etree.ElementTree as ElementTree

import pytest
from django.template.loader import render_to_string

from terms import charts

SVG = "{http://www.w3.org/2000/svg}"


def drawing(template, **context):
    html = render_to_string(template, context)
    start, end = html.index("<svg"), html.index("</svg>") + len("</svg>")
    named = html[start:end].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return ElementTree.fromstring(named)  # noqa: S314 - our own drawing


def stock(*amounts):
    context = {"stock": [], "stock_chart": charts.bars(amounts), "public_count": 0, "draft_count": 0}
    return drawing("admin/terms/_stock_chart.html", **context)


def weeks(*stacks):
    chart = charts.columns(stacks)
    decided = {"approved": 0, "asked": 0, "rejected": 0}
    context = {"weeks": [], "weeks_chart": chart, "decided": decided, "decided_ever": True}
    context |= {"decided_lately": None, "median_since": None, "queue_count": 0, "queue_since": None}
    return drawing("admin/terms/_reviews_chart.html", **context)


# --- Bars ----------------------------------------------------------------------------------------


def test_bars_are_as_long_as_their_amounts_are_large():
    laid = charts.bars([("Draft", 50), ("Published", 100)])

    assert [bar.length for bar in laid.bars] == [106, 212]
    assert laid.bars[1].end <= laid.width
    assert laid.bars[0].top < laid.bars[1].top < laid.height


def test_one_in_a_hundred_thousand_is_still_seen_and_nothing_is_not():
    laid = charts.bars([("Draft", 1), ("Published", 100_000), ("Merged", 0)])

    assert [bar.length for bar in laid.bars] == [2, 212, 0]


def test_bars_of_nothing_have_no_length():
    assert [bar.length for bar in charts.bars([("Draft", 0)]).bars] == [0]
    assert charts.bars([]).height == 0


# --- Columns -------------------------------------------------------------------------------------


def test_parts_of_a_column_stand_on_one_another_in_their_order():
    laid = charts.columns([("1 Jun", {"approved": 3, "asked": 1}), ("8 Jun", {"approved": 2, "asked": 0})])

    [approved, asked] = laid.columns[0].parts
    assert approved.top + approved.height == laid.base
    assert asked.top + asked.height == approved.top
    assert laid.columns[0].top == asked.top
    assert laid.columns[1].parts == (charts.Part("approved", 2, laid.base - 56, 56),)
    assert [column.total for column in laid.columns] == [4, 2]


def test_only_the_last_column_is_open():
    laid = charts.columns([(str(week), {"approved": 1}) for week in range(12)])

    assert [column.is_open for column in laid.columns] == [False] * 11 + [True]
    assert laid.columns[-1].left + laid.thickness <= laid.width


def test_a_week_without_decisions_leaves_its_place_empty():
    laid = charts.columns(
        [("1 Jun", {"approved": 2}), ("8 Jun", {"approved": 0}), ("15 Jun", {"approved": 1})]
    )

    empty = laid.columns[1]
    assert (empty.parts, empty.total, empty.top) == ((), 0, laid.base)
    assert laid.columns[2].left == 2 * laid.step


def test_columns_of_nothing_at_all_can_be_laid_out():
    assert charts.columns([]).columns == ()
    assert charts.columns([("1 Jun", {"approved": 0})]).columns[0].parts == ()


# --- Drawings ------------------------------------------------------------------------------------


def test_the_drawing_of_the_stock_has_a_bar_and_a_number_for_each_state():
    svg = stock(("Draft", 3), ("Published", 1200))

    assert [rect.get("width") for rect in svg.iter(f"{SVG}rect")] == ["2", "212"]
    assert [text.text for text in svg.iter(f"{SVG}text")] == ["Draft", "3", "Published", "1,200"]


def test_the_drawing_of_the_weeks_shows_the_total_of_each_and_marks_the_last():
    svg = weeks(("1 Jun", {"approved": 3, "rejected": 1}), ("8 Jun", {"approved": 1}))

    texts = [text.text for text in svg.iter(f"{SVG}text")]
    parts = [rect.get("class") for rect in svg.iter(f"{SVG}rect")]
    assert texts == ["4", "1 Jun", "1", "so far"]
    assert parts == ["part-approved", "part-rejected", "part-approved"]


@pytest.mark.parametrize("draw", [stock, lambda bar: weeks((bar[0], {"approved": bar[1]}), ("", {}))])
def test_drawings_are_named_described_and_without_styles(draw):
    svg = draw(("Draft", 3))

    names = svg.get("aria-labelledby").split()
    assert svg.get("role") == "img"
    assert [svg.find(f"{SVG}title").get("id"), svg.find(f"{SVG}desc").get("id")] == names
    assert svg.find(f"{SVG}title").text
    assert svg.find(f"{SVG}desc").text
    assert [element for element in svg.iter() if "style" in element.attrib] == []


def test_a_label_is_text_and_never_markup():
    svg = stock(("</svg><script>x</script> & <b>", 1))

    assert list(svg.iter(f"{SVG}script")) == []
    assert next(svg.iter(f"{SVG}text")).text == "</svg><script>x</script> & <b>"


def test_numbers_of_a_drawing_do_not_follow_the_language(settings):
    settings.LANGUAGE_CODE = "de"
    settings.USE_THOUSAND_SEPARATOR = True

    svg = stock(("Draft", 4), ("Published", 7))

    assert [rect.get("width") for rect in svg.iter(f"{SVG}rect")] == ["121", "212"]
