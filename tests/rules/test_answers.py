"""Requests with a key: done once, answered the same each time, forgotten after a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from builders import make_term, make_user
from django.db import connection, transaction
from django.utils import timezone

from terms import answers
from terms.answers import Answer
from terms.errors import InvalidContent, KeyUsed, WrongState
from terms.models import KeptAnswer, Term


class Deed:
    """Something that is done, and counts how often."""

    def __init__(self, refusal=None):
        self.count = 0
        self.refusal = refusal

    def __call__(self):
        self.count += 1
        if self.refusal:
            raise self.refusal
        return Answer(201, {"number": self.count})


def once(by, act, key="one", request="merge a and b"):
    return answers.once(key=key, by=by, request=request, act=act)


@pytest.mark.django_db
class TestOnce:
    def test_the_first_time_it_is_done(self, editor):
        deed = Deed()

        answer = once(editor, deed)

        assert answer == Answer(201, {"number": 1}, is_replayed=False)
        assert deed.count == 1

    def test_sent_again_it_is_answered_the_same_and_nothing_is_done(self, editor):
        deed = Deed()
        once(editor, deed)

        answer = once(editor, deed)

        assert answer == Answer(201, {"number": 1}, is_replayed=True)
        assert deed.count == 1

    def test_another_key_is_another_request(self, editor):
        deed = Deed()
        once(editor, deed)

        once(editor, deed, key="two")

        assert deed.count == 2

    def test_a_key_is_its_senders(self, editor, reviewer):
        deed = Deed()
        once(editor, deed)

        answer = once(reviewer, deed)

        assert (deed.count, answer.is_replayed) == (2, False)

    def test_a_used_key_does_for_no_other_request(self, editor):
        deed = Deed()
        once(editor, deed)

        with pytest.raises(KeyUsed, match="was used for another request"):
            once(editor, deed, request="merge a and c")

        assert deed.count == 1

    def test_what_was_refused_may_be_tried_again(self, editor):
        with pytest.raises(WrongState):
            once(editor, Deed(WrongState("Not now.")))

        answer = once(editor, Deed(), request="merge a and c")

        assert (answer.status, answer.is_replayed) == (201, False)

    def test_what_failed_half_way_leaves_neither_an_answer_nor_anything_else(self, editor):
        def fail():
            make_term("Half a term")
            raise OSError

        with pytest.raises(OSError):
            once(editor, fail)

        assert not KeptAnswer.objects.exists()
        assert not Term.objects.exists()

    @pytest.mark.parametrize("key", ["", "   ", "x" * 256, "tab\tin it", "null\0", "straße", "\ud800", "a\n"])
    def test_what_is_no_key_is_refused(self, editor, key):
        deed = Deed()

        with pytest.raises(InvalidContent, match="send 1 to 255 printable characters"):
            once(editor, deed, key=key)

        assert deed.count == 0

    @pytest.mark.parametrize("key", ["x", "x" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324", "two words ~"])
    def test_any_printable_characters_are_a_key(self, editor, key):
        once(editor, Deed(), key=key)

        assert once(editor, Deed(), key=key).is_replayed

    def test_halves_of_signs_in_a_request_are_no_fault_of_ours(self, editor):
        assert once(editor, Deed(), request='"\ud800"').status == 201

    def test_after_a_day_a_key_may_be_used_again(self, editor):
        deed = Deed()
        once(editor, deed)
        KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=25))

        answer = once(editor, deed, request="merge a and c")

        assert (answer.is_replayed, deed.count) == (False, 2)


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day(editor):
    for key in ("old", "young"):
        once(editor, Deed(), key=key)
    now = timezone.now()
    KeptAnswer.objects.filter(key="old").update(at=now - timedelta(hours=25))

    assert answers.tidy(now) == 1

    assert [kept.key for kept in KeptAnswer.objects.all()] == ["young"]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_is_done_and_all_are_answered_the_same():
    editor = make_user("Editors")
    for number in range(10):
        barrier, done = Barrier(4), []

        def send(number=number, barrier=barrier, done=done):
            def act():
                done.append(number)
                return Answer(200, {"number": number})

            try:
                barrier.wait()
                return once(editor, act, key=f"key {number}")
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            found = [future.result() for future in [pool.submit(send) for _ in range(4)]]

        assert len(done) == 1
        assert [(answer.status, answer.body) for answer in found] == [(200, {"number": number})] * 4
        assert sorted(answer.is_replayed for answer in found) == [False, True, True, True]


@pytest.mark.django_db(transaction=True)
def test_where_the_first_is_refused_the_second_that_waited_tries_itself():
    editor = make_user("Editors")
    barrier, tries = Barrier(2), []

    def send():
        def act():
            tries.append(1)
            if len(tries) == 1:
                raise WrongState("Not now.")
            return Answer(200, {})

        try:
            barrier.wait()
            return once(editor, act).status
        except WrongState:
            return 409
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        found = [future.result() for future in [pool.submit(send) for _ in range(2)]]

    assert sorted(found) == [200, 409]


@pytest.mark.django_db
def test_a_deed_is_part_of_the_transaction_that_keeps_its_answer(editor):
    with transaction.atomic():
        once(editor, Deed())
        transaction.set_rollback(True)

    assert not KeptAnswer.objects.exists()
