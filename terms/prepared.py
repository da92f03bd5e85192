"""Questions to the database that are put into SQL once and then asked again and again.

Building a queryset and its SQL takes many times as long as the database needs for one row; a page
that every reader asks for builds its few questions once for each thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler


class Prepared:
    """A question with gaps: `rows_at = Prepared(lambda slug: ….filter(slug=slug).values_list(…))`.

    The function gets a placeholder for each value and returns a queryset of `values_list`; it is
    called once a thread. Then `rows_at("dropout")` answers like the queryset with that value, as a
    list of tuples. A placeholder can stand wherever an expression can, on one side of `=`, `<` and
    the like; a value is sent as it is given, so that it has to be of the type of its column.
    """

    def __init__(self, question: Callable[..., QuerySet[Any, tuple[Any, ...]]]) -> None:
        self._question = question
        self._kept = threading.local()

    def __call__(self, *values: Any) -> list[tuple[Any, ...]]:
        connection = connections[DEFAULT_DB_ALIAS]
        statement = getattr(self._kept, "statement", None)
        if statement is None or statement.connection is not connection:
            statement = self._kept.statement = _Statement(self._question, len(values), connection)
        return statement.rows(values)


class _Gap:
    """Stands where the value of this number is to be bound."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Statement:
    """The SQL of a question, its gaps, and how its columns are read, for one connection."""

    def __init__(
        self, question: Callable[..., QuerySet[Any, Any]], gaps: int, connection: BaseDatabaseWrapper
    ) -> None:
        self.connection = connection
        query = question(*(Value(_Gap(number)) for number in range(gaps))).query
        self._compiler: SQLCompiler = query.get_compiler(connection=connection)
        self._sql, self._parameters = self._compiler.as_sql()
        columns = [column for column, _, _ in self._compiler.select[: self._compiler.col_count]]
        self._converters = self._compiler.get_converters(columns)

    def rows(self, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        bound = [values[one.number] if isinstance(one, _Gap) else one for one in self._parameters]
        with self.connection.cursor() as cursor:
            cursor.execute(self._sql, bound)
            found = cursor.fetchall()
        return [tuple(row) for row in self._read(found)] if self._converters else found

    def _read(self, rows: list[tuple[Any, ...]]) -> Iterator[list[Any]]:
        return self._compiler.apply_converters(rows, self._converters)
