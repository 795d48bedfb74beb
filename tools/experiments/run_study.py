"""Train all runs of a study, several at a time, and show them in tables.

The same command goes on after an interruption. What follows -- goes to
Snakemake, e.g. for a cluster (pip install snakemake-executor-plugin-slurm):
--jobs 50 -- --executor slurm --default-resources slurm_account=NAME"""

import argparse
import fcntl
import json
import os
import platform
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import DictAction
from study_job import last_checkpoint, write_json
from study_plan import ROOT, Study, digest_of, sha1
from study_report import result_of, write_report

from s2dnet_mmaction._checks import require

# Result names hold a digest and files appear atomically. So times, records
# and locks of Snakemake are not needed.
OPTIONS = shlex.split(
    '--keep-going --keep-incomplete --ignore-incomplete --nolock '
    '--drop-metadata --rerun-triggers mtime --scheduler greedy '
    '--quiet host rules')


def parse_args(argv):
    """Parse the options; also build the command that repeats the report."""
    selection = argparse.ArgumentParser(add_help=False)
    add = selection.add_argument
    add('--rows', nargs='+', metavar='NAME', help='train only these runs, '
        'labels of rows or tables; the report has all rows')
    add('--jobs', type=int, default=2, help='trainings at a time')
    add('--dry-run', action='store_true', help='list what would be trained')
    add('--report-only', action='store_true', help='train nothing')
    parser = argparse.ArgumentParser(
        description=__doc__, parents=[selection],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('study', type=Path, help='study file, see telltale.py')
    add('--seeds', type=int, nargs='+', help='default: those of the study')
    add('--work-dir', type=os.path.abspath, help='folder of the runs; '
        'default: work_dirs/<study>')
    add('--out', type=os.path.abspath, help='write OUT.json, OUT.md and '
        'OUT.png; default: docs/benchmarks/<study> if all runs are done, '
        'otherwise report in the work dir')
    add('--cfg-options', nargs='+', action=DictAction, default={},
        help='override settings of all runs: xxx=yyy pairs; with --work-dir '
        'and --out, since these are other runs')
    args = parser.parse_args(argv)
    if args.cfg_options and not (args.work_dir and args.out):
        parser.error('--cfg-options: got no --work-dir and --out, expected '
                     'both. Other settings need another folder and report.')
    _, repeated = selection.parse_known_args(argv)
    return args, shlex.join(
        ['python', 'tools/experiments/run_study.py', *repeated])


def is_done(folder, needed=True):
    """Whether a training has its result, and the weights if it is needed."""
    try:
        result = json.loads((folder / 'result.json').read_text())
        if needed and result['status'] == 'done':
            last_checkpoint(folder)
    except FileNotFoundError:
        return False
    return True


def unfinished(folder, jobs, work_dir, needed=False):
    """Folders to train for one of them, those that it needs first."""
    if is_done(work_dir / folder, needed):
        return []
    return [name for parent in jobs[folder]['needs']
            for name in unfinished(parent, jobs, work_dir, True)] + [folder]


def prepare(settings, work_dir):
    """Run the commands that write the data; other calls wait meanwhile.

    Notes the digests of the data, so that the results are found again once
    the data are deleted.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    with open(work_dir / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in settings['prepare']:
            # It holds the lock even if this call is killed.
            subprocess.run(command, cwd=ROOT, check=True,
                           pass_fds=[lock.fileno()])
        for name in settings['inputs']:
            require((ROOT / name).exists(), 'inputs',
                    f'{name}, which does not exist',
                    'a file that is there after prepare', 'Correct inputs or '
                    'prepare in the study file.', FileNotFoundError)
        write_json(work_dir / 'inputs.json', {
            name: sha1(ROOT / name) for name in settings['inputs']})


def train(study, folders, work_dir, jobs, snakemake_options):
    """Let Snakemake train into these folders. Returns its exit code."""
    from snakemake.cli import main as snakemake

    plan = {folder: dict(job, jobs=jobs)
            for folder, job in study.jobs.items()}
    # Another call may have another plan, and trainings still to start.
    file = work_dir / f'plan-{digest_of(plan)}.json'
    write_json(file, plan)
    for folder in folders:  # a result whose weights are gone
        if not is_done(work_dir / folder):
            (work_dir / folder / 'result.json').unlink(missing_ok=True)
    os.environ.update({**study.settings['environment'], **os.environ})
    try:
        snakemake([
            *(f'{folder}/result.json' for folder in folders), '--snakefile',
            f'{ROOT}/tools/experiments/Snakefile', '--directory',
            f'{work_dir}', '--configfile', f'{file}', '--cores', f'{jobs}',
            '--jobs', f'{jobs}', *OPTIONS, *snakemake_options])
    except SystemExit as end:
        return end.code


def main(argv):
    end = argv.index('--') if '--' in argv else len(argv)
    args, command = parse_args(argv[:end])
    name = args.study.stem
    work_dir = Path(args.work_dir or ROOT / 'work_dirs' / name)

    def plan():
        known = work_dir / 'inputs.json'
        study = Study(args.study, args.cfg_options, args.seeds,
                      json.loads(known.read_text()) if known.exists() else {})
        return study, list(dict.fromkeys(
            name for folder in study.select(args.rows, args.seeds)
            for name in unfinished(folder, study.jobs, work_dir)))

    require(
        args.report_only or args.dry_run or find_spec('snakemake'),
        'snakemake', f'none for Python {platform.python_version()}',
        'Snakemake 9, which needs Python 3.11 or newer',
        "Run pip install -e '.[study]' with such a Python, or pass "
        '--report-only.', ModuleNotFoundError)
    study, folders = plan()
    if args.dry_run:
        print(''.join(f'{folder}\n' for folder in folders), end='')
        return 0
    code = 0
    if folders and not args.report_only:
        prepare(study.settings, work_dir)
        study, folders = plan()  # the data may have changed
        if folders:  # without any Snakemake would train the first run
            code = train(study, folders, work_dir, args.jobs, argv[end + 1:])
    results = [dict(row._asdict(), seed=seed,
                    **result_of(folder, study.jobs, work_dir))
               for row, seed, folder in study.shown]
    complete = all(result['status'] in ('done', 'failed as expected')
                   for result in results)
    out = args.out or (ROOT / 'docs/benchmarks' / name if complete else
                       work_dir / 'report')
    print(write_report(dict(
        study=name, command=command, ceiling=study.settings['ceiling'],
        repeat=study.settings['repeat'],
        results=results), out))
    print(f'Report: {out}.md')
    return code


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
