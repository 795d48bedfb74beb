"""Implementations of the detail sampler: one result, several machines."""
