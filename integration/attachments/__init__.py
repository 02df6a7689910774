"""An item's files: fetched from Pleo and fitted to what the accounting system takes, never dropped silently."""

from integration.attachments.download import DownloadLimits
from integration.attachments.receipts import fetch_receipts

__all__ = ["DownloadLimits", "fetch_receipts"]
