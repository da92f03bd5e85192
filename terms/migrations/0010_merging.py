"""Terms are merged, split and judged to be different: what is kept of it, and the rights to do it.

A new glossary gets the rights with its roles, from fixtures/groups.json.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


ROLE = "Chief editors"
RIGHTS = {
    "merge_term": "Can merge and split terms",
    "undo_merge": "Can undo merges and splits",
}


def give_the_rights(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.filter(name=ROLE).first()
    if group is None:
        return
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="terms", model="term"
    )
    for codename, name in RIGHTS.items():
        # Django makes the rights of a model after the last migration, which is too late here.
        right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        group.permissions.add(right)


def take_them_back(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.filter(name=ROLE).first()
    if group is not None:
        rights = group.permissions.filter(content_type__app_label="terms", codename__in=RIGHTS)
        group.permissions.remove(*rights)


class Migration(migrations.Migration):

    dependencies = [
        ('terms', '0009_imports_in_rows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('digest', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('body', models.JSONField(null=True)),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='MergeProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('merge', 'Merge'), ('split', 'Split')], max_length=12)),
                ('wish', models.JSONField()),
                ('token', models.CharField(max_length=100)),
                ('comment', models.CharField(blank=True, max_length=2000)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('approved', 'Carried out'), ('rejected', 'Rejected'), ('withdrawn', 'Withdrawn')], default='proposed', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Split',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_undone', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='term',
            options={'default_permissions': ('view',), 'ordering': ['sort_key', 'qualifier_key', 'pk'], 'permissions': [('view_drafts', 'Can see drafts, proposals and their history'), ('propose_term', 'Can propose new terms and changes'), ('edit_term', 'Can create and import drafts and correct the proposals of others'), ('review_term', 'Can approve and reject proposals, deprecate and reinstate terms'), ('curate_term', 'Can remove and restore terms'), ('merge_term', 'Can merge and split terms'), ('undo_merge', 'Can undo merges and splits'), ('invite_people', 'Can invite people and deactivate accounts'), ('publish_import', 'Can publish what an import brings without a second reader')]},
        ),
        migrations.RemoveConstraint(
            model_name='revision',
            name='revision_state_is_known',
        ),
        migrations.AddField(
            model_name='duplicatepair',
            name='found_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name='duplicatepair',
            name='suggestion',
            field=models.CharField(choices=[('merge', 'Merge'), ('relate', 'Relate')], default='merge', max_length=10),
        ),
        migrations.AddField(
            model_name='formerslug',
            name='choices',
            field=models.ManyToManyField(blank=True, related_name='shared_former_slugs', to='terms.term'),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('term.created', 'created'), ('term.published', 'published'), ('term.changed', 'changed'), ('term.deprecated', 'deprecated'), ('term.reinstated', 'reinstated'), ('term.removed', 'removed'), ('term.restored', 'restored'), ('term.discarded', 'discarded'), ('term.merged', 'merged'), ('term.merge_undone', 'merge undone'), ('term.split', 'split'), ('term.split_undone', 'split undone'), ('term.repointed', 'relations moved with a merge'), ('revision.saved', 'draft saved'), ('revision.proposed', 'proposed'), ('revision.suggested', 'suggested by a reader'), ('revision.changes_requested', 'changes requested'), ('revision.resubmitted', 'proposed again with an answer'), ('revision.brought_up_to_date', 'brought up to date'), ('revision.rejected', 'proposal rejected'), ('revision.withdrawn', 'proposal withdrawn'), ('revision.closed', 'proposal closed by a merge'), ('revision.revived', 'proposal open again after a merge was undone'), ('revision.self_reviewed', 'approved by its own author'), ('revision.assigned', 'assigned'), ('revision.commented', 'commented on'), ('revision.advised', 'advice given on'), ('revision.thread_resolved', 'discussion resolved'), ('revision.thread_reopened', 'discussion reopened'), ('review_link.issued', 'review link issued'), ('review_link.revoked', 'review link revoked'), ('term.planned', 'planned for later'), ('term.plan_cancelled', 'plan cancelled'), ('term.plan_failed', 'plan not carried out'), ('import.carried_out', 'file imported'), ('import.cancelled', 'import cancelled'), ('import.undone', 'import undone'), ('merge.proposed', 'merge or split proposed'), ('merge.rejected', 'merge or split rejected'), ('merge.withdrawn', 'proposed merge or split withdrawn'), ('pair.judged', 'look-alikes judged'), ('operation.carried_out', 'changed in bulk'), ('operation.undone', 'bulk change undone'), ('tag.described', 'tag described'), ('account.invited', 'invited'), ('account.deactivated', 'account deactivated'), ('account.reactivated', 'account reactivated'), ('account.roles_changed', 'roles changed'), ('account.changed', 'account changed'), ('account.reset_sent', 'password reset sent')], max_length=40),
        ),
        migrations.AlterField(
            model_name='revision',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('proposed', 'Proposed'), ('changes_requested', 'Changes requested'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('withdrawn', 'Withdrawn'), ('superseded', 'Superseded'), ('closed', 'Closed by a merge')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='duplicatepair',
            index=models.Index(fields=['verdict', 'suggestion', '-score', 'id'], name='pair_to_judge'),
        ),
        migrations.AddConstraint(
            model_name='duplicatepair',
            constraint=models.CheckConstraint(condition=models.Q(('score__gte', 0), ('score__lte', 1)), name='score_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'proposed', 'changes_requested', 'approved', 'rejected', 'withdrawn', 'superseded', 'closed'])), name='revision_state_is_known'),
        ),
        migrations.AddField(
            model_name='keptanswer',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mergeproposal',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merge_proposals', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mergeproposal',
            name='operation',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='terms.operation'),
        ),
        migrations.AddField(
            model_name='mergeproposal',
            name='reviewer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decided_merges', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mergeproposal',
            name='terms',
            field=models.ManyToManyField(related_name='merge_proposals', to='terms.term'),
        ),
        migrations.AddField(
            model_name='split',
            name='operation',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='split', to='terms.operation'),
        ),
        migrations.AddField(
            model_name='split',
            name='origin',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='splits_as_origin', to='terms.term'),
        ),
        migrations.AddField(
            model_name='split',
            name='part',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='split_as_part', to='terms.term'),
        ),
        migrations.AddConstraint(
            model_name='keptanswer',
            constraint=models.UniqueConstraint(fields=('by', 'key'), name='one_answer_per_key'),
        ),
        migrations.AddConstraint(
            model_name='mergeproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('operation__isnull', False), ('state', 'approved')), models.Q(models.Q(('state', 'approved'), _negated=True), ('operation__isnull', True)), _connector='OR'), name='agreed_exactly_with_an_operation'),
        ),
        migrations.AddConstraint(
            model_name='mergeproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('reviewer__isnull', False), ('state__in', ['approved', 'rejected'])), models.Q(('state__in', ['proposed', 'withdrawn']), ('reviewer__isnull', True)), _connector='OR'), name='merge_decided_exactly_with_a_reviewer'),
        ),
        migrations.AddConstraint(
            model_name='mergeproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'rejected'), _negated=True), models.Q(('decision_reason', ''), _negated=True), _connector='OR'), name='merge_rejected_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='split',
            constraint=models.CheckConstraint(condition=models.Q(('origin', models.F('part')), _negated=True), name='never_a_part_of_itself'),
        ),
        migrations.RunPython(give_the_rights, take_them_back),
    ]
