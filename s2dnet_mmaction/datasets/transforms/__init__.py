"""Transforms for pipelines of MMAction2."""
