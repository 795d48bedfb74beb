"""What a sampler of sound hears around a clip."""

import math
from typing import Dict, List, Optional

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
        track = AudioTrack(video.content, video.name)
        views: Dict[int, np.ndarray] = {}
        for group in _neighbours(middles, 2 * margin):
            start = middles[group].min() - margin
            sound = track.read(start, middles[group].max() + margin,
                               self.sample_rate)
            if not len(sound):
                if self.missing == 'none':
                    return None
                shape = (len(candidates), 1, self.num_mels, self.num_steps)
                return torch.full(shape, math.log(_OFFSET))
            for n in group:
                views[n] = self._log_mel(
                    sound, (middles[n] - half - start) * self.sample_rate,
                    2 * half * self.sample_rate)
        return torch.from_numpy(np.stack(
            [views[n] for n in range(len(middles))]))

    def _log_mel(self, sound: np.ndarray, first: float,
                 length: float) -> np.ndarray:
        """(1, num_mels, num_steps) of a piece that begins at a sample."""
        import librosa
        hop = max(1, round(length / self.num_steps))
        window = round(_WINDOW_SEC * self.sample_rate)
        fft = 1 << (window - 1).bit_length()
        # The middles of steps are half a hop inside of the piece.
        begin = round(first + hop / 2 - fft / 2)
        piece = np.zeros(hop * (self.num_steps - 1) + fft, np.float32)
        inside = sound[max(begin, 0):begin + len(piece)]
        piece[max(-begin, 0):][:len(inside)] = inside
        mel = librosa.feature.melspectrogram(
            y=piece, sr=self.sample_rate, n_fft=fft, hop_length=hop,
            win_length=window, center=False, power=1.0, htk=True, norm=None,
            n_mels=self.num_mels, fmin=_BANDS_HZ[0], fmax=_BANDS_HZ[1])
        return np.log(mel + _OFFSET)[None].astype(np.float32)

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
