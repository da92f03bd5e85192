"""How far the glossary was looked through for look-alikes, and why a pair is open again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("terms", "0010_merging")]

    operations = [
        migrations.AddField(
            model_name="duplicatepair",
            name="methods",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="reopened",
            field=models.TextField(blank=True),
        ),
        migrations.CreateModel(
            name="ScanState",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("seen_event", models.PositiveBigIntegerField(default=0)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("full_at", models.DateTimeField(blank=True, null=True)),
                ("seconds", models.FloatField(default=0)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("running_since", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="only_one_scan_state")
                ],
            },
        ),
    ]
