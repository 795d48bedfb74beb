"""Draw what samplers hold for salient beside the guiding saliency, by class
(the supplement of NSNet, Fig. 1).

GUIDING is what tools/build_prototypes.py wrote; a saliency is what
tools/predict.py --fields saliency wrote for the same list. OUT.csv has the
mean correlation of both over the videos of each class."""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.datasets.result_parts import result_rows
from s2dnet_mmaction.evaluation.metrics.saliency_correlation_metric import (
    correlation,
)
from s2dnet_mmaction.visualization.saliency_figure import (
    mean_curve,
    saliency_figure,
)

SMOOTHING = 0.8  # of predictions, as in the figure


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('guiding', help='folder of build_prototypes.py')
    parser.add_argument(
        '--saliency', nargs='+', required=True, metavar='NAME=FOLDER:SCORE',
        help='samplers; SCORE is fs or vg, the name of the score')
    parser.add_argument(
        '--column', choices=('prototype', 'response'), default='prototype')
    parser.add_argument(
        '--labels', type=int, nargs='+', help='classes (default: the first '
        'three)')
    parser.add_argument('--classes', help='text file with their names')
    parser.add_argument('--points', type=int, default=100)
    parser.add_argument(
        '--out', default='saliency', help='write OUT.png and OUT.csv')
    return parser.parse_args()


def read_saliency(option, guiding):
    """Name and values by video of an option."""
    name, _, rest = option.partition('=')
    folder, _, score = rest.rpartition(':')
    require(name and folder and score, '--saliency', repr(option),
            'NAME=FOLDER:SCORE', 'Correct it.')
    rows = {row['input']: row[f'saliency_{score}'] for row in result_rows(
        folder, ['input', f'saliency_{score}'])}
    lacking = [video for video in guiding if video not in rows]
    require(not lacking, f'videos of {folder}', f'no {lacking[:3]}',
            'those of the guiding saliency', 'Predict for the same list.')
    return name, rows


def main():
    args = parse_args()
    guiding = {row['input']: row for row in result_rows(
        args.guiding, ('input', 'label', 'clip_starts', args.column))}
    samplers = dict(read_saliency(option, guiding)
                    for option in args.saliency)
    names = Path(args.classes).read_text().splitlines() if args.classes \
        else None
    known = sorted({label for row in guiding.values()
                    for label in row['label']})
    require(names is None or len(names) > known[-1], '--classes',
            f'{len(names or ())} names', f'at least {known[-1] + 1}',
            'Give a line for each class.')
    curves, table = {}, []
    for label in known:
        of = [video for video, row in guiding.items()
              if label in row['label']]
        title = names[label] if names else f'class {label}'
        truth = [guiding[video][args.column] for video in of]
        shown = dict(guiding=truth, **{
            name: [rows[video] for video in of]
            for name, rows in samplers.items()})
        curves[label] = (title, {
            name: mean_curve(values, args.points,
                             0 if name == 'guiding' else SMOOTHING)
            for name, values in shown.items()})
        table.append(dict({'class': title, 'videos': len(of)}, **{
            name: np.mean([resampled_correlation(rows[video], values)
                           for video, values in zip(of, truth)])
            for name, rows in samplers.items()}))
    chosen = args.labels or known[:3]
    require(set(chosen) <= set(known), '--labels', chosen,
            f'some of {known}', 'Correct them.')
    out = Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    saliency_figure(dict(curves[label] for label in chosen)).savefig(
        f'{out}.png', dpi=150)
    frame = pd.DataFrame(table)
    frame.to_csv(f'{out}.csv', index=False)
    print(frame.round(3).to_string(index=False))
    print(f'{out}.png, {out}.csv')


def resampled_correlation(values, truth):
    """Of a sampler's frames with the guiding saliency near them."""
    places = (np.arange(len(values)) + .5) / len(values) * len(truth)
    nearest = places.astype(int).clip(max=len(truth) - 1)
    return correlation(np.asarray(values, np.float64),
                       np.asarray(truth, np.float64)[nearest])


if __name__ == '__main__':
    main()
