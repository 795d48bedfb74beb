"""Decoding of chosen frames of video files."""
