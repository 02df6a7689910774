"""The status rows of one job: by accounting entry for updates, in their order for pages."""

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from uuid import UUID

from integration.pleo.models import ExportJobItem


class StatusRows(MutableMapping[UUID, ExportJobItem]):
    """Ordered like a dictionary; any place in the order is found at once."""

    def __init__(self, rows: Iterable[ExportJobItem]) -> None:
        self._rows = list(rows)
        self._build_index()

    @property
    def in_order(self) -> Sequence[ExportJobItem]:
        """As they stand in the job."""
        return self._rows

    def __getitem__(self, entry: UUID) -> ExportJobItem:
        return self._rows[self._indices[entry]]

    def __setitem__(self, entry: UUID, row: ExportJobItem) -> None:
        index = self._indices.setdefault(entry, len(self._rows))
        self._rows[index : index + 1] = [row]

    def __delitem__(self, entry: UUID) -> None:
        del self._rows[self._indices[entry]]
        self._build_index()

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._indices)

    def __len__(self) -> int:
        return len(self._rows)

    def _build_index(self) -> None:
        self._indices = {row.accounting_entry_id: index for index, row in enumerate(self._rows)}
