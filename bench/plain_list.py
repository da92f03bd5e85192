"""The list of 50 terms as a textbook of Django REST framework makes it: model serializers, prefetched.

A WSGI application of its own over the tables of the glossary, with the middleware of a new project:
what our list of stored documents is compared with.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "glossary_site.settings"

from django.conf import settings

settings.ROOT_URLCONF = "plain_list"
settings.MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
settings.REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "PAGE_SIZE": 50,
}

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from django.db.models import Prefetch  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402

from terms.models import Alias, ExternalId, Note, Relation, Source, Tag, Term  # noqa: E402

NAMED = ["public_id", "slug", "name"]


class AliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = Alias
        fields = ["text", "kind", "language", "status", "note"]


class SourceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Source
        fields = ["title", "url", "locator"]


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["kind", "text"]


class ExternalIdSerializer(serializers.ModelSerializer):
    class Meta:
        model = ExternalId
        fields = ["scheme", "value", "mapping"]


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["slug"]


class NamedTermSerializer(serializers.ModelSerializer):
    class Meta:
        model = Term
        fields = NAMED


class RelationSerializer(serializers.ModelSerializer):
    target = NamedTermSerializer()

    class Meta:
        model = Relation
        fields = ["kind", "target"]


class InverseRelationSerializer(serializers.ModelSerializer):
    source = NamedTermSerializer()

    class Meta:
        model = Relation
        fields = ["kind", "source"]


class TermSerializer(serializers.ModelSerializer):
    aliases = AliasSerializer(many=True)
    tags = TagSerializer(many=True)
    relations = RelationSerializer(many=True)
    inverse_relations = InverseRelationSerializer(many=True)
    sources = SourceSerializer(many=True)
    notes = NoteSerializer(many=True)
    external_ids = ExternalIdSerializer(many=True)

    class Meta:
        model = Term
        fields = [
            *NAMED,
            *("qualifier", "short_definition", "definition", "definition_html", "status", "version"),
            *("deprecation_reason", "review_by", "created_at", "updated_at", "published_at"),
            *("aliases", "tags", "relations", "inverse_relations", "sources", "notes", "external_ids"),
        ]


class TermList(generics.ListAPIView):
    serializer_class = TermSerializer
    queryset = (
        Term.objects.filter(status__in=["published", "deprecated"])
        .order_by("sort_key", "id")
        .defer("document", "problems")
        .prefetch_related(
            *("aliases", "tags", "sources", "notes", "external_ids"),
            Prefetch(
                "relations", Relation.objects.prefetch_related(Prefetch("target", Term.objects.only(*NAMED)))
            ),
            Prefetch(
                "inverse_relations",
                Relation.objects.prefetch_related(Prefetch("source", Term.objects.only(*NAMED))),
            ),
        )
    )


urlpatterns = [path("api/v1/terms/", TermList.as_view())]
