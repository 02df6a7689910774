"""The sandbox's sample companies and the expenses that they export."""
