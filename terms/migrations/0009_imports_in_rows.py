"""An import is kept row by row: what it will do, and what became of it. The right to publish one.

A new glossary gets the right with its roles, from fixtures/groups.json.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ROLE = "Chief editors"
RIGHT = {"codename": "publish_import"}
NAME = "Can publish what an import brings without a second reader"


def give_the_right(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.filter(name=ROLE).first()
    if group is None:
        return
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="terms", model="term"
    )
    # Django makes the rights of a model after the last migration, which is too late here.
    right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, **RIGHT, defaults={"name": NAME}
    )
    group.permissions.add(right)


def take_it_back(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.filter(name=ROLE).first()
    if group is not None:
        rights = group.permissions.filter(content_type__app_label="terms", **RIGHT)
        group.permissions.remove(*rights)


class Migration(migrations.Migration):

    dependencies = [
        ('terms', '0008_chief_editors_invite'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('line', models.PositiveIntegerField()),
                ('path', models.CharField(blank=True, max_length=500)),
                ('record', models.JSONField()),
                ('corrections', models.JSONField(default=dict)),
                ('action', models.CharField(choices=[('create', 'New term'), ('update', 'Change'), ('unchanged', 'Unchanged'), ('conflict', 'Conflict'), ('invalid', 'Cannot be used')], max_length=10)),
                ('because', models.TextField(blank=True)),
                ('flags', models.JSONField(default=list)),
                ('changed', models.JSONField(default=list)),
                ('look_alikes', models.JSONField(default=list)),
                ('base', models.PositiveIntegerField(blank=True, null=True)),
                ('public_id', models.CharField(blank=True, max_length=20)),
                ('is_left_out', models.BooleanField(default=False)),
                ('outcome', models.CharField(blank=True, choices=[('', 'Nothing yet'), ('created', 'New draft'), ('saved', 'Draft changed'), ('proposed', 'Change proposed'), ('published', 'Published'), ('failed', 'Failed'), ('undone', 'Undone')], default='', max_length=10)),
                ('message', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['position'],
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='term',
            options={'default_permissions': ('view',), 'ordering': ['sort_key', 'qualifier_key', 'pk'], 'permissions': [('view_drafts', 'Can see drafts, proposals and their history'), ('propose_term', 'Can propose new terms and changes'), ('edit_term', 'Can create and import drafts and correct the proposals of others'), ('review_term', 'Can approve and reject proposals, deprecate and reinstate terms'), ('curate_term', 'Can merge, split, undo, remove and restore terms'), ('invite_people', 'Can invite people and deactivate accounts'), ('publish_import', 'Can publish what an import brings without a second reader')]},
        ),
        migrations.AddField(
            model_name='importbatch',
            name='done',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='edition',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='finished_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='heartbeat_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='message',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='operation',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='import_batch', to='terms.operation'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='outcomes',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='planned_at_event',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='problems',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='source',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='started_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='state',
            field=models.CharField(choices=[('prepared', 'Prepared'), ('running', 'Running'), ('finished', 'Finished'), ('cancelled', 'Cancelled'), ('failed', 'Refused as a whole'), ('undone', 'Undone')], default='finished', max_length=10),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='total',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='importedrecord',
            name='further',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='importedrecord',
            name='path',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='importedrecord',
            name='unresolved',
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('term.created', 'created'), ('term.published', 'published'), ('term.changed', 'changed'), ('term.deprecated', 'deprecated'), ('term.reinstated', 'reinstated'), ('term.removed', 'removed'), ('term.restored', 'restored'), ('term.discarded', 'discarded'), ('revision.saved', 'draft saved'), ('revision.proposed', 'proposed'), ('revision.suggested', 'suggested by a reader'), ('revision.changes_requested', 'changes requested'), ('revision.resubmitted', 'proposed again with an answer'), ('revision.brought_up_to_date', 'brought up to date'), ('revision.rejected', 'proposal rejected'), ('revision.withdrawn', 'proposal withdrawn'), ('revision.self_reviewed', 'approved by its own author'), ('revision.assigned', 'assigned'), ('revision.commented', 'commented on'), ('revision.advised', 'advice given on'), ('revision.thread_resolved', 'discussion resolved'), ('revision.thread_reopened', 'discussion reopened'), ('review_link.issued', 'review link issued'), ('review_link.revoked', 'review link revoked'), ('term.planned', 'planned for later'), ('term.plan_cancelled', 'plan cancelled'), ('term.plan_failed', 'plan not carried out'), ('import.carried_out', 'file imported'), ('import.cancelled', 'import cancelled'), ('import.undone', 'import undone'), ('operation.carried_out', 'changed in bulk'), ('operation.undone', 'bulk change undone'), ('tag.described', 'tag described'), ('account.invited', 'invited'), ('account.deactivated', 'account deactivated'), ('account.reactivated', 'account reactivated'), ('account.roles_changed', 'roles changed'), ('account.changed', 'account changed'), ('account.reset_sent', 'password reset sent')], max_length=40),
        ),
        migrations.AlterField(
            model_name='importbatch',
            name='format',
            field=models.CharField(max_length=200),
        ),
        migrations.AddIndex(
            model_name='importbatch',
            index=models.Index(condition=models.Q(('state', 'prepared')), fields=['at'], name='import_prepared'),
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['prepared', 'running', 'finished', 'cancelled', 'failed', 'undone'])), name='import_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'running'), _negated=True), models.Q(('heartbeat_at__isnull', False), ('started_at__isnull', False)), _connector='OR'), name='running_import_has_a_heartbeat'),
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'undone'), _negated=True), ('operation__isnull', False), _connector='OR'), name='undone_import_was_one'),
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='import_does_what_it_has'),
        ),
        migrations.AddField(
            model_name='importrow',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='terms.importbatch'),
        ),
        migrations.AddField(
            model_name='importrow',
            name='revision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='import_rows', to='terms.revision'),
        ),
        migrations.AddField(
            model_name='importrow',
            name='term',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='import_rows', to='terms.term'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(fields=['batch', 'action', 'position'], name='import_row_by_action'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('batch', 'position'), name='import_row_has_its_place'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['create', 'update', 'unchanged', 'conflict', 'invalid'])), name='import_action_is_known'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome__in', ['created', 'saved', 'proposed', 'published', 'undone']), ('revision__isnull', False), ('term__isnull', False)), models.Q(('outcome__in', ['', 'failed']), ('revision__isnull', True)), _connector='OR'), name='import_outcome_is_a_revision'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'failed'), _negated=True), models.Q(('message', ''), _negated=True), _connector='OR'), name='import_row_fails_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(('is_left_out', False), ('outcome', ''), _connector='OR'), name='nothing_comes_of_what_is_left_out'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['create', 'update']), ('outcome', ''), _connector='OR'), name='something_comes_of_what_is_to_do'),
        ),
        migrations.RunPython(give_the_right, take_it_back),
    ]
