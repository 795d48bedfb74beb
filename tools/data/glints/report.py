"""Print the test accuracy on Glints beside the ceiling of a blind model.

Exits with 1 if the accuracy is not above that ceiling."""

import argparse
import json
import sys
from pathlib import Path

from s2dnet_mmaction.datasets.preparation.drawing import BLIND_CEILING


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('work_dir', help='work dir of a test run')
    return parser.parse_args()


def main():
    args = parse_args()
    # a run writes <time>/<time>.json; names sort by time
    files = sorted(Path(args.work_dir).glob('*/[0-9]*_[0-9]*.json'))
    if not files:
        raise FileNotFoundError(
            f'work_dir: got {args.work_dir} without results, expected '
            '<time>/<time>.json. Run the test first.')
    metrics = json.loads(files[-1].read_text())
    accuracy = metrics['acc/top1']
    print(f'Test accuracy of S2DNet {accuracy:.3f}, of its synopsis net '
          f'alone {metrics["acc/synopsis_top1"]:.3f}.\n'
          f'A model blind to the detail can reach {BLIND_CEILING:.3f}.')
    if 'place/hit' in metrics:
        print(f'The sampled window holds the striped disc in '
              f'{metrics["place/hit"]:.1%} of the videos.')
    if accuracy <= BLIND_CEILING:
        sys.exit('The network did not learn to see the detail.')


if __name__ == '__main__':
    main()
