"""The shapes of look-alikes. Those of answers describe what `duplicate_bodies` makes."""

from __future__ import annotations

from rest_framework import serializers

from .. import duplicates, judging
from ..models import NAME_LENGTH, REMARK_LENGTH, DuplicatePair
from .import_shapes import LookAlikeSerializer
from .merge_shapes import NamedTermSerializer
from .serializers import RevisionSerializer, Shape, Text

_Verdict, _Suggestion = DuplicatePair.Verdict, DuplicatePair.Suggestion
_ID_LENGTH = 20
_SLUG_LENGTH = 200


# --- What is answered ----------------------------------------------------------------------------


class PairTermSerializer(NamedTermSerializer):
    """One of two terms that look alike."""

    short_definition = Text()
    api_url = serializers.URLField()


class PairSerializer(Shape):
    """Two terms that may be the same concept, or related, and what was said of them."""

    id = serializers.IntegerField()
    a = PairTermSerializer()
    b = PairTermSerializer()
    score = serializers.FloatField(help_text="From 0 to 1.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Sentences, the surest first.")
    methods = serializers.ListField(
        child=serializers.ChoiceField(list(duplicates.METHODS)), help_text="How it came to that."
    )
    suggestion = serializers.ChoiceField(_Suggestion.choices, help_text="What to do with them.")
    verdict = serializers.ChoiceField(_Verdict.choices, help_text="`open` as long as nobody has judged.")
    because = Text(help_text="Why it was judged so.")
    judged_by = serializers.CharField(allow_null=True)
    judged_at = serializers.DateTimeField(allow_null=True)
    found_at = serializers.DateTimeField()
    api_url = serializers.URLField()


class JudgedSerializer(Shape):
    """A pair after a verdict, and what came of it."""

    pair = PairSerializer()
    message = serializers.CharField(help_text="Also what became of the relation, where they are related.")
    revision = serializers.URLField(allow_null=True, help_text="The text that has the relation, if one does.")


class ScanStateSerializer(Shape):
    """How far the glossary was looked through."""

    looked_at = serializers.DateTimeField(allow_null=True, help_text="When last; null for never.")
    full_at = serializers.DateTimeField(
        allow_null=True, help_text="When everything was last compared with everything."
    )
    changed = serializers.IntegerField(help_text="So many terms changed since.")
    terms = serializers.IntegerField(help_text="So many are compared.")
    is_waiting = serializers.BooleanField(help_text="The worker is to look again.")
    is_running = serializers.BooleanField()
    is_silent = serializers.BooleanField(help_text="The worker should have begun: it does not run.")


class ScanReportSerializer(Shape):
    """What a look over the glossary brought."""

    terms = serializers.IntegerField(help_text="So many were looked at.")
    found = serializers.IntegerField(help_text="Pairs that have one of them.")
    new = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Pairs with another score or other reasons than before.")
    gone = serializers.IntegerField(help_text="Pairs that are alike no more.")
    reopened = serializers.IntegerField(help_text="Pairs that were judged before one of the names changed.")
    is_full = serializers.BooleanField(help_text="All terms were compared.")
    seconds = serializers.FloatField()


class ScannedSerializer(Shape):
    """A look over the glossary, and how things stand."""

    report = ScanReportSerializer(allow_null=True, help_text="Null where it is left to the worker.")
    state = ScanStateSerializer()


class VerdictsReportSerializer(Shape):
    """What became of verdicts that were brought in; sentences with the number of the line."""

    imported = serializers.IntegerField()
    already_so = serializers.IntegerField(help_text="The same was said here before.")
    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text="Something else was said here, which stays."
    )
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Terms that are not here.")
    problems = serializers.ListField(child=serializers.CharField(), help_text="What is no verdict.")


class NewTermAnswerSerializer(RevisionSerializer):
    """The first revision of a new term, and the terms that may be the same, surest first."""

    look_alikes = LookAlikeSerializer(
        many=True, help_text="As far as you may see them. The reason goes on from the name: it “has …”."
    )


# --- What is asked -------------------------------------------------------------------------------


class PairsQuerySerializer(Shape):
    """What the list of pairs can be asked for."""

    verdict = serializers.ChoiceField(
        [*_Verdict.choices, ("any", "All of them")],
        default=_Verdict.OPEN.value,
        help_text="`open` by default.",
    )
    suggestion = serializers.ChoiceField(_Suggestion.choices, default="", allow_blank=True)
    tag = Text(default="", max_length=_SLUG_LENGTH, help_text="The slug of a tag that one of the two has.")
    name = Text(
        default="", max_length=NAME_LENGTH, help_text="A part of a name or other name of one of them."
    )
    term = Text(default="", max_length=_ID_LENGTH, help_text="The public id of one of the two.")
    method = serializers.ChoiceField(
        list(duplicates.METHODS.items()), default="", allow_blank=True, help_text="How they were found."
    )
    minimum = serializers.FloatField(default=0.0, min_value=0, max_value=1, help_text="The least score.")
    only_public = serializers.BooleanField(default=False, help_text="No pairs with a draft.")


class VerdictSerializer(Shape):
    """What somebody says of two terms."""

    verdict = serializers.ChoiceField(
        [(verdict.value, verdict.label) for verdict in judging.VERDICTS],
        help_text="`open` takes back what was said before.",
    )
    because = Text(default="", max_length=REMARK_LENGTH, help_text="Needed for `different`.")
    relation = serializers.ChoiceField(
        list(judging.KINDS),
        required=False,
        help_text="With `related`: what `b` is to `a`; `related` if it is left out.",
    )


class VerdictsQuerySerializer(Shape):
    form = serializers.ChoiceField(
        [("jsonl", "JSON Lines"), ("csv", "CSV")], default="jsonl", help_text="`jsonl` by default."
    )
