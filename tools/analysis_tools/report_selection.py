"""Accuracy against the number of picked clips and against cost: samplers
beside uniform, random, dense and oracle selection, on one figure.

CLIPS is what tools/score_clips.py wrote for an annotation file; a saliency is
what tools/predict.py --fields saliency wrote for the same list. From these
follows what any K answers, so that nothing runs again. Several folders are
trainings with different seeds: mean and standard deviation are reported. The
costs of a candidate are measured by tools/benchmarks/bench_selection.py."""

import argparse
import json
from pathlib import Path

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.analysis.report import markdown_table
from s2dnet_mmaction.evaluation.selection_curve import (
    Cost,
    add_cost,
    by_fusion,
    by_saliency,
    by_union,
    over_seeds,
    place_of,
    read_scored,
    selection_curve,
)
from s2dnet_mmaction.functional.selection import FUSIONS
from s2dnet_mmaction.visualization.selection_figure import selection_figure

KS = (1, 2, 3, 5, 8, 12, 20, 40)
COSTS = dict(gmacs='GMACs of a video', seconds='seconds of a video')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('clips', help='folder of score_clips.py')
    parser.add_argument(
        '--saliency', nargs='+', default=[],
        metavar='NAME=FOLDER[:SCORE][,FOLDER...]',
        help='samplers; SCORE is one of several scores, such as fs')
    parser.add_argument(
        '--guiding', help='folder of build_prototypes.py: also pick by the '
        'guiding saliency, which reads the truth')
    parser.add_argument(
        '--union', nargs='+', default=[], metavar='VISUAL+AUDIO',
        help='AV-union-lists of two of them')
    parser.add_argument(
        '--visual-share', type=float, default=0.8,
        help="K' / K of a union (default: 0.8, as in the supplement)")
    parser.add_argument(
        '--fusion', nargs='+', default=[], metavar='HOW=FIRST+SECOND',
        help=f'{", ".join(FUSIONS)} of two of them (NSNet)')
    parser.add_argument(
        '--k', type=int, nargs='+', default=KS, help='numbers of clips')
    parser.add_argument(
        '--stride', type=int, nargs='+', default=[], help='also with every '
        'N-th clip scored, as NAME/N')
    parser.add_argument(
        '--costs', help='JSON file: {"gmacs": {"fixed": w, "clip": x, "NAME": '
        'y}, "seconds": ...}; fixed is of a video, the others of a candidate')
    parser.add_argument(
        '--out', default='selection', help='write OUT.csv, OUT.md, OUT.png')
    return parser.parse_args()


def pairs(options, separator):
    """Split NAME=FOLDER and the like."""
    split = [option.partition(separator) for option in options]
    for first, _, second in split:
        require(first and second, 'option', repr(first + second),
                f'two parts with {separator!r} between', 'Correct it.')
    return [(first, second) for first, _, second in split]


def rules_of(args, samplers):
    """Rules by name, and what each skims: samplers and strides."""
    rules, skims, named = {}, {}, []
    for name in samplers:
        for stride in (1, *args.stride):
            rule = name if stride == 1 else f'{name}/{stride}'
            rules[rule] = by_saliency(name, stride)
            skims[rule] = [(name, stride)]
    for visual, audio in pairs(args.union, '+'):
        rules[f'{visual}+{audio}'] = by_union(visual, audio,
                                              args.visual_share)
        skims[f'{visual}+{audio}'] = [(visual, 1), (audio, 1)]
        named += [visual, audio]
    for how, both in pairs(args.fusion, '='):
        (first, second), = pairs([both], '+')
        rules[f'{how} {both}'] = by_fusion(how, first, second)
        # Two scores of one sampler cost as much as one.
        parts = {place_of(samplers[name][0])[0]: name
                 for name in (first, second) if name in samplers}
        skims[f'{how} {both}'] = [(name, 1) for name in parts.values()]
        named += [first, second]
    for name in named:
        require(name in samplers, 'sampler of a union or fusion', repr(name),
                f'one of {list(samplers)}', 'Add it to --saliency.')
    return rules, skims


def main():
    args = parse_args()
    samplers = {name: folders.split(',')
                for name, folders in pairs(args.saliency, '=')}
    rules, skims = rules_of(args, samplers)
    if args.guiding:
        rules['guiding saliency'] = by_saliency('guiding')
    numbers = {len(folders) for folders in samplers.values()} or {1}
    seeds = max(numbers)
    require(numbers <= {1, seeds}, 'folders of a sampler', sorted(numbers),
            f'1 or {seeds} of each', 'Give one for each seed.')
    curves = []
    for seed in range(seeds):
        videos = read_scored(args.clips, args.guiding, **{
            name: folders[seed % len(folders)]
            for name, folders in samplers.items()})
        curves.append(selection_curve(videos, args.k, rules))
    curve = over_seeds(curves)
    costs = json.loads(Path(args.costs).read_text()) if args.costs else {}
    for column, table in costs.items():
        for name in ('clip', *samplers):
            require(name in table, f'{column} of {args.costs}',
                    sorted(table), f'{name!r}', 'Measure it.')
        curve = add_cost(curve, videos, column, Cost(table['clip'], {
            rule: sum(table[name] / stride for name, stride in parts)
            for rule, parts in skims.items()}, table.get('fixed', 0.0),
            {rule: parts[0][1] for rule, parts in skims.items()}))
    out = Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    curve.to_csv(f'{out}.csv', index=False)
    trained = {rule for rule, parts in skims.items()
               if any(len(samplers[name]) > 1 for name, _ in parts)}
    wide = curve.assign(text=[
        f'{100 * row.accuracy:.1f}' + (
            f' ± {100 * row.spread:.1f}' if row.rule in trained else '')
        for row in curve.itertuples()]).pivot(
            index='rule', columns='k', values='text').loc[
                list(dict.fromkeys(curve['rule']))]
    measure = 'mAP' if isinstance(videos[0].label, list) else 'accuracy'
    lines = markdown_table([
        {f'{measure} (%) at K =': rule, **{
            str(k): value for k, value in values.items()}}
        for rule, values in wide.iterrows()])
    Path(f'{out}.md').write_text('\n'.join(
        [f'{len(videos)} videos, {seeds} '
         f'{"trainings" if seeds > 1 else "training"} of each sampler.', '',
         *lines, '']), encoding='utf-8')
    selection_figure(curve, {name: COSTS.get(name, name) for name in costs}
                     ).savefig(f'{out}.png', dpi=150)
    print(wide.to_string())
    print(f'{out}.csv, {out}.md, {out}.png')


if __name__ == '__main__':
    main()
