"""A sampler, or the recognizer that it picks for, as one function."""

from typing import Dict, Iterator, Sequence, Tuple, Union

import torch
from mmaction.models.recognizers import BaseRecognizer
from torch import Tensor, nn

from .._checks import require, require_choice
from ..models import SampledRecognizer
from ..models.samplers import Sampler, VideoSampler


class DeployedPart(nn.Module):
    """A part of a :class:`SampledRecognizer` as a function of one tensor.

    A sampler takes ``views`` (n, ...), what its view gives of n candidates,
    and gives ``saliency`` (n,), or its scores by their names; one that rates
    all candidates of a video together takes as many as that. The recognizer
    takes ``clips`` (K, C, T, H, W), or frames (K, C, H, W), uint8, RGB, not
    normalised, and gives ``scores`` (K, classes) of each; their mean is the
    answer.

    Args:
        part: a sampler, or a recognizer of MMAction2.
        example: what it takes; n or K may then be any number.
    """

    def __init__(self, part: Union[Sampler, BaseRecognizer],
                 example: Tensor) -> None:
        super().__init__()
        self.part = part
        self._of_video = isinstance(part, VideoSampler)
        self._example = example if self._of_video else example[:1]
        self.inputs: Sequence[str] = ('clips', )
        self.outputs: Sequence[str] = ('scores', )
        if isinstance(part, Sampler):
            self.inputs = ('views', )
            self.outputs = tuple(part.score_names) or ('saliency', )

    def forward(self, inputs: Tensor) -> Tuple[Tensor, ...]:
        """See the class."""
        if isinstance(self.part, Sampler):
            scores = self.part.score(inputs)
            return (scores, ) if isinstance(scores, Tensor) else tuple(
                scores[name] for name in self.outputs)
        preprocessor = self.part.data_preprocessor
        normalised = (inputs.float() - preprocessor.mean) / preprocessor.std
        logits = self.part(normalised[:, None], stage='head')
        return (logits.softmax(-1), )

    def example(self, size: Tuple[int, int], max_frames: int,
                any_size: bool) -> Tuple[tuple, Dict[int, dict]]:
        """Arguments to trace, and which of their axes may vary."""
        require(not any_size, 'any_size', 'True for a part of a sampler',
                'one size', 'Leave it out.')
        if self._of_video:
            return (self._example, ), ({}, )
        batch = torch.export.Dim('batch', min=1)
        # torch would take a batch of 1 for a constant.
        return (torch.cat([self._example] * 2), ), ({0: batch}, )

    def cases(self, sizes: Sequence[Tuple[int, int]], max_frames: int,
              number: int) -> Iterator[Tuple[Tensor]]:
        """Batches of one to three random candidates, or whole videos."""
        generator = torch.Generator().manual_seed(0)
        while number > 0:
            count = int(torch.randint(1, 4, (), generator=generator))
            count = len(self._example) if self._of_video else min(number,
                                                                  count)
            shape = (count, *self._example.shape[1:])
            if self._example.is_floating_point():
                yield (torch.randn(shape, generator=generator), )
            else:
                yield (torch.randint(0, 256, shape, dtype=torch.uint8,
                                     generator=generator), )
            number -= count


def deployed_part(model: SampledRecognizer, name: str,
                  sample: dict) -> DeployedPart:
    """A part by its name.

    Args:
        model: in eval mode.
        name: of a sampler, or ``'recognizer'``.
        sample: of a video, as the pipeline packs it.

    Raises:
        ValueError: if there is no such part, or the video has no view.
    """
    require(isinstance(model, SampledRecognizer), 'part',
            f'{name!r} of a {type(model).__name__}', 'a SampledRecognizer',
            'Leave --part out.')
    require_choice('part', name, ['recognizer', *model.samplers])
    if name == 'recognizer':
        source = sample['data_samples'].candidate_source
        clip = source.read(source.open(), [0])
        return DeployedPart(model.recognizer, clip).eval()
    view = sample['inputs'].get(name)
    require(view is not None, f'view {name!r}', 'none of the first video',
            'one', 'Put a video that has it first in the list.')
    sampler = model.samplers[name]
    if isinstance(sampler, VideoSampler):  # of all candidates
        source = sample['data_samples'].candidate_source
        view = torch.cat([views[name] for _, views in source.chunks(
            source.open())])
    return DeployedPart(sampler, view).eval()
