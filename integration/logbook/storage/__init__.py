"""The logbook's database: connections, transactions, prepared statements, group commit and migrations."""
