"""What is measured in ways of its own: ceilings, a ledger's budget, fairness between companies, bytes at the broker."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from bench_ledger import STRICT_DB
from contestants import OURS, PATIENCE_SECONDS, Ours, wait_for_event, warm_up
from plain_pleo import PlainPleo
from scene import Scene, Setting, a_scene
from support.processes.programs import wait_until

from integration.accounting.beancount.durable_files import publish


def pleo_ceiling(items: int) -> Iterator[tuple[str, float]]:
    """Rows a second from the sandbox to one client."""
    with a_scene(Setting(items=items)) as scene:
        pleo, job_id = PlainPleo(scene.pleo_url, scene.companies[0].api_key), scene.press()
        pleo.event(job_id, "started")
        yield "sandbox: status rows", items / _seconds(pleo.job_items(job_id))
        yield "sandbox: contents", items / _seconds(pleo.export_items(job_id))


def _seconds(rows: Iterator[object]) -> float:
    begun = time.perf_counter()
    for _ in rows:
        pass
    return time.perf_counter() - begun


def ledger_ceiling(vouchers: int) -> Iterator[tuple[str, float]]:
    """Files a second of one process, on the disk when they count."""
    with TemporaryDirectory(dir=os.environ.get("BENCH_DIRECTORY")) as directory:
        begun = time.perf_counter()
        for _ in range(vouchers):
            name = str(uuid4())
            publish(str(Path(directory) / name[:2] / name), b"x" * 700)
        yield "files published", vouchers / (time.perf_counter() - begun)


def goodput(per_minute: int, seconds: float) -> tuple[float, int, float]:
    """The share of the budget that is used once the first minute is over, the refusals, and the seconds looked at."""
    begun = 70
    setting = Setting(items=int(per_minute * (seconds + begun + 30) / 60), per_minute=per_minute)
    with a_scene(setting) as scene:
        OURS.start(scene)
        scene.press()
        OURS.trigger(scene)
        redis = scene.redis(STRICT_DB)
        wait_until(lambda: redis.llen("taken"), seconds=PATIENCE_SECONDS)
        first = float(redis.lindex("taken", 0))
        time.sleep(begun + seconds)
        taken = [float(moment) for moment in redis.lrange("taken", 0, -1)]
        inside = [moment for moment in taken if first + begun <= moment < first + begun + seconds]
        refused = int(redis.get("refused") or 0)
        redis.close()
    return len(inside) / (per_minute * seconds / 60), refused, seconds


def fairness(large: int) -> tuple[float, float]:
    """Seconds until nine companies of a hundred items are done: alone, and beside one of so many."""
    with a_scene(Setting(companies=10)) as scene:
        OURS.start(scene)
        warm_up(scene, lambda _: OURS.trigger(scene))
        alone = _nine(scene)
        whale = scene.press(large)
        OURS.trigger(scene)
        wait_until(lambda: scene.redis().llen("items.c0") > large // 100, seconds=PATIENCE_SECONDS)
        beside = _nine(scene)
        if scene.ended_at(whale):
            raise RuntimeError("the large company was done before the others: there was no competition")
    return alone, beside


def _nine(scene: Scene) -> float:
    jobs = [scene.press(100, company) for company in range(1, 10)]
    begun = time.time()
    for company in range(1, 10):
        OURS.trigger(scene, company)
    for job_id in jobs:
        wait_for_event(scene, job_id)
    return max(float(scene.ended_at(job_id) or 0) for job_id in jobs) - begun


def broker_bytes(items: int) -> float:
    """For one queued item while nobody takes any."""
    with a_scene(Setting(items=items)) as scene:
        ours = Ours("threads", 1, queues="jobs")
        ours.start(scene)
        redis = scene.redis()
        before = redis.info("memory")["used_memory"]
        scene.press()
        ours.trigger(scene)
        wait_until(lambda: redis.llen("items.c0") == items, seconds=PATIENCE_SECONDS)
        time.sleep(1)
        after = redis.info("memory")["used_memory"]
        redis.close()
    return (after - before) / items
