"""The Celery application. Task arguments carry ids only."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watson.settings")

app = Celery("watson")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
