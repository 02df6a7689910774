"""Chance that repeats itself: the same seed gives the same world and the same faults."""

from random import Random


class SeededRandom(Random):
    """For play only, never for secrets."""
