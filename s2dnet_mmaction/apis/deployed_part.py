"""A sampler, or the recognizer that it picks for, as one function."""

from typing import Dict, Iterator, Sequence, Tuple, Union

import torch
from mmaction.models.recognizers import BaseRecognizer
from torch import Tensor, nn

from .._checks import require, require_choice
from ..models import SampledRecognizer
from ..models.samplers import Sampler


class DeployedPart(nn.Module):
    """A part of a :class:`SampledRecognizer` as a function of one tensor.

    A sampler takes ``views`` (n, ...), what its view gives of n candidates,
    and gives ``saliency`` (n,). The recognizer takes ``clips`` (K, C, T, H,
    W), or frames (K, C, H, W), uint8, RGB, not normalised, and gives
    ``scores`` (K, classes) of each; their mean is the answer.

    Args:
        part: a sampler with a single score, or a recognizer of MMAction2.
        example: what it takes; n or K may then be any number.
    """

    def __init__(self, part: Union[Sampler, BaseRecognizer],
                 example: Tensor) -> None:
        super().__init__()
        require(
            not getattr(part, 'score_names', ()), 'part',
            'a sampler with several scores', 'one with a single saliency',
            'Export a module of your own that gives one of them.')
        self.part = part
        self._example = example[:1]
        is_sampler = isinstance(part, Sampler)
        self.inputs: Sequence[str] = ('views' if is_sampler else 'clips', )
        self.outputs: Sequence[str] = (
            'saliency' if is_sampler else 'scores', )

    def forward(self, inputs: Tensor) -> Tuple[Tensor]:
        """See the class."""
        if isinstance(self.part, Sampler):
            return (self.part.score(inputs), )
        preprocessor = self.part.data_preprocessor
        normalised = (inputs.float() - preprocessor.mean) / preprocessor.std
        logits = self.part(normalised[:, None], stage='head')
        return (logits.softmax(-1), )

    def example(self, size: Tuple[int, int], max_frames: int,
                any_size: bool) -> Tuple[tuple, Dict[int, dict]]:
        """Arguments to trace, and which of their axes may vary."""
        require(not any_size, 'any_size', 'True for a part of a sampler',
                'one size', 'Leave it out.')
        batch = torch.export.Dim('batch', min=1)
        # torch would take a batch of 1 for a constant.
        return (torch.cat([self._example] * 2), ), ({0: batch}, )

    def cases(self, sizes: Sequence[Tuple[int, int]], max_frames: int,
              number: int) -> Iterator[Tuple[Tensor]]:
        """Batches of one to three random candidates."""
        generator = torch.Generator().manual_seed(0)
        while number > 0:
            count = min(number, int(torch.randint(1, 4, (),
                                                  generator=generator)))
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
    return DeployedPart(model.samplers[name], view).eval()
