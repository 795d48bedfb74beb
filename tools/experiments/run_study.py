"""Train all runs of a study, several at a time, and show them in tables.

Call it again after an interruption: what is trained stays."""

import argparse
import shlex
import signal
import sys
from pathlib import Path

from mmengine.config import DictAction

from s2dnet_mmaction._checks import require_int
from s2dnet_mmaction.analysis import Study, execute, read_state, write_report

ROOT = Path(__file__).resolve().parents[2]
JOBS = 2  # unless told
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('study', help='study file: runs and rows')
    parser.add_argument(
        '--rows',
        nargs='+',
        metavar='NAME',
        help='train only what these need: runs, labels of rows or tables; '
        'the report has all rows')
    parser.add_argument(
        '--seeds', type=int, nargs='+', help='default: those of the study')
    parser.add_argument(
        '--jobs', type=int, default=JOBS, help='trainings at a time')
    parser.add_argument(
        '--work-dir',
        type=Path,
        help='folder of the runs, relative to the checkout; default: '
        'work_dirs/<study>')
    parser.add_argument(
        '--out',
        help='write OUT.json, OUT.md and OUT.png; default: '
        'docs/benchmarks/<study> in the checkout')
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='list the runs and their states, train nothing')
    parser.add_argument(
        '--report-only',
        action='store_true',
        help='train nothing, show what is there')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of all runs: xxx=yyy pairs; with --work-dir '
        'and --out, since these are other runs')
    args = parser.parse_args()
    if args.cfg_options and not (args.work_dir and args.out):
        parser.error('--cfg-options: got no --work-dir and --out, expected '
                     'both. Runs with other settings replace those in the '
                     "study's own folder and report: name others.")
    return args


def load(args):
    """The study; seeds that it does not have are added to it."""
    study = Study.from_file(
        args.study, ROOT, work_dir=args.work_dir, options=args.cfg_options)
    for seed in args.seeds or ():
        require_int('--seeds', seed, minimum=0)
        if seed not in study.seeds:
            study.seeds.append(seed)
    return study


def command_of(args):
    """What to type for the same report, on any machine."""

    def portable(path):
        path = (ROOT / path).resolve()
        return str(path.relative_to(ROOT) if ROOT in path.parents else
                   path.name)

    words = ['python', 'tools/experiments/run_study.py',
             portable(Path(args.study).resolve())]
    if args.rows:
        words += ['--rows', *args.rows]
    if args.seeds:
        words += ['--seeds', *map(str, args.seeds)]
    if args.jobs != JOBS:
        words += ['--jobs', str(args.jobs)]
    if args.cfg_options:
        words += ['--work-dir', portable(args.work_dir),
                  '--out', portable(Path(args.out).resolve()), '--cfg-options']
        words += [f'{key}={value}' for key, value in args.cfg_options.items()]
    return shlex.join(words)


def interrupt(number, frame):
    """As Ctrl-C, but once: it must not break off the end of the children."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    args = parse_args()
    # The children must not outlive this process.
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, interrupt)
    study = load(args)
    nodes = study.plan(study.select(args.rows), args.seeds)
    if args.dry_run:
        for node in nodes:
            parent = study.parent(node)
            print(f'{read_state(study, node)["status"]:8}{node}' +
                  ('' if parent is None else f' after {parent}'))
        return 0
    as_expected = True
    if not args.report_only:
        try:
            as_expected = execute(study, nodes, args.jobs)
        except KeyboardInterrupt:
            print('Interrupted. The same command goes on from here.')
            return 130
    out = args.out or str(ROOT / 'docs/benchmarks' / study.name)
    print(write_report(study, out, command_of(args)), end='')
    return 0 if as_expected else 1


if __name__ == '__main__':
    sys.exit(main())
