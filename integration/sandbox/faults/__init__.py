"""Faults that the sandbox injects, and the violations of Pleo's rules that it reports."""
