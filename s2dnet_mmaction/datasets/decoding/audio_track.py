"""The sound of a video file, decoded with PyAV."""

import io
from pathlib import Path
from typing import List, Sequence, Tuple, Union

import av
import numpy as np

from .errors import UnreadableVideoError
from .video_stream import choose_stream

Span = Tuple[float, float]
_LEAD_SEC = 0.2  # decoders of packets that overlap need those before


class AudioTrack:
    """The best audio stream of a file.

    Args:
        content: the bytes of the file, or its path.
        name: of the file, for errors.
    """

    def __init__(self, content: Union[bytes, Path], name: str) -> None:
        self._content, self.name = content, name

    def read(self, spans: Sequence[Span], sample_rate: int
             ) -> List[np.ndarray]:
        """Decode pieces.

        Args:
            spans: (start, end) of each, in seconds from the first frame of
                the video on; may lie outside of it.
            sample_rate: in Hz; the sound is converted to it.

        Returns:
            for each ((end - start) sample_rate,) float32, the mean of the
            channels, -1..1; 0 where there is no sound. Without an audio
            stream there are none.

        Raises:
            UnreadableVideoError: if the file is damaged.
        """
        file = io.BytesIO(self._content) if isinstance(
            self._content, bytes) else str(self._content)
        try:
            with av.open(file, metadata_errors='replace') as container:
                if not container.streams.audio:
                    return []
                return [self._decode(container, span, sample_rate)
                        for span in spans]
        except av.error.FFmpegError as error:
            raise UnreadableVideoError(
                f'{self.name}: got sound that FFmpeg cannot decode '
                f'({error.strerror}), expected a whole file. Repair it or '
                'remove it from the annotation file.') from error

    def _decode(self, container: av.container.InputContainer, span: Span,
                rate: int) -> np.ndarray:
        start, end = span
        sound = np.zeros(round((end - start) * rate), np.float32)
        video = choose_stream(container, self.name)
        if video.start_time is not None:
            first = float(video.start_time * video.time_base)
            start, end = start + first, end + first
        stream = container.streams.best('audio')
        before = max(start - _LEAD_SEC, 0)
        container.seek(int(before / stream.time_base), stream=stream)
        resampler = av.AudioResampler('flt', 'mono', rate)
        at = None  # sample of the result that comes next
        for frame in container.decode(stream):
            if frame.time >= end:
                break
            if at is None:
                at = round((frame.time - start) * rate)
            at = _put(sound, at, resampler.resample(frame))
        if at is not None:
            _put(sound, at, resampler.resample(None))
        return sound


def _put(sound: np.ndarray, at: int, frames: List[av.AudioFrame]) -> int:
    """Write frames into the sound; returns where the next one begins."""
    for frame in frames:
        piece = frame.to_ndarray()[0]
        first, last = max(at, 0), min(at + len(piece), len(sound))
        if first < last:
            sound[first:last] = piece[first - at:last - at]
        at += len(piece)
    return at
