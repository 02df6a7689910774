"""A faithful local Pleo: the Export API v3 with its rules, a world to export from, and every fault worth having.

`rules` keeps the jobs, `scenarios` fills the companies, `faults` breaks what crosses the wire, `server` speaks HTTP.
"""
