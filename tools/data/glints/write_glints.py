"""Write the Glints data set: small, fine-grained, real video files."""

import argparse

from s2dnet_mmaction.datasets.preparation.drawing import BLIND_CEILING
from s2dnet_mmaction.datasets.preparation.glints import CLASSES, write_dataset


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', help='folder to make')
    parser.add_argument(
        '--num-train', type=int, default=600, help='training videos')
    parser.add_argument(
        '--num-val', type=int, default=120, help='validation videos')
    parser.add_argument(
        '--seed', type=int, default=0, help='of all random numbers')
    return parser.parse_args()


def main():
    args = parse_args()
    written = write_dataset(args.root, args.num_train, args.num_val, args.seed)
    print(f'{args.root}: {"written" if written else "already there"}, '
          f'{len(CLASSES)} classes. A model blind to the detail can reach '
          f'{BLIND_CEILING:.3f}.')


if __name__ == '__main__':
    main()
