"""Measure what a video costs in each stage of bulk prediction, in seconds and
bytes, one stage after the other in one process, and what that means for many
videos."""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope

from s2dnet_mmaction.analysis.environment import hardware_name, save_json
from s2dnet_mmaction.analysis.latency import quartiles, synchronize
from s2dnet_mmaction.analysis.report import markdown_table, spread
from s2dnet_mmaction.apis.bulk.batches import Videos, collate_of, to_batch
from s2dnet_mmaction.apis.bulk.network import BulkNetwork
from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder
from s2dnet_mmaction.apis.bulk.source import open_source

STAGES = ('read the file', 'decode, crop', 'batch', 'network', 'write')
HOUR = 3600.0


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('source', help='as of tools/predict.py')
    parser.add_argument('--batch-size', type=int, default=8, help='videos')
    parser.add_argument(
        '--batches', type=int, default=10, help='measured ones')
    parser.add_argument('--fields', nargs='+', default=['scores'],
                        help='as of tools/predict.py')
    parser.add_argument(
        '--device', default='cuda:0' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--amp', action='store_true', help='half precision')
    parser.add_argument(
        '--rows-per-file', type=int, default=1000,
        help='of the results whose size is measured')
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={},
        help='override settings of the config: xxx=yyy pairs')
    return parser.parse_args()


def timed(work, device='cpu'):
    """Result and seconds of a function."""
    synchronize(torch.device(device))
    start = time.perf_counter()
    result = work()
    synchronize(torch.device(device))
    return result, time.perf_counter() - start


def another_row(row, index, classes, rng):
    """A row like another one, but of another video: equal ones would take no
    room in a file."""
    row = varied(row, len(classes), rng)
    path = Path(row['input'])
    name = f'{path.stem}{index:07d}{path.suffix}'
    return dict(row, index=index, input=str(path.with_name(name)),
                pred_class=classes[row['pred_label']])


def varied(value, num_classes, rng):
    """Other numbers of the same kind; ints are labels."""
    if isinstance(value, dict):
        return {name: varied(each, num_classes, rng)
                for name, each in value.items()}
    if isinstance(value, list):
        value = [varied(each, num_classes, rng) for each in value]
        # Other classes are the likely ones.
        return rng.permutation(value).tolist() \
            if len(value) == num_classes else value
    if isinstance(value, bool):
        return bool(rng.integers(2))
    if isinstance(value, int):
        return int(rng.integers(num_classes))
    return value * rng.uniform(.5, 1.5) if isinstance(value, float) else value


def measure(network, source, args, folder):
    """Seconds and bytes per video of each stage, one number per batch."""
    videos, collate = Videos(source.samples), collate_of({})
    seconds = {stage: [] for stage in STAGES}
    sizes = {stage: [] for stage in STAGES}
    rows = []

    def keep(stage, sec, size=None):
        seconds[stage].append(sec / args.batch_size)
        if size is not None:
            sizes[stage].append(size / args.batch_size)

    for number in range(-1, args.batches):  # the first one is not counted
        chosen = [(number + 1) * args.batch_size + i
                  for i in range(args.batch_size)]
        chosen = [index % len(source.names) for index in chosen]
        files = [Path(source.names[index]) for index in chosen]
        contents, reading = timed(lambda f=files: [p.read_bytes() for p in f])
        reads, decoding = timed(lambda c=chosen: [videos[i] for i in c])
        for read in reads:
            if read.sample is None:
                raise SystemExit(f'{source.names[read.index]}: {read.reason}')
        batch, batching = timed(lambda r=reads: to_batch(r, collate))
        (found, _), running = timed(lambda b=batch: network.predict(b),
                                    args.device)
        if number < 0:
            continue
        keep('read the file', reading, sum(map(len, contents)))
        keep('decode, crop', max(0.0, decoding - reading),
             sum(read.sample['inputs'].nbytes for read in reads))
        keep('batch', batching)
        keep('network', running)
        rows += [dict(row, input=source.names[row['index']]) for row in found]
    rng = np.random.default_rng(0)
    rows = [another_row(rows[i % len(rows)], i, network.classes, rng)
            for i in range(args.rows_per_file)]
    results = ResultFolder(folder, dict(index='int', input='text',
                                        **network.columns))
    writer = PartWriter(results)
    writer.add(rows)
    _, writing = timed(writer.flush)
    seconds['write'] = [writing / len(rows)]
    sizes['write'] = [sum(file.stat().st_size
                          for file in results.parts()) / len(rows)]
    return seconds, sizes


def bill(seconds, sizes, videos, on_gpu):
    """Hours of cores and of the network's device, and terabytes."""
    def median(of, stage):
        return quartiles(of[stage])[1]

    cpu = sum(median(seconds, stage) for stage in STAGES
              if stage != 'network')
    return {
        'videos': f'{videos:,.0f}',
        'core hours without the network': f'{videos * cpu / HOUR:,.0f}',
        f'{"GPU" if on_gpu else "CPU"} hours of the network':
        f'{videos * median(seconds, "network") / HOUR:,.0f}',
        'TB of videos':
        f'{videos * median(sizes, "read the file") / 1e12:,.2f}',
        'TB of raw frames passed on':
        f'{videos * median(sizes, "decode, crop") / 1e12:,.1f}',
        'GB of results': f'{videos * median(sizes, "write") / 1e9:,.1f}'
    }


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    source = open_source(args.source, cfg)
    network = BulkNetwork(cfg, args.checkpoint, args.device, args.fields,
                          amp=args.amp)
    with tempfile.TemporaryDirectory() as folder:
        seconds, sizes = measure(network, source, args, folder)
    rows = [{
        'stage': stage,
        'ms/video [q1, q3]': spread([1e3 * s for s in seconds[stage]], 2),
        'kB/video after it': spread([b / 1e3 for b in sizes[stage]], 2)
        if sizes[stage] else '-'
    } for stage in STAGES]
    gpu = args.device != 'cpu'
    bills = [bill(seconds, sizes, videos, gpu) for videos in (1e6, 1e9)]
    text = '\n'.join([
        *markdown_table(rows), '',
        f'{args.batches} batches of {args.batch_size} videos, one process, '
        f'{torch.get_num_threads()} threads of {hardware_name("cpu")}' +
        (f', {hardware_name(args.device)}' if gpu else '') +
        f'; {len(source.names)} different videos; fields '
        f'{", ".join(args.fields)}; median and quartiles.', '',
        *markdown_table(bills), ''])
    print(text, end='')
    if args.out:
        Path(f'{args.out}.md').write_text(text)
        save_json(f'{args.out}.json', args.device, vars(args),
                  seconds=seconds, bytes=sizes)


if __name__ == '__main__':
    main()
