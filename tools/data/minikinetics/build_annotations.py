"""Derive the annotation files of Mini-Kinetics from Kinetics-400's."""

import argparse

from s2dnet_mmaction.datasets.preparation.minikinetics import build_annotations

KINETICS = ("MMAction2's lists ('<class folder>/<file> <label>' or "
            "'<class folder>/<folder> <frames> <label>' on a line) or the "
            'official CSV file')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--train', required=True,
        help=f"Kinetics-400's training videos: {KINETICS}")
    parser.add_argument(
        '--val', required=True, help='the validation videos, in the same way')
    parser.add_argument(
        '--classes', required=True,
        help='file with one plain class name on each line; the first gets '
        'label 0')
    parser.add_argument(
        '--label-map',
        help='file with the 400 names in the order of their labels, for lists '
        'without class folders')
    parser.add_argument(
        '--num-classes', type=int, default=200, help='names in that file')
    parser.add_argument(
        '--out', default='data/minikinetics', help='folder for the files')
    parser.add_argument(
        '--force', action='store_true', help='replace existing files')
    return parser.parse_args()


def main():
    args = parse_args()
    written = build_annotations(**vars(args))
    for path, num_videos in written.items():
        print(f'{path}: {num_videos} videos')
    print('The paper has about 121 000 for training and 10 000 for '
          'validation.')


if __name__ == '__main__':
    main()
