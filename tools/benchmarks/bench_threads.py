"""Training steps under settings of the OpenMP threads and of the loader's
workers, alone and beside processes that keep a core busy.

Each setting has a process of its own, as OpenMP reads its settings once. The
processes take turns. Between its turns a process is stopped with its workers,
so that no setting is timed while another one loads its next batch. Training
data: --config with its data on disk, such as Glints
(tools/data/glints/write_glints.py)."""

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from bench_options import bench_parser, write_report
from comparison import Comparison
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.environment import hardware_name
from s2dnet_mmaction.analysis.latency import StepCost, time_in_turns

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'OMP_NUM_THREADS')
SETTINGS = ('default', 'OMP_WAIT_POLICY=PASSIVE', 'GOMP_SPINCOUNT=10000',
            'OMP_NUM_THREADS=1')


def parse_args():
    parser = bench_parser(__doc__, batch_size=16, rounds=15)
    parser.add_argument(
        '--config', help='of a training',
        default=ROOT / 'configs/recognition/s2dnet/'
        's2dnet_r18-r18_1xb16-2x40-8x8-12e_glints-rgb.py')
    parser.add_argument('--data-root', help="instead of the config's")
    parser.add_argument(
        '--settings', nargs='+', default=SETTINGS,
        help='of the environment: NAME=VALUE,..., or default; ratios are to '
        'default, or to the first one')
    parser.add_argument('--workers', nargs='+', type=int, default=[0, 2],
                        help='numbers of workers of the loader')
    parser.add_argument('--busy', nargs='+', type=int, default=[0, 1],
                        help='numbers of busy processes beside')
    parser.add_argument('--out', help='write OUT.md')
    parser.add_argument('--child', help=argparse.SUPPRESS)
    return parser.parse_args()


def serve(args):
    """Make a training step for each line of stdin."""
    workers = json.loads(args.child)
    cfg = Config.fromfile(args.config)
    loader_cfg = cfg.train_dataloader
    loader_cfg.update(batch_size=args.batch_size, num_workers=workers)
    if args.data_root is not None:
        loader_cfg.dataset.data_root = args.data_root
    model = build(cfg)
    model.train()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    loader = Runner.build_dataloader(loader_cfg, seed=0)
    batches = iter(())
    print('ready', flush=True)
    for _ in sys.stdin:
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        model.train_step(batch, wrapper)
        print('done', flush=True)


def environment(setting):
    """The environment of a setting; none of its variables is inherited."""
    variables = {name: value for name, value in os.environ.items()
                 if name not in VARIABLES}
    if setting != 'default':
        variables.update(pair.split('=') for pair in setting.split(','))
    return variables


@contextmanager
def process(*command, **options):
    """A process that is killed at the end, with those that it started."""
    # A group of its own, but no session: Linux shares out the CPUs by session.
    child = subprocess.Popen(command, preexec_fn=os.setpgrp, **options)
    try:
        yield child
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def wait_for(child, answer):
    """Wait until a child writes a line, then stop it and its workers.

    Other lines are messages of libraries.
    """
    for line in child.stdout:
        if line == f'{answer}\n':
            os.killpg(child.pid, signal.SIGSTOP)
            return
    raise RuntimeError('A process of bench_threads.py has ended early; see '
                       'its message above.')


def step(child):
    """Let a child and its workers go on for one step."""
    os.killpg(child.pid, signal.SIGCONT)
    child.stdin.write('\n')
    child.stdin.flush()
    wait_for(child, 'done')


def time_beside(busy, steps, args):
    """Seconds of each step, beside processes that keep a core busy."""
    with ExitStack() as stack:
        for _ in range(busy):
            stack.enter_context(
                process(sys.executable, '-c', 'while True: pass'))
        return time_in_turns(steps, args.rounds, args.warmup)


def main():
    args = parse_args()
    if args.child is not None:
        serve(args)
        return
    # As after Ctrl-C: the others would not end by themselves.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    baseline = ('default' if 'default' in args.settings else
                args.settings[0])
    results = []
    for workers in args.workers:
        with ExitStack() as stack:
            steps = {}
            for setting in args.settings:
                child = stack.enter_context(process(
                    sys.executable, *sys.argv, '--child', json.dumps(workers),
                    env=environment(setting), text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE))
                wait_for(child, 'ready')
                steps[setting] = partial(step, child)
            for busy in args.busy:
                times = time_beside(busy, steps, args)
                title = f'{workers} workers, ' + (
                    f'beside {busy} busy processes' if busy else 'alone')
                costs = {name: StepCost(secs) for name, secs in times.items()}
                results.append(
                    Comparison(title, args.batch_size, costs, baseline))
    load = ', '.join(f'{number:.1f}' for number in os.getloadavg())
    text = '\n'.join(result.markdown() for result in results)
    text += (f'\n{hardware_name("cpu")}, {os.cpu_count()} CPUs, training '
             f'steps of {args.batch_size} videos, median and quartiles of '
             f'{args.rounds} rounds in turns. Load of the machine in the end '
             f'(1, 5, 15 minutes): {load}.')
    write_report(args, text, results)


if __name__ == '__main__':
    main()
