"""Pleo's Export API v3: its values, and a client with one method per operation."""
