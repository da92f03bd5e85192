"""Compare words with slips by their bytes on PostgreSQL, as SQLite does: a beginning is a range of keys."""

from django.db import migrations


def _set_collation(schema_editor, collation):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(f"ALTER TABLE terms_wordslip ALTER COLUMN slip TYPE varchar(64) COLLATE {collation}")


def to_bytes(apps, schema_editor):
    _set_collation(schema_editor, '"C"')


def to_default(apps, schema_editor):
    _set_collation(schema_editor, '"default"')


class Migration(migrations.Migration):
    dependencies = [("terms", "0014_lists_from_an_index")]
    operations = [migrations.RunPython(to_bytes, to_default)]
