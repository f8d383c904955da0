from django.db import migrations

# As for the files of requests: the role that runs Watson may delete no record, so a function of the owner does it, and
# the guards look at every date once more.
FORGET = r"""
CREATE OR REPLACE FUNCTION public.watson_forget_records(years integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before timestamptz := now() - make_interval(years => greatest(years, 5));
    gone bigint;
BEGIN
    DELETE FROM public.vault_erasureend e WHERE e.finished_at < before;
    DELETE FROM public.vault_erasurerecord r WHERE r.at < before
        AND NOT EXISTS (SELECT 1 FROM public.vault_erasureend e WHERE e.erasure = r.erasure);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
"""
DROP = "DROP FUNCTION IF EXISTS public.watson_forget_records(integer)"


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0003_analyze'),
    ]

    operations = [
        migrations.RunSQL(FORGET, DROP),
    ]
