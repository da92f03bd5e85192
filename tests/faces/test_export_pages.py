"""Terms as files for the staff."""

import json

import pytest
from builders import make_draft, make_term, make_user
from snapshots import body_of

from terms import exporting

pytestmark = pytest.mark.django_db


def test_the_staff_is_offered_every_form(client):
    client.force_login(make_user("Editors"))

    html = client.get("/admin/export/").content.decode()

    assert all(f"/admin/export/{name}" in html for name in exporting.FORMS)


def test_drafts_leave_for_the_staff(client):
    make_draft("Secret")
    make_term("Keel")
    client.force_login(make_user("Editors"))

    assert b"Secret" in body_of(client.get("/admin/export/csv?status=&tag=&language=&since="))
    assert b"Keel" not in body_of(client.get("/admin/export/csv?status=draft"))


def test_a_fixture_can_be_taken_along(client):
    make_term("Keel")
    client.force_login(make_user("Editors"))

    rows = json.loads(body_of(client.get("/admin/export/fixture")))

    assert "terms.term" in {row["model"] for row in rows}


def test_what_cannot_be_meant_is_said_on_the_page(client):
    client.force_login(make_user("Editors"))

    response = client.get("/admin/export/csv?since=yesterday")

    assert response.status_code == 422
    assert "“yesterday” is no day" in response.content.decode()


def test_there_is_no_form_of_another_name(client):
    client.force_login(make_user("Editors"))

    assert client.get("/admin/export/docx").status_code == 404


@pytest.mark.parametrize("path", ["/admin/export/", "/admin/export/csv"])
def test_contributors_have_no_part_in_it(client, path):
    client.force_login(make_user("Contributors"))

    assert client.get(path).status_code in {302, 403}
