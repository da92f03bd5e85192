"""What is typed and not sent, and who else is at it."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("terms", "0005_notifications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-seen_at'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='UnsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sheet', models.CharField(max_length=40)),
                ('based_on', models.PositiveIntegerField(blank=True, null=True)),
                ('typed', models.TextField()),
                ('kept_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-kept_at'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='presence',
            name='term',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='present', to='terms.term'),
        ),
        migrations.AddField(
            model_name='presence',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='unsenttext',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unsent_texts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='unsenttext',
            name='term',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='terms.term'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.UniqueConstraint(fields=('user', 'term'), name='present_once_per_term'),
        ),
        migrations.AddConstraint(
            model_name='unsenttext',
            constraint=models.UniqueConstraint(fields=('by', 'sheet'), name='one_unsent_text_per_sheet'),
        ),
    ]
