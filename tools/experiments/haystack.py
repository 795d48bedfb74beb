"""What samplers learn on Haystack (docs/scsampler.md).

    python tools/experiments/run_study.py tools/experiments/haystack.py

The recognizer and its scores are made once. All samplers pick 12 of about
120 clips for it. For the format of a study file see telltale.py.
"""

import sys

import telltale

BASE = 'configs/recognition/scsampler/'
DATA = '1xb8-4x2xall-12e_haystack-rgb.py'
WORK = 'work_dirs/haystack/'
CHECKPOINT = f'{WORK}recognizer/epoch_8.pth'
RECOGNIZER = f'{BASE}recognizers/r3d18_1xb32-4x2x1-8e_haystack-trimmed-rgb.py'
DENSE = f'{BASE}scsampler-dense_r3d18_4x2xall_haystack-rgb.py'
ONE_WORKER = {f'{name}_dataloader.num_workers': 1 for name in (
    'train', 'val')}

runs = {
    name: dict(config=f'{BASE}scsampler-{name}_{nets}_{DATA}',
               options=ONE_WORKER)
    for name, nets in (
        ('ac', 'r18-r3d18'), ('cl', 'r18-r3d18'), ('rank', 'r18-r3d18'),
        ('rank-motion', 'r18-r3d18'), ('rank-audio', 'vggish-r3d18'),
        ('rank-av', 'r18-vggish-r3d18'))}
rows = [
    dict(run=run, label=label, tables=['samplers'], reference=reference)
    for run, label, reference in (
        ('ac', 'AC, RGB', None),
        ('cl', 'SAL-CL, RGB', 'ac'),
        ('rank', 'SAL-RANK, RGB', 'ac'),
        ('rank-motion', 'SAL-RANK, motion', 'rank'),
        ('rank-audio', 'SAL-RANK, sound', 'rank'),
        ('rank-av', 'SAL-RANK, RGB and sound', 'rank'))]

# Each of these goes on where it was, or has nothing to do.
prepare = [
    [sys.executable, 'tools/data/haystack/write_haystack.py',
     'data/haystack'],
    [sys.executable, 'tools/train.py', RECOGNIZER, '--work-dir',
     f'{WORK}recognizer', '--resume'],
    [sys.executable, 'tools/score_clips.py', DENSE, CHECKPOINT,
     'data/haystack/train.txt', '--out', f'{WORK}clip_scores/train']]
inputs = ['data/haystack/dataset.json', CHECKPOINT,
          f'{WORK}clip_scores/train/run.json']
environment = telltale.environment
ceiling = None
