"""Terms that may be the same concept: found while a name is typed, and over the whole glossary.

What is found is only a hint. What people said of a pair is kept with it and decides what is shown.
"""

from .lookup import LookAlike, Name, find_like, find_like_many, once_rejected

__all__ = ["LookAlike", "Name", "find_like", "find_like_many", "once_rejected"]
