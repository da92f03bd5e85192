"""The list of readers' pages that the tests in a browser go through leaves none out."""

import pytest
import reading_room
from django.test import Client
from test_routes import CLOSED, PUBLIC, add_what_is_not_public, make_public_world

pytestmark = pytest.mark.django_db


def is_html(answer):
    return answer.headers.get("Content-Type", "").startswith("text/html")


def test_every_page_of_readers_is_in_the_list():
    world = add_what_is_not_public(make_public_world())
    open_to_all = PUBLIC | {name: paths for name, (who, paths) in CLOSED.items() if "" in who}
    client = Client()

    pages = set()
    for name, paths in open_to_all.items():
        for path in paths:
            answer = client.get(path.format(**world), headers={"accept": "text/html"})
            is_file = "Content-Disposition" in answer.headers
            if answer.status_code == 200 and is_html(answer) and not is_file:
                pages.add(name)

    assert pages - reading_room.ELSEWHERE <= reading_room.pages("").keys()
    assert {"home", "term_detail", "search"} < pages


def test_every_address_in_the_list_is_a_page():
    client = Client()

    wrong = {}
    for name, address in reading_room.addresses_in(reading_room.fill()).items():
        answer = client.get(address)
        if not is_html(answer) or answer.status_code != reading_room.STATUS.get(name, 200):
            wrong[name] = f"{answer.status_code} at {address}"

    assert wrong == {}
