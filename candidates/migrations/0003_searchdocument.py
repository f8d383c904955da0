import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0002_guards'),
        ('vacancies', '0002_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', django.contrib.postgres.search.SearchVectorField(verbose_name='words')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='search_documents', to='candidates.candidate', verbose_name='candidate')),
                ('vacancy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='vacancies.vacancy', verbose_name='vacancy')),
            ],
            options={
                'verbose_name': 'search document',
                'verbose_name_plural': 'search documents',
                'ordering': ['id'],
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['words'], name='search_words')],
                'constraints': [models.UniqueConstraint(fields=('candidate', 'vacancy'), name='search_document_once', nulls_distinct=False)],
            },
        ),
    ]
