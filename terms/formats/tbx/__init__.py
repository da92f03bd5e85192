"""TBX (ISO 30042), the exchange format of terminologists: all members of the family in, three out.

One concept of TBX is one term of ours; what TBX calls a term is one of its names.
"""

from __future__ import annotations

import codecs
import re

from .reading import read
from .writing import write_dca, write_dct, write_min

__all__ = ["looks_like", "read", "write_dca", "write_dct", "write_min"]


_HEAD = 16_384
_PROLOGUE = re.compile(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|\s+|\ufeff", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:tbx|martif)[\s>/]", re.IGNORECASE)


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are TBX."""
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    head = data[:_HEAD].decode("utf-16" if is_utf_16 else "utf-8", errors="replace")
    at = 0
    while before := _PROLOGUE.match(head, at):
        at = before.end()
    return 0.95 if _ROOT.match(head, at) else 0.0
