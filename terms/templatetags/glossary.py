"""What templates need to say about languages: their names and the direction they are written in."""

from __future__ import annotations

from django import template

from ..formats.languages import direction
from ..formats.languages import name_of as language_name

register = template.Library()
register.filter("direction", direction)
register.filter("language_name", language_name)
