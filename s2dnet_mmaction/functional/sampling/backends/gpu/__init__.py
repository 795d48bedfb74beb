"""The detail sampler in Triton, on a GPU."""
