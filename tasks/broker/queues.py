"""The names of queues."""

#: Claiming, closing, looking after.
JOBS = "jobs"


def item_queue(connection: str) -> str:
    """Where a connection's items wait."""
    return f"items.{connection}"
