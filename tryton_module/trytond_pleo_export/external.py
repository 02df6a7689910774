# pleo-export's Tryton module. Copyright (C) 2026 the pleo-export contributors.
# Licence: GPL-3.0-or-later, because it extends Tryton's classes. See README.md.
"""What an exporter knows a record by, and everything that is to be created with it in one transaction."""

from trytond.model import Model, Unique, fields
from trytond.pool import PoolMeta


class External(Model):
    """One record for each external id and company, whole with its files and notes or not there at all."""

    external_id = fields.Char("External ID", readonly=True, help="What the exporter knows this record by.")
    posting_awaited = fields.Boolean(
        "Posting Awaited", readonly=True, help="The exporter has created this record and is about to post it."
    )
    external_files = fields.One2Many("ir.attachment", "resource", "Files of the exporter", readonly=True)
    external_notes = fields.One2Many("ir.note", "resource", "Notes of the exporter", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        once = Unique(table, table.company, table.external_id)
        cls._sql_constraints.append(("external_id_unique", once, "pleo_export.msg_external_id_unique"))

    @classmethod
    def copy(cls, records, default=None):
        """A copy made by an accountant is a record of its own."""
        own = {"external_id": None, "posting_awaited": False, "external_files": None, "external_notes": None}
        return super().copy(records, default=own | (default or {}))


class Move(External, metaclass=PoolMeta):
    __name__ = "account.move"


class Invoice(External, metaclass=PoolMeta):
    __name__ = "account.invoice"
