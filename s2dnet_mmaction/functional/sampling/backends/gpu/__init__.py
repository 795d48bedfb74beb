"""The detail sampler as Triton kernels."""
