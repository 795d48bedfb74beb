"""Write the Telltale data set: a fine-grained benchmark for a CPU."""

import argparse
from dataclasses import fields

from s2dnet_mmaction.datasets.preparation.drawing import BLIND_CEILING
from s2dnet_mmaction.datasets.preparation.telltale import (
    CLASSES,
    TelltaleOptions,
    write_dataset,
)


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument('root', help='folder to make')
    for name, text in (('num_train', 'training videos'),
                       ('num_val', 'validation videos'),
                       ('num_closeups', 'close-ups, for pretraining'),
                       ('seed', 'of all random numbers'),
                       ('frame_px', 'height and width of the videos'),
                       ('num_decoys', 'discs that light up without stripes')):
        parser.add_argument(f'--{name.replace("_", "-")}', type=int, help=text)
    parser.add_argument(
        '--num-frames', type=int, nargs=2, metavar=('SHORTEST', 'LONGEST'),
        help='of the videos; the configs take up to 48 (max_frames)')
    parser.add_argument(
        '--spread-px', type=float,
        help='largest distance of the disc from the middle of the frame, '
        'along each axis, midway through the video')
    parser.add_argument(
        '--drift-px', type=float,
        help='largest displacement of a disc in the video, along each axis')
    parser.add_argument(
        '--stripe-std-frames', type=float,
        help='std of the Gaussian by which the stripes appear and fade')
    parser.add_argument(
        '--colour-in-corner', action='store_true',
        help='the disc is dark grey, and another disc in the corner farthest '
        'from it has the colour of the group')
    parser.add_argument(
        '--plain-share', type=float,
        help='share of the videos in which wide stripes on the ground show '
        'the class, so that the synopsis is enough')
    parser.add_argument('--jobs', type=int, default=2, help='processes')
    parser.add_argument(
        '--decode', action='store_true',
        help='add the decoded frames (5 GB at the default size); also to a '
        'data set that is there already')
    options = fields(TelltaleOptions)
    parser.set_defaults(**{option.name: option.default for option in options})
    args = parser.parse_args()
    try:
        args.options = TelltaleOptions(
            **{option.name: getattr(args, option.name) for option in options})
    except ValueError as error:
        parser.error(str(error))
    return args


def main():
    args = parse_args()
    written = write_dataset(args.root, args.options, args.jobs, args.decode)
    print(f'{args.root}: {"written" if written else "already there"}, '
          f'{len(CLASSES)} classes. A model blind to the detail can reach '
          f'{BLIND_CEILING:.3f}.')


if __name__ == '__main__':
    main()
