"""Who takes care of a text until when, and decisions for later."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("terms", "0003_discussion"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlannedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('publish', 'Publish'), ('deprecate', 'Deprecate')], max_length=12)),
                ('due_at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('successors', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('done', 'Carried out'), ('failed', 'Not carried out'), ('cancelled', 'Cancelled')], default='pending', max_length=10)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['due_at', 'pk'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='revision',
            name='assignee',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='revision',
            name='due_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='plannedchange',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='planned_changes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plannedchange',
            name='revision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='planned_changes', to='terms.revision'),
        ),
        migrations.AddField(
            model_name='plannedchange',
            name='term',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='planned_changes', to='terms.term'),
        ),
        migrations.AddIndex(
            model_name='plannedchange',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['due_at'], name='plan_due'),
        ),
        migrations.AddConstraint(
            model_name='plannedchange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('term', 'action'), name='one_pending_plan_per_action'),
        ),
        migrations.AddConstraint(
            model_name='plannedchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='plan_is_settled_at_some_time'),
        ),
        migrations.AddConstraint(
            model_name='plannedchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action', 'publish'), ('revision__isnull', False)), models.Q(('action', 'deprecate'), ('revision__isnull', True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='plan_has_what_it_needs'),
        ),
    ]
