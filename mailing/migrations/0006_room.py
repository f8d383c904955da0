from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('mailing', '0005_marks'),
    ]

    operations = [
        # Nobody looks ids up by their beginning.
        migrations.RunSQL(
            'DROP INDEX IF EXISTS mailing_providermail_provider_message_id_6672e040_like', migrations.RunSQL.noop
        ),
        # What becomes of a message is written beside its row in the same page, which leaves every index alone.
        migrations.RunSQL(
            'ALTER TABLE mailing_message SET (fillfactor = 45)', 'ALTER TABLE mailing_message RESET (fillfactor)'
        ),
    ]
