"""Predict for many videos: sources, results on disk, and two engines."""
