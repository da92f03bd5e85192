"""What operators type."""

import pytest
from builders import make_term, propose_change
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command

from terms import workflow
from terms.models import Term

pytestmark = pytest.mark.django_db


def prepare(capsys):
    call_command("prepare_site", address="http://127.0.0.1:8123/")
    return capsys.readouterr().out


def test_the_first_start_brings_content_and_an_account_for_each_role(capsys):
    printed = prepare(capsys)

    assert Term.objects.published().count() >= 60
    assert "http://127.0.0.1:8123/" in printed
    for name in ("contributor", "editor", "reviewer", "chief", "admin"):
        password = next(
            line.split()[1] for line in printed.splitlines() if line.strip().startswith(f"{name} ")
        )
        assert get_user_model().objects.get(username=name).check_password(password)
    assert not get_user_model().objects.get(username="starter-author").is_active


@pytest.mark.ci
def test_starting_again_keeps_what_editors_did(capsys, reviewer):
    prepare(capsys)
    term = Term.objects.get(slug="dropout")
    workflow.approve(revision_id=propose_change(term, definition="Ours.").pk, by=reviewer)
    Group.objects.get(name="Contributors").permissions.clear()

    printed = prepare(capsys)

    term.refresh_from_db()
    assert (term.definition, term.version) == ("Ours.", 2)
    assert not Group.objects.get(name="Contributors").permissions.exists()
    assert "passwords" not in printed


def test_a_glossary_with_terms_gets_no_starter_texts(capsys):
    make_term("Our own word")

    prepare(capsys)

    assert [term.name for term in Term.objects.all()] == ["Our own word"]


def test_definitions_are_rendered_anew(capsys):
    make_term()

    call_command("render_definitions")

    assert "Rendered 1 definitions." in capsys.readouterr().out
