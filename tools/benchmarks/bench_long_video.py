"""Peak memory of a sampler on videos of different lengths.

A drawn scene is repeated, compressed, until a file has the length: the same
packets again, with later times. Each length is a process of its own."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av

from s2dnet_mmaction.analysis.environment import hardware_name, save_json
from s2dnet_mmaction.analysis.report import markdown_table


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config of a SampledRecognizer')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('video', help='file to repeat')
    parser.add_argument(
        '--minutes', type=float, nargs='+', default=[2, 120])
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    parser.add_argument('--one', help=argparse.SUPPRESS)  # a process's file
    return parser.parse_args()


def repeat(source, target, minutes):
    """Write the streams of a file again and again."""
    with av.open(str(target), 'w') as out:
        offset = 0  # seconds
        while offset < 60 * minutes:
            with av.open(str(source)) as file:
                if not offset:
                    streams = {
                        stream.index: out.add_stream_from_template(stream)
                        for stream in file.streams
                        if stream.type in ('video', 'audio')}
                packets = [packet for packet in file.demux()
                           if packet.size and packet.stream.index in streams]
                # Whole frames, so that the times of the pieces join
                step = max((packet.pts + packet.duration) * packet.time_base
                           for packet in packets)
                for packet in packets:
                    if offset and packet.dts < 0:  # priming of the sound
                        continue
                    shift = round(offset / packet.time_base)
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = streams[packet.stream.index]
                    out.mux(packet)
            offset += step


def predict(config, checkpoint, path):
    """Answer for one file; print seconds and the peak of the process."""
    import torch
    from mmengine.config import Config
    from mmengine.dataset import Compose, pseudo_collate
    from mmengine.registry import init_default_scope

    from s2dnet_mmaction.datasets.path_pipeline import from_path
    from s2dnet_mmaction.visualization.draw import load_model
    cfg = Config.fromfile(config)
    init_default_scope('mmaction')
    model, _ = load_model(cfg, checkpoint, 'cpu')
    model.test_cfg = {}
    pipeline = Compose(from_path(cfg.test_dataloader.dataset))
    start = time.perf_counter()
    sample = pipeline(path)
    clips = sample['data_samples'].candidate_source.num_candidates
    with torch.no_grad():
        model.test_step(pseudo_collate([sample]))
    print(json.dumps(dict(
        clips=clips, seconds=time.perf_counter() - start, peak_mib=resource
        .getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))


def main():
    args = parse_args()
    if args.one is not None:
        predict(args.config, args.checkpoint, args.one)
        return
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in args.minutes:
            path = Path(folder, f'{minutes:g}.mp4')
            repeat(args.video, path, minutes)
            done = subprocess.run(
                [sys.executable, __file__, args.config, args.checkpoint,
                 args.video, '--one', str(path)],
                stdout=subprocess.PIPE, text=True, check=True)
            results.append(dict(
                json.loads(done.stdout.splitlines()[-1]), minutes=minutes,
                file_mib=path.stat().st_size / 2**20))
            path.unlink()
    first = results[0]
    rows = [{
        'minutes': f'{row["minutes"]:g}', 'clips': str(row['clips']),
        'file (MiB)': f'{row["file_mib"]:.0f}',
        'peak (MiB)': f'{row["peak_mib"]:.0f}',
        'of the first': f'{row["peak_mib"] / first["peak_mib"]:.2f}',
        'seconds': f'{row["seconds"]:.1f}'} for row in results]
    text = '\n'.join([f'Peak resident memory of a process, from file to '
                      f'answer, on {hardware_name("cpu")}.', '',
                      *markdown_table(rows), ''])
    print(text)
    if args.out is not None:
        Path(f'{args.out}.md').write_text(text, encoding='utf-8')
        save_json(f'{args.out}.json', 'cpu', vars(args), results=results)


if __name__ == '__main__':
    main()
