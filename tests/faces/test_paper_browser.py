"""What readers print: pages of the site, and the book, which needs nothing but itself."""

import pytest
from browser import chromium, complaints_of
from builders import make_term
from django.contrib.auth.models import AnonymousUser

from terms import exporting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEFINITION = """The lowest timber $k_0$ of a hull.[^1]

| Part | Length |
|---|--:|
| Keel | 12 |

```python
def keel(length: float) -> str:
    return f"a keel of {length} metres, which is longer than any line of a telephone"
```

$$\\sum_{i=1}^{n} x_i^2 + \\frac{a+b+c+d+e+f+g+h}{i+j+k+l+m+n+o+p}$$

[^1]: Mostly.
"""


@pytest.fixture
def book(tmp_path):
    """Return the address of a book as a file of somebody who has no network."""
    hull = make_term("Hull", short_definition="The body of a ship.")
    parent = [{"kind": "broader", "target": hull.public_id}]
    for number in range(12):
        aliases = [{"text": f"Backbone {number}", "kind": "synonym"}]
        make_term(f"Keel {number}", definition=DEFINITION, aliases=aliases, relations=parent)
    path = tmp_path / "glossary.html"
    path.write_bytes(b"".join(exporting.stream("html", exporting.Selection(), by=AnonymousUser())))
    return path.as_uri()


def test_the_book_is_read_and_printed_without_a_network(book):
    with chromium() as browser:
        for width, scheme in ((1280, "light"), (320, "dark")):
            context = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=False
            )
            complaints, asked = complaints_of(context), []
            context.on("request", lambda request, asked=asked: asked.append(request.url))
            page = context.new_page()
            page.goto(book)
            ground = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
            wide = page.evaluate("document.documentElement.scrollWidth")
            page.get_by_role("link", name="K", exact=True).click()
            page.get_by_role("heading", name="Keel 1", exact=True).wait_for()

            assert (complaints, asked) == ([], [book])
            assert wide <= width
            assert (ground == "rgb(253, 252, 250)") == (scheme == "light")

        assert 3 <= pages_of(page) <= 12


def pages_of(page):
    return page.pdf(format="A4").count(b"/Type /Page\n")


def test_pages_of_the_site_are_printed_without_what_one_operates(live_server):
    for number in range(8):
        make_term(f"Keel {number}", short_definition="The lowest timber of a hull.", tags=["Hull"])
    with chromium() as browser:
        page = browser.new_page(color_scheme="dark")
        page.emulate_media(media="print", color_scheme="dark")

        page.goto(f"{live_server.url}/a-z/k/")
        assert pages_of(page) == 1
        first, last = (page.locator(".entry").nth(place).bounding_box() for place in (0, -1))
        assert first["x"] + first["width"] < last["x"]
        assert not page.get_by_role("link", name="Changes").is_visible()

        page.goto(f"{live_server.url}/terms/keel-1/")
        assert pages_of(page) == 1
        assert page.locator("body").evaluate("body => getComputedStyle(body).color") == "rgb(0, 0, 0)"
        assert page.locator("button:visible, input:visible, summary:visible").count() == 0
