from .sentences import first_sentence

__all__ = ["first_sentence"]
