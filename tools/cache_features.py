"""Write the features of tools/score_clips.py as one file for each video.

FeatureView reads them, so that a sampler with a frozen extractor trains
without decoding: score the clips with the extractor as recognizer, then
cache what it found."""

import argparse
from pathlib import Path, PurePath

import numpy as np

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.apis.bulk.scored_clips import scored_clips


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('clips', nargs='+', help='folders of score_clips.py')
    parser.add_argument('--out', required=True, help='folder to write')
    parser.add_argument(
        '--half', action='store_true', help='write 16 bits a number')
    return parser.parse_args()


def main():
    args = parse_args()
    names = [PurePath(row['input']).name for folder in args.clips
             for row in scored_clips(folder, ('input', ))]
    twice = len(names) - len(set(names))
    require(not twice, f'names of videos in {" ".join(args.clips)}',
            f'{twice} twice', 'each once', 'Rename the files.')
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    kind = np.float16 if args.half else np.float32
    for folder in args.clips:
        for row in scored_clips(folder, ('input', 'clip_starts',
                                         'clip_features')):
            name = PurePath(row['input']).name
            part = out / f'.{name}.npz'  # whole, or not there
            np.savez(part, starts=row['clip_starts'],
                     features=row['clip_features'].astype(kind))
            part.rename(out / f'{name}.npz')
    print(f'{out}: {len(names)} videos')


if __name__ == '__main__':
    main()
