"""Join trained samplers into one checkpoint, e.g. for an AV-union-list.

Each file is of a SampledRecognizer with other samplers, and all have the same
recognizer. Test the result with a config that has all these samplers."""

import argparse
from pathlib import Path

import torch
from mmengine.runner import save_checkpoint

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.models.common.checkpoints import read_checkpoint


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('files', nargs='+', help='checkpoints')
    parser.add_argument('--out', required=True, help='checkpoint to write')
    parser.add_argument(
        '--force', action='store_true', help='overwrite --out')
    return parser.parse_args()


def main():
    args = parse_args()
    out = Path(args.out)
    require(args.force or not out.exists(), '--out', args.out, 'a new file',
            'Choose another name or add --force.')
    joined, names = {}, {}
    for file in args.files:
        weights = read_checkpoint(file)
        own = dict.fromkeys(name.split('.')[1] for name in weights
                            if name.startswith('samplers.'))
        require(own, 'file', f'{file} without samplers',
                'a checkpoint of a SampledRecognizer', 'Check the path.')
        names.update(own)
        for name, value in weights.items():
            known = joined.setdefault(name, value)
            require(known is value or torch.equal(known, value), f'{name} in '
                    f'{file}', 'other values than in the files before',
                    'the same recognizer, and samplers of other names',
                    'Train the samplers for the same recognizer.')
    out.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(
        dict(meta=dict(joined_from=args.files), state_dict=joined), str(out))
    print(f'{out}: samplers {", ".join(names)}')


if __name__ == '__main__':
    main()
