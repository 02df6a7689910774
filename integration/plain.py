"""Texts of others made harmless for every place where people read them: terminal, log, Pleo, books."""


def plain(text: str | None) -> str:
    """One line of printable characters, with single blanks."""
    return " ".join("".join(char if char.isprintable() else " " for char in text or "").split())
