"""The detail sampler compiled by numba."""
