"""Time a network and its exported forms on a CPU, in turns in one process:
eager, with folded batch norms, with int8 linear layers, torch.export, and
ONNX in onnxruntime. Weights are random."""

import tempfile
from functools import partial
from pathlib import Path

import torch

from bench_options import bench_parser, conditions, write_report
from comparison import compare
from s2dnet_mmaction.analysis.configs import load_configs
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.apis.export import (
    Deployed,
    OnnxNetwork,
    clips,
    export_onnx,
    export_program,
    fuse,
    largest_differences,
    quantize,
)


def parse_args():
    parser = bench_parser(__doc__, batch_size=1)
    parser.add_argument(
        'configs', nargs='+', help='[LABEL=]config of an S2DNet')
    parser.add_argument(
        '--frames', type=int, default=85, help='frames of a video')
    parser.add_argument(
        '--frame-size', type=int, default=224, help='height and width, px')
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    args = parser.parse_args()
    if args.out is not None and args.json is None:
        args.json = f'{args.out}.json'
    return args


def forms(model, args, folder):
    """The forms of a network by name, called as ``Deployed``."""
    size, threads = (args.frame_size, ) * 2, torch.get_num_threads()
    fused = fuse(model)
    yield 'eager', Deployed(model).eval()
    yield 'eager, folded', Deployed(fused).eval()
    yield 'eager, int8 linear', Deployed(quantize(model)).eval()
    yield 'torch.export', export_program(model, size, args.frames).module()
    for name, net, int8 in (('ONNX', model, False),
                            ('ONNX, folded', fused, False),
                            ('ONNX, folded, int8 linear', fused, True)):
        path = str(Path(folder) / f'{name}.onnx')
        export_onnx(net, path, size, args.frames, int8=int8)
        yield name, OnnxNetwork(path, threads)


def run_config(label, cfg, args, folder):
    model = build(cfg)
    arguments = clips((args.frame_size, ) * 2,
                      [args.frames] * args.batch_size)
    named = dict(forms(model, args, folder))
    eager = named['eager']
    for name, form in named.items():
        worst = max(largest_differences(eager, form, [arguments]).values())
        print(f'{name}: scores differ by at most {worst:.1e}')
    with torch.no_grad():
        return compare(
            label, {name: partial(form, *arguments)
                    for name, form in named.items()},
            args.batch_size, args.rounds, args.warmup)


def main():
    args = parse_args()
    results = []
    for label, cfg in load_configs(args.configs).items():
        with tempfile.TemporaryDirectory() as folder:
            results.append(run_config(label, cfg, args, folder))
    tables = [result.markdown() for result in results]
    text = '\n'.join([*tables, conditions(
        args, f'{args.frames} frames of {args.frame_size} px', 'float32')])
    write_report(args, text, results)


if __name__ == '__main__':
    main()
