"""A job's status rows: whatever is done to them, they are a dictionary whose order can be asked by place."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from integration.pleo.models import ExportJobItem, ItemStatus
from integration.sandbox.state.status_rows import StatusRows

JOB = UUID(int=99)
entries = st.integers(1, 6).map(lambda number: UUID(int=number))
rows = st.builds(
    ExportJobItem, accounting_entry_id=entries, export_job_id=st.just(JOB), status=st.sampled_from(ItemStatus)
)


@given(st.lists(rows, unique_by=lambda row: row.accounting_entry_id), st.lists(st.one_of(rows, entries)))
def test_rows_are_kept_in_the_order_in_which_their_entries_came(first, acts):
    kept, model = StatusRows(first), {row.accounting_entry_id: row for row in first}
    for act in acts:
        if isinstance(act, UUID):
            assert kept.pop(act, None) == model.pop(act, None)
        else:
            kept[act.accounting_entry_id] = model[act.accounting_entry_id] = act
    assert ([*kept.items()], [*kept.in_order], len(kept)) == ([*model.items()], [*model.values()], len(model))
