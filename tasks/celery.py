"""The Celery application: `celery -A tasks worker`, `celery -A tasks beat`, `celery -A tasks flower`."""

from celery import Celery
from celery.signals import setup_logging

from tasks.broker import redis_transport
from tasks.telemetry import logs

app = Celery("pleo-export")
app.config_from_object("tasks.config")
redis_transport.install()


def _log_as_we_do(loglevel: int, **_: object) -> None:
    """Connected, this keeps Celery from setting logging up in its own way."""
    logs.set_up(loglevel)


setup_logging.connect(_log_as_we_do)
