"""From file to answer: all clips, K clips of equal parts, and the K clips that
a sampler picks, in turns in one process.

The videos are those of the config's test data set. OUT.json also has what a
candidate costs, for tools/analysis_tools/report_selection.py --costs."""

import copy

import torch
import torch.nn as nn
from mmaction.registry import DATASETS
from mmengine.config import Config, DictAction
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope

from bench_options import bench_parser, conditions, write_json
from comparison import compare
from s2dnet_mmaction._checks import require
from s2dnet_mmaction.analysis.complexity import module_gmacs
from s2dnet_mmaction.datasets.decoding.video_source import name_of
from s2dnet_mmaction.datasets.path_pipeline import from_path
from s2dnet_mmaction.models.samplers import EveryNth, Uniform, VideoSampler
from s2dnet_mmaction.visualization.draw import load_model


def parse_args():
    parser = bench_parser(__doc__, device=True, rounds=5, warmup=1)
    parser.set_defaults(batch_size=1)
    parser.add_argument('config', help='config of a SampledRecognizer')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument(
        '--num-videos', type=int, default=6, help='in each step')
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={},
        help='override settings of the config: xxx=yyy pairs')
    args = parser.parse_args()
    if args.out is not None and args.json is None:
        args.json = f'{args.out}.json'
    return args


def without_views(dataset):
    """The data set of a rule that looks at nothing."""
    dataset = copy.deepcopy(dataset)
    for step in dataset.pipeline:
        step.pop('motion_vectors', None)
        if step.type == 'SkimFirst':
            step.views = {}
            (step.get('opener') or {}).pop('motion_vectors', None)
    return dataset


@torch.no_grad()
def answer(model, rule, pipeline, files):
    """Run from the files to the scores."""
    model.select = rule
    for file in files:
        model.test_step(pseudo_collate([pipeline(file)]))


class Scores(nn.Module):
    """From a clip to its class scores."""

    def __init__(self, recognizer):
        super().__init__()
        self.recognizer = recognizer

    def forward(self, clip):
        return self.recognizer(clip, stage='head')


class Saliency(nn.Module):
    """From the view of a candidate to its score."""

    def __init__(self, sampler):
        super().__init__()
        self.sampler = sampler

    def forward(self, view):
        scores = self.sampler.score(view)
        return tuple(scores.values()) if isinstance(scores, dict) else scores


def macs_of(model, pipeline, file):
    """Multiply-adds of a clip, and of a candidate by each score."""
    sample = pipeline(file)
    source = sample['data_samples'].candidate_source
    clip = source.read(source.open(), [0])
    inputs = model.recognizer.data_preprocessor(dict(
        inputs=[clip], data_samples=[sample['data_samples']]))['inputs']
    macs = dict(clip=module_gmacs(Scores(model.recognizer), inputs))
    for name, sampler in model.samplers.items():
        device = model.data_preprocessor.device
        view = sample['inputs'][name]
        require(view is not None, f'view {name!r}', f'none of {file}', 'one',
                'Put a video that has it first in the list.')
        of_video = isinstance(sampler, VideoSampler)
        view = (view if of_video else view[:1]).to(device)
        macs.update(dict.fromkeys(
            sampler.score_names or (name, ),
            module_gmacs(Saliency(sampler), view) / len(view)))
    return macs


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope('mmaction')
    model, _ = load_model(cfg, args.checkpoint, args.device)
    model.test_cfg = {}
    require(len(model.samplers) == 1, 'sampler',
            f'{len(model.samplers)} of them', 'one, whose time is measured',
            'Measure several one by one.')
    dataset = cfg.test_dataloader.dataset
    infos = DATASETS.build(copy.deepcopy(dataset))
    step = max(1, len(infos) // args.num_videos)
    files = [name_of(infos.get_data_info(i))
             for i in range(0, len(infos), step)][:args.num_videos]
    skim = Compose(from_path(dataset))
    blind = Compose(from_path(without_views(dataset)))
    rule, k = model.select, model.select.k
    numbers = [blind(file)['data_samples'].candidate_source.num_candidates
               for file in files]
    steps = {
        'all clips': lambda: answer(model, EveryNth(), blind, files),
        f'{k} of equal parts': lambda: answer(model, Uniform(k), blind,
                                              files),
        f'{k} of the sampler': lambda: answer(model, rule, skim, files)}
    comparison = compare(
        f'{len(files)} videos of {min(numbers)} to {max(numbers)} clips',
        steps, len(files), args.rounds, args.warmup, device=args.device)
    text = f'{conditions(args)}\n\n{comparison.markdown()}'
    print(text)
    dense, parts, picked = (
        comparison.times_ms(variant) for variant in steps)
    clips = sum(numbers) / len(numbers)

    def median(values):
        return sorted(values)[len(values) // 2] / 1e3

    # A line through the two numbers of clips: opening the file is not of a
    # clip.
    clip = median([one - other for one, other in zip(dense, parts)]) / (
        clips - k)
    (name, sampler), = model.samplers.items()
    look = median([one - other for one, other in zip(picked, parts)]) / clips
    seconds = {'fixed': median(parts) - k * clip, 'clip': clip,
               **dict.fromkeys(sampler.score_names or (name, ), look)}
    costs = dict(gmacs=macs_of(model, skim, files[0]), seconds=seconds)
    if args.out is not None:
        with open(f'{args.out}.md', 'w', encoding='utf-8') as file:
            file.write(text)
    write_json(args, comparison=comparison.as_dict(), costs=costs)


if __name__ == '__main__':
    main()
