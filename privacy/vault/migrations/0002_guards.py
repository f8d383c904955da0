import pgtrigger.compiler
import privacy.guards
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0001_initial'),
    ]

    operations = [
        privacy.guards.AddGuard(
            model_name='erasureend',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.finished_at := clock_timestamp(); RETURN NEW;', hash='6cd92349d8990e9eb83f5a4bc98e8fa1ec85b526', operation='INSERT', pgid='pgtrigger_append_only_stamp_8c0ba', table='vault_erasureend', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureend',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='8075c3529af833734859f19f05a8d16a4273ac07', operation='UPDATE', pgid='pgtrigger_append_only_93c5b', table='vault_erasureend', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureend',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.finished_at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='e44202ff6a034914567d07aee131de1e63d1ff7b', operation='DELETE', pgid='pgtrigger_append_only_period_1df5c', table='vault_erasureend', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasureend',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='c38f8208bcc1c35885e3dc90030a9efe66d8c1c3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_5ab5b', table='vault_erasureend', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurerecord',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='c746eb8d7b41c4145aa555501894a3773d5d6965', operation='INSERT', pgid='pgtrigger_append_only_stamp_c8417', table='vault_erasurerecord', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurerecord',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='d79d2036ba9663a7949551cbc962ed3309bb88f7', operation='UPDATE', pgid='pgtrigger_append_only_34d28', table='vault_erasurerecord', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurerecord',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='5e2c16065d4b7e5b8651b50216b1566e5db1d760', operation='DELETE', pgid='pgtrigger_append_only_period_c0cfe', table='vault_erasurerecord', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='erasurerecord',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='3b9f04aefb55c7b9c9fa663296819ef13ba22fc9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_7d7d6', table='vault_erasurerecord', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='filekey',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'a key never changes' USING ERRCODE = '23514', CONSTRAINT = 'vault_key_stays';", hash='67d46afccf43b5768bd2b60ae83b9ee48da31d3e', operation='UPDATE', pgid='pgtrigger_stays_6a0c1', table='vault_filekey', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='filekey',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'vault_key_stays';", hash='c9429dd8c2cfbefeed184e49de2b0943fd2a18d9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e4aa8', table='vault_filekey', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerhead',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.anchored_at := clock_timestamp(); RETURN NEW;', hash='88cd4afa66d690391de2e04274a70b66e31aea76', operation='INSERT', pgid='pgtrigger_append_only_stamp_8862d', table='vault_ledgerhead', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerhead',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='9f57eb3ed6654bf67fadddf79d0a06083880b1c6', operation='UPDATE', pgid='pgtrigger_append_only_44103', table='vault_ledgerhead', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerhead',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.anchored_at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='93e49b47a7ca773c5085fb2f2f3570a8e543f87c', operation='DELETE', pgid='pgtrigger_append_only_period_97801', table='vault_ledgerhead', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='ledgerhead',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='4f848e8961af92c21406f726496ef609dc09f262', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_8ff12', table='vault_ledgerhead', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='restoration',
            trigger=pgtrigger.compiler.Trigger(name='by_owner', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true); owner oid;", func="\n                    SELECT c.relowner INTO owner FROM pg_class c WHERE c.oid = TG_RELID;\n                    IF NOT pg_has_role(current_user, owner, 'USAGE') OR NEW.last_seal < 0 THEN\n                        RAISE EXCEPTION 'only a restore says so' USING ERRCODE = '23514', CONSTRAINT = 'vault_restored';\n                    END IF;\n                    RETURN NEW;\n                ", hash='1833f267a205b9b05e2e983693dd2623eba6370f', operation='INSERT', pgid='pgtrigger_by_owner_03ae4', table='vault_restoration', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='restoration',
            trigger=pgtrigger.compiler.Trigger(name='append_only_stamp', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func='NEW.at := clock_timestamp(); RETURN NEW;', hash='8af205c60e41e8524a09147c1108773e533dbbc8', operation='INSERT', pgid='pgtrigger_append_only_stamp_85d4b', table='vault_restoration', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='restoration',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'append-only: no update' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='5a931a54a6480451cae46b9d0dbb8e45c6918d4c', operation='UPDATE', pgid='pgtrigger_append_only_0ef98', table='vault_restoration', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='restoration',
            trigger=pgtrigger.compiler.Trigger(name='append_only_period', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                IF OLD.at >= now() - interval '5 years' THEN\n                    RAISE EXCEPTION 'append-only: within its legal period' USING ERRCODE = '23514', CONSTRAINT = 'i5_within_period';\n                END IF;\n                RETURN OLD;\n            ", hash='f4531dfd84317ae9859c05eacfd13e1dbefe8bfe', operation='DELETE', pgid='pgtrigger_append_only_period_07cfb', table='vault_restoration', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='restoration',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'i5_append_only';", hash='588aaacc2c4c29fcaebe2abe9fc9a8fdf67fb725', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_43dea', table='vault_restoration', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='sealedproof',
            trigger=pgtrigger.compiler.Trigger(name='within_term', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    NEW.made_at := clock_timestamp();\n                    IF NEW.until < (now() AT TIME ZONE 'Europe/Amsterdam')::date\n                       OR NEW.until > (now() AT TIME ZONE 'Europe/Amsterdam')::date + interval '36 months' THEN\n                        RAISE EXCEPTION 'a term of at most 36 months, that is not over' USING ERRCODE = '23514', CONSTRAINT = 'vault_proof_term';\n                    END IF;\n                    RETURN NEW;\n                ", hash='70734a9a1b787cdd8e9726979934e20f93f1aaee', operation='INSERT', pgid='pgtrigger_within_term_28352', table='vault_sealedproof', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='sealedproof',
            trigger=pgtrigger.compiler.Trigger(name='stays', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'a proof never changes' USING ERRCODE = '23514', CONSTRAINT = 'vault_proof_stays';", hash='160a459e5a9486fa4637e0a5e8f8ff1a3d106b50', operation='UPDATE', pgid='pgtrigger_stays_c0a6f', table='vault_sealedproof', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='sealedproof',
            trigger=pgtrigger.compiler.Trigger(name='goes_after_term', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="\n                    IF OLD.until >= (now() AT TIME ZONE 'Europe/Amsterdam')::date THEN\n                        RAISE EXCEPTION 'a proof stays until its last day' USING ERRCODE = '23514', CONSTRAINT = 'vault_proof_stays';\n                    END IF;\n                    RETURN OLD;\n                ", hash='d4d3d9a8edf52f26061f5248338bcfd950947daf', operation='DELETE', pgid='pgtrigger_goes_after_term_4aeed', table='vault_sealedproof', when='BEFORE')),
        ),
        privacy.guards.AddGuard(
            model_name='sealedproof',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=privacy.guards.GuardSql(declare="DECLARE unignored text := set_config('pgtrigger.ignore', '{}', true);", func="RAISE EXCEPTION 'no truncate' USING ERRCODE = '23514', CONSTRAINT = 'vault_proof_stays';", hash='52f1803b3c8bf03ddc512a5a613d99710c9f1bf2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_fe473', table='vault_sealedproof', when='BEFORE')),
        ),
    ]
