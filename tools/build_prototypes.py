"""Build what NSNet is taught with: prototypes, and the guiding saliency.

CLIPS is what tools/score_clips.py wrote for the training videos, of frames
every few frames of each video. OUT gets prototypes.npz and, in results/, for
each video the closeness of its frames to the prototype of its class and the
recognizer's response, for LoadClipScores(column='prototype') or 'response'.
With --prototypes FILE the frames of other videos, e.g. for testing, are
compared with the prototypes of the training videos."""

import argparse
from pathlib import Path

from s2dnet_mmaction.apis.bulk.prototypes import (
    build_prototypes,
    load_prototypes,
    save_prototypes,
    write_guiding,
)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('clips', help='folder of score_clips.py')
    parser.add_argument('out', help='folder to write')
    parser.add_argument(
        '--share', type=float, default=0.3, help='of the correct frames of a '
        'video that are averaged (default: 0.3, as in the paper)')
    parser.add_argument(
        '--prototypes', help='prototypes.npz of the training videos')
    parser.add_argument(
        '--missing', choices=('error', 'response'), default='error',
        help='what videos of a class without a prototype get')
    return parser.parse_args()


def main():
    args = parse_args()
    if args.prototypes:
        prototypes = load_prototypes(Path(args.prototypes))
    else:
        prototypes = build_prototypes(args.clips, args.share)
    save_prototypes(Path(args.out, 'prototypes.npz'), prototypes)
    without = int((prototypes.counts == 0).sum())
    print(f'{len(prototypes.counts)} classes, {without} without a prototype. '
          f'{prototypes.num_without} of {prototypes.num_videos} training '
          'videos have no correct frame and are in no prototype.')
    replaced = write_guiding(args.clips, args.out, prototypes, args.missing)
    print(f'{args.out}: {replaced} videos have the response instead.')


if __name__ == '__main__':
    main()
