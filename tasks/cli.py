"""`pleo-export`: the producer script and everything an operator types.

Exit codes: 0 done, 1 failed, 2 wrong use. Commands import what they need when they run, so that `--help` is quick.
"""

import sys
from uuid import UUID

import click

from integration.errors import ExportError, UsageError


class Commands(click.Group):
    """Turns our errors into a sentence and an exit code: no traceback for a user's mistake."""

    def invoke(self, ctx: click.Context) -> object:
        """As in the parent."""
        try:
            return super().invoke(ctx)
        except ExportError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2 if isinstance(error, UsageError) else 1)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
company_option = click.option("--company", metavar="NAME", help="Only this connection (its name or Pleo's company id).")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pleo-export")
def main() -> None:
    """Carry Pleo export jobs into an accounting system, and tell Pleo how every item ended.

    Connections are read from pleo-export.toml, or the file that PLEO_EXPORT_CONFIG names.
    Workers run beside this command: celery -A tasks worker
    """


@main.command()
@click.option("--keep", is_flag=True, help="Leave everything running until Ctrl-C, to look around.")
@click.option("--directory", default="pleo-export-demo", show_default=True, help="Where the ledgers are put.")
@click.option("--items", default=12, show_default=True, type=click.IntRange(1, 5000), help="Items in a large job.")
def demo(*, keep: bool, directory: str, items: int) -> None:
    """Show the whole path on this machine: own broker, sandbox Pleo, workers, Flower, beancount ledgers."""
    from pathlib import Path

    from tasks.demo.show import run_demo

    run_demo(Path(directory), items=items, keep=keep)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free port.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same companies and expenses.")
def sandbox(host: str, port: int, seed: int) -> None:
    """Run a local Pleo with a page to press Export on."""
    from tasks.sandbox import serve

    serve(host, port, seed)


@main.command()
@company_option
def poll(company: str | None) -> None:
    """Find the next export job of every company and queue it."""
    from tasks.producer import poll_connections

    sys.exit(0 if poll_connections(company) else 1)


@main.command()
@click.argument("job_id", type=click.UUID)
@company_option
@click.option("--wait", is_flag=True, help="Show progress until the job has ended.")
def run(job_id: UUID, company: str | None, *, wait: bool) -> None:
    """Queue one export job."""
    from tasks.producer import queue_job, wait_for_job

    queue_job(job_id, company)
    click.echo(f"Queued {job_id}.")
    if wait:
        sys.exit(0 if wait_for_job(job_id) else 1)


@main.command()
@company_option
@json_option
def check(company: str | None, *, as_json: bool) -> None:
    """Validate every connection as before an export; nothing is written."""
    from tasks.checks import check_connections

    sys.exit(0 if check_connections(company, as_json=as_json) else 1)


@main.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many, newest first.")
@json_option
def jobs(limit: int, *, as_json: bool) -> None:
    """List the latest export jobs and how they ended."""
    from tasks.views import show_jobs

    show_jobs(limit, as_json=as_json)


@main.command()
@click.argument("job_id", type=click.UUID)
@json_option
def show(job_id: UUID, *, as_json: bool) -> None:
    """Show one export job: outcomes, causes grouped, decisions, attempts."""
    from tasks.views import show_job

    show_job(job_id, as_json=as_json)


if __name__ == "__main__":
    main()
