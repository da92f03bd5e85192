"""What each person should hear of, and how they want to."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("terms", "0004_assignments_and_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(choices=[('own_decided', 'My proposal is approved or rejected'), ('own_changes', 'Changes are requested in my proposal'), ('discussion', 'Somebody comments on my text or in my discussion'), ('assigned', 'A proposal is assigned to me'), ('waiting', 'A proposal waits for review'), ('plan', 'What I planned was carried out, or could not be')], max_length=20)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('mail', models.CharField(choices=[('none', 'No mail'), ('now', 'At once'), ('digest', 'In the daily digest')], default='none', max_length=10)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='NotificationChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(choices=[('own_decided', 'My proposal is approved or rejected'), ('own_changes', 'Changes are requested in my proposal'), ('discussion', 'Somebody comments on my text or in my discussion'), ('assigned', 'A proposal is assigned to me'), ('waiting', 'A proposal waits for review'), ('plan', 'What I planned was carried out, or could not be')], max_length=20)),
                ('on_site', models.BooleanField(default=True)),
                ('mail', models.CharField(choices=[('none', 'No mail'), ('now', 'At once'), ('digest', 'In the daily digest')], default='digest', max_length=10)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='notification',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='terms.event'),
        ),
        migrations.AddField(
            model_name='notification',
            name='recipient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notificationchoice',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_choices', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['recipient', 'read_at', '-created_at'], name='notification_unread'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('mailed_at__isnull', True)), fields=['mail'], name='notification_to_mail'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('recipient', 'event'), name='told_once_of_an_event'),
        ),
        migrations.AddConstraint(
            model_name='notificationchoice',
            constraint=models.UniqueConstraint(fields=('user', 'topic'), name='one_choice_per_topic'),
        ),
    ]
