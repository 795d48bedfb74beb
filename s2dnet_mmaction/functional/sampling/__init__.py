"""The detail sampler: a space-time window of the raw frames (Sec. 3.2)."""
