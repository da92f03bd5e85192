"""Names are listed in the order of the language, and lines of the index say theirs.

What readers are shown stays in the order that it had until the index is rebuilt, which follows in steps:
its form has another number.
"""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Left


def _set_collation(schema_editor, collation):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(
        f"ALTER TABLE terms_indexentry ALTER COLUMN sort_key TYPE varchar(300) COLLATE {collation}"
    )


def to_bytes(apps, schema_editor):
    _set_collation(schema_editor, '"C"')


def to_default(apps, schema_editor):
    _set_collation(schema_editor, '"default"')


def as_before(apps, schema_editor):
    listed = apps.get_model("terms", "IndexEntry").objects.filter(is_hidden=False)
    listed.update(sort_key=Left("key", 300))


class Migration(migrations.Migration):
    dependencies = [("terms", "0015_slips_by_bytes")]

    operations = [
        migrations.AlterModelOptions(
            name="indexentry",
            options={
                "default_permissions": (),
                "ordering": ["sort_key", "text", "pk"],
                "verbose_name_plural": "index entries",
            },
        ),
        migrations.RemoveIndex(model_name="indexentry", name="index_by_key"),
        migrations.RemoveIndex(model_name="indexentry", name="shown_by_key"),
        migrations.RemoveIndex(model_name="indexentry", name="shown_by_letter"),
        migrations.AddField(
            model_name="indexentry",
            name="language",
            field=models.CharField(blank=True, default="", max_length=35),
        ),
        migrations.AddField(
            model_name="indexentry",
            name="sort_key",
            field=models.CharField(default="", max_length=300),
        ),
        migrations.RunPython(to_bytes, to_default),
        migrations.RunPython(as_before, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="indexentry",
            index=models.Index(
                fields=["key", "text", "id", "term", "language", "is_alias", "is_hidden", "is_deprecated"],
                name="index_by_key",
            ),
        ),
        migrations.AddIndex(
            model_name="indexentry",
            index=models.Index(
                fields=["sort_key", "text", "id"], name="shown_in_order", condition=Q(is_hidden=False)
            ),
        ),
        migrations.AddIndex(
            model_name="indexentry",
            index=models.Index(
                fields=["letter", "sort_key", "text", "id"],
                name="shown_by_letter",
                condition=Q(is_hidden=False),
            ),
        ),
        migrations.AddField(
            model_name="wantedterm",
            name="slug",
            field=models.CharField(default="", editable=False, max_length=200),
        ),
    ]
