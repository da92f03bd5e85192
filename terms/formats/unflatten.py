"""Markdown that lost its line breaks -> Markdown, with what it was unsure of.

Only white space and marks are changed, never a word. What is unclosed, cut off or damaged stays as
it is and is flagged for a person. The text is read once from left to right: protected spans (code,
formulas, tables) are found first, then each possible mark is accepted or refused by what stands
before and behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from .record import Flag

# Each sign of a protected span is hidden behind one of these while marks are looked for; the text
# itself is cut from the original.
_CODE, _INLINE_CODE, _DISPLAY, _FORMULA, _TABLE = "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"

_LONGEST_HEADING = 120
# How far a decision looks back and ahead; without a bound, hostile texts take quadratic time.
_LOOK = 600
_LOOK_FOR_SECOND_STEP = 4_000
_ENDS_SENTENCE = ".!?:;…"
_CLOSERS = "\"'”’)]*_|`$" + _CODE + _INLINE_CODE + _DISPLAY + _FORMULA + _TABLE
_BLOCK_FOLLOWS = re.compile(rf"(?:[-•*]\s|\d{{1,2}}[.)]\s|---\s|#{{2,6}}\s|[{_CODE}{_DISPLAY}{_TABLE}])")
_FUNCTION_WORDS = re.compile(
    r"(?:an?|the|is|are|was|were|be|been|as|of|to|in|on|at|by|for|with|and|n?or|but|from|that|which|who|into|"
    r"than|its|their|this|these|those|called|named|like|via|per|not|use[sd]?|using)",
    re.IGNORECASE,
)
_SMALL_WORDS = re.compile(r"(?:an?|and|as|at|but|by|for|from|in|into|of|on|or|the|to|vs\.?|via|with)")

_FENCE = re.compile(r"```")
_LANGUAGE = re.compile(r"([A-Za-z][\w+#-]{0,20})\s+(?![=(,])")
_INLINE_CODE_SPAN = re.compile(r"(?<!`)`(?!`)[^`\n]+`(?!`)")
_TERM_LINK = re.compile(r"\[\[[^\[\]\n]{1,600}\]\]")
_DISPLAY_MARK = re.compile(r"\$\$")
# What is left of commands when \f, \n, \r or \t was read as white space.
_MUTILATED = r"(?:rac|ext|ilde)\{|(?:abla|heta|imes|ightarrow|orall)(?![A-Za-z])"
_INLINE_FORMULA = re.compile(rf"\$(?=[^\s$]|\s(?:{_MUTILATED}))([^$]{{0,600}}?[^\s$\\])\$(?![\d$])")
_BRACKET_FORMULA = re.compile(r"\\\(.{1,600}?\\\)|\\\[.{1,2000}?\\\]")
_FORMULA_BEGINS = re.compile(r"\$(?=\S)(?:[^\s$]*[\\_^{=]|[^$]{1,40}?\\[A-Za-z]{2})|\\[(\[]")
# Names of commands that nobody writes as plain letters within a formula.
_COMMANDS = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|rho|tau|psi|theta|vartheta|kappa|lambda|sigma|"
    "upsilon|phi|varphi|omega|Gamma|Delta|Theta|Lambda|Sigma|Upsilon|Phi|Psi|Omega|infty|leq|geq|neq|approx|"
    "equiv|propto|forall|exists|nabla|partial|cdots?|times|[lvd]?dots|[lr]angle|[lr]vert|[lr]Vert|[lr]floor|"
    "[lr]ceil|ell|math(?:bb|cal|bf|rm|sf|it)|boldsymbol|operatorname|(?:left)?rightarrow|leftarrow|Rightarrow|"
    "Leftarrow|mapsto|subseteq|supseteq|setminus|otimes|oplus|odot|sqrt|[dt]?frac|q?quad"
)
_BACKSLASH_LOST = re.compile(
    rf"(?<![\\A-Za-z])(?:(?:{_COMMANDS})(?![A-Za-z])|(?:sum|prod|int|lim|max|min|arg)(?:_|(?=left|right))|"
    r"(?:text|hat|bar|vec|tilde|overline|underline|begin|end)(?=\{)|"
    rf"(?:dot|ddot)(?=[\s{{])|(?:left|right)(?=[\s({{\[|.)\]])|{_MUTILATED}|egin\{{)"
)
_COMMAND = re.compile(_COMMANDS)
_PROSE_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]{2,}(?![A-Za-z])")
_WORDS_IN_FORMULA = re.compile(r"\\(?:text|mathrm|operatorname|textbf)\{[^{}]*\}")

_DELIMITER = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_BAR = re.compile(r"(?<!\\)\|")
_BOLD_MARK = re.compile(r"\*\*")
_MARK = re.compile(
    r"(?:(?<=\s)|^)(?:(?P<rule>---(?=\s|$))|(?P<heading>#{2,6}(?=\s+\S))|(?P<bullet>[-•*](?=\s+\S))"
    r"|(?P<number>[0-9]{1,2}[.)](?=\s+\S)))"
)
_NOT_A_LIST_NUMBER = re.compile(r"\b(?:fig(?:ure)?|section|table|step|eq|equation|version|chapter)\.?$", re.I)
_LABEL_FOLLOWS = re.compile(r"[^\s.!?]{1,20}(?: [^\s.!?]{1,20}){0,3}:\s")
_LABEL_ONLY = re.compile(r"\*\*[^*]+\*\*:|\*\*[^*]+:\*\*")
_STARTS_A_BLOCK = re.compile(r"(?:#{1,6}\s|[-+*]\s|>|\d{1,9}([.)])\s|```|~~~|={3,}\s*$|-{3,}\s*$)")
_BREAKS_OFF = re.compile(r"(?:[,;–—]|(?<![-|:])-|\b(?:and|or|of|the|a|an|to|with))$")
_LACKS_A_WORD = re.compile(r" (?:and|or|of|the|an?|to|with)$")
_CUT_OFF = Flag("cut_off", "The text ends in the middle of a sentence.")


@dataclass(frozen=True)
class Restored:
    """Markdown with its line breaks, and what a person should look at."""

    markdown: str
    flags: tuple[Flag, ...] = ()


def restore(text: str) -> Restored:
    """Return an article that was flattened to one line as Markdown with its structure.

    A text that still has line breaks keeps them. The words stay the same, in the same order.
    """
    text = text.strip()
    if len(text.splitlines()) > 1:
        return Restored(text, damage_of(text))
    article = _Article(text)
    return Restored(article.markdown(), tuple(article.flags))


def damage_of(markdown: str) -> tuple[Flag, ...]:
    """Return what a person should look at in Markdown that has its lines."""
    flags = list(_damage(markdown, _spans(markdown)))
    if markdown.endswith(("...", "…")) or _BREAKS_OFF.search(markdown):
        flags.append(_CUT_OFF)
    return tuple(flags)


# --- Protected spans -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Span:
    """A stretch of the text in which nothing is a mark."""

    start: int
    end: int
    kind: str
    rows: tuple[tuple[int, int], ...] = ()


def _spans(text: str) -> list[_Span]:
    """Return code, formulas and tables in order; what is not closed is no span."""
    spans: list[_Span] = []
    masked = text
    for kind, find in (
        (_CODE, partial(_paired, _FENCE)),
        (_INLINE_CODE, partial(_places, _INLINE_CODE_SPAN)),
        (_INLINE_CODE, partial(_places, _TERM_LINK)),
        (_DISPLAY, partial(_paired, _DISPLAY_MARK)),
        (_FORMULA, partial(_places, _BRACKET_FORMULA)),
        (_FORMULA, _inline_formulas),
    ):
        found = [_Span(start, end, kind) for start, end in find(masked)]
        masked = _masked(masked, found)
        spans += found
    spans += _tables(masked)
    return sorted(spans, key=lambda span: span.start)


def _places(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in pattern.finditer(text))


def _paired(mark: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches from one mark to the next; the last mark may stay alone."""
    marks = [found.span() for found in mark.finditer(text)]
    for opening, closing in zip(marks[::2], marks[1::2], strict=False):
        yield opening[0], closing[1]


def _inline_formulas(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _INLINE_FORMULA.finditer(text) if not _is_money(found[1]))


def _is_money(source: str) -> bool:
    """Say whether what stands between two dollars is an amount and prose: “$5 and 10$”."""
    if not source[0].isdigit() or re.search(r"[\\_^{}=<>]", source):
        return False
    return " " in source and any(not _COMMAND.fullmatch(word) for word in _PROSE_WORD.findall(source))


def _masked(text: str, spans: list[_Span]) -> str:
    """Return the text with each sign in these spans replaced by the sign of its kind."""
    pieces, last = [], 0
    for span in spans:
        if span.start >= last:
            pieces += [text[last : span.start], span.kind * (span.end - span.start)]
            last = span.end
    return "".join([*pieces, text[last:]])


def _tables(masked: str) -> Iterator[_Span]:
    after = 0
    bars = [found.start() for found in _BAR.finditer(masked)]
    for delimiter in _DELIMITER.finditer(masked):
        columns = delimiter[0].count("|") - 1
        own = bisect_left(bars, delimiter.start())
        header = [bar for bar in bars[max(0, own - columns - 1) : own] if bar >= after]
        glued = header and not masked[header[-1] + 1 : delimiter.start()].isspace()
        if columns < 2 or len(header) <= columns or glued:
            continue
        rows = [(header[0], header[-1] + 1), delimiter.span()]
        rows += _table_rows(masked, bars, columns, delimiter.end())
        after = rows[-1][1]
        yield _Span(rows[0][0], after, _TABLE, tuple(rows))


def _table_rows(masked: str, bars: list[int], columns: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the rows behind a delimiter: each begins with the next bar and has all its cells."""
    for first in range(bisect_left(bars, end), len(bars), columns + 1):
        row = bars[first : first + columns + 1]
        if masked[end : row[0]].strip():
            return
        if len(row) <= columns:
            # The text stops within this row.
            yield row[0], len(masked)
            return
        end = row[-1] + 1
        yield row[0], end


# --- Damage that is flagged and left alone -------------------------------------------------------


def _damage(text: str, spans: list[_Span]) -> Iterator[Flag]:
    inside = [text[span.start : span.end] for span in spans if span.kind in (_FORMULA, _DISPLAY)]
    if any(_BACKSLASH_LOST.search(_WORDS_IN_FORMULA.sub("", formula)) for formula in inside):
        yield Flag("formula_lost_backslashes", "Formulas have lost their backslashes; write them anew.")
    open_text = _outside(text, spans)
    if "```" in open_text or len(_FENCE.findall(text)) % 2:
        yield Flag("code_unclosed", "A code block is never closed.")
    if "$$" in open_text or _FORMULA_BEGINS.search(open_text):
        yield Flag("formula_unclosed", "A formula is never closed.")


def _outside(text: str, spans: list[_Span]) -> str:
    pieces, last = [], 0
    for span in spans:
        if span.kind != _TABLE:
            pieces.append(text[last : span.start])
            last = span.end
    return " ".join([*pieces, text[last:]])


# --- The article ---------------------------------------------------------------------------------


@dataclass
class _Block:
    """A paragraph, heading, item, table or rule of the result; `marker` is what it begins with."""

    kind: str
    marker: str = ""
    depth: int = 0
    parts: list[str] = field(default_factory=list)

    @property
    def is_item(self) -> bool:
        return self.kind in ("bullet", "number")


@dataclass(frozen=True)
class _Candidate:
    """A place where a block may begin."""

    start: int
    end: int
    kind: str
    rows: tuple[tuple[int, int], ...] = ()


class _Article:
    """One pass over a flattened text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = _spans(text)
        self.mask = _masked(text, self.spans)
        self.subject = subject_of(text)
        self.position = 0
        self.blocks = [_Block("paragraph")]
        self.next_number = 0
        self.second_steps = [found.start() for found in re.finditer(r"\s2[.)]\s", self.mask)]
        self.parent = ""
        self.flags = list(_damage(text, self.spans))

    def markdown(self) -> str:
        """Return the restored text; fills `flags`."""
        for candidate in self._candidates():
            if candidate.start >= self.position:
                getattr(self, f"_at_{candidate.kind}")(candidate)
        self._take_until(len(self.text))
        if _is_cut_off(self.text, self.mask, self.blocks):
            self.flags.append(_CUT_OFF)
        return _rendered([block for block in self.blocks if block.parts or block.kind == "rule"])

    def _candidates(self) -> list[_Candidate]:
        kinds = {_CODE: "code", _DISPLAY: "display", _TABLE: "table"}
        found = [
            _Candidate(span.start, span.end, kinds[span.kind], span.rows)
            for span in self.spans
            if span.kind in kinds
        ]
        found += [
            _Candidate(mark.start(), mark.end(), str(mark.lastgroup)) for mark in _MARK.finditer(self.mask)
        ]
        found += [_Candidate(start, end, "bold") for start, end in _bold_spans(self.mask)]
        if self.subject:
            closing = rf"(?<= ){re.escape(self.subject)}s?(?: \([^()]{{1,80}}\))? (?:is|are) "
            found += [
                _Candidate(again.start(), again.end(), "closing")
                for again in re.finditer(closing, self.mask, re.IGNORECASE)
            ]
        return sorted(found, key=lambda candidate: (candidate.start, candidate.end))

    # What stands before a mark.

    @property
    def current(self) -> _Block:
        return self.blocks[-1]

    def _before(self, place: int) -> str:
        """Return the end of the masked text of the current block up to a place."""
        return self.mask[max(self.position, place - _LOOK) : place].strip()

    def _follows(self, place: int) -> str:
        return self.mask[place : place + _LOOK]

    def _item_begins(self, place: int) -> str:
        """Return the first part of the current block, as far as it stands before a place."""
        if self.current.parts:
            return self.current.parts[0]
        return self.mask[self.position : min(place, self.position + _LOOK)].strip()

    def _after_sentence(self, place: int) -> bool:
        before = self._before(place)
        return not before or before.rstrip(_CLOSERS)[-1:] in tuple(_ENDS_SENTENCE) or before[-1] in _CLOSERS

    def _begin(self, block: _Block, start: int, end: int) -> None:
        self._take_until(start)
        self.blocks.append(block)
        self.position = end
        if not block.depth:
            self.parent = block.kind

    def _take_until(self, place: int) -> None:
        piece = self.text[self.position : place].strip()
        if piece:
            self.current.parts.append(without_block_start(piece))
        self.position = max(place, self.position)

    # One method per kind of candidate: accept it, or leave it to the text.

    def _at_code(self, candidate: _Candidate) -> None:
        self._take_until(candidate.start)
        inside = self.text[candidate.start + 3 : candidate.end - 3]
        named = _LANGUAGE.match(inside)
        language, code = (named[1], inside[named.end() :].strip()) if named else ("", inside.strip())
        self.current.parts.append(f"```{language}\n{code}\n```")
        self.position = candidate.end
        if len(code.split()) > 8:
            self._flag("code_on_one_line", "The lines of a code block ran together; break them anew.")

    def _at_display(self, candidate: _Candidate) -> None:
        self._take_until(candidate.start)
        self.current.parts.append(self.text[candidate.start : candidate.end])
        self.position = candidate.end

    def _at_table(self, candidate: _Candidate) -> None:
        rows = [self.text[start:end].strip() for start, end in candidate.rows]
        self._begin(_Block("table", parts=["\n".join(rows)]), candidate.start, candidate.end)
        self._begin(_Block("paragraph"), candidate.end, candidate.end)

    def _at_rule(self, candidate: _Candidate) -> None:
        follows = self._follows(candidate.end).lstrip()
        ends_here = self._after_sentence(candidate.start) and re.match(r"\*\*|[A-Z]|$", follows)
        if ends_here or follows.startswith("##"):
            self._begin(_Block("rule"), candidate.start, candidate.end)
            self._begin(_Block("paragraph"), candidate.end, candidate.end)

    def _at_heading(self, candidate: _Candidate) -> None:
        if not self._after_sentence(candidate.start):
            return
        marker = self.text[candidate.start : candidate.end]
        begin = candidate.end + 1
        end = self._end_of_heading(begin)
        heading = self.text[begin:end].strip()
        if heading and len(heading) <= _LONGEST_HEADING:
            self._begin(_Block("heading", marker, parts=[heading]), candidate.start, end)
            self._begin(_Block("paragraph"), end, end)

    def _end_of_heading(self, begin: int) -> int:
        """Return where a heading ends that runs into the sentence behind it."""
        stop = re.compile(rf"\*\*|[{_CODE}{_DISPLAY}{_TABLE}]|\s(?:[-•]|---|#{{2,6}}|1[.)])\s").search(
            self.mask, begin
        )
        limit = stop.start() if stop else len(self.mask)
        words = list(re.finditer(r"\S+", self.mask[begin:limit]))
        running = next((place for place, word in enumerate(words) if _is_running(word[0])), None)
        if running is None:
            return limit
        again = re.compile(rf"\b{re.escape(self.subject)}", re.IGNORECASE) if self.subject else None
        named = again.search(self.mask, begin, limit) if again else None
        if named and begin < named.start() <= begin + words[running].start():
            return named.start()
        self._flag("heading_end_guessed", "Where a heading ends and its text begins was guessed.")
        return begin + words[max(running - 1, 0)].start()

    def _at_bullet(self, candidate: _Candidate) -> None:
        if self._is_bullet(candidate):
            depth = self._depth_of_bullet(candidate)
            self._begin(_Block("bullet", "-", depth), candidate.start, candidate.end)

    def _is_bullet(self, candidate: _Candidate) -> bool:
        before = self._before(candidate.start)
        follows = self._follows(candidate.end).lstrip()
        labelled = follows.startswith("**")
        if self.text[candidate.start] == "*" and not labelled:
            # Between two words it is a multiplication.
            return bool(before) and (before[-1] in _ENDS_SENTENCE or self._begins_series(follows))
        if self.text[candidate.start] == "•":
            return self._after_sentence(candidate.start) or labelled or self.current.is_item
        if before.count("(") > before.count(")") or (before[-1:].isdigit() and follows[:1].isdigit()):
            return False
        if not before or before.endswith(":"):
            return candidate.start > 0 or labelled
        if labelled:
            return self.current.is_item or self._after_sentence(candidate.start) or _is_label(follows)
        if _is_operand(before.split()[-1:], follows.split()[:1]):
            return False
        if not self.current.is_item:
            is_below_formula = set(before) == {_FORMULA} and self._begins_like_an_item(follows)
            return is_below_formula or self._begins_series(follows)
        if self._item_begins(candidate.start).startswith("**") and not self._after_sentence(candidate.start):
            return False
        like_the_first = self._item_begins(candidate.start)[:1].islower() and follows[:1].islower()
        return self._begins_like_an_item(follows) or (like_the_first and not before[-1:].isdigit())

    @staticmethod
    def _begins_series(follows: str) -> bool:
        """Say whether more items follow in the same sentence: “are - one; - another”."""
        return bool(re.match(r"[^;]{3,400};\s[-*]\s", follows))

    @staticmethod
    def _begins_like_an_item(follows: str) -> bool:
        begins = follows[:1]
        return (
            begins.isupper()
            or begins.isdigit()
            or begins in "\"“'([`$" + _FORMULA + _INLINE_CODE
            or bool(_LABEL_FOLLOWS.match(follows))
        )

    def _depth_of_bullet(self, candidate: _Candidate) -> int:
        """Nest where it is clear: under a numbered step or a label that ends with a colon."""
        labelled = self._follows(candidate.end).lstrip().startswith("**")
        if self.current.depth:
            return 0 if labelled and self.parent == "bullet" else 1
        ends_with_colon = self._before(candidate.start).endswith(":")
        if self.current.kind == "number":
            return int(ends_with_colon)
        is_label_only = bool(_LABEL_ONLY.fullmatch(self._before(candidate.start)))
        return int(self.current.kind == "bullet" and is_label_only and not labelled)

    def _at_number(self, candidate: _Candidate) -> None:
        marker = self.text[candidate.start : candidate.end]
        number = int(marker[:-1])
        before = self._before(candidate.start)
        if _NOT_A_LIST_NUMBER.search(before[-12:]):
            return
        if self.current.is_item and number == self.next_number:
            starts = True
        else:
            starts = number == 1 and self._after_sentence(candidate.start) and self._has_second(candidate)
        if starts:
            self._begin(_Block("number", marker), candidate.start, candidate.end)
            self.next_number = number + 1

    def _has_second(self, first: _Candidate) -> bool:
        place = bisect_left(self.second_steps, first.end)
        following = self.second_steps[place : place + 1]
        return bool(following) and following[0] < first.end + _LOOK_FOR_SECOND_STEP

    def _at_closing(self, candidate: _Candidate) -> None:
        before = self._item_begins(candidate.start)
        if not self.current.is_item or not before:
            return
        # Without a full stop before it, only a sentence of the form “Kaizen is **…” leaves the list.
        begins_sentence = self.text[candidate.start].isupper() and self._follows(candidate.end).startswith(
            "**"
        )
        if self._before(candidate.start)[-1] in ".!?)" or (
            begins_sentence and self._may_end(candidate.start)
        ):
            self._begin(_Block("paragraph"), candidate.start, candidate.start)

    def _at_bold(self, candidate: _Candidate) -> None:
        content = self.text[candidate.start + 2 : candidate.end - 2]
        follows = self._follows(candidate.end)
        if self.current.is_item and not self._item_begins(candidate.start):
            return
        if self._is_heading(candidate, content, follows):
            words = content.rstrip(":").strip()
            self._begin(_Block("heading", "###", parts=[words]), candidate.start, candidate.end)
            self._begin(_Block("paragraph"), candidate.end, candidate.end)
        elif self._begins_paragraph(candidate, content, follows):
            self._begin(_Block("paragraph"), candidate.start, candidate.start)

    def _is_heading(self, candidate: _Candidate, content: str, follows: str) -> bool:
        if candidate.start == 0 or not follows.strip() or len(content) > _LONGEST_HEADING:
            return False
        if content[-1:] in ".,;" or not (content[:1].isupper() or not content[:1].isalpha()):
            return False
        if not follows[0].isspace():
            return False
        block_follows = bool(_BLOCK_FOLLOWS.match(follows.lstrip()))
        after_sentence = self._after_sentence(candidate.start) or self._ends_list(candidate.start)
        if content.endswith(":"):
            asks = re.match(r"(?:what|why|how|when|where|who)\b", content, re.IGNORECASE)
            return (after_sentence and bool(asks)) or (block_follows and self._may_end(candidate.start))
        if block_follows:
            return self._may_end(candidate.start)
        next_word = follows.lstrip()
        # A sentence, a formula or the next bold words follow a heading; a verb follows a subject.
        starts_anew = next_word[0].isupper() or next_word[0] in '*$"“' + _FORMULA or content.endswith("?")
        return after_sentence and starts_anew

    def _may_end(self, place: int) -> bool:
        """Say whether the words so far could be a whole item or sentence, even without a full stop."""
        before = self._before(place).split()
        return not before or not _FUNCTION_WORDS.fullmatch(before[-1])

    def _ends_list(self, place: int) -> bool:
        return self.current.is_item and bool(re.search(r"[.!?)\]]$", self._before(place)))

    def _begins_paragraph(self, candidate: _Candidate, content: str, follows: str) -> bool:
        if not self._before(candidate.start):
            return False
        if follows.startswith(":") or content.endswith(":") or re.match(r"\s[—–]\s", follows):
            heads_a_list = bool(_BLOCK_FOLLOWS.match(follows.lstrip(": "))) and content[:1].isupper()
            return self._after_sentence(candidate.start) or (heads_a_list and self._may_end(candidate.start))
        if not re.match(r"\s(?:is|are|was|were)\s", follows):
            is_sentence = content.endswith((".", "!"))
            if self.current.is_item and is_sentence and not follows.strip():
                # The last words, a whole sentence in bold, sum up the article and not its last item.
                return content[:1].isupper() and self._may_end(candidate.start)
            return is_sentence and self._after_sentence(candidate.start)
        if self._after_sentence(candidate.start):
            return self.current.is_item or self._before(candidate.start)[-1] in ".!?"
        is_subject = content[:1].isupper() and content.lower() in self.subject.lower()
        return self.current.is_item and is_subject

    def _flag(self, code: str, message: str) -> None:
        if all(flag.code != code for flag in self.flags):
            self.flags.append(Flag(code, message))


def subject_of(text: str) -> str:
    """Return what an article is about by its first words: those in bold, else those before “is”."""
    bold = re.match(r"\*\*([^*]{1,120})\*\*", text)
    if bold:
        return re.sub(r"\s*\([^()]*\)\s*$", "", bold[1]).strip()
    plain = re.match(r"((?:[^\s.,:;!?*]+ ){1,6}?)(?:is|are) ", text)
    return plain[1].strip() if plain else ""


def _bold_spans(mask: str) -> Iterator[tuple[int, int]]:
    """Yield stretches of bold; marks that neither open nor close (2**3) are passed over."""
    opened = -1
    for mark in _BOLD_MARK.finditer(mask):
        before, after = mask[mark.start() - 1 : mark.start()], mask[mark.end() : mark.end() + 1]
        if opened < 0:
            if (not before or not before.isalnum()) and after and not after.isspace():
                opened = mark.start()
        elif not before.isspace() and mark.start() > opened + 2:
            yield opened, mark.end()
            opened = -1


def _is_label(follows: str) -> bool:
    return bool(re.match(r"\*\*[^*]+(?:\*\*\s?(?::|—|–|\()|:\*\*)", follows))


def _is_operand(before: list[str], after: list[str]) -> bool:
    """Say whether a dash between these two words is a minus."""
    sides = [word.strip("().,;") for word in (*before, *after)]
    return len(sides) == 2 and all(len(word) == 1 or re.search(r"[\d=_^]", word) for word in sides)


def _is_running(word: str) -> bool:
    """Say whether a word belongs to a sentence and not to a heading in title case."""
    return word[0].islower() and not _SMALL_WORDS.fullmatch(word)


def without_block_start(piece: str) -> str:
    """Escape what would begin another block now that it stands at the beginning of a line."""
    found = _STARTS_A_BLOCK.match(piece)
    if not found:
        return piece
    place = found.start(1) if found[1] else 0
    return f"{piece[:place]}\\{piece[place:]}"


def _is_cut_off(text: str, mask: str, blocks: list[_Block]) -> bool:
    if text.endswith(("...", "…")) or mask.count("**") % 2 or _LACKS_A_WORD.search(text):
        return True
    filled = [block for block in blocks if block.parts]
    # A definition of one phrase needs no full stop.
    if not filled or (len(filled) == 1 and not re.search(r"[.!?]\s", text)):
        return bool(_BREAKS_OFF.search(text))
    last = filled[-1]
    if last.kind == "heading" or (last.kind == "paragraph" and text[-1] in ",;"):
        return True
    if last.kind == "table":
        return not text.endswith("|")
    ended = [_has_ended(block) for block in filled if block.kind == last.kind]
    return not ended[-1] and (last.kind == "paragraph" or 2 * sum(ended) > len(ended) - 1)


def _has_ended(block: _Block) -> bool:
    return block.parts[-1][-1:] in "".join((_ENDS_SENTENCE, "\"'”’)]*_|`$"))


# --- Blocks to lines -----------------------------------------------------------------------------


def _rendered(blocks: list[_Block]) -> str:
    if not blocks:
        return ""
    lines = [_block_text(blocks[0])]
    for previous, block in pairwise(blocks):
        tight = block.is_item and previous.is_item and (block.kind == previous.kind or block.depth)
        lines.append("\n" if tight or (previous.depth and block.is_item) else "\n\n")
        lines.append(_block_text(block))
    return "".join(lines)


def _block_text(block: _Block) -> str:
    if block.kind == "rule":
        return "---"
    text = "\n\n".join(block.parts)
    if block.kind in ("paragraph", "table"):
        return text
    if block.kind == "heading":
        return f"{block.marker} {text}"
    indent = "    " * block.depth
    hanging = " " * (len(block.marker) + 1)
    lines = [f"{indent}{hanging}{line}" if line else "" for line in text.split("\n")]
    return f"{indent}{block.marker} " + "\n".join(lines).lstrip()
