"""Choose the exit threshold of an S2DNet for a budget, from the predictions
for a validation set: which videos end after the synopsis net, at what
accuracy and at what mean cost."""

import argparse
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.fileio import dump

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.analysis.complexity import count_macs
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.inputs import first_test_video
from s2dnet_mmaction.evaluation.exit_curve import choose_exit, exit_curve
from s2dnet_mmaction.evaluation.predictions import read_predictions
from s2dnet_mmaction.visualization.exit_figure import exit_figure


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file path')
    parser.add_argument(
        'predictions', help='what python tools/test.py CONFIG CHECKPOINT '
        '--dump PREDICTIONS.pkl wrote, without exit_threshold')
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument(
        '--budget', type=float, metavar='GMACS',
        help='mean cost of a video; chooses the most accurate threshold')
    goal.add_argument(
        '--max-drop', type=float, metavar='POINTS',
        help='accuracy to give up, in percent points; chooses the cheapest')
    parser.add_argument(
        '--out-dir', help='folder of exit.json, exit.csv (all thresholds) and '
        'exit.png; default: exit beside the predictions')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={},
        help='override settings of the config: xxx=yyy pairs')
    return parser.parse_args()


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    predictions = read_predictions(args.predictions)
    model = build(cfg)
    views = first_test_video(cfg)
    macs, _ = count_macs(model, views[:1])
    require('synopsis' in macs, 'config', args.config,
            'that of an S2DNet', 'Other recognizers have no synopsis net.')
    curve = exit_curve(predictions, len(views) * macs['synopsis'],
                       len(views) * sum(macs.values()))
    chosen = choose_exit(
        curve, None if args.budget is None else 1e9 * args.budget,
        None if args.max_drop is None else args.max_drop / 100)
    folder = Path(args.out_dir or Path(args.predictions).parent / 'exit')
    folder.mkdir(parents=True, exist_ok=True)
    curve.to_csv(folder / 'exit.csv', index=False)
    dump(dict(chosen, videos=len(predictions.labels)), folder / 'exit.json')
    exit_figure(curve, chosen).savefig(folder / 'exit.png', dpi=150)
    plain = curve.iloc[0]
    for name, row in (('without exit', plain), ('chosen', chosen)):
        print(f'{name:12}  threshold {row.threshold:.4f}  '
              f'exited {100 * row.exited:5.1f} %  '
              f'accuracy {100 * row.accuracy:5.1f} %  '
              f'{row.macs / 1e9:.3f} GMACs')
    print(f'Of {len(predictions.labels)} videos. Curve: {folder}/exit.png, '
          'exit.csv. To use it, add to a test:\n'
          f'  --cfg-options model.test_cfg.exit_threshold='
          f'{float(chosen.threshold)}')


if __name__ == '__main__':
    main()
