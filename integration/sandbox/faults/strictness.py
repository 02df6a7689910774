"""The choices that Pleo documents nowhere, as switches."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Strictness:
    """On is refused, off is accepted; all on, so that a client learns of a contradiction early."""

    #: A `failureReasonType` that is in neither of Pleo's lists.
    unknown_reason_type: bool = True
    #: `accounting_system_validation_failure` for a job: the guide's default, absent from the reference's list.
    guides_default_reason: bool = True
    #: Reason fields with an event other than `failed`.
    reason_without_failure: bool = True
    #: `completed` or `completed_with_errors` while items are pending or in progress.
    end_with_open_items: bool = True
    #: `completed` although items failed.
    completed_despite_failures: bool = True
    #: A final event for a job that was never started.
    end_before_start: bool = True
    #: `started` for a job in progress.
    repeated_start: bool = True
    #: The final event that closed the job, once more.
    repeated_end: bool = True
    #: An item that leaves its final status.
    final_item_changed: bool = True
    #: Item updates as `{"items": […]}` instead of a bare list.
    wrapped_updates: bool = True
    #: A new job while another one of the company is still pending; off, only one in progress stands in the way.
    job_beside_pending: bool = True


LENIENT = Strictness(**{switch.name: False for switch in fields(Strictness)})
