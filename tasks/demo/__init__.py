"""The whole path on one machine, with nothing installed but this package."""
