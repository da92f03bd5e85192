"""What leaves the house: terms as records for every format, and as a fixture for `loaddata`.

Nobody gets more than they may see: without the right to see drafts that is what the pages show.
"""

from .fixture import rows as fixture_rows
from .records import records
from .selection import STATUSES, Selection, languages
from .stream import FIXTURE, FORMS, Form, file_name, form_of, stream

__all__ = [
    "FIXTURE",
    "FORMS",
    "STATUSES",
    "Form",
    "Selection",
    "file_name",
    "fixture_rows",
    "form_of",
    "languages",
    "records",
    "stream",
]
