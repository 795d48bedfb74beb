"""Opening of decoded frames in place of a video."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require


@TRANSFORMS.register_module()
@dataclass(eq=False)
class DecodedInit(BaseTransform):
    """Open decoded frames, in place of ``ClipInit``.

    For ``<root>/videos/00000.mp4`` it opens ``<root>/decoded/00000.npy``,
    (T, H, W, 3) uint8 RGB, as a memory map. MMAction2's ``ArrayDecode`` takes
    the place of ``ClipDecode``. The clips are the same.

    Required keys: ``filename``.
    Added keys: ``array``, ``total_frames``.

    Args:
        folder: of the decoded frames, beside that of the videos.

    Raises:
        FileNotFoundError: if the frames were not decoded.
        ValueError: if the file holds something else.
    """

    folder: str = 'decoded'

    def transform(self, results: dict) -> dict:
        """Open the frames."""
        video = Path(results['filename'])
        path = video.parent.parent / self.folder / f'{video.stem}.npy'
        require(path.is_file(), 'decoded frames', f'no file {path}',
                f'the frames of {video}',
                'Write them: write_telltale.py --decode, prepare_tennis7.py.',
                FileNotFoundError)
        # Indexing a plain array is faster than indexing np.memmap.
        array = np.load(path)
        require(array.ndim == 4 and array.dtype == np.uint8, str(path),
                f'{array.dtype} {array.shape}', 'uint8 (T, H, W, C)',
                'Remove the folder and decode again.')
        results['array'] = array
        results['total_frames'] = len(array)
        return results
