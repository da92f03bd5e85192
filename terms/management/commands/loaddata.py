"""Django's `loaddata`, which then makes what the public gets of the terms that were loaded."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.commands import loaddata

from terms import workflow
from terms.models import Term


class Command(loaddata.Command):
    help = f"{loaddata.Command.help} Terms are then rendered, indexed and entered in the log."

    def loaddata(self, fixture_labels: Any) -> None:
        self.loaded_terms: set[int] = set()
        super().loaddata(fixture_labels)
        if self.loaded_terms:
            count = workflow.adopt(self.loaded_terms)
            if self.verbosity:
                self.stdout.write(f"Made {count} public term(s) ready for readers")

    def save_obj(self, obj: Any) -> bool:
        # An export names its authors, and closes their accounts; whoever is here already stays as they are.
        if isinstance(obj.object, get_user_model()) and obj.object.pk:
            return False
        if isinstance(obj.object, Term):
            # The glossary that it comes from may have had another language, with another order of names.
            obj.object.set_name(obj.object.name, obj.object.qualifier)
        saved = super().save_obj(obj)
        if saved and isinstance(obj.object, Term):
            self.loaded_terms.add(obj.object.pk)
        return saved
