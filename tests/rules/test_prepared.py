"""Questions that are put into SQL once."""

import threading
from datetime import date

import pytest
from builders import make_term
from django.db import connection
from django.test.utils import CaptureQueriesContext

from terms.models import Term
from terms.prepared import Prepared

pytestmark = pytest.mark.django_db


def test_a_prepared_question_answers_like_its_queryset():
    make_term("Dropout", review_by="2030-02-03", tags=["Training"])
    make_term("Kernel")
    columns = ("pk", "name", "review_by", "document", "updated_at", "links_itself")
    rows_at = Prepared(lambda slug: Term.objects.published().filter(slug=slug).values_list(*columns))

    found = {slug: rows_at(slug) for slug in ("dropout", "kernel", "nothing")}

    for slug, rows in found.items():
        assert rows == list(Term.objects.published().filter(slug=slug).values_list(*columns))
    assert found["dropout"][0][2] == date(2030, 2, 3)
    assert found["dropout"][0][3]["tags"] == ["training"]


def test_each_value_stands_where_the_question_wants_it():
    first, second = make_term("Dropout"), make_term("Kernel")
    others = Prepared(lambda name, pk: Term.objects.filter(name__gte=name).exclude(pk=pk).values_list("name"))

    assert others("A", first.pk) == [("Kernel",)]
    assert others("A", second.pk) == [("Dropout",)]
    assert others("E", first.pk) == [("Kernel",)]


def test_a_value_is_never_read_as_sql():
    make_term("Dropout")
    names = Prepared(lambda slug: Term.objects.filter(slug=slug).values_list("name"))

    assert names("' OR 1=1 --") == []
    assert names("%s") == []


def test_the_question_is_put_once_and_asked_each_time():
    put = []

    def question(slug):
        put.append(slug)
        return Term.objects.filter(slug=slug).values_list("name")

    names = Prepared(question)
    with CaptureQueriesContext(connection) as captured:
        answers = [names("dropout"), names("dropout")]
        make_term("Dropout")
        answers.append(names("dropout"))

    assert answers == [[], [], [("Dropout",)]]
    assert len(put) == 1
    assert sum("terms_term" in query["sql"] for query in captured.captured_queries) >= 3


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection():
    make_term("Dropout")
    names = Prepared(lambda slug: Term.objects.filter(slug=slug).values_list("name"))
    answers = [names("dropout")]

    def ask():
        try:
            answers.append(names("dropout"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [[("Dropout",)]] * 4
