"""What the hooks of this package note of a detail sampler."""

from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.dist import collect_results
from mmengine.runner import Runner
from torch import Tensor, nn

from ..._checks import require
from ...functional.sampling.grid import Theta
from ...models.necks import DetailSampler
from .runner_access import bare_model


class Seen(NamedTuple):
    """Theta of some videos and what it is relative to.

    Attributes:
        theta: of B videos (several views of a video follow each other).
        lengths: (B,) valid frames.
        frame_size: (H, W), or (B, 2) where the videos may differ.
    """
    theta: Theta
    lengths: Tensor
    frame_size: Union[Tuple[int, int], Tensor]

    def pack(self) -> Tensor:
        """(B, 5 + 4 T_D) float32 on the CPU, one row per video."""
        theta = self.theta
        columns = [
            theta.center_t[:, None], theta.stride_t[:, None], theta.center_y,
            theta.stride_y, theta.center_x, theta.stride_x,
            self.lengths[:, None],
            torch.as_tensor(self.frame_size).expand(len(self.lengths), 2)
        ]
        # Each on its own: theta may be of a type that rounds sizes.
        device = theta.center_t.device
        return torch.cat([
            column.to(device, torch.float32) for column in columns
        ], dim=1).cpu()

    @staticmethod
    def unpack(rows: Tensor) -> 'Seen':
        """The inverse of :meth:`pack`."""
        time, space, rest = rows[:, :2], rows[:, 2:-3], rows[:, -3:]
        theta = Theta(*time.unbind(1), *space.chunk(4, dim=1))
        return Seen(theta, rest[:, 0], rest[:, 1:])


class ThetaRecord:
    """Keeps theta of the last forward pass of a detail sampler.

    Args:
        sampler: whose forward passes are noted until :meth:`remove`.
    """

    def __init__(self, sampler: DetailSampler) -> None:
        self._last: Optional[Seen] = None
        self._handle = sampler.register_forward_hook(
            self._note, with_kwargs=True)

    def _note(self, sampler: nn.Module, args, kwargs, output) -> None:
        frames, lengths = _frames_and_lengths(*args, **kwargs)
        theta = Theta(*(number.detach() for number in output[1]))
        if lengths is None:
            lengths = torch.full((len(frames), ), frames.size(1))
        self._last = Seen(theta, lengths.to(theta.center_t.device),
                          tuple(frames.shape[-2:]))

    def take(self) -> Optional[Seen]:
        """Hand theta out, once; None if there is none since."""
        seen, self._last = self._last, None
        return seen

    def remove(self) -> None:
        """Note no more."""
        self._handle.remove()


def _frames_and_lengths(frames: Tensor, lengths: Optional[Tensor], *_, **__):
    """These two, however the sampler was called."""
    return frames, lengths


def find_sampler(runner: Runner, hook: str) -> DetailSampler:
    """The detail sampler of the runner's model.

    Args:
        hook: who asks, for the message.

    Raises:
        ValueError: if there is none.
    """
    sampler = getattr(bare_model(runner), 'neck', None)
    require(
        isinstance(sampler, DetailSampler), 'model.neck',
        type(sampler).__name__, 'DetailSampler',
        f'Use {hook} with an S2DNet, or remove it from custom_hooks.')
    return sampler


def split_by_video(rows: Tensor, num_videos: int) -> List[np.ndarray]:
    """(N V, K) rows of a batch -> per video (V, K), cheap to send."""
    return list(rows.unflatten(0, (num_videos, -1)).numpy())


def gather_videos(videos: Sequence[np.ndarray],
                  num_videos: int) -> Optional[Tensor]:
    """Rows of the whole data set, as the host's metrics gather results.

    Args:
        videos: (V, K) of each video that this process has seen.
        num_videos: length of the data set: what the sampler of the loader
            repeats to give all processes the same number is left out.

    Returns:
        (N V, K) in the main process; None in others.
    """
    gathered = collect_results(list(videos), num_videos, 'cpu')
    if gathered is None:
        return None
    return torch.from_numpy(np.concatenate(gathered))
