import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('privacy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('legal_name', models.CharField(max_length=200, verbose_name='legal name')),
                ('kvk', models.CharField(blank=True, max_length=20, verbose_name='Chamber of Commerce number')),
                ('sector', models.CharField(max_length=120, verbose_name='sector')),
                ('place', models.CharField(blank=True, max_length=120, verbose_name='place')),
                ('website', models.URLField(blank=True, verbose_name='website')),
                ('is_agency', models.BooleanField(default=False, verbose_name='this is the agency itself')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
            ],
            options={
                'verbose_name': 'client',
                'verbose_name_plural': 'clients',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('legal_name',), name='client_legal_name_once', violation_error_message='A client with this legal name is here already.'), models.UniqueConstraint(condition=models.Q(('is_agency', True)), fields=('is_agency',), name='client_agency_once')],
            },
        ),
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('own', 'the agency decides for itself (controller)'), ('joint', 'together with the client (joint controllers)'), ('processor', "on the client's instructions (processor)")], max_length=10, verbose_name='role of the agency')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('art28_items', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=1), blank=True, default=list, size=None, verbose_name='art. 28(3) points covered')),
                ('art26_essence', models.TextField(blank=True, verbose_name='essence of the arrangement, for candidates')),
                ('signed_on', models.DateField(blank=True, null=True, verbose_name='signed on')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('introduction_months', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(36)], verbose_name='months after an introduction in which it still counts')),
                ('file', models.FileField(blank=True, upload_to='agreements/%Y/', verbose_name='signed file')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='added')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='vacancies.client', verbose_name='client')),
            ],
            options={
                'verbose_name': 'agreement',
                'verbose_name_plural': 'agreements',
                'ordering': ['-valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='agreement_period', violation_error_message='The agreement ends before it begins.'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'processor'), _negated=True), ('signed_on', None), ('art28_items__contains', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']), _connector='OR'), name='agreement_processor_whole', violation_error_message='A processor agreement covers all points (a) to (h) of art. 28(3) GDPR.'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'joint'), _negated=True), ('signed_on', None), models.Q(('art26_essence', ''), _negated=True), _connector='OR'), name='agreement_joint_essence', violation_error_message='A joint arrangement has an essence candidates can read (art. 26(2) GDPR).')],
            },
        ),
        migrations.CreateModel(
            name='Vacancy',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('purpose', models.TextField(blank=True, verbose_name='purpose of the search')),
                ('text', models.TextField(blank=True, verbose_name='vacancy text')),
                ('place', models.CharField(blank=True, max_length=120, verbose_name='place')),
                ('employment', models.CharField(choices=[('permanent', 'permanent'), ('interim', 'interim')], default='permanent', max_length=10, verbose_name='employment')),
                ('shared', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('profile', 'name, job and employer'), ('cv', 'CV'), ('letter', "the recruiter's proposal"), ('contact', 'contact details')], max_length=10), blank=True, default=list, size=None, verbose_name='what the client gets to see')),
                ('is_confidential', models.BooleanField(default=False, verbose_name='confidential client')),
                ('sector_label', models.CharField(blank=True, help_text='For example: a listed food company in the east of the country.', max_length=200, verbose_name='how the client is described until revealed')),
                ('is_public', models.BooleanField(default=False, help_text='People who write to us of their own accord may choose this vacancy, and see its client.', verbose_name='open to applicants')),
                ('for_own_staff', models.BooleanField(default=False, verbose_name="for the agency's own staff")),
                ('role', models.CharField(blank=True, choices=[('own', 'the agency decides for itself (controller)'), ('joint', 'together with the client (joint controllers)'), ('processor', "on the client's instructions (processor)")], max_length=10, verbose_name='role of the agency')),
                ('role_reason', models.TextField(blank=True, verbose_name='why this role')),
                ('assignment', models.TextField(blank=True, verbose_name='evidence of the assignment')),
                ('assignment_on', models.DateField(blank=True, null=True, verbose_name='assigned on')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('sourcing', 'sourcing'), ('closed', 'closed'), ('procedure_closed', 'procedure closed')], default='draft', max_length=20, verbose_name='state')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('reviewed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last reviewed')),
                ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='sourcing since')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('procedure_closed_at', models.DateTimeField(blank=True, null=True, verbose_name='procedure closed')),
                ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='vacancies', to='vacancies.agreement', verbose_name='agreement')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vacancies', to='vacancies.client', verbose_name='client')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owned_vacancies', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='vacancies', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'vacancy',
                'verbose_name_plural': 'vacancies',
                'ordering': ['-created_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('is_confidential', False), models.Q(('sector_label', ''), _negated=True), _connector='OR'), name='vacancy_confidential_has_label', violation_error_message='Say how a confidential client is described until it is revealed.'), models.CheckConstraint(condition=models.Q(('is_public', False), ('is_confidential', False), _connector='OR'), name='vacancy_public_names_client', violation_error_message='A vacancy with a confidential client cannot be open to applicants.'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('procedure_closed_at', None), ('state__in', ['draft', 'sourcing'])), models.Q(('closed_at__isnull', False), ('procedure_closed_at', None), ('state', 'closed')), models.Q(('closed_at__isnull', False), ('procedure_closed_at__isnull', False), ('state', 'procedure_closed')), _connector='OR'), name='vacancy_state_dated')],
            },
        ),
        migrations.CreateModel(
            name='ClientContact',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('job_title', models.CharField(blank=True, max_length=120, verbose_name='job title')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('language', models.CharField(choices=[('nl', 'Dutch'), ('en', 'English')], default='nl', max_length=2, verbose_name='language')),
                ('left_on', models.DateField(blank=True, null=True, verbose_name='left on')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='vacancies.client', verbose_name='client')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='client_contacts', to='privacy.subject', verbose_name='data subject')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='client_contacts', to=settings.AUTH_USER_MODEL, verbose_name='portal account')),
            ],
            options={
                'verbose_name': 'client contact',
                'verbose_name_plural': 'client contacts',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('client', 'email'), name='client_contact_email_once', violation_error_message='This client has a contact with that e-mail address already.')],
            },
        ),
        migrations.CreateModel(
            name='VacancyAssessment',
            fields=[
                ('vacancy', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='assessment_link', serialize=False, to='vacancies.vacancy')),
                ('within_scope', models.BooleanField(verbose_name='this search falls within its scope')),
                ('same_sources', models.BooleanField(verbose_name='only its sources and kinds of data are used')),
                ('safeguards_stand', models.BooleanField(verbose_name='its safeguards are in place')),
                ('confirmed_at', models.DateTimeField(auto_now=True, verbose_name='confirmed at')),
                ('assessment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.legitimateinterestassessment', verbose_name='assessment')),
                ('confirmed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
            ],
            options={
                'verbose_name': 'assessment of a vacancy',
                'verbose_name_plural': 'assessments of vacancies',
                'constraints': [models.CheckConstraint(condition=models.Q(('safeguards_stand', True), ('same_sources', True), ('within_scope', True)), name='vacancy_assessment_confirmed', violation_error_message='Confirm all three points, or write an assessment that fits.')],
            },
        ),
    ]
