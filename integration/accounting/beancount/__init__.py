"""The adapter for beancount ledgers: plain text files, checked by `bean-check`."""
