import pgtrigger.compiler
import privacy.guards
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0001_initial'),
    ]

    operations = [
        privacy.guards.AddGuard(
            model_name='ledgerera',
            trigger=pgtrigger.compiler.Trigger(name='by_owner', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true); owner oid;", func="\n                    SELECT c.relowner INTO owner FROM pg_class c WHERE c.oid = TG_RELID;\n                    IF NOT pg_has_role(current_user, owner, 'USAGE')\n                       OR NEW.shift < COALESCE((SELECT max(e.shift) FROM public.privacy_ledgerera e), 0) THEN\n                        RAISE EXCEPTION 'an era begins with a restore, and never goes back' USING ERRCODE = '23514', CONSTRAINT = 'ledger_era';\n                    END IF;\n                    RETURN NEW;\n                ", hash='e57b9ffc5c5f67727810a35f118e7eae7a1866d4', operation='INSERT', pgid='pgtrigger_by_owner_9c874', table='privacy_ledgerera', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerera',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'an era stays' USING ERRCODE = '23514', CONSTRAINT = 'ledger_era';", hash='894db1e4a0ed20bf903f0eca02345fde545bdc30', operation='UPDATE OR DELETE', pgid='pgtrigger_stays_cf832', table='privacy_ledgerera', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerera',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'ledger_era';", hash='947a06339b2941fdd56f188bf3cd73eb98f73339', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_3b950', table='privacy_ledgerera', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerseal',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='8230342e7364600e7841ec8bdd265d4d0b66e59b', operation='INSERT', pgid='pgtrigger_append_only_stamp_1734f', table='privacy_ledgerseal', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerseal',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='55f44390d296e65c8fd23ff7a6b9c8b22b799468', operation='UPDATE', pgid='pgtrigger_append_only_04a4b', table='privacy_ledgerseal', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerseal',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='1d9952b3feafddb37c6a5aa0d183e6918f02ea14', operation='DELETE', pgid='pgtrigger_append_only_period_26423', table='privacy_ledgerseal', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerseal',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='1487d46e9470d429cd0036ac336a0e920d01a4e6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4fec0', table='privacy_ledgerseal', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breach',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.what IS DISTINCT FROM OLD.what) AND public.watson_identity_number(NEW.what::text) OR (TG_OP = 'INSERT' OR NEW.reason IS DISTINCT FROM OLD.reason) AND public.watson_identity_number(NEW.reason::text) OR (TG_OP = 'INSERT' OR NEW.late_reason IS DISTINCT FROM OLD.late_reason) AND public.watson_identity_number(NEW.late_reason::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='63a6ca9feabc313e0a141b3801409e3343f24a83', operation='INSERT OR UPDATE OF "what", "reason", "late_reason"', pgid='pgtrigger_i9_words_dfec1', table='privacy_breach', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breach',
            trigger=pgtrigger.compiler.Trigger(name='reported_stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.what, OLD.aware_at, OLD.reported_at, OLD.reported_by_id) IS DISTINCT FROM ROW(NEW.id, NEW.what, NEW.aware_at, NEW.reported_at, NEW.reported_by_id) THEN\n                RAISE EXCEPTION 'fixed: id, what, aware_at, reported_at, reported_by_id' USING ERRCODE = '23514', CONSTRAINT = 'breach_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='b6f3fedc6e65719eeeb0f0ea6bab609db1b7143e', operation='UPDATE', pgid='pgtrigger_reported_stays_481fb', table='privacy_breach', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breach',
            trigger=pgtrigger.compiler.Trigger(name='told_is_told', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'DELETE' THEN\n                        IF OLD.reported_at >= now() - interval '5 years' THEN\n                            RAISE EXCEPTION 'a breach stays in the register' USING ERRCODE = '23514', CONSTRAINT = 'breach_fixed';\n                        END IF;\n                        RETURN OLD;\n                    END IF;\n                    IF OLD.notified_at IS NOT NULL AND ROW(OLD.notified_at, OLD.notify, OLD.reason)\n                       IS DISTINCT FROM ROW(NEW.notified_at, NEW.notify, NEW.reason) THEN\n                        RAISE EXCEPTION 'told is told' USING ERRCODE = '23514', CONSTRAINT = 'breach_decided';\n                    END IF;\n                    RETURN NEW;\n                ", hash='4b1d6e1e0f908c83dafe685d1b3ffb4d0864711a', operation='UPDATE OR DELETE', pgid='pgtrigger_told_is_told_8c1e3', table='privacy_breach', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breach',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'breach_fixed';", hash='87598ea1f41123b055100073123eeb42250b4e03', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_cc0b4', table='privacy_breach', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breachcrossing',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='448087710691ff15720c09de78c5d537a4c97084', operation='INSERT', pgid='pgtrigger_append_only_stamp_0508c', table='privacy_breachcrossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breachcrossing',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='e45b95b27cc6492393e9d93f6bde2e34d2113d7c', operation='UPDATE', pgid='pgtrigger_append_only_5e720', table='privacy_breachcrossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breachcrossing',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='834eac0898cc78e67b9745562eae34bd33e93f56', operation='DELETE', pgid='pgtrigger_append_only_period_0fea3', table='privacy_breachcrossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='breachcrossing',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='d9da4312be2ed3315b22895261a4b7051d27f2e1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_2f8ca', table='privacy_breachcrossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='impactassessment',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.approved_at IS NOT NULL AND (to_jsonb(OLD) - ARRAY[]::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[]::text[]) THEN\n                    RAISE EXCEPTION 'published: no update' USING ERRCODE = '23514', CONSTRAINT = 'i10_published';\n                END IF;\n                RETURN NEW;\n            ", hash='c8eaf6cfe1a2faf6dc07cc53ac5aa46c2b43575f', operation='UPDATE', pgid='pgtrigger_frozen_4e189', table='privacy_impactassessment', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='impactassessment',
            trigger=pgtrigger.compiler.Trigger(name='frozen_delete', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.approved_at IS NOT NULL THEN\n                    RAISE EXCEPTION 'published: no delete' USING ERRCODE = '23514', CONSTRAINT = 'i10_published';\n                END IF;\n                RETURN OLD;\n            ", hash='513f095da86287092445de5a2c3e41ea1624dcab', operation='DELETE', pgid='pgtrigger_frozen_delete_ee26e', table='privacy_impactassessment', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='impactassessment',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='1d3eb88cf1ad842d694e7fdf7fcb0df0e7e989b1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_eb0ad', table='privacy_impactassessment', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legalhold',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.reason IS DISTINCT FROM OLD.reason) AND public.watson_identity_number(NEW.reason::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='173b9b5fb76830d6c17f5df42b1b1c56d7a64b3b', operation='INSERT OR UPDATE OF "reason"', pgid='pgtrigger_i9_words_c01a5', table='privacy_legalhold', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legalhold',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.ground, OLD.until, OLD.vacancy_ref, OLD.asked_at, OLD.asked_by_id) IS DISTINCT FROM ROW(NEW.id, NEW.ground, NEW.until, NEW.vacancy_ref, NEW.asked_at, NEW.asked_by_id) THEN\n                RAISE EXCEPTION 'fixed: id, ground, until, vacancy_ref, asked_at, asked_by_id' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='fb6b8a90a077a57ad0d8a88da0593bf6c5edb9d9', operation='UPDATE', pgid='pgtrigger_fixed_b5955', table='privacy_legalhold', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legalhold',
            trigger=pgtrigger.compiler.Trigger(name='lawful', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'INSERT' THEN\n                        NEW.asked_at := clock_timestamp();\n                        IF NEW.until <= (NEW.asked_at AT TIME ZONE 'Europe/Amsterdam')::date OR NEW.until >\n                           (NEW.asked_at AT TIME ZONE 'Europe/Amsterdam')::date + 366 THEN\n                            RAISE EXCEPTION 'ends too early or too late' USING ERRCODE = '23514', CONSTRAINT = 'hold_dates';\n                        END IF;\n                        IF NEW.reason !~ '\\S' THEN RAISE EXCEPTION 'a hold has a reason' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed'; END IF;\n                    ELSIF OLD.approved_at IS NOT NULL AND ROW(OLD.approved_at, OLD.approved_by_id)\n                            IS DISTINCT FROM ROW(NEW.approved_at, NEW.approved_by_id)\n                       OR OLD.ended_at IS NOT NULL AND ROW(OLD.ended_at, OLD.ended_by_id)\n                            IS DISTINCT FROM ROW(NEW.ended_at, NEW.ended_by_id)\n                       OR NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason <> '' THEN\n                        RAISE EXCEPTION 'approval, end and words stay' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed';\n                    END IF;\n                    IF NEW.approved_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.approved_at IS NULL)\n                       AND NOT EXISTS (\n                        SELECT 1 FROM public.accounts_user u WHERE u.id = NEW.approved_by_id AND u.is_active\n                           AND u.role IN ('officer', 'administrator')) THEN\n                        RAISE EXCEPTION 'approved by nobody who may' USING ERRCODE = '23514', CONSTRAINT = 'hold_other_approver';\n                    END IF;\n                    RETURN NEW;\n                ", hash='5aa38b58785065fb8d7c782376b835ec969996d4', operation='INSERT OR UPDATE', pgid='pgtrigger_lawful_59a70', table='privacy_legalhold', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legalhold',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'a hold stays on record' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed';", hash='b0a37503048ad443a38035dec9dcf38beb2be907', operation='DELETE', pgid='pgtrigger_stays_b364a', table='privacy_legalhold', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legalhold',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed';", hash='3420464ba29026252b7d40c1e63600f5bab605e1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9ac0c', table='privacy_legalhold', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legitimateinterestassessment',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.approved_at IS NOT NULL AND (to_jsonb(OLD) - ARRAY['withdrawn_at']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['withdrawn_at']::text[]) THEN\n                    RAISE EXCEPTION 'published: no update' USING ERRCODE = '23514', CONSTRAINT = 'i10_published';\n                END IF;\n                RETURN NEW;\n            ", hash='736526c75b5c4df49447f0930c7aba66423d3c5f', operation='UPDATE', pgid='pgtrigger_frozen_052a2', table='privacy_legitimateinterestassessment', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legitimateinterestassessment',
            trigger=pgtrigger.compiler.Trigger(name='frozen_delete', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.approved_at IS NOT NULL THEN\n                    RAISE EXCEPTION 'published: no delete' USING ERRCODE = '23514', CONSTRAINT = 'i10_published';\n                END IF;\n                RETURN OLD;\n            ", hash='cfcaa94bcf794b4584bb29525de4b1fedb7bbad1', operation='DELETE', pgid='pgtrigger_frozen_delete_35555', table='privacy_legitimateinterestassessment', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legitimateinterestassessment',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='735cd80a16e3894418d24770147c2da167bc7183', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_436ea', table='privacy_legitimateinterestassessment', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='legitimateinterestassessment',
            trigger=pgtrigger.compiler.Trigger(name='withdrawn_for_good', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN\n                        RAISE EXCEPTION 'withdrawn for good' USING ERRCODE = '23514', CONSTRAINT = 'lia_withdrawn_for_good';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c7438ccf432e3f41e1411c3358123be5e0884141', operation='UPDATE', pgid='pgtrigger_withdrawn_for_good_b64b5', table='privacy_legitimateinterestassessment', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofopening',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.introduction, OLD.asked_by_id, OLD.asked_at) IS DISTINCT FROM ROW(NEW.id, NEW.introduction, NEW.asked_by_id, NEW.asked_at) THEN\n                RAISE EXCEPTION 'fixed: id, introduction, asked_by_id, asked_at' USING ERRCODE = '23514', CONSTRAINT = 'proof_opening_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='9429734f353deac153ad104dd9f83cf4bac464c0', operation='UPDATE', pgid='pgtrigger_fixed_ba2ef', table='privacy_proofopening', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofopening',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.reason IS DISTINCT FROM OLD.reason) AND public.watson_identity_number(NEW.reason::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='5a91e695958ff75d47506faedb58290f1d1d0dd6', operation='INSERT OR UPDATE OF "reason"', pgid='pgtrigger_i9_words_45796', table='privacy_proofopening', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofopening',
            trigger=pgtrigger.compiler.Trigger(name='reason_stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    -- It may name somebody, so it goes with the proof; it never becomes another one.\n                    IF NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason <> '' THEN\n                        RAISE EXCEPTION 'the reason stays, or goes whole' USING ERRCODE = '23514', CONSTRAINT = 'proof_opening_fixed';\n                    END IF;\n                    RETURN NEW;\n                ", hash='472efbbe80619041eaea5d5251bb994efedbd053', operation='UPDATE', pgid='pgtrigger_reason_stays_6decf', table='privacy_proofopening', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofopening',
            trigger=pgtrigger.compiler.Trigger(name='two_people', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'INSERT' AND NOT EXISTS (\n                        SELECT 1 FROM public.accounts_user u\n                        WHERE u.id = NEW.asked_by_id AND u.is_active AND u.role = 'officer') THEN\n                        RAISE EXCEPTION 'only an officer asks' USING ERRCODE = '23514', CONSTRAINT = 'proof_wrong_role';\n                    END IF;\n                    IF NEW.approved_by_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.approved_by_id IS NULL)\n                       AND NOT EXISTS (\n                        SELECT 1 FROM public.accounts_user u\n                        WHERE u.id = NEW.approved_by_id AND u.is_active\n                          AND u.role IN ('officer', 'administrator')) THEN\n                        RAISE EXCEPTION 'only an officer or an administrator approves' USING ERRCODE = '23514', CONSTRAINT = 'proof_wrong_role';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c1ba5b54968d2f854d86958eafdf5c734c27ce6a', operation='INSERT OR UPDATE', pgid='pgtrigger_two_people_fb5f7', table='privacy_proofopening', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofopening',
            trigger=pgtrigger.compiler.Trigger(name='in_order', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'INSERT' THEN\n                        NEW.asked_at := clock_timestamp();\n                        IF NEW.reason !~ '\\S' OR NEW.approved_by_id IS NOT NULL OR NEW.approved_at IS NOT NULL\n                           OR NEW.shown_at IS NOT NULL THEN\n                            RAISE EXCEPTION 'asked first, with a reason' USING ERRCODE = '23514', CONSTRAINT = 'proof_in_order';\n                        END IF;\n                        RETURN NEW;\n                    END IF;\n                    IF OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL THEN\n                        NEW.approved_at := clock_timestamp();\n                        IF NEW.approved_by_id IS NULL\n                           OR OLD.asked_at < clock_timestamp() - interval '7 days' THEN\n                            RAISE EXCEPTION 'approved by somebody, within a week' USING ERRCODE = '23514', CONSTRAINT = 'proof_in_order';\n                        END IF;\n                    ELSIF ROW(NEW.approved_by_id, NEW.approved_at)\n                          IS DISTINCT FROM ROW(OLD.approved_by_id, OLD.approved_at) THEN\n                        RAISE EXCEPTION 'an approval stays' USING ERRCODE = '23514', CONSTRAINT = 'proof_in_order';\n                    END IF;\n                    IF OLD.shown_at IS NULL AND NEW.shown_at IS NOT NULL THEN\n                        NEW.shown_at := clock_timestamp();\n                        IF OLD.approved_at IS NULL\n                           OR OLD.approved_at < clock_timestamp() - interval '24 hours' THEN\n                            RAISE EXCEPTION 'shown after the approval, within a day' USING ERRCODE = '23514', CONSTRAINT = 'proof_in_order';\n                        END IF;\n                    ELSIF NEW.shown_at IS DISTINCT FROM OLD.shown_at THEN\n                        RAISE EXCEPTION 'shown once' USING ERRCODE = '23514', CONSTRAINT = 'proof_in_order';\n                    END IF;\n                    RETURN NEW;\n                ", hash='215952c958454428d7640bdb7e84c76b98065f86', operation='INSERT OR UPDATE', pgid='pgtrigger_in_order_17d29', table='privacy_proofopening', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofopening',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF OLD.asked_at >= now() - interval '5 years' THEN\n                        RAISE EXCEPTION 'an opening stays for five years' USING ERRCODE = '23514', CONSTRAINT = 'proof_opening_fixed';\n                    END IF;\n                    RETURN OLD;\n                ", hash='383fd011da12cffd9ea1f619eb6e2ff63fbba5a5', operation='DELETE', pgid='pgtrigger_stays_05bdc', table='privacy_proofopening', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofopening',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'proof_opening_fixed';", hash='7c0d7593289bd90ad67fb97671592a125e35a135', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_12abd', table='privacy_proofopening', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofrule',
            trigger=pgtrigger.compiler.Trigger(name='rests', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF NEW.assessment_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM public.privacy_legitimateinterestassessment a\n                        WHERE a.id = NEW.assessment_id AND a.about = 'proof' AND a.approved_at IS NOT NULL\n                          AND a.withdrawn_at IS NULL\n                          AND a.review_on >= (now() AT TIME ZONE 'Europe/Amsterdam')::date) THEN\n                        RAISE EXCEPTION 'no standing assessment of proofs' USING ERRCODE = '23514', CONSTRAINT = 'proof_rule_rests';\n                    END IF;\n                    RETURN NEW;\n                ", hash='ec3584369bdb32935820ae8ad77bf92323cf2e14', operation='INSERT', pgid='pgtrigger_rests_184b8', table='privacy_proofrule', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofrule',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='436707656dcf33c2e95126bbdee8ebf1c24dd452', operation='INSERT', pgid='pgtrigger_append_only_stamp_c74a7', table='privacy_proofrule', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofrule',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='f1f76add1b2db2e7fef593339d14d954f172a625', operation='UPDATE', pgid='pgtrigger_append_only_b94e5', table='privacy_proofrule', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofrule',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='ae1e401e8748bf066ba4d9ea6a7bcccb5fa6c38b', operation='DELETE', pgid='pgtrigger_append_only_period_2eab1', table='privacy_proofrule', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='proofrule',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='aea3926e6a5cc84473bee9bb86b4c89ff9117166', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e43a3', table='privacy_proofrule', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='retentionrun',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'DELETE' AND OLD.started_at < now() - interval '5 years' THEN RETURN OLD; END IF;\n                    IF TG_OP = 'DELETE' OR OLD.finished_at IS NOT NULL OR OLD.started_at <> NEW.started_at THEN\n                        RAISE EXCEPTION 'a finished run stays' USING ERRCODE = '23514', CONSTRAINT = 'retention_run_stays';\n                    END IF;\n                    RETURN NEW;\n                ", hash='ee2ec2ea97a6ce607e9a04e610688e813667df29', operation='UPDATE OR DELETE', pgid='pgtrigger_stays_f62ae', table='privacy_retentionrun', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='retentionrun',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'retention_run_stays';", hash='e74bbedbbc3792844d2881ca8db67eb3b18a9e96', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4158c', table='privacy_retentionrun', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='subject',
            trigger=pgtrigger.compiler.Trigger(name='erased_for_good', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'DELETE' THEN\n                        IF OLD.erased_at IS NOT NULL THEN\n                            RAISE EXCEPTION 'an erased subject is not removed' USING ERRCODE = '23514', CONSTRAINT = 'subject_erased_for_good';\n                        END IF;\n                        RETURN OLD;\n                    END IF;\n                    IF NEW.id <> OLD.id\n                       OR OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at THEN\n                        RAISE EXCEPTION 'an erased subject stays erased' USING ERRCODE = '23514', CONSTRAINT = 'subject_erased_for_good';\n                    END IF;\n                    RETURN NEW;\n                ", hash='a6152577006df0490015097dce9fe171fffe23ca', operation='UPDATE OR DELETE', pgid='pgtrigger_erased_for_good_979a7', table='privacy_subject', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='subject',
            trigger=pgtrigger.compiler.Trigger(name='held', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND EXISTS (\n                        SELECT 1 FROM public.privacy_heldperson p JOIN public.privacy_legalhold h ON h.id = p.hold_id\n                        WHERE p.released_at IS NULL AND h.ended_at IS NULL AND h.until >= (now() AT TIME ZONE 'Europe/Amsterdam')::date\n        AND (h.approved_at IS NOT NULL OR h.asked_at > now() - interval '7 days')\n                          AND (p.subject_id = NEW.id OR p.subject_id IN (\n                              SELECT m.id FROM public.privacy_subject m WHERE m.merged_into_id = NEW.id))) THEN\n                        RAISE EXCEPTION 'held' USING ERRCODE = '23514', CONSTRAINT = 'held_not_erased';\n                    END IF;\n                    RETURN NEW;\n                ", hash='bec38b83de488983de27dda78520dbc71ffa618b', operation='UPDATE OF "erased_at"', pgid='pgtrigger_held_9dff5', table='privacy_subject', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='subject',
            trigger=pgtrigger.compiler.Trigger(name='restriction_stands', sql=privacy.guards.GuardSql(constraint='CONSTRAINT', declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF EXISTS (SELECT 1 FROM public.privacy_subject s\n                               JOIN public.privacy_restriction r ON r.subject_id = s.id AND r.lifted_at IS NULL\n                               WHERE s.id = NEW.id AND s.restricted_at IS NULL) THEN\n                        RAISE EXCEPTION 'a restriction stands' USING ERRCODE = '23514', CONSTRAINT = 'subject_restriction_stands';\n                    END IF;\n                    RETURN NULL;\n                ", hash='75fa8815fb6a563dd796976c0d5a2cc6cef846fb', operation='UPDATE OF "restricted_at"', pgid='pgtrigger_restriction_stands_49e2c', table='privacy_subject', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        privacy.guards.AddGuard(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.words IS DISTINCT FROM OLD.words) AND public.watson_identity_number(NEW.words::text) OR (TG_OP = 'INSERT' OR NEW.outcome IS DISTINCT FROM OLD.outcome) AND public.watson_identity_number(NEW.outcome::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='8ca371f51f158261085d32a6ff5d382629f6df88', operation='INSERT OR UPDATE OF "words", "outcome"', pgid='pgtrigger_i9_words_71309', table='privacy_datarequest', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='i7_due', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true); received date := (NEW.received_at AT TIME ZONE 'Europe/Amsterdam')::date;", func="\n                    IF NEW.received_at > clock_timestamp() + interval '5 minutes' THEN\n                        RAISE EXCEPTION 'received in the future' USING ERRCODE = '23514', CONSTRAINT = 'i7_future';\n                    END IF;\n                    \n        IF NEW.due_on NOT BETWEEN (received + interval '1 months')::date\n                            AND (received + interval '1 months')::date + 6 THEN\n            RAISE EXCEPTION 'not 1 months after receipt' USING ERRCODE = '23514', CONSTRAINT = 'i7_due';\n        END IF;\n    \n                    RETURN NEW;\n                ", hash='771a61e71e0cc98fd8ad1cda075d9255f862177d', operation='INSERT', pgid='pgtrigger_i7_due_9c836', table='privacy_datarequest', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='i7_receipt', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.kind, OLD.channel, OLD.received_at, OLD.due_on, OLD.calendar_version, OLD.created_at, OLD.logged_by_id) IS DISTINCT FROM ROW(NEW.id, NEW.kind, NEW.channel, NEW.received_at, NEW.due_on, NEW.calendar_version, NEW.created_at, NEW.logged_by_id) THEN\n                RAISE EXCEPTION 'fixed: id, kind, channel, received_at, due_on, calendar_version, created_at, logged_by_id' USING ERRCODE = '23514', CONSTRAINT = 'i7_receipt';\n            END IF;\n            RETURN NEW;\n        ", hash='008858db967223d9826ed453024eb6ca5ce8084b', operation='UPDATE', pgid='pgtrigger_i7_receipt_1c570', table='privacy_datarequest', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='i7_kept', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF OLD.answered_at IS NULL OR OLD.created_at >= now() - interval '5 years' THEN\n                        RAISE EXCEPTION 'a request is kept' USING ERRCODE = '23514', CONSTRAINT = 'i7_kept';\n                    END IF;\n                    RETURN OLD;\n                ", hash='df3e4a254e50e7c7b45bdf29e064bb12f755c823', operation='DELETE', pgid='pgtrigger_i7_kept_009d4', table='privacy_datarequest', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='datarequest',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i7_kept';", hash='ff301b69b9808de8f1bd418defd53b48f844566c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_a1e42', table='privacy_datarequest', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='\n                    NEW.xid := pg_current_xact_id()::text::bigint\n                        + COALESCE((SELECT max(e.shift) FROM public.privacy_ledgerera e), 0);\n                    RETURN NEW;\n                ', hash='5acdd7000f201a3ff752db265c1fcc49286296b3', operation='INSERT', pgid='pgtrigger_stamp_f8478', table='privacy_ledgerentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='cac18e49e87d74d1e1f723078705bcde6d49337b', operation='INSERT', pgid='pgtrigger_append_only_stamp_4f152', table='privacy_ledgerentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='75cb78b32bf30b908bc886212663f8340f7773e9', operation='UPDATE', pgid='pgtrigger_append_only_bb4f6', table='privacy_ledgerentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='49415055bf4dca73cba5a8b203695afcee666f2a', operation='DELETE', pgid='pgtrigger_append_only_period_31dca', table='privacy_ledgerentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='0f008680fef8f8c058b07571f8e16197e398ff25', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_f0095', table='privacy_ledgerentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='mandate',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.looked_at IS DISTINCT FROM OLD.looked_at) AND public.watson_identity_number(NEW.looked_at::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='d396a0a6a4184a348ca57f09d46b273c3c199a63', operation='INSERT OR UPDATE OF "looked_at"', pgid='pgtrigger_i9_words_0dcd4', table='privacy_mandate', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='crossing',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='3362afd080022dced40619c27806b2ef040ac69f', operation='INSERT', pgid='pgtrigger_append_only_stamp_7a8c4', table='privacy_crossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='crossing',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='9540e41ccc5c773be7675d90d10dc6afd663c360', operation='UPDATE', pgid='pgtrigger_append_only_c0ad5', table='privacy_crossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='crossing',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='d612dee0aa1b7590d9614ca73cd3eedc3026f363', operation='DELETE', pgid='pgtrigger_append_only_period_398e1', table='privacy_crossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='crossing',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='0def630dbd47ec1dfaf00380aba03cff2556c622', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_0ed99', table='privacy_crossing', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.reasons IS DISTINCT FROM OLD.reasons) AND public.watson_identity_number(NEW.reasons::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='8ddd6765617a3bd7571be5a6153a9ec569bd73c2', operation='INSERT OR UPDATE OF "reasons"', pgid='pgtrigger_i9_words_21187', table='privacy_decision', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.request_id, OLD.kind, OLD.ground, OLD.decided_by_id, OLD.decided_at) IS DISTINCT FROM ROW(NEW.id, NEW.request_id, NEW.kind, NEW.ground, NEW.decided_by_id, NEW.decided_at) THEN\n                RAISE EXCEPTION 'fixed: id, request_id, kind, ground, decided_by_id, decided_at' USING ERRCODE = '23514', CONSTRAINT = 'decision_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='b539825acf88759cc953e0a94985294ec8168a81', operation='UPDATE', pgid='pgtrigger_fixed_92243', table='privacy_decision', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.request_id, OLD.reason, OLD.policy, OLD.planned_at, OLD.planned_by_id) IS DISTINCT FROM ROW(NEW.id, NEW.request_id, NEW.reason, NEW.policy, NEW.planned_at, NEW.planned_by_id) THEN\n                RAISE EXCEPTION 'fixed: id, request_id, reason, policy, planned_at, planned_by_id' USING ERRCODE = '23514', CONSTRAINT = 'erasure_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='5f02da4f9989109a290d31261aa48b48c1cc1f8f', operation='UPDATE', pgid='pgtrigger_fixed_bebf9', table='privacy_erasure', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='finished_when_done', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'UPDATE' AND (\n                        OLD.approved_at IS NOT NULL AND ROW(OLD.approved_at, OLD.approved_by_id)\n                            IS DISTINCT FROM ROW(NEW.approved_at, NEW.approved_by_id)\n                        OR OLD.finished_at IS NOT NULL AND OLD.finished_at IS DISTINCT FROM NEW.finished_at) THEN\n                        RAISE EXCEPTION 'approval and end stay' USING ERRCODE = '23514', CONSTRAINT = 'erasure_fixed';\n                    END IF;\n                    IF NEW.finished_at IS NULL THEN RETURN NEW; END IF;\n                    IF NEW.approved_at IS NULL\n                       OR NOT EXISTS (SELECT 1 FROM public.privacy_erasurestep s WHERE s.erasure_id = NEW.id)\n                       OR EXISTS (SELECT 1 FROM public.privacy_erasurestep s\n                                  WHERE s.erasure_id = NEW.id AND s.state <> 'done')\n                       OR EXISTS (SELECT 1 FROM public.privacy_erasureperson p\n                                  WHERE p.erasure_id = NEW.id AND octet_length(p.identifiers) > 0) THEN\n                        RAISE EXCEPTION 'steps are open or addresses are still held' USING ERRCODE = '23514', CONSTRAINT = 'erasure_unfinished';\n                    END IF;\n                    RETURN NEW;\n                ", hash='d90ab1a2845ace072b1c63820b00eb40c88dc24e', operation='INSERT OR UPDATE', pgid='pgtrigger_finished_when_done_c196c', table='privacy_erasure', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF OLD.approved_at IS NOT NULL\n                       AND (OLD.finished_at IS NULL OR OLD.finished_at >= now() - interval '5 years') THEN\n                        RAISE EXCEPTION 'an approved erasure stays' USING ERRCODE = '23514', CONSTRAINT = 'erasure_fixed';\n                    END IF;\n                    RETURN OLD;\n                ", hash='11cbda5def7b106fe44ed429e951d448dd974631', operation='DELETE', pgid='pgtrigger_stays_52555', table='privacy_erasure', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasure',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'erasure_fixed';", hash='0e0da1591cc0ffb96f528b1b3504b2b20a5510ae', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_81f9b', table='privacy_erasure', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureline',
            trigger=pgtrigger.compiler.Trigger(name='plan_fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF EXISTS (SELECT 1 FROM public.privacy_erasure e\n                               WHERE e.id = NEW.erasure_id AND e.approved_at IS NOT NULL) THEN\n                        RAISE EXCEPTION 'an approved plan gets no more lines' USING ERRCODE = '23514', CONSTRAINT = 'erasure_plan_fixed';\n                    END IF;\n                    RETURN NEW;\n                ", hash='d36aa481153748f324a9640aa5a09f6acae7e4cc', operation='INSERT', pgid='pgtrigger_plan_fixed_53849', table='privacy_erasureline', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureline',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='85a5bb6b583b94e618d8eef3c0a8071a6b4e14bd', operation='INSERT', pgid='pgtrigger_append_only_stamp_9a201', table='privacy_erasureline', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureline',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='07a00a1dabd0268d5aea3d4610dd224b2cbc66a7', operation='UPDATE', pgid='pgtrigger_append_only_a7b89', table='privacy_erasureline', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureline',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='441ddbe952eb0fbbae8863e646b2120aba898c0d', operation='DELETE', pgid='pgtrigger_append_only_period_a1e6b', table='privacy_erasureline', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureline',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='d185a93f75f90c2f33159933d01eb5516b6c068b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_53674', table='privacy_erasureline', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurestep',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.erasure_id, OLD.position, OLD.holder) IS DISTINCT FROM ROW(NEW.id, NEW.erasure_id, NEW.position, NEW.holder) THEN\n                RAISE EXCEPTION 'fixed: id, erasure_id, position, holder' USING ERRCODE = '23514', CONSTRAINT = 'erasure_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='a8d03ad5ce6cf38fa3a5c0b8c49ed2d45ba3826e', operation='UPDATE', pgid='pgtrigger_fixed_13984', table='privacy_erasurestep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurestep',
            trigger=pgtrigger.compiler.Trigger(name='step_in_order', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'UPDATE' AND OLD.state = 'done' AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW) THEN\n                        RAISE EXCEPTION 'a step that is done stays' USING ERRCODE = '23514', CONSTRAINT = 'erasure_step_stays';\n                    END IF;\n                    IF NEW.state <> 'pending' AND NOT EXISTS (\n                        SELECT 1 FROM public.privacy_erasure e\n                        WHERE e.id = NEW.erasure_id AND e.approved_at IS NOT NULL) THEN\n                        RAISE EXCEPTION 'not approved yet' USING ERRCODE = '23514', CONSTRAINT = 'erasure_not_approved';\n                    END IF;\n                    RETURN NEW;\n                ", hash='4facfba41dab3b0c3dc2bc0ffb3ff41b2745bc7d', operation='UPDATE OR INSERT', pgid='pgtrigger_step_in_order_0ec2a', table='privacy_erasurestep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurestep',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF EXISTS (SELECT 1 FROM public.privacy_erasure e\n                               WHERE e.id = OLD.erasure_id AND e.approved_at IS NOT NULL\n                                 AND (e.finished_at IS NULL OR e.finished_at >= now() - interval '5 years')) THEN\n                        RAISE EXCEPTION 'a step of an approved erasure stays' USING ERRCODE = '23514', CONSTRAINT = 'erasure_step_stays';\n                    END IF;\n                    RETURN OLD;\n                ", hash='da737f82189d421d79e6abf04ea9020833480e8b', operation='DELETE', pgid='pgtrigger_stays_68f9a', table='privacy_erasurestep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurestep',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'erasure_step_stays';", hash='dcf1fd407cd9fa4323c8daff202f01aea5783175', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9a276', table='privacy_erasurestep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerdetail',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.text IS DISTINCT FROM OLD.text) AND public.watson_identity_number(NEW.text::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='f7eb0a22834dbe6a4efad3a2b7d6b96c9855ace9', operation='INSERT OR UPDATE OF "text"', pgid='pgtrigger_i9_words_92f84', table='privacy_ledgerdetail', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requestnotice',
            trigger=pgtrigger.compiler.Trigger(name='i7_told', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF NEW.message_ref IS NULL AND NEW.by_id IS NULL OR NEW.message_ref IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM public.mailing_message m\n                        WHERE m.id = NEW.message_ref AND m.kind = NEW.kind AND m.accepted_at IS NOT NULL\n                          AND m.act_kind = 'data_request' AND m.act_id = NEW.request_id) THEN\n                        RAISE EXCEPTION 'no such message has left' USING ERRCODE = '23514', CONSTRAINT = 'i7_not_told';\n                    END IF;\n                    RETURN NEW;\n                ", hash='45762f027e82337c4124678e76934c3e93fee2ea', operation='INSERT', pgid='pgtrigger_i7_told_b99fe', table='privacy_requestnotice', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requestnotice',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='83a0ca3ada83c86bfd2b6fbbb8e0bc1e2b873ce6', operation='INSERT', pgid='pgtrigger_append_only_stamp_fa8a8', table='privacy_requestnotice', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requestnotice',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='653e26c836356b3e41cf5301ac07e04fac11ad95', operation='UPDATE', pgid='pgtrigger_append_only_7f68d', table='privacy_requestnotice', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requestnotice',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='84618646a98344906b960b04d765460a0e2e4d3c', operation='DELETE', pgid='pgtrigger_append_only_period_76dfb', table='privacy_requestnotice', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requestnotice',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='4db88eb4cf83e467133dd6a51f25f29ddfe56fec', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ae0dd', table='privacy_requestnotice', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='extension',
            trigger=pgtrigger.compiler.Trigger(name='i7_extension', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true); asked record; told timestamptz; received date;", func="\n                    SELECT r.received_at, r.due_on INTO asked FROM public.privacy_datarequest r\n                        WHERE r.id = NEW.request_id;\n                    SELECT n.at INTO told FROM public.privacy_requestnotice n\n                        WHERE n.id = NEW.notice_id AND n.request_id = NEW.request_id AND n.kind = 'extension';\n                    IF told IS NULL OR NOT EXISTS (\n                        SELECT 1 FROM public.privacy_decision d WHERE d.id = NEW.decision_id\n                          AND d.request_id = NEW.request_id AND d.kind = 'extension') THEN\n                        RAISE EXCEPTION 'no notice of an extension was given' USING ERRCODE = '23514', CONSTRAINT = 'i7_no_notice';\n                    END IF;\n                    IF told >= (asked.due_on + 1)::timestamp AT TIME ZONE 'Europe/Amsterdam' THEN\n                        RAISE EXCEPTION 'told after the first term had ended' USING ERRCODE = '23514', CONSTRAINT = 'i7_notice_late';\n                    END IF;\n                    received := (asked.received_at AT TIME ZONE 'Europe/Amsterdam')::date;\n                    \n        IF NEW.due_on NOT BETWEEN (received + interval '3 months')::date\n                            AND (received + interval '3 months')::date + 6 THEN\n            RAISE EXCEPTION 'not 3 months after receipt' USING ERRCODE = '23514', CONSTRAINT = 'i7_due';\n        END IF;\n    \n                    RETURN NEW;\n                ", hash='d632395b0f0ab36f2e547e367f7a1cb1e4ca14da', operation='INSERT', pgid='pgtrigger_i7_extension_45e79', table='privacy_extension', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='extension',
            trigger=pgtrigger.compiler.Trigger(name='i7_stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    -- It goes with the file of its request, and not before.\n                    IF TG_OP = 'UPDATE' OR EXISTS (\n                        SELECT 1 FROM public.privacy_datarequest r WHERE r.id = OLD.request_id\n                          AND (r.answered_at IS NULL OR r.created_at >= now() - interval '5 years')) THEN\n                        RAISE EXCEPTION 'an extension is never changed or removed' USING ERRCODE = '23514', CONSTRAINT = 'i7_extension_stays';\n                    END IF;\n                    RETURN OLD;\n                ", hash='bc1a323ad550110470ed3e84fb4ff6fc5348306f', operation='UPDATE OR DELETE', pgid='pgtrigger_i7_stays_da276', table='privacy_extension', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='extension',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i7_extension_stays';", hash='4ef8648f3d97c5c6e2ec69e87ca6563d64968c46', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9c893', table='privacy_extension', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requeststep',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='05d7b5b5aeb67561b65764e2ff975957f01b767d', operation='INSERT', pgid='pgtrigger_append_only_stamp_1eaf3', table='privacy_requeststep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requeststep',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='02c63c818256686adb172ad3dd74866a2261505f', operation='UPDATE', pgid='pgtrigger_append_only_02b7d', table='privacy_requeststep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requeststep',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='a35c599d6a7d6af581d07f4174d86e36ab1acc95', operation='DELETE', pgid='pgtrigger_append_only_period_d9066', table='privacy_requeststep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='requeststep',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='0f746a8f1f3d869c52fc2de2a45e8141c994742a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_75c9b', table='privacy_requeststep', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='restriction',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.subject_id, OLD.request_id, OLD.ground, OLD.since, OLD.by_id) IS DISTINCT FROM ROW(NEW.id, NEW.subject_id, NEW.request_id, NEW.ground, NEW.since, NEW.by_id) THEN\n                RAISE EXCEPTION 'fixed: id, subject_id, request_id, ground, since, by_id' USING ERRCODE = '23514', CONSTRAINT = 'restriction_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='795b83a19769b8b5f21325f67b3adf232aee277f', operation='UPDATE', pgid='pgtrigger_fixed_c3208', table='privacy_restriction', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='restriction',
            trigger=pgtrigger.compiler.Trigger(name='lifted_for_good', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'DELETE' AND OLD.lifted_at < now() - interval '5 years' THEN RETURN OLD; END IF;\n                    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL THEN\n                        RAISE EXCEPTION 'a restriction is lifted once and stays on record' USING ERRCODE = '23514', CONSTRAINT = 'restriction_fixed';\n                    END IF;\n                    RETURN NEW;\n                ", hash='ca8fbb69fd27562126d1f3510e49805d8341b79f', operation='UPDATE OR DELETE', pgid='pgtrigger_lifted_for_good_22215', table='privacy_restriction', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='link',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.purpose, OLD.subject_id, OLD.about_kind, OLD.about_id, OLD.created_at) IS DISTINCT FROM ROW(NEW.id, NEW.purpose, NEW.subject_id, NEW.about_kind, NEW.about_id, NEW.created_at) THEN\n                RAISE EXCEPTION 'fixed: id, purpose, subject_id, about_kind, about_id, created_at' USING ERRCODE = '23514', CONSTRAINT = 'link_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='e23fdf25a1ce0b8687038f53fc0c25dc1b82c9dc', operation='UPDATE', pgid='pgtrigger_fixed_ceeb5', table='privacy_link', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='link',
            trigger=pgtrigger.compiler.Trigger(name='answered_through', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF EXISTS (SELECT 1 FROM public.consent_consentevent e WHERE e.link_id = OLD.id)\n                       OR EXISTS (SELECT 1 FROM public.privacy_suppressionlift l WHERE l.link_id = OLD.id) THEN\n                        RAISE EXCEPTION 'an answer was given through this link' USING ERRCODE = '23514', CONSTRAINT = 'link_fixed';\n                    END IF;\n                    RETURN OLD;\n                ", hash='d8d3f2e47edf278ad646ed6cd33bd70cae90533e', operation='DELETE', pgid='pgtrigger_answered_through_13e22', table='privacy_link', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='identitycheck',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.doubt IS DISTINCT FROM OLD.doubt) AND public.watson_identity_number(NEW.doubt::text) OR (TG_OP = 'INSERT' OR NEW.asked IS DISTINCT FROM OLD.asked) AND public.watson_identity_number(NEW.asked::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='7f36abefa2ed6060ebc2f24a3de0842edec4aba2', operation='INSERT OR UPDATE OF "doubt", "asked"', pgid='pgtrigger_i9_words_38b96', table='privacy_identitycheck', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='identitycheck',
            trigger=pgtrigger.compiler.Trigger(name='needs_doubt', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF NEW.method = 'other' AND (NEW.asked_by_id IS NULL OR btrim(NEW.doubt) = '') THEN\n                        RAISE EXCEPTION 'more is asked without a recorded doubt' USING ERRCODE = '23514', CONSTRAINT = 'identity_needs_doubt';\n                    END IF;\n                    RETURN NEW;\n                ", hash='30c90b13207358b954b188252046ea32b9515220', operation='INSERT OR UPDATE OF "method", "request_id", "asked_at"', pgid='pgtrigger_needs_doubt_232da', table='privacy_identitycheck', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='heldperson',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.hold_id, OLD.subject_id, OLD.since) IS DISTINCT FROM ROW(NEW.id, NEW.hold_id, NEW.subject_id, NEW.since) THEN\n                RAISE EXCEPTION 'fixed: id, hold_id, subject_id, since' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='7dc63bdaa638d3a1f6040868e0b0c575a44f55c0', operation='UPDATE', pgid='pgtrigger_fixed_fa991', table='privacy_heldperson', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='heldperson',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF TG_OP = 'INSERT' THEN\n                        -- An erasure locks this row too: one of the two waits, and sees what the other did.\n                        PERFORM 1 FROM public.privacy_subject s WHERE s.id = NEW.subject_id FOR NO KEY UPDATE;\n                        IF EXISTS (SELECT 1 FROM public.privacy_subject s\n                                   WHERE s.id = NEW.subject_id AND s.erased_at IS NOT NULL) THEN\n                            RAISE EXCEPTION 'erased already' USING ERRCODE = '23514', CONSTRAINT = 'hold_nobody';\n                        END IF;\n                        RETURN NEW;\n                    END IF;\n                    IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL AND NEW.released_at IS NULL THEN\n                        RAISE EXCEPTION 'who was held stays on record' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed';\n                    END IF;\n                    RETURN NEW;\n                ", hash='a6b07a243ba39314dc4d51108278ac997913c674', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_stays_d7b95', table='privacy_heldperson', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='heldperson',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'hold_fixed';", hash='db62e3e3fe1ea175bed136fbad4df9ea2ab02089', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_d5e64', table='privacy_heldperson', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureperson',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.erasure_id, OLD.subject_id) IS DISTINCT FROM ROW(NEW.id, NEW.erasure_id, NEW.subject_id) THEN\n                RAISE EXCEPTION 'fixed: id, erasure_id, subject_id' USING ERRCODE = '23514', CONSTRAINT = 'erasure_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='3ddbc1c1e3907407e58d122357cb4da60a405429', operation='UPDATE', pgid='pgtrigger_fixed_b2597', table='privacy_erasureperson', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='datacopy',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF ROW(OLD.id, OLD.request_id, OLD.subject_id, OLD.kind, OLD.language, OLD.asked_at) IS DISTINCT FROM ROW(NEW.id, NEW.request_id, NEW.subject_id, NEW.kind, NEW.language, NEW.asked_at) THEN\n                RAISE EXCEPTION 'fixed: id, request_id, subject_id, kind, language, asked_at' USING ERRCODE = '23514', CONSTRAINT = 'copy_fixed';\n            END IF;\n            RETURN NEW;\n        ", hash='58318624d4aae9c67d9cd3eb3988ad91a55edbe2', operation='UPDATE', pgid='pgtrigger_fixed_4f6ee', table='privacy_datacopy', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='suppressionentry',
            trigger=pgtrigger.compiler.Trigger(name='serialise', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='PERFORM pg_advisory_xact_lock(1470562312); RETURN NEW;', hash='03f0a97b6a5adb795bf8ed947785860648d23f1a', operation='INSERT', pgid='pgtrigger_serialise_223fd', table='privacy_suppressionentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='suppressionentry',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'a suppression is never changed or removed' USING ERRCODE = '23514', CONSTRAINT = 'suppression_stays';", hash='9c7119108fd8b439a9e1d01845704a011a17c7b0', operation='UPDATE OR DELETE', pgid='pgtrigger_stays_9d6ec', table='privacy_suppressionentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='suppressionentry',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'suppression_stays';", hash='319e48d392119bdd3bfcdd7a81169d1bfaffc2bd', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_030b0', table='privacy_suppressionentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='suppressionlift',
            trigger=pgtrigger.compiler.Trigger(name='own_act', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    PERFORM pg_advisory_xact_lock(1470562312);\n                    IF NOT EXISTS (SELECT 1 FROM public.privacy_link l WHERE l.id = NEW.link_id\n                                   AND l.subject_id = NEW.subject_id\n                                   AND l.purpose IN ('consent', 'withdraw', 'me')\n                                   AND l.revoked_at IS NULL) THEN\n                        RAISE EXCEPTION 'lifted only through a link of that person' USING ERRCODE = '23514', CONSTRAINT = 'suppression_lifted_by_own_act';\n                    END IF;\n                    RETURN NEW;\n                ", hash='f0b95fe2ba653bada53b71b23124d52be141653c', operation='INSERT', pgid='pgtrigger_own_act_9630c', table='privacy_suppressionlift', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='suppressionlift',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'a lift is never changed or removed' USING ERRCODE = '23514', CONSTRAINT = 'suppression_stays';", hash='b8708100080e46c829b0e32eb89c5b9de6618314', operation='UPDATE OR DELETE', pgid='pgtrigger_stays_26e00', table='privacy_suppressionlift', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='suppressionlift',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='e0acb722e13a3d5abdce479ad7b3546b9969d674', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_96ef6', table='privacy_suppressionlift', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='telling',
            trigger=pgtrigger.compiler.Trigger(name='i9_words', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n            IF (TG_OP = 'INSERT' OR NEW.waived_reason IS DISTINCT FROM OLD.waived_reason) AND public.watson_identity_number(NEW.waived_reason::text) THEN\n                RAISE EXCEPTION 'an identity number in free words' USING ERRCODE = '23514', CONSTRAINT = 'i9_identity_number';\n            END IF;\n            RETURN NEW;\n        ", hash='f0a00f197a2c875bbb995223bbb1214b7c0a3267', operation='INSERT OR UPDATE OF "waived_reason"', pgid='pgtrigger_i9_words_b1e6d', table='privacy_telling', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='accessentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='7059d720dcebb44a295f4423b5a6d5560fb6c5be', operation='INSERT', pgid='pgtrigger_append_only_stamp_d91d4', table='privacy_accessentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='accessentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='b053ef76f987943dcd682961573aa3408b9ec299', operation='UPDATE', pgid='pgtrigger_append_only_6c531', table='privacy_accessentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='accessentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '12 months' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='562447fb731221679b6480223e5c037a0c45a74b', operation='DELETE', pgid='pgtrigger_append_only_period_77cb4', table='privacy_accessentry', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='accessentry',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='a42f8a3388b3bf0146b70bbfe6befd42a05439cb', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_d4c38', table='privacy_accessentry', when='BEFORE')),
        ),
    ]
