from django.db import migrations

# The role that runs Watson owns no table, so it cannot have the planner look anew. An empty table keeps its old
# statistics over an ANALYZE: PostgreSQL 18 can clear them; before that a type that changes into itself drops them.
ANALYZE = r"""
CREATE OR REPLACE FUNCTION public.watson_analyze(what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    filled boolean;
    held record;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_class c
                   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = what) THEN
        RETURN;
    END IF;
    EXECUTE format('ANALYZE public.%I', what);
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', what) INTO filled;
    IF filled THEN RETURN; END IF;
    FOR held IN
        SELECT s.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_stats s
        JOIN pg_attribute a ON a.attrelid = format('public.%I', what)::regclass AND a.attname = s.attname
        WHERE s.schemaname = 'public' AND s.tablename = what
    LOOP
        IF to_regproc('pg_catalog.pg_clear_attribute_stats') IS NOT NULL THEN
            PERFORM pg_clear_attribute_stats('public', what, held.attname::text, false);
        ELSE
            BEGIN
                EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I TYPE %s', what, held.attname, held.type);
            EXCEPTION WHEN OTHERS THEN
                NULL;  -- a trigger names the column: the search says what is left
            END;
        END IF;
    END LOOP;
END $$;
"""

DROP = "DROP FUNCTION IF EXISTS public.watson_analyze(text)"


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0002_guards'),
    ]

    operations = [
        migrations.RunSQL(ANALYZE, DROP),
    ]
