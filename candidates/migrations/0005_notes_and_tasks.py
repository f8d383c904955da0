import django.db.models.deletion
import pgtrigger.compiler
import privacy.guards
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0003_searchdocument'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by'),
        ),
        migrations.AlterField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[('answer_yes', 'said yes: introduce'), ('talk_first', 'wants to talk first: call'), ('withdrawn', 'withdrew: tell the client'), ('not_reached', 'the message did not arrive: choose another way'), ('follow_up', 'follow up'), ('reply', 'answered by mail: read it'), ('not_me', "the address was somebody else's"), ('applied', 'applied for this vacancy: look at it'), ('todo', 'to do')], max_length=20, verbose_name='what'),
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField(verbose_name='note')),
                ('former', models.TextField(blank=True, verbose_name='words before the last change')),
                ('may_read', models.BooleanField(default=False, verbose_name='the person may read this')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
                ('edited_at', models.DateTimeField(blank=True, null=True, verbose_name='changed')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('candidacy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='candidates.candidacy', verbose_name='candidacy')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='candidates.candidate', verbose_name='candidate')),
            ],
            options={
                'verbose_name': 'note',
                'verbose_name_plural': 'notes',
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='for')),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='candidates.note', verbose_name='note')),
            ],
            options={
                'verbose_name': 'mention',
                'verbose_name_plural': 'mentions',
            },
        ),
        migrations.CreateModel(
            name='TaskFeed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='task_feeds', to=settings.AUTH_USER_MODEL, verbose_name='of')),
            ],
            options={
                'verbose_name': 'calendar of tasks',
                'verbose_name_plural': 'calendars of tasks',
            },
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(fields=['candidate', '-at'], name='note_newest'),
        ),
        privacy.guards.AddGuard(
            model_name='note',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.text IS DISTINCT FROM OLD.text) AND public.watson_identity_number(NEW.text::text) OR (TG_OP = 'INSERT' OR NEW.former IS DISTINCT FROM OLD.former) AND public.watson_identity_number(NEW.former::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='1702b3bf530a918216dc330999fa683ec76d306d', operation='INSERT OR UPDATE OF "text", "former"', pgid='pgtrigger_i9_words_2a5b7', table='candidates_note', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='note',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.candidate_id, OLD.candidacy_id, OLD.author_id, OLD.at) IS DISTINCT FROM ROW(NEW.id, NEW.candidate_id, NEW.candidacy_id, NEW.author_id, NEW.at) THEN\n                RAISE EXCEPTION 'fixed: id, candidate_id, candidacy_id, author_id, at' USING ERRCODE = '23514', CONSTRAINT = 'note_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='00fe6c90855acc838aa9157a1bb5919b1532a94d', operation='UPDATE', pgid='pgtrigger_fixed_06311', table='candidates_note', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='mention_unread'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(fields=('note', 'user'), name='mention_once'),
        ),
        migrations.AddConstraint(
            model_name='taskfeed',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('user',), name='task_feed_one_alive'),
        ),
    ]
