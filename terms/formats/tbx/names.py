"""What TBX calls things, and what we call them.

Data categories and pick lists are those of ISO 30042:2019, dialects TBX-Basic 1.2 and TBX-Min 1.0;
for reading, also those of the edition of 2008 and of the files that other systems write.
"""

from __future__ import annotations

import re

CORE_NAMESPACE = "urn:iso:std:iso:30042:ed-2"
MODULE_NAMESPACES = {"min": "http://www.tbxinfo.net/ns/min", "basic": "http://www.tbxinfo.net/ns/basic"}
MIN_CATEGORIES = frozenset(
    {"administrativeStatus", "customerSubset", "externalCrossReference", "partOfSpeech", "subjectField"}
)
GIVEN_BACK_WITH_TERMS = {
    "partOfSpeech": "termNote",
    "grammaticalGender": "termNote",
    "geographicalUsage": "termNote",
    "customerSubset": "admin",
    "context": "descrip",
}
ALSO_CALLED = {"customerSubset": ("customer",)}
GIVEN_BACK_WITH_LANGUAGES = {"definition": "descrip"}
PICK_LISTS = {
    "partOfSpeech": frozenset({"noun", "verb", "adjective", "adverb", "other"}),
    "grammaticalGender": frozenset({"masculine", "feminine", "neuter", "other"}),
}

KIND_BY_TERM_TYPE = {
    "fullform": "full_form",
    "acronym": "acronym",
    "initialism": "acronym",
    "abbreviation": "abbreviation",
    "abbreviatedform": "abbreviation",
    "shortform": "abbreviation",
    "clippedterm": "abbreviation",
    "variant": "spelling_variant",
    "orthographicvariant": "spelling_variant",
    "transliteratedform": "spelling_variant",
    "transcribedform": "spelling_variant",
}
TERM_TYPE_BY_KIND = {
    "full_form": "fullForm",
    "acronym": "acronym",
    "abbreviation": "abbreviation",
    "spelling_variant": "variant",
}

_STATUS_BY_WORD = {
    "preferred": "preferred",
    "standardized": "preferred",
    "regulated": "preferred",
    "legal": "preferred",
    "admitted": "admitted",
    "approved": "admitted",
    "deprecated": "deprecated",
    "superseded": "superseded",
    "obsolete": "deprecated",
    "outdated": "deprecated",
    "archaic": "deprecated",
    "notrecommended": "deprecated",
    "forbidden": "forbidden",
    "prohibited": "forbidden",
}
STATUS_CATEGORIES = frozenset(
    {
        "administrativestatus",
        "usagestatus",
        "termstatus",
        "normativeauthorization",
        "temporalqualifier",
        "status",
    }
)


def status_of(value: str) -> str:
    """Return preferred, admitted, deprecated, superseded or forbidden, or "" for what says none of these."""
    word = re.sub(r"[\s_-]+", "", value.casefold()).removesuffix("admnsts").removesuffix("term")
    return _STATUS_BY_WORD.get(word, "")


# --- Labels --------------------------------------------------------------------------------------

# What TBX has no category for leaves in a note that begins with one of these: people can read it, and
# our own import knows where it belongs.
KIND, STATUS, POSITION, REMARK, QUALIFIER = "Kind", "Status", "Position", "Remark", "Qualifier"
SOURCE, LOCATOR, ADDRESS, REASON = "Source", "Locator", "Address", "Deprecated because"
IN_MARKDOWN, ARTICLE = "Definition in Markdown", "Article in Markdown"
LABEL_BY_NOTE = {
    "usage": "Usage note",
    "scope": "Scope note",
    "example": "Example",
    "editorial": "Editorial note",
    "change": "Change note",
}
LABEL_BY_RELATION = {
    "related": "Related term",
    "broader": "Broader term",
    "see_also": "See also",
    "replaced_by": "Replaced by",
}
NOTE_BY_LABEL = {label: kind for kind, label in LABEL_BY_NOTE.items()}
RELATION_BY_LABEL = {label: kind for kind, label in LABEL_BY_RELATION.items()}
_LABELS = frozenset(
    {
        KIND,
        STATUS,
        POSITION,
        REMARK,
        QUALIFIER,
        SOURCE,
        LOCATOR,
        ADDRESS,
        REASON,
        IN_MARKDOWN,
        ARTICLE,
        *NOTE_BY_LABEL,
        *RELATION_BY_LABEL,
    }
)


def labelled(label: str, text: str, *, usual: str = "") -> str:
    """Return the text with its label, which the usual one does without where it cannot be missed."""
    return text if label == usual and not split_label(text)[0] else f"{label}: {text}"


def split_label(text: str) -> tuple[str, str]:
    """Return the label that a text begins with and the rest, or "" and all of it."""
    label, colon, rest = text.partition(": ")
    return (label, rest) if colon and label in _LABELS else ("", text)
