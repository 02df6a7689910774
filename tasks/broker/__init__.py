"""The broker: queues, publishing, transport and chord counter. All that knows Celery's and kombu's internals."""
