"""Failures after each write: what fails half way leaves the database as it was.

The tests run inside the transaction of their own, so that a rule's transaction is a savepoint there.
That proves as much: whatever was written outside of it, or in one that ended before, is still there
when the rule has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from snapshots import hash_of_all_rows

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Outage(Exception):
    """What no rule expects."""


class _FailsAfter:
    """Counts what is written, and fails after the write of this number."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.statement = ""

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if sql.lstrip().upper().startswith(_WRITES):
            self.left -= 1
            if self.left == 0:
                self.statement = sql
                raise Outage(sql)
        return result


def fail_after_every_write(act: Callable[[], Any], *, at_least: int) -> Any:
    """Run `act` again and again, failing after its first write, its second and so on, until it gets
    through; return what it returned then.

    Asserts that each failure came out, that it left every row as it was, and that there were at
    least so many writes to fail after.
    """
    before = hash_of_all_rows()
    number = 0
    while True:
        fails = _FailsAfter(number + 1)
        try:
            with connection.execute_wrapper(fails):
                result = act()
        except Outage:
            number += 1
            assert not connection.needs_rollback, f"no transaction around write {number}: {fails.statement}"
            assert hash_of_all_rows() == before, f"left behind after write {number}: {fails.statement}"
        else:
            assert not fails.statement, f"nobody heard of the failure after {fails.statement}"
            assert number >= at_least, f"only {number} writes"
            return result
