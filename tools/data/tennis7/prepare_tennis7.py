"""Clean and decode the clips of tennis7, and write the lists of its folds."""

import argparse
from dataclasses import asdict

from s2dnet_mmaction.datasets.preparation.tennis7 import (
    ClipOptions,
    prepare_clips,
)


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        'source', help='folder with videos/<class>/<clip>.mp4, groups.csv '
        'and boxes.csv (docs/tennis7.md)')
    parser.add_argument('target', help='folder to make')
    parser.add_argument(
        '--short-px', type=int, help='shorter side of the decoded frames')
    parser.add_argument(
        '--frame-interval', type=int, help='2 keeps every second frame')
    parser.add_argument(
        '--drop-last', type=int,
        help='frames to drop at the end of every clip')
    parser.add_argument(
        '--paint', type=int, nargs=4, action='append',
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='box to paint grey in every clip, in its pixels; may be repeated')
    parser.add_argument('--jobs', type=int, default=2, help='processes')
    parser.set_defaults(**{**asdict(ClipOptions()), 'paint': []})
    args = parser.parse_args()
    try:
        args.options = ClipOptions(
            args.short_px, args.frame_interval, args.drop_last,
            [tuple(box) for box in args.paint])
    except ValueError as error:
        parser.error(str(error))
    return args


def main():
    args = parse_args()
    written = prepare_clips(
        args.source, args.target, args.options, args.jobs)
    print(f'{args.target}: {"written" if written else "already there"}')


if __name__ == '__main__':
    main()
