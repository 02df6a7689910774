"""An export job's steps, each safe to repeat after a crash.

    next_job ─▶ claim ─▶ validate ─▶ fetch ─▶ Dispatch ─▶ (items are recorded) ─▶ report ─▶ settle ─▶ one final event

Nothing is believed because a callback ran: `settle` asks the logbook which items have ended and Pleo what it was told.
"""

from integration.export_job.claiming import Dispatch, claim, next_job, redispatch
from integration.export_job.closing import Settled
from integration.export_job.fetching import JobItems, fetch
from integration.export_job.recovery import falling_silent, keep_alive, standing_still
from integration.export_job.reporting import report_if_due
from integration.export_job.settling import NotYet, settle
from integration.export_job.validation import validate

__all__ = [
    "Dispatch",
    "JobItems",
    "NotYet",
    "Settled",
    "claim",
    "falling_silent",
    "fetch",
    "keep_alive",
    "next_job",
    "redispatch",
    "report_if_due",
    "settle",
    "standing_still",
    "validate",
]
