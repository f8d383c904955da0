from importlib import import_module

from django.db import migrations

before = import_module('candidates.migrations.0006_search')

# Once for each statement, with everybody it wrote about: their documents are locked in one order, so that two statements
# about the same people wait for each other instead of both for ever, and many rows about one person are read once.
FOLLOW = r'''
CREATE OR REPLACE FUNCTION public.watson_search_written() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    -- Whom a row is about; its words; both of a row called r.
    whom text := TG_ARGV[0];
    words text := TG_ARGV[1];
    people uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format($q$SELECT array_agg(DISTINCT %s) FROM written r WHERE concat(%s) <> ''$q$, whom, words) INTO people;
    ELSIF TG_OP = 'DELETE' THEN
        EXECUTE format($q$SELECT array_agg(DISTINCT %s) FROM gone r$q$, whom) INTO people;
    ELSE
        -- What changed stands in one of the two and not in the other.
        EXECUTE format($q$SELECT array_agg(DISTINCT whom) FROM (
            (SELECT %1$s, %2$s FROM written r EXCEPT ALL SELECT %1$s, %2$s FROM gone r) UNION ALL
            (SELECT %1$s, %2$s FROM gone r EXCEPT ALL SELECT %1$s, %2$s FROM written r)) changed (whom)$q$, whom, words)
            INTO people;
    END IF;
    IF people IS NULL THEN
        RETURN NULL;
    ELSIF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME = 'candidates_candidate' THEN
            DELETE FROM public.candidates_searchdocument d WHERE d.candidate_id = ANY(people);
            RETURN NULL;
        END IF;
        -- Whose documents are gone is being erased: nothing is left to take words out of.
        people := ARRAY(SELECT DISTINCT d.candidate_id FROM public.candidates_searchdocument d
                        WHERE d.candidate_id = ANY(people));
    END IF;
    PERFORM public.watson_search_refresh(people);
    RETURN NULL;
END
$body$;
'''

OF_CANDIDACY = '(SELECT y.candidate_id FROM public.candidates_candidacy y WHERE y.id = r.candidacy_id)'
OF_DECISION = (
    '(SELECT y.candidate_id FROM public.candidates_stagedecision d'
    ' JOIN public.candidates_candidacy y ON y.id = d.candidacy_id WHERE d.id = r.decision_id)'
)
WHOM = {
    'candidates_candidate': 'r.id',
    'candidates_contactpoint': 'r.candidate_id',
    'candidates_note': 'r.candidate_id',
    'candidates_decisionnote': OF_DECISION,
}
EVENTS = {
    'INSERT': 'NEW TABLE AS written',
    'UPDATE': 'OLD TABLE AS gone NEW TABLE AS written',
    'DELETE': 'OLD TABLE AS gone',
}
TRIGGERS = '\n'.join(
    f'DROP TRIGGER IF EXISTS watson_search ON public.{table};'
    + ''.join(
        f'CREATE OR REPLACE TRIGGER watson_search_{event.lower()} AFTER {event} ON public.{table} REFERENCING {tables}'
        f" FOR EACH STATEMENT EXECUTE FUNCTION public.watson_search_written('{WHOM.get(table, OF_CANDIDACY)}',"
        f" '{', '.join(f'r.{column}' for column in columns.split(', '))}');"
        for event, tables in EVENTS.items()
    )
    for table, columns in before.FOLLOWED.items()
)
BACK = (
    '\n'.join(
        f'DROP TRIGGER IF EXISTS watson_search_{event.lower()} ON public.{table};'
        for table in before.FOLLOWED
        for event in EVENTS
    )
    + 'DROP FUNCTION IF EXISTS public.watson_search_written();'
    + before.FOLLOW
    + before.TRIGGERS
)


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0009_untold'),
    ]

    operations = [
        migrations.RunSQL(
            FOLLOW + TRIGGERS + 'DROP FUNCTION IF EXISTS public.watson_search_follow();', BACK
        ),
    ]
