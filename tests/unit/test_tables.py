"""Tables on the screen: what others wrote cannot tell the terminal what to do."""

import pytest

from tasks.cli.terminal import print_table

HOSTILE = "a\x1b[31m\x1b]8;;http://x\x07b\u202ec\u2066d\x9be\rf\ng[bold]h"


def test_a_cell_is_printed_as_text_on_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "200")
    print_table("Items", [{"category": HOSTILE}])
    printed = capsys.readouterr().out
    assert "a [31m ]8;;http://x b c d e f g[bold]h" in printed
    assert all(char.isprintable() or char == "\n" for char in printed)


def test_a_table_without_rows_says_so(capsys: pytest.CaptureFixture[str]):
    print_table("Items", [])
    assert "nothing yet" in capsys.readouterr().out
