"""The charts of the demo's companies as files, where there are none yet: `python -m tasks.demo.charts DIRECTORY`."""

import sys
from pathlib import Path

from tasks.demo.configuration import short_name
from tasks.demo.ledger import write_chart
from tasks.demo.seed import COMPANIES


def write_charts(directory: Path) -> None:
    """A directory for each company; what stands there stays."""
    for company in COMPANIES:
        ledger = directory / short_name(company)
        if not ledger.exists():
            write_chart(company, ledger)


if __name__ == "__main__":
    write_charts(Path(sys.argv[1]))
