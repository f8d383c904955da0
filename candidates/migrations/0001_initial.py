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
            name='Correction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('fact', models.CharField(choices=[('given_name', 'first name'), ('initials', 'initials'), ('infix', 'infix'), ('surname', 'surname'), ('job_title', 'job title'), ('employer', 'employer'), ('place', 'place'), ('email', 'e-mail address'), ('phone', 'phone number')], max_length=12, verbose_name='what')),
                ('state', models.CharField(choices=[('proposed', 'waits for a decision'), ('made', 'corrected'), ('declined', 'not corrected')], default='proposed', max_length=10, verbose_name='state')),
                ('proposed_at', models.DateTimeField(auto_now_add=True, verbose_name='said at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='said by')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='privacy.datarequest', verbose_name='request')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='privacy.subject', verbose_name='person')),
            ],
            options={
                'verbose_name': 'correction',
                'verbose_name_plural': 'corrections',
                'ordering': ['proposed_at', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('request', 'fact'), name='correction_waits_once'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='correction_decided_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('given_name', models.CharField(blank=True, max_length=100, verbose_name='first name')),
                ('initials', models.CharField(blank=True, max_length=30, verbose_name='initials')),
                ('infix', models.CharField(blank=True, help_text='For example: van der', max_length=30, verbose_name='infix')),
                ('surname', models.CharField(max_length=120, verbose_name='surname')),
                ('partner_infix', models.CharField(blank=True, max_length=30, verbose_name="infix of the partner's name")),
                ('partner_surname', models.CharField(blank=True, max_length=120, verbose_name="partner's name")),
                ('title_before', models.CharField(blank=True, max_length=60, verbose_name='title before')),
                ('title_after', models.CharField(blank=True, max_length=60, verbose_name='title after')),
                ('salutation', models.CharField(choices=[('neutral', 'by name only'), ('dhr', 'Mr'), ('mevr', 'Ms'), ('none', 'no salutation')], default='neutral', max_length=10, verbose_name='salutation')),
                ('sort_key', models.CharField(db_collation='C', db_index=True, editable=False, max_length=300, verbose_name='sort key')),
                ('job_title', models.CharField(blank=True, max_length=200, verbose_name='job title')),
                ('employer', models.CharField(blank=True, max_length=200, verbose_name='employer')),
                ('place', models.CharField(blank=True, max_length=120, verbose_name='place')),
                ('language', models.CharField(choices=[('nl', 'Dutch'), ('en', 'English')], default='nl', max_length=2, verbose_name='language')),
                ('erase_on', models.DateField(blank=True, null=True, verbose_name='erase on')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('subject', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='candidate', to='privacy.subject', verbose_name='data subject')),
            ],
            options={
                'verbose_name': 'candidate',
                'verbose_name_plural': 'candidates',
                'ordering': ['sort_key', 'id'],
                'indexes': [models.Index(condition=models.Q(('erase_on__isnull', False)), fields=['erase_on'], name='candidate_erase_on')],
            },
        ),
        migrations.CreateModel(
            name='Candidacy',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('stage', models.CharField(choices=[('found', 'Found'), ('approached', 'Approached'), ('in_talks', 'In conversation'), ('shortlisted', 'Shortlist'), ('introduced', 'Introduced'), ('interview', 'Interview'), ('offer', 'Offer'), ('hired', 'Hired'), ('rejected', 'Not chosen')], default='found', max_length=15, verbose_name='stage')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='last change')),
                ('last_contact_at', models.DateTimeField(blank=True, null=True, verbose_name='last contact')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('ended_reason', models.CharField(blank=True, choices=[('refused', 'said no'), ('withdrawn', 'withdrew'), ('objected', 'objected'), ('not_me', "the address was somebody else's"), ('no_answer', 'no answer in time'), ('expired', 'consent expired'), ('no_notice', 'not told in time'), ('closed', 'the procedure ended')], max_length=15, verbose_name='why ended')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recruiter')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to='privacy.subject', verbose_name='data subject')),
                ('vacancy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to='vacancies.vacancy', verbose_name='vacancy')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to='candidates.candidate', verbose_name='candidate')),
            ],
            options={
                'verbose_name': 'candidacy',
                'verbose_name_plural': 'candidacies',
                'ordering': ['candidate__sort_key', 'id'],
                'indexes': [models.Index(fields=['vacancy', 'stage', 'changed_at'], name='candidacy_board'), models.Index(fields=['subject', 'vacancy'], name='candidacy_subject')],
                'constraints': [models.UniqueConstraint(fields=('candidate', 'vacancy'), name='candidacy_once', violation_error_message='This person is in this vacancy already.'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_reason', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_reason', ''), _negated=True)), _connector='OR'), name='candidacy_ended_has_reason'), models.CheckConstraint(condition=models.Q(('stage__in', ['found', 'approached', 'in_talks', 'shortlisted', 'introduced', 'interview', 'offer', 'hired', 'rejected'])), name='candidacy_stage_known')],
            },
        ),
        migrations.CreateModel(
            name='StageDecision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('from_stage', models.CharField(choices=[('found', 'Found'), ('approached', 'Approached'), ('in_talks', 'In conversation'), ('shortlisted', 'Shortlist'), ('introduced', 'Introduced'), ('interview', 'Interview'), ('offer', 'Offer'), ('hired', 'Hired'), ('rejected', 'Not chosen')], max_length=15, verbose_name='from')),
                ('to_stage', models.CharField(choices=[('found', 'Found'), ('approached', 'Approached'), ('in_talks', 'In conversation'), ('shortlisted', 'Shortlist'), ('introduced', 'Introduced'), ('interview', 'Interview'), ('offer', 'Offer'), ('hired', 'Hired'), ('rejected', 'Not chosen')], max_length=15, verbose_name='to')),
                ('reason', models.CharField(choices=[('next_step', 'next step agreed'), ('fits', 'fits the requirements'), ('correction', 'correction of an earlier step'), ('experience', 'other experience was asked for'), ('availability', 'availability does not match'), ('terms', 'terms do not match'), ('client_chose', 'the client chose somebody else'), ('own_choice', 'the candidate chose otherwise'), ('placed', 'accepted the job')], max_length=15, verbose_name='reason')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='at')),
                ('candidacy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='candidates.candidacy', verbose_name='candidacy')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
            ],
            options={
                'verbose_name': 'stage decision',
                'verbose_name_plural': 'stage decisions',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['candidacy', '-id'], name='decision_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('from_stage', models.F('to_stage')), _negated=True), name='stage_decision_moves')],
            },
        ),
        migrations.CreateModel(
            name='ContactPoint',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('email', 'e-mail address'), ('phone', 'phone number'), ('profile', 'profile page')], max_length=10, verbose_name='kind')),
                ('value', models.CharField(max_length=500, verbose_name='as typed')),
                ('normalised', models.CharField(max_length=500, verbose_name='normalised')),
                ('ground', models.CharField(choices=[('published_for_jobs', 'published by the person for contact about work'), ('open_to_work', 'the person says to be open to work'), ('prior_contact', 'earlier contact'), ('own_application', 'given by the person'), ('consent', 'consent')], max_length=20, verbose_name='why it may be used')),
                ('evidence', models.CharField(blank=True, max_length=500, verbose_name='evidence')),
                ('evidence_on', models.DateField(verbose_name='seen on')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('failed_at', models.DateTimeField(blank=True, null=True, verbose_name='does not work since')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed')),
                ('added_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_points', to='candidates.candidate', verbose_name='candidate')),
            ],
            options={
                'verbose_name': 'contact point',
                'verbose_name_plural': 'contact points',
                'ordering': ['kind', 'created_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('kind', 'normalised'), name='contact_point_once', violation_error_message='Somebody with this contact point is here already.')],
            },
        ),
        migrations.CreateModel(
            name='CorrectionValues',
            fields=[
                ('correction', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='values', serialize=False, to='candidates.correction')),
                ('before', models.CharField(blank=True, max_length=500, verbose_name='what we had')),
                ('after', models.CharField(blank=True, max_length=500, verbose_name='what it should be')),
            ],
            options={
                'verbose_name': 'values of a correction',
                'verbose_name_plural': 'values of corrections',
            },
        ),
        migrations.CreateModel(
            name='DecisionNote',
            fields=[
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='note', serialize=False, to='candidates.stagedecision')),
                ('text', models.TextField(verbose_name='note')),
            ],
            options={
                'verbose_name': 'note on a decision',
                'verbose_name_plural': 'notes on decisions',
            },
        ),
        migrations.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='uploaded')),
                ('rows', models.BinaryField(verbose_name='sealed rows')),
                ('row_count', models.PositiveIntegerField(verbose_name='rows')),
                ('outcome', models.JSONField(blank=True, default=dict, verbose_name='outcome')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('vacancy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='vacancies.vacancy', verbose_name='vacancy')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
            },
        ),
        migrations.CreateModel(
            name='LoggedContact',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('phone', 'A call'), ('reply', 'A reply by mail'), ('inmail', 'A reply by InMail'), ('other', 'Another way')], max_length=10, verbose_name='what')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by')),
                ('candidacy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='candidates.candidacy', verbose_name='candidacy')),
            ],
            options={
                'verbose_name': 'noted contact',
                'verbose_name_plural': 'noted contacts',
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['candidacy', '-at'], name='contact_newest')],
            },
        ),
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('approach', 'first message'), ('reminder', 'reminder'), ('letter', "message of one's own")], default='approach', max_length=10, verbose_name='what')),
                ('template_nl', models.CharField(blank=True, max_length=60, verbose_name='words, Dutch')),
                ('template_en', models.CharField(blank=True, max_length=60, verbose_name='words, English')),
                ('note', models.TextField(blank=True, verbose_name='line for everybody')),
                ('not_before', models.DateTimeField(blank=True, null=True, verbose_name='planned for')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='begun')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('moved_at', models.DateTimeField(blank=True, null=True, verbose_name='last message made')),
                ('made_at', models.DateTimeField(blank=True, null=True, verbose_name='every message made')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('vacancy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rounds', to='vacancies.vacancy', verbose_name='vacancy')),
            ],
            options={
                'verbose_name': 'round of messages',
                'verbose_name_plural': 'rounds of messages',
                'indexes': [models.Index(fields=['vacancy', '-created_at'], name='round_of_vacancy'), models.Index(condition=models.Q(('made_at', None), ('stopped_at', None)), fields=['moved_at'], name='round_unmade')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['approach', 'reminder', 'letter'])), name='round_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='RoundFile',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='round_files', to='mailing.storedfile', verbose_name='file')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='candidates.round', verbose_name='round')),
            ],
            options={
                'verbose_name': 'file of a round',
                'verbose_name_plural': 'files of rounds',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('round', 'file'), name='round_file_once')],
            },
        ),
        migrations.CreateModel(
            name='RoundPerson',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('left_out', models.BooleanField(default=False, verbose_name='left out')),
                ('note', models.TextField(blank=True, verbose_name='personal line')),
                ('refusal', models.CharField(blank=True, max_length=400, verbose_name='why there is none')),
                ('candidacy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='candidates.candidacy', verbose_name='candidacy')),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='mailing.message', verbose_name='message')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='candidates.round', verbose_name='round')),
            ],
            options={
                'verbose_name': 'person in a round',
                'verbose_name_plural': 'people in rounds',
                'ordering': ['candidacy__candidate__sort_key', 'candidacy_id'],
                'constraints': [models.UniqueConstraint(fields=('round', 'candidacy'), name='round_person_once')],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('type', models.CharField(choices=[('linkedin', 'LinkedIn'), ('github', 'GitHub'), ('stackoverflow', 'Stack Overflow'), ('facebook', 'Facebook'), ('google', 'Google'), ('precontacting', 'Precontactingtool'), ('website', 'website'), ('network', 'tip from the network'), ('application', 'own interest of the person'), ('pool', 'own consent to be kept for other vacancies'), ('other', 'other')], max_length=15, verbose_name='kind of source')),
                ('url', models.CharField(blank=True, max_length=500, verbose_name='address')),
                ('detail', models.TextField(blank=True, verbose_name='who told it, when and what')),
                ('obtained_at', models.DateTimeField(verbose_name='found at')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='noted at')),
                ('candidacy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sources', to='candidates.candidacy', verbose_name='candidacy')),
                ('found_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='found by')),
            ],
            options={
                'verbose_name': 'source',
                'verbose_name_plural': 'sources',
                'ordering': ['obtained_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('type', 'application'), models.Q(('url', ''), _negated=True), models.Q(('detail', ''), _negated=True), _connector='OR'), name='source_says_where', violation_error_message='Say where the person was found: an address, or who told it, when and what.'), models.CheckConstraint(condition=models.Q(('type', 'application'), ('found_by__isnull', False), _connector='OR'), name='source_found_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('answer_yes', 'said yes: introduce'), ('talk_first', 'wants to talk first: call'), ('withdrawn', 'withdrew: tell the client'), ('not_reached', 'the message did not arrive: choose another way'), ('follow_up', 'follow up'), ('reply', 'answered by mail: read it'), ('not_me', "the address was somebody else's"), ('applied', 'applied for this vacancy: look at it')], max_length=20, verbose_name='what')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='on')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='for')),
                ('candidacy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='candidates.candidacy', verbose_name='candidacy')),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
            ],
            options={
                'verbose_name': 'task',
                'verbose_name_plural': 'tasks',
                'ordering': ['due_on', 'created_at'],
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['assignee', 'due_on'], name='task_open')],
            },
        ),
    ]
