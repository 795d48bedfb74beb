"""The detail sampler in numba, on a CPU."""
