"""Mails on their way: a real conversation with a server on this machine, and servers that are not there."""

from __future__ import annotations

import email
import os
import socket
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from builders import make_user
from django.apps import apps
from django.conf import settings as the_settings
from django.core import checks, mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from terms import notices, workflow
from terms.models import Notification, Revision

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP as it takes to accept a mail, or to refuse it for some recipients."""

    def handle(self):
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            command = line.upper()
            if command.startswith("DATA"):
                self.say("354 go on")
                self.server.received.append(self.mail())
                self.say("250 taken")
            elif command.startswith("RCPT") and any(name in line for name in self.server.refused):
                self.say(f"550 no such mailbox: {line}")
            elif command.startswith("QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def mail(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return email.message_from_bytes(b"".join(lines))

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.received, self.refused = [], set()


@contextmanager
def mail_server(settings):
    """Run a server for as long as the block lasts; what it took is in `received`."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        use(settings, server.server_address[1])
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def use(settings, port):
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 10


def closed_port():
    """Return a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture
def author(db):
    return make_user("Contributors", username="ada", email="ada@example.org")


def reject_one(author, name="Dropout"):
    revision = workflow.propose(content={"name": name, "definition": "A text."}, by=author)
    return workflow.reject(revision_id=revision.pk, by=make_user("Reviewers"), reason="Zu kurz – schade.")


def sends(*arguments):
    call_command("send_mail", *arguments)


def test_a_mail_arrives_as_it_was_written(author, settings, capsys):
    settings.DEFAULT_FROM_EMAIL = "glossary@example.org"
    reject_one(author, name="Größe")

    with mail_server(settings) as server:
        sends()

    [taken] = server.received
    subject = str(email.header.make_header(email.header.decode_header(taken["Subject"])))
    assert (taken["From"], taken["To"]) == ("glossary@example.org", "ada@example.org")
    assert subject.endswith("rejected your proposal for “Größe”")
    assert "> Zu kurz – schade." in taken.get_payload(decode=True).decode()
    assert taken["Auto-Submitted"] == "auto-generated"
    assert capsys.readouterr().out == "Sent 1 mail.\n"


def test_a_dead_mail_server_breaks_no_decision_and_the_mail_goes_later(
    author, settings, caplog, django_capture_on_commit_callbacks
):
    use(settings, closed_port())

    with django_capture_on_commit_callbacks(execute=True):
        rejected = reject_one(author)

    assert Revision.objects.get(pk=rejected.pk).state == Revision.State.REJECTED
    assert "No mail can be sent" in caplog.text
    assert Notification.objects.get(recipient=author).mailed_at is None
    with mail_server(settings) as server:
        sends()
        sends()
    assert len(server.received) == 1


def test_a_refused_address_stands_in_no_log(author, settings, caplog):
    reject_one(author)

    with mail_server(settings) as server:
        server.refused.add("ada@example.org")
        with pytest.raises(CommandError):
            sends()

    assert "refused and stays due: SMTPRecipientsRefused 550." in caplog.text
    assert "ada@example.org" not in caplog.text


def test_the_command_says_what_could_not_be_sent(author, settings, capsys):
    reject_one(author)
    reject_one(author, name="Pooling")
    use(settings, closed_port())

    with pytest.raises(CommandError, match=r"2 mails could not be sent; what failed stays due\."):
        sends()

    assert capsys.readouterr().out == "Sent 0 mails.\n"


def test_a_mailbox_that_refuses_does_not_stop_the_others(author, settings):
    reject_one(make_user("Contributors", email="gone@example.org"))
    reject_one(author)

    with mail_server(settings) as server:
        server.refused.add("gone@")
        with pytest.raises(CommandError, match="1 mail could not be sent"):
            sends()

    assert [taken["To"] for taken in server.received] == ["ada@example.org"]
    assert Notification.objects.filter(mail="now", mailed_at=None).get().recipient.email == "gone@example.org"


def test_an_address_that_is_none_does_not_stop_the_others(author, settings):
    reject_one(make_user("Contributors", email="no address\nBcc: all@example.org"))
    reject_one(author)

    with mail_server(settings) as server, pytest.raises(CommandError, match="1 mail could not be sent"):
        sends()

    assert [taken["To"] for taken in server.received] == ["ada@example.org"]


def test_a_digest_is_sent_only_when_it_is_asked_for(author, settings):
    reviewer = make_user("Reviewers", email="eve@example.org")
    workflow.propose(content={"name": "Dropout", "definition": "A text."}, by=author)

    with mail_server(settings) as server:
        sends()
        assert server.received == []
        sends("--digest")
        sends("--digest")

    assert [taken["To"] for taken in server.received] == [reviewer.email]


def test_who_sends_mails_without_an_address_of_the_site_is_told(author, settings, capsys):
    settings.SITE_URL = ""
    with mail_server(settings):
        sends()
        nothing_sent = capsys.readouterr().err
        make_user("Reviewers", email="eve@example.org")
        workflow.propose(content={"name": "Dropout", "definition": "A text."}, by=author)
        sends("--digest")

    assert nothing_sent == ""
    assert "TERMBOOK_SITE_URL is not set" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_a_mail_from_within_a_request_has_its_address(author, settings):
    settings.SITE_URL = ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    revision = workflow.propose(content={"name": "Dropout", "definition": "A text."}, by=author)
    desk = Client()
    desk.force_login(make_user("Reviewers"))

    desk.post(f"/admin/terms/revision/{revision.pk}/change/", {"_reject": "1", "remark": "Not ours."})

    [letter] = mail.outbox
    assert f"http://testserver/account/proposals/{revision.pk}/" in letter.body
    assert "http://testserver/account/notifications/choices/" in letter.body


def test_a_digest_that_failed_stays_due(author, settings):
    make_user("Reviewers", email="eve@example.org")
    workflow.propose(content={"name": "Dropout", "definition": "A text."}, by=author)
    use(settings, closed_port())

    with pytest.raises(CommandError):
        sends("--digest")

    with mail_server(settings) as server:
        sends("--digest")
    assert len(server.received) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(5))
@pytest.mark.parametrize("send", [notices.send_due, notices.send_digests])
def test_two_runs_at_once_send_nothing_twice(send, round_number, settings):
    author = make_user("Contributors", email="ada@example.org")
    for number in range(6):
        make_user("Reviewers", email=f"eve-{number}@example.org")
    for number in range(4):
        reject_one(author, name=f"Term {number}")
    workflow.propose(content={"name": "Open", "definition": "It waits."}, by=author)
    Notification.objects.exclude(mail="none").update(mailed_at=None)
    due = Notification.objects.filter(mail="now" if send is notices.send_due else "digest", mailed_at=None)
    expected = due.count() if send is notices.send_due else due.values("recipient").distinct().count()
    assert expected >= 4
    barrier, outcomes = threading.Barrier(2), []

    def run():
        try:
            barrier.wait(timeout=30)
            outcomes.append(send())
        finally:
            connection.close()

    with mail_server(settings) as server:
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)

    assert len(server.received) == expected
    assert sum(outcome.sent for outcome in outcomes) == expected
    assert not due.exists()


# --- Settings ------------------------------------------------------------------------------------


def settings_with(**variables):
    """Read the settings in a process of its own; return what it printed and what it complained of."""
    program = (
        "from glossary_site import settings as s;"
        "how = (s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_USE_SSL, s.EMAIL_TIMEOUT);"
        "print(s.EMAIL_BACKEND.split('.')[-2], *how)"
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TERMBOOK_SMTP")}
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-c", program],
        env={**kept, **{f"TERMBOOK_{name}": value for name, value in variables.items()}},
        cwd=the_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip(), done.stderr


def test_mails_are_printed_until_a_server_is_named():
    assert settings_with()[0] == "console 587 True False 10"


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ("starttls", "smtp 465 True False 10"),
        ("TLS", "smtp 465 False True 10"),
        ("none", "smtp 465 False False 10"),
    ],
)
def test_a_server_is_spoken_to_as_the_settings_say(security, expected):
    printed, _ = settings_with(SMTP_HOST="mail.example", SMTP_PORT="465", SMTP_SECURITY=security)

    assert printed == expected


def test_an_unknown_security_is_refused_with_a_sentence():
    _, complaint = settings_with(SMTP_SECURITY="ssl")

    assert "TERMBOOK_SMTP_SECURITY is 'ssl'. Use starttls, tls (from the first byte) or none." in complaint


def warned(settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    found = checks.run_checks(app_configs=[apps.get_app_config("terms")])
    return {warning.id: warning.hint for warning in found if (warning.id or "").startswith("terms.W00")}


def test_a_server_without_an_address_of_the_site_is_warned_of(settings):
    sender = "glossary@example.org"

    assert warned(settings, EMAIL_HOST="", SITE_URL="") == {}
    assert warned(settings, EMAIL_HOST="mail.example", DEFAULT_FROM_EMAIL=sender) == {
        "terms.W001": "Set TERMBOOK_SITE_URL, e.g. https://glossary.example."
    }
    assert warned(settings, SITE_URL="https://glossary.example") == {}
    assert warned(settings, DEFAULT_FROM_EMAIL="termbook@localhost") == {
        "terms.W002": "Set TERMBOOK_MAIL_FROM, e.g. glossary@example.org."
    }
