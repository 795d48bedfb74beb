"""Decoding in two passes: what the sampler sees, then the picked clips."""

from pathlib import PurePath
from typing import Dict, List, Optional, Sequence

from mmaction.registry import TRANSFORMS
from mmaction.structures import ActionDataSample
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose

from ..._checks import require_int
from ...functional.selection import every_nth
from ..decoding.candidate_source import CandidateSource
from ..decoding.video_file import VideoFile
from ..decoding.video_source import name_of
from .clip_init import ClipInit


@TRANSFORMS.register_module()
class SkimFirst(BaseTransform):
    """Read what the sampler sees; the recognizer's clips are fetched later.

    The worker of a data loader reads the first chunk of candidates. The
    model reads the others of a long video, chunk by chunk, and then the
    clips that it picked, through ``candidate_source``.

    It is the last transform of a pipeline: its results are packed.

    Required keys: ``candidates`` of :class:`SampleCandidates`. Optional:
    ``label``; ``video_id``, otherwise the name of the file or folder.
    Result: ``inputs``, one tensor (n, ...) for each view by its name, of the
    first n candidates; ``data_samples`` with ``candidate_source``, which
    the model removes from its predictions, ``gt_label`` and the optional
    keys ``fields``.

    Args:
        views: configs of what each sampler sees, by its name; none if the
            clips are chosen without looking.
        pipeline: MMAction2's transforms from decoding to ``FormatShape``,
            for the picked clips. They must not be random.
        opener: config of the transform that opens the video, to open it
            again; None for raw frames.
        chunk: candidates that are read at a time.
        stride: N; the samplers look at candidates 0, N, 2N, ... only.
        meta_keys: keys of the results that go into the data sample, as in
            ``PackActionInputs``.
        fields: keys of the results that go into it as data.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is below 1, or a video was opened and there
            is no opener.
    """

    def __init__(self,
                 views: Dict[str, dict],
                 pipeline: List[dict],
                 opener: Optional[dict] = None,
                 chunk: int = 64,
                 stride: int = 1,
                 meta_keys: Sequence[str] = ('img_shape', 'video_id'),
                 fields: Sequence[str] = ('true_scores', )) -> None:
        require_int('chunk', chunk)
        require_int('stride', stride)
        self.views = {name: TRANSFORMS.build(view)
                      for name, view in views.items()}
        self.pipeline = Compose(list(map(TRANSFORMS.build, pipeline)))
        self.opener = None if opener is None else TRANSFORMS.build(opener)
        self.chunk, self.stride = chunk, stride
        self.meta_keys, self.fields = tuple(meta_keys), tuple(fields)

    def transform(self, results: dict) -> dict:
        """Read the first chunk."""
        # MMAction2's inferencers open files with decord in any case.
        if isinstance(self.opener, ClipInit) and not isinstance(
                results.get('video_reader'), VideoFile):
            results = self.opener(results)
        source = CandidateSource(
            results, self.views,
            every_nth(len(results['candidates']), self.stride), self.chunk,
            self.pipeline, self.opener)
        _, inputs = next(source.chunks(results))
        sample = ActionDataSample()
        # Random draws by this name: the same wherever the folder is.
        results.setdefault('video_id', PurePath(name_of(results)).name)
        if 'label' in results:
            sample.set_gt_label(results['label'])
        for name in self.fields:
            if name in results:
                sample.set_field(results[name], name)
        sample.set_metainfo({name: results[name] for name in self.meta_keys
                             if name in results})
        sample.set_metainfo(dict(candidate_source=source))
        return dict(inputs=inputs, data_samples=sample)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(views={self.views}, '
                f'pipeline={self.pipeline}, opener={self.opener}, '
                f'chunk={self.chunk}, stride={self.stride})')
