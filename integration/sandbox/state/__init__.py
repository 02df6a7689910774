"""The sandbox's state: export jobs, their events and item updates, and the rules that Pleo enforces."""
