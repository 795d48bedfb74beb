"""Publish a trained checkpoint: weights only, with their hash in its name."""

import argparse
import hashlib
import io
import os
from pathlib import Path

import torch

from s2dnet_mmaction.models.common.checkpoints import read_file
from s2dnet_mmaction.version import __version__

# Entries of ``meta`` to keep: where the weights come from. The others, such
# as the config, may hold paths and names of the machine that trained.
_META = ('epoch', 'iter', 'mmengine_version')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('in_file', help='checkpoint of a run')
    parser.add_argument(
        'out_file', help='name.pth; the file becomes name-<hash>.pth')
    return parser.parse_args()


def main():
    args = parse_args()
    stem, extension = os.path.splitext(args.out_file)
    if extension != '.pth':
        raise SystemExit(f'out_file: got {args.out_file!r}, expected a name '
                         'ending in .pth. Rename it.')
    checkpoint = read_file(args.in_file)
    if not isinstance(checkpoint, dict) or 'state_dict' not in checkpoint:
        raise SystemExit(f'in_file: got {args.in_file!r} without a '
                         'state_dict, expected the checkpoint of a run.')
    meta = {name: checkpoint['meta'][name]
            for name in _META if name in checkpoint.get('meta', {})}
    meta['s2dnet_mmaction_version'] = __version__
    # Into memory first: torch writes a file's name into the file, but the
    # same weights must have the same hash.
    buffer = io.BytesIO()
    weights = {name: value.contiguous()
               for name, value in checkpoint['state_dict'].items()}
    torch.save(dict(meta=meta, state_dict=weights), buffer)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()[:8]
    out_file = Path(f'{stem}-{digest}.pth')
    out_file.parent.mkdir(parents=True, exist_ok=True)
    out_file.write_bytes(content)
    print(out_file)


if __name__ == '__main__':
    main()
