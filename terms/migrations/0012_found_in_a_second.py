"""What search and speed need: words to correct by, lines to suggest by, changes to follow, wanted terms."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import terms.models


class Migration(migrations.Migration):
    dependencies = [
        ("terms", "0011_scans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content_version", models.PositiveBigIntegerField(db_index=True)),
                ("term_id", models.PositiveBigIntegerField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="WantedTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=400, unique=True)),
                ("text", models.CharField(max_length=200)),
                ("count", models.PositiveIntegerField(default=0)),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("dismissed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-count", "-last_on", "key"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="WordSlip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slip", models.CharField(max_length=64)),
                ("word", models.CharField(max_length=64)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="indexentry",
            name="is_deprecated",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="indexentry",
            name="turned",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="facts",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="short",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="term",
            name="document",
            field=terms.models.JSONTextField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="indexentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("turned", 0), ("is_hidden", True), _connector="OR"),
                name="turned_lines_are_not_listed",
            ),
        ),
        migrations.AddField(
            model_name="wantedterm",
            name="dismissed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="wordslip",
            constraint=models.UniqueConstraint(fields=("slip", "word"), name="slip_once_per_word"),
        ),
        migrations.AddIndex(
            model_name="wantedterm",
            index=models.Index(
                condition=models.Q(("dismissed_at__isnull", True)),
                fields=["-count", "-last_on"],
                name="wanted_most",
            ),
        ),
    ]
