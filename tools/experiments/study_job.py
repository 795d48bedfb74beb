"""One training of a study: python study_job.py PLAN FOLDER.

Snakemake starts it in the study's work directory. It writes result.json, or
failed.json into FOLDER."""

import fcntl
import json
import math
import os
import runpy
import shutil
import sys
import time
import traceback
from pathlib import Path

from study_code import code_digest, revision

ROOT = Path(__file__).resolve().parents[2]


def write_json(file, content):
    """Write atomically."""
    part = file.with_suffix(f'.{os.getpid()}.part')
    part.write_text(json.dumps(content, indent=1) + '\n')
    part.replace(file)


def last_checkpoint(folder):
    """Path of the weights that a training left.

    Raises:
        FileNotFoundError: if they were deleted.
    """
    file = folder / Path((folder / 'last_checkpoint').read_text()).name
    file.stat()
    return file


def read_logs(folder):
    """Numbers of the last validation, and how many of all are NaN or Inf."""
    lines = [json.loads(line)
             for file in folder.glob('*/vis_data/scalars.json')
             for line in file.read_text().splitlines()]
    validations = [line for line in lines if 'acc/top1' in line
                   and 'iter' not in line]  # as lines of training have
    last = validations[-1] if validations else {}
    scalars = {name: value for name, value in last.items() if '/' in name}
    return scalars, sum(
        isinstance(value, float) and not math.isfinite(value)
        for line in lines for value in line.values())


def failure(error, expected=()):
    """Result of a training that ended with an error."""
    traceback.print_exc()
    name = type(error).__name__
    return dict(status='failed as expected' if name in expected else 'failed',
                error=f'{name}: {error}'.replace(f'{ROOT}/', ''))


def train(job, folder, options):
    """Train from the start. Returns 'status', 'error' and 'scalars'."""
    for path in folder.iterdir():  # what an earlier try left
        if path.name not in ('lock', 'log.txt'):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    config = folder / 'config.py'
    config.write_text(job['config'])
    # As Python does for a script; the package is that of this checkout.
    sys.path[:0] = [str(Path(job['train']).resolve().parent), str(ROOT)]
    sys.argv = [job['train'], str(config), '--work-dir', str(folder),
                '--cfg-options', *options]
    try:
        runpy.run_path(job['train'], run_name='__main__')
    except (Exception, SystemExit) as error:
        return failure(error, (job['may_fail'], job['must_fail']))
    scalars, nonfinite = read_logs(folder)
    if nonfinite or job['must_fail']:
        return dict(status='failed', error=f'{nonfinite} logged numbers are '
                    'not finite' if nonfinite else f'no {job["must_fail"]}')
    return dict(status='done', error=None, scalars=scalars)


def check_code(job):
    """Refuse to train with other code than the plan's.

    What changes later does no harm: a training imports its code as it starts.
    """
    if code_digest(ROOT, job['train']) != job['code']:
        raise RuntimeError('the code changed since the study started; run the '
                           'command again')


def run(job, folder):
    """Train, unless the run to start from failed. Returns the result."""
    check_code(job)
    commit = revision(ROOT)
    options = [f'randomness.seed={job["seed"]}', *(job['options'] or ())]
    for parent in [folder.parents[1] / name for name in job['needs']]:
        result = json.loads((parent / 'result.json').read_text())
        if result['status'] != 'done':
            return dict(status='skipped', error=f'{parent.parent.name} failed')
        options.append(f'{job["checkpoint_option"]}={last_checkpoint(parent)}')
    start = time.monotonic()
    result = train(job, folder, options)
    seconds = round(time.monotonic() - start, 1)
    import torch  # takes seconds, but not after a training
    from weights_digest import weights_digest

    from s2dnet_mmaction.analysis.environment import environment
    if result['status'] == 'done':
        result['weights'] = weights_digest(last_checkpoint(folder))
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    return dict(result, seconds=seconds, jobs=job['jobs'], **commit,
                **environment(device))


def main(plan, name):
    job = json.loads(Path(plan).read_text())[name]
    folder = Path(os.path.relpath(name, ROOT))
    os.chdir(ROOT)
    with open(folder / 'lock', 'w') as lock:
        # If only Snakemake is killed, trainings continue. The next call waits
        # here until they end, and uses their results.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / 'result.json').exists():
            try:
                result = run(job, folder)
            except Exception as error:
                result = failure(error)
            failed = result['status'] == 'failed'
            write_json(
                folder / ('failed.json' if failed else 'result.json'), result)
            return int(failed)
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
