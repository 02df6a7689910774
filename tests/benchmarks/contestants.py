"""Those who compete: each gets a scene, exports one job in it, and is measured from the trigger to Pleo's event."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from celery import Celery
from scene import Run, Scene, Setting, a_scene, measured, run_of

#: Longer than any job here takes on the slowest machine.
PATIENCE_SECONDS = 1800


class Contestant(Protocol):
    """Who exports one job in a scene of its own."""

    @property
    def name(self) -> str: ...

    def __call__(self, setting: Setting) -> Run: ...


@dataclass(frozen=True, slots=True)
class Ours:
    """pleo-export with `workers` that share the setting's concurrency; mixed: one claims, one records."""

    pool: str = "prefork"
    workers: int = 1
    queues: str = ""

    @property
    def name(self) -> str:
        if self.pool == "mixed":
            return "pleo-export, prefork for jobs and threads for items"
        return f"pleo-export, {self.workers} × {self.pool}"

    def start(self, scene: Scene) -> None:
        slots = str(scene.setting.concurrency // self.workers)
        if self.pool == "mixed":
            items = ",".join(f"items.{company.name}" for company in scene.companies)
            self._start(scene, 0, "prefork", "2", "jobs")
            self._start(scene, 1, "threads", str(scene.setting.concurrency), items)
        else:
            for number in range(self.workers):
                self._start(scene, number, self.pool, slots, self.queues)
        ask_until_ready(scene, self.workers)

    def _start(self, scene: Scene, number: int, pool: str, slots: str, queues: str) -> None:
        options = [f"--pool={pool}", f"--concurrency={slots}", f"--hostname=w{number}@%h"]
        options += [f"--queues={queues}"] if queues else []
        options += ["--task-events"] if scene.setting.events else []
        scene.start(f"worker{number}", *scene.python("-m", "celery", "-A", "bench_ours", "worker", *options))

    def trigger(self, scene: Scene, company: int = 0) -> None:
        with producer(scene) as app:
            app.send_task("export_jobs.poll", args=[str(scene.companies[company].id)], queue="jobs")

    def __call__(self, setting: Setting) -> Run:
        with a_scene(setting) as scene:
            self.start(scene)
            warm_up(scene, lambda _: self.trigger(scene))
            job_id = scene.press()
            with measured(scene) as meters:
                triggered = time.time()
                self.trigger(scene)
                wait_for_event(scene, job_id)
            return run_of(scene, meters, job_id, triggered)


#: Two for each of two cores: threads that wait for their process' lock leave a core idle.
OURS = Ours("threads", 4)


def warm_up(scene: Scene, export: Callable[[str], None]) -> None:
    """So that every process of a worker has opened what it needs."""
    job_id = scene.press(max(300, 4 * scene.setting.concurrency))
    export(job_id)
    wait_for_event(scene, job_id)
    scene.count_anew()


def producer(scene: Scene) -> Celery:
    return Celery(
        broker=scene.environment["PLEO_EXPORT_BROKER_URL"], backend=scene.environment["PLEO_EXPORT_RESULT_URL"]
    )


def ask_until_ready(scene: Scene, workers: int) -> None:
    with producer(scene) as app:
        deadline = time.monotonic() + 120
        while len(app.control.ping(timeout=1) or []) < workers:
            scene.children.must_run()
            if time.monotonic() > deadline:
                raise RuntimeError("the workers did not start")


@dataclass(frozen=True, slots=True)
class Script:
    """Runs, exports, ends; what `start` starts it may need."""

    name: str
    file: str
    words: tuple[str, ...] = ()
    start: Callable[[Scene], None] | None = None

    def __call__(self, setting: Setting) -> Run:
        with a_scene(setting) as scene:
            if self.start:
                self.start(scene)
                warm_up(scene, lambda job_id: self._export(scene, job_id))
            job_id = scene.press()
            with measured(scene) as meters:
                self._export(scene, job_id)
                meters.add("script", scene.children.pid("script"))
                wait_for_event(scene, job_id)
            return run_of(scene, meters, job_id, float((scene.directory / "begun").read_text()))

    def _export(self, scene: Scene, job_id: str) -> None:
        words = (*self.words, job_id, str(scene.setting.concurrency))
        scene.start("script", *scene.script(self.file, *words))


def wait_for_event(scene: Scene, job_id: str) -> None:
    """A script may end before its job does, if it ends well; nothing else may. Raises where a job was lost."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not scene.ended_at(job_id):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the job {job_id} has not ended; see the logs in {scene.directory}")
        for name in scene.children.ended():
            said = (scene.directory / f"{name}.log").read_text(errors="replace")
            if name != "script" or "Traceback" in said:
                raise RuntimeError(f"{name} stopped: {said[-3000:]}")
        time.sleep(0.1)


def _start_celery(scene: Scene) -> None:
    slots = f"--concurrency={scene.setting.concurrency}"
    scene.start("worker", *scene.python("-m", "celery", "-A", "bench_celery", "worker", slots))
    ask_until_ready(scene, 1)


def _start_dramatiq(scene: Scene) -> None:
    threads = scene.setting.concurrency // 2
    scene.start(
        "worker", *scene.python("-m", "dramatiq", "bench_dramatiq", "--processes", "2", "--threads", str(threads))
    )
    scene.wait_for_line("worker", "Worker process is ready")


SEQUENTIAL = Script("sequential script", "bench_scripts.py", ("sequential",))
THREADS = Script("thread-pool script", "bench_scripts.py", ("threads",))
CEILING = Script("ceiling", "bench_scripts.py", ("ceiling",))
CELERY = Script("plain Celery, prefork", "bench_celery.py", start=_start_celery)
DRAMATIQ = Script("Dramatiq", "bench_dramatiq.py", start=_start_dramatiq)
