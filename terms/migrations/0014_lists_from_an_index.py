"""Lists of public terms are counted and paged in an index that has all that they are ordered by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("terms", "0013_documents_as_text"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="term",
            name="term_by_name",
        ),
        migrations.RemoveIndex(
            model_name="term",
            name="term_by_letter",
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
