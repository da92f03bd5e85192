"""What is listed, counted, paged and suggested is read from an index that has all of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("terms", "0013_documents_as_text"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="indexentry",
            name="index_by_key",
        ),
        migrations.RemoveIndex(
            model_name="term",
            name="term_by_name",
        ),
        migrations.RemoveIndex(
            model_name="term",
            name="term_by_letter",
        ),
        migrations.AddIndex(
            model_name="indexentry",
            index=models.Index(
                fields=["key", "text", "id", "term", "is_alias", "is_hidden", "is_deprecated"],
                name="index_by_key",
            ),
        ),
        migrations.AddIndex(
            model_name="term",
            index=models.Index(fields=["sort_key", "qualifier_key", "id", "status"], name="term_by_name"),
        ),
        migrations.AddIndex(
            model_name="term",
            index=models.Index(
                fields=["letter", "sort_key", "qualifier_key", "id", "status"], name="term_by_letter"
            ),
        ),
    ]
