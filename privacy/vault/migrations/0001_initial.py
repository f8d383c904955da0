import django.contrib.postgres.fields
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ErasureEnd',
            fields=[
                ('erasure', models.UUIDField(primary_key=True, serialize=False, verbose_name='erasure')),
                ('finished_at', models.DateTimeField(auto_now_add=True, verbose_name='finished')),
            ],
            options={
                'verbose_name': 'end of an erasure',
                'verbose_name_plural': 'ends of erasures',
            },
        ),
        migrations.CreateModel(
            name='ErasureRecord',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('erasure', models.UUIDField(unique=True, verbose_name='erasure')),
                ('request', models.UUIDField(blank=True, null=True, verbose_name='request')),
                ('reason', models.CharField(max_length=10, verbose_name='why')),
                ('people', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None, verbose_name='people')),
                ('records', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, default=list, size=None, verbose_name='records')),
                ('hashes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None, verbose_name='keyed hashes')),
                ('policy', models.CharField(max_length=20, verbose_name='rules it was planned by')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
            ],
            options={
                'verbose_name': 'erasure record',
                'verbose_name_plural': 'erasure records',
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='FileKey',
            fields=[
                ('owner', models.UUIDField(primary_key=True, serialize=False, verbose_name='owner')),
                ('key', models.BinaryField(verbose_name='sealed key')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
            ],
            options={
                'verbose_name': 'file key',
                'verbose_name_plural': 'file keys',
            },
        ),
        migrations.CreateModel(
            name='LedgerHead',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='seal')),
                ('hash', models.CharField(max_length=64, verbose_name='hash')),
                ('anchored_at', models.DateTimeField(auto_now_add=True, verbose_name='anchored at')),
            ],
            options={
                'verbose_name': 'ledger head',
                'verbose_name_plural': 'ledger heads',
            },
        ),
        migrations.CreateModel(
            name='Restoration',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('last_seal', models.BigIntegerField(verbose_name='last seal of the copy')),
                ('last_head', models.BigIntegerField(verbose_name='last head in the vault')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
            ],
            options={
                'verbose_name': 'restoration',
                'verbose_name_plural': 'restorations',
            },
        ),
        migrations.CreateModel(
            name='SealedProof',
            fields=[
                ('introduction', models.UUIDField(primary_key=True, serialize=False, verbose_name='introduction')),
                ('erasure', models.UUIDField(verbose_name='erasure')),
                ('sealed', models.BinaryField(verbose_name='sealed proof')),
                ('until', models.DateField(verbose_name='last day')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
            ],
            options={
                'verbose_name': 'sealed proof of an introduction',
                'verbose_name_plural': 'sealed proofs of introductions',
                'indexes': [models.Index(fields=['until'], name='sealed_proof_until')],
            },
        ),
    ]
