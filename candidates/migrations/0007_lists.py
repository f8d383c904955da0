import django.db.models.deletion
import pgtrigger.compiler
import privacy.guards
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0006_search'),
        ('privacy', '0005_identity_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListExport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('reason', models.TextField(verbose_name='what for')),
                ('with_contacts', models.BooleanField(default=False, verbose_name='with contact points')),
                ('rows', models.PositiveIntegerField(verbose_name='people')),
                ('until', models.DateField(verbose_name='to be deleted by')),
                ('deleted_at', models.DateTimeField(blank=True, null=True, verbose_name='deleted')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'exported list',
                'verbose_name_plural': 'exported lists',
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='ListExportPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('export', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='candidates.listexport', verbose_name='exported list')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.subject', verbose_name='data subject')),
            ],
            options={
                'verbose_name': 'person in an exported list',
                'verbose_name_plural': 'people in exported lists',
            },
        ),
        migrations.AddIndex(
            model_name='listexport',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['made_by', 'until'], name='list_export_open'),
        ),
        privacy.guards.AddGuard(
            model_name='listexport',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.reason IS DISTINCT FROM OLD.reason) AND public.watson_identity_number(NEW.reason::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='8cb0aa03c527ef8de257d1694f208bcf774335fa', operation='INSERT OR UPDATE OF "reason"', pgid='pgtrigger_i9_words_acf90', table='candidates_listexport', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='listexportperson',
            constraint=models.UniqueConstraint(fields=('export', 'subject'), name='list_export_person_once'),
        ),
    ]
