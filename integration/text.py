"""Texts of others made harmless for every place where people read them: terminal, log, Pleo, books."""


def plain(text: str | None) -> str:
    """One line of printable characters, with single blanks."""
    printable = text or ""
    if not printable.isprintable():  # looking at each character is slow, and few texts need it
        printable = "".join(char if char.isprintable() else " " for char in printable)
    return " ".join(printable.split())
