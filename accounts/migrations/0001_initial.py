import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(error_messages={'unique': 'Somebody with this e-mail address is here already.'}, max_length=254, unique=True, verbose_name='e-mail address')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('role', models.CharField(choices=[('recruiter', 'Recruiter'), ('officer', 'Privacy officer'), ('administrator', 'Administrator'), ('client', 'Client contact')], default='recruiter', max_length=20, verbose_name='role')),
                ('job_title', models.CharField(blank=True, max_length=120, verbose_name='job title')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('language', models.CharField(choices=[('nl', 'Dutch'), ('en', 'English')], default='nl', max_length=2, verbose_name='language')),
                ('is_active', models.BooleanField(default=True, verbose_name='may sign in')),
                ('date_joined', models.DateTimeField(auto_now_add=True, verbose_name='since')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_lower_case'), models.CheckConstraint(condition=models.Q(('role__in', ['recruiter', 'officer', 'administrator', 'client'])), name='user_role_known')],
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='trade name')),
                ('legal_name', models.CharField(blank=True, max_length=200, verbose_name='legal name')),
                ('postal_address', models.TextField(blank=True, verbose_name='postal address')),
                ('kvk', models.CharField(blank=True, max_length=20, verbose_name='Chamber of Commerce number')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('website', models.URLField(blank=True, verbose_name='website')),
                ('privacy_contact', models.CharField(blank=True, help_text='Name and e-mail address named in every notice.', max_length=200, verbose_name='privacy contact')),
                ('mail_domain', models.CharField(blank=True, help_text='The verified domain mail is sent from.', max_length=200, verbose_name='sending domain')),
                ('mail_tracking', models.CharField(blank=True, choices=[('', 'Not decided yet'), ('disclosed', 'Disclosed: named in every notice, the person can switch it off'), ('consent', "Only with the person's consent"), ('off', 'Off')], default='', max_length=10, verbose_name='mail tracking')),
                ('mail_tracking_reason', models.TextField(blank=True, verbose_name='why tracking is set so')),
                ('no_answer_days', models.PositiveSmallIntegerField(default=28, validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(28)], verbose_name='days without an answer')),
                ('link_days', models.PositiveSmallIntegerField(default=28, validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(28)], verbose_name='days a consent link works')),
                ('consent_months', models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(12)], verbose_name='months a consent lasts at most')),
                ('retention_days', models.PositiveSmallIntegerField(default=28, validators=[django.core.validators.MaxValueValidator(28)], verbose_name='days kept after the procedure')),
                ('pool_months', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MaxValueValidator(12)], verbose_name='months in the pool')),
                ('pool_again_days', models.PositiveSmallIntegerField(default=28, help_text='Once. Without a new yes the consent ends by itself.', validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(60)], verbose_name='days before a pool consent ends that it is asked again')),
                ('trace_days', models.PositiveSmallIntegerField(default=90, validators=[django.core.validators.MaxValueValidator(90)], verbose_name='days IP address and browser of an answer are kept')),
                ('reminder_days', models.PositiveSmallIntegerField(default=7, help_text='Counted from the first message. After 14 days no reminder goes any more.', validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(14)], verbose_name='days before a reminder may go')),
                ('reminder_automatic', models.BooleanField(default=False, help_text='On working days, in office hours. Otherwise a recruiter sends each by hand.', verbose_name='reminders go by themselves')),
                ('reminder_reason', models.TextField(blank=True, verbose_name='why reminders are set so')),
                ('approach_warning_days', models.PositiveSmallIntegerField(default=14, verbose_name="days a colleague's approach warns")),
            ],
            options={
                'verbose_name': 'organisation',
                'verbose_name_plural': 'organisation',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='organisation_is_one'), models.CheckConstraint(condition=models.Q(('mail_tracking', ''), models.Q(('mail_tracking_reason', ''), _negated=True), _connector='OR'), name='organisation_tracking_has_reason', violation_error_message='Say why mail tracking is set so.'), models.CheckConstraint(condition=models.Q(('reminder_automatic', False), models.Q(('reminder_reason', ''), _negated=True), _connector='OR'), name='organisation_reminder_has_reason', violation_error_message='Say why reminders go by themselves.'), models.CheckConstraint(condition=models.Q(('reminder_days__range', (7, 14))), name='organisation_reminder_days', violation_error_message='A reminder goes 7 to 14 days after the first message.')],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.team')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'constraints': [models.UniqueConstraint(fields=('team', 'user'), name='membership_once')],
            },
        ),
        migrations.AddField(
            model_name='team',
            name='members',
            field=models.ManyToManyField(related_name='teams', through='accounts.Membership', to=settings.AUTH_USER_MODEL, verbose_name='members'),
        ),
    ]
