import pgtrigger.compiler
import privacy.guards
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('vacancies', '0001_initial'),
    ]

    operations = [
        privacy.guards.AddGuard(
            model_name='vacancy',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.assignment IS DISTINCT FROM OLD.assignment) AND public.watson_identity_number(NEW.assignment::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='3d3f34ba177dfc490bac5132fea379ca9f21583d', operation='INSERT OR UPDATE OF "assignment"', pgid='pgtrigger_i9_words_30ade', table='vacancies_vacancy', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='vacancy',
            trigger=pgtrigger.compiler.Trigger(name='consistent', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF NOT NEW.for_own_staff AND EXISTS (\n                        SELECT 1 FROM public.vacancies_client c WHERE c.id = NEW.client_id AND c.is_agency) THEN\n                        RAISE EXCEPTION 'the agency is no client of its own' USING ERRCODE = '23514', CONSTRAINT = 'vacancy_agency_own_staff';\n                    END IF;\n                    IF NEW.agreement_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM public.vacancies_agreement a\n                        WHERE a.id = NEW.agreement_id AND a.client_id = NEW.client_id) THEN\n                        RAISE EXCEPTION 'the agreement is another client''s' USING ERRCODE = '23514', CONSTRAINT = 'vacancy_agreement_of_client';\n                    END IF;\n                    IF TG_OP = 'UPDATE' AND NEW.state <> OLD.state AND NOT (\n                        (OLD.state, NEW.state) IN (('draft', 'sourcing'), ('sourcing', 'closed'),\n                            ('closed', 'procedure_closed'), ('closed', 'sourcing'), ('procedure_closed', 'sourcing'),\n                            ('sourcing', 'draft'))) THEN\n                        RAISE EXCEPTION 'no such step for a vacancy' USING ERRCODE = '23514', CONSTRAINT = 'vacancy_forward';\n                    END IF;\n                    -- That it was ever open is a state of the row itself: no snapshot can miss it.\n                    IF NEW.state <> 'draft' THEN NEW.opened_at := COALESCE(NEW.opened_at, now()); END IF;\n                    IF TG_OP = 'UPDATE' AND OLD.opened_at IS NOT NULL THEN\n                        NEW.opened_at := COALESCE(NEW.opened_at, OLD.opened_at);\n                        IF ROW(NEW.id, NEW.client_id) IS DISTINCT FROM ROW(OLD.id, OLD.client_id) THEN\n                            RAISE EXCEPTION 'an opened vacancy keeps its client' USING ERRCODE = '23514', CONSTRAINT = 'vacancy_stays';\n                        END IF;\n                    END IF;\n                    RETURN NEW;\n                ", hash='1a6b445a31809429bfe2dd18b660f1a03901c5cf', operation='INSERT OR UPDATE', pgid='pgtrigger_consistent_306ef', table='vacancies_vacancy', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='vacancy',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF OLD.opened_at IS NOT NULL THEN RAISE EXCEPTION 'an opened vacancy stays' USING ERRCODE = '23514', CONSTRAINT = 'vacancy_stays'; END IF;\n                    RETURN OLD;\n                ", hash='183f8bbbb9f36fbc008fdb79170d21956571a594', operation='DELETE', pgid='pgtrigger_stays_433df', table='vacancies_vacancy', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='clientcontact',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.client_id) IS DISTINCT FROM ROW(NEW.id, NEW.client_id) THEN\n                RAISE EXCEPTION 'fixed: id, client_id' USING ERRCODE = '23514', CONSTRAINT = 'contact_stays';\n            END IF;\n            RETURN NEW;\n        ", hash='ac00eb351f73b865d9a947226cf1cf8590da54f6', operation='UPDATE', pgid='pgtrigger_fixed_d0b45', table='vacancies_clientcontact', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='vacancyassessment',
            trigger=pgtrigger.compiler.Trigger(name='of_searches', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF EXISTS (SELECT 1 FROM public.privacy_legitimateinterestassessment a\n                               WHERE a.id = NEW.assessment_id AND a.about <> 'search') THEN\n                        RAISE EXCEPTION 'the assessment is about something else' USING ERRCODE = '23514', CONSTRAINT = 'vacancy_assessment_of_search';\n                    END IF;\n                    RETURN NEW;\n                ", hash='5c5ef9b818c7a1746bb0690aed15dd05d80cbaad', operation='INSERT OR UPDATE', pgid='pgtrigger_of_searches_a2055', table='vacancies_vacancyassessment', when='BEFORE')),
        ),
    ]
