"""Advice on style: defined by itself, too long, cut in the middle of a sentence.

The patterns know English. In a text of another language they find less, never something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .. import markup, text
from .obstacles import Content
from .prose import Passage

MOST_WORDS = 600
MOST_WORDS_OF_A_PARAGRAPH = 200


def advice(content: Content, passages: Sequence[Passage]) -> list[str]:
    """Return a sentence for each thing that a style guide would mark."""
    opening = passages[0].text if passages and passages[0].is_paragraph else ""
    short = " ".join(markup.to_plain_text(content["short_definition"]).split())
    return [
        *_defined_by_itself("short definition", short, content),
        *_defined_by_itself("definition", opening, content),
        *_form_of_short_definition(short),
        *_too_long(passages),
        *_cut(passages),
    ]


_LEAD_IN = r"(?:(?:an?|the|any|some|each|every|one) )?(?:(?:kind|type|form|sort|variant) of (?:an? |the )?)?"
# After a name, this says that it was the subject of the sentence, and that what it is comes now.
_VERB = r"(?:,? or [^,]+,?| \([^()]*\))? (?:is|are|means|denotes|refers to) "
_END = r"(?=[.;]|$| (?:that|which|who|whose|where|in which|for which)\b)"
_END_AFTER_VERB = r"(?=[.,;]|$| (?:that|which|who|whose|where|when|in|for|of|with|to|by|used)\b)"
_REPEATED = r"(?::| -) "


def _defined_by_itself(field: str, prose: str, content: Content) -> list[str]:
    """Say whether a text repeats the name in front, or says only that a thing is that thing.

    “Kernel density estimation is an estimation …” is fine: the class is wider than the name.
    """
    sentence = text.name_key(prose)
    keys = [text.name_key(name) for name in (content["name"], *(a["text"] for a in content["aliases"]))]
    own, *_ = names = [re.escape(key) for key in keys]
    if own and re.match(rf"{_LEAD_IN}{own}{_REPEATED}", sentence):
        return [f"The {field} begins with the name, which stands above it. Begin with what the thing is."]
    any_name = "|".join(filter(None, names))
    genus = rf"{_LEAD_IN}(?P<genus>{any_name})"
    circle = any_name and (
        re.match(genus + _END, sentence)
        or re.match(rf"{_LEAD_IN}(?:{any_name}){_VERB}{genus}{_END_AFTER_VERB}", sentence)
    )
    if not circle:
        return []
    return [
        f"The {field} explains the term by itself (“{circle['genus']}”). "
        "Name the wider class that it belongs to, then what sets it apart."
    ]


_SENTENCE_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
# A full stop after one letter, a short form or a number does not end a sentence.
_NEXT_SENTENCE = re.compile(
    r"(?i:(?<!\b\w)(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bvs)(?<!\bno)(?<!\betc)(?<!\bal))[.!?]\s+(?=[A-Z])"
)


def _form_of_short_definition(short: str) -> list[str]:
    if not short:
        return []
    advice = []
    if _NEXT_SENTENCE.search(short):
        advice.append(
            "The short definition is several sentences. Keep one; the rest goes into the definition."
        )
    if not _SENTENCE_ENDS.search(short):
        advice.append("The short definition does not end with a full stop. Complete the sentence.")
    return advice


def _too_long(passages: Sequence[Passage]) -> list[str]:
    advice = []
    total = sum(_word_count(passage) for passage in passages)
    if total > MOST_WORDS:
        advice.append(
            f"The definition has {total} words, more than {MOST_WORDS}. "
            "Shorten it, or move what is a subject of its own to another term."
        )
    for passage in passages:
        if (count := _word_count(passage)) > MOST_WORDS_OF_A_PARAGRAPH:
            advice.append(
                f"The paragraph that begins “{_beginning(passage)}” has {count} words, "
                f"more than {MOST_WORDS_OF_A_PARAGRAPH}. Split it."
            )
    return advice


def _word_count(passage: Passage) -> int:
    return text.word_count(passage.text)


def _beginning(passage: Passage) -> str:
    return f"{' '.join(passage.text.split()[:5])[:80]} …"


def _cut(passages: Sequence[Passage]) -> list[str]:
    """Say whether a text stops in the middle; lists, tables, code and formulas end as they like."""
    last = passages[-1] if passages else None
    if last is None or not last.is_paragraph or _SENTENCE_ENDS.search(last.text):
        return []
    end = " ".join(last.text.split()[-5:])[-80:]
    return [f"The definition ends without a full stop (“… {end}”). See whether something was cut off."]
