"""Record one export item, at most once."""

from integration.export_item.record import Over, TryAgain, record

__all__ = ["Over", "TryAgain", "record"]
