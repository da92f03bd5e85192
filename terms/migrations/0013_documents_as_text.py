"""Write the documents as they are sent: without blanks, and the two addresses at the end.

As jsonb PostgreSQL had put the keys into an order of its own.
"""

from django.db import migrations

_CHUNK = 500
_LAST = ("url", "api_url")


def as_sent(apps, schema_editor):
    terms = apps.get_model("terms", "Term").objects.filter(document__isnull=False).order_by("pk")
    last = 0
    while rows := list(terms.filter(pk__gt=last).only("document")[:_CHUNK]):
        for term in rows:
            addresses = {key: term.document.pop(key) for key in _LAST if key in term.document}
            term.document |= addresses
        terms.bulk_update(rows, ["document"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("terms", "0012_found_in_a_second")]
    operations = [migrations.RunPython(as_sent, migrations.RunPython.noop)]
