"""The tree in a real browser: by keys alone, by mouse, with branches that come later, without scripts."""

from __future__ import annotations

from functools import partial

import pytest
from browser import chromium, complaints_of
from builders import make_term

from terms import hierarchy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def glossary(editor, reviewer):
    """Model over Dropout; Training over Optimizer (over Adam) and Regularization (over Decay, Dropout)."""
    publish = partial(make_term, by=editor, reviewer=reviewer)

    def under(*broader):
        return [{"kind": "broader", "target": term.public_id} for term in broader]

    training, model = publish("Training"), publish("Model")
    regularization = publish("Regularization", relations=under(training))
    optimizer = publish("Optimizer", relations=under(training))
    publish("Adam", relations=under(optimizer))
    publish("Dropout", relations=under(regularization, model))
    publish("Decay", relations=under(regularization))


class Reader:
    """Somebody at the tree, with a keyboard and a mouse."""

    def __init__(self, page):
        self.page = page

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def here(self):
        """The name of the line that has the focus."""
        return self.page.evaluate("document.activeElement.closest('[role=treeitem]')?.textContent")

    @property
    def shown(self):
        return self.page.locator("[role=treeitem]:visible").all_inner_texts()

    def state_of(self, name):
        return self.page.get_by_role("treeitem", name=name, exact=True).first.get_attribute("aria-expanded")

    def count_of(self, name):
        """The number that says how much is under this line, and folds it."""
        return self.page.locator(f"a:has(bdi:text-is('{name}')) + .tree-count")

    @property
    def stops(self):
        """The lines that the tabulator goes to."""
        return self.page.locator(".tree [tabindex='0'], .tree a[href]:not([tabindex])").count()


def at_the_tree(live_server, do, address="/tree/", **options):
    """Let a reader do something at the tree, of which the browser does not complain."""
    with chromium() as browser:
        context = browser.new_context(**options)
        complaints, page = complaints_of(context), context.new_page()
        page.goto(live_server.url + address)
        do(Reader(page))
        assert complaints == []


def test_arrows_walk_through_the_tree_open_it_and_fold_it(live_server, glossary):
    def do(reader):
        reader.page.locator("[data-fold]").focus()
        reader.press("Tab")
        assert (reader.here, reader.stops) == ("Model", 1)
        reader.press("ArrowDown", "ArrowDown", "ArrowDown")
        assert reader.here == "Optimizer"
        reader.press("ArrowLeft")
        assert reader.state_of("Optimizer") == "false"
        assert "Adam" not in reader.shown
        reader.press("ArrowDown")
        assert reader.here == "Regularization"
        reader.press("ArrowUp", "ArrowRight", "ArrowRight")
        assert (reader.here, reader.state_of("Optimizer")) == ("Adam", "true")
        reader.press("ArrowRight")
        assert reader.here == "Adam"
        reader.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
        assert reader.here == "Training"
        reader.press("ArrowLeft")
        assert reader.shown == ["Model", "Dropout", "Training"]
        assert reader.stops == 1
        reader.press("Enter")
        reader.page.wait_for_url("**/terms/training/")

    at_the_tree(live_server, do)


def test_home_end_star_and_letters(live_server, glossary):
    def do(reader):
        reader.page.locator("[data-fold]").click()
        assert reader.shown == ["Model", "Training"]
        assert reader.page.locator("[data-fold]").inner_text() == "Open all"
        reader.page.keyboard.press("Tab")
        reader.press("End")
        assert reader.here == "Training"
        reader.press("Home", "*")
        assert reader.shown == ["Model", "Dropout", "Training", "Optimizer", "Regularization"]
        reader.press("d")
        assert reader.here == "Dropout"
        reader.press("Home")
        reader.page.keyboard.type("reg")
        assert reader.here == "Regularization"
        reader.press("/")
        assert reader.page.evaluate("document.activeElement.id") == "q"

    at_the_tree(live_server, do)


def test_a_number_folds_what_it_counts_and_the_focus_is_not_lost(live_server, glossary):
    def do(reader):
        adam = reader.page.get_by_role("treeitem", name="Adam")
        adam.focus()
        reader.count_of("Training").click()
        assert reader.here == "Training"
        assert "Optimizer" not in reader.shown
        reader.page.locator("[data-fold]").click()
        reader.press("Tab")
        assert reader.here == "Training"

    at_the_tree(live_server, do)


def test_roles_say_what_is_a_tree_and_what_is_under_what(live_server, glossary):
    def do(reader):
        tree = reader.page.get_by_role("tree", name="Tree of terms")
        assert tree.count() == 1
        training = tree.get_by_role("treeitem", name="Training", exact=True)
        group = reader.page.locator(f"#{training.get_attribute('aria-owns')}")
        assert group.get_attribute("role") == "group"
        assert group.locator("> li > [role=treeitem]").all_inner_texts() == ["Optimizer", "Regularization"]
        assert reader.page.locator(".tree li:not([role=none])").count() == 0

    at_the_tree(live_server, do)


def test_a_branch_that_is_not_on_the_page_is_fetched_when_it_is_opened(live_server, glossary, monkeypatch):
    monkeypatch.setattr(hierarchy, "MOST_LINES", 3)

    def do(reader):
        assert reader.shown == ["Model", "Training"]
        assert reader.state_of("Training") == "false"
        reader.page.get_by_role("treeitem", name="Training").focus()
        reader.press("ArrowRight")
        reader.page.get_by_role("treeitem", name="Optimizer").wait_for()
        assert reader.shown[:3] == ["Model", "Training", "Optimizer"]
        assert (reader.here, reader.state_of("Training"), reader.stops) == ("Training", "true", 1)
        reader.press("ArrowRight")
        assert reader.here == "Optimizer"
        reader.press("ArrowLeft", "ArrowLeft")
        assert reader.shown == ["Model", "Training"]
        reader.count_of("Training").click()
        assert "Optimizer" in reader.shown

    at_the_tree(live_server, do)


def test_a_branch_that_cannot_be_fetched_is_gone_to(live_server, glossary, monkeypatch):
    monkeypatch.setattr(hierarchy, "MOST_LINES", 3)

    def do(reader):
        reader.page.route("**/tree/training/", lambda route: route.fulfill(body="<p>Busy.</p>"), times=1)
        reader.page.locator(".tree-count").last.click()
        reader.page.wait_for_url("**/tree/training/")
        assert reader.page.locator("h1").inner_text() == "Training"

    at_the_tree(live_server, do)


def test_from_right_to_left_the_left_arrow_opens(live_server, glossary, settings):
    settings.LANGUAGE_CODE = "ar"

    def do(reader):
        reader.page.get_by_role("treeitem", name="Model").focus()
        reader.press("ArrowRight")
        assert reader.state_of("Model") == "false"
        reader.press("ArrowLeft", "ArrowLeft")
        assert reader.here == "Dropout"

    at_the_tree(live_server, do)


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_and_nothing_is_too_wide(live_server, glossary, width):
    shifts = (
        "new PerformanceObserver(list => list.getEntries().forEach(one => (window.moved = one.value)))"
        ".observe({type: 'layout-shift', buffered: true})"
    )

    def do(reader):
        reader.page.evaluate(shifts)
        reader.page.wait_for_timeout(0)
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
        assert not reader.page.evaluate("window.moved")

    at_the_tree(live_server, do, viewport={"width": width, "height": 800})


def test_without_scripts_it_is_a_list_of_links(live_server, glossary):
    def do(reader):
        links = reader.page.locator(".tree a").all_inner_texts()
        assert links == [
            "Model",
            "Dropout",
            "Training",
            "Optimizer",
            "Adam",
            "Regularization",
            "Decay",
            "Dropout",
        ]
        assert reader.page.locator("[data-fold]").is_hidden()
        reader.page.locator(".tree a", has_text="Adam").click()
        assert reader.page.locator("h1").inner_text() == "Adam"

    at_the_tree(live_server, do, java_script_enabled=False)


def test_without_scripts_a_branch_that_is_not_shown_is_a_page(live_server, glossary, monkeypatch):
    monkeypatch.setattr(hierarchy, "MOST_LINES", 3)

    def do(reader):
        reader.page.locator(".tree a.tree-count").last.click()
        assert reader.page.locator("h1").inner_text() == "Training"
        reader.page.locator(".tree a.tree-count").last.click()
        assert reader.page.locator(".tree a").all_inner_texts() == ["Decay", "Dropout"]
        reader.page.locator(".crumbs a", has_text="Training").click()
        assert reader.page.locator("h1").inner_text() == "Training"

    at_the_tree(live_server, do, java_script_enabled=False)
