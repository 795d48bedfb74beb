"""Convert torchvision's MC3-18 or R3D-18 into a checkpoint of MMAction2.

Test or fine-tune it with configs/_base_/models/recognizer_mc3-r18.py (R3D-18:
inflate=(1, 1, 1, 1) and temporal_strides=(1, 2, 2, 2))."""

import argparse
import re
from pathlib import Path

from mmengine.runner import save_checkpoint

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.models.common.checkpoints import read_checkpoint

# torchvision's name -> MMAction2's, both of a module
NAMES = (
    (r'stem\.0', 'backbone.conv1.conv'),
    (r'stem\.1', 'backbone.conv1.bn'),
    (r'(layer\d\.\d\.(?:conv\d|downsample))\.0', r'backbone.\1.conv'),
    (r'(layer\d\.\d\.(?:conv\d|downsample))\.1', r'backbone.\1.bn'),
    ('fc', 'cls_head.fc_cls'))


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('src', help="torchvision's file")
    parser.add_argument('dst', help='checkpoint to write (.pth)')
    return parser.parse_args()


def converted(name):
    """MMAction2's name of an entry; None: it has none."""
    module, _, entry = name.rpartition('.')
    for pattern, other in NAMES:
        match = re.fullmatch(pattern, module)
        if match:
            return f'{match.expand(other)}.{entry}'
    return None


def main():
    args = parse_args()
    weights = read_checkpoint(args.src)
    unknown = [name for name in weights if converted(name) is None]
    require(weights and not unknown, 'src', f'{args.src} with {unknown[:3]}',
            'a file of mc3_18 or r3d_18', 'Check the path.')
    out = Path(args.dst)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(dict(meta={}, state_dict={
        converted(name): value for name, value in weights.items()}), str(out))
    print(f'{out}: {len(weights)} entries')


if __name__ == '__main__':
    main()
