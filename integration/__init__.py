"""Pleo export jobs into an accounting system: everything that is not Celery."""
