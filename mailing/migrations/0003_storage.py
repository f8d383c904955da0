from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('mailing', '0002_guards'),
    ]

    operations = [
        # Nobody looks events up by the beginning of their id.
        migrations.RunSQL(
            'DROP INDEX IF EXISTS mailing_mailevent_event_id_54fe96dc_like', migrations.RunSQL.noop
        ),
        # The bodies go out of line sooner, so that a change of state does not write them again.
        migrations.RunSQL(
            'ALTER TABLE mailing_message SET (toast_tuple_target = 512)',
            'ALTER TABLE mailing_message RESET (toast_tuple_target)',
        ),
    ]
