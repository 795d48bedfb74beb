"""Theta of a detail sampler, recorded while it runs."""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.dist import collect_results
from torch import Tensor, nn

from ...functional.sampling.grid import Theta, describe_grid
from ...models.necks import DetailSampler
from ...models.necks.locators.located import Heatmaps


class RecordedTheta(NamedTuple):
    """Theta of some videos, and the sizes that it is relative to.

    Attributes:
        theta: of B videos (several views of a video follow each other).
        lengths: (B,) valid frames.
        frame_size: (H, W), or (B, 2) where the videos may differ.
        heatmaps: of a locator that has some; not packed.
    """
    theta: Theta
    lengths: Tensor
    frame_size: Union[Tuple[int, int], Tensor]
    heatmaps: Heatmaps = Heatmaps()

    def grid(self, video: int,
             size: Tuple[int, int, int]) -> Dict[str, Tensor]:
        """``sampling_grid`` of a video, see :meth:`S2DNet.predict`.

        Args:
            video: its row.
            size: (T_D, H_D, W_D) of the sampled volume.
        """
        row = slice(video, video + 1)
        grid = describe_grid(Theta(*(number[row] for number in self.theta)),
                             self.lengths[row], size, self.frame_size)
        grid.update(
            Heatmaps(*(None if maps is None else maps[row]
                       for maps in self.heatmaps)).fields())
        return {name: value[0] for name, value in grid.items()}

    def pack(self) -> Tensor:
        """(B, 5 + 4 T_D) float32 on the CPU, one row per video."""
        theta = self.theta
        columns = [
            theta.center_t[:, None], theta.stride_t[:, None], theta.center_y,
            theta.stride_y, theta.center_x, theta.stride_x,
            self.lengths[:, None],
            torch.as_tensor(self.frame_size).expand(len(self.lengths), 2)
        ]
        # Convert each before they are joined: float16 would round sizes.
        device = theta.center_t.device
        return torch.cat([
            column.to(device, torch.float32) for column in columns
        ], dim=1).cpu()

    @staticmethod
    def unpack(rows: Tensor) -> 'RecordedTheta':
        """The inverse of :meth:`pack`."""
        time, space, sizes = rows[:, :2], rows[:, 2:-3], rows[:, -3:]
        theta = Theta(*time.unbind(1), *space.chunk(4, dim=1))
        return RecordedTheta(theta, sizes[:, 0], sizes[:, 1:])


class ThetaRecord:
    """Theta of the last forward pass of ``sampler``, until ``remove()``."""

    def __init__(self, sampler: DetailSampler) -> None:
        self._last: Optional[RecordedTheta] = None
        self.remove = sampler.register_forward_hook(
            self._record, with_kwargs=True).remove

    def _record(self, sampler: nn.Module, args, kwargs, output) -> None:
        frames, lengths = _frames_and_lengths(*args, **kwargs)
        theta = Theta(*(number.detach() for number in output.theta))
        heatmaps = Heatmaps(*(None if maps is None else maps.detach()
                              for maps in output.heatmaps or ()))
        if lengths is None:
            lengths = torch.full((len(frames), ), frames.size(1))
        self._last = RecordedTheta(theta, lengths.to(theta.center_t.device),
                                   tuple(frames.shape[-2:]), heatmaps)

    def take(self) -> Optional[RecordedTheta]:
        """Return theta once; None without a new forward pass."""
        last, self._last = self._last, None
        return last


def _frames_and_lengths(frames: Tensor, lengths: Optional[Tensor], *_, **__):
    """``frames`` and ``lengths`` of a call, positional or by keyword."""
    return frames, lengths


def split_by_video(rows: Tensor, num_videos: int) -> List[np.ndarray]:
    """(N V, K) rows of a batch -> per video (V, K) as arrays."""
    return list(rows.unflatten(0, (num_videos, -1)).numpy())


def gather_videos(videos: Sequence[np.ndarray],
                  num_videos: int) -> Optional[Tensor]:
    """Rows of the whole data set, gathered as metrics gather results.

    Args:
        videos: (V, K) of each video of this process.
        num_videos: length of the data set; videos that the loader's sampler
            repeats, to give all processes the same number, are left out.

    Returns:
        (N V, K) in the main process; None in others.
    """
    gathered = collect_results(list(videos), num_videos, 'cpu')
    return None if gathered is None else torch.from_numpy(
        np.concatenate(gathered))
