"""Networks as graphs for other runtimes: ONNX and torch.export."""

import copy
import itertools
import warnings
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple, Union

import numpy as np
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .._checks import require
from ..models import AFNet, S2DNet
from ..models.backbones import SNet
from ..models.recognizers.base import RawFrameRecognizer
from .deployed_part import DeployedPart

SUFFIXES = ('.onnx', '.pt2')
# Differences of scores, of which the largest is 1: float32 sums in another
# order, and weights of 8 bits.
TOLERANCE, INT8_TOLERANCE = 1e-4, 5e-2


class Deployed(nn.Module):
    """A recognizer of raw frames as one function of tensors.

    It takes ``frames`` (N, C, T, H, W) uint8, RGB, not normalised, and
    ``lengths`` (N,) int64, the valid frames of each. It gives ``scores``
    (N, K); of an S2DNet also ``synopsis_scores`` (N, K). Several views of a
    video are several rows; their mean is its answer.

    Args:
        model: the recognizer, in eval mode.
    """

    inputs = ('frames', 'lengths')

    def __init__(self, model: RawFrameRecognizer) -> None:
        super().__init__()
        self.model = model
        self.outputs = ('scores', 'synopsis_scores') if isinstance(
            model, S2DNet) else ('scores', )

    def forward(self, frames: Tensor,
                lengths: Tensor) -> Tuple[Tensor, ...]:
        """See the class."""
        scores, others = self.model.extract_feat(frames, 'head',
                                                 lengths=lengths)
        if not isinstance(self.model, S2DNet):
            return (scores.softmax(-1), )
        return scores, others['synopsis_logits'].float().softmax(-1)

    def example(self, size: Tuple[int, int], max_frames: int,
                any_size: bool) -> Tuple[tuple, Dict[str, dict]]:
        """Arguments to trace, and which of their axes may vary."""
        time = torch.export.Dim('time', min=2, max=max_frames)
        batch = torch.export.Dim('batch', min=1)
        shape = {0: batch, 2: time}
        if any_size:
            least = _smallest_frame(self.model)
            shape.update({
                axis: torch.export.Dim(name, min=side + 1) for axis, name, side
                in zip((3, 4), ('height', 'width'), least)})
        # torch would take a size of 1 for a constant.
        return (clips(size, (min(9, max_frames), min(7, max_frames))),
                dict(frames=shape, lengths={0: batch}))

    def cases(self, sizes: Sequence[Tuple[int, int]], max_frames: int,
              number: int) -> Iterator[Tuple[Tensor, Tensor]]:
        """Batches of one to three random clips of random lengths, of each
        size in turn."""
        rng = np.random.default_rng(0)
        for size in itertools.cycle(sizes):
            if number <= 0:
                return
            count = min(number, int(rng.integers(1, 4)))
            lengths = rng.integers(1, max_frames + 1, count)
            lengths[0] = max(2, lengths[0])
            yield clips(size, lengths.tolist(), seed=number)
            number -= count


class DeployedFrames(nn.Module):
    """An AFNet as one function of a tensor.

    It takes ``frames`` (N, T, 3, H, W) uint8, RGB, not normalised. It gives
    ``scores`` (N, K) and ``keep_masks`` (N, blocks, T). Several views of a
    video are several rows. A graph computes the focal blocks of all frames
    and masks them; the scores are those of skipping.

    Args:
        model: the recognizer, in eval mode.
    """

    inputs, outputs = ('frames', ), ('scores', 'keep_masks')

    def __init__(self, model: AFNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, frames: Tensor) -> Tuple[Tensor, Tensor]:
        """See the class."""
        preprocessor = self.model.data_preprocessor
        normalised = (frames.float() - preprocessor.mean) / preprocessor.std
        logits, others = self.model.extract_feat(normalised, 'head')
        return logits.softmax(-1), others['masks'].transpose(0, 1)

    def example(self, size: Tuple[int, int], max_frames: int,
                any_size: bool) -> Tuple[tuple, Dict[str, dict]]:
        """Arguments to trace, and which of their axes may vary."""
        require(not any_size, 'any_size', 'True for an AFNet',
                'one size of frames', 'Leave it out.')
        batch = torch.export.Dim('batch', min=1)
        return next(self.cases([size], max_frames, 2)), dict(
            frames={0: batch})

    def cases(self, sizes: Sequence[Tuple[int, int]], max_frames: int,
              number: int) -> Iterator[Tuple[Tensor]]:
        """Pairs of random clips of T frames."""
        for seed in range(0, number, 2):
            frames, _ = clips(sizes[0],
                              [self.model.backbone.num_segments] * 2, seed)
            yield (frames.transpose(1, 2), )


def deployed(model: nn.Module
             ) -> Union[Deployed, DeployedFrames, DeployedPart]:
    """A recognizer as one function of tensors, in eval mode.

    A :class:`DeployedPart` is one already.

    Raises:
        ValueError: if the model is none of this package.
    """
    if isinstance(model, DeployedPart):
        return model
    require(isinstance(model, (RawFrameRecognizer, AFNet)), 'model.type',
            type(model).__name__, 'a recognizer of this package',
            "Export MMAction2's with MMDeploy.")
    kind = DeployedFrames if isinstance(model, AFNet) else Deployed
    return kind(model).eval()


def fuse(model: nn.Module) -> nn.Module:
    """A copy whose batch norms are folded into the convolutions.

    Unlike mmcv's ``fuse_conv_bn`` also into 3D convolutions, and into those
    that a temporal shift wraps.
    """
    fused = copy.deepcopy(model)
    fused.eval()  # that of some backbones of MMAction2 returns None
    _fold(fused)
    return fused


def _fold(module: nn.Module) -> None:
    """Fold each norm into the convolution that is registered before it."""
    conv = None
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm):
            if conv is not None:
                fused = fuse_conv_bn_eval(conv, child)
                conv.weight, conv.bias = fused.weight, fused.bias
                setattr(module, name, nn.Identity())
            conv = None
            continue
        conv = child.net if isinstance(child, TemporalShift) else child
        if not isinstance(conv, (nn.Conv2d, nn.Conv3d)):
            conv = None
            _fold(child)


def quantize(model: nn.Module) -> nn.Module:
    """A copy whose linear layers are int8, for torch on a CPU.

    Activations are quantised as they come (dynamic quantisation). The
    convolutions, nearly all of the work, stay float32.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'torch.ao.quantization')
        warnings.filterwarnings('ignore', 'torch.quantize_per_tensor')
        return torch.ao.quantization.quantize_dynamic(copy.deepcopy(model))


def clips(size: Tuple[int, int], lengths: Sequence[int], seed: int = 0,
          channels: int = 3) -> Tuple[Tensor, Tensor]:
    """Random frames (N, C, T, H, W) of unequal lengths, and the lengths."""
    generator = torch.Generator().manual_seed(seed)
    frames = torch.randint(
        0, 256, (len(lengths), channels, max(lengths), *size),
        dtype=torch.uint8, generator=generator)
    return frames, torch.tensor(lengths)


def export_program(model: nn.Module, size: Tuple[int, int],
                   max_frames: int = 300, any_size: bool = False
                   ) -> torch.export.ExportedProgram:
    """A network in eval mode as a graph (``torch.export``).

    The number of videos may be any, and of an S2DNet their lengths, from 2 to
    ``max_frames`` frames. The detail sampler is in its dense form, without
    kernels.

    Args:
        model: see :func:`deployed`.
        size: (H, W) of the frames.
        max_frames: largest T; of an AFNet it is ``num_segments``.
        any_size: whether frames may have other sizes, all larger than the
            synopsis: frames of its size are not resized. Not for an AFNet.
    """
    net = deployed(model)
    arguments, shapes = net.example(size, max_frames, any_size)
    with torch.no_grad():
        return torch.export.export(net, arguments, dynamic_shapes=shapes)


def _smallest_frame(model: nn.Module) -> Tuple[int, int]:
    """(H, W) of the synopsis; of a network without any one pixel."""
    net = model.snet if isinstance(model, S2DNet) else model.backbone
    return net.size if isinstance(net, SNet) else (1, 1)


def export_onnx(model: nn.Module, path: str, size: Tuple[int, int],
                max_frames: int = 300, any_size: bool = False,
                int8: bool = False) -> None:
    """Write a network as an ONNX file, see :func:`export_program`.

    Args:
        path: of the file.
        size, max_frames, any_size: see :func:`export_program`.
        int8: whether the linear layers become int8 (onnxruntime's dynamic
            quantisation).

    Raises:
        ModuleNotFoundError: if onnx, onnxscript or onnxruntime is missing.
    """
    _require_onnx()
    program = export_program(model, size, max_frames, any_size)
    net = deployed(model)
    target = Path(path)
    floats = target.with_suffix('.float.onnx') if int8 else target
    torch.onnx.export(program, (), str(floats), dynamo=True,
                      input_names=list(net.inputs),
                      output_names=list(net.outputs), external_data=False,
                      verbose=False)
    if int8:
        from onnxruntime.quantization import quantize_dynamic
        quantize_dynamic(str(floats), path,
                         op_types_to_quantize=['MatMul', 'Gemm'])
        floats.unlink()


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'ONNX: got no {error.name}, expected onnx, onnxscript and '
            "onnxruntime. Run pip install 's2dnet_mmaction[onnx]'.") from error


class OnnxNetwork:
    """An exported file in onnxruntime; called as :func:`deployed`.

    Args:
        path: of the file.
        threads: of the CPU; 0: onnxruntime's choice.
    """

    def __init__(self, path: str, threads: int = 0) -> None:
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            path, options, providers=['CPUExecutionProvider'])

    def __call__(self, *arguments: Tensor) -> List[Tensor]:
        feeds = {each.name: np.ascontiguousarray(value.numpy())
                 for each, value in zip(self.session.get_inputs(), arguments)}
        return list(map(torch.from_numpy, self.session.run(None, feeds)))


def largest_differences(net: Any, exported: Any,
                        cases: Iterator[Tuple[Tensor, ...]]
                        ) -> Dict[str, float]:
    """Largest difference of each output over some clips; NaN if one is.

    Args:
        net: of :func:`deployed`.
        exported: called as it.
        cases: their arguments.
    """
    largest = dict.fromkeys(net.outputs, 0.0)
    with torch.no_grad():
        for arguments in cases:
            for name, own, other in zip(
                    largest, net(*arguments), exported(*arguments)):
                difference = float((own - other).abs().max())
                largest[name] = float(np.maximum(largest[name], difference))
    return largest
