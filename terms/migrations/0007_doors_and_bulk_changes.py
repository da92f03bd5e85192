"""The door of each line of the log, a note on bulk changes, the right to invite, terms by review date."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("terms", "0006_unsent_texts_and_presence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='term',
            options={'default_permissions': ('view',), 'ordering': ['sort_key', 'qualifier_key', 'pk'], 'permissions': [('view_drafts', 'Can see drafts, proposals and their history'), ('propose_term', 'Can propose new terms and changes'), ('edit_term', 'Can create and import drafts and correct the proposals of others'), ('review_term', 'Can approve and reject proposals, deprecate and reinstate terms'), ('curate_term', 'Can merge, split, undo, remove and restore terms'), ('invite_people', 'Can invite people and deactivate accounts')]},
        ),
        migrations.AddField(
            model_name='event',
            name='door',
            field=models.CharField(blank=True, choices=[('desk', 'Desk'), ('site', 'Readers’ site'), ('api', 'API'), ('import', 'Import'), ('bulk', 'Bulk change'), ('command', 'Command'), ('schedule', 'Schedule')], max_length=10),
        ),
        migrations.AddField(
            model_name='operation',
            name='note',
            field=models.CharField(blank=True, max_length=2000),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('term.created', 'created'), ('term.published', 'published'), ('term.changed', 'changed'), ('term.deprecated', 'deprecated'), ('term.reinstated', 'reinstated'), ('term.removed', 'removed'), ('term.restored', 'restored'), ('term.discarded', 'discarded'), ('revision.saved', 'draft saved'), ('revision.proposed', 'proposed'), ('revision.suggested', 'suggested by a reader'), ('revision.changes_requested', 'changes requested'), ('revision.resubmitted', 'proposed again with an answer'), ('revision.brought_up_to_date', 'brought up to date'), ('revision.rejected', 'proposal rejected'), ('revision.withdrawn', 'proposal withdrawn'), ('revision.self_reviewed', 'approved by its own author'), ('revision.assigned', 'assigned'), ('revision.commented', 'commented on'), ('revision.advised', 'advice given on'), ('revision.thread_resolved', 'discussion resolved'), ('revision.thread_reopened', 'discussion reopened'), ('review_link.issued', 'review link issued'), ('review_link.revoked', 'review link revoked'), ('term.planned', 'planned for later'), ('term.plan_cancelled', 'plan cancelled'), ('term.plan_failed', 'plan not carried out'), ('import.carried_out', 'file imported'), ('operation.carried_out', 'changed in bulk'), ('operation.undone', 'bulk change undone'), ('tag.described', 'tag described'), ('account.invited', 'invited'), ('account.deactivated', 'account deactivated'), ('account.reactivated', 'account reactivated'), ('account.roles_changed', 'roles changed'), ('account.changed', 'account changed'), ('account.reset_sent', 'password reset sent')], max_length=40),
        ),
        migrations.AddIndex(
            model_name='term',
            index=models.Index(condition=models.Q(('review_by__isnull', False)), fields=['review_by'], name='term_by_review'),
        ),
    ]
