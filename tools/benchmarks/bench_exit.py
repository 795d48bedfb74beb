"""Measure what an exit after the synopsis saves: accuracy, multiply-adds and
time at several thresholds, in turns in one process.

The thresholds of each checkpoint are chosen on the config's validation set;
what they give is measured on its test set, whose frames are in memory. Times
are of the network, uint8 frames to predictions."""

import contextlib
import io
from functools import partial

import numpy as np
import pandas as pd
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, load_checkpoint

from bench_options import bench_parser, conditions, write_json
from s2dnet_mmaction.analysis.complexity import count_macs
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.latency import (
    paired_ratios,
    quartiles,
    time_in_turns,
)
from s2dnet_mmaction.analysis.report import markdown_table, spread
from s2dnet_mmaction.evaluation.exit_curve import choose_exit, exit_curve
from s2dnet_mmaction.evaluation.predictions import Predictions

PLAIN, CHOSEN = 'no exit', 'chosen'
SHARES = (0.25, 0.5, 0.75, 1.0)  # of the validation set, beside the choice


def parse_args():
    parser = bench_parser(__doc__, batch_size=8, device=True, rounds=7,
                          warmup=1)
    parser.add_argument('config', help='config file path')
    parser.add_argument('checkpoints', nargs='+', help='one for each seed')
    parser.add_argument(
        '--max-drop', type=float, default=0.0, metavar='POINTS',
        help='validation accuracy that the chosen threshold may give up')
    parser.add_argument(
        '--timed-videos', type=int, default=300,
        help='test videos whose time is measured; accuracy is that of all')
    parser.add_argument('--out', help='write OUT.md, OUT.json and OUT.png')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={},
        help='override settings of the config: xxx=yyy pairs')
    args = parser.parse_args()
    if args.out is not None and args.json is None:
        args.json = f'{args.out}.json'
    return args


def load_batches(loader, batch_size):
    """All videos of a data loader's config, in memory."""
    loader = dict(loader, batch_size=batch_size, num_workers=0,
                  persistent_workers=False, drop_last=False)
    return list(Runner.build_dataloader(loader))


@torch.no_grad()
def predict(model, batches):
    return [sample for batch in batches for sample in model.test_step(batch)]


def as_arrays(samples):
    """The samples as ``Predictions``."""
    return Predictions(
        np.concatenate([sample.gt_label.numpy() for sample in samples]),
        *(np.stack([sample.get(name).cpu().numpy() for sample in samples])
          for name in ('pred_score', 'synopsis_score', 'topk_label')))


def thresholds(curve, max_drop):
    """Threshold by name: the chosen one, and those of some shares."""
    chosen = choose_exit(curve, max_drop=max_drop / 100)
    named = {CHOSEN: chosen.threshold}
    for share in SHARES:
        row = curve.iloc[(curve.exited - share).abs().argmin()]
        named[f'{100 * share:.0f} %'] = row.threshold
    return {name: float(number) for name, number in named.items()}


def set_threshold(model, threshold):
    """Set the exit of a model; None for none."""
    model.test_cfg.pop('exit_threshold', None)
    if threshold is not None:
        model.test_cfg['exit_threshold'] = threshold


def run_with(model, batches, threshold):
    set_threshold(model, threshold)
    predict(model, batches)


def measure(seed, model, val, test, args):
    """Rows of one checkpoint."""
    set_threshold(model, None)
    first = test[0]['inputs'][0]
    macs, _ = count_macs(model.cpu(), first[:1])
    views = len(first)
    model.to(args.device)
    costs = views * macs['synopsis'], views * sum(macs.values())
    curve = exit_curve(as_arrays(predict(model, val)), *costs)
    named = {PLAIN: None, **thresholds(curve, args.max_drop)}
    timed = test[:-(-args.timed_videos // args.batch_size)]
    count = sum(len(batch['data_samples']) for batch in timed)
    times = time_in_turns(
        {name: partial(run_with, model, timed, threshold)
         for name, threshold in named.items()},
        args.rounds, args.warmup, args.device)
    for name, threshold in named.items():
        set_threshold(model, threshold)
        samples = predict(model, test)
        right = [int(s.pred_label) == int(s.gt_label) for s in samples]
        exited = np.mean([s.get('exited', False) for s in samples])
        yield dict(
            seed=seed, exit=name, threshold=threshold, exited=float(exited),
            accuracy=float(np.mean(right)),
            gmacs=float(costs[1] - exited * (costs[1] - costs[0])) / 1e9,
            ms=[1e3 * sec / count for sec in times[name]],
            faster=paired_ratios(times[PLAIN], times[name]))


def table(rows):
    """Markdown: a row of each seed and threshold, then means of the seeds."""
    cells = []
    for row in rows:
        cells.append({
            'seed': str(row['seed']), 'exit': row['exit'],
            'threshold': '-' if row['threshold'] is None else
            f'{row["threshold"]:.4f}',
            'exited (%)': f'{100 * row["exited"]:.1f}',
            'accuracy (%)': f'{100 * row["accuracy"]:.1f}',
            'mean GMACs': f'{row["gmacs"]:.3f}',
            'ms/video [q1, q3]': spread(row['ms'], 2),
            f'faster than {PLAIN} [q1, q3]': spread(row['faster'], 2)})
    return '\n'.join(markdown_table(cells))


def summary(rows):
    """A sentence on the chosen thresholds of all seeds."""
    frame = pd.DataFrame(rows).set_index(['exit', 'seed'])
    drop = 100 * (frame.loc[PLAIN].accuracy - frame.loc[CHOSEN].accuracy)
    faster = frame.loc[CHOSEN].faster.map(lambda one: quartiles(one)[1])
    return (f'Chosen threshold, {len(drop)} seeds: {faster.mean():.2f} '
            f'({faster.min():.2f} to {faster.max():.2f}) times faster, '
            f'{drop.mean():.2f} ({drop.min():.2f} to {drop.max():.2f}) points '
            'less accurate.')


def picture(rows):
    """Accuracy against GMACs and against time, a line for each seed."""
    figure = Figure(figsize=(9, 4), layout='constrained')
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    for seed in sorted({row['seed'] for row in rows}):
        own = sorted((row for row in rows if row['seed'] == seed),
                     key=lambda row: row['gmacs'])
        accuracy = [100 * row['accuracy'] for row in own]
        line, = left.plot([row['gmacs'] for row in own], accuracy, 'o-',
                          label=f'seed {seed}')
        right.plot([quartiles(row['ms'])[1] for row in own], accuracy, 'o-')
        chosen = next(row for row in own if row['exit'] == CHOSEN)
        for axes, x in ((left, chosen['gmacs']),
                        (right, quartiles(chosen['ms'])[1])):
            axes.plot(x, 100 * chosen['accuracy'], 's', ms=11, mfc='none',
                      color=line.get_color())
    left.set(xlim=(0, None), xlabel='mean GMACs of a video',
             ylabel='accuracy (%)')
    right.set(xlim=(0, None), xlabel='ms of a video (median)')
    for axes in (left, right):
        axes.grid(color='#dddddd')
    left.legend(frameon=False)
    return figure


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    with contextlib.redirect_stdout(io.StringIO()):
        val = load_batches(cfg.val_dataloader, args.batch_size)
        test = load_batches(cfg.test_dataloader, args.batch_size)
    rows = []
    for seed, checkpoint in enumerate(args.checkpoints):
        model = build(cfg)
        load_checkpoint(model, checkpoint, 'cpu')
        model.to(args.device).eval()
        rows += measure(seed, model, val, test, args)
    videos = sum(len(batch['data_samples']) for batch in test)
    timed = min(videos, -(-args.timed_videos // args.batch_size)
                * args.batch_size)
    text = '\n\n'.join([
        table(rows), summary(rows), 'A square marks the chosen threshold in '
        f'the picture. {videos} test videos, {timed} of them '
        'timed. '
        + conditions(args, 'float32')]) + '\n'
    print(text)
    if args.out is not None:
        with open(f'{args.out}.md', 'w') as file:
            file.write(text)
        picture(rows).savefig(f'{args.out}.png', dpi=150)
    write_json(args, rows=rows)


if __name__ == '__main__':
    main()
