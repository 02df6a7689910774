# pleo-export's Tryton module. Copyright (C) 2026 the pleo-export contributors.
# Licence: GPL-3.0-or-later, because it extends Tryton's classes. See README.md.
"""Moves and invoices that an exporter can record exactly once."""
