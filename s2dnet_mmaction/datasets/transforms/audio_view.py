"""What a sampler of sound hears around a clip."""

import math
from typing import List, Optional

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from torch import Tensor

from ..._checks import (
    require,
    require_choice,
    require_int,
    require_number,
)
from ..decoding.audio_track import AudioTrack
from ..decoding.video_file import VideoFile

# Of VGGish (tensorflow/models, audioset/vggish/vggish_params.py): range of
# the mel bands, window of a step, and what is added before the logarithm
_BANDS_HZ = (125, 7500)
_WINDOW_SEC = 0.025
_OFFSET = 0.01


@TRANSFORMS.register_module()
class AudioView:
    """A view for :class:`SkimFirst`: log-mel spectrograms.

    A spectrogram covers the clip and its neighbourhood. It is computed with
    librosa as for VGGish: ``log(mel + 0.01)`` of magnitudes in windows of
    25 ms.

    Args:
        num_mels: bands (40 in the supplement).
        num_steps: steps in time (200 in the supplement).
        context: length of the window relative to the clip, in the middle
            of which the clip is. The paper does not give it: 2 is ours.
        sample_rate: in Hz (16000 in VGGish).
        missing: of a video without sound. ``'none'``: there is no view, so
            that the model takes another score (``fallback`` of
            :class:`SampledRecognizer`). ``'silence'``: one of silence, for
            training.

    Raises:
        TypeError: if a number is no int.
        ValueError: if one is too small.
    """

    def __init__(self, num_mels: int = 40, num_steps: int = 200,
                 context: float = 2.0, sample_rate: int = 16000,
                 missing: str = 'none') -> None:
        require_choice('missing', missing, ('none', 'silence'))
        require_int('num_mels', num_mels)
        require_int('num_steps', num_steps, minimum=2)
        require_int('sample_rate', sample_rate, minimum=2 * _BANDS_HZ[1])
        require_number('context', context, 0, 'Give a number > 0.')
        self.num_mels, self.num_steps = num_mels, num_steps
        self.context, self.sample_rate = context, sample_rate
        self.missing = missing

    def read(self, results: dict, candidates: np.ndarray
             ) -> Optional[Tensor]:
        """Read the sound of some candidates.

        Args:
            results: with a video that ``ClipInit`` opened, and
                ``frame_interval``.
            candidates: (n, clip_len) numbers of frames.

        Returns:
            (n, 1, num_mels, num_steps) float32; None of a video without
            sound, unless ``missing`` says otherwise.

        Raises:
            ValueError: if there is no file, or its frames have no times.
            UnreadableVideoError: if the sound is damaged.
        """
        video = results.get('video_reader')
        require(isinstance(video, VideoFile), 'sound',
                'frames' if video is None else type(video).__name__,
                'a video file that ClipInit opened',
                'Frames have no sound; use the files.')
        require(video.fps > 0, f'frame rate of {video.name}', video.fps,
                'a number > 0', 'Write it into the file (ffmpeg -r).')
        first = candidates[:, 0] - results['start_index']
        length = candidates.shape[1] * results['frame_interval']
        middles = (first + length / 2) / video.fps
        half = self.context * length / video.fps / 2
        # More on both sides, for the windows of the first and last step
        margin = half + 2 * _WINDOW_SEC
        groups = _neighbours(middles, 2 * margin)
        spans = [(middles[group].min() - margin, middles[group].max() + margin)
                 for group in groups]
        sounds = AudioTrack(video.content, video.name).read(
            spans, self.sample_rate)
        if not sounds:
            if self.missing == 'none':
                return None
            shape = (len(candidates), 1, self.num_mels, self.num_steps)
            return torch.full(shape, math.log(_OFFSET))
        hop = max(1, round(2 * half * self.sample_rate / self.num_steps))
        pieces = np.zeros((len(middles), hop * (self.num_steps - 1)
                           + self.fft_size), np.float32)
        for group, (start, _), sound in zip(groups, spans, sounds):
            for n in group:
                # The middles of steps are half a hop inside of the window.
                first = (middles[n] - half - start) * self.sample_rate
                begin = round(first + hop / 2 - self.fft_size / 2)
                inside = sound[max(begin, 0):begin + pieces.shape[1]]
                pieces[n, max(-begin, 0):][:len(inside)] = inside
        return torch.from_numpy(self._log_mel(pieces, hop))[:, None]

    @property
    def fft_size(self) -> int:
        """Samples of a step: the next power of two of its window."""
        return 1 << (self._window - 1).bit_length()

    @property
    def _window(self) -> int:
        return round(_WINDOW_SEC * self.sample_rate)

    def _log_mel(self, pieces: np.ndarray, hop: int) -> np.ndarray:
        """(n, samples) -> (n, num_mels, num_steps)."""
        import librosa
        mel = librosa.feature.melspectrogram(
            y=pieces, sr=self.sample_rate, n_fft=self.fft_size,
            hop_length=hop, win_length=self._window, center=False, power=1.0,
            htk=True, norm=None, n_mels=self.num_mels, fmin=_BANDS_HZ[0],
            fmax=_BANDS_HZ[1])
        return np.log(mel + _OFFSET).astype(np.float32)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(num_mels={self.num_mels}, '
                f'num_steps={self.num_steps}, context={self.context}, '
                f'sample_rate={self.sample_rate}, '
                f'missing={self.missing!r})')


def _neighbours(middles: np.ndarray, length: float) -> List[np.ndarray]:
    """Windows that touch each other, together: one piece of sound for each.

    Otherwise a few clips of a long video would need all of its sound.
    """
    order = np.argsort(middles, kind='stable')
    gaps = np.flatnonzero(np.diff(middles[order]) > length)
    return np.split(order, gaps + 1)
