"""Remarks in threads, suggestions of readers, review by link."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("terms", "0002_byte_order_on_postgresql"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReviewLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expert', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sender_name', models.CharField(blank=True, max_length=100)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('sender_digest', models.CharField(blank=True, db_index=True, max_length=64)),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-sent_at', '-pk'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='comment',
            name='advice',
            field=models.CharField(blank=True, choices=[('', 'No advice'), ('approve', 'Approve'), ('refuse', 'Refuse')], default='', max_length=10),
        ),
        migrations.AddField(
            model_name='comment',
            name='asks_for_changes',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='comment',
            name='author_name',
            field=models.CharField(default='', max_length=150),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='comment',
            name='resolved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resolved_comments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='comment',
            name='thread',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='terms.comment'),
        ),
        migrations.AlterField(
            model_name='comment',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewlink',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='review_links', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewlink',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='review_links', to='terms.revision'),
        ),
        migrations.AddField(
            model_name='comment',
            name='review_link',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='terms.reviewlink'),
        ),
        migrations.AddField(
            model_name='suggestion',
            name='revision',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='suggestion', to='terms.revision'),
        ),
        migrations.AddField(
            model_name='comment',
            name='suggestion',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='terms.suggestion'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('author__isnull', False), ('review_link__isnull', True), ('suggestion__isnull', True)), models.Q(('author__isnull', True), ('review_link__isnull', False), ('suggestion__isnull', True)), models.Q(('author__isnull', True), ('review_link__isnull', True), ('suggestion__isnull', False)), _connector='OR'), name='comment_is_said_by_one'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('advice', ''), ('review_link__isnull', False), _connector='OR'), name='advice_comes_by_link'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', True), ('resolved_by__isnull', True)), models.Q(('resolved_at__isnull', False), ('resolved_by__isnull', False), ('thread__isnull', True)), _connector='OR'), name='only_whole_threads_are_resolved'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('advice', ''), _negated=True), _connector='OR'), name='comment_says_something'),
        ),
        migrations.AddConstraint(
            model_name='reviewlink',
            constraint=models.CheckConstraint(condition=models.Q(('expert', ''), _negated=True), name='review_link_is_for_somebody'),
        ),
        migrations.AddConstraint(
            model_name='reviewlink',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='review_link_expires_later'),
        ),
    ]
