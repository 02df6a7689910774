"""Flower's settings: `celery -A tasks flower --conf=tasks/flowerconfig.py`.

There is no Flower without a password. It remembers tasks and workers across restarts, and serves its own metrics.
"""

import os

from celery.events.state import Task

from integration.configuration.environment import Environment
from integration.errors import ConfigurationError

_ENVIRONMENT = Environment(os.environ)


def _credential() -> str:
    password = _ENVIRONMENT.get("PLEO_EXPORT_FLOWER_PASSWORD", "")
    if not password:
        raise ConfigurationError("Set PLEO_EXPORT_FLOWER_PASSWORD: Flower shows and stops tasks, so it has a password.")
    return f"{_ENVIRONMENT.get('PLEO_EXPORT_FLOWER_LOGIN', 'flower')}:{password}"


def format_task(task: Task) -> Task:
    """Arguments and outcome as people say them; the whole ids stand in the task's own."""
    match task.name, (task.args or "").strip("()[]").replace("'", "").split(", "):
        case "export_item.record", [job_id, entry, run]:
            task.args = f"entry {entry[:8]} · job {job_id[:8]} · run {run}"
        case "export_job.claim", [job_id, connection]:
            task.args = f"job {job_id[:8]} · {connection}"
        case "export_job.complete", [job_id, run]:
            task.args = f"job {job_id[:8]} · run {run}"
        case _:
            pass
    task.result = (task.result or "").strip("'")
    return task


basic_auth = [_credential()]
address = _ENVIRONMENT.get("PLEO_EXPORT_FLOWER_HOST", "127.0.0.1")
persistent = True
db = _ENVIRONMENT.get("PLEO_EXPORT_FLOWER_FILE", "flower")
state_save_interval = 10_000  # milliseconds: what a killed Flower forgets
max_tasks = 50_000  # a large job, about 100 MB
inspect_timeout = 2_000.0
natural_time = False
task_runtime_metric_buckets = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0]
tasks_columns = "name,args,state,result,received,started,runtime,worker,uuid"
