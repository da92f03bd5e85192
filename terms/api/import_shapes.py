"""The shapes of imports and exports. Those of answers describe what `import_bodies` makes."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from .. import exporting, formats
from ..models import ImportBatch, ImportRow, Term
from .serializers import ContentAliasSerializer, Shape, Text

_LONGEST_NAME = 300
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_FORMATS = [(name, known.title) for name, known in formats.FORMATS.items()]
_OUTCOMES = [outcome for outcome in ImportRow.Outcome.choices if outcome[0]]


# --- Imports -------------------------------------------------------------------------------------


class CountsSerializer(Shape):
    """What is going to become of how many rows."""

    create = serializers.IntegerField(help_text="New terms.")
    update = serializers.IntegerField(help_text="Changes of terms.")
    unchanged = serializers.IntegerField()
    conflict = serializers.IntegerField(help_text="A person has to say which term is meant.")
    invalid = serializers.IntegerField(help_text="Cannot be used as they are.")
    left_out = serializers.IntegerField(help_text="Whatever would have become of them.")


class OutcomesSerializer(Shape):
    """What became of how many rows."""

    created = serializers.IntegerField(help_text="New drafts.")
    saved = serializers.IntegerField(help_text="Drafts changed.")
    proposed = serializers.IntegerField(help_text="Changes proposed.")
    published = serializers.IntegerField()
    failed = serializers.IntegerField()
    undone = serializers.IntegerField()


class OptionsSerializer(Shape):
    clear_empty = serializers.BooleanField(help_text="An empty cell clears its field.")
    all_or_nothing = serializers.BooleanField(help_text="One bad row stops all.")
    publish = serializers.BooleanField(help_text="What comes in is published at once.")
    language = Text(help_text="Of the texts; empty for that of the site.")


class CellProblemSerializer(Shape):
    """What is wrong with one cell, or with a file of a pack; the rest was read all the same."""

    line = serializers.IntegerField()
    path = Text(help_text="The file in a pack.")
    column = Text()
    value = Text()
    message = serializers.CharField()


class ImportSummarySerializer(Shape):
    """One import: what was given, what will come of it, and what came of it."""

    id = serializers.IntegerField()
    file_name = serializers.CharField()
    source = serializers.CharField(help_text="Files of one source speak of the same records.")
    format = serializers.CharField(help_text="What the file was read as; several in a pack.")
    options = OptionsSerializer()
    state = serializers.ChoiceField(ImportBatch.State.choices)
    message = Text(help_text="Why it was refused as a whole, or stopped.")
    counts = CountsSerializer()
    outcomes = OutcomesSerializer()
    done = serializers.IntegerField(help_text="How far it is; of `total`.")
    total = serializers.IntegerField()
    is_silent = serializers.BooleanField(
        help_text="It runs, but gives no sign of life: start the worker, or go on with it."
    )
    by = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.CharField(allow_null=True)
    url = serializers.URLField(help_text="Its page on the editors’ desk.")
    api_url = serializers.URLField()
    rows = serializers.URLField(help_text="Its rows.")
    undo = serializers.URLField(allow_null=True, help_text="Where you can take it back.")


class ImportSerializer(ImportSummarySerializer):
    token = serializers.CharField(
        allow_null=True, help_text="Of what is shown to you now; any change of the rows makes it stale."
    )
    problems = CellProblemSerializer(many=True)


class FlagSerializer(Shape):
    """Something a person should look at."""

    code = serializers.CharField()
    message = serializers.CharField()


class LookAlikeSerializer(Shape):
    """A term that is perhaps the same."""

    id = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(Term.Status.choices)
    reason = serializers.CharField()
    strength = serializers.FloatField(help_text="From 0 to 1.")


class RowChangeSerializer(Shape):
    """One field of the term that is going to read otherwise."""

    field = serializers.CharField()
    label = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class ImportRowSerializer(Shape):
    """One record of a file: what it says, corrections included, what will become of it and what became."""

    position = serializers.IntegerField(help_text="Its place, from 0.")
    line = serializers.IntegerField()
    path = Text(help_text="The file in a pack.")
    heading = Text(help_text="The line it was read from, in texts where names have to be told apart.")
    title = Text()
    qualifier = Text()
    aliases = ContentAliasSerializer(many=True)
    tags = serializers.ListField(child=serializers.CharField())
    keywords = serializers.ListField(child=serializers.CharField(), help_text="Search phrases; no names.")
    short_definition = Text()
    definition = Text(help_text="Markdown.")
    confidence = serializers.FloatField(help_text="How sure the reading is, from 0 to 1.")
    action = serializers.ChoiceField(ImportRow.Action.choices)
    because = Text(help_text="Why it is a conflict, or cannot be used.")
    flags = FlagSerializer(many=True)
    look_alikes = LookAlikeSerializer(many=True)
    changes = RowChangeSerializer(many=True, help_text="As the glossary is now.")
    term = serializers.CharField(allow_null=True, help_text="The id of the term it is about.")
    is_left_out = serializers.BooleanField()
    is_corrected = serializers.BooleanField()
    outcome = serializers.ChoiceField([("", "Nothing yet"), *_OUTCOMES])
    message = Text(help_text="Why it failed, or what else is to be said.")
    api_url = serializers.URLField()


class UndoRowSerializer(Shape):
    position = serializers.IntegerField()
    line = serializers.IntegerField()
    path = Text()
    title = Text()
    term = serializers.CharField(allow_null=True)
    outcome = serializers.ChoiceField(["put_away", "set_back", "taken_back", "stays"])
    message = serializers.CharField()


class UndoPreviewSerializer(Shape):
    """What taking an import back would do."""

    token = serializers.CharField(help_text="With it exactly this can be done.")
    count = serializers.IntegerField(help_text="How many rows would be undone; the others stay.")
    rows = UndoRowSerializer(many=True)


# --- What is sent --------------------------------------------------------------------------------


class _Choice(serializers.ChoiceField):
    """One of a few names; a refusal lists them."""

    def fail(self, key: str, **kwargs: Any) -> Any:
        given = kwargs.get("input", "")
        known = ", ".join(self.choices)
        raise serializers.ValidationError([f"“{given!s:.60}” is not known here. Use one of: {known}."])


class ImportQuerySerializer(Shape):
    """How a file is to be brought in."""

    file_name = Text(
        default="",
        max_length=_LONGEST_NAME,
        help_text="What the file is called, where neither `Content-Disposition` nor a part says it.",
    )
    format = _Choice(
        _FORMATS, default="", allow_blank=True, help_text="Found out by itself, if it is not named."
    )
    source = Text(
        default="",
        max_length=_LONGEST_NAME,
        help_text="Where the texts come from; by default the name of the file. "
        "Files of one source speak of the same records.",
    )
    language = Text(default="", max_length=35, help_text="BCP 47; by default that of the site.")
    clear_empty = serializers.BooleanField(
        default=False, help_text="Let an empty cell clear its field. An absent column changes nothing, ever."
    )
    all_or_nothing = serializers.BooleanField(
        default=False, help_text="Let one bad row stop all, instead of leaving it out."
    )
    publish = serializers.BooleanField(
        default=False, help_text="Publish what comes in at once (scope `admin` besides)."
    )
    apply = serializers.BooleanField(
        default=None, allow_null=True, help_text="Carry it out at once, without a look at the rows."
    )
    dry_run = serializers.BooleanField(
        default=None, allow_null=True, help_text="The opposite of `apply`; true unless you say otherwise."
    )

    def validate_language(self, value: str) -> str:
        if value and not _LANGUAGE.fullmatch(value):
            raise serializers.ValidationError(
                f"“{value:.40}” is no language. Give a tag of BCP 47, such as en or de-AT."
            )
        return value

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["apply"] is not None and asked["apply"] == asked["dry_run"]:
            raise serializers.ValidationError(
                {"dry_run": ["`apply` and `dry_run` contradict each other. Leave one of them out."]}
            )
        return asked


class FilesSerializer(Shape):
    file = serializers.ListField(child=serializers.FileField(), help_text="One file or several.")


class RowsQuerySerializer(Shape):
    action = _Choice(
        ImportRow.Action.choices, default="", allow_blank=True, help_text="What will become of them."
    )
    outcome = _Choice(_OUTCOMES, default="", allow_blank=True, help_text="What became of them.")
    flagged = serializers.BooleanField(
        default=False, help_text="Only those that a person should look at: with flags or look-alikes."
    )


class CorrectionSerializer(Shape):
    """What a row shall say instead of what the file says; absent fields stay, null empties one."""

    title = Text(required=False)
    qualifier = Text(required=False)
    aliases = ContentAliasSerializer(many=True, required=False, help_text="Plain texts are synonyms.")
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    short_definition = Text(required=False)
    definition = Text(required=False, help_text="Markdown.")
    term = Text(
        required=False,
        help_text="Id, address or name of the term that is meant; `+` for a new one, "
        "empty to leave it to the rules.",
    )
    is_left_out = serializers.BooleanField(required=False)


class PlanSerializer(Shape):
    """Other options than it was prepared with; absent ones stay."""

    source = Text(required=False, max_length=_LONGEST_NAME)
    clear_empty = serializers.BooleanField(required=False)
    all_or_nothing = serializers.BooleanField(required=False)
    publish = serializers.BooleanField(required=False, help_text="Scope `admin` besides.")


class TokenSerializer(Shape):
    token = serializers.CharField(max_length=300, help_text="Of what you were shown.")


# --- Exports -------------------------------------------------------------------------------------


class ExportFormSerializer(Shape):
    """A form in which terms leave."""

    name = serializers.ChoiceField(list(exporting.FORMS))
    title = serializers.CharField()
    media_type = serializers.CharField()
    ending = serializers.CharField(help_text="Of the name of the file.")
    loses = Text(help_text="What this form cannot hold.")
    url = serializers.URLField()
