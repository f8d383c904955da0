from django.db import migrations

# candidates.names.fold, in SQL: a test compares the two. It asks no locale and no extension, so that every server folds
# alike and the words can be indexed.
FOLD = r'''
CREATE OR REPLACE FUNCTION public.watson_fold(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT regexp_replace(replace(replace(replace(replace(translate(
        lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g') COLLATE "C"),
        'ÆŒÞẞØĐÐŁĦŦŊƏƑƁƂƄƆƇƉƊƋƎƐƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǤǶǷøøȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎøđðłħŧıŋəƒΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯς''’‘ʼ`´′',
        'æœþßoddlhtnefɓƃƅɔƈɖɗƌǝɛɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǥƕƿooȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏoddlhtinefαβγδεζηθικλμνξοπρστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяσ'),
        'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ß', 'ss'),
        '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u2000-\u206f\u20a0-\u20cf\u2100-\u2bff\u3000-\u303f]+', ' ', 'g')
$body$;
'''

# The documents of these people, made anew from what stands about them. Nobody's who is erased.
REFRESH = r'''
CREATE OR REPLACE FUNCTION public.watson_search_refresh(people uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    -- Two who write about one person at once: the second waits here, and its next statement sees the first's words.
    PERFORM 1 FROM public.candidates_searchdocument d
        WHERE d.candidate_id = ANY(people) AND d.vacancy_id IS NULL ORDER BY d.candidate_id FOR UPDATE;
    WITH person AS (
        SELECT c.id, concat_ws(' watsongap ',
            concat_ws(' ', c.given_name, regexp_replace(concat_ws(' ', c.partner_infix, c.partner_surname),
                '([''’‘ʼ`´′])\s+', '\1', 'g'),
                regexp_replace(concat_ws(' ', c.infix, c.surname), '([''’‘ʼ`´′])\s+', '\1', 'g')),
            c.partner_surname, c.surname, c.initials, c.job_title, c.employer, c.place,
            (SELECT string_agg(CASE p.kind
                -- The digits as they are typed at home, too; of a profile page what comes after the site.
                WHEN 'phone' THEN concat_ws(' ', p.normalised, regexp_replace(p.normalised, '^\+31', '0'))
                WHEN 'profile' THEN regexp_replace(p.normalised, '^[^/]*/(in/|users/\d+/)?', '')
                ELSE p.normalised END, ' watsongap ')
             FROM public.candidates_contactpoint p WHERE p.candidate_id = c.id AND p.removed_at IS NULL),
            (SELECT string_agg(n.text, ' watsongap ') FROM public.candidates_note n
             WHERE n.candidate_id = c.id AND n.candidacy_id IS NULL AND n.removed_at IS NULL)) AS words
        FROM public.candidates_candidate c JOIN public.privacy_subject s ON s.id = c.subject_id
        WHERE c.id = ANY(people) AND s.erased_at IS NULL AND c.sort_key <> ''
    ), said AS (
        SELECT y.candidate_id, y.vacancy_id, n.words
        FROM public.candidates_candidacy y, LATERAL (
            SELECT t.note FROM public.candidates_task t WHERE t.candidacy_id = y.id
            UNION ALL SELECT n.text FROM public.candidates_note n WHERE n.candidacy_id = y.id AND n.removed_at IS NULL
            UNION ALL SELECT l.note FROM public.candidates_loggedcontact l WHERE l.candidacy_id = y.id
            UNION ALL SELECT o.detail FROM public.candidates_source o WHERE o.candidacy_id = y.id
            UNION ALL SELECT w.text FROM public.candidates_decisionnote w
                JOIN public.candidates_stagedecision d ON d.id = w.decision_id WHERE d.candidacy_id = y.id
        ) n(words)
        WHERE y.candidate_id = ANY(people) AND n.words <> ''
    ), fresh AS (
        SELECT id, NULL::uuid AS vacancy_id, words FROM person
        UNION ALL
        SELECT p.id, n.vacancy_id, concat_ws(' watsongap ', p.words, n.words)
        FROM person p JOIN (SELECT candidate_id, vacancy_id, string_agg(words, ' watsongap ') AS words
                            FROM said GROUP BY candidate_id, vacancy_id) n ON n.candidate_id = p.id
    ), stale AS (
        DELETE FROM public.candidates_searchdocument d
        WHERE d.candidate_id = ANY(people) AND NOT EXISTS (
            SELECT 1 FROM fresh f WHERE f.id = d.candidate_id AND f.vacancy_id IS NOT DISTINCT FROM d.vacancy_id)
    )
    INSERT INTO public.candidates_searchdocument AS kept (candidate_id, vacancy_id, words)
    -- Words do not run on from one field into the next; and a megabyte is as much as PostgreSQL takes.
    SELECT f.id, f.vacancy_id, ts_delete(
        to_tsvector('simple'::regconfig, public.watson_fold(left(f.words, 200000))), 'watsongap')
    FROM fresh f
    ON CONFLICT (candidate_id, vacancy_id) DO UPDATE SET words = EXCLUDED.words
        WHERE kept.words IS DISTINCT FROM EXCLUDED.words;
END
$body$;
'''

FOLLOW = r'''
CREATE OR REPLACE FUNCTION public.watson_search_follow() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    written record;
    person uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN written := OLD; ELSE written := NEW; END IF;
    CASE TG_TABLE_NAME
        WHEN 'candidates_candidate' THEN person := written.id;
        WHEN 'candidates_contactpoint', 'candidates_note' THEN person := written.candidate_id;
        WHEN 'candidates_decisionnote' THEN
            SELECT y.candidate_id INTO person FROM public.candidates_stagedecision d
                JOIN public.candidates_candidacy y ON y.id = d.candidacy_id WHERE d.id = written.decision_id;
        ELSE SELECT y.candidate_id INTO person FROM public.candidates_candidacy y WHERE y.id = written.candidacy_id;
    END CASE;
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'candidates_candidate' THEN
        DELETE FROM public.candidates_searchdocument d WHERE d.candidate_id = person;
    -- Whose documents are gone is being erased: nothing is left to take words out of.
    ELSIF TG_OP <> 'DELETE' OR EXISTS (SELECT 1 FROM public.candidates_searchdocument d WHERE d.candidate_id = person) THEN
        PERFORM public.watson_search_refresh(ARRAY[person]);
    END IF;
    RETURN NULL;
END
$body$;
'''

# Which columns of which table are words about somebody.
FOLLOWED = {
    'candidates_candidate': 'given_name, initials, infix, surname, partner_infix, partner_surname, sort_key, job_title, employer, place',
    'candidates_contactpoint': 'kind, normalised, removed_at',
    'candidates_note': 'text, removed_at',
    'candidates_task': 'note',
    'candidates_loggedcontact': 'note',
    'candidates_source': 'detail',
    'candidates_decisionnote': 'text',
}
TRIGGERS = '\n'.join(
    f'CREATE OR REPLACE TRIGGER watson_search AFTER INSERT OR UPDATE OF {columns} OR DELETE ON public.{table}'
    ' FOR EACH ROW EXECUTE FUNCTION public.watson_search_follow();'
    for table, columns in FOLLOWED.items()
)
FILL = 'SELECT public.watson_search_refresh(ARRAY(SELECT id FROM public.candidates_candidate));'
DROP = '\n'.join(
    [
        *(f'DROP TRIGGER IF EXISTS watson_search ON public.{table};' for table in FOLLOWED),
        'DROP FUNCTION IF EXISTS public.watson_search_follow();',
        'DROP FUNCTION IF EXISTS public.watson_search_refresh(uuid[]);',
        'DROP FUNCTION IF EXISTS public.watson_fold(text);',
    ]
)


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0005_notes_and_tasks'),
    ]

    operations = [
        migrations.RunSQL(FOLD + REFRESH + FOLLOW + TRIGGERS + FILL, DROP),
    ]
