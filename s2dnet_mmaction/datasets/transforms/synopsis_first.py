"""Decoding in two passes, for testing: the synopsis, then the detail."""

from typing import List, Optional

import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from torch import Tensor

from ..._checks import require, require_int
from ...functional.synopsis_sample import uniform_indices
from ..decoding.frame_source import FrameSource, choose_frames


@TRANSFORMS.register_module()
class SynopsisFirst(BaseTransform):
    """Decode the synopsis frames only; S2DNet fetches the others it needs.

    Of the clip that ``SampleStridedFrames(test_mode=True)`` chose, the T_S
    uniform frames are decoded. When the network knows where the detail is,
    it fetches the frames that its temporal filter reads, by
    ``frame_source``. The predictions are those of one pass. This is faster
    where single frames can be read (raw frames, short groups of pictures).
    A video that has to be decoded from its start is decoded twice, which is
    slower (docs/performance.md).

    It is the last transform of a pipeline: its results are packed.

    Required keys: ``frame_inds`` and what the inner pipeline requires.
    Result: ``inputs``, (V, C, T_S, H, W), and ``data_samples`` with
    ``frame_source``, which S2DNet removes from its predictions.

    Args:
        num_frames: T_S, as ``snet.num_frames``.
        pipeline: MMAction2's transforms from decoding to
            ``FormatShape(input_format='NCTHW')`` and ``PackActionInputs``.
            They run twice, on different frames, and must not be random.
        opener: config of the transform that opens the video, to open it
            again; None for raw frames.

    Raises:
        TypeError: if ``num_frames`` is no int.
        ValueError: if it is below 1, the pipeline packs no clips, or a
            video was opened and there is no opener.
    """

    def __init__(self,
                 num_frames: int,
                 pipeline: List[dict],
                 opener: Optional[dict] = None) -> None:
        require_int('num_frames', num_frames)
        self.num_frames = num_frames
        self.pipeline = Compose(list(map(TRANSFORMS.build, pipeline)))
        self.opener = None if opener is None else TRANSFORMS.build(opener)

    def transform(self, results: dict) -> Optional[dict]:
        """Decode the synopsis frames."""
        length = torch.tensor([len(results['frame_inds'])])
        positions = uniform_indices(length, self.num_frames)[0].tolist()
        source = FrameSource(results, positions, self.pipeline, self.opener)
        packed = self.pipeline(choose_frames(results, positions))
        if packed is None:  # MMAction2's data sets then take another video
            return None
        inputs = packed.get('inputs')
        require(
            isinstance(inputs, Tensor) and inputs.dim() == 5
            and 'data_samples' in packed, 'pipeline',
            f'results with {sorted(packed)}', 'packed clips (V, C, T, H, W)',
            "End the inner pipeline with FormatShape(input_format='NCTHW') "
            'and PackActionInputs.')
        packed['data_samples'].set_metainfo(dict(frame_source=source))
        return packed

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(num_frames={self.num_frames}, '
                f'pipeline={self.pipeline}, opener={self.opener})')
