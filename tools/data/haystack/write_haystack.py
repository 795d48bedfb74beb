"""Write the Haystack data set: minutes-long videos with sound, brief events.
"""

import argparse
from dataclasses import fields

from s2dnet_mmaction.datasets.preparation.haystack import (
    CLASSES,
    HaystackOptions,
    write_dataset,
)

HELP = dict(
    num_train='training videos', num_val='validation videos',
    num_trimmed='trimmed videos, for the recognizer',
    seconds='shortest and longest video',
    event_seconds='shortest and longest event',
    num_events='fewest and most events of a video',
    decoy_share='share of the rest that decoys fill',
    frame_px='side of a frame',
    shares='of the videos that are seen, heard, both, silent',
    seed='of all random numbers')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('root', help='folder to make')
    for field in fields(HaystackOptions):
        many = isinstance(field.default, tuple)
        one = field.default[0] if many else field.default
        parser.add_argument(
            f'--{field.name.replace("_", "-")}', type=type(one),
            nargs=len(field.default) if many else None,
            default=field.default,
            help=f'{HELP[field.name]} (default: {field.default})')
    parser.add_argument(
        '--num-jobs', type=int, default=2, help='processes')
    return parser.parse_args()


def main():
    args = parse_args()
    options = HaystackOptions(**{
        field.name: tuple(value) if isinstance(value, list) else value
        for field in fields(HaystackOptions)
        for value in [getattr(args, field.name)]})
    written = write_dataset(args.root, options, args.num_jobs)
    print(f'{args.root}: {"written" if written else "there already"}, '
          f'{options.num_train} + {options.num_val} videos of '
          f'{len(CLASSES)} classes')


if __name__ == '__main__':
    main()
