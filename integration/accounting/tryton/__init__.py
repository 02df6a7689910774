"""The adapter for Tryton, by its REST API."""
