"""Who hears of a line of the log, on the site and by mail, and what they read of it.

A notice never tells more of a text than its recipient may read at the moment of reading it: that is
decided in `wording`, for the site and for mails alike.
"""

from .addresses import asked_at
from .choosing import Choice, choices_of, choose, mark_read, shown_to, unread_count
from .hearing import tell, tell_all
from .mailing import Outcome, send_digests, send_due
from .wording import Notice, in_words

__all__ = [
    "Choice",
    "Notice",
    "Outcome",
    "asked_at",
    "choices_of",
    "choose",
    "in_words",
    "mark_read",
    "send_digests",
    "send_due",
    "shown_to",
    "tell",
    "tell_all",
    "unread_count",
]
