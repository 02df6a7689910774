"""The sandbox's webhook subscriptions and deliveries."""
