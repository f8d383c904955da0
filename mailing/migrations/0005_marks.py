import django.db.models.deletion
import pgtrigger.compiler
import privacy.guards
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailing', '0004_runner_up'),
        ('privacy', '0005_identity_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageMark',
            fields=[
                ('message', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='mark', serialize=False, to='mailing.message', verbose_name='message')),
                ('state', models.CharField(choices=[('draft', 'to copy'), ('queued', 'waiting to be sent'), ('claimed', 'being sent'), ('accepted', 'sent'), ('delivered', 'delivered'), ('bounced', 'bounced'), ('failed', 'failed'), ('aborted', 'not sent'), ('needs_person', 'needs a person')], max_length=15, verbose_name='state')),
                ('created_at', models.DateTimeField(verbose_name='made')),
                ('not_before', models.DateTimeField(verbose_name='not before')),
                ('claimed_at', models.DateTimeField(blank=True, null=True, verbose_name='claimed')),
                ('handled_at', models.DateTimeField(blank=True, null=True, verbose_name='dealt with')),
            ],
            options={
                'verbose_name': 'mark of a message',
                'verbose_name_plural': 'marks of messages',
            },
        ),
        migrations.CreateModel(
            name='ProviderMail',
            fields=[
                ('provider_message_id', models.CharField(max_length=80, primary_key=True, serialize=False, verbose_name="provider's message id")),
            ],
            options={
                'verbose_name': "provider's id of a mail",
                'verbose_name_plural': "provider's ids of mails",
            },
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_due',
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_claimed',
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_under_way',
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_rare_state',
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_health',
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_provider',
        ),
        migrations.RemoveIndex(
            model_name='message',
            name='message_troubled',
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('accepted_at__isnull', False), ('channel', 'email'), models.Q(('kind', 'account'), _negated=True)), fields=['accepted_at'], name='message_sent'),
        ),
        migrations.AddField(
            model_name='providermail',
            name='message',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='mailing.message', verbose_name='message'),
        ),
        # Before the guards, which would look each of them up.
        migrations.RunSQL(
            """
            INSERT INTO mailing_messagemark (message_id, state, created_at, not_before, claimed_at, handled_at)
            SELECT id, state, created_at, not_before, claimed_at, handled_at
            FROM mailing_message WHERE state NOT IN ('accepted', 'delivered');
            INSERT INTO mailing_providermail (provider_message_id, message_id)
            SELECT provider_message_id, id FROM mailing_message WHERE provider_message_id <> ''
            ON CONFLICT DO NOTHING;
            """,
            migrations.RunSQL.noop,
        ),
        privacy.guards.AddGuard(
            model_name='message',
            trigger=pgtrigger.compiler.Trigger(name='mark_new', sql=privacy.guards.GuardSql(condition="WHEN (NEW.state NOT IN ('accepted', 'delivered'))", declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n        IF NEW.state IN ('accepted', 'delivered') THEN\n            DELETE FROM public.mailing_messagemark WHERE message_id = NEW.id;\n        ELSE\n            INSERT INTO public.mailing_messagemark (message_id, state, created_at, not_before, claimed_at, handled_at) VALUES (NEW.id, NEW.state, NEW.created_at, NEW.not_before, NEW.claimed_at, NEW.handled_at)\n            ON CONFLICT (message_id) DO UPDATE SET (state, created_at, not_before, claimed_at, handled_at) = ROW(EXCLUDED.state, EXCLUDED.created_at, EXCLUDED.not_before, EXCLUDED.claimed_at, EXCLUDED.handled_at);\n        END IF;\n        RETURN NULL;\n    ", hash='9bd3a772f4510491d916ad5bee19e9b0908b789d', operation='INSERT', pgid='pgtrigger_mark_new_01865', table='mailing_message', when='AFTER')),
        ),
        privacy.guards.AddGuard(
            model_name='message',
            trigger=pgtrigger.compiler.Trigger(name='mark', sql=privacy.guards.GuardSql(condition="WHEN (NOT (OLD.state IN ('accepted', 'delivered') AND NEW.state IN ('accepted', 'delivered')) AND ROW(OLD.state, OLD.created_at, OLD.not_before, OLD.claimed_at, OLD.handled_at) IS DISTINCT FROM ROW(NEW.state, NEW.created_at, NEW.not_before, NEW.claimed_at, NEW.handled_at))", declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n        IF NEW.state IN ('accepted', 'delivered') THEN\n            DELETE FROM public.mailing_messagemark WHERE message_id = NEW.id;\n        ELSE\n            INSERT INTO public.mailing_messagemark (message_id, state, created_at, not_before, claimed_at, handled_at) VALUES (NEW.id, NEW.state, NEW.created_at, NEW.not_before, NEW.claimed_at, NEW.handled_at)\n            ON CONFLICT (message_id) DO UPDATE SET (state, created_at, not_before, claimed_at, handled_at) = ROW(EXCLUDED.state, EXCLUDED.created_at, EXCLUDED.not_before, EXCLUDED.claimed_at, EXCLUDED.handled_at);\n        END IF;\n        RETURN NULL;\n    ", hash='13fcb636b2f76eb19b7cca2c4c6d89465ab6f1ff', operation='UPDATE', pgid='pgtrigger_mark_986eb', table='mailing_message', when='AFTER')),
        ),
        privacy.guards.AddGuard(
            model_name='message',
            trigger=pgtrigger.compiler.Trigger(name='mark_gone', sql=privacy.guards.GuardSql(condition="WHEN (OLD.state NOT IN ('accepted', 'delivered'))", declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='DELETE FROM public.mailing_messagemark WHERE message_id = OLD.id; RETURN NULL;', hash='6a245c5656106433ed533338de1f2db52981affd', operation='DELETE', pgid='pgtrigger_mark_gone_acb38', table='mailing_message', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='messagemark',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['not_before', 'message'], name='mark_due'),
        ),
        migrations.AddIndex(
            model_name='messagemark',
            index=models.Index(condition=models.Q(('state', 'claimed')), fields=['claimed_at'], name='mark_claimed'),
        ),
        migrations.AddIndex(
            model_name='messagemark',
            index=models.Index(fields=['state', 'created_at'], name='mark_state'),
        ),
        migrations.AddIndex(
            model_name='messagemark',
            index=models.Index(condition=models.Q(('handled_at', None), ('state__in', ['bounced', 'failed', 'aborted', 'needs_person'])), fields=['created_at', 'message'], name='mark_troubled'),
        ),
        privacy.guards.AddGuard(
            model_name='messagemark',
            trigger=pgtrigger.compiler.Trigger(name='follows', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP <> 'DELETE' AND NOT EXISTS (\n                        SELECT 1 FROM public.mailing_message m\n                        WHERE m.id = NEW.message_id AND m.state NOT IN ('accepted', 'delivered')\n                          AND ROW(m.state, m.created_at, m.not_before, m.claimed_at, m.handled_at)\n                              IS NOT DISTINCT FROM ROW(NEW.state, NEW.created_at, NEW.not_before, NEW.claimed_at, NEW.handled_at)) THEN\n                        RAISE EXCEPTION 'the message says otherwise' USING ERRCODE = '23514', CONSTRAINT = 'mark_follows';\n                    END IF;\n                    IF TG_OP = 'INSERT' THEN RETURN NEW; END IF;\n                    IF (TG_OP = 'DELETE' OR NEW.message_id <> OLD.message_id) AND EXISTS (\n                        SELECT 1 FROM public.mailing_message m\n                        WHERE m.id = OLD.message_id AND m.state NOT IN ('accepted', 'delivered')) THEN\n                        RAISE EXCEPTION 'the message would be lost from sight' USING ERRCODE = '23514', CONSTRAINT = 'mark_follows';\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ", hash='4477c8736cfeed16ee6de53d486259e7feee653b', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_follows_d19b9', table='mailing_messagemark', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='messagemark',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'mark_follows';", hash='43798d3218e3b470b7f6c86500930e19bd9709d1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_bd57f', table='mailing_messagemark', when='BEFORE')),
        ),
    ]
