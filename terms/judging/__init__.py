"""What people say of look-alikes: different, related, later. It is kept, and can be taken elsewhere.

A merge is no verdict: it settles the pairs of its terms itself.
"""

from .carrying import ImportReport, all_verdicts, as_csv, as_json_lines, export_verdicts, import_verdicts
from .relating import KINDS
from .verdicts import VERDICTS, Judged, judge, judge_many, relate

__all__ = [
    "KINDS",
    "VERDICTS",
    "ImportReport",
    "Judged",
    "all_verdicts",
    "as_csv",
    "as_json_lines",
    "export_verdicts",
    "import_verdicts",
    "judge",
    "judge_many",
    "relate",
]
