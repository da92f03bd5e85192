"""How readers are told what another name, a note or a relation is.

The same words, in the same order, on the pages and in the files that are made to be read.
"""

NAMES = {
    "full_form": "In full",
    "acronym": "Acronym",
    "abbreviation": "Abbreviation",
    "synonym": "Also called",
    "spelling_variant": "Also spelt",
    "former_name": "Formerly",
    "translation": "In other languages",
    "misspelling": "Often misspelt",
}
# Other names of these statuses stand last, whatever they are, under this heading.
NOT_TO_BE_USED = frozenset({"deprecated", "forbidden"})
DO_NOT_USE = "Do not use"

NOTES = {"example": "Example", "usage": "Usage note", "scope": "Scope note", "change": "Change note"}

RELATIONS = {
    "broader": "Broader",
    "narrower": "Narrower",
    "related": "Related",
    "see_also": "See also",
    "replaces": "Replaces",
    "replaced_by": "Replaced by",
}
