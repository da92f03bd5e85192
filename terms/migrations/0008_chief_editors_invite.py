"""Give the right to invite people to the chief editors of a glossary that is already in use.

A new one gets it with its roles, from fixtures/groups.json.
"""

from django.db import migrations

ROLE = "Chief editors"
RIGHT = {"codename": "invite_people"}


def give_the_right(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.filter(name=ROLE).first()
    if group is None:
        return
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="terms", model="term"
    )
    # Django makes the rights of a model after the last migration, which is too late here.
    right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, **RIGHT, defaults={"name": "Can invite people and deactivate accounts"}
    )
    group.permissions.add(right)


def take_it_back(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.filter(name=ROLE).first()
    if group is not None:
        rights = group.permissions.filter(content_type__app_label="terms", **RIGHT)
        group.permissions.remove(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("terms", "0007_doors_and_bulk_changes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give_the_right, take_it_back)]
