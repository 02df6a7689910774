"""OAuth 2 with Pleo: the authorisation server, access tokens and credentials."""
