"""Say how a draft of what is wanted would be addressed: keys of drafts follow the language by now."""

from django.db import migrations

from terms import text


def fill(apps, schema_editor):
    wanted = apps.get_model("terms", "WantedTerm").objects
    rows = list(wanted.only("text"))
    for row in rows:
        row.slug = text.slug_for(row.text)
    wanted.bulk_update(rows, ["slug"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("terms", "0016_order_by_language")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
