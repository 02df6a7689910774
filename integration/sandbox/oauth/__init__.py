"""The sandbox's authorisation server."""
