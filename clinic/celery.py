"""The Celery application: it only moves rows along, the rows are the truth."""

import os

from celery import Celery

from clinic import file_queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

file_queue.install()
app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
