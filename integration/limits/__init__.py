"""Rate limits, admission control and backoff: how fast Pleo and an accounting system may be called."""
