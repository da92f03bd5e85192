"""Every way a rule says no.

A rule raises one of these with a sentence for the person who can act on it. The faces translate
them once: `api/errors.py` for programs, `web.py` for pages.
`code` is stable: integrators may switch on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TermbookError(Exception):
    """A rule refused; `message` says what was wrong and what to do."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(TermbookError):
    """This person may not do this, whatever the state."""

    code = "not_allowed"


class OwnWork(NotAllowed):
    """Four eyes: somebody who wrote a text may not decide on it."""

    code = "own_work"


class WrongState(TermbookError):
    """The action does not fit the state the term or the revision is in."""

    code = "wrong_state"


class StaleEdit(TermbookError):
    """The text was changed by somebody else since it was read.

    `conflict` holds the three sides as `base`, `current` and `local` contents, so that a face
    can show the difference and nobody's text is lost.
    """

    code = "stale_edit"

    def __init__(self, message: str, conflict: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.conflict = dict(conflict or {})


class StalePreview(StaleEdit):
    """Something that a preview showed was changed before it was confirmed; a fresh one is to be shown."""

    code = "stale_preview"


class NeedsSecondReader(WrongState):
    """Here somebody else has to agree first: propose it."""

    code = "needs_second_reader"


class KeyUsed(TermbookError):
    """A sender used the key of one request for another one."""

    code = "key_used"


class InvalidContent(TermbookError):
    """The content itself is not acceptable; `problems` maps a field to its sentences."""

    code = "invalid_content"

    def __init__(self, problems: Mapping[str, list[str]]) -> None:
        super().__init__(" ".join(sentence for sentences in problems.values() for sentence in sentences))
        self.problems = dict(problems)


class NameTaken(InvalidContent):
    """Another published or deprecated term has this name and qualifier."""

    code = "name_taken"


class TooMany(TermbookError):
    """Somebody sends more than is allowed in a time; `retry_after` says in how many seconds to try again."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnreadableFile(TermbookError):
    """A file as a whole cannot be read."""

    code = "unreadable_file"
