"""Terms that may be the same concept: found while a name is typed, and over the whole glossary.

What is found is only a hint. What people said of a pair is kept with it and decides what is shown.
"""

from .background import MOST_AT_ONCE, look_again, look_again_soon
from .facts import METHODS, Facts, Found, OtherName
from .finding import find_pairs
from .ledger import Cluster, Counts, clusters, counts, pairs, to_judge
from .lookup import LookAlike, Name, find_like, find_like_many, once_rejected
from .scanning import ScanReport, State, scan, scan_changed, state

__all__ = [
    "METHODS",
    "MOST_AT_ONCE",
    "Cluster",
    "Counts",
    "Facts",
    "Found",
    "LookAlike",
    "Name",
    "OtherName",
    "ScanReport",
    "State",
    "clusters",
    "counts",
    "find_like",
    "find_like_many",
    "find_pairs",
    "look_again",
    "look_again_soon",
    "once_rejected",
    "pairs",
    "scan",
    "scan_changed",
    "state",
    "to_judge",
]
