"""The error of a video file that cannot be read."""


class UnreadableVideoError(ValueError):
    """A file holds no video, or one that cannot be decoded as a whole.

    The message names the file and the reason. Files that cannot be opened
    at all raise an ``OSError``. Both concern one file: who wants to leave
    out such files catches these two and nothing else.
    """
