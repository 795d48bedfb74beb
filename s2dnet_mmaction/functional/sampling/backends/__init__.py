"""Implementations of the detail sampler, all with the same result."""
