
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0005_identity_numbers'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='subject',
            index=models.Index(condition=models.Q(('erased_at__isnull', False), ('restricted_at__isnull', False), _connector='OR'), fields=['id'], name='subject_hidden'),
        ),
    ]
