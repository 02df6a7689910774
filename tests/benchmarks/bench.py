"""`make bench`: every section is measured in one run, side by side, and put into docs/benchmarks.md.

Tables stand between markers in that file; what is written around them stays.
"""

import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click
import psutil
from contestants import CEILING, CELERY, DRAMATIQ, OURS, SEQUENTIAL, THREADS, Contestant, Ours
from scene import Run, Setting
from special import broker_bytes, fairness, goodput, ledger_ceiling, pleo_ceiling

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Table:
    """As it stands in the document."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]

    def __str__(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def ceilings(scale: float) -> Table:
    """How fast what is around the contestants is."""
    items = int(10_000 * scale)
    rows = [(f"{what}, {items:,} items", f"{rate:,.0f}") for what, rate in pleo_ceiling(items)]
    rows += [(f"ledger: {what}", f"{rate:,.0f}") for what, rate in ledger_ceiling(int(2000 * scale))]
    return Table(("what", "a second"), rows)


def side_by_side(scale: float) -> Table:
    """Everybody at three latencies of a ledger; at the longest with slots that mostly wait, and with many more."""
    rows = []
    for latency, items, slots in ((0, 5000, 16), (20, 5000, 64), (200, 5000, 64), (200, 8000, 160)):
        setting = Setting(items=int(items * scale), latency_ms=latency, concurrency=slots)
        everybody: list[Contestant] = [CEILING, THREADS, OURS, CELERY, DRAMATIQ]
        runs = {one.name: one(setting) for one in everybody}
        runs |= {SEQUENTIAL.name: SEQUENTIAL(replace(setting, items=max(setting.items // 20, 50)))}
        rows += [_compared(name, run, runs, latency, slots) for name, run in runs.items()]
    head = (
        "ms",
        "at once",
        "who",
        "items/s",
        "× thread pool",
        "× Celery",
        "× Dramatiq",
        "CPU ms/item",
        "requests/item",
    )
    return Table(head, rows)


def _compared(name: str, run: Run, runs: dict[str, Run], latency: float, slots: int) -> Sequence[object]:
    ratios = [f"{run.rate / runs[other.name].rate:.2f}" for other in (THREADS, CELERY, DRAMATIQ)]
    cpu = sum(run.usage.cpu.values()) / run.items * 1000
    return (
        latency,
        1 if name == SEQUENTIAL.name else slots,
        name,
        f"{run.rate:.0f}",
        *ratios,
        f"{cpu:.1f}",
        f"{run.requests:.3f}",
    )


def enforced(scale: float) -> Table:
    """With Pleo's 600 requests a minute for a credential refused beyond."""
    setting = Setting(items=int(1200 * scale), concurrency=16, enforced=True)
    runs = {one.name: one(setting) for one in (CELERY, DRAMATIQ, OURS)}
    rows = [
        (name, f"{run.rate:.1f}", f"{run.seconds:.0f}", f"{run.requests:.3f}", run.marks["requests"].get("refused", 0))
        for name, run in runs.items()
    ]
    return Table(("who", "items/s", "seconds", "requests/item", "429s"), rows)


def sizes(scale: float) -> Table:
    """One job of so many items."""
    settings = [Setting(items=int(items * scale)) for items in (100, 1000, 10_000, 100_000)]
    settings.append(replace(settings[-1], ledger="null"))
    rows = []
    for setting in settings:
        run = OURS(setting)
        rows.append(
            (
                f"{setting.items:,}",
                setting.ledger,
                f"{run.seconds:.1f}",
                f"{run.rate:.0f}",
                f"{run.first_recorded:.2f}",
                f"{run.seconds - run.last_recorded:.2f}",
                f"{run.requests:.4f}",
                f"{run.counted.statements / run.items:.2f}",
                _megabytes(run, "worker"),
                _megabytes(run, "broker"),
                run.keys_left,
            )
        )
    head = ("items", "ledger", "seconds", "items/s", "first recorded s", "event after the last s", "requests/item")
    return Table((*head, "statements/item", "worker MB", "broker MB", "keys left"), rows)


def _megabytes(run: Run, role: str) -> str:
    return f"{max(held for name, held in run.usage.memory.items() if name.startswith(role)) / 2**20:.0f}"


def pools(scale: float) -> Table:
    """Kinds and numbers of workers at equal concurrency."""
    kinds = [Ours("prefork"), Ours("prefork", 2), Ours("threads"), Ours("threads", 2), OURS, Ours("mixed", 2)]
    rows = []
    for latency, slots in ((0, 16), (20, 16), (200, 32)):
        setting = Setting(items=int((5000 if latency < 200 else 2000) * scale), latency_ms=latency, concurrency=slots)
        for kind in kinds:
            run = kind(setting)
            cpu = sum(run.usage.cpu.values()) / run.items * 1000
            held = sum(run.usage.memory[role] for role in run.usage.memory if role.startswith("worker"))
            rows.append((latency, slots, kind.name, f"{run.rate:.0f}", f"{cpu:.1f}", f"{held / 2**20:.0f}"))
    return Table(("ms", "at once", "workers", "items/s", "CPU ms/item", "largest processes MB"), rows)


def costs(scale: float) -> Table:
    """CPU by process for one item, and what it holds at the broker."""
    setting = Setting(items=int(3000 * scale))
    rows = []
    for kind in (OURS, Ours("prefork"), CELERY, DRAMATIQ):
        usage = kind(setting).usage
        rows += [
            (kind.name, role, f"{seconds / setting.items * 1000:.2f}", f"{usage.memory[role] / 2**20:.0f}")
            for role, seconds in usage.cpu.items()
        ]
    queued = broker_bytes(int(5000 * scale))
    rows.append((OURS.name, "broker, bytes for a queued item", "", f"{queued:,.0f} B"))
    return Table(("who", "process", "CPU ms/item", "peak MB of one"), rows)


def limits(scale: float) -> Table:
    """How much of a ledger's budget a minute is used, and how often it had to refuse."""
    rows = []
    for per_minute in (60, 600):
        share, refused, seconds = goodput(per_minute, seconds=120 * scale)
        rows.append((per_minute, f"{share:.1%}", refused, f"{seconds:.0f}"))
    return Table(("a minute", "used", "429s", "over so many seconds"), rows)


def fair(scale: float) -> Table:
    """Nine companies of a hundred items, alone and beside one of five thousand."""
    alone, beside = fairness(int(5000 * scale))
    return Table(
        ("nine companies", "seconds"),
        [("alone", f"{alone:.1f}"), ("beside the large one", f"{beside:.1f}"), ("ratio", f"{beside / alone:.2f}")],
    )


def start_up(_: float) -> Table:
    """CPU of a command, three times; the median."""
    commands = {
        "`pleo-export --help`": [sys.executable, "-m", "tasks.cli.__main__", "--help"],
        "`celery -A tasks --help`": [sys.executable, "-m", "celery", "-A", "tasks", "--help"],
    }
    rows = [(name, f"{median(_cpu(command) for _ in range(3)):.2f}") for name, command in commands.items()]
    return Table(("command", "CPU s"), rows)


def _cpu(command: Sequence[str]) -> float:
    before = psutil.Process().cpu_times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = psutil.Process().cpu_times()
    return after.children_user + after.children_system - before.children_user - before.children_system


SECTIONS: dict[str, Callable[[float], Table]] = {
    "ceilings": ceilings,
    "side-by-side": side_by_side,
    "enforced": enforced,
    "sizes": sizes,
    "pools": pools,
    "costs": costs,
    "limits": limits,
    "fair": fair,
    "start-up": start_up,
}


def put(section: str, text: str) -> None:
    """Between the section's markers."""
    marks = f"<!-- {section} -->", f"<!-- end of {section} -->"
    document = DOCUMENT.read_text(encoding="utf-8")
    between = re.compile(f"({re.escape(marks[0])}\n).*?({re.escape(marks[1])})", re.DOTALL)
    if not between.search(document):
        raise click.ClickException(f"{DOCUMENT} lacks {marks[0]} and {marks[1]}")
    DOCUMENT.write_text(between.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", document), encoding="utf-8")


def machine() -> str:
    """What this was measured on."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    facts = [
        f"{datetime.now(UTC):%Y-%m-%d}",
        f"{psutil.cpu_count()} × {model[1] if model else platform.machine()}",
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        f"Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        f"a loop of three million additions takes {_slowness():.2f} s",
    ]
    return ", ".join(facts) + "."


def _slowness() -> float:
    begun, total = time.process_time(), 0
    for number in range(3_000_000):
        total += number
    return time.process_time() - begun


@click.command()
@click.argument("sections", nargs=-1, type=click.Choice([*SECTIONS]))
@click.option("--scale", default=1.0, show_default=True, help="0.1 runs jobs of a tenth, to see that all of it runs.")
@click.option("--print", "only_print", is_flag=True, help="Print the tables, and leave the document as it is.")
def main(sections: tuple[str, ...], scale: float, *, only_print: bool) -> None:
    """Measure, and put the tables into docs/benchmarks.md.

    BENCH_DIRECTORY says where ledgers and logbooks are put meanwhile.
    """
    for section in sections or SECTIONS:
        click.echo(f"{datetime.now(UTC):%H:%M:%S} {section}", err=True)
        table = str(SECTIONS[section](scale))
        click.echo(table)
        if not only_print:
            put(section, table)
    if not only_print:
        put("machine", machine())


if __name__ == "__main__":
    main()
