import pgtrigger.compiler
import privacy.guards
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0003_runner_up'),
    ]

    operations = [
        privacy.guards.AddGuard(
            model_name='notice',
            trigger=pgtrigger.compiler.Trigger(name='untold', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'INSERT' AND NEW.undone_at IS NULL THEN\n                        DELETE FROM public.candidates_untold u USING public.candidates_candidacy y\n                        WHERE y.subject_id = NEW.subject_id AND y.vacancy_id IS NOT DISTINCT FROM NEW.vacancy_id\n                          AND u.candidacy_id = y.id;\n                    ELSIF TG_OP <> 'INSERT' AND OLD.undone_at IS NULL\n                          AND (TG_OP = 'DELETE' OR NEW.undone_at IS NOT NULL) THEN\n                        -- Whether another notice stands is not asked: two undone at once would each see the other's.\n                        INSERT INTO public.candidates_untold (candidacy_id)\n                        SELECT y.id FROM public.candidates_candidacy y\n                        WHERE y.subject_id = OLD.subject_id AND y.vacancy_id IS NOT DISTINCT FROM OLD.vacancy_id\n                          AND y.ended_at IS NULL\n                        ON CONFLICT DO NOTHING;\n                    END IF;\n                    RETURN NULL;\n                ", hash='ba50863dfdbbfb89a12fd7a1550423b59b212f58', operation='INSERT OR UPDATE OF "undone_at" OR DELETE', pgid='pgtrigger_untold_80fb7', table='consent_notice', when='AFTER')),
        ),
    ]
