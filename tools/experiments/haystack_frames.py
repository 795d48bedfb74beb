"""What NSNet learns on Haystack, as frames (docs/nsnet.md).

    python tools/experiments/run_study.py tools/experiments/haystack_frames.py

Recognizer, extractor, scores, prototypes and features are made once. For the
format of a study file see telltale.py.
"""

import sys

import haystack
import telltale

BASE = 'configs/recognition/nsnet/'
WORK = haystack.WORK
CONFIG = f'{BASE}nsnet_r18-r3d18_1xb16-1x4x96-40e_haystack-rgb.py'
EXTRACTOR = f'{WORK}extractor/epoch_8.pth'
GUIDING = f'{WORK}guiding/'
FS, VG = ({'model.select': dict(type='TopK', k=10, score=score,
                                _delete_=True),
           f'model.sampler.weights.{other}': 0}
          for score, other in (('fs', 'vg'), ('vg', 'fs')))
WITHOUT_NS = {
    'model.sampler.suppress': False,
    'model.sampler.scrutinize.saliency': 'class'}
RESPONSE = {'train_dataloader.dataset.pipeline.2.column': 'response'}

runs = {
    name: dict(config=CONFIG, options=dict(haystack.ONE_WORKER, **options))
    for name, options in dict(
        nsnet={}, fs=FS, vg=VG, response=RESPONSE,
        without_ns=WITHOUT_NS).items()}
rows = [
    dict(run=run, label=label, tables=['NSNet'], reference=reference)
    for run, label, reference in (
        ('nsnet', 'FS and VG, union', None),
        ('fs', 'FS alone', 'nsnet'),
        ('vg', 'VG alone', 'nsnet'),
        ('response', 'labels by response', 'nsnet'),
        ('without_ns', 'without suppression', 'nsnet'))]

_PYTHON = sys.executable
_SCORES = [
    [_PYTHON, 'tools/score_clips.py', f'{BASE}nsnet-{name}_1x4xall_'
     'haystack-rgb.py', checkpoint, f'data/haystack/{part}.txt', '--out',
     f'{WORK}{folder}/{part}']
    for part in ('train', 'val') for name, checkpoint, folder in (
        ('dense_r3d18', haystack.CHECKPOINT, 'frame_scores'),
        ('extractor_r18', EXTRACTOR, 'extractor_scores'))]
# Each of these goes on where it was, or has nothing to do.
prepare = [
    *haystack.prepare[:2],
    [_PYTHON, 'tools/train.py', f'{BASE}extractors/r18_1xb32-1x1x1-8e_'
     'haystack-trimmed-rgb.py', '--work-dir', f'{WORK}extractor',
     '--resume'],
    *_SCORES,
    [_PYTHON, 'tools/build_prototypes.py', f'{WORK}frame_scores/train',
     f'{GUIDING}train'],
    [_PYTHON, 'tools/build_prototypes.py', f'{WORK}frame_scores/val',
     f'{GUIDING}val', '--prototypes', f'{GUIDING}train/prototypes.npz'],
    [_PYTHON, 'tools/cache_features.py', f'{WORK}extractor_scores/train',
     f'{WORK}extractor_scores/val', '--out', f'{WORK}features']]
inputs = ['data/haystack/dataset.json', haystack.CHECKPOINT, EXTRACTOR,
          f'{GUIDING}train/prototypes.npz', f'{GUIDING}val/prototypes.npz']
environment = telltale.environment
ceiling = None
