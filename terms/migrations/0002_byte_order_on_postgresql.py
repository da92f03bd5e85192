"""Compare keys by their bytes on PostgreSQL, as SQLite does.

With the collation "C" both databases sort names alike, and a prefix is a range that an ordinary
b-tree answers.
"""

from django.db import migrations

KEYS = [
    ("terms_term", "name_key", 400),
    ("terms_term", "name_slug", 200),
    ("terms_term", "qualifier_key", 200),
    ("terms_term", "sort_key", 400),
    ("terms_term", "letter", 20),
    ("terms_alias", "name_key", 400),
    ("terms_indexentry", "key", 400),
    ("terms_indexentry", "letter", 20),
    ("terms_indexentry", "text", 310),
]


def _set_collation(schema_editor, collation):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, column, length in KEYS:
        schema_editor.execute(
            f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE varchar({length}) COLLATE {collation}'
        )


def to_bytes(apps, schema_editor):
    _set_collation(schema_editor, '"C"')


def to_default(apps, schema_editor):
    _set_collation(schema_editor, '"default"')


class Migration(migrations.Migration):
    dependencies = [("terms", "0001_tables")]
    operations = [migrations.RunPython(to_bytes, to_default)]
