from django.db import migrations

# What the guards ask, as privacy.numbers.function_sql() wrote it. Changed patterns need a migration that makes it anew:
# a test compares the two.
FUNCTION = r'''
CREATE OR REPLACE FUNCTION public.watson_identity_number(words text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    said text;
    low text;
    hit text[];
    digits text;
    total integer;
    run constant text := '\d([ .\-]?\d){7,}';
    first integer;
    behind integer := 1;
    since integer;
    near text;
BEGIN
    IF words IS NULL OR words !~ '\d|<<' THEN
        RETURN false;
    END IF;
    said := translate(words, '    ‐‑‒–—', '    -----');
    -- Looking for plain words first: most texts name no document, and the patterns take their time.
    low := lower(said);
    IF (strpos(low, 'pas') > 0 OR strpos(low, 'iden') > 0 OR strpos(low, 'kaart') > 0 OR strpos(low, 'card') > 0 OR strpos(low, 'bewijs') > 0 OR strpos(low, 'licen') > 0 OR strpos(low, 'document') > 0 OR strpos(low, 'verblijf') > 0 OR strpos(low, 'residence') > 0 OR strpos(low, 'legitim') > 0 OR strpos(low, 'rijksreg') > 0)
       AND (said ~ '\y(?:[Pp][Aa][Ss][Pp][Oo][Oo][Rr][Tt](?:[Ee][Nn])?|[Pp][Aa][Ss][Ss][Pp][Oo][Rr][Tt][Ss]?|(?:[Nn][Aa][Tt][Ii][Oo][Nn][Aa][Ll][Ee] )?[Ii][Dd][Ee][Nn][Tt][Ii][Tt][Ee][Ii][Tt][Ss](?:[Kk][Aa][Aa][Rr][Tt]|[Bb][Ee][Ww][Ii][Jj][Ss]|[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt])|[Ii][Dd][ \-]?(?:[Kk][Aa][Aa][Rr][Tt]|[Bb][Ee][Ww][Ii][Jj][Ss]|[Cc][Aa][Rr][Dd]|[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt])|[Ii][Dd][Ee][Nn][Tt][Ii][Tt][Yy] (?:[Cc][Aa][Rr][Dd]|[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Pp][Aa][Pp][Ee][Rr])[Ss]?|[Rr][Ii][Jj][Bb][Ee][Ww][Ii][Jj][Ss]|[Dd][Rr][Ii][Vv](?:[Ii][Nn][Gg]|[Ee][Rr]''?[Ss]?) [Ll][Ii][Cc][Ee][Nn][CScs][Ee]|[Vv][Ee][Rr][Bb][Ll][Ii][Jj][Ff][Ss](?:[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Vv][Ee][Rr][Gg][Uu][Nn][Nn][Ii][Nn][Gg]|[Kk][Aa][Aa][Rr][Tt]|[Pp][Aa][Ss])|[Rr][Ee][Ss][Ii][Dd][Ee][Nn][Cc][Ee] (?:[Pp][Ee][Rr][Mm][Ii][Tt]|[Cc][Aa][Rr][Dd])|[Vv][Rr][Ee][Ee][Mm][Dd][Ee][Ll][Ii][Nn][Gg][Ee][Nn][Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Tt][Rr][Aa][Vv][Ee][Ll] [Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Rr][Ee][Ii][Ss][Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Ll][Ee][Gg][Ii][Tt][Ii][Mm][Aa][Tt][Ii][Ee](?:[Bb][Ee][Ww][Ii][Jj][Ss])?|[Rr][Ii][Jj][Kk][Ss][Rr][Ee][Gg][Ii][Ss][Tt][Ee][Rr](?:[Nn][Uu][Mm][Mm][Ee][Rr])?)(?:[\- ]?(?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Uu][Mm][Bb][Ee][Rr][Ss]?|[Nn][Rr]|[Nn][Oo]|[Ii][Dd])\y\.?)?(?:[^\w\n]+[A-Za-z]{1,14}){0,4}[^\w\n/]{1,4}((?=[A-Z]*\d[A-Z]*\d)[A-Z0-9]{7,16}|\d\d\.\d\d\.\d\d-\d\d\d\.\d\d|[A-Z]{1,3} \d{6,9})(?![\w/])' OR said ~ '\y[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt](?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Rr]| [Nn][Uu][Mm][Bb][Ee][Rr]| [Nn][Oo])\.?[^\n.]{0,30}(?:[Pp][Aa][Ss][Pp][Oo][Oo][Rr][Tt](?:[Ee][Nn])?|[Pp][Aa][Ss][Ss][Pp][Oo][Rr][Tt][Ss]?|(?:[Nn][Aa][Tt][Ii][Oo][Nn][Aa][Ll][Ee] )?[Ii][Dd][Ee][Nn][Tt][Ii][Tt][Ee][Ii][Tt][Ss](?:[Kk][Aa][Aa][Rr][Tt]|[Bb][Ee][Ww][Ii][Jj][Ss]|[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt])|[Ii][Dd][ \-]?(?:[Kk][Aa][Aa][Rr][Tt]|[Bb][Ee][Ww][Ii][Jj][Ss]|[Cc][Aa][Rr][Dd]|[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt])|[Ii][Dd][Ee][Nn][Tt][Ii][Tt][Yy] (?:[Cc][Aa][Rr][Dd]|[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Pp][Aa][Pp][Ee][Rr])[Ss]?|[Rr][Ii][Jj][Bb][Ee][Ww][Ii][Jj][Ss]|[Dd][Rr][Ii][Vv](?:[Ii][Nn][Gg]|[Ee][Rr]''?[Ss]?) [Ll][Ii][Cc][Ee][Nn][CScs][Ee]|[Vv][Ee][Rr][Bb][Ll][Ii][Jj][Ff][Ss](?:[Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Vv][Ee][Rr][Gg][Uu][Nn][Nn][Ii][Nn][Gg]|[Kk][Aa][Aa][Rr][Tt]|[Pp][Aa][Ss])|[Rr][Ee][Ss][Ii][Dd][Ee][Nn][Cc][Ee] (?:[Pp][Ee][Rr][Mm][Ii][Tt]|[Cc][Aa][Rr][Dd])|[Vv][Rr][Ee][Ee][Mm][Dd][Ee][Ll][Ii][Nn][Gg][Ee][Nn][Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Tt][Rr][Aa][Vv][Ee][Ll] [Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Rr][Ee][Ii][Ss][Dd][Oo][Cc][Uu][Mm][Ee][Nn][Tt]|[Ll][Ee][Gg][Ii][Tt][Ii][Mm][Aa][Tt][Ii][Ee](?:[Bb][Ee][Ww][Ii][Jj][Ss])?|[Rr][Ii][Jj][Kk][Ss][Rr][Ee][Gg][Ii][Ss][Tt][Ee][Rr](?:[Nn][Uu][Mm][Mm][Ee][Rr])?)[^\n]{0,20}[^\w\n/]{1,4}((?=[A-Z]*\d[A-Z]*\d)[A-Z0-9]{7,16}|\d\d\.\d\d\.\d\d-\d\d\d\.\d\d|[A-Z]{1,3} \d{6,9})(?![\w/])') THEN
        RETURN true;
    END IF;
    IF strpos(said, '<<') > 0 THEN
        FOR hit IN SELECT regexp_matches(said, '(?<![A-Z0-9<])([PIACV][A-Z<][A-Z<]{3}[A-Z0-9<]{15,39}|[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{2,16})(?![A-Z0-9<])', 'g') LOOP
            IF strpos(hit[1], '<<') > 0 THEN
                RETURN true;
            END IF;
        END LOOP;
    END IF;
    -- Each run of digits with what stands around it: far enough for its name, and never half of another number.
    LOOP
        first := regexp_instr(said, run, behind);
        EXIT WHEN first = 0;
        since := greatest(behind - 1, first - 72, 1);
        behind := regexp_instr(said, run, first, 1, 1);
        near := substr(said, since, behind - since + 9);
        FOR hit IN
            SELECT regexp_matches(near, '\y(?:[Bb][Ss][Nn](?:[\- ]?(?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Rr]|[Nn][Uu][Mm][Bb][Ee][Rr]|[Nn][Oo]))?|[Bb][Uu][Rr][Gg][Ee][Rr] ?[Ss][Ee][Rr][Vv][Ii][Cc][Ee](?: ?[Nn][Uu][Mm][Mm][Ee][Rr]| ?[Nn][Rr])?|[Ss][Oo][Ff][Ii](?:[\- ]?(?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Rr]))?|[Cc][Ii][Tt][Ii][Zz][Ee][Nn] [Ss][Ee][Rr][Vv][Ii][Cc][Ee] (?:[Nn][Uu][Mm][Bb][Ee][Rr]|[Nn][Oo])|[Ss][Oo][Cc][Ii][Aa][Ll] [Ss][Ee][Cc][Uu][Rr][Ii][Tt][Yy] (?:[Nn][Uu][Mm][Bb][Ee][Rr]|[Nn][Oo]))(?![A-Za-z_])[^\d\n]{0,40}(\d(?:[ .\-]?\d){7,8})(?![\w/]|[.\-]\w|,\d| ?\d| ?(?:€|%|[Ee][Uu][Rr][Oo]|[Ee][Uu][Rr]|[Dd][Oo][Ll][Ll][Aa][Rr][Ss]?|[Uu][Ss][Dd]|[Pp][Oo][Nn][Dd]|[Pp][Oo][Uu][Nn][Dd][Ss]?|[Ss][Tt][Uu][Kk][Ss]|[Uu][Nn][Ii][Tt][Ss]|[Mm][Ii][Ll][Jj][Oo][Ee][Nn]|[Mm][Ii][Ll][Ll][Ii][Oo][Nn]|[Kk][Mm]|[Mm]2))', 'g')
            UNION ALL
            SELECT spotted.parts
            FROM regexp_matches(regexp_replace(near, '\y(?:[Kk][Vv][Kk](?:[\- ]?(?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Rr]))?|[Kk]\.[Vv]\.[Kk]\.|[Kk][Aa][Mm][Ee][Rr] [Vv][Aa][Nn] [Kk][Oo][Oo][Pp][Hh][Aa][Nn][Dd][Ee][Ll]|[Cc][Hh][Aa][Mm][Bb][Ee][Rr] [Oo][Ff] [Cc][Oo][Mm][Mm][Ee][Rr][Cc][Ee]|[Ii][Bb][Aa][Nn]|[Ff][Aa][Xx]|[Mm][Oo][Bb][Ii][Ee][Ll]|[Mm][Oo][Bb][Ii][Ll][Ee]|(?:[Bb][Aa][Nn][Kk])?[Rr][Ee][Kk][Ee][Nn][Ii][Nn][Gg](?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Rr])?|[Aa][Cc][Cc][Oo][Uu][Nn][Tt](?: (?:[Nn][Uu][Mm][Bb][Ee][Rr]|[Nn][Oo]))?|[Tt][Ee][Ll](?:[Ee][Ff][Oo][Oo][Nn](?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Rr])?)?|(?:[Tt][Ee][Ll][Ee])?[Pp][Hh][Oo][Nn][Ee](?: [Nn][Uu][Mm][Bb][Ee][Rr])?|(?:[Oo][Rr][Dd][Ee][Rr]|[Ff][Aa][Cc][Tt][Uu][Uu][Rr]|[Dd][Oo][Ss][Ss][Ii][Ee][Rr]|[Zz][Aa][Aa][Kk]|[Kk][Ll][Aa][Nn][Tt]|[Pp][Oo][Ll][Ii][Ss]|[Oo][Ff][Ff][Ee][Rr][Tt][Ee]|[Aa][Rr][Tt][Ii][Kk][Ee][Ll]|[Rr][Ee][Ff][Ee][Rr][Ee][Nn][Tt][Ii][Ee]|[Vv][Aa][Cc][Aa][Tt][Uu][Rr][Ee]|[Rr][Ss][Ii][Nn]|[Vv][Ee][Ss][Tt][Ii][Gg][Ii][Nn][Gg][Ss])[\- ]?(?:[Nn][Uu][Mm][Mm][Ee][Rr]|[Nn][Rr])?|(?:[Oo][Rr][Dd][Ee][Rr]|[Ii][Nn][Vv][Oo][Ii][Cc][Ee]|[Cc][Aa][Ss][Ee]|[Ff][Ii][Ll][Ee]|[Cc][Uu][Ss][Tt][Oo][Mm][Ee][Rr]|[Pp][Oo][Ll][Ii][Cc][Yy]|[Pp][Aa][Rr][Tt]|[Rr][Ee][Ff][Ee][Rr][Ee][Nn][Cc][Ee]|[Rr][Ee][Ff]|[Tt][Ii][Cc][Kk][Ee][Tt]|[Vv][Aa][Tt]|[Bb][Tt][Ww]|[Jj][Oo][Bb])(?: (?:[Nn][Uu][Mm][Bb][Ee][Rr]|[Nn][Oo]))?)\y[^\w\n]{0,12}\d(?:[ .\-]?\d){7,8}(?!\d)', ' ', 'g'), '(?<![\w+/=#])(?<!\w[.\-])(?<!\d[ ,])(?<![€$£])(?<![€$£] )(?!0\d{1,3}[ .\-])(\d(?:[ .\-]?\d){7,8})(?![\w/]|[.\-]\w|,\d| ?\d| ?(?:€|%|[Ee][Uu][Rr][Oo]|[Ee][Uu][Rr]|[Dd][Oo][Ll][Ll][Aa][Rr][Ss]?|[Uu][Ss][Dd]|[Pp][Oo][Nn][Dd]|[Pp][Oo][Uu][Nn][Dd][Ss]?|[Ss][Tt][Uu][Kk][Ss]|[Uu][Nn][Ii][Tt][Ss]|[Mm][Ii][Ll][Jj][Oo][Ee][Nn]|[Mm][Ii][Ll][Ll][Ii][Oo][Nn]|[Kk][Mm]|[Mm]2))', 'g')
                AS spotted(parts)
            WHERE length(regexp_replace(spotted.parts[1], '\D', '', 'g')) = 9
        LOOP
            digits := lpad(regexp_replace(hit[1], '\D', '', 'g'), 9, '0');
            total := -substr(digits, 9, 1)::integer;
            FOR place IN 1..8 LOOP
                total := total + (10 - place) * substr(digits, place, 1)::integer;
            END LOOP;
            IF digits <> '000000000' AND total % 11 = 0 THEN
                RETURN true;
            END IF;
        END LOOP;
    END LOOP;
    RETURN false;
END
$body$;
'''


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0004_forget_requests'),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, 'DROP FUNCTION IF EXISTS public.watson_identity_number(text)'),
    ]
