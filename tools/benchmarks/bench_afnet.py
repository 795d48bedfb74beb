"""Time AFNet-TSM against MMAction2's TSM on the same ResNet, in turns in one
process: frames in memory to class scores. Weights are random, and so are the
masks, of a given ratio. TSM is compared in the memory layout in which it is
faster. MMAction2 has no TSM on MobileNetV3."""

import copy

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from bench_options import bench_parser, conditions, write_report
from comparison import compare
from s2dnet_mmaction.analysis.latency import quartiles
from s2dnet_mmaction.apis.export import fuse
from s2dnet_mmaction.models.backbones.afnet.frame_macs import count_frame_macs
from s2dnet_mmaction.models.backbones.execution import lay_out

SIZE = 224
HEAD = dict(type='TSMHead', num_classes=174, in_channels=2048,
            is_shift=False, spatial_type='avg')
# AFNet, its head, and TSM
NETS = {
    **{f'r{depth}': (
        dict(type='AFResNet', depth=depth, shift=True), HEAD,
        dict(type='ResNetTSM', depth=depth, shift_div=8, norm_eval=False,
             pretrained2d=False)) for depth in (50, 101)},
    'mobilenetv3': (
        dict(type='AFMobileNetV3'),
        dict(HEAD, type='MobileNetV3Head', in_channels=960), None)
}


def parse_args():
    parser = bench_parser(__doc__, batch_size=1, device=True, rounds=15,
                          seed=True)
    parser.add_argument('--net', choices=NETS, default='r50')
    parser.add_argument('--frames', type=int, default=12, help='of a video')
    parser.add_argument(
        '--ratio', type=float, default=0.4,
        help='share of the frames that the focal blocks see')
    parser.add_argument(
        '--fuse-conv-bn', action='store_true',
        help='fold the batch norms of both into convolutions')
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    args = parser.parse_args()
    if args.out is not None and args.json is None:
        args.json = f'{args.out}.json'
    return args


def random_masks(blocks, args):
    """(blocks, N, T) with just the ratio, over all blocks and frames."""
    masks = torch.zeros(blocks * args.batch_size * args.frames)
    generator = torch.Generator().manual_seed(args.seed)
    picked = torch.randperm(len(masks), generator=generator)
    masks[picked[:round(args.ratio * len(masks))]] = 1
    return masks.view(blocks, args.batch_size, args.frames)


def build(config, args):
    net = MODELS.build(dict(config, num_segments=args.frames))
    net.eval()
    if args.fuse_conv_bn:
        net = fuse(net)
    net.to(args.device)
    net.eval()  # lays the weights of AFNet out
    return net


def variants(args):
    """Steps by name, and the multiply-adds of a video in 1e9."""
    torch.manual_seed(args.seed)
    config, head_config, tsm_config = NETS[args.net]
    head = MODELS.build(dict(head_config, num_segments=args.frames))
    head.to(args.device).eval()
    afnet = build(config, args)
    masks = random_masks(len(afnet.focal_blocks), args).to(args.device)
    macs = count_frame_macs(afnet, head, (SIZE, SIZE))
    frames = torch.randn(args.batch_size * args.frames, 3, SIZE, SIZE,
                         device=args.device)

    def step(net, inputs, *more):
        with torch.no_grad():
            out = net(inputs, *more)
            head(out[0] if more else out, num_segs=args.frames)

    def run_masked():
        afnet.execution = 'mask'
        step(afnet, frames, masks)

    def run_gathered():
        afnet.execution = 'gather'
        step(afnet, frames, masks)

    steps = {'AFNet-TSM, masks': run_masked,
             'AFNet-TSM, skips': run_gathered}
    if tsm_config is not None:
        tsm = build(tsm_config, args)
        tsm_last = copy.deepcopy(tsm)
        lay_out(tsm_last, channels_last=True)
        last = frames.contiguous(memory_format=torch.channels_last)
        steps = {'TSM': lambda: step(tsm, frames),
                 'TSM, channels last': lambda: step(tsm_last, last), **steps}
    return steps, macs.of(masks) / args.batch_size / 1e9


def main():
    args = parse_args()
    init_default_scope('mmaction')
    steps, gmacs = variants(args)
    result = compare(args.net, steps, args.batch_size, args.rounds,
                     args.warmup, device=args.device)
    others = [name for name in steps if name.startswith('TSM')]
    result.baseline = min(
        others or ['AFNet-TSM, masks'],
        key=lambda name: quartiles(result.costs[name].times_sec)[1])
    text = '\n'.join([result.markdown(), conditions(
        args, f'{args.frames} frames of {SIZE} px', f'keep ratio {args.ratio}',
        f'{gmacs:.1f} GMACs of AFNet',
        'batch norms folded' if args.fuse_conv_bn else 'batch norms apart',
        'float32')])
    write_report(args, text, [result])


if __name__ == '__main__':
    main()
