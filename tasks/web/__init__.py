"""The web process: webhooks from Pleo, health checks, metrics and the export console."""
