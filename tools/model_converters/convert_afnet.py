"""Convert one of the AFNet authors' files into a checkpoint of MMAction2.

Test it with the config of the same network, frames and classes, and
model.backbone.mask_position=input, which their weights need. A file of
ImageNet has no navigation; a config can also read it directly, as init_cfg of
the backbone."""

import argparse
from pathlib import Path

from mmengine.runner import save_checkpoint

from s2dnet_mmaction._checks import require, require_int
from s2dnet_mmaction.models.backbones.afnet.conversion import convert
from s2dnet_mmaction.models.common.checkpoints import read_checkpoint


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('src', help="the authors' file (.pth.tar)")
    parser.add_argument('dst', help='checkpoint to write (.pth)')
    parser.add_argument(
        '--num-segments', type=int, metavar='T',
        help='frames of a clip; another number than that of the file '
        'averages the weights of the navigation over the positions')
    return parser.parse_args()


def main():
    args = parse_args()
    if args.num_segments is not None:
        require_int('num_segments', args.num_segments)
    out = Path(args.dst)
    require(out.suffix == '.pth', 'dst', args.dst, 'a name that ends in .pth',
            'Rename it.')
    weights = convert(read_checkpoint(args.src), args.num_segments)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(dict(state_dict=weights, meta={}), str(out))
    classes = len(weights['cls_head.fc_cls.bias'])
    print(f'{out}: {len(weights)} entries, {classes} classes. Set '
          'model.backbone.mask_position=input.')


if __name__ == '__main__':
    main()
