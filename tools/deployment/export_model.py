"""Export a network for other runtimes: OUT.onnx for ONNX (onnxruntime,
TensorRT, ...), OUT.pt2 for torch.export. The result is compared with the
network on random clips of different lengths."""

import argparse
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope

from s2dnet_mmaction._checks import require, require_int
from s2dnet_mmaction.analysis.inputs import (
    first_test_sample,
    first_test_video,
)
from s2dnet_mmaction.apis.deployed_part import deployed_part
from s2dnet_mmaction.apis.export import (
    INT8_TOLERANCE,
    SUFFIXES,
    TOLERANCE,
    DeployedFrames,
    OnnxNetwork,
    deployed,
    export_onnx,
    export_program,
    fuse,
    largest_differences,
)
from s2dnet_mmaction.visualization.draw import load_model


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='file to write, OUT.onnx or OUT.pt2')
    parser.add_argument(
        '--part', help="of a SampledRecognizer: 'recognizer', or the name "
        'of a sampler')
    parser.add_argument(
        '--size', type=int, nargs=2, metavar=('H', 'W'),
        help='height and width of the frames, in px; default: those of the '
        'first test video, as the pipeline cuts it')
    parser.add_argument(
        '--any-size', action='store_true',
        help='take frames of other sizes too, larger than the synopsis')
    parser.add_argument(
        '--max-frames', type=int, default=300, help='longest clip')
    parser.add_argument(
        '--fuse-conv-bn', action='store_true',
        help='fold batch norms into convolutions')
    parser.add_argument(
        '--int8', action='store_true',
        help='linear layers of an ONNX file in int8')
    parser.add_argument(
        '--num-clips', type=int, default=20, help='clips to compare on')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={},
        help='override settings of the config: xxx=yyy pairs')
    return parser.parse_args()


def main():
    args = parse_args()
    suffix = Path(args.out).suffix
    require(suffix in SUFFIXES, 'out', args.out,
            f'a name that ends in {" or ".join(SUFFIXES)}', 'Rename it.')
    require(not args.int8 or suffix == '.onnx', 'int8', f'a file {suffix}',
            'an ONNX file', 'For torch see quantize of '
            's2dnet_mmaction.apis.export.')
    require_int('max_frames', args.max_frames, 2)
    require_int('num_clips', args.num_clips)
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    model, _ = load_model(cfg, args.checkpoint, 'cpu')
    if args.part is not None:
        model = deployed_part(model, args.part, first_test_sample(cfg))
        size = ()
    else:
        size = tuple(args.size or first_test_video(cfg).shape[-2:])
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    exported = fuse(model) if args.fuse_conv_bn else model
    if suffix == '.onnx':
        export_onnx(exported, args.out, size, args.max_frames,
                    args.any_size, args.int8)
        run = OnnxNetwork(args.out)
    else:
        torch.export.save(export_program(
            exported, size, args.max_frames, args.any_size), args.out)
        run = torch.export.load(args.out).module()
    sizes = [size]
    if args.any_size:  # one more, of another aspect ratio
        sizes.append((size[0] * 5 // 4, size[1] * 3 // 2))
    net = deployed(model)
    differences = largest_differences(
        net, run, net.cases(sizes, args.max_frames, args.num_clips))
    shape = f'frames (N, 3, T, {size[0]}, {size[1]}) with T = 2 to ' \
        f'{args.max_frames}, lengths (N,)'
    if args.part is not None:
        taken, = next(net.cases([], 0, 1))
        shape = f'{net.inputs[0]} {("N", *taken.shape[1:])} {taken.dtype}'
    elif isinstance(net, DeployedFrames):
        shape = f'frames (N, {model.backbone.num_segments}, 3, {size[0]}, ' \
            f'{size[1]})'
    print(f'{args.out}: {Path(args.out).stat().st_size / 2**20:.1f} MiB, '
          + shape)
    tolerance = INT8_TOLERANCE if args.int8 else TOLERANCE
    for name, difference in differences.items():
        print(f'  {name}: differs by at most {difference:.1e} from the '
              f'network, over {args.num_clips} clips')
    worst = float(np.max(list(differences.values())))  # NaN if one is
    if not worst <= tolerance:
        raise SystemExit(
            f'export: got a difference of {worst:.1e}, expected at most '
            f'{tolerance:.0e}. Do not use {args.out}. Two classes of nearly '
            'the same synopsis score can change places among the top k.')


if __name__ == '__main__':
    main()
