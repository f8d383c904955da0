import django.db.models.deletion
import pgtrigger.compiler
import privacy.guards
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0008_runner_up'),
        ('consent', '0004_untold'),
    ]

    operations = [
        migrations.CreateModel(
            name='Untold',
            fields=[
                ('candidacy', models.OneToOneField(on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='untold', serialize=False, to='candidates.candidacy', verbose_name='candidacy')),
            ],
            options={
                'verbose_name': 'person to be told',
                'verbose_name_plural': 'people to be told',
            },
        ),
        migrations.RunSQL(
            """
            INSERT INTO candidates_untold (candidacy_id)
            SELECT y.id FROM candidates_candidacy y WHERE y.ended_at IS NULL
                AND EXISTS (SELECT 1 FROM candidates_source o WHERE o.candidacy_id = y.id)
                AND NOT EXISTS (SELECT 1 FROM candidates_source o
                                WHERE o.candidacy_id = y.id AND o.type = 'application')
                AND NOT EXISTS (SELECT 1 FROM consent_notice n
                                WHERE n.subject_id = y.subject_id AND n.vacancy_id = y.vacancy_id
                                  AND n.undone_at IS NULL);
            """,
            migrations.RunSQL.noop,
        ),
        privacy.guards.AddGuard(
            model_name='candidacy',
            trigger=pgtrigger.compiler.Trigger(name='untold', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'DELETE' OR NEW.ended_at IS NOT NULL THEN\n                        DELETE FROM public.candidates_untold u WHERE u.candidacy_id = COALESCE(NEW.id, OLD.id);\n                    ELSIF TG_OP = 'INSERT' THEN\n                        -- Where they were found may have been written first.\n                        \n        INSERT INTO public.candidates_untold (candidacy_id)\n        SELECT y.id FROM public.candidates_candidacy y WHERE y.id = NEW.id AND y.ended_at IS NULL\n    AND EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id)\n    AND NOT EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id AND o.type = 'application')\n    AND NOT EXISTS (SELECT 1 FROM public.consent_notice n\n                    WHERE n.subject_id = y.subject_id AND n.vacancy_id = y.vacancy_id AND n.undone_at IS NULL)\n        ON CONFLICT DO NOTHING;\n    \n                    ELSIF OLD.ended_at IS NOT NULL THEN\n                        \n        INSERT INTO public.candidates_untold (candidacy_id)\n        SELECT y.id FROM public.candidates_candidacy y WHERE y.id = NEW.id AND true\n        ON CONFLICT DO NOTHING;\n    \n                    END IF;\n                    RETURN NULL;\n                ", hash='1357b4c76c19d249296fbf9d5394dcfb249067ac', operation='INSERT OR UPDATE OF "ended_at" OR DELETE', pgid='pgtrigger_untold_7d596', table='candidates_candidacy', when='AFTER')),
        ),
        privacy.guards.AddGuard(
            model_name='source',
            trigger=pgtrigger.compiler.Trigger(name='untold', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP <> 'INSERT' AND OLD.type = 'application' THEN\n                        \n        INSERT INTO public.candidates_untold (candidacy_id)\n        SELECT y.id FROM public.candidates_candidacy y WHERE y.id = OLD.candidacy_id AND y.ended_at IS NULL\n        ON CONFLICT DO NOTHING;\n    \n                    END IF;\n                    IF TG_OP <> 'DELETE' THEN\n                        \n        INSERT INTO public.candidates_untold (candidacy_id)\n        SELECT y.id FROM public.candidates_candidacy y WHERE y.id = NEW.candidacy_id AND y.ended_at IS NULL\n    AND EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id)\n    AND NOT EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id AND o.type = 'application')\n    AND NOT EXISTS (SELECT 1 FROM public.consent_notice n\n                    WHERE n.subject_id = y.subject_id AND n.vacancy_id = y.vacancy_id AND n.undone_at IS NULL)\n        ON CONFLICT DO NOTHING;\n    \n                        IF NEW.type = 'application' THEN\n                            DELETE FROM public.candidates_untold u WHERE u.candidacy_id = NEW.candidacy_id;\n                        END IF;\n                    END IF;\n                    RETURN NULL;\n                ", hash='5fef21d015a44bf04e62aae2ab0ee200d51b6da9', operation='INSERT OR UPDATE OF "type", "candidacy_id" OR DELETE', pgid='pgtrigger_untold_5b9de', table='candidates_source', when='AFTER')),
        ),
        privacy.guards.AddGuard(
            model_name='untold',
            trigger=pgtrigger.compiler.Trigger(name='follows', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF (TG_OP = 'DELETE' OR NEW.candidacy_id <> OLD.candidacy_id) AND EXISTS (\n                        SELECT 1 FROM public.candidates_candidacy y WHERE y.id = OLD.candidacy_id AND y.ended_at IS NULL\n    AND EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id)\n    AND NOT EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id AND o.type = 'application')\n    AND NOT EXISTS (SELECT 1 FROM public.consent_notice n\n                    WHERE n.subject_id = y.subject_id AND n.vacancy_id = y.vacancy_id AND n.undone_at IS NULL)) THEN\n                        RAISE EXCEPTION 'somebody untold would be lost from sight' USING ERRCODE = '23514', CONSTRAINT = 'untold_follows';\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ", hash='ceaf9f360ba1741e7678439ad387d611bbe495bb', operation='UPDATE OR DELETE', pgid='pgtrigger_follows_1a5ee', table='candidates_untold', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='untold',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'untold_follows';", hash='e2ace83a9fc702053580ce019690db59c5dcb663', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e6c63', table='candidates_untold', when='BEFORE')),
        ),
    ]
