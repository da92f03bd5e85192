"""Turtle and N-Triples (W3C, RDF 1.1): read by rdflib's grammar into our graph, written thing by thing."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import rdflib
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink, SinkParser

from ...errors import UnreadableFile
from ..decoding import decode
from .graph import LONGEST_IRI, Blank, Graph, Iri, Literal, Nested, Parsed, Statement, Value, literal
from .vocabulary import BOOLEAN, PREFIXES, TYPE, XSD, split

# Stands for the address of a file that has none; see `reading`.
NOWHERE = "http://relative.invalid/"
MOST_IN_A_ROW = 200_000

_FIRST_STATEMENT = re.compile(
    r"\s*(?:#[^\n]*\n\s*)*"
    r"(?:@(?:prefix|base)\s|(?:prefix|base)\s[^\n]{0,200}<|(?:<[A-Za-z][\w+.-]*:[^<>\s]*>|_:\S+)\s+(?:<[A-Za-z]|a\s))",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\s*<")
_TO_ESCAPE = re.compile(r'[\\"\n\r\t]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

# rdflib would log what it thinks of odd addresses and dates; the file's reader is told by us.
logging.getLogger("rdflib").setLevel(logging.CRITICAL)
# It would also write values anew, which makes a gigabyte of `1e999999999`, and “7” of the notation “007”.
rdflib.NORMALIZE_LITERALS = False


def looks_like(head: str) -> float:
    """Return how likely (0 to 1) a text that begins like this is Turtle or N-Triples with SKOS in it."""
    if not _FIRST_STATEMENT.match(head):
        return 0.0
    return 0.95 if "skos/core#" in head else 0.4


def parse(data: bytes) -> Parsed:
    """Return the statements of a file. Raises UnreadableFile with the line on which the grammar breaks."""
    text = decode(data)
    graph = Graph()
    sink = _Sink(graph)
    parser = _Parser(sink, baseURI=NOWHERE, turtle=True)
    sink.parser = parser
    try:
        parser.loadBuf(text)
    except UnreadableFile:
        raise
    except RecursionError as error:
        raise UnreadableFile("Brackets are nested too deep in this file. Write it flat.") from error
    except Exception as error:  # rdflib raises the bare class for some escapes
        raise UnreadableFile(_complaint(error, text, parser)) from error
    return Parsed(graph)


def _complaint(error: Exception, text: str, parser: _Parser) -> str:
    if isinstance(error, BadSyntax):
        line = 1 + text.count("\n", 0, error._i) if error._i >= 0 else 1 + text.count("\n")
        return f"Line {line}: this is not Turtle ({error._why}). Mend the line, or export the file again."
    return f"After line {parser.line}: this is not Turtle. Mend what follows there, or export the file again."


class _Parser(SinkParser):
    """The grammar, with the line of each statement, and without addresses that have no end."""

    line = 1
    _counted = 0

    def statement(self, argstr: str, i: int) -> int:
        self.line += argstr.count("\n", self._counted, i)
        self._counted = i
        return super().statement(argstr, i)

    def uri_ref2(self, argstr: str, i: int, res: Any) -> int:
        if _OPENING.match(argstr, i) and argstr.find(">", i, i + LONGEST_IRI) < 0:
            self.BadSyntax(argstr, i, "an address begins here that has no end")
        return super().uri_ref2(argstr, i, res)


class _Sink(RDFSink):
    """Takes what the grammar finds into our graph, without rdflib's own literals, which know too much."""

    parser: _Parser

    def __init__(self, graph: Graph) -> None:
        super().__init__(rdflib.Graph())
        self._target = graph
        self._waiting = 0

    def newSymbol(self, *args: str) -> Any:
        self._wait()
        return Iri(args[0])

    def newBlankNode(self, arg: Any = None, uri: str | None = None, why: Any = None) -> Any:
        self.counter += 1
        return Blank(f"_:{self.counter}")

    def newLiteral(self, s: str, dt: Any = None, lang: str | None = None) -> Any:
        self._wait()
        return literal(s, lang or "", str(dt or ""))

    def _wait(self) -> None:
        """Count what waits for its statement: the grammar keeps a list of values until it has them all."""
        self._waiting += 1
        if self._waiting > MOST_IN_A_ROW:
            raise UnreadableFile(f"Line {self.parser.line}: a list has more than {MOST_IN_A_ROW:,} values.")

    def makeStatement(self, quadruple: Any, why: Any = None) -> None:
        self._waiting = 0
        _, predicate, subject, value = quadruple
        thing, name = _as_value(subject), _as_value(predicate)
        if not isinstance(thing, Literal) and isinstance(name, Iri):
            self._target.add(thing, name, _as_value(value), self.parser.line)


def _as_value(found: Any) -> Value:
    """Return what the grammar found as one of our values; numbers and truths come as Python's."""
    if isinstance(found, (Iri, Blank, Literal)):
        return found
    if isinstance(found, tuple):
        return Iri(found[1])
    if isinstance(found, bool):
        return Literal(str(found).lower(), "", BOOLEAN)
    kinds = {int: "integer", Decimal: "decimal"}
    return Literal(str(found), "", XSD + kinds.get(type(found), "double"))


# --- Writing -------------------------------------------------------------------------------------


def lines(things: Iterable[tuple[str, Sequence[Statement]]]) -> Iterator[str]:
    """Yield a file in which these statements are made of these things, piece by piece."""
    yield "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
    for subject, statements in things:
        yield f"\n<{subject}> {_said(statements, '    ')} .\n"


def _said(statements: Iterable[Statement], indent: str) -> str:
    values: dict[str, list[str]] = {}
    for predicate, value in statements:
        values.setdefault(predicate, []).append(_value(value, indent))
    return f" ;\n{indent}".join(
        f"{_predicate(name)} {' , '.join(dict.fromkeys(some))}" for name, some in values.items()
    )


def _predicate(iri: str) -> str:
    return "a" if iri == TYPE else _name(iri)


def _name(iri: str) -> str:
    parts = split(iri)
    prefix = _PREFIX_BY_NAMESPACE.get(parts[0]) if parts else None
    return f"{prefix}:{parts[1]}" if parts and prefix else f"<{iri}>"


def _value(value: Iri | Literal | Nested, indent: str) -> str:
    if isinstance(value, Nested):
        return f"[ {_said(value.statements, indent + '    ')} ]"
    if isinstance(value, Iri):
        return _name(value)
    text = '"' + _TO_ESCAPE.sub(lambda sign: _ESCAPES[sign[0]], value.text) + '"'
    if value.language:
        return f"{text}@{value.language}"
    return f"{text}^^{_name(value.datatype)}" if value.datatype else text


_PREFIX_BY_NAMESPACE = {namespace: prefix for prefix, namespace in PREFIXES.items()}
