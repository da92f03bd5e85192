"""The whole glossary as one HTML page: to read, to print and to keep.

Everything that it needs is in it, so that it looks the same in ten years and without a network: the
style sheet, formulas as MathML, links from term to term as anchors. It has no script, and its own
content security policy sees that nothing is fetched.
"""

from __future__ import annotations

from .page import write

__all__ = ["write"]
