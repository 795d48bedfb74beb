"""Frames by number out of video files and raw frames."""
