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
        ('mailing', '0001_initial'),
        ('privacy', '0001_initial'),
        ('vacancies', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(max_length=20, verbose_name='purpose')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('question_nl', models.TextField(verbose_name='question, Dutch')),
                ('question_en', models.TextField(verbose_name='question, English')),
                ('yes_nl', models.CharField(max_length=300, verbose_name='sentence for yes, Dutch')),
                ('yes_en', models.CharField(max_length=300, verbose_name='sentence for yes, English')),
                ('notice_nl', models.TextField(verbose_name='privacy notice, Dutch')),
                ('notice_en', models.TextField(verbose_name='privacy notice, English')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
            ],
            options={
                'verbose_name': 'consent text',
                'verbose_name_plural': 'consent texts',
                'ordering': ['purpose', '-version'],
                'constraints': [models.UniqueConstraint(fields=('purpose', 'version'), name='consent_text_version_once')],
            },
        ),
        migrations.CreateModel(
            name='ConsentRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('talk', 'may we talk about a confidential vacancy'), ('introduce', 'introduction to the client'), ('pool', 'kept to be asked for other vacancies')], default='introduce', max_length=20, verbose_name='purpose')),
                ('client_as_named', models.CharField(blank=True, max_length=200, verbose_name='client as named')),
                ('vacancy_title', models.CharField(blank=True, max_length=200, verbose_name='vacancy as named')),
                ('vacancy_text', models.TextField(blank=True, verbose_name='vacancy text as shown')),
                ('shared', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('profile', 'name, job and employer'), ('cv', 'CV'), ('letter', "the recruiter's proposal"), ('contact', 'contact details')], max_length=10), default=list, size=None, verbose_name='what would be sent')),
                ('language', models.CharField(choices=[('nl', 'Dutch'), ('en', 'English')], max_length=2, verbose_name='language')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('expires_at', models.DateTimeField(verbose_name='can be answered until')),
                ('handed_over_at', models.DateTimeField(blank=True, null=True, verbose_name='first handed over')),
                ('follow_up_on', models.DateField(blank=True, null=True, verbose_name='agreed to speak on')),
                ('replied_at', models.DateTimeField(blank=True, null=True, verbose_name='answered in words')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('events_seen', models.PositiveIntegerField(default=0, editable=False, verbose_name='lock counter')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('client', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vacancies.client', verbose_name='client named to the person')),
                ('renews', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewal', to='consent.consentrequest', verbose_name='asks again')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consent_requests', to='privacy.subject', verbose_name='person')),
                ('vacancy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consent_requests', to='vacancies.vacancy', verbose_name='vacancy')),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='consent.consenttext', verbose_name='words')),
            ],
            options={
                'verbose_name': 'consent request',
                'verbose_name_plural': 'consent requests',
                'ordering': ['-created_at'],
                'indexes': [models.Index(condition=models.Q(('purpose', 'pool')), fields=['subject'], name='consent_pool_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'introduce'), _negated=True), ('client__isnull', False), _connector='OR'), name='consent_introduce_names_client'), models.CheckConstraint(condition=models.Q(models.Q(('client', None), ('purpose', 'pool'), ('shared__len', 0), ('vacancy', None)), models.Q(models.Q(('purpose', 'pool'), _negated=True), ('renews', None), ('vacancy__isnull', False)), _connector='OR'), name='consent_pool_alone'), models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('subject', 'vacancy', 'purpose'), name='consent_request_open_once', violation_error_message='This person has been asked already.'), models.UniqueConstraint(condition=models.Q(('closed_at', None), ('purpose', 'pool'), ('renews', None)), fields=('subject',), name='consent_pool_open_once', violation_error_message='This person has been asked already.')],
            },
        ),
        migrations.CreateModel(
            name='ConsentEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('given', 'yes'), ('refused', 'no'), ('talk_first', 'talk to me first'), ('withdrawn', 'withdrawn'), ('expired', 'expired'), ('pending', 'yes by phone, to be confirmed')], max_length=12, verbose_name='answer')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='at')),
                ('channel', models.CharField(choices=[('email', 'e-mail'), ('inmail', 'InMail'), ('whatsapp', 'WhatsApp'), ('sms', 'text message'), ('phone', 'read aloud'), ('other', 'another way')], default='email', max_length=10, verbose_name='how')),
                ('language', models.CharField(choices=[('nl', 'Dutch'), ('en', 'English')], max_length=2, verbose_name='language shown')),
                ('wording_sha256', models.CharField(max_length=64, verbose_name='hash of the words shown')),
                ('link', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consent_events', to='privacy.link', verbose_name='through link')),
                ('recorded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='consent.consentrequest', verbose_name='request')),
            ],
            options={
                'verbose_name': 'consent event',
                'verbose_name_plural': 'consent events',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['request', '-id'], name='consent_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['given', 'refused', 'talk_first', 'withdrawn', 'expired', 'pending'])), name='consent_event_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['given', 'refused', 'talk_first', 'withdrawn']), ('link__isnull', False), ('recorded_by', None)), models.Q(('kind', 'pending'), ('link', None), ('recorded_by__isnull', False)), models.Q(('kind', 'expired'), ('link', None), ('recorded_by', None)), _connector='OR'), name='consent_own_act')],
            },
        ),
        migrations.CreateModel(
            name='ConsentTrace',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='trace', serialize=False, to='consent.consentevent')),
                ('ip', models.GenericIPAddressField(blank=True, null=True, verbose_name='IP address')),
                ('user_agent', models.CharField(blank=True, max_length=300, verbose_name='browser')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
            ],
            options={
                'verbose_name': 'trace of an answer',
                'verbose_name_plural': 'traces of answers',
            },
        ),
        migrations.CreateModel(
            name='LegalBasis',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('basis', models.CharField(choices=[('legitimate_interest', 'legitimate interest'), ('consent', 'consent'), ('own_request', "the person's own application"), ('pool_consent', 'consent to be kept for other vacancies'), ('legal_obligation', "only to honour the person's answer and erase")], max_length=20, verbose_name='basis')),
                ('reason', models.CharField(choices=[('found', 'found for this vacancy'), ('own_interest', 'the person showed interest'), ('applied', 'wrote to us of their own accord'), ('given', 'said yes'), ('refused', 'said no'), ('withdrawn', 'withdrew'), ('objected', 'objected'), ('not_me', "the address was somebody else's"), ('expired', 'consent expired'), ('no_answer', 'no answer in time'), ('closed', 'the procedure ended')], max_length=15, verbose_name='why')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('until', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('assessment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.legitimateinterestassessment', verbose_name='assessment')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('event', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bases', to='consent.consentevent', verbose_name='answer')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legal_bases', to='privacy.subject', verbose_name='person')),
                ('vacancy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='legal_bases', to='vacancies.vacancy', verbose_name='vacancy')),
            ],
            options={
                'verbose_name': 'legal basis',
                'verbose_name_plural': 'legal bases',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['subject', 'vacancy', '-id'], name='basis_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('assessment__isnull', False), ('basis', 'legitimate_interest'), ('until', None), ('vacancy__isnull', False)), models.Q(('basis', 'consent'), ('event__isnull', False), ('until', None), ('vacancy__isnull', False)), models.Q(('basis', 'pool_consent'), ('event__isnull', False), ('until__isnull', False), ('vacancy', None)), models.Q(('basis', 'own_request'), ('until__isnull', False), ('vacancy', None)), models.Q(('basis', 'legal_obligation'), ('until', None)), _connector='OR'), name='legal_basis_has_proof')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('given_at', models.DateTimeField(verbose_name='given')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('undone_reason', models.CharField(blank=True, max_length=60, verbose_name='why undone')),
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='notice', to='mailing.message', verbose_name='message')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='privacy.subject', verbose_name='person')),
                ('template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mailing.templateversion', verbose_name='template')),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consenttext', verbose_name='words')),
                ('vacancy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='vacancies.vacancy', verbose_name='vacancy')),
            ],
            options={
                'verbose_name': 'notice',
                'verbose_name_plural': 'notices',
                'indexes': [models.Index(fields=['subject', 'vacancy'], name='notice_of')],
            },
        ),
        migrations.CreateModel(
            name='Revelation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vacancies.client', verbose_name='client')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revelations', to='privacy.subject', verbose_name='person')),
                ('vacancy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revelations', to='vacancies.vacancy', verbose_name='vacancy')),
            ],
            options={
                'verbose_name': 'revealed client',
                'verbose_name_plural': 'revealed clients',
                'constraints': [models.UniqueConstraint(fields=('subject', 'vacancy'), name='revelation_once')],
            },
        ),
    ]
