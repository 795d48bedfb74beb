"""Cut space-time detail out of raw frames (Sec. 3.2)."""
