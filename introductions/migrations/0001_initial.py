import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('candidates', '0001_initial'),
        ('consent', '0001_initial'),
        ('mailing', '0001_initial'),
        ('privacy', '0001_initial'),
        ('vacancies', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Introduction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('shared', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('profile', 'name, job and employer'), ('cv', 'CV'), ('letter', "the recruiter's proposal"), ('contact', 'contact details')], max_length=10), default=list, size=None, verbose_name='what is shown')),
                ('words', models.TextField(blank=True, verbose_name='words to the client')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('candidacy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='introductions', to='candidates.candidacy', verbose_name='candidacy')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='introductions', to='vacancies.client', verbose_name='client')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='introductions', to='consent.consentevent', verbose_name="the person's yes")),
                ('introduced_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='introduced by')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='introductions', to='consent.consentrequest', verbose_name='consent request')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='introductions', to='privacy.subject', verbose_name='person')),
                ('vacancy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='introductions', to='vacancies.vacancy', verbose_name='vacancy')),
            ],
            options={
                'verbose_name': 'introduction',
                'verbose_name_plural': 'introductions',
                'ordering': ['-at'],
                'constraints': [models.UniqueConstraint(fields=('event',), name='introduction_once_per_yes', violation_error_message='This person has been introduced already.')],
            },
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_seen_at', models.DateTimeField(blank=True, null=True, verbose_name='first seen')),
                ('deletion_confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='said to be deleted')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='received', to='vacancies.clientcontact', verbose_name='contact')),
                ('introduction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='introductions.introduction')),
            ],
            options={
                'verbose_name': 'recipient',
                'verbose_name_plural': 'recipients',
                'constraints': [models.UniqueConstraint(fields=('introduction', 'contact'), name='recipient_once')],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('verdict', models.CharField(choices=[('yes', 'we would like to meet'), ('no', 'not for us'), ('question', 'we have a question')], max_length=10, verbose_name='answer')),
                ('words', models.TextField(blank=True, verbose_name='words')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='introductions.recipient')),
            ],
            options={
                'verbose_name': 'feedback',
                'verbose_name_plural': 'feedback',
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='SpottedMail',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=110, verbose_name='which mail, as a hash')),
                ('why', models.CharField(choices=[('email', 'their e-mail address stands in it'), ('phone', 'their phone number stands in it'), ('profile', 'their profile stands in it'), ('name', 'their name stands in it'), ('cv', 'a CV goes along')], max_length=10, verbose_name='seen by')),
                ('sent_at', models.DateTimeField(verbose_name='sent')),
                ('what', models.CharField(blank=True, choices=[('introduced', 'an introduction'), ('breach', 'a data breach'), ('nothing', 'not an introduction')], max_length=10, verbose_name='what it was')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('breach', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.breach', verbose_name='place in the register')),
                ('candidacy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='spotted', to='candidates.candidacy', verbose_name='candidacy')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vacancies.clientcontact', verbose_name='sent to')),
                ('mailbox', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='spotted', to='mailing.mailbox', verbose_name='mailbox')),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent by')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='settled by')),
            ],
            options={
                'verbose_name': 'mail to a client with a candidate in it',
                'verbose_name_plural': 'mail to clients with a candidate in it',
                'ordering': ['sent_at'],
                'constraints': [models.UniqueConstraint(fields=('mailbox', 'key', 'contact'), name='spotted_mail_once'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('settled_by', None), ('what', '')), models.Q(models.Q(('what', ''), _negated=True), ('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='spotted_mail_settled_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('breach__isnull', False), ('what', 'breach')), models.Q(models.Q(('what', 'breach'), _negated=True), ('breach', None)), _connector='OR'), name='spotted_mail_breach_registered')],
            },
        ),
    ]
