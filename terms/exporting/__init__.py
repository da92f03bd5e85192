"""What leaves the house: terms as records for every format, and as a fixture for `loaddata`.

Nobody gets more than they may see: without the right to see drafts that is what the pages show.
"""

from .fixture import rows as fixture_rows
from .markdown_page import markdown_page
from .records import records
from .selection import STATUSES, Selection, languages
from .stream import FIXTURE, FORMS, Form, file_name, form_of, glossary, stream
from .twin_forms import TWINS, TwinForm, twin_address
from .twins import twin

__all__ = [
    "FIXTURE",
    "FORMS",
    "STATUSES",
    "TWINS",
    "Form",
    "Selection",
    "TwinForm",
    "file_name",
    "fixture_rows",
    "form_of",
    "glossary",
    "languages",
    "markdown_page",
    "records",
    "stream",
    "twin",
    "twin_address",
]
