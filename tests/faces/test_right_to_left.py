"""A glossary that is read from right to left, in a real browser: its pages are mirrored, code is not."""

from functools import partial
from urllib.parse import quote

import pytest
from browser import chromium, complaints_of
from builders import make_term

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = """قيمة تُضرب في المدخل، والرمز $w$ في الصيغة:

$$y = \\sum_{i=1}^{n} w_i x_i + b$$

```python
def forward(inputs, weights, bias): return sum(a * c for a, c in zip(inputs, weights)) + bias  # تعليق
```

| الطبقة | المعاملات | الحجم | الحجم | الحجم | الحجم | الحجم | الحجم |
|---|---:|---|---|---|---|---|---|
| Dense | 1024 | 4 kB | كبير | كبير | كبير | كبير | كبير |

انظر أيضًا C++ و `np.dot(x, w)`.
"""

# How far the first line of an element is from the side where lines begin, and whether it is the right one.
BEGINS = """element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const lines = [...range.getClientRects()].filter(line => line.width);
    return Math.round(element.getBoundingClientRect().right - Math.max(...lines.map(line => line.right)));
}"""
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def publish(editor, reviewer):
    return partial(make_term, by=editor, reviewer=reviewer)


@pytest.fixture
def arabic(settings, publish):
    settings.LANGUAGE_CODE = "ar"
    publish("C++", short_definition="لغة برمجة.")
    weight = publish(
        "وزن",
        definition=TEXT,
        short_definition="قيمة تُضرب في المدخل (weight).",
        tags=["تعلم عميق"],
        aliases=[{"text": "Weight (NN)", "kind": "translation", "language": "en"}],
    )
    publish("تدريب", tags=["تعلم عميق"], relations=[{"kind": "broader", "target": weight.public_id}])
    return f"/terms/{quote('وزن')}/"


@pytest.mark.ci
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_begin_at_the_right_and_nothing_sticks_out(arabic, live_server, width):
    tag, letter = quote("تعلم-عميق"), quote("و")
    addresses = ["/", "/a-z/", f"/a-z/{letter}/", arabic, "/tags/", f"/tags/{tag}/", "/changes/", "/tree/"]
    addresses += [f"/search?q={quote('وزن')}", "/search?q=xyzzy", "/about/", "/no-such-page/"]
    with chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 800})
        complaints = complaints_of(context)
        page = context.new_page()
        for address in addresses:
            page.goto(live_server.url + address)

            assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, address
            heading = page.locator("h1").first
            assert abs(heading.evaluate(BEGINS)) <= 12, address
        assert complaints == []


def test_code_and_formulas_run_from_left_to_right(arabic, live_server):
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.goto(live_server.url + arabic)

        def directions(selector):
            return set(
                page.locator(selector).evaluate_all("all => all.map(one => getComputedStyle(one).direction)")
            )

        assert directions("h1, .prose p, .prose table") == {"rtl"}
        assert directions(".prose pre, .prose code, .prose math") == {"ltr"}
        code = page.locator(".prose pre").first
        assert code.evaluate("one => getComputedStyle(one).textAlign") == "left"
        assert page.locator("bdi[lang=en]").first.get_attribute("dir") == "ltr"
        assert page.locator("html").get_attribute("dir") == "rtl"


def test_signs_of_a_foreign_name_stay_behind_it(arabic, live_server):
    """In a line from right to left, C++ would read ++C."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(live_server.url + arabic)
        link = page.locator(".prose a", has_text="C++")

        letter, sign = (
            link.evaluate(
                """(one, at) => {
                    const range = document.createRange();
                    range.setStart(one.firstChild, at);
                    range.setEnd(one.firstChild, at + 1);
                    return range.getBoundingClientRect().left;
                }""",
                place,
            )
            for place in (0, 2)
        )

        assert letter < sign
