"""Celery, and only Celery: the tasks, their configuration and the command line."""
