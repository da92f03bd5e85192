"""The load client: a few connections that ask one question after the other and check each answer.

Raw sockets rather than `http.client`: a client that needs more processor than the server measures
itself. Bounded in time and in requests, and talks to this machine only. An answer that is not what
was expected ends the run: errors are often faster than pages.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

HOST = "127.0.0.1"
CONNECTIONS = 8
MOST_REQUESTS = 500_000
PATIENCE = 60

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_ETAG = re.compile(rb"\r\netag: *([^\r]+)\r\n", re.IGNORECASE)


class WrongAnswer(Exception):
    """The server answered something else than what is being measured, or nothing."""


@dataclass(frozen=True)
class Question:
    """A request as bytes, the status of its answer, and what has to stand in the body."""

    request: bytes
    status: int = 200
    contains: bytes = b""


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def etag(self) -> bytes:
        found = _ETAG.search(self.head)
        if not found:
            raise WrongAnswer(f"There is no ETag in {self.head[:300]!r}.")
        return found[1]


@dataclass
class Load:
    """What came of asking for a while: seconds until the last answer, and of each answer."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def get(path: str, *headers: str) -> bytes:
    """Return the bytes of a GET; without `Accept-Encoding` nothing is compressed."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def ask(port: int, request: bytes) -> Answer:
    """Ask once, on a connection of its own, and return the answer."""
    with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        received = bytearray()
        while not (answer := _answer(received)):
            received += _more(connection)
        return answer


def put_load(port: int, questions: Iterator[Question], *, seconds: float) -> Load:
    """Ask over all connections at once until the time is over; every answer is waited for.

    Raises WrongAnswer. `questions` must not end; where it stopped, the next round goes on.
    """
    load = Load()
    with selectors.DefaultSelector() as selector:
        begun = time.perf_counter()
        for _ in range(CONNECTIONS):
            _Line(port, selector, questions).ask_next()
        while selector.get_map():
            ready = selector.select(timeout=PATIENCE)
            if not ready:
                raise WrongAnswer(f"No answer for {PATIENCE} seconds.")
            now = time.perf_counter()
            is_over = now - begun > seconds or load.requests >= MOST_REQUESTS
            for key, _ in ready:
                key.data.receive(load, is_over)
        load.seconds = time.perf_counter() - begun
    return load


class _Line:
    """One connection with the question that is open on it."""

    def __init__(self, port: int, selector: selectors.BaseSelector, questions: Iterator[Question]) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector = selector
        self._questions = questions
        selector.register(self._socket, selectors.EVENT_READ, self)

    def ask_next(self) -> None:
        self._question = next(self._questions)
        self._received = bytearray()
        self._expected = 0
        self._asked = time.perf_counter()
        self._socket.sendall(self._question.request)

    def receive(self, load: Load, is_over: bool) -> None:
        self._received += _more(self._socket)
        self._expected = self._expected or _expected(self._received)
        if not self._expected or len(self._received) < self._expected:
            return
        load.latencies.append(time.perf_counter() - self._asked)
        if not self._is_as_expected():
            raise WrongAnswer(f"{self._question.request[:200]!r} was answered {self._received[:600]!r}")
        if is_over:
            self._selector.unregister(self._socket)
            self._socket.close()
        else:
            self.ask_next()

    def _is_as_expected(self) -> bool:
        question, received = self._question, self._received
        return int(received[9:12]) == question.status and question.contains in received


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(262_144)
    if not received:
        raise WrongAnswer("The server closed the connection.")
    return received


def _answer(received: bytearray) -> Answer | None:
    """Return the answer if it is complete."""
    expected = _expected(received)
    if not expected or len(received) < expected:
        return None
    end = received.find(b"\r\n\r\n")
    return Answer(int(received[9:12]), bytes(received[: end + 2]), bytes(received[end + 4 :]))


def _expected(received: bytearray) -> int:
    """Return the length of the whole answer, or 0 before its head is complete.

    RFC 9112; chunked bodies are not used by our servers.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return 0
    if received[9:12] in (b"204", b"304"):
        return end + 4
    found = _LENGTH.search(received, 0, end + 2)
    if not found:
        raise WrongAnswer(f"There is no Content-Length in {received[:300]!r}.")
    return end + 4 + int(found[1])
