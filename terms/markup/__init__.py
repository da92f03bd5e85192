"""Text with marks to what a page may show: Markdown and maths to safe HTML, plain text, links.

Everything an author writes passes one gate, `to_html`: the parser makes HTML only from Markdown,
formulas become MathML on the server, and an allow-list (nh3) sees the result last. What cannot be
set stays readable as text and is reported as a sentence for the editor; nothing here raises
because of what somebody wrote.
"""

from .gate import Rendered, data_script, kept, to_html
from .headings import Heading, with_anchors
from .links import Lookup, Target, link_terms, linked_names, signs_of
from .mathml import LONGEST_FORMULA
from .plain import excerpt, to_plain_text
from .portable import literal, portable
from .rendering import LONGEST_HIGHLIGHTED

__all__ = [
    "LONGEST_FORMULA",
    "LONGEST_HIGHLIGHTED",
    "Heading",
    "Lookup",
    "Rendered",
    "Target",
    "data_script",
    "excerpt",
    "kept",
    "link_terms",
    "linked_names",
    "literal",
    "portable",
    "signs_of",
    "to_html",
    "to_plain_text",
    "with_anchors",
]
