from django.db import migrations

# The role that runs Watson may delete no row of a ledger, so the files of requests end through functions of the owner.
# Whatever points at a request by a foreign key is part of its file, and at what is part of it, and so on; the guards
# look at every date once more. Only the second one can be called by others, and it chooses what goes by itself.
FORGET = r"""
CREATE OR REPLACE FUNCTION public.watson_forget_rows(what regclass, keys text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of record;
    below text[];
    key_name name;
    key_type text;
BEGIN
    IF COALESCE(cardinality(keys), 0) = 0 THEN RETURN; END IF;
    SELECT a.attname, format_type(a.atttypid, a.atttypmod) INTO key_name, key_type
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = what AND i.indisprimary;
    FOR of IN
        SELECT c.conrelid::regclass AS child, f.attname AS path, k.attname AS own
        FROM pg_constraint c
        JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = c.conkey[1]
        JOIN pg_index i ON i.indrelid = c.conrelid AND i.indisprimary
        JOIN pg_attribute k ON k.attrelid = c.conrelid AND k.attnum = i.indkey[0]
        WHERE c.contype = 'f' AND c.confrelid = what AND cardinality(c.conkey) = 1
        ORDER BY c.conname
    LOOP
        EXECUTE format('SELECT array_agg(t.%I::text) FROM %s t WHERE t.%I = ANY ($1::%s[])',
                       of.own, of.child, of.path, key_type) INTO below USING keys;
        PERFORM public.watson_forget_rows(of.child, below);
    END LOOP;
    EXECUTE format('DELETE FROM %s t WHERE t.%I = ANY ($1::%s[])', what, key_name, key_type) USING keys;
END $$;
REVOKE ALL ON FUNCTION public.watson_forget_rows(regclass, text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION public.watson_forget_requests(years integer, OUT requests bigint, OUT erasures bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before timestamptz := now() - make_interval(years => greatest(years, 5));
    going text[];
    ended text[];
BEGIN
    SELECT COALESCE(array_agg(r.id::text), '{}') INTO going FROM public.privacy_datarequest r
    WHERE r.answered_at < before AND r.created_at < before
      AND NOT EXISTS (SELECT 1 FROM public.privacy_requeststep s WHERE s.request_id = r.id AND s.at >= before)
      AND NOT EXISTS (SELECT 1 FROM public.privacy_crossing s WHERE s.request_id = r.id AND s.at >= before)
      AND NOT EXISTS (SELECT 1 FROM public.privacy_requestnotice s WHERE s.request_id = r.id AND s.at >= before)
      AND NOT EXISTS (SELECT 1 FROM public.privacy_restriction s
                      WHERE s.request_id = r.id AND (s.lifted_at IS NULL OR s.lifted_at >= before))
      AND NOT EXISTS (SELECT 1 FROM public.privacy_erasure s
                      WHERE s.request_id = r.id AND (s.planned_at >= before OR s.approved_at IS NOT NULL
                          AND (s.finished_at IS NULL OR s.finished_at >= before)));
    -- Those of the clock have no request.
    SELECT COALESCE(array_agg(e.id::text), '{}') INTO ended FROM public.privacy_erasure e
    WHERE e.request_id::text = ANY (going) OR e.request_id IS NULL AND e.finished_at < before;
    PERFORM public.watson_forget_rows('public.privacy_erasure', ended);
    PERFORM public.watson_forget_rows('public.privacy_datarequest', going);
    requests := cardinality(going);
    erasures := cardinality(ended);
END $$;
"""

DROP = """
DROP FUNCTION IF EXISTS public.watson_forget_requests(integer);
DROP FUNCTION IF EXISTS public.watson_forget_rows(regclass, text[]);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0003_analyze'),
    ]

    operations = [
        migrations.RunSQL(FORGET, DROP),
    ]
