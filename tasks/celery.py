"""The Celery application: `celery -A tasks worker`, `celery -A tasks beat`, `celery -A tasks flower`."""

from celery import Celery

app = Celery("pleo-export")
app.config_from_object("tasks.config")
