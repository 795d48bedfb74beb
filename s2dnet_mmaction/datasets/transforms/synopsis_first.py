"""Decoding in two passes, for testing: skim first, then fetch the detail."""

from typing import List, Optional

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from torch import Tensor

from ..._checks import require, require_int
from ...functional.synopsis_sample import uniform_indices
from ..decoding.frame_source import FrameSource


@TRANSFORMS.register_module()
class SynopsisFirst(BaseTransform):
    """Decode the synopsis frames now, and let S2DNet fetch the others.

    Of the clip that ``SampleStridedFrames(test_mode=True)`` chose, only the
    T_S uniform frames are decoded. ``frame_source`` lets the network fetch
    those that its temporal filter reads, once it knows where the detail is.
    The answer is that of one pass. It pays where frames can be read one by
    one (raw frames, short groups of pictures); a video that has to be
    decoded from its beginning is decoded twice (docs/performance.md).

    It ends a pipeline: what it gives is packed, and the data sample says
    where the other frames are (``frame_source``, until S2DNet has answered).

    Required keys: ``frame_inds`` and whatever the inner pipeline needs.
    Result: ``inputs``, (V, C, T_S, H, W), and ``data_samples``.

    Args:
        num_frames: T_S, as ``snet.num_frames``.
        pipeline: the host's transforms from decoding to
            ``FormatShape(input_format='NCTHW')`` and ``PackActionInputs``.
            They run twice, on different frames, and must leave nothing to
            chance.
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
        require(
            self.opener is not None or results.get('video_reader') is None,
            'opener', 'None for a video that was opened',
            'the transform that opened it',
            'Give its config to SynopsisFirst as opener.')
        source = FrameSource(results, self.opener, self.pipeline)
        length = torch.tensor([source.num_frames])
        synopsis = uniform_indices(length, self.num_frames)[0].numpy()
        results['frame_inds'] = np.asarray(results['frame_inds'])[synopsis]
        results['clip_len'] = self.num_frames
        results = self.pipeline(results)
        if results is None:  # the host's datasets then take another video
            return None
        inputs = results.get('inputs')
        require(
            isinstance(inputs, Tensor) and inputs.dim() == 5
            and 'data_samples' in results, 'pipeline',
            f'results with {sorted(results)}', 'packed clips (V, C, T, H, W)',
            "End the inner pipeline with FormatShape(input_format='NCTHW') "
            'and PackActionInputs.')
        results['data_samples'].set_metainfo(dict(frame_source=source))
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(num_frames={self.num_frames}, '
                f'pipeline={self.pipeline}, opener={self.opener})')
